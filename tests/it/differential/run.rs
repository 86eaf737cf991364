//! Asking the fast path and the reference the same questions, on all cores.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use fastrand::Rng;
use portcullis::engine::reference::{decide, flip_bound};
use portcullis::engine::{Decider, Decision, Engine, Question, Scratch};
use portcullis::language::policy::{Directive, Policy};
use portcullis::model::Instant;

use super::faults::Fault;
use super::generate::Case;
use super::judged::Judged;
use super::tally::Tally;

/// What to run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings {
    /// The seed of the first policy set; the next has the next.
    pub(super) seed: u64,
    pub(super) policies: u64,
    /// How many questions each policy set is asked.
    pub(super) questions: u64,
    /// What is made wrong in the fast path, to see whether that is noticed.
    pub(super) fault: Option<Fault>,
}

/// One of so many questions is also asked at other instants.
const HORIZON_SAMPLE: u64 = 50;
/// One of so many shows whether what is said without a question holds.
const JUDGED_SAMPLE: u64 = 8;
const FARTHEST: i64 = 4_000_000_000; // 2096, well inside the time zone tables
const MICROS: i64 = 1_000_000;

/// Asks all questions; stops at the first difference and describes it.
pub(super) fn run(settings: Settings) -> Result<Tally, String> {
    let next = AtomicU64::new(0);
    let work = || {
        let mut tally = Tally::default();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= settings.policies {
                return Ok(tally);
            }
            if let Err(report) = policy_set(settings, settings.seed.wrapping_add(number), &mut tally) {
                next.store(settings.policies, Ordering::Relaxed);
                return Err(report);
            }
        }
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let tallies: Vec<Result<Tally, String>> = thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    tallies.into_iter().try_fold(Tally::default(), |sum, tally| Ok(sum.and(tally?)))
}

/// Asks one policy set its questions.
fn policy_set(settings: Settings, seed: u64, tally: &mut Tally) -> Result<(), String> {
    let mut case = match Case::generate(seed) {
        Ok(case) => case,
        Err(rejected) => {
            tally.reject(seed, &rejected);
            return Ok(());
        }
    };
    tally.count_policies(&case.policy);
    let judged = Judged::new(&case.policy);
    tally.count_judged(&judged);
    let fault = settings.fault;
    let engine = Engine::new(match fault {
        Some(fault) => fault.in_policy(&case.policy).into(),
        None => case.policy.clone(),
    });
    let facts = fault.map(|fault| fault.in_facts(&case.facts));
    let mut scratch = Scratch::default();
    let mut rng = Rng::with_seed(seed);
    for number in 0..settings.questions {
        let question = case.question();
        let facts = facts.as_ref().unwrap_or(&case.facts);
        let fast = match engine.request(facts, &question) {
            Ok(request) => engine.decide(&request, &mut scratch),
            Err(refusal) => refusal,
        };
        let fast = fault.map_or(fast.clone(), |fault| fault.in_decision(fast));
        let reference = decide(&case.policy, &case.facts, &question);
        let mut problem = compare(&engine, &case.policy, &fast, &reference);
        if problem.is_none() && number % HORIZON_SAMPLE == 0 {
            problem = horizon(&case, &question, &fast, &reference, &mut rng, tally);
        }
        if problem.is_none() && number % JUDGED_SAMPLE == 0 {
            problem = judged.refuted(&case, &question);
        }
        if let Some(problem) = problem {
            return Err(report(&case, number, &question, &engine, &fast, &reference, &problem));
        }
        tally.count(&reference, fast.valid_until);
    }
    Ok(())
}

/// What differs between the two answers.
fn compare(engine: &Engine, policy: &Policy, fast: &Decision, reference: &Decision) -> Option<String> {
    if !same(fast, reference) {
        return Some("the answers differ".to_owned());
    }
    let expected = directives(policy, reference, |rule| &policy.rules.row(rule).obligations);
    if engine.obligations(fast) != expected {
        return Some(format!("the obligations differ: expected {expected:?}"));
    }
    let expected = directives(policy, reference, |rule| &policy.rules.row(rule).advice);
    (engine.advice(fast) != expected).then(|| format!("the advice differs: expected {expected:?}"))
}

/// Equal in all but how long they hold.
pub(super) fn same(one: &Decision, other: &Decision) -> bool {
    one.effect == other.effect
        && one.reason == other.reason
        && one.deciding == other.deciding
        && one.unknown == other.unknown
}

fn directives<'a>(
    policy: &'a Policy,
    decision: &Decision,
    of: impl Fn(portcullis::model::Id<portcullis::language::policy::Rule>) -> &'a Vec<Directive>,
) -> Vec<&'a Directive> {
    let mut union: Vec<&Directive> = Vec::new();
    for decider in &decision.deciding {
        if let Decider::Rule(rule) = decider {
            assert!(rule.number() < policy.rules.len());
            for directive in of(*rule) {
                if !union.contains(&directive) {
                    union.push(directive);
                }
            }
        }
    }
    union
}

/// Whether the answer holds as long as it says, and no shorter than it has to.
fn horizon(
    case: &Case,
    question: &Question<'static>,
    fast: &Decision,
    reference: &Decision,
    rng: &mut Rng,
    tally: &mut Tally,
) -> Option<String> {
    let bound = flip_bound(&case.policy, &case.facts, question);
    let is_too_early = match (fast.valid_until, bound) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(until), Some(bound)) => until < bound,
    };
    if is_too_early {
        return Some(format!("it holds until {bound:?} at least"));
    }
    let now = question.now.micros();
    let end = fast.valid_until.map_or(FARTHEST * MICROS, Instant::micros);
    if end <= now {
        return Some("it ends before it is given".to_owned());
    }
    let soon = end.min(now + 3 * 24 * 3_600 * MICROS);
    let instants = [now + 1, rng.i64(now..soon), rng.i64(now..end), end - 1];
    let mut later = question.clone();
    for instant in instants.into_iter().filter(|instant| *instant < end) {
        later.now = Instant::from_micros(instant);
        if !same(&decide(&case.policy, &case.facts, &later), reference) {
            return Some(format!("it is another already at {}", later.now));
        }
    }
    tally.horizons += 1;
    if let Some(until) = fast.valid_until {
        later.now = until;
        tally.horizons_that_end += 1;
        tally.horizons_that_flip += u64::from(!same(&decide(&case.policy, &case.facts, &later), reference));
    }
    None
}

fn report(
    case: &Case,
    number: u64,
    question: &Question<'static>,
    engine: &Engine,
    fast: &Decision,
    reference: &Decision,
    problem: &str,
) -> String {
    let answer = |decision: &Decision| {
        let deciding: Vec<String> =
            decision.deciding.iter().map(|decider| engine.decider_name(*decider)).collect();
        let until = decision.valid_until.map(|until| until.to_string());
        format!(
            "{:?} {} by {deciding:?}, unknown {:?}, until {until:?}",
            decision.effect,
            decision.reason.code(),
            decision.unknown
        )
    };
    format!(
        "PORTCULLIS_DIFFERENTIAL_SEED={} question {number}: {problem}\n\n{}\n\nquestion: {question:#?}\nat {}\n\nfast:      {}\nreference: {}\n",
        case.seed,
        case.describe(),
        question.now,
        answer(fast),
        answer(reference),
    )
}
