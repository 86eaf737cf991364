//! `/authz/auth-request`, as nginx asks it and as nobody should.

use portcullis::config::{Config, TrustedPeers};
use portcullis::model::Networks;

use super::sidecar::{Sidecar, config};
use super::world::{REVISION, world};
use crate::client::{Client, Response, auth_request};

const ALICE: &str = "X-User: alice";

fn ask(sidecar: &Sidecar, method: &str, uri: &str, lines: &[&str]) -> Response {
    sidecar.client().ask(auth_request(method, uri, lines))
}

#[test]
fn an_allow_is_exactly_200_with_an_empty_body() {
    let sidecar = Sidecar::start(world());
    let mut client = sidecar.client();
    for _ in 0..2 {
        let allowed = client.ask(auth_request("GET", "/documents/7?x=/other", &[ALICE]));
        assert_eq!((allowed.status, allowed.body.as_str()), (200, ""));
        assert_eq!(allowed.header("content-length"), Some("0"));
        assert_eq!(allowed.header("cache-control"), Some("no-store"));
        assert_eq!(allowed.header("portcullis-reason"), Some("allowed"));
        assert_eq!(allowed.header("portcullis-revision"), Some(REVISION));
        // nginx keeps the connection for the next request.
        assert_eq!(allowed.header("connection"), None);
    }
    let head: usize = client
        .ask(auth_request("GET", "/documents/7", &[ALICE]))
        .headers
        .iter()
        .map(|(name, value)| name.len() + value.len() + 4)
        .sum();
    assert!(head < 4096, "nginx takes no more than 4 KB of head, this is {head}");
}

