//! `portcullis eval`: what it says of a decision, and what it makes of its flags.

use std::fs;

use insta::assert_snapshot;

use super::{place, place_with, run, run_with, without_revision};

const EARLY: &str = "--at 2026-11-01T09:00:00Z";

fn eval(line: &str) -> String {
    without_revision(&run(place().path(), &format!("eval {EARLY} {line}")))
}

#[test]
fn a_role_allows() {
    assert_snapshot!(eval("--subject user:alice --action read --resource incidents:inc-1"), @"
    exit 0
    ALLOW: role `hackai/viewer` allows it
      asked        may user:alice read incidents:inc-1?
      decided by   role `hackai/viewer`
      at           2026-11-01T09:00:00Z
      valid until  2027-01-01T00:00:00Z
      revision     REVISION
    ");
}

#[test]
fn a_rule_denies_with_its_place_and_reason() {
    assert_snapshot!(
        eval("--subject user:alice --action close --resource incidents:inc-1 --property resource.severity=8"),
        @r#"
    exit 2
    DENY: rule `hackai/severe` denies it
      asked        may user:alice close incidents:inc-1?
      decided by   rule `hackai/severe` (policies/hackai.policy:17)
      because      only small incidents are closed here
      advice       call(team: "soc")
      at           2026-11-01T09:00:00Z
      valid until  2027-01-01T00:00:00Z
      revision     REVISION
    "#
    );
}

#[test]
fn a_rule_allows_by_a_typed_attribute() {
    assert_snapshot!(eval("--subject user:alice --action configure --resource dashboard --context ip=192.168.1.5"), @"
    exit 0
    ALLOW: rule `hackai/office_only` allows it
      asked        may user:alice configure dashboard?
      decided by   rule `hackai/office_only` (policies/hackai.policy:14)
      at           2026-11-01T09:00:00Z
      valid until  2027-01-01T00:00:00Z
      revision     REVISION
    ");
}

#[test]
fn unknown_attributes_are_named() {
    assert_snapshot!(eval("--subject user:alice --action configure --resource dashboard"), @"
    exit 2
    DENY: nothing allows it as long as `context.ip`, `subject.department` are unknown
      asked        may user:alice configure dashboard?
      unknown      context.ip
      unknown      subject.department
      at           2026-11-01T09:00:00Z
      valid until  2027-01-01T00:00:00Z
      revision     REVISION
    ");
    assert_snapshot!(eval("--subject user:alice --action close --resource incidents:inc-2 --property resource.organization=acme"), @r#"
    exit 2
    DENY: rule `hackai/severe` denies it, because `resource.severity` is unknown and it might apply
      asked        may user:alice close incidents:inc-2?
      decided by   rule `hackai/severe` (policies/hackai.policy:17)
      because      only small incidents are closed here
      unknown      resource.severity
      advice       call(team: "soc")
      at           2026-11-01T09:00:00Z
      valid until  2027-01-01T00:00:00Z
      revision     REVISION
    "#);
}

#[test]
fn nothing_applies() {
    assert_snapshot!(eval("--action read --resource incidents:inc-1"), @"
    exit 2
    DENY: no rule, role or grant allows it
      asked        may somebody unidentified read incidents:inc-1?
      at           2026-11-01T09:00:00Z
      valid until  policy, facts or request change
      revision     REVISION
    ");
}

#[test]
fn an_assignment_ends() {
    let line = "eval --at 2027-01-01T00:00:00Z --subject user:alice --action read --resource incidents:inc-1";
    assert!(run(place().path(), line).starts_with("exit 2\nDENY: no rule, role or grant allows it\n"));
}

#[test]
fn obligations_have_to_be_understood() {
    let asked = "--subject user:bob --action configure --resource dashboard --context ip=10.0.0.1";
    assert_snapshot!(eval(asked), @"
    exit 2
    DENY: rule `hackai/with_duty` allows it with the obligation `record`, which the caller does not understand
      asked        may user:bob configure dashboard?
      decided by   rule `hackai/with_duty` (policies/hackai.policy:21)
      obligation   record(level: 3)
      at           2026-11-01T09:00:00Z
      valid until  policy, facts or request change
      revision     REVISION
    ");
    let allowed = eval(&format!("{asked} --understands record"));
    assert!(allowed.starts_with("exit 0\nALLOW: rule `hackai/with_duty` allows it\n"), "{allowed}");
    assert!(allowed.contains("obligation   record(level: 3)\n"), "{allowed}");
}

#[test]
fn what_is_not_declared_is_denied() {
    let first = |line: &str| eval(line).lines().take(2).collect::<Vec<_>>().join("\n");
    assert_snapshot!(first("--subject user:alice --action read --resource incident:1"), @"
    exit 2
    DENY: the policies declare no resource `incident`; did you mean `incidents`?
    ");
    assert_snapshot!(first("--subject usr:alice --action read --resource incidents:1"), @"
    exit 2
    DENY: the policies declare no subject `usr`; did you mean `user`?
    ");
    assert_snapshot!(first("--subject user:alice --action raed --resource incidents:1"), @"
    exit 2
    DENY: `incidents` has no action `raed`; did you mean `read`?
    ");
    assert_snapshot!(
        first("--subject user:alice --action read --resource incidents:inc-1 --property resource.organization=other"),
        @"
    exit 2
    DENY: the facts say that the resource is in another organization than the request says
    "
    );
}

#[test]
fn routes_say_what_an_http_request_asks_for() {
    assert_snapshot!(eval("--subject user:alice --http GET_/incidents/inc-1?q=1"), @"
    exit 0
    ALLOW: role `hackai/viewer` allows it
      asked        may user:alice read hackai/incidents:inc-1?
      decided by   role `hackai/viewer`
      at           2026-11-01T09:00:00Z
      valid until  2027-01-01T00:00:00Z
      revision     REVISION
    ");
    assert_snapshot!(eval("--subject user:alice --http POST_/incidents/inc-1"), @"
    exit 2
    DENY: no route says which permission `POST /incidents/inc-1` asks for
      at           2026-11-01T09:00:00Z
      valid until  policy, facts or request change
      revision     REVISION
    ");
}

#[test]
fn machines_get_the_whole_answer() {
    assert_snapshot!(
        eval("--format json --subject user:alice --action close --resource incidents:inc-1 --property resource.severity=8"),
        @r#"
    exit 2
    {
      "advice": [
        {
          "id": "call",
          "properties": {
            "team": "soc"
          }
        }
      ],
      "asked": {
        "action": "close",
        "resource": {
          "id": "inc-1",
          "type": "incidents"
        },
        "subject": {
          "id": "alice",
          "type": "user"
        }
      },
      "at": "2026-11-01T09:00:00Z",
      "deciding": [
        {
          "because": "only small incidents are closed here",
          "effect": "deny",
          "file": "policies/hackai.policy",
          "kind": "rule",
          "line": 17,
          "name": "hackai/severe"
        }
      ],
      "decision": false,
      "explanation": "rule `hackai/severe` denies it",
      "obligations": [],
      "reason": "denied_by_rule",
      "revision": "REVISION",
      "unknown": [],
      "valid_until": "2027-01-01T00:00:00Z"
    }
    "#
    );
}

#[test]
fn a_request_body_is_decided_as_the_server_would() {
    let body = r#"{"subject":{"type":"user","id":"alice"},"action":{"name":"close"},"resource":{"type":"incidents","id":"inc-1","properties":{"severity":6}}}"#;
    let place = place();
    let line = format!("eval {EARLY} --request -");
    assert!(
        run_with(place.path(), &line, body).starts_with("exit 0\nALLOW: role `hackai/analyst` allows it\n")
    );
    fs::write(place.path().join("request.json"), body.replace('6', "7")).unwrap();
    let denied = run(place.path(), &format!("eval {EARLY} --request request.json"));
    assert!(denied.starts_with("exit 2\nDENY: rule `hackai/severe` denies it\n"), "{denied}");
    assert_snapshot!(run_with(place.path(), &line, r#"{"subject":{"type":"user","id":"alice"}}"#), @"
    exit 64
    --- stderr
    error: the request is malformed: line 1, column 1: `action` is missing
    ");
    assert_snapshot!(run(place.path(), "eval --request none.json"), @"
    exit 1
    --- stderr
    error: can't read `none.json`: No such file or directory (os error 2)
    ");
}

#[test]
fn wrong_usage_is_told_with_what_to_write() {
    let ask = "--subject user:alice --action read --resource incidents:inc-1";
    let told = [
        "--subject alice --action read --resource incidents:inc-1".to_owned(),
        format!("{ask} --context ip"),
        format!("{ask} --context ip=1.2.3"),
        format!("{ask} --context adress=1.2.3.4"),
        format!("{ask} --context ip=1.2.3.4 --context ip=1.2.3.4"),
        format!("{ask} --property severity=3"),
        format!("{ask} --property resource.severity=high"),
        format!("{ask} --property resource.organisation=acme"),
        format!("{ask} --property resource.tags=[\"a\",\"b\"]"),
        format!("{ask} --property resource.tags={{a,b}}"),
        format!("{ask} --property resource.tags=a,b --context ip=[1.2.3.4]"),
        "--action read --resource incidents:1 --property subject.department=ops".to_owned(),
        "--http /incidents/1".to_owned(),
        "--http GET_/a/../b".to_owned(),
    ];
    let told: Vec<String> = told.iter().map(|line| eval(line)).collect();
    assert_snapshot!(told.concat(), @r#"
    exit 64
    --- stderr
    error: `--subject alice` names no type
    help: write it as `type:id`, as in `user:alice`
    exit 64
    --- stderr
    error: `--context ip` has no `=`
    help: write it as `name=value`
    exit 64
    --- stderr
    error: `context.ip` is declared as `ip`, and `1.2.3` is not one
    exit 64
    --- stderr
    error: the policies declare no `context.adress`
    help: declared are: `ip`, `country`
    exit 64
    --- stderr
    error: `--context ip` is given twice
    exit 64
    --- stderr
    error: `--property severity` says neither `subject.` nor `resource.`
    help: write it as in `resource.severity=3`
    exit 64
    --- stderr
    error: `resource.severity` is declared as `int`, and `high` is not one
    exit 64
    --- stderr
    error: the policies declare no `resource.organisation`
    help: declared are: `owner`, `severity`, `tags`
    exit 64
    --- stderr
    error: `resource.tags` is a set, and `["a","b"]` is written as JSON or a literal
    help: write the elements with commas between them: `resource.tags=a,b`
    exit 64
    --- stderr
    error: `resource.tags` is a set, and `{a,b}` is written as JSON or a literal
    help: write the elements with commas between them: `resource.tags=a,b`
    exit 64
    --- stderr
    error: `context.ip` is declared as `ip`, and `[1.2.3.4]` is not one
    exit 64
    --- stderr
    error: `--property subject.department` needs a `--subject`
    exit 64
    --- stderr
    error: `--http /incidents/1` is not a method and a path
    help: write it as in `--http 'GET /incidents/1'`
    exit 64
    --- stderr
    error: the original URI has `.` or `..` for a segment of its path
    "#);
    assert_snapshot!(run(place().path(), &format!("eval {ask} --at tomorrow")), @"
    exit 64
    --- stderr
    error: `--at tomorrow` is no instant
    help: write it as in `2026-03-29T01:00:00Z`
    ");
    for line in
        ["", "chekc", "eval", "eval --action read", "check --limit", "eval --request - --subject user:alice"]
    {
        let printed = run(place().path(), line);
        assert!(printed.starts_with("exit 64\n"), "{line}: {printed}");
    }
}

#[test]
fn no_decision_is_made_by_policies_that_are_wrong() {
    let place = place_with(&[("policies/a.policy", "package a\nallow everything\n")]);
    let ask = "eval --subject user:alice --action read --resource incidents:inc-1";
    assert!(
        run(place.path(), ask).starts_with("exit 3\n--- stderr\nerror[P0201]"),
        "{}",
        run(place.path(), ask)
    );
    assert!(
        run(place.path(), &format!("{ask} --policies nowhere"))
            .starts_with("exit 1\n--- stderr\nerror[P0121]")
    );
}

#[test]
fn a_policy_in_yaml_is_checked_and_asked_like_any_other() {
    let yaml = "package: docs
subjects: { user: {} }
resources: { page: { actions: [read, edit] } }
roles: { reader: { permissions: page:read } }
rules:
- deny: page:edit
  named: frozen
  because: nothing changes before the audit
";
    let place = place_with(&[("policies/docs.yaml", yaml)]);
    assert_snapshot!(run(place.path(), "check"), @"
    exit 0
    checked 1 file: 1 rule, 1 role
    ");
    let asked =
        run(place.path(), &format!("eval {EARLY} --subject user:bob --action edit --resource page:a"));
    assert_snapshot!(without_revision(&asked), @"
    exit 2
    DENY: rule `docs/frozen` denies it
      asked        may user:bob edit page:a?
      decided by   rule `docs/frozen` (policies/docs.yaml:6)
      because      nothing changes before the audit
      at           2026-11-01T09:00:00Z
      valid until  policy, facts or request change
      revision     REVISION
    ");
    let wrong = yaml.replace("page:edit\n", "page:edti\n");
    assert_snapshot!(run(place_with(&[("policies/docs.yaml", &wrong)]).path(), "check"), @"
    exit 3
    --- stderr
    error[P0201]: unknown action `edti`
     --> policies/docs.yaml:6:14
      |
    6 | - deny: page:edti
      |              ^^^^
      |
      = help: did you mean `edit`?

    checked 1 file: 1 error

    for more about P0201: `portcullis check --explain P0201`
    ");
}

const SHOP: &str = r#"package shop
subject user
resource order { address: record { floor?: int, geo: record { tags: set of string } } actions read }
context { device: record { trusted: bool } }
allow order:read named low
  when resource.address.floor or_else 0 < 3 and "a" in resource.address.geo.tags and context.device.trusted
"#;

#[test]
fn members_of_records_are_given_one_by_one() {
    let place = place_with(&[("policies/shop.policy", SHOP)]);
    let eval = |flags: &str| {
        let line = format!("eval {EARLY} --subject user:ann --action read --resource order:1 {flags}");
        without_revision(&run(place.path(), &line))
    };
    assert_snapshot!(
        eval("--property resource.address.geo.tags=a,b --property resource.address.floor=2 --context device.trusted=true"),
        @"
    exit 0
    ALLOW: rule `shop/low` allows it
      asked        may user:ann read order:1?
      decided by   rule `shop/low` (policies/shop.policy:5)
      at           2026-11-01T09:00:00Z
      valid until  policy, facts or request change
      revision     REVISION
    "
    );
    assert_snapshot!(eval("--property resource.address.floor=2"), @"
    exit 2
    DENY: nothing allows it as long as `resource.address.geo.tags`, `context.device.trusted` are unknown
      asked        may user:ann read order:1?
      unknown      resource.address.geo.tags
      unknown      context.device.trusted
      at           2026-11-01T09:00:00Z
      valid until  policy, facts or request change
      revision     REVISION
    ");
    assert_snapshot!(eval("--property resource.address=2"), @"
    exit 64
    --- stderr
    error: `resource.address` is a record
    help: give its members, as in `resource.address.floor=…`
    ");
    assert_snapshot!(eval("--property resource.address.geo.tag=a"), @"
    exit 64
    --- stderr
    error: the policies declare no `resource.address.geo.tag`
    help: did you mean `tags`?
    ");
    assert_snapshot!(eval("--context device.trusted=yes"), @"
    exit 64
    --- stderr
    error: `context.device.trusted` is declared as `bool`, and `yes` is not one
    ");
}
