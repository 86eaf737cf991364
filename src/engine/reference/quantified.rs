//! `any` and `all`: the condition is written out for each element, with the element in place of the variable.

use super::reading::Datum;
use super::{Case, Outcome, add};
use crate::language::policy::{Expr, Operand, Quantified, Quantifier};
use crate::model::Symbol;

impl<'a> Case<'a> {
    pub(super) fn quantified(&self, quantified: &'a Quantified) -> Outcome {
        let Some(elements) = self.elements(quantified) else {
            return Outcome::unknown(self.leaves(&quantified.set));
        };
        let parts = elements.iter().map(|case| case.evaluate(&quantified.body)).collect();
        let outcome = match quantified.quantifier {
            Quantifier::Any => Outcome::any(parts),
            Quantifier::All => Outcome::all(parts),
        };
        // Elements have no order, so what is unknown about them is named as it stands in the condition.
        let mut written = Vec::new();
        all_leaves(&quantified.body, &mut written);
        written.retain(|leaf| outcome.leaves.contains(leaf));
        Outcome { leaves: written, ..outcome }
    }

    /// The same question for each element; nothing if nobody knows which there are.
    pub(super) fn elements(&self, quantified: &'a Quantified) -> Option<Vec<Case<'a>>> {
        let Datum::Set(items) = self.operand(&quantified.set)? else { return None };
        let with = |item: Datum<'a>| {
            let mut case = self.clone();
            case.variables.truncate(quantified.variable);
            case.variables.push(item);
            case
        };
        Some(items.into_iter().map(with).collect())
    }
}

/// Everything that a condition could name, in source order.
fn all_leaves(condition: &Expr, leaves: &mut Vec<Symbol>) {
    match condition {
        Expr::Not(inner) => all_leaves(inner, leaves),
        Expr::And(parts) | Expr::Or(parts) => parts.iter().for_each(|part| all_leaves(part, leaves)),
        Expr::Truth(one) | Expr::Address(one, _) | Expr::Like(one, _) | Expr::Matches(one, _) => {
            operand_leaves(one, leaves);
        }
        Expr::Compare(_, left, right)
        | Expr::Member(left, right)
        | Expr::InNetwork(left, right)
        | Expr::Sets(_, left, right)
        | Expr::Within(left, right) => {
            operand_leaves(left, leaves);
            operand_leaves(right, leaves);
        }
        Expr::Quantified(quantified) => {
            operand_leaves(&quantified.set, leaves);
            all_leaves(&quantified.body, leaves);
        }
        Expr::Has(path) => add(leaves, &[path.text]),
        Expr::Literal(_) | Expr::Open(_) | Expr::Is(..) => {}
    }
}

fn operand_leaves(operand: &Operand, leaves: &mut Vec<Symbol>) {
    match operand {
        Operand::NowAnd(_, duration) => operand_leaves(duration, leaves),
        Operand::Arithmetic(first, rest) => {
            operand_leaves(first, leaves);
            for (_, part) in rest {
                operand_leaves(part, leaves);
            }
        }
        Operand::Combined(first, rest) => {
            operand_leaves(first, leaves);
            for (_, part) in rest {
                operand_leaves(part, leaves);
            }
        }
        other => add(leaves, &super::condition::leaf(other)),
    }
}
