//! The value of an attribute, of its declared type.

use super::Context;
use super::body;
use super::names::suggesting;
use crate::document::yaml::{self, Content, Entry, Fields, Node};
use crate::document::{Code, Diagnostic, Problems};
use crate::model::limits::FACTS_SET_MAX;
use crate::model::network::parse_network;
use crate::model::schema::{Attribute, Package};
use crate::model::value::{GROUP, ORGANIZATION, bare, read_ip};
use crate::model::{Date, Duration, EntityRef, Id, Instant, Symbol, TimeOfDay, Type, Value};

pub(super) fn read(
    node: &Node<'_>,
    attribute: &Attribute,
    package: Option<Id<Package>>,
    context: &Context<'_>,
    problems: &mut Problems,
) -> Option<Value> {
    of_type(node, &attribute.ty, attribute, package, context, problems)
}

fn of_type(
    node: &Node<'_>,
    ty: &Type,
    attribute: &Attribute,
    package: Option<Id<Package>>,
    context: &Context<'_>,
    problems: &mut Problems,
) -> Option<Value> {
    let simple = match (ty, &node.content) {
        (Type::Bool, Content::Bool(value)) => Some(Value::Bool(*value)),
        (Type::Int, Content::Int(value)) => Some(Value::Int(*value)),
        (Type::String, Content::Text(text)) => Some(Value::String(Symbol::intern(text))),
        (Type::Ip, Content::Text(text)) => read_ip(text).map(Value::Ip),
        (Type::Network, Content::Text(text)) => parse_network(text).ok().map(Value::Network),
        (Type::Instant, Content::Text(text) | Content::Time(text)) => {
            Instant::parse(text).map(Value::Instant)
        }
        (Type::Date, Content::Text(text) | Content::Time(text)) => Date::parse(text).map(Value::Date),
        (Type::Time, Content::Text(text)) => TimeOfDay::parse(text).map(Value::Time),
        (Type::Duration, Content::Text(text)) => Duration::parse(text).ok().map(Value::Duration),
        (Type::Set(element), Content::List(items)) => {
            return set(node, items, element, attribute, package, context, problems);
        }
        (Type::Entity(kind), Content::Text(_)) if kind.text() == ORGANIZATION => {
            let id = body::organization(node, context, problems)?;
            return Some(Value::Entity(EntityRef { kind: *kind, id }));
        }
        (Type::Entity(kind), Content::Text(id)) => {
            Some(Value::Entity(EntityRef { kind: *kind, id: Symbol::intern(id) }))
        }
        (Type::Entity(kind), Content::Mapping(_)) => {
            return reference(node, *kind, attribute, package, context, problems);
        }
        (Type::Record(members), Content::Mapping(entries)) => {
            return record(entries, members, attribute, package, context, problems);
        }
        _ => None,
    };
    if simple.is_none() {
        wrong(node, ty, attribute, problems);
    }
    simple
}

