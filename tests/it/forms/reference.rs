//! The examples of the language reference: each construct in both forms, and both the same policy.

use super::{assert_alike, checked, read};

const REFERENCE: &str = "grammar/README.md";

/// The texts of the fenced blocks of these kinds, each with the line it starts at.
fn blocks(page: &str) -> Vec<(&'static str, usize, String)> {
    let mut blocks = Vec::new();
    let mut open: Option<(&'static str, usize, String)> = None;
    for (number, line) in page.lines().enumerate() {
        match (&mut open, line) {
            (None, "```policy") => open = Some(("policy", number + 2, String::new())),
            (None, "```yaml") => open = Some(("yaml", number + 2, String::new())),
            (Some(_), "```") => blocks.extend(open.take()),
            (Some((_, _, text)), line) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, _) => {}
        }
    }
    blocks
}

/// An example as a file: an addition to the package `shop` unless it says otherwise.
fn whole(package: &str, example: &str) -> String {
    if example.starts_with("package") { example.to_owned() } else { format!("{package}\n{example}") }
}

#[test]
fn every_example_is_the_same_in_both_forms() {
    let blocks = blocks(&read(REFERENCE));
    let (first, others) = blocks.split_first_chunk::<2>().unwrap();
    let [(_, _, shop), (_, _, yaml_shop)] = first;
    assert_alike(&checked(&[("shop.policy", shop)]), &checked(&[("shop.yaml", yaml_shop)]));
    let mut pairs = 0;
    for pair in others.chunks(2) {
        let [("policy", line, policy), ("yaml", yaml_line, yaml)] = pair else {
            panic!("{REFERENCE}: {pair:?} is no pair");
        };
        let policy = checked(&[
            ("shop.policy", shop),
            (&format!("{REFERENCE} from {line}"), &whole("package shop", policy)),
        ]);
        let yaml = checked(&[
            ("shop.policy", shop),
            (&format!("{REFERENCE} from {yaml_line}.yaml"), &whole("package: shop", yaml)),
        ]);
        assert_alike(&policy, &yaml);
        pairs += 1;
    }
    assert!(pairs >= 9, "{pairs}");
}
