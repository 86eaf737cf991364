//! Decisions that were made, kept for whoever asks the same again. The only file that names the crate behind it.
//!
//! The key is all that a decision depends on but the clock, compared in full: whatever changes, changes the key, so nothing
//! is ever stale and nothing has to be made invalid. A decision holds from the instant it was made for until its horizon,
//! which is compared with the request's own clock reading, each time. Nothing waits for another request's decision, and
//! nothing but a decision of the engine is kept: no refusal, no panic, nothing that a deadline cut off.

#[cfg(test)]
mod tests;

use std::hash::RandomState;
use std::sync::atomic::{AtomicU64, Ordering};

use moka::notification::RemovalCause;
use moka::sync;
use tracing::error;

use super::metrics::Metrics;
use super::stage::Stage;
use super::world::World;
use crate::config::{CacheMode, Caching};
use crate::engine::{Decision, Key, Question, Request, Scratch};
use crate::model::Instant;

/// The decisions of one process.
#[derive(Debug)]
pub struct Cache {
    mode: CacheMode,
    entries: Entries,
    /// That of the entries, for tests to look at.
    #[cfg(test)]
    hasher: RandomState,
    verify_every: u64,
    hits: AtomicU64,
}

type Entries = sync::Cache<Box<[u8]>, Kept, RandomState>;

/// A decision, and since when it holds.
#[derive(Debug, Clone)]
struct Kept {
    since: Instant,
    decision: Decision,
}

/// What it costs to make a key and look it up, in tests of one attribute: `cargo bench --bench engine -- cache` shows it.
/// What costs less is decided each time.
pub const WORTHWHILE: u32 = 16;
/// Longer keys would take more time and room than they save.
const KEY_BYTES_MAX: usize = 4 * 1024;
/// What an entry takes besides its key and its value, measured: pointers, counts, places in queues and tables.
const OVERHEAD: usize = 320;

impl Cache {
    pub fn new(caching: Caching, on_eviction: impl Fn() + Send + Sync + 'static) -> Cache {
        let Caching { mode, bytes_max, verify_every } = caching;
        let entries = sync::Cache::<Box<[u8]>, Kept>::builder()
            .max_capacity(if mode == CacheMode::Off { 0 } else { bytes_max })
            .weigher(|key, kept| weight(key, kept))
            .eviction_listener(move |_, _, cause| {
                if cause == RemovalCause::Size {
                    on_eviction();
                }
            });
        // With a seed that nobody outside knows: nobody can aim keys at one bucket.
        let hasher = RandomState::new();
        Cache {
            mode,
            entries: entries.build_with_hasher(hasher.clone()),
            #[cfg(test)]
            hasher,
            verify_every,
            hits: AtomicU64::new(0),
        }
    }

    /// The answer of this World's engine, found or made; none where a test lets it fail.
    pub(super) fn answer(
        &self,
        world: &World,
        question: &Question<'_>,
        metrics: &Metrics,
        fails_at: &dyn Fn(Stage) -> bool,
    ) -> Option<Decision> {
        let decide = |request: &Request<'_>| world.engine.decide(request, &mut Scratch::default());
        self.answer_by(world, question, metrics, &decide, fails_at)
    }

    fn answer_by(
        &self,
        world: &World,
        question: &Question<'_>,
        metrics: &Metrics,
        decide: &dyn Fn(&Request<'_>) -> Decision,
        fails_at: &dyn Fn(Stage) -> bool,
    ) -> Option<Decision> {
        let bypass = |decision| {
            metrics.cache_bypassed();
            Some(decision)
        };
        let request = match world.engine.request(&world.facts, question) {
            Ok(request) => request,
            Err(refusal) => return bypass(refusal),
        };
        if !self.is_used(world.engine.cost(&request)) {
            return bypass(decide(&request));
        }
        let key = world.key(&request);
        if key.len() > KEY_BYTES_MAX {
            return bypass(decide(&request));
        }
        if fails_at(Stage::Recall) {
            return None;
        }
        let found = self.entries.get(key.as_slice()).filter(|kept| kept.holds(question.now));
        let Some(found) = found else {
            metrics.cache_missed();
            let decision = decide(&request);
            return (!fails_at(Stage::Keep)).then(|| self.keep(&key, question.now, decision));
        };
        metrics.cache_hit();
        if !self.is_sampled() {
            return Some(found.decision);
        }
        let fresh = decide(&request);
        if fresh != found.decision {
            metrics.cache_mismatched();
            let (cached, decided) = (found.decision.reason.code(), fresh.reason.code());
            error!(
                cached,
                decided,
                revision = world.revision_text(),
                "a defect of ours: a cached decision was wrong"
            );
        }
        Some(self.keep(&key, question.now, fresh))
    }

    /// What the entries weigh.
    pub fn bytes(&self) -> u64 {
        self.entries.run_pending_tasks();
        self.entries.weighted_size()
    }

    fn is_used(&self, cost: u32) -> bool {
        match self.mode {
            CacheMode::Auto => cost >= WORTHWHILE,
            CacheMode::On => true,
            CacheMode::Off => false,
        }
    }

    fn is_sampled(&self) -> bool {
        self.verify_every > 0 && self.hits.fetch_add(1, Ordering::Relaxed).is_multiple_of(self.verify_every)
    }

    fn keep(&self, key: &Key, since: Instant, decision: Decision) -> Decision {
        self.entries.insert(key.as_slice().into(), Kept { since, decision: decision.clone() });
        decision
    }
}

impl Kept {
    fn holds(&self, now: Instant) -> bool {
        self.since <= now && self.decision.valid_until.is_none_or(|until| now < until)
    }
}

fn weight(key: &[u8], kept: &Kept) -> u32 {
    let Decision { effect: _, reason: _, deciding, unknown, valid_until: _ } = &kept.decision;
    let deciding = if deciding.spilled() { size_of_val(deciding.as_slice()) } else { 0 };
    let unknown = if unknown.spilled() { size_of_val(unknown.as_slice()) } else { 0 };
    let bytes = key.len() + size_of::<Kept>() + deciding + unknown + OVERHEAD;
    u32::try_from(bytes).unwrap_or(u32::MAX)
}
