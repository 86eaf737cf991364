//! What nginx says the original request was: the `X-Original-*` headers, made canonical or refused.
//!
//! A spelling that two programs could understand differently is refused, never repaired: the path that is decided
//! upon has to be the path that the application sees. The query takes no part in a decision.

#[cfg(test)]
#[path = "original_tests.rs"]
mod tests;

use std::borrow::Cow;
use std::net::{IpAddr, Ipv6Addr};

use hyper::header::{CONNECTION, HeaderMap, HeaderName, USER_AGENT};

use crate::document::characters::is_hidden;
use crate::model::limits::REQUEST_TEXT_BYTES_MAX;
use crate::model::value::read_ip;

/// The longest original request target that is looked at.
const URI_BYTES_MAX: usize = 8 * 1024;
/// No method in use comes near it.
const METHOD_BYTES_MAX: usize = 32;
/// The longest name the DNS has, in text.
const HOST_BYTES_MAX: usize = 253;

static METHOD: HeaderName = HeaderName::from_static("x-original-method");
static URI: HeaderName = HeaderName::from_static("x-original-uri");
static HOST: HeaderName = HeaderName::from_static("x-original-host");
static PROTO: HeaderName = HeaderName::from_static("x-original-proto");
static IP: HeaderName = HeaderName::from_static("x-original-ip");
static ALL: [&HeaderName; 5] = [&METHOD, &URI, &HOST, &PROTO, &IP];

/// The request a client sent to the proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original<'a> {
    pub(super) method: &'a str,
    /// In lower case, without port and trailing dot.
    pub(super) host: Option<Cow<'a, str>>,
    /// Decoded once; starts with `/`.
    pub(super) path: Cow<'a, str>,
    pub(super) scheme: Option<&'a str>,
    pub(super) ip: Option<IpAddr>,
    /// As the client sent it; none if it is missing, repeated or no text.
    pub(super) user_agent: Option<&'a str>,
}

/// What is wrong with an original request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OriginalError {
    #[error("`X-Original-Method` or `X-Original-URI` is missing")]
    Missing,
    #[error("an `X-Original-*` header is there twice")]
    Repeated,
    #[error("a header's name is another spelling of a header that decides")]
    Alias,
    #[error("`Connection` names a header that decides")]
    HopByHop,
    #[error("the original method is malformed")]
    Method,
    #[error("the original URI is malformed or ambiguous")]
    Uri,
    #[error("the original host is malformed")]
    Host,
    #[error("the original scheme is neither `http` nor `https`")]
    Scheme,
    #[error("the original address is malformed")]
    Ip,
}

impl<'a> Original<'a> {
    /// Reads the headers. `subject` is the name of the header that says who is asking: it is not read here, but has
    /// to stand as firmly as those that are.
    pub(super) fn read(headers: &'a HeaderMap, subject: &HeaderName) -> Result<Original<'a>, OriginalError> {
        refuse_aliases(headers, subject)?;
        let method = text(headers, &METHOD)?.ok_or(OriginalError::Missing)?;
        let uri = text(headers, &URI)?.ok_or(OriginalError::Missing)?;
        let scheme = text(headers, &PROTO)?;
        if !scheme.is_none_or(|scheme| matches!(scheme, "http" | "https")) {
            return Err(OriginalError::Scheme);
        }
        let ip = text(headers, &IP)?.map(|ip| read_ip(ip).ok_or(OriginalError::Ip)).transpose()?;
        Ok(Original {
            method: read_method(method).ok_or(OriginalError::Method)?,
            host: text(headers, &HOST)?.map(|host| read_host(host).ok_or(OriginalError::Host)).transpose()?,
            path: read_path(uri).ok_or(OriginalError::Uri)?,
            scheme,
            ip,
            user_agent: user_agent(headers),
        })
    }

    /// A request that no proxy sent, for asking what would become of it.
    pub fn new(method: &'a str, uri: &'a str, host: Option<&'a str>) -> Result<Original<'a>, OriginalError> {
        Ok(Original {
            method: read_method(method).ok_or(OriginalError::Method)?,
            host: host.map(|host| read_host(host).ok_or(OriginalError::Host)).transpose()?,
            path: read_path(uri).ok_or(OriginalError::Uri)?,
            scheme: None,
            ip: None,
            user_agent: None,
        })
    }

    /// The path cut at its slashes: `/a/b` is `a`, `b`; `/a/` is `a` and an empty one, `/` one empty one.
    pub(super) fn segments(&self) -> impl Iterator<Item = &str> {
        self.path.strip_prefix('/').unwrap_or(&self.path).split('/')
    }
}

/// Other spellings that some program on the way might take for one of ours (`X_Original_URI`), and headers that
/// `Connection` tells a proxy to drop.
fn refuse_aliases(headers: &HeaderMap, subject: &HeaderName) -> Result<(), OriginalError> {
    let ours = || ALL.into_iter().chain([subject]);
    let is_aliased = |name: &HeaderName| ours().any(|ours| name != ours && is_alias(name.as_ref(), ours));
    if headers.keys().any(is_aliased) {
        return Err(OriginalError::Alias);
    }
    let mut dropped =
        headers.get_all(CONNECTION).iter().flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    if dropped.any(|name| ours().any(|ours| is_alias(name.trim_ascii(), ours))) {
        return Err(OriginalError::HopByHop);
    }
    Ok(())
}

fn is_alias(name: &[u8], ours: &HeaderName) -> bool {
    let ours = ours.as_str().as_bytes();
    let folded = |byte: &u8| if byte.is_ascii_alphanumeric() { byte.to_ascii_lowercase() } else { b'-' };
    name.len() == ours.len() && name.iter().map(folded).eq(ours.iter().map(folded))
}

/// The one value of a header. More than one are never merged, and one that is no visible text is left to its
/// reader, which refuses the empty text.
fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, OriginalError> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(OriginalError::Repeated);
    }
    Ok(Some(value.to_str().unwrap_or("")))
}

