//! TLS and mutual TLS: the same answers, to those who may ask.

mod renewal;
mod rude;

use std::sync::Arc;

use bytes::Bytes;
use hyper::Request;
use portcullis::config::{Config, Listener, Tls, TlsClient};
use rcgen::date_time_ymd;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::version::{TLS12, TLS13};

use super::sidecar::{Sidecar, config};
use super::world::world;
use crate::client::{auth_request, evaluation};
use crate::process::PATIENCE;
use crate::tls::{Manner, Pki, workload};

const READ: &str = r#"{"subject":{"type":"user","id":"alice"},"action":{"name":"read"},"resource":{"type":"document","id":"7"}}"#;
const ALLOWED: &str = r#"{"decision":true}"#;
const ORDERS: &str = "spiffe://example.com/orders";

/// One listener, which speaks TLS.
pub fn configured(pki: &Pki, client: TlsClient) -> Config {
    Config {
        listen: vec![Listener::Tls("127.0.0.1:0".parse().unwrap())],
        tls: Some(Tls {
            certificate: pki.path("tls.crt"),
            key: pki.path("tls.key"),
            client_ca: (client != TlsClient::None).then(|| pki.path("ca.crt")),
            client,
        }),
        poll_seconds: 1,
        ..config()
    }
}

fn start(pki: &Pki, client: TlsClient) -> Sidecar {
    start_with(&configured(pki, client))
}

fn start_with(config: &Config) -> Sidecar {
    let sidecar = Sidecar::with(config);
    sidecar.service.publish(world());
    sidecar
}

/// What comes of a question by a client of this manner: nothing if it isn't let in.
fn asked(pki: &Pki, sidecar: &Sidecar, manner: &Manner) -> Option<String> {
    let stream = pki.connect(sidecar.address(), manner).ok()?;
    let mut client = crate::client::Client::over(stream);
    // In TLS 1.3 a client has done its part before the server has looked at its certificate.
    client.try_send(evaluation(READ)).then_some(())?;
    client.response().map(|response| response.body)
}

fn handshakes(sidecar: &Sidecar, result: &str) -> String {
    sidecar.metric(&format!("portcullis_tls_handshakes_total{{result=\"{result}\"}}"))
}

#[test]
fn both_versions_answer_as_without() {
    let pki = Pki::new();
    let sidecar = start(&pki, TlsClient::None);
    for version in [&TLS12, &TLS13] {
        let manner = Manner { versions: vec![version], ..Manner::choosing(&["http/1.1"]) };
        let mut client = pki.http1(sidecar.address(), &manner);
        for _ in 0..3 {
            assert_eq!(client.ask(evaluation(READ)).body, ALLOWED);
        }
        let passes = client.ask(auth_request("GET", "/documents/7", &["X-User: alice"]));
        assert_eq!((passes.status, passes.body.as_str()), (200, ""));
        // A large body comes in many pieces.
        let large = format!("{READ}{}", " ".repeat(500_000));
        assert_eq!(client.ask(evaluation(&large)).body, ALLOWED);
        // What two programs could read differently is refused in here too, and ends the connection.
        let refused = client.ask("GET /access/v1/evaluation HTTP/1.1\nHost: pdp\n\n");
        assert_eq!(refused.status, 400);
        assert!(client.is_closed());
    }
    assert_eq!(handshakes(&sidecar, "completed"), "2");
}

#[test]
fn http2_is_chosen_where_the_client_has_it() {
    let pki = Pki::new();
    let sidecar = start(&pki, TlsClient::None);
    let stream = pki.connect(sidecar.address(), &Manner::choosing(&["http/1.1", "h2"])).unwrap();
    assert_eq!(stream.conn.alpn_protocol(), Some(&b"h2"[..]));
    let connector = TlsConnector::from(Arc::new(pki.client(&Manner::choosing(&["h2"]))));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let status = runtime.block_on(async {
        let stream = TcpStream::connect(sidecar.address()).await.unwrap();
        let stream = connector.connect(ServerName::try_from("localhost").unwrap(), stream).await.unwrap();
        let (send, connection) = h2::client::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        let question =
            Request::post("https://pdp/access/v1/evaluation").header("content-type", "application/json");
        let mut send = send.ready().await.unwrap();
        let (answer, mut body) = send.send_request(question.body(()).unwrap(), false).unwrap();
        body.send_data(Bytes::from_static(READ.as_bytes()), true).unwrap();
        let (head, mut body) = answer.await.unwrap().into_parts();
        assert_eq!(body.data().await.unwrap().unwrap(), ALLOWED);
        head.status
    });
    assert_eq!(status, 200);
}

/// One that agreed on a protocol and speaks the other is cut off: somebody on the way may believe what was agreed.
#[test]
fn who_agrees_on_one_protocol_may_not_speak_the_other() {
    let pki = Pki::new();
    let sidecar = start(&pki, TlsClient::None);
    let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
    let mut client = pki.http1(sidecar.address(), &Manner::choosing(&["h2"]));
    client.send(evaluation(READ));
    assert!(client.is_closed());
    let mut client = pki.http1(sidecar.address(), &Manner::choosing(&["http/1.1"]));
    client.send(preface);
    assert!(client.is_closed());
    // Whoever chose nothing speaks as they like, as without TLS.
    let mut client = pki.http1(sidecar.address(), &Manner::default());
    assert_eq!(client.ask(evaluation(READ)).body, ALLOWED);
    let mut client = pki.http1(sidecar.address(), &Manner::default());
    client.send(preface);
    assert!(!client.is_closed());
    // And with whoever speaks neither there is nothing to agree upon.
    assert!(pki.connect(sidecar.address(), &Manner::choosing(&["h3", "smtp"])).is_err());
    assert_eq!(handshakes(&sidecar, "failed"), "1");
}

