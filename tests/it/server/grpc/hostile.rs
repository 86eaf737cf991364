//! T-40: calls that can't be read, or say nothing or too much, are denied, and by an answer: an error of gRPC lets pass where
//! Envoy is told to go on without us.

use std::collections::HashMap;

use envoy_types::pb::envoy::config::core::v3::{HeaderMap, HeaderValue, Metadata};
use envoy_types::pb::envoy::service::auth::v3::attribute_context::Request;
use envoy_types::pb::envoy::service::auth::v3::{AttributeContext, CheckRequest};
use envoy_types::pb::google::protobuf::Struct;
use portcullis::config::Config;
use prost::Message;
use rcgen::string::Ia5String;
use rcgen::{CertificateParams, SanType};

use super::{ALICE, Pki, configured, start, start_with};
use crate::grpc::{CHECK, asking, call, call_raw, framed, http, source};

/// What is no message, though it begins or ends like this one, and whether it would be read as it if nobody looked how it is framed.
pub fn no_messages(whole: &[u8]) -> Vec<(Vec<u8>, bool)> {
    let good = framed(whole);
    let changed = |at: usize, byte: u8| {
        let mut body = good.clone();
        body[at] = byte;
        body
    };
    // Two groups that never end, and strings that are no UTF-8 or longer than all there is.
    let deep_groups = [0x0b; 4096];
    vec![
        (changed(0, 1), true),
        (changed(0, 0xff), true),
        (changed(1, 0xff), true),
        (changed(4, good[4].wrapping_add(1)), true),
        (vec![], false),
        (vec![0], false),
        (good[..5].to_vec(), false),
        (good[..good.len() - 1].to_vec(), false),
        ([&good[..], b"\0"].concat(), false),
        ([&good[..], &good[..]].concat(), false),
        (framed(&[0xff; 32]), false),
        (framed(&deep_groups), false),
        (framed(&[0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f]), false),
        (framed(&[0x0a, 0x07, 0x22, 0x05, 0x12, 0x03, 0x12, 0x01, 0xff]), false),
        (whole.to_vec(), false),
    ]
}

/// What this says, but for one thing that is needed.
pub fn silent_on_one(whole: &CheckRequest) -> Vec<CheckRequest> {
    let empty = CheckRequest { attributes: Some(AttributeContext::default()) };
    let mut without_http = empty.clone();
    without_http.attributes.as_mut().unwrap().request = Some(Request::default());
    let without = |change: fn(&mut CheckRequest)| {
        let mut request = whole.clone();
        change(&mut request);
        request
    };
    vec![
        CheckRequest { attributes: None },
        empty,
        without_http,
        without(|request| http(request).method.clear()),
        without(|request| http(request).path.clear()),
        without(|request| http(request).host.clear()),
    ]
}

#[test]
fn what_is_no_message_is_denied() {
    let sidecar = start();
    let whole = asking("GET", "/documents/7", &[ALICE]).encode_to_vec();
    let good = framed(&whole);
    call_raw(sidecar.address(), CHECK, &[], good.clone()).allowed();
    for (body, _) in no_messages(&whole) {
        let called = call_raw(sidecar.address(), CHECK, &[], body.clone());
        assert_eq!(called.denied(), (403, "malformed_body".to_owned()), "{body:?}");
    }
    // Cut at every place, it is never an allow of something else.
    for length in 0..whole.len() {
        call_raw(sidecar.address(), CHECK, &[], framed(&whole[..length])).denied();
    }
    call_raw(sidecar.address(), CHECK, &[], good).allowed();
}

#[test]
fn what_says_too_little_is_denied() {
    let sidecar = start();
    for request in silent_on_one(&asking("GET", "/documents/7", &[ALICE])) {
        let denied = call(sidecar.address(), &request).denied();
        assert_eq!(denied, (403, "malformed_original".to_owned()), "{request:?}");
    }
}

#[test]
fn what_could_be_read_in_two_ways_is_denied() {
    let sidecar = start();
    let changed = |change: &dyn Fn(&mut CheckRequest)| {
        let mut request = asking("GET", "/documents/7", &[ALICE]);
        change(&mut request);
        call(sidecar.address(), &request).denied()
    };
    let original = (403, "malformed_original".to_owned());
    for path in [
        "/documents/7#x",
        "/documents/../documents/7",
        "//documents/7",
        "/documents/%2e",
        "/documents/a%2fb",
        "/documents/7;x",
        "/documents\\7",
        "documents/7",
        "*",
        "/documents/7 ",
        "/documents/\u{e9}",
        "http://docs.example.com/documents/7",
        "/documents/%25",
        "/documents/%c0%af",
        "/documents/7\r\n",
    ] {
        assert_eq!(changed(&|request| http(request).path = path.to_owned()), original, "{path:?}");
    }
    for method in ["get", "GET ", "G\r\nET", "GE T", "\u{e9}"] {
        assert_eq!(changed(&|request| http(request).method = method.to_owned()), original, "{method:?}");
    }
    for host in ["a b", "a\r\nb", "a,b", "[::1", "a/b", "\u{e9}.example"] {
        assert_eq!(changed(&|request| http(request).host = host.to_owned()), original, "{host:?}");
    }
    for scheme in ["ftp", "HTTPS", "https,http"] {
        assert_eq!(changed(&|request| http(request).scheme = scheme.to_owned()), original, "{scheme:?}");
    }
    for address in
        ["", " 10.1.2.3", "10.0.0.256", "010.1.1.1", "localhost", "10.1.2.3:80", "10.1.2.3,10.1.2.4"]
    {
        let change = |request: &mut CheckRequest| {
            request.attributes.as_mut().unwrap().source = Some(source(address));
        };
        assert_eq!(changed(&change), original, "{address:?}");
    }
    for (name, value) in [
        ("host", "elsewhere.example.com"),
        ("x-forwarded-proto", "https,http"),
        ("connection", "x-forwarded-proto"),
        ("x_forwarded_proto", "https"),
        ("bad name", "x"),
        ("", "x"),
        ("x-bad", "a\r\nb"),
        ("x-bad", "a\0b"),
    ] {
        let change = |request: &mut CheckRequest| {
            http(request).headers.insert(name.to_owned(), value.to_owned());
        };
        assert_eq!(changed(&change), original, "{name}: {value}");
    }
    // Both forms of headers, and both forms of one value.
    let raw = |value: &str, raw_value: &[u8]| HeaderMap {
        headers: vec![HeaderValue {
            key: "x".to_owned(),
            value: value.to_owned(),
            raw_value: raw_value.to_vec(),
        }],
    };
    assert_eq!(changed(&|request| http(request).header_map = Some(raw("a", b""))), original);
    let twice = |request: &mut CheckRequest| {
        http(request).headers.clear();
        http(request).header_map = Some(raw("a", b"b"));
    };
    assert_eq!(changed(&twice), original);
    let many = |request: &mut CheckRequest| {
        http(request).headers = (0..40_000).map(|number| (format!("x-{number}"), String::new())).collect();
    };
    assert_eq!(changed(&many), original);
}

