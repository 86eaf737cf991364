//! The access log of a real process, and the traces that its requests are part of.

use std::fs;

use serde_json::{Value, json};

use crate::client::{Client, evaluation, get};
use crate::process::{Served, portcullis};

const POLICY: &str = "package p
subject user {}
resource page { actions read, drop }
role reader { page:read }
allow page:read named reading
deny page:drop named keeping
";
const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn sidecar(log: &str) -> (Served, tempfile::TempDir) {
    configured("PORTCULLIS_ACCESS_LOG", log)
}

fn configured(key: &str, value: &str) -> (Served, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("main.policy"), POLICY).unwrap();
    let mut command = portcullis();
    command.env(key, value);
    let sidecar = Served::start_by(command, folder.path(), &[]);
    sidecar.wait_until_ready();
    (sidecar, folder)
}

fn question(action: &str) -> String {
    format!(
        r#"{{"subject":{{"type":"user","id":"secret-user","properties":{{"mail":"secret-mail"}}}},
            "action":{{"name":"{action}"}},"resource":{{"type":"page","id":"secret-page"}},"context":{{"ip":"203.0.113.77"}}}}"#
    )
}

fn with_headers(request: &str, headers: &[(&str, &str)]) -> String {
    let lines: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    request.replacen("\r\n", &format!("\r\n{}", lines.concat()), 1)
}

/// What a line says, without when; nobody who asks or is asked about stands in it.
fn said(mut line: Value) -> Value {
    let text = line.to_string();
    assert!(!text.contains("secret") && !text.contains("203.0.113"), "{text}");
    line.as_object_mut().unwrap().remove("timestamp");
    line
}

