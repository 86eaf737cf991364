//! How long work waits before anybody begins it, and whom that shuts out.
//!
//! A decision takes microseconds; what grows under too much load is the time that it waits for a thread. The lowest
//! class is turned away while the others still notice nothing. As in `CoDel` (RFC 8289) the least wait of a short while
//! counts, not the longest: a burst that is worked off within it turns nobody away, a queue that stands does.

#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How often the wait is measured.
pub const SAMPLE_EVERY: Duration = Duration::from_millis(10);
/// So many measurements are a while.
const SAMPLES: u32 = 10;

/// How much a request matters when not all can be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    Low,
    Normal,
    High,
}

/// What the last while was like.
#[derive(Debug, Default)]
pub struct Load {
    /// The least wait of the last whole while, in microseconds.
    wait_us: AtomicU64,
    /// Stands in for a load that lasts, in tests of what one does.
    #[cfg(test)]
    is_fixed: bool,
}

/// The measurements of a while that isn't over.
#[derive(Debug)]
pub struct Meter {
    least: Duration,
    samples: u32,
}

impl Priority {
    pub const ALL: [Priority; 3] = [Priority::Low, Priority::Normal, Priority::High];

    pub const fn name(self) -> &'static str {
        match self {
            Priority::Low => "low",
            Priority::Normal => "normal",
            Priority::High => "high",
        }
    }

    /// What work may have to wait before requests of this class are turned away.
    pub const fn bearable(self) -> Duration {
        match self {
            Priority::Low => Duration::from_millis(5),
            Priority::Normal => Duration::from_millis(25),
            Priority::High => Duration::from_millis(125),
        }
    }
}

impl Load {
    pub fn bears(&self, priority: Priority) -> bool {
        self.wait() < priority.bearable()
    }

    pub fn wait(&self) -> Duration {
        Duration::from_micros(self.wait_us.load(Ordering::Relaxed))
    }

    #[cfg(test)]
    pub(crate) fn fixed(wait: Duration) -> Load {
        let load = Load::default();
        load.is(wait);
        Load { is_fixed: true, ..load }
    }

    fn is(&self, wait: Duration) {
        #[cfg(test)]
        if self.is_fixed {
            return;
        }
        self.wait_us.store(u64::try_from(wait.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

impl Default for Meter {
    fn default() -> Meter {
        Meter { least: Duration::MAX, samples: 0 }
    }
}

impl Meter {
    /// Takes a measurement; the last of a while says what it was like.
    pub fn sample(&mut self, wait: Duration, load: &Load) {
        self.least = self.least.min(wait);
        self.samples += 1;
        if self.samples == SAMPLES {
            load.is(self.least);
            *self = Meter::default();
        }
    }
}
