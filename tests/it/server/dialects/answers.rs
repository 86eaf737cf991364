//! What the answers to proxies carry: bodies, redirects, what the application behind is told, and for how long they hold.

use portcullis::config::Config;

use super::table::{DIALECTS, Dialect, plain_with};
use super::{front_doors, serving};
use crate::client::Response;
use crate::server::headers::check_headers;
use crate::server::sidecar::Sidecar;

/// What nginx takes of the head of an answer.
const HEAD_BYTES_MAX: usize = 4 * 1024;
const UPSTREAM: [&str; 5] = [
    "portcullis-subject",
    "portcullis-subject-type",
    "portcullis-organization",
    "portcullis-obligations",
    "portcullis-advice",
];

fn ask(sidecar: &Sidecar, dialect: Dialect, request: &str, lines: &[&str]) -> Response {
    let (method, uri) = request.split_once(' ').unwrap();
    let answer = sidecar.client().ask(&plain_with(dialect, method, uri, &lines.join("\n")).bytes);
    let size: usize = answer.headers.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
    assert!(size + "HTTP/1.1 403 Forbidden\r\n\r\n".len() < HEAD_BYTES_MAX, "{size}: {answer:?}");
    answer
}

#[test]
fn a_denial_has_a_body_for_whoever_asks_for_one_by_name() {
    let sidecar = serving(&front_doors(), "");
    let alice = "X-User: alice";
    for (request, lines, status, content_type, body) in [
        (
            "GET /admin",
            &[alice, "Accept: application/json"][..],
            403,
            Some("application/json"),
            r#"{"decision":false,"reason":"denied_by_rule","message":"nobody manages"}"#,
        ),
        (
            "GET /admin",
            &["Accept: application/json"],
            401,
            Some("application/json"),
            r#"{"decision":false,"reason":"denied_by_rule","message":"nobody manages"}"#,
        ),
        (
            "POST /pages/1",
            &["Accept: application/json"],
            401,
            Some("application/json"),
            r#"{"decision":false,"reason":"no_rule_applies","message":"You have to sign in for this."}"#,
        ),
        // The allow's words are for whoever is allowed; here its obligation kept it from being one.
        (
            "PUT /pages/1",
            &[alice, "Accept: application/json"],
            403,
            Some("application/json"),
            r#"{"decision":false,"reason":"obligation_unsupported","message":"You are not allowed to do this."}"#,
        ),
        (
            "GET /nowhere",
            &["Accept: application/json"],
            403,
            Some("application/json"),
            r#"{"decision":false,"reason":"no_route","message":"You are not allowed to do this."}"#,
        ),
        (
            "GET /a/../b",
            &["Accept: application/json"],
            403,
            Some("application/json"),
            r#"{"decision":false,"reason":"malformed_original","message":"You are not allowed to do this."}"#,
        ),
        (
            "GET /quote",
            &[alice, "Accept: text/html;q=0.9, */*"],
            403,
            Some("text/html; charset=utf-8"),
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Not allowed</title>\n\
             <h1>Not allowed</h1>\n<p>&lt;b&gt;&quot;it&#39;s&quot; &amp; more&lt;/b&gt;</p>\n</html>\n",
        ),
        ("GET /admin", &[alice, "Accept: */*"], 403, None, ""),
        ("GET /admin", &[alice, "Accept: text/html;q=0"], 403, None, ""),
        ("GET /admin", &[alice], 403, None, ""),
        ("GET /public/page", &["Accept: application/json"], 200, None, ""),
    ] {
        for dialect in DIALECTS {
            let answer = ask(&sidecar, dialect, request, lines);
            check_headers(&answer);
            // nginx drops bodies, and one would cost it its connection.
            let (content_type, body) =
                if dialect == Dialect::AuthRequest { (None, "") } else { (content_type, body) };
            let found = (answer.status, answer.header("content-type"), answer.body.as_str());
            assert_eq!(found, (status, content_type, body), "{dialect:?} {request}");
            assert_eq!(answer.header("www-authenticate").is_some(), status == 401, "{dialect:?} {request}");
        }
    }
}

/// A peer that isn't a proxy of ours is told nothing, and neither is whoever asks for a head alone.
#[test]
fn a_body_is_for_those_who_can_have_it() {
    let sidecar = serving(&front_doors(), "");
    for dialect in DIALECTS {
        let sent = plain_with(dialect, "GET", "/admin", "Accept: application/json");
        let answer = crate::client::Client::tcp_from("127.0.0.2", sidecar.address()).ask(&sent.bytes);
        assert_eq!((answer.status, answer.body.as_str()), (403, ""), "{dialect:?}");
    }
    let head = ask(&sidecar, Dialect::ExtAuthz, "HEAD /admin", &["Accept: application/json"]);
    assert_eq!((head.status, head.body.as_str()), (403, ""));
}

