//! `portcullis init`, as its users meet it.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;

use super::{place_with, run};
use crate::client::evaluation;
use crate::process::Served;

/// Every file below a directory with what it holds.
fn contents(directory: &Path) -> Vec<(String, String)> {
    let mut contents: Vec<(String, String)> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap()))
        .collect();
    contents.sort();
    contents
}

#[test]
fn what_it_writes_is_in_order_and_is_served() {
    let place = tempfile::tempdir().unwrap();
    assert_snapshot!(run(place.path(), "init"), @"
    exit 0
    wrote policies/facts.yaml
    wrote policies/app.tests.yaml
    wrote policies/app.policy

    next:
      portcullis check policies
      portcullis test policies
      portcullis eval --policies policies --subject user:bob --action read --resource document:plan
      portcullis serve --policies policies
    ");
    assert_eq!(run(place.path(), "check --deny-warnings"), "exit 0\nchecked 3 files: 2 rules, 3 roles\n");
    assert_eq!(run(place.path(), "fmt --check"), "exit 0\n");
    assert_snapshot!(run(place.path(), "test"), @"
    exit 0
    ok    policies/app.tests.yaml  14 passed

    14 passed
    ");
    // The lines that it says come next.
    let told = run(
        place.path(),
        "eval --policies policies --subject user:bob --action read --resource document:plan",
    );
    assert!(told.starts_with("exit 0\nALLOW: role `app/reader` allows it\n"), "{told}");
    let served = Served::start(&place.path().join("policies"), &[]);
    served.wait_until_ready();
    let asked = r#"{"subject":{"type":"user","id":"bob"},"action":{"name":"read"},"resource":{"type":"document","id":"plan"}}"#;
    assert_eq!(served.client().ask(evaluation(asked)).body, r#"{"decision":true}"#);
}

/// Take a line out of the starter, and its tests notice.
#[test]
fn its_tests_hold_its_policy() {
    for line in [
        "  except  admin\n",
        "  unless  context.ip in office\n",
        "  when resource.owner == subject\n",
        "role editor : reader",
    ] {
        let place = tempfile::tempdir().unwrap();
        run(place.path(), "init");
        let path = place.path().join("policies/app.policy");
        let policy = fs::read_to_string(&path).unwrap();
        let without = policy.replace(line, if line.starts_with("role") { "role editor" } else { "" });
        assert_ne!(policy, without, "{line}");
        fs::write(path, without).unwrap();
        assert!(run(place.path(), "test").starts_with("exit 4\n"), "{line}");
    }
}

#[test]
fn what_is_there_stays_as_it_is() {
    let place = place_with(&[("mine/app.policy", "mine"), ("mine/notes.txt", "too")]);
    let before = contents(&place.path().join("mine"));
    assert_snapshot!(run(place.path(), "init mine"), @"
    exit 1
    --- stderr
    error: `mine` is not empty: it holds `app.policy`, `notes.txt`
    help: name a directory that is not there yet, or holds nothing but hidden files; nothing was written
    ");
    assert_eq!(contents(&place.path().join("mine")), before);
    assert!(run(place.path(), "init other/deep").starts_with("exit 0\nwrote other/deep/facts.yaml\n"));
    assert!(run(place.path(), "init other/deep").starts_with("exit 1\n"));
    // What nobody sees is in nobody's way.
    fs::create_dir(place.path().join("empty")).unwrap();
    fs::write(place.path().join("empty/.gitkeep"), "").unwrap();
    assert!(run(place.path(), "init empty").starts_with("exit 0\n"));
    // A shell reads what comes next as it is meant.
    let told = run(place.path(), "init Bob's_own");
    assert!(told.contains("\n  portcullis check 'Bob'\\''s own'\n"), "{told}");
    // The configured directory is the default.
    fs::write(place.path().join("portcullis.yaml"), "policies: elsewhere\n").unwrap();
    assert!(run(place.path(), "init").starts_with("exit 0\nwrote elsewhere/facts.yaml\n"));
}

#[test]
fn where_nothing_can_be_written_nothing_is() {
    let place = place_with(&[("file", "mine")]);
    for line in ["init file", "init file/below"] {
        let told = run(place.path(), line);
        assert!(told.starts_with("exit 1\n") && told.contains("error: can't "), "{told}");
    }
    assert_eq!(contents(place.path()), [("file".to_owned(), "mine".to_owned())]);
}
