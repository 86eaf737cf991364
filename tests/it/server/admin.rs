//! `/livez`, `/readyz`, `/metrics`, and how the server ends.

use super::sidecar::{Sidecar, config};
use super::world::{REVISION, world};
use crate::client::{evaluation, get};

#[test]
fn readiness_follows_the_policy() {
    let sidecar = Sidecar::with(&config());
    let mut admin = sidecar.admin();
    assert_eq!(admin.ask(get("/livez")).status, 200);
    let unready = admin.ask(get("/readyz"));
    assert_eq!((unready.status, unready.body.as_str()), (503, r#"{"ready":false,"draining":false}"#));

    sidecar.service.load_failed("error[P0101]: a \"comma\"".to_owned());
    let unready = admin.ask(get("/readyz"));
    let body = r#"{"ready":false,"draining":false,"problem":"error[P0101]: a \"comma\""}"#;
    assert_eq!((unready.status, unready.body.as_str()), (503, body));

    sidecar.service.publish(world());
    let ready = admin.ask(get("/readyz"));
    let revision = REVISION;
    let body = format!(r#"{{"ready":true,"revision":"{revision}","draining":false}}"#);
    assert_eq!((ready.status, ready.body.clone()), (200, body));
    assert_eq!(ready.header("content-type"), Some("application/json"));

    // A bad reload is shown, but the last good revision goes on deciding.
    sidecar.service.load_failed("broken".to_owned());
    let ready = admin.ask(get("/readyz"));
    let body = format!(r#"{{"ready":true,"revision":"{revision}","draining":false,"problem":"broken"}}"#);
    assert_eq!((ready.status, ready.body.clone()), (200, body));
}

#[test]
fn operators_read_and_nothing_else() {
    let sidecar = Sidecar::start(world());
    let mut admin = sidecar.admin();
    for path in ["/livez", "/readyz", "/metrics", "/openapi.json"] {
        let refused = admin.ask(format!("POST {path} HTTP/1.1\r\nHost: pdp\r\nContent-Length: 0\r\n\r\n"));
        assert_eq!((refused.status, refused.header("allow")), (405, Some("GET, HEAD")), "{path}");
    }
    // Neither listener has the other's endpoints.
    for path in ["/", "/access/v1/evaluation", "/authz/auth-request"] {
        assert_eq!(admin.ask(get(path)).status, 404, "{path}");
    }
    for path in [
        "/livez",
        "/readyz",
        "/metrics",
        "/openapi.json",
        "/",
        "/access/v1/evaluation/",
        "/access/v2/evaluation",
    ] {
        assert_eq!(sidecar.client().ask(get(path)).status, 404, "{path}");
    }
}

#[test]
fn metrics_count_what_happened() {
    let sidecar = Sidecar::start(world());
    let mut client = sidecar.client();
    for _ in 0..3 {
        let body = r#"{"subject":{"type":"user","id":"a"},"action":{"name":"read"},
            "resource":{"type":"document","id":"7"}}"#;
        client.ask(evaluation(body));
    }
    client.ask(evaluation("{"));
    client.ask(get("/nowhere"));
    sidecar.set_clock("2026-03-02T12:30:00Z");
    for (series, expected) in [
        (r#"portcullis_decisions_total{outcome="allow",reason="allowed"}"#, "3"),
        (r#"portcullis_decisions_total{outcome="deny",reason="denied_by_rule"}"#, "0"),
        ("portcullis_decision_duration_seconds_count", "3"),
        (r#"portcullis_http_request_duration_seconds_count{endpoint="evaluation"}"#, "4"),
        (r#"portcullis_http_request_duration_seconds_count{endpoint="other"}"#, "1"),
        (r#"portcullis_requests_refused_total{reason="malformed_body"}"#, "1"),
        (r#"portcullis_requests_refused_total{reason="not_found"}"#, "1"),
        (r#"portcullis_reloads_total{result="success"}"#, "1"),
        (r#"portcullis_reloads_total{result="failure"}"#, "0"),
        (&format!("portcullis_revision_info{{revision=\"{REVISION}\"}}"), "1"),
        // Loaded at 11:00.
        ("portcullis_revision_age_seconds", "5400"),
        ("portcullis_rules", "6"),
        ("portcullis_panics_total", "0"),
        ("portcullis_connections_refused_total", "0"),
    ] {
        assert_eq!(sidecar.metric(series), expected, "{series}");
    }
    // The one above, the one that asks, and those before it whose end the server has not seen yet.
    assert!(sidecar.metric("portcullis_connections").parse::<u32>().unwrap() >= 2);
}

#[test]
fn draining_is_shown_and_ends_each_connection_with_its_reply() {
    let mut sidecar = Sidecar::start(world());
    let (mut admin, mut client) = (sidecar.admin(), sidecar.client());
    let mut idle = sidecar.client();
    client.ask(evaluation("{}"));
    let address = sidecar.address();

    let stopping = sidecar.stop();
    while std::net::TcpStream::connect(address).is_ok() {
        std::thread::yield_now();
    }
    let draining = admin.ask(get("/readyz"));
    assert_eq!(draining.status, 503);
    assert!(draining.body.contains(r#""ready":false"#) && draining.body.contains(r#""draining":true"#));
    // A request that comes after the end has begun is still answered.
    let answered = client.ask(evaluation("{}"));
    assert_eq!((answered.status, answered.header("connection")), (400, Some("close")));
    assert!(client.is_closed());
    assert!(idle.is_closed());
    sidecar.wait(stopping);
}
