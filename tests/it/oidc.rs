//! A real issuer of tokens, `oidc-provider`, signs them, goes down, and comes back with another key.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::client::{Client, auth_request};
use crate::process::{PATIENCE, Process, Served, free_ports, portcullis, tool, wait_until};

fn issuer(port: u16, kid: &str) -> Process {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/oidc/issuer.mjs");
    let machine = if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" };
    let mut node = Command::new(tool(&format!("oidc/node_modules/node-linux-{machine}/bin/node")));
    let library = tool("oidc/node_modules/oidc-provider/lib/index.js");
    node.arg(script).arg(library).arg(port.to_string()).arg(kid);
    node.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let process = Process::start(&mut node).expect("Node.js");
    assert!(wait_until(PATIENCE, || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()), "no issuer");
    process
}

/// A token for `alice`, as applications get theirs.
fn token(port: u16) -> String {
    const ASKED: &str = "grant_type=client_credentials&scope=portcullis/decision:decide";
    // alice:not-a-secret
    let request = format!(
        "POST /token HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Basic YWxpY2U6bm90LWEtc2VjcmV0\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{ASKED}",
        ASKED.len()
    );
    let answer = Client::tcp(([127, 0, 0, 1], port).into()).ask(request);
    let answer: Value = serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("{answer:?}"));
    answer["access_token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

fn ask(sidecar: &Served, uri: &str, token: &str) -> u16 {
    let line = format!("Authorization: Bearer {token}");
    sidecar.client().ask(auth_request("GET", uri, &[&line])).status
}

#[test]
fn a_real_issuer_rotates_its_keys_and_goes_down() {
    let [port] = free_ports::<1>();
    let place = tempfile::tempdir().unwrap();
    let policies = place.path().join("policies");
    fs::create_dir(&policies).unwrap();
    fs::write(policies.join("docs.policy"), include_str!("server/docs.policy")).unwrap();
    let config = place.path().join("portcullis.yaml");
    let yaml = format!(
        "tokens:
- issuer: http://127.0.0.1:{port}
  audiences: [portcullis]
  algorithms: [ES256]
  keys: http://127.0.0.1:{port}/jwks
  types: [at+jwt]
  subject: {{ id: sub, organization: org, roles: roles }}
"
    );
    fs::write(&config, yaml).unwrap();
    let mut first = issuer(port, "one");
    let mut command = portcullis();
    command.args(["serve", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]);
    command.arg("--policies").arg(&policies).arg("--config").arg(&config);
    let sidecar = Served::spawn(&mut command);
    sidecar.wait_until_ready();

    let old = token(port);
    assert!(wait_until(PATIENCE, || ask(&sidecar, "/documents/7", &old) == 200), "{old}");
    assert_eq!(ask(&sidecar, "/acme/plans/1", &old), 200);
    assert_eq!(ask(&sidecar, "/umbrella/plans/1", &old), 403);
    let (signed, signature) = old.rsplit_once('.').unwrap();
    let first_letter = if signature.starts_with('A') { 'B' } else { 'A' };
    let forged = format!("{signed}.{first_letter}{}", signature.split_at(1).1);
    assert_eq!(ask(&sidecar, "/documents/7", &forged), 401);

    // Down: what was signed is believed still.
    first.kill();
    assert_eq!(ask(&sidecar, "/documents/7", &old), 200);
    assert_eq!(ask(&sidecar, "/documents/7", &forged), 401);

    // Back, with another key: its tokens are believed soon, and those of the first key no more.
    let _second = issuer(port, "two");
    let new = token(port);
    assert_eq!(ask(&sidecar, "/documents/7", &new), 401);
    assert_eq!(ask(&sidecar, "/documents/7", &old), 200);
    assert!(wait_until(PATIENCE, || ask(&sidecar, "/documents/7", &new) == 200));
    assert_eq!(ask(&sidecar, "/documents/7", &old), 401);
}