#[test]
fn a_browser_is_sent_to_the_login_page() {
    let login_url = Some("https://id.example.com/login?to={url}&app=site".to_owned());
    let sidecar = serving(&Config { login_url, ..front_doors() }, "");
    let html = "Accept: text/html,*/*;q=0.8";
    let to = |address: &str| Some(format!("https://id.example.com/login?to={address}&app=site"));
    let https = |dialect: Dialect| match dialect {
        Dialect::AuthRequest => "X-Original-Proto: https",
        Dialect::ForwardAuth | Dialect::ExtAuthz => "X-Forwarded-Proto: https",
    };
    for (request, lines, status, location) in [
        (
            "GET /admin?x=1&y=%2F",
            &[html][..],
            302,
            to("https%3A%2F%2Fsite.example.com%2Fadmin%3Fx%3D1%26y%3D%252F"),
        ),
        (
            "GET /admin?a='(){}\\",
            &[html],
            302,
            to("https%3A%2F%2Fsite.example.com%2Fadmin%3Fa%3D%27%28%29%7B%7D%5C"),
        ),
        // Only whoever sees a page and could be known is sent there, and only to come back to a page.
        ("GET /admin", &[html, "X-User: alice"], 403, None),
        ("DELETE /admin", &[html], 401, None),
        ("GET /admin", &["Accept: application/json, text/html;q=0.5"], 401, None),
        ("GET /admin", &["Accept: */*"], 401, None),
        ("GET /admin", &[], 401, None),
        ("GET /nowhere", &[html], 403, None),
        ("GET /a//b", &[html], 403, None),
        ("GET /public/page", &[html], 200, None),
    ] {
        for dialect in DIALECTS {
            let answer = ask(&sidecar, dialect, request, &[lines, &[https(dialect)]].concat());
            // nginx would make an error of its own of it.
            let redirects = dialect != Dialect::AuthRequest;
            let status = if status == 302 && !redirects { 401 } else { status };
            assert_eq!(answer.status, status, "{dialect:?} {request}");
            let location = location.as_deref().filter(|_| redirects);
            assert_eq!(answer.header("location"), location, "{dialect:?} {request}");
            check_headers(&answer);
        }
    }
    for dialect in [Dialect::ForwardAuth, Dialect::ExtAuthz] {
        // Where nobody says which scheme it was, the page is where the browser already is.
        let relative = ask(&sidecar, dialect, "GET /admin", &[html]);
        assert_eq!(relative.header("location"), to("%2Fadmin").as_deref());
        // A way back that doesn't fit the head isn't shown.
        let long = ask(&sidecar, dialect, &format!("GET /admin?{}", "&".repeat(2_000)), &[html]);
        assert_eq!((long.status, long.header("location")), (401, None));
    }
}

#[test]
fn the_application_behind_is_told_all_of_it_whatever_is_known() {
    let understood_obligations = vec!["notify".to_owned()];
    let sidecar = serving(&Config { understood_obligations, ..front_doors() }, "");
    let obligations = r#"[{"id":"notify","properties":{"text":"Z\u00fcrich \"1\"","level":3}}]"#;
    let advice = r#"[{"id":"hint","properties":{"text":"soon"}}]"#;
    for (request, lines, expected) in [
        ("GET /public/page", &[][..], ["", "", "", "[]", "[]"]),
        ("GET /public/page", &["X-User: alice"], ["alice", "user", "", "[]", "[]"]),
        ("PUT /pages/1", &["X-User: alice"], ["alice", "user", "", obligations, advice]),
        // T-33: whatever stands in an id is that id, and one that is encoded is another.
        ("GET /public/page", &["X-User: Z\u{fc}rich 100%"], ["Z%C3%BCrich%20100%25", "user", "", "[]", "[]"]),
        ("GET /public/page", &["X-User: Z%C3%BCrich"], ["Z%25C3%25BCrich", "user", "", "[]", "[]"]),
        // T-24: what a client sends in them is never sent back.
        (
            "GET /public/page",
            &["Portcullis-Subject: root", "Portcullis-Obligations: []", "Portcullis-Organization: acme"],
            ["", "", "", "[]", "[]"],
        ),
    ] {
        for dialect in DIALECTS {
            let answer = ask(&sidecar, dialect, request, lines);
            assert_eq!(answer.status, 200, "{dialect:?} {request}");
            assert_eq!(
                UPSTREAM.map(|name| answer.header(name).unwrap_or("missing")),
                expected,
                "{dialect:?} {request}"
            );
        }
    }
    // A denial tells nobody anything about the subject.
    for dialect in DIALECTS {
        let answer = ask(&sidecar, dialect, "GET /admin", &["X-User: alice"]);
        assert_eq!(UPSTREAM.map(|name| answer.header(name)), [None; 5], "{dialect:?}");
    }
}

