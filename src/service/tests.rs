//! The service without sockets: its clock, its denials, its counters.

use std::sync::atomic::{AtomicI64, Ordering};

use super::*;
use crate::engine::{Decision, Engine, PartyInput, Reason, Vouched};
use crate::facts::Facts;
use crate::language::policy::{Effect, Policy};

fn service() -> (Service, Arc<AtomicI64>) {
    let micros = Arc::new(AtomicI64::new(1_000_000));
    (Service::new(Clock::manual(Arc::clone(&micros)), Caching::default()).unwrap(), micros)
}

/// Nothing is declared, so everything is denied.
fn world(revision: &str, loaded_at: Instant) -> World {
    let engine = Engine::new(Arc::new(Policy::default()));
    World::new(Arc::new(engine), Arc::new(Facts::default()), revision, loaded_at)
}

fn question(now: Instant) -> Question<'static> {
    let resource = PartyInput { kind: "document".into(), id: None, properties: Vec::new() };
    Question {
        subject: None,
        action: "read".into(),
        resource,
        context: Vec::new(),
        action_properties: Vec::new(),
        understands: Vec::new(),
        vouched: Vouched::default(),
        now,
    }
}

fn decide(service: &Service) -> Answer {
    let snapshot = service.snapshot();
    let deadline = Deadline::new(Stopwatch::now(), 10_000);
    let question = question(snapshot.now);
    let answer = service.decide(snapshot.world(), &question, deadline);
    service.give(snapshot.world(), Some(&question), answer, deadline)
}

/// The lines of the metrics that start so.
fn metrics(service: &Service, start: &str) -> Vec<String> {
    let text = service.metrics_text(Exposition::Prometheus).unwrap();
    text.lines().filter(|line| line.starts_with(start)).map(str::to_owned).collect()
}

#[test]
fn a_clock_never_runs_backwards() {
    let (service, micros) = service();
    assert_eq!(service.now(), Instant::from_micros(1_000_000));
    micros.store(3_000_000, Ordering::Relaxed);
    assert_eq!(service.now(), Instant::from_micros(3_000_000));
    micros.store(2_000_000, Ordering::Relaxed);
    assert_eq!(service.now(), Instant::from_micros(3_000_000));
    micros.store(3_000_001, Ordering::Relaxed);
    assert_eq!(service.now(), Instant::from_micros(3_000_001));
}

#[test]
fn the_system_clock_shows_the_time() {
    let now = Clock::system().now();
    assert!(now > Instant::parse("2025-01-01T00:00:00Z").unwrap(), "{now}");
    assert!(now < Instant::parse("2125-01-01T00:00:00Z").unwrap(), "{now}");
}

