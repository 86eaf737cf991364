//! The naive evaluator that the fast path is tested against.
//!
//! It reads the checked policy as it is and does what DESIGN says a decision is, line by line: every candidate is
//! evaluated in full, texts are compared as texts, hierarchies are walked, local time is asked of the time zone
//! database. It shares nothing with the fast path but the types of the model, so that the two don't share mistakes.

mod arithmetic;
pub mod clock;
mod condition;
mod holding;
mod horizon;
mod patterns;
mod quantified;
mod reading;
mod sets;

use std::borrow::Cow;

use self::reading::Datum;
use crate::engine::{Decider, Decision, PartyInput, Question, Reason};
use crate::facts::{Entity, Facts};
use crate::language::policy::{Effect, Expr, Policy, Priority, Rule, Targets};
use crate::model::schema::{EntityType, Permission, Placement};
use crate::model::{EntityRef, Id, Input, Symbol, Tri};

/// What the policy says to the question, but for `valid_until`, which is always none; see [`flip_bound`].
pub fn decide(policy: &Policy, facts: &Facts, question: &Question<'_>) -> Decision {
    match Case::new(policy, facts, question) {
        Ok(case) => case.decide(),
        Err(reason) => Decision::refusal(reason),
    }
}

/// What a condition comes to for the question; nothing if the question is refused before any rule is looked at.
pub fn truth(policy: &Policy, facts: &Facts, question: &Question<'_>, condition: &Expr) -> Option<Tri> {
    Case::new(policy, facts, question).ok().map(|case| case.evaluate(condition).tri)
}

pub use horizon::flip_bound;

/// One question with everything it is about.
#[derive(Clone)]
struct Case<'a> {
    policy: &'a Policy,
    facts: &'a Facts,
    question: &'a Question<'a>,
    subject: Option<Being<'a>>,
    resource: Being<'a>,
    permission: Id<Permission>,
    place: Place<'a>,
    /// What the variables of the quantifiers around a condition stand for, the outermost first.
    variables: Vec<Datum<'a>>,
}

/// A subject or a resource: what the request says of it, and what the facts do.
#[derive(Clone)]
struct Being<'a> {
    kind: Id<EntityType>,
    ty: &'a EntityType,
    id: Option<&'a str>,
    properties: &'a [(Cow<'a, str>, Input<'a>)],
    stored: Option<&'a Entity>,
}

/// Where the resource stands among the organizations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place<'a> {
    Root,
    Shared,
    Organization(&'a str),
    /// It should be in an organization, and nobody says in which.
    Missing,
    /// What the request says is no organization.
    Invalid,
}

/// Whether something applies, and what it would have to know if that is unknown, in source order, without doubles.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Outcome {
    tri: Tri,
    leaves: Vec<Symbol>,
}

/// A rule, role permission or grant that says something about the permission.
struct Candidate {
    decider: Decider,
    effect: Effect,
    priority: Priority,
    outcome: Outcome,
}

