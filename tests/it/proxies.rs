//! Every recipe of `examples/proxies` as it stands there, with the real proxy, the real binary behind it, and an application that
//! writes down what reached it. Only ports are other ones.

mod check_stub;
mod edge;
mod front;
mod keys;
mod login;
mod query;
mod readme;
mod scheme;
mod spellings;
mod stub;
mod websocket;

use std::time::Duration;

use check_stub::CheckStub;
use front::{Front, Kind, Portcullis};
use stub::Stub;

use crate::process::{self, free_ports, wait_until};

/// Longer than any of the recipes waits for Portcullis, but for Traefik, which nobody can tell how long to wait.
const PATIENCE: Duration = Duration::from_secs(8);
/// Traefik would wait for half a minute; meanwhile nothing may pass.
const TRAEFIK_PATIENCE: Duration = Duration::from_secs(4);

/// Where Portcullis, or what is in its place, neither answers nor hangs up.
const KEEPS_WAITING: [&str; 2] = ["it hangs", "it is slow"];

const UPSTREAM: [&str; 5] = [
    "portcullis-subject",
    "portcullis-subject-type",
    "portcullis-organization",
    "portcullis-obligations",
    "portcullis-advice",
];

#[test]
fn nginx() {
    keeps_its_promises(Kind::Nginx);
}

/// With nothing configured to be kept.
#[test]
fn nginx_with_a_cache() {
    keeps_its_promises(Kind::NginxCache);
}

#[test]
fn caddy_2_6() {
    keeps_its_promises(Kind::Caddy26);
}

#[test]
fn caddy_2_11() {
    keeps_its_promises(Kind::Caddy211);
}

#[test]
fn haproxy() {
    keeps_its_promises(Kind::Haproxy);
}

/// What Portcullis may say with a denial, and says with none of those above.
#[test]
fn haproxy_tells_when_to_ask_again() {
    let [port] = free_ports();
    let portcullis = Portcullis::start(port);
    let front = Front::start(Kind::Haproxy, port);
    drop(portcullis);
    let denial =
        b"HTTP/1.1 403 Forbidden\r\nRetry-After: 7\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let _stub = Stub::start(port, denial, Duration::ZERO);
    let (answer, reached) = front.ask("vic", "GET", "/pages/1", &[]);
    assert_eq!((answer.status, answer.header("retry-after"), reached), (403, Some("7"), None));
}

#[test]
fn envoy() {
    keeps_its_promises(Kind::Envoy);
}

#[test]
fn envoy_over_grpc() {
    keeps_its_promises(Kind::EnvoyGrpc);
}

#[test]
fn traefik() {
    keeps_its_promises(Kind::Traefik);
}

fn keeps_its_promises(kind: Kind) {
    let [port] = free_ports();
    let mut portcullis = Portcullis::start(port);
    let front = Front::start(kind, port);
    what_is_allowed_passes(&front);
    websocket::passes_if_it_may(&front);
    websocket::is_all_that_a_connection_becomes(&front);
    websocket::does_nothing_if_it_may_not(&front);
    what_is_denied_does_not(&front);
    no_client_speaks_for_another(&front);
    spellings::none_reaches_the_application(&front);
    no_target_is_two(&front);

    portcullis.freeze();
    nothing_passes(&front, "it hangs");
    portcullis.kill();
    nothing_passes(&front, "it is dead");
    nothing_passes(&front, "it is still dead");
    for (what, stub) in Stub::all(port) {
        nothing_passes(&front, what);
        drop(stub);
    }
    if kind == Kind::EnvoyGrpc {
        for (what, says) in check_stub::all() {
            let _stub = CheckStub::start(port, says);
            nothing_passes(&front, what);
        }
        let _stub = CheckStub::start(port, check_stub::whole());
        let passes = || front.try_ask("ada", "GET", "/pages/1", PATIENCE).1.is_some();
        assert!(wait_until(process::PATIENCE, passes), "the stand-in is no Envoy's");
    }
    let _back = Portcullis::start(port);
    front.wait_until_allowed();
    what_is_allowed_passes(&front);
    what_is_denied_does_not(&front);
}

fn what_is_allowed_passes(front: &Front) {
    for (user, method, target, organization) in [
        ("vic", "GET", "/pages/1", ""),
        ("ada", "GET", "/pages/1?x=%2e%2e", "acme"),
        ("ada", "POST", "/pages/1", "acme"),
        ("vic", "HEAD", "/pages/1", ""),
    ] {
        let (answer, reached) = front.ask(user, method, target, &[]);
        assert_eq!(answer.status, 200, "{:?} {user} {method} {target}: {answer:?}", front.kind);
        let reached = reached.expect("it should reach the application");
        assert!(
            reached.starts_with(&format!("{method} {target} HTTP/1.1\r\n")),
            "{:?}: {reached}",
            front.kind
        );
        let told = UPSTREAM.map(|name| front::header(&reached, name));
        let expected = [user, "user", organization, "[]", "[]"].map(|value| vec![value.to_owned()]);
        assert_eq!(told, front.kind.as_passed(expected), "{:?} {user}: {reached}", front.kind);
        assert!(front::header(&reached, "x-portcullis-user").iter().all(String::is_empty), "{reached}");
    }
}

