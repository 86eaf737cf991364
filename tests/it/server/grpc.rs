//! gRPC `Check`, as Envoy calls it and as nobody should.

mod callers;
#[cfg(feature = "sabotage")]
mod guards;
mod hostile;
mod query;
pub(super) mod table;

use std::collections::HashMap;

use envoy_types::pb::envoy::config::core::v3::address::Address as Kind;
use envoy_types::pb::envoy::config::core::v3::{Address, HeaderMap, HeaderValue, Pipe};
use envoy_types::pb::envoy::service::auth::v3::CheckRequest;
use envoy_types::pb::google::protobuf::value::Kind as Value;
use portcullis::config::{Config, TlsClient, TrustedPeers};
use portcullis::model::Networks;
use prost::Message;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use super::sidecar::{Sidecar, config};
use super::world::{REVISION, world};
use crate::grpc::{CHECK, Called, asking, call, call_raw, exchange, framed, header, http, source};
use crate::tls::{Manner, Pki};

const ALICE: (&str, &str) = ("x-envoy-user", "alice");

fn configured() -> Config {
    Config { envoy_subject_header: Some("X-Envoy-User".to_owned()), ..config() }
}

fn start() -> Sidecar {
    start_with(&configured())
}

fn start_with(config: &Config) -> Sidecar {
    let sidecar = Sidecar::with(config);
    sidecar.service.publish(world());
    sidecar
}

fn ask(sidecar: &Sidecar, method: &str, path: &str, headers: &[(&str, &str)]) -> Called {
    call(sidecar.address(), &asking(method, path, headers))
}

