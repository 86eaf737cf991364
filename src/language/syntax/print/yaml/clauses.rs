//! The clauses of a rule as YAML has them: each key stands once.

use crate::language::syntax::tree::{
    Clause, ClauseKind, Expr, ExprKind, Role, RoleClause, RoleClauseKind, Rule,
};
use crate::language::syntax::yaml::reaches_right;

/// The rule with its clauses of one kind side by side, and what several `unless` say in one, joined with `or`. It decides
/// the same.
pub(in crate::language::syntax::print) fn gathered<'a>(rule: &Rule<'a>) -> Rule<'a> {
    let mut clauses: Vec<Clause<'a>> = Vec::with_capacity(rule.clauses.len());
    for clause in &rule.clauses {
        let last = clauses.iter().rposition(|known| is_same_key(&known.kind, &clause.kind));
        let known = last.and_then(|last| clauses.get_mut(last));
        match (known, last) {
            (Some(Clause { kind: ClauseKind::Unless(before), .. }), _) => {
                if let ClauseKind::Unless(condition) = &clause.kind {
                    *before = either(before, condition);
                }
            }
            (Some(_), Some(last)) => clauses.insert(last + 1, clause.clone()),
            _ => clauses.push(clause.clone()),
        }
    }
    Rule { clauses, ..rule.clone() }
}

/// The role with its clauses in the order in which YAML is read, and what several `unless` say in one.
pub(in crate::language::syntax::print) fn gathered_role<'a>(role: &Role<'a>) -> Role<'a> {
    let mut clauses: Vec<RoleClause<'a>> = Vec::with_capacity(role.clauses.len());
    let mut sorted: Vec<&RoleClause<'a>> = role.clauses.iter().collect();
    sorted.sort_by_key(|clause| match clause.kind {
        RoleClauseKind::Only(_) => 0,
        RoleClauseKind::In(_) => 1,
        RoleClauseKind::When(_) => 2,
        RoleClauseKind::Unless(_) => 3,
    });
    for clause in sorted {
        match (clauses.last_mut().map(|last| &mut last.kind), &clause.kind) {
            (Some(RoleClauseKind::Unless(before)), RoleClauseKind::Unless(condition)) => {
                *before = either(before, condition);
            }
            _ => clauses.push(clause.clone()),
        }
    }
    Role { clauses, ..role.clone() }
}

fn is_same_key(one: &ClauseKind<'_>, other: &ClauseKind<'_>) -> bool {
    match one {
        ClauseKind::To(_) | ClauseKind::Anyone => matches!(other, ClauseKind::To(_) | ClauseKind::Anyone),
        ClauseKind::Named(_)
        | ClauseKind::Except(_)
        | ClauseKind::When(_)
        | ClauseKind::Unless(_)
        | ClauseKind::Priority(_)
        | ClauseKind::Because(_)
        | ClauseKind::Advise(_)
        | ClauseKind::Oblige(_)
        | ClauseKind::Overridable => std::mem::discriminant(one) == std::mem::discriminant(other),
    }
}

/// What holds if one of two conditions does, as the grammar reads it.
fn either<'a>(one: &Expr<'a>, other: &Expr<'a>) -> Expr<'a> {
    let mut parts = Vec::new();
    for condition in [one, other] {
        match &condition.kind {
            ExprKind::Or(inner) => parts.extend(inner.iter().cloned()),
            kind if reaches_right(kind) => {
                let inner = Box::new(condition.clone());
                parts.push(Expr { kind: ExprKind::Group(inner), span: condition.span });
            }
            _ => parts.push(condition.clone()),
        }
    }
    Expr { kind: ExprKind::Or(parts), span: one.span.to(other.span) }
}
