//! A decision in words.

mod account;

pub use account::{Account, NO_ROUTE};

use crate::document::suggest;
use crate::engine::{Decider, Decision, Engine, Question, Reason};
use crate::language::policy::{Directive, Policy};
use crate::model::Value;
use crate::model::schema::{EntityType, Named, Schema};

/// The reason, in one sentence without its full stop. It names rules, so it is for those who may see the policy.
pub fn sentence(engine: &Engine, question: &Question<'_>, decision: &Decision) -> String {
    let policy = engine.policy();
    let schema = &policy.schema;
    let first = decision.deciding.first().map(|first| decider(policy, *first)).unwrap_or_default();
    let unknown = quoted(decision.unknown.iter().map(ToString::to_string));
    let are = if decision.unknown.len() == 1 { "is" } else { "are" };
    match decision.reason {
        Reason::Allowed => format!("{first} allows it"),
        Reason::DeniedByRule => format!("{first} denies it"),
        Reason::NoRuleApplies => "no rule, role or grant allows it".to_owned(),
        Reason::UnknownAttribute if decision.deciding.is_empty() => {
            format!("nothing allows it as long as {unknown} {are} unknown")
        }
        Reason::UnknownAttribute => {
            format!("{first} denies it, because {unknown} {are} unknown and it might apply")
        }
        Reason::UnknownType => unknown_type(schema, question),
        Reason::UnknownAction => unknown_action(schema, question),
        Reason::OrganizationConflict => {
            "the facts say that the resource is in another organization than the request says".to_owned()
        }
        Reason::ObligationUnsupported => {
            let missing = engine
                .obligations(decision)
                .into_iter()
                .map(|directive| directive.name.text())
                .filter(|name| !question.understands.iter().any(|known| known == name));
            let missing = quoted(missing.map(str::to_owned));
            format!("{first} allows it with the obligation {missing}, which the caller does not understand")
        }
    }
}

/// With its name in backticks, for a sentence.
pub fn decider(policy: &Policy, decider: Decider) -> String {
    match decider {
        Decider::Rule(rule) => format!("rule `{}`", policy.rule_name(rule)),
        Decider::Role(role) => format!("role `{}`", policy.schema.roles.row(role).name),
        Decider::Grant => "a grant to the subject".to_owned(),
    }
}

/// What the policy's author wants users to be told.
pub fn because(policy: &Policy, decider: Decider) -> Option<&str> {
    match decider {
        Decider::Rule(rule) => policy.rules.row(rule).because.as_deref(),
        Decider::Role(_) | Decider::Grant => None,
    }
}

/// May this subject do that? In one line.
pub fn asked(question: &Question<'_>) -> String {
    let party = |kind: &str, id: Option<&str>| match id {
        Some(id) => format!("{kind}:{id}"),
        None => kind.to_owned(),
    };
    let subject = match &question.subject {
        Some(subject) => party(&subject.kind, subject.id.as_deref()),
        None => "somebody unidentified".to_owned(),
    };
    let resource = party(&question.resource.kind, question.resource.id.as_deref());
    format!("may {subject} {} {resource}?", question.action)
}

/// An obligation or a piece of advice as its author writes it: `step_up(amr: "mfa")`.
pub fn directive(directive: &Directive) -> String {
    let arguments = directive.arguments.iter().map(|(name, value)| format!("{name}: {}", written(value)));
    format!("{}({})", directive.name, arguments.collect::<Vec<_>>().join(", "))
}

fn written(value: &Value) -> String {
    match value {
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::String(text) => quote(text.text()),
        Value::Ip(address) => quote(&address.to_string()),
        Value::Network(network) => quote(&network.to_string()),
        Value::Instant(instant) => quote(&instant.to_string()),
        Value::Date(date) => quote(&date.to_string()),
        Value::Time(time) => quote(&time.to_string()),
        Value::Duration(duration) => quote(&duration.to_string()),
        Value::Entity(entity) => quote(entity.id.text()),
        Value::Set(values) => format!("[{}]", values.iter().map(written).collect::<Vec<_>>().join(", ")),
        Value::Record(members) => {
            let members = members.iter().map(|(name, value)| format!("{name}: {}", written(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
    }
}

fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn unknown_type(schema: &Schema, question: &Question<'_>) -> String {
    unknown_party(schema, "resource", &question.resource.kind, |kind| kind.is_resource)
        .or_else(|| {
            let subject = question.subject.as_ref()?;
            unknown_party(schema, "subject", &subject.kind, |kind| kind.is_subject)
        })
        .unwrap_or_default()
}

/// What is wrong with the name of a type, if that is it.
fn unknown_party(
    schema: &Schema,
    party: &str,
    name: &str,
    fits: impl Fn(&EntityType) -> bool,
) -> Option<String> {
    match schema.type_named(name) {
        Named::One(id) if fits(schema.types.row(id)) => None,
        Named::Ambiguous => {
            Some(format!("more than one package declares a type `{name}`; say `package/{name}`"))
        }
        Named::One(_) | Named::None => {
            let known = schema.types.rows().filter(|kind| fits(kind)).map(|kind| kind.bare.text());
            let near = suggest::did_you_mean(name, known).map(|near| format!("; {near}"));
            Some(format!("the policies declare no {party} `{name}`{}", near.unwrap_or_default()))
        }
    }
}

fn unknown_action(schema: &Schema, question: &Question<'_>) -> String {
    let Named::One(id) = schema.type_named(&question.resource.kind) else { return String::new() };
    let kind = schema.types.row(id);
    let actions = kind.permissions.iter().map(|permission| schema.permissions.row(*permission).action.text());
    let near = suggest::did_you_mean(&question.action, actions).map(|near| format!("; {near}"));
    format!("`{}` has no action `{}`{}", question.resource.kind, question.action, near.unwrap_or_default())
}

fn quoted(names: impl Iterator<Item = String>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
