//! The table of what clients try, by calls of gRPC.

use std::net::SocketAddr;

use envoy_types::pb::envoy::config::core::v3::{HeaderMap, HeaderValue};
use envoy_types::pb::envoy::service::auth::v3::CheckRequest;
use envoy_types::pb::envoy::service::auth::v3::check_response::HttpResponse;

use super::super::dialects::table::{self, Dialect, Sent};
use super::super::dialects::{front_doors, nobody_trusted, serving};
use crate::grpc::{asking, call, http, source};

/// The call of an Envoy that would ask this over HTTP. What stands in `X-Forwarded-For` last, it has seen itself.
pub fn called(head: &[u8]) -> CheckRequest {
    let mut lines = head.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let first = text(lines.next().unwrap());
    let (method, rest) = first.split_once(' ').unwrap();
    let target = rest.strip_suffix(" HTTP/1.1").unwrap();
    let mut request = asking(method, target.strip_prefix("/authz/ext-authz").unwrap(), &[]);
    request.attributes.as_mut().unwrap().source = None;
    let call = http(&mut request);
    call.host.clear();
    call.scheme.clear();
    let mut headers = Vec::new();
    let mut address = None;
    for line in lines.filter(|line| !line.is_empty()) {
        let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
        let (name, value) = (text(&line[..colon]), line.get(colon + 1..).unwrap_or_default().trim_ascii());
        if name.eq_ignore_ascii_case("host") {
            call.host = text(value);
        }
        if name.eq_ignore_ascii_case("x-forwarded-for") {
            address = text(value).rsplit(',').next().map(|last| last.trim().to_owned());
        }
        headers.push(HeaderValue { key: name, value: String::new(), raw_value: value.to_vec() });
    }
    call.header_map = Some(HeaderMap { headers });
    request.attributes.as_mut().unwrap().source = address.as_deref().map(source);
    request
}

/// Status and reason of what it is answered.
pub fn answered(sent: &Sent, address: SocketAddr) -> String {
    match call(address, &called(&sent.bytes)).response().http_response {
        Some(HttpResponse::DeniedResponse(denied)) => {
            let headers = denied.headers.iter().filter_map(|option| option.header.as_ref());
            let reason: Vec<&str> = headers
                .filter(|header| header.key.eq_ignore_ascii_case("portcullis-reason"))
                .map(|header| &*header.value)
                .collect();
            format!("{} {}", denied.status.map_or(0, |status| status.code), reason.concat())
        }
        Some(HttpResponse::OkResponse(_)) => "200 allowed".to_owned(),
        other => panic!("{sent}: {other:?}"),
    }
}

#[test]
fn every_row_has_its_one_answer() {
    let (sidecar, trusting) = (serving(&front_doors(), ""), nobody_trusted());
    let mut wrong = Vec::new();
    for case in table::read() {
        let Some(expected) = case.expected_of_call() else { continue };
        let server = if case.trusts.is_some() { &trusting } else { &sidecar };
        for sent in case.sent(Dialect::ExtAuthz) {
            let found = answered(&sent, server.address());
            if found != expected {
                wrong.push(format!("{} {}: {sent}: {found}", case.row, case.what));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
