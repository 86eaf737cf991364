//! What declarations mean in decisions.

use super::{Input, fixture, party, question};

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
