//! Arithmetic with nothing but literals in it.

use crate::language::policy::{Operand, Operator};
use crate::model::duration::MICROS_PER_DAY;
use crate::model::{Date, Duration, Instant, Value};

/// What an operand is whatever is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Folded {
    Value(Value),
    /// A result is beyond what its type holds.
    Unknown,
}

/// Nothing if that hangs on the request, the facts or the clock.
pub(super) fn fold(operand: &Operand) -> Option<Folded> {
    match operand {
        Operand::Literal(value) => Some(Folded::Value(value.clone())),
        Operand::Arithmetic(first, rest) => {
            let Folded::Value(mut result) = fold(first)? else { return Some(Folded::Unknown) };
            for (operator, part) in rest {
                let Folded::Value(part) = fold(part)? else { return Some(Folded::Unknown) };
                let Some(next) = apply(&result, *operator, &part) else { return Some(Folded::Unknown) };
                result = next;
            }
            Some(Folded::Value(result))
        }
        Operand::Now
        | Operand::NowAnd(..)
        | Operand::WallClock(..)
        | Operand::Combined(..)
        | Operand::Variable(..)
        | Operand::Party(_)
        | Operand::Path(_)
        | Operand::OrElse(..) => None,
    }
}

fn apply(left: &Value, operator: Operator, right: &Value) -> Option<Value> {
    let (one, other) = (number(left)?, number(right)?);
    let result = match operator {
        Operator::Add => one + other,
        Operator::Subtract => one - other,
        Operator::Multiply => one.checked_mul(other)?,
    };
    let micros = i64::try_from(result).ok();
    match (left, right) {
        (Value::Int(_), Value::Int(_)) => micros.map(Value::Int),
        (Value::Instant(_), Value::Instant(_)) | (Value::Duration(_), Value::Duration(_)) => {
            micros.map(Duration::from_micros).map(Value::Duration)
        }
        (Value::Instant(_), _) | (_, Value::Instant(_)) => {
            micros.map(Instant::from_micros).map(Value::Instant)
        }
        (Value::Date(_), Value::Date(_)) => micros.map(Duration::from_micros).map(Value::Duration),
        (Value::Date(_), _) | (_, Value::Date(_)) => {
            let micros = micros.filter(|micros| micros % MICROS_PER_DAY == 0)?;
            Date::from_days(micros / MICROS_PER_DAY).map(Value::Date)
        }
        _ => None,
    }
}

/// The value as a number: of microseconds, where it is about time.
fn number(value: &Value) -> Option<i128> {
    match value {
        Value::Int(number) => Some(i128::from(*number)),
        Value::Instant(instant) => Some(i128::from(instant.micros())),
        Value::Duration(duration) => Some(i128::from(duration.micros())),
        Value::Date(date) => Some(i128::from(date.days()) * i128::from(MICROS_PER_DAY)),
        _ => None,
    }
}
