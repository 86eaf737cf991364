//! How long an answer must hold at least.

use super::reading::Datum;
use super::{Case, clock};
use crate::engine::Question;
use crate::facts::Facts;
use crate::language::policy::{Comparison, Expr, Operand, Policy};
use crate::model::Instant;

/// The earliest instant after `now` at which anything changes that the answer could hang on: a window or a comparison
/// with `now` in any candidate, an assignment or a grant of the subject. None if nothing ever does.
pub fn flip_bound(policy: &Policy, facts: &Facts, question: &Question<'_>) -> Option<Instant> {
    let case = Case::new(policy, facts, question).ok()?;
    let mut flips = Vec::new();
    for (_, rule) in case.rules() {
        for condition in [&rule.when, &rule.unless].into_iter().flatten() {
            case.flips(condition, &mut flips);
        }
    }
    flips.extend(case.all_assignments().iter().filter_map(|assignment| assignment.expires));
    flips.extend(case.all_grants().iter().filter_map(|grant| grant.expires));
    flips.into_iter().filter(|flip| *flip > question.now).min()
}

impl<'a> Case<'a> {
    fn flips(&self, condition: &'a Expr, flips: &mut Vec<Instant>) {
        match condition {
            Expr::Not(inner) => self.flips(inner, flips),
            Expr::And(parts) | Expr::Or(parts) => {
                for part in parts {
                    self.flips(part, flips);
                }
            }
            Expr::Open(window) => {
                let window = &self.policy.windows.row(*window).window;
                flips.extend(clock::next_flip(window, self.question.now));
            }
            Expr::Compare(comparison, Operand::Now, other) => self.passes(*comparison, other, true, flips),
            Expr::Compare(comparison, other, Operand::Now) => self.passes(*comparison, other, false, flips),
            Expr::Literal(_)
            | Expr::Truth(_)
            | Expr::Compare(..)
            | Expr::Member(..)
            | Expr::Within(..)
            | Expr::Address(..)
            | Expr::Has(_)
            | Expr::Is(..) => {}
        }
    }

    /// `now < t` and `now >= t` flip when the clock comes to `t`, `now <= t` and `now > t` when it has passed it.
    fn passes(&self, comparison: Comparison, other: &'a Operand, now_first: bool, flips: &mut Vec<Instant>) {
        let Some(Datum::Instant(at)) = self.operand(other) else { return };
        let after = Instant::from_micros(at.micros().saturating_add(1));
        match (comparison, now_first) {
            (Comparison::Less | Comparison::GreaterOrEqual, true)
            | (Comparison::LessOrEqual | Comparison::Greater, false) => flips.push(at),
            (Comparison::LessOrEqual | Comparison::Greater, true)
            | (Comparison::Less | Comparison::GreaterOrEqual, false) => flips.push(after),
            (Comparison::Equal | Comparison::NotEqual, _) => flips.extend([at, after]),
        }
    }
}
