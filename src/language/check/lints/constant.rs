//! Conditions that are always the same.

use std::collections::{HashMap, HashSet};

use super::{Written, called};
use crate::document::{Code, Diagnostic, Span};
use crate::language::check::names::{Declared, Named, Site};
use crate::language::check::report::Report;
use crate::language::judge::{Judge, Possible, constrained_types, resource_types};
use crate::language::policy::{Effect, Expr, Rule};
use crate::language::syntax::tree::{self, ClauseKind, ExprKind, Qualified, RoleClauseKind};
use crate::model::Id;
use crate::model::schema::EntityType;

/// A condition as it is written and as it was understood, and whether it has to be true or false.
type Clause<'t, 'a, 'e> = (&'t tree::Expr<'a>, &'e Expr, bool);

/// Of longer chains no two parts are held against each other.
const PAIRS_MAX: usize = 32;

struct Lint<'l, 't, 'a> {
    written: &'l Written<'l, 't, 'a>,
    judge: &'l Judge<'l>,
    report: &'l mut Report,
    /// Whether something was found in a definition that was looked at already.
    definitions: HashMap<usize, bool>,
}

/// The rule or role whose conditions are looked at.
struct Around<'r> {
    site: Site,
    /// None in a definition, which may stand in other rules too.
    resources: Option<&'r [Id<EntityType>]>,
    /// What comes of it that they never hold, if so.
    consequence: Option<&'r str>,
}

/// Adds what there is to say; returns the rules whose conditions never hold.
pub(super) fn lint(
    written: &Written<'_, '_, '_>,
    judge: &Judge<'_>,
    report: &mut Report,
) -> HashSet<Id<Rule>> {
    let mut lint = Lint { written, judge, report, definitions: HashMap::new() };
    let mut impossible = HashSet::new();
    for (id, rule, node) in &written.rules {
        if !lint.rule(rule, node) {
            impossible.insert(*id);
        }
    }
    for declared in &written.declarations.roles {
        lint.role(*declared);
    }
    impossible
}

