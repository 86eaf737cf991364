//! What is counted of tokens, API keys, and the keys of issuers.

use prometheus::{IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry};

use super::{MetricsError, counters, increment, registered};
use crate::identity::{KeyRefusal, TokenRefusal};
use crate::service::labels::KeyFetch;

const ACCEPTED: &str = "accepted";

/// One set for the process; those of issuers are made when their names are known.
#[derive(Debug, Clone)]
pub(super) struct IdentityFamilies {
    tokens: IntCounterVec,
    api_keys: IntCounterVec,
    fetches: IntCounterVec,
    ages: IntGaugeVec,
}

/// The counters, resolved: one for each reason and each issuer.
#[derive(Debug)]
pub struct IdentityMetrics {
    token_accepted: IntCounter,
    tokens: Vec<IntCounter>,
    api_key_accepted: IntCounter,
    api_keys: Vec<IntCounter>,
    /// For each issuer those in the order of [`KeyFetch::ALL`].
    fetches: Vec<Vec<IntCounter>>,
    ages: Vec<IntGauge>,
}

impl IdentityFamilies {
    pub(super) fn new(all: &Registry) -> Result<IdentityFamilies, MetricsError> {
        let fetches =
            Opts::new("portcullis_key_fetches_total", "Looks at the keys of issuers, by issuer and result.");
        let ages =
            Opts::new("portcullis_keys_age_seconds", "Time since the keys of an issuer were confirmed.");
        Ok(IdentityFamilies {
            tokens: counters(
                all,
                "portcullis_tokens_total",
                "Tokens by result: accepted, or why not.",
                "result",
            )?,
            api_keys: counters(
                all,
                "portcullis_api_keys_total",
                "API keys by result: accepted, or why not.",
                "result",
            )?,
            fetches: registered(all, IntCounterVec::new(fetches, &["issuer", "result"])?)?,
            ages: registered(all, IntGaugeVec::new(ages, &["issuer"])?)?,
        })
    }

    pub(super) fn of(&self, issuers: &[&str]) -> IdentityMetrics {
        let fetches = |issuer: &&str| {
            KeyFetch::ALL.map(|fetch| self.fetches.with_label_values(&[*issuer, fetch.code()])).to_vec()
        };
        IdentityMetrics {
            token_accepted: self.tokens.with_label_values(&[ACCEPTED]),
            tokens: TokenRefusal::ALL.map(|refusal| self.tokens.with_label_values(&[refusal.code()])).into(),
            api_key_accepted: self.api_keys.with_label_values(&[ACCEPTED]),
            api_keys: KeyRefusal::ALL
                .map(|refusal| self.api_keys.with_label_values(&[refusal.code()]))
                .into(),
            fetches: issuers.iter().map(fetches).collect(),
            ages: issuers.iter().map(|issuer| self.ages.with_label_values(&[*issuer])).collect(),
        }
    }
}

impl IdentityMetrics {
    pub fn token(&self, refused: Option<TokenRefusal>) {
        match refused {
            None => self.token_accepted.inc(),
            Some(refusal) => increment(&self.tokens, refusal as usize),
        }
    }

    pub fn api_key(&self, refused: Option<KeyRefusal>) {
        match refused {
            None => self.api_key_accepted.inc(),
            Some(refusal) => increment(&self.api_keys, refusal as usize),
        }
    }

    /// Counts a look at the keys of the issuer with this place in the configuration.
    pub fn fetched(&self, issuer: usize, fetch: KeyFetch) {
        if let Some(counters) = self.fetches.get(issuer) {
            increment(counters, fetch as usize);
        }
    }

    pub fn keys_age(&self, issuer: usize, seconds: i64) {
        if let Some(gauge) = self.ages.get(issuer) {
            gauge.set(seconds);
        }
    }
}
