//! What a decision depends on, as bytes: T-61 and T-62 of the threats.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{Fixture, Input, Question, fixture, party, question};
use crate::engine::Key;
use crate::facts::Versions;
use crate::model::{EntityRef, Instant, Symbol};

/// One rule reads whatever can be read: each type, from each root, and of entities that lead on to others.
const POLICY: &str = "
package p
subject user {
  text: string, number: int, flag: bool, address: ip, reach: network, at: instant, day: date, hour: time, span: duration
  names: set of string, home: record { street: string, floor?: int }, manager: user, unit: group
}
subject robot { text: string }
resource page in organization { owner: user, text: string, number: int, names: set of string, actions read, write }
resource book in organization { owner: user, text: string, number: int, names: set of string, actions read, write }
resource shelf shared { actions read }
context {
  text: string, number: int, flag: bool, address: ip, reach: network, at: instant, day: date, hour: time, span: duration
  names: set of string, home: record { street: string, floor?: int }, friend: user
}
action { soft: bool }
organization { plan: string }
role reader { page:read }

allow page:{read, write}, book:{read, write} named whole
  when subject is user
   and subject.text == \"a\" and subject.number > 1 and subject.flag and subject.address in subject.reach
   and now < subject.at and date(now, UTC) < subject.day and time(now, UTC) < subject.hour and now - subject.span < subject.at
   and \"a\" in subject.names and subject.home.street == \"a\" and subject.home.floor or_else 1 == 1
   and subject.manager.manager == subject and subject in group(\"staff\") and subject.unit in group(\"staff\")
   and subject.organization.plan == \"gold\" and resource.organization.plan == \"gold\"
   and resource.owner.text == \"a\" and resource.text == \"a\" and resource.number > 1 and \"a\" in resource.names
   and context.text == \"a\" and context.number > 1 and context.flag and context.address in context.reach
   and now < context.at and date(now, UTC) < context.day and time(now, UTC) < context.hour and now - context.span < context.at
   and \"a\" in context.names and context.home.street == \"a\" and context.home.floor or_else 1 == 1
   and context.friend.text == \"a\" and action.soft
  oblige watch()
allow shelf:read named shelves
";

const FACTS: &str = "
package: p
organizations: { acme: { plan: gold }, acme/lab: {}, globex: {} }
groups: { staff: {}, crew: { in: [staff] } }
subjects:
  user:
    ann: { text: a, manager: bob, in: [crew], organization: acme, unit: crew }
    bob: { text: b, manager: cid, roles: [{ role: reader, scope: acme, granted_by: x, reason: z }] }
    cid: { text: c }
resources:
  page:
    one: { owner: bob, text: t, organization: acme }
";

type Pairs = Vec<(&'static str, Input<'static>)>;

fn text(text: &str) -> Input<'static> {
    Input::Text(text.to_owned().into())
}

fn texts(items: &[&str]) -> Input<'static> {
    Input::List(items.iter().map(|item| text(item)).collect())
}

fn home(street: &str, floor: Option<i64>) -> Input<'static> {
    let floor = floor.map(|floor| ("floor".into(), Input::Int(floor)));
    Input::Record([("street".into(), text(street))].into_iter().chain(floor).collect())
}

fn pairs(of: &Pairs) -> Vec<(std::borrow::Cow<'static, str>, Input<'static>)> {
    of.iter().map(|(name, value)| ((*name).into(), value.clone())).collect()
}

