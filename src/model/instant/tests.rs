//! Instants as they are written.

use super::Instant;

#[track_caller]
fn check(text: &str, expected: Option<&str>) {
    assert_eq!(Instant::parse(text).map(|instant| instant.to_string()).as_deref(), expected, "{text}");
}

#[test]
fn seconds_may_be_missing_and_offsets_count() {
    check("2026-03-29T01:00:00Z", Some("2026-03-29T01:00:00Z"));
    check("2026-03-29T01:00Z", Some("2026-03-29T01:00:00Z"));
    check("2026-03-29t01:00:00z", Some("2026-03-29T01:00:00Z"));
    check("2026-03-29T01:00:00+02:00", Some("2026-03-28T23:00:00Z"));
    check("2026-03-29T01:00-00:30", Some("2026-03-29T01:30:00Z"));
    check("2026-03-29T01:00:00.5Z", Some("2026-03-29T01:00:00.500Z"));
    check("2026-03-29T01:00:00.000001Z", Some("2026-03-29T01:00:00.000001Z"));
    check("1969-12-31T23:59:59.999999Z", Some("1969-12-31T23:59:59.999999Z"));
    check("2024-02-29T00:00Z", Some("2024-02-29T00:00:00Z"));
}

#[test]
fn what_is_no_instant_is_refused() {
    for text in [
        "",
        "2026-03-29",
        "2026-03-29T01:00:00",
        "2026-03-29 01:00:00Z",
        "2026-03-29T01Z",
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-03-29T24:00:00Z",
        "2026-03-29T23:60:00Z",
        "2016-12-31T23:59:60Z",
        "2026-03-29T01:00:00.0000001Z",
        "2026-03-29T01:00:00.Z",
        "2026-03-29T01:00.5Z",
        "2026-03-29T01:00:00+2:00",
        "2026-03-29T01:00:00+0200",
        "2026-03-29T01:00:00+24:00",
        "2026-03-29T01:00:00+01:60",
        "2026-03-29T01:00:00+01:00Z",
        " 2026-03-29T01:00:00Z",
        "2026-03-29T01:00:00Z ",
        "2026-3-29T01:00:00Z",
        "2026-03-29T1:00:00Z",
        "+2026-03-29T01:00Z",
        "2026-03-29T 1:00:00Z",
        "２026-03-29T01:00:00Z",
        "2026-03-29T01:00:00é00:00",
    ] {
        check(text, None);
    }
}

#[test]
fn seconds_are_rounded_down() {
    assert_eq!(Instant::from_micros(-1).seconds(), -1);
    assert_eq!(Instant::from_micros(1_999_999).seconds(), 1);
    assert_eq!(Instant::from_seconds(i64::MAX).micros(), i64::MAX);
    assert!(!Instant::from_micros(i64::MAX).to_string().is_empty());
}
