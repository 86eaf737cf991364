//! `portcullis test`, as its users meet it. Each file of `tests/cases/suite` stands beside what is said about it.
//!
//! `UPDATE_CASES=1` writes the texts anew; read every one of them then as an author would.

use std::fs;
use std::path::{Path, PathBuf};

use insta::assert_snapshot;
use tempfile::TempDir;

use super::{POLICY, place, place_with, run};

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/suite");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<PathBuf> = files.filter(|path| path.extension().unwrap() == "yaml").collect();
    cases.sort();
    cases
}

#[test]
fn files_of_tests_come_out_as_it_is_written_down() {
    let is_update = std::env::var_os("UPDATE_CASES").is_some();
    for case in cases() {
        let place = place();
        let name = case.file_name().unwrap().to_str().unwrap();
        fs::copy(&case, place.path().join("policies").join(name)).unwrap();
        let told = run(place.path(), "test");
        let expected = case.with_extension("txt");
        if is_update {
            fs::write(expected, told).unwrap();
        } else {
            assert_eq!(told, fs::read_to_string(expected).unwrap_or_default(), "{name}");
        }
    }
}

const TESTS: &str = "\
at: 2026-11-18T12:00:00Z
tables:
- name: roles
  columns: [dashboard:read, dashboard:configure]
  context: { ip: 192.168.0.1 }
  subject: { properties: { department: soc } }
  rows:
    viewer:  [allow, deny]
    analyst: [allow, allow]
";
const WRONG: &str = "\
at: 2026-11-18T12:00:00Z
cases:
- name: <nobody> & \"everybody\"
  subject: nobody
  action: read
  resource: dashboard:main
  expect: allow
- name: fine
  subject: nobody
  action: read
  resource: dashboard:main
  expect: deny
";

/// Two directories with policies of their own, one with a test that fails.
fn places() -> TempDir {
    place_with(&[
        ("a/hackai.policy", POLICY),
        ("a/roles.tests.yaml", TESTS),
        ("b/hackai.policy", POLICY),
        ("b/sub/wrong.tests.yaml", WRONG),
        ("b/tests.yaml", TESTS),
    ])
}

