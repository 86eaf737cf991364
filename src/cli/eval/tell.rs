//! A decision in words, and as JSON.

use serde_json::{Map, Value as Json, json};

use crate::bundle::Bundle;
use crate::document::Span;
use crate::engine::{Decider, Decision, Question, explain};
use crate::language::policy::{Directive, Effect};
use crate::model::{Instant, Value};

/// A decision and what is needed to explain it.
pub struct Told<'a> {
    pub bundle: &'a Bundle,
    /// None if no route knows the HTTP request.
    pub question: Option<&'a Question<'a>>,
    pub decision: Option<&'a Decision>,
    pub http: Option<&'a str>,
    pub now: Instant,
}

/// The reason code of an HTTP request that no route knows.
const NO_ROUTE: &str = "no_route";

impl Told<'_> {
    /// For people: the answer, then a line for everything there is to say about it.
    pub fn text(&self) -> String {
        let mut lines =
            vec![format!("{}: {}", if self.is_allow() { "ALLOW" } else { "DENY" }, self.sentence())];
        let mut line = |name: &str, value: String| lines.push(format!("  {name:<12} {value}"));
        if let Some(question) = self.question {
            line("asked", asked(question));
        }
        if let Some(decision) = self.decision {
            let policy = self.bundle.engine.policy();
            for decider in &decision.deciding {
                line("decided by", self.decider_with_place(*decider));
                if let Some(because) = explain::because(policy, *decider) {
                    line("because", because.to_owned());
                }
            }
            for leaf in &decision.unknown {
                line("unknown", leaf.to_string());
            }
            for directive in self.bundle.engine.obligations(decision) {
                line("obligation", directive_text(directive));
            }
            for directive in self.bundle.engine.advice(decision) {
                line("advice", directive_text(directive));
            }
        }
        line("at", self.now.to_string());
        match self.decision.and_then(|decision| decision.valid_until) {
            Some(until) => line("valid until", until.to_string()),
            None => line("valid until", "policy, facts or request change".to_owned()),
        }
        line("revision", self.bundle.revision.short());
        lines.join("\n") + "\n"
    }

    /// For machines.
    pub fn json(&self) -> Json {
        let decision = self.decision;
        let deciding = decision.map_or(&[][..], |decision| decision.deciding.as_slice());
        let engine = &self.bundle.engine;
        let directives =
            |directives: Vec<&Directive>| directives.into_iter().map(directive_json).collect::<Vec<_>>();
        json!({
            "decision": self.is_allow(),
            "reason": decision.map_or(NO_ROUTE, |decision| decision.reason.code()),
            "explanation": self.sentence(),
            "asked": self.question.map(|question| json!({
                "subject": question.subject.as_ref().map(|party| json!({ "type": party.kind, "id": party.id })),
                "action": question.action,
                "resource": { "type": question.resource.kind, "id": question.resource.id },
            })),
            "deciding": deciding.iter().map(|decider| self.decider_json(*decider)).collect::<Vec<_>>(),
            "unknown": decision.map_or(Vec::new(), |decision| {
                decision.unknown.iter().map(ToString::to_string).collect()
            }),
            "obligations": decision.map_or(Vec::new(), |decision| directives(engine.obligations(decision))),
            "advice": decision.map_or(Vec::new(), |decision| directives(engine.advice(decision))),
            "at": self.now.to_string(),
            "valid_until": decision.and_then(|decision| decision.valid_until).map(|until| until.to_string()),
            "revision": self.bundle.revision.to_string(),
        })
    }

    fn is_allow(&self) -> bool {
        self.decision.is_some_and(Decision::is_allow)
    }

    /// The reason, in one sentence without its full stop.
    fn sentence(&self) -> String {
        match (self.question, self.decision) {
            (Some(question), Some(decision)) => explain::sentence(&self.bundle.engine, question, decision),
            _ => format!("no route says which permission `{}` asks for", self.http.unwrap_or_default()),
        }
    }

    fn decider_with_place(&self, decider: Decider) -> String {
        let place = self.span(decider).map(|span| {
            let (line, _) = self.bundle.sources.position(span);
            format!(" ({}:{line})", self.file(span))
        });
        format!("{}{}", explain::decider(self.bundle.engine.policy(), decider), place.unwrap_or_default())
    }

    fn decider_json(&self, decider: Decider) -> Json {
        let policy = self.bundle.engine.policy();
        let (kind, name) = match decider {
            Decider::Rule(rule) => ("rule", Some(policy.rule_name(rule))),
            Decider::Role(role) => ("role", Some(policy.schema.roles.row(role).name.to_string())),
            Decider::Grant => ("grant", None),
        };
        let effect = match decider {
            Decider::Rule(rule) if policy.rules.row(rule).effect == Effect::Deny => "deny",
            Decider::Rule(_) | Decider::Role(_) | Decider::Grant => "allow",
        };
        let span = self.span(decider);
        json!({
            "kind": kind,
            "name": name,
            "effect": effect,
            "file": span.map(|span| self.file(span)),
            "line": span.map(|span| self.bundle.sources.position(span).0),
            "because": explain::because(policy, decider),
        })
    }

    fn span(&self, decider: Decider) -> Option<Span> {
        match decider {
            Decider::Rule(rule) => Some(self.bundle.engine.policy().rules.row(rule).span),
            Decider::Role(_) | Decider::Grant => None,
        }
    }

    fn file(&self, span: Span) -> &str {
        self.bundle.sources.get(span.source).map_or("", |source| source.name.as_str())
    }
}

fn asked(question: &Question<'_>) -> String {
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

/// `step_up(amr: "mfa")`.
fn directive_text(directive: &Directive) -> String {
    let arguments = directive.arguments.iter().map(|(name, value)| format!("{name}: {}", value_json(value)));
    format!("{}({})", directive.name, arguments.collect::<Vec<_>>().join(", "))
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
