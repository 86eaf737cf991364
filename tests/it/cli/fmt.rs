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
    assert_eq!(run(place.path(), "fmt --check rules"), "exit 1\nrules/a.policy:3 would change\n");
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
    assert_eq!(run_with(place.path(), "fmt - --check", UNTIDY), "exit 1\nstandard input:3 would change\n");
    assert!(run_with(place.path(), "fmt -", "package").starts_with("exit 3\n--- stderr\nerror[P0101]"));
}

const YAML: &str = "package: p

subjects:
  user: {}  # people

resources:
  r:
    actions: read
";

#[test]
fn a_file_is_printed_in_the_other_form() {
    let place = place_with(&[("rules/a.policy", UNTIDY), ("b.yaml", YAML), ("rules/facts.yaml", "x:  1")]);
    assert_eq!(run(place.path(), "fmt --to yaml rules/a.policy"), format!("exit 0\n{YAML}"));
    assert_eq!(run(place.path(), "fmt --to yaml rules"), format!("exit 0\n{YAML}"));
    let policy = TIDY.replace("user  // people\n", "user  // people\n\n");
    assert_eq!(run(place.path(), "fmt --to policy b.yaml"), format!("exit 0\n{policy}"));
    assert_eq!(run_with(place.path(), "fmt --to yaml -", UNTIDY), format!("exit 0\n{YAML}"));
    assert_eq!(run_with(place.path(), "fmt --to policy -", YAML), format!("exit 0\n{policy}"));
    assert_eq!(
        run_with(place.path(), "fmt -", &YAML.replace(": read", ":   read")),
        format!("exit 0\n{YAML}")
    );
    assert_eq!(fs::read_to_string(place.path().join("rules/a.policy")).unwrap(), UNTIDY);
    let several = run(place.path(), "fmt --to yaml rules b.yaml");
    assert!(several.starts_with("exit 64\n--- stderr\nerror: only a single file is printed\n"), "{several}");
    assert!(run(place.path(), "fmt --to yaml --check rules").starts_with("exit 64\n"));
    assert!(run(place.path(), "fmt --write rules").starts_with("exit 64\n"));
    assert!(run(place.path(), "fmt --to yaml --write -").starts_with("exit 64\n"));
}

#[test]
fn a_file_is_put_in_the_place_of_the_other_form() {
    let place =
        place_with(&[("rules/a.policy", UNTIDY), ("rules/b.yaml", YAML), ("rules/bundle.yaml", "x: 1")]);
    let file = place.path().join("rules/a.policy");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    let told = run(place.path(), "fmt --to yaml --write rules");
    assert!(
        told.starts_with("exit 0\nrules/a.policy is rules/a.yaml now\n--- stderr\nnote: `rules/bundle.yaml`"),
        "{told}"
    );
    assert!(!file.exists());
    let file = place.path().join("rules/a.yaml");
    assert_eq!(fs::read_to_string(&file).unwrap(), YAML);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    // Nothing is left beside them.
    assert_eq!(fs::read_dir(place.path().join("rules")).unwrap().count(), 3);
}

#[test]
fn nobody_loses_a_file_to_the_other_form() {
    let place = place_with(&[("rules/a.policy", UNTIDY), ("rules/a.yaml", YAML), ("real/b.policy", UNTIDY)]);
    symlink("../real/b.policy", place.path().join("rules/b.policy")).unwrap();
    let told = run(place.path(), "fmt --to yaml --write rules/a.policy");
    assert_eq!(
        told,
        "exit 1\n--- stderr\nerror: can't write `rules/a.policy`: `rules/a.yaml` is there already\n"
    );
    let told = run(place.path(), "fmt --to yaml --write rules/b.policy");
    assert!(
        told.starts_with("exit 1\n--- stderr\nerror: can't write `rules/b.policy`: it is a symbolic link"),
        "{told}"
    );
    assert_eq!(fs::read_to_string(place.path().join("rules/a.policy")).unwrap(), UNTIDY);
    assert_eq!(fs::read_to_string(place.path().join("rules/a.yaml")).unwrap(), YAML);
    assert_eq!(fs::read_to_string(place.path().join("real/b.policy")).unwrap(), UNTIDY);
    assert_eq!(fs::read_dir(place.path().join("rules")).unwrap().count(), 3);
}

#[test]
fn what_has_no_place_in_the_other_form_is_an_error() {
    let lost = "package p
subject user
resource r { actions read }
allow r:read named a
  when true or // always
    false
allow r:read
  when true
  to anyone
  when false
";
    let place = place_with(&[("a.policy", lost)]);
    insta::assert_snapshot!(run(place.path(), "fmt --to yaml a.policy"), @r"
    exit 3
    --- stderr
    error[P0130]: there is no place for this comment in YAML
     --> a.policy:5:16
      |
    5 |   when true or // always
      |                ^^^^^^^^^
      |
      = help: YAML has none inside of a text, as a condition is: put it on a line of its own before the clause or the declaration
    ");
    let place = place_with(&[("a.policy", &lost.replace(" // always", ""))]);
    insta::assert_snapshot!(run(place.path(), "fmt --to yaml --write a.policy"), @r"
    exit 3
    --- stderr
    error[P0130]: this can't be written in YAML without changing what it says
      --> a.policy:7:1
       |
     7 | / allow r:read
     8 | |   when true
     9 | |   to anyone
    10 | |   when false
       | |____________^
       |
       = help: a rule without a name is called by its text, which would be another: add `named …`
    ");
    assert!(place.path().join("a.policy").exists() && !place.path().join("a.yaml").exists());
}
