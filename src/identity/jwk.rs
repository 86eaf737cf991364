//! The public keys of an issuer: a JSON Web Key Set (RFC 7517), read once, when it changes.

#[cfg(test)]
mod tests;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;

use crate::config::identity::Algorithm;
use crate::document::json;
use crate::model::Input;
use crate::model::limits::{KEY_SET_BYTES_MAX, KEY_SET_KEYS_MAX};

/// The keys that can be used; what else an issuer publishes is passed over.
#[derive(Debug, Default)]
pub struct KeySet {
    keys: Vec<Key>,
}

/// One public key.
pub(super) struct Key {
    id: Option<String>,
    family: Family,
    /// The one algorithm that it is for, if it says so.
    only: Option<Algorithm>,
    decoding: DecodingKey,
}

/// What an algorithm needs of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Rsa,
    P256,
    P384,
    Ed25519,
}

/// Why a set of keys can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    #[error("it has more than {KEY_SET_BYTES_MAX} bytes")]
    TooLarge,
    #[error("it is not JSON, or not strictly")]
    NotJson,
    #[error("it is not an object with a list of `keys`")]
    NotASet,
    #[error("it has more than {KEY_SET_KEYS_MAX} keys")]
    TooManyKeys,
}

impl KeySet {
    pub fn parse(document: &[u8]) -> Result<KeySet, KeySetError> {
        if document.len() > KEY_SET_BYTES_MAX {
            return Err(KeySetError::TooLarge);
        }
        let text = std::str::from_utf8(document).map_err(|_| KeySetError::NotJson)?;
        let set = json::read(text).map_err(|_| KeySetError::NotJson)?;
        let Some(Input::List(items)) = set.member("keys") else { return Err(KeySetError::NotASet) };
        let keys: Vec<Key> = items.iter().filter_map(key).collect();
        if keys.len() > KEY_SET_KEYS_MAX {
            return Err(KeySetError::TooManyKeys);
        }
        Ok(KeySet { keys })
    }

    pub fn len(&self) -> usize {
        self.keys.len()
    }

    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The keys that may have signed so. Without an id there has to be one alone: trying them all would let any key stand in
    /// for any other.
    pub(super) fn matching(&self, id: Option<&str>, algorithm: Algorithm) -> Vec<&Key> {
        let fitting = self.keys.iter().filter(|key| key.fits(algorithm));
        if let Some(id) = id {
            return fitting.filter(|key| key.id.as_deref() == Some(id)).collect();
        }
        let keys: Vec<&Key> = fitting.collect();
        if keys.len() == 1 { keys } else { Vec::new() }
    }
}

impl Key {
    /// Whether tokens may be signed so with this key: never by an algorithm of another kind, whatever the token says.
    fn fits(&self, algorithm: Algorithm) -> bool {
        family(algorithm) == self.family && self.only.is_none_or(|only| only == algorithm)
    }

    /// Whether the key signed the message.
    pub(super) fn signed(&self, algorithm: Algorithm, message: &[u8], signature: &str) -> bool {
        jsonwebtoken::crypto::verify(signature, message, &self.decoding, library(algorithm)).unwrap_or(false)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({:?}, {:?}, {:?})", self.id, self.family, self.only)
    }
}

/// A key that signatures can be checked with; none if it is for something else, or not strong enough.
fn key(item: &Input<'_>) -> Option<Key> {
    if item.member("use").is_some_and(|usage| text(usage) != Some("sig")) {
        return None;
    }
    if let Some(operations) = item.member("key_ops") {
        let Input::List(operations) = operations else { return None };
        if !operations.iter().any(|operation| text(operation) == Some("verify")) {
            return None;
        }
    }
    let id = match item.member("kid") {
        None => None,
        Some(id) => Some(text(id)?.to_owned()),
    };
    let only = match item.member("alg") {
        None => None,
        Some(name) => Some(Algorithm::named(text(name)?)?),
    };
    let part = |name: &str| item.member(name).and_then(text);
    let (family, decoding) = match (part("kty")?, part("crv")) {
        ("RSA", _) => {
            let (modulus, exponent) = (part("n")?, part("e")?);
            let key =
                is_strong(modulus, exponent).then(|| DecodingKey::from_rsa_components(modulus, exponent))?;
            (Family::Rsa, key)
        }
        ("EC", Some("P-256")) => (Family::P256, point(part("x")?, part("y")?, 32)?),
        ("EC", Some("P-384")) => (Family::P384, point(part("x")?, part("y")?, 48)?),
        ("OKP", Some("Ed25519")) => {
            let x = part("x").filter(|x| bytes(x).is_some_and(|x| x.len() == 32))?;
            (Family::Ed25519, DecodingKey::from_ed_components(x))
        }
        _ => return None,
    };
    let key = Key { id, family, only, decoding: decoding.ok()? };
    // A key that says it is for an algorithm of another kind is for none.
    key.only.is_none_or(|only| self::family(only) == family).then_some(key)
}

/// A modulus of 2048 to 8192 bits and an exponent that isn't 1.
fn is_strong(modulus: &str, exponent: &str) -> bool {
    let (Some(modulus), Some(exponent)) = (bytes(modulus), bytes(exponent)) else { return false };
    let modulus = modulus.iter().skip_while(|byte| **byte == 0).count();
    let exponent: Vec<u8> = exponent.into_iter().skip_while(|byte| *byte == 0).collect();
    (256..=1024).contains(&modulus) && exponent.len() <= 8 && !matches!(exponent.as_slice(), [] | [1])
}

fn point(x: &str, y: &str, length: usize) -> Option<Result<DecodingKey, jsonwebtoken::errors::Error>> {
    let is_whole = |part: &str| bytes(part).is_some_and(|part| part.len() == length);
    (is_whole(x) && is_whole(y)).then(|| DecodingKey::from_ec_components(x, y))
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

fn text<'i>(input: &'i Input<'_>) -> Option<&'i str> {
    if let Input::Text(text) = input { Some(text) } else { None }
}

fn family(algorithm: Algorithm) -> Family {
    match algorithm {
        Algorithm::Rs256
        | Algorithm::Rs384
        | Algorithm::Rs512
        | Algorithm::Ps256
        | Algorithm::Ps384
        | Algorithm::Ps512 => Family::Rsa,
        Algorithm::Es256 => Family::P256,
        Algorithm::Es384 => Family::P384,
        Algorithm::EdDsa => Family::Ed25519,
    }
}

fn library(algorithm: Algorithm) -> jsonwebtoken::Algorithm {
    match algorithm {
        Algorithm::Rs256 => jsonwebtoken::Algorithm::RS256,
        Algorithm::Rs384 => jsonwebtoken::Algorithm::RS384,
        Algorithm::Rs512 => jsonwebtoken::Algorithm::RS512,
        Algorithm::Ps256 => jsonwebtoken::Algorithm::PS256,
        Algorithm::Ps384 => jsonwebtoken::Algorithm::PS384,
        Algorithm::Ps512 => jsonwebtoken::Algorithm::PS512,
        Algorithm::Es256 => jsonwebtoken::Algorithm::ES256,
        Algorithm::Es384 => jsonwebtoken::Algorithm::ES384,
        Algorithm::EdDsa => jsonwebtoken::Algorithm::EdDSA,
    }
}
