//! Windows of time that come back every week.
//!
//! A window is the set of instants whose local wall clock reads inside one of its spans. So an hour the clock
//! skips is not in it, and an hour it repeats is in it twice. A span over midnight belongs to the day it starts.

use std::sync::Arc;

use super::Instant;
use super::zone::Zone;

/// A weekly window in a time zone. Conditions share it: a clone is no copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    zone: Arc<Zone>,
    /// Seconds since Monday 00:00 local, sorted, disjoint, not touching.
    open: Arc<[(i64, i64)]>,
}

/// One line of a window as it is written: on these days, from this minute of the day to that one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DaySpan {
    /// 0 is Monday.
    pub day: u8,
    pub start_minute: u16,
    /// At most 1,440; not after the start means on the next day.
    pub end_minute: u16,
}

const DAY: i64 = 24 * 3600;
const WEEK: i64 = 7 * DAY;
/// 1970 began on a Thursday.
const EPOCH_SECOND_OF_WEEK: i64 = 3 * DAY;
/// More clock changes than this within one week are taken for a flip: an early horizon is never wrong.
const CHANGES_MAX: usize = 32;

impl Window {
    pub fn new(zone: Arc<Zone>, spans: &[DaySpan]) -> Window {
        let mut open = Vec::new();
        for span in spans {
            let start = i64::from(span.day) * DAY + i64::from(span.start_minute) * 60;
            let over_midnight = i64::from(span.end_minute <= span.start_minute) * DAY;
            let end = i64::from(span.day) * DAY + i64::from(span.end_minute) * 60 + over_midnight;
            open.push((start, end.min(WEEK)));
            if end > WEEK {
                open.push((0, end - WEEK));
            }
        }
        Window { zone, open: joined(open).into() }
    }

    /// The disjoint open spans in seconds since Monday 00:00, and the zone, for whoever evaluates it another way.
    pub fn parts(&self) -> (&Zone, &[(i64, i64)]) {
        (&self.zone, &self.open)
    }

    pub fn contains(&self, now: Instant) -> bool {
        let (offset, _) = self.zone.offset_at(now.seconds());
        self.is_open(second_of_week(now.seconds() + offset))
    }

    /// The first instant after `now` at which [`Window::contains`] answers differently.
    pub fn next_flip(&self, now: Instant) -> Option<Instant> {
        let mut at = now.seconds();
        let (mut offset, mut until) = self.zone.offset_at(at);
        let open = self.is_open(second_of_week(at + offset));
        for _ in 0..CHANGES_MAX {
            let flip = at + self.seconds_to_edge(second_of_week(at + offset), open)?;
            if flip < until {
                return Some(Instant::from_seconds(flip));
            }
            at = until;
            (offset, until) = self.zone.offset_at(at);
            if self.is_open(second_of_week(at + offset)) != open {
                break;
            }
        }
        Some(Instant::from_seconds(at))
    }

    fn is_open(&self, second: i64) -> bool {
        let after = self.open.partition_point(|(start, _)| *start <= second);
        after.checked_sub(1).and_then(|index| self.open.get(index)).is_some_and(|(_, end)| second < *end)
    }

    /// Seconds until the weekly pattern leaves its state, were the clock never changed; nothing if it never does.
    fn seconds_to_edge(&self, second: i64, open: bool) -> Option<i64> {
        let (first_start, first_end) = *self.open.first()?;
        if first_start == 0 && first_end == WEEK {
            return None;
        }
        let after = self.open.partition_point(|(start, _)| *start <= second);
        if !open {
            return Some(match self.open.get(after) {
                Some((start, _)) => start - second,
                None => WEEK - second + first_start,
            });
        }
        let (_, end) = *self.open.get(after.checked_sub(1)?)?;
        let wraps = end == WEEK && first_start == 0;
        Some(end - second + if wraps { first_end } else { 0 })
    }
}

fn second_of_week(local: i64) -> i64 {
    (local + EPOCH_SECOND_OF_WEEK).rem_euclid(WEEK)
}

fn joined(mut spans: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    spans.sort_unstable();
    let mut joined: Vec<(i64, i64)> = Vec::with_capacity(spans.len());
    for (start, end) in spans {
        match joined.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ if start < end => joined.push((start, end)),
            _ => {}
        }
    }
    joined
}

#[cfg(test)]
mod tests;
