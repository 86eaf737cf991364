//! What nginx says the original request was: the `X-Original-*` headers, each there once and under its one name.

#[cfg(test)]
#[path = "original_tests.rs"]
mod tests;

use hyper::header::{CONNECTION, HeaderMap, HeaderName, USER_AGENT};

use super::gate::values;
pub(super) use crate::engine::original::{read_host, read_method};
use crate::engine::{Malformed, Original, OriginalParts};
use crate::model::limits::REQUEST_TEXT_BYTES_MAX;

static METHOD: HeaderName = HeaderName::from_static("x-original-method");
static URI: HeaderName = HeaderName::from_static("x-original-uri");
static HOST: HeaderName = HeaderName::from_static("x-original-host");
static PROTO: HeaderName = HeaderName::from_static("x-original-proto");
static IP: HeaderName = HeaderName::from_static("x-original-ip");

/// What is wrong with an original request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum OriginalError {
    #[error("`X-Original-Method` or `X-Original-URI` is missing")]
    Missing,
    #[error("an `X-Original-*` header is there twice")]
    Repeated,
    #[error("a header's name is another spelling of a header that decides")]
    Alias,
    #[error("`Connection` names a header that decides")]
    HopByHop,
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

/// Reads the headers. `subject` is the name of the header that says who is asking: it is not read here, but has to stand
/// as firmly as those that are.
pub(super) fn read<'a>(headers: &'a HeaderMap, subject: &HeaderName) -> Result<Original<'a>, OriginalError> {
    refuse_aliases(headers, subject)?;
    let method = text(headers, &METHOD)?.ok_or(OriginalError::Missing)?;
    let uri = text(headers, &URI)?.ok_or(OriginalError::Missing)?;
    let (scheme, ip, host) = (text(headers, &PROTO)?, text(headers, &IP)?, text(headers, &HOST)?);
    let parts = OriginalParts { method, uri, host, scheme, ip, user_agent: user_agent(headers) };
    Ok(Original::new(parts)?)
}

/// Other spellings that some program on the way might take for one of ours (`X_Original_URI`), and headers that
/// `Connection` tells a proxy to drop.
fn refuse_aliases(headers: &HeaderMap, subject: &HeaderName) -> Result<(), OriginalError> {
    let ours = [&METHOD, &URI, &HOST, &PROTO, &IP, subject];
    let is_aliased =
        |name: &HeaderName| ours.iter().any(|ours| *name != **ours && is_alias(name.as_ref(), ours));
    if headers.keys().any(is_aliased) {
        return Err(OriginalError::Alias);
    }
    let mut dropped =
        values(headers, &CONNECTION).flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    if dropped.any(|name| ours.iter().any(|ours| is_alias(name.trim_ascii(), ours))) {
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
    let mut values = values(headers, name);
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
