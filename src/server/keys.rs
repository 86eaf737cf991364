//! Keeps the keys of issuers: looks at them in the background, and never while somebody waits for a decision.
//!
//! | what happens | what is done |
//! | --- | --- |
//! | keys are fetched as they were | they are confirmed, and may be used for `keys_age_max_seconds` more |
//! | others are fetched | they are used at once, and those that are gone at once no more |
//! | a token names a key that isn't there | keys are fetched, but never twice within ten seconds |
//! | they can't be fetched | the last ones stay until they are too old; the next look is later each time, by a minute at most |

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};
use tracing::{info, warn};

use super::Context;
use super::connection::{Phase, reached};
use super::fetch::{Fetcher, FetcherError};
use crate::config::Config;
use crate::identity::{Looked, Trusted};
use crate::service::KeyFetch;

/// However many tokens ask for it, an issuer is not asked more often.
const FETCH_PAUSE: Duration = Duration::from_secs(10);
/// Nor, while it doesn't answer, less often.
const FETCH_PAUSE_MAX: Duration = Duration::from_secs(60);

/// What one look at keys came to.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Outcome {
    Changed(usize),
    Confirmed,
    /// What is wrong, for the log.
    Failed(String),
}

/// What reads the keys of each issuer, in the order of the configuration.
pub(super) fn fetchers(config: &Config) -> Result<Vec<Fetcher>, FetcherError> {
    config.tokens.iter().map(Fetcher::new).collect()
}

/// Looks at files once, so that their tokens can be checked from the first request on, and from then on at everything until the
/// server drains. `poll` is how often a file is looked at.
pub(super) async fn start(
    context: &Arc<Context>,
    fetchers: Vec<Fetcher>,
    poll: Duration,
    phase: &watch::Receiver<Phase>,
) -> Vec<JoinHandle<()>> {
    let mut tasks = Vec::with_capacity(fetchers.len());
    for (number, fetcher) in fetchers.into_iter().enumerate() {
        let mut first = None;
        if matches!(fetcher, Fetcher::File(_)) {
            first = look(context, number, &fetcher).await;
        }
        let (context, phase) = (Arc::clone(context), phase.clone());
        tasks.push(tokio::spawn(async move {
            tokio::select! {
                () = follow(context, number, fetcher, poll, first) => {}
                () = reached(phase, Phase::Draining) => {}
            }
        }));
    }
    tasks
}

async fn look(context: &Context, number: usize, fetcher: &Fetcher) -> Option<Outcome> {
    let trusted = context.tokens.issuers().iter().nth(number)?;
    let outcome = look_at(context, number, trusted, fetcher).await;
    tell(context, trusted, fetcher, &outcome, None);
    Some(outcome)
}

/// Looks again and again; `last` is what a first look came to.
async fn follow(
    context: Arc<Context>,
    number: usize,
    fetcher: Fetcher,
    poll: Duration,
    mut last: Option<Outcome>,
) {
    let Some(trusted) = context.tokens.issuers().iter().nth(number) else { return };
    let refresh = Duration::from_secs(trusted.issuer.keys_refresh_seconds);
    let mut failures = 0;
    loop {
        let began = Instant::now();
        let outcome = look_at(&context, number, trusted, &fetcher).await;
        tell(&context, trusted, &fetcher, &outcome, last.as_ref());
        failures = if matches!(outcome, Outcome::Failed(_)) { failures + 1 } else { 0 };
        last = Some(outcome);
        match &fetcher {
            Fetcher::File(_) => sleep_until(began + poll).await,
            Fetcher::Url(..) if failures > 0 => sleep_until(began + back_off(failures)).await,
            Fetcher::Url(..) => {
                sleep_until(began + FETCH_PAUSE).await;
                tokio::select! {
                    () = sleep_until(began + refresh) => {}
                    () = trusted.keys.wanted() => {}
                }
            }
        }
    }
}

/// 10, 20, 40 and then 60 seconds.
fn back_off(failures: u32) -> Duration {
    let doubled = 1_u32.checked_shl(failures.saturating_sub(1)).unwrap_or(u32::MAX);
    FETCH_PAUSE.saturating_mul(doubled.max(1)).min(FETCH_PAUSE_MAX)
}

async fn look_at(context: &Context, number: usize, trusted: &Trusted, fetcher: &Fetcher) -> Outcome {
    let (counted, outcome) = match fetcher.fetch().await {
        Ok(document) => match trusted.keys.look(document, context.service.now()) {
            Ok(Looked::Changed(count)) => (KeyFetch::Changed, Outcome::Changed(count)),
            Ok(Looked::Confirmed) => (KeyFetch::Confirmed, Outcome::Confirmed),
            Err(error) => (KeyFetch::Malformed, Outcome::Failed(error.to_string())),
        },
        Err(failure) => (failure.counted(), Outcome::Failed(failure.to_string())),
    };
    context.tokens.metrics().fetched(number, counted);
    outcome
}

/// Logs what is new about it.
fn tell(context: &Context, trusted: &Trusted, fetcher: &Fetcher, outcome: &Outcome, last: Option<&Outcome>) {
    let (issuer, place) = (trusted.issuer.issuer.as_str(), fetcher.place());
    match outcome {
        Outcome::Changed(0) => {
            warn!(issuer, place, "no key of the issuer can be used: none of its tokens is believed");
        }
        Outcome::Changed(keys) => info!(issuer, place, keys, "keys loaded"),
        Outcome::Confirmed => {
            if matches!(last, Some(Outcome::Failed(_))) {
                info!(issuer, "keys confirmed again");
            }
        }
        Outcome::Failed(error) => {
            if last == Some(outcome) {
                return;
            }
            if trusted.keys.has_keys(context.service.now()) {
                warn!(
                    issuer,
                    place, error, "keys can't be read: the last ones are used until they are too old"
                );
            } else {
                warn!(
                    issuer,
                    place,
                    error,
                    "keys can't be read, and there are none that hold: no token of the issuer is believed"
                );
            }
        }
    }
}
