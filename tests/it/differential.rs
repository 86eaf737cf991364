//! The fast path against the reference evaluator, on generated policies, facts, questions and instants.
//!
//! `PORTCULLIS_DIFFERENTIAL_DECISIONS` sets how many decisions to compare, from a fresh seed,
//! `PORTCULLIS_DIFFERENTIAL_CACHED_DECISIONS` how many of those that go through the cache, and
//! `PORTCULLIS_DIFFERENTIAL_SEED` runs the one policy set of a seed that a failure has printed.

mod cached;
mod comparisons;
mod constructs;
mod expressions;
mod faults;
mod forms;
mod generate;
mod inlined;
mod judged;
mod quantifiers;
mod questions;
mod roles;
mod rules;
mod run;
mod sets;
mod tally;
mod targets;
mod values;
mod vocabulary;
mod world;
mod written;
mod yaml;

use std::env;

use faults::Fault;
use run::{Settings, run};

const DECISIONS: u64 = 1_000_000;
const CACHED_DECISIONS: u64 = 100_000;
const QUESTIONS: u64 = 1_000;
const SEED: u64 = 20_240_101;

#[test]
fn the_fast_path_answers_as_the_reference_does() {
    let decisions = number("PORTCULLIS_DIFFERENTIAL_DECISIONS");
    let one = number("PORTCULLIS_DIFFERENTIAL_SEED");
    let settings = Settings {
        seed: one.unwrap_or_else(|| if decisions.is_some() { fastrand::u64(..) } else { SEED }),
        policies: if one.is_some() { 1 } else { decisions.unwrap_or(DECISIONS).div_ceil(QUESTIONS) },
        questions: QUESTIONS,
        fault: None,
    };
    println!("{settings:?}");
    let tally = run(settings).unwrap_or_else(|report| panic!("{report}"));
    println!("{tally}");
    match one {
        Some(_) => assert_eq!(tally.rejected, 0, "{}", tally.first_rejected.unwrap_or_default()),
        None => tally.assert_meaningful(),
    }
}

#[test]
fn the_cache_answers_as_the_reference_does() {
    let decisions = number("PORTCULLIS_DIFFERENTIAL_CACHED_DECISIONS");
    let one = number("PORTCULLIS_DIFFERENTIAL_SEED");
    let seed = one.unwrap_or_else(|| if decisions.is_some() { fastrand::u64(..) } else { SEED });
    let decisions = if one.is_some() { 1 } else { decisions.unwrap_or(CACHED_DECISIONS) };
    println!("{decisions} decisions from seed {seed}");
    let asked = cached::run(seed, decisions).unwrap_or_else(|report| panic!("{report}"));
    println!("{asked}");
    if one.is_none() {
        asked.assert_meaningful();
    }
}

fn number(name: &str) -> Option<u64> {
    env::var(name).ok().map(|text| text.parse().unwrap())
}

#[test]
fn every_fault_is_noticed() {
    for fault in Fault::ALL {
        let settings = Settings { seed: SEED, policies: 100, questions: 200, fault: Some(fault) };
        let report = run(settings).err();
        assert!(report.is_some_and(|report| report.contains("PORTCULLIS_DIFFERENTIAL_SEED=")), "{fault:?}");
    }
}
