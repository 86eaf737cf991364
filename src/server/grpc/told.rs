//! What Envoy is told: the answer that it would get over HTTP, as a `CheckResponse`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use hyper::StatusCode;
use hyper::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::Value as Json;

use super::super::reply::{self, Reply};
use super::written::Written;
use super::{GRPC, GRPC_STATUS, OK, frame, query};
use crate::config::QueryParameter;

/// What headers begin with that say something of ours, and parameters of the query.
pub(super) const OURS: &str = "portcullis-";

/// The codes of `google.rpc.Code`; that of an allow is 0, which isn't written.
const PERMISSION_DENIED: u64 = 7;
const UNAUTHENTICATED: u64 = 16;
/// `OVERWRITE_IF_EXISTS_OR_ADD`: what a client has sent under the name is gone.
const OVERWRITE: u64 = 2;

/// Says the same. `asked` has the headers of the client, of which some must not get past Envoy, and `queried` is what the
/// application is told in the query too.
pub(super) fn answer(reply: &Reply, asked: &HeaderMap, queried: &[QueryParameter]) -> Reply {
    let body = frame::written(|response| {
        // Never left out: without it the request passes.
        response.message(1, |status| {
            if !is_allow(reply) {
                status.number(1, code(reply));
            }
        });
        if is_allow(reply) {
            response.message(3, |allowed| allow(allowed, reply, asked, queried));
        } else {
            response.message(2, |denied| deny(denied, reply));
        }
        response.message(4, |said| metadata(said, reply));
    });
    let mut trailers = HeaderMap::with_capacity(1);
    trailers.insert(GRPC_STATUS, OK);
    let mut reply = reply::with_trailers(body, trailers);
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(GRPC));
    reply
}

/// An `OkHttpResponse`.
fn allow(written: &mut Written, reply: &Reply, asked: &HeaderMap, queried: &[QueryParameter]) {
    let headers = reply.headers();
    for (name, value) in headers.iter().filter(|(name, _)| name.as_str().starts_with(OURS)) {
        written.message(2, |option| overwriting(option, name, value));
    }
    for name in lookalikes(asked, headers) {
        written.item(5, name.as_str());
    }
    let (set, removed) = query::told(headers, queried);
    for parameter in &set {
        written.message(7, |written| {
            written.text(1, &parameter.key);
            written.text(2, &parameter.value);
        });
    }
    for key in &removed {
        written.item(8, key);
    }
}

/// A `DeniedHttpResponse`.
fn deny(written: &mut Written, reply: &Reply) {
    written.message(1, |status| status.number(1, reply.status().as_u16().into()));
    for (name, value) in reply.headers() {
        if ![CONTENT_LENGTH, CONNECTION].contains(name) {
            written.message(2, |option| overwriting(option, name, value));
        }
    }
    written.text(3, &String::from_utf8_lossy(reply.body().data()));
}

/// As everywhere: exactly this lets a request pass.
fn is_allow(reply: &Reply) -> bool {
    reply.status() == StatusCode::OK
}

fn code(reply: &Reply) -> u64 {
    if reply.status() == StatusCode::UNAUTHORIZED { UNAUTHENTICATED } else { PERMISSION_DENIED }
}

/// A `HeaderValueOption`.
fn overwriting(written: &mut Written, name: &HeaderName, value: &HeaderValue) {
    written.message(1, |header| {
        header.text(1, name.as_str());
        header.text(2, &String::from_utf8_lossy(value.as_bytes()));
    });
    written.number(3, OVERWRITE);
    // Also where it is empty, which says that nothing is known.
    written.number(4, 1);
}

/// Headers of the client that an application could take for ours, whatever stands between the words of their names.
fn lookalikes<'a>(asked: &'a HeaderMap, ours: &HeaderMap) -> impl Iterator<Item = &'a HeaderName> {
    let is_alike = |name: &&HeaderName| {
        let folded = name.as_str().bytes().map(|byte| if byte.is_ascii_alphanumeric() { byte } else { b'-' });
        folded.take(OURS.len()).eq(OURS.bytes()) && !ours.contains_key(*name)
    };
    asked.keys().filter(is_alike)
}

/// What a field of the metadata says.
enum Said<'a> {
    Truth(bool),
    Text(&'a str),
    Json(Json),
}

/// For what comes after in Envoy, its access log among others: the decision, and what our headers say. A `Struct`.
fn metadata(written: &mut Written, reply: &Reply) {
    let mut fields = BTreeMap::from([(Cow::Borrowed("decision"), Said::Truth(is_allow(reply)))]);
    for (name, said) in reply.headers() {
        let (Some(name), Ok(text)) = (name.as_str().strip_prefix(OURS), said.to_str()) else { continue };
        let said = match name {
            "obligations" | "advice" => Said::Json(serde_json::from_str(text).unwrap_or(Json::Null)),
            _ => Said::Text(text),
        };
        let name = if name.contains('-') { Cow::Owned(name.replace('-', "_")) } else { Cow::Borrowed(name) };
        fields.insert(name, said);
    }
    for (name, said) in &fields {
        field(written, name, |value| match said {
            Said::Truth(truth) => value.number(4, u64::from(*truth)),
            Said::Text(text) => value.item(3, text),
            Said::Json(json) => kind(value, json),
        });
    }
}

/// A member of a `Struct`.
fn field(written: &mut Written, name: &str, write: impl FnOnce(&mut Written)) {
    written.message(1, |entry| {
        entry.text(1, name);
        entry.message(2, write);
    });
}

/// What a `Value` is.
fn kind(written: &mut Written, json: &Json) {
    match json {
        Json::Null => written.number(1, 0),
        Json::Number(number) => written.float(2, number.as_f64().unwrap_or(f64::NAN)),
        Json::String(text) => written.item(3, text),
        Json::Bool(truth) => written.number(4, u64::from(*truth)),
        Json::Object(members) => written.message(5, |object| {
            for (name, member) in members {
                field(object, name, |value| kind(value, member));
            }
        }),
        Json::Array(items) => written.message(6, |list| {
            for item in items {
                list.message(1, |value| kind(value, item));
            }
        }),
    }
}
