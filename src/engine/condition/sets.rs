//! Relations between sets. A set is sorted, so an element is found by halving.

use super::reading::Reading;
use crate::language::policy::SetRelation;
use crate::model::{Tri, Value};

pub(super) fn related(relation: SetRelation, left: Reading<'_>, right: Reading<'_>) -> Tri {
    let (Reading::Value(Value::Set(left)), Reading::Value(Value::Set(right))) = (left, right) else {
        return Tri::Unknown;
    };
    let is_in = |set: &[Value], element: &Value| set.binary_search(element).is_ok();
    match relation {
        SetRelation::Subset => left.len() <= right.len() && left.iter().all(|element| is_in(right, element)),
        SetRelation::Overlaps => {
            let (few, many) = if left.len() < right.len() { (left, right) } else { (right, left) };
            few.iter().any(|element| is_in(many, element))
        }
    }
    .into()
}
