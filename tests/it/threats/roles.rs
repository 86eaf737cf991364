//! Roles that inherit in circles, or from everywhere: row T-57 of the threats.

use portcullis::engine::{PartyInput, Question, Vouched};
use portcullis::model::Instant;

use super::told::{check_policy, check_yaml, engine};

const SHOP: &str = "package p\nsubject user {}\nresource r { actions one, two, three, four }\n";
const YAML_SHOP: &str =
    "package: p\nsubjects: { user: {} }\nresources: { r: { actions: [one, two, three, four] } }\nroles:\n";

#[test]
fn t_57_circles_are_refused_where_they_begin() {
    for (roles, in_yaml, place) in [
        ("role a : a {}", "  a: { inherits: a }", "4:6"),
        ("role a : b {}\nrole b : a {}", "  a: { inherits: b }\n  b: { inherits: a }", "4:6"),
        (
            "role a {}\nrole b : a, c {}\nrole c : d {}\nrole d : b {}",
            "  a: {}\n  b: { inherits: [a, c] }\n  c: { inherits: d }\n  d: { inherits: b }",
            "5:6",
        ),
    ] {
        check_policy(&format!("{SHOP}{roles}\n"), &format!("P0401 {place}"));
        let (line, _) = place.split_once(':').unwrap();
        let line = line.parse::<usize>().unwrap() + 1;
        check_yaml(&format!("{YAML_SHOP}{in_yaml}\n"), &format!("P0401 {line}:3"));
    }
}

#[test]
fn t_57_unknown_parents_are_refused() {
    check_policy(&format!("{SHOP}role a : b {{}}\n"), "P0201 4:10");
    check_yaml(&format!("{YAML_SHOP}  a: {{ inherits: b }}\n"), "P0201 5:18");
    check_policy(&format!("{SHOP}role a {{}}\nrole b : a, A {{}}\n"), "P0201 5:13");
    check_yaml(&format!("{YAML_SHOP}  a: {{}}\n  b: {{ inherits: [a, A] }}\n"), "P0201 6:22");
}

/// Whether ann, who holds the role `last`, may do this.
fn may(policy: &str, action: &str) -> bool {
    let facts = "package: p\nsubjects: { user: { ann: { roles: [{ role: last, scope: /, granted_by: root, reason: test }] } } }\n";
    let (engine, facts) = engine(policy, facts);
    let party = |kind: &'static str, id: &'static str| PartyInput {
        kind: kind.into(),
        id: Some(id.into()),
        properties: Vec::new(),
    };
    let question = Question {
        subject: Some(party("user", "ann")),
        action: action.into(),
        resource: party("r", "1"),
        context: Vec::new(),
        action_properties: Vec::new(),
        understands: Vec::new(),
        vouched: Vouched::default(),
        now: Instant::parse("2026-11-23T10:00:00Z").unwrap(),
    };
    engine.answer(&facts, &question).is_allow()
}

#[test]
fn t_57_a_diamond_gives_each_permission_once() {
    let policy = format!(
        "{SHOP}role top {{ r:one }}\nrole left : top {{ r:two }}\nrole right : top {{ r:three }}\n\
         role last : left, right {{}}\nrole other {{ r:four }}\n"
    );
    for (action, expected) in [("one", true), ("two", true), ("three", true), ("four", false)] {
        assert_eq!(may(&policy, action), expected, "{action}");
    }
}

/// What the first of many roles permits the last one permits, too, and a deny to the first binds who holds the last.
#[test]
fn t_57_ten_thousand_generations_inherit() {
    let chain =
        (1..9_998).map(|role| format!("role r{role} : r{} {{}}\n", role - 1)).collect::<Vec<_>>().concat();
    let policy = format!(
        "{SHOP}role r0 {{ r:{{one, two}} }}\n{chain}role last : r9997 {{}}\ndeny r:two named no to r0\n"
    );
    assert!(may(&policy, "one") && !may(&policy, "two") && !may(&policy, "three"));
}
