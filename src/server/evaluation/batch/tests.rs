//! Whatever the number of threads, each question gets its own answer.

use std::sync::Arc;

use super::*;
use crate::config::Caching;
use crate::document::{Source, Sources};
use crate::engine::Engine;
use crate::facts::Facts;
use crate::language;
use crate::model::Instant;
use crate::server::evaluation::question::{Asked, several};
use crate::service::{Clock, Deadline};

const POLICY: &str = "package p
subject user
resource doc { odd: bool  actions read }
allow doc:read named odd when resource.odd
";

fn world() -> World {
    let mut sources = Sources::default();
    let id = sources.add(Source { name: "p.policy".to_owned(), text: POLICY.to_owned() });
    let policy = language::load(&sources, &[id]).policy.expect("a policy");
    let engine = Engine::new(Arc::new(policy));
    World::new(Arc::new(engine), Arc::new(Facts::default()), "one", Instant::from_micros(0))
}

/// What the bodies should be: true for odd numbers, an error for each ninth, which names no resource.
fn request(count: usize, semantic: &str) -> (String, Vec<String>) {
    let items: Vec<String> = (0..count)
        .map(|number| match number % 9 {
            8 => r#"{"resource": null}"#.to_owned(),
            _ => format!(
                r#"{{"resource": {{"id": "{number}", "properties": {{"odd": {}}}}}}}"#,
                number % 2 == 1
            ),
        })
        .collect();
    let body = format!(
        r#"{{"subject": {{"type": "user", "id": "ann"}}, "action": {{"name": "read"}},
            "resource": {{"type": "doc"}}, "options": {{"evaluations_semantic": "{semantic}"}},
            "evaluations": [{}]}}"#,
        items.join(",")
    );
    let answers = (0..count).map(|number| match number % 9 {
        8 => r#"{"decision":false,"context":{"error":{"status":400,"message":"`resource.id` is missing"}}}"#
            .to_owned(),
        _ => format!(r#"{{"decision":{}}}"#, number % 2 == 1),
    });
    (body, answers.collect())
}

fn answer(body: &str, deadline: Deadline, parallel_min: Duration) -> String {
    let service = Service::new(Clock::system(), Caching::default()).unwrap();
    let (world, now) = (world(), Instant::from_micros(0));
    let Ok(Asked::Many(batch)) = several(body.as_bytes(), now) else {
        panic!("a batch was expected: {body}")
    };
    let answers =
        answers_with(&service, Some(&world), batch, Manner { deadline, explains: false }, parallel_min);
    String::from_utf8(super::body(&answers)).unwrap()
}

fn later() -> Deadline {
    Deadline::new(Stopwatch::now(), 600_000)
}

#[test]
fn every_question_gets_its_own_answer_on_one_thread_and_on_several() {
    for count in [1, PROBED, PROBED + 1, 200, 1_000] {
        let (body, answers) = request(count, "execute_all");
        let expected = format!("{{\"evaluations\":[{}]}}", answers.join(","));
        for parallel_min in [Duration::ZERO, Duration::MAX] {
            assert_eq!(answer(&body, later(), parallel_min), expected, "{count} questions");
        }
    }
}

#[test]
fn nothing_is_answered_after_the_answer_that_ends_a_batch() {
    // Even numbers and each ninth are denied, so the first deny comes at once and the first permit second; what comes
    // before is left out one by one, so that the end falls on each place of a round.
    for skipped in [0, 1, PROBED - 1, PROBED, PROBED + ROUND - 1, PROBED + ROUND, PROBED + 2 * ROUND] {
        for (semantic, filler, ends) in [("deny_on_first_deny", 1, 2), ("permit_on_first_permit", 2, 1)] {
            let item = |number| {
                let odd = number % 2 == 1;
                format!(r#"{{"resource": {{"id": "x", "properties": {{"odd": {odd}}}}}}}"#)
            };
            let mut items = vec![item(filler); skipped];
            items.push(item(ends));
            items.extend(vec![item(filler); 50]);
            let (whole, _) = request(1, semantic);
            let (start, _) = whole.split_once("\"evaluations\":").unwrap();
            let body = format!("{start}\"evaluations\": [{}]}}", items.join(","));
            let is_allow = filler == 1;
            let mut expected = vec![format!(r#"{{"decision":{is_allow}}}"#); skipped];
            expected.push(format!(r#"{{"decision":{}}}"#, !is_allow));
            let expected = format!("{{\"evaluations\":[{}]}}", expected.join(","));
            for parallel_min in [Duration::ZERO, Duration::MAX] {
                assert_eq!(answer(&body, later(), parallel_min), expected, "{semantic} after {skipped}");
            }
        }
    }
}

#[test]
fn after_the_deadline_nothing_is_allowed() {
    let (body, _) = request(40, "execute_all");
    let passed = Deadline::new(Stopwatch::now(), 0);
    for parallel_min in [Duration::ZERO, Duration::MAX] {
        let answer = answer(&body, passed, parallel_min);
        assert!(!answer.contains("true"), "{answer}");
        let late =
            r#"{"decision":false,"context":{"error":{"status":504,"message":"the deadline has passed"}}}"#;
        assert!(answer.starts_with(&format!("{{\"evaluations\":[{late},")), "{answer}");
        assert_eq!(answer.matches("\"status\":504").count(), 36, "{answer}");
    }
}