#[test]
fn several_directories_are_tested_each_with_its_own_policies() {
    let place = places();
    assert_snapshot!(run(place.path(), "test a b"), @r#"
    exit 4
    ok    a/roles.tests.yaml      4 passed
    FAIL  b/sub/wrong.tests.yaml  1 passed, 1 failed
    ok    b/tests.yaml            4 passed

    FAIL  b/sub/wrong.tests.yaml:3:3  <nobody> & "everybody"
      decision     expected allow
                   found    deny
      why          no rule, role or grant allows it
      asked        may somebody unidentified read dashboard:main?
      at           2026-11-18T12:00:00Z
      valid until  policy, facts or request change

    9 passed, 1 failed
    "#);
    assert!(run(place.path(), "test a").starts_with("exit 0\n"));
    // What is named twice is tested once.
    assert_eq!(run(place.path(), "test a b ./a b/ a/../b"), run(place.path(), "test a b"));
}

#[test]
fn tests_are_picked_by_name_or_file() {
    let place = places();
    assert_snapshot!(run(place.path(), "test a b --only fine"), @"
    exit 0
    ok    b/sub/wrong.tests.yaml  1 passed

    1 passed, 9 left out
    ");
    assert_snapshot!(run(place.path(), "test a b --only analyst --only sub/"), @r#"
    exit 4
    ok    a/roles.tests.yaml      2 passed
    FAIL  b/sub/wrong.tests.yaml  1 passed, 1 failed
    ok    b/tests.yaml            2 passed

    FAIL  b/sub/wrong.tests.yaml:3:3  <nobody> & "everybody"
      decision     expected allow
                   found    deny
      why          no rule, role or grant allows it
      asked        may somebody unidentified read dashboard:main?
      at           2026-11-18T12:00:00Z
      valid until  policy, facts or request change

    5 passed, 1 failed, 4 left out
    "#);
    assert_snapshot!(run(place.path(), "test a b --only nonsense --only neither"), @"
    exit 64
    --- stderr
    error: no test has `nonsense` or `neither` in its name or its file's
    ");
}

#[test]
fn tests_elsewhere_are_asked_about_the_policies_that_are_named() {
    let facts = "package: hackai\nsubjects:\n  user:\n    ann: { roles: [{ role: viewer, scope: /, granted_by: root, reason: test }] }\n";
    let tests = "at: 2026-11-18T12:00:00Z\nfacts_files: [../people.facts.yaml]\ncases:\n- { subject: user:ann, action: read, resource: dashboard:main, expect: allow }\n";
    let place = place_with(&[
        ("policies/hackai.policy", POLICY),
        ("checks/people.facts.yaml", facts),
        ("checks/deep/ann.tests.yaml", tests),
        ("checks/readme.txt", ""),
        (
            "other/shop.policy",
            "package shop\nsubject user\nresource order { actions read }\nrole clerk { order:read }\n",
        ),
    ]);
    let good = "exit 0\nok    checks/deep/ann.tests.yaml  1 passed\n\n1 passed\n";
    assert_eq!(run(place.path(), "test checks --policies policies"), good);
    assert_eq!(run(place.path(), "test checks/deep/ann.tests.yaml --policies policies"), good);
    // A single file is asked about the configured directory.
    assert_eq!(run(place.path(), "test checks/deep/ann.tests.yaml"), good);
    let told = run(place.path(), "test checks --policies other");
    assert!(told.starts_with("exit 3\n") && told.contains("there is no package `hackai`"), "{told}");
    assert_snapshot!(run(place.path(), "test checks/readme.txt"), @"
    exit 3
    --- stderr
    error[P0122]: `checks/readme.txt` is no file of tests
     |
     = help: files of tests are called `tests.yaml` or `*.tests.yaml`

    for more about P0122: `portcullis check --explain P0122`
    ");
    assert!(run(place.path(), "test checks/none.tests.yaml").starts_with("exit 1\n"));
    assert!(run(place.path(), "test none").starts_with("exit 1\n"));
    fs::remove_file(place.path().join("checks/people.facts.yaml")).unwrap();
    let told = run(place.path(), "test checks --policies policies");
    assert!(told.contains("there is no facts file `../people.facts.yaml` beside this file"), "{told}");
}

#[test]
fn where_nothing_is_tested_nothing_passes() {
    let place = place();
    assert_snapshot!(run(place.path(), "test"), @"
    exit 3
    --- stderr
    error[P1001]: there are no tests in `policies`
     |
     = help: files of tests are called `tests.yaml` or `*.tests.yaml`

    for more about P1001: `portcullis check --explain P1001`
    ");
    let places = places();
    fs::create_dir(places.path().join("empty")).unwrap();
    assert!(run(places.path(), "test empty --policies a").starts_with("exit 3\n"));
    // One set that can't be tested doesn't hide what came of the other.
    let told = run(places.path(), "test b empty");
    assert!(told.starts_with("exit 3\nok    b/tests.yaml") || told.contains("5 passed, 1 failed"), "{told}");
    assert!(run(places.path(), "test --wrong").starts_with("exit 64\n"));
}

#[test]
fn an_invalid_policy_is_told_before_its_tests() {
    let place = place_with(&[
        ("policies/a.policy", "package a\nrole r { x:read }\n"),
        ("policies/tests.yaml", TESTS),
    ]);
    let told = run(place.path(), "test");
    assert!(told.starts_with("exit 3\n") && told.contains("error[P0201]"), "{told}");
}

#[test]
fn machines_get_one_document_of_all_tests() {
    let place = places();
    let told = run(place.path(), "test a b --format json --only fine --only everybody");
    assert_snapshot!(told, @r#"
    exit 4
    {
      "diagnostics": [],
      "failed": 1,
      "files": [
        {
          "file": "b/sub/wrong.tests.yaml",
          "tests": [
            {
              "column": 3,
              "details": [
                {
                  "name": "asked",
                  "value": "may somebody unidentified read dashboard:main?"
                },
                {
                  "name": "at",
                  "value": "2026-11-18T12:00:00Z"
                },
                {
                  "name": "valid until",
                  "value": "policy, facts or request change"
                }
              ],
              "differences": [
                {
                  "expected": "allow",
                  "found": "deny",
                  "what": "decision"
                }
              ],
              "explanation": "no rule, role or grant allows it",
              "line": 3,
              "name": "<nobody> & \"everybody\"",
              "passed": false
            },
            {
              "column": 3,
              "details": [],
              "differences": [],
              "explanation": null,
              "line": 8,
              "name": "fine",
              "passed": true
            }
          ]
        }
      ],
      "left_out": 8,
      "passed": 1
    }
    "#);
    let broken =
        place_with(&[("policies/hackai.policy", POLICY), ("policies/tests.yaml", "cases: []\nat: 1\n")]);
    let told = run(broken.path(), "test --format json");
    let json: serde_json::Value = serde_json::from_str(told.strip_prefix("exit 3\n").unwrap()).unwrap();
    assert_eq!(json["diagnostics"][0]["file"], "policies/tests.yaml");
}

#[test]
fn a_junit_report_is_written() {
    let place = places();
    let told = run(place.path(), "test a b empty --junit report.xml");
    assert!(told.starts_with("exit 1\n"), "{told}");
    assert_snapshot!(fs::read_to_string(place.path().join("report.xml")).unwrap(), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="portcullis" tests="11" failures="1" errors="1">
      <testsuite name="a/roles.tests.yaml" tests="4" failures="0" errors="0">
        <testcase name="roles: viewer dashboard:read" classname="a/roles.tests.yaml" file="a/roles.tests.yaml" line="8"/>
        <testcase name="roles: viewer dashboard:configure" classname="a/roles.tests.yaml" file="a/roles.tests.yaml" line="8"/>
        <testcase name="roles: analyst dashboard:read" classname="a/roles.tests.yaml" file="a/roles.tests.yaml" line="9"/>
        <testcase name="roles: analyst dashboard:configure" classname="a/roles.tests.yaml" file="a/roles.tests.yaml" line="9"/>
      </testsuite>
      <testsuite name="b/sub/wrong.tests.yaml" tests="2" failures="1" errors="0">
        <testcase name="&lt;nobody&gt; &amp; &quot;everybody&quot;" classname="b/sub/wrong.tests.yaml" file="b/sub/wrong.tests.yaml" line="3">
          <failure message="decision: expected allow, found deny">  decision     expected allow
                   found    deny
      why          no rule, role or grant allows it
      asked        may somebody unidentified read dashboard:main?
      at           2026-11-18T12:00:00Z
      valid until  policy, facts or request change
    </failure>
        </testcase>
        <testcase name="fine" classname="b/sub/wrong.tests.yaml" file="b/sub/wrong.tests.yaml" line="8"/>
      </testsuite>
      <testsuite name="b/tests.yaml" tests="4" failures="0" errors="0">
        <testcase name="roles: viewer dashboard:read" classname="b/tests.yaml" file="b/tests.yaml" line="8"/>
        <testcase name="roles: viewer dashboard:configure" classname="b/tests.yaml" file="b/tests.yaml" line="8"/>
        <testcase name="roles: analyst dashboard:read" classname="b/tests.yaml" file="b/tests.yaml" line="9"/>
        <testcase name="roles: analyst dashboard:configure" classname="b/tests.yaml" file="b/tests.yaml" line="9"/>
      </testsuite>
      <testsuite name="load" tests="1" failures="0" errors="1">
        <testcase name="P0121" classname="load">
          <error message="can't read `empty`: it does not exist"/>
        </testcase>
      </testsuite>
    </testsuites>
    "#);
    let told = run(place.path(), "test a --junit none/report.xml");
    assert!(told.starts_with("exit 1\n") && told.contains("can't write `none/report.xml`"), "{told}");
}

/// Whatever the number of threads, and however often.
#[test]
fn the_order_is_that_of_the_files() {
    let case = |number: usize| {
        let expect = if number.is_multiple_of(7) { "allow" } else { "deny" };
        format!("- {{ subject: user:u{number}, action: read, resource: dashboard:main, expect: {expect} }}\n")
    };
    let tests = "at: 2026-11-18T12:00:00Z\ncases:\n".to_owned() + &(0..2_000).map(case).collect::<String>();
    let place = place_with(&[("policies/hackai.policy", POLICY), ("policies/tests.yaml", &tests)]);
    let told = run(place.path(), "test");
    let numbers: Vec<usize> = told
        .lines()
        .filter_map(|line| {
            line.strip_prefix("FAIL  policies/tests.yaml:")?
                .split_once("user:u")?
                .1
                .split(' ')
                .next()?
                .parse()
                .ok()
        })
        .collect();
    assert_eq!(numbers, (0..2_000).step_by(7).collect::<Vec<_>>());
    assert!(told.ends_with("\n1714 passed, 286 failed\n"), "{told}");
}

/// `check` reads tests as it reads everything else, and a list of files lists them.
#[test]
fn check_reads_tests_too() {
    let place = place_with(&[("policies/hackai.policy", POLICY), ("policies/tests.yaml", TESTS)]);
    assert!(run(place.path(), "check --deny-warnings").starts_with("exit 0\nchecked 2 files"));
    assert!(run(place.path(), "check --write-bundle policies").starts_with("exit 0\n"));
    assert!(
        fs::read_to_string(place.path().join("policies/bundle.yaml")).unwrap().contains("  tests.yaml: ")
    );
    fs::write(place.path().join("policies/tests.yaml"), TESTS.replace("dashboard:read", "dashbord:read"))
        .unwrap();
    assert!(run(place.path(), "test").starts_with("exit 3\n"), "it is not the one that is listed");
    fs::remove_file(place.path().join("policies/bundle.yaml")).unwrap();
    let told = run(place.path(), "check");
    assert!(told.starts_with("exit 3\n") && told.contains("did you mean `dashboard`?"), "{told}");
    // `fmt` has no business with them.
    assert!(!run(place.path(), "fmt --check").contains("tests.yaml"));
}

/// A policy is never passed over because of its name, and a test decides nothing.
#[test]
fn what_is_called_nearly_as_tests_are_is_neither() {
    for name in [
        "test.yaml",
        "hackai.test.yaml",
        "hackai_test.yaml",
        "hackai-tests.yaml",
        "tests.yml",
        "A.Tests.yaml",
    ] {
        let name = format!("policies/{name}");
        let place = place_with(&[("policies/hackai.policy", POLICY), (&name, TESTS)]);
        let told = run(place.path(), "check");
        assert!(told.starts_with("exit 3\n") && told.contains("files of tests are called"), "{name}: {told}");
    }
    let denies = "package: hackai\nrules:\n- deny: dashboard:read\n  named: closed\n";
    let place = place_with(&[("policies/hackai.policy", POLICY), ("policies/closed.tests.yaml", denies)]);
    for line in ["check", "test", "eval --action read --resource dashboard:main"] {
        let told = run(place.path(), line);
        assert!(told.starts_with("exit 3\n") && told.contains("error[P0122]"), "{line}: {told}");
    }
}
