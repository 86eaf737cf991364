//! What the operands of a condition hold in a request.

use super::{Leaves, add_leaf};
use crate::engine::request::{Request, Slot};
use crate::engine::slots::SlotNumber;
use crate::model::value::ORGANIZATION;
use crate::model::{EntityRef, Instant, Symbol, Value};

#[derive(Debug)]
pub(super) enum Operand {
    Literal(Value),
    Now,
    Subject,
    Resource,
    Attribute(Attribute),
    OrElse(Attribute, Value),
}

/// A path whose first attribute is a slot; the others are looked up in the facts.
#[derive(Debug)]
pub(super) struct Attribute {
    pub(super) slot: SlotNumber,
    pub(super) hops: Box<[Hop]>,
    pub(super) text: Symbol,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Hop {
    Attribute(Symbol),
    Organization,
}

/// What an operand holds in one request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Reading<'a> {
    Absent,
    Invalid,
    Value(&'a Value),
    /// An entity that is nowhere kept as a value.
    Entity(EntityRef),
    Now(Instant),
}

impl Operand {
    pub(super) fn read<'a>(&'a self, request: &'a Request<'_>) -> Reading<'a> {
        match self {
            Operand::Literal(value) => Reading::Value(value),
            Operand::Now => Reading::Now(request.now),
            Operand::Subject => {
                request.subject.as_ref().map_or(Reading::Absent, |subject| Reading::Entity(subject.entity))
            }
            Operand::Resource => request.resource.map_or(Reading::Absent, Reading::Entity),
            Operand::Attribute(attribute) => attribute.read(request),
            Operand::OrElse(attribute, otherwise) => match attribute.read(request) {
                Reading::Absent => Reading::Value(otherwise),
                reading => reading,
            },
        }
    }

    pub(super) fn is_known(&self, request: &Request<'_>) -> bool {
        !matches!(self.read(request), Reading::Absent | Reading::Invalid)
    }

    pub(super) fn unknown_leaf(&self, request: &Request<'_>, leaves: &mut Leaves) {
        if !self.is_known(request) {
            self.name_leaf(leaves);
        }
    }

    pub(super) fn name_leaf(&self, leaves: &mut Leaves) {
        match self {
            Operand::Subject => add_leaf(leaves, Symbol::intern("subject")),
            Operand::Resource => add_leaf(leaves, Symbol::intern("resource")),
            Operand::Attribute(attribute) | Operand::OrElse(attribute, _) => add_leaf(leaves, attribute.text),
            Operand::Literal(_) | Operand::Now => {}
        }
    }
}

impl Attribute {
    pub(super) fn read<'a>(&self, request: &'a Request<'_>) -> Reading<'a> {
        let mut reading = match request.slots.get(usize::from(self.slot)) {
            None | Some(Slot::Absent) => return Reading::Absent,
            Some(Slot::Invalid) => return Reading::Invalid,
            Some(slot) => slot.value().map_or(Reading::Absent, Reading::Value),
        };
        for hop in &self.hops {
            let entity = match reading {
                Reading::Value(Value::Entity(entity)) => *entity,
                Reading::Entity(entity) => entity,
                Reading::Absent => return Reading::Absent,
                Reading::Invalid | Reading::Value(_) | Reading::Now(_) => return Reading::Invalid,
            };
            let Some(stored) = request.facts.entity(entity) else {
                return Reading::Absent;
            };
            reading = match hop {
                Hop::Attribute(name) => stored.attribute(*name).map_or(Reading::Absent, Reading::Value),
                Hop::Organization => stored.organization.map_or(Reading::Absent, |path| {
                    Reading::Entity(EntityRef { kind: Symbol::intern(ORGANIZATION), id: path })
                }),
            };
        }
        reading
    }
}

impl Reading<'_> {
    pub(super) fn entity(self) -> Option<EntityRef> {
        match self {
            Reading::Value(Value::Entity(entity)) => Some(*entity),
            Reading::Entity(entity) => Some(entity),
            Reading::Absent | Reading::Invalid | Reading::Value(_) | Reading::Now(_) => None,
        }
    }
}
