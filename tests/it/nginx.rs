//! A real nginx in front, with the configuration that `examples/hackai` ships: only ports and paths are other ones.

mod front;
mod process;

use front::{Front, Via};

use std::path::Path;

use crate::client::{Client, Response, get};
use crate::process::Served;

const NOON: &str = "2026-11-18T12:00:00Z";
const BOTH: [Via; 2] = [Via::Tcp, Via::Unix];

/// What came back for a request with the password that is the user's name.
fn ask(
    front: &Front,
    via: Via,
    user: &str,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
) -> Response {
    let authorization = basic(user, user);
    let mut headers = headers.to_vec();
    headers.push(("Authorization", &authorization));
    send(front, via, method, target, &headers)
}

fn send(front: &Front, via: Via, method: &str, target: &str, headers: &[(&str, &str)]) -> Response {
    let mut lines = vec![format!("{method} {target} HTTP/1.1")];
    lines.extend(headers.iter().map(|(name, value)| format!("{name}: {value}")));
    if !headers.iter().any(|(name, _)| *name == "Host") {
        lines.push("Host: localhost".to_owned());
    }
    front.client(via).ask(format!("{}\r\nConnection: close\r\n\r\n", lines.join("\r\n")))
}

#[track_caller]
fn passes(front: &Front, via: Via, user: &str, method: &str, target: &str, headers: &[(&str, &str)]) {
    let response = ask(front, via, user, method, target, headers);
    assert_eq!(response.status, 200, "{via:?} {user} {method} {target}: {response:?}");
    // The stand-in for HackAI says what reached it: the user whom nginx has verified, and nothing that a client claims.
    assert_eq!(response.body, format!("{method} {target} by {user}\n"), "{via:?}");
}

#[track_caller]
fn is_denied(
    front: &Front,
    via: Via,
    user: &str,
    method: &str,
    target: &str,
    reason: &str,
    headers: &[(&str, &str)],
) {
    let response = ask(front, via, user, method, target, headers);
    assert_eq!(response.status, 403, "{via:?} {user} {method} {target}: {response:?}");
    assert_eq!(response.header("portcullis-reason"), Some(reason), "{via:?} {user} {method} {target}");
    assert!(!response.body.contains(" by "), "it was passed on: {response:?}");
}

#[test]
fn a_day_behind_nginx() {
    let front = Front::before_a_clock(NOON);
    for via in BOTH {
        passes(&front, via, "uma", "GET", "/dashboards/uma", &[]);
        passes(&front, via, "dan", "GET", "/data/set-1", &[]);
        passes(&front, via, "ana", "POST", "/incidents/inc-1/close", &[]);
        passes(&front, via, "uma", "POST", "/emergency", &[]);
        is_denied(&front, via, "dan", "GET", "/data/set-3", "denied_by_rule", &[]);
        is_denied(&front, via, "vic", "GET", "/data/set-1", "no_rule_applies", &[]);
        is_denied(&front, via, "sam", "PUT", "/security", "denied_by_rule", &[]);
        is_denied(&front, via, "ada", "GET", "/nowhere", "no_route", &[]);
        is_denied(&front, via, "ada", "DELETE", "/data/set-1", "no_route", &[]);
    }
    // The grant was given for two hours, to the microsecond.
    front.set_clock("2026-11-18T12:59:59.999999Z");
    for via in BOTH {
        passes(&front, via, "uma", "POST", "/emergency", &[]);
    }
    front.set_clock("2026-11-18T13:00:00Z");
    for via in BOTH {
        is_denied(&front, via, "uma", "POST", "/emergency", "no_rule_applies", &[]);
    }
    // Business hours end; the security desk's seniors don't mind, and who is on call doesn't either.
    front.set_clock("2026-11-18T16:59:59.999999Z");
    for via in BOTH {
        passes(&front, via, "uma", "GET", "/dashboards/uma", &[]);
    }
    front.set_clock("2026-11-18T17:00:00Z");
    for via in BOTH {
        is_denied(&front, via, "uma", "GET", "/dashboards/uma", "denied_by_rule", &[]);
        passes(&front, via, "sam", "GET", "/incidents/inc-1", &[]);
        passes(&front, via, "ana", "GET", "/incidents/inc-1", &[]);
        is_denied(&front, via, "ana", "POST", "/incidents/inc-1/close", "denied_by_rule", &[]);
        is_denied(&front, via, "xan", "GET", "/incidents/inc-1", "unknown_attribute", &[]);
    }
}

/// A handshake for each request would cost more than the decision.
#[test]
fn nginx_keeps_its_connections() {
    let front = Front::before_a_clock(NOON);
    for via in BOTH {
        for _ in 0..10 {
            passes(&front, via, "dan", "GET", "/data/set-1", &[]);
            is_denied(&front, via, "dan", "GET", "/data/set-3", "denied_by_rule", &[]);
            // The body goes to HackAI and not to Portcullis, which must not wait for it either.
            let close = format!(
                "POST /incidents/inc-1/close HTTP/1.1\r\nHost: localhost\r\nAuthorization: {}\r\nContent-Length: 5\r\n\r\nhello",
                basic("ana", "ana")
            );
            assert_eq!(front.client(via).ask(close).status, 200);
        }
    }
    // One over each way, and the one that asks.
    assert_eq!(front.metric("portcullis_connections"), "3");
}

