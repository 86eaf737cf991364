//! `POST /access/v1/evaluation`.

use super::sidecar::{Sidecar, config};
use super::world::{REVISION, world};
use crate::client::{Response, evaluation, get};

fn question(action: &str) -> String {
    format!(
        r#"{{"subject": {{"type": "user", "id": "alice"}}, "action": {{"name": "{action}"}},
            "resource": {{"type": "document", "id": "7"}}}}"#
    )
}

fn ask(sidecar: &Sidecar, body: &str) -> Response {
    sidecar.client().ask(evaluation(body))
}

#[test]
fn an_allow_and_a_deny_are_bare() {
    let sidecar = Sidecar::start(world());
    let allowed = ask(&sidecar, &question("read"));
    assert_eq!((allowed.status, allowed.body.as_str()), (200, r#"{"decision":true}"#));
    assert_eq!(allowed.header("content-type"), Some("application/json"));
    assert_eq!(allowed.header("cache-control"), Some("no-store"));
    assert_eq!(allowed.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(allowed.header("portcullis-reason"), Some("allowed"));
    assert_eq!(allowed.header("portcullis-revision"), Some(REVISION));
    assert_eq!(allowed.header("x-request-id"), None);

    let denied = ask(&sidecar, &question("close"));
    assert_eq!((denied.status, denied.body.as_str()), (200, r#"{"decision":false}"#));
    assert_eq!(denied.header("portcullis-reason"), Some("no_rule_applies"));

    let burnt = ask(&sidecar, &question("burn"));
    assert_eq!((burnt.status, burnt.body.as_str()), (200, r#"{"decision":false}"#));
    assert_eq!(burnt.header("portcullis-reason"), Some("denied_by_rule"));

    let unknown = ask(&sidecar, &question("drown"));
    assert_eq!((unknown.status, unknown.body.as_str()), (200, r#"{"decision":false}"#));
    assert_eq!(unknown.header("portcullis-reason"), Some("unknown_action"));
}

#[test]
fn an_obligation_allows_only_who_understands_it() {
    const STEP_UP: &str = r#""context":{"obligations":[{"id":"step_up","properties":{"amr":"mfa","level":3,"zones":["a","b\"c"]}}]}"#;
    let sidecar = Sidecar::start(world());
    let denied = ask(&sidecar, &question("publish"));
    assert_eq!(denied.body, format!("{{\"decision\":false,{STEP_UP}}}"));
    assert_eq!(denied.header("portcullis-reason"), Some("obligation_unsupported"));

    let understood = |names: &str| question("publish").replacen('{', &format!("{{{names},"), 1);
    let other = ask(&sidecar, &understood(r#""supported_obligations": ["notify"]"#));
    assert_eq!(other.body, format!("{{\"decision\":false,{STEP_UP}}}"));
    let allowed = ask(&sidecar, &understood(r#""supported_obligations": ["notify", "step_up"]"#));
    assert_eq!(allowed.body, format!("{{\"decision\":true,{STEP_UP}}}"));
    let malformed = ask(&sidecar, &understood(r#""supported_obligations": "step_up""#));
    assert_eq!(malformed.status, 400);
    assert_eq!(malformed.body, "line 1, column 27: `supported_obligations` has to be a list of strings\n");
}

#[test]
fn advice_comes_with_the_answer() {
    let sidecar = Sidecar::start(world());
    assert_eq!(
        ask(&sidecar, &question("print")).body,
        r#"{"decision":true,"context":{"advice":[{"id":"banner","properties":{"text":"internal"}}]}}"#
    );
}

#[test]
fn before_the_first_policy_everything_is_denied() {
    let sidecar = Sidecar::with(&config());
    let denied = ask(&sidecar, &question("read"));
    assert_eq!((denied.status, denied.body.as_str()), (200, r#"{"decision":false}"#));
    assert_eq!(denied.header("portcullis-reason"), Some("no_policy"));
    assert_eq!(denied.header("portcullis-revision"), None);
    // Even then a malformed question is the caller's mistake.
    assert_eq!(ask(&sidecar, "{}").status, 400);
    sidecar.service.publish(world());
    assert_eq!(ask(&sidecar, &question("read")).body, r#"{"decision":true}"#);
}

#[test]
fn unknown_members_and_nulls_are_as_if_absent() {
    let sidecar = Sidecar::start(world());
    let body = r#"{"subject": {"type": "user", "id": "alice", "properties": null, "extra": [1]},
        "action": {"name": "read", "properties": {"soft": true}}, "context": null, "evaluations": {},
        "resource": {"type": "docs/document", "id": "7", "properties": {"odd": 1.5}}, "options": 3}"#;
    assert_eq!(ask(&sidecar, body).body, r#"{"decision":true}"#);
}

#[test]
fn a_wrong_shape_is_named() {
    let sidecar = Sidecar::start(world());
    let subject = r#""subject": {"type": "user", "id": "alice"}"#;
    let action = r#""action": {"name": "read"}"#;
    let resource = r#""resource": {"type": "document", "id": "7"}"#;
    for (body, expected) in [
        (String::new(), "line 1, column 1: the body is empty, and should be a JSON object"),
        ("[]".to_owned(), "line 1, column 1: the body has to be a JSON object"),
        ("{\n \"subject\": }".to_owned(), "line 2, column 13: `subject`: expected value"),
        (format!("{{{action},{resource}}}"), "line 1, column 1: `subject` is missing"),
        (format!("{{{subject},{resource}}}"), "line 1, column 1: `action` is missing"),
        (format!("{{{subject},{action}}}"), "line 1, column 1: `resource` is missing"),
        (format!("{{\"subject\": null,{action},{resource}}}"), "line 1, column 13: `subject` is missing"),
        (
            format!("{{\"subject\": \"alice\",{action},{resource}}}"),
            "line 1, column 13: `subject` has to be an object",
        ),
        (
            format!("{{\"subject\": {{\"id\": \"alice\"}},{action},{resource}}}"),
            "line 1, column 13: `subject.type` is missing",
        ),
        (
            format!("{{\"subject\": {{\"type\": \"user\"}},{action},{resource}}}"),
            "line 1, column 13: `subject.id` is missing",
        ),
        (
            format!("{{\"subject\": {{\"type\": \"user\", \"id\": 7}},{action},{resource}}}"),
            "line 1, column 36: `subject.id` has to be a string",
        ),
        (
            format!("{{\"subject\": {{\"type\": \"user\", \"id\": \"\"}},{action},{resource}}}"),
            "line 1, column 36: `subject.id` has to name somebody: it is empty",
        ),
        (
            format!("{{{subject},{action},\"resource\": {{\"type\": \"document\", \"id\": null}}}}"),
            "line 1, column 111: `resource.id` is missing",
        ),
        (format!("{{{subject},\"action\": {{}},{resource}}}"), "line 1, column 55: `action.name` is missing"),
        (
            format!("{{{subject},\"action\": {{\"name\": \"read\", \"properties\": 1}},{resource}}}"),
            "line 1, column 86: `action.properties` has to be an object",
        ),
        (
            format!("{{{subject},{action},{resource},\"context\": []}}"),
            "line 1, column 127: `context` has to be an object",
        ),
        (
            format!("{{{subject},{action},{resource},{subject}}}"),
            "line 1, column 124: the member `subject` is given twice",
        ),
    ] {
        let refused = ask(&sidecar, &body);
        assert_eq!((refused.status, refused.body.trim_end()), (400, expected), "{body}");
        assert_eq!(refused.header("content-type"), Some("text/plain; charset=utf-8"));
    }
    assert_eq!(sidecar.metric(r#"portcullis_requests_refused_total{reason="malformed_body"}"#), "17");
}

#[test]
fn other_methods_and_content_types_are_refused() {
    let sidecar = Sidecar::start(world());
    // T-70: an auth_request wired to this path must never see a 2xx.
    let wired_wrong = sidecar.client().ask(get("/access/v1/evaluation"));
    assert_eq!((wired_wrong.status, wired_wrong.header("allow")), (405, Some("POST")));
    for method in ["HEAD", "PUT", "OPTIONS", "DELETE", "PROPFIND"] {
        let request =
            format!("{method} /access/v1/evaluation HTTP/1.1\r\nHost: pdp\r\nContent-Length: 0\r\n\r\n");
        let mut client = sidecar.client();
        client.send(request);
        if method != "HEAD" {
            assert_eq!(client.response().unwrap().status, 405, "{method}");
        }
    }
    // nginx can be told to POST, and to send any body.
    let asked = evaluation(&question("read"));
    assert_eq!(sidecar.client().ask(asked.clone()).status, 200);
    for name in
        ["X-Original-Method", "X-Original-URI", "X-Original-URL", "X-Forwarded-Method", "X-Forwarded-Uri"]
    {
        for path in ["/evaluation ", "/evaluations "] {
            let wired_wrong =
                asked.replacen("\r\n", &format!("\r\n{name}: /\r\n"), 1).replacen("/evaluation ", path, 1);
            assert_eq!(sidecar.client().ask(wired_wrong).status, 403, "{path} {name}");
        }
    }
    let body = question("read");
    let typed = |lines: &str| {
        let request = format!(
            "POST /access/v1/evaluation HTTP/1.1\r\nHost: pdp\r\n{lines}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        sidecar.client().ask(request).status
    };
    for good in [
        "Content-Type: application/json\r\n",
        "content-type: Application/JSON; charset=\"UTF-8\"\r\n",
        "Content-Type: application/json;profile=x ; charset=utf-8\r\n",
    ] {
        assert_eq!(typed(good), 200, "{good}");
    }
    for bad in [
        "",
        "Content-Type: text/plain\r\n",
        "Content-Type: application/x-www-form-urlencoded\r\n",
        "Content-Type: application/jsonp\r\n",
        "Content-Type: application/json, text/plain\r\n",
        "Content-Type: application/json; charset=utf-16\r\n",
        "Content-Type: application/json\r\nContent-Type: application/json\r\n",
        "Content-Type: application/json\r\nContent-Encoding: gzip\r\n",
    ] {
        assert_eq!(typed(bad), 400, "{bad}");
    }
}

#[test]
fn a_request_id_comes_back_unchanged() {
    let sidecar = Sidecar::start(world());
    let with = |lines: &str| {
        let request = evaluation(&question("read")).replacen("\r\n", &format!("\r\n{lines}"), 1);
        sidecar.client().ask(request).header("x-request-id").map(str::to_owned)
    };
    assert_eq!(with("X-Request-ID: bfe9eb29-ab87\r\n").as_deref(), Some("bfe9eb29-ab87"));
    assert_eq!(with("X-Request-ID: a b,c\"\r\n").as_deref(), Some("a b,c\""));
    assert_eq!(with("X-Request-ID: a\r\nX-Request-ID: a\r\n"), None);
    assert_eq!(with("X-Request-ID: \r\n"), None);
    assert_eq!(with("X-Request-ID: \u{e9}\r\n"), None);
    assert_eq!(with(&format!("X-Request-ID: {}\r\n", "a".repeat(257))), None);
    // It comes back on refusals too.
    assert_eq!(with("X-Request-ID: a\tb\r\n"), None);
    for (host, status) in [("Host: pdp", 404), ("Host: pdp\r\nHost: pdp", 400), ("Host: a b", 400)] {
        let request = format!("GET /nowhere HTTP/1.1\r\n{host}\r\nX-Request-ID: 7\r\n\r\n");
        let refused = sidecar.client().ask(request);
        assert_eq!((refused.status, refused.header("x-request-id")), (status, Some("7")), "{host}");
    }
}
