//! A decision in words, and as JSON.

use std::fmt::Write as _;

use serde_json::{Map, Value as Json, json};

use crate::bundle::Revision;
use crate::engine::Decider;
use crate::engine::explain::{self, Account};
use crate::language::policy::{Directive, Effect};
use crate::model::Value;

/// A decision with what explains it, and the revision that made it.
pub struct Told<'a> {
    pub account: Account<'a>,
    pub revision: &'a Revision,
}

impl Told<'_> {
    /// For people: the answer, then a line for everything there is to say about it.
    pub fn text(&self) -> String {
        let answer = if self.account.is_allow() { "ALLOW" } else { "DENY" };
        let mut text = format!("{answer}: {}\n", self.account.sentence());
        for (name, value) in self.account.lines().into_iter().chain([("revision", self.revision.short())]) {
            // To write to a text never fails.
            let _ = writeln!(text, "  {name:<12} {value}");
        }
        text
    }

    /// For machines.
    pub fn json(&self) -> Json {
        let account = &self.account;
        let decision = account.decision;
        let engine = account.engine;
        let directives =
            |directives: Vec<&Directive>| directives.into_iter().map(directive_json).collect::<Vec<_>>();
        json!({
            "decision": account.is_allow(),
            "reason": account.reason(),
            "explanation": account.sentence(),
            "asked": account.question.map(|question| json!({
                "subject": question.subject.as_ref().map(|party| json!({ "type": party.kind, "id": party.id })),
                "action": question.action,
                "resource": { "type": question.resource.kind, "id": question.resource.id },
            })),
            "deciding": account.deciding().iter().map(|decider| self.decider(*decider)).collect::<Vec<_>>(),
            "unknown": decision.map_or(Vec::new(), |decision| {
                decision.unknown.iter().map(ToString::to_string).collect()
            }),
            "obligations": decision.map_or(Vec::new(), |decision| directives(engine.obligations(decision))),
            "advice": decision.map_or(Vec::new(), |decision| directives(engine.advice(decision))),
            "at": account.now.to_string(),
            "valid_until": decision.and_then(|decision| decision.valid_until).map(|until| until.to_string()),
            "revision": self.revision.to_string(),
        })
    }

    fn decider(&self, decider: Decider) -> Json {
        let policy = self.account.engine.policy();
        let (kind, name) = match decider {
            Decider::Rule(rule) => ("rule", Some(policy.rule_name(rule))),
            Decider::Role(role) => ("role", Some(policy.schema.roles.row(role).name.to_string())),
            Decider::Grant => ("grant", None),
        };
        let effect = match decider {
            Decider::Rule(rule) if policy.rules.row(rule).effect == Effect::Deny => "deny",
            Decider::Rule(_) | Decider::Role(_) | Decider::Grant => "allow",
        };
        let place = self.account.place(decider);
        json!({
            "kind": kind,
            "name": name,
            "effect": effect,
            "file": place.map(|(file, _)| file),
            "line": place.map(|(_, line)| line),
            "because": explain::because(policy, decider),
        })
    }
}

/// As AuthZEN answers say it.
fn directive_json(directive: &Directive) -> Json {
    let properties: Map<String, Json> =
        directive.arguments.iter().map(|(name, value)| (name.to_string(), value_json(value))).collect();
    json!({ "id": directive.name.text(), "properties": properties })
}

fn value_json(value: &Value) -> Json {
    match value {
        Value::Bool(value) => json!(value),
        Value::Int(value) => json!(value),
        Value::String(text) => json!(text.text()),
        Value::Ip(address) => json!(address.to_string()),
        Value::Network(network) => json!(network.to_string()),
        Value::Instant(instant) => json!(instant.to_string()),
        Value::Date(date) => json!(date.to_string()),
        Value::Time(time) => json!(time.to_string()),
        Value::Duration(duration) => json!(duration.to_string()),
        Value::Entity(entity) => json!({ "type": entity.kind.text(), "id": entity.id.text() }),
        Value::Set(values) => values.iter().map(value_json).collect(),
        Value::Record(members) => {
            Json::Object(members.iter().map(|(name, value)| (name.to_string(), value_json(value))).collect())
        }
    }
}