#[test]
fn a_client_speaks_for_nobody_else() {
    let front = Front::before_a_clock(NOON);
    for via in BOTH {
        let spoofed = [
            ("X-Original-Subject", "ada"),
            ("X-Original-Subject", "dan"),
            ("x-original-method", "GET"),
            ("X-Original-URI", "/dashboards/vic"),
            ("X-Original-URL", "/dashboards/vic"),
            ("X-Original-Host", "admin.hackai.example"),
            ("X-Original-IP", "192.168.7.7"),
            ("X-Forwarded-For", "192.168.7.7"),
            ("X_Original_Subject", "ada"),
            ("X-User", "ada"),
            ("Portcullis-Subject", "root"),
            ("portcullis-subject-type", "admin"),
            ("Portcullis-Organization", "acme"),
            ("Portcullis-Obligations", "[none]"),
            ("Portcullis-Advice", "[none]"),
        ];
        is_denied(&front, via, "vic", "GET", "/data/set-1", "no_rule_applies", &spoofed);
        is_denied(&front, via, "vic", "POST", "/dashboards/vic", "no_route", &spoofed);
        is_denied(&front, via, "sam", "GET", "/policies/acme", "no_route", &spoofed);
        passes(&front, via, "sam", "GET", "/policies/acme", &[("Host", "admin.hackai.example")]);
        // What may pass is passed on without any of it.
        passes(&front, via, "vic", "GET", "/dashboards/vic", &spoofed);
        for detour in
            ["/dashboards/../data/set-1", "/dashboards/vic%2f..%2fx", "//dashboards/vic", "/dashboards/vic;x"]
        {
            let response = ask(&front, via, "vic", "GET", detour, &[]);
            assert_eq!(response.status, 403, "{via:?} {detour}: {response:?}");
        }
    }
}

#[test]
fn a_wrong_password_is_nobody() {
    let front = Front::before_a_clock(NOON);
    for via in BOTH {
        for headers in
            [&[][..], &[("Authorization", basic("ada", "wrong").as_str())], &[("X-Original-Subject", "ada")]]
        {
            let response = send(&front, via, "GET", "/data/set-1", headers);
            assert_eq!(response.status, 401, "{via:?} {headers:?}: {response:?}");
        }
    }
}

/// T-70: AuthZEN answers a denial with 200, which nginx would take for an allow.
#[test]
fn wired_to_another_endpoint_it_passes_nothing() {
    for path in ["/access/v1/evaluation", "/access/v1/evaluations", "/authz/", "/"] {
        let front = Front::before_path(NOON, path);
        for via in BOTH {
            let status = ask(&front, via, "dan", "GET", "/data/set-1", &[]).status;
            let expected = if path == "/authz/" { 403 } else { 500 };
            assert_eq!(status, expected, "{via:?} {path}");
        }
    }
}

/// The operators' listener answers 200, too, and knows nothing of requests.
#[test]
fn wired_to_the_operators_it_passes_nothing() {
    let sidecar = Served::start(&Path::new(env!("CARGO_MANIFEST_DIR")).join("policies"), &[]);
    sidecar.wait_until_ready();
    for path in ["/livez", "/readyz", "/metrics"] {
        let plain = get(path);
        assert_eq!(Client::tcp(sidecar.admin).ask(plain.clone()).status, 200, "{path}");
        for name in
            ["X-Original-Method", "X-Original-URI", "X-Original-URL", "X-Forwarded-Method", "X-Forwarded-Uri"]
        {
            let asked = plain.replacen("\r\n", &format!("\r\n{name}: GET\r\n"), 1);
            assert_eq!(Client::tcp(sidecar.admin).ask(asked).status, 403, "{path} {name}");
        }
    }
}

/// The place where nginx asks is not to be reached from outside.
#[test]
fn nobody_asks_but_nginx() {
    let front = Front::before_a_clock(NOON);
    for via in BOTH {
        let response = ask(&front, via, "ada", "GET", "/_portcullis", &[]);
        assert_eq!(response.status, 404, "{via:?}: {response:?}");
    }
}

/// The `Authorization` header of HTTP's basic scheme.
fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", base64(format!("{user}:{password}").as_bytes()))
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word =
            chunk.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for digit in 0..4 {
            let value = (word >> (18 - 6 * digit)) & 63;
            text.push(if digit > chunk.len() { '=' } else { DIGITS[value as usize].into() });
        }
    }
    text
}

#[test]
fn base64_is_that_of_rfc_4648() {
    for (bytes, text) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
        assert_eq!(base64(bytes.as_bytes()), text);
    }
}
