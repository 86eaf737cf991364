//! Comparisons with the clock, and when they change.

use super::compare::ordered;
use super::frame::Frame;
use super::reading::{Operand, Scalar};
use super::{Horizon, Leaves};
use crate::language::policy::{Comparison, Operator};
use crate::model::{Instant, Tri};

/// `now`, or `now` plus or minus a duration, against an instant.
#[derive(Debug)]
pub(super) struct ClockTest {
    /// As it is with `now` on the left.
    pub(super) comparison: Comparison,
    /// Whether the author wrote `now` on the left too.
    pub(super) is_now_first: bool,
    pub(super) shift: Option<(Operator, Operand)>,
    pub(super) instant: Operand,
}

/// The end of year 9999: no clock comes so far, and no caller could read what it would read.
const CLOCK_END: i128 = 253_402_300_800_000_000;

impl ClockTest {
    pub(super) fn evaluate(&self, frame: Frame<'_>, horizon: &mut Horizon) -> Tri {
        let Some(Scalar::Instant(instant)) = self.instant.read(frame).scalar() else { return Tri::Unknown };
        let Some(shift) = self.shift_micros(frame) else { return Tri::Unknown };
        // Where it changes on the time line of `now`: sums of two 64-bit numbers fit here.
        let (now, meets) = (i128::from(frame.request.now.micros()), i128::from(instant.micros()) - shift);
        // `now < t` and `now >= t` change when the clock reads `t`, `now <= t` and `now > t` right after it.
        let (at, after) = match self.comparison {
            Comparison::Less | Comparison::GreaterOrEqual => (Some(meets), None),
            Comparison::LessOrEqual | Comparison::Greater => (None, Some(meets + 1)),
            Comparison::Equal | Comparison::NotEqual => (Some(meets), Some(meets + 1)),
        };
        // A sum that overflows is unknown: it comes into its bounds, and it leaves them.
        let (first, last) = (i128::from(i64::MIN) - shift, i128::from(i64::MAX) - shift);
        for flip in [at, after, Some(first), Some(last + 1)].into_iter().flatten() {
            if let (true, Ok(flip)) = (flip > now && flip < CLOCK_END, i64::try_from(flip)) {
                horizon.at(Instant::from_micros(flip));
            }
        }
        match i64::try_from(now + shift) {
            Ok(shifted) => ordered(self.comparison, &shifted, &instant.micros()),
            Err(_) => Tri::Unknown,
        }
    }

    /// Names what is unknown; if nothing is, the sum with `now` overflows.
    pub(super) fn unknown_leaf(&self, frame: Frame<'_>, leaves: &mut Leaves) {
        if self.operands().all(|operand| operand.is_known(frame)) {
            if let Some((_, operand)) = &self.shift {
                operand.name_leaf(leaves);
            }
        } else {
            self.operands().for_each(|operand| operand.unknown_leaf(frame, leaves));
        }
    }

    pub(super) fn name_leaf(&self, leaves: &mut Leaves) {
        self.operands().for_each(|operand| operand.name_leaf(leaves));
    }

    /// In source order.
    fn operands(&self) -> impl Iterator<Item = &Operand> {
        let shift = self.shift.as_ref().map(|(_, operand)| operand);
        let (first, second) =
            if self.is_now_first { (shift, Some(&self.instant)) } else { (Some(&self.instant), shift) };
        [first, second].into_iter().flatten()
    }

    fn shift_micros(&self, frame: Frame<'_>) -> Option<i128> {
        let Some((operator, operand)) = &self.shift else { return Some(0) };
        let Scalar::Duration(duration) = operand.read(frame).scalar()? else { return None };
        let micros = i128::from(duration.micros());
        Some(if *operator == Operator::Subtract { -micros } else { micros })
    }
}
