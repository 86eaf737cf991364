//! Clocks that skip and repeat, and instants that are none: rows T-81 and T-82 of the threats. `horizons` looks at every
//! change of every zone.

use portcullis::engine::{PartyInput, Question, Vouched, reference};
use portcullis::model::{Input, Instant};

use super::told::{check_policy, engine};

const SECOND: i64 = 1_000_000;

/// A window; when it opens and closes about a change of its zone's clock; and where that is documented to be so.
const CHANGES: &[(&str, &[(&str, &str)])] = &[
    // 2026-03-29: the clock goes from 02:00 to 03:00, so the hour between is not in it that day.
    (
        "02:00-03:00 Europe/Berlin",
        &[("2026-03-28T01:00:00Z", "2026-03-28T02:00:00Z"), ("2026-03-30T00:00:00Z", "2026-03-30T01:00:00Z")],
    ),
    ("01:30-03:30 Europe/Berlin", &[("2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z")]),
    // 2026-10-25: it goes from 03:00 back to 02:00, so the hour is in it twice.
    ("02:00-03:00 Europe/Berlin", &[("2026-10-25T00:00:00Z", "2026-10-25T02:00:00Z")]),
    (
        "02:15-02:45 Europe/Berlin",
        &[("2026-10-25T00:15:00Z", "2026-10-25T00:45:00Z"), ("2026-10-25T01:15:00Z", "2026-10-25T01:45:00Z")],
    ),
    // Lord Howe's clock goes by half an hour.
    ("01:30-02:00 Australia/Lord_Howe", &[("2026-04-04T14:30:00Z", "2026-04-04T15:30:00Z")]),
    (
        "01:40-01:50 Australia/Lord_Howe",
        &[("2026-04-04T14:40:00Z", "2026-04-04T14:50:00Z"), ("2026-04-04T15:10:00Z", "2026-04-04T15:20:00Z")],
    ),
    (
        "02:00-02:30 Australia/Lord_Howe",
        &[("2026-10-02T15:30:00Z", "2026-10-02T16:00:00Z"), ("2026-10-04T15:00:00Z", "2026-10-04T15:30:00Z")],
    ),
    // Samoa went from Thursday, 2011-12-29, to Saturday.
    (
        "Fri 00:00-24:00 Pacific/Apia",
        &[("2011-12-23T10:00:00Z", "2011-12-24T10:00:00Z"), ("2012-01-05T10:00:00Z", "2012-01-06T10:00:00Z")],
    ),
    ("Thu,Sat 00:00-24:00 Pacific/Apia", &[("2011-12-29T10:00:00Z", "2011-12-31T10:00:00Z")]),
    // As far ahead as a clock goes.
    ("00:00-01:00 Pacific/Kiritimati", &[("2026-06-30T10:00:00Z", "2026-06-30T11:00:00Z")]),
];

#[test]
fn t_81_hours_that_are_skipped_are_in_no_window_and_those_that_repeat_are_in_it_twice() {
    for (window, spans) in CHANGES {
        let policy = format!(
            "package p\nsubject user\nresource r {{ actions may }}\nwindow w = {window}\nallow r:may named open when now in w\n"
        );
        let (engine, facts) = engine(&policy, "package: p\n");
        let at = |micros: i64| {
            let question = question(Instant::from_micros(micros), Vec::new());
            let decision = engine.answer(&facts, &question);
            let naive = reference::decide(engine.policy(), &facts, &question);
            assert_eq!(decision.is_allow(), naive.is_allow(), "{window} at {}", Instant::from_micros(micros));
            decision
        };
        let micros = |text: &str| Instant::parse(text).unwrap().micros();
        let mut closed_since: Option<i64> = None;
        for (opens, closes) in *spans {
            let (opens, closes) = (micros(opens), micros(closes));
            // Between two spans it never is.
            let before = closed_since.unwrap_or(opens - 2 * SECOND);
            let minutes = (before..opens).step_by(60 * 1_000_000);
            for closed in minutes.chain([
                opens - 2 * SECOND,
                opens - SECOND,
                opens - 1,
                closes,
                closes + SECOND,
                closes + 2 * SECOND,
            ]) {
                assert!(!at(closed).is_allow(), "{window} at {}", Instant::from_micros(closed));
            }
            for open in
                [opens, opens + SECOND, opens + 2 * SECOND, closes - 2 * SECOND, closes - SECOND, closes - 1]
            {
                let decision = at(open);
                assert!(decision.is_allow(), "{window} at {}", Instant::from_micros(open));
                assert!(decision.valid_until.is_some_and(|until| until.micros() <= closes), "{window}");
            }
            closed_since = Some(closes);
        }
    }
}

