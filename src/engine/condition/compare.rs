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
    if let (Some(left), Some(right)) = (left.set(), right.set()) {
        return equal(comparison, left.is(right));
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
    let Some(set) = set.set() else { return Tri::Unknown };
    match item {
        Reading::Scalar(item) => set.has(&item.value()).into(),
        Reading::Value(item) => set.has(item).into(),
        Reading::Absent | Reading::Invalid | Reading::Entity(_) | Reading::Record | Reading::Set(_) => {
            Tri::Unknown
        }
    }
}

pub(super) fn within(facts: &Facts, item: Reading<'_>, of: Reading<'_>) -> Tri {
    let Some(item) = item.entity() else {
        return Tri::Unknown;
    };
    if let Some(of) = of.entity() {
        return facts.is_within(item, of);
    }
    let Some(set) = of.set() else {
        return Tri::Unknown;
    };
    if set.has(&Value::Entity(item)) {
        return Tri::True;
    }
    let Some(entity) = facts.entity(item) else {
        // Whatever it is in, it is in nothing that is in no set.
        return if set.any(&mut |_| true) { Tri::Unknown } else { Tri::False };
    };
    let is_above = |of: &Value| match of {
        Value::Entity(of) => entity.ancestors.binary_search(of).is_ok(),
        _ => false,
    };
    if set.size() < entity.ancestors.len() {
        set.any(&mut |of| is_above(of)).into()
    } else {
        entity.ancestors.iter().any(|of| set.has(&Value::Entity(*of))).into()
    }
}

/// Whether an address lies in a network, or in one of a set of them.
pub(super) fn in_network(ip: Reading<'_>, of: Reading<'_>) -> Tri {
    let Reading::Value(Value::Ip(ip)) = ip else { return Tri::Unknown };
    let holds = |network: &Value| matches!(network, Value::Network(network) if network.contains(ip));
    match of {
        Reading::Value(network @ Value::Network(_)) => holds(network).into(),
        _ => of.set().map_or(Tri::Unknown, |set| set.any(&mut |network| holds(network)).into()),
    }
}
