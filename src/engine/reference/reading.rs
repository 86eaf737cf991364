//! What operands come to.

use std::borrow::Cow;
use std::net::IpAddr;

use ipnet::IpNet;

use super::{Being, Case, Place, clock, is_organization};
use crate::facts::Entity;
use crate::language::policy::{Operand, Operator, Party, Path, Root};
use crate::model::schema::Attribute;
use crate::model::{Date, Duration, EntityRef, Input, Instant, Symbol, TimeOfDay, Type, Value};

/// A value with its texts written out.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Datum<'a> {
    Bool(bool),
    Int(i64),
    Text(Cow<'a, str>),
    Address(IpAddr),
    Network(IpNet),
    Instant(Instant),
    Date(Date),
    Time(TimeOfDay),
    Duration(Duration),
    Entity {
        kind: &'a str,
        id: Cow<'a, str>,
    },
    Set(Vec<Datum<'a>>),
    /// What each member holds; the others are absent.
    Record(Vec<(&'a str, Reading<'a>)>),
}

/// What reading an attribute finds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Reading<'a> {
    There(Datum<'a>),
    Absent,
    /// Something is there, but not of the type it should have.
    Invalid,
}

impl<'a> Case<'a> {
    /// The operand's value; nothing if it is unknown.
    pub(super) fn operand(&self, operand: &'a Operand) -> Option<Datum<'a>> {
        match operand {
            Operand::Literal(value) => Some(Datum::of(value)),
            Operand::Now => Some(Datum::Instant(self.question.now)),
            Operand::NowAnd(operator, duration) => {
                let Datum::Duration(by) = self.operand(duration)? else { return None };
                let by =
                    if *operator == Operator::Subtract { by.micros().checked_neg()? } else { by.micros() };
                self.question.now.micros().checked_add(by).map(Instant::from_micros).map(Datum::Instant)
            }
            Operand::WallClock(part, zone) => clock::reading(*part, zone.name(), self.question.now),
            Operand::Arithmetic(first, rest) => self.arithmetic(first, rest),
            Operand::Combined(first, rest) => self.combined(first, rest),
            Operand::Party(Party::Subject) => self.subject.as_ref()?.entity(),
            Operand::Party(Party::Resource) => self.resource.entity(),
            Operand::Variable(variable, _) => self.variables.get(*variable).cloned(),
            Operand::Path(path) => match self.read(path) {
                Reading::There(datum) => Some(datum),
                Reading::Absent | Reading::Invalid => None,
            },
            Operand::OrElse(path, value) => match self.read(path) {
                Reading::There(datum) => Some(datum),
                Reading::Absent => Some(Datum::of(value)),
                Reading::Invalid => None,
            },
        }
    }

    pub(super) fn read(&self, path: &'a Path) -> Reading<'a> {
        let mut steps = path.attributes.iter().map(|name| name.text()).zip(&path.types);
        let Some((name, ty)) = steps.next() else { return Reading::Invalid };
        let mut found = match path.root {
            Root::Subject => match &self.subject {
                None => Reading::Absent,
                Some(subject) if name == "organization" => {
                    match (subject.stored, &self.question.vouched.organization) {
                        (Some(Entity { organization: Some(_), .. }), _) | (_, None) => {
                            organization(subject.stored)
                        }
                        (_, Some(path)) if is_organization(path) => {
                            Reading::There(Datum::Entity { kind: "organization", id: Cow::Borrowed(path) })
                        }
                        (_, Some(_)) => Reading::Invalid,
                    }
                }
                Some(subject) => subject.attribute(name, ty),
            },
            Root::Resource if name == "organization" => match self.place {
                Place::Organization(path) => {
                    Reading::There(Datum::Entity { kind: "organization", id: path.into() })
                }
                Place::Root | Place::Shared | Place::Missing => Reading::Absent,
                Place::Invalid => Reading::Invalid,
            },
            Root::Resource => self.resource.attribute(name, ty),
            Root::Context => {
                let declared = &self.policy.schema.packages.row(self.resource.ty.package).context;
                sent(declared, &self.question.context, name, ty)
            }
            Root::Action => {
                let declared = &self.policy.schema.packages.row(self.resource.ty.package).action;
                sent(declared, &self.question.action_properties, name, ty)
            }
            Root::Variable(variable) => match self.variables.get(variable) {
                Some(Datum::Entity { kind, id }) => self.hop(kind, id, name),
                Some(_) | None => Reading::Invalid,
            },
        }
        .checked(ty);
        for (name, ty) in steps {
            found = match found {
                Reading::There(Datum::Entity { kind, id }) => self.hop(kind, &id, name).checked(ty),
                Reading::There(Datum::Record(members)) => {
                    let found = members.into_iter().find(|(known, _)| *known == name);
                    found.map_or(Reading::Absent, |(_, reading)| reading.checked(ty))
                }
                Reading::There(_) | Reading::Invalid => return Reading::Invalid,
                Reading::Absent => return Reading::Absent,
            };
        }
        found
    }

    fn hop(&self, kind: &str, id: &str, name: &str) -> Reading<'a> {
        match self.entity(kind, id) {
            None => Reading::Absent,
            Some(entity) if name == "organization" => organization(Some(entity)),
            Some(entity) => stored(entity, name),
        }
    }

    pub(super) fn entity(&self, kind: &str, id: &str) -> Option<&'a Entity> {
        let (kind, id) = (Symbol::lookup(kind)?, Symbol::lookup(id)?);
        self.facts.entities.get(&EntityRef { kind, id })
    }
}

/// What only requests say, as the package of the resource declares it.
fn sent<'a>(
    declared: &'a [Attribute],
    members: &'a [(Cow<'a, str>, Input<'a>)],
    name: &str,
    ty: &'a Type,
) -> Reading<'a> {
    let declared = declared.iter().find(|attribute| attribute.name.text() == name);
    match (declared, member(members, name)) {
        (None, _) | (_, None) => Reading::Absent,
        (Some(declared), Some(_)) if declared.ty != *ty => Reading::Invalid,
        (Some(_), Some(input)) => Reading::from_input(ty, input),
    }
}

