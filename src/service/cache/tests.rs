//! The cache as requests use it: T-63 to T-66 and T-68 of the threats.

use std::cell::Cell;
use std::collections::hash_map::DefaultHasher;
use std::hash::{BuildHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::*;
use crate::document::{Source, Sources};
use crate::engine::{Engine, PartyInput, Reason, Vouched};
use crate::facts::Facts;
use crate::service::{Clock, Deadline, Exposition, Service};
use crate::{facts, language};

const POLICY: &str = "
package p
subject user { level: int }
resource page { actions read, write, print }
window morning = Mon-Sun 00:00-12:00 UTC
role reader { page:read }
allow page:write named mornings when now in morning
allow page:print named seniors when subject.level > 3 oblige watch() advise look()
deny page:print named spoilt when subject.level > 100
";

/// Ann reads until one o'clock, and prints.
const FACTS: &str = "
package: p
subjects:
  user:
    ann:
      level: 7
      roles: [{ role: reader, scope: /, expires: \"2026-03-02T13:00:00Z\", granted_at: \"2026-03-01T00:00:00Z\", granted_by: x, reason: z }]
    bob: { level: 1 }
";

struct Fixture {
    cache: Cache,
    metrics: Metrics,
    world: World,
}

fn caching() -> Caching {
    Caching { mode: CacheMode::On, verify_every: 0, ..Caching::default() }
}

fn fixture(caching: Caching) -> Fixture {
    let metrics = Metrics::new().unwrap();
    Fixture { cache: Cache::new(caching, metrics.evictions()), metrics, world: world(POLICY, FACTS) }
}

fn world(policy: &str, facts: &str) -> World {
    let (engine, facts) = loaded(policy, facts);
    World::new(engine, facts, "revision", noon())
}

fn loaded(policy: &str, facts: &str) -> (Arc<Engine>, Arc<Facts>) {
    let mut sources = Sources::default();
    let file = sources.add(Source { name: "p.policy".to_owned(), text: policy.to_owned() });
    let policy = language::load(&sources, &[file]);
    let policy = policy.policy.unwrap_or_else(|| panic!("{:#?}", policy.diagnostics));
    let file = sources.add(Source { name: "facts.yaml".to_owned(), text: facts.to_owned() });
    let (facts, problems) = facts::load(&sources, &[file], &policy.schema);
    let facts = facts.unwrap_or_else(|| panic!("{problems:#?}"));
    (Arc::new(Engine::new(Arc::new(policy))), Arc::new(facts))
}

fn noon() -> Instant {
    at("2026-03-02T12:00:00Z")
}

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn question(who: &str, action: &str, now: Instant) -> Question<'static> {
    let party = |kind: &'static str, id: &str| PartyInput {
        kind: kind.into(),
        id: Some(id.to_owned().into()),
        properties: Vec::new(),
    };
    Question {
        subject: Some(party("user", who)),
        action: action.to_owned().into(),
        action_properties: Vec::new(),
        resource: party("page", "one"),
        context: Vec::new(),
        understands: vec!["watch".into()],
        vouched: Vouched::default(),
        now,
    }
}

/// Where nothing fails.
impl Cache {
    fn decided(&self, world: &World, question: &Question<'_>, metrics: &Metrics) -> Decision {
        self.answer(world, question, metrics, &|_| false).expect("a decision")
    }

    fn decided_by(
        &self,
        world: &World,
        question: &Question<'_>,
        metrics: &Metrics,
        decide: &dyn Fn(&Request<'_>) -> Decision,
    ) -> Decision {
        self.answer_by(world, question, metrics, decide, &|_| false).expect("a decision")
    }
}

impl Fixture {
    fn ask(&self, question: &Question<'_>) -> Decision {
        let decision = self.cache.decided(&self.world, question, &self.metrics);
        assert_eq!(decision, self.world.engine.answer(&self.world.facts, question));
        decision
    }

    /// Hits, misses, bypassed.
    fn counts(&self) -> [u64; 3] {
        ["hits", "misses", "bypassed"].map(|what| self.count(what))
    }

    fn count(&self, what: &str) -> u64 {
        let wait = std::time::Duration::ZERO;
        let text = self.metrics.text(Exposition::Prometheus, 0.0, wait, self.cache.bytes()).unwrap();
        let suffix = if what == "bytes" { "" } else { "_total" };
        let series = format!("portcullis_cache_{what}{suffix} ");
        text.lines().find_map(|line| line.strip_prefix(&series)).unwrap().parse().unwrap()
    }

    fn entries(&self) -> u64 {
        self.cache.entries.run_pending_tasks();
        self.cache.entries.entry_count()
    }
}

#[test]
fn the_same_question_is_decided_once_and_answered_the_same() {
    let fixture = fixture(caching());
    let asked = question("ann", "print", noon());
    let first = fixture.ask(&asked);
    assert!(first.is_allow() && first.deciding.len() == 1);
    for _ in 0..3 {
        assert_eq!(fixture.ask(&asked), first);
    }
    assert_eq!(fixture.counts(), [3, 1, 0]);
    assert_eq!(fixture.world.engine.obligations(&first).len(), 1);
    assert_eq!(fixture.world.engine.advice(&first).len(), 1);
    // Unknown leaves come back too.
    let unknown = fixture.ask(&question("zoe", "print", noon()));
    assert_eq!((unknown.reason, unknown.unknown.len()), (Reason::UnknownAttribute, 1));
    assert_eq!(fixture.ask(&question("zoe", "print", noon())), unknown);
    // Who doesn't understand the obligation asks something else.
    let mut deaf = asked;
    deaf.understands.clear();
    assert_eq!(fixture.ask(&deaf).reason, Reason::ObligationUnsupported);
    assert_eq!(fixture.counts(), [4, 3, 0]);
}

/// T-66: to the microsecond, and whatever the clock does.
#[test]
fn an_entry_ends_at_its_horizon_and_begins_when_it_was_made() {
    let fixture = fixture(caching());
    let early = at("2026-03-02T12:30:00Z");
    let end = at("2026-03-02T13:00:00Z").micros();
    let read = |now| fixture.ask(&question("ann", "read", now)).is_allow();
    assert!(read(early));
    assert!(read(Instant::from_micros(end - 1)));
    assert_eq!(fixture.counts(), [1, 1, 0]);
    assert!(!read(Instant::from_micros(end)));
    assert_eq!(fixture.counts(), [1, 2, 0]);
    // What was made for a later instant says nothing about this one.
    assert!(read(Instant::from_micros(end - 1)));
    assert_eq!(fixture.counts(), [1, 3, 0]);
    assert!(read(early));
    assert_eq!(fixture.counts(), [1, 4, 0]);
    // A window that opens and closes each day.
    for (now, is_open) in [
        ("2026-03-02T11:59:59.999999Z", true),
        ("2026-03-02T12:00:00Z", false),
        ("2026-03-02T23:59:59.999999Z", false),
        ("2026-03-03T00:00:00Z", true),
        ("2026-03-03T12:00:00Z", false),
    ] {
        assert_eq!(fixture.ask(&question("bob", "write", at(now))).is_allow(), is_open, "{now}");
    }
    assert_eq!(fixture.counts(), [2, 8, 0]);
}

#[test]
fn what_is_cheap_or_switched_off_or_refused_is_decided_each_time() {
    let ask = |fixture: &Fixture| {
        for _ in 0..2 {
            fixture.ask(&question("ann", "print", noon()));
        }
    };
    for mode in [CacheMode::Off, CacheMode::Auto] {
        let fixture = fixture(Caching { mode, ..caching() });
        ask(&fixture);
        assert_eq!((fixture.counts(), fixture.entries()), ([0, 0, 2], 0), "{mode:?}");
    }
    let test = "(now in morning or subject.level > 7) and ";
    let dear = format!("when {} subject.level > 3 oblige", test.repeat(20));
    let dear = POLICY.replace("when subject.level > 3 oblige", &dear).replace("00:00-12:00", "00:00-24:00");
    let mut fixture = fixture(Caching { mode: CacheMode::Auto, ..caching() });
    fixture.world = world(&dear, FACTS);
    ask(&fixture);
    fixture.ask(&question("ann", "read", noon()));
    assert_eq!(fixture.counts(), [1, 1, 1]);

    let fixture = super::tests::fixture(caching());
    for _ in 0..2 {
        assert_eq!(fixture.ask(&question("ann", "fly", noon())).reason, Reason::UnknownAction);
        let mut stranger = question("ann", "read", noon());
        stranger.resource.kind = "planet".into();
        assert_eq!(fixture.ask(&stranger).reason, Reason::UnknownType);
    }
    assert_eq!((fixture.counts(), fixture.entries()), ([0, 0, 4], 0));
}

/// T-64.
#[test]
fn a_decision_that_fails_leaves_nothing_behind() {
    let fixture = fixture(caching());
    let asked = question("ann", "print", noon());
    let failing = |_: &Request<'_>| -> Decision { panic!("the fault that this test injects") };
    for _ in 0..2 {
        let failed = catch_unwind(AssertUnwindSafe(|| {
            fixture.cache.decided_by(&fixture.world, &asked, &fixture.metrics, &failing)
        }));
        assert!(failed.is_err());
        assert_eq!((fixture.counts()[0], fixture.entries()), (0, 0));
    }
    assert!(fixture.ask(&asked).is_allow());
    assert_eq!((fixture.counts(), fixture.entries()), ([0, 3, 0], 1));
}

/// T-64, from the outside: an answer that comes too late, or that a defect made, is in no cache.
#[test]
fn what_the_service_refuses_is_not_kept() {
    let service = Service::new(Clock::system(), caching()).unwrap();
    let asked = question("ann", "print", noon());
    let over = Deadline::new(std::time::Instant::now(), 0);
    service.publish(world(POLICY, FACTS));
    for _ in 0..2 {
        let snapshot = service.snapshot();
        assert!(!service.decide(snapshot.world(), &asked, over).is_allow());
        assert!(!service.decide(None, &asked, over).is_allow());
    }
    let text = service.metrics_text(Exposition::Prometheus).unwrap();
    for series in ["hits_total", "misses_total", "bypassed_total", "bytes"] {
        assert!(text.contains(&format!("\nportcullis_cache_{series} 0\n")), "{text}");
    }
}

/// T-65 and T-68: whoever is still deciding on what was, keeps it for those who ask about what was.
#[test]
fn a_slow_decision_on_old_facts_answers_nobody_who_asks_about_new_ones() {
    let fixture = fixture(caching());
    let asked = question("ann", "print", noon());
    for (before, after) in [("level: 7", "level: 2"), ("level: 2", "level: 7")] {
        let (engine, old_facts) = loaded(POLICY, &FACTS.replace("level: 7", before));
        let (_, new_facts) = loaded(POLICY, &FACTS.replace("level: 7", after));
        let old = World::new(Arc::clone(&engine), old_facts, "revision", noon());
        let new = World::new(engine, new_facts, "revision", noon()).after(&old);
        let decide = |world: &World| fixture.cache.decided(world, &asked, &fixture.metrics).is_allow();
        let was_changed = Cell::new(false);
        let slowly = |request: &Request<'_>| {
            // Meanwhile the facts change, and somebody asks about the new ones.
            assert_eq!(decide(&new), after == "level: 7");
            was_changed.set(true);
            old.engine.decide(request, &mut Scratch::default())
        };
        let slow = fixture.cache.decided_by(&old, &asked, &fixture.metrics, &slowly);
        assert!(was_changed.get());
        assert_eq!(slow.is_allow(), before == "level: 7");
        assert_eq!(decide(&new), after == "level: 7");
        assert_eq!(decide(&old), before == "level: 7");
    }
}

#[test]
fn another_policy_answers_for_itself() {
    let fixture = fixture(caching());
    let asked = question("ann", "print", noon());
    assert!(fixture.ask(&asked).is_allow());
    let stricter = world(&POLICY.replace("> 100", "> 6"), FACTS).after(&fixture.world);
    assert!(!fixture.cache.decided(&stricter, &asked, &fixture.metrics).is_allow());
    // Even one of the same text and name.
    let same = world(POLICY, FACTS).after(&stricter);
    assert!(fixture.cache.decided(&same, &asked, &fixture.metrics).is_allow());
    assert_eq!(fixture.counts(), [0, 3, 0]);
}

#[test]
fn facts_that_a_question_does_not_read_may_change() {
    let fixture = fixture(caching());
    let (engine, before) = loaded(POLICY, FACTS);
    let (_, after) = loaded(POLICY, &FACTS.replace("bob: { level: 1 }", "bob: { level: 9 }"));
    let before = World::new(Arc::clone(&engine), before, "revision", noon());
    let after = World::new(engine, after, "revision", noon()).after(&before);
    let ask = |world, who| fixture.cache.decided(world, &question(who, "print", noon()), &fixture.metrics);
    assert!(ask(&before, "ann").is_allow() && !ask(&before, "bob").is_allow());
    assert!(ask(&after, "ann").is_allow() && ask(&after, "bob").is_allow());
    assert_eq!(fixture.counts(), [1, 3, 0]);
}

#[test]
fn a_wrong_entry_is_noticed_counted_and_replaced() {
    let fixture = fixture(Caching { verify_every: 3, ..caching() });
    let asked = question("bob", "print", noon());
    let wrong = |_: &Request<'_>| {
        let allowed =
            fixture.cache.decided(&fixture.world, &question("ann", "print", noon()), &fixture.metrics);
        assert!(allowed.is_allow());
        allowed
    };
    assert!(fixture.cache.decided_by(&fixture.world, &asked, &fixture.metrics, &wrong).is_allow());
    // The first hit of three is the sample.
    assert!(!fixture.ask(&asked).is_allow());
    assert_eq!(fixture.count("mismatches"), 1);
    for _ in 0..10 {
        assert!(!fixture.ask(&asked).is_allow());
    }
    assert_eq!(fixture.count("mismatches"), 1);
}