/// A browser's name decides little, so a broken one makes it unknown instead of refusing the request.
fn user_agent(headers: &HeaderMap) -> Option<&str> {
    let value = text(headers, &USER_AGENT).ok()??;
    (!value.is_empty() && value.len() <= REQUEST_TEXT_BYTES_MAX).then_some(value)
}

/// Methods are case-sensitive, and every one in use is upper case.
pub(super) fn read_method(method: &str) -> Option<&str> {
    let well_formed = (1..=METHOD_BYTES_MAX).contains(&method.len())
        && method.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-');
    well_formed.then_some(method)
}

pub(super) fn read_host(host: &str) -> Option<Cow<'_, str>> {
    let name = match host.rsplit_once(':') {
        // The colons of an address in brackets are not that of a port.
        Some((name, port)) if !port.ends_with(']') => {
            let digits = (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit());
            (digits && port.parse::<u16>().is_ok()).then_some(name)?
        }
        _ => host,
    };
    if let Some(address) = name.strip_prefix('[') {
        let address: Ipv6Addr = address.strip_suffix(']')?.parse().ok()?;
        return Some(Cow::Owned(format!("[{address}]")));
    }
    let name = name.strip_suffix('.').unwrap_or(name);
    let label = |label: &str| {
        let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        !label.is_empty() && label.bytes().all(inner)
    };
    if name.len() > HOST_BYTES_MAX || !name.split('.').all(label) {
        return None;
    }
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Some(Cow::Owned(name.to_ascii_lowercase()));
    }
    Some(Cow::Borrowed(name))
}

/// The decoded path of a request target, if there is only one way to understand it.
fn read_path(uri: &str) -> Option<Cow<'_, str>> {
    if uri.len() > URI_BYTES_MAX || !uri.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#') {
        return None;
    }
    let raw = uri.split_once('?').map_or(uri, |(path, _)| path);
    if raw.bytes().any(|byte| byte == b'\\' || byte == b';') {
        return None;
    }
    let path = if raw.contains('%') { Cow::Owned(decode(raw)?) } else { Cow::Borrowed(raw) };
    let mut segments = path.strip_prefix('/')?.split('/').peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        if matches!(segment, "." | "..") || (segment.is_empty() && !is_last) {
            return None;
        }
    }
    Some(path)
}

/// Decodes percent-encoding once. Nothing that has a meaning in a path may hide behind it, least of all another
/// round of encoding, and neither may controls, characters that nobody can see, or bytes that are no UTF-8.
fn decode(raw: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(raw.len());
    let mut bytes = raw.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let byte = hex(bytes.next()?)? << 4 | hex(bytes.next()?)?;
        if matches!(byte, b'/' | b'\\' | b'%' | b'?' | b'#' | b';') {
            return None;
        }
        decoded.push(byte);
    }
    let decoded = String::from_utf8(decoded).ok()?;
    (!decoded.chars().any(|character| is_hidden(character) || character.is_control())).then_some(decoded)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}
