//! What it costs to look a decision up, and from which static cost on that is less than to make it:
//! `cargo bench --bench engine -- cache`.
//!
//! Both go through the service, as a request does, each with a cost that the name says. The cost of one test of a kind
//! shows where the same is decided with none of them and with many.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant as Stopwatch;

use criterion::{BenchmarkId, Criterion};
use portcullis::config::{CacheMode, Caching};
use portcullis::document::{Source, Sources};
use portcullis::engine::{PartyInput, Question, Vouched};
use portcullis::model::{Input, Instant};
use portcullis::service::{Clock, Deadline, Service, World};

use super::workload;

/// One test of each kind; all hold at noon on a working day.
const TESTS: [(&str, &str); 9] = [
    ("attribute", "subject.level > 3"),
    ("window", "now in working"),
    ("clock", "now < subject.until"),
    ("glob", "context.path like \"/a/**\""),
    ("pattern", "context.path matches \"/[a-z]/[a-z0-9]+\""),
    ("group", "subject in group(\"staff\")"),
    ("related", "resource.owner.manager == subject"),
    ("sets", "context.tags overlaps resource.tags"),
    ("quantifier", "any tag in resource.tags: tag == \"g\""),
];
const MANY: usize = 8;

pub fn caching(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("cache");
    let mut measure = |name: &str, world: World, question: &Question<'static>| {
        let request = world.engine.request(&world.facts, question).expect("the names are declared");
        let name = format!("{name}, cost {}", world.engine.cost(&request));
        drop(request);
        let world = &world;
        let ask = |service: &Service, question: &Question<'static>, deadline| {
            let answer = service.decide(Some(world), black_box(question), deadline);
            assert!(answer.is_allow(), "{name}");
        };
        for (what, mode) in [("made", CacheMode::Off), ("looked up", CacheMode::On)] {
            let caching = Caching { mode, verify_every: 0, ..Caching::default() };
            let service = Service::new(Clock::system(), caching).expect("a service");
            let deadline = Deadline::new(Stopwatch::now(), 3_600_000);
            group.bench_function(BenchmarkId::new(what, &name), |bench| {
                bench.iter(|| ask(&service, question, deadline));
            });
            if mode == CacheMode::On {
                // What was made for a later instant is no answer for an earlier one.
                let mut question = question.clone();
                group.bench_function(BenchmarkId::new("missed", &name), |bench| {
                    bench.iter(|| {
                        question.now = Instant::from_micros(question.now.micros() - 1);
                        ask(&service, &question, deadline);
                    });
                });
            }
        }
    };
    measure("nothing", world(""), &question());
    for (name, test) in TESTS {
        measure(name, world(&vec![format!("({test})"); MANY].join(" and ")), &question());
    }
    for (asked, question) in super::HACKAI_ASKED.iter().zip(&super::hackai_questions()) {
        let (engine, facts) =
            workload::loaded(super::hackai(), super::HACKAI_FACTS).expect("HackAI's policy loads");
        let (who, action, kind, _) = asked;
        let world = World::new(Arc::new(engine), Arc::new(facts), "bench", question.now);
        measure(&format!("HackAI, {who} {kind}:{action}"), world, question);
    }
}

fn world(condition: &str) -> World {
    let policy = format!(
        "package p
        subject user {{ level: int, until: instant, manager: user }}
        resource page {{ owner: user, tags: set of string, actions read }}
        context {{ path: string, tags: set of string }}
        window working = Mon-Fri 09:00-17:00 Europe/London
        allow page:read named rule {}{condition}",
        if condition.is_empty() { "" } else { "when " }
    );
    let facts = "package: p
groups: { staff: {} }
subjects:
  user:
    ann: { level: 7, until: \"2030-01-01T00:00:00Z\", in: [staff] }
    bob: { level: 1, manager: ann }
resources:
  page:
    one: { owner: bob, tags: [a, b, c, d, e, f, g, h] }
";
    let mut sources = Sources::default();
    sources.add(Source { name: "p.policy".to_owned(), text: policy });
    let (engine, facts) = workload::loaded(sources, facts).expect("the policy loads");
    World::new(Arc::new(engine), Arc::new(facts), "bench", question().now)
}

fn question() -> Question<'static> {
    let party = |kind: &'static str, id: &'static str| PartyInput {
        kind: kind.into(),
        id: Some(id.into()),
        properties: Vec::new(),
    };
    let text = |text: &'static str| Input::Text(text.into());
    Question {
        subject: Some(party("user", "ann")),
        action: "read".into(),
        action_properties: Vec::new(),
        resource: party("page", "one"),
        context: vec![
            ("path".into(), text("/a/b7")),
            ("tags".into(), Input::List(["x", "y", "h"].map(text).into())),
        ],
        understands: Vec::new(),
        vouched: Vouched::default(),
        now: Instant::parse("2026-11-18T12:00:00Z").expect("an instant"),
    }
}
