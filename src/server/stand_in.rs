//! The request that the HTTP library gets to see in the place of one whose head is refused.
//!
//! No caller can send it: its target is one that no head may have. Besides the flaw it says what the refused head lets be
//! read of where it went and which request it was, for the log and for the answer; nothing is decided by that.

#[cfg(test)]
#[path = "stand_in_tests.rs"]
mod tests;

use bytes::BytesMut;
use hyper::header::{HeaderMap, HeaderName};
use hyper::{Request, Version};

use super::flaw::Flaw;
use super::reply::is_request_id;

/// Whatever is asked below it is denied by 403, so that no proxy mistakes an answer for a fault of its own.
pub(super) const PROXIES: &str = "/authz/";
/// The target of such a request.
const TARGET: &str = "*";
/// The number of the flaw.
const FLAW: HeaderName = HeaderName::from_static("flaw");
/// Present if the request may have been one of a proxy.
const OF_PROXY: HeaderName = HeaderName::from_static("of-proxy");
/// The path that was asked for.
const PATH: HeaderName = HeaderName::from_static("path");
/// How much of the path is told. Every name that something stands at, or below, is shorter.
const PATH_BYTES_MAX: usize = 64;

/// What was wrong with the request that this one stands for, and whether a proxy may have sent it.
pub(super) fn flaw<B>(request: &Request<B>) -> Option<(Flaw, bool)> {
    let headers = stood_in(request)?;
    let number: usize = headers.get(FLAW)?.to_str().ok()?.parse().ok()?;
    Flaw::ALL.get(number).map(|flaw| (*flaw, headers.contains_key(OF_PROXY)))
}

/// The path that a request asks for, and if it stands for another the one that that asked for.
pub(super) fn path<B>(request: &Request<B>) -> &str {
    let told = stood_in(request).and_then(|headers| headers.get(PATH)?.to_str().ok());
    told.unwrap_or_else(|| request.uri().path())
}

/// The headers of a request that stands for another.
fn stood_in<B>(request: &Request<B>) -> Option<&HeaderMap> {
    let stands_in = request.version() != Version::HTTP_2 && request.uri().path() == TARGET;
    stands_in.then(|| request.headers())
}

/// The request that stands for one with this flaw, as far as that has come.
pub(super) fn stand_in(flaw: Flaw, head: &[u8]) -> BytesMut {
    let first_line = head.trim_ascii_start().split(|byte| *byte == b'\n').next().unwrap_or_default();
    let is_of_proxy = first_line.windows(PROXIES.len()).any(|part| part == PROXIES.as_bytes());
    let of_proxy = if is_of_proxy { "of-proxy: 1\r\n" } else { "" };
    let path = read_path(first_line).map(|path| format!("path: {path}\r\n")).unwrap_or_default();
    let id = read_request_id(head).map(|id| format!("x-request-id: {id}\r\n")).unwrap_or_default();
    let number = flaw as usize;
    let text = format!(
        "OPTIONS {TARGET} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nflaw: {number}\r\n{of_proxy}{path}{id}\r\n"
    );
    BytesMut::from(text.as_bytes())
}

/// The path in a first line that has one where it belongs.
fn read_path(first_line: &[u8]) -> Option<&str> {
    let target = first_line.split(|byte| *byte == b' ').nth(1)?;
    let path = target.split(|byte| matches!(byte, b'?' | b'#')).next()?;
    let start = path.get(..PATH_BYTES_MAX).unwrap_or(path);
    let is_plain = start.starts_with(b"/") && start.iter().all(u8::is_ascii_graphic);
    is_plain.then(|| std::str::from_utf8(start).ok()).flatten()
}

/// The id of the refused request, if its head has one that can be sent back, and only one.
fn read_request_id(head: &[u8]) -> Option<&str> {
    // A line that hasn't come to its end may hold but the start of an id.
    let whole = head.get(..head.iter().rposition(|byte| *byte == b'\n')?)?;
    let lines = whole.trim_ascii_start().split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
    let mut ids = lines.take_while(|line| !line.is_empty()).filter_map(|line| {
        let (name, value) = line.split_at_checked(line.iter().position(|byte| *byte == b':')?)?;
        name.eq_ignore_ascii_case(b"x-request-id").then_some(value.get(1..)?.trim_ascii())
    });
    let id = ids.next().filter(|id| is_request_id(id))?;
    if ids.next().is_none() { std::str::from_utf8(id).ok() } else { None }
}
