//! What the author may have meant, where what is written means nothing.

use super::conditions::{Conditions, Kind, Typed, party_word};
use crate::document::{Code, Diagnostic};
use crate::language::policy::{Operand, Party};
use crate::language::syntax::tree::Qualified;
use crate::model::schema::EntityType;
use crate::model::{Id, Input, Locals, Symbol, Type, Value};

/// How long an id or a value may be to stand in a help line.
const SHOWN: usize = 64;

impl<'a> Conditions<'_, '_, '_, 'a> {
    /// What a name means that stands where a value does and is none; nothing if it means nothing at all.
    pub(super) fn other_than_value(&self, name: Qualified<'a>) -> Option<(String, String)> {
        let (names, site) = (self.around.names, self.site);
        let first = name.package.unwrap_or(name.name);
        if self.local(first.text).is_some() {
            return None;
        }
        if names.find(&names.roles, site, name).is_some() {
            let message = format!("`{name}` is a role, and conditions don't ask for roles");
            return Some((
                message,
                format!("say whom the rule is meant for: `to {name}`, or `except {name}`"),
            ));
        }
        if names.find(&names.types, site, name).is_some() {
            let message = format!("`{name}` is a type, not a value");
            let help = format!("ask for the type with `is {name}`, or name one with `{name}(\"…\")`");
            return Some((message, help));
        }
        if name.package.is_some() {
            return None;
        }
        if is_foreign_duration(name.name.text) {
            let help = "a duration is written in days, hours, minutes and seconds, like `30d` or `2h30m`";
            return Some((format!("`{name}` is no duration here"), help.to_owned()));
        }
        matches!(name.name.text, "null" | "nil" | "none" | "None" | "undefined").then(|| {
            let help = "`has PATH` asks whether an attribute is there, `not has PATH` whether it is absent";
            (format!("there is no `{name}`"), help.to_owned())
        })
    }

    /// The type behind `is`.
    pub(super) fn type_asked_for(&mut self, name: Qualified<'a>) -> Option<Id<EntityType>> {
        let names = self.around.names;
        let is_role = names.find(&names.roles, self.site, name).is_some();
        if names.find(&names.types, self.site, name).is_none()
            && is_role
            && let Some((message, help)) = self.other_than_value(name)
        {
            let problem = Diagnostic::error(Code::UnknownName, message).at(name.span(), "");
            self.report.if_declared(name.name.text, problem.help(help));
            return None;
        }
        names.type_named(self.site, name, self.report)
    }

    /// How the one of two values is written that are of different types, if that is all that is wrong.
    pub(super) fn rewritten(&self, left: &Typed, right: &Typed) -> Option<String> {
        self.literal_for(&left.kind, right).or_else(|| self.literal_for(&right.kind, left))
    }

    /// How a literal of this type is written that is written as another one.
    fn literal_for(&self, wanted: &Kind, literal: &Typed) -> Option<String> {
        let Operand::Literal(written) = &literal.operand else { return None };
        match (wanted, written) {
            (Kind::Value(Type::Entity(kind)), Value::String(id)) => Some(entity(&self.kind_text(*kind), *id)),
            (Kind::Party(party), Value::String(id)) => {
                let types = self.known.types(*party)?;
                let [only] = &*types else { return None };
                Some(entity(&self.kind_text(self.around.schema.types.row(*only).name), *id))
            }
            (Kind::Value(Type::Instant) | Kind::Now, Value::Date(_)) => {
                Some("an instant is written like `2026-11-22T00:00:00Z`".to_owned())
            }
            (Kind::Value(ty), Value::String(text)) => unquoted(ty, *text),
            _ => None,
        }
    }
}

/// `P1Y` or `PT90M`, as ISO 8601 writes durations.
fn is_foreign_duration(name: &str) -> bool {
    let Some(rest) = name.strip_prefix('P') else { return false };
    let rest = rest.strip_prefix('T').unwrap_or(rest);
    rest.starts_with(|first: char| first.is_ascii_digit())
        && rest.chars().all(|part| part.is_ascii_digit() || "YMWDTHS".contains(part))
}

fn entity(kind: &str, id: Symbol) -> String {
    let id = if id.text().len() > SHOWN { "…" } else { id.text() };
    format!("name the entity by its type and id: `{kind}({id:?})`")
}

/// How a literal of this type is written, which is written as a string.
fn unquoted(ty: &Type, text: Symbol) -> Option<String> {
    let example = match ty {
        Type::Instant => "2026-11-22T10:00:00Z",
        Type::Date => "2026-11-22",
        Type::Time => "09:00",
        Type::Duration => "2h30m",
        Type::Int => "7",
        Type::Bool => "true",
        _ => return None,
    };
    let mut locals = Locals::default();
    let input = Input::Text(text.text().into());
    let is_one = match ty {
        Type::Int => text.text().parse::<i64>().is_ok(),
        Type::Bool => text.text().parse::<bool>().is_ok(),
        _ => ty.read(&input, &mut |text| locals.symbol(text)).is_some(),
    };
    Some(if is_one && text.text().len() <= SHOWN {
        format!("write it without quotes: `{text}`")
    } else {
        format!("a value of type `{}` is written without quotes, like `{example}`", ty.describe())
    })
}

/// What is meant by a name that no entity has as an attribute; `kind` is what type the entity is of.
pub(super) fn of_entity(entity: &str, kind: Option<&str>, name: &str) -> Option<String> {
    let is_party = [Party::Subject, Party::Resource].iter().any(|party| party_word(*party) == entity);
    match name {
        "id" => Some(format!("compare the entity itself: `{entity} == {}(\"…\")`", kind.unwrap_or("TYPE"))),
        "type" if is_party => Some(format!("ask for the type with `{entity} is TYPE`")),
        "role" | "roles" if entity == party_word(Party::Subject) => {
            Some("say whom the rule is meant for with `to ROLE`".to_owned())
        }
        _ => None,
    }
}

/// How the values of a plain type are written, where one is written like an entity.
pub(super) fn plain_type(name: &str) -> Option<&'static str> {
    Some(match name {
        "ip" | "network" => "declare a `network`, which may be a single address, and ask with `in`",
        "date" => "a date is written as it is, like `2026-11-22`",
        "time" => "a time of day is written as it is, like `09:00`",
        "instant" => "an instant is written as it is, like `2026-11-22T10:00:00Z`",
        "duration" => "a duration is written as it is, like `2h30m`",
        "int" => "a number is written as it is, like `7`",
        "bool" => "write `true` or `false`",
        "string" => "a string is its text in quotes, and nothing else",
        _ => return None,
    })
}
