//! The decision: who holds what, then level by level until something applies.

mod leaves;

use smallvec::SmallVec;

use super::condition::{Horizon, Leaves};
use super::hierarchy::Ways;
use super::index::{Candidates, Level, Rank};
use super::request::{Place, Request};
use super::role_set::RoleSet;
use super::{Decider, Decision, Engine, Reason};
use crate::facts::{Grant, Reach};
use crate::language::policy::{Audience, Effect, Rule};
use crate::model::schema::Role;
use crate::model::{Id, Tri, Value};
use crate::sabotage::Guard;

/// Memory that decisions of one thread use again and again.
#[derive(Debug, Default)]
pub struct Scratch {
    roles: Held,
    ways: Ways,
}

/// The roles the subject holds for the resource, with all they inherit from.
#[derive(Debug, Default)]
struct Held {
    surely: RoleSet,
    /// Those that hang on something unknown; may overlap with the sure ones.
    perhaps: RoleSet,
    either: RoleSet,
}

/// What one decision works with.
struct Deciding<'a, 'w> {
    engine: &'a Engine,
    request: &'a Request<'w>,
    candidates: &'a Candidates,
    held: &'a Held,
    ways: &'a mut Ways,
    horizon: Horizon,
    /// Whether an allow would have applied had something been known.
    unknown_allow: bool,
}

type Deciders = SmallVec<[Decider; 4]>;

impl Engine {
    /// Decides a request. Allocates nothing once `scratch` has been used, but where more than four things decide.
    pub fn decide(&self, request: &Request<'_>, scratch: &mut Scratch) -> Decision {
        let Some(candidates) = self.index.candidates(request.permission) else {
            return Decision::refusal(Reason::UnknownAction);
        };
        let mut horizon = Horizon::NEVER;
        self.hold(request, scratch, &mut horizon);
        let mut deciding = Deciding {
            engine: self,
            request,
            candidates,
            held: &scratch.roles,
            ways: &mut scratch.ways,
            horizon,
            unknown_allow: false,
        };
        deciding.decide()
    }

    /// Collects the roles the subject holds for this resource now.
    fn hold(&self, request: &Request<'_>, scratch: &mut Scratch, horizon: &mut Horizon) {
        let roles = self.policy.schema.roles.len();
        let Scratch { roles: held, ways } = scratch;
        for set in [&mut held.surely, &mut held.perhaps, &mut held.either] {
            set.reset(roles);
        }
        if !self.hierarchy.is_free() {
            ways.reset(roles);
        }
        let stored = request.subject.as_ref().and_then(|subject| subject.stored);
        for assignment in stored.map_or(&[][..], |entity| &entity.assignments) {
            if assignment.expires.is_some_and(|expires| expires <= request.now) {
                continue;
            }
            let Some(role) = self.roles.get(&assignment.role).copied() else { continue };
            let covers = covers(request, assignment.reach);
            if let (Some(expires), true) = (assignment.expires, covers != Tri::False) {
                horizon.at(expires);
            }
            self.assign(role, covers, scratch);
        }
        for (role, covers) in &request.assigned {
            self.assign(*role, *covers, scratch);
        }
    }

    fn assign(&self, role: Id<Role>, covers: Tri, Scratch { roles, ways }: &mut Scratch) {
        let (Some(closure), Tri::True | Tri::Unknown) = (self.hierarchy.closure(role), covers) else {
            return;
        };
        let sure = if covers == Tri::True { &mut roles.surely } else { &mut roles.perhaps };
        sure.add(closure);
        roles.either.add(closure);
        self.hierarchy.assign(role, covers, ways);
    }
}

impl Deciding<'_, '_> {
    fn decide(&mut self) -> Decision {
        let engine = self.engine;
        let mut of_permission = self.candidates.levels.iter().peekable();
        let mut of_package = engine.index.package(self.request.package).iter().peekable();
        let mut roles_pending = true;
        loop {
            let roles_rank = roles_pending.then_some(Rank::ROLES);
            let of_permission_rank = of_permission.peek().map(|level| level.rank);
            let of_package_rank = of_package.peek().map(|level| level.rank);
            // None is less than any rank.
            let Some(rank) = roles_rank.max(of_permission_rank).max(of_package_rank) else {
                return self.nothing_applies();
            };
            let mut deciders = Deciders::new();
            let mut surely = false;
            let levels = [
                of_permission.next_if(|level| level.rank == rank),
                of_package.next_if(|level| level.rank == rank),
            ];
            for level in levels.into_iter().flatten() {
                surely |= self.level(level, &mut deciders);
            }
            if rank == Rank::ROLES {
                roles_pending = false;
                self.roles(&mut deciders);
                self.grants(&mut deciders);
            }
            if !deciders.is_empty() {
                return self.decided(rank.effect(), deciders, surely);
            }
        }
    }

    /// Adds the rules of a level that apply; says whether one of them does so with all it reads known.
    fn level(&mut self, level: &Level, deciders: &mut Deciders) -> bool {
        let mut surely = false;
        let held = self.held;
        for rule in level.open.iter().copied().chain(level.rules_for(&held.either)) {
            if deciders.contains(&Decider::Rule(rule)) {
                continue;
            }
            let applies = self.applies(rule);
            match level.rank.effect() {
                Effect::Deny if applies == Tri::Unknown && Guard::UnknownDenies.stands() => {
                    deciders.push(Decider::Rule(rule));
                }
                Effect::Allow if applies == Tri::Unknown => self.unknown_allow = true,
                Effect::Deny | Effect::Allow => {
                    if applies == Tri::True {
                        deciders.push(Decider::Rule(rule));
                        surely = true;
                    }
                }
            }
        }
        surely
    }

