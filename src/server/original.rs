//! What a proxy says the original request was: the words of its dialect, each there once and under its one name.

#[cfg(test)]
#[path = "original_tests.rs"]
mod tests;

use hyper::header::{CONNECTION, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use hyper::{Request, Version};

use super::client_address::client;
use super::dialect::{Dialect, NAMES_MAX};
use crate::config::TrustedPeers;
pub(super) use crate::engine::original::{read_host, read_method};
use crate::engine::{Malformed, Original, OriginalParts};
use crate::model::limits::REQUEST_TEXT_BYTES_MAX;
use crate::sabotage::Guard;

/// Envoy puts the original target behind it.
pub(super) const EXT_AUTHZ: &str = "/authz/ext-authz";

/// How the headers begin that an allow has for the application.
const OURS: &str = "portcullis-";

/// What is wrong with an original request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum OriginalError {
    #[error("a header that says the original method, target or host is missing")]
    Missing,
    #[error("a header that decides is there twice")]
    Repeated,
    #[error("a header's name is another spelling of a header that decides")]
    Alias,
    #[error("`Connection` names a header that decides")]
    HopByHop,
    #[error("over HTTP/2 a target loses its `#…` unseen: Envoy has to ask by HTTP/1.1")]
    CutTarget,
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

/// What the configuration says about those who say what the original request was.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trust<'a> {
    /// The header that says who is asking: it is not read here, but has to stand as firmly as those that are.
    pub(super) subject: Option<&'a HeaderName>,
    pub(super) peers: &'a TrustedPeers,
    /// How many proxies there are in a row, the one that asks included.
    pub(super) hops: usize,
}

/// What a header says that may be there once.
#[derive(Debug, Clone, Copy)]
enum Said<'a> {
    Nothing,
    Once(&'a HeaderValue),
    Repeatedly,
}

/// Reads the original request in this dialect.
pub(super) fn read<'a, B>(
    request: &'a Request<B>,
    dialect: Dialect,
    trust: Trust<'_>,
) -> Result<Original<'a>, OriginalError> {
    let (said, agent) = gather(request.headers(), dialect.names(), trust.subject)?;
    let [host, scheme, address, method, uri] = said;
    let (host, scheme, address) = (host.text()?, scheme.text()?, address.text()?);
    let (method, uri, host) = if dialect.is_in_request_line() {
        let (method, uri) = request_line(request)?;
        if host.is_none() && Guard::OneHost.stands() {
            return Err(OriginalError::Missing);
        }
        (method, uri, host)
    } else {
        let method = method.text()?.ok_or(OriginalError::Missing)?;
        (method, uri.text()?.ok_or(OriginalError::Missing)?, host)
    };
    let ip = match address {
        Some(list) if dialect.lists_addresses() => match client(list, trust.peers, trust.hops) {
            None if Guard::AddressForm.stands() => return Err(Malformed::Ip.into()),
            client => client,
        },
        address => address,
    };
    let parts = OriginalParts { method, uri, host, scheme, ip, user_agent: user_agent(agent) };
    #[cfg(feature = "sabotage")]
    let parts = super::credulous::believed(request, parts);
    Ok(Original::new(parts)?)
}

/// The original method and target where they stand in the request line.
fn request_line<B>(request: &Request<B>) -> Result<(&str, &str), OriginalError> {
    if request.version() == Version::HTTP_2 {
        return Err(OriginalError::CutTarget);
    }
    let target = request.uri().path_and_query().map_or("", |target| target.as_str());
    Ok((request.method().as_str(), target.strip_prefix(EXT_AUTHZ).unwrap_or("")))
}

/// What the headers of these names say, and the user agent. Gone through once, instead of once for each that is looked for.
fn gather<'a>(
    headers: &'a HeaderMap,
    names: &[&str],
    subject: Option<&HeaderName>,
) -> Result<([Said<'a>; NAMES_MAX], Said<'a>), OriginalError> {
    let subject = subject.map_or("", HeaderName::as_str);
    let mut said = [Said::Nothing; NAMES_MAX];
    let mut agent = Said::Nothing;
    let (mut is_aliased, mut is_dropped) = (false, false);
    for (name, value) in headers {
        if *name == USER_AGENT {
            agent.add(value);
        } else if *name == CONNECTION {
            is_dropped |= drops(value, names, subject);
        }
        let name = name.as_str();
        is_aliased |= is_ours(name.as_bytes())
            && !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        is_aliased |= name != subject && is_alias(name.as_bytes(), subject);
        for (known, said) in names.iter().zip(&mut said).filter(|(known, _)| known.len() == name.len()) {
            if name == *known {
                said.add(value);
            } else {
                is_aliased |= is_alias(name.as_bytes(), known);
            }
        }
    }
    if is_aliased && Guard::Aliases.stands() {
        return Err(OriginalError::Alias);
    }
    if is_dropped && Guard::HopByHop.stands() {
        return Err(OriginalError::HopByHop);
    }
    Ok((said, agent))
}

impl<'a> Said<'a> {
    fn add(&mut self, value: &'a HeaderValue) {
        *self = match self {
            Said::Nothing => Said::Once(value),
            Said::Once(first) if !Guard::Repetition.stands() => Said::Once(first),
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
fn drops(connection: &HeaderValue, names: &[&str], subject: &str) -> bool {
    let mut dropped = connection.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
    dropped.any(|name| {
        is_ours(name) || !name.is_empty() && names.iter().chain([&subject]).any(|ours| is_alias(name, ours))
    })
}

/// Whether it is the name, or another spelling that some program on the way might take for it (`X_Original_URI`).
fn is_alias(name: &[u8], ours: &str) -> bool {
    let folded = |byte: &u8| if byte.is_ascii_alphanumeric() { byte.to_ascii_lowercase() } else { b'-' };
    name.len() == ours.len() && name.iter().map(folded).eq(ours.as_bytes().iter().map(folded))
}

/// Whether some program on the way might take it for one of the headers that tell the application who asks.
fn is_ours(name: &[u8]) -> bool {
    name.get(..OURS.len()).is_some_and(|start| is_alias(start, OURS))
}

/// A browser's name decides little, so a broken one makes it unknown instead of refusing the request.
fn user_agent(said: Said<'_>) -> Option<&str> {
    let value = said.text().ok()??;
    (!value.is_empty() && value.len() <= REQUEST_TEXT_BYTES_MAX).then_some(value)
}
