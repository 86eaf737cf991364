//! Tables of decisions: who asks for what, under which circumstances, and what is expected.
//!
//! The engine and the reference evaluator have to agree with the table, each on its own.

mod tables;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use portcullis::engine::{Decider, Decision, Engine, PartyInput, Question, Vouched, reference};
use portcullis::facts::Facts;
use portcullis::language::policy::Directive;
use portcullis::model::{Input, Instant, Value};
use serde::Deserialize;

/// A file of cases.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cases {
    usually: Circumstances,
    #[serde(default)]
    tables: Vec<tables::Table>,
    #[serde(rename = "cases")]
    singly: Vec<Case>,
}

/// When and from where, unless a case says otherwise.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Circumstances {
    at: String,
    context: BTreeMap<String, Json>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    /// The id of a `user`; nobody is the anonymous subject.
    who: Option<String>,
    /// `incidents:close inc-1`, or an HTTP line as a proxy sees it: `POST /incidents/inc-1/close`, with the host in
    /// front of the path where it matters.
    asks: String,
    at: Option<String>,
    /// Replaces what the circumstances say, member by member; null takes one away.
    #[serde(default)]
    context: BTreeMap<String, Json>,
    /// What the caller says about the subject.
    #[serde(default)]
    subject: BTreeMap<String, Json>,
    /// What the caller says about the resource.
    #[serde(default)]
    resource: BTreeMap<String, Json>,
    /// What the caller says about the action.
    #[serde(default)]
    action: BTreeMap<String, Json>,
    #[serde(default)]
    understands: Vec<String>,
    expect: Expected,
    reason: Option<String>,
    /// The rule, role or grant that is named.
    by: Option<String>,
    #[serde(default)]
    unknown: Vec<String>,
    #[serde(default)]
    obligations: Vec<String>,
    #[serde(default)]
    advice: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Expected {
    Allow,
    Deny,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
enum Json {
    Null(()),
    Bool(bool),
    Int(i64),
    Text(String),
    List(Vec<Json>),
}

/// What a case is compared on, for the table and for the answer.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    allowed: bool,
    reason: String,
    by: Option<String>,
    unknown: Vec<String>,
    obligations: Vec<String>,
    advice: Vec<String>,
}