#[test]
fn without_a_sample_nothing_is_compared() {
    let fixture = fixture(caching());
    let asked = question("ann", "print", noon());
    let decided = Cell::new(0);
    let decide = |request: &Request<'_>| {
        decided.set(decided.get() + 1);
        fixture.world.engine.decide(request, &mut Scratch::default())
    };
    for _ in 0..2_000 {
        fixture.cache.decided_by(&fixture.world, &asked, &fixture.metrics, &decide);
    }
    assert_eq!(decided.get(), 1);
}

#[test]
fn it_takes_no_more_memory_than_it_may() {
    const BYTES_MAX: u64 = 1024 * 1024;
    const ASKED: u64 = 20_000;
    let fixture = fixture(Caching { bytes_max: BYTES_MAX, ..caching() });
    let before = allocation_counter::measure(|| {
        for number in 0..ASKED {
            let asked = question(&format!("somebody {number}"), "print", noon());
            fixture.cache.decided(&fixture.world, &asked, &fixture.metrics);
        }
        fixture.cache.entries.run_pending_tasks();
    });
    let (bytes, entries) = (fixture.count("bytes"), fixture.entries());
    assert!(bytes <= BYTES_MAX && bytes > BYTES_MAX / 2, "{bytes}");
    assert_eq!(fixture.count("evictions"), ASKED - entries);
    // What it says it takes is no less than what was allocated, but for the sketch of what is asked often.
    let allocated = u64::try_from(before.bytes_current).unwrap();
    assert!(allocated <= bytes + bytes / 4, "{allocated} bytes for {entries} entries of {bytes}");
}

