//! A browser whose token has ended is sent to the login page, as one that has none is.

use portcullis::config::Config;
use portcullis::identity::new_key;
use serde_json::json;

use super::table::{DIALECTS, Dialect, plain_with};
use super::{front_doors, serving};
use crate::client::{Client, Response};
use crate::forge::{Signer, key_set};
use crate::grpc::{asking, call, header};
use crate::server::headers::check_headers;
use crate::server::identity::{api_keys_yaml, claims, configured, tokens_yaml, with};
use crate::server::sidecar::Sidecar;

const HTML: &str = "Accept: text/html,*/*;q=0.8";
const PAGE: Option<&str> = Some("https://id.example.com/login?to=%2Fadmin%3Fx");

/// A site that believes tokens of one signer and one API key, and where one can sign in.
fn site(more: impl Fn(Config) -> Config) -> (Sidecar, Signer, String, tempfile::TempDir) {
    let (signer, key) = (Signer::new("ES256", "1"), new_key("ci").unwrap());
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("jwks.json");
    std::fs::write(&file, key_set(&[signer.jwk()])).unwrap();
    let told =
        configured(&format!("{}{}", tokens_yaml(&file.display().to_string()), api_keys_yaml(&key, "")));
    let config = Config {
        login_url: Some("https://id.example.com/login?to={url}".to_owned()),
        tokens: told.tokens,
        api_keys: told.api_keys,
        ..front_doors()
    };
    (serving(&more(config), ""), signer, key.key, place)
}

fn told(answer: &Response) -> (u16, Option<&str>, Option<&str>) {
    (answer.status, answer.header("portcullis-reason"), answer.header("location"))
}

#[test]
fn a_browser_whose_token_is_not_believed_is_sent_to_the_login_page() {
    let (sidecar, signer, key, _place) = site(|config| config);
    let ended = signer.token(&with(claims("alice"), &json!({ "exp": 1 })));
    let forged = Signer::new("ES256", "1").token(&claims("alice"));
    let bearer = |shown: &str| format!("Authorization: Bearer {shown}");
    let (ended, forged) = (bearer(&ended), bearer(&forged));
    let good = bearer(&signer.token(&claims("alice")));
    let invalid = Some("invalid_token");
    for (request, lines, expected) in [
        ("GET /admin?x", &[HTML, &ended][..], (302, invalid, PAGE)),
        ("GET /admin?x", &[HTML, &forged], (302, invalid, PAGE)),
        ("GET /admin?x", &[HTML, "Authorization: Bearer x"], (302, invalid, PAGE)),
        // As for nobody: to a page, by whoever reads one, and only if what was asked for could be read.
        ("POST /admin?x", &[HTML, &ended], (401, invalid, None)),
        ("GET /admin?x", &["Accept: application/json", &ended], (401, invalid, None)),
        ("GET /admin?x", &[&ended], (401, invalid, None)),
        ("GET /a/../admin", &[HTML, &ended], (403, Some("malformed_original"), None)),
        // A program that shows a key reads no page, and whoever is known has signed in.
        ("GET /admin?x", &[HTML, "X-API-Key: pk_ci_x"], (401, Some("invalid_key"), None)),
        ("GET /admin?x", &[HTML, "Authorization: Bearer pk_ci_x"], (401, Some("invalid_key"), None)),
        ("GET /admin?x", &[HTML, &ended, &ended], (403, Some("malformed_identity"), None)),
        (
            "GET /admin?x",
            &[HTML, &good, &format!("X-API-Key: {key}")],
            (403, Some("malformed_identity"), None),
        ),
        ("GET /admin?x", &[HTML, &good, "X-User: bob"], (403, Some("identity_conflict"), None)),
        ("GET /admin?x", &[HTML, &good], (403, Some("denied_by_rule"), None)),
    ] {
        let (method, uri) = request.split_once(' ').unwrap();
        for dialect in DIALECTS {
            let answer = sidecar.client().ask(&plain_with(dialect, method, uri, &lines.join("\n")).bytes);
            check_headers(&answer);
            let (status, reason, location) = expected;
            // nginx would make an error of its own of it.
            let redirects = dialect != Dialect::AuthRequest;
            let status = if status == 302 && !redirects { 401 } else { status };
            let expected = (status, reason, location.filter(|_| redirects));
            assert_eq!(told(&answer), expected, "{dialect:?} {request} {lines:?}");
            let challenge = answer.header("www-authenticate");
            let is_challenged = challenge == Some("Bearer error=\"invalid_token\"");
            assert_eq!(is_challenged, status == 401, "{dialect:?} {request}: {challenge:?}");
        }
    }
    // It is counted as the refusal that it is.
    let refused = sidecar.metric(r#"portcullis_requests_refused_total{reason="invalid_token"}"#);
    assert_eq!(refused, (6 * DIALECTS.len()).to_string());
}

#[test]
fn so_it_is_over_grpc() {
    let (sidecar, signer, _, _place) = site(|config| config);
    let ended = signer.token(&with(claims("alice"), &json!({ "exp": 1 })));
    let bearer = format!("Bearer {ended}");
    let ask = |method: &str, headers: &[(&str, &str)]| {
        let called = call(sidecar.address(), &asking(method, "/admin?x", headers));
        let (denied, reason) = called.denial();
        (denied.status.unwrap().code, reason, header(&denied.headers, "location"))
    };
    let accept = ("accept", "text/html");
    let page = "https://id.example.com/login?to=https%3A%2F%2Fdocs.example.com%2Fadmin%3Fx".to_owned();
    let invalid = || "invalid_token".to_owned();
    assert_eq!(ask("GET", &[accept, ("authorization", &bearer)]), (302, invalid(), Some(page)));
    assert_eq!(ask("POST", &[accept, ("authorization", &bearer)]), (401, invalid(), None));
    assert_eq!(ask("GET", &[("authorization", &bearer)]), (401, invalid(), None));
    let key = ask("GET", &[accept, ("authorization", "Bearer pk_ci_x")]);
    assert_eq!(key, (401, "invalid_key".to_owned(), None));
}

/// Whoever may not ask for others is sent nowhere.
#[test]
fn no_stranger_is_sent_anywhere() {
    let (sidecar, ..) = site(|config| config);
    let lines = [HTML, "Authorization: Bearer x"].join("\n");
    let asked = |dialect| plain_with(dialect, "GET", "/admin?x", &lines).bytes;
    for dialect in DIALECTS {
        let answer = Client::tcp_from("127.0.0.2", sidecar.address()).ask(asked(dialect));
        assert_eq!(told(&answer), (403, Some("untrusted_peer"), None), "{dialect:?}");
    }
    let callers = configured(&format!(
        "{}callers: [api_keys]\n",
        api_keys_yaml(&new_key("ci").unwrap(), ", scopes: [proxy]")
    ));
    let (sidecar, ..) = site(|config| Config { callers: callers.callers.clone(), ..config });
    for dialect in DIALECTS {
        let answer = sidecar.client().ask(asked(dialect));
        assert_eq!(told(&answer), (403, Some("unknown_caller"), None), "{dialect:?}");
    }
}