/// Instants that some reader takes, repairs or breaks upon.
const HOSTILE: &[&str] = &[
    "2016-12-31T23:59:60Z",
    "2026-03-29T01:00:00.0123456789Z",
    "-0001-01-01T00:00:00Z",
    "-2026-03-29T01:00:00Z",
    "+012026-03-29T01:00:00Z",
    "12026-03-29T01:00:00Z",
    "99999999999999999999-01-01T00:00:00Z",
    "2026-03-29T01:00:00+99:99",
    "2026-03-29T25:00:00Z",
    "2026-02-30T00:00:00Z",
    "2026-03-29T01:00:00",
    "2026-03-29t01:00:00 z",
    "Sun, 29 Mar 2026 01:00:00 (((((((((( a comment )))))))))) GMT",
    "1774746000",
    "now",
    "",
];

fn question(
    now: Instant,
    properties: Vec<(std::borrow::Cow<'static, str>, Input<'static>)>,
) -> Question<'static> {
    Question {
        subject: Some(PartyInput { kind: "user".into(), id: Some("ann".into()), properties: Vec::new() }),
        action: "may".into(),
        resource: PartyInput { kind: "r".into(), id: Some("1".into()), properties },
        context: Vec::new(),
        action_properties: Vec::new(),
        understands: Vec::new(),
        vouched: Vouched::default(),
        now,
    }
}

#[test]
fn t_82_what_is_no_instant_is_unknown_or_a_mistake() {
    let policy = "package p\nsubject user\nresource r { due: instant, actions may }\n\
                  allow r:may named open when resource.due > now or not (resource.due > now)\n";
    let (engine, facts) = engine(policy, "package: p\n");
    let decide = |due: &str, now: &str| {
        let properties = vec![("due".into(), Input::Text(due.to_owned().into()))];
        let question = question(Instant::parse(now).unwrap(), properties);
        let decision = engine.answer(&facts, &question);
        let naive = reference::decide(engine.policy(), &facts, &question);
        assert_eq!((decision.is_allow(), decision.reason), (naive.is_allow(), naive.reason), "{due}");
        decision.reason.code()
    };
    for hostile in HOSTILE.iter().copied().chain([&*"(".repeat(8_000)]) {
        assert_eq!(decide(hostile, "2026-03-29T01:00:00Z"), "unknown_attribute", "{hostile}");
        let problem = facts_problem(&format!(
            "package: p\nsubjects: {{ user: {{ ann: {{ roles: [{{ role: reader, granted_by: root, reason: r, expires: '{hostile}' }}] }} }} }}\n"
        ));
        assert!(problem.starts_with("error[P0"), "{hostile}: {problem}");
    }
    for literal in [
        "2016-12-31T23:59:60Z",
        "2026-02-30T00:00:00Z",
        "2026-03-29T25:00:00Z",
        "2026-03-29T01:00:00.0123456789Z",
    ] {
        let policy = format!("package p\ndefine d = now < {literal}\n");
        check_policy(&policy, "P0105 2:18");
    }
    // The first and the last instant that can be written are instants, whatever is reckoned with them.
    for due in [
        "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999Z",
        "0000-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
    ] {
        for now in ["0001-01-01T00:00:00Z", "2026-03-29T01:00:00Z", "9999-12-31T23:59:59Z"] {
            assert_eq!(decide(due, now), "allowed", "{due} at {now}");
        }
    }
}

/// What the facts of a small package are told.
fn facts_problem(text: &str) -> String {
    use portcullis::document::{Source, Sources, render};
    use portcullis::{facts, language};
    let mut sources = Sources::default();
    let policy = "package p\nsubject user\nresource r { actions may }\nrole reader { r:may }\n";
    let policy = sources.add(Source { name: "p.policy".to_owned(), text: policy.to_owned() });
    let file = sources.add(Source { name: "facts.yaml".to_owned(), text: text.to_owned() });
    let loaded = language::load(&sources, &[policy]).policy.expect("a policy");
    let (facts, problems) = facts::load(&sources, &[file], &loaded.schema);
    assert!(facts.is_none(), "{text}");
    render::plain(&problems, &sources)
}