#[test]
fn only_those_are_let_in_whom_the_authority_vouches_for() {
    let pki = Pki::new();
    let sidecar = start(&pki, TlsClient::Required);
    let ask = |manner: &Manner| asked(&pki, &sidecar, manner);
    for version in [&TLS12, &TLS13] {
        let as_is = |manner: Manner| Manner { versions: vec![version], ..manner };
        assert_eq!(ask(&as_is(Manner::showing(pki.workload(ORDERS)))).as_deref(), Some(ALLOWED));
        // Nobody; somebody of another authority that calls itself the same.
        assert_eq!(ask(&as_is(Manner::default())), None);
        assert_eq!(ask(&as_is(Manner::showing(Pki::new().workload(ORDERS)))), None);
        // Too late, too early.
        let mut late = workload(ORDERS);
        late.not_after = date_time_ymd(2026, 3, 2);
        assert_eq!(ask(&as_is(Manner::showing(pki.pair(&late)))), None);
        let mut early = workload(ORDERS);
        early.not_before = date_time_ymd(2026, 3, 3);
        assert_eq!(ask(&as_is(Manner::showing(pki.pair(&early)))), None);
    }
    assert_eq!(handshakes(&sidecar, "failed"), "8");
    assert_eq!(handshakes(&sidecar, "completed"), "2");
}

#[test]
fn where_a_certificate_is_optional_a_wrong_one_is_still_refused() {
    let pki = Pki::new();
    let sidecar = start(&pki, TlsClient::Optional);
    assert_eq!(asked(&pki, &sidecar, &Manner::default()).as_deref(), Some(ALLOWED));
    let known = Manner::showing(pki.workload(ORDERS));
    assert_eq!(asked(&pki, &sidecar, &known).as_deref(), Some(ALLOWED));
    assert_eq!(asked(&pki, &sidecar, &Manner::showing(Pki::new().workload(ORDERS))), None);
}

#[test]
fn a_connection_is_believed_no_longer_than_its_certificate_holds() {
    let pki = Pki::new();
    let sidecar = start(&pki, TlsClient::Optional);
    let mut params = workload(ORDERS);
    params.not_after = date_time_ymd(2026, 3, 3);
    let manner = Manner::showing(pki.pair(&params));
    let [mut application, mut proxy] = [(); 2].map(|()| pki.http1(sidecar.address(), &manner));
    let nginx = auth_request("GET", "/documents/7", &["X-User: alice"]);
    assert_eq!(application.ask(evaluation(READ)).body, ALLOWED);
    assert_eq!(proxy.ask(&nginx).status, 200);
    sidecar.set_clock("2026-03-03T00:00:00Z");
    assert_eq!(application.ask(evaluation(READ)).body, ALLOWED);
    sidecar.set_clock("2026-03-03T00:00:01Z");
    let refused = application.ask(evaluation(READ));
    assert_eq!((refused.status, refused.header("connection")), (403, Some("close")));
    assert!(refused.body.contains("has expired"), "{}", refused.body);
    let denied = proxy.ask(&nginx);
    assert_eq!((denied.status, denied.header("portcullis-reason")), (403, Some("certificate_expired")));
    assert!(application.is_closed() && proxy.is_closed());
    assert_eq!(sidecar.metric(r#"portcullis_requests_refused_total{reason="certificate_expired"}"#), "2");
    // A session can't be taken up again that outlived it either.
    assert_eq!(asked(&pki, &sidecar, &manner), None);
}

/// A client of another library.
#[test]
fn curl_agrees() {
    let pki = Pki::new();
    let sidecar = start(&pki, TlsClient::Required);
    let pair = pki.workload(ORDERS);
    pki.write("orders.crt", &pair.certificate);
    pki.write("orders.key", &pair.key);
    let curl = |more: &[&str]| {
        let port = sidecar.address().port();
        let url = format!("https://localhost:{port}/access/v1/evaluation");
        let mut curl = std::process::Command::new("curl");
        curl.current_dir(pki.folder.path()).args(["--silent", "--show-error", "--cacert", "ca.crt"]);
        curl.args(["--resolve", &format!("localhost:{port}:127.0.0.1"), "--data", READ, &url]);
        curl.args(["--header", "content-type: application/json", "--write-out", " %{http_version}"]);
        let output = curl.args(more).output().expect("curl should be installed");
        let [said, complained] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        said + &complained
    };
    let shown = ["--cert", "orders.crt", "--key", "orders.key"];
    assert_eq!(curl(&[&shown[..], &["--http1.1"]].concat()), format!("{ALLOWED} 1.1"));
    assert_eq!(curl(&[&shown[..], &["--tls-max", "1.2"]].concat()), format!("{ALLOWED} 2"));
    assert!(!curl(&[]).contains("decision"));
    // Nothing older is spoken.
    assert!(!curl(&[&shown[..], &["--tls-max", "1.1"]].concat()).contains("decision"));
    assert!(crate::process::wait_until(PATIENCE, || handshakes(&sidecar, "failed") == "2"));
}