/// An object in the metadata of filters, so many levels deep, as it stands on the wire.
fn nested(depth: usize) -> Vec<u8> {
    let wrap = |tag: u8, inner: &[u8]| {
        let mut bytes = vec![tag];
        prost::encoding::encode_varint(inner.len() as u64, &mut bytes);
        bytes.extend_from_slice(inner);
        bytes
    };
    let mut value = vec![0x20, 1];
    for _ in 0..depth {
        let entry = [wrap(0x0a, b"k"), wrap(0x12, &value)].concat();
        value = wrap(0x2a, &wrap(0x0a, &entry));
    }
    let object = wrap(0x0a, &[wrap(0x0a, b"k"), wrap(0x12, &value)].concat());
    let metadata = wrap(0x0a, &[wrap(0x0a, b"filter"), wrap(0x12, &object)].concat());
    wrap(0x0a, &wrap(0x5a, &metadata))
}

#[test]
fn what_is_too_deep_or_too_large_is_denied() {
    let sidecar = start_with(&Config { body_bytes_max: 64 * 1024, ..configured() });
    let mut request = asking("GET", "/documents/7", &[ALICE]);
    request.attributes.as_mut().unwrap().metadata_context = Some(Metadata {
        filter_metadata: HashMap::from([("a".to_owned(), Struct::default())]),
        typed_filter_metadata: HashMap::new(),
    });
    call(sidecar.address(), &request).allowed();
    // Messages that come twice are one: the second adds to the first.
    let with = |depth: usize| framed(&[request.encode_to_vec(), nested(depth)].concat());
    call_raw(sidecar.address(), CHECK, &[], with(10)).allowed();
    let denied = call_raw(sidecar.address(), CHECK, &[], with(4_000)).denied();
    assert_eq!(denied, (403, "malformed_body".to_owned()));
    for size in [64 * 1024, 5 * 1024 * 1024] {
        http(&mut request).body = "x".repeat(size);
        let denied = call(sidecar.address(), &request).denied();
        assert_eq!(denied, (403, "body_too_large".to_owned()), "{size}");
    }
}

#[test]
fn a_call_that_is_malformed_as_http_is_denied_as_a_call() {
    let sidecar = start();
    let good = || framed(&asking("GET", "/documents/7", &[ALICE]).encode_to_vec());
    let many: Vec<(String, String)> = (0..80).map(|number| (format!("x-{number}"), "x".to_owned())).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let denied = call_raw(sidecar.address(), CHECK, &many, good()).denied();
    assert_eq!(denied, (403, "too_many_headers".to_owned()));
    // A question of another proxy.
    let denied = call_raw(sidecar.address(), CHECK, &[("x-original-uri", "/")], good()).denied();
    assert_eq!(denied, (403, "malformed_original".to_owned()));
}

/// A certificate that Envoy sends has to be readable; what it says decides with the mapping of identities.
#[test]
fn a_certificate_that_is_none_is_denied() {
    let sidecar = start();
    let shown = |certificate: &str| {
        let mut request = asking("GET", "/documents/7", &[ALICE]);
        let source = request.attributes.as_mut().unwrap().source.as_mut().unwrap();
        source.principal = "spiffe://example.com/orders".to_owned();
        source.certificate = certificate.to_owned();
        call(sidecar.address(), &request)
    };
    let mut params = CertificateParams::default();
    let id = Ia5String::try_from("spiffe://example.com/orders").unwrap();
    params.subject_alt_names = vec![SanType::URI(id)];
    let pem = Pki::new().pair(&params).certificate;
    let encoded = pem.replace('\n', "%0A").replace(' ', "%20");
    shown(&encoded).allowed();
    shown("").allowed();
    for certificate in ["x", "%", "%4", "%zz", encoded.split_at(300).0] {
        assert_eq!(shown(certificate).denied(), (403, "malformed_identity".to_owned()), "{certificate}");
    }
}
