//! The table of what clients try, by calls of gRPC: what is denied over HTTP is denied, and what is allowed allowed.
//!
//! Of characters that stand in no URI the HTTP library refuses more in a request line than in a call: what no dialect allows is
//! denied, and what Envoy's dialect allows over HTTP is allowed.

use envoy_types::pb::envoy::config::core::v3::{HeaderMap, HeaderValue};
use envoy_types::pb::envoy::service::auth::v3::CheckRequest;

use super::super::dialects::table::{self, Case, Dialect};
use super::super::dialects::{front_doors, serving};
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

#[test]
fn every_row_has_its_one_answer() {
    let sidecar = serving(&front_doors(), "");
    let mut wrong = Vec::new();
    let mut allowed = 0;
    // Who may ask is tested beside this, and where the client is, Envoy says in a place of its own.
    let is_here = |case: &&Case| {
        case.from.is_none() && case.trusts.is_none() && !case.is_of_address() && case.row != "T-21"
    };
    for case in table::read().iter().filter(is_here) {
        for sent in case.sent(Dialect::ExtAuthz) {
            let response = call(sidecar.address(), &called(&sent.bytes)).response();
            let is_allowed = response.status.unwrap().code == 0;
            allowed += usize::from(is_allowed);
            let [http, any] = [Dialect::ExtAuthz, Dialect::ForwardAuth]
                .map(|dialect| case.expected(dialect).starts_with("200 "));
            if if is_allowed { !any } else { http } {
                wrong.push(format!("{} {sent}: {:?}", case.row, response.http_response));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(allowed >= 10, "{allowed}");
}
