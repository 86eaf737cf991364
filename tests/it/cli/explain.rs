//! `check --explain`: the page of a code, and what is said about a code that is none.

use insta::assert_snapshot;

use super::{place, run};

#[test]
fn a_code_is_explained_with_a_wrong_and_a_right_example() {
    assert_snapshot!(run(place().path(), "check --explain P0405"), @"
    exit 0
    # P0405: a role that gains `*:*` from a role it inherits

    Whoever reads this role does not see that it permits everything. If that is meant, the role says so itself.

    Wrong:

    ```policy
    package hackai

    subject user
    resource report { actions read }

    role admin { *:* }
    role auditor : admin { report:read }
    ```

    Right:

    ```policy
    package hackai

    subject user
    resource report { actions read }

    role admin { *:* }
    role auditor { report:read }
    ```
    ");
    assert_eq!(
        run(place().path(), "check --explain p0405"),
        run(place().path(), "check --explain P0405"),
        "the case doesn't matter"
    );
}

#[test]
fn machines_are_told_the_page_too() {
    let told = run(place().path(), "check --explain P0405 --format json");
    let (exit, json) = told.split_once('\n').unwrap();
    assert_eq!(exit, "exit 0");
    let json: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!(json["code"], "P0405");
    assert_eq!(json["title"], "a role that gains `*:*` from a role it inherits");
    assert!(json["page"].as_str().unwrap().starts_with("# P0405: a role that gains"), "{json}");
}

#[test]
fn a_code_that_is_none_is_told_with_those_there_are() {
    let told = run(place().path(), "check --explain P0450");
    assert!(
        told.starts_with("exit 64\n--- stderr\nerror: there is no code `P0450`; did you mean `P0"),
        "{told}"
    );
    assert!(told.contains("\nP0405  a role that gains `*:*` from a role it inherits\n"), "{told}");
    let told = run(place().path(), "check --explain typing");
    assert!(told.contains("error: there is no code `typing`\n\nP0101  "), "{told}");
    assert!(run(place().path(), "check policies --explain P0405").starts_with("exit 64\n"));
}