#[test]
fn an_allow_says_so_and_overwrites_what_a_client_could_spoof() {
    let sidecar = start();
    let spoofed = [
        ALICE,
        (":path", "/documents/7"),
        ("portcullis-reason", "mine"),
        ("portcullis-subject", "root"),
        ("portcullis-role", "admin"),
        ("x-other", "kept"),
    ];
    let ok = ask(&sidecar, "GET", "/documents/7?x=1", &spoofed).allowed();
    assert_eq!(header(&ok.headers, "portcullis-reason").as_deref(), Some("allowed"));
    assert_eq!(header(&ok.headers, "portcullis-revision").as_deref(), Some(REVISION));
    assert_eq!(header(&ok.headers, "portcullis-subject").as_deref(), Some("alice"));
    assert_eq!(header(&ok.headers, "portcullis-subject-type").as_deref(), Some("user"));
    // What nobody knows is said too.
    assert_eq!(header(&ok.headers, "portcullis-organization").as_deref(), Some(""));
    assert_eq!(header(&ok.headers, "portcullis-obligations").as_deref(), Some("[]"));
    let removed = ok.headers_to_remove;
    assert_eq!(removed, ["portcullis-role"]);
    assert_eq!(sidecar.metric(r#"portcullis_http_request_duration_seconds_count{endpoint="check"}"#), "1");
}

#[test]
fn what_could_be_taken_for_what_an_allow_says_is_refused() {
    let sidecar = start();
    for spoof in ["portcullis_subject", "portcullis.subject", "portcullis_role"] {
        assert_eq!(
            ask(&sidecar, "GET", "/documents/7", &[ALICE, (spoof, "root")]).denied().0,
            403,
            "{spoof}"
        );
    }
}

#[test]
fn what_was_decided_is_there_for_what_comes_after_in_envoy() {
    let sidecar = start();
    for (path, decision, reason) in [("/documents/7", true, "allowed"), ("/nowhere", false, "no_route")] {
        let metadata = ask(&sidecar, "GET", path, &[ALICE]).response().dynamic_metadata.unwrap();
        let field = |name: &str| metadata.fields[name].kind.clone().unwrap();
        assert_eq!(field("decision"), Value::BoolValue(decision));
        assert_eq!(field("reason"), Value::StringValue(reason.to_owned()));
        assert_eq!(field("revision"), Value::StringValue(REVISION.to_owned()));
    }
}

#[test]
fn obligations_are_data() {
    let understood_obligations = vec!["step_up".to_owned()];
    let sidecar = start_with(&Config { understood_obligations, ..configured() });
    let metadata = ask(&sidecar, "PUT", "/documents/7", &[ALICE]).response().dynamic_metadata.unwrap();
    let Some(Value::ListValue(obligations)) = &metadata.fields["obligations"].kind else {
        panic!("a list: {metadata:?}")
    };
    let Some(Value::StructValue(obligation)) = &obligations.values[0].kind else {
        panic!("an object: {metadata:?}")
    };
    assert_eq!(obligation.fields["id"].kind, Some(Value::StringValue("step_up".to_owned())));
    let Some(Value::StructValue(properties)) = &obligation.fields["properties"].kind else {
        panic!("an object: {metadata:?}")
    };
    assert_eq!(properties.fields["level"].kind, Some(Value::NumberValue(3.0)));
    assert_eq!(metadata.fields["subject"].kind, Some(Value::StringValue("alice".to_owned())));
}

#[test]
fn denials_have_the_status_that_the_client_gets() {
    let sidecar = start();
    for (method, path, headers, status, reason) in [
        ("POST", "/documents/7", &[ALICE][..], 403, "no_rule_applies"),
        ("DELETE", "/documents/7", &[ALICE], 403, "denied_by_rule"),
        ("PUT", "/documents/7", &[ALICE], 403, "obligation_unsupported"),
        ("GET", "/documents/7/8", &[ALICE], 403, "no_route"),
        ("GET", "/nowhere", &[], 403, "no_route"),
        ("POST", "/documents/7", &[], 401, "no_rule_applies"),
    ] {
        let called = ask(&sidecar, method, path, headers);
        assert_eq!(called.denied(), (status, reason.to_owned()), "{method} {path}");
        let challenge = header(&called.denial().0.headers, "www-authenticate");
        assert_eq!(challenge.is_some(), status == 401);
    }
    // The client's own `Accept` says in what it wants to be told.
    let told = ask(&sidecar, "DELETE", "/documents/7", &[ALICE, ("accept", "application/json")]).denial().0;
    assert!(told.body.contains("what is burnt is gone"), "{}", told.body);
    assert_eq!(header(&told.headers, "content-type").as_deref(), Some("application/json"));
    let nothing = Sidecar::with(&configured());
    assert_eq!(ask(&nothing, "GET", "/documents/7", &[ALICE]).denied(), (403, "no_policy".to_owned()));
}

#[test]
fn what_envoy_says_reaches_the_policy() {
    let sidecar = start();
    let locate = |change: fn(&mut CheckRequest)| {
        let mut request = asking("LOCATE", "/documents/z%C3%BCrich?x", &[("user-agent", "curl/8")]);
        change(&mut request);
        call(sidecar.address(), &request)
    };
    locate(|_| {}).allowed();
    // Envoy knows by its connection what a client of HTTP/2 may say as it likes.
    locate(|request| {
        http(request).scheme = "http".to_owned();
        http(request).headers.insert("x-forwarded-proto".to_owned(), "https".to_owned());
    })
    .allowed();
    locate(|request| http(request).host = "Docs.Example.com:8443".to_owned()).allowed();
    // What a client forwards is not where it is.
    locate(|request| {
        http(request).headers.insert("x-forwarded-for".to_owned(), "11.1.2.3".to_owned());
    })
    .allowed();
    let denied: [fn(&mut CheckRequest); 6] = [
        |request| request.attributes.as_mut().unwrap().source = Some(source("11.1.2.3")),
        |request| {
            request.attributes.as_mut().unwrap().source = None;
            http(request).headers.insert("x-forwarded-for".to_owned(), "10.1.2.3".to_owned());
        },
        |request| {
            let pipe = Kind::Pipe(Pipe { path: "/run/x".to_owned(), mode: 0 });
            let source = request.attributes.as_mut().unwrap().source.as_mut().unwrap();
            source.address = Some(Address { address: Some(pipe) });
        },
        |request| http(request).host = "docs.example.net".to_owned(),
        |request| http(request).scheme = "http".to_owned(),
        |request| {
            http(request).headers.insert("x-forwarded-proto".to_owned(), "http".to_owned());
        },
    ];
    for (number, change) in denied.into_iter().enumerate() {
        assert_eq!(locate(change).denied().0, 401, "{number}");
    }
}

#[test]
fn with_proxies_before_envoy_the_address_is_what_they_forward() {
    let peers =
        ["127.0.0.1", "10.9.0.0/16"].map(|text| portcullis::model::network::parse_network(text).unwrap());
    let trusted_peers = TrustedPeers { networks: Networks::new(&peers), unix: false };
    let sidecar = start_with(&Config { trusted_hops: 2, trusted_peers, ..configured() });
    let locate = |forwarded: &str| {
        let headers = [("user-agent", "curl/8"), ("x-forwarded-for", forwarded)];
        ask(&sidecar, "LOCATE", "/documents/z%C3%BCrich", &headers)
    };
    locate("1.1.1.1, 10.1.2.3, 10.9.0.7").allowed();
    assert_eq!(locate("10.1.2.3, 1.1.1.1, 10.9.0.7").denied().0, 401);
}

fn raw(headers: &[(&str, &[u8])]) -> CheckRequest {
    let mut request = asking("GET", "/documents/7", &[]);
    let value = |(name, value): &(&str, &[u8])| HeaderValue {
        key: (*name).to_owned(),
        value: String::new(),
        raw_value: value.to_vec(),
    };
    http(&mut request).header_map = Some(HeaderMap { headers: headers.iter().map(value).collect() });
    request
}

#[test]
fn who_is_asking_is_said_once() {
    let sidecar = start();
    let address = sidecar.address();
    call(address, &raw(&[("x-envoy-user", b"alice")])).allowed();
    // A name with a comma is one only where Envoy doesn't join what was two.
    call(address, &raw(&[("x-envoy-user", b"alice,bob")])).allowed();
    let malformed = (403, "malformed_identity".to_owned());
    for headers in [
        &[("x-envoy-user", &b"alice"[..]), ("x-envoy-user", b"alice")][..],
        &[("x-envoy-user", b"alice"), ("X-Envoy-User", b"bob")],
        &[("x-envoy-user", b" alice")],
    ] {
        assert_eq!(call(address, &raw(headers)).denied(), malformed, "{headers:?}");
    }
    let joined = ask(&sidecar, "GET", "/documents/7", &[("x-envoy-user", "alice,bob")]);
    assert_eq!(joined.denied(), malformed);
    // Another spelling is nobody, or somebody else to some program.
    let aliased = ask(&sidecar, "GET", "/documents/7", &[ALICE, ("x_envoy_user", "bob")]);
    assert_eq!(aliased.denied(), (403, "malformed_original".to_owned()));
    assert_eq!(ask(&sidecar, "GET", "/documents/7", &[]).denied().0, 401);
}

#[test]
fn one_who_is_not_trusted_asks_for_nobody() {
    let trusted_peers = TrustedPeers { networks: Networks::new(&[]), unix: true };
    let sidecar = start_with(&Config { trusted_peers, ..configured() });
    let denied = ask(&sidecar, "GET", "/documents/7", &[ALICE]).denied();
    assert_eq!(denied, (403, "untrusted_peer".to_owned()));
}

#[test]
fn it_is_answered_over_tls_too() {
    let pki = Pki::new();
    let tls = super::tls::configured(&pki, TlsClient::Required);
    let sidecar = start_with(&Config { listen: tls.listen, tls: tls.tls, ..configured() });
    let manner = Manner { alpn: vec!["h2"], ..Manner::showing(pki.workload("spiffe://example.com/envoy")) };
    let connector = TlsConnector::from(std::sync::Arc::new(pki.client(&manner)));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let called = runtime.block_on(async {
        let stream = tokio::net::TcpStream::connect(sidecar.address()).await.unwrap();
        let stream = connector.connect(ServerName::try_from("localhost").unwrap(), stream).await.unwrap();
        let asked = asking("GET", "/documents/7", &[ALICE]).encode_to_vec();
        exchange(stream, CHECK, &[], framed(&asked)).await
    });
    called.allowed();
}

/// Nothing that isn't `Check` is answered by 200, which Envoy takes for an allow if it asks over HTTP.
#[test]
fn other_methods_are_not_implemented() {
    let sidecar = start();
    let address = sidecar.address();
    let body = || framed(&asking("GET", "/documents/7", &[ALICE]).encode_to_vec());
    for path in [
        "/envoy.service.auth.v3.Authorization/Other",
        "/envoy.service.auth.v2.Authorization/Check",
        "/grpc.health.v1.Health/Check",
        "/envoy.service.auth.v3.Authorization/Check/",
        "/",
    ] {
        let called = call_raw(address, path, &[], body());
        assert_eq!((called.status, called.body.len()), (404, 0), "{path}");
        assert_eq!(called.headers["grpc-status"], "12");
    }
    let called = call_raw(address, "/authz/nowhere", &[], body());
    assert_eq!((called.status, called.headers.get("grpc-status")), (403, None));
    // Without gRPC there is nothing here.
    for media in ["application/json", "application/grpcx", "application/grpc-web"] {
        let called = call_raw(address, CHECK, &[("content-type", media)], body());
        assert_eq!(called.status, 404, "{media}");
    }
    call_raw(address, CHECK, &[("content-type", "application/grpc+proto")], body()).allowed();
    let mut http1 = sidecar.client();
    let answer = http1.ask(format!(
        "POST {CHECK} HTTP/1.1\r\nHost: x\r\nContent-Type: application/grpc\r\nContent-Length: 0\r\n\r\n"
    ));
    assert_eq!(answer.status, 404);
}

#[test]
fn a_call_is_decided_while_somebody_waits_for_it() {
    let sidecar = start();
    let body = || framed(&asking("GET", "/documents/7", &[ALICE]).encode_to_vec());
    let within = |sidecar: &Sidecar, values: &[&str]| {
        let headers: Vec<(&str, &str)> = values.iter().map(|value| ("grpc-timeout", *value)).collect();
        call_raw(sidecar.address(), CHECK, &headers, body())
    };
    for enough in ["60000m", "99999999H", "30S"] {
        within(&sidecar, &[enough]).allowed();
    }
    let late = (403, "deadline_exceeded".to_owned());
    for over in ["1n", "1u"] {
        assert_eq!(within(&sidecar, &[over]).denied(), late, "{over}");
    }
    for wrong in [&["soon"][..], &["-1m"], &["500"], &["60S", "60S"]] {
        assert_eq!(within(&sidecar, wrong).denied(), (403, "malformed_request".to_owned()), "{wrong:?}");
    }
    // Nobody gets more time than the configuration gives.
    let hurried = start_with(&Config { deadline_ms: 0, ..configured() });
    assert_eq!(within(&hurried, &["60S"]).denied(), late);
    assert_eq!(within(&hurried, &[]).denied(), late);
}

/// One of a kind that Portcullis doesn't know is no reason to be afraid of the rest.
#[test]
fn what_is_not_read_makes_no_difference() {
    let sidecar = start();
    let mut request = asking("GET", "/documents/7", &[ALICE]);
    let attributes = request.attributes.as_mut().unwrap();
    attributes.context_extensions = HashMap::from([("route".to_owned(), "a".to_owned())]);
    http(&mut request).body = "DELETE /documents/7".to_owned();
    http(&mut request).query = "x=y".to_owned();
    http(&mut request).fragment = "f".to_owned();
    http(&mut request).size = -7;
    let mut bytes = request.encode_to_vec();
    // A field that nobody has defined yet.
    bytes.extend_from_slice(&[0xfa, 0x3f, 3, b'n', b'e', b'w']);
    call_raw(sidecar.address(), CHECK, &[], framed(&bytes)).allowed();
}
