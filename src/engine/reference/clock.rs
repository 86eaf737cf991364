//! Windows, dates and times by asking the time zone database what clocks show.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Timelike};
use chrono_tz::Tz;

use super::reading::Datum;
use crate::language::policy::WallClock;
use crate::model::{Date, Instant, TimeOfDay, Window};

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

/// What clocks in the zone read.
pub(super) fn reading(part: WallClock, zone: &str, now: Instant) -> Option<Datum<'static>> {
    let local = DateTime::from_timestamp(now.seconds(), 0)?.with_timezone(&zone_named(zone)).naive_local();
    match part {
        WallClock::Date => Date::parse(&local.format("%Y-%m-%d").to_string()).map(Datum::Date),
        WallClock::Time => TimeOfDay::parse(&local.format("%H:%M:%S").to_string()).map(Datum::Time),
    }
}

/// The first instant after `now` at which what `holds` says of the clocks' reading is another: one at which they
/// come to the date or time `other` or pass it, or at which they are changed.
pub(super) fn next_change(
    zone: &str,
    other: &Datum<'_>,
    now: Instant,
    holds: impl Fn(Instant) -> Option<bool>,
) -> Option<Instant> {
    let zone = zone_named(zone);
    let mut readings: Vec<NaiveDateTime> = Vec::new();
    let mut around = vec![now.seconds()];
    match other {
        Datum::Date(date) => {
            let day = NaiveDate::from_num_days_from_ce_opt(719_163)? + TimeDelta::days(date.days());
            readings.extend([day, day + Days::new(1)].map(|day| day.and_time(NaiveTime::MIN)));
            around.push(date.days() * DAY);
        }
        Datum::Time(time) => {
            let today = DateTime::from_timestamp(now.seconds(), 0)?.with_timezone(&zone).date_naive();
            let time = NaiveTime::from_num_seconds_from_midnight_opt(u32::try_from(time.seconds()).ok()?, 0)?;
            for day in (0..=DAYS).map(|day| today + Days::new(day)) {
                let reading = day.and_time(time);
                readings.extend([day.and_time(NaiveTime::MIN), reading, reading + TimeDelta::seconds(1)]);
            }
        }
        _ => return None,
    }
    let mut flips: Vec<i64> = Vec::new();
    for reading in readings {
        match zone.from_local_datetime(&reading) {
            chrono::LocalResult::None => {}
            chrono::LocalResult::Single(at) => flips.push(at.timestamp()),
            chrono::LocalResult::Ambiguous(first, second) => {
                flips.extend([first.timestamp(), second.timestamp()]);
            }
        }
    }
    for at in around {
        changes_around(zone, at, &mut flips);
    }
    flips.sort_unstable();
    let before = holds(now);
    let mut later = flips.into_iter().map(Instant::from_seconds).filter(|at| *at > now);
    later.find(|at| holds(*at) != before)
}

/// Every change of the zone's clocks within some days.
fn changes_around(zone: Tz, centre: i64, changes: &mut Vec<i64>) {
    const HOUR: i64 = 60 * MINUTE;
    let offset = |at: i64| {
        let utc = DateTime::from_timestamp(at, 0)?;
        Some(utc.with_timezone(&zone).naive_local() - utc.naive_utc())
    };
    let days = i64::try_from(DAYS).unwrap_or(0);
    let mut at = centre - 4 * DAY;
    while at < centre + days * DAY {
        let (mut low, mut high) = (at, at + HOUR);
        if offset(low) != offset(high) {
            while high - low > 1 {
                let middle = i64::midpoint(low, high);
                if offset(middle) == offset(at) { low = middle } else { high = middle }
            }
            changes.push(high);
        }
        at += HOUR;
    }
}

/// More days than clocks ever need to come to every time of the day.
const DAYS: u64 = 5;
const DAY: i64 = 24 * 60 * MINUTE;

fn second_of_week(zone: Tz, seconds: i64) -> i64 {
    let Some(utc) = DateTime::from_timestamp(seconds, 0) else { return 0 };
    let local = utc.with_timezone(&zone);
    let day = i64::from(local.weekday().num_days_from_monday());
    day * 24 * 60 * MINUTE + i64::from(local.num_seconds_from_midnight())
}

fn zone_named(name: &str) -> Tz {
    name.parse().unwrap_or(Tz::UTC)
}
