//! Until when an answer is worth anything to whoever asked.

use std::time::{Duration, Instant};

/// An instant by a clock that never jumps; decisions themselves read another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// So many milliseconds after the request arrived.
    pub fn new(arrival: Instant, allowed_ms: u64) -> Deadline {
        Deadline::after(arrival, Duration::from_millis(allowed_ms))
    }

    /// So long after the request arrived.
    pub fn after(arrival: Instant, allowed: Duration) -> Deadline {
        Deadline(arrival.checked_add(allowed))
    }

    /// How long it is until then.
    pub fn left(self, now: Instant) -> Duration {
        self.0.map_or(Duration::MAX, |end| end.saturating_duration_since(now))
    }

    /// One too far away to be an instant never passes.
    pub fn has_passed(self, now: Instant) -> bool {
        self.0.is_some_and(|end| now >= end)
    }
}
