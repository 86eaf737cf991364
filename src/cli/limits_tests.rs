//! The printed limits are those of the code.

use super::*;

#[test]
fn every_limit_is_printed_with_its_meaning() {
    let constants: Vec<&str> = SOURCE
        .lines()
        .filter_map(|line| line.strip_prefix("pub const "))
        .map(|line| line.split(':').next().unwrap())
        .collect();
    let printed: Vec<&str> = VALUES.iter().map(|(name, _)| *name).collect();
    assert_eq!(printed, constants, "list every constant of model/limits.rs in VALUES, in the same order");
    for (name, _) in VALUES {
        assert!(meaning(name).ends_with('.'), "{name}: {:?}", meaning(name));
    }
}

#[test]
fn a_limit_is_printed_in_one_line() {
    let text = text();
    let line = text.lines().find(|line| line.starts_with("nesting_max")).unwrap();
    let words: Vec<&str> = line.split_whitespace().take(5).collect();
    assert_eq!(words, ["nesting_max", "64", "How", "deep", "expressions"]);
}
