//! Sets of values: relations between them, and what they are put together to.

use super::conditions::{Conditions, Kind, Typed};
use crate::document::{Code, Diagnostic, Span};
use crate::language::policy::{Expr, Operand, SetOperator, SetRelation};
use crate::language::syntax::tree::{self, ExprKind, Literal, LiteralKind, SetSign};
use crate::model::Type;

impl<'a> Conditions<'_, '_, '_, 'a> {
    /// `x subset of y`, `x overlaps y`.
    pub(super) fn sets(
        &mut self,
        left: &tree::Expr<'a>,
        relation: SetRelation,
        sign: Span,
        right: &tree::Expr<'a>,
    ) -> Option<Expr> {
        let (left, right) = self.sides(left, right);
        let (left, right) = (left?, right?);
        let word = match relation {
            SetRelation::Subset => "subset of",
            SetRelation::Overlaps => "overlaps",
        };
        self.check_sets(&left, word, sign, &right)?;
        Some(Expr::Sets(relation, left.operand, right.operand))
    }

    /// A chain of `union`, `intersect` and `minus`.
    pub(super) fn combined(
        &mut self,
        first: &tree::Expr<'a>,
        rest: &[(SetSign, tree::Expr<'a>)],
        span: Span,
    ) -> Option<Typed> {
        let nodes: Vec<&tree::Expr<'a>> =
            std::iter::once(first).chain(rest.iter().map(|(_, part)| part)).collect();
        let is_open = |node: &tree::Expr<'a>| empty(node).is_some();
        // `[]` alone says nothing of its type: it takes that of the others. All are looked at, so that all mistakes
        // are told.
        let all_open = nodes.iter().all(|node| is_open(node));
        let mut parts: Vec<Option<Typed>> = nodes
            .iter()
            .map(|node| if is_open(node) && !all_open { None } else { self.operand(node) })
            .collect();
        if nodes.iter().zip(&parts).any(|(node, part)| part.is_none() && (all_open || !is_open(node))) {
            return None;
        }
        let typed = parts.iter().flatten().next()?.clone();
        for (node, part) in nodes.iter().zip(&mut parts) {
            if let (Some(literal), None) = (empty(node), &part) {
                *part = self.empty_like(literal, &typed);
            }
        }
        let mut parts = parts.into_iter().collect::<Option<Vec<_>>>()?.into_iter();
        let first = parts.next()?;
        let mut operands = Vec::with_capacity(rest.len());
        for ((sign, _), part) in rest.iter().zip(parts) {
            let word = match sign.operator {
                SetOperator::Union => "union",
                SetOperator::Intersect => "intersect",
                SetOperator::Minus => "minus",
            };
            self.check_sets(&first, word, sign.span, &part)?;
            operands.push((sign.operator, part.operand));
        }
        Some(Typed { operand: Operand::Combined(Box::new(first.operand), operands), kind: first.kind, span })
    }

    /// Whether both are sets, and of one type.
    fn check_sets(&mut self, left: &Typed, word: &str, sign: Span, right: &Typed) -> Option<()> {
        for side in [left, right] {
            match side.kind {
                Kind::Now => {
                    self.misplaced_now(side.span);
                    return None;
                }
                Kind::WallClock(_) => return self.misplaced_wall_clock(side),
                Kind::Value(_) | Kind::Party(_) => {}
            }
            if !matches!(side.kind, Kind::Value(Type::Set(_))) {
                let message =
                    format!("`{word}` stands between two sets, and {} is none", self.described(side));
                self.report.add(
                    Diagnostic::error(Code::TypeMismatch, message)
                        .at(sign, "")
                        .help("ask for one element with `in`, or write it as a set: `[…]`"),
                );
                return None;
            }
        }
        if left.kind != right.kind {
            let message = format!(
                "`{word}` stands between sets of one type, not between {} and {}",
                self.described(left),
                self.described(right)
            );
            let problem = Diagnostic::error(Code::TypeMismatch, message).at(sign, "");
            self.report.add(problem);
            return None;
        }
        Some(())
    }

    /// The operands of a comparison; `[]` is of the type of what it is compared with.
    pub(super) fn sides(
        &mut self,
        left: &tree::Expr<'a>,
        right: &tree::Expr<'a>,
    ) -> (Option<Typed>, Option<Typed>) {
        match (empty(left), empty(right)) {
            (Some(literal), None) => {
                let right = self.operand(right);
                (right.as_ref().and_then(|right| self.empty_like(literal, right)), right)
            }
            (None, Some(literal)) => {
                let left = self.operand(left);
                let right = left.as_ref().and_then(|left| self.empty_like(literal, left));
                (left, right)
            }
            _ => (self.operand(left), self.operand(right)),
        }
    }

    fn empty_like(&mut self, literal: &Literal<'a>, other: &Typed) -> Option<Typed> {
        let expected = match &other.kind {
            Kind::Value(ty) => Some(ty),
            Kind::Party(_) | Kind::Now | Kind::WallClock(_) => None,
        };
        let (value, ty) = self.literal(literal, expected)?;
        Some(Typed { operand: Operand::Literal(value), kind: Kind::Value(ty), span: literal.span })
    }
}

/// A set without elements, with or without parentheses.
fn empty<'e, 'a>(expr: &'e tree::Expr<'a>) -> Option<&'e Literal<'a>> {
    match &expr.kind {
        ExprKind::Group(inner) => empty(inner),
        ExprKind::Literal(literal) => match &literal.kind {
            LiteralKind::Set(items) if items.is_empty() => Some(literal),
            _ => None,
        },
        _ => None,
    }
}