/// One value of each type, with others that a careless encoding could mistake for it.
fn values() -> Vec<(&'static str, Vec<Input<'static>>)> {
    vec![
        ("text", ["", "a", "b", "a\0", "\0a", "a,b", "a\",\"b", "a/b", "1", "true", "null"].map(text).into()),
        ("number", vec![Input::Int(0), Input::Int(1), Input::Int(256), Input::Int(-1), Input::Int(i64::MIN)]),
        ("flag", vec![Input::Bool(true), Input::Bool(false)]),
        ("address", ["0.0.0.1", "0.0.1.0", "::1", "::1:0", "2001:db8::1"].map(text).into()),
        ("reach", ["10.0.0.0/8", "10.0.0.0/9", "10.0.0.0/32", "b00::/8", "a00::/8"].map(text).into()),
        ("at", ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000001Z"].map(text).into()),
        ("day", ["2026-01-01", "2026-01-02"].map(text).into()),
        ("hour", ["00:00", "00:00:01"].map(text).into()),
        ("span", ["1s", "1m", "1h"].map(text).into()),
        (
            "names",
            vec![
                texts(&[]),
                texts(&[""]),
                texts(&["ab", "c"]),
                texts(&["a", "bc"]),
                texts(&["abc"]),
                texts(&["a,b"]),
                texts(&["a", "b"]),
                texts(&["a", "b", ""]),
                texts(&["q\u{2}\u{1}w", "e"]),
                texts(&["q", "w\u{2}\u{1}e"]),
            ],
        ),
        (
            "home",
            vec![home("", None), home("a", None), home("a", Some(0)), home("a0", None), home("0", Some(0))],
        ),
    ]
}

/// A question that sends nothing but names.
fn plain() -> Question<'static> {
    question("user:ann read page:one")
}

/// Each question differs from [`plain`], and so from each other, in one input.
fn questions() -> Vec<(String, Question<'static>)> {
    let mut all = vec![("plain".to_owned(), plain())];
    let mut add = |name: String, change: &dyn Fn(&mut Question<'static>)| {
        let mut question = plain();
        change(&mut question);
        all.push((name, question));
    };
    add("anonymous".to_owned(), &|question| question.subject = None);
    for id in ["bob", "robot", "", "ann\0", "a", "nn"] {
        add(format!("subject {id}"), &|question| {
            question.subject.as_mut().unwrap().id = Some(id.to_owned().into());
        });
        add(format!("resource {id}"), &|question| question.resource.id = Some(id.to_owned().into()));
    }
    add("a robot".to_owned(), &|question| question.subject = Some(party("robot:ann", &[])));
    add("no resource".to_owned(), &|question| question.resource.id = None);
    add("a book".to_owned(), &|question| question.resource = party("book:one", &[]));
    add("a shelf".to_owned(), &|question| question.resource = party("shelf:one", &[]));
    add("write".to_owned(), &|question| question.action = "write".into());
    for soft in [true, false] {
        let sent: Pairs = vec![("soft", Input::Bool(soft))];
        add(format!("soft {soft}"), &move |question| question.action_properties = pairs(&sent));
    }
    // The last two are one to whoever writes the tags of texts, but not how long they are.
    let understood =
        [&["watch"][..], &["watch", "log"], &["log"], &[""], &["q\u{1}w", "e"], &["q", "w\u{1}e"]];
    for names in understood {
        add(format!("understands {names:?}"), &|question| {
            question.understands = names.iter().map(|name| (*name).to_owned().into()).collect();
        });
    }
    for path in ["acme/lab", "acme/lab/x", "globex", "unheard/of", "no path/", "/"] {
        // Stored is another one of page one's: that would be a refusal.
        add(format!("in {path}"), &|question| {
            let at = ("organization", text(path));
            question.resource = party("page:new", &[at]);
        });
    }
    for (name, values) in values() {
        // What is there but of another type is not what is absent.
        for (number, value) in values.into_iter().chain([Input::List(vec![Input::Null])]).enumerate() {
            let sent: Pairs = vec![(name, value)];
            add(format!("subject.{name} {number}"), &|question| {
                question.subject.as_mut().unwrap().properties = pairs(&sent);
            });
            add(format!("context.{name} {number}"), &|question| question.context = pairs(&sent));
            if ["text", "number", "names"].contains(&name) {
                add(format!("resource.{name} {number}"), &|question| {
                    question.resource.properties = pairs(&sent);
                });
            }
        }
    }
    for id in ["ann", "bob", "nobody", ""] {
        let sent: Pairs = vec![("owner", text(id))];
        add(format!("owner {id}"), &|question| question.resource.properties = pairs(&sent));
        let sent: Pairs = vec![("manager", text(id))];
        add(format!("manager {id}"), &|question| {
            question.subject.as_mut().unwrap().properties = pairs(&sent);
        });
        let sent: Pairs = vec![("friend", text(id))];
        add(format!("friend {id}"), &|question| question.context = pairs(&sent));
    }
    all
}

