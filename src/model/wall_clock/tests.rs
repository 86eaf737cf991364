//! When local clocks come to a time or a date, across the odd changes of a few zones.

use super::ClockSpan;
use crate::model::zone::Zone;
use crate::model::{Date, Instant, TimeOfDay};

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

#[track_caller]
fn check(zone: &str, span: ClockSpan, now: &str, is_inside: bool, flip: Option<&str>) {
    let zone = Zone::named(zone).unwrap();
    assert_eq!(span.contains(&zone, at(now)), is_inside, "{span:?} at {now}");
    let found = span.next_flip(&zone, at(now)).map(|flip| flip.to_string());
    assert_eq!(found.as_deref(), flip, "{span:?} from {now}");
}

fn day(text: &str) -> ClockSpan {
    let start = Date::parse(text).unwrap().days() * 86_400;
    ClockSpan::Once(start, start + 86_400)
}

fn before(text: &str) -> ClockSpan {
    ClockSpan::Once(i64::MIN, Date::parse(text).unwrap().days() * 86_400)
}

fn since(text: &str, end: &str) -> ClockSpan {
    let seconds = |text| TimeOfDay::parse(text).unwrap().seconds();
    ClockSpan::Daily(seconds(text), seconds(end))
}

#[test]
fn a_date_begins_and_ends_at_local_midnight() {
    let christmas = day("2026-12-25");
    check("Europe/London", christmas, "2026-01-01T00:00:00Z", false, Some("2026-12-25T00:00:00Z"));
    check("Europe/London", christmas, "2026-12-25T12:00:00Z", true, Some("2026-12-26T00:00:00Z"));
    check("Europe/London", christmas, "2026-12-26T00:00:00Z", false, None);
    check("Asia/Kathmandu", christmas, "2026-12-24T18:14:59.999999Z", false, Some("2026-12-24T18:15:00Z"));
    check(
        "America/New_York",
        before("2030-01-01"),
        "2026-01-01T00:00:00Z",
        true,
        Some("2030-01-01T05:00:00Z"),
    );
}

/// Clocks in Havana went from Saturday 23:59:59 to Sunday 01:00, and in Beirut from 00:00 to 01:00.
#[test]
fn a_date_without_a_midnight_begins_when_the_clocks_are_changed() {
    check("America/Havana", day("2026-03-08"), "2026-03-08T04:00:00Z", false, Some("2026-03-08T05:00:00Z"));
    check("America/Havana", day("2026-03-08"), "2026-03-08T05:00:00Z", true, Some("2026-03-09T04:00:00Z"));
    check("Asia/Beirut", before("2026-03-29"), "2026-03-28T12:00:00Z", true, Some("2026-03-28T22:00:00Z"));
}

/// Samoa went from Thursday 2011-12-29 to Saturday 2011-12-31.
#[test]
fn a_day_that_never_was_never_comes() {
    check("Pacific/Apia", day("2011-12-30"), "2011-12-29T12:00:00Z", false, None);
    check("Pacific/Apia", before("2011-12-30"), "2011-12-29T12:00:00Z", true, Some("2011-12-30T10:00:00Z"));
    check("Pacific/Apia", before("2011-12-31"), "2011-12-29T12:00:00Z", true, Some("2011-12-30T10:00:00Z"));
}

/// Clocks in Havana went back from 01:00 to 00:00 on 2026-11-01, those in Sao Paulo on 2019-02-17 from 00:00 to 23:00.
#[test]
fn a_date_whose_midnight_is_repeated_comes_twice() {
    check("America/Sao_Paulo", day("2019-02-16"), "2019-02-17T01:30:00Z", true, Some("2019-02-17T03:00:00Z"));
    check("America/Havana", day("2026-11-01"), "2026-11-01T03:59:59Z", false, Some("2026-11-01T04:00:00Z"));
    check("America/Havana", day("2026-11-01"), "2026-11-01T04:30:00Z", true, Some("2026-11-02T05:00:00Z"));
}

#[test]
fn a_time_comes_every_day_but_where_it_is_skipped() {
    let nine_to_five = since("09:00", "17:00");
    check("Europe/London", nine_to_five, "2026-07-01T07:59:59Z", false, Some("2026-07-01T08:00:00Z"));
    check("Europe/London", nine_to_five, "2026-07-01T12:00:00Z", true, Some("2026-07-01T16:00:00Z"));
    // 01:30 is skipped on 2026-03-29 and repeated on 2026-10-25.
    let half_past_one = since("01:30", "01:30:01");
    check("Europe/London", half_past_one, "2026-03-28T12:00:00Z", false, Some("2026-03-30T00:30:00Z"));
    check("Europe/London", half_past_one, "2026-10-25T00:30:01Z", false, Some("2026-10-25T01:30:00Z"));
    // From 01:30 on: after the change clocks read 01:00 again.
    let later = since("01:30", "12:00");
    check("Europe/London", later, "2026-10-25T00:45:00Z", true, Some("2026-10-25T01:00:00Z"));
    check("Europe/London", later, "2026-03-29T00:45:00Z", false, Some("2026-03-29T01:00:00Z"));
}

#[test]
fn what_is_always_or_never_so_never_changes() {
    check("Europe/London", ClockSpan::Daily(0, 86_400), "2026-07-01T12:00:00Z", true, None);
    check("Europe/London", ClockSpan::Daily(0, 0), "2026-07-01T12:00:00Z", false, None);
    check("Europe/London", before("0000-01-01"), "2026-07-01T12:00:00Z", false, None);
}
