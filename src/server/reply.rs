//! Responses: the statuses, bodies and headers that all endpoints share.

use std::convert::Infallible;
use std::mem::take;
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use hyper::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
    X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Response, StatusCode};

use super::gate::values;
use crate::service::{Cause, World};

pub(super) type Reply = Response<Body>;

/// All of it at once, and where a protocol wants some, trailers.
#[derive(Debug, Default)]
pub(super) struct Body {
    data: Bytes,
    /// Apart, because few have them, and replies are handed on by many hands.
    trailers: Option<Box<HeaderMap>>,
}

/// What stands in the head of every answer to a question, in this order.
static ANSWER: LazyLock<HeaderMap> = LazyLock::new(|| {
    head([CONTENT_TYPE, CONTENT_SECURITY_POLICY, CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS, REASON, REVISION])
});

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
pub(super) const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
pub(super) const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");
/// Whatever a browser takes a body for, it loads and runs nothing for it, and shows it in no frame.
const NOTHING_LOADS: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
const CLOSE: HeaderValue = HeaderValue::from_static("close");

static REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
pub(super) const REVISION: HeaderName = HeaderName::from_static("portcullis-revision");
pub(super) const REASON: HeaderName = HeaderName::from_static("portcullis-reason");

/// The longest request id that is sent back.
const REQUEST_ID_BYTES_MAX: usize = 256;
/// Room for every header a reply may get, so that the map is allocated once.
const HEADERS_MAX: usize = 18;

pub(super) fn empty(status: StatusCode) -> Reply {
    with_body(status, None, Bytes::new())
}

/// A sentence for whoever reads the answer.
pub(super) fn text(status: StatusCode, message: impl Into<Bytes>) -> Reply {
    with_body(status, Some(TEXT), message.into())
}

pub(super) fn json(status: StatusCode, body: impl Into<Bytes>) -> Reply {
    with_body(status, Some(JSON), body.into())
}

pub(super) fn html(status: StatusCode, body: impl Into<Bytes>) -> Reply {
    with_body(status, Some(HTML), body.into())
}

pub(super) fn with_body(status: StatusCode, content_type: Option<HeaderValue>, body: Bytes) -> Reply {
    let mut reply = Response::new(Body { data: body, trailers: None });
    *reply.status_mut() = status;
    let headers = reply.headers_mut();
    headers.reserve(HEADERS_MAX);
    if let Some(content_type) = content_type {
        headers.insert(CONTENT_TYPE, content_type);
        headers.insert(CONTENT_SECURITY_POLICY, NOTHING_LOADS);
    }
    headers.insert(CACHE_CONTROL, NO_STORE);
    headers.insert(X_CONTENT_TYPE_OPTIONS, NOSNIFF);
    reply
}

/// A head that has a place for each of these.
pub(super) fn head<const N: usize>(names: [HeaderName; N]) -> HeaderMap {
    names.into_iter().map(|name| (name, HeaderValue::from_static(""))).collect()
}

/// An answer with these values in the places of a head. Copying a head takes less time than putting names into a new one, each
/// of which is hashed.
pub(super) fn filled<const N: usize>(head: &HeaderMap, values: [HeaderValue; N], body: Bytes) -> Reply {
    let mut reply = Response::new(Body { data: body, trailers: None });
    reply.headers_mut().clone_from(head);
    for (place, value) in reply.headers_mut().values_mut().zip(values) {
        *place = value;
    }
    reply
}

/// The answer to a question, by the revision that gave it if there is one.
pub(super) fn answer(world: Option<&World>, cause: Cause, body: Bytes) -> Reply {
    let reason = HeaderValue::from_static(cause.code());
    if let Some(revision) = world.and_then(revision) {
        return filled(&ANSWER, [JSON, NOTHING_LOADS, NO_STORE, NOSNIFF, reason, revision], body);
    }
    let mut reply = json(StatusCode::OK, body);
    name_reason(&mut reply, cause.code());
    reply
}

/// For how long whoever asked may give the same answer to the same question.
pub(super) fn keep_for(seconds: u64) -> HeaderValue {
    let value = (seconds > 0).then(|| HeaderValue::try_from(format!("max-age={seconds}")).ok()).flatten();
    value.unwrap_or(NO_STORE)
}

/// For protocols that put more behind a body. Nothing but that stands in its head.
pub(super) fn with_trailers(data: Bytes, trailers: HeaderMap) -> Reply {
    Response::new(Body { data, trailers: Some(Box::new(trailers)) })
}

/// Says which revision decided, and why.
pub(super) fn name_decision(reply: &mut Reply, world: Option<&World>, cause: Cause) {
    name_reason(reply, cause.code());
    name_revision(reply, world);
}

pub(super) fn name_revision(reply: &mut Reply, world: Option<&World>) {
    if let Some(revision) = world.and_then(revision) {
        reply.headers_mut().insert(REVISION, revision);
    }
}

pub(super) fn revision(world: &World) -> Option<HeaderValue> {
    HeaderValue::from_maybe_shared(world.revision.clone()).ok()
}

pub(super) fn name_reason(reply: &mut Reply, code: &'static str) {
    reply.headers_mut().insert(REASON, HeaderValue::from_static(code));
}

/// The connection ends with this reply.
pub(super) fn close(reply: &mut Reply) {
    reply.headers_mut().insert(CONNECTION, CLOSE);
}

/// The request's id, if there is one that can be sent back as it is.
pub(super) fn request_id(headers: &HeaderMap) -> Option<HeaderValue> {
    let mut values = values(headers, &REQUEST_ID);
    let id = values.next()?;
    (values.next().is_none() && is_request_id(id.as_bytes())).then(|| id.clone())
}

/// Whether this can be sent back as it is.
pub(super) fn is_request_id(id: &[u8]) -> bool {
    (1..=REQUEST_ID_BYTES_MAX).contains(&id.len())
        && id.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ')
}

pub(super) fn echo_request_id(reply: &mut Reply, id: HeaderValue) {
    reply.headers_mut().insert(&REQUEST_ID, id);
}

impl Body {
    pub(super) fn data(&self) -> &[u8] {
        &self.data
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let data = take(&mut self.data);
        if !data.is_empty() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        Poll::Ready(self.trailers.take().map(|trailers| Ok(Frame::trailers(*trailers))))
    }

    fn is_end_stream(&self) -> bool {
        self.data.is_empty() && self.trailers.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.data.len() as u64)
    }
}
