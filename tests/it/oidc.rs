//! A real issuer of tokens, `oidc-provider`, signs them, goes down, and comes back with another key.

use std::fs;
use std::io::Read as _;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::client::{Client, auth_request, get};
use crate::forge::Signer;
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

/// A sidecar that believes the issuer at this port, and where its policies are.
fn sidecar(port: u16) -> (Served, tempfile::TempDir) {
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
    let mut command = portcullis();
    command.args(["serve", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]);
    command.arg("--policies").arg(&policies).arg("--config").arg(&config);
    let sidecar = Served::spawn(&mut command);
    sidecar.wait_until_ready();
    (sidecar, place)
}

#[test]
fn a_real_issuer_rotates_its_keys_and_goes_down() {
    let [port] = free_ports::<1>();
    let mut first = issuer(port, "one");
    let (sidecar, _place) = sidecar(port);

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

/// What stands at the issuer's port while it is down: it takes connections, notes when, and says nothing.
struct Outage {
    port: u16,
    asked: Arc<Mutex<Vec<Instant>>>,
    is_over: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Outage {
    fn begin(port: u16) -> Outage {
        let mut listener = None;
        assert!(wait_until(PATIENCE, || {
            listener = TcpListener::bind(("127.0.0.1", port)).ok();
            listener.is_some()
        }));
        let listener = listener.unwrap();
        let (asked, is_over) = (Arc::<Mutex<Vec<Instant>>>::default(), Arc::<AtomicBool>::default());
        let (noted, over) = (Arc::clone(&asked), Arc::clone(&is_over));
        let thread = thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let mut head = [0; 16];
                if stream.read_exact(&mut head).is_ok() && head.starts_with(b"GET /jwks ") {
                    noted.lock().unwrap().push(Instant::now());
                }
            }
        });
        Outage { port, asked, is_over, thread: Some(thread) }
    }

    fn asked(&self) -> Vec<Instant> {
        self.asked.lock().unwrap().clone()
    }

    fn end(mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        self.thread.take().unwrap().join().unwrap();
    }
}

fn fetches(sidecar: &Served, port: u16, result: &str) -> usize {
    let series =
        format!("portcullis_key_fetches_total{{issuer=\"http://127.0.0.1:{port}\",result=\"{result}\"}} ");
    let text = Client::tcp(sidecar.admin).ask(get("/metrics")).body;
    let count = text.lines().find_map(|line| line.strip_prefix(&series));
    count.unwrap_or_else(|| panic!("no {series}in {text}")).parse().unwrap()
}

/// While it is down its keys are asked for, though not often, and hold; those that nobody knows are refused until it is back.
#[test]
fn an_outage_is_noticed_and_outlasted() {
    let [port] = free_ports::<1>();
    let mut first = issuer(port, "one");
    let (sidecar, _place) = sidecar(port);
    let known = token(port);
    assert!(wait_until(PATIENCE, || ask(&sidecar, "/documents/7", &known) == 200));
    let fetched = fetches(&sidecar, port, "changed");
    first.kill();

    let outage = Outage::begin(port);
    let stranger = Signer::new("ES256", "nobody");
    let payload = known.split('.').nth(1).unwrap();
    let payload = String::from_utf8(URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    let mut number = 0;
    // Each of them asks for the keys anew.
    let mut all_hold = || {
        number += 1;
        let header = format!(r#"{{"alg":"ES256","typ":"at+jwt","kid":"key-{number}"}}"#);
        assert_eq!(ask(&sidecar, "/documents/7", &stranger.sign(&header, &payload)), 401);
        assert_eq!(ask(&sidecar, "/documents/7", &known), 200);
    };
    assert!(wait_until(PATIENCE, || {
        all_hold();
        !outage.asked().is_empty()
    }));
    // The one after it comes no sooner, however often it is asked for.
    let began = Instant::now();
    let is_second = || outage.asked().len() > 1;
    assert!(wait_until(PATIENCE, || {
        all_hold();
        is_second()
    }));
    let asked = outage.asked();
    assert!(asked[1] - asked[0] >= Duration::from_millis(9_900), "{asked:?} since {began:?}");
    assert!(wait_until(PATIENCE, || fetches(&sidecar, port, "unreachable") == asked.len()));
    assert_eq!(fetches(&sidecar, port, "changed"), fetched);
    assert!(number > 20, "{number}");
    outage.end();

    let _second = issuer(port, "two");
    let new = token(port);
    assert_eq!(ask(&sidecar, "/documents/7", &new), 401);
    assert_eq!(ask(&sidecar, "/documents/7", &known), 200);
    // After two failures the next look is twice as far away.
    assert!(wait_until(2 * PATIENCE, || ask(&sidecar, "/documents/7", &new) == 200));
    assert_eq!(ask(&sidecar, "/documents/7", &known), 401);
}