fn set(
    node: &Node<'_>,
    items: &[Node<'_>],
    element: &Type,
    attribute: &Attribute,
    package: Option<Id<Package>>,
    context: &Context<'_>,
    problems: &mut Problems,
) -> Option<Value> {
    if items.len() > FACTS_SET_MAX {
        let message = format!("`{}` has {} elements, more than {FACTS_SET_MAX}", attribute.name, items.len());
        problems.push(Diagnostic::error(Code::TooLarge, message).at(node.span, ""));
        return None;
    }
    // Every element is read, so that all mistakes are told.
    let mut values = Vec::with_capacity(items.len());
    for item in items {
        if problems.is_full() {
            break;
        }
        values.extend(of_type(item, element, attribute, package, context, problems));
    }
    (values.len() == items.len()).then(|| Value::set(values))
}

fn record(
    entries: &[Entry<'_>],
    members: &[Attribute],
    attribute: &Attribute,
    package: Option<Id<Package>>,
    context: &Context<'_>,
    problems: &mut Problems,
) -> Option<Value> {
    // Every member is read, so that all mistakes are told.
    let mut values = Vec::with_capacity(entries.len());
    for entry in entries {
        if problems.is_full() {
            break;
        }
        let name = entry.key.text.as_ref();
        let symbol = Symbol::lookup(name);
        let Some(member) = members.iter().find(|member| Some(member.name) == symbol) else {
            let message = format!("the record `{}` has no member `{name}`", attribute.name);
            let problem = Diagnostic::error(Code::UnknownName, message).at(entry.key.span, "");
            let declared = members.iter().map(|member| member.name.text());
            problems.push(suggesting(problem, name, declared));
            continue;
        };
        values
            .extend(read(&entry.value, member, package, context, problems).map(|value| (member.name, value)));
    }
    (values.len() == entries.len()).then(|| Value::record(values))
}

/// `{ type: user, id: alice }`, where the type has to be the declared one.
fn reference(
    node: &Node<'_>,
    kind: Symbol,
    attribute: &Attribute,
    package: Option<Id<Package>>,
    context: &Context<'_>,
    problems: &mut Problems,
) -> Option<Value> {
    let fields = Fields::read(node, "a reference to an entity", &["type", "id"], problems)?;
    let type_node = fields.required("type", "", problems);
    let id_node = fields.required("id", "", problems);
    let (type_node, id_node) = (type_node?, id_node?);
    let name = yaml::text(type_node, "a type", problems)?;
    let found = if [GROUP, ORGANIZATION].contains(&name) {
        Symbol::intern(name)
    } else {
        let id = context.names.entity_type(name, package, type_node.span, problems)?;
        context.names.schema.types.row(id).name
    };
    if found != kind {
        let expected = bare(kind.text());
        let message = format!("`{}` holds a `{expected}`, found a `{name}`", attribute.name);
        problems.push(Diagnostic::error(Code::WrongValue, message).at(type_node.span, ""));
        return None;
    }
    if kind.text() == ORGANIZATION {
        let id = body::organization(id_node, context, problems)?;
        return Some(Value::Entity(EntityRef { kind, id }));
    }
    let id = yaml::text(id_node, "an id", problems)?;
    Some(Value::Entity(EntityRef { kind, id: Symbol::intern(id) }))
}

fn wrong(node: &Node<'_>, ty: &Type, attribute: &Attribute, problems: &mut Problems) {
    let Some(problem) = yaml::mismatch(node, &describe(ty)) else { return };
    let is = match &attribute.ty {
        // With its members it would fill lines.
        Type::Record(_) => "a record".to_owned(),
        ty => format!("of type {}", ty.describe()),
    };
    let message = format!("`{}` is {is}: {}", attribute.name, problem.message);
    let help = match (&node.content, ty) {
        (Content::Null, _) => Some("leave the line out if it is not known".to_owned()),
        (_, Type::String) => problem.help,
        _ => None,
    };
    problems.push(Diagnostic { code: Code::WrongValue, message, help, ..problem });
}

fn describe(ty: &Type) -> String {
    match ty {
        Type::Bool => "`true` or `false`".to_owned(),
        Type::Int => "a whole number".to_owned(),
        Type::String => "a text".to_owned(),
        Type::Ip => "an IP address".to_owned(),
        Type::Network => "a network such as `192.168.0.0/16`, without bits beyond its prefix".to_owned(),
        Type::Instant => "an instant such as `2026-11-01T09:00:00Z`".to_owned(),
        Type::Date => "a date such as `2026-11-01`".to_owned(),
        Type::Time => "a time of day such as `\"09:00\"`".to_owned(),
        Type::Duration => "a duration such as `2h30m`".to_owned(),
        Type::Entity(kind) if kind.text() == ORGANIZATION => "an organization's path".to_owned(),
        Type::Entity(kind) => format!("the id of a `{}`", bare(kind.text())),
        Type::Set(_) => "a list".to_owned(),
        Type::Record(_) => "its members as a mapping".to_owned(),
    }
}
