//! A few questions about any policy, and the answers to them.

use std::borrow::Cow;
use std::sync::Arc;

use portcullis::engine::reference;
use portcullis::engine::{Decision, Engine, PartyInput, Question, Vouched};
use portcullis::facts::{Assignment, Entity, Facts, Provenance, Reach};
use portcullis::language::policy::Policy;
use portcullis::model::schema::{Attribute, EntityType};
use portcullis::model::{EntityRef, Input, Instant, Symbol, Type};

use super::chance::Chance;

const QUESTIONS: usize = 4;
const IDS: [&str; 2] = ["a", "b"];
const ORGANIZATIONS: [&str; 2] = ["acme", "acme/security"];
const GROUP: &str = "soc";
/// How deep made-up records go; deeper ones are empty.
const DEPTH: usize = 6;
/// A Thursday noon, and the hour before clocks are put back in Europe.
const INSTANTS: [i64; 2] = [1_763_640_000, 1_792_890_000 - 1_800];

/// Asks the engine and the reference evaluator.
pub(crate) fn ask(policy: Policy, text: &str, chance: &mut Chance) {
    let policy = Arc::new(policy);
    let engine = Engine::new(Arc::clone(&policy));
    let pool = Pool::of(text);
    let facts = facts(&policy, &pool, chance);
    for _ in 0..QUESTIONS {
        let Some(question) = question(&policy, &pool, chance) else { return };
        let found = engine.answer(&facts, &question);
        let expected = reference::decide(&policy, &facts, &question);
        is_same(&found, &expected, &question);
        let Some(until) = found.valid_until else { continue };
        assert!(question.now < until, "it ends before it is given: {found:?} to {question:?}");
        let last = Instant::from_micros(until.micros() - 1);
        let later = Question { now: last, ..question };
        is_same(&found, &reference::decide(&policy, &facts, &later), &later);
    }
}

fn is_same(found: &Decision, expected: &Decision, question: &Question<'_>) {
    let of = |decision: &Decision| {
        (decision.effect, decision.reason, decision.deciding.clone(), decision.unknown.clone())
    };
    assert_eq!(of(found), of(expected), "{question:?}");
}

/// Asks two engines whose policies say the same in another order.
pub(crate) fn ask_both(one: Policy, other: Policy, text: &str, chance: &mut Chance) {
    let pool = Pool::of(text);
    let facts = facts(&one, &pool, chance);
    let (one, other) = (Engine::new(Arc::new(one)), Engine::new(Arc::new(other)));
    for _ in 0..QUESTIONS {
        let Some(question) = question(one.policy(), &pool, chance) else { return };
        let told = |engine: &Engine| {
            let decision = engine.answer(&facts, &question);
            let by: Vec<String> = decision.deciding.iter().map(|one| engine.decider_name(*one)).collect();
            // They are in source order.
            let mut unknown: Vec<Symbol> = decision.unknown.to_vec();
            unknown.sort();
            (decision.effect, decision.reason, by, unknown)
        };
        assert_eq!(told(&one), told(&other), "{question:?}");
    }
}

/// What an author's text may compare with.
struct Pool<'a> {
    texts: Vec<&'a str>,
    numbers: Vec<i64>,
}

impl<'a> Pool<'a> {
    const SIZE: usize = 16;

    fn of(text: &'a str) -> Pool<'a> {
        let texts = text.split('"').skip(1).step_by(2).take(Pool::SIZE);
        let digits = text.split(|char: char| !char.is_ascii_digit());
        Pool {
            texts: texts.chain(["", "a"]).collect(),
            numbers: digits.filter_map(|digits| digits.parse().ok()).take(Pool::SIZE).chain([0]).collect(),
        }
    }

    fn input(&self, ty: &Type, depth: usize, chance: &mut Chance) -> Input<'a> {
        let text = |texts: &[&'static str], chance: &mut Chance| {
            chance.of_these(texts).map_or(Input::Null, |text| Input::Text(Cow::Borrowed(text)))
        };
        match ty {
            Type::Bool => Input::Bool(chance.one_in(2)),
            Type::Int => chance.of_these(&self.numbers).map_or(Input::Null, |number| Input::Int(*number)),
            Type::String => {
                chance.of_these(&self.texts).map_or(Input::Null, |text| Input::Text(Cow::Borrowed(text)))
            }
            Type::Ip => text(&["10.1.2.3", "192.168.7.9", "2001:db8::42", "::1"], chance),
            Type::Network => text(&["10.0.0.0/8", "192.168.0.0/16", "2001:db8::/32"], chance),
            Type::Instant => text(&["2025-11-20T12:00:00Z", "2026-10-25T00:30:00Z"], chance),
            Type::Date => text(&["2025-11-20", "2026-10-25"], chance),
            Type::Time => text(&["12:00", "01:30", "09:30:00"], chance),
            Type::Duration => text(&["1h", "2h30m", "1d"], chance),
            Type::Entity(kind) if kind.text() == "group" => text(&[GROUP, "other"], chance),
            Type::Entity(kind) if kind.text() == "organization" => text(&ORGANIZATIONS, chance),
            Type::Entity(_) => text(&IDS, chance),
            Type::Set(element) => {
                Input::List((0..chance.below(3)).map(|_| self.input(element, depth, chance)).collect())
            }
            Type::Record(members) if depth < DEPTH => Input::Record(self.members(members, depth + 1, chance)),
            Type::Record(_) => Input::Record(Vec::new()),
        }
    }