/// What the application is told of Vic.
fn told_of_vic(front: &Front) -> [Vec<String>; 5] {
    front.kind.as_passed(["vic", "user", "", "[]", "[]"].map(|value| vec![value.to_owned()]))
}

fn what_is_denied_does_not(front: &Front) {
    for (user, method, target, lines, reasons) in [
        ("ada", "GET", "/admin/users", &[][..], &["denied_by_rule"][..]),
        ("vic", "POST", "/pages/1", &[], &["no_rule_applies"]),
        ("vic", "GET", "/desk", &[], &["no_rule_applies"]),
        ("ada", "GET", "/nowhere", &[], &["no_route"]),
        ("ada", "DELETE", "/pages/1", &[], &["no_route"]),
        ("ada", "HEAD", "/desk", &[], &["no_route"]),
        (
            "ada",
            "OPTIONS",
            "/pages/1",
            &["Origin: https://a.example", "Access-Control-Request-Method: GET"],
            &["no_route"],
        ),
        // Some proxies make one path of these, and some refuse them by themselves.
        ("ada", "GET", "/pages/../admin/users", &[], &["malformed_original", "denied_by_rule", ""]),
        ("ada", "GET", "/pages/%2e%2e/admin/users", &[], &["malformed_original", "denied_by_rule", ""]),
        ("ada", "GET", "/pages/x%2f..%2f..%2fadmin", &[], &["malformed_original", ""]),
        ("ada", "GET", "//admin/users", &[], &["malformed_original", "denied_by_rule", ""]),
        ("ada", "GET", "/pages/1%00", &[], &["malformed_original", ""]),
        ("ada", "GET", "/admin/x;/../users", &[], &["malformed_original", "denied_by_rule", ""]),
    ] {
        let (answer, reached) = front.ask(user, method, target, lines);
        assert_eq!(reached, None, "{:?} {user} {method} {target}: it was passed on", front.kind);
        let reason = answer.header("portcullis-reason").unwrap_or("");
        assert!(reasons.contains(&reason), "{:?} {user} {method} {target}: {answer:?}", front.kind);
        let is_own = reason.is_empty();
        assert!(
            answer.status == 403 || is_own && answer.status >= 300,
            "{:?} {target}: {answer:?}",
            front.kind
        );
    }
    if front.kind.carries_bodies() {
        // As a browser says it, with commas.
        let page = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        let (answer, _) = front.ask("ada", "GET", "/admin/users", &[page]);
        let told = ["content-type", "content-security-policy", "x-content-type-options"]
            .map(|name| answer.header(name));
        let expected =
            ["text/html; charset=utf-8", "default-src 'none'; frame-ancestors 'none'", "nosniff"].map(Some);
        assert_eq!((answer.status, told), (403, expected), "{:?}: {answer:?}", front.kind);
        let (answer, _) = front.ask("ada", "GET", "/admin/users", &["Accept: application/json"]);
        let body =
            r#"{"decision":false,"reason":"denied_by_rule","message":"the site isn't managed over the web"}"#;
        assert_eq!((answer.status, answer.body.as_str()), (403, body), "{:?}", front.kind);
        assert_eq!(answer.header("content-type"), Some("application/json"), "{:?}", front.kind);
    }
}