impl<'t, 'a> Lint<'_, 't, 'a> {
    /// Whether the rule's conditions can hold.
    fn rule(&mut self, rule: &Rule, node: &'t tree::Rule<'a>) -> bool {
        let (mut when, mut unless) = (Vec::new(), Vec::new());
        for clause in &node.clauses {
            match &clause.kind {
                ClauseKind::When(condition) => when.push(condition),
                ClauseKind::Unless(condition) => unless.push(condition),
                _ => {}
            }
        }
        let mut clauses = paired(&when, rule.when.as_ref(), true);
        clauses.extend(paired(&unless, rule.unless.as_ref(), false));
        let types = resource_types(self.written.policy, rule);
        let Some(site) = self.written.sites.get(&node.span) else { return true };
        self.together(*site, &types, &clauses, &|can_be_unknown| match rule.effect {
            Effect::Deny if can_be_unknown => {
                format!("{} applies only where something that it reads is unknown", called(rule))
            }
            Effect::Allow | Effect::Deny => format!("{} never applies", called(rule)),
        })
    }

    /// The conditions that narrow a role down.
    fn role(&mut self, Declared { site, node }: Declared<'t, tree::Role<'a>>) {
        let policy = self.written.policy;
        let Some(role) = self.written.names.roles.get(&(site.package, node.name.text)) else { return };
        let Some(constraint) = policy.constraint(*role) else { return };
        let (mut when, mut unless) = (Vec::new(), Vec::new());
        for clause in &node.clauses {
            match &clause.kind {
                RoleClauseKind::When(condition) => when.push(condition),
                RoleClauseKind::Unless(condition) => unless.push(condition),
                RoleClauseKind::Only(_) | RoleClauseKind::In(_) => {}
            }
        }
        let mut clauses = paired(&when, constraint.when.as_ref(), true);
        clauses.extend(paired(&unless, constraint.unless.as_ref(), false));
        let types = constrained_types(policy, constraint);
        self.together(site, &types, &clauses, &|_| {
            format!("the role `{}` never permits anything", node.name.text)
        });
    }

    /// Looks at conditions that have to hold together; whether they can.
    fn together(
        &mut self,
        site: Site,
        types: &[Id<EntityType>],
        clauses: &[Clause<'t, 'a, '_>],
        consequence: &dyn Fn(bool) -> String,
    ) -> bool {
        let goals: Vec<_> = clauses.iter().map(|(_, condition, wanted)| (*condition, *wanted)).collect();
        let can_hold = self.judge.can(&goals, Some(types));
        let consequence = (!can_hold).then(|| {
            let possible = |condition: &Expr| self.judge.possible(condition, Some(types));
            consequence(goals.iter().any(|(condition, _)| possible(condition).unknown))
        });
        let around = Around { site, resources: Some(types), consequence: consequence.as_deref() };
        let mut found = false;
        for (one, condition, _) in clauses {
            found |= self.visit(one, condition, &around);
        }
        if let (false, Some(consequence)) = (found, consequence) {
            self.clauses(clauses, types, consequence);
        }
        can_hold
    }

    /// Clauses that never hold together.
    fn clauses(&mut self, clauses: &[Clause<'t, 'a, '_>], types: &[Id<EntityType>], consequence: String) {
        let pair = pair(clauses, |(_, one, one_wanted), (_, other, other_wanted)| {
            self.judge.can(&[(one, *one_wanted), (other, *other_wanted)], Some(types))
        });
        let diagnostic = match (pair, clauses.first(), clauses.last()) {
            (Some(((first, ..), (second, ..))), ..) => {
                Diagnostic::warning(Code::ConstantCondition, "these two clauses never hold together")
                    .at(second.span, "")
                    .related(first.span, "the other one")
            }
            (None, Some((first, ..)), Some((last, ..))) => {
                Diagnostic::warning(Code::ConstantCondition, "these clauses never hold together")
                    .at(last.span, "")
                    .related(first.span, "from here on")
            }
            _ => return,
        };
        self.report.add(diagnostic.help(consequence));
    }

    /// Whether something was found.
    fn visit(&mut self, node: &'t tree::Expr<'a>, condition: &Expr, around: &Around<'_>) -> bool {
        let parts = match (&node.kind, condition) {
            (ExprKind::Group(inner), _) => return self.visit(inner, condition, around),
            (ExprKind::Not(inner), Expr::Not(condition)) => return self.visit(inner, condition, around),
            (ExprKind::And(nodes), Expr::And(parts)) | (ExprKind::Or(nodes), Expr::Or(parts))
                if nodes.len() == parts.len() =>
            {
                nodes.iter().zip(parts).collect()
            }
            (ExprKind::Reference(_) | ExprKind::Read(_), _) => {
                // What it comes to for the rule is said at the rule.
                let found = node.name().is_some_and(|name| self.definition(name, condition, around.site));
                if found && around.consequence.is_none() {
                    return true;
                }
                Vec::new()
            }
            _ => Vec::new(),
        };
        let mut found = false;
        for (node, part) in &parts {
            found |= self.visit(node, part, around);
        }
        if found {
            return true;
        }
        let possible = self.judge.possible(condition, around.resources);
        if possible.yes && possible.no {
            return false;
        }
        let diagnostic = match (condition, self.pair(condition, &parts, around)) {
            (Expr::And(_), Some((first, second))) => {
                Diagnostic::warning(Code::ConstantCondition, "these two are never true together")
                    .at(second, "")
                    .related(first, "the other one")
            }
            (Expr::Or(_), Some((first, second))) => {
                let message = if possible.unknown {
                    "these two are never false together"
                } else {
                    "one of these two is always true"
                };
                Diagnostic::warning(Code::ConstantCondition, message)
                    .at(second, "")
                    .related(first, "the other one")
            }
            _ => {
                Diagnostic::warning(Code::ConstantCondition, said(possible)).at(node.span, reason(condition))
            }
        };
        self.report.add(match around.consequence {
            Some(consequence) => diagnostic.help(consequence),
            None => diagnostic,
        });
        true
    }

    /// Looks at a definition by itself, the first time that it is met.
    fn definition(&mut self, name: Qualified<'a>, condition: &Expr, site: Site) -> bool {
        let Some(Named::Definition(number)) = self.written.names.value(site, name) else { return false };
        if let Some(found) = self.definitions.get(&number) {
            return *found;
        }
        let definitions = self.written.definitions;
        let Some(node) = definitions.condition(number) else { return false };
        let Some((_, Declared { site, .. })) = definitions.parameters(number) else { return false };
        let around = Around { site, resources: None, consequence: None };
        let found = self.visit(node, condition, &around);
        self.definitions.insert(number, found);
        found
    }

    /// Two parts of an `and` that are never true together, or of an `or` that are never false together.
    fn pair(
        &self,
        condition: &Expr,
        parts: &[(&'t tree::Expr<'a>, &Expr)],
        around: &Around<'_>,
    ) -> Option<(Span, Span)> {
        let wanted = matches!(condition, Expr::And(_));
        let ((first, _), (second, _)) = pair(parts, |(_, one), (_, other)| {
            self.judge.can(&[(one, wanted), (other, wanted)], around.resources)
        })?;
        Some((first.span, second.span))
    }
}

/// Each clause of a kind with what it was understood as.
fn paired<'t, 'a, 'e>(
    written: &[&'t tree::Expr<'a>],
    condition: Option<&'e Expr>,
    wanted: bool,
) -> Vec<Clause<'t, 'a, 'e>> {
    match (condition, written) {
        (Some(condition), [one]) => vec![(one, condition, wanted)],
        (Some(Expr::And(parts) | Expr::Or(parts)), several) if parts.len() == several.len() => {
            several.iter().zip(parts).map(|(one, part)| (*one, part, wanted)).collect()
        }
        _ => Vec::new(),
    }
}

/// The first two that can't be.
fn pair<T>(parts: &[T], can: impl Fn(&T, &T) -> bool) -> Option<(&T, &T)> {
    if parts.len() > PAIRS_MAX {
        return None;
    }
    let pairs = parts
        .iter()
        .enumerate()
        .flat_map(|(number, second)| parts.iter().take(number).map(move |first| (first, second)));
    pairs.into_iter().find(|(first, second)| !can(first, second))
}

fn said(possible: Possible) -> &'static str {
    match (possible.yes, possible.no, possible.unknown) {
        (true, _, true) => "this is never false",
        (true, _, false) => "this is always true",
        (false, true, true) => "this is never true",
        (false, true, false) => "this is always false",
        (false, false, _) => "this is always unknown",
    }
}

/// Why, where that is not to be seen at once.
fn reason(condition: &Expr) -> &'static str {
    match condition {
        Expr::Open(_) => "the window is open all the time",
        Expr::Address(..) => "the network holds every address",
        Expr::Is(..) => "the rule is about nothing else",
        Expr::Compare(_, left, right) if left == right => "both sides are the same",
        _ => "",
    }
}
