//! What was expected of an answer, beside what it is.

use super::{By, Expected, Until};
use crate::engine::explain::{self, Account};
use crate::engine::{Decider, Reason};
use crate::language::policy::Directive;

/// Something that is not as it was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub what: &'static str,
    pub expected: String,
    pub found: String,
}

/// Everything in which an answer differs; nothing if it is as it was expected.
pub fn differences(expected: &Expected, account: &Account<'_>) -> Vec<Difference> {
    let mut differences = Vec::new();
    let mut differ = |what, expected: String, found: String| {
        if expected != found {
            differences.push(Difference { what, expected, found });
        }
    };
    let decision = |is_allow| if is_allow { "allow" } else { "deny" }.to_owned();
    differ("decision", decision(expected.is_allow), decision(account.is_allow()));
    let reason = account.reason();
    match expected.reason {
        Some(wanted) => differ("reason", wanted.to_owned(), reason.to_owned()),
        None if expected.is_allow
            || account.is_allow()
            || is_a_deny_of_policies(reason, expected.is_cell) => {}
        None => {
            let wanted =
                format!("denied_by_rule or no_rule_applies; write `reason: {reason}` if that is meant");
            differ("reason", wanted, reason.to_owned());
        }
    }
    let engine = account.engine;
    let names = |deciders: &[Decider]| {
        let mut names: Vec<String> = deciders.iter().map(|decider| engine.decider_name(*decider)).collect();
        names.sort();
        listed(&names)
    };
    match &expected.by {
        Some(By::Named(decider)) => {
            let found = account.deciding().first().map(|first| engine.decider_name(*first));
            differ("by", engine.decider_name(*decider), found.unwrap_or_else(|| NOTHING.to_owned()));
        }
        Some(By::All(deciders)) => differ("by", names(deciders), names(account.deciding())),
        None => {}
    }
    let answer = account.decision;
    if let Some(unknown) = &expected.unknown {
        let found = answer.iter().flat_map(|answer| &answer.unknown).map(ToString::to_string);
        differ("unknown", listed(unknown), listed(&found.collect::<Vec<_>>()));
    }
    let mut directives = |what, wanted: &Option<Vec<String>>, found: Vec<&Directive>| {
        if let Some(wanted) = wanted {
            let found = found.iter().enumerate().map(|(number, one)| spelled(one, wanted.get(number)));
            differ(what, listed(wanted), listed(&found.collect::<Vec<_>>()));
        }
    };
    directives(
        "obligations",
        &expected.obligations,
        answer.map_or(Vec::new(), |one| engine.obligations(one)),
    );
    directives("advice", &expected.advice, answer.map_or(Vec::new(), |one| engine.advice(one)));
    if let Some(until) = expected.valid_until {
        let found = match answer.and_then(|answer| answer.valid_until) {
            Some(instant) => Until::At(instant),
            None => Until::Never,
        };
        differ("valid_until", until.to_string(), found.to_string());
    }
    differences
}

const NOTHING: &str = "nothing";

/// Whether such a deny says something of the policies. What is unknown denies too, and so does whatever is misspelt: a test
/// that says no more than `deny` would pass for nothing. A table's cells ask about things that nobody knows.
fn is_a_deny_of_policies(reason: &str, is_cell: bool) -> bool {
    let is = |one: Reason| reason == one.code();
    is(Reason::DeniedByRule)
        || is(Reason::NoRuleApplies)
        || is(Reason::ObligationUnsupported)
        || (is_cell && is(Reason::UnknownAttribute))
}

/// By its name alone where no more was expected.
fn spelled(directive: &Directive, expected: Option<&String>) -> String {
    if expected.is_some_and(|expected| expected == directive.name.text()) {
        return directive.name.to_string();
    }
    explain::directive(directive)
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { NOTHING.to_owned() } else { names.join(", ") }
}

impl std::fmt::Display for Until {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Until::Never => f.write_str("never"),
            Until::At(instant) => instant.fmt(f),
        }
    }
}
