//! Dates, times of day and durations in conditions.

use super::{Fixture, fixture, party, question};
use crate::model::Input;

const SHIFTS: &str = "
package shifts
subject user { born: date, opens: time, idle: duration, until: instant, holidays: set of date }
resource door { actions open, close }
";

fn shifts(rules: &str) -> Fixture {
    fixture(&format!("{SHIFTS}\n{rules}"), "package: shifts\n")
}

/// Whether the condition lets somebody with these attributes open the door.
#[track_caller]
fn check(condition: &str, properties: &[(&str, &str)], expected: &str) {
    let fixture = shifts(&format!("allow door:open named it when {condition}"));
    let properties: Vec<_> =
        properties.iter().map(|(name, text)| (*name, Input::Text((*text).into()))).collect();
    let mut asked = question("user:ann open door:1");
    asked.subject = Some(party("user:ann", &properties));
    let answer = fixture.ask(&asked);
    let shown = match answer.as_str() {
        "allow allowed shifts/it" => "true",
        "deny no_rule_applies" => "false",
        other => other,
    };
    assert_eq!(shown, expected, "{condition} with {properties:?}");
}

#[test]
fn dates_times_durations_and_instants_have_an_order() {
    check("subject.born < 2000-01-01", &[("born", "1999-12-31")], "true");
    check("subject.born < 2000-01-01", &[("born", "2000-01-01")], "false");
    check("subject.born >= 2000-01-01", &[("born", "2000-01-01")], "true");
    check("2000-01-01 != subject.born", &[("born", "2000-01-01")], "false");
    check("subject.opens <= 09:30", &[("opens", "09:30:00")], "true");
    check("subject.opens <= 09:30", &[("opens", "09:30:01")], "false");
    check("subject.opens == 09:30:15", &[("opens", "09:30:15")], "true");
    check("subject.idle > 15m", &[("idle", "900s")], "false");
    check("subject.idle > 15m", &[("idle", "15m1s")], "true");
    check("subject.idle == 2h30m", &[("idle", "150m")], "true");
    check("subject.until > 2026-11-22T10:00:00+01:00", &[("until", "2026-11-22T09:00:00Z")], "false");
    check("subject.until == 2026-11-22T10:00+01:00", &[("until", "2026-11-22T09:00:00Z")], "true");
}

#[test]
fn they_stand_in_sets_and_behind_or_else() {
    check("subject.born in [2000-01-01, 2000-02-29]", &[("born", "2000-02-29")], "true");
    check("subject.born in [2000-01-01, 2000-02-29]", &[("born", "2000-02-28")], "false");
    check("subject.idle in [90s, 1h]", &[("idle", "1m30s")], "true");
    check("subject.idle or_else 0s < 15m", &[], "true");
    check("subject.opens or_else 23:00 < 09:00", &[], "false");
}

/// Row T-55 of the threats, in a request: what is no value of the type leaves the condition unknown.
#[test]
fn what_is_none_is_unknown() {
    let unknown = |leaf: &str| format!("deny unknown_attribute | unknown: subject.{leaf}");
    for text in ["-1s", "1.5h", "18446744073709551615s", "1h1h", "9e99y", "", "P1Y", "36501d"] {
        check("subject.idle < 1h", &[("idle", text)], &unknown("idle"));
        check("subject.idle or_else 0s < 1h", &[("idle", text)], &unknown("idle"));
    }
    check("subject.born < 2000-01-01", &[("born", "1999-2-1")], &unknown("born"));
    check("subject.born < 2000-01-01", &[("born", "1999-02-01T00:00:00Z")], &unknown("born"));
    check("subject.opens < 12:00", &[("opens", "9:00")], &unknown("opens"));
    check("subject.opens < 12:00", &[("opens", "24:00")], &unknown("opens"));
    check("subject.opens < 12:00", &[], &unknown("opens"));
}

