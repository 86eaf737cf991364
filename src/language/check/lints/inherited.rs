//! Denies that reach a role only because it inherits another.

use std::collections::{HashMap, HashSet};

use super::{Written, called, head};
use crate::document::{Code, Diagnostic};
use crate::language::check::report::Report;
use crate::language::policy::{Audience, Effect};
use crate::language::syntax::tree::ClauseKind;
use crate::model::Id;
use crate::model::schema::Role;

/// How many heirs are looked at for all denies.
const STEPS_MAX: usize = 1_000_000;
/// How many roles are named.
const NAMED_MAX: usize = 3;

pub(super) fn lint(written: &Written<'_, '_, '_>, report: &mut Report) {
    let schema = &written.policy.schema;
    let mut heirs: HashMap<Id<Role>, Vec<Id<Role>>> = HashMap::new();
    for (id, role) in schema.roles.iter() {
        for parent in &role.parents {
            heirs.entry(*parent).or_default().push(id);
        }
    }
    let mut steps_left = STEPS_MAX;
    // All that inherit from these, with these.
    let mut closure = |roles: &[Id<Role>]| {
        let mut seen: HashSet<Id<Role>> = roles.iter().copied().collect();
        let mut next = roles.to_vec();
        while let Some(role) = next.pop() {
            let heirs = heirs.get(&role).map_or(&[][..], |heirs| heirs);
            steps_left = steps_left.checked_sub(1 + heirs.len())?;
            next.extend(heirs.iter().filter(|heir| seen.insert(**heir)));
        }
        Some(seen)
    };
    for (_, rule, node) in &written.rules {
        let (Effect::Deny, Audience::Roles(roles)) = (rule.effect, &rule.audience) else { continue };
        let (Some(bound), Some(excepted)) = (closure(roles), closure(&rule.except)) else { return };
        let mut reached: Vec<Id<Role>> =
            bound.difference(&excepted).filter(|role| !roles.contains(role)).copied().collect();
        reached.sort_unstable();
        if reached.is_empty() {
            continue;
        }
        let called_here = |role: &Role| {
            let package = schema.packages.row(role.package).name;
            if role.package == rule.package {
                format!("`{}`", role.bare)
            } else {
                format!("`{package}.{}`", role.bare)
            }
        };
        let names = reached.iter().take(NAMED_MAX).map(|role| called_here(schema.roles.row(*role)));
        let mut names = names.collect::<Vec<_>>().join(", ");
        if let Some(more @ 1..) = reached.len().checked_sub(NAMED_MAX) {
            names = format!("{names} and {more} more");
        }
        let what = if reached.len() == 1 { "which inherits" } else { "which inherit" };
        let clause = node.clauses.iter().find(|clause| matches!(clause.kind, ClauseKind::To(_)));
        report.add(
            Diagnostic::note(
                Code::InheritedDeny,
                format!("{} also binds {names}, {what} a role of its `to`", called(rule)),
            )
            .at(clause.map_or(head(node), |clause| clause.span), "")
            .help("if that is not meant, `except` leaves a role out"),
        );
    }
}
