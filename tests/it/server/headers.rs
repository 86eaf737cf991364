//! What every answer says to whoever might keep, sniff or show it.

use portcullis::config::Config;

use super::sidecar::{Sidecar, config};
use super::world::world;
use crate::client::{Response, auth_request, evaluation, get};

/// Checks what has to be so of every answer.
#[track_caller]
pub fn check_headers(answer: &Response) {
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer:?}");
    // Nobody is told what answers.
    for name in ["server", "x-powered-by", "via"] {
        assert_eq!(answer.header(name), None, "{answer:?}");
    }
    let policy = answer.header("content-security-policy");
    match answer.header("content-type") {
        Some(content_type) => {
            let known = [
                "application/json",
                "text/html; charset=utf-8",
                "text/plain; charset=utf-8",
                "text/plain; version=0.0.4; charset=utf-8",
            ];
            assert!(known.contains(&content_type), "{answer:?}");
            assert_eq!(policy, Some("default-src 'none'; frame-ancestors 'none'"), "{answer:?}");
        }
        None => assert_eq!((answer.body.as_str(), policy), ("", None), "{answer:?}"),
    }
}

#[test]
fn every_answer_of_every_endpoint_has_them() {
    const QUESTION: &str = r#""subject":{"type":"user","id":"alice"},"action":{"name":"read"},"resource":{"type":"document","id":"7"}"#;
    let public_url = Some("https://pdp.example.com".to_owned());
    let quick = Config { public_url, body_bytes_max: 2_000, request_timeout_ms: 200, ..config() };
    let (bare, sidecar) = (Sidecar::with(&config()), Sidecar::with(&quick));
    sidecar.service.publish(world());
    let post = |path: &str, body: &str| evaluation(body).replacen("/access/v1/evaluation", path, 1);
    let one = evaluation(&format!("{{{QUESTION}}}"));
    let several = post("/access/v1/evaluations", &format!("{{{QUESTION},\"evaluations\":[{{}},{{}}]}}"));
    let late = format!("{}x", evaluation("").replacen("Length: 0", "Length: 9", 1));
    for (request, status) in [
        (one.clone(), 200),
        (evaluation("{}"), 400),
        (one.replacen("Host", "Portcullis-Explain: true\r\nHost", 1), 200),
        (one.replacen("read", "burn", 1), 200),
        (several.clone(), 200),
        (evaluation("{"), 400),
        (evaluation(&" ".repeat(3_000)), 413),
        (late, 408),
        (one.replacen("json", "xml", 1), 400),
        (one.replacen("POST", "PUT", 1), 405),
        (one.replacen("Host", "Portcullis-Deadline-Ms: x\r\nHost", 1), 400),
        (one.replacen("Host", "Portcullis-Priority: x\r\nHost", 1), 400),
        (one.replacen("Host", "Host: a\r\nHost", 1), 400),
        (one.replacen("HTTP/1.1", "HTTP/1.0", 1), 200),
        (one.replacen("Host", "X-Request-ID: 7\r\nHost", 1), 200),
        (get("/.well-known/authzen-configuration"), 200),
        (get("/"), 404),
        (auth_request("GET", "/documents/7", &["X-User: alice"]), 200),
        (auth_request("GET", "/documents/7", &[]), 401),
        (auth_request("POST", "/documents/7", &["X-User: alice"]), 403),
        (auth_request("GET", "//", &[]), 403),
        (get("/authz/other"), 403),
    ] {
        let answer = sidecar.client().ask(&request);
        assert_eq!(answer.status, status, "{request}");
        check_headers(&answer);
    }
    for (path, status) in [("/livez", 200), ("/readyz", 200), ("/metrics", 200), ("/", 404)] {
        let answer = sidecar.admin().ask(get(path));
        assert_eq!(answer.status, status, "{path}");
        check_headers(&answer);
        let posted = sidecar.admin().ask(post(path, ""));
        assert_eq!(posted.status, if status == 200 { 405 } else { 404 }, "{path}");
        check_headers(&posted);
    }
    // Before the first policy.
    for (request, status) in [
        (one, 200),
        (several, 200),
        (auth_request("GET", "/x", &[]), 403),
        (get("/.well-known/authzen-configuration"), 404),
    ] {
        let answer = bare.client().ask(request);
        assert_eq!(answer.status, status);
        assert!(!answer.body.contains("true"), "{answer:?}");
        check_headers(&answer);
    }
    let unready = bare.admin().ask(get("/readyz"));
    assert_eq!(unready.status, 503);
    check_headers(&unready);
}
