//! Dates as they are written.

use super::Date;

#[test]
fn a_date_is_the_days_since_1970() {
    for (text, days) in [
        ("1970-01-01", 0),
        ("1970-01-02", 1),
        ("1969-12-31", -1),
        ("2000-03-01", 11_017),
        ("2024-02-29", 19_782),
        ("0000-01-01", -719_528),
        ("9999-12-31", 2_932_896),
    ] {
        let date = Date::parse(text).unwrap();
        assert_eq!(date.days(), days, "{text}");
        assert_eq!(Date::from_days(days), Some(date), "{text}");
        assert_eq!(date.to_string(), text);
    }
}

#[test]
fn dates_beyond_four_digits_are_none() {
    for days in [-719_529, 2_932_897, i64::from(i32::MAX), i64::from(i32::MIN), i64::MAX, i64::MIN] {
        assert_eq!(Date::from_days(days), None, "{days}");
    }
}

#[test]
fn what_is_no_date_is_refused() {
    for text in [
        "",
        "2026-02-29",
        "2026-13-01",
        "2026-00-10",
        "2026-11-00",
        "2026-11-31",
        "2026-1-2",
        "26-11-22",
        "02026-11-22",
        "2026-11-22 ",
        " 026-11-22",
        "2026-11- 2",
        "+026-11-22",
        "-026-11-22",
        "2026/11/22",
        "20261122",
        "2026-11-22T00:00:00Z",
        "２026-11-22",
    ] {
        assert_eq!(Date::parse(text), None, "{text}");
    }
}
