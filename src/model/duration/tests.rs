//! Durations as they are written.

use super::{Duration, DurationError};

#[track_caller]
fn check(text: &str, seconds: i64) {
    assert_eq!(Duration::parse(text), Ok(Duration::from_micros(seconds * 1_000_000)), "{text}");
}

#[test]
fn a_duration_is_a_sum_of_units() {
    check("0s", 0);
    check("90s", 90);
    check("15m", 900);
    check("2h", 7_200);
    check("7d", 604_800);
    check("2h30m", 9_000);
    check("1d1h1m1s", 90_061);
    check("25h90m", 95_400);
    check("36500d", 3_153_600_000);
    check("007s", 7);
}

/// Row T-55 of the threats: what might be read as another length than its author meant is refused.
#[test]
fn what_is_no_duration_is_refused() {
    for (text, error) in [
        ("-1s", DurationError::Negative),
        ("1.5h", DurationError::Fraction),
        ("1,5h", DurationError::Fraction),
        ("18446744073709551615s", DurationError::TooLong),
        ("9223372036854775807d", DurationError::TooLong),
        ("36500d1s", DurationError::TooLong),
        ("36501d", DurationError::TooLong),
        ("99999999999999999999999999999s", DurationError::TooLong),
        ("1h1h", DurationError::Order),
        ("1m1h", DurationError::Order),
        ("9e99y", DurationError::Unit),
        ("1y", DurationError::Calendar),
        ("3mo", DurationError::Calendar),
        ("3M", DurationError::Calendar),
        ("2w", DurationError::Unit),
        ("5ms", DurationError::Unit),
        ("1H", DurationError::Unit),
        ("", DurationError::Malformed),
        ("P1Y", DurationError::Malformed),
        ("PT1H", DurationError::Malformed),
        ("s", DurationError::Malformed),
        ("15", DurationError::Malformed),
        ("1h30", DurationError::Malformed),
        ("1 h", DurationError::Malformed),
        (" 1h", DurationError::Malformed),
        ("1h ", DurationError::Malformed),
        ("+1h", DurationError::Malformed),
        ("１h", DurationError::Malformed),
    ] {
        assert_eq!(Duration::parse(text), Err(error), "{text}");
    }
}

#[test]
fn a_duration_is_shown_as_it_is_written() {
    for (micros, expected) in [
        (0, "0s"),
        (90_000_000, "1m30s"),
        (86_400_000_000, "1d"),
        (90_061_000_000, "1d1h1m1s"),
        (-7_200_000_000, "-2h"),
        (1_500_000, "1.500000s"),
        (i64::MIN, "-106751991d4h54.775808s"),
    ] {
        assert_eq!(Duration::from_micros(micros).to_string(), expected);
    }
}
