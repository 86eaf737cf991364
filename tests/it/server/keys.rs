//! Keys that issuers publish at an address: fetched, rotated, gone, and asked for by whoever likes to (T-99).

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer as Authority, KeyPair};
use serde_json::json;

use super::identity::{claims, configured, serve, tokens_yaml, with};
use super::sidecar::Sidecar;
use crate::client::{auth_request, get};
use crate::forge::{Signer, key_set};
use crate::process::{PATIENCE, Process, free_ports, wait_until};

/// Answers whoever asks with the same bytes, until it is told others; and counts.
struct Issuer {
    address: SocketAddr,
    says: Arc<Mutex<(Vec<u8>, Vec<Instant>)>>,
}

impl Issuer {
    fn start(response: Vec<u8>) -> Issuer {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let issuer = Issuer {
            address: listener.local_addr().unwrap(),
            says: Arc::new(Mutex::new((response, Vec::new()))),
        };
        let says = Arc::clone(&issuer.says);
        // It ends with the process of the tests.
        thread::spawn(move || listener.incoming().flatten().for_each(|stream| answer(stream, &says)));
        issuer
    }

    fn url(&self) -> String {
        format!("http://{}/jwks", self.address)
    }

    fn say(&self, response: Vec<u8>) {
        self.says.lock().unwrap().0 = response;
    }

    fn asked(&self) -> Vec<Instant> {
        self.says.lock().unwrap().1.clone()
    }
}

fn answer(mut stream: TcpStream, says: &Mutex<(Vec<u8>, Vec<Instant>)>) {
    let mut head = BufReader::new(stream.try_clone().unwrap()).lines();
    let asked: VecDeque<String> =
        head.by_ref().map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
    if asked.is_empty() {
        return;
    }
    let response = {
        let mut says = says.lock().unwrap();
        says.1.push(Instant::now());
        says.0.clone()
    };
    let _ = stream.write_all(&response);
}

fn ok(body: &[u8]) -> Vec<u8> {
    [
        format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes(),
        body,
    ]
    .concat()
}

fn ask(sidecar: &Sidecar, token: &str) -> u16 {
    sidecar
        .client()
        .ask(auth_request("GET", "/documents/7", &[&format!("Authorization: Bearer {token}")]))
        .status
}

fn fetches(sidecar: &Sidecar, result: &str) -> String {
    sidecar.metric(&format!(
        r#"portcullis_key_fetches_total{{issuer="https://idp.example.com",result="{result}"}}"#
    ))
}