pub(crate) fn read(path: &Path) -> Cases {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

pub(crate) fn parse(text: &str) -> Cases {
    serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

impl Cases {
    /// One message for each case that comes out another way than the table says.
    pub(crate) fn failures(&self, engine: &Engine, facts: &Facts) -> Vec<String> {
        self.singly.iter().filter_map(|case| self.failure(case, engine, facts)).collect()
    }

    /// Whether any case comes out another way, by the engine alone.
    pub(crate) fn notice(&self, engine: &Engine, facts: &Facts) -> bool {
        self.singly.iter().any(|case| {
            let question = self.question(case, engine);
            let found = question.map(|question| outcome(engine, &engine.answer(facts, &question)));
            found != case.expected(engine)
        }) || self.a_cell_notices(engine, facts)
    }

    fn failure(&self, case: &Case, engine: &Engine, facts: &Facts) -> Option<String> {
        let question = self.question(case, engine);
        let expected = case.expected(engine);
        let (Some(question), Some(_)) = (&question, &expected) else {
            return (question.is_some() != expected.is_some())
                .then(|| format!("{case}: the routes say otherwise: {question:?}"));
        };
        let fast = Some(outcome(engine, &engine.answer(facts, question)));
        let naive = Some(outcome(engine, &reference::decide(engine.policy(), facts, question)));
        (fast != expected || naive != expected)
            .then(|| format!("{case}\n  expected  {expected:?}\n  engine    {fast:?}\n  reference {naive:?}"))
    }

    /// None if no route leads anywhere.
    fn question<'a>(&'a self, case: &'a Case, engine: &Engine) -> Option<Question<'a>> {
        let (kind, action, id, organization) = case.permission(engine)?;
        let mut context = self.usually.context.clone();
        context.extend(case.context.clone());
        let mut properties = inputs(&case.resource);
        properties.extend(organization.map(|path| (Cow::from("organization"), Input::Text(path.into()))));
        Some(Question {
            subject: case.who.as_deref().map(|id| PartyInput {
                kind: "user".into(),
                id: Some(id.into()),
                properties: inputs(&case.subject),
            }),
            action: action.into(),
            resource: PartyInput { kind: kind.into(), id: id.map(Cow::from), properties },
            context: inputs(&context),
            action_properties: inputs(&case.action),
            understands: case.understands.iter().map(|name| name.as_str().into()).collect(),
            vouched: Vouched::default(),
            now: Instant::parse(case.at.as_ref().unwrap_or(&self.usually.at)).unwrap(),
        })
    }
}

impl Case {
    fn of_cell(
        who: &str,
        asks: &str,
        context: BTreeMap<String, Json>,
        resource: BTreeMap<String, Json>,
    ) -> Case {
        Case {
            who: Some(who.to_owned()),
            asks: asks.to_owned(),
            at: None,
            context,
            subject: BTreeMap::new(),
            action: BTreeMap::new(),
            resource,
            understands: Vec::new(),
            expect: Expected::Deny,
            reason: None,
            by: None,
            unknown: Vec::new(),
            obligations: Vec::new(),
            advice: Vec::new(),
        }
    }

    /// What the table says; none for an HTTP line that no route knows.
    fn expected(&self, engine: &Engine) -> Option<Outcome> {
        if self.reason.as_deref() == Some("no_route") {
            return None;
        }
        let allowed = self.expect == Expected::Allow;
        let package = engine.policy().schema.packages.rows().next().unwrap().name;
        Some(Outcome {
            allowed,
            reason: self
                .reason
                .clone()
                .unwrap_or_else(|| if allowed { "allowed" } else { "no_rule_applies" }.to_owned()),
            by: self.by.as_ref().map(|by| match by.split_once(' ') {
                Some((role, name)) => format!("{role} {package}/{name}"),
                None if by == "grant" => by.clone(),
                None => format!("{package}/{by}"),
            }),
            unknown: self.unknown.clone(),
            obligations: self.obligations.clone(),
            advice: self.advice.clone(),
        })
    }

    /// Type, action, id and organization.
    fn permission(&self, engine: &Engine) -> Option<(String, String, Option<String>, Option<String>)> {
        let (first, rest) = self.asks.split_once(' ').unwrap_or((&self.asks, ""));
        if let Some((kind, action)) = first.split_once(':') {
            let id = (!rest.is_empty()).then(|| rest.to_owned());
            return Some((kind.to_owned(), action.to_owned(), id, None));
        }
        let (host, path) = rest.split_once('/').unwrap_or_else(|| panic!("{self}: no path"));
        let segments: Vec<&str> = path.split('/').collect();
        let found = engine.route(first, (!host.is_empty()).then_some(host), &segments)?;
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Some((
            found.resource_type.to_owned(),
            found.action.to_owned(),
            owned(found.id),
            owned(found.organization),
        ))
    }
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let who = self.who.as_deref().unwrap_or("nobody");
        write!(f, "{who} asks {}", self.asks)?;
        self.at.iter().try_for_each(|at| write!(f, " at {at}"))
    }
}

fn outcome(engine: &Engine, decision: &Decision) -> Outcome {
    let names = |directives: Vec<&Directive>| directives.into_iter().map(directive).collect();
    Outcome {
        allowed: decision.is_allow(),
        reason: decision.reason.code().to_owned(),
        by: decision.deciding.first().map(|first: &Decider| engine.decider_name(*first)),
        unknown: decision.unknown.iter().map(|leaf| leaf.text().to_owned()).collect(),
        obligations: names(engine.obligations(decision)),
        advice: names(engine.advice(decision)),
    }
}

/// `step_up(amr: "mfa")`, as its author writes it.
fn directive(directive: &Directive) -> String {
    let argument = |(name, value): &(portcullis::model::Symbol, Value)| match value {
        Value::String(text) => format!("{name}: \"{text}\""),
        Value::Int(number) => format!("{name}: {number}"),
        Value::Bool(truth) => format!("{name}: {truth}"),
        Value::Instant(instant) => format!("{name}: {instant}"),
        Value::Date(date) => format!("{name}: {date}"),
        Value::Time(time) => format!("{name}: {time}"),
        Value::Duration(duration) => format!("{name}: {duration}"),
        Value::Ip(_) | Value::Network(_) | Value::Entity(_) | Value::Set(_) | Value::Record(_) => {
            panic!("not shown: {value:?}")
        }
    };
    let arguments: Vec<String> = directive.arguments.iter().map(argument).collect();
    format!("{}({})", directive.name, arguments.join(", "))
}

fn inputs(members: &BTreeMap<String, Json>) -> Vec<(Cow<'static, str>, Input<'static>)> {
    members.iter().map(|(name, value)| (Cow::from(name.clone()), input(value))).collect()
}

fn input(value: &Json) -> Input<'static> {
    match value {
        Json::Null(()) => Input::Null,
        Json::Bool(value) => Input::Bool(*value),
        Json::Int(value) => Input::Int(*value),
        Json::Text(value) => Input::Text(value.clone().into()),
        Json::List(items) => Input::List(items.iter().map(input).collect()),
    }
}
