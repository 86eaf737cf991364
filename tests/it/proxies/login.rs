//! Where nobody signs in at the proxy: what Portcullis says to whoever isn't known, or isn't any more, reaches the client.

use std::fs;

use serde_json::json;
use tempfile::TempDir;

use super::front::{Front, Kind, Portcullis, recipes};
use crate::client::Response;
use crate::forge::{Signer, key_set};
use crate::process::{PATIENCE, free_ports, wait_until};
use crate::server::identity::{claims, tokens_yaml, with};

const HTML: &str = "Accept: text/html";
const JSON: &str = "Accept: application/json";

/// What `examples/proxies/README.md` says to change in a recipe, so that tokens say who is asking and not the proxy.
pub(super) fn changes(kind: Kind) -> &'static [(&'static str, &'static str)] {
    match kind {
        Kind::Nginx | Kind::NginxCache => &[
            ("auth_basic ", "# "),
            ("auth_basic_user_file", "# "),
            ("Subject $remote_user;", "Subject \"\";"),
        ],
        Kind::Caddy26 | Kind::Caddy211 => &[
            ("\t\tbasicauth {\n", "\t\t@nothing path /nothing\n\t\tbasicauth @nothing {\n"),
            ("header_up X-Portcullis-User {http.auth.user.id}", "header_up -X-Portcullis-User"),
        ],
        Kind::Haproxy => &[
            ("  http-request auth ", "  # "),
            (r#"{ "accept", "#, r#"{ "accept", "authorization", "x-api-key", "#),
        ],
        Kind::Envoy | Kind::EnvoyGrpc => &[(
            "envoy.filters.http.basic_auth\n",
            "envoy.filters.http.basic_auth\n            disabled: true\n",
        )],
        Kind::Traefik => {
            &[("[who, ", "["), ("[X-Portcullis-User, ", "[Authorization, X-API-Key, X-Portcullis-User, ")]
        }
    }
}

/// A proxy with these changes of its recipe, and Portcullis behind it that believes tokens alone.
struct Site {
    front: Front,
    signer: Signer,
    _portcullis: Portcullis,
    _dir: TempDir,
}

impl Site {
    fn start(kind: Kind, changes: &[(&str, &str)]) -> Site {
        let dir = tempfile::tempdir().unwrap();
        let signer = Signer::new("ES256", "1");
        let keys = dir.path().join("jwks.json");
        fs::write(&keys, key_set(&[signer.jwk()])).unwrap();
        let config = dir.path().join("portcullis.yaml");
        let login = "login_url: https://id.example.com/login?to={url}\n";
        fs::write(&config, format!("{login}{}", tokens_yaml(&keys.display().to_string()))).unwrap();
        let [port] = free_ports();
        let portcullis = Portcullis::serving(port, &config, &recipes().join("policies"));
        let front = Front::changed(kind, port, |text| {
            changes.iter().fold(text, |text, (from, to)| text.replace(from, to))
        });
        let site = Site { front, signer, _portcullis: portcullis, _dir: dir };
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        let ada = site.bearer(&json!({ "iat": now, "exp": now + 600 }));
        let passes = || {
            let asked = site.front.try_send("GET", "/pages/1", &[&ada]);
            asked.is_some_and(|(answer, reached)| answer.status == 200 && reached.is_some())
        };
        assert!(wait_until(PATIENCE, passes), "{kind:?} lets no token pass");
        site
    }

    fn bearer(&self, times: &serde_json::Value) -> String {
        format!("Authorization: Bearer {}", self.signer.token(&with(claims("ada"), times)))
    }

    /// What comes back; nothing may have reached the application.
    fn refused(&self, method: &str, target: &str, lines: &[&str]) -> Response {
        let (answer, reached) = self.front.ask_as_nobody(method, target, lines);
        assert_eq!(reached, None, "{:?} {method} {target} {lines:?}", self.front.kind);
        answer
    }
}

