//! What a verified source says of the subject, and how far that goes.

use super::{Fixture, Input, Question, Vouched, fixture, party, question};
use crate::engine::{Key, VouchedRole};
use crate::facts::Versions;

const POLICY: &str = "package p
subject user { level: int }
resource page in organization { owner: user, actions read, write }
resource board shared { actions read }
resource setting { actions read }
organization { plan: string }
role reader { page:read board:read setting:read }
role editor : reader { page:write }
role chief { *:* }
deny page:write named no_editors_of_gold
  to editor except chief
  when subject.organization.plan == \"gold\"
";

const FACTS: &str = "
package: p
organizations: { acme: { plan: gold }, acme/lab: {}, globex: { plan: iron } }
subjects:
  user:
    ann: { organization: acme }
    bob: { roles: [{ role: reader, scope: globex, granted_by: x, reason: z }] }
resources:
  page:
    one: { owner: ann, organization: acme/lab }
    two: { owner: ann, organization: globex }
    lost: { owner: ann }
";

fn vouched(roles: &[(&'static str, &'static str)], organization: Option<&'static str>) -> Vouched<'static> {
    let role = |(role, organization): &(&'static str, &'static str)| VouchedRole {
        role: (*role).into(),
        organization: (*organization).into(),
    };
    Vouched { organization: organization.map(Into::into), roles: roles.iter().map(role).collect() }
}

fn asked<'a>(line: &'a str, vouched: Vouched<'a>) -> Question<'a> {
    Question { vouched, ..question(line) }
}

#[track_caller]
fn check(fixture: &Fixture, line: &str, vouched: &Vouched<'_>, expected: &str) {
    assert_eq!(fixture.ask(&asked(line, vouched.clone())), expected, "{line} {vouched:?}");
}

#[test]
fn a_vouched_role_is_held_in_its_organization_and_below() {
    let fixture = fixture(POLICY, FACTS);
    let none = "deny no_rule_applies";
    for (line, role, organization, expected) in [
        ("user:cid read page:one", "p/reader", "acme", "allow allowed role p/reader"),
        ("user:cid read page:one", "p/reader", "acme/lab", "allow allowed role p/reader"),
        ("user:cid read page:one", "p/editor", "acme", "allow allowed role p/reader"),
        ("user:cid read page:one", "p/reader", "acme/la", none),
        ("user:cid read page:one", "p/reader", "acme/lab/x", none),
        ("user:cid read page:one", "p/reader", "globex", none),
        ("user:cid read page:two", "p/reader", "acme", none),
        ("user:cid read board:b", "p/reader", "acme", "allow allowed role p/reader"),
        ("user:cid read setting:s", "p/reader", "acme", none),
        (
            "user:cid read page:lost",
            "p/reader",
            "acme",
            "deny unknown_attribute | unknown: resource.organization",
        ),
        ("user:cid read page:one", "p/nobody", "acme", none),
        ("user:cid read page:one", "reader", "acme", none),
        ("anonymous read page:one", "p/reader", "acme", none),
    ] {
        check(&fixture, line, &vouched(&[(role, organization)], None), expected);
    }
}

/// An organization that the facts don't name is one all the same.
#[test]
fn a_vouched_role_reaches_organizations_that_no_fact_names() {
    let fixture = fixture(POLICY, FACTS);
    let ask = |at: &'static str, held: &'static str| {
        let mut question = asked("user:cid read page:new", vouched(&[("p/reader", held)], None));
        question.resource = party("page:new", &[("organization", Input::Text(at.into()))]);
        fixture.ask(&question)
    };
    assert_eq!(ask("initech/attic", "initech"), "allow allowed role p/reader");
    assert_eq!(ask("initech/attic", "initech/attic"), "allow allowed role p/reader");
    assert_eq!(ask("initech", "initech/attic"), "deny no_rule_applies");
    assert_eq!(ask("acme/attic", "acme/lab"), "deny no_rule_applies");
    assert_eq!(ask("/", "initech"), "deny no_rule_applies");
}

#[test]
fn a_vouched_role_is_never_held_everywhere() {
    let fixture = fixture(POLICY, FACTS);
    for organization in ["/", "", "acme/", "/acme", "../acme", ".", "acme//lab", "acme\0"] {
        for line in ["user:cid read page:one", "user:cid read board:b", "user:cid read setting:s"] {
            check(&fixture, line, &vouched(&[("p/chief", organization)], None), "deny no_rule_applies");
        }
    }
}

#[test]
fn vouched_roles_add_to_stored_ones_in_denies_too() {
    let fixture = fixture(POLICY, FACTS);
    check(&fixture, "user:bob read page:two", &vouched(&[], None), "allow allowed role p/reader");
    check(
        &fixture,
        "user:bob write page:two",
        &vouched(&[("p/editor", "globex")], None),
        "deny unknown_attribute p/no_editors_of_gold| unknown: subject.organization.plan",
    );
    let editor = [("p/editor", "globex"), ("p/chief", "globex")];
    check(
        &fixture,
        "user:bob write page:two",
        &vouched(&editor, None),
        "allow allowed role p/chief; role p/editor",
    );
}

#[test]
fn a_vouched_organization_is_the_subjects_unless_the_facts_say_otherwise() {
    let fixture = fixture(POLICY, FACTS);
    let editor = |organization| vouched(&[("p/editor", "globex")], organization);
    let line = "user:bob write page:two";
    check(&fixture, line, &editor(Some("globex")), "allow allowed role p/editor");
    check(&fixture, line, &editor(Some("acme")), "deny denied_by_rule p/no_editors_of_gold");
    // Neither a path that is none nor an organization of which nothing is known makes a deny go away.
    let unknown = "deny unknown_attribute p/no_editors_of_gold| unknown: subject.organization.plan";
    check(&fixture, line, &editor(Some("no path/")), unknown);
    check(&fixture, line, &editor(Some("unheard")), unknown);
    check(
        &fixture,
        "user:ann write page:two",
        &editor(Some("acme")),
        "deny denied_by_rule p/no_editors_of_gold",
    );
    check(&fixture, "user:ann write page:two", &editor(Some("globex")), "deny organization_conflict");
    check(&fixture, "user:ann write page:two", &editor(Some("no path/")), "deny organization_conflict");
    check(&fixture, "anonymous write page:two", &editor(Some("globex")), "deny no_rule_applies");
}

/// T-61.
#[test]
fn what_is_vouched_for_is_in_the_key() {
    let fixture = fixture(POLICY, FACTS);
    let key_of = |line, vouched: Vouched<'static>| {
        let request = asked(line, vouched);
        let request = fixture.engine.request(&fixture.facts, &request).unwrap();
        let mut key = Key::new();
        fixture.engine.write_key(&request, &Versions::first(1), &mut key);
        key
    };
    let key = |vouched| key_of("user:cid write page:one", vouched);
    let all = [
        key(vouched(&[], None)),
        key(vouched(&[("p/reader", "acme")], None)),
        key(vouched(&[("p/editor", "acme")], None)),
        key(vouched(&[("p/editor", "acme"), ("p/reader", "acme")], None)),
        key(vouched(&[], Some("acme"))),
        key(vouched(&[], Some("globex"))),
        key(vouched(&[], Some("unheard"))),
        key(vouched(&[], Some("no path/"))),
        key(vouched(&[("p/editor", "acme")], Some("acme"))),
    ];
    for (number, one) in all.iter().enumerate() {
        assert!(!all.iter().take(number).any(|other| other == one), "{number}");
    }
    // What doesn't reach the resource makes no difference to the answer.
    assert_eq!(key(vouched(&[("p/editor", "globex")], None)), key(vouched(&[], None)));
    // Unless that is unknown.
    let lost = |vouched| key_of("user:cid write page:lost", vouched);
    assert_ne!(lost(vouched(&[("p/editor", "globex")], None)), lost(vouched(&[], None)));
}
