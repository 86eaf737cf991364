//! Windows by hand: what a wall clock in the zone would say.

use super::{DaySpan, Window};
use crate::model::Instant;
use crate::model::zone::Zone;

const MONDAY: u8 = 0;
const FRIDAY: u8 = 4;
const SATURDAY: u8 = 5;
const SUNDAY: u8 = 6;

fn window(zone: &str, spans: &[(u8, u16, u16)]) -> Window {
    let spans: Vec<DaySpan> = spans
        .iter()
        .map(|(day, start, end)| DaySpan { day: *day, start_minute: *start, end_minute: *end })
        .collect();
    Window::new(Zone::named(zone).unwrap(), &spans)
}

fn every_day(zone: &str, start: u16, end: u16) -> Window {
    window(zone, &[0, 1, 2, 3, 4, 5, 6].map(|day| (day, start, end)))
}

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

/// Checks the state at an instant and the next instant at which it is another one.
#[track_caller]
fn check(window: &Window, now: &str, is_open: bool, flip: Option<&str>) {
    assert_eq!(window.contains(at(now)), is_open, "state at {now}");
    let found = window.next_flip(at(now)).map(|instant| instant.to_string());
    assert_eq!(found.as_deref(), flip, "flip after {now}");
}

#[test]
fn office_hours_begin_with_their_first_second_and_end_before_their_last() {
    // 2026-01-05 is a Monday; London is on UTC in winter.
    let window = window("Europe/London", &[(MONDAY, 540, 1020)]);
    check(&window, "2026-01-05T08:59:59.999999Z", false, Some("2026-01-05T09:00:00Z"));
    check(&window, "2026-01-05T09:00:00Z", true, Some("2026-01-05T17:00:00Z"));
    check(&window, "2026-01-05T16:59:59.999999Z", true, Some("2026-01-05T17:00:00Z"));
    check(&window, "2026-01-05T17:00:00Z", false, Some("2026-01-12T09:00:00Z"));
}

#[test]
fn a_span_over_midnight_belongs_to_the_day_it_starts() {
    let window = window("UTC", &[(FRIDAY, 1320, 360)]);
    check(&window, "2026-01-09T05:00:00Z", false, Some("2026-01-09T22:00:00Z"));
    check(&window, "2026-01-09T23:00:00Z", true, Some("2026-01-10T06:00:00Z"));
    check(&window, "2026-01-10T05:59:59Z", true, Some("2026-01-10T06:00:00Z"));
    check(&window, "2026-01-10T23:00:00Z", false, Some("2026-01-16T22:00:00Z"));
}

#[test]
fn sunday_night_goes_on_into_monday() {
    let window = window("UTC", &[(SUNDAY, 1320, 360)]);
    check(&window, "2026-01-11T23:00:00Z", true, Some("2026-01-12T06:00:00Z"));
    check(&window, "2026-01-12T00:00:00Z", true, Some("2026-01-12T06:00:00Z"));
    check(&window, "2026-01-12T06:00:00Z", false, Some("2026-01-18T22:00:00Z"));
}

#[test]
fn a_full_week_is_always_open_and_never_flips() {
    check(&every_day("Europe/London", 0, 1440), "2026-03-29T01:00:00Z", true, None);
}

#[test]
fn a_full_day_ends_at_midnight() {
    let window = window("UTC", &[(SATURDAY, 0, 1440)]);
    check(&window, "2026-01-10T23:59:59Z", true, Some("2026-01-11T00:00:00Z"));
}

#[test]
fn a_window_without_spans_is_never_open() {
    check(&window("UTC", &[]), "2026-01-10T23:59:59Z", false, None);
}

#[test]
fn spans_that_touch_or_overlap_are_one() {
    let window = window("UTC", &[(MONDAY, 540, 720), (MONDAY, 720, 1020), (MONDAY, 600, 660)]);
    check(&window, "2026-01-05T11:00:00Z", true, Some("2026-01-05T17:00:00Z"));
}

#[test]
fn an_hour_the_clock_skips_is_not_in_it() {
    // London goes from 01:00 to 02:00 on 2026-03-29, at 01:00 UTC.
    let inside = every_day("Europe/London", 75, 105);
    check(&inside, "2026-03-29T00:30:00Z", false, Some("2026-03-30T00:15:00Z"));
    let around = every_day("Europe/London", 30, 180);
    check(&around, "2026-03-29T00:45:00Z", true, Some("2026-03-29T02:00:00Z"));
    // It would start at 01:30, so it is open as soon as the clock reads 02:00.
    let into = every_day("Europe/London", 90, 180);
    check(&into, "2026-03-29T00:59:59Z", false, Some("2026-03-29T01:00:00Z"));
    check(&into, "2026-03-29T01:00:00Z", true, Some("2026-03-29T02:00:00Z"));
}

#[test]
fn an_hour_the_clock_repeats_is_in_it_twice() {
    // London goes from 02:00 back to 01:00 on 2026-10-25, at 01:00 UTC.
    let window = every_day("Europe/London", 75, 105);
    check(&window, "2026-10-25T00:00:00Z", false, Some("2026-10-25T00:15:00Z"));
    check(&window, "2026-10-25T00:15:00Z", true, Some("2026-10-25T00:45:00Z"));
    check(&window, "2026-10-25T00:45:00Z", false, Some("2026-10-25T01:15:00Z"));
    check(&window, "2026-10-25T01:15:00Z", true, Some("2026-10-25T01:45:00Z"));
    let until_two = every_day("Europe/London", 60, 120);
    check(&until_two, "2026-10-25T00:30:00Z", true, Some("2026-10-25T02:00:00Z"));
}

#[test]
fn half_an_hour_is_skipped_and_repeated_on_lord_howe() {
    // From +11 back to +10:30 on 2026-04-05 at 02:00 local, 15:00 UTC of the day before.
    let window = every_day("Australia/Lord_Howe", 105, 120);
    check(&window, "2026-04-04T14:50:00Z", true, Some("2026-04-04T15:00:00Z"));
    check(&window, "2026-04-04T15:00:00Z", false, Some("2026-04-04T15:15:00Z"));
    check(&window, "2026-04-04T15:20:00Z", true, Some("2026-04-04T15:30:00Z"));
    // From +10:30 on to +11 on 2026-10-04 at 02:00 local, 15:30 UTC of the day before.
    let skipped = every_day("Australia/Lord_Howe", 120, 150);
    check(&skipped, "2026-10-03T15:00:00Z", false, Some("2026-10-04T15:00:00Z"));
}

#[test]
fn samoa_skipped_a_whole_friday() {
    // 2011-12-29T23:59:59-10:00 was followed by 2011-12-31T00:00:00+14:00.
    let window = window("Pacific/Apia", &[(FRIDAY, 0, 1440)]);
    check(&window, "2011-12-30T09:59:59Z", false, Some("2012-01-05T10:00:00Z"));
    check(&window, "2011-12-30T10:00:00Z", false, Some("2012-01-05T10:00:00Z"));
}

#[test]
fn instants_before_1970_and_far_ahead_are_answered() {
    let window = window("Europe/London", &[(MONDAY, 540, 1020)]);
    assert!(window.next_flip(Instant::from_micros(-1)).is_some());
    assert!(window.next_flip(at("2500-01-01T00:00:00Z")).is_some());
}
