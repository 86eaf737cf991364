//! Who is asking at `/authz/*`: tokens, API keys, forwarded certificates, and all that pretends to be one.

use std::fs;
use std::path::Path;

use portcullis::config::{self, Config, Flags};
use portcullis::identity::{NewKey, new_key};
use serde_json::{Value, json};

use super::sidecar::{Sidecar, at};
use super::world::world;
use crate::client::{Response, auth_request};
use crate::forge::{Signer, key_set};

pub const ISSUER: &str = "https://idp.example.com";

/// What is written about tokens of this issuer, with keys from this file or address.
pub fn tokens_yaml(keys: &str) -> String {
    format!(
        "tokens:
- issuer: {ISSUER}
  audiences: [portcullis]
  algorithms: [ES256]
  keys: {keys}
  scopes: scope
  subject:
    type: user
    id: sub
    organization: org
    roles: roles
    attributes: {{ level: level }}
"
    )
}

/// A server of the usual World, with this configuration.
pub fn serve(yaml: &str) -> Sidecar {
    let sidecar = Sidecar::with(&configured(yaml));
    sidecar.service.publish(world());
    sidecar
}

pub fn configured(yaml: &str) -> Config {
    let any = "127.0.0.1:0".to_owned();
    let flags = Flags { listen: vec![any.clone()], admin: Some(any), ..Flags::default() };
    let file = ("portcullis.yaml", format!("subject_header: X-User\npoll_seconds: 1\n{yaml}"));
    config::load(Some(file), std::iter::empty(), flags, |_| Vec::new())
        .unwrap_or_else(|(_, problems)| panic!("{problems:?}"))
}

pub fn claims(id: &str) -> Value {
    let now = at("2026-03-02T12:00:00Z").seconds();
    json!({ "iss": ISSUER, "aud": "portcullis", "sub": id, "iat": now, "exp": now + 600 })
}

pub fn with(mut claims: Value, others: &Value) -> Value {
    for (name, value) in others.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

fn publish(place: &Path, keys: &[Value]) {
    // As whoever writes such a file should: whole, in one step.
    fs::write(place.join("jwks.new"), key_set(keys)).unwrap();
    fs::rename(place.join("jwks.new"), place.join("jwks.json")).unwrap();
}

/// A signer whose keys stand in a file, and the configuration that names it.
fn place(signer: &Signer) -> (tempfile::TempDir, String) {
    let place = tempfile::tempdir().unwrap();
    publish(place.path(), &[signer.jwk()]);
    let yaml = tokens_yaml(&place.path().join("jwks.json").display().to_string());
    (place, yaml)
}

fn ask(sidecar: &Sidecar, uri: &str, lines: &[&str]) -> Response {
    sidecar.client().ask(auth_request("GET", uri, lines))
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}")
}

/// Status, reason and challenge.
fn told(response: &Response) -> (u16, &str, Option<&str>) {
    (response.status, response.header("portcullis-reason").unwrap_or(""), response.header("www-authenticate"))
}

const NOT_BELIEVED: Option<&str> = Some("Bearer error=\"invalid_token\"");

