//! Sums, differences and products.

use super::Leaves;
use super::frame::Frame;
use super::reading::{Operand, Reading, Scalar};
use crate::language::policy::Operator;
use crate::model::duration::MICROS_PER_DAY;
use crate::model::{Date, Duration, Instant};

/// A chain that is worked out from the left: `a + b - c`.
#[derive(Debug)]
pub(super) struct Arithmetic {
    pub(super) first: Box<Operand>,
    pub(super) rest: Box<[(Operator, Operand)]>,
}

impl Arithmetic {
    /// Invalid if an operand is unknown, and if a result is beyond what its type holds.
    pub(super) fn read(&self, frame: Frame<'_>) -> Reading<'static> {
        let result = || {
            let mut result = self.first.read(frame).scalar()?;
            for (operator, operand) in &self.rest {
                result = apply(result, *operator, operand.read(frame).scalar()?)?;
            }
            Some(result)
        };
        result().map_or(Reading::Invalid, Reading::Scalar)
    }

    /// Names the operands that are unknown; if none is, the result is out of bounds by way of all of them.
    pub(super) fn unknown_leaf(&self, frame: Frame<'_>, leaves: &mut Leaves) {
        if self.operands().all(|operand| operand.is_known(frame)) {
            self.name_leaf(leaves);
        } else {
            self.operands().for_each(|operand| operand.unknown_leaf(frame, leaves));
        }
    }

    pub(super) fn name_leaf(&self, leaves: &mut Leaves) {
        self.operands().for_each(|operand| operand.name_leaf(leaves));
    }

    pub(super) fn operands(&self) -> impl Iterator<Item = &Operand> {
        std::iter::once(&*self.first).chain(self.rest.iter().map(|(_, operand)| operand))
    }
}

fn apply(left: Scalar, operator: Operator, right: Scalar) -> Option<Scalar> {
    match (left, operator, right) {
        (Scalar::Int(left), Operator::Add, Scalar::Int(right)) => left.checked_add(right).map(Scalar::Int),
        (Scalar::Int(left), Operator::Subtract, Scalar::Int(right)) => {
            left.checked_sub(right).map(Scalar::Int)
        }
        (Scalar::Int(left), Operator::Multiply, Scalar::Int(right)) => {
            left.checked_mul(right).map(Scalar::Int)
        }
        (Scalar::Instant(instant), Operator::Add, Scalar::Duration(duration))
        | (Scalar::Duration(duration), Operator::Add, Scalar::Instant(instant)) => {
            instant.micros().checked_add(duration.micros()).map(Instant::from_micros).map(Scalar::Instant)
        }
        (Scalar::Instant(instant), Operator::Subtract, Scalar::Duration(duration)) => {
            instant.micros().checked_sub(duration.micros()).map(Instant::from_micros).map(Scalar::Instant)
        }
        (Scalar::Instant(left), Operator::Subtract, Scalar::Instant(right)) => {
            left.micros().checked_sub(right.micros()).map(Duration::from_micros).map(Scalar::Duration)
        }
        (Scalar::Date(date), Operator::Add, Scalar::Duration(duration))
        | (Scalar::Duration(duration), Operator::Add, Scalar::Date(date)) => {
            Date::from_days(date.days().checked_add(whole_days(duration)?)?).map(Scalar::Date)
        }
        (Scalar::Date(date), Operator::Subtract, Scalar::Duration(duration)) => {
            Date::from_days(date.days().checked_sub(whole_days(duration)?)?).map(Scalar::Date)
        }
        (Scalar::Date(left), Operator::Subtract, Scalar::Date(right)) => {
            let micros = (left.days() - right.days()).checked_mul(MICROS_PER_DAY)?;
            Some(Scalar::Duration(Duration::from_micros(micros)))
        }
        (Scalar::Duration(left), Operator::Add, Scalar::Duration(right)) => {
            left.micros().checked_add(right.micros()).map(Duration::from_micros).map(Scalar::Duration)
        }
        (Scalar::Duration(left), Operator::Subtract, Scalar::Duration(right)) => {
            left.micros().checked_sub(right.micros()).map(Duration::from_micros).map(Scalar::Duration)
        }
        _ => None,
    }
}

/// A date has no hours that a part of a day could be added to.
fn whole_days(duration: Duration) -> Option<i64> {
    (duration.micros() % MICROS_PER_DAY == 0).then(|| duration.micros() / MICROS_PER_DAY)
}
