//! What the operands of a condition hold in a request.

use super::arithmetic::Arithmetic;
use super::frame::Frame;
use super::sets::{Combined, Set};
use super::{Leaves, add_leaf};
use crate::engine::request::{Request, Slot};
use crate::engine::slots::SlotNumber;
use crate::facts::Facts;
use crate::model::value::{member, organization_kind};
use crate::model::{Date, Duration, EntityRef, Instant, Symbol, TimeOfDay, Value};

#[derive(Debug)]
pub(super) enum Operand {
    Literal(Value),
    Arithmetic(Arithmetic),
    Combined(Combined),
    Subject,
    Resource,
    /// What a quantifier's variable stands for, by how many quantifiers stand around its own; and its name.
    Variable(usize, Symbol),
    Attribute(Attribute),
    OrElse(Attribute, Value),
}

/// A path: what it starts from, and the steps from there.
#[derive(Debug)]
pub(super) struct Attribute {
    pub(super) start: Start,
    pub(super) hops: Box<[Hop]>,
    pub(super) text: Symbol,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// The first attribute of the subject, the resource or the context, with the steps into records below it.
    Slot(SlotNumber),
    Variable(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    pub(super) fn read<'a>(&'a self, frame: Frame<'a>) -> Reading<'a> {
        match self {
            Operand::Literal(value) => Reading::Value(value),
            Operand::Arithmetic(arithmetic) => arithmetic.read(frame),
            Operand::Combined(combined) => combined.read(frame),
            Operand::Subject => frame
                .request
                .subject
                .as_ref()
                .map_or(Reading::Absent, |subject| Reading::Entity(subject.entity)),
            Operand::Resource => frame.request.resource.map_or(Reading::Absent, Reading::Entity),
            Operand::Variable(variable, _) => frame.read(*variable),
            Operand::Attribute(attribute) => attribute.read(frame),
            Operand::OrElse(attribute, otherwise) => match attribute.read(frame) {
                Reading::Absent => Reading::Value(otherwise),
                reading => reading,
            },
        }
    }

    /// The operands that it is made of.
    pub(super) fn parts(&self, visit: &mut dyn FnMut(&Operand)) {
        match self {
            Operand::Arithmetic(arithmetic) => arithmetic.operands().for_each(visit),
            Operand::Combined(combined) => combined.operands().for_each(visit),
            Operand::Literal(_)
            | Operand::Subject
            | Operand::Resource
            | Operand::Variable(..)
            | Operand::Attribute(_)
            | Operand::OrElse(..) => {}
        }
    }

    /// The text of a string.
    pub(super) fn text<'a>(&'a self, frame: Frame<'a>) -> Option<&'a str> {
        match self.read(frame) {
            Reading::Value(Value::String(text)) => Some(frame.request.locals.text(*text)),
            _ => None,
        }
    }

    pub(super) fn is_known(&self, frame: Frame<'_>) -> bool {
        !matches!(self.read(frame), Reading::Absent | Reading::Invalid)
    }

    pub(super) fn unknown_leaf(&self, frame: Frame<'_>, leaves: &mut Leaves) {
        match self {
            _ if self.is_known(frame) => {}
            Operand::Arithmetic(arithmetic) => arithmetic.unknown_leaf(frame, leaves),
            Operand::Combined(combined) => {
                combined.operands().for_each(|operand| operand.unknown_leaf(frame, leaves));
            }
            _ => self.name_leaf(leaves),
        }
    }

    pub(super) fn name_leaf(&self, leaves: &mut Leaves) {
        match self {
            Operand::Subject => add_leaf(leaves, Symbol::intern("subject")),
            Operand::Resource => add_leaf(leaves, Symbol::intern("resource")),
            Operand::Attribute(attribute) | Operand::OrElse(attribute, _) => add_leaf(leaves, attribute.text),
            Operand::Variable(_, name) => add_leaf(leaves, *name),
            Operand::Arithmetic(arithmetic) => arithmetic.name_leaf(leaves),
            Operand::Combined(combined) => {
                combined.operands().for_each(|operand| operand.name_leaf(leaves));
            }
            Operand::Literal(_) => {}
        }
    }
}

impl Attribute {
    pub(super) fn read<'a>(&self, frame: Frame<'a>) -> Reading<'a> {
        let mut reading = match self.start {
            Start::Slot(slot) => slot_reading(frame.request, slot),
            Start::Variable(variable) => frame.read(variable),
        };
        for hop in &self.hops {
            reading = hop.follow(reading, frame.request.facts);
        }
        reading
    }
}

impl Start {
    /// What the steps lead to from here, with a visit to each entity that is left on the way. A variable stands for
    /// nothing outside of its quantifier.
    pub(super) fn follow<'a>(
        self,
        hops: &[Hop],
        request: &'a Request<'a>,
        visit: &mut dyn FnMut(EntityRef),
    ) -> Reading<'a> {
        let mut reading = match self {
            Start::Slot(slot) => slot_reading(request, slot),
            Start::Variable(_) => Reading::Absent,
        };
        for hop in hops {
            if let (Some(entity), Hop::Attribute(_) | Hop::Organization) = (reading.entity(), hop) {
                visit(entity);
            }
            reading = hop.follow(reading, request.facts);
        }
        reading
    }
}

fn slot_reading<'a>(request: &'a Request<'_>, slot: SlotNumber) -> Reading<'a> {
    match request.slots.get(usize::from(slot)) {
        None | Some(Slot::Absent) => Reading::Absent,
        Some(Slot::Invalid) => Reading::Invalid,
        Some(Slot::Record) => Reading::Record,
        Some(slot) => slot.value().map_or(Reading::Absent, Reading::Value),
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
                Reading::Entity(EntityRef { kind: organization_kind(), id: path })
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
