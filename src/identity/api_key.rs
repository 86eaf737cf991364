//! API keys: `pk_<id>_<random>`, shown whole by whoever has one, known here by their SHA-256 alone.

#[cfg(test)]
#[path = "api_key_tests.rs"]
mod tests;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::config::ApiKey;
use crate::model::Instant;

/// What every key begins with, so that people and tools that look for leaked secrets know one when they see it.
pub const KEY_PREFIX: &str = "pk_";
/// As many random bytes as its hash has.
const SECRET_BYTES: usize = 32;
/// Of the id, with room for its marks and the random part.
const KEY_BYTES_MAX: usize = 160;

/// Why a key is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRefusal {
    /// It isn't `pk_`, an id, `_` and a random part.
    Malformed,
    /// No key has this id, or the key of this id is another.
    Unknown,
    Expired,
}

/// A key that was just made, and its hash.
#[derive(Debug)]
pub struct NewKey {
    pub key: String,
    pub sha256: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no random bytes")]
pub struct NoChance;

/// The entry of a key.
///
/// Whether no key has this id, or another key has it, can't be told by the time it takes: a key is looked for by its hash, which says
/// nothing of its id, among all of them, and always one hash is compared whole.
pub fn api_key<'k>(keys: &'k [ApiKey], shown: &str, now: Instant) -> Result<&'k ApiKey, KeyRefusal> {
    let id = id_of(shown).ok_or(KeyRefusal::Malformed)?;
    let sha256: [u8; 32] = Sha256::digest(shown.as_bytes()).into();
    let found = keys
        .iter()
        .fold(None, |found, key| if begins_alike(&key.sha256, &sha256) { Some(key) } else { found });
    // Nothing has this hash.
    let expected = found.map_or([0; 32], |key| key.sha256);
    let is_same = is_same_hash(&sha256, &expected);
    match found {
        Some(key) if is_same && key.id == id => check_not_expired(key, now),
        Some(_) | None => Err(KeyRefusal::Unknown),
    }
}

/// No hash of what isn't a key begins as that of one, and nobody who has none can look for one that does.
fn begins_alike(one: &[u8; 32], other: &[u8; 32]) -> bool {
    one.first_chunk::<8>() == other.first_chunk::<8>()
}

/// In a time that doesn't depend on where they differ.
fn is_same_hash(one: &[u8; 32], other: &[u8; 32]) -> bool {
    verify_slices_are_equal(one, other).is_ok()
}

fn check_not_expired(key: &ApiKey, now: Instant) -> Result<&ApiKey, KeyRefusal> {
    if key.expires.is_some_and(|expires| now >= expires) { Err(KeyRefusal::Expired) } else { Ok(key) }
}

fn id_of(shown: &str) -> Option<&str> {
    if shown.len() > KEY_BYTES_MAX {
        return None;
    }
    let (id, secret) = shown.strip_prefix(KEY_PREFIX)?.split_once('_')?;
    (!id.is_empty() && !secret.is_empty()).then_some(id)
}

/// Makes a key.
pub fn new_key(id: &str) -> Result<NewKey, NoChance> {
    let mut secret = [0; SECRET_BYTES];
    rand::fill(&mut secret).map_err(|_| NoChance)?;
    let key = format!("{KEY_PREFIX}{id}_{}", URL_SAFE_NO_PAD.encode(secret));
    let sha256 = super::hexadecimal(&Sha256::digest(key.as_bytes()));
    Ok(NewKey { key, sha256 })
}

impl KeyRefusal {
    pub const ALL: [KeyRefusal; 3] = [KeyRefusal::Malformed, KeyRefusal::Unknown, KeyRefusal::Expired];

    pub const fn code(self) -> &'static str {
        match self {
            KeyRefusal::Malformed => "malformed",
            KeyRefusal::Unknown => "unknown",
            KeyRefusal::Expired => "expired",
        }
    }
}
