//! What Envoy is told: the answer that it would get over HTTP, as a `CheckResponse`.

use std::collections::BTreeMap;

use hyper::StatusCode;
use hyper::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use prost_types::value::Kind;
use prost_types::{ListValue, Struct, Value};

use super::super::reply::{self, Reply};
use super::messages::{
    CheckResponse, DeniedHttpResponse, HeaderValue as Header, HeaderValueOption, HttpResponse, HttpStatus,
    OVERWRITE, OkHttpResponse, Status,
};
use super::{GRPC, GRPC_STATUS, OK, frame, query};
use crate::config::QueryParameter;

/// What headers begin with that say something of ours, and parameters of the query.
pub(super) const OURS: &str = "portcullis-";

/// The codes of `google.rpc.Code`.
const ALLOWED: i32 = 0;
const PERMISSION_DENIED: i32 = 7;
const UNAUTHENTICATED: i32 = 16;

/// Says the same. `asked` has the headers of the client, of which some must not get past Envoy, and `queried` is what the
/// application is told in the query too.
pub(super) fn answer(reply: &Reply, asked: &HeaderMap, queried: &[QueryParameter]) -> Reply {
    let headers = reply.headers();
    let http_response = if is_allow(reply) {
        let ours = headers.iter().filter(|(name, _)| name.as_str().starts_with(OURS));
        let (query_parameters_to_set, query_parameters_to_remove) = query::told(headers, queried);
        HttpResponse::Ok(OkHttpResponse {
            headers: ours.map(overwriting).collect(),
            headers_to_remove: lookalikes(asked, headers),
            query_parameters_to_set,
            query_parameters_to_remove,
        })
    } else {
        let shown = headers.iter().filter(|(name, _)| ![CONTENT_LENGTH, CONNECTION].contains(name));
        HttpResponse::Denied(DeniedHttpResponse {
            status: Some(HttpStatus { code: reply.status().as_u16().into() }),
            headers: shown.map(overwriting).collect(),
            body: String::from_utf8_lossy(reply.body().data()).into_owned(),
        })
    };
    let response = CheckResponse {
        status: Some(Status { code: code(reply), message: String::new() }),
        http_response: Some(http_response),
        dynamic_metadata: Some(metadata(reply)),
    };
    let mut trailers = HeaderMap::with_capacity(1);
    trailers.insert(GRPC_STATUS, OK);
    let mut reply = reply::with_trailers(frame::write(&response), trailers);
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(GRPC));
    reply
}

/// As everywhere: exactly this lets a request pass.
fn is_allow(reply: &Reply) -> bool {
    reply.status() == StatusCode::OK
}

fn code(reply: &Reply) -> i32 {
    match reply.status() {
        _ if is_allow(reply) => ALLOWED,
        StatusCode::UNAUTHORIZED => UNAUTHENTICATED,
        _ => PERMISSION_DENIED,
    }
}

fn overwriting((name, value): (&HeaderName, &HeaderValue)) -> HeaderValueOption {
    let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
    let header = Header { key: name.as_str().to_owned(), value, raw_value: Vec::new() };
    HeaderValueOption { header: Some(header), append_action: OVERWRITE, keep_empty_value: true }
}

/// Headers of the client that an application could take for ours, whatever stands between the words of their names.
fn lookalikes(asked: &HeaderMap, ours: &HeaderMap) -> Vec<String> {
    let is_alike = |name: &HeaderName| {
        let folded = name.as_str().bytes().map(|byte| if byte.is_ascii_alphanumeric() { byte } else { b'-' });
        folded.take(OURS.len()).eq(OURS.bytes()) && !ours.contains_key(name)
    };
    asked.keys().filter(|name| is_alike(name)).map(|name| name.as_str().to_owned()).collect()
}

/// For what comes after in Envoy, its access log among others: the decision, and what our headers say.
fn metadata(reply: &Reply) -> Struct {
    let mut fields = BTreeMap::from([("decision".to_owned(), value(Kind::BoolValue(is_allow(reply))))]);
    for (name, said) in reply.headers() {
        let (Some(name), Ok(said)) = (name.as_str().strip_prefix(OURS), said.to_str()) else { continue };
        let kind = match name {
            "obligations" | "advice" => serde_json::from_str(said).map_or(Kind::NullValue(0), kind),
            _ => Kind::StringValue(said.to_owned()),
        };
        fields.insert(name.replace('-', "_"), value(kind));
    }
    Struct { fields }
}

fn kind(json: serde_json::Value) -> Kind {
    match json {
        serde_json::Value::Null => Kind::NullValue(0),
        serde_json::Value::Bool(truth) => Kind::BoolValue(truth),
        serde_json::Value::Number(number) => Kind::NumberValue(number.as_f64().unwrap_or(f64::NAN)),
        serde_json::Value::String(text) => Kind::StringValue(text),
        serde_json::Value::Array(items) => {
            Kind::ListValue(ListValue { values: items.into_iter().map(|item| value(kind(item))).collect() })
        }
        serde_json::Value::Object(members) => {
            let fields = members.into_iter().map(|(name, member)| (name, value(kind(member))));
            Kind::StructValue(Struct { fields: fields.collect() })
        }
    }
}

fn value(kind: Kind) -> Value {
    Value { kind: Some(kind) }
}
