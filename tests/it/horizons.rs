//! Windows, local dates and local times across every clock change of every time zone, 2024 to 2030, against what the
//! time zone database says.

mod wall_clock;

use std::collections::BTreeSet;
use std::thread;

use chrono::{DateTime, Offset, TimeZone};
use chrono_tz::Tz;
use portcullis::engine::reference::clock;
use portcullis::model::window::DaySpan;
use portcullis::model::zone::{Zone, zone_names};
use portcullis::model::{Instant, Window};

const FROM: i64 = 1_704_067_200; // 2024-01-01
const TO: i64 = 1_924_992_000; // 2031-01-01
const MINUTE: i64 = 60;
const HALF_HOUR: i64 = 30 * MINUTE;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// What was looked at, so that the test can't pass by looking at nothing.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Seen {
    zones: usize,
    transitions: usize,
    readings: usize,
    flips: usize,
    flips_across_a_change: usize,
}

#[test]
fn every_window_flips_when_the_local_clock_says_so() {
    let names: Vec<&str> = zone_names().collect();
    let (left, right) = names.split_at(names.len() / 2);
    let (first, second) = thread::scope(|scope| {
        let other = scope.spawn(|| right.iter().copied().map(check_zone).fold(Seen::default(), Seen::and));
        let first = left.iter().copied().map(check_zone).fold(Seen::default(), Seen::and);
        (first, other.join().unwrap())
    });
    let seen = first.and(second);
    println!("{seen:?}");
    assert_eq!(seen.zones, names.len());
    assert!(seen.zones > 500, "{seen:?}");
    assert!(seen.transitions > 2_000, "{seen:?}");
    assert!(seen.readings > 1_000_000, "{seen:?}");
    assert!(seen.flips > 300_000, "{seen:?}");
    assert!(seen.flips_across_a_change > 100_000, "{seen:?}");
}

fn check_zone(name: &'static str) -> Seen {
    let tz: Tz = name.parse().unwrap();
    let zone = Zone::named(name).unwrap();
    let transitions = transitions(tz);
    let mut seen = Seen { zones: 1, transitions: transitions.len(), ..Seen::default() };
    let steady = [FROM + 200 * DAY, FROM + 1_000 * DAY + 11 * HOUR + 7];
    for at in transitions.iter().copied().chain(steady) {
        for spans in shapes(tz, at) {
            let window = Window::new(zone.clone(), &spans);
            check_window(name, &window, &spans, at, &mut seen);
        }
    }
    seen
}

/// Compares the window with the naive reading around a clock change and around the edges next to it.
fn check_window(zone: &str, window: &Window, spans: &[DaySpan], change: i64, seen: &mut Seen) {
    let mut instants = BTreeSet::new();
    for centre in edges(window, change).into_iter().chain([change]) {
        for distance in [0, 1, 2, 10 * MINUTE, HALF_HOUR] {
            instants.extend([centre - distance, centre + distance]);
        }
    }
    for at in instants {
        for micros in [0, 999_999] {
            let now = Instant::from_micros(at * 1_000_000 + micros);
            let expected = clock::is_open(window, now);
            assert_eq!(window.contains(now), expected, "{zone} {spans:?} at {now}");
            seen.readings += 1;
        }
    }
    for before in [8 * DAY, DAY, 3 * HOUR, HOUR, HALF_HOUR, 1, 0, -1, -HALF_HOUR, -2 * HOUR] {
        let now = Instant::from_micros((change - before) * 1_000_000 + 500_000);
        let flip = window.next_flip(now);
        assert_eq!(flip, clock::next_flip(window, now), "{zone} {spans:?} from {now}");
        let Some(flip) = flip else { continue };
        seen.flips += 1;
        seen.flips_across_a_change += usize::from(now.seconds() < change && change <= flip.seconds());
        // The naive search steps over quarters of hours, so the flip itself is looked at once more from both sides.
        let state = clock::is_open(window, now);
        let last = Instant::from_micros(flip.micros() - 1);
        assert_ne!(clock::is_open(window, flip), state, "{zone} {spans:?} from {now}: no flip at {flip}");
        assert_eq!(clock::is_open(window, last), state, "{zone} {spans:?} from {now}: {flip} is late");
    }
}

