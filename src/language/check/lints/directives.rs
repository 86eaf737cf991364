//! Allows of routes that say more than the answer to a proxy holds, so that none of them ever passes.

use std::collections::HashSet;

use super::{Written, called};
use crate::document::{Code, Diagnostic};
use crate::language::check::report::Report;
use crate::language::policy::{Directive, Effect, Rule, Targets};
use crate::language::syntax::tree::ClauseKind;
use crate::model::limits::UPSTREAM_BYTES_MAX;
use crate::model::schema::Permission;
use crate::model::{Id, Value};

pub(super) fn lint(written: &Written<'_, '_, '_>, report: &mut Report) {
    let policy = written.policy;
    let routed: HashSet<Id<Permission>> = policy.routes.iter().map(|route| route.permission).collect();
    let is_routed = |rule: &Rule| match &rule.targets {
        Targets::Package => {
            let schema = &policy.schema;
            let package = |permission: Id<Permission>| {
                schema.types.row(schema.permissions.row(permission).resource).package
            };
            routed.iter().any(|permission| package(*permission) == rule.package)
        }
        Targets::Permissions(permissions) => permissions.iter().any(|permission| routed.contains(permission)),
    };
    for (_, rule, node) in &written.rules {
        if rule.effect != Effect::Allow {
            continue;
        }
        let bytes: usize = rule.obligations.iter().chain(&rule.advice).map(bytes_least).sum();
        if bytes <= UPSTREAM_BYTES_MAX || !is_routed(rule) {
            continue;
        }
        let said = node.clauses.iter().filter_map(|clause| match &clause.kind {
            ClauseKind::Oblige(directive) | ClauseKind::Advise(directive) => Some(directive),
            _ => None,
        });
        let place = said.max_by_key(|directive| directive.span.end - directive.span.start);
        let message = format!(
            "through a proxy {} never lets anything pass: it says at least {bytes} bytes, and {UPSTREAM_BYTES_MAX} fit",
            called(rule)
        );
        let diagnostic = Diagnostic::warning(Code::SaysTooMuch, message)
            .at(place.map_or(node.word, |directive| directive.name.span), "")
            .help("name a text that the application has, instead of sending all of it");
        report.add(diagnostic);
    }
}

/// How many bytes it has at least as JSON in a header.
fn bytes_least(directive: &Directive) -> usize {
    let arguments = directive.arguments.iter();
    let arguments = arguments.map(|(name, value)| escaped(name.text()) + value_bytes_least(value));
    escaped(directive.name.text()) + arguments.sum::<usize>()
}

fn value_bytes_least(value: &Value) -> usize {
    match value {
        Value::String(text) => escaped(text.text()),
        Value::Entity(entity) => escaped(entity.kind.text()) + escaped(entity.id.text()),
        Value::Set(values) => values.iter().map(value_bytes_least).sum(),
        Value::Record(members) => {
            members.iter().map(|(name, value)| escaped(name.text()) + value_bytes_least(value)).sum()
        }
        Value::Bool(_)
        | Value::Int(_)
        | Value::Ip(_)
        | Value::Network(_)
        | Value::Instant(_)
        | Value::Date(_)
        | Value::Time(_)
        | Value::Duration(_) => 1,
    }
}

/// With its quotes, and an escape for all that is no visible ASCII: `\u00fc`.
fn escaped(text: &str) -> usize {
    let bytes = |character: char| match character {
        '"' | '\\' | '\u{8}' | '\t' | '\n' | '\u{c}' | '\r' => 2,
        ' '..='~' => 1,
        other => 6 * other.len_utf16(),
    };
    2 + text.chars().map(bytes).sum::<usize>()
}
