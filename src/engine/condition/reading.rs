//! What the operands of a condition hold in a request.

use super::arithmetic::Arithmetic;
use super::sets::{Combined, Set};
use super::{Leaves, add_leaf};
use crate::engine::request::{Request, Slot};
use crate::engine::slots::SlotNumber;
use crate::facts::Facts;
use crate::model::value::{ORGANIZATION, member};
use crate::model::{Date, Duration, EntityRef, Instant, Symbol, TimeOfDay, Value};

#[derive(Debug)]
pub(super) enum Operand {
    Literal(Value),
    Arithmetic(Arithmetic),
    Combined(Combined),
    Subject,
    Resource,
    Attribute(Attribute),
    OrElse(Attribute, Value),
}

/// A path whose first attribute is a slot, with the steps into records below it; the others are looked up in the facts.
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
    /// Of a record.
    Member(Symbol),
}

/// What an operand holds in one request.
#[derive(Debug, Clone, Copy)]
pub(super) enum Reading<'a> {
    Absent,
    Invalid,
    Value(&'a Value),
    /// An entity that is nowhere kept as a value.
    Entity(EntityRef),
    /// A record of the request, of which its members alone are kept.
    Record,
    /// The result of arithmetic.
    Scalar(Scalar),
    /// The result of set operations.
    Set(Set<'a>),
}

/// A value that is copied where it is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scalar {
    Int(i64),
    Instant(Instant),
    Date(Date),
    Time(TimeOfDay),
    Duration(Duration),
}

impl Operand {
    pub(super) fn read<'a>(&'a self, request: &'a Request<'a>) -> Reading<'a> {
        match self {
            Operand::Literal(value) => Reading::Value(value),
            Operand::Arithmetic(arithmetic) => arithmetic.read(request),
            Operand::Combined(combined) => combined.read(request),
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

    /// The text of a string.
    pub(super) fn text<'a>(&'a self, request: &'a Request<'a>) -> Option<&'a str> {
        match self.read(request) {
            Reading::Value(Value::String(text)) => Some(request.locals.text(*text)),
            _ => None,
        }
    }

    pub(super) fn is_known(&self, request: &Request<'_>) -> bool {
        !matches!(self.read(request), Reading::Absent | Reading::Invalid)
    }

    pub(super) fn unknown_leaf(&self, request: &Request<'_>, leaves: &mut Leaves) {
        match self {
            _ if self.is_known(request) => {}
            Operand::Arithmetic(arithmetic) => arithmetic.unknown_leaf(request, leaves),
            Operand::Combined(combined) => {
                combined.operands().for_each(|operand| operand.unknown_leaf(request, leaves));
            }
            _ => self.name_leaf(leaves),
        }
    }

    pub(super) fn name_leaf(&self, leaves: &mut Leaves) {
        match self {
            Operand::Subject => add_leaf(leaves, Symbol::intern("subject")),
            Operand::Resource => add_leaf(leaves, Symbol::intern("resource")),
            Operand::Attribute(attribute) | Operand::OrElse(attribute, _) => add_leaf(leaves, attribute.text),
            Operand::Arithmetic(arithmetic) => arithmetic.name_leaf(leaves),
            Operand::Combined(combined) => {
                combined.operands().for_each(|operand| operand.name_leaf(leaves));
            }
            Operand::Literal(_) => {}
        }
    }
}

impl Attribute {
    pub(super) fn read<'a>(&self, request: &'a Request<'_>) -> Reading<'a> {
        let mut reading = match request.slots.get(usize::from(self.slot)) {
            None | Some(Slot::Absent) => return Reading::Absent,
            Some(Slot::Invalid) => return Reading::Invalid,
            Some(Slot::Record) => return Reading::Record,
            Some(slot) => slot.value().map_or(Reading::Absent, Reading::Value),
        };
        for hop in &self.hops {
            reading = hop.follow(reading, request.facts);
        }
        reading
    }
}

impl Hop {
    fn follow<'a>(self, from: Reading<'a>, facts: &'a Facts) -> Reading<'a> {
        let entity = match (from, self) {
            (Reading::Absent, _) => return Reading::Absent,
            (Reading::Value(Value::Record(members)), Hop::Member(name)) => {
                return member(members, name).map_or(Reading::Absent, Reading::Value);
            }
            (Reading::Value(Value::Entity(entity)), Hop::Attribute(_) | Hop::Organization) => *entity,
            (Reading::Entity(entity), Hop::Attribute(_) | Hop::Organization) => entity,
            _ => return Reading::Invalid,
        };
        let Some(stored) = facts.entity(entity) else { return Reading::Absent };
        match self {
            Hop::Attribute(name) => stored.attribute(name).map_or(Reading::Absent, Reading::Value),
            Hop::Organization => stored.organization.map_or(Reading::Absent, |path| {
                Reading::Entity(EntityRef { kind: Symbol::intern(ORGANIZATION), id: path })
            }),
            Hop::Member(_) => Reading::Invalid,
        }
    }
}

impl Scalar {
    pub(super) fn value(self) -> Value {
        match self {
            Scalar::Int(int) => Value::Int(int),
            Scalar::Instant(instant) => Value::Instant(instant),
            Scalar::Date(date) => Value::Date(date),
            Scalar::Time(time) => Value::Time(time),
            Scalar::Duration(duration) => Value::Duration(duration),
        }
    }
}

impl<'a> Reading<'a> {
    pub(super) fn set(self) -> Option<Set<'a>> {
        match self {
            Reading::Value(Value::Set(elements)) => Some(Set::Kept(elements)),
            Reading::Set(set) => Some(set),
            Reading::Absent
            | Reading::Invalid
            | Reading::Value(_)
            | Reading::Entity(_)
            | Reading::Record
            | Reading::Scalar(_) => None,
        }
    }

    pub(super) fn scalar(self) -> Option<Scalar> {
        match self {
            Reading::Scalar(scalar) => Some(scalar),
            Reading::Value(Value::Int(int)) => Some(Scalar::Int(*int)),
            Reading::Value(Value::Instant(instant)) => Some(Scalar::Instant(*instant)),
            Reading::Value(Value::Date(date)) => Some(Scalar::Date(*date)),
            Reading::Value(Value::Time(time)) => Some(Scalar::Time(*time)),
            Reading::Value(Value::Duration(duration)) => Some(Scalar::Duration(*duration)),
            Reading::Absent
            | Reading::Invalid
            | Reading::Value(_)
            | Reading::Entity(_)
            | Reading::Record
            | Reading::Set(_) => None,
        }
    }

    pub(super) fn entity(self) -> Option<EntityRef> {
        match self {
            Reading::Value(Value::Entity(entity)) => Some(*entity),
            Reading::Entity(entity) => Some(entity),
            Reading::Absent
            | Reading::Invalid
            | Reading::Value(_)
            | Reading::Record
            | Reading::Scalar(_)
            | Reading::Set(_) => None,
        }
    }
}
