//! Rules and role permissions that never decide: a deny above them applies whenever they do, or they bind nobody.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};

use super::Judge;
use crate::language::policy::{Audience, Effect, Policy, Priority, Rule, Targets};
use crate::model::Id;
use crate::model::schema::{Package, Permission, Role};

/// Something that never decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overruled {
    pub what: What,
    pub why: Why,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The whole rule, for all that it is about.
    Rule(Id<Rule>),
    /// One permission of a role.
    Permission(Id<Role>, Id<Permission>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// These denies decide before it, each about some of it; never empty.
    Denied(Vec<Id<Rule>>),
    /// Whoever holds a role of its `to` holds one that it excepts. A deny still applies where it is unknown whether
    /// the roles are held.
    BindsNobody,
}

/// How many rules and roles are looked at for another.
const STEPS_MAX: usize = 1_000_000;

struct Search<'a, 'p> {
    policy: &'p Policy,
    judge: &'a Judge<'p>,
    /// Those that could decide before others.
    denies: HashMap<Id<Permission>, Vec<Id<Rule>>>,
    denies_of_all: HashMap<Id<Package>, Vec<Id<Rule>>>,
    steps_left: Cell<usize>,
}

/// What a rule says, or a permission of a role, as far as it matters here.
struct Claim<'a> {
    effect: Effect,
    priority: Priority,
    audience: &'a Audience,
    except: &'a [Id<Role>],
    rule: Option<&'a Rule>,
}

/// Everything that never decides, as far as that is found out: rules by their numbers, then roles.
pub fn overruled(policy: &Policy, judge: &Judge<'_>) -> Vec<Overruled> {
    let search = Search::new(policy, judge);
    let mut found = Vec::new();
    for (id, rule) in policy.rules.iter() {
        if let Some(why) = search.rule(rule) {
            found.push(Overruled { what: What::Rule(id), why });
        }
    }
    for (id, role) in policy.schema.roles.iter() {
        let audience = Audience::Roles(vec![id]);
        let claim = Claim {
            effect: Effect::Allow,
            priority: Priority::Level(0),
            audience: &audience,
            except: &[],
            rule: None,
        };
        for permission in &role.permissions {
            if let Some(deny) = search.before(&claim, *permission) {
                let why = Why::Denied(vec![deny]);
                found.push(Overruled { what: What::Permission(id, *permission), why });
            }
        }
    }
    found
}

impl<'a, 'p> Search<'a, 'p> {
    fn new(policy: &'p Policy, judge: &'a Judge<'p>) -> Search<'a, 'p> {
        let mut search = Search {
            policy,
            judge,
            denies: HashMap::new(),
            denies_of_all: HashMap::new(),
            steps_left: Cell::new(STEPS_MAX),
        };
        // One that can be lifted does not always decide.
        for (id, rule) in
            policy.rules.iter().filter(|(_, rule)| rule.effect == Effect::Deny && !rule.is_overridable)
        {
            match &rule.targets {
                Targets::Package => search.denies_of_all.entry(rule.package).or_default().push(id),
                Targets::Permissions(permissions) => {
                    for permission in permissions {
                        search.denies.entry(*permission).or_default().push(id);
                    }
                }
            }
        }
        search
    }

    fn rule(&self, rule: &Rule) -> Option<Why> {
        let claim = Claim {
            effect: rule.effect,
            priority: rule.priority,
            audience: &rule.audience,
            except: &rule.except,
            rule: Some(rule),
        };
        if let Audience::Roles(roles) = &rule.audience
            && !roles.is_empty()
            && roles.iter().all(|role| rule.except.iter().any(|excepted| self.inherits(*role, *excepted)))
        {
            return Some(Why::BindsNobody);
        }
        let of_package;
        let permissions = match &rule.targets {
            Targets::Permissions(permissions) => permissions,
            Targets::Package => {
                let types = self.policy.schema.types.rows().filter(|ty| ty.package == rule.package);
                of_package = types.flat_map(|ty| ty.permissions.iter().copied()).collect::<Vec<_>>();
                &of_package
            }
        };
        let mut denies = Vec::new();
        for permission in permissions {
            let deny = self.before(&claim, *permission)?;
            if !denies.contains(&deny) {
                denies.push(deny);
            }
        }
        (!denies.is_empty()).then_some(Why::Denied(denies))
    }

