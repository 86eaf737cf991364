//! API keys: each recipe carries one to Portcullis and none to the application, once it is changed as its README says.

use std::fs;

use portcullis::identity::new_key;

use super::front::{self, Front, Kind, Portcullis, recipes};
use super::login::changes;
use crate::process::{PATIENCE, free_ports, wait_until};

fn says_who_asks(kind: Kind) {
    let dir = tempfile::tempdir().unwrap();
    let key = new_key("ci").unwrap();
    let config = dir.path().join("portcullis.yaml");
    let text = format!("api_keys:\n- {{ id: ci, sha256: \"{}\", subject: \"user:ci\" }}\n", key.sha256);
    fs::write(&config, text).unwrap();
    let [port] = free_ports();
    let _portcullis = Portcullis::serving(port, &config, &recipes().join("policies"));
    let front = Front::changed(kind, port, |text| {
        changes(kind).iter().fold(text, |text, (from, to)| text.replace(from, to))
    });
    let (shown, borne) = (format!("X-API-Key: {}", key.key), format!("Authorization: Bearer {}", key.key));
    let passes = |line: &str| {
        let (answer, reached) = front.try_send("GET", "/pages/1", &[line])?;
        (answer.status == 200).then_some(reached).flatten()
    };
    assert!(wait_until(PATIENCE, || passes(&borne).is_some()), "{kind:?} lets no key pass");
    for line in [&shown, &borne] {
        let reached = passes(line).unwrap_or_else(|| panic!("{kind:?} {line}"));
        assert_eq!(front::header(&reached, "portcullis-subject"), ["ci"], "{kind:?}: {reached}");
        assert!(!reached.contains(&key.key), "{kind:?}: {reached}");
    }
    let other = new_key("ci").unwrap().key;
    for lines in [
        &[format!("X-API-Key: {other}")][..],
        &[format!("Authorization: Bearer {other}")],
        &["X-API-Key: x".to_owned()],
    ] {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let (answer, reached) = front.ask_as_nobody("GET", "/pages/1", &lines);
        assert_eq!((answer.status, reached), (401, None), "{kind:?} {lines:?}");
    }
    let (answer, reached) = front.ask_as_nobody("GET", "/pages/1", &[&shown, &borne]);
    assert_eq!((answer.status >= 400, reached), (true, None), "{kind:?}: both");
}

#[test]
fn nginx() {
    says_who_asks(Kind::Nginx);
    says_who_asks(Kind::NginxCache);
}

#[test]
fn caddy() {
    says_who_asks(Kind::Caddy26);
    says_who_asks(Kind::Caddy211);
}

#[test]
fn haproxy() {
    says_who_asks(Kind::Haproxy);
}

#[test]
fn envoy() {
    says_who_asks(Kind::Envoy);
    says_who_asks(Kind::EnvoyGrpc);
}

#[test]
fn traefik() {
    says_who_asks(Kind::Traefik);
}