/// A property or context member; JSON null is absent.
pub(super) fn member<'a>(members: &'a [(Cow<'a, str>, Input<'a>)], name: &str) -> Option<&'a Input<'a>> {
    members.iter().find(|(key, _)| key == name).map(|(_, input)| input).filter(|input| **input != Input::Null)
}

fn organization<'a>(entity: Option<&Entity>) -> Reading<'a> {
    match entity.and_then(|entity| entity.organization) {
        None => Reading::Absent,
        Some(path) => Reading::There(Datum::Entity { kind: "organization", id: Cow::Borrowed(path.text()) }),
    }
}

fn stored<'a>(entity: &'a Entity, name: &str) -> Reading<'a> {
    match entity.attributes.iter().find(|(key, _)| key.text() == name) {
        None => Reading::Absent,
        Some((_, value)) => Reading::There(Datum::of(value)),
    }
}

impl<'a> Being<'a> {
    /// The subject or resource itself, if the request says which it is.
    pub(super) fn entity(&self) -> Option<Datum<'a>> {
        Some(Datum::Entity { kind: self.ty.name.text(), id: self.id?.into() })
    }

    /// What the request says of a declared attribute, else what the facts do; invalid if it is declared with another
    /// type than the one it is read with.
    pub(super) fn attribute(&self, name: &str, ty: &Type) -> Reading<'a> {
        let Some(declared) = self.ty.attributes.iter().find(|attribute| attribute.name.text() == name) else {
            return Reading::Absent;
        };
        let found = match (self.property(name), self.stored) {
            (Some(input), _) => Reading::from_input(&declared.ty, input),
            (None, Some(entity)) => stored(entity, name),
            (None, None) => Reading::Absent,
        };
        if found != Reading::Absent && declared.ty != *ty { Reading::Invalid } else { found }
    }
}

impl<'a> Reading<'a> {
    fn from_input(ty: &'a Type, input: &'a Input<'a>) -> Reading<'a> {
        match Datum::from_input(ty, input) {
            Some(datum) => Reading::There(datum),
            None => Reading::Invalid,
        }
    }

    /// Invalid if what was found is not of this type.
    pub(super) fn checked(self, ty: &Type) -> Reading<'a> {
        match self {
            Reading::There(datum) if datum.is_of(ty) => Reading::There(datum),
            Reading::There(_) | Reading::Invalid => Reading::Invalid,
            Reading::Absent => Reading::Absent,
        }
    }
}

