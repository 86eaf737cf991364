//! Request bodies, with a bound on their size and on their time.

use std::borrow::Cow;
use std::error::Error;
use std::io;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::Request;
use hyper::body::{Body, Incoming};
use hyper::header::EXPECT;
use tokio::time::timeout;

use crate::sabotage::Guard;
use crate::service::Refusal;

/// How much of a body that is too large is read and thrown away, so that a caller who is still sending finds the
/// answer and not a broken connection.
const DISCARD_BYTES_MAX: u64 = 1024 * 1024;

/// Why there is no body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unread {
    /// For `body_bytes_max`, which is this.
    TooLarge(u64),
    /// For `request_timeout_ms`, which is this.
    TooSlow(Duration),
    Chunks,
    Broken,
}

impl Unread {
    pub(super) fn refusal(self) -> Refusal {
        match self {
            Unread::TooLarge(_) => Refusal::BodyTooLarge,
            Unread::TooSlow(_) => Refusal::BodyTooSlow,
            Unread::Chunks | Unread::Broken => Refusal::MalformedBody,
        }
    }

    pub(super) fn message(self) -> Cow<'static, str> {
        match self {
            Unread::TooLarge(bytes_max) => {
                format!("the body is larger than {bytes_max} bytes (`body_bytes_max`)").into()
            }
            Unread::TooSlow(limit) => {
                format!("the body took longer than {} ms (`request_timeout_ms`)", limit.as_millis()).into()
            }
            Unread::Chunks => {
                "each chunk has to be a size in hexadecimal digits and nothing else, CR LF, so many bytes and CR LF".into()
            }
            Unread::Broken => "the body can't be read".into(),
        }
    }
}

/// Among the extensions of a request whose body has been read to its end, where the body doesn't say so: one in chunks.
#[derive(Debug, Clone, Copy)]
struct AtEnd;

/// Whether there is nothing left to read of the body.
pub(super) fn is_at_end(request: &Request<Incoming>) -> bool {
    request.body().is_end_stream() || request.extensions().get::<AtEnd>().is_some()
}

/// The whole body.
pub(super) async fn read(
    request: &mut Request<Incoming>,
    bytes_max: usize,
    limit: Duration,
) -> Result<Bytes, Unread> {
    let bytes_max = u64::try_from(bytes_max).ok().filter(|_| Guard::BodyBound.stands()).unwrap_or(u64::MAX);
    let claimed = request.body().size_hint().lower();
    // A caller who waits for `100 Continue` has sent nothing yet that we would have to throw away.
    if claimed > bytes_max && request.headers().contains_key(EXPECT) {
        return Err(Unread::TooLarge(bytes_max));
    }
    let read = timeout(Guard::BodyTime.bounds(limit), collect(request, bytes_max)).await;
    if matches!(read, Ok(Ok(_))) && !request.body().is_end_stream() {
        request.extensions_mut().insert(AtEnd);
    }
    read.unwrap_or(Err(Unread::TooSlow(limit)))
}

async fn collect(request: &mut Request<Incoming>, bytes_max: u64) -> Result<Bytes, Unread> {
    let mut size = 0;
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(frame) = request.body_mut().frame().await {
        let data = match frame.map_err(|error| unread(&error))?.into_data() {
            Ok(data) => data,
            // Nothing that we read.
            Err(_) if Guard::Trailers.stands() => continue,
            Err(trailers) => {
                request.headers_mut().extend(trailers.into_trailers().unwrap_or_default());
                continue;
            }
        };
        size += data.len() as u64;
        if size > bytes_max.saturating_add(DISCARD_BYTES_MAX) {
            break;
        }
        if size > bytes_max {
            continue;
        }
        if first.is_empty() {
            first = data;
        } else {
            if rest.is_empty() {
                rest.extend_from_slice(&first);
            }
            rest.extend_from_slice(&data);
        }
    }
    if size > bytes_max {
        return Err(Unread::TooLarge(bytes_max));
    }
    Ok(if rest.is_empty() { first } else { rest.freeze() })
}

/// What the connection says of itself where it shows no more of a body.
fn unread(error: &hyper::Error) -> Unread {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<io::Error>());
    match cause.map(io::Error::kind) {
        Some(io::ErrorKind::InvalidData) => Unread::Chunks,
        Some(_) | None => Unread::Broken,
    }
}
