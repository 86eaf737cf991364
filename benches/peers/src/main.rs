//! The same policy set and the same questions, decided by Portcullis and by the engines people compare it with:
//! `cargo run --release --manifest-path benches/peers/Cargo.toml`.
//!
//! The peers get what helps them: their requests and entities are built before the clock starts, and Rego's rules are
//! data looked up by type and action. Portcullis starts from the request's texts. Every engine must give the same
//! answer to every question, allowed and denied, before anything is timed. A figure is the median of several rounds.

mod cedar;
mod opa;
mod script;
#[path = "../../engine/workload.rs"]
mod workload;

use std::hint::black_box;
use std::time::{Duration, Instant};

use portcullis::engine::Question;
use portcullis::model::Input;

const SIZES: [usize; 3] = [100, 1_000, 10_000];
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(150);

/// One question, as every engine is asked it.
pub struct Case {
    pub rule: usize,
    pub level: i64,
    pub allowed: bool,
}

fn main() {
    println!("rules,portcullis ns,regorus ns,cedar ns,casbin ns");
    for rules in SIZES {
        let cases = cases(rules);
        let row = [portcullis(rules, &cases), opa::measure(rules, &cases), cedar::measure(rules, &cases), script::measure(rules, &cases)];
        println!("{rules},{}", row.map(|nanoseconds| nanoseconds.to_string()).join(","));
    }
}

fn cases(rules: usize) -> Vec<Case> {
    let allowed = (0..rules).step_by(rules / 8).map(|rule| Case { rule, level: 3, allowed: true });
    let denied = (1..rules).step_by(rules / 8).map(|rule| Case { rule, level: 99, allowed: false });
    allowed.chain(denied).collect()
}

fn portcullis(rules: usize, cases: &[Case]) -> u128 {
    let (engine, facts) = workload::load(rules).expect("the policy loads");
    let questions: Vec<Question<'_>> = cases
        .iter()
        .map(|case| {
            let mut question = workload::question(case.rule);
            question.resource.properties = vec![("level".into(), Input::Int(case.level))];
            question
        })
        .collect();
    median("portcullis", cases, |case| engine.answer(&facts, black_box(&questions[case])).is_allow())
}

/// Nanoseconds a decision, after a check that every answer is right.
pub fn median(name: &str, cases: &[Case], decide: impl Fn(usize) -> bool) -> u128 {
    for (number, case) in cases.iter().enumerate() {
        assert_eq!(decide(number), case.allowed, "{name} answers rule {} wrongly", case.rule);
    }
    let mut rounds: Vec<u128> = (0..ROUNDS)
        .map(|_| {
            let (start, mut decisions) = (Instant::now(), 0);
            while start.elapsed() < ROUND {
                for case in 0..cases.len() {
                    black_box(decide(black_box(case)));
                }
                decisions += cases.len() as u128;
            }
            start.elapsed().as_nanos() / decisions
        })
        .collect();
    rounds.sort_unstable();
    rounds[ROUNDS / 2]
}
