//! Comparisons and membership of what was read.

use super::reading::Reading;
use crate::facts::Facts;
use crate::language::policy::Comparison;
use crate::model::{Tri, Value};

pub(super) fn compare(comparison: Comparison, left: Reading<'_>, right: Reading<'_>) -> Tri {
    if let (Some(left), Some(right)) = (left.scalar(), right.scalar()) {
        let are_alike = std::mem::discriminant(&left) == std::mem::discriminant(&right);
        return if are_alike { ordered(comparison, &left, &right) } else { Tri::Unknown };
    }
    match (left, right) {
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

pub(super) fn ordered<T: Ord>(comparison: Comparison, left: &T, right: &T) -> Tri {
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

/// The comparison with its sides exchanged.
pub(super) fn mirrored(comparison: Comparison) -> Comparison {
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
        (Reading::Scalar(item), Reading::Value(Value::Set(set))) => {
            set.binary_search(&item.value()).is_ok().into()
        }
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