impl<'a> Datum<'a> {
    pub(super) fn of(value: &Value) -> Datum<'a> {
        match value {
            Value::Bool(value) => Datum::Bool(*value),
            Value::Int(value) => Datum::Int(*value),
            Value::String(text) => Datum::Text(text.text().into()),
            Value::Ip(ip) => Datum::Address(*ip),
            Value::Network(network) => Datum::Network(*network),
            Value::Instant(instant) => Datum::Instant(*instant),
            Value::Date(date) => Datum::Date(*date),
            Value::Time(time) => Datum::Time(*time),
            Value::Duration(duration) => Datum::Duration(*duration),
            Value::Entity(entity) => Datum::Entity { kind: entity.kind.text(), id: entity.id.text().into() },
            Value::Set(values) => Datum::Set(values.iter().map(Datum::of).collect()),
            Value::Record(members) => {
                let there = |(name, value): &(Symbol, Value)| (name.text(), Reading::There(Datum::of(value)));
                Datum::Record(members.iter().map(there).collect())
            }
        }
    }

    /// What a request's text, number or object is under a declared type.
    fn from_input(ty: &'a Type, input: &'a Input<'a>) -> Option<Datum<'a>> {
        match (ty, input) {
            (Type::Bool, Input::Bool(value)) => Some(Datum::Bool(*value)),
            (Type::Int, Input::Int(value)) => Some(Datum::Int(*value)),
            // The text of a number without a fraction is that of an integer; below 2^53 every integer has its own.
            (Type::Int, Input::Decimal(value)) => {
                let whole = format!("{value}").parse::<i64>().ok()?;
                (whole.unsigned_abs() < 1 << 53).then_some(Datum::Int(whole))
            }
            (Type::String, Input::Text(text)) => Some(Datum::Text(Cow::Borrowed(text))),
            (Type::Ip, Input::Text(text)) => Some(Datum::Address(plain(text.parse().ok()?))),
            (Type::Network, Input::Text(text)) => network(text).map(Datum::Network),
            (Type::Instant, Input::Text(text)) => Instant::parse(text).map(Datum::Instant),
            (Type::Date, Input::Text(text)) => Date::parse(text).map(Datum::Date),
            (Type::Time, Input::Text(text)) => TimeOfDay::parse(text).map(Datum::Time),
            (Type::Duration, Input::Text(text)) => Duration::parse(text).ok().map(Datum::Duration),
            (Type::Entity(kind), Input::Text(id)) => {
                Some(Datum::Entity { kind: kind.text(), id: Cow::Borrowed(id) })
            }
            (Type::Entity(kind), Input::Record(members)) => {
                let (Some(Input::Text(named)), Some(Input::Text(id))) =
                    (member(members, "type"), member(members, "id"))
                else {
                    return None;
                };
                let kind = kind.text();
                let fits = kind == named || kind.ends_with(&format!("/{named}"));
                fits.then_some(Datum::Entity { kind, id: Cow::Borrowed(id) })
            }
            (Type::Set(element), Input::List(items)) if items.len() <= 1024 => {
                let items: Option<Vec<Datum<'a>>> =
                    items.iter().map(|item| Datum::from_input(element, item)).collect();
                items.map(Datum::Set)
            }
            // A record is there whatever its members are; each of them may be absent or invalid by itself.
            (Type::Record(declared), Input::Record(sent)) => {
                let read = |attribute: &'a Attribute| {
                    let name = attribute.name.text();
                    let reading = member(sent, name)
                        .map_or(Reading::Absent, |input| Reading::from_input(&attribute.ty, input));
                    (name, reading)
                };
                Some(Datum::Record(declared.iter().map(read).collect()))
            }
            _ => None,
        }
    }

    fn is_of(&self, ty: &Type) -> bool {
        match (self, ty) {
            (Datum::Bool(_), Type::Bool)
            | (Datum::Int(_), Type::Int)
            | (Datum::Text(_), Type::String)
            | (Datum::Address(_), Type::Ip)
            | (Datum::Network(_), Type::Network)
            | (Datum::Instant(_), Type::Instant)
            | (Datum::Date(_), Type::Date)
            | (Datum::Time(_), Type::Time)
            | (Datum::Duration(_), Type::Duration)
            // What its members are is looked at where they are read.
            | (Datum::Record(_), Type::Record(_)) => true,
            (Datum::Entity { kind, .. }, Type::Entity(expected)) => *kind == expected.text(),
            (Datum::Set(items), Type::Set(element)) => items.iter().all(|item| item.is_of(element)),
            _ => false,
        }
    }
}

/// An IPv4 address that is written as an IPv6 one is an IPv4 address.
fn plain(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(_) => ip,
        IpAddr::V6(six) => six.to_ipv4_mapped().map_or(ip, IpAddr::V4),
    }
}

/// `10.0.0.0/8` or a single address. Nothing may stand behind the prefix, and IPv4 is not written as IPv6.
fn network(text: &str) -> Option<IpNet> {
    let (address, length) =
        text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
    let address: IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let length = match length {
        None => most,
        Some(digits) if digits.bytes().all(|digit| digit.is_ascii_digit()) => digits.parse().ok()?,
        Some(_) => return None,
    };
    let network = IpNet::new(address, length).ok()?;
    (network.trunc() == network && plain(address) == address).then_some(network)
}
