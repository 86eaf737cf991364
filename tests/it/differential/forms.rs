//! What a formatted policy set decides, and one written in the other form: the same as the author's.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use portcullis::engine::{Decision, Engine};

use super::constructs;
use super::generate::{Case, load_files};
use crate::fmt::{from_yaml, laid_out, to_yaml};

const DECISIONS: u64 = 100_000;
const QUESTIONS: u64 = 1_000;
const SEED: u64 = 20_261_122;

#[derive(Default)]
struct Tally {
    policies: u64,
    /// Policy sets with a rule that has no name and could not keep the one it gets.
    refused: u64,
    asked: u64,
    allows: u64,
    unknowns: u64,
    constructs: BTreeSet<&'static str>,
}

#[test]
fn every_form_and_layout_decides_alike() {
    let (next, asked) = (AtomicU64::new(SEED), AtomicU64::new(0));
    let work = || {
        let mut tally = Tally::default();
        while asked.load(Ordering::Relaxed) < DECISIONS {
            let before = tally.asked;
            policy_set(next.fetch_add(1, Ordering::Relaxed), &mut tally);
            asked.fetch_add(tally.asked - before, Ordering::Relaxed);
        }
        tally
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let all = thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).fold(Tally::default(), Tally::and)
    });
    let Tally { policies, refused, asked, allows, unknowns, constructs } = all;
    let shown = format!(
        "{policies} policy sets, {refused} refused; {asked} asked, {allows} allows, {unknowns} unknown"
    );
    println!("{shown}");
    assert!(
        asked >= DECISIONS && allows * 10 > asked && unknowns * 20 > asked && refused * 4 < policies,
        "{shown}"
    );
    let missing: Vec<&str> = constructs::ALL.into_iter().filter(|name| !constructs.contains(name)).collect();
    assert!(missing.is_empty(), "none of the policies has {missing:?}");
}

impl Tally {
    fn and(mut self, other: Tally) -> Tally {
        self.policies += other.policies;
        self.refused += other.refused;
        self.asked += other.asked;
        self.allows += other.allows;
        self.unknowns += other.unknowns;
        self.constructs.extend(other.constructs);
        self
    }
}

fn policy_set(seed: u64, tally: &mut Tally) {
    let Ok(mut case) = Case::generate(seed) else { return };
    tally.policies += 1;
    let formatted: Vec<String> = case.texts.iter().map(|text| laid_out(text)).collect();
    let Some(yaml) = case.texts.iter().map(|text| to_yaml(text)).collect::<Option<Vec<String>>>() else {
        tally.refused += 1;
        return;
    };
    let back: Vec<String> = yaml.iter().map(|text| from_yaml(text)).collect();
    let others = [("policy", &formatted), ("yaml", &yaml), ("policy", &back)].map(|(form, texts)| {
        let policy = load_files(texts, form).unwrap_or_else(|told| panic!("{told}\n{}", texts.join("\n")));
        Engine::new(Arc::new(policy))
    });
    let engine = Engine::new(case.policy.clone());
    constructs::visit(&case.policy, &mut |name| {
        tally.constructs.insert(name);
    });
    for _ in 0..QUESTIONS {
        let question = case.question();
        let expected = engine.answer(&case.facts, &question);
        for (number, other) in others.iter().enumerate() {
            let found = other.answer(&case.facts, &question);
            assert_eq!(
                told(other, &found),
                told(&engine, &expected),
                "seed {seed}, text {number}\n{}\n{question:#?}",
                case.describe()
            );
        }
        tally.asked += 1;
        tally.allows += u64::from(expected.is_allow());
        tally.unknowns += u64::from(!expected.unknown.is_empty());
    }
}

/// All that a caller may be told of an answer.
fn told<'a>(engine: &'a Engine, decision: &'a Decision) -> impl PartialEq + std::fmt::Debug + use<'a> {
    let deciding: Vec<String> =
        decision.deciding.iter().map(|decider| engine.decider_name(*decider)).collect();
    (
        (decision.effect, decision.reason, decision.valid_until),
        (deciding, &decision.unknown),
        (engine.obligations(decision), engine.advice(decision)),
    )
}
