//! Callers that have to say who they are.

use portcullis::config::{Config, TlsClient};
use portcullis::identity::new_key;
use serde_json::json;

use super::identity::{api_keys_yaml, claims, configured, serve, tokens_yaml, with};
use super::sidecar::Sidecar;
use super::world::world;
use crate::client::{Response, auth_request, evaluation};
use crate::forge::{Signer, key_set};
use crate::tls::{Manner, Pki};

const QUESTION: &str = r#"{"subject": {"type": "user", "id": "alice"}, "action": {"name": "read"},
    "resource": {"type": "document", "id": "7"}}"#;

fn evaluate(sidecar: &Sidecar, path: &str, lines: &[&str]) -> Response {
    let lines: String = lines.iter().flat_map(|line| [line, "\r\n"]).collect();
    let length = QUESTION.len();
    sidecar.client().ask(format!(
        "POST {path} HTTP/1.1\r\nHost: pdp\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{lines}\r\n{QUESTION}"
    ))
}

const ONE: &str = "/access/v1/evaluation";

#[test]
fn an_application_shows_its_key() {
    let key = new_key("ci").unwrap();
    let sidecar = serve(&format!("{}callers: [api_keys]\n", api_keys_yaml(&key, ", scopes: [decide]")));
    let own = format!("X-API-Key: {}", key.key);
    let allowed = evaluate(&sidecar, ONE, &[&own]);
    assert_eq!((allowed.status, allowed.body.as_str()), (200, r#"{"decision":true}"#));
    assert_eq!(evaluate(&sidecar, ONE, &[&format!("Authorization: Bearer {}", key.key)]).status, 200);
    for (lines, challenge) in [
        (&[][..], "Bearer"),
        (&["Authorization: Basic YTpi"], "Bearer"),
        (&["X-API-Key: pk_ci_x"], "Bearer"),
        (&["X-API-Key: pk_nobody_x"], "Bearer"),
        (&["Authorization: Bearer opaque"], "Bearer"),
    ] {
        for path in [ONE, "/access/v1/evaluations"] {
            let refused = evaluate(&sidecar, path, lines);
            assert_eq!(
                (refused.status, refused.header("www-authenticate")),
                (401, Some(challenge)),
                "{lines:?}"
            );
            assert!(!refused.body.contains("decision\""), "{}", refused.body);
        }
    }
    assert_eq!(evaluate(&sidecar, ONE, &[&own, &own]).status, 403);
    // Why is told to those who may know it.
    let why = evaluate(&sidecar, ONE, &[&own, "Portcullis-Explain: true"]);
    assert_eq!(why.body, r#"{"decision":true}"#);
    // This key may not ask for others.
    let proxied =
        |line: &str| sidecar.client().ask(auth_request("GET", "/documents/7", &["X-User: alice", line]));
    let refused = proxied(&format!("Portcullis-Key: {}", key.key));
    assert_eq!((refused.status, refused.header("portcullis-reason")), (403, Some("scope_missing")));
    assert_eq!(sidecar.metric(r#"portcullis_requests_refused_total{reason="unknown_caller"}"#), "10");
}

#[test]
fn a_proxy_shows_a_key_of_its_own() {
    let key = new_key("ci").unwrap();
    let sidecar = serve(&format!("{}callers: [api_keys]\n", api_keys_yaml(&key, ", scopes: [proxy]")));
    let own = format!("Portcullis-Key: {}", key.key);
    let ask = |lines: &[&str]| sidecar.client().ask(auth_request("GET", "/documents/7", lines));
    assert_eq!(ask(&["X-User: alice", &own]).status, 200);
    // What the client shows is not the proxy's: neither instead of its own nor beside it.
    for lines in [
        &["X-User: alice"][..],
        &["X-User: alice", "Portcullis-Key: pk_ci_x"],
        &["X-User: alice", "Portcullis-Key: "],
        &["X-User: alice", &own, &own],
        &["X-User: ci", &format!("X-API-Key: {}", key.key)],
        &["X-User: ci", &format!("Authorization: Bearer {}", key.key)],
    ] {
        let refused = ask(lines);
        assert_eq!(
            (refused.status, refused.header("portcullis-reason")),
            (403, Some("unknown_caller")),
            "{lines:?}"
        );
        assert_eq!(refused.header("www-authenticate"), None);
    }
    assert_eq!(ask(&[&own, &format!("X-API-Key: {}", key.key)]).status, 200);
    assert_eq!(ask(&[&own, "X-API-Key: pk_ci_x"]).status, 401);
    let refused = evaluate(&sidecar, ONE, &[&format!("X-API-Key: {}", key.key)]);
    assert_eq!(
        (refused.status, refused.header("www-authenticate")),
        (403, Some("Bearer error=\"insufficient_scope\""))
    );
}

#[test]
fn an_application_shows_its_token() {
    let signer = Signer::new("ES256", "1");
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("jwks.json");
    std::fs::write(&file, key_set(&[signer.jwk()])).unwrap();
    let sidecar = serve(&format!("{}callers: [tokens]\n", tokens_yaml(&file.display().to_string())));
    let bearer = |scope: &str| {
        let token = signer.token(&with(claims("app"), &json!({ "scope": scope })));
        format!("Authorization: Bearer {token}")
    };
    let decide = bearer("openid portcullis/decision:decide");
    assert_eq!(evaluate(&sidecar, ONE, &[&decide]).body, r#"{"decision":true}"#);
    let explain = bearer("portcullis/decision:decide portcullis/decision:explain");
    let told = evaluate(&sidecar, ONE, &[&explain, "Portcullis-Explain: true"]).body;
    assert!(told.contains("reading"), "{told}");
    let untold = evaluate(&sidecar, ONE, &[&decide, "Portcullis-Explain: true"]).body;
    assert_eq!(untold, r#"{"decision":true}"#);
    let refused = evaluate(&sidecar, ONE, &[&bearer("openid")]);
    assert_eq!(
        (refused.status, refused.header("www-authenticate")),
        (403, Some("Bearer error=\"insufficient_scope\""))
    );
    let refused = evaluate(&sidecar, ONE, &[&format!("{decide}x")]);
    assert_eq!(
        (refused.status, refused.header("www-authenticate")),
        (401, Some("Bearer error=\"invalid_token\""))
    );
    assert_eq!(evaluate(&sidecar, ONE, &[]).status, 401);
}

#[test]
fn a_caller_shows_its_certificate() {
    let pki = Pki::new();
    let mapping =
        "certificates: { trust_domains: [example.com], scopes: [decide, proxy] }\ncallers: [certificates]\n";
    let told = configured(mapping);
    let config = Config {
        callers: told.callers,
        certificates: told.certificates,
        ..super::tls::configured(&pki, TlsClient::Optional)
    };
    let sidecar = Sidecar::with(&config);
    sidecar.service.publish(world());
    let statuses = |manner: &Manner| {
        let application = pki.http1(sidecar.address(), manner).ask(evaluation(QUESTION)).status;
        let proxied = auth_request("GET", "/documents/7", &["X-User: alice"]);
        (application, pki.http1(sidecar.address(), manner).ask(proxied).status)
    };
    let showing = |id: &str| Manner::showing(pki.workload(id));
    assert_eq!(statuses(&showing("spiffe://example.com/orders")), (200, 200));
    for stranger in ["spiffe://example.com.evil.example/orders", "spiffe://evil.example/example.com"] {
        assert_eq!(statuses(&showing(stranger)), (401, 403), "{stranger}");
    }
    assert_eq!(statuses(&Manner::default()), (401, 403));
    // A key is nothing where certificates are wanted.
    for line in ["X-API-Key: pk_ci_x", "Authorization: Bearer x", "Authorization: Bearer pk_ci_x"] {
        let shown = format!("POST /access/v1/evaluation HTTP/1.1\r\nHost: pdp\r\n{line}\r\n\r\n");
        let mut orders = pki.http1(sidecar.address(), &showing("spiffe://example.com/orders"));
        assert_eq!(orders.ask(shown).status, 401, "{line}");
    }
}
