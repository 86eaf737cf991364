//! The clauses of a rule as YAML has them: each key stands once.

use crate::language::syntax::tree::{
    Clause, ClauseKind, Expr, ExprKind, Role, RoleClause, RoleClauseKind, Rule,
};
use crate::language::syntax::yaml::reaches_right;

/// The rule with its clauses of one kind side by side, and what several `unless` say in one, joined with `or`. It decides
/// the same.
pub(in crate::language::syntax::print) fn gathered<'a>(rule: &Rule<'a>) -> Rule<'a> {
    let mut groups: Vec<Vec<Clause<'a>>> = Vec::new();
    for clause in &rule.clauses {
        let is_same = |group: &&mut Vec<Clause<'a>>| {
            group.first().is_some_and(|first| is_same_key(&first.kind, &clause.kind))
        };
        match groups.iter_mut().find(is_same) {
            Some(group) => group.push(clause.clone()),
            None => groups.push(vec![clause.clone()]),
        }
    }
    let clauses = groups.into_iter().flat_map(|group| {
        let conditions = group.iter().map(|clause| match &clause.kind {
            ClauseKind::Unless(condition) => Some(condition.clone()),
            _ => None,
        });
        match (any(conditions.collect()), group.as_slice()) {
            (Some(condition), [first, .., _]) => {
                vec![Clause { kind: ClauseKind::Unless(condition), span: first.span }]
            }
            _ => group,
        }
    });
    Rule { clauses: clauses.collect(), ..rule.clone() }
}

/// The role with its clauses in the order in which YAML is read, and what several `unless` say in one.
pub(in crate::language::syntax::print) fn gathered_role<'a>(role: &Role<'a>) -> Role<'a> {
    let mut clauses = role.clauses.clone();
    clauses.sort_by_key(|clause| match clause.kind {
        RoleClauseKind::Only(_) => 0,
        RoleClauseKind::In(_) => 1,
        RoleClauseKind::When(_) => 2,
        RoleClauseKind::Unless(_) => 3,
    });
    let start = clauses.partition_point(|clause| !matches!(clause.kind, RoleClauseKind::Unless(_)));
    let last = clauses.split_off(start);
    let conditions = last.iter().map(|clause| match &clause.kind {
        RoleClauseKind::Unless(condition) => Some(condition.clone()),
        _ => None,
    });
    match (any(conditions.collect()), last.as_slice()) {
        (Some(condition), [first, .., _]) => {
            clauses.push(RoleClause { kind: RoleClauseKind::Unless(condition), span: first.span });
        }
        _ => clauses.extend(last),
    }
    Role { clauses, ..role.clone() }
}

fn is_same_key(one: &ClauseKind<'_>, other: &ClauseKind<'_>) -> bool {
    let is_audience = |kind: &ClauseKind<'_>| matches!(kind, ClauseKind::To(_) | ClauseKind::Anyone);
    std::mem::discriminant(one) == std::mem::discriminant(other) || is_audience(one) && is_audience(other)
}

/// What holds if one of the conditions does, as the grammar reads it; none if there are none.
fn any(conditions: Option<Vec<Expr<'_>>>) -> Option<Expr<'_>> {
    let conditions = conditions?;
    let span = conditions.first()?.span.to(conditions.last()?.span);
    let mut parts = Vec::new();
    for condition in conditions {
        let (span, is_open) = (condition.span, condition.is_open());
        match condition.kind {
            ExprKind::Or(inner) if !is_open => parts.extend(inner),
            kind if is_open || reaches_right(&kind) => {
                parts.push(Expr { kind: ExprKind::Group(Box::new(Expr { kind, span })), span });
            }
            kind => parts.push(Expr { kind, span }),
        }
    }
    Some(Expr { kind: ExprKind::Or(parts), span })
}
