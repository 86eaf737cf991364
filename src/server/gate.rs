//! What the HTTP library lets through and we don't.

use hyper::body::Incoming;
use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HOST, HeaderMap};
use hyper::{Request, Version};

use crate::service::Refusal;

/// How many header values a request may have.
const HEADERS_MAX: usize = 64;

/// A request whose target and host can be understood in one way only.
pub(super) fn check(request: &Request<Incoming>) -> Result<(), Refusal> {
    if request.headers().len() > HEADERS_MAX {
        return Err(Refusal::TooManyHeaders);
    }
    let target = request.uri();
    let is_origin_form = target.authority().is_none() && target.path().starts_with('/');
    let hosts = request.headers().get_all(HOST).iter().count();
    // HTTP/1.0 knows no Host, and nginx speaks it unless told otherwise.
    let has_one_host = hosts == 1 || (hosts == 0 && request.version() == Version::HTTP_10);
    if is_origin_form && has_one_host { Ok(()) } else { Err(Refusal::MalformedRequest) }
}

/// Whether the body says of itself that it is JSON in UTF-8, and not packed.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(content_type), None) = (types.next(), types.next()) else { return false };
    let Ok(content_type) = content_type.to_str() else { return false };
    let mut parts = content_type.split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|media| media.eq_ignore_ascii_case("application/json"));
    let is_utf8 = parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
            value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        Some(_) | None => true,
    });
    is_json && is_utf8 && !headers.contains_key(CONTENT_ENCODING)
}
