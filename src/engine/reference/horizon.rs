//! How long an answer must hold at least.

use super::reading::Datum;
use super::{Case, clock};
use crate::engine::Question;
use crate::facts::Facts;
use crate::language::policy::{Comparison, Expr, Operand, Operator, Policy};
use crate::model::Instant;

/// The earliest instant after `now` at which anything changes that the answer could hang on: a window or a comparison
/// with `now` in any candidate or a constraint of a role the subject has, an assignment or a grant of the subject. None if nothing ever does.
pub fn flip_bound(policy: &Policy, facts: &Facts, question: &Question<'_>) -> Option<Instant> {
    let case = Case::new(policy, facts, question).ok()?;
    let mut flips = Vec::new();
    for (_, rule) in case.rules() {
        for condition in [&rule.when, &rule.unless].into_iter().flatten() {
            case.flips(condition, &mut flips);
        }
    }
    for constraint in case.constraints() {
        for condition in [&constraint.when, &constraint.unless].into_iter().flatten() {
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
            Expr::Compare(comparison, now @ (Operand::Now | Operand::NowAnd(..)), other) => {
                self.passes(*comparison, now, other, true, flips);
            }
            Expr::Compare(comparison, other, now @ (Operand::Now | Operand::NowAnd(..))) => {
                self.passes(*comparison, now, other, false, flips);
            }
            Expr::Compare(comparison, Operand::WallClock(part, zone), other)
            | Expr::Compare(comparison, other, Operand::WallClock(part, zone)) => {
                let Some(other) = self.operand(other) else { return };
                let clock_first = matches!(condition, Expr::Compare(_, Operand::WallClock(..), _));
                let holds = |now| {
                    let reading = clock::reading(*part, zone.name(), now)?;
                    let (left, right) = if clock_first { (&reading, &other) } else { (&other, &reading) };
                    super::condition::compare(*comparison, left, right)
                };
                flips.extend(clock::next_change(zone.name(), &other, self.question.now, holds));
            }
            Expr::Quantified(quantified) => {
                for case in self.elements(quantified).unwrap_or_default() {
                    case.flips(&quantified.body, flips);
                }
            }
            Expr::Literal(_)
            | Expr::Truth(_)
            | Expr::Compare(..)
            | Expr::Member(..)
            | Expr::Within(..)
            | Expr::Sets(..)
            | Expr::Address(..)
            | Expr::InNetwork(..)
            | Expr::Like(..)
            | Expr::Matches(..)
            | Expr::Has(_)
            | Expr::Is(..) => {}
        }
    }

    /// `now < t` and `now >= t` flip when the clock comes to `t`, `now <= t` and `now > t` when it has passed it;
    /// `now + d < t` does when the clock comes to `t - d`.
    fn passes(
        &self,
        comparison: Comparison,
        now: &'a Operand,
        other: &'a Operand,
        now_first: bool,
        flips: &mut Vec<Instant>,
    ) {
        let Some(Datum::Instant(at)) = self.operand(other) else { return };
        let ahead = match now {
            Operand::NowAnd(operator, duration) => {
                let Some(Datum::Duration(by)) = self.operand(duration) else { return };
                i128::from(by.micros()) * if *operator == Operator::Subtract { -1 } else { 1 }
            }
            _ => 0,
        };
        let at = i128::from(at.micros()) - ahead;
        let passing: &[i128] = match (comparison, now_first) {
            (Comparison::Less | Comparison::GreaterOrEqual, true)
            | (Comparison::LessOrEqual | Comparison::Greater, false) => &[at],
            (Comparison::LessOrEqual | Comparison::Greater, true)
            | (Comparison::Less | Comparison::GreaterOrEqual, false) => &[at + 1],
            (Comparison::Equal | Comparison::NotEqual, _) => &[at, at + 1],
        };
        // Where the sum begins to fit its type, and where it ends to.
        let bounds = [i128::from(i64::MIN) - ahead, i128::from(i64::MAX) - ahead + 1];
        let instants = passing.iter().copied().chain(bounds);
        flips.extend(instants.filter_map(|micros| i64::try_from(micros).ok()).map(Instant::from_micros));
    }
}
