//! Tokens that were verified, kept until they end: a token that was seen before costs a look, not a signature.
//!
//! An entry is found by the token's whole text, never by a part of it, and holds only while the keys that it was checked with
//! are held. Nothing is kept of a token that was refused.

#[cfg(test)]
#[path = "tokens_tests.rs"]
mod tests;

use std::sync::Arc;

use foldhash::quality::RandomState;
use moka::sync::Cache;

use super::metrics::{IdentityMetrics, Metrics};
use crate::config::{ApiKey, Config};
use crate::identity::{self, Issuers, KeyRefusal, TokenRefusal, Verified};
use crate::model::Instant;

/// What verified tokens may take together.
const KEPT_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// What an entry takes besides its texts: pointers, counts, places in queues and tables.
const OVERHEAD: usize = 640;

/// Who may be believed by what they show.
#[derive(Debug)]
pub struct Tokens {
    issuers: Issuers,
    api_keys: Vec<ApiKey>,
    /// Nobody can put an entry in without a token that an issuer signed, so that nobody can aim at one bucket either.
    verified: Cache<Box<str>, Arc<Verified>, RandomState>,
    metrics: IdentityMetrics,
}

impl Tokens {
    pub fn new(config: &Config, metrics: &Metrics) -> Tokens {
        let names: Vec<&str> = config.tokens.iter().map(|issuer| issuer.issuer.as_str()).collect();
        let verified =
            Cache::<Box<str>, Arc<Verified>>::builder().max_capacity(KEPT_BYTES_MAX).weigher(|token, _| {
                // What it says is no longer than itself.
                u32::try_from(2 * token.len() + OVERHEAD).unwrap_or(u32::MAX)
            });
        Tokens {
            issuers: Issuers::new(&config.tokens),
            api_keys: config.api_keys.clone(),
            verified: verified.build_with_hasher(RandomState::default()),
            metrics: metrics.identity(&names),
        }
    }

    pub fn issuers(&self) -> &Issuers {
        &self.issuers
    }

    /// Whether anybody's tokens or keys are believed.
    pub fn is_empty(&self) -> bool {
        self.issuers.is_empty() && self.api_keys.is_empty()
    }

    pub fn has_api_keys(&self) -> bool {
        !self.api_keys.is_empty()
    }

    /// What a token says, if it is believed now.
    pub fn verify(&self, token: &str, now: Instant) -> Result<Arc<Verified>, TokenRefusal> {
        if let Some(verified) = self.verified.get(token).filter(|verified| self.issuers.holds(verified, now))
        {
            self.metrics.token(None);
            return Ok(verified);
        }
        let verified = match self.issuers.verify(token, now) {
            Ok(verified) => Arc::new(verified),
            Err(refusal) => {
                self.metrics.token(Some(refusal));
                return Err(refusal);
            }
        };
        self.metrics.token(None);
        self.verified.insert(token.into(), Arc::clone(&verified));
        Ok(verified)
    }

    /// Whose an API key is, if it is believed now.
    pub fn api_key(&self, shown: &str, now: Instant) -> Result<&ApiKey, KeyRefusal> {
        let found = identity::api_key(&self.api_keys, shown, now);
        self.metrics.api_key(found.err());
        found
    }

    pub fn metrics(&self) -> &IdentityMetrics {
        &self.metrics
    }

    /// The issuers whose tokens can't be checked, because there are no keys, or none that were confirmed lately.
    pub fn without_keys(&self, now: Instant) -> Vec<&str> {
        let without = self.issuers.iter().filter(|trusted| !trusted.keys.has_keys(now));
        without.map(|trusted| trusted.issuer.issuer.as_str()).collect()
    }

    /// Measures how old the keys are.
    pub fn measure(&self, now: Instant) {
        for (number, trusted) in self.issuers.iter().enumerate() {
            if let Some(age) = trusted.keys.age_seconds(now) {
                self.metrics.keys_age(number, age);
            }
        }
    }
}