/// The flips within four hours of the change, found by looking at every minute.
fn edges(window: &Window, change: i64) -> Vec<i64> {
    let mut edges = Vec::new();
    let mut open = clock::is_open(window, Instant::from_seconds(change - 4 * HOUR));
    let mut at = change - 4 * HOUR;
    while at < change + 4 * HOUR {
        at += MINUTE;
        if clock::is_open(window, Instant::from_seconds(at)) != open {
            open = !open;
            edges.push(at);
        }
    }
    edges
}

/// Windows that a clock change at this instant may trip: edges on the hours it skips or repeats, and around midnight.
fn shapes(tz: Tz, change: i64) -> Vec<Vec<DaySpan>> {
    let weekly = |minute_of_week: i64, length: i64| {
        let start = minute_of_week.rem_euclid(7 * 24 * 60);
        let (day, minute) = (start / 1_440, start % 1_440);
        let end = (minute + length) % 1_440;
        let end = if end == 0 { 1_440 } else { end };
        DaySpan {
            day: u8::try_from(day).unwrap(),
            start_minute: u16::try_from(minute).unwrap(),
            end_minute: u16::try_from(end).unwrap(),
        }
    };
    let every_day = |start: u16, end: u16| {
        (0..7).map(|day| DaySpan { day, start_minute: start, end_minute: end }).collect::<Vec<_>>()
    };
    let minute = |seconds: i64| (seconds + offset(tz, seconds) + 3 * DAY).div_euclid(MINUTE);
    let before = minute(change - 1) + 1; // where the local clock would have gone on
    let after = minute(change);
    let (low, high) = (before.min(after), before.max(after));
    let middle = i64::midpoint(low, high);
    vec![
        every_day(9 * 60, 17 * 60),
        every_day(22 * 60, 6 * 60),
        (0..5).map(|day| DaySpan { day, start_minute: 0, end_minute: 1_440 }).collect(),
        // Exactly the skipped or repeated time, one that begins in it, one that ends in it, one far inside.
        vec![weekly(low, (high - low).clamp(1, 1_439))],
        vec![weekly(middle, 180)],
        vec![weekly(middle - 180, 180)],
        vec![weekly(middle, 1), weekly(middle + 5, 1)],
        // Open but for a gap in it, over midnight and over the end of the week.
        vec![weekly(low - 700, 690), weekly(low, 720)],
    ]
}

/// The seconds at which the offset changes, found by asking every half hour.
fn transitions(tz: Tz) -> Vec<i64> {
    (FROM / HALF_HOUR..TO / HALF_HOUR).filter_map(|number| change_after(tz, number * HALF_HOUR)).collect()
}

/// The second at which the offset changes within half an hour, found by halving.
fn change_after(tz: Tz, at: i64) -> Option<i64> {
    let (mut low, mut high) = (at, at + HALF_HOUR);
    if offset(tz, low) == offset(tz, high) {
        return None;
    }
    while high - low > 1 {
        let middle = i64::midpoint(low, high);
        if offset(tz, middle) == offset(tz, at) { low = middle } else { high = middle }
    }
    Some(high)
}

fn offset(tz: Tz, seconds: i64) -> i64 {
    let utc = DateTime::from_timestamp(seconds, 0).unwrap();
    i64::from(tz.offset_from_utc_datetime(&utc.naive_utc()).fix().local_minus_utc())
}

impl Seen {
    fn and(self, other: Seen) -> Seen {
        Seen {
            zones: self.zones + other.zones,
            transitions: self.transitions + other.transitions,
            readings: self.readings + other.readings,
            flips: self.flips + other.flips,
            flips_across_a_change: self.flips_across_a_change + other.flips_across_a_change,
        }
    }
}