/// Ten seconds between two fetches are the promise: this takes as long.
#[test]
fn keys_rotate_and_nobody_makes_us_ask_for_them_often() {
    let (old, new) = (Signer::new("ES256", "old"), Signer::new("ES256", "new"));
    let issuer = Issuer::start(ok(&key_set(&[old.jwk()])));
    let sidecar = serve(&tokens_yaml(&issuer.url()));
    let (first, second) = (old.token(&claims("alice")), new.token(&claims("alice")));
    assert!(wait_until(PATIENCE, || ask(&sidecar, &first) == 200));
    assert_eq!(issuer.asked().len(), 1);
    assert_eq!(sidecar.metric(r#"portcullis_keys_age_seconds{issuer="https://idp.example.com"}"#), "0");

    // The old key is used until it is known to be gone; a thousand keys that nobody has heard of change nothing about that.
    issuer.say(ok(&key_set(&[new.jwk()])));
    let nobody = Signer::new("ES256", "nobody");
    let payload = claims("alice").to_string();
    let mut client = sidecar.client();
    for number in 0..1_000 {
        let header = json!({ "alg": "ES256", "kid": format!("key-{number}") }).to_string();
        let line = format!("Authorization: Bearer {}", nobody.sign(&header, &payload));
        assert_eq!(client.ask(auth_request("GET", "/documents/7", &[&line])).status, 401);
    }
    assert_eq!(sidecar.metric(r#"portcullis_tokens_total{result="unknown_key"}"#), "1000");
    assert!(wait_until(PATIENCE, || ask(&sidecar, &second) == 200));
    assert_eq!(ask(&sidecar, &first), 401);
    let asked = issuer.asked();
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(asked[1] - asked[0] >= Duration::from_millis(9_900), "{asked:?}");
    assert_eq!(fetches(&sidecar, "changed"), "2");

    // Nobody answers any more: what is known holds until it is too old.
    issuer.say(b"HTTP/1.1 500 Oops\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".to_vec());
    assert_eq!(ask(&sidecar, &first), 401);
    let late = new.token(&with(claims("alice"), &json!({ "exp": 1_900_000_000 })));
    sidecar.set_clock("2026-03-02T12:59:59Z");
    assert_eq!(ask(&sidecar, &late), 200);
    sidecar.set_clock("2026-03-02T13:00:01Z");
    assert_eq!(ask(&sidecar, &late), 401);
    let ready = sidecar.admin().ask(get("/readyz")).body;
    assert!(ready.contains(r#""without_keys":["https://idp.example.com"]"#), "{ready}");
}

#[test]
fn what_is_no_set_of_keys_is_not_used() {
    let signer = Signer::new("ES256", "1");
    let good = Issuer::start(ok(&key_set(&[signer.jwk()])));
    let redirect = format!(
        "HTTP/1.1 302 Found\r\nLocation: {}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        good.url()
    );
    let set = key_set(&[signer.jwk()]);
    let huge = [set.as_slice(), &vec![b' '; 300 * 1024]].concat();
    let token = signer.token(&claims("alice"));
    for (response, counted) in [
        (redirect.into_bytes(), "status"),
        ([b"HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n", set.as_slice()].concat(), "status"),
        (ok(b"<html></html>"), "malformed"),
        (ok(b"{\"keys\": [{}"), "malformed"),
        (ok(&huge), "malformed"),
        // It ends before it said it would.
        ([b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", set.as_slice()].concat(), "malformed"),
        (b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(), "unreachable"),
        (Vec::new(), "unreachable"),
    ] {
        let issuer = Issuer::start(response);
        let sidecar = serve(&tokens_yaml(&issuer.url()));
        assert!(wait_until(PATIENCE, || fetches(&sidecar, counted) == "1"), "{counted}");
        assert_eq!(ask(&sidecar, &token), 401, "{counted}");
        assert_eq!(sidecar.metric(r#"portcullis_tokens_total{result="no_keys"}"#), "1");
    }
    assert!(good.asked().is_empty());
}

/// An issuer that serves its keys over TLS, by OpenSSL, and the authority that vouches for it.
fn with_tls(signer: &Signer) -> (Process, u16, tempfile::TempDir) {
    let place = tempfile::tempdir().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let authority = params.self_signed(&authority_key).unwrap();
    let vouching = Authority::new(params, authority_key);
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = certificate.signed_by(&key, &vouching).unwrap();
    let write = |name: &str, text: &[u8]| std::fs::write(place.path().join(name), text).unwrap();
    write("ca.pem", authority.pem().as_bytes());
    write("cert.pem", certificate.pem().as_bytes());
    write("key.pem", key.serialize_pem().as_bytes());
    write("jwks", &key_set(&[signer.jwk()]));
    let [port] = free_ports::<1>();
    let mut openssl = Command::new("openssl");
    openssl.args(["s_server", "-quiet", "-WWW", "-cert", "cert.pem", "-key", "key.pem", "-accept"]);
    openssl.arg(format!("127.0.0.1:{port}")).current_dir(place.path());
    openssl.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let process = Process::start(&mut openssl).expect("openssl, of Debian's package `openssl`");
    assert!(wait_until(PATIENCE, || TcpStream::connect(("127.0.0.1", port)).is_ok()));
    (process, port, place)
}

#[test]
fn keys_come_only_from_a_host_that_somebody_vouches_for() {
    let signer = Signer::new("ES256", "1");
    let (_issuer, port, place) = with_tls(&signer);
    let token = signer.token(&claims("alice"));
    let authority = place.path().join("ca.pem").display().to_string();
    let tokens = |host: &str| tokens_yaml(&format!("https://{host}:{port}/jwks"));
    let vouched =
        |host: &str| tokens(host).replacen("  scopes", &format!("  keys_ca: {authority}\n  scopes"), 1);
    let believing = serve(&vouched("localhost"));
    assert!(wait_until(PATIENCE, || ask(&believing, &token) == 200));
    // Whom the machine believes doesn't know this authority; and the certificate is for another name.
    for yaml in [tokens("localhost"), vouched("127.0.0.1")] {
        let doubting = serve(&yaml);
        assert!(wait_until(PATIENCE, || fetches(&doubting, "unreachable") == "1"));
        assert_eq!(ask(&doubting, &token), 401);
    }
    let nowhere = tokens("localhost").replacen("  scopes", "  keys_ca: /nowhere\n  scopes", 1);
    let problem = Sidecar::try_with(&configured(&nowhere)).expect_err("no authorities");
    assert!(problem.contains("there is no certificate in `/nowhere`"), "{problem}");
}
