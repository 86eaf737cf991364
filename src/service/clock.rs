//! The only clock in the house.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::model::Instant;

/// Wall-clock time that never runs backwards within the process: what has expired stays expired.
#[derive(Debug)]
pub struct Clock {
    source: Source,
    floor: AtomicI64,
}

#[derive(Debug)]
enum Source {
    System,
    /// Microseconds since 1970, set from outside.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    pub fn system() -> Clock {
        Clock { source: Source::System, floor: AtomicI64::new(i64::MIN) }
    }

    /// A clock that shows the microseconds since 1970 that the shared number holds.
    pub fn manual(micros: Arc<AtomicI64>) -> Clock {
        Clock { source: Source::Manual(micros), floor: AtomicI64::new(i64::MIN) }
    }

    pub fn now(&self) -> Instant {
        let micros = match &self.source {
            Source::System => system_micros(),
            Source::Manual(micros) => micros.load(Ordering::Relaxed),
        };
        let floor = self.floor.fetch_max(micros, Ordering::Relaxed);
        Instant::from_micros(micros.max(floor))
    }
}

fn system_micros() -> i64 {
    let micros = |duration: std::time::Duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => micros(since),
        Err(before) => micros(before.duration()).saturating_neg(),
    }
}
