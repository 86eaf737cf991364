//! Names that look alike are never taken for each other: row T-58 of the threats.

use super::{fixture, party, question};
use crate::model::Input;

/// What readers take for `admin`, or for `K8s` and `café`.
const NOT_ADMIN: [&str; 5] =
    ["\u{430}dmin", "\u{ff41}\u{ff44}\u{ff4d}\u{ff49}\u{ff4e}", "Admin", "admin\u{200b}", "admin "];
const PAIRS: [(&str, &str); 2] = [("K8s", "\u{212a}8s"), ("caf\u{e9}", "cafe\u{301}")];

const POLICY: &str = r#"
package p
subject user { name: string }
subject "K8s" { name: string }
resource doc { actions read, write, "caf\u{e9}" }
role admin { doc:read }
allow doc:write named by_id when subject is user and subject == user("admin")
allow doc:write named by_group when subject in group("admin")
allow doc:write named by_text when subject.name == "admin" or subject.name like "admin" or subject.name matches "admin"
allow doc:write named by_set when subject.name in ["admin", "caf\u{e9}"]
allow doc:"caf\u{e9}" named coffee when subject is "K8s"
"#;

#[test]
fn subjects_that_look_alike_are_others() {
    let facts = "package: p\nsubjects:\n  user:\n    admin: { roles: [{ role: admin, scope: /, granted_by: root, reason: r }] }\n";
    let fixture = fixture(POLICY, facts);
    fixture.check("user:admin read doc:1", "allow allowed role p/admin");
    assert!(fixture.ask(&question("user:admin write doc:1")).starts_with("allow allowed p/by_id"));
    for id in NOT_ADMIN {
        let subject = format!("user:{id}");
        let mut asked = question("user:admin read doc:1");
        asked.subject = Some(party(&subject, &[("name", Input::Text(id.into()))]));
        assert_eq!(fixture.ask(&asked), "deny no_rule_applies", "{id:?}");
        asked.action = "write".into();
        let answer = fixture.ask(&asked);
        assert!(answer.starts_with("deny "), "{id:?}: {answer}");
    }
}

#[test]
fn groups_and_texts_that_look_alike_are_others() {
    // Facts can't hold what nobody can see.
    for group in NOT_ADMIN.into_iter().filter(|id| !id.contains('\u{200b}')) {
        let facts = format!(
            "package: p\ngroups: {{ \"{group}\": {{}} }}\nsubjects:\n  user:\n    eve: {{ in: [\"{group}\"], name: \"{group}\" }}\n"
        );
        let fixture = fixture(POLICY, &facts);
        fixture.check("user:eve write doc:1", "deny no_rule_applies");
    }
    let facts =
        "package: p\ngroups: { admin: {} }\nsubjects:\n  user:\n    eve: { in: [admin], name: admin }\n";
    fixture(POLICY, facts).check("user:eve write doc:1", "allow allowed p/by_group; p/by_set; p/by_text");
}

#[test]
fn types_and_actions_that_look_alike_are_others() {
    let fixture = fixture(POLICY, "package: p\n");
    let [(kind, other_kind), (action, other_action)] = PAIRS;
    let line = |kind: &str, action: &str| format!("{kind}:x {action} doc:1");
    fixture.check(&line(kind, action), "allow allowed p/coffee");
    fixture.check(&line(other_kind, action), "deny unknown_type");
    fixture.check(&line(kind, other_action), "deny unknown_action");
    fixture.check(&line(kind, "Read"), "deny unknown_action");
    for name in ["d\u{43e}c", "Doc", "\u{ff44}oc", "doc\u{200b}"] {
        let resource = format!("{name}:1");
        let mut asked = question("user:x read doc:1");
        asked.resource = party(&resource, &[]);
        assert_eq!(fixture.ask(&asked), "deny unknown_type", "{name:?}");
    }
}
