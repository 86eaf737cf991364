//! The cache against the reference evaluator: the same questions again and again, while facts and policies change and
//! the clock goes where it likes.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant as Stopwatch;

use fastrand::Rng;
use portcullis::config::{CacheMode, Caching};
use portcullis::engine::reference::decide;
use portcullis::engine::{Decision, Engine, Question};
use portcullis::language::policy::Policy;
use portcullis::model::Instant;
use portcullis::service::{Clock, Deadline, Exposition, Service, World};

use super::faults::Fault;
use super::generate::Case;
use super::run::same;

/// What came up.
#[derive(Debug, Default)]
pub(super) struct Asked {
    pub(super) decisions: u64,
    pub(super) hits: u64,
    /// To how many questions the last answer was another one, by other facts, policies, or at another instant.
    pub(super) answers_that_changed: u64,
    pub(super) rejected: u64,
}

/// How many questions each policy set is asked, again and again.
const POOL: usize = 24;
/// A question, and others that differ from it in one thing.
const VARIANTS: usize = 4;
/// How often, each time about one World.
const EACH: usize = 50;
const WORLDS: usize = 20;
/// Ways in which a policy may become another one of the same vocabulary.
const CHANGES: [Fault; 6] = [
    Fault::UnlessIgnored,
    Fault::PriorityIgnored,
    Fault::ExceptIgnored,
    Fault::ConstraintIgnored,
    Fault::ObligationIgnored,
    Fault::AbsoluteDenyYields,
];

/// Asks so many; stops at the first difference and describes it.
pub(super) fn run(seed: u64, decisions: u64) -> Result<Asked, String> {
    let policies = decisions.div_ceil((EACH * WORLDS) as u64);
    let next = AtomicU64::new(0);
    let work = || {
        let mut asked = Asked::default();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= policies {
                return Ok(asked);
            }
            if let Err(report) = policy_set(seed.wrapping_add(number), &mut asked) {
                next.store(policies, Ordering::Relaxed);
                return Err(report);
            }
        }
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let all: Vec<Result<Asked, String>> = thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    all.into_iter().try_fold(Asked::default(), |sum, asked| Ok(sum.and(&asked?)))
}

fn policy_set(seed: u64, asked: &mut Asked) -> Result<(), String> {
    let Ok(mut case) = Case::generate(seed) else {
        asked.rejected += 1;
        return Ok(());
    };
    let mut rng = Rng::with_seed(seed);
    let caching = Caching { mode: CacheMode::On, verify_every: 0, ..Caching::default() };
    let service = Service::new(Clock::system(), caching).unwrap();
    let deadline = Deadline::new(Stopwatch::now(), 3_600_000);
    let changed: Arc<Policy> = rng.choice(CHANGES).unwrap().in_policy(&case.policy).into();
    let policies = [Arc::clone(&case.policy), changed];
    let mut engines = policies.each_ref().map(|policy| Arc::new(Engine::new(Arc::clone(policy))));
    let mut pool: Vec<Question<'static>> = (0..POOL / VARIANTS).map(|_| case.question()).collect();
    for number in POOL / VARIANTS..POOL {
        let question = pool[number % (POOL / VARIANTS)].clone();
        pool.push(variant(&mut rng, question, case.question()));
    }
    let mut before: HashMap<usize, Decision> = HashMap::new();
    for _ in 0..WORLDS {
        if rng.u8(..4) > 0 {
            case.change();
        }
        let which = usize::from(rng.u8(..4) == 0);
        if rng.u8(..4) == 0 {
            engines[which] = Arc::new(Engine::new(Arc::clone(&policies[which])));
        }
        let facts = Arc::new(case.facts.clone());
        service.publish(World::new(Arc::clone(&engines[which]), facts, "revision", Instant::from_micros(0)));
        for _ in 0..EACH {
            let number = rng.usize(..POOL);
            let mut question = pool[number].clone();
            question.now = now(&mut rng, question.now, before.get(&number));
            let snapshot = service.snapshot();
            let cached = service.decide(snapshot.world(), &question, deadline).decision.expect("a decision");
            let reference = decide(&policies[which], &case.facts, &question);
            let made = engines[which].answer(&case.facts, &question);
            if !same(&cached, &reference) || cached != made {
                return Err(format!(
                    "PORTCULLIS_DIFFERENTIAL_SEED={seed}\n\n{}\n\nquestion: {question:#?}\nat {}\n\n\
                     cached:    {cached:?}\nmade:      {made:?}\nreference: {reference:?}",
                    case.describe(),
                    question.now
                ));
            }
            asked.decisions += 1;
            let differs = |last: &Decision| !same(last, &cached);
            asked.answers_that_changed += u64::from(before.get(&number).is_some_and(differs));
            before.insert(number, cached);
        }
    }
    asked.hits += hits(&service);
    Ok(())
}

/// The question with one thing of another.
fn variant(rng: &mut Rng, mut question: Question<'static>, other: Question<'static>) -> Question<'static> {
    let (resource, sent) = (&mut question.resource, other.resource);
    match rng.u8(..10) {
        0 => question.subject = other.subject,
        1 => {
            if let (Some(subject), Some(other)) = (&mut question.subject, other.subject) {
                subject.id = other.id;
            }
        }
        2 => {
            if let (Some(subject), Some(other)) = (&mut question.subject, other.subject) {
                subject.properties = other.properties;
            }
        }
        3 => question.action = other.action,
        4 => question.action_properties = other.action_properties,
        5 => resource.id = sent.id,
        6 => resource.properties = sent.properties,
        7 => {
            let organization = |(name, _): &(_, _)| name == "organization";
            resource.properties.retain(|property| !organization(property));
            resource.properties.extend(sent.properties.into_iter().filter(organization));
        }
        8 => question.context = other.context,
        _ => question.understands = other.understands,
    }
    question
}

/// The instant that the question came with, one around the end of its last answer, or one a little off.
fn now(rng: &mut Rng, own: Instant, last: Option<&Decision>) -> Instant {
    let end = last.and_then(|last| last.valid_until);
    match (rng.u8(..8), end) {
        (0..3, Some(end)) => Instant::from_micros(end.micros() + rng.i64(-2..=2)),
        (3, _) => Instant::from_micros(own.micros() + rng.i64(-2..=2)),
        (4, _) => Instant::from_micros(own.micros() + rng.i64(-86_400_000_000..86_400_000_000)),
        _ => own,
    }
}

fn hits(service: &Service) -> u64 {
    let text = service.metrics_text(Exposition::Prometheus).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("portcullis_cache_hits_total "));
    line.unwrap().parse().unwrap()
}

impl Asked {
    fn and(self, other: &Asked) -> Asked {
        Asked {
            decisions: self.decisions + other.decisions,
            hits: self.hits + other.hits,
            answers_that_changed: self.answers_that_changed + other.answers_that_changed,
            rejected: self.rejected + other.rejected,
        }
    }

    /// Asserts that the cache was used, and that what it was asked for kept changing.
    pub(super) fn assert_meaningful(&self) {
        assert!(self.hits * 4 >= self.decisions, "too few hits\n{self}");
        assert!(self.answers_that_changed * 20 >= self.decisions, "too little changed\n{self}");
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Asked { decisions, hits, answers_that_changed, rejected } = self;
        write!(
            f,
            "{decisions} decisions, {hits} of them cached, {answers_that_changed} other than the last to their question \
             ({rejected} policy sets rejected)"
        )
    }
}
