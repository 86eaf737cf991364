//! `date(now, ZONE)` and `time(now, ZONE)` in conditions, as a policy asks for them.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::thread;

use chrono::{DateTime, NaiveDateTime};
use chrono_tz::Tz;
use portcullis::document::{Source, Sources};
use portcullis::engine::{Engine, PartyInput, Question, Vouched, reference};
use portcullis::facts::Facts;
use portcullis::language;
use portcullis::language::policy::Effect;
use portcullis::model::zone::zone_names;
use portcullis::model::{Input, Instant};

use super::{DAY, FROM, HALF_HOUR, HOUR, change_after, offset, transitions};

const COMPARISONS: [&str; 6] = ["<", "<=", ">", ">=", "==", "!="];

/// What was looked at, so that the test can't pass by looking at nothing.
#[derive(Debug, Default)]
struct Seen {
    zones: usize,
    transitions: usize,
    answers: usize,
    flips: usize,
    never: usize,
    flips_at_a_change: usize,
}

/// One zone, and a policy that lets one action through for each comparison with its clocks.
struct Zone {
    tz: Tz,
    engine: Engine,
    facts: Facts,
}

/// What clocks are compared with, written as a request would.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Reading {
    Date(String),
    Time(String),
}

#[test]
fn local_dates_and_times_flip_when_the_local_clock_says_so() {
    let names: Vec<&str> = zone_names().collect();
    let half = names.len() / 2;
    let check = |names: &[&'static str]| {
        let mut seen = Seen::default();
        for name in names {
            check_zone(name, &mut seen);
        }
        seen
    };
    let (first, second) = thread::scope(|scope| {
        let other = scope.spawn(|| check(&names[half..]));
        (check(&names[..half]), other.join().unwrap())
    });
    println!("{first:?} {second:?}");
    assert_eq!(first.zones + second.zones, names.len());
    assert!(first.transitions + second.transitions > 2_000);
    for seen in [first, second] {
        assert!(seen.answers > 100_000, "{seen:?}");
        assert!(seen.flips > 50_000, "{seen:?}");
        assert!(seen.never > 1_000, "{seen:?}");
        assert!(seen.flips_at_a_change > 5_000, "{seen:?}");
    }
}

fn check_zone(name: &str, seen: &mut Seen) {
    let zone = Zone::new(name);
    let transitions = transitions(zone.tz);
    let steady = FROM + 200 * DAY + 7;
    seen.zones += 1;
    seen.transitions += transitions.len();
    for at in transitions.into_iter().chain([steady]) {
        for reading in readings(zone.tz, at) {
            let candidates = candidates(zone.tz, at, &reading);
            let orders: Vec<_> = candidates.into_iter().map(|at| (at, reading.order(zone.tz, at))).collect();
            for before in [3 * DAY, 5 * HOUR, 1, 0, -HALF_HOUR - 1] {
                zone.check(at, before, &reading, &orders, seen);
            }
        }
    }
}

/// Readings that the change at this instant may trip: those it skips or repeats, their ends, and midnights.
fn readings(tz: Tz, at: i64) -> BTreeSet<Reading> {
    let (last, first) = (local(tz, at - 1), local(tz, at));
    let middle =
        NaiveDateTime::default() + (last - NaiveDateTime::default() + (first - NaiveDateTime::default())) / 2;
    let date = |local: NaiveDateTime| Reading::Date(local.format("%Y-%m-%d").to_string());
    let time = |local: NaiveDateTime| Reading::Time(local.format("%H:%M:%S").to_string());
    [
        date(last),
        date(first),
        date(middle),
        time(last),
        time(first),
        time(middle),
        Reading::Time("00:00:00".into()),
    ]
    .into()
}

/// Every instant within some days at which clocks may come to a reading or leave it: whatever they are set to then.
fn candidates(tz: Tz, at: i64, reading: &Reading) -> BTreeSet<i64> {
    let (first, last) = ((at - 5 * DAY).div_euclid(HALF_HOUR), (at + 10 * DAY).div_euclid(HALF_HOUR));
    let mut offsets = BTreeSet::new();
    let mut candidates = BTreeSet::new();
    for half_hour in first..last {
        let at = half_hour * HALF_HOUR;
        offsets.insert(offset(tz, at));
        candidates.extend(change_after(tz, at));
    }
    let midnight =
        |text: &str| format!("{text}T00:00:00Z").parse::<DateTime<chrono::Utc>>().unwrap().timestamp();
    let edges: Vec<i64> = match reading {
        Reading::Date(date) => vec![midnight(date), midnight(date) + DAY],
        Reading::Time(time) => {
            let seconds = time.split(':').fold(0, |sum, part| sum * 60 + part.parse::<i64>().unwrap());
            let days = at.div_euclid(DAY) - 6..at.div_euclid(DAY) + 10;
            days.flat_map(|day| [0, seconds, seconds + 1].map(|second| day * DAY + second)).collect()
        }
    };
    for offset in offsets {
        candidates.extend(edges.iter().map(|edge| edge - offset));
    }
    candidates
}

