//! The running decision point: one World, one clock, and what is counted. Identify, decide, record.
//!
//! Knows nothing of sockets and protocols. Readers never wait: a reload swaps one pointer, and a request finishes on
//! the World it began with.

mod access;
pub mod answer;
pub mod cache;
pub mod clock;
pub mod deadline;
mod follow;
pub mod labels;
pub mod load;
pub mod metrics;
mod named;
mod stage;
pub mod tokens;
pub mod world;

#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant as Stopwatch;

use arc_swap::{ArcSwapOption, Guard};

pub use answer::{Answer, Cause};
pub use cache::Cache;
pub use clock::Clock;
pub use deadline::Deadline;
pub use follow::follow;
pub use labels::{Certificates, Endpoint, Handshake, KeyFetch, Refusal, Reload};
pub use load::{Load, Priority};
pub use metrics::{Exposition, Metrics, MetricsError};
pub use named::Named;
pub(crate) use stage::Stage;
pub use tokens::Tokens;
pub use world::World;

use crate::config::{AccessLog, Caching};
use crate::engine::Question;
use crate::model::Instant;
use crate::model::instant::MICROS_PER_SECOND;

/// The decision point of one process.
#[derive(Debug)]
pub struct Service {
    world: ArcSwapOption<World>,
    /// What is wrong with what was read last; none once it was loaded.
    problem: ArcSwapOption<String>,
    clock: Clock,
    load: Load,
    cache: Cache,
    metrics: Metrics,
    access_log: AccessLog,
    named: Named,
    /// Stand in for defects of ours, in tests of what they do.
    #[cfg(test)]
    faults: stage::Faults,
}

/// What one request is answered with: the World and the clock as they were when it arrived. Never held across an
/// `await`.
pub struct Snapshot {
    world: Guard<Option<Arc<World>>>,
    pub now: Instant,
}

impl Snapshot {
    /// None before the first good policy.
    pub fn world(&self) -> Option<&World> {
        self.world.as_deref()
    }
}

impl Service {
    pub fn new(clock: Clock, caching: Caching) -> Result<Service, MetricsError> {
        let metrics = Metrics::new()?;
        Ok(Service {
            world: ArcSwapOption::empty(),
            problem: ArcSwapOption::empty(),
            clock,
            load: Load::default(),
            cache: Cache::new(caching, metrics.evictions()),
            metrics,
            access_log: AccessLog::Off,
            named: Named::default(),
            #[cfg(test)]
            faults: stage::Faults::default(),
        })
    }

    /// A service that logs so many of its decisions.
    #[must_use]
    pub fn logging(self, access_log: AccessLog) -> Service {
        Service { access_log, ..self }
    }

    /// A service that says which of these names policies don't have.
    #[must_use]
    pub fn naming(self, named: Named) -> Service {
        Service { named, ..self }
    }

    /// A service under a load that lasts.
    #[cfg(test)]
    pub(crate) fn with_load(self, load: Load) -> Service {
        Service { load, ..self }
    }

    /// Loads the World and reads the clock, once for the request.
    pub fn snapshot(&self) -> Snapshot {
        let world = if self.fails_at(Stage::LookUp) { Guard::from_inner(None) } else { self.world.load() };
        Snapshot { world, now: self.clock.now() }
    }

    /// Decides. The answer counts once it is [given](Service::give).
    pub fn decide(&self, world: Option<&World>, question: &Question<'_>, deadline: Deadline) -> Answer {
        let Some(world) = world else {
            return Answer::refusal(Cause::NoPolicy);
        };
        let start = Stopwatch::now();
        if deadline.has_passed(start) {
            return Answer::refusal(Cause::DeadlineExceeded);
        }
        let decided = self.shielded(|| {
            let fails = self.fails_at(Stage::Decide);
            if fails {
                None
            } else {
                self.cache.answer(world, question, &self.metrics, &|stage| self.fails_at(stage))
            }
        });
        let Some(decision) = decided.flatten() else {
            return Answer::refusal(Cause::InternalError);
        };
        self.metrics.decided_within(start.elapsed());
        Answer::from(decision)
    }

    /// The answer as it is given, counted and logged as the decision that it is. An allow that comes too late is none.
    pub fn give(
        &self,
        world: Option<&World>,
        question: Option<&Question<'_>>,
        answer: Answer,
        deadline: Deadline,
    ) -> Answer {
        let answer = if self.fails_at(Stage::Answer) {
            Answer::refusal(Cause::InternalError)
        } else if answer.is_allow() && deadline.has_passed(Stopwatch::now()) {
            Answer::refusal(Cause::DeadlineExceeded)
        } else {
            answer
        };
        self.metrics.decided(answer.cause);
        access::decided(self.access_log, world, question, &answer);
        answer
    }

    /// Does the work; nothing comes of it if it panics. A panic ends nothing but the work itself: what it borrows
    /// is immutable or atomic.
    pub fn shielded<T>(&self, work: impl FnOnce() -> T) -> Option<T> {
        let result = catch_unwind(AssertUnwindSafe(work)).ok();
        if result.is_none() {
            self.metrics.panicked();
        }
        result
    }

    /// From now on this World decides; requests under way finish on theirs.
    pub fn publish(&self, world: World) {
        self.metrics.published(world.revision_text(), world.engine.policy().rules.len());
        self.metrics.reloaded(Reload::Success);
        let previous = self.world.load();
        let world = match previous.as_deref() {
            Some(previous) => world.after(previous),
            None => world,
        };
        self.world.store(Some(Arc::new(world)));
        self.problem.store(None);
    }

    /// What was read can't be loaded: the World stays as it is, and the problem is shown until it is mended.
    pub fn load_failed(&self, problem: String) {
        self.metrics.reloaded(Reload::Failure);
        self.problem.store(Some(Arc::new(problem)));
    }

    pub fn problem(&self) -> Option<Arc<String>> {
        self.problem.load_full()
    }

    pub fn load(&self) -> &Load {
        &self.load
    }

    /// Counts and logs a request that gets no decision.
    pub fn refused(&self, refusal: Refusal) {
        self.metrics.refused(refusal);
        access::refused(self.access_log, refusal);
    }

    /// Whether lines of the access log are written at all.
    pub fn logs_access(&self) -> bool {
        self.access_log != AccessLog::Off
    }

    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// The metrics as they are now.
    pub fn metrics_text(&self, exposition: Exposition) -> Result<String, MetricsError> {
        let snapshot = self.snapshot();
        let age = snapshot.world().map_or(0, |world| snapshot.now.micros() - world.loaded_at.micros());
        #[expect(
            clippy::cast_precision_loss,
            reason = "an age in seconds needs no more digits than a float has"
        )]
        let age = age as f64 / MICROS_PER_SECOND as f64;
        self.metrics.text(exposition, age, self.load.wait(), self.cache.bytes())
    }
}
