//! What a formatted policy set decides, and one written in the other form: the same as the author's.

use std::sync::Arc;

use portcullis::engine::{Decision, Engine};
use portcullis::language::policy::Policy;

use super::generate::{Case, load_files};
use crate::fmt::{from_yaml, laid_out, to_yaml};

const DECISIONS: u64 = 100_000;
const QUESTIONS: u64 = 1_000;
const SEED: u64 = 20_261_122;

#[test]
fn every_form_and_layout_decides_alike() {
    let (mut allows, mut unknowns, mut asked, mut refused) = (0, 0, 0, 0);
    for seed in SEED.. {
        if asked >= DECISIONS {
            break;
        }
        let Ok(mut case) = Case::generate(seed) else { continue };
        let formatted: Vec<String> = case.texts.iter().map(|text| laid_out(text)).collect();
        let Some(yaml) = case.texts.iter().map(|text| to_yaml(text)).collect::<Option<Vec<String>>>() else {
            refused += 1;
            continue;
        };
        let back: Vec<String> = yaml.iter().map(|text| from_yaml(text)).collect();
        let others = [("policy", &formatted), ("yaml", &yaml), ("policy", &back)].map(|(form, texts)| {
            let policy: Policy =
                load_files(texts, form).unwrap_or_else(|told| panic!("{told}\n{}", texts.join("\n")));
            Engine::new(Arc::new(policy))
        });
        let engine = Engine::new(case.policy.clone());
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
            asked += 1;
            allows += u64::from(expected.is_allow());
            unknowns += u64::from(!expected.unknown.is_empty());
        }
    }
    println!("{asked} questions, {allows} allows, {unknowns} unknown, {refused} policy sets refused");
    assert!(asked >= 100_000 && allows * 10 > asked && unknowns * 20 > asked, "{asked} {allows} {unknowns}");
}

/// All that a caller may be told of an answer.
fn told(engine: &Engine, decision: &Decision) -> String {
    let deciding: Vec<String> =
        decision.deciding.iter().map(|decider| engine.decider_name(*decider)).collect();
    format!(
        "{:?} {} by {deciding:?}, unknown {:?}, until {:?}, {:?} {:?}",
        decision.effect,
        decision.reason.code(),
        decision.unknown,
        decision.valid_until,
        engine.obligations(decision),
        engine.advice(decision),
    )
}
