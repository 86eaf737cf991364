//! What is unknown behind an answer.

use super::{Deciding, covers, matching_grants};
use crate::engine::condition::{Horizon, Leaves, add_leaf};
use crate::engine::index::Level;
use crate::engine::request::organization_leaf;
use crate::engine::role_set::RoleSet;
use crate::facts::Reach;
use crate::language::policy::{Audience, Effect, Rule};
use crate::model::schema::Role;
use crate::model::{Id, Symbol, Tri};

impl Deciding<'_, '_> {
    /// What is unknown behind the allows that would otherwise have applied.
    pub(super) fn allow_leaves(&self) -> Leaves {
        let mut leaves = Leaves::new();
        let of_package = self.engine.index.package(self.request.package);
        let levels = self.candidates.levels.iter().chain(of_package);
        let mut rules: Vec<_> =
            levels.filter(|level| level.rank.effect() == Effect::Allow).flat_map(Level::rules).collect();
        rules.sort_unstable();
        rules.dedup();
        for rule in rules {
            self.rule_leaves(rule, &mut leaves);
        }
        self.role_leaves(&mut leaves);
        for (grant, covers) in matching_grants(self.engine, self.request) {
            if covers == Tri::Unknown {
                add_leaf(&mut leaves, reach_leaf(grant.reach));
            }
        }
        leaves
    }

    /// What is unknown in a rule, if that makes the whole rule unknown.
    pub(super) fn rule_leaves(&self, rule: Id<Rule>, leaves: &mut Leaves) {
        let row = self.engine.policy.rules.row(rule);
        let binds = self.binds(row);
        let Some(condition) = self.engine.conditions.get(rule.number()) else {
            return;
        };
        if binds.and(condition.evaluate(self.request, &mut Horizon::NEVER.clone())) != Tri::Unknown {
            return;
        }
        if let Audience::Roles(roles) = &row.audience
            && self.holds_any(roles) == Tri::Unknown
        {
            self.holding_leaves(leaves, |closure| closure.contains_any(roles));
        }
        if self.holds_any(&row.except) == Tri::Unknown {
            self.holding_leaves(leaves, |closure| closure.contains_any(&row.except));
        }
        condition.unknown_leaves(self.request, leaves);
    }

    /// What is unknown about the roles that have the permission or inherit it.
    fn role_leaves(&self, leaves: &mut Leaves) {
        let (engine, request) = (self.engine, self.request);
        let schema = &engine.policy.schema;
        let permitting = &self.candidates.permitting;
        let having = engine.hierarchy.having(request.permission, permitting, schema, request);
        for (role, covers, leaf) in self.assignments() {
            if covers.and(having.has(role)) == Tri::Unknown {
                if covers == Tri::Unknown {
                    add_leaf(leaves, leaf);
                }
                having.unknown_leaves(role, leaves);
            }
        }
    }

    /// What is unknown about the assignments of roles that matter.
    fn holding_leaves(&self, leaves: &mut Leaves, matters: impl Fn(&RoleSet) -> bool) {
        for (role, covers, leaf) in self.assignments() {
            if covers == Tri::Unknown && self.engine.hierarchy.closure(role).is_some_and(&matters) {
                add_leaf(leaves, leaf);
            }
        }
    }

    /// The roles that the subject is assigned and that have not ended, whether they reach the resource, and what is
    /// unknown if that is.
    fn assignments(&self) -> impl Iterator<Item = (Id<Role>, Tri, Symbol)> {
        let (engine, request) = (self.engine, self.request);
        let stored = request.subject.as_ref().and_then(|subject| subject.stored);
        let stored = stored.map_or(&[][..], |entity| &entity.assignments).iter();
        let current = stored
            .filter(move |assignment| assignment.expires.is_none_or(|expires| request.now < expires))
            .filter_map(move |assignment| {
                let role = *engine.roles.get(&assignment.role)?;
                Some((role, covers(request, assignment.reach), reach_leaf(assignment.reach)))
            });
        current.chain(request.assigned.iter().map(|(role, covers)| (*role, *covers, organization_leaf())))
    }
}

/// The attribute that is unknown when a reach is.
fn reach_leaf(reach: Reach) -> Symbol {
    match reach {
        Reach::Scope(_) => organization_leaf(),
        Reach::Personal => Symbol::intern("resource.owner"),
    }
}
