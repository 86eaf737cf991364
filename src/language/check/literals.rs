//! Literals to values.

use std::collections::BTreeMap;

use super::names::{Names, Site};
use super::report::Report;
use super::types::entity_kind;
use crate::document::{Code, Diagnostic, Span};
use crate::language::syntax::tree::{Literal, LiteralKind, Temporal};
use crate::model::organization::{ROOT_PATH, is_path};
use crate::model::schema::Schema;
use crate::model::value::ORGANIZATION;
use crate::model::{EntityRef, Symbol, Type, Value};

/// Where a literal's names are looked up.
pub(super) struct Scope<'s, 'a> {
    pub(super) site: Site,
    pub(super) schema: &'s Schema,
    pub(super) names: &'s Names<'a>,
}

/// A literal's value and its type; `[]` is of the expected type.
pub(super) fn literal<'a>(
    node: &Literal<'a>,
    expected: Option<&Type>,
    scope: &Scope<'_, 'a>,
    report: &mut Report,
) -> Option<(Value, Type)> {
    Some(match &node.kind {
        LiteralKind::Text(text) => (Value::String(Symbol::intern(text)), Type::String),
        LiteralKind::Int(value) => (Value::Int(*value), Type::Int),
        LiteralKind::Bool(value) => (Value::Bool(*value), Type::Bool),
        LiteralKind::Temporal(value, _) => temporal(*value),
        LiteralKind::Entity(kind, id) => {
            let kind = entity_kind(scope.site, *kind, scope.schema, scope.names, report)?;
            entity_id(kind, &id.value, id.span, report);
            (Value::Entity(EntityRef { kind, id: Symbol::intern(&id.value) }), Type::Entity(kind))
        }
        LiteralKind::Set(items) => {
            let values: Vec<(Value, Type)> =
                items.iter().map(|item| literal(item, None, scope, report)).collect::<Option<_>>()?;
            doubles(items, values.iter().map(|(value, _)| value), report);
            set(node, values, expected, report)?
        }
    })
}

/// An entity that can't be is nothing that anything equals or is in: a deny about it would never apply.
pub(super) fn entity_id(kind: Symbol, id: &str, span: Span, report: &mut Report) {
    if kind.text() == ORGANIZATION {
        organization_path(id, span, report);
    }
}

pub(super) fn organization_path(path: &str, span: Span, report: &mut Report) {
    let parts: Vec<&str> = path.split('/').collect();
    if let Some((above, _)) = parts
        .iter()
        .position(|part| matches!(*part, "*" | "**"))
        .and_then(|wildcard| parts.split_at_checked(wildcard))
    {
        let above = if above.is_empty() { ROOT_PATH.to_owned() } else { above.join("/") };
        let help = format!("write `\"{above}\"`: those below it are in it");
        report.error_with_help(Code::BadLiteral, span, "an organization's path has no wildcards", help);
    } else if !is_path(path) || parts.iter().any(|part| part.trim() != *part) {
        let help = "write names with `/` between them, as in `acme/security`";
        report.error_with_help(Code::BadLiteral, span, "this is no organization's path", help);
    }
}

fn temporal(value: Temporal) -> (Value, Type) {
    match value {
        Temporal::Instant(instant) => (Value::Instant(instant), Type::Instant),
        Temporal::Date(date) => (Value::Date(date), Type::Date),
        Temporal::Time(time) => (Value::Time(time), Type::Time),
        Temporal::Duration(duration) => (Value::Duration(duration), Type::Duration),
    }
}

fn set(
    node: &Literal<'_>,
    items: Vec<(Value, Type)>,
    expected: Option<&Type>,
    report: &mut Report,
) -> Option<(Value, Type)> {
    let Some((_, first)) = items.first() else {
        return if let Some(ty @ Type::Set(_)) = expected {
            Some((Value::set(Vec::new()), ty.clone()))
        } else {
            report.error(Code::TypeMismatch, node.span, "nothing is in an empty set");
            None
        };
    };
    let first = first.clone();
    let are_entities = matches!(first, Type::Entity(_));
    let odd = items.iter().find(|(_, ty)| match (ty, are_entities) {
        (Type::Entity(_), true) => false,
        _ => *ty != first,
    });
    if let Some((_, odd)) = odd {
        let message = format!(
            "the elements of a set are of one type, not `{}` and `{}`",
            first.describe(),
            odd.describe()
        );
        report.error(Code::TypeMismatch, node.span, message);
        return None;
    }
    let values = items.into_iter().map(|(value, _)| value).collect();
    Some((Value::set(values), Type::Set(Box::new(first))))
}

/// Warns of what stands in a set more than once.
fn doubles<'v>(items: &[Literal<'_>], values: impl Iterator<Item = &'v Value>, report: &mut Report) {
    let mut first: BTreeMap<&Value, Span> = BTreeMap::new();
    for (item, value) in items.iter().zip(values) {
        if let Some(first) = first.get(value) {
            let diagnostic =
                Diagnostic::warning(Code::Repeated, "the set holds this already").at(item.span, "");
            report.add(diagnostic.related(*first, "the first time"));
        } else {
            first.insert(value, item.span);
        }
    }
}

/// An argument of an obligation or a piece of advice: plain data for whoever carries it out.
pub(super) fn argument(node: &Literal<'_>, report: &mut Report) -> Option<Value> {
    match &node.kind {
        LiteralKind::Text(text) => Some(Value::String(Symbol::intern(text))),
        LiteralKind::Int(value) => Some(Value::Int(*value)),
        LiteralKind::Bool(value) => Some(Value::Bool(*value)),
        LiteralKind::Temporal(value, _) => Some(temporal(*value).0),
        LiteralKind::Set(items) => {
            let values = items.iter().map(|item| argument(item, report)).collect::<Option<Vec<_>>>()?;
            let kinds = values.windows(2).all(|pair| match pair {
                [one, other] => std::mem::discriminant(one) == std::mem::discriminant(other),
                _ => true,
            });
            if !kinds {
                report.error(Code::TypeMismatch, node.span, "the elements of a set are of one type");
                return None;
            }
            doubles(items, values.iter(), report);
            Some(Value::set(values))
        }
        LiteralKind::Entity(..) => {
            report.error_with_help(
                Code::TypeMismatch,
                node.span,
                "an argument can't be an entity",
                "write its id as a string",
            );
            None
        }
    }
}
