//! Targets, names and rules that stand there twice.

use std::collections::HashMap;

use super::{Written, called, head};
use crate::document::{Code, Diagnostic, Span};
use crate::language::check::names::{Declared, Site};
use crate::language::check::report::{Report, shortened};
use crate::language::check::roles::permissions;
use crate::language::policy::{Effect, Rule, Targets};
use crate::language::syntax::tree::{self, ClauseKind, Qualified, RoleClauseKind, Target};
use crate::model::Id;
use crate::model::schema::{Package, Permission};

/// How many permissions and rules are looked at.
const STEPS_MAX: usize = 1_000_000;

pub(super) fn lint(written: &Written<'_, '_, '_>, report: &mut Report) {
    let declarations = written.declarations;
    let mut steps_left = STEPS_MAX;
    for Declared { site, node } in &declarations.roles {
        references(&node.parents, report);
        targets(written, *site, &node.permissions, &mut steps_left, report);
        for clause in &node.clauses {
            if let RoleClauseKind::Only(only) = &clause.kind {
                targets(written, *site, only, &mut steps_left, report);
            }
        }
    }
    for Declared { site, node } in &declarations.permission_sets {
        targets(written, *site, &node.targets, &mut steps_left, report);
    }
    for Declared { site, node } in &declarations.rules {
        targets(written, *site, &node.targets, &mut steps_left, report);
        for clause in &node.clauses {
            if let ClauseKind::To(roles) | ClauseKind::Except(roles) = &clause.kind {
                references(roles, report);
            }
        }
    }
    rules(written, &mut steps_left, report);
}

fn references(names: &[Qualified<'_>], report: &mut Report) {
    twice(names.iter().map(|name| (name.to_string(), name.span())), report);
}

/// Names that stand twice in one list.
fn twice(names: impl Iterator<Item = (String, Span)>, report: &mut Report) {
    let mut first: HashMap<String, Span> = HashMap::new();
    for (name, span) in names {
        if let Some(first) = first.get(&name) {
            report.add(
                Diagnostic::warning(Code::Repeated, format!("`{name}` stands here twice"))
                    .at(span, "")
                    .related(*first, "the first time"),
            );
        } else {
            first.insert(name, span);
        }
    }
}

/// Targets whose permissions are all among those of others of the list.
fn targets<'a>(
    written: &Written<'_, '_, 'a>,
    site: Site,
    targets: &[Target<'a>],
    steps_left: &mut usize,
    report: &mut Report,
) {
    for target in targets {
        if let Target::Permission(permission) = target {
            let actions = permission.actions.iter().flatten();
            twice(actions.map(|action| (action.text.to_owned(), action.span)), report);
        }
    }
    if targets.len() < 2 {
        return;
    }
    let mut meant: Vec<Vec<Id<Permission>>> = Vec::with_capacity(targets.len());
    let mut counts: HashMap<Id<Permission>, usize> = HashMap::new();
    // What is wrong with them has been said.
    let mut said = Report::new(Vec::new(), false);
    for target in targets {
        let target = std::slice::from_ref(target);
        let own = permissions(site, target, &written.policy.schema, written.names, &mut said);
        let Some(left) = steps_left.checked_sub(1 + own.len()) else { return };
        *steps_left = left;
        for permission in &own {
            *counts.entry(*permission).or_default() += 1;
        }
        meant.push(own);
    }
    let is_elsewhere = |counts: &HashMap<_, usize>, permission: &Id<Permission>| {
        counts.get(permission).is_some_and(|count| *count > 1)
    };
    // Of two that are the same it is the later that is too much.
    for (number, (target, own)) in targets.iter().zip(&meant).enumerate().rev() {
        if own.is_empty() || !own.iter().all(|permission| is_elsewhere(&counts, permission)) {
            continue;
        }
        for permission in own {
            counts.entry(*permission).and_modify(|count| *count -= 1);
        }
        let other = meant.iter().zip(targets).enumerate().find(|(other, (meant, _))| {
            *other != number && own.iter().any(|permission| meant.binary_search(permission).is_ok())
        });
        let text = shortened(written.sources.text(target.span()));
        let diagnostic = Diagnostic::warning(Code::Repeated, format!("`{text}` adds nothing to this list"))
            .at(target.span(), "");
        report.add(match other {
            Some((_, (_, other))) => diagnostic.related(other.span(), "is here already"),
            None => diagnostic,
        });
    }
}

/// Rules that do the same as another.
fn rules(written: &Written<'_, '_, '_>, steps_left: &mut usize, report: &mut Report) {
    type Likeness<'r> = (Id<Package>, Effect, Option<&'r Id<Permission>>);
    let mut alike: HashMap<Likeness<'_>, Vec<(&Rule, &tree::Rule<'_>)>> = HashMap::new();
    let mut in_order: Vec<_> = written.rules.iter().map(|(_, rule, node)| (*rule, *node)).collect();
    in_order.sort_by_key(|(rule, _)| rule.span);
    for (rule, node) in in_order {
        let first = match &rule.targets {
            Targets::Package => None,
            Targets::Permissions(permissions) => permissions.first(),
        };
        let others = alike.entry((rule.package, rule.effect, first)).or_default();
        let Some(left) = steps_left.checked_sub(1 + others.len()) else { return };
        *steps_left = left;
        if let Some((other, place)) = others.iter().find(|(other, _)| does_the_same(rule, other)) {
            report.add(
                Diagnostic::warning(
                    Code::Repeated,
                    format!("{} does the same as another rule", called(rule)),
                )
                .at(head(node), "")
                .related(head(place), format!("as {}", called(other)))
                .help("take one of them out"),
            );
        } else {
            others.push((rule, node));
        }
    }
}

/// Whether two rules decide alike; what they say of it may differ.
fn does_the_same(one: &Rule, other: &Rule) -> bool {
    one.targets == other.targets
        && one.audience == other.audience
        && one.except == other.except
        && one.when == other.when
        && one.unless == other.unless
        && one.priority == other.priority
        && one.obligations == other.obligations
        && one.advice == other.advice
        && one.is_overridable == other.is_overridable
}
