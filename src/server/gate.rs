//! What every request has to be like before anybody asks what it wants.
//!
//! Of HTTP/2 the library cuts a `#…` off `:path` before anybody sees it, and answers 431 itself to heads of more than 64 KB.
//! Neither is a way to an allow: what decides stands in other headers, the endpoint is the one without `#…`, and where the
//! path decides `original` refuses HTTP/2.

use hyper::header::{CONTENT_ENCODING, CONTENT_TYPE, HOST, HeaderMap, HeaderName, HeaderValue};
use hyper::{Request, Version};

use super::flaw::Flaw;
use super::head::{HEAD_BYTES_MAX, HEADERS_MAX, check_host, check_method, check_target, check_value};
use super::stand_in::{self, PROXIES};
use crate::sabotage::Guard;

/// What proxies say the other request's method and target in.
static ORIGINAL: [HeaderName; 5] = [
    HeaderName::from_static("x-original-method"),
    HeaderName::from_static("x-original-uri"),
    HeaderName::from_static("x-original-url"),
    HeaderName::from_static("x-forwarded-method"),
    HeaderName::from_static("x-forwarded-uri"),
];

/// How almost everybody says that a body is JSON.
const JSON: &str = "application/json";

/// A request that is refused for how it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) flaw: Flaw,
    /// A proxy may have sent it, which understands nothing but 403.
    pub(super) is_of_proxy: bool,
}

/// Of HTTP/1 it was settled before the library saw it; of HTTP/2 the library has told apart what there is.
pub(super) fn check<B>(request: &Request<B>) -> Result<(), Refused> {
    if request.version() == Version::HTTP_2 {
        let is_of_proxy = request.uri().path().starts_with(PROXIES);
        return check_http2(request).map_err(|flaw| Refused { flaw, is_of_proxy });
    }
    match stand_in::flaw(request) {
        None => Ok(()),
        Some((flaw, is_of_proxy)) => Err(Refused { flaw, is_of_proxy }),
    }
}

fn check_http2<B>(request: &Request<B>) -> Result<(), Flaw> {
    let headers = request.headers();
    if headers.len() > HEADERS_MAX && Guard::HeadBounds.stands() {
        return Err(Flaw::HeaderCount);
    }
    // As HTTP/2 itself reckons: 32 bytes for each header besides its own.
    let size: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 32).sum();
    if size > HEAD_BYTES_MAX && Guard::HeadBounds.stands() {
        return Err(Flaw::HeadSize);
    }
    check_method(request.method().as_str().as_bytes())?;
    check_target(request.uri().path_and_query().map_or("", |target| target.as_str()).as_bytes())?;
    headers.values().try_for_each(|value| check_value(value.as_bytes()))?;
    let authority = request.uri().authority().map(|authority| authority.as_str().as_bytes());
    let mut hosts = headers.get_all(HOST).iter().map(HeaderValue::as_bytes);
    let host = hosts.next();
    // Either may say it; if both do, they have to agree.
    let is_one = hosts.next().is_none() && (authority.is_none() || host.is_none() || authority == host);
    if is_one { check_host(authority.or(host).unwrap_or_default()) } else { Err(Flaw::Host) }
}

/// Whether this is a proxy's question about another request. Where nothing is decided its answer must not be 200, which the
/// proxy would take for an allow.
pub(super) fn asks_about_another(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| ORIGINAL.contains(name))
}

/// Whether the body says of itself that it is JSON in UTF-8, and not packed.
pub(super) fn is_json(headers: &HeaderMap) -> bool {
    let mut types = values(headers, &CONTENT_TYPE);
    let (Some(content_type), None) = (types.next(), types.next()) else { return false };
    if content_type == JSON {
        return values(headers, &CONTENT_ENCODING).next().is_none();
    }
    let Ok(content_type) = content_type.to_str() else { return false };
    let mut parts = content_type.split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|media| media.eq_ignore_ascii_case(JSON));
    let is_utf8 = parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
            value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        Some(_) | None => true,
    });
    is_json && is_utf8 && values(headers, &CONTENT_ENCODING).next().is_none()
}

/// All values of a header. Requests have few headers: going through them takes less time than looking one up does, which
/// hashes its name.
pub(super) fn values<'h>(headers: &'h HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'h HeaderValue> {
    headers.iter().filter_map(move |(known, value)| (known == name).then_some(value))
}
