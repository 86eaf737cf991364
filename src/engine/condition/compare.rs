//! Comparisons and membership of what was read.

use smallvec::SmallVec;

use super::Horizon;
use super::reading::Reading;
use crate::facts::Facts;
use crate::language::policy::Comparison;
use crate::model::{Instant, Tri, Value};

pub(super) fn compare(
    comparison: Comparison,
    left: Reading<'_>,
    right: Reading<'_>,
    horizon: &mut Horizon,
) -> Tri {
    match (left, right) {
        (Reading::Now(now), Reading::Value(Value::Instant(instant))) => {
            now_flips(comparison, now, *instant, horizon);
            ordered(comparison, &now, instant)
        }
        (Reading::Value(Value::Instant(instant)), Reading::Now(now)) => {
            now_flips(mirrored(comparison), now, *instant, horizon);
            ordered(comparison, instant, &now)
        }
        (Reading::Value(Value::Int(left)), Reading::Value(Value::Int(right))) => {
            ordered(comparison, left, right)
        }
        (Reading::Value(Value::Instant(left)), Reading::Value(Value::Instant(right))) => {
            ordered(comparison, left, right)
        }
        (Reading::Value(Value::Date(left)), Reading::Value(Value::Date(right))) => {
            ordered(comparison, left, right)
        }
        (Reading::Value(Value::Time(left)), Reading::Value(Value::Time(right))) => {
            ordered(comparison, left, right)
        }
        (Reading::Value(Value::Duration(left)), Reading::Value(Value::Duration(right))) => {
            ordered(comparison, left, right)
        }
        (Reading::Value(left), Reading::Value(right))
            if std::mem::discriminant(left) == std::mem::discriminant(right) =>
        {
            equal(comparison, left == right)
        }
        (left, right) => match (left.entity(), right.entity()) {
            (Some(left), Some(right)) => equal(comparison, left == right),
            _ => Tri::Unknown,
        },
    }
}

fn ordered<T: Ord>(comparison: Comparison, left: &T, right: &T) -> Tri {
    let holds = match comparison {
        Comparison::Equal => left == right,
        Comparison::NotEqual => left != right,
        Comparison::Less => left < right,
        Comparison::LessOrEqual => left <= right,
        Comparison::Greater => left > right,
        Comparison::GreaterOrEqual => left >= right,
    };
    holds.into()
}

fn equal(comparison: Comparison, same: bool) -> Tri {
    match comparison {
        Comparison::Equal => same.into(),
        Comparison::NotEqual => (!same).into(),
        Comparison::Less | Comparison::LessOrEqual | Comparison::Greater | Comparison::GreaterOrEqual => {
            Tri::Unknown
        }
    }
}

/// `now < t` and `now >= t` change when the clock reads `t`, `now <= t` and `now > t` right after it.
fn now_flips(comparison: Comparison, now: Instant, instant: Instant, horizon: &mut Horizon) {
    let after = || instant.micros().checked_add(1).map(Instant::from_micros);
    let flips: SmallVec<[Instant; 2]> = match comparison {
        Comparison::Less | Comparison::GreaterOrEqual => SmallVec::from_slice(&[instant]),
        Comparison::LessOrEqual | Comparison::Greater => after().into_iter().collect(),
        Comparison::Equal | Comparison::NotEqual => [Some(instant), after()].into_iter().flatten().collect(),
    };
    if let Some(flip) = flips.into_iter().find(|flip| *flip > now) {
        horizon.at(flip);
    }
}

fn mirrored(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        Comparison::Equal | Comparison::NotEqual => comparison,
    }
}

pub(super) fn member(item: Reading<'_>, set: Reading<'_>) -> Tri {
    match (item, set) {
        (Reading::Value(item), Reading::Value(Value::Set(set))) => set.binary_search(item).is_ok().into(),
        _ => Tri::Unknown,
    }
}

pub(super) fn within(facts: &Facts, item: Reading<'_>, of: Reading<'_>) -> Tri {
    let Some(item) = item.entity() else {
        return Tri::Unknown;
    };
    if let Some(of) = of.entity() {
        return facts.is_within(item, of);
    }
    let Reading::Value(Value::Set(set)) = of else {
        return Tri::Unknown;
    };
    let mut any = Tri::False;
    for element in set.iter() {
        any = any.or(match element {
            Value::Entity(of) => facts.is_within(item, *of),
            Value::Bool(_)
            | Value::Int(_)
            | Value::String(_)
            | Value::Ip(_)
            | Value::Instant(_)
            | Value::Date(_)
            | Value::Time(_)
            | Value::Duration(_)
            | Value::Set(_) => Tri::Unknown,
        });
    }
    any
}
