//! What nginx says the original request was: the `X-Original-*` headers, each there once and under its one name.

#[cfg(test)]
#[path = "original_tests.rs"]
mod tests;

use hyper::header::{CONNECTION, HeaderMap, HeaderName, HeaderValue, USER_AGENT};

pub(super) use crate::engine::original::{read_host, read_method};
use crate::engine::{Malformed, Original, OriginalParts};
use crate::model::limits::REQUEST_TEXT_BYTES_MAX;

/// The headers that say what the original request was. Their names differ in length, so that each other name is like one
/// of them at most.
const NAMES: [&str; 5] =
    ["x-original-method", "x-original-uri", "x-original-host", "x-original-proto", "x-original-ip"];

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

/// What a header says that may be there once.
#[derive(Debug, Clone, Copy)]
enum Said<'a> {
    Nothing,
    Once(&'a HeaderValue),
    Repeatedly,
}

/// Reads the headers. `subject` is the name of the header that says who is asking: it is not read here, but has to stand
/// as firmly as those that are.
pub(super) fn read<'a>(headers: &'a HeaderMap, subject: &HeaderName) -> Result<Original<'a>, OriginalError> {
    let subject = subject.as_str();
    let mut ours = [Said::Nothing; NAMES.len()];
    let mut agent = Said::Nothing;
    let (mut is_aliased, mut is_dropped) = (false, false);
    // Gone through once, instead of once for each that is looked for.
    for (name, value) in headers {
        if *name == USER_AGENT {
            agent.add(value);
        } else if *name == CONNECTION {
            is_dropped |= drops(value, subject);
        }
        let name = name.as_str();
        is_aliased |= name != subject && is_alias(name.as_bytes(), subject);
        for (known, said) in NAMES.iter().zip(&mut ours).filter(|(known, _)| known.len() == name.len()) {
            if name == *known {
                said.add(value);
            } else {
                is_aliased |= is_alias(name.as_bytes(), known);
            }
        }
    }
    if is_aliased {
        return Err(OriginalError::Alias);
    }
    if is_dropped {
        return Err(OriginalError::HopByHop);
    }
    let [method, uri, host, scheme, ip] = ours;
    let method = method.text()?.ok_or(OriginalError::Missing)?;
    let uri = uri.text()?.ok_or(OriginalError::Missing)?;
    let (scheme, ip, host) = (scheme.text()?, ip.text()?, host.text()?);
    Ok(Original::new(OriginalParts { method, uri, host, scheme, ip, user_agent: user_agent(agent) })?)
}

impl<'a> Said<'a> {
    fn add(&mut self, value: &'a HeaderValue) {
        *self = match self {
            Said::Nothing => Said::Once(value),
            Said::Once(_) | Said::Repeatedly => Said::Repeatedly,
        };
    }

    /// More than one value are never merged, and one that is no visible text is left to its reader, which refuses the
    /// empty text.
    fn text(self) -> Result<Option<&'a str>, OriginalError> {
        match self {
            Said::Nothing => Ok(None),
            Said::Once(value) => Ok(Some(value.to_str().unwrap_or(""))),
            Said::Repeatedly => Err(OriginalError::Repeated),
        }
    }
}

/// Whether a `Connection` tells a proxy to drop one of the headers that decide.
fn drops(connection: &HeaderValue, subject: &str) -> bool {
    let mut names = connection.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    names.any(|name| NAMES.iter().chain([&subject]).any(|ours| is_alias(name, ours)))
}

/// Whether it is the name, or another spelling that some program on the way might take for it (`X_Original_URI`).
fn is_alias(name: &[u8], ours: &str) -> bool {
    let folded = |byte: &u8| if byte.is_ascii_alphanumeric() { byte.to_ascii_lowercase() } else { b'-' };
    name.len() == ours.len() && name.iter().map(folded).eq(ours.as_bytes().iter().map(folded))
}

/// A browser's name decides little, so a broken one makes it unknown instead of refusing the request.
fn user_agent(said: Said<'_>) -> Option<&str> {
    let value = said.text().ok()??;
    (!value.is_empty() && value.len() <= REQUEST_TEXT_BYTES_MAX).then_some(value)
}
