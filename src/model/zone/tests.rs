//! Offsets by hand.

use super::{Zone, database_version, zone_names};
use crate::model::Instant;

#[track_caller]
fn check(zone: &str, at: &str, offset: i64, until: &str) {
    let (found, next) = Zone::named(zone).unwrap().offset_at(Instant::parse(at).unwrap().seconds());
    assert_eq!(found, offset, "{zone} at {at}");
    assert_eq!(Instant::from_seconds(next).to_string(), until, "{zone} at {at}");
}

#[test]
fn offsets_change_to_the_second() {
    check("Europe/London", "2026-03-29T00:59:59Z", 0, "2026-03-29T01:00:00Z");
    check("Europe/London", "2026-03-29T01:00:00Z", 3600, "2026-10-25T01:00:00Z");
    check("Australia/Lord_Howe", "2026-04-04T15:00:00Z", 37_800, "2026-10-03T15:30:00Z");
    check("Pacific/Apia", "2011-12-30T09:59:59Z", -36_000, "2011-12-30T10:00:00Z");
}

#[test]
fn utc_never_changes() {
    assert_eq!(Zone::named("UTC").unwrap().offset_at(1_800_000_000), (0, i64::MAX));
}

#[test]
fn names_are_those_of_the_database_to_the_letter() {
    for name in ["Europe/Londn", "europe/london", "", "London", "+01:00", " UTC"] {
        assert!(Zone::named(name).is_none(), "{name}");
    }
    assert_eq!(Zone::named("Europe/London").unwrap().name(), "Europe/London");
    assert!(zone_names().any(|name| name == "Europe/London"));
    assert!(database_version().starts_with("20"));
}

#[test]
fn a_zone_is_made_once() {
    let (one, other) = (Zone::named("Asia/Tokyo").unwrap(), Zone::named("Asia/Tokyo").unwrap());
    assert!(std::sync::Arc::ptr_eq(&one, &other));
}