#[test]
fn each_decision_is_a_line_and_names_nobody() {
    let (sidecar, _folder) = sidecar("all");
    let revision = sidecar.readiness().1["revision"].as_str().unwrap().to_owned();
    let mut client = sidecar.client();
    let asked = with_headers(&evaluation(&question("read")), &[("X-Request-ID", "r-1")]);
    assert_eq!(client.ask(asked).body, r#"{"decision":true}"#);
    assert_eq!(
        said(sidecar.log("decided")),
        json!({
            "level": "INFO", "target": "portcullis::access", "message": "decided",
            "decision": "allow", "reason": "allowed", "rules": "p/reading", "revision": revision,
            "resource_type": "page", "action": "read",
            "span": { "name": "request", "endpoint": "evaluation", "request_id": "r-1" },
        })
    );
    client.ask(evaluation(&question("drop")));
    let line = said(sidecar.log("decided"));
    assert_eq!((&line["decision"], &line["rules"]), (&json!("deny"), &json!("p/keeping")));
    assert_eq!(line["span"], json!({ "name": "request", "endpoint": "evaluation" }));

    // What no policy declares is not written down: it may be anything.
    client.ask(evaluation(&question("secret-action")));
    let line = said(sidecar.log("decided"));
    assert_eq!(
        (&line["reason"], line.get("action"), line.get("resource_type")),
        (&json!("unknown_action"), None, None)
    );

    client.ask(evaluation(r#"{"secret""#));
    let line = said(sidecar.log("refused"));
    assert_eq!(line["reason"], json!("malformed_body"));
    Client::tcp(sidecar.decisions).ask(get("/secret"));
    let line = said(sidecar.log("refused"));
    assert_eq!((&line["reason"], &line["span"]["endpoint"]), (&json!("not_found"), &json!("other")));
}

#[test]
fn every_question_of_a_batch_has_its_line_whatever_thread_answers_it() {
    let (sidecar, _folder) = sidecar("all");
    let items: Vec<String> = (0..600).map(|_| question("read")).collect();
    let body = format!(r#"{{"evaluations":[{}]}}"#, items.join(","));
    let request = evaluation(&body).replacen("/evaluation ", "/evaluations ", 1);
    let answer = sidecar.client().ask(with_headers(&request, &[("traceparent", TRACEPARENT)]));
    assert_eq!(answer.body.matches(r#"{"decision":true}"#).count(), 600);
    for _ in 0..600 {
        let line = said(sidecar.log("decided"));
        assert_eq!(line["span"]["endpoint"], json!("evaluations"));
        assert_eq!(line["span"]["trace_id"], json!("4bf92f3577b34da6a3ce929d0e0e4736"));
    }
}

#[test]
fn only_denies_are_logged_where_only_denies_are_wanted() {
    let (sidecar, _folder) = sidecar("denies");
    let mut client = sidecar.client();
    client.ask(evaluation(&question("read")));
    client.ask(evaluation(&question("drop")));
    let line = said(sidecar.log("decided"));
    assert_eq!((&line["decision"], &line["rules"]), (&json!("deny"), &json!("p/keeping")));
}

#[test]
fn by_default_no_decision_is_logged() {
    let (sidecar, _folder) = sidecar("off");
    sidecar.client().ask(evaluation(&question("drop")));
    sidecar.signal("TERM");
    let lines: Vec<Value> = sidecar.rest();
    assert!(lines.iter().any(|line| line["message"] == "stopped"), "{lines:?}");
    assert!(lines.iter().all(|line| line["target"] != "portcullis::access"), "{lines:?}");
}

/// A proxy passes on no sentence of ours: who runs it finds in the log what is wrong with its questions.
#[test]
fn at_debug_the_log_says_what_is_wrong_with_a_proxys_question_and_with_which() {
    let (sidecar, _folder) = configured("PORTCULLIS_LOG_LEVEL", "debug");
    let ask = |lines: &[u8]| {
        let start = b"GET /authz/auth-request HTTP/1.1\r\nHost: pdp\r\nX-Request-ID: r-7\r\n";
        let answer = sidecar.client().ask([start, lines, b"\r\n"].concat());
        assert_eq!((answer.status, answer.header("x-request-id")), (403, Some("r-7")));
    };
    let span = json!({ "name": "request", "endpoint": "auth_request", "request_id": "r-7" });
    // What a browser that is sent from a Latin-1 address says.
    ask(b"X-Original-Method: GET\r\nX-Original-URI: /\r\nReferer: http://secret/caf\xe9\r\n");
    let line = said(sidecar.log("refused a request for how it is made"));
    let flaw = json!("the values of headers have to be UTF-8 without control characters");
    assert_eq!((&line["flaw"], &line["span"]), (&flaw, &span));
    ask(b"X-Original-Method: GET\r\n");
    let line = said(sidecar.log("refused an original request"));
    assert_eq!((line["error"].is_string(), &line["span"]), (true, &span));
}

#[test]
fn a_trace_goes_on_through_the_sidecar() {
    let (sidecar, _folder) = sidecar("all");
    let mut client = sidecar.client();
    let asked = |value: &str| with_headers(&evaluation(&question("read")), &[("traceparent", value)]);
    let mut spans = Vec::new();
    for _ in 0..2 {
        let answer = client.ask(asked(TRACEPARENT));
        let sent = answer.header("traceparent").expect("a traceparent").to_owned();
        let span = said(sidecar.log("decided"))["span"].clone();
        assert_eq!(span["trace_id"], json!("4bf92f3577b34da6a3ce929d0e0e4736"));
        assert_eq!(span["parent_id"], json!("00f067aa0ba902b7"));
        let span_id = span["span_id"].as_str().expect("a span").to_owned();
        assert_eq!(sent, format!("00-4bf92f3577b34da6a3ce929d0e0e4736-{span_id}-01"));
        spans.push(span_id);
    }
    assert_ne!(spans[0], spans[1]);
    for wrong in
        ["00-4bf9-00f067aa0ba902b7-01", "", "00-00000000000000000000000000000000-00f067aa0ba902b7-01"]
    {
        let answer = client.ask(asked(wrong));
        assert_eq!((answer.status, answer.header("traceparent")), (200, None), "{wrong}");
        assert_eq!(said(sidecar.log("decided"))["span"].get("trace_id"), None);
    }
    let doubled = with_headers(&asked(TRACEPARENT), &[("traceparent", TRACEPARENT)]);
    assert_eq!(client.ask(doubled).header("traceparent"), None);
}

/// A collector of logs that has died is no reason to answer nobody.
#[test]
fn it_goes_on_where_nobody_reads_the_log() {
    let (mut sidecar, _folder) = sidecar("all");
    sidecar.deafen();
    for _ in 0..20 {
        assert_eq!(sidecar.client().ask(evaluation(&question("read"))).body, r#"{"decision":true}"#);
        assert_eq!(sidecar.client().ask(evaluation(&question("drop"))).body, r#"{"decision":false}"#);
    }
    let metrics = Client::tcp(sidecar.admin).ask(get("/metrics")).body;
    assert!(metrics.contains("\nportcullis_panics_total 0\n"), "{metrics}");
}
