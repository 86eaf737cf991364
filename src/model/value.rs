//! Values and their types.

use std::net::IpAddr;
use std::sync::{Arc, LazyLock};

use ipnet::IpNet;

use super::limits::REQUEST_SET_MAX;
use super::network::parse_network;
use super::schema::Attribute;
use super::{Date, Duration, Input, Instant, Symbol, TimeOfDay};

/// The type of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    Bool,
    Int,
    String,
    Ip,
    Network,
    Instant,
    Date,
    Time,
    Duration,
    /// An entity of the type with this qualified name (`hackai/user`), or of the built-in `group` or `organization`.
    Entity(Symbol),
    Set(Box<Type>),
    /// Its members, sorted by name: equal records are equal in whatever order they are written. A vector and no slice,
    /// because two pointers to one are equal at a glance.
    Record(Arc<Vec<Attribute>>),
}

/// An entity by its type's qualified name and its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntityRef {
    pub kind: Symbol,
    pub id: Symbol,
}

/// What an attribute holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    Bool(bool),
    Int(i64),
    String(Symbol),
    /// Always canonical: an IPv4 address is never written as an IPv6 one.
    Ip(IpAddr),
    /// Without host bits, and never an IPv4 network in IPv6 clothes.
    Network(IpNet),
    Instant(Instant),
    Date(Date),
    Time(TimeOfDay),
    Duration(Duration),
    Entity(EntityRef),
    /// Sorted, without doubles, so that equal sets are equal slices.
    Set(Arc<[Value]>),
    /// The members that are there, sorted by name.
    Record(Arc<[(Symbol, Value)]>),
}

/// The name of the built-in type of groups of subjects.
pub const GROUP: &str = "group";
/// The name of the built-in type of organizations; an organization's id is its path.
pub const ORGANIZATION: &str = "organization";

static ORGANIZATION_KIND: LazyLock<Symbol> = LazyLock::new(|| Symbol::intern(ORGANIZATION));

/// [`ORGANIZATION`], as entities bear it.
pub fn organization_kind() -> Symbol {
    *ORGANIZATION_KIND
}

impl Type {
    /// Makes a value of what came from outside, or nothing if it is not of this type. Nothing is coerced, but a
    /// number without a fraction is an int however it is written (`7.0`). `symbol` says what a text's symbol is. A record
    /// is not read as a whole, but member by member.
    pub fn read(&self, input: &Input<'_>, symbol: &mut impl FnMut(&str) -> Symbol) -> Option<Value> {
        match (self, input) {
            (Type::Bool, Input::Bool(value)) => Some(Value::Bool(*value)),
            (Type::Int, Input::Int(value)) => Some(Value::Int(*value)),
            (Type::Int, Input::Decimal(value)) => whole(*value).map(Value::Int),
            (Type::String, Input::Text(text)) => Some(Value::String(symbol(text))),
            (Type::Ip, Input::Text(text)) => read_ip(text).map(Value::Ip),
            (Type::Network, Input::Text(text)) => parse_network(text).ok().map(Value::Network),
            (Type::Instant, Input::Text(text)) => Instant::parse(text).map(Value::Instant),
            (Type::Date, Input::Text(text)) => Date::parse(text).map(Value::Date),
            (Type::Time, Input::Text(text)) => TimeOfDay::parse(text).map(Value::Time),
            (Type::Duration, Input::Text(text)) => Duration::parse(text).ok().map(Value::Duration),
            (Type::Entity(kind), _) => {
                let id = entity_id(kind.text(), input)?;
                Some(Value::Entity(EntityRef { kind: *kind, id: symbol(id) }))
            }
            (Type::Set(element), Input::List(items)) if items.len() <= REQUEST_SET_MAX => {
                let values =
                    items.iter().map(|item| element.read(item, symbol)).collect::<Option<Vec<_>>>()?;
                Some(Value::set(values))
            }
            _ => None,
        }
    }

    /// The type as a policy author writes it.
    pub fn describe(&self) -> String {
        match self {
            Type::Bool => "bool".to_owned(),
            Type::Int => "int".to_owned(),
            Type::String => "string".to_owned(),
            Type::Ip => "ip".to_owned(),
            Type::Network => "network".to_owned(),
            Type::Instant => "instant".to_owned(),
            Type::Date => "date".to_owned(),
            Type::Time => "time".to_owned(),
            Type::Duration => "duration".to_owned(),
            Type::Entity(kind) => bare(kind.text()).to_owned(),
            Type::Set(element) => format!("set of {}", element.describe()),
            Type::Record(members) => {
                let members: Vec<String> = members.iter().map(Attribute::describe).collect();
                format!("record {{ {} }}", members.join(", "))
            }
        }
    }

    /// A type of records with these members.
    pub fn record(mut members: Vec<Attribute>) -> Type {
        members.sort_by_key(|member| member.name.text());
        Type::Record(Arc::new(members))
    }
}

impl Value {
    /// A set of these values.
    pub fn set(mut values: Vec<Value>) -> Value {
        values.sort_unstable();
        values.dedup();
        Value::Set(values.into())
    }

    /// A record with these members.
    pub fn record(mut members: Vec<(Symbol, Value)>) -> Value {
        members.sort_unstable_by_key(|(name, _)| *name);
        Value::Record(members.into())
    }
}

/// The member of a record's value, if it has it.
pub fn member(members: &[(Symbol, Value)], name: Symbol) -> Option<&Value> {
    let found = members.binary_search_by_key(&name, |(key, _)| *key).ok()?;
    members.get(found).map(|(_, value)| value)
}

/// The part of a qualified name (`hackai/user`) that stands for it inside its package (`user`).
pub fn bare(qualified: &str) -> &str {
    qualified.rsplit_once('/').map_or(qualified, |(_, bare)| bare)
}

/// Reads an address and makes it canonical; zones (`%eth0`) and prefixes (`/8`) are refused.
pub fn read_ip(text: &str) -> Option<IpAddr> {
    text.parse::<IpAddr>().ok().map(|ip| ip.to_canonical())
}

fn whole(value: f64) -> Option<i64> {
    // Where two whole numbers begin to share one float.
    const SHARED: f64 = 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^53 is exact")]
    (value.fract() == 0.0 && value.abs() < SHARED).then_some(value as i64)
}

/// The id in `"alice"` or in `{"type": "user", "id": "alice"}`, where the type has to be the expected one.
fn entity_id<'a>(expected: &str, input: &'a Input<'_>) -> Option<&'a str> {
    match input {
        Input::Text(id) => Some(id),
        Input::Record(_) => {
            let (Some(Input::Text(kind)), Some(Input::Text(id))) = (input.member("type"), input.member("id"))
            else {
                return None;
            };
            (kind == expected || kind == bare(expected)).then_some(id)
        }
        Input::Null | Input::Bool(_) | Input::Int(_) | Input::Decimal(_) | Input::List(_) => None,
    }
}

#[cfg(test)]
mod tests;