#[test]
fn denials_say_why_to_the_proxy() {
    let sidecar = Sidecar::start(world());
    for (method, uri, lines, status, reason) in [
        ("POST", "/documents/7", &[ALICE][..], 403, "no_rule_applies"),
        ("DELETE", "/documents/7", &[ALICE], 403, "denied_by_rule"),
        // A proxy understands no obligation.
        ("PUT", "/documents/7", &[ALICE], 403, "obligation_unsupported"),
        ("HEAD", "/documents/7", &[ALICE], 403, "no_route"),
        ("GET", "/documents", &[ALICE], 403, "no_route"),
        ("GET", "/documents/", &[ALICE], 403, "no_route"),
        ("GET", "/documents/7/8", &[ALICE], 403, "no_route"),
        ("GET", "/Documents/7", &[ALICE], 403, "no_route"),
        ("GETX", "/documents/7", &[ALICE], 403, "no_route"),
        ("GET", "/nowhere", &[], 403, "no_route"),
    ] {
        let denied = ask(&sidecar, method, uri, lines);
        assert_eq!(
            (denied.status, denied.body.as_str(), denied.header("portcullis-reason")),
            (status, "", Some(reason)),
            "{method} {uri}"
        );
        assert_eq!(denied.header("www-authenticate"), None);
    }
    assert_eq!(sidecar.metric(r#"portcullis_decisions_total{outcome="deny",reason="no_route"}"#), "7");
}

#[test]
fn what_the_proxy_says_reaches_the_policy() {
    let sidecar = Sidecar::start(world());
    let lines = [
        "X-Original-IP: 10.1.2.3",
        "X-Original-Host: Docs.Example.com:8443",
        "X-Original-Proto: https",
        "User-Agent: curl/8",
    ];
    let uri = "/documents/z%C3%BCrich?x";
    assert_eq!(ask(&sidecar, "LOCATE", uri, &lines).status, 200);
    for (position, line) in [
        "X-Original-IP: 11.1.2.3",
        "X-Original-Host: docs.example.org",
        "X-Original-Proto: http",
        "User-Agent: wget/1",
    ]
    .into_iter()
    .enumerate()
    {
        let mut lines = lines;
        lines[position] = line;
        assert_eq!(ask(&sidecar, "LOCATE", uri, &lines).status, 401, "{line}");
        // Nothing stands in for what the proxy leaves out.
        let without: Vec<&str> = lines.into_iter().filter(|other| *other != line).collect();
        assert_eq!(ask(&sidecar, "LOCATE", uri, &without).status, 401, "without {line}");
    }
    assert_eq!(ask(&sidecar, "LOCATE", "/documents/zurich", &lines).status, 401);
}

#[test]
fn a_route_names_the_organization_and_the_clock_ends_what_was_given() {
    let sidecar = Sidecar::start(world());
    let bob = |uri: &str| ask(&sidecar, "GET", uri, &["X-User: bob"]).status;
    sidecar.set_clock("2026-03-02T12:59:59Z");
    assert_eq!(bob("/acme/plans/1"), 200);
    assert_eq!(bob("/umbrella/plans/1"), 403);
    assert_eq!(ask(&sidecar, "GET", "/acme/plans/1", &[ALICE]).status, 403);
    sidecar.set_clock("2026-03-02T13:00:00Z");
    assert_eq!(bob("/acme/plans/1"), 403);
    // The clock may be set back, but it never runs backwards.
    sidecar.set_clock("2026-03-02T12:00:00Z");
    assert_eq!(bob("/acme/plans/1"), 403);
}

#[test]
fn nobody_identified_is_asked_to_identify() {
    let sidecar = Sidecar::start(world());
    for lines in [&[][..], &["X-User:"], &["X-User:   "]] {
        let denied = ask(&sidecar, "GET", "/documents/7", lines);
        assert_eq!((denied.status, denied.header("www-authenticate")), (401, Some("Bearer realm=\"test\"")));
    }
}

#[test]
fn before_the_first_policy_everything_is_denied() {
    let sidecar = Sidecar::with(&config());
    for lines in [&[][..], &[ALICE]] {
        let denied = ask(&sidecar, "GET", "/documents/7", lines);
        assert_eq!((denied.status, denied.header("portcullis-reason")), (403, Some("no_policy")));
    }
}

#[test]
fn a_hostile_original_request_is_denied() {
    let sidecar = Sidecar::start(world());
    // The tables are in the module that reads the headers; these show that nothing in front of it opens a way.
    for (uri, lines) in [
        ("/x/../documents/7", &[ALICE][..]),
        ("/documents/%2e%2e", &[ALICE]),
        ("/documents%2f7", &[ALICE]),
        ("//documents/7", &[ALICE]),
        ("/documents/7;x", &[ALICE]),
        ("/documents/7#", &[ALICE]),
        ("/documents/%00", &[ALICE]),
        ("/documents/%zz", &[ALICE]),
        ("documents/7", &[ALICE]),
        ("/documents/\u{e9}", &[ALICE]),
        ("/documents/7", &[ALICE, "X-Original-URI: /documents/7"]),
        ("/documents/7", &[ALICE, "X-Original-Method: GET"]),
        ("/documents/7", &[ALICE, "Connection: close, X-Original-URI"]),
        ("/documents/7", &[ALICE, "Connection: X-User"]),
        ("/documents/7", &[ALICE, "X_Original_URI: /documents/7"]),
        ("/documents/7", &[ALICE, "X_User: admin"]),
        ("/documents/7", &[ALICE, "X-Original-Host: a b"]),
        ("/documents/7", &[ALICE, "X-Original-IP: 10.0.0.1, 10.0.0.2"]),
        ("/documents/7", &[ALICE, "X-Original-Proto: gopher"]),
    ] {
        let denied = ask(&sidecar, "GET", uri, lines);
        let reason = denied.header("portcullis-reason");
        assert_eq!((denied.status, reason), (403, Some("malformed_original")), "{uri} {lines:?}");
    }
    for lines in [&[ALICE, ALICE][..], &["X-User: al\u{200b}ice"]] {
        let denied = ask(&sidecar, "GET", "/documents/7", lines);
        assert_eq!((denied.status, denied.header("portcullis-reason")), (403, Some("malformed_identity")));
    }
    let missing = "GET /authz/auth-request HTTP/1.1\r\nHost: pdp\r\nX-User: alice\r\n";
    for lines in ["", "X-Original-URI: /documents/7\r\n", "X-Original-Method: GET\r\n"] {
        assert_eq!(sidecar.client().ask(format!("{missing}{lines}\r\n")).status, 403, "{lines}");
    }
    assert_eq!(sidecar.metric(r#"portcullis_requests_refused_total{reason="malformed_original"}"#), "22");
}

#[test]
fn only_the_named_headers_decide() {
    let sidecar = Sidecar::start(world());
    // Another dialect's headers, overrides, and the endpoint's own method and query say nothing.
    let foreign = [
        ALICE,
        "X-Forwarded-Method: POST",
        "X-Forwarded-Uri: /elsewhere",
        "X-HTTP-Method-Override: POST",
        "X-Original-URL: /elsewhere",
        "X-Rewrite-URL: /elsewhere",
        "Authorization: Bearer x",
    ];
    assert_eq!(ask(&sidecar, "GET", "/documents/7", &foreign).status, 200);
    let request = auth_request("GET", "/documents/7", &[ALICE]);
    let own = request.replacen("GET /authz/auth-request", "POST /authz/auth-request?uri=/elsewhere", 1);
    assert_eq!(sidecar.client().ask(own).status, 200);
    let own = auth_request("POST", "/documents/7", &[ALICE]);
    let own = own.replacen("/authz/auth-request", "/authz/auth-request?method=GET", 1);
    assert_eq!(sidecar.client().ask(own).status, 403);
}

#[test]
fn an_untrusted_peer_speaks_for_nobody() {
    let sidecar = Sidecar::start(world());
    let request = auth_request("GET", "/documents/7", &[ALICE]);
    let trusted = Client::tcp_from("127.0.0.1", sidecar.address()).ask(&request);
    assert_eq!(trusted.status, 200);
    for request in [&request, &auth_request("GET", "/documents/7", &[])] {
        let spoofed = Client::tcp_from("127.0.0.2", sidecar.address()).ask(request);
        assert_eq!((spoofed.status, spoofed.header("portcullis-reason")), (403, Some("untrusted_peer")));
    }
    assert_eq!(sidecar.metric(r#"portcullis_requests_refused_total{reason="untrusted_peer"}"#), "2");

    // T-29: trusting nobody is the meaning of an empty list.
    let nobody = Sidecar::with(&Config {
        trusted_peers: TrustedPeers { networks: Networks::default(), unix: false },
        ..config()
    });
    nobody.service.publish(world());
    assert_eq!(ask(&nobody, "GET", "/documents/7", &[ALICE]).status, 403);
}

#[test]
fn a_body_that_never_comes_is_not_waited_for() {
    let sidecar = Sidecar::start(world());
    let mut client = sidecar.client();
    let claimed = client.ask(auth_request("GET", "/documents/7", &[ALICE, "Content-Length: 7"]));
    // A body that was waited for would have ended in 408 or 403, after the time that bodies have.
    assert_eq!((claimed.status, claimed.header("connection")), (200, Some("close")));
    // The next bytes could be the body or a request: nobody can tell any more.
    assert!(client.is_closed());

    let chunked = ask(&sidecar, "POST", "/documents/7", &[ALICE, "Transfer-Encoding: chunked"]);
    assert_eq!((chunked.status, chunked.header("connection")), (403, Some("close")));
}

#[test]
fn nginx_speaks_http_1_0_unless_told_otherwise() {
    let sidecar = Sidecar::start(world());
    let request = auth_request("GET", "/documents/7", &[ALICE, "Connection: close"]);
    let mut client = sidecar.client();
    let answer = client.ask(request.replacen("HTTP/1.1", "HTTP/1.0", 1));
    assert_eq!(answer.status, 200);
    assert!(client.is_closed());
}

#[test]
fn nothing_for_proxies_is_ever_2xx_4xx_but_403_or_5xx() {
    let sidecar = Sidecar::start(world());
    let path =
        |path: &str| auth_request("GET", "/documents/7", &[ALICE]).replacen("/authz/auth-request", path, 1);
    for other in
        ["/authz/", "/authz/forward-auth/", "/authz/auth-request/", "/authz/ext-authz", "/authz/nginx"]
    {
        assert_eq!(sidecar.client().ask(path(other)).status, 403, "{other}");
    }
    let many: Vec<String> = (0..70).map(|number| format!("X-{number}: 1")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(ask(&sidecar, "GET", "/documents/7", &many).status, 403);
    let hostless = auth_request("GET", "/documents/7", &[ALICE]).replacen("Host: pdp\r\n", "", 1);
    assert_eq!(sidecar.client().ask(hostless).status, 403);
}
