//! The keys of one issuer as they are now: held, confirmed, and asked for anew.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use arc_swap::{ArcSwapOption, Guard};
use tokio::sync::Notify;

use super::jwk::{KeySet, KeySetError};
use crate::model::Instant;
use crate::model::instant::MICROS_PER_SECOND;

/// Shared by whoever checks tokens and whoever fetches keys.
#[derive(Debug)]
pub struct KeyRing {
    held: ArcSwapOption<Held>,
    /// When the held keys were last seen where they come from, in microseconds.
    confirmed: AtomicI64,
    age_max_micros: i64,
    generations: AtomicU64,
    wanted: Notify,
}

/// One set of keys, with the number that tells it from those before.
#[derive(Debug)]
pub struct Held {
    pub(super) keys: KeySet,
    pub(super) generation: u64,
    document: Vec<u8>,
}

/// What came of looking at the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looked {
    /// They are others than before, so many of use.
    Changed(usize),
    Confirmed,
}

impl KeyRing {
    pub fn new(age_max_seconds: u64) -> KeyRing {
        let age_max = i64::try_from(age_max_seconds).unwrap_or(i64::MAX);
        KeyRing {
            held: ArcSwapOption::empty(),
            confirmed: AtomicI64::new(0),
            age_max_micros: age_max.saturating_mul(MICROS_PER_SECOND),
            generations: AtomicU64::new(0),
            wanted: Notify::new(),
        }
    }

    /// Takes over what stands where the keys come from. Whatever can't be used leaves everything as it was.
    pub fn look(&self, document: Vec<u8>, now: Instant) -> Result<Looked, KeySetError> {
        if self.held.load().as_ref().is_some_and(|held| held.document == document) {
            self.confirmed.store(now.micros(), Ordering::Release);
            return Ok(Looked::Confirmed);
        }
        let keys = KeySet::parse(&document)?;
        let count = keys.len();
        let generation = self.generations.fetch_add(1, Ordering::Relaxed) + 1;
        self.held.store(Some(Arc::new(Held { keys, generation, document })));
        self.confirmed.store(now.micros(), Ordering::Release);
        Ok(Looked::Changed(count))
    }

    /// The keys, if there are any and they were confirmed lately.
    pub(super) fn usable(&self, now: Instant) -> Option<Guard<Option<Arc<Held>>>> {
        let held = self.held.load();
        (held.as_ref().is_some_and(|held| !held.keys.is_empty()) && self.is_fresh(now)).then_some(held)
    }

    /// Whether keys of this generation are held still, and may be used. A later one may lack the key that signed.
    pub(super) fn holds(&self, generation: u64, now: Instant) -> bool {
        self.is_fresh(now) && self.held.load().as_ref().is_some_and(|held| held.generation == generation)
    }

    /// Whether a token could be checked.
    pub fn has_keys(&self, now: Instant) -> bool {
        self.usable(now).is_some()
    }

    /// For how long the keys have not been confirmed; none if there never were any.
    pub fn age_seconds(&self, now: Instant) -> Option<i64> {
        let age = now.micros().saturating_sub(self.confirmed.load(Ordering::Acquire));
        self.held.load().as_ref().map(|_| age.div_euclid(MICROS_PER_SECOND))
    }

    /// A token names a key that isn't there: whoever fetches keys may look sooner.
    pub(super) fn want(&self) {
        self.wanted.notify_one();
    }

    /// Waits until somebody wants newer keys.
    pub async fn wanted(&self) {
        self.wanted.notified().await;
    }

    fn is_fresh(&self, now: Instant) -> bool {
        let age = now.micros().saturating_sub(self.confirmed.load(Ordering::Acquire));
        age <= self.age_max_micros
    }
}