fn sends_clients_to_sign_in(kind: Kind) {
    let site = Site::start(kind, changes(kind));
    let ended = site.bearer(&json!({ "exp": 1 }));
    let ended = ended.as_str();
    let to = |page: &str| format!("https://id.example.com/login?to=http%3A%2F%2Fsite.example.com{page}");
    for (target, lines, page, reason) in [
        ("/pages/1?x=1&y=%26", &[HTML][..], "%2Fpages%2F1%3Fx%3D1%26y%3D%2526", "no_rule_applies"),
        ("/pages/1", &[HTML, ended], "%2Fpages%2F1", "invalid_token"),
    ] {
        let answer = site.refused("GET", target, lines);
        assert_eq!(answer.status, 302, "{kind:?} {target}: {answer:?}");
        assert_eq!(answer.header("location"), Some(to(page).as_str()), "{kind:?} {target}");
        assert_eq!(answer.header("portcullis-reason"), Some(reason), "{kind:?} {target}");
    }
    let told = |reason: &str| {
        format!(r#"{{"decision":false,"reason":"{reason}","message":"You have to sign in for this."}}"#)
    };
    let not_believed = "Bearer error=\"invalid_token\"";
    for (method, lines, challenge, content_type, body) in [
        ("GET", &[][..], "Bearer", None, String::new()),
        ("GET", &[JSON], "Bearer", Some("application/json"), told("no_rule_applies")),
        ("GET", &[JSON, ended], not_believed, Some("application/json"), told("invalid_token")),
        ("GET", &[ended], not_believed, None, String::new()),
        // Whoever the client says that it is.
        ("GET", &["X-Portcullis-User: ada"], "Bearer", None, String::new()),
        ("GET", &["Authorization: Basic YWRhOmFkYQ=="], "Bearer", None, String::new()),
    ] {
        let answer = site.refused(method, "/pages/1", lines);
        let found = (answer.status, answer.header("www-authenticate"), answer.header("content-type"));
        assert_eq!(found, (401, Some(challenge), content_type), "{kind:?} {lines:?}");
        assert_eq!(answer.body, body, "{kind:?} {lines:?}");
    }
    let page = site.refused("POST", "/pages/1", &[HTML]);
    assert_eq!(
        (page.status, page.header("content-type")),
        (401, Some("text/html; charset=utf-8")),
        "{kind:?}"
    );
    assert!(page.body.contains("<h1>Not signed in</h1>"), "{kind:?}: {page:?}");
    // A target that names a host is about that one, for Portcullis as for the application.
    let elsewhere = site.refused("GET", "http://other.example/pages/1", &[HTML]);
    let other = "https://id.example.com/login?to=http%3A%2F%2Fother.example%2Fpages%2F1";
    let expected = if kind == Kind::Haproxy { (400, None) } else { (302, Some(other)) };
    assert_eq!((elsewhere.status, elsewhere.header("location")), expected, "{kind:?}");
}

#[test]
fn caddy_2_6() {
    sends_clients_to_sign_in(Kind::Caddy26);
}

#[test]
fn caddy_2_11() {
    sends_clients_to_sign_in(Kind::Caddy211);
}

#[test]
fn haproxy() {
    sends_clients_to_sign_in(Kind::Haproxy);
}

#[test]
fn envoy() {
    sends_clients_to_sign_in(Kind::Envoy);
}

#[test]
fn envoy_over_grpc() {
    sends_clients_to_sign_in(Kind::EnvoyGrpc);
}

#[test]
fn traefik() {
    sends_clients_to_sign_in(Kind::Traefik);
}

/// It has the status and the challenge, a page of its own, and a redirect if its recipe's line makes one.
#[test]
fn nginx() {
    let site = Site::start(Kind::Nginx, changes(Kind::Nginx));
    let ended = site.bearer(&json!({ "exp": 1 }));
    for (lines, challenge, reason) in [
        (&[HTML][..], "Bearer", "no_rule_applies"),
        (&[JSON], "Bearer", "no_rule_applies"),
        (&[HTML, &ended], "Bearer error=\"invalid_token\"", "invalid_token"),
        (&["X-Original-Subject: ada"], "Bearer", "no_rule_applies"),
        (&["Authorization: Basic YWRhOmFkYQ=="], "Bearer", "no_rule_applies"),
    ] {
        let answer = site.refused("GET", "/pages/1", lines);
        let found = (answer.status, answer.header("www-authenticate"), answer.header("portcullis-reason"));
        assert_eq!(found, (401, Some(challenge), Some(reason)), "{lines:?}");
        assert!(!answer.body.contains("decision"), "{answer:?}");
    }
    let readme = fs::read_to_string(recipes().join("nginx/README.md")).unwrap();
    let line = readme.split('`').find(|text| text.starts_with("error_page 401 =302 ")).expect("the line");
    let at = format!("location / {{\n      {line}");
    let redirecting = [changes(Kind::Nginx), &[("location / {", at.as_str())]].concat();
    let site = Site::start(Kind::Nginx, &redirecting);
    let answer = site.refused("GET", "/pages/1?x=1", &[HTML]);
    let to = "https://id.example.com/login?to=http://site.example.com/pages/1?x=1";
    assert_eq!((answer.status, answer.header("location")), (302, Some(to)));
}
