//! [W3C Trace Context](https://www.w3.org/TR/trace-context/): a request that carries `traceparent` is part of its caller's trace.
//!
//! What is logged while it is answered carries `trace_id`, `parent_id` and a `span_id` of our own, and the answer's
//! `traceparent` names that span, so that a proxy can hand it on. What is no `traceparent`, or there twice, is as good as none.

#[cfg(test)]
mod tests;

use std::fmt;

use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use tracing::{Span, field, info_span};

use super::gate::values;
use super::reply::Reply;
use crate::service::Endpoint;

static TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// A request's place in its caller's trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trace {
    /// 32 digits, those of all spans of the trace.
    whole: Box<str>,
    /// 16 digits, the caller's span.
    parent: Box<str>,
    /// Our span.
    own: u64,
    /// Whether the caller records the trace; other flags stay behind.
    is_sampled: bool,
}

impl Trace {
    pub(super) fn read(headers: &HeaderMap) -> Option<Trace> {
        let mut values = values(headers, &TRACEPARENT);
        let value = values.next()?.to_str().ok()?;
        if values.next().is_some() {
            return None;
        }
        Trace::parse(value, fastrand::u64(1..))
    }

    /// `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`. Later versions may say more behind another `-`.
    fn parse(value: &str, own: u64) -> Option<Trace> {
        let mut parts = value.splitn(5, '-');
        let [version, trace_id, parent_id, flags] =
            [parts.next()?, parts.next()?, parts.next()?, parts.next()?];
        let is_number = |text: &str, digits: usize| {
            text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        let is_id =
            |text: &str, digits: usize| is_number(text, digits) && text.bytes().any(|byte| byte != b'0');
        let is_version =
            is_number(version, 2) && version != "ff" && (version != "00" || parts.next().is_none());
        if !is_version || !is_id(trace_id, 32) || !is_id(parent_id, 16) || !is_number(flags, 2) {
            return None;
        }
        let is_sampled = u8::from_str_radix(flags, 16).is_ok_and(|flags| flags & 1 == 1);
        Some(Trace { whole: trace_id.into(), parent: parent_id.into(), own, is_sampled })
    }

    /// Names our span in the answer.
    pub(super) fn name(&self, reply: &mut Reply) {
        if let Ok(value) = HeaderValue::try_from(self.to_string()) {
            reply.headers_mut().insert(&TRACEPARENT, value);
        }
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{}-{:016x}-{:02x}", self.whole, self.own, u8::from(self.is_sampled))
    }
}

/// What every line that is logged for a request carries.
pub(super) fn span(endpoint: Endpoint, request_id: Option<&HeaderValue>, trace: Option<&Trace>) -> Span {
    info_span!(
        "request",
        endpoint = endpoint.code(),
        request_id = request_id.and_then(|id| id.to_str().ok()),
        trace_id = trace.map(|trace| &*trace.whole),
        parent_id = trace.map(|trace| &*trace.parent),
        span_id = trace.map(|trace| field::display(format!("{:016x}", trace.own))),
    )
}
