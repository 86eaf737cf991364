//! Arithmetic in numbers that are wide enough for every result, which is then looked at.

use super::Case;
use super::reading::Datum;
use crate::language::policy::{Operand, Operator};
use crate::model::{Date, Duration, Instant, Symbol};

const DAY: i128 = 24 * 3600 * 1_000_000;

impl<'a> Case<'a> {
    /// The chain's value; nothing if an operand has none or a result does not fit its type.
    pub(super) fn arithmetic(
        &self,
        first: &'a Operand,
        rest: &'a [(Operator, Operand)],
    ) -> Option<Datum<'a>> {
        let mut result = self.operand(first)?;
        for (operator, operand) in rest {
            result = combine(&result, *operator, &self.operand(operand)?)?;
        }
        Some(result)
    }

    /// How an answer names an operand that is unknown: the parts of a chain that are unknown, or all of them.
    pub(super) fn leaves(&self, operand: &'a Operand) -> Vec<Symbol> {
        let parts: Vec<&Operand> = match operand {
            Operand::Arithmetic(first, rest) => {
                std::iter::once(&**first).chain(rest.iter().map(|(_, part)| part)).collect()
            }
            Operand::Combined(first, rest) => {
                std::iter::once(&**first).chain(rest.iter().map(|(_, part)| part)).collect()
            }
            Operand::NowAnd(_, duration) => vec![duration],
            other => return super::condition::leaf(other),
        };
        let unknown: Vec<&Operand> =
            parts.iter().copied().filter(|part| self.operand(part).is_none()).collect();
        let mut leaves = Vec::new();
        for part in &unknown {
            super::add(&mut leaves, &self.leaves(part));
        }
        if unknown.is_empty() {
            for part in parts {
                super::add(&mut leaves, &self.leaves(part));
            }
        }
        leaves
    }
}

fn combine<'a>(left: &Datum<'a>, operator: Operator, right: &Datum<'a>) -> Option<Datum<'a>> {
    let sign = match operator {
        Operator::Add => 1,
        Operator::Subtract => -1,
        Operator::Multiply => {
            let (Datum::Int(left), Datum::Int(right)) = (left, right) else { return None };
            return narrow(i128::from(*left) * i128::from(*right)).map(Datum::Int);
        }
    };
    let micros = |duration: &Duration| i128::from(duration.micros());
    let instant = |value: i128| narrow(value).map(Instant::from_micros).map(Datum::Instant);
    let duration = |value: i128| narrow(value).map(Duration::from_micros).map(Datum::Duration);
    let date = |date: &Date, by: i128| match by % DAY {
        0 => narrow(i128::from(date.days()) + by / DAY).and_then(Date::from_days).map(Datum::Date),
        _ => None,
    };
    match (left, right) {
        (Datum::Int(left), Datum::Int(right)) => {
            narrow(i128::from(*left) + sign * i128::from(*right)).map(Datum::Int)
        }
        (Datum::Instant(from), Datum::Duration(by)) => instant(i128::from(from.micros()) + sign * micros(by)),
        (Datum::Duration(by), Datum::Instant(from)) => instant(i128::from(from.micros()) + micros(by)),
        (Datum::Instant(left), Datum::Instant(right)) => {
            duration(i128::from(left.micros()) - i128::from(right.micros()))
        }
        (Datum::Date(from), Datum::Duration(by)) => date(from, sign * micros(by)),
        (Datum::Duration(by), Datum::Date(from)) => date(from, micros(by)),
        (Datum::Date(left), Datum::Date(right)) => {
            duration((i128::from(left.days()) - i128::from(right.days())) * DAY)
        }
        (Datum::Duration(left), Datum::Duration(right)) => duration(micros(left) + sign * micros(right)),
        _ => None,
    }
}

fn narrow(value: i128) -> Option<i64> {
    i64::try_from(value).ok()
}
