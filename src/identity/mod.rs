//! Who is asking: which peers may speak for others, and what a proxy's identity header says.
//!
//! Knows addresses and bytes, and nothing of HTTP libraries, policies or facts.

#[cfg(test)]
mod tests;

use std::net::IpAddr;

use crate::config::TrustedPeers;
use crate::document::characters::is_hidden;
use crate::model::limits::REQUEST_TEXT_BYTES_MAX;

/// The other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    Address(IpAddr),
    /// Whoever the file permissions let open the Unix socket.
    Unix,
}

/// Why an identity header can't be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    #[error("the identity header is there more than once")]
    Repeated,
    #[error("the identity header is not printable text")]
    Unprintable,
    #[error("the identity header is too long")]
    TooLong,
}

/// Whether this peer may say who a request's subject is, and what the original request was.
pub fn is_trusted(trusted: &TrustedPeers, peer: Peer) -> bool {
    match peer {
        Peer::Address(address) => trusted.networks.contains(address),
        Peer::Unix => trusted.unix,
    }
}

/// The subject's id in the values of the identity header; none is the anonymous subject.
///
/// Blanks around an id are refused: a proxy that pads names would otherwise make one person two. So are characters that
/// nobody can see: with them two ids could look the same in a policy review or a log.
pub fn subject_id<'a>(mut values: impl Iterator<Item = &'a [u8]>) -> Result<Option<&'a str>, IdentityError> {
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(IdentityError::Repeated);
    }
    if value.len() > REQUEST_TEXT_BYTES_MAX {
        return Err(IdentityError::TooLong);
    }
    let id = std::str::from_utf8(value).map_err(|_| IdentityError::Unprintable)?;
    if id.is_empty() {
        return Ok(None);
    }
    // What most ids are has neither.
    if id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(Some(id));
    }
    if id.trim() != id || id.chars().any(|character| character == '\t' || is_hidden(character)) {
        return Err(IdentityError::Unprintable);
    }
    Ok(Some(id))
}
