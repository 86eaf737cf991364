//! `portcullis completions` and `portcullis man`, as shells and `man` meet them.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use super::{place_with, run};

const VERBS: [&str; 9] = ["serve", "check", "fmt", "test", "eval", "init", "key", "completions", "man"];

#[test]
fn every_shell_is_told_of_every_verb() {
    let place = place_with(&[]);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let told = run(place.path(), &format!("completions {shell}"));
        let script = told.strip_prefix("exit 0\n").unwrap();
        for word in VERBS.into_iter().chain(["only", "junit", "deny-warnings"]) {
            assert!(script.contains(word), "{shell} doesn't know {word}");
        }
    }
    for line in ["completions", "completions tcsh"] {
        assert!(run(place.path(), line).starts_with("exit 64\n"), "{line}");
    }
}

/// bash completes by it.
#[test]
fn bash_completes() {
    let told = run(place_with(&[]).path(), "completions bash");
    let script = told.strip_prefix("exit 0\n").unwrap().to_owned()
        + "\nCOMP_WORDS=(portcullis te) COMP_CWORD=1\n_portcullis portcullis te portcullis\necho \"${COMPREPLY[@]}\"\n";
    let mut bash = Command::new("bash").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    bash.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    assert_eq!(String::from_utf8(bash.wait_with_output().unwrap().stdout).unwrap(), "test\n");
}

#[test]
fn every_verb_has_a_manual_page() {
    let place = place_with(&[("pages/keep", "")]);
    assert_eq!(run(place.path(), "man pages"), "exit 0\n");
    let pages = fs::read_dir(place.path().join("pages")).unwrap();
    let pages: BTreeSet<String> =
        pages.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let expected = VERBS.iter().map(|verb| format!("portcullis-{verb}.1"));
    let expected = expected.chain(["keep".to_owned(), "portcullis.1".to_owned()]).collect();
    assert_eq!(pages, expected);
    let page = fs::read_to_string(place.path().join("pages/portcullis-test.1")).unwrap();
    for part in [".TH portcullis-test 1", "\\fB\\-\\-only\\fR", ".SH NAME"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    for part in ["[\\-\\-only <TEXT>]...", "[DIR|FILE]..."] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let eval = fs::read_to_string(place.path().join("pages/portcullis-eval.1")).unwrap();
    assert!(eval.contains("(\\-\\-action <NAME> | "), "{eval}");
    let page = run(place.path(), "man");
    assert!(!page.contains("portcullis\\-help"), "{page}");
    assert!(page.starts_with("exit 0\n") && page.contains("4 policy test failed"), "{page}");
    assert!(run(place.path(), "man none").starts_with("exit 1\n"));
}

/// The verbs that are listed in the README are those that there are.
#[test]
fn the_readme_lists_every_verb() {
    let readme = include_str!("../../../README.md");
    let (_, table) = readme.split_once("\n## Command line\n").unwrap();
    let table = table.split("\n## ").next().unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `")?.split([' ', '`']).next());
    assert_eq!(rows.collect::<Vec<_>>(), VERBS);
}
