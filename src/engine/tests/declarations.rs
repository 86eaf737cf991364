//! What declarations mean in decisions.

use super::{Input, docs, fixture, party, question};

const STORE: &str = r#"
package store
subject "iam user" { "x-level": int }
resource "s3-bucket" in organization { owner: "iam user"  "x-level": int  actions "s3:GetObject", "list" }
"#;

#[test]
fn names_in_quotes_are_those_of_requests_and_facts() {
    let fixture = fixture(
        &format!(
            "{STORE}
role reader {{ \"s3-bucket\":\"s3:GetObject\" }}
allow \"s3-bucket\":list named own when resource.owner == subject and subject is \"iam user\"
deny \"s3-bucket\":{{list, \"s3:GetObject\"}} named high when resource.\"x-level\" > subject.\"x-level\"
deny *:list named ann unless resource.owner == \"iam user\"(\"ann\")"
        ),
        "package: store
subjects:
  iam user:
    ann:
      x-level: 2
      roles: [{ role: reader, scope: /, granted_by: root, reason: test }]
      grants: [{ permission: \"s3-bucket:s3:GetObject\", scope: /, granted_by: root, reason: test }]
    bob: { x-level: 1 }
resources:
  s3-bucket:
    low: { x-level: 1, owner: ann }
    high: { x-level: 3, owner: ann }
    odd: { owner: bob }
",
    );
    let ask = |who: &str, action: &str, bucket: &str| {
        let mut asked = question("anonymous list s3-bucket");
        asked.subject = Some(party(who, &[]));
        asked.action = action.into();
        asked.resource = party(bucket, &[]);
        fixture.ask(&asked)
    };
    let (ann, get) = ("iam user:ann", "s3:GetObject");
    assert_eq!(ask(ann, get, "s3-bucket:low"), "allow allowed role store/reader; grant");
    assert_eq!(ask(ann, get, "store/s3-bucket:low"), "allow allowed role store/reader; grant");
    assert_eq!(ask(ann, get, "s3-bucket:high"), "deny denied_by_rule store/high");
    assert_eq!(ask(ann, "list", "s3-bucket:low"), "allow allowed store/own");
    assert_eq!(ask("store/iam user:ann", "list", "s3-bucket:low"), "allow allowed store/own");
    let unknown = "deny unknown_attribute store/high| unknown: resource.\"x-level\"";
    assert_eq!(ask("iam user:bob", get, "s3-bucket:odd"), unknown);
    assert_eq!(
        ask("iam user:bob", "list", "s3-bucket:odd"),
        "deny denied_by_rule store/ann; store/high| unknown: resource.\"x-level\""
    );
    assert_eq!(ask(ann, "\"s3:GetObject\"", "s3-bucket:low"), "deny unknown_action");
    let mut asked = question("anonymous list s3-bucket:low");
    asked.subject = Some(party("iam user:bob", &[("x-level", Input::Int(0))]));
    assert_eq!(fixture.ask(&asked), "deny denied_by_rule store/high");
}

#[test]
fn a_permission_set_is_the_permissions_it_holds() {
    let fixture = docs(
        "permissions writing = reading, doc:write, board:*
permissions reading = doc:read
role writer { writing }
allow reading, setting:read named open when not (resource is doc and resource.size > 3)
deny writing named small when resource is board",
        "subjects: { user: { ann: { roles: [{ role: writer, scope: /, granted_by: root, reason: test }] } } }
resources: { doc: { \"1\": { size: 2, organization: / }, \"2\": { size: 4 } } }
organizations: { /: {} }",
    );
    fixture.check("user:ann write doc:1", "allow allowed role docs/writer");
    fixture.check("user:ann read doc:1", "allow allowed docs/open; role docs/writer");
    fixture.check("user:bob read doc:1", "allow allowed docs/open");
    fixture.check("user:bob read doc:2", "deny no_rule_applies");
    fixture.check("user:bob write doc:1", "deny no_rule_applies");
    fixture.check("user:bob read setting:1", "allow allowed docs/open");
    fixture.check("user:ann share doc:1", "deny no_rule_applies");
    fixture.check("user:ann read board:1", "deny denied_by_rule docs/small");
}

#[test]
fn a_permission_set_with_everything_names_the_types_without_actions_too() {
    let fixture = docs(
        "resource bare { size: int }\npermissions every = *:*\nallow every named a when resource is bare or true",
        "",
    );
    fixture.check("user:ann share doc:1", "allow allowed docs/a");
}

#[test]
fn overridable_and_annotations_change_no_decision() {
    let plain = "deny doc:read named d when resource.draft or_else false\nallow doc:read named a\nrole r { doc:write }";
    let marked = "@note(\"1\") deny doc:read named d overridable when resource.draft or_else false
@note(\"2\")
@owner(\"sec \\\"team\\\"\")
allow doc:read named a
@note(\"3\") system role r { doc:write }
@note(\"4\") resource extra { actions read }
@note(\"5\") network home = 10.0.0.0/8
@note(\"6\") window noon = 12:00-13:00 UTC
@note(\"7\") permissions some = doc:read
@note(\"8\") define fine = now in noon
@note(\"9\") route GET /doc/{id} -> doc:read on doc(id)
deny doc:read named never overridable when false";
    for rules in [plain, marked] {
        let fixture = docs(rules, "resources: { doc: { \"1\": { draft: true } } }");
        fixture.check("user:ann read doc:1", "deny denied_by_rule docs/d");
    }
    let fixture = docs(marked, "");
    let policy = fixture.engine.policy();
    let rule = policy.rules.rows().find(|rule| rule.name.text() == "a").unwrap();
    let texts: Vec<_> = rule.annotations.iter().map(|(name, text)| (name.text(), &**text)).collect();
    assert_eq!(texts, [("note", "2"), ("owner", "sec \"team\"")]);
    let overridable: Vec<_> =
        policy.rules.rows().filter(|rule| rule.is_overridable).map(|rule| rule.name.text()).collect();
    assert_eq!(overridable.len(), 2);
    assert!(policy.schema.types.rows().any(|ty| !ty.annotations.is_empty()));
    assert!(policy.schema.roles.rows().all(|role| role.annotations.len() == 1));
    assert!(policy.networks.rows().any(|network| &*network.annotations[0].1 == "5"));
    assert!(policy.windows.rows().any(|window| &*window.annotations[0].1 == "6"));
    assert!(policy.routes.iter().all(|route| &*route.annotations[0].1 == "9"));
    // What stands before a rule is no part of what its name is made from.
    let name = |text: &str| docs(text, "").engine.policy().rules.rows().next().unwrap().name;
    assert_eq!(name("@note(\"x\") allow doc:read"), name("allow doc:read"));
}

#[test]
fn a_definition_means_what_stands_in_its_place() {
    let rules = "define senior(level: int, who: user) = who.level >= level and who.trusted
define theirs(what: doc, who: user) = what.owner == who and senior(what.size, who)
define home(who: user) = who.organization == resource.organization
allow doc:read named own when subject is user and theirs(resource, subject)
allow doc:write named junior when senior(3, resource.owner) and home(resource.owner)
deny doc:share named open unless subject is user and senior(5, subject)";
    let fixture = docs(
        rules,
        "organizations: { acme: {} }
subjects: { user: { ann: { level: 4, trusted: true, organization: acme }, bob: { level: 2, trusted: true }, cid: { level: 9 } } }
resources:
  doc:
    \"1\": { owner: ann, size: 4, organization: acme }
    \"2\": { owner: ann, size: 5, organization: / }
    \"3\": { owner: cid, size: 1 }
    \"4\": { size: 1 }",
    );
    fixture.check("user:ann read doc:1", "allow allowed docs/own");
    fixture.check("user:ann read doc:2", "deny no_rule_applies");
    fixture.check("user:bob read doc:1", "deny no_rule_applies");
    fixture.check("user:cid read doc:3", "deny unknown_attribute | unknown: subject.trusted");
    fixture.check("user:ann read doc:4", "deny unknown_attribute | unknown: resource.owner");
    fixture.check("user:bob write doc:1", "allow allowed docs/junior");
    fixture.check("user:bob write doc:2", "deny no_rule_applies");
    fixture.check("user:bob write doc:3", "deny unknown_attribute | unknown: resource.owner.trusted, resource.owner.organization, resource.organization");
    fixture.check("user:bob write doc:4", "deny unknown_attribute | unknown: resource.owner.level, resource.owner.trusted, resource.owner.organization, resource.organization");
    // What can't be known of an argument never lifts a deny.
    fixture.check("user:cid share doc:1", "deny unknown_attribute docs/open| unknown: subject.trusted");
    fixture.check("anonymous share doc:1", "deny denied_by_rule docs/open");
    fixture.check("user:bob share doc:1", "deny denied_by_rule docs/open");
}
