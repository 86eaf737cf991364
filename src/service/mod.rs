//! The running decision point: one World, one clock, and what is counted. Identify, decide, record.
//!
//! Knows nothing of sockets and protocols. Readers never wait: a reload swaps one pointer, and a request finishes on
//! the World it began with.

pub mod answer;
pub mod clock;
pub mod deadline;
pub mod labels;
pub mod load;
pub mod metrics;
pub mod world;

#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant as Stopwatch;

use arc_swap::{ArcSwapOption, Guard};

pub use answer::{Answer, Cause};
pub use clock::Clock;
pub use deadline::Deadline;
pub use labels::{Endpoint, Refusal, Reload};
pub use load::{Load, Priority};
pub use metrics::{Metrics, MetricsError};
pub use world::World;

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
    metrics: Metrics,
    /// Stands in for a defect of ours, in tests of what one does.
    #[cfg(test)]
    fault: Option<fn()>,
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
    pub fn new(clock: Clock) -> Result<Service, MetricsError> {
        Ok(Service {
            world: ArcSwapOption::empty(),
            problem: ArcSwapOption::empty(),
            clock,
            load: Load::default(),
            metrics: Metrics::new()?,
            #[cfg(test)]
            fault: None,
        })
    }

    /// A service in which all shielded work runs into this.
    #[cfg(test)]
    pub(crate) fn with_fault(self, fault: fn()) -> Service {
        Service { fault: Some(fault), ..self }
    }

    /// A service under a load that lasts.
    #[cfg(test)]
    pub(crate) fn with_load(self, load: Load) -> Service {
        Service { load, ..self }
    }

    /// Loads the World and reads the clock, once for the request.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot { world: self.world.load(), now: self.clock.now() }
    }

    /// Decides, and counts it.
    pub fn decide(&self, world: Option<&World>, question: &Question<'_>, deadline: Deadline) -> Answer {
        let Some(world) = world else {
            return self.refuse(Cause::NoPolicy);
        };
        if deadline.has_passed() {
            return self.refuse(Cause::DeadlineExceeded);
        }
        let start = Stopwatch::now();
        let decided = self.shielded(|| world.engine.answer(&world.facts, question));
        let Some(decision) = decided else {
            return self.refuse(Cause::InternalError);
        };
        self.metrics.decided_within(start.elapsed());
        let answer = Answer::from(decision);
        self.metrics.decided(answer.cause);
        answer
    }

    /// A deny that needs no engine, counted as the decision that it is.
    pub fn refuse(&self, cause: Cause) -> Answer {
        self.metrics.decided(cause);
        Answer::refusal(cause)
    }

    /// Does the work; nothing comes of it if it panics. A panic ends nothing but the work itself: what it borrows
    /// is immutable or atomic.
    pub fn shielded<T>(&self, work: impl FnOnce() -> T) -> Option<T> {
        let work = || {
            #[cfg(test)]
            if let Some(fault) = self.fault {
                fault();
            }
            work()
        };
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

    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// The metrics in the Prometheus text format.
    pub fn metrics_text(&self) -> Result<Vec<u8>, MetricsError> {
        let snapshot = self.snapshot();
        let age = snapshot.world().map_or(0, |world| snapshot.now.micros() - world.loaded_at.micros());
        #[expect(
            clippy::cast_precision_loss,
            reason = "an age in seconds needs no more digits than a float has"
        )]
        self.metrics.text(age as f64 / MICROS_PER_SECOND as f64, self.load.wait())
    }
}