    /// Most of the attributes, and some of another type than they should have.
    fn members(
        &self,
        attributes: &[Attribute],
        depth: usize,
        chance: &mut Chance,
    ) -> Vec<(Cow<'a, str>, Input<'a>)> {
        let mut members = Vec::new();
        for attribute in attributes {
            let input = match chance.below(16) {
                0 => continue,
                1 => Input::Null,
                2 => Input::List(vec![Input::Bool(true)]),
                _ => self.input(&attribute.ty, depth, chance),
            };
            members.push((Cow::Borrowed(attribute.name.text()), input));
        }
        members
    }
}

/// Two entities of every type; they are in a group, and subjects hold some roles.
fn facts(policy: &Policy, pool: &Pool<'_>, chance: &mut Chance) -> Facts {
    let mut facts = Facts::default();
    let group = EntityRef { kind: Symbol::intern("group"), id: Symbol::intern(GROUP) };
    facts.entities.insert(group, Entity::default());
    for path in ORGANIZATIONS {
        facts.scopes.add(path);
        let entity = EntityRef { kind: Symbol::intern("organization"), id: Symbol::intern(path) };
        let attributes = stored(&policy.schema.organization, pool, chance);
        facts.entities.insert(entity, Entity { attributes, ..Entity::default() });
    }
    for ty in policy.schema.types.rows() {
        for id in IDS {
            let mut entity = Entity { attributes: stored(&ty.attributes, pool, chance), ..Entity::default() };
            if chance.one_in(2) {
                entity.organization = chance.of_these(&ORGANIZATIONS).map(|path| Symbol::intern(path));
            }
            if ty.is_subject && chance.one_in(2) {
                entity.parents.push(group);
                entity.ancestors.push(group);
            }
            if ty.is_subject {
                entity.assignments = assignments(policy, &mut facts, chance);
            }
            facts.entities.insert(EntityRef { kind: ty.name, id: Symbol::intern(id) }, entity);
        }
    }
    facts
}

fn stored(
    attributes: &[Attribute],
    pool: &Pool<'_>,
    chance: &mut Chance,
) -> Vec<(Symbol, portcullis::model::Value)> {
    let mut stored: Vec<_> = attributes
        .iter()
        .filter_map(|attribute| {
            let input = pool.input(&attribute.ty, 0, chance);
            Some((attribute.name, attribute.ty.read(&input, &mut |text| Symbol::intern(text))?))
        })
        .collect();
    stored.sort_by_key(|(name, _)| *name);
    stored
}

fn assignments(policy: &Policy, facts: &mut Facts, chance: &mut Chance) -> Vec<Assignment> {
    let mut assignments = Vec::new();
    for role in policy.schema.roles.rows().take(8) {
        let reach = match chance.below(6) {
            0 => Reach::Scope(facts.scopes.root()),
            1 => Reach::Scope(facts.scopes.add(ORGANIZATIONS[1])),
            2 => Reach::Personal,
            _ => continue,
        };
        let expires = chance.one_in(4).then(|| Instant::from_seconds(INSTANTS[0] + 60));
        let provenance = Provenance::default();
        assignments.push(Assignment { role: role.name, reach, expires, provenance });
    }
    assignments
}

/// A question about one of the policy's permissions; none if it has none.
fn question<'a>(policy: &'a Policy, pool: &Pool<'a>, chance: &mut Chance) -> Option<Question<'a>> {
    let permissions = &policy.schema.permissions;
    let number = chance.below(permissions.len());
    let permission = permissions.rows().nth(number)?;
    let ty = policy.schema.types.row(permission.resource);
    let subjects: Vec<&EntityType> = policy.schema.types.rows().filter(|ty| ty.is_subject).collect();
    let party = |ty: &'a EntityType, chance: &mut Chance| PartyInput {
        kind: Cow::Borrowed(ty.name.text()),
        id: chance.of_these(&["a", "b", "stranger"]).map(|id| Cow::Borrowed(*id)),
        properties: if chance.one_in(2) { pool.members(&ty.attributes, 0, chance) } else { Vec::new() },
    };
    let subject = match chance.of_these(&subjects) {
        Some(subject) if !chance.one_in(8) => Some(party(subject, chance)),
        _ => None,
    };
    let resource = party(ty, chance);
    let package = policy.schema.packages.row(ty.package);
    Some(Question {
        subject,
        action: Cow::Borrowed(permission.action.text()),
        resource,
        context: pool.members(&package.context, 0, chance),
        action_properties: pool.members(&package.action, 0, chance),
        understands: Vec::new(),
        vouched: Vouched::default(),
        now: Instant::from_seconds(*chance.of_these(&INSTANTS)?),
    })
}