impl Fixture {
    fn key(&self, question: &Question<'_>, versions: &Versions) -> Option<Key> {
        let mut key = Key::new();
        let request = self.engine.request(&self.facts, question).ok()?;
        self.engine.write_key(&request, versions, &mut key);
        Some(key)
    }
}

/// T-61.
#[test]
fn questions_that_differ_in_one_input_have_different_keys() {
    let fixture = fixture(POLICY, FACTS);
    let versions = Versions::first(1);
    let keys: Vec<(String, Key)> = questions()
        .into_iter()
        .map(|(name, question)| {
            let key = fixture.key(&question, &versions);
            (name.clone(), key.unwrap_or_else(|| panic!("{name} is refused")))
        })
        .collect();
    assert!(keys.len() > 130, "{}", keys.len());
    for (number, (name, key)) in keys.iter().enumerate() {
        for (other, other_key) in keys.iter().take(number) {
            assert_ne!(key, other_key, "{name} and {other}");
        }
    }
    for (name, question) in questions() {
        let again = fixture.key(&question, &versions).unwrap();
        assert!(keys.contains(&(name.clone(), again)), "{name}: asked again, it has another key");
    }
}

/// Where a resource stands decides which roles reach it, also where no rule reads its organization.
#[test]
fn where_a_resource_stands_is_in_the_key() {
    const POLICY: &str = "package p
        subject user {}
        resource page in organization { actions read }
        role reader { page:read }
        role guest { page:read } in organization(\"acme\")";
    let fixture = fixture(POLICY, "package: p\norganizations: { acme: {}, acme/lab: {}, globex: {} }\n");
    let versions = Versions::first(1);
    let key = |properties: &[(&str, Input<'_>)]| {
        let mut asked = question("user:ann read page:x");
        asked.resource = party("page:x", properties);
        fixture.key(&asked, &versions).unwrap()
    };
    let sent = |path: &str| key(&[("organization", text(path))]);
    let all = [key(&[]), sent("/"), sent("acme"), sent("acme/lab"), sent("globex")];
    for (number, one) in all.iter().enumerate() {
        assert!(!all.iter().take(number).any(|other| other == one), "{number}");
    }
    // The facts know of no roles below it.
    assert_eq!(sent("acme/lab/x"), sent("acme/lab"));
}

#[test]
fn what_no_rule_reads_is_in_no_key() {
    let fixture = fixture(POLICY, FACTS);
    let mut noisy = plain();
    noisy.context = vec![("weather".into(), text("fair"))];
    noisy.now = Instant::from_micros(noisy.now.micros() + 1);
    let versions = Versions::first(1);
    assert_eq!(fixture.key(&noisy, &versions), fixture.key(&plain(), &versions));
}

/// The plain question reads Ann, page one, Bob its owner and her manager, Acme, and her unit.
#[test]
fn a_change_of_an_entity_that_is_read_changes_the_key_and_of_no_other() {
    let fixture = fixture(POLICY, FACTS);
    let first = Versions::first(1);
    let key = fixture.key(&plain(), &first);
    let changed = |kind: &str, id: &str| {
        let mut before = fixture.facts.clone();
        let entity = EntityRef { kind: Symbol::intern(kind), id: Symbol::intern(id) };
        before.entities.get_mut(&entity).unwrap().attributes.clear();
        before.entities.get_mut(&entity).unwrap().parents.push(entity);
        fixture.key(&plain(), &first.next(&before, &fixture.facts, 2))
    };
    for (kind, id) in
        [("p/user", "ann"), ("p/user", "bob"), ("p/page", "one"), ("organization", "acme"), ("group", "crew")]
    {
        assert_ne!(changed(kind, id), key, "{kind} {id}");
    }
    for (kind, id) in [("p/user", "cid"), ("organization", "globex"), ("group", "staff")] {
        assert_eq!(changed(kind, id), key, "{kind} {id}");
    }
    let mut before = fixture.facts.clone();
    before.scopes.add("initech");
    assert_ne!(fixture.key(&plain(), &first.next(&before, &fixture.facts, 2)), key, "the organizations");
    let mut before = fixture.facts.clone();
    before.entities.remove(&EntityRef { kind: Symbol::intern("p/user"), id: Symbol::intern("bob") });
    assert_ne!(fixture.key(&plain(), &first.next(&before, &fixture.facts, 2)), key, "Bob came");
}

/// Which entities these are can't be said beforehand, so every change counts.
#[test]
fn elements_of_sets_are_read_as_a_whole() {
    let policy = "package p
        subject user { level: int }
        resource page { approvers: set of user, actions read, skim }
        allow page:read named approved when any one in resource.approvers: one.level > 3
        allow page:skim named anybody when subject.level > 3";
    let facts = "package: p
subjects: { user: { ann: { level: 4 }, bob: { level: 1 } } }
resources: { page: { one: { approvers: [ann] } } }";
    let fixture = fixture(policy, facts);
    let mut before = fixture.facts.clone();
    let bob = EntityRef { kind: Symbol::intern("p/user"), id: Symbol::intern("bob") };
    before.entities.get_mut(&bob).unwrap().attributes.clear();
    let first = Versions::first(1);
    let next = first.next(&before, &fixture.facts, 2);
    let (read, skim) = (question("user:ann read page:one"), question("user:ann skim page:one"));
    assert_ne!(fixture.key(&read, &first), fixture.key(&read, &next));
    assert_eq!(fixture.key(&skim, &first), fixture.key(&skim, &next));
}

/// What is sent, as far as it is different to the policy.
#[derive(Debug, Clone, PartialEq)]
struct Sent {
    subject: Option<String>,
    resource: Option<String>,
    text: Option<String>,
    names: Option<BTreeSet<String>>,
    other_text: Option<String>,
    other_names: Option<BTreeSet<String>>,
    understands: Vec<String>,
}

impl Sent {
    fn question(&self) -> Question<'static> {
        let mut question = plain();
        let party = |kind: &'static str, id: &Option<String>| super::PartyInput {
            kind: kind.into(),
            id: id.clone().map(Into::into),
            properties: Vec::new(),
        };
        question.subject = self.subject.is_some().then(|| party("user", &self.subject));
        question.resource = party("page", &self.resource);
        let set = |names: &BTreeSet<String>| Input::List(names.iter().map(|name| text(name)).collect());
        let sent =
            |name: &'static str, value: Option<Input<'static>>| value.map(|value| (name.into(), value));
        let texts = |one: &Option<String>| one.as_ref().map(|one| text(one));
        question.context.extend(sent("text", texts(&self.text)));
        question.context.extend(sent("names", self.names.as_ref().map(set)));
        question.resource.properties.extend(sent("text", texts(&self.other_text)));
        question.resource.properties.extend(sent("names", self.other_names.as_ref().map(set)));
        question.understands = self.understands.iter().map(|name| name.clone().into()).collect();
        question
    }
}

