//! Whom a rule binds: roles and grants, where they reach and until when.

use super::reading::Reading;
use super::{Case, Outcome, Place};
use crate::engine::Decider;
use crate::facts::{Assignment, Grant, Reach};
use crate::language::policy::{Audience, Rule};
use crate::model::schema::{OWNER, Role};
use crate::model::{Id, Instant, Symbol, Type};

impl Case<'_> {
    pub(super) fn binds(&self, rule: &Rule) -> Outcome {
        let audience = match &rule.audience {
            Audience::Anyone => Outcome::known(true),
            Audience::Identified => Outcome::known(self.subject.is_some()),
            Audience::Roles(roles) => self.holds(roles),
        };
        Outcome::all(vec![audience, self.holds(&rule.except).not()])
    }

    /// Every role that lists the permission itself, and whether the subject holds it.
    pub(super) fn role_permissions(&self) -> Vec<(Decider, Outcome)> {
        let schema = &self.policy.schema;
        let listing: Vec<Id<Role>> = schema
            .roles
            .iter()
            .filter(|(_, role)| role.permissions.contains(&self.permission))
            .map(|(id, _)| id)
            .collect();
        // What is unknown is named in the order of the assignments, whichever role it is about.
        let all = self.holds(&listing);
        let outcome = |role: Id<Role>| match self.holds(&[role]) {
            Outcome { tri: crate::model::Tri::Unknown, .. } => Outcome::unknown(all.leaves.clone()),
            known => known,
        };
        listing.iter().map(|role| (Decider::Role(*role), outcome(*role))).collect()
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
            .map(|grant| self.reaches(grant.reach))
            .collect()
    }

    /// Whether the subject holds one of these roles, here and now.
    fn holds(&self, roles: &[Id<Role>]) -> Outcome {
        let parts = self
            .all_assignments()
            .iter()
            .filter(|assignment| is_current(assignment.expires, self.question.now))
            .filter(|assignment| match self.role_named(assignment.role) {
                Some(held) => roles.iter().any(|role| self.inherits(held, *role, &mut Vec::new())),
                None => false,
            })
            .map(|assignment| self.reaches(assignment.reach))
            .collect();
        Outcome::any(parts)
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

    fn role_named(&self, name: Symbol) -> Option<Id<Role>> {
        self.policy.schema.roles.iter().find(|(_, role)| role.name.text() == name.text()).map(|(id, _)| id)
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
    fn reaches(&self, reach: Reach) -> Outcome {
        let scope = match reach {
            Reach::Personal => return self.is_own(),
            Reach::Scope(scope) => self.facts.scopes.get(scope).path.text(),
        };
        match self.place {
            Place::Shared => Outcome::known(true),
            _ if scope == "/" => Outcome::known(true),
            Place::Root => Outcome::known(false),
            Place::Organization(path) => {
                Outcome::known(path == scope || path.starts_with(&format!("{scope}/")))
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
