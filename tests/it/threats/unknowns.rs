//! Conditions that can't be decided: row T-56 of the threats. A permission is not granted by one, and a deny applies.

use portcullis::engine::{PartyInput, Question, Vouched, reference};
use portcullis::model::{Input, Instant};

use super::told::{check_policy, check_yaml, engine};

/// Each is true of `amount: 1, due: 2026-11-23T10:00:00Z, tags: [a]` and `level: 1`, and unknown of what stands behind it.
const CONDITIONS: &[(&str, &[Wrong])] = &[
    ("resource.amount + 1 == 2", &[Wrong::Missing, Wrong::Text, Wrong::Largest]),
    ("resource.amount * 4611686018427387904 > 0", &[Wrong::Missing, Wrong::Text, Wrong::Largest]),
    ("not (resource.amount > 1)", &[Wrong::Missing, Wrong::Text]),
    ("resource.amount in [1, 2]", &[Wrong::Missing, Wrong::Text]),
    ("resource.amount < 2 and not context.never", &[Wrong::Missing, Wrong::Text]),
    ("resource.amount == 1 or context.never", &[Wrong::Missing, Wrong::Text]),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrong {
    Missing,
    Text,
    Largest,
}

const POLICY: &str = "package p
subject user {}
resource r { amount: int, actions may, must }
context { never: bool }
";

#[track_caller]
fn decision(policy: &str, action: &str, amount: Option<Input<'_>>) -> (bool, String) {
    let (engine, facts) = engine(policy, "package: p\nsubjects: { user: { ann: {} } }\n");
    let properties = amount.map(|amount| ("amount".into(), amount)).into_iter().collect();
    let question = Question {
        subject: Some(PartyInput { kind: "user".into(), id: Some("ann".into()), properties: Vec::new() }),
        action: action.into(),
        resource: PartyInput { kind: "r".into(), id: Some("1".into()), properties },
        context: vec![("never".into(), Input::Bool(false))],
        action_properties: Vec::new(),
        understands: Vec::new(),
        vouched: Vouched::default(),
        now: Instant::parse("2026-11-23T10:00:00Z").unwrap(),
    };
    let decision = engine.answer(&facts, &question);
    let naive = reference::decide(engine.policy(), &facts, &question);
    assert_eq!((decision.is_allow(), decision.reason), (naive.is_allow(), naive.reason));
    (decision.is_allow(), decision.reason.code().to_owned())
}

#[test]
fn t_56_what_is_unknown_permits_nothing_and_denies() {
    for (condition, wrongs) in CONDITIONS {
        let clauses = [format!("when {condition}"), format!("unless not ({condition})")];
        let shared = format!("define same = {condition}");
        let clauses = clauses.into_iter().chain(["when same".to_owned()]);
        for clause in clauses {
            let policy = format!(
                "{POLICY}{shared}\nallow r:may named may {clause}\nallow r:must named rest\ndeny r:must named must {clause}\n"
            );
            assert!(decision(&policy, "may", Some(Input::Int(1))).0, "{clause}");
            assert!(!decision(&policy, "must", Some(Input::Int(1))).0, "{clause}");
            for wrong in *wrongs {
                let amount = match wrong {
                    Wrong::Missing => None,
                    Wrong::Text => Some(Input::Text("1".into())),
                    Wrong::Largest => Some(Input::Int(i64::MAX)),
                };
                let unknown = (false, "unknown_attribute".to_owned());
                assert_eq!(decision(&policy, "may", amount.clone()), unknown, "{clause} {wrong:?}");
                assert_eq!(decision(&policy, "must", amount), unknown, "{clause} {wrong:?}");
            }
        }
    }
}

/// A role's permission is no more than an allow.
#[test]
fn t_56_what_is_unknown_of_a_role_permits_nothing() {
    let policy = format!("{POLICY}role clerk {{ r:may }} when resource.amount + 1 == 2\n");
    let facts = "package: p\nsubjects: { user: { ann: { roles: [{ role: clerk, scope: /, granted_by: root, reason: test }] } } }\n";
    let (engine, facts) = engine(&policy, facts);
    let ask = |amount: Option<Input<'static>>| {
        let properties = amount.map(|amount| ("amount".into(), amount)).into_iter().collect();
        let question = Question {
            subject: Some(PartyInput { kind: "user".into(), id: Some("ann".into()), properties: Vec::new() }),
            action: "may".into(),
            resource: PartyInput { kind: "r".into(), id: Some("1".into()), properties },
            context: Vec::new(),
            action_properties: Vec::new(),
            understands: Vec::new(),
            vouched: Vouched::default(),
            now: Instant::parse("2026-11-23T10:00:00Z").unwrap(),
        };
        engine.answer(&facts, &question).is_allow()
    };
    assert!(ask(Some(Input::Int(1))));
    assert!(!ask(Some(Input::Int(i64::MAX))) && !ask(Some(Input::Text("1".into()))) && !ask(None));
}

/// Nothing divides, so nothing divides by zero; and what the author could have known is told when it is read.
#[test]
fn t_56_what_never_could_be_decided_is_refused() {
    for (condition, code, offset) in [
        ("resource.amount / 0 == 1", "P0101", 16),
        ("resource.amount % 0 == 1", "P0101", 16),
        ("resource.amount == \"1\"", "P0301", 16),
        ("resource.missing == 1", "P0203", 9),
        ("9223372036854775807 + 1 == resource.amount", "P0321", 0),
    ] {
        let policy = format!("{POLICY}deny r:may named n when {condition}\n");
        check_policy(&policy, &format!("{code} 5:{}", 25 + offset));
        let yaml = format!(
            "package: p\nsubjects: {{ user: {{}} }}\nresources: {{ r: {{ attributes: {{ amount: int }}, actions: may }} }}\nrules:\n- {{ deny: r:may, named: it, when: '{condition}' }}\n"
        );
        check_yaml(&yaml, &format!("{code} 5:{}", 36 + offset));
    }
}
