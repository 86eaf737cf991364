//! The command line, as its users meet it: what it prints and how it ends.

mod eval;
mod explain;
mod fmt;
mod init;
mod key;
mod manual;
mod test;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use insta::assert_snapshot;

const POLICY: &str = r#"package hackai
subject user { department: string, mfa_verified: bool }
resource incidents in organization {
  owner: user
  severity: int
  tags: set of string
  actions read, close
}
resource dashboard shared { actions read, configure }
context { ip: ip, country?: string }
network office = 192.168.0.0/16
role viewer { dashboard:read incidents:read }
role analyst : viewer { incidents:close }
allow dashboard:configure named office_only
  to analyst
  when context.ip in office
deny incidents:close named severe
  unless resource.severity < 7
  because "only small incidents are closed here"
  advise call(team: "soc")
allow dashboard:configure named with_duty
  when subject.department == "ops"
  oblige record(level: 3)
route GET /incidents/{id} -> incidents:read on incidents(id)
"#;

const FACTS: &str = r"package: hackai
organizations:
  acme: {}
subjects:
  user:
    alice:
      organization: acme
      roles:
        - { role: analyst, scope: acme, granted_by: root, reason: joined, expires: 2027-01-01T00:00:00Z }
    bob: { department: ops }
resources:
  incidents:
    inc-1: { organization: acme, severity: 3 }
";

/// A place with a `policies` directory in it.
fn place() -> tempfile::TempDir {
    place_with(&[("policies/hackai.policy", POLICY), ("policies/facts.yaml", FACTS)])
}

fn place_with(files: &[(&str, &str)]) -> tempfile::TempDir {
    let place = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = place.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    place
}

fn run(place: &Path, line: &str) -> String {
    run_with(place, line, "")
}

/// Runs the words of the line (`_` within a word stands for a space) and describes what came of it.
fn run_with(place: &Path, line: &str, input: &str) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .args(line.split_whitespace().map(|word| word.replace('_', " ")))
        .current_dir(place)
        .env_remove("PORTCULLIS_POLICIES")
        .env_remove("PORTCULLIS_CONFIG")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Whoever does not read its input closes it.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let ended = child.wait_with_output().unwrap();
    let (out, err) = (String::from_utf8(ended.stdout).unwrap(), String::from_utf8(ended.stderr).unwrap());
    let told = if err.is_empty() { String::new() } else { format!("--- stderr\n{err}") };
    format!("exit {}\n{out}{told}", ended.status.code().unwrap())
}

