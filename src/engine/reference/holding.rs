//! Whom a rule binds: roles and grants, where they reach and until when.

use super::reading::Reading;
use super::{Case, Outcome, Place, is_organization};
use crate::engine::Decider;
use crate::facts::{Assignment, Grant, Reach};
use crate::language::policy::{Audience, Constraint, Rule};
use crate::model::schema::{OWNER, Role};
use crate::model::{Id, Instant, Symbol, Type};

/// A role that the subject holds.
#[derive(Clone, Copy)]
struct Held<'a> {
    role: &'a str,
    reach: Reaching<'a>,
}

/// How far it reaches.
#[derive(Clone, Copy)]
enum Reaching<'a> {
    Personal,
    /// It and all below it; `/` is everywhere.
    Organization(&'a str),
}

impl Case<'_> {
    pub(super) fn binds(&self, rule: &Rule) -> Outcome {
        let audience = match &rule.audience {
            Audience::Anyone => Outcome::known(true),
            Audience::Identified => Outcome::known(self.subject.is_some()),
            Audience::Roles(roles) => self.holds(roles),
        };
        Outcome::all(vec![audience, self.holds(&rule.except).not()])
    }

    /// Every role that lists the permission itself, and whether it comes to the subject from there.
    pub(super) fn role_permissions(&self) -> Vec<(Decider, Outcome)> {
        // What is unknown is named in the order of the assignments, whichever role lists the permission.
        let unknown = Outcome::any(self.by_assignment(|held| self.has(held)));
        let outcome = |role: Id<Role>| match Outcome::any(self.by_assignment(|held| self.comes(held, role))) {
            Outcome { tri: crate::model::Tri::Unknown, .. } => Outcome::unknown(unknown.leaves.clone()),
            known => known,
        };
        let roles = self.policy.schema.roles.iter();
        let listing = roles.filter(|(_, role)| role.permissions.contains(&self.permission));
        listing.map(|(role, _)| (Decider::Role(role), outcome(role))).collect()
    }

    /// For each assignment that has not ended, whether it reaches the resource and its role is such.
    fn by_assignment(&self, is_such: impl Fn(Id<Role>) -> Outcome) -> Vec<Outcome> {
        self.held()
            .into_iter()
            .filter_map(|held| Some((held.reach, self.role_named(held.role)?)))
            .map(|(reach, role)| Outcome::all(vec![self.reaches(reach), is_such(role)]))
            .collect()
    }

    /// Whether a role has the permission: it lists it or inherits it, and its constraint leaves it.
    fn has(&self, role: Id<Role>) -> Outcome {
        let row = self.policy.schema.roles.row(role);
        let mut ways = vec![Outcome::known(row.permissions.contains(&self.permission))];
        ways.extend(row.parents.iter().map(|parent| self.has(*parent)));
        Outcome::all(vec![self.constraint(role), Outcome::any(ways)])
    }

    /// Whether the permission comes to a role from one it inherits, through the constraints of all on the way.
    fn comes(&self, role: Id<Role>, from: Id<Role>) -> Outcome {
        let parents = &self.policy.schema.roles.row(role).parents;
        let mut ways = vec![Outcome::known(role == from)];
        ways.extend(parents.iter().map(|parent| self.comes(*parent, from)));
        Outcome::all(vec![self.constraint(role), Outcome::any(ways)])
    }

    /// Whether a role's constraint leaves the permission.
    fn constraint(&self, role: Id<Role>) -> Outcome {
        let Some(constraint) = self.policy.constraints.iter().find(|constraint| constraint.role == role)
        else {
            return Outcome::known(true);
        };
        let mut parts = Vec::new();
        if let Some(only) = &constraint.only {
            parts.push(Outcome::known(only.contains(&self.permission)));
        }
        if let Some(organization) = &constraint.organization {
            parts.push(self.is_in(organization));
        }
        if let Some(when) = &constraint.when {
            parts.push(self.evaluate(when));
        }
        if let Some(unless) = &constraint.unless {
            parts.push(self.evaluate(unless).not());
        }
        Outcome::all(parts)
    }

    /// The constraints of roles that the subject has or inherits and that have or inherit the permission.
    pub(super) fn constraints(&self) -> impl Iterator<Item = &Constraint> {
        let is_met = |role| {
            let stored = self.all_assignments().iter().map(|assignment| assignment.role.text());
            let names: Vec<&str> = stored.chain(self.vouched().map(|held| held.role)).collect();
            let mut roles = names.into_iter().filter_map(|name| self.role_named(name));
            roles.any(|held| self.inherits(held, role, &mut Vec::new()))
        };
        let matters = move |role| {
            let mut listing =
                self.policy.schema.roles.iter().filter(|(_, row)| row.permissions.contains(&self.permission));
            listing.any(|(from, _)| self.inherits(role, from, &mut Vec::new()))
        };
        let constraints = self.policy.constraints.iter();
        constraints.filter(move |constraint| is_met(constraint.role) && matters(constraint.role))
    }

    /// The subject's grants of the permission.
    pub(super) fn grants(&self) -> Vec<Outcome> {
        let permission = self.policy.schema.permissions.row(self.permission);
        let resource = self.resource.ty.name.text();
        self.all_grants()
            .iter()
            .filter(|grant| is_current(grant.expires, self.question.now))
            .filter(|grant| {
                grant.resource.text() == resource && grant.action.text() == permission.action.text()
            })
            .map(|grant| self.reaches(self.reach(grant.reach)))
            .collect()
    }

    /// Whether the subject holds one of these roles, here and now.
    fn holds(&self, roles: &[Id<Role>]) -> Outcome {
        let parts = self
            .held()
            .into_iter()
            .filter(|held| match self.role_named(held.role) {
                Some(held) => roles.iter().any(|role| self.inherits(held, *role, &mut Vec::new())),
                None => false,
            })
            .map(|held| self.reaches(held.reach))
            .collect();
        Outcome::any(parts)
    }

    /// What the subject holds now: by the facts, and by who vouches for it.
    fn held(&self) -> Vec<Held<'_>> {
        let stored = self.all_assignments().iter();
        let current = stored.filter(|assignment| is_current(assignment.expires, self.question.now));
        let of_facts = current
            .map(|assignment| Held { role: assignment.role.text(), reach: self.reach(assignment.reach) });
        of_facts.chain(self.vouched()).collect()
    }

    /// Roles in organizations; what would be everywhere is nothing.
    fn vouched(&self) -> impl Iterator<Item = Held<'_>> {
        let roles = self.subject.iter().flat_map(|_| &self.question.vouched.roles);
        let held = roles.map(|held| (&*held.role, &*held.organization));
        held.filter(|(_, organization)| *organization != "/" && is_organization(organization))
            .map(|(role, organization)| Held { role, reach: Reaching::Organization(organization) })
    }

    fn reach(&self, reach: Reach) -> Reaching<'_> {
        match reach {
            Reach::Personal => Reaching::Personal,
            Reach::Scope(scope) => Reaching::Organization(self.facts.scopes.get(scope).path.text()),
        }
    }

    pub(super) fn all_assignments(&self) -> &[Assignment] {
        match self.subject.as_ref().and_then(|subject| subject.stored) {
            Some(entity) => &entity.assignments,
            None => &[],
        }
    }

    pub(super) fn all_grants(&self) -> &[Grant] {
        match self.subject.as_ref().and_then(|subject| subject.stored) {
            Some(entity) => &entity.grants,
            None => &[],
        }
    }

    fn role_named(&self, name: &str) -> Option<Id<Role>> {
        self.policy.schema.roles.iter().find(|(_, role)| role.name.text() == name).map(|(id, _)| id)
    }

    fn inherits(&self, role: Id<Role>, from: Id<Role>, visited: &mut Vec<Id<Role>>) -> bool {
        if role == from {
            return true;
        }
        if visited.contains(&role) {
            return false;
        }
        visited.push(role);
        self.policy.schema.roles.row(role).parents.iter().any(|parent| self.inherits(*parent, from, visited))
    }

    /// Whether the resource is where an assignment or a grant reaches.
    fn reaches(&self, reach: Reaching<'_>) -> Outcome {
        let scope = match reach {
            Reaching::Personal => return self.is_own(),
            Reaching::Organization(path) => path,
        };
        match self.place {
            Place::Shared => Outcome::known(true),
            Place::Root | Place::Organization(_) | Place::Missing | Place::Invalid => self.is_in(scope),
        }
    }

    /// Whether the resource is in this organization or below.
    fn is_in(&self, organization: &str) -> Outcome {
        if organization == "/" {
            return Outcome::known(true);
        }
        match self.place {
            Place::Shared | Place::Root => Outcome::known(false),
            Place::Organization(path) => {
                Outcome::known(path == organization || path.starts_with(&format!("{organization}/")))
            }
            Place::Missing | Place::Invalid => {
                Outcome::unknown(vec![Symbol::intern("resource.organization")])
            }
        }
    }

    /// Whether the resource is the subject, or its own.
    fn is_own(&self) -> Outcome {
        let Some(subject) = &self.subject else { return Outcome::known(false) };
        let is_subject =
            subject.kind == self.resource.kind && subject.id.is_some() && subject.id == self.resource.id;
        let owner = self.resource.ty.attributes.iter().find(|attribute| attribute.name.text() == OWNER);
        let is_owner = match owner {
            Some(owner) if matches!(owner.ty, Type::Entity(_)) => {
                match (self.resource.attribute(OWNER, &owner.ty).checked(&owner.ty), subject.entity()) {
                    (Reading::There(owner), Some(subject)) => Outcome::known(owner == subject),
                    _ => Outcome::unknown(vec![Symbol::intern("resource.owner")]),
                }
            }
            Some(_) | None => Outcome::known(false),
        };
        Outcome::any(vec![Outcome::known(is_subject), is_owner])
    }
}

fn is_current(expires: Option<Instant>, now: Instant) -> bool {
    expires.is_none_or(|expires| now < expires)
}