#[test]
fn before_the_first_policy_everything_is_denied() {
    let (service, _) = service();
    let answer = decide(&service);
    assert_eq!(answer, Answer::refusal(Cause::NoPolicy));
    assert!(!answer.is_allow());
    let counted = metrics(&service, r#"portcullis_decisions_total{outcome="deny",reason="no_policy"}"#);
    assert_eq!(counted, [r#"portcullis_decisions_total{outcome="deny",reason="no_policy"} 1"#]);
}

#[test]
fn a_panic_is_a_deny_and_the_next_decision_is_made() {
    let calls = AtomicI64::new(0);
    let (service, _) = service();
    let service = service.with_fault(move |stage| {
        let is_first = stage == Stage::Decide && calls.fetch_add(1, Ordering::Relaxed) == 0;
        assert!(!is_first, "the fault that this test injects");
        false
    });
    service.publish(world("one", service.now()));
    let answer = decide(&service);
    assert_eq!(answer, Answer::refusal(Cause::InternalError));
    assert!(!answer.is_allow());
    assert_eq!(metrics(&service, "portcullis_panics_total"), ["portcullis_panics_total 1"]);
    assert_eq!(decide(&service).cause.code(), "unknown_type");
}

#[test]
fn after_the_deadline_nothing_is_decided() {
    let (service, _) = service();
    service.publish(world("one", service.now()));
    let snapshot = service.snapshot();
    let decide = |allowed_ms| {
        let deadline = Deadline::new(Stopwatch::now(), allowed_ms);
        service.decide(snapshot.world(), &question(snapshot.now), deadline)
    };
    assert_eq!(decide(0), Answer::refusal(Cause::DeadlineExceeded));
    assert!(!decide(0).is_allow());
    assert_eq!(decide(600_000).cause.code(), "unknown_type");
}

#[test]
fn an_allow_that_comes_too_late_is_none() {
    let (service, _) = service();
    let give = |effect, reason, allowed_ms| {
        let decided = Answer::from(Decision { effect, ..Decision::refusal(reason) });
        service.give(None, None, decided, Deadline::new(Stopwatch::now(), allowed_ms))
    };
    assert!(give(Effect::Allow, Reason::Allowed, 600_000).is_allow());
    assert_eq!(give(Effect::Allow, Reason::Allowed, 0), Answer::refusal(Cause::DeadlineExceeded));
    assert_eq!(give(Effect::Deny, Reason::DeniedByRule, 0).cause.code(), "denied_by_rule");
    // Each is counted once, as what was given.
    assert_eq!(
        metrics(&service, "portcullis_decisions_total").iter().filter(|line| !line.ends_with(" 0")).count(),
        3
    );
}

#[test]
fn only_a_whole_allow_allows() {
    let of = |effect, reason| Answer::from(Decision { effect, ..Decision::refusal(reason) });
    assert!(of(Effect::Allow, Reason::Allowed).is_allow());
    assert!(!of(Effect::Deny, Reason::Allowed).is_allow());
    assert!(!of(Effect::Allow, Reason::DeniedByRule).is_allow());
    assert!(!Answer::refusal(Cause::Decided(Reason::Allowed)).is_allow());
}

#[test]
fn a_request_stays_on_the_world_it_began_with() {
    let (service, micros) = service();
    service.publish(world("one", service.now()));
    let snapshot = service.snapshot();
    service.publish(world("two", service.now()));
    micros.store(9_000_000, Ordering::Relaxed);
    assert_eq!(snapshot.world().map(World::revision_text), Some("one"));
    assert_eq!(snapshot.now, Instant::from_micros(1_000_000));
    assert_eq!(service.snapshot().world().map(World::revision_text), Some("two"));
}

#[test]
fn a_failed_load_keeps_the_world_and_shows_the_problem() {
    let (service, micros) = service();
    service.publish(world("one", service.now()));
    service.load_failed("a comma is missing".to_owned());
    assert_eq!(service.problem().as_deref().map(String::as_str), Some("a comma is missing"));
    assert_eq!(service.snapshot().world().map(World::revision_text), Some("one"));

    micros.store(3_500_000, Ordering::Relaxed);
    assert_eq!(
        metrics(&service, "portcullis_revision_"),
        ["portcullis_revision_age_seconds 2.5", r#"portcullis_revision_info{revision="one"} 1"#]
    );
    service.publish(world("two", service.now()));
    assert_eq!(service.problem(), None);
    assert_eq!(
        metrics(&service, "portcullis_reloads_total"),
        [
            r#"portcullis_reloads_total{result="failure"} 1"#,
            r#"portcullis_reloads_total{result="success"} 2"#,
        ]
    );
    assert_eq!(
        metrics(&service, "portcullis_revision_"),
        ["portcullis_revision_age_seconds 0", r#"portcullis_revision_info{revision="two"} 1"#]
    );
}

#[test]
fn numbers_agree_with_the_order_of_their_sets() {
    for (position, cause) in Cause::ALL.into_iter().enumerate() {
        assert_eq!(cause.number(), position, "{cause:?}");
    }
    for (position, refusal) in Refusal::ALL.into_iter().enumerate() {
        assert_eq!(refusal as usize, position, "{refusal:?}");
    }
    for (position, endpoint) in Endpoint::ALL.into_iter().enumerate() {
        assert_eq!(endpoint as usize, position, "{endpoint:?}");
    }
    for (position, reload) in Reload::ALL.into_iter().enumerate() {
        assert_eq!(reload as usize, position, "{reload:?}");
    }
}

#[test]
fn the_readme_names_every_metric_and_reason() {
    let readme = include_str!("../../README.md");
    let (service, _) = service();
    service.publish(world("one", service.now()));
    let text = metrics(&service, "# TYPE ");
    let metrics = text.iter().filter_map(|line| line.split(' ').nth(2)).map(str::to_owned);
    let reasons = Cause::ALL.map(Cause::code).into_iter().chain(Refusal::ALL.map(Refusal::code));
    for name in metrics.chain(reasons.map(str::to_owned)) {
        assert!(readme.contains(&format!("`{name}`")), "the README doesn't name `{name}`");
    }
}