#[test]
fn a_token_says_who_it_is_and_what_they_hold() {
    let signer = Signer::new("ES256", "1");
    let (_place, yaml) = place(&signer);
    let sidecar = serve(&yaml);
    let token = signer.token(&claims("alice"));
    assert_eq!(told(&ask(&sidecar, "/documents/7", &[&bearer(&token)])), (200, "allowed", None));
    assert_eq!(told(&ask(&sidecar, "/documents/7", &["X-User: carol"])).0, 200);
    assert_eq!(told(&ask(&sidecar, "/documents/7", &[])), (401, "no_rule_applies", Some("Bearer")));
    // The scheme in any letters; twice is as once.
    for scheme in ["bearer", "BEARER", "Bearer"] {
        assert_eq!(ask(&sidecar, "/documents/7", &[&format!("Authorization: {scheme} {token}")]).status, 200);
    }
    assert_eq!(sidecar.metric(r#"portcullis_tokens_total{result="accepted"}"#), "4");

    let planner = json!({ "roles": ["docs/planner"], "org": "acme" });
    let planner = signer.token(&with(claims("alice"), &planner));
    assert_eq!(ask(&sidecar, "/acme/plans/1", &[&bearer(&planner)]).status, 200);
    assert_eq!(ask(&sidecar, "/umbrella/plans/1", &[&bearer(&planner)]).status, 403);
    assert_eq!(ask(&sidecar, "/acme/plans/1", &[&bearer(&token)]).status, 403);
    // One that nothing says where it holds holds nowhere, and who brings it is still who it is.
    let nowhere = signer.token(&with(claims("alice"), &json!({ "roles": ["docs/planner"] })));
    assert_eq!(ask(&sidecar, "/acme/plans/1", &[&bearer(&nowhere)]).status, 403);
    assert_eq!(ask(&sidecar, "/documents/7", &[&bearer(&nowhere)]).status, 200);
    // One that would hold everywhere can't be believed, and without it this is not the same token.
    let everywhere = json!({ "roles": ["docs/planner"], "org": "/" });
    let everywhere = signer.token(&with(claims("alice"), &everywhere));
    for uri in ["/acme/plans/1", "/documents/7"] {
        let refused = ask(&sidecar, uri, &[&bearer(&everywhere)]);
        assert_eq!(told(&refused), (401, "invalid_token", NOT_BELIEVED), "{uri}");
    }
    assert_eq!(sidecar.metric(r#"portcullis_tokens_total{result="roles"}"#), "2");
}

#[test]
fn a_token_that_is_not_believed_makes_nobody_anonymous() {
    let signer = Signer::new("ES256", "1");
    let (_place, yaml) = place(&signer);
    let sidecar = serve(&yaml);
    let token = signer.token(&claims("alice"));
    // Anybody may ask for this one, so that only the refusal of the token can say no.
    let inside = [
        "X-Original-IP: 10.1.2.3",
        "X-Original-Host: docs.example.com",
        "X-Original-Proto: https",
        "User-Agent: curl/8",
    ];
    let locate = |line: &str| {
        let mut lines = inside.to_vec();
        lines.push(line);
        sidecar.client().ask(auth_request("LOCATE", "/documents/z%C3%BCrich", &lines))
    };
    assert_eq!(locate("X-Other: x").status, 200);
    assert_eq!(locate(&bearer(&token)).status, 200);
    let ended = signer.token(&with(claims("alice"), &json!({ "exp": 1 })));
    let others = Signer::new("ES256", "1").token(&claims("alice"));
    let large = signer.token(&with(claims("alice"), &json!({ "pad": "x".repeat(7_000) })));
    for shown in
        ["", "x", "opaque", &format!("{token}x"), &format!("{token}, x"), &ended, &others, &large, "pk_ci_x"]
    {
        let refused = locate(&bearer(shown));
        assert_eq!(told(&refused), (401, "invalid_token", NOT_BELIEVED), "{shown}");
        assert!(refused.body.is_empty() && !format!("{:?}", refused.headers).contains(&token));
    }
    assert_eq!(told(&locate("Authorization: bearer")), (401, "invalid_token", NOT_BELIEVED));
    assert_eq!(sidecar.metric(r#"portcullis_tokens_total{result="expired"}"#), "1");
    assert_eq!(sidecar.metric(r#"portcullis_tokens_total{result="signature"}"#), "3");
    assert_eq!(sidecar.metric(r#"portcullis_tokens_total{result="too_large"}"#), "1");
    assert_eq!(sidecar.metric(r#"portcullis_requests_refused_total{reason="invalid_token"}"#), "10");
    // Another scheme is for whoever is behind the proxy.
    assert_eq!(locate("Authorization: Basic YTpi").status, 200);
    // A key is none where there are no keys, and makes nobody anonymous either.
    assert_eq!(told(&locate("X-API-Key: whatever")), (401, "invalid_key", NOT_BELIEVED));
    assert_eq!(sidecar.metric(r#"portcullis_api_keys_total{result="malformed"}"#), "1");
    // But where nobody's are believed, it is the application's business.
    let nobody = serve("");
    let mut lines = inside.to_vec();
    lines.extend(["X-API-Key: whatever", "Authorization: Bearer whatever"]);
    assert_eq!(nobody.client().ask(auth_request("LOCATE", "/documents/z%C3%BCrich", &lines)).status, 200);
    // Nor is what some programs take for a token, and others don't, nobody's.
    let doubtful = ["Bearer\tx", "Bearer,x", "bearer=x"].map(str::to_owned);
    for joined in [format!("Basic YTpi, Bearer {token}"), "Digest a=\"b\",bearer x".to_owned()]
        .into_iter()
        .chain(doubtful)
    {
        assert_eq!(told(&locate(&format!("Authorization: {joined}"))), (403, "malformed_identity", None));
    }
}

#[test]
fn of_two_that_say_who_it_is_both_say_the_same_or_neither_counts() {
    let signer = Signer::new("ES256", "1");
    let (_place, yaml) = place(&signer);
    let sidecar = serve(&yaml);
    let (alice, bob) = (bearer(&signer.token(&claims("alice"))), bearer(&signer.token(&claims("bob"))));
    for lines in [
        &[alice.as_str(), alice.as_str()][..],
        &[&alice, &bob],
        &[&alice, "Authorization: Basic YTpi"],
        &["Authorization: Basic YTpi", &alice],
    ] {
        assert_eq!(
            told(&ask(&sidecar, "/documents/7", lines)),
            (403, "malformed_identity", None),
            "{lines:?}"
        );
    }
    assert_eq!(
        told(&ask(&sidecar, "/documents/7", &[&alice, "X-User: bob"])),
        (403, "identity_conflict", None)
    );
    assert_eq!(told(&ask(&sidecar, "/documents/7", &[&alice, "X-User: alice"])).0, 200);
    // One that isn't believed is no better beside one that is.
    assert_eq!(told(&ask(&sidecar, "/documents/7", &["Authorization: Bearer x", "X-User: alice"])).0, 401);
}

#[test]
fn a_file_of_keys_is_read_again_when_it_changes() {
    let (old, new) = (Signer::new("ES256", "old"), Signer::new("ES256", "new"));
    let (place, yaml) = place(&old);
    let sidecar = serve(&yaml);
    let (first, second) = (bearer(&old.token(&claims("alice"))), bearer(&new.token(&claims("alice"))));
    let statuses = || [&first, &second].map(|line| ask(&sidecar, "/documents/7", &[line]).status);
    assert_eq!(statuses(), [200, 401]);
    let becomes = |expected: [u16; 2]| {
        let patience = std::time::Duration::from_secs(20);
        assert!(crate::process::wait_until(patience, || statuses() == expected), "{:?}", statuses());
    };
    publish(place.path(), &[old.jwk(), new.jwk()]);
    becomes([200, 200]);
    publish(place.path(), &[new.jwk()]);
    becomes([401, 200]);
    // What is no set of keys, and no file at all, change nothing; but nothing is believed for ever without its keys.
    fs::write(place.path().join("jwks.json"), "{\"keys\": [").unwrap();
    becomes([401, 200]);
    fs::remove_file(place.path().join("jwks.json")).unwrap();
    let failed = r#"portcullis_key_fetches_total{issuer="https://idp.example.com",result="unreachable"}"#;
    assert!(crate::process::wait_until(std::time::Duration::from_secs(20), || sidecar.metric(failed) != "0"));
    becomes([401, 200]);
    let ready = || sidecar.admin().ask(crate::client::get("/readyz")).body;
    assert!(!ready().contains("without_keys"), "{}", ready());
    sidecar.set_clock("2026-03-02T13:00:02Z");
    let late = new.token(&with(claims("alice"), &json!({ "exp": 1_900_000_000 })));
    assert_eq!(told(&ask(&sidecar, "/documents/7", &[&bearer(&late)])), (401, "invalid_token", NOT_BELIEVED));
    assert!(ready().contains(r#""without_keys":["https://idp.example.com"]"#), "{}", ready());
    publish(place.path(), &[new.jwk()]);
    let believed = || ask(&sidecar, "/documents/7", &[&bearer(&late)]).status == 200;
    assert!(crate::process::wait_until(std::time::Duration::from_secs(20), believed));
}

pub fn api_keys_yaml(key: &NewKey, more: &str) -> String {
    format!("api_keys:\n- {{ id: ci, sha256: \"{}\", subject: \"user:ci\"{more} }}\n", key.sha256)
}

#[test]
fn an_api_key_says_whose_it_is() {
    let key = new_key("ci").unwrap();
    let sidecar = serve(&api_keys_yaml(&key, ", expires: 2026-03-02T12:30:00Z"));
    let (bearer, header) = (bearer(&key.key), format!("X-API-Key: {}", key.key));
    for lines in [[bearer.as_str()], [header.as_str()]] {
        assert_eq!(told(&ask(&sidecar, "/documents/7", &lines)), (200, "allowed", None));
    }
    assert_eq!(told(&ask(&sidecar, "/documents/7", &[&bearer, &header])), (403, "malformed_identity", None));
    assert_eq!(told(&ask(&sidecar, "/documents/7", &[&header, &header])), (403, "malformed_identity", None));
    assert_eq!(
        told(&ask(&sidecar, "/documents/7", &[&header, "X-User: bob"])),
        (403, "identity_conflict", None)
    );
    for wrong in
        ["", "x", "pk_ci_x", "pk_nobody_x", key.key.split_at(key.key.len() - 1).0, &format!("{}x", key.key)]
    {
        let lines = [format!("X-API-Key: {wrong}")];
        let refused = ask(&sidecar, "/documents/7", &[&lines[0]]);
        assert_eq!(told(&refused), (401, "invalid_key", NOT_BELIEVED), "{wrong}");
    }
    assert_eq!(told(&ask(&sidecar, "/documents/7", &["Authorization: Bearer pk_ci_x"])).1, "invalid_key");
    assert_eq!(told(&ask(&sidecar, "/documents/7", &["Authorization: Bearer x"])).1, "invalid_token");
    assert_eq!(sidecar.metric(r#"portcullis_api_keys_total{result="accepted"}"#), "3");
    sidecar.set_clock("2026-03-02T12:30:00Z");
    assert_eq!(told(&ask(&sidecar, "/documents/7", &[&header])).1, "invalid_key");
    assert_eq!(sidecar.metric(r#"portcullis_api_keys_total{result="expired"}"#), "1");
}

fn ext_authz(uri: &str, lines: &[&str]) -> String {
    let mut request = format!("GET /authz/ext-authz{uri} HTTP/1.1\r\nHost: docs.example.com\r\n");
    for line in lines {
        request.push_str(line);
        request.push_str("\r\n");
    }
    request + "\r\n"
}

/// Envoy makes one of two headers before it asks over HTTP, so a comma may stand between two users.
#[test]
fn a_name_that_may_be_two_is_nobodys() {
    let sidecar = serve("envoy_subject_header: X-Envoy-User\nforwarded_subject_header: X-Forwarded-User\n");
    let envoy =
        |user: &str| sidecar.client().ask(ext_authz("/documents/7", &[&format!("X-Envoy-User: {user}")]));
    assert_eq!(told(&envoy("alice")), (200, "allowed", None));
    for two in ["alice,bob", "alice, bob", "alice,", ",alice", ","] {
        assert_eq!(told(&envoy(two)), (403, "malformed_identity", None), "{two}");
    }
    // Others don't, and refuse two.
    assert_eq!(ask(&sidecar, "/documents/7", &["X-User: alice,bob"]).status, 200);
    assert_eq!(
        told(&ask(&sidecar, "/documents/7", &["X-User: alice", "X-User: bob"])).1,
        "malformed_identity"
    );
}

#[test]
fn a_certificate_speaks_through_envoy_alone() {
    const ORDERS: &str = "X-Forwarded-Client-Cert: Hash=00;URI=spiffe://example.com/orders";
    let certificates =
        "certificates: { trust_domains: [example.com], subject_type: user, forwarded: true }\n";
    let sidecar = serve(certificates);
    let envoy = |lines: &[&str]| sidecar.client().ask(ext_authz("/documents/7", lines));
    assert_eq!(told(&envoy(&[ORDERS])), (200, "allowed", None));
    assert_eq!(envoy(&[]).status, 401);
    let evil = "X-Forwarded-Client-Cert: Hash=00;URI=spiffe://evil.example/orders";
    assert_eq!(told(&envoy(&[evil])), (403, "unknown_certificate", None));
    assert_eq!(told(&envoy(&[ORDERS, ORDERS])), (403, "malformed_identity", None));
    assert_eq!(told(&envoy(&["X-Forwarded-Client-Cert: Hash=00"])), (403, "malformed_identity", None));
    // nginx passes on what its client says there.
    assert_eq!(ask(&sidecar, "/documents/7", &[ORDERS]).status, 401);
    let off = serve("certificates: { trust_domains: [example.com], subject_type: user }\n");
    assert_eq!(off.client().ask(ext_authz("/documents/7", &[ORDERS])).status, 401);
}