impl<'a> Case<'a> {
    fn new(policy: &'a Policy, facts: &'a Facts, question: &'a Question<'a>) -> Result<Case<'a>, Reason> {
        let kind = kind_named(policy, &question.resource.kind).ok_or(Reason::UnknownType)?;
        if !policy.schema.types.row(kind).is_resource {
            return Err(Reason::UnknownType);
        }
        let resource = Being::new(policy, facts, &question.resource, kind);
        let subject = match &question.subject {
            None => None,
            Some(party) => {
                let kind = kind_named(policy, &party.kind).ok_or(Reason::UnknownType)?;
                if !policy.schema.types.row(kind).is_subject {
                    return Err(Reason::UnknownType);
                }
                // Who has no id is not identified, and so is anonymous.
                party.id.is_some().then(|| Being::new(policy, facts, party, kind))
            }
        };
        let permission = policy
            .schema
            .permissions
            .iter()
            .find(|(_, row)| row.resource == resource.kind && row.action.text() == question.action)
            .map(|(id, _)| id)
            .ok_or(Reason::UnknownAction)?;
        let place = Place::of(&resource)?;
        let stored = subject.as_ref().and_then(|subject| subject.stored?.organization).map(Symbol::text);
        if subject.is_some()
            && let (Some(stored), Some(vouched)) = (stored, &question.vouched.organization)
            && stored != vouched
        {
            return Err(Reason::OrganizationConflict);
        }
        Ok(Case { policy, facts, question, subject, resource, permission, place, variables: Vec::new() })
    }

    fn decide(&self) -> Decision {
        let candidates = self.candidates();
        let mut levels: Vec<(Priority, Effect)> =
            candidates.iter().map(|candidate| (candidate.priority, candidate.effect)).collect();
        // The highest priority first, and of one priority the denies.
        levels.sort_by_key(|(priority, effect)| {
            let height = match priority {
                Priority::Absolute => u64::MAX,
                Priority::Level(level) => u64::from(*level),
            };
            (u64::MAX - height, *effect == Effect::Allow)
        });
        for (priority, effect) in levels {
            let applying: Vec<&Candidate> = candidates
                .iter()
                .filter(|candidate| candidate.priority == priority && candidate.effect == effect)
                .filter(|candidate| match effect {
                    Effect::Allow => candidate.outcome.tri == Tri::True,
                    Effect::Deny => candidate.outcome.tri != Tri::False,
                })
                .collect();
            if !applying.is_empty() {
                return self.decided(effect, applying);
            }
        }
        undecided(&candidates)
    }

    fn decided(&self, effect: Effect, mut applying: Vec<&Candidate>) -> Decision {
        applying.sort_by_key(|candidate| self.order(candidate.decider));
        let mut decision = Decision::refusal(Reason::DeniedByRule);
        for candidate in &applying {
            if !decision.deciding.contains(&candidate.decider) {
                decision.deciding.push(candidate.decider);
            }
        }
        match effect {
            Effect::Deny => {
                if applying.iter().all(|candidate| candidate.outcome.tri == Tri::Unknown) {
                    decision.reason = Reason::UnknownAttribute;
                }
                let mut leaves = Vec::new();
                for candidate in applying {
                    add(&mut leaves, &candidate.outcome.leaves);
                }
                decision.unknown = leaves.into();
            }
            Effect::Allow if self.understood(&applying) => {
                decision.effect = Effect::Allow;
                decision.reason = Reason::Allowed;
            }
            Effect::Allow => decision.reason = Reason::ObligationUnsupported,
        }
        decision
    }

    /// By package and name, rules before roles, grants last.
    fn order(&self, decider: Decider) -> (u8, &'static str, &'static str, u8) {
        let schema = &self.policy.schema;
        match decider {
            Decider::Rule(rule) => {
                let rule = self.policy.rules.row(rule);
                (0, schema.packages.row(rule.package).name.text(), rule.name.text(), 0)
            }
            Decider::Role(role) => {
                let role = schema.roles.row(role);
                (0, schema.packages.row(role.package).name.text(), role.bare.text(), 1)
            }
            Decider::Grant => (1, "", "", 0),
        }
    }

    /// Whether the caller understands every obligation of these.
    fn understood(&self, applying: &[&Candidate]) -> bool {
        applying.iter().all(|candidate| match candidate.decider {
            Decider::Rule(rule) => self.policy.rules.row(rule).obligations.iter().all(|obligation| {
                self.question.understands.iter().any(|name| name == obligation.name.text())
            }),
            Decider::Role(_) | Decider::Grant => true,
        })
    }

    /// All that has something to say about the permission: rules in their order, then roles, then grants.
    fn candidates(&self) -> Vec<Candidate> {
        let by_rules = self.rules().map(|(id, rule)| Candidate {
            decider: Decider::Rule(id),
            effect: rule.effect,
            priority: rule.priority,
            outcome: self.applies(rule),
        });
        let allow = |(decider, outcome)| Candidate {
            decider,
            effect: Effect::Allow,
            priority: Priority::Level(0),
            outcome,
        };
        let held = self.role_permissions().into_iter().map(allow);
        let granted = self.grants().into_iter().map(|outcome| allow((Decider::Grant, outcome)));
        by_rules.chain(held).chain(granted).collect()
    }

    fn rules(&self) -> impl Iterator<Item = (Id<Rule>, &'a Rule)> {
        let package = self.resource.ty.package;
        let permission = self.permission;
        self.policy.rules.iter().filter(move |(_, rule)| match &rule.targets {
            Targets::Package => rule.package == package,
            Targets::Permissions(permissions) => permissions.contains(&permission),
        })
    }

    fn applies(&self, rule: &Rule) -> Outcome {
        let mut parts = vec![self.binds(rule)];
        if let Some(when) = &rule.when {
            parts.push(self.evaluate(when));
        }
        if let Some(unless) = &rule.unless {
            parts.push(self.evaluate(unless).not());
        }
        Outcome::all(parts)
    }
}

/// Nothing applies: is it because an allow doesn't know?
fn undecided(candidates: &[Candidate]) -> Decision {
    let mut leaves = Vec::new();
    let mut reason = Reason::NoRuleApplies;
    for candidate in candidates {
        if candidate.effect == Effect::Allow && candidate.outcome.tri == Tri::Unknown {
            reason = Reason::UnknownAttribute;
            add(&mut leaves, &candidate.outcome.leaves);
        }
    }
    Decision { unknown: leaves.into(), ..Decision::refusal(reason) }
}

