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
