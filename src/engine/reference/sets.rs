//! Sets as lists that are written out and searched from one end to the other.

use super::Case;
use super::reading::Datum;
use crate::language::policy::{Operand, SetOperator, SetRelation};

impl<'a> Case<'a> {
    /// What the chain comes to; nothing if a part is no set or unknown.
    pub(super) fn combined(
        &self,
        first: &'a Operand,
        rest: &'a [(SetOperator, Operand)],
    ) -> Option<Datum<'a>> {
        let Datum::Set(mut items) = self.operand(first)? else { return None };
        for (operator, operand) in rest {
            let Datum::Set(others) = self.operand(operand)? else { return None };
            match operator {
                SetOperator::Union => items.extend(others),
                SetOperator::Intersect => items.retain(|item| others.contains(item)),
                SetOperator::Minus => items.retain(|item| !others.contains(item)),
            }
        }
        Some(Datum::Set(items))
    }
}

pub(super) fn related(relation: SetRelation, left: &Datum<'_>, right: &Datum<'_>) -> Option<bool> {
    let (Datum::Set(left), Datum::Set(right)) = (left, right) else { return None };
    Some(match relation {
        SetRelation::Subset => left.iter().all(|item| right.contains(item)),
        SetRelation::Overlaps => right.iter().any(|item| left.contains(item)),
    })
}

/// Sets are the same if each holds what the other does, in whatever order and however often.
pub(super) fn same(left: &Datum<'_>, right: &Datum<'_>) -> bool {
    match (left, right) {
        (Datum::Set(left), Datum::Set(right)) => {
            left.iter().all(|item| right.contains(item)) && right.iter().all(|item| left.contains(item))
        }
        _ => left == right,
    }
}