#[test]
fn a_huge_question_is_not_kept() {
    let fixture = fixture(caching());
    for _ in 0..2 {
        fixture.ask(&question(&"x".repeat(KEY_BYTES_MAX), "print", noon()));
    }
    assert_eq!((fixture.counts(), fixture.entries()), ([0, 0, 2], 0));
}

/// T-63: keys that are made to fall into one bucket of a table with a hash that everybody knows are spread over all of
/// them here, and differently in each cache.
#[test]
fn nobody_can_aim_at_one_bucket() {
    const BUCKETS: u64 = 64;
    const AIMED: u64 = 4_096;
    fn bucket(mut hasher: impl Hasher, key: &[u8]) -> usize {
        key.hash(&mut hasher);
        usize::try_from(hasher.finish() % BUCKETS).unwrap()
    }
    let keys = (0_u64..).map(u64::to_le_bytes).map(Vec::from);
    let aimed: Vec<_> = keys
        .filter(|key| bucket(DefaultHasher::new(), key) == 0)
        .take(usize::try_from(AIMED).unwrap())
        .collect();
    let fixtures = [fixture(caching()), fixture(caching())];
    let spread = fixtures.each_ref().map(|fixture| {
        let mut buckets = vec![0_u64; usize::try_from(BUCKETS).unwrap()];
        for key in &aimed {
            buckets[bucket(fixture.cache.hasher.build_hasher(), key)] += 1;
        }
        assert!(buckets.iter().all(|held| *held < 2 * AIMED / BUCKETS), "{buckets:?}");
        buckets
    });
    assert_ne!(spread[0], spread[1]);
}
