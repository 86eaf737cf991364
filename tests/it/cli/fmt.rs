//! `portcullis fmt`, as its users meet it.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::{place_with, run, run_with};

const UNTIDY: &str = "package p\n\nsubject   user // people\nresource r {actions read}\n";
const TIDY: &str = "package p\n\nsubject user  // people\nresource r { actions read }\n";

#[test]
fn check_names_what_would_change_and_fmt_changes_it() {
    let place =
        place_with(&[("rules/a.policy", UNTIDY), ("rules/b.policy", TIDY), ("rules/facts.yaml", "x:  1")]);
    let file = place.path().join("rules/a.policy");
    assert_eq!(run(place.path(), "fmt --check rules"), "exit 1\nrules/a.policy would change\n");
    assert_eq!(fs::read_to_string(&file).unwrap(), UNTIDY);
    assert_eq!(run(place.path(), "fmt rules"), "exit 0\nrules/a.policy changed\n");
    assert_eq!(fs::read_to_string(&file).unwrap(), TIDY);
    assert_eq!(run(place.path(), "fmt rules"), "exit 0\n");
    assert_eq!(run(place.path(), "fmt --check rules/a.policy rules/b.policy"), "exit 0\n");
    // Nothing is left beside them.
    assert_eq!(fs::read_dir(place.path().join("rules")).unwrap().count(), 3);
}

#[test]
fn links_and_permissions_stay() {
    let place = place_with(&[("real/a.policy", UNTIDY), ("rules/x", "")]);
    let (file, link) = (place.path().join("real/a.policy"), place.path().join("rules/a.policy"));
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("../real/a.policy", &link).unwrap();
    assert_eq!(run(place.path(), "fmt rules"), "exit 0\nrules/a.policy changed\n");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read_to_string(&file).unwrap(), TIDY);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn a_file_with_a_mistake_stays_as_it_is() {
    let wrong = "package p\nsubject   7\n";
    let place = place_with(&[("rules/a.policy", wrong), ("rules/b.policy", UNTIDY)]);
    let told = run(place.path(), "fmt rules");
    assert!(told.starts_with("exit 3\n--- stderr\nerror[P0101]"), "{told}");
    assert_eq!(fs::read_to_string(place.path().join("rules/a.policy")).unwrap(), wrong);
    // Nor does any other: it is all or nothing.
    assert_eq!(fs::read_to_string(place.path().join("rules/b.policy")).unwrap(), UNTIDY);
    let lost = "package p\nnetwork // which\n  n = ::1\n";
    fs::write(place.path().join("rules/a.policy"), lost).unwrap();
    assert!(run(place.path(), "fmt rules").starts_with("exit 3\n--- stderr\nerror[P0130]"));
    assert_eq!(fs::read_to_string(place.path().join("rules/a.policy")).unwrap(), lost);
    assert!(run(place.path(), "fmt none.policy").starts_with("exit 1\n--- stderr\nerror[P0121]"));
}

#[test]
fn standard_input_goes_to_standard_output() {
    let place = place_with(&[]);
    assert_eq!(run_with(place.path(), "fmt -", UNTIDY), format!("exit 0\n{TIDY}"));
    assert_eq!(run_with(place.path(), "fmt - --check", UNTIDY), "exit 1\nstandard input would change\n");
    assert!(run_with(place.path(), "fmt -", "package").starts_with("exit 3\n--- stderr\nerror[P0101]"));
}
