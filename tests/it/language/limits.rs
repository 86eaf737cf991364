//! How deep, how long and how large a policy may be.

use portcullis::model::limits::{CONDITION_NODES_MAX, NESTING_MAX, POLICY_TOKENS_MAX, SOURCE_BYTES_MAX};

use super::*;

#[test]
fn nesting_has_a_limit_and_hundreds_of_thousands_of_parentheses_meet_it() {
    let nested = |open: &str, depth: usize, close: &str| {
        format!(
            "package shop\nallow order:read named it when {}true{}\n",
            open.repeat(depth),
            close.repeat(depth)
        )
    };
    for (open, close) in [("(", ")"), ("not ", ""), ("not (", ")")] {
        let levels = if open.len() == 5 { 2 } else { 1 };
        let most = NESTING_MAX / levels;
        assert_eq!(codes_on_a_small_stack(nested(open, most, close)), [], "{open}");
        assert_eq!(codes_on_a_small_stack(nested(open, most + 1, close)), [Code::TooDeep], "{open}");
        let many = POLICY_TOKENS_MAX / (open.len() + close.len()) - 100;
        assert_eq!(codes_on_a_small_stack(nested(open, many, close)), [Code::TooDeep], "{open}");
    }
    // Comments and strings hold parentheses that nest nothing, and an unclosed one before is forgotten.
    let text = format!(
        "package shop\nallow order:read named a when (true // {0}\n  ) because \"{0}\"\n",
        "(".repeat(100)
    );
    assert_eq!(codes_on_a_small_stack(text), []);
}

#[test]
fn brackets_of_other_kinds_overflow_nothing_either() {
    for open in ["[", "{", "group(", "allow *:* when (", "has (", "\"(", "//("] {
        let many = 100_000;
        let text = format!("package shop\nallow order:read named it when {}\n", open.repeat(many));
        assert!(!codes_on_a_small_stack(text).is_empty(), "{open}");
    }
}

#[test]
fn chains_are_flat_and_have_a_limit_of_their_own() {
    let chain = |terms: usize| {
        let terms = vec!["true"; terms].join(" or ");
        format!("package shop\nallow order:read named it when {terms}\n")
    };
    assert_eq!(codes_on_a_small_stack(chain(CONDITION_NODES_MAX - 1)), []);
    assert_eq!(codes_on_a_small_stack(chain(CONDITION_NODES_MAX)), [Code::TooLarge]);
    assert_eq!(codes_on_a_small_stack(chain(100_000)), [Code::TooLarge]);
}

#[test]
fn long_chains_of_roles_and_definitions_overflow_nothing() {
    let lines = |line: fn(usize) -> String| (1..9_990).map(line).collect::<Vec<_>>().join("\n");
    let roles = lines(|number| format!("role r{number} : r{} {{ }}", number - 1));
    assert_eq!(codes_on_a_small_stack(format!("package shop\nrole r0 {{ }}\n{roles}\n")), []);
    let definitions = lines(|number| format!("define d{number} = d{}", number - 1));
    let text =
        format!("package shop\ndefine d0 = true\n{definitions}\nallow order:read named it when d9989\n");
    assert_eq!(codes_on_a_small_stack(text), [Code::TooDeep]);
}

#[test]
fn sources_have_a_size_and_names_have_a_length() {
    let comment = |bytes: usize| format!("// {}\n", "x".repeat(bytes - 4));
    assert_eq!(codes(&[&comment(SOURCE_BYTES_MAX)]), []);
    assert_eq!(codes(&[&comment(SOURCE_BYTES_MAX + 1)]), [Code::TooLarge]);
    let name = "n".repeat(SOURCE_BYTES_MAX - 100);
    assert_eq!(codes(&[&format!("package a\nrole {name} {{ }}\n")]), [Code::TooLarge]);
    let (loaded, sources) = load_files(&[&format!("package a\nrole r : {name} {{ }}\n")]);
    assert!(loaded.diagnostics[0].message.len() < 300);
    assert!(!render::plain(&loaded.diagnostics, &sources).is_empty());
}
