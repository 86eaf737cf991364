//! Relations between sets of values.

use super::conditions::{Conditions, Kind, Typed, described};
use crate::document::{Code, Diagnostic, Span};
use crate::language::policy::{Expr, Operand, SetRelation};
use crate::language::syntax::tree::{self, ExprKind, Literal, LiteralKind};
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
        for side in [&left, &right] {
            if side.kind == Kind::Now {
                self.misplaced_now(side.span);
                return None;
            }
            if !matches!(side.kind, Kind::Value(Type::Set(_))) {
                let message = format!("`{word}` stands between two sets, and {} is none", described(side));
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
                described(&left),
                described(&right)
            );
            self.report.error(Code::TypeMismatch, sign, message);
            return None;
        }
        Some(Expr::Sets(relation, left.operand, right.operand))
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

fn empty<'e, 'a>(expr: &'e tree::Expr<'a>) -> Option<&'e Literal<'a>> {
    match &expr.kind {
        ExprKind::Literal(literal) => match &literal.kind {
            LiteralKind::Set(items) if items.is_empty() => Some(literal),
            _ => None,
        },
        _ => None,
    }
}
