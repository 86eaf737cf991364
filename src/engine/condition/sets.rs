//! Sets, kept or put together, and relations between them. Nothing is copied: what a set holds is asked of its parts.

use super::reading::{Operand, Reading};
use crate::engine::request::Request;
use crate::language::policy::{SetOperator, SetRelation};
use crate::model::{Tri, Value};

/// A chain that is worked out from the left: `a union b minus c`.
#[derive(Debug)]
pub(super) struct Combined {
    pub(super) first: Box<Operand>,
    pub(super) rest: Box<[(SetOperator, Operand)]>,
}

/// A set in one request.
#[derive(Debug, Clone, Copy)]
pub(super) enum Set<'a> {
    /// Sorted, so that an element is found by halving.
    Kept(&'a [Value]),
    /// All of its parts are known.
    Combined(&'a Combined, &'a Request<'a>),
}

impl Combined {
    /// Invalid if a part is unknown.
    pub(super) fn read<'a>(&'a self, request: &'a Request<'a>) -> Reading<'a> {
        let are_known = self.operands().all(|operand| operand.read(request).set().is_some());
        if are_known { Reading::Set(Set::Combined(self, request)) } else { Reading::Invalid }
    }

    pub(super) fn operands(&self) -> impl Iterator<Item = &Operand> {
        std::iter::once(&*self.first).chain(self.rest.iter().map(|(_, operand)| operand))
    }

    /// The parts that elements come from.
    fn sources(&self) -> impl Iterator<Item = &Operand> {
        let adding = self.rest.iter().filter(|(operator, _)| operator.adds());
        std::iter::once(&*self.first).chain(adding.map(|(_, operand)| operand))
    }
}

impl<'a> Set<'a> {
    /// The set that an operand is, where it is known to be one.
    fn part(operand: &'a Operand, request: &'a Request<'a>) -> Set<'a> {
        match operand {
            Operand::Combined(combined) => Set::Combined(combined, request),
            _ => operand.read(request).set().unwrap_or(Set::Kept(&[])),
        }
    }

    pub(super) fn has(self, element: &Value) -> bool {
        match self {
            Set::Kept(elements) => elements.binary_search(element).is_ok(),
            Set::Combined(combined, request) => {
                let has = |operand: &'a Operand| Set::part(operand, request).has(element);
                combined.rest.iter().fold(
                    has(&combined.first),
                    |so_far, (operator, operand)| match operator {
                        SetOperator::Union => so_far || has(operand),
                        SetOperator::Intersect => so_far && has(operand),
                        SetOperator::Minus => so_far && !has(operand),
                    },
                )
            }
        }
    }

    /// Whether an element passes the test, which may be given one of them several times.
    pub(super) fn any(self, test: &mut dyn FnMut(&'a Value) -> bool) -> bool {
        match self {
            Set::Kept(elements) => elements.iter().any(test),
            Set::Combined(..) => self.any_candidate(&mut |element| self.has(element) && test(element)),
        }
    }

    /// The same with whatever its parts bring, in the set or not.
    fn any_candidate(self, test: &mut dyn FnMut(&'a Value) -> bool) -> bool {
        match self {
            Set::Kept(elements) => elements.iter().any(test),
            Set::Combined(combined, request) => {
                combined.sources().any(|operand| Set::part(operand, request).any_candidate(test))
            }
        }
    }

    /// No fewer than it has elements.
    pub(super) fn size(self) -> usize {
        match self {
            Set::Kept(elements) => elements.len(),
            Set::Combined(combined, request) => {
                combined.sources().map(|operand| Set::part(operand, request).size()).sum()
            }
        }
    }

    pub(super) fn is(self, other: Set<'a>) -> bool {
        match (self, other) {
            (Set::Kept(elements), Set::Kept(others)) => elements == others,
            _ => self.is_subset_of(other) && other.is_subset_of(self),
        }
    }

    fn is_subset_of(self, other: Set<'a>) -> bool {
        if let (Set::Kept(elements), Set::Kept(others)) = (self, other)
            && elements.len() > others.len()
        {
            return false;
        }
        !self.any(&mut |element| !other.has(element))
    }

    fn overlaps(self, other: Set<'a>) -> bool {
        let (few, many) = if self.size() < other.size() { (self, other) } else { (other, self) };
        few.any(&mut |element| many.has(element))
    }
}

pub(super) fn related<'a>(relation: SetRelation, left: Reading<'a>, right: Reading<'a>) -> Tri {
    let (Some(left), Some(right)) = (left.set(), right.set()) else {
        return Tri::Unknown;
    };
    match relation {
        SetRelation::Subset => left.is_subset_of(right),
        SetRelation::Overlaps => left.overlaps(right),
    }
    .into()
}
