//! Sets, kept or put together, and relations between them. Nothing is copied: what a set holds is asked of its parts.

use super::frame::Frame;
use super::reading::{Operand, Reading};
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
    Combined(&'a Combined, Frame<'a>),
}

impl Combined {
    /// Invalid if a part is unknown.
    pub(super) fn read<'a>(&'a self, frame: Frame<'a>) -> Reading<'a> {
        let are_known = self.operands().all(|operand| operand.read(frame).set().is_some());
        if are_known { Reading::Set(Set::Combined(self, frame)) } else { Reading::Invalid }
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
    fn part(operand: &'a Operand, frame: Frame<'a>) -> Set<'a> {
        match operand {
            Operand::Combined(combined) => Set::Combined(combined, frame),
            _ => operand.read(frame).set().unwrap_or(Set::Kept(&[])),
        }
    }

    pub(super) fn has(self, element: &Value) -> bool {
        match self {
            Set::Kept(elements) => elements.binary_search(element).is_ok(),
            Set::Combined(combined, frame) => {
                let has = |operand: &'a Operand| Set::part(operand, frame).has(element);
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
            Set::Combined(combined, frame) => {
                combined.sources().any(|operand| Set::part(operand, frame).any_candidate(test))
            }
        }
    }

    /// No fewer than it has elements.
    pub(super) fn size(self) -> usize {
        match self {
            Set::Kept(elements) => elements.len(),
            Set::Combined(combined, frame) => {
                combined.sources().map(|operand| Set::part(operand, frame).size()).sum()
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
