//! Deciding allocates nothing: not with 100 rules, not with 10,000.

use std::fmt::Write as _;

use portcullis::document::{Source, Sources};
use portcullis::engine::{PartyInput, Question, Scratch, Vouched};
use portcullis::model::{Input, Instant};

use crate::workload;

#[test]
fn a_decision_allocates_nothing() {
    for rules in [100, 10_000] {
        let (engine, facts) = workload::load(rules).unwrap();
        let mut scratch = Scratch::default();
        for rule in (0..rules).step_by(7) {
            let mut question = workload::question(rule);
            let allowed = engine.request(&facts, &question).unwrap();
            // Too high a level: no rule applies, and every candidate has been looked at.
            question.resource.properties = vec![("level".into(), Input::Int(99))];
            let denied = engine.request(&facts, &question).unwrap();
            // The first decision of a thread makes room for its sets of roles.
            assert!(engine.decide(&allowed, &mut scratch).is_allow());
            let counted = allocation_counter::measure(|| {
                assert!(engine.decide(&allowed, &mut scratch).is_allow());
                assert!(!engine.decide(&denied, &mut scratch).is_allow());
            });
            assert_eq!(counted.count_total, 0, "rule {rule} of {rules}");
        }
    }
}

/// One condition of each kind, true or false of [`question`].
const CONDITIONS: &[&str] = &[
    "date(now, Europe/London) < 2026-12-24",
    "time(now, America/New_York) == subject.opens",
    "now - 15m < subject.until",
    "subject.level * 2 + 1 > 7",
    "resource.name like \"plans/**\"",
    "resource.name matches \"(?i)[a-z/]+\"",
    "subject.nickname or_else \"none\" == \"bob\"",
    "has subject.nickname",
    "subject in resource.readers",
    "resource.readers overlaps resource.readers",
    "subject in resource.readers minus [] union resource.readers",
    "user(\"bob\") in resource.readers union ([user(\"bob\")] minus resource.readers)",
    "resource.readers union [user(\"bob\")] minus resource.readers == [user(\"bob\")]",
    "resource.readers intersect [] subset of resource.readers intersect (resource.readers minus [])",
    "resource.name in [\"plans/c\"] union [\"plans/d\"]",
    "has resource.place and resource.place.floor < 3",
    "\"a\" in resource.place.tags",
    "any x in resource.readers union [user(\"bob\")]: x == subject and all y in [1, 2]: subject.level > y",
    "all x in resource.readers: x.level > 3",
    "resource.name in [\"plans/a\", \"plans/b\"]",
];

#[test]
fn no_condition_allocates() {
    let actions: Vec<String> = (0..CONDITIONS.len()).map(|number| format!("a{number}")).collect();
    let mut text = format!(
        "package shelf\n\
         subject user {{ level: int, opens: time, until: instant, nickname?: string }}\n\
         resource doc {{ name: string, readers: set of user, place: record {{ floor: int, tags: set of string }}, actions {} }}\n",
        actions.join(", ")
    );
    for (action, condition) in actions.iter().zip(CONDITIONS) {
        let _ = writeln!(text, "allow doc:{action} named is_{action} when {condition}");
        let _ = writeln!(text, "allow doc:{action} named isnt_{action} when not ({condition})");
    }
    let mut sources = Sources::default();
    sources.add(Source { name: "shelf.policy".to_owned(), text });
    let (engine, facts) =
        workload::loaded(sources, "package: shelf\nsubjects: { user: { ann: { level: 3 } } }\n").unwrap();
    let mut scratch = Scratch::default();
    for (action, condition) in actions.iter().zip(CONDITIONS) {
        let question = question(action);
        let request = engine.request(&facts, &question).unwrap();
        // The first decision makes room, and a regular expression's first search its cache.
        engine.decide(&request, &mut scratch);
        let mut is_known = false;
        let counted = allocation_counter::measure(|| {
            is_known = engine.decide(&request, &mut scratch).is_allow();
        });
        assert!(is_known, "{condition}");
        assert_eq!(counted.count_total, 0, "{condition}");
    }
}

fn question(action: &str) -> Question<'_> {
    let text = |text: &'static str| Input::Text(text.into());
    let party = |kind: &'static str, id: &'static str, properties: Vec<(&'static str, Input<'static>)>| {
        let properties = properties.into_iter().map(|(name, value)| (name.into(), value)).collect();
        PartyInput { kind: kind.into(), id: Some(id.into()), properties }
    };
    let subject =
        vec![("level", Input::Int(3)), ("opens", text("05:00")), ("until", text("2026-11-23T10:00:00Z"))];
    let place = vec![("floor".into(), Input::Int(2)), ("tags".into(), Input::List(vec![text("b")]))];
    let resource = vec![
        ("name", text("plans/c")),
        ("readers", Input::List(vec![text("ann")])),
        ("place", Input::Record(place)),
    ];
    Question {
        subject: Some(party("user", "ann", subject)),
        action: action.into(),
        resource: party("doc", "1", resource),
        context: Vec::new(),
        action_properties: Vec::new(),
        understands: Vec::new(),
        vouched: Vouched::default(),
        now: Instant::parse("2026-11-23T10:00:00Z").unwrap(),
    }
}

#[test]
fn constraints_of_roles_allocate_nothing() {
    let policy = "package shop
subject user {}
resource order in organization { amount: int, actions read }
context { level: int }
role reader { order:read }
role small : reader {} in organization(\"acme\") when resource.amount < 3
role low : reader {} unless context.level > 3
role clerk : small, low {}";
    let mut sources = Sources::default();
    sources.add(Source { name: "shop.policy".to_owned(), text: policy.to_owned() });
    let facts = "package: shop
subjects:
  user:
    ann: { roles: [{ role: clerk, scope: /, granted_by: root, reason: test }] }
";
    let (engine, facts) = workload::loaded(sources, facts).unwrap();
    let mut scratch = Scratch::default();
    for (organization, amount, level, is_allowed) in
        [("acme/a", 2, 9, true), ("acme", 3, 3, true), ("acme", 3, 9, false), ("globex", 2, 9, false)]
    {
        let mut question = workload::question(0);
        let party = |kind: &'static str, id: &'static str, properties| PartyInput {
            kind: kind.into(),
            id: Some(id.into()),
            properties,
        };
        question.subject = Some(party("user", "ann", Vec::new()));
        question.action = "read".into();
        let organization = ("organization".into(), Input::Text(organization.into()));
        question.resource = party("order", "two", vec![organization, ("amount".into(), Input::Int(amount))]);
        question.context = vec![("level".into(), Input::Int(level))];
        let request = engine.request(&facts, &question).unwrap();
        assert_eq!(engine.decide(&request, &mut scratch).is_allow(), is_allowed);
        let counted = allocation_counter::measure(|| {
            assert_eq!(engine.decide(&request, &mut scratch).is_allow(), is_allowed);
        });
        assert_eq!(counted.count_total, 0, "{:?}", question.resource);
    }
}
