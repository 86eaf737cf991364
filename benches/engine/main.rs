//! What loading and deciding cost, by the size of the policy set: `cargo bench --bench engine`.
//!
//! `decide` is measured with the request's slots filled, as DESIGN section 4 counts it; `answer` is the same with the
//! request built from its texts; `load` is text to engine; `cache` is a decision made and the same one looked up.

#![expect(clippy::expect_used, reason = "a benchmark that can't load its policy has nothing to measure")]

mod cache;
mod workload;

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use portcullis::document::{Source, Sources};
use portcullis::engine::{Engine, PartyInput, Question, Scratch, Vouched};
use portcullis::facts::Facts;
use portcullis::language::{self, syntax};
use portcullis::model::{Input, Instant};

const SIZES: [usize; 3] = [100, 1_000, 10_000];
const HACKAI: &str = include_str!("../../examples/hackai/policies/hackai.policy");
const HACKAI_FACTS: &str = include_str!("../../examples/hackai/policies/facts.yaml");
/// People at work: who, may what, on what; all allowed at noon from a trusted seat.
const HACKAI_ASKED: [(&str, &str, &str, &str); 5] = [
    ("ana", "investigate", "incidents", "inc-1"),
    ("sam", "manage", "security", "status"),
    ("uma", "read", "dashboard", "uma"),
    ("cleo", "audit", "compliance", "acme"),
    ("dan", "read", "data", "set-1"),
];

fn hackai() -> Sources {
    let mut sources = Sources::default();
    sources.add(Source { name: "hackai.policy".to_owned(), text: HACKAI.to_owned() });
    sources
}

/// Sixteen questions spread over the set, so that no single rule's cache lines are measured.
fn questions(rules: usize) -> Vec<Question<'static>> {
    (0..rules).step_by((rules / 16).max(1)).map(workload::question).take(16).collect()
}

fn loading(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("load");
    group.sample_size(10);
    let sets = SIZES.map(|rules| (format!("{rules} rules"), workload::policy(rules)));
    for (name, sources) in sets.into_iter().chain([("HackAI".to_owned(), hackai())]) {
        let files: Vec<_> = sources.iter().map(|(id, _)| id).collect();
        let bytes: usize = sources.iter().map(|(_, source)| source.text.len()).sum();
        group.throughput(Throughput::Bytes(bytes as u64));
        group.bench_function(BenchmarkId::new("parse", &name), |bench| {
            bench.iter(|| {
                sources.iter().map(|(id, source)| syntax::parse(id, &source.text).1.len()).sum::<usize>()
            });
        });
        group.bench_function(BenchmarkId::new("parse and check", &name), |bench| {
            bench.iter(|| language::load(black_box(&sources), &files));
        });
        group.bench_function(BenchmarkId::new("to engine", &name), |bench| {
            bench.iter(|| {
                let policy = language::load(black_box(&sources), &files).policy.expect("the policy loads");
                Engine::new(Arc::new(policy))
            });
        });
    }
}

fn deciding(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decide");
    let mut measure = |name: &str, engine: &Engine, facts: &Facts, questions: &[Question<'static>]| {
        let requests: Vec<_> = questions
            .iter()
            .map(|question| engine.request(facts, question).expect("the names are declared"))
            .collect();
        for request in &requests {
            assert!(
                engine.decide(request, &mut Scratch::default()).is_allow(),
                "{name}: every question is allowed"
            );
        }
        group.throughput(Throughput::Elements(requests.len() as u64));
        group.bench_function(BenchmarkId::new("decide", name), |bench| {
            let mut scratch = Scratch::default();
            bench.iter(|| {
                for request in &requests {
                    black_box(engine.decide(black_box(request), &mut scratch));
                }
            });
        });
        group.bench_function(BenchmarkId::new("answer", name), |bench| {
            bench.iter(|| {
                for question in questions {
                    black_box(engine.answer(facts, black_box(question)));
                }
            });
        });
    };
    for rules in SIZES {
        let (engine, facts) = workload::load(rules).expect("the policy loads");
        measure(&format!("{rules} rules"), &engine, &facts, &questions(rules));
    }
    let (engine, facts) = workload::loaded(hackai(), HACKAI_FACTS).expect("HackAI's policy loads");
    measure("HackAI", &engine, &facts, &hackai_questions());
}

fn hackai_questions() -> Vec<Question<'static>> {
    let asked =
        |(who, action, kind, id): (&'static str, &'static str, &'static str, &'static str)| Question {
            subject: Some(PartyInput { kind: "user".into(), id: Some(who.into()), properties: Vec::new() }),
            action: action.into(),
            resource: PartyInput { kind: kind.into(), id: Some(id.into()), properties: Vec::new() },
            context: vec![
                ("ip".into(), Input::Text("192.168.7.7".into())),
                ("device_trusted".into(), Input::Bool(true)),
                ("country".into(), Input::Text("GB".into())),
            ],
            action_properties: Vec::new(),
            understands: Vec::new(),
            vouched: Vouched::default(),
            now: Instant::parse("2026-11-18T12:00:00Z").expect("an instant"),
        };
    HACKAI_ASKED.map(asked).into()
}

criterion_group!(benches, loading, deciding, cache::caching);
criterion_main!(benches);