#[test]
fn an_obligation_that_nobody_understands_denies() {
    for (understood, status) in
        [(&["notify"][..], 200), (&["log", "notify"], 200), (&["log"], 403), (&[], 403)]
    {
        let understood_obligations = understood.iter().map(|name| (*name).to_owned()).collect();
        let sidecar = serving(&Config { understood_obligations, ..front_doors() }, "");
        for dialect in DIALECTS {
            assert_eq!(
                ask(&sidecar, dialect, "PUT /pages/1", &["X-User: alice"]).status,
                status,
                "{dialect:?}"
            );
        }
    }
}

#[test]
fn what_does_not_fit_the_head_is_denied() {
    let sidecar = serving(&front_doors(), "");
    for dialect in DIALECTS {
        // Three bytes for each of the id's.
        let fits = format!("X-User: {}", "%".repeat(950));
        let request_id = format!("X-Request-ID: {}", "r".repeat(256));
        let trace = "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let answer = ask(&sidecar, dialect, "GET /public/page", &[&fits, &request_id, trace]);
        assert_eq!(answer.status, 200, "{dialect:?}");
        for length in [1_000, 2_700, 8_000] {
            let large = format!("X-User: {}", "%".repeat(length));
            let answer = ask(&sidecar, dialect, "GET /public/page", &[&large, "Accept: application/json"]);
            let reason = answer.header("portcullis-reason");
            assert_eq!((answer.status, reason), (403, Some("answer_too_large")), "{dialect:?} {length}");
        }
    }
    let series = r#"portcullis_decisions_total{outcome="deny",reason="answer_too_large"}"#;
    assert_eq!(sidecar.metric(series), "9");
}

/// The longest challenge and login page that can be configured leave room for everything else.
#[test]
fn no_configuration_makes_a_head_too_large() {
    let login_url = Some(format!("/login?{}to={{url}}", "a".repeat(1_000)));
    let challenge = "c".repeat(1_024);
    let sidecar = serving(&Config { login_url, challenge, ..front_doors() }, "");
    let request_id = format!("X-Request-ID: {}", "r".repeat(256));
    for dialect in DIALECTS {
        for accept in ["Accept: text/html", "Accept: */*"] {
            for length in [10, 500, 600, 660, 700, 2_000] {
                let target = format!("GET /admin?{}", "=".repeat(length));
                let answer = ask(&sidecar, dialect, &target, &[accept, &request_id]);
                assert!(matches!(answer.status, 302 | 401), "{dialect:?} {length}");
            }
        }
    }
}

#[test]
fn an_allow_is_kept_no_longer_than_it_holds() {
    let sidecar = serving(&Config { max_age_seconds: 30, ..front_doors() }, "");
    let kept = |dialect, request: &str, lines: &[&str]| {
        let answer = ask(&sidecar, dialect, request, lines);
        (answer.status, answer.header("cache-control").unwrap().to_owned())
    };
    for (now, request, status, expected) in [
        // The window ends at 17:00.
        ("2026-03-02T12:00:00Z", "GET /sleep", 200, "max-age=30"),
        ("2026-03-02T12:00:00Z", "GET /public/page", 200, "max-age=30"),
        ("2026-03-02T16:59:28Z", "GET /sleep", 200, "max-age=30"),
        // A second is for the way, and one for nginx, which counts whole ones.
        ("2026-03-02T16:59:29Z", "GET /sleep", 200, "max-age=29"),
        ("2026-03-02T16:59:56.000001Z", "GET /sleep", 200, "max-age=1"),
        ("2026-03-02T16:59:57Z", "GET /sleep", 200, "max-age=1"),
        ("2026-03-02T16:59:57.000001Z", "GET /sleep", 200, "no-store"),
        ("2026-03-02T16:59:59.999999Z", "GET /sleep", 200, "no-store"),
        ("2026-03-02T16:59:59.999999Z", "GET /public/page", 200, "max-age=30"),
        // What is denied is asked again.
        ("2026-03-02T17:00:00Z", "GET /sleep", 401, "no-store"),
        ("2026-03-02T17:00:00Z", "GET /nowhere", 403, "no-store"),
        ("2026-03-02T17:00:00Z", "GET /a//b", 403, "no-store"),
    ] {
        sidecar.set_clock(now);
        for dialect in DIALECTS {
            assert_eq!(
                kept(dialect, request, &[]),
                (status, expected.to_owned()),
                "{dialect:?} {now} {request}"
            );
        }
    }
    let never = serving(&front_doors(), "");
    for dialect in DIALECTS {
        let answer = ask(&never, dialect, "GET /public/page", &[]);
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{dialect:?}");
    }
}