fn no_client_speaks_for_another(front: &Front) {
    let spoofed = [
        "X-Portcullis-User: ada",
        "x-portcullis-user: ada",
        "X-Original-Subject: ada",
        "X-Original-Method: GET",
        "X-Original-URI: /pages/1",
        "X-Original-URL: /pages/1",
        "X-Original-IP: 10.0.0.1",
        "X-Forwarded-Method: GET",
        "X-Forwarded-Uri: /pages/1",
        "X-Forwarded-For: 10.0.0.1",
        "X-Real-IP: 10.0.0.1",
        "Forwarded: for=10.0.0.1",
        "X-HTTP-Method-Override: GET",
        "Portcullis-Subject: ada",
    ];
    for (method, target) in
        [("POST", "/pages/1"), ("GET", "/desk"), ("GET", "/admin/users"), ("DELETE", "/pages/1")]
    {
        for line in spoofed {
            let (answer, reached) = front.ask("vic", method, target, &[line]);
            assert_eq!(reached, None, "{:?} {method} {target} {line}: it was passed on", front.kind);
            assert!(answer.status >= 400, "{:?} {method} {target} {line}: {answer:?}", front.kind);
        }
        let (answer, reached) = front.ask("vic", method, target, &spoofed);
        assert_eq!(
            (reached, answer.status >= 400),
            (None, true),
            "{:?} {method} {target}: {answer:?}",
            front.kind
        );
        for alias in [
            "X_Portcullis_User: ada",
            "X.Portcullis.User: ada",
            "X_Forwarded_Uri: /pages/1",
            "X_Original_URI: /pages/1",
        ] {
            assert_eq!(
                front.ask("vic", method, target, &[alias]).1,
                None,
                "{:?} {method} {target} {alias}",
                front.kind
            );
        }
    }
    // What passes says to the application what Portcullis says, and nothing that the client does.
    let lines = [
        "Portcullis-Subject: root",
        "Portcullis-Organization: acme",
        "Portcullis-Obligations: none",
        front.kind.spoofed_user(),
    ];
    let (answer, reached) = front.ask("vic", "GET", "/pages/1", &lines);
    assert_eq!(answer.status, 200, "{:?}: {answer:?}", front.kind);
    let reached = reached.expect("it should reach the application");
    let found = UPSTREAM.map(|name| front::header(&reached, name));
    assert_eq!(found, told_of_vic(front), "{:?}: {reached}", front.kind);
    for told in ["root", "acme", "ada"] {
        assert!(!reached.contains(told), "{:?}: {reached}", front.kind);
    }
    // Nor is any of it taken out on the way, or beside another spelling of it.
    for lines in [
        &["Connection: close, Portcullis-Subject"][..],
        &["Connection: close, Portcullis-Subject, Portcullis-Obligations", "Portcullis_Subject: root"],
        &["Portcullis_Subject: root"],
    ] {
        let (_, Some(reached)) = front.ask("vic", "GET", "/pages/1", lines) else { continue };
        let found = UPSTREAM.map(|name| front::header(&reached, name));
        assert_eq!(found, told_of_vic(front), "{:?} {lines:?}: {reached}", front.kind);
        assert!(!reached.contains("root"), "{:?} {lines:?}: {reached}", front.kind);
    }
    // Somebody who isn't signed in gets no further than the proxy, or nowhere.
    for lines in [
        &[][..],
        &["X-Portcullis-User: ada"],
        &["Authorization: Basic YWRhOmFkYQ=", "Authorization: Basic YWRhOnZpYw=="],
    ] {
        let (answer, reached) = front.ask_as_nobody("GET", "/pages/1", lines);
        assert_eq!(reached, None, "{:?} {lines:?}", front.kind);
        assert!(matches!(answer.status, 400 | 401 | 403), "{:?} {lines:?}: {answer:?}", front.kind);
    }
}

/// A target that isn't a path is made one, for Portcullis as for the application, or goes no further.
fn no_target_is_two(front: &Front) {
    let (answer, reached) = front.ask("ada", "OPTIONS", "*", &[]);
    assert_eq!(reached, None, "{:?}: {answer:?}", front.kind);
    // What is written in Go answers this by itself, before anything is configured.
    let expected = match front.kind {
        Kind::Nginx | Kind::NginxCache | Kind::Haproxy => 400,
        Kind::Caddy26 | Kind::Caddy211 | Kind::Traefik => 200,
        Kind::Envoy | Kind::EnvoyGrpc => 404,
    };
    assert_eq!((answer.status, answer.body.contains("reached")), (expected, false), "{:?}", front.kind);
    let (answer, reached) = front.ask("ada", "GET", "http://site.example.com/admin/users", &[]);
    assert_eq!((reached, answer.status >= 400), (None, true), "{:?}: {answer:?}", front.kind);
    for (target, host) in [
        ("http://site.example.com/pages/1", "site.example.com"),
        ("http://other.example/pages/1", "other.example"),
    ] {
        let (answer, reached) = front.ask("vic", "GET", target, &[]);
        if front.kind == Kind::Haproxy {
            assert_eq!((answer.status, reached), (400, None), "{target}");
            continue;
        }
        let reached = reached.unwrap_or_else(|| panic!("{:?} {target}: {answer:?}", front.kind));
        assert!(reached.starts_with("GET /pages/1 HTTP/1.1\r\n"), "{:?}: {reached}", front.kind);
        assert_eq!(front::header(&reached, "host"), [host], "{:?}", front.kind);
    }
}

fn nothing_passes(front: &Front, what: &str) {
    let patience = if front.kind == Kind::Traefik { TRAEFIK_PATIENCE } else { PATIENCE };
    for (user, target) in [("ada", "/pages/1"), ("ada", "/admin/users")] {
        let (status, reached) = front.try_ask(user, "GET", target, patience);
        assert_eq!(reached, None, "{:?}, {what}: {target} was passed on", front.kind);
        // No answer at all lets nothing pass either.
        assert!(status.is_none_or(|status| status >= 400), "{:?}, {what}: {status:?}", front.kind);
        let may_wait = front.kind == Kind::Traefik && KEEPS_WAITING.contains(&what);
        assert!(status.is_some() || may_wait, "{:?}, {what}: it waits for too long", front.kind);
    }
}
