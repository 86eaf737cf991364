//! When wall clocks come to a time or a date.

use super::Instant;
use super::zone::Zone;

/// A span of what wall clocks read, in local seconds; its end is not in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockSpan {
    /// Since 1970-01-01T00:00.
    Once(i64, i64),
    /// Since midnight, every day.
    Daily(i64, i64),
}

const DAY: i64 = 24 * 3600;
/// Local clocks are never as far from UTC.
const OFFSET_MAX: i64 = 2 * DAY;

impl ClockSpan {
    /// Whether clocks in the zone read inside the span.
    pub fn contains(self, zone: &Zone, now: Instant) -> bool {
        let (offset, _) = zone.offset_at(now.seconds());
        self.holds(now.seconds().saturating_add(offset))
    }

    /// The first instant after `now` at which [`ClockSpan::contains`] answers differently.
    pub fn next_flip(self, zone: &Zone, now: Instant) -> Option<Instant> {
        let mut at = now.seconds();
        let is_inside = self.contains(zone, now);
        match self {
            ClockSpan::Once(start, end) => {
                // Nothing happens while clocks are far from both ends.
                let is_near = |edge: &i64| *edge > i64::MIN && at < edge.saturating_add(OFFSET_MAX);
                let next = [start, end].into_iter().filter(is_near).min()?;
                at = at.max(next.saturating_sub(OFFSET_MAX));
            }
            ClockSpan::Daily(start, end) if start <= 0 && end >= DAY || start >= end => return None,
            ClockSpan::Daily(..) => {}
        }
        loop {
            let (offset, until) = zone.offset_at(at);
            let local = at.saturating_add(offset);
            if self.holds(local) != is_inside {
                return Some(Instant::from_seconds(at));
            }
            if let Some(distance) = self.seconds_to_edge(local)
                && at.saturating_add(distance) < until
            {
                at = at.saturating_add(distance);
                if self.holds(at.saturating_add(offset)) != is_inside {
                    return Some(Instant::from_seconds(at));
                }
                continue;
            }
            let is_over = matches!(self, ClockSpan::Once(_, end) if until >= end.saturating_add(OFFSET_MAX));
            if until == i64::MAX || is_over {
                return None;
            }
            at = until;
        }
    }

    fn holds(self, local: i64) -> bool {
        match self {
            ClockSpan::Once(start, end) => (start..end).contains(&local),
            ClockSpan::Daily(start, end) => (start..end).contains(&local.rem_euclid(DAY)),
        }
    }

    /// Seconds until a clock that is never changed comes to an end of the span; nothing if it doesn't any more.
    fn seconds_to_edge(self, local: i64) -> Option<i64> {
        match self {
            ClockSpan::Once(start, end) => [start, end]
                .into_iter()
                .filter(|edge| *edge > local)
                .map(|edge| edge.saturating_sub(local))
                .min(),
            ClockSpan::Daily(start, end) => {
                let distance = |edge: i64| match (edge - local).rem_euclid(DAY) {
                    0 => DAY,
                    distance => distance,
                };
                Some(distance(start).min(distance(end)))
            }
        }
    }
}

#[cfg(test)]
mod tests;