/// Short texts of few letters, so that many are alike, with bytes that an encoding uses.
fn word() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!['a', 'b', '\0', '\u{1}', ',', '"']), 0..4)
        .prop_map(|letters| letters.into_iter().collect())
}

fn sent() -> impl Strategy<Value = Sent> {
    let names = || prop::option::of(prop::collection::btree_set(word(), 0..4));
    let words = || prop::option::of(word());
    (words(), words(), words(), names(), words(), names(), prop::collection::vec(word(), 0..3)).prop_map(
        |(subject, resource, text, names, other_text, other_names, understands)| Sent {
            subject,
            resource,
            text,
            names,
            other_text,
            other_names,
            understands,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// T-62: whatever one has where another has it not.
    #[test]
    fn different_questions_have_different_keys(all in prop::collection::vec(sent(), 2..40)) {
        let fixture = fixture(POLICY, FACTS);
        let versions = Versions::first(1);
        let keys: Vec<_> = all.iter().map(|sent| fixture.key(&sent.question(), &versions).unwrap()).collect();
        for (number, one) in all.iter().enumerate() {
            for (other, other_key) in all.iter().zip(&keys).take(number) {
                prop_assert!(one == other || keys[number] != *other_key, "{one:?} and {other:?}");
            }
        }
    }
}
