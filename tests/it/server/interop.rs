//! AuthZEN's own cases: the certification's scenario, the conformance suite's modules, and the Todo interop, over HTTP.

use std::sync::Arc;

use portcullis::config::Config;
use portcullis::document::{Source, Sources, render};
use portcullis::engine::Engine;
use portcullis::service::World;
use portcullis::{facts, language};
use serde::Deserialize;
use serde_json::Value as Json;

use super::sidecar::{Sidecar, at, config};
use crate::client::{Response, get};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    to: String,
    #[serde(default = "post")]
    method: String,
    #[serde(default = "json", rename = "type")]
    content_type: String,
    body: Option<Json>,
    /// Sent instead of a body as it is.
    raw: Option<String>,
    status: u16,
    decision: Option<bool>,
    decisions: Option<Vec<bool>>,
    /// How many answers there should be, whatever they are.
    count: Option<usize>,
    repeat: Option<usize>,
}

fn post() -> String {
    "POST".to_owned()
}

fn json() -> String {
    "application/json".to_owned()
}

fn world(policy: &str, file: &str) -> World {
    let mut sources = Sources::default();
    let mut add =
        |name: &str, text: &str| sources.add(Source { name: name.to_owned(), text: text.to_owned() });
    let (policy, file) = (add("a.policy", policy), add("a.yaml", file));
    let loaded = language::load(&sources, &[policy]);
    assert!(loaded.diagnostics.is_empty(), "{}", render::plain(&loaded.diagnostics, &sources));
    let policy = loaded.policy.unwrap();
    let (facts, problems) = facts::load(&sources, &[file], &policy.schema);
    let facts = facts.unwrap_or_else(|| panic!("{}", render::plain(&problems, &sources)));
    World::new(Arc::new(Engine::new(Arc::new(policy))), Arc::new(facts), "one", at("2026-03-02T11:00:00Z"))
}

fn records() -> World {
    world(
        include_str!("../../cases/authzen/certification.policy"),
        include_str!("../../cases/authzen/certification.facts.yaml"),
    )
}

fn todo() -> World {
    world(
        include_str!("../../cases/authzen/todo.policy"),
        include_str!("../../cases/authzen/todo.facts.yaml"),
    )
}

fn ask(sidecar: &Sidecar, case: &Case) -> Response {
    let body = match (&case.raw, &case.body) {
        (Some(raw), _) => raw.clone(),
        (None, Some(body)) => body.to_string(),
        (None, None) => String::new(),
    };
    sidecar.client().ask(format!(
        "{} {} HTTP/1.1\r\nHost: pdp\r\nContent-Type: {}\r\nX-Request-ID: {}\r\nContent-Length: {}\r\n\r\n{body}",
        case.method,
        case.to,
        case.content_type,
        case.id,
        body.len(),
    ))
}

fn decision(answer: &Json) -> bool {
    assert!(answer.get("context").is_none_or(Json::is_object), "{answer}");
    answer["decision"].as_bool().unwrap_or_else(|| panic!("no decision in {answer}"))
}

/// Asks what stands in a file; how many cases there were.
fn hold(sidecar: &Sidecar, cases: &str) -> usize {
    let cases: Vec<Case> = serde_yaml::from_str(cases).unwrap();
    for case in &cases {
        let response = ask(sidecar, case);
        assert_eq!(response.status, case.status, "{case:?}\n{response:?}");
        assert_eq!(response.header("x-request-id"), Some(case.id.as_str()), "{case:?}");
        for _ in 1..case.repeat.unwrap_or(1) {
            assert_eq!(ask(sidecar, case).body, response.body, "{case:?}");
        }
        if case.status != 200 {
            assert!(!response.body.contains("true"), "{case:?}\n{response:?}");
            continue;
        }
        assert_eq!(response.header("content-type"), Some("application/json"), "{case:?}");
        let answer: Json = serde_json::from_str(&response.body).unwrap();
        match (case.decision, &case.decisions, case.count) {
            (Some(expected), None, None) => {
                assert_eq!(decision(&answer), expected, "{case:?}");
                assert!(answer.get("evaluations").is_none(), "{case:?}\n{answer}");
            }
            (None, expected, count) => {
                let found: Vec<bool> =
                    answer["evaluations"].as_array().unwrap().iter().map(decision).collect();
                assert!(answer.get("decision").is_none(), "{case:?}\n{answer}");
                assert!(expected.as_ref().is_none_or(|expected| *expected == found), "{case:?}\n{answer}");
                assert!(count.is_none_or(|count| count == found.len()), "{case:?}\n{answer}");
            }
            (Some(_), ..) => panic!("one decision or several: {case:?}"),
        }
    }
    cases.len()
}

#[test]
fn the_certification_is_passed() {
    let sidecar = Sidecar::start(records());
    assert_eq!(hold(&sidecar, include_str!("../../cases/authzen/certification.yaml")), 41);
}

#[test]
fn the_conformance_suite_is_passed() {
    let sidecar = Sidecar::start(records());
    assert_eq!(hold(&sidecar, include_str!("../../cases/authzen/conformance.yaml")), 58);
}

#[test]
fn the_todo_application_is_decided_byte_by_byte() {
    let sidecar = Sidecar::start(todo());
    let cases = include_str!("../../cases/authzen/todo.yaml");
    assert_eq!(hold(&sidecar, cases), 43);
    for case in serde_yaml::from_str::<Vec<Case>>(cases).unwrap() {
        let one = |decision: &bool| format!("{{\"decision\":{decision}}}");
        let expected = match (&case.decision, &case.decisions) {
            (Some(decision), _) => one(decision),
            (None, decisions) => {
                let all: Vec<String> = decisions.iter().flatten().map(one).collect();
                format!("{{\"evaluations\":[{}]}}", all.join(","))
            }
        };
        assert_eq!(ask(&sidecar, &case).body, expected, "{case:?}");
    }
}

/// Level Discovery: the document is where it should be, and its addresses are those that answer.
#[test]
fn what_the_metadata_names_answers() {
    const URL: &str = "https://pdp.example.com";
    let sidecar = Sidecar::with(&Config { public_url: Some(URL.to_owned()), ..config() });
    sidecar.service.publish(records());
    let response = sidecar.client().ask(get("/.well-known/authzen-configuration"));
    assert_eq!((response.status, response.header("content-type")), (200, Some("application/json")));
    let document: Json = serde_json::from_str(&response.body).unwrap();
    let members = document.as_object().unwrap();
    assert_eq!(members["policy_decision_point"], URL);
    let endpoints: Vec<&str> = members
        .iter()
        .filter(|(name, _)| name.ends_with("_endpoint"))
        .map(|(_, address)| address.as_str().unwrap().strip_prefix(URL).unwrap())
        .collect();
    assert_eq!(endpoints.len(), 2);
    for path in endpoints {
        // Nothing else than POST; but there is something.
        assert_eq!(sidecar.client().ask(get(path)).status, 405, "{path}");
    }
}