#[test]
fn an_argument_may_be_a_time() {
    let fixture = shifts(
        "deny door:open named slow when subject.idle > 1h advise wait(at_most: 1h, until: 17:00, on: 2026-11-23)",
    );
    let mut asked = question("user:ann open door:1");
    asked.subject = Some(party("user:ann", &[("idle", Input::Text("2h".into()))]));
    let decision = fixture.engine.answer(&fixture.facts, &asked);
    let advice = fixture.engine.advice(&decision);
    let arguments: Vec<String> = advice
        .iter()
        .flat_map(|one| &one.arguments)
        .map(|(name, value)| format!("{name} {value:?}"))
        .collect();
    assert_eq!(
        arguments,
        ["at_most Duration(Duration(3600000000))", "until Time(TimeOfDay(61200))", "on Date(Date(20780))"]
    );
}

#[test]
fn instants_and_dates_are_moved_and_measured() {
    let until = ("until", "2026-11-23T10:00:00Z");
    check("subject.until + 1h30m == 2026-11-23T11:30:00Z", &[until], "true");
    check("15m + subject.until - 1h < 2026-11-23T09:15:00Z", &[until], "false");
    check("subject.until - 2026-11-22T10:00:00Z == 1d", &[until], "true");
    check("2026-11-22T10:00:00Z - subject.until < 0s", &[until], "true");
    check("subject.born + 1d == 2024-02-29", &[("born", "2024-02-28")], "true");
    check("subject.born - 1d == 2023-02-28", &[("born", "2023-03-01")], "true");
    check("24h + subject.born == 2000-01-02", &[("born", "2000-01-01")], "true");
    check("2026-11-22 - subject.born >= 6570d", &[("born", "2008-11-26")], "true");
    check("2026-11-22 - subject.born >= 6570d", &[("born", "2008-11-27")], "false");
}

#[test]
fn what_does_not_fit_is_unknown_by_way_of_all_its_operands() {
    let unknown = "deny unknown_attribute | unknown: subject.born, subject.idle";
    // No date follows the last one, and none moves by a part of a day.
    check("subject.born + subject.idle > 2000-01-01", &[("born", "9999-12-31"), ("idle", "1d")], unknown);
    check("subject.born + subject.idle > 2000-01-01", &[("born", "9999-12-30"), ("idle", "1d")], "true");
    check("subject.born - subject.idle < 2000-01-01", &[("born", "0000-01-01"), ("idle", "1d")], unknown);
    check("subject.born + subject.idle > 2000-01-01", &[("born", "2000-01-01"), ("idle", "36h")], unknown);
    // Only what is absent is named where something is.
    let absent = "deny unknown_attribute | unknown: subject.idle";
    check("subject.born + subject.idle > 2000-01-01", &[("born", "9999-12-31")], absent);
}

#[test]
fn ints_overflow_to_unknown() {
    let doors = "package doors\nsubject user { level: int }\nresource door { actions open }\n";
    let check = |condition: &str, level: i64, expected: &str| {
        for (effect, default) in [("allow", ""), ("deny", "allow door:open named rest\n")] {
            let fixture = fixture(
                &format!("{doors}{default}{effect} door:open named it when {condition}"),
                "package: doors\n",
            );
            let mut asked = question("user:ann open door:1");
            asked.subject = Some(party("user:ann", &[("level", Input::Int(level))]));
            let answer = fixture.ask(&asked);
            let shown = match (effect, expected) {
                ("allow", "true") => "allow allowed doors/it",
                ("allow", "false") => "deny no_rule_applies",
                ("allow", _) => "deny unknown_attribute | unknown: subject.level",
                (_, "true") => "deny denied_by_rule doors/it",
                (_, "false") => "allow allowed doors/rest",
                _ => "deny unknown_attribute doors/it| unknown: subject.level",
            };
            assert_eq!(answer, shown, "{effect} when {condition} with {level}");
        }
    };
    check("subject.level + 1 > 0", i64::MAX, "unknown");
    check("subject.level + 1 > 0", i64::MAX - 1, "true");
    check("subject.level - 1 < 0", i64::MIN, "unknown");
    check("subject.level * 2 == -2", -1, "true");
    check("subject.level * -1 > 0", i64::MIN, "unknown");
    check("subject.level * subject.level > 0", 3_037_000_500, "unknown");
    check("subject.level * subject.level > 0", 3_037_000_499, "true");
    check("2 + subject.level * 3 == 5", 1, "true");
    check("(2 + subject.level) * 3 == 9", 1, "true");
    check("10 - subject.level - 2 == 7", 1, "true");
    check("subject.level - 1 in [0, 7]", 1, "true");
    check("subject.level + 0 < 7", 7, "false");
}

