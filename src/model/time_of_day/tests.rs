//! Times of the day as they are written.

use super::TimeOfDay;

#[test]
fn a_time_is_the_seconds_since_midnight() {
    for (text, seconds, written) in [
        ("00:00", 0, "00:00"),
        ("09:30", 34_200, "09:30"),
        ("09:30:00", 34_200, "09:30"),
        ("09:30:15", 34_215, "09:30:15"),
        ("23:59:59", 86_399, "23:59:59"),
    ] {
        let time = TimeOfDay::parse(text).unwrap();
        assert_eq!(time.seconds(), seconds, "{text}");
        assert_eq!(TimeOfDay::from_seconds(seconds), Some(time), "{text}");
        assert_eq!(time.to_string(), written);
    }
    assert_eq!(TimeOfDay::from_seconds(86_400), None);
    assert_eq!(TimeOfDay::from_seconds(-1), None);
}

#[test]
fn what_no_clock_reads_is_refused() {
    for text in [
        "",
        "9:30",
        "09:3",
        "24:00",
        "09:60",
        "09:30:60",
        "09:30:15.5",
        "09",
        "09:30:15:00",
        "09:30Z",
        "+9:30",
        "09: 5",
        "0930",
        "-09:30",
    ] {
        assert_eq!(TimeOfDay::parse(text), None, "{text}");
    }
}