/// The type that a request means by a name.
fn kind_named(policy: &Policy, name: &str) -> Option<Id<EntityType>> {
    let mut found = Vec::new();
    for (id, ty) in policy.schema.types.iter() {
        let package = policy.schema.packages.row(ty.package).name.text();
        let bare = ty.bare.text();
        if name == bare || name == format!("{package}/{bare}") {
            found.push(id);
        }
    }
    match found.as_slice() {
        [one] => Some(*one),
        _ => None,
    }
}

fn add(leaves: &mut Vec<Symbol>, more: &[Symbol]) {
    for leaf in more {
        if !leaves.contains(leaf) {
            leaves.push(*leaf);
        }
    }
}

impl<'a> Being<'a> {
    fn new(
        policy: &'a Policy,
        facts: &'a Facts,
        party: &'a PartyInput<'a>,
        kind: Id<EntityType>,
    ) -> Being<'a> {
        let ty = policy.schema.types.row(kind);
        let id = party.id.as_deref();
        // A text that nothing ever interned is in no facts either.
        let stored =
            id.and_then(Symbol::lookup).and_then(|id| facts.entities.get(&EntityRef { kind: ty.name, id }));
        Being { kind, ty, id, properties: &party.properties, stored }
    }

    /// What the request says of an attribute; null is nothing.
    fn property(&self, name: &str) -> Option<&'a Input<'a>> {
        reading::member(self.properties, name)
    }
}

impl<'a> Place<'a> {
    fn of(resource: &Being<'a>) -> Result<Place<'a>, Reason> {
        match resource.ty.placement {
            Placement::Root => return Ok(Place::Root),
            Placement::Shared => return Ok(Place::Shared),
            Placement::Organization => {}
        }
        let stored = resource.stored.and_then(|entity| entity.organization).map(Symbol::text);
        let sent = resource.property("organization").map(|input| match input {
            Input::Text(path) if is_organization(path) => Some(path.as_ref()),
            Input::Text(_)
            | Input::Null
            | Input::Bool(_)
            | Input::Int(_)
            | Input::Decimal(_)
            | Input::List(_)
            | Input::Record(_) => None,
        });
        match (stored, sent) {
            (Some(stored), None) => Ok(Place::Organization(stored)),
            (Some(stored), Some(sent)) if sent == Some(stored) => Ok(Place::Organization(stored)),
            (Some(_), Some(_)) => Err(Reason::OrganizationConflict),
            (None, Some(Some(sent))) => Ok(Place::Organization(sent)),
            (None, Some(None)) => Ok(Place::Invalid),
            (None, None) => Ok(Place::Missing),
        }
    }
}

fn is_organization(path: &str) -> bool {
    let segments: Vec<&str> = path.split('/').collect();
    let sound = |segment: &&str| !["", ".", ".."].contains(segment) && !segment.chars().any(char::is_control);
    path == "/" || (segments.len() <= 16 && segments.iter().all(sound))
}

impl Outcome {
    fn known(value: bool) -> Outcome {
        Outcome { tri: if value { Tri::True } else { Tri::False }, leaves: Vec::new() }
    }

    fn unknown(leaves: Vec<Symbol>) -> Outcome {
        Outcome { tri: Tri::Unknown, leaves }
    }

    /// Kleene's and: false if one is false, else unknown if one is unknown.
    fn all(parts: Vec<Outcome>) -> Outcome {
        if parts.iter().any(|part| part.tri == Tri::False) {
            return Outcome::known(false);
        }
        Outcome::unless_unknown(true, parts)
    }

    /// Kleene's or: true if one is true, else unknown if one is unknown.
    fn any(parts: Vec<Outcome>) -> Outcome {
        if parts.iter().any(|part| part.tri == Tri::True) {
            return Outcome::known(true);
        }
        Outcome::unless_unknown(false, parts)
    }

    fn not(self) -> Outcome {
        match self.tri {
            Tri::True => Outcome::known(false),
            Tri::False => Outcome::known(true),
            Tri::Unknown => self,
        }
    }

    fn unless_unknown(value: bool, parts: Vec<Outcome>) -> Outcome {
        let unknown: Vec<Outcome> = parts.into_iter().filter(|part| part.tri == Tri::Unknown).collect();
        if unknown.is_empty() {
            return Outcome::known(value);
        }
        let mut leaves = Vec::new();
        for part in &unknown {
            add(&mut leaves, &part.leaves);
        }
        Outcome::unknown(leaves)
    }
}
