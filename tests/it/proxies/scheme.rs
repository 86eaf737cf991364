//! Who came by TLS: what the proxy saw, and nothing that a client says.

use std::fs;

use hyper::Request;
use tokio::net::TcpStream;

use super::front::{Front, Kind, Portcullis, basic, recipes};
use crate::process::free_ports;

const POLICY: &str = r#"package site
subject user
resource page { actions read, keep, print }
context { scheme: string, ip: ip }
network office = 10.0.0.0/8
allow page:read named reading
allow page:keep named over_tls
  when context.scheme == "https"
allow page:keep named in_the_clear
  when context.scheme == "http"
  oblige clear()
route GET /pages/{id} -> page:read on page(id)
allow page:print named in_the_office
  when context.ip in office
route GET /secrets    -> page:keep
route GET /printer    -> page:print
"#;

fn site(kind: Kind) -> (Front, Portcullis, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("site.policy"), POLICY).unwrap();
    let [port] = free_ports();
    let portcullis = Portcullis::serving(port, &recipes().join("portcullis.yaml"), dir.path());
    (Front::start(kind, port), portcullis, dir)
}

/// The reason for which nobody gets further who came in the clear, as they all did.
fn reason(answer: &crate::client::Response) -> (u16, Option<&str>) {
    (answer.status, answer.header("portcullis-reason"))
}

const CLEAR: (u16, Option<&str>) = (403, Some("obligation_unsupported"));

#[test]
fn no_client_says_that_it_came_by_tls() {
    for kind in [
        Kind::Nginx,
        Kind::Caddy26,
        Kind::Caddy211,
        Kind::Haproxy,
        Kind::Traefik,
        Kind::Envoy,
        Kind::EnvoyGrpc,
    ] {
        let (front, _portcullis, _dir) = site(kind);
        for lines in [
            &[][..],
            &["X-Forwarded-Proto: https"],
            &["X-Original-Proto: https"],
            &["X-Forwarded-Proto: https", "X-Forwarded-Ssl: on", "Forwarded: proto=https"],
        ] {
            let (answer, reached) = front.ask("vic", "GET", "/secrets", lines);
            assert_eq!((reason(&answer), reached), (CLEAR, None), "{kind:?} {lines:?}");
        }
    }
}

/// Why the recipes for Envoy set `use_remote_address`, which is off by default: without it what a client says is believed.
#[test]
fn envoy_believes_its_client_unless_it_is_told_not_to() {
    for kind in [Kind::Envoy, Kind::EnvoyGrpc] {
        let (front, portcullis, _dir) = site(kind);
        let credulous = Front::changed(kind, portcullis.0.decisions.port(), |text| {
            text.replace("use_remote_address: true", "use_remote_address: false")
        });
        credulous.wait_until_allowed();
        let (answer, reached) = credulous.ask("vic", "GET", "/secrets", &["X-Forwarded-Proto: https"]);
        assert_eq!((answer.status, reached.is_some()), (200, true), "{kind:?}");
        // Over gRPC there is an address that is never the client's word.
        let expected = if kind == Kind::Envoy { (200, true) } else { (403, false) };
        let (answer, reached) = credulous.ask("vic", "GET", "/printer", &["X-Forwarded-For: 10.0.0.1"]);
        assert_eq!((answer.status, reached.is_some()), expected, "{kind:?}");
        let (answer, reached) = front.ask("vic", "GET", "/printer", &["X-Forwarded-For: 10.0.0.1"]);
        assert_eq!((answer.status, reached), (403, None), "{kind:?}");
        let readme = std::fs::read_to_string(kind.folder().join("README.md")).unwrap();
        let row = readme.lines().find(|line| line.starts_with("| `use_remote_address: true` |"));
        assert!(row.is_some_and(|row| row.contains("default is `false`")), "{kind:?}");
    }
}

/// In HTTP/2 every request has a scheme, which is the client's word.
#[test]
fn nor_does_one_of_http_2() {
    for kind in [Kind::Envoy, Kind::EnvoyGrpc] {
        let (front, _portcullis, _dir) = site(kind);
        let ask = |scheme: &str, proto: Option<&str>| {
            let mut request = Request::get(format!("{scheme}://site.example.com/secrets"))
                .header("authorization", basic("vic"));
            if let Some(proto) = proto {
                request = request.header("x-forwarded-proto", proto);
            }
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let stream = TcpStream::connect(("127.0.0.1", front.port())).await.unwrap();
                let (send, connection) = h2::client::handshake(stream).await.unwrap();
                tokio::spawn(connection);
                let mut send = send.ready().await.unwrap();
                let (answer, _) = send.send_request(request.body(()).unwrap(), true).unwrap();
                let answer = answer.await.expect("an answer");
                let reason =
                    answer.headers().get("portcullis-reason").map(|value| value.to_str().unwrap().to_owned());
                (answer.status().as_u16(), reason)
            })
        };
        for (scheme, proto) in
            [("http", None), ("https", None), ("https", Some("https")), ("http", Some("https"))]
        {
            let (status, reason) = ask(scheme, proto);
            assert_eq!((status, reason.as_deref()), CLEAR, "{kind:?} {scheme} {proto:?}");
        }
    }
}