/// The clock of the question reads Monday, 2026-11-23T10:00:00Z.
#[track_caller]
fn check_until(condition: &str, properties: &[(&str, &str)], expected: &str, until: Option<&str>) {
    check(condition, properties, expected);
    let fixture = shifts(&format!("allow door:open named it when {condition}"));
    let properties: Vec<_> =
        properties.iter().map(|(name, text)| (*name, Input::Text((*text).into()))).collect();
    let mut asked = question("user:ann open door:1");
    asked.subject = Some(party("user:ann", &properties));
    let answer = fixture.engine.answer(&fixture.facts, &asked);
    let shown = answer.valid_until.map(|until| until.to_string());
    assert_eq!(shown.as_deref(), until, "{condition}");
}

#[test]
fn now_and_a_duration_flip_to_the_microsecond() {
    let until = ("until", "2026-11-23T09:50:00Z");
    // A quarter of an hour of grace, which ends at 10:05.
    check_until("now < subject.until + 15m", &[until], "true", Some("2026-11-23T10:05:00Z"));
    check_until("now - 15m < subject.until", &[until], "true", Some("2026-11-23T10:05:00Z"));
    check_until("now - 15m <= subject.until", &[until], "true", Some("2026-11-23T10:05:00.000001Z"));
    check_until("subject.until >= now - 15m", &[until], "true", Some("2026-11-23T10:05:00.000001Z"));
    check_until("subject.until < now - 15m", &[until], "false", Some("2026-11-23T10:05:00.000001Z"));
    check_until("now - 10m < subject.until", &[until], "false", None);
    check_until("now - 10m <= subject.until", &[until], "true", Some("2026-11-23T10:00:00.000001Z"));
    let later = ("until", "2026-11-23T12:00:00Z");
    check_until("now + 1h > subject.until", &[later], "false", Some("2026-11-23T11:00:00.000001Z"));
    check_until("1h + now >= subject.until", &[later], "false", Some("2026-11-23T11:00:00Z"));
    check_until("now + subject.idle >= subject.until", &[later, ("idle", "2h")], "true", None);
    check_until("now - (1h - 2h) < subject.until", &[later], "true", Some("2026-11-23T11:00:00Z"));
}

#[test]
fn local_dates_and_times_flip_when_clocks_come_to_them() {
    let due = ("born", "2026-11-24");
    check_until("date(now, Europe/London) < subject.born", &[due], "true", Some("2026-11-24T00:00:00Z"));
    check_until("subject.born >= date(now, Asia/Kathmandu)", &[due], "true", Some("2026-11-24T18:15:00Z"));
    check_until("date(now, Pacific/Apia) == 2026-11-23", &[], "true", Some("2026-11-23T11:00:00Z"));
    check_until("date(now, UTC) != 2026-11-23", &[], "false", Some("2026-11-24T00:00:00Z"));
    check_until("date(now, UTC) > 2026-11-22", &[], "true", None);
    check_until("time(now, Europe/London) >= 09:00", &[], "true", Some("2026-11-24T00:00:00Z"));
    check_until("time(now, Europe/London) < 10:00:01", &[], "true", Some("2026-11-23T10:00:01Z"));
    check_until("10:00 == time(now, UTC)", &[], "true", Some("2026-11-23T10:00:01Z"));
    check_until(
        "subject.opens < time(now, America/New_York)",
        &[("opens", "08:30")],
        "false",
        Some("2026-11-23T13:30:01Z"),
    );
    check_until("time(now, UTC) >= 00:00", &[], "true", None);
    let unknown = "deny unknown_attribute | unknown: subject.opens";
    check_until("time(now, UTC) < subject.opens", &[], unknown, None);
}