#[test]
fn good_policies_are_summed_up_in_a_line() {
    assert_snapshot!(run(place().path(), "check"), @"
    exit 0
    checked 2 files: 3 rules, 2 roles
    ");
}

#[test]
fn mistakes_are_shown_where_they_are() {
    let wrong = POLICY.replace("unless resource.severity", "unless resource.sevrity");
    let place = place_with(&[("policies/hackai.policy", &wrong), ("policies/people.yml", "")]);
    assert_snapshot!(run(place.path(), "check"), @"
    exit 3
    --- stderr
    error[P0122]: `policies/people.yml` is neither a policy nor a facts file
     |
     = help: policy files end in `.policy` or `.yaml`, in lower case

    error[P0203]: `incidents` has no attribute `sevrity`
      --> policies/hackai.policy:18:19
       |
    18 |   unless resource.sevrity < 7
       |                   ^^^^^^^
       |
       = help: did you mean `severity`?

    checked 1 file: 2 errors

    for more about P0122, P0203: `portcullis check --explain P0122`
    ");
}

#[test]
fn mistakes_in_facts_are_shown_where_they_are() {
    let wrong = FACTS.replace("role: analyst", "role: analist");
    let place = place_with(&[("policies/hackai.policy", POLICY), ("policies/facts.yaml", &wrong)]);
    assert_snapshot!(run(place.path(), "check"), @"
    exit 3
    --- stderr
    error[P0201]: package `hackai` declares no role `analist`
     --> policies/facts.yaml:9:19
      |
    9 |         - { role: analist, scope: acme, granted_by: root, reason: joined, expires: 2027-01-01T00:00:00Z }
      |                   ^^^^^^^
      |
      = help: did you mean `analyst`?

    checked 2 files: 1 error

    for more about P0201: `portcullis check --explain P0201`
    ");
}

#[test]
fn warnings_fail_only_where_that_is_asked_for() {
    let unnamed = POLICY.replace("deny incidents:close named severe", "deny incidents:close");
    let place = place_with(&[("policies/hackai.policy", &unnamed)]);
    assert_snapshot!(run(place.path(), "check"), @"
    exit 0
    checked 1 file: 3 rules, 2 roles, 1 warning
    --- stderr
    warning[P0404]: this deny has no name
      --> policies/hackai.policy:17:1
       |
    17 | deny incidents:close
       | ^^^^
       |
       = help: add `named …`: answers, logs and tests will call it so

    for more about P0404: `portcullis check --explain P0404`
    ");
    assert!(run(place.path(), "check --deny-warnings").starts_with("exit 3\n"));
}

#[test]
fn single_files_are_checked_together() {
    let place = place();
    assert_snapshot!(run(place.path(), "check policies/hackai.policy"), @"
    exit 0
    checked 1 file: 3 rules, 2 roles
    ");
    assert_snapshot!(run(place.path(), "check policies/hackai.policy policies/facts.yaml"), @"
    exit 0
    checked 2 files: 3 rules, 2 roles
    ");
    assert_snapshot!(run(place.path(), "check policies/facts.yaml"), @"
    exit 3
    --- stderr
    error[P0124]: there is no policy file in `policies/facts.yaml`
     |
     = help: policy files end in `.policy` or `.yaml`

    checked 1 file: 1 error

    for more about P0124: `portcullis check --explain P0124`
    ");
}

#[test]
fn what_cannot_be_read_is_no_invalid_policy() {
    assert_snapshot!(run(place_with(&[]).path(), "check"), @"
    exit 1
    --- stderr
    error[P0121]: can't read `policies`: it does not exist

    for more about P0121: `portcullis check --explain P0121`
    ");
    assert_snapshot!(run(place().path(), "check policies/none.policy"), @"
    exit 1
    --- stderr
    error[P0121]: can't read `policies/none.policy`: it does not exist

    for more about P0121: `portcullis check --explain P0121`
    ");
    assert_snapshot!(run(place_with(&[("empty/x", "")]).path(), "check empty"), @"
    exit 3
    --- stderr
    error[P0124]: there is no policy file in `empty`
     |
     = help: policy files end in `.policy` or `.yaml`

    for more about P0124: `portcullis check --explain P0124`
    ");
}

#[test]
fn the_configured_directory_is_the_default() {
    let place = place_with(&[("rules/hackai.policy", POLICY), ("portcullis.yaml", "policies: rules\n")]);
    assert_snapshot!(run(place.path(), "check"), @"
    exit 0
    checked 1 file: 3 rules, 2 roles
    ");
    fs::write(place.path().join("portcullis.yaml"), "polices: rules\n").unwrap();
    assert_snapshot!(run(place.path(), "check"), @"
    exit 64
    --- stderr
    error[P0806]: the configuration has no `polices`
     --> portcullis.yaml:1:1
      |
    1 | polices: rules
      | ^^^^^^^
      |
      = help: did you mean `policies`?

    for more about P0806: `portcullis check --explain P0806`
    ");
}

#[test]
fn machines_get_one_document() {
    let unnamed = POLICY.replace("deny incidents:close named severe", "deny incidents:close");
    let place = place_with(&[("policies/hackai.policy", &unnamed)]);
    assert_snapshot!(without_revision(&run(place.path(), "check --format json")), @r#"
    exit 0
    {
      "diagnostics": [
        {
          "code": "P0404",
          "column": 1,
          "end_column": 5,
          "end_line": 17,
          "file": "policies/hackai.policy",
          "help": "add `named …`: answers, logs and tests will call it so",
          "label": "",
          "line": 17,
          "message": "this deny has no name",
          "related": [],
          "severity": "warning"
        }
      ],
      "errors": 0,
      "files": 1,
      "notes": 0,
      "revision": "REVISION",
      "roles": 2,
      "rules": 3,
      "valid": true,
      "warnings": 1
    }
    "#);
}

/// The revision changes with every version of the time zones.
fn without_revision(text: &str) -> String {
    let is_digits = |word: &str| word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let short = |word: &str| word.len() == 12 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    text.split_inclusive(|end: char| !end.is_ascii_alphanumeric())
        .map(|word| {
            let bare = word.trim_end_matches(|end: char| !end.is_ascii_alphanumeric());
            if is_digits(bare) || short(bare) { word.replace(bare, "REVISION") } else { word.to_owned() }
        })
        .collect()
}

#[test]
fn limits_are_printed_with_their_meaning() {
    let printed = run(place().path(), "check --limits");
    assert!(printed.contains("\nnesting_max "), "{printed}");
    assert!(printed.contains(" 64  How deep expressions may nest"), "{printed}");
    let json = run(place().path(), "check --limits --format json");
    assert!(json.contains("\"name\": \"nesting_max\""), "{json}");
}

#[test]
fn help_and_version_are_no_mistakes() {
    let version = run(place().path(), "--version");
    assert!(version.starts_with("exit 0\nportcullis 0."), "{version}");
    assert!(version.contains("time zones 20"), "{version}");
    for line in ["--help", "check --help", "eval --help"] {
        assert!(run(place().path(), line).starts_with("exit 0\n"), "{line}");
    }
}

#[test]
fn a_list_of_the_files_is_written_and_then_binds() {
    let place = place();
    let policies = place.path().join("policies");
    assert_snapshot!(run(place.path(), "check policies --write-bundle"), @"
    exit 0
    checked 2 files: 3 rules, 2 roles
    ");
    assert!(policies.join("bundle.yaml").is_file());
    assert_snapshot!(run(place.path(), "check"), @"
    exit 0
    checked 2 files: 3 rules, 2 roles
    ");
    fs::write(policies.join("facts.yaml"), "package: hackai\n").unwrap();
    let told = run(place.path(), "check");
    assert!(told.starts_with("exit 3\n"), "{told}");
    assert!(told.contains("error[P0125]: `policies/facts.yaml` is not the file that is listed\n"), "{told}");
    let told = run(place.path(), "eval --action read --resource incidents:inc-1");
    assert!(told.starts_with("exit 3\n"), "{told}");
    // What is not in order is not listed.
    fs::write(policies.join("more.policy"), "nonsense").unwrap();
    let before = fs::read_to_string(policies.join("bundle.yaml")).unwrap();
    assert!(run(place.path(), "check --write-bundle").starts_with("exit 3\n"));
    assert_eq!(fs::read_to_string(policies.join("bundle.yaml")).unwrap(), before);
    fs::remove_file(policies.join("more.policy")).unwrap();
    assert!(run(place.path(), "check --write-bundle").starts_with("exit 0\n"));
    assert!(run(place.path(), "check").starts_with("exit 0\n"));
}

#[test]
fn a_list_of_files_belongs_to_one_directory() {
    let place = place();
    assert_snapshot!(run(place.path(), "check policies policies/hackai.policy --write-bundle"), @"
    exit 64
    --- stderr
    error: `--write-bundle` is for one directory
    ");
    run(place.path(), "check --write-bundle");
    let told = run(place.path(), "check policies/hackai.policy policies/facts.yaml policies/bundle.yaml");
    assert!(told.contains("`policies/bundle.yaml` lists the files of its directory"), "{told}");
}

/// The revision that a verb speaks of in JSON.
fn revision(place: &Path, line: &str) -> String {
    let told = run(place, &format!("{line} --format json"));
    let (_, json) = told.split_once('\n').unwrap();
    let json: serde_json::Value = serde_json::from_str(json).unwrap();
    json["revision"].as_str().unwrap_or_else(|| panic!("{told}")).to_owned()
}

#[test]
fn every_verb_finds_the_same_revision_for_the_same_configuration() {
    let ask = "eval --action read --resource incidents:inc-1";
    let place = place();
    let before = revision(place.path(), "check");
    assert_eq!(revision(place.path(), "check policies"), before);
    assert_eq!(revision(place.path(), ask), before);
    assert_eq!(revision(place.path(), &format!("{ask} --policies policies")), before);

    fs::write(place.path().join("portcullis.yaml"), "challenge: Basic\n").unwrap();
    assert_eq!(revision(place.path(), "check"), before, "decisions don't depend on it");
    fs::write(place.path().join("portcullis.yaml"), "subject_type: hackai/user\n").unwrap();
    let after = revision(place.path(), "check policies");
    assert_ne!(after, before);
    assert_eq!(revision(place.path(), "check"), after);
    assert_eq!(revision(place.path(), &format!("{ask} --policies policies")), after);
}