impl Zone {
    fn new(name: &str) -> Zone {
        let conditions =
            || ["date", "time"].into_iter().flat_map(|part| COMPARISONS.map(|sign| (part, sign)));
        let actions: Vec<String> = (0..conditions().count()).map(|number| format!("a{number}")).collect();
        let rules: Vec<String> = conditions()
            .enumerate()
            .map(|(number, (part, sign))| {
                let attribute = if part == "date" { "day" } else { "hour" };
                format!("allow door:a{number} when {part}(now, {name}) {sign} subject.{attribute}")
            })
            .collect();
        let text = format!(
            "package clocks\nsubject user {{ day: date, hour: time }}\nresource door {{ actions {} }}\n{}",
            actions.join(", "),
            rules.join("\n")
        );
        let mut sources = Sources::default();
        let file = sources.add(Source { name: "clocks.policy".to_owned(), text });
        let loaded = language::load(&sources, &[file]);
        let policy = loaded.policy.unwrap_or_else(|| panic!("{name}: {:#?}", loaded.diagnostics));
        Zone { tz: name.parse().unwrap(), engine: Engine::new(policy.into()), facts: Facts::default() }
    }

    /// Every comparison with the reading, this long before the change.
    fn check(
        &self,
        change: i64,
        before: i64,
        reading: &Reading,
        orders: &[(i64, Ordering)],
        seen: &mut Seen,
    ) {
        let seconds = change - before;
        let now = Instant::from_micros(seconds * 1_000_000 + 300_000);
        let (name, text, first) = match reading {
            Reading::Date(text) => ("day", text, 0),
            Reading::Time(text) => ("hour", text, COMPARISONS.len()),
        };
        let order = reading.order(self.tz, seconds);
        let later = &orders[orders.partition_point(|(at, _)| *at <= seconds)..];
        for (number, sign) in COMPARISONS.into_iter().enumerate() {
            let is_now = holds(sign, order);
            let expected = later.iter().find(|(_, order)| holds(sign, *order) != is_now);
            let expected = expected.map(|(at, _)| Instant::from_seconds(*at));
            let question = Question {
                subject: Some(PartyInput {
                    kind: "user".into(),
                    id: Some("ann".into()),
                    properties: vec![(name.into(), Input::Text(text.as_str().into()))],
                }),
                action: format!("a{}", first + number).into(),
                resource: PartyInput { kind: "door".into(), id: None, properties: Vec::new() },
                context: Vec::new(),
                action_properties: Vec::new(),
                understands: Vec::new(),
                vouched: Vouched::default(),
                now,
            };
            let told = || format!("{} {sign} {reading:?} at {now}", self.tz);
            let answer = self.engine.answer(&self.facts, &question);
            assert_eq!(answer.effect == Effect::Allow, is_now, "{}", told());
            assert_eq!(answer.valid_until, expected, "{}", told());
            // The naive evaluator is slow: a few of them.
            if before == 1 {
                let naive = reference::decide(self.engine.policy(), &self.facts, &question);
                assert_eq!(naive.effect, answer.effect, "{}", told());
                let bound = reference::flip_bound(self.engine.policy(), &self.facts, &question);
                assert_eq!(bound, expected, "{}", told());
            }
            seen.answers += 1;
            seen.flips += usize::from(expected.is_some());
            seen.never += usize::from(expected.is_none());
            seen.flips_at_a_change += usize::from(expected == Some(Instant::from_seconds(change)));
        }
    }
}

impl Reading {
    /// What clocks show at this second, against the reading. Texts of dates, and of times, have the order of what they
    /// mean.
    fn order(&self, tz: Tz, at: i64) -> Ordering {
        let shown = local(tz, at);
        match self {
            Reading::Date(date) => shown.format("%Y-%m-%d").to_string().cmp(date),
            Reading::Time(time) => shown.format("%H:%M:%S").to_string().cmp(time),
        }
    }
}

fn holds(sign: &str, order: Ordering) -> bool {
    match sign {
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        ">=" => order.is_ge(),
        "==" => order.is_eq(),
        _ => order.is_ne(),
    }
}

fn local(tz: Tz, at: i64) -> NaiveDateTime {
    DateTime::from_timestamp(at, 0).unwrap().with_timezone(&tz).naive_local()
}
