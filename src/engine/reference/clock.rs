//! Windows by asking the time zone database what clocks show.

use chrono::{DateTime, Datelike, Timelike};
use chrono_tz::Tz;

use crate::model::{Instant, Window};

/// Whether local clocks show a time inside the window.
pub fn is_open(window: &Window, now: Instant) -> bool {
    let (zone, spans) = window.parts();
    let second = second_of_week(zone_named(zone.name()), now.seconds());
    spans.iter().any(|(start, end)| (*start..*end).contains(&second))
}

/// The first instant after `now` at which [`is_open`] answers differently; none if that doesn't come within
/// [`SEARCH_SECONDS`].
///
/// It looks at least every quarter of an hour, and every minute of a quarter in which the clocks change: spans begin
/// and end on minutes, and so have all clock changes since 1972.
pub fn next_flip(window: &Window, now: Instant) -> Option<Instant> {
    let (zone, spans) = window.parts();
    let zone = zone_named(zone.name());
    let is_open = |at: i64| {
        let second = second_of_week(zone, at);
        spans.iter().any(|(start, end)| (*start..*end).contains(&second))
    };
    let before = is_open(now.seconds());
    let last = now.seconds() + SEARCH_SECONDS;
    let mut at = now.seconds().div_euclid(MINUTE) * MINUTE;
    while at < last {
        let here = second_of_week(zone, at);
        let edge = spans
            .iter()
            .flat_map(|(start, end)| [start - here, end - here])
            .map(|distance| if distance > 0 { distance } else { distance + WEEK })
            .min()?;
        let step = edge.min(QUARTER);
        let as_expected = (here + step).rem_euclid(WEEK) == second_of_week(zone, at + step);
        at += if as_expected { step } else { MINUTE };
        if is_open(at) != before {
            return Some(Instant::from_seconds(at));
        }
    }
    None
}

/// Three weeks: a weekly span may fall into an hour that the clocks skip, and then waits for another week.
pub const SEARCH_SECONDS: i64 = 3 * WEEK;

const MINUTE: i64 = 60;
const QUARTER: i64 = 15 * MINUTE;
const WEEK: i64 = 7 * 24 * 60 * MINUTE;

fn second_of_week(zone: Tz, seconds: i64) -> i64 {
    let Some(utc) = DateTime::from_timestamp(seconds, 0) else { return 0 };
    let local = utc.with_timezone(&zone);
    let day = i64::from(local.weekday().num_days_from_monday());
    day * 24 * 60 * MINUTE + i64::from(local.num_seconds_from_midnight())
}

fn zone_named(name: &str) -> Tz {
    name.parse().unwrap_or(Tz::UTC)
}
