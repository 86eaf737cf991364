//! Who is asking: which peers may speak for others, and what tokens, API keys, client certificates and a proxy's identity
//! header say.
//!
//! Knows addresses and bytes, and nothing of HTTP libraries, policies or facts.

mod api_key;
mod certificate;
mod claims;
mod forwarded;
mod jwk;
mod key_ring;
mod token;

#[cfg(test)]
pub(crate) mod forge;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::sync::Arc;

pub use api_key::{KEY_PREFIX, KeyRefusal, NewKey, NoChance, api_key, new_key};
pub use certificate::{CertificateError, ClientCertificate, Validity, is_spiffe_id, validity};
pub use forwarded::{ForwardedError, forwarded_spiffe_id};
pub use jwk::{KeySet, KeySetError};
pub use key_ring::{KeyRing, Looked};
pub use token::{Issuers, TokenRefusal, Trusted, Verified};

use crate::config::TrustedPeers;
use crate::document::characters::is_visible;
use crate::model::limits::REQUEST_TEXT_BYTES_MAX;
use crate::model::{Input, Instant};
use crate::sabotage::Guard;

/// The other end of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    pub place: Place,
    /// Who it has proved to be. No request is answered once the certificate has expired.
    pub certificate: Option<Arc<ClientCertificate>>,
}

/// Where a connection comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    Address(IpAddr),
    /// Whoever the file permissions let open the Unix socket.
    Unix,
}

impl From<Place> for Peer {
    /// Nothing is known of it but where it is.
    fn from(place: Place) -> Peer {
        Peer { place, certificate: None }
    }
}

/// Somebody who is asking, as far as a source that may say so says it.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject<'a> {
    /// `type`, or `package/type`.
    pub kind: Cow<'a, str>,
    pub id: Cow<'a, str>,
    /// What the source knows of them.
    pub attributes: Vec<(Cow<'a, str>, Input<'a>)>,
    /// The path of the organization that they belong to.
    pub organization: Option<String>,
    /// What they hold for this request.
    pub roles: Vec<Role>,
    /// From when on the source says nothing any more; none if it said no end.
    pub ends: Option<Instant>,
}

/// A role that a source brings for a request, and the organization that it holds in and below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// `package/role`
    pub name: String,
    pub organization: String,
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
pub fn is_trusted(trusted: &TrustedPeers, peer: &Peer) -> bool {
    match peer.place {
        _ if !Guard::TrustedPeers.stands() => true,
        Place::Address(address) => trusted.networks.contains(address),
        Place::Unix => trusted.unix,
    }
}

/// The subject's id in the values of the identity header; none is the anonymous subject.
///
/// Blanks around an id are refused: a proxy that pads names would otherwise make one person two. So are characters that
/// nobody can see: with them two ids could look the same in a policy review or a log.
pub fn subject_id<'a>(mut values: impl Iterator<Item = &'a [u8]>) -> Result<Option<&'a str>, IdentityError> {
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() && Guard::Repetition.stands() {
        return Err(IdentityError::Repeated);
    }
    if value.len() > REQUEST_TEXT_BYTES_MAX {
        return Err(IdentityError::TooLong);
    }
    let id = std::str::from_utf8(value).map_err(|_| IdentityError::Unprintable)?;
    if id.is_empty() {
        return Ok(None);
    }
    if is_visible(id) || !Guard::VisibleIds.stands() { Ok(Some(id)) } else { Err(IdentityError::Unprintable) }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a string can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