    /// A deny that decides about this permission whenever the claim would.
    fn before(&self, claim: &Claim<'_>, permission: Id<Permission>) -> Option<Id<Rule>> {
        if self.steps_left.get() == 0 {
            return None;
        }
        let policy = self.policy;
        let resource = policy.schema.permissions.row(permission).resource;
        let package = policy.schema.types.row(resource).package;
        let of_permission = self.denies.get(&permission).map_or(&[][..], |denies| denies);
        let of_package = self.denies_of_all.get(&package).map_or(&[][..], |denies| denies);
        of_package.iter().chain(of_permission).copied().find(|id| {
            let deny = policy.rules.row(*id);
            let is_above = match claim.effect {
                Effect::Allow => deny.priority >= claim.priority,
                Effect::Deny => deny.priority > claim.priority,
            };
            self.take_step()
                && is_above
                && self.binds_all(deny, claim)
                && self.always_applies(deny, claim, resource)
        })
    }

    /// Whether the deny binds whomever the claim does.
    fn binds_all(&self, deny: &Rule, claim: &Claim<'_>) -> bool {
        let binds = |roles: &[Id<Role>], all: &[Id<Role>]| {
            roles.iter().all(|role| all.iter().any(|wanted| self.inherits(*role, *wanted)))
        };
        let audience = match (&deny.audience, claim.audience) {
            (Audience::Anyone, _) | (Audience::Identified, Audience::Identified | Audience::Roles(_)) => true,
            (Audience::Roles(wanted), Audience::Roles(roles)) => binds(roles, wanted),
            (Audience::Identified | Audience::Roles(_), _) => false,
        };
        // Whomever the deny leaves out the claim leaves out too.
        audience && binds(&deny.except, claim.except)
    }

    /// Whether the deny's conditions are true or unknown whenever the claim applies.
    fn always_applies(
        &self,
        deny: &Rule,
        claim: &Claim<'_>,
        resource: Id<crate::model::schema::EntityType>,
    ) -> bool {
        let own = claim.rule.map_or((None, None), |rule| (rule.when.as_ref(), rule.unless.as_ref()));
        let is_implied = |condition: Option<&_>, own: Option<&_>| condition.is_none() || condition == own;
        if is_implied(deny.when.as_ref(), own.0) && is_implied(deny.unless.as_ref(), own.1) {
            return true;
        }
        // Another deny applies where it is unknown too, which says nothing about this one.
        if claim.effect == Effect::Deny {
            return false;
        }
        let claimed: Vec<_> =
            own.0.map(|when| (when, true)).into_iter().chain(own.1.map(|unless| (unless, false))).collect();
        if !self.judge.can(&claimed, Some(&[resource])) {
            // It is itself that stands in its way.
            return false;
        }
        let stops = deny.when.as_ref().map(|when| (when, false)).into_iter();
        let mut stops = stops.chain(deny.unless.as_ref().map(|unless| (unless, true)));
        stops.all(|stop| {
            let goals: Vec<_> = claimed.iter().copied().chain([stop]).collect();
            !self.judge.can(&goals, Some(&[resource]))
        })
    }

    /// Whether holding a role is holding the other.
    fn inherits(&self, role: Id<Role>, other: Id<Role>) -> bool {
        let mut seen = HashSet::from([role]);
        let mut next = vec![role];
        while let Some(role) = next.pop() {
            if role == other {
                return true;
            }
            if !self.take_step() {
                return false;
            }
            let parents = self.policy.schema.roles.row(role).parents.iter().copied();
            next.extend(parents.filter(|parent| seen.insert(*parent)));
        }
        false
    }

    fn take_step(&self) -> bool {
        self.steps_left.set(self.steps_left.get().saturating_sub(1));
        self.steps_left.get() > 0
    }
}
