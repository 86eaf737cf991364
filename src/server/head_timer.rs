//! How long a caller may take for the head of its next request, and how long its connection may be idle.
//!
//! The HTTP library would set a timer for each request, which takes longer than most of the answer. This one stays set
//! from request to request; when it goes off it is held against the last answer, and set again if that was less long ago.

#[cfg(test)]
mod tests;

use std::pin::Pin;
use std::task::Context;
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

#[derive(Debug, Default)]
pub(super) struct HeadTimer {
    /// None is any time.
    allowed: Option<Duration>,
    /// Since when the caller has the word; before its first request, since it was first waited for.
    since: Option<Instant>,
    /// Whether it is our turn.
    is_asked: bool,
    timer: Option<Pin<Box<Sleep>>>,
}

impl HeadTimer {
    pub(super) fn new(allowed: Duration) -> HeadTimer {
        HeadTimer { allowed: Some(allowed), ..HeadTimer::default() }
    }

    /// A whole request is there: whatever time goes by until it is answered is not the caller's.
    pub(super) fn asked(&mut self) {
        self.is_asked = true;
    }

    /// Something was written.
    pub(super) fn answered(&mut self) {
        self.is_asked = false;
        self.since = self.allowed.map(|_| Instant::now());
    }

    /// Whether the caller has taken too long. If not, the task is woken when it may have.
    pub(super) fn is_over(&mut self, cx: &mut Context<'_>, is_writing: bool) -> bool {
        let Some(allowed) = self.allowed else { return false };
        let since = *self.since.get_or_insert_with(Instant::now);
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(since + allowed)));
        while timer.as_mut().poll(cx).is_ready() {
            let now = Instant::now();
            let end = if self.is_asked || is_writing { now } else { since } + allowed;
            if end <= now {
                return true;
            }
            timer.as_mut().reset(end);
        }
        false
    }
}