    fn applies(&mut self, rule: Id<Rule>) -> Tri {
        let binds = self.binds(self.engine.policy.rules.row(rule));
        if binds == Tri::False {
            return Tri::False;
        }
        match self.engine.conditions.get(rule.number()) {
            Some(condition) => binds.and(condition.evaluate(self.request, &mut self.horizon)),
            None => Tri::Unknown,
        }
    }

    fn binds(&self, rule: &Rule) -> Tri {
        let audience = match &rule.audience {
            Audience::Anyone => Tri::True,
            Audience::Identified => self.request.subject.is_some().into(),
            Audience::Roles(roles) => self.holds_any(roles),
        };
        audience.and(!self.holds_any(&rule.except))
    }

    fn holds_any(&self, roles: &[Id<Role>]) -> Tri {
        if self.held.surely.contains_any(roles) {
            Tri::True
        } else if self.held.perhaps.contains_any(roles) {
            Tri::Unknown
        } else {
            Tri::False
        }
    }

    fn roles(&mut self, deciders: &mut Deciders) {
        let (engine, request) = (self.engine, self.request);
        let (surely, perhaps) = if engine.hierarchy.is_free() {
            (&self.held.surely, &self.held.perhaps)
        } else {
            engine.hierarchy.open(request.permission, request, self.ways, &mut self.horizon);
            (&self.ways.surely, &self.ways.perhaps)
        };
        deciders.extend(self.candidates.permitting.common(surely).map(Decider::Role));
        self.unknown_allow |= !self.candidates.permitting.is_disjoint(perhaps);
    }

    fn grants(&mut self, deciders: &mut Deciders) {
        let mut granted = false;
        for (grant, covers) in matching_grants(self.engine, self.request) {
            if let Some(expires) = grant.expires {
                self.horizon.at(expires);
            }
            granted |= covers == Tri::True;
            self.unknown_allow |= covers == Tri::Unknown;
        }
        if granted {
            deciders.push(Decider::Grant);
        }
    }

    fn decided(&self, effect: Effect, mut deciding: Deciders, surely: bool) -> Decision {
        deciding.sort_unstable_by_key(|decider| self.engine.order.of(*decider));
        let valid_until = self.horizon.instant();
        let denied = |reason, deciding, unknown| Decision {
            effect: Effect::Deny,
            reason,
            deciding,
            unknown,
            valid_until,
        };
        if effect == Effect::Allow {
            if self.engine.has_unsupported_obligation(&deciding, &self.request.understands) {
                return denied(Reason::ObligationUnsupported, deciding, Leaves::new());
            }
            return Decision {
                effect,
                reason: Reason::Allowed,
                deciding,
                unknown: Leaves::new(),
                valid_until,
            };
        }
        let mut leaves = Leaves::new();
        for decider in &deciding {
            if let Decider::Rule(rule) = decider {
                self.rule_leaves(*rule, &mut leaves);
            }
        }
        denied(if surely { Reason::DeniedByRule } else { Reason::UnknownAttribute }, deciding, leaves)
    }

    fn nothing_applies(&self) -> Decision {
        let mut decision = Decision::refusal(Reason::NoRuleApplies);
        decision.valid_until = self.horizon.instant();
        if self.unknown_allow {
            decision.reason = Reason::UnknownAttribute;
            decision.unknown = self.allow_leaves();
        }
        decision
    }
}

/// The subject's unexpired grants of this permission that reach the resource, or may.
fn matching_grants<'a>(
    engine: &'a Engine,
    request: &'a Request<'_>,
) -> impl Iterator<Item = (&'a Grant, Tri)> {
    let schema = &engine.policy.schema;
    let action = schema.permissions.row(request.permission).action;
    let resource = schema.types.row(request.resource_type).name;
    let stored = request.subject.as_ref().and_then(|subject| subject.stored);
    stored
        .map_or(&[][..], |entity| &entity.grants)
        .iter()
        .filter(move |grant| grant.action == action && grant.resource == resource)
        .filter(|grant| grant.expires.is_none_or(|expires| request.now < expires))
        .map(|grant| (grant, covers(request, grant.reach)))
        .filter(|(_, covers)| *covers != Tri::False)
}

/// Whether an assignment or a grant that reaches so far reaches the resource.
fn covers(request: &Request<'_>, reach: Reach) -> Tri {
    let Reach::Scope(scope) = reach else {
        return is_personal(request);
    };
    let is_root = scope == request.facts.scopes.root();
    match request.place {
        Place::Root => is_root.into(),
        Place::Shared => Tri::True,
        Place::In(at) => request.facts.scopes.covers(scope, at).into(),
        Place::Unknown if is_root => Tri::True,
        Place::Unknown => Tri::Unknown,
    }
}

/// Whether the resource is the subject, or its declared owner is.
fn is_personal(request: &Request<'_>) -> Tri {
    let Some(subject) = &request.subject else {
        return Tri::False;
    };
    if request.resource == Some(subject.entity) {
        return Tri::True;
    }
    let Some(owner) = request.owner else {
        return Tri::False;
    };
    match request.slots.get(usize::from(owner)).and_then(super::request::Slot::value) {
        Some(Value::Entity(owner)) => (*owner == subject.entity).into(),
        _ => Tri::Unknown,
    }
}
