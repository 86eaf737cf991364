//! The cache of the running binary and of a service that many threads ask at once.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant as Stopwatch};

use portcullis::config::{CacheMode, Caching};
use portcullis::document::{Source, Sources};
use portcullis::engine::{Engine, PartyInput, Question, Vouched};
use portcullis::facts::{self, Facts};
use portcullis::language;
use portcullis::model::Instant;
use portcullis::service::{Clock, Deadline, Exposition, Service, World};

use crate::client::{Client, evaluation, get};
use crate::process::Served;

/// The value of one series of `/metrics`.
fn metric(process: &Served, series: &str) -> u64 {
    let text = Client::tcp(process.admin).ask(get("/metrics")).body;
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no `{series}` in:\n{text}")).parse().unwrap()
}

fn hackai(flags: &[&str]) -> Served {
    let policies = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/hackai/policies");
    let process = Served::start(&policies, flags);
    process.wait_until_ready();
    process
}

/// With nothing configured the dearer rules of `HackAI` are cached, and the cheaper ones are decided each time.
#[test]
fn hackai_has_rules_for_which_it_pays() {
    let process = hackai(&[]);
    let mut client = process.client();
    let mut ask = |who: &str, action: &str, resource: (&str, &str)| {
        let (kind, id) = resource;
        let body = format!(
            r#"{{"subject":{{"type":"user","id":"{who}"}},"action":{{"name":"{action}"}},
                "resource":{{"type":"{kind}","id":"{id}"}},
                "context":{{"ip":"192.168.7.7","device_trusted":true,"country":"GB"}}}}"#
        );
        let answer = client.ask(evaluation(&body));
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    };
    let first = ask("sam", "manage", ("security", "status"));
    for _ in 0..9 {
        assert_eq!(ask("sam", "manage", ("security", "status")), first);
    }
    let counts = || {
        ["hits", "misses", "bypassed"].map(|what| metric(&process, &format!("portcullis_cache_{what}_total")))
    };
    // A window may have opened or closed just now.
    let [hits, misses, bypassed] = counts();
    assert!(hits >= 8 && misses <= 2 && hits + misses == 10 && bypassed == 0, "{:?}", counts());
    assert!(metric(&process, "portcullis_cache_bytes") > 100);
    for _ in 0..10 {
        ask("uma", "manage", ("profile", "uma"));
    }
    assert_eq!(counts()[2], 10);
    assert_eq!(metric(&process, "portcullis_cache_mismatches_total"), 0);
    assert_eq!(metric(&process, "portcullis_cache_evictions_total"), 0);
}

/// Sidecars are small: whatever is asked, and however much of it is kept, the process stays within 64 MiB.
/// `PORTCULLIS_CACHE_REQUESTS` sets how many different questions are asked.
#[test]
fn it_stays_small_whatever_is_asked() {
    const AT_ONCE: usize = 1_000;
    const MEMORY_MAX: u64 = 64 * 1024 * 1024;
    let asked = std::env::var("PORTCULLIS_CACHE_REQUESTS").map_or(40_000, |text| text.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("portcullis.yaml");
    std::fs::write(&config, "cache: \"on\"\n").unwrap();
    let process = hackai(&["--config", config.to_str().unwrap()]);
    let mut client = process.client();
    for start in (0..asked).step_by(AT_ONCE) {
        let item =
            |number: usize| format!(r#"{{"resource":{{"type":"incidents","id":"incident {number}"}}}}"#);
        let items: Vec<String> = (start..start + AT_ONCE).map(item).collect();
        let body = format!(
            r#"{{"subject":{{"type":"user","id":"ana"}},"action":{{"name":"investigate"}},
                "context":{{"ip":"192.168.7.7"}},"evaluations":[{}]}}"#,
            items.join(",")
        );
        let answer = client.ask(evaluation(&body).replacen("/evaluation ", "/evaluations ", 1));
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    let misses = metric(&process, "portcullis_cache_misses_total");
    assert_eq!(usize::try_from(misses).unwrap(), asked);
    let (bytes, evictions) =
        (metric(&process, "portcullis_cache_bytes"), metric(&process, "portcullis_cache_evictions_total"));
    let peak = process.memory_peak();
    println!("{asked} questions, {bytes} bytes of cache, {evictions} evictions, {peak} bytes at the peak");
    assert!(bytes <= 16 * 1024 * 1024 && evictions > 0, "{bytes} bytes, {evictions} evictions");
    assert!(peak <= MEMORY_MAX, "{peak} bytes");
}

const POLICY: &str = "package p
subject user { level: int }
resource page { actions read }
allow page:read named seniors when subject.level > 3
";

fn loaded(level: u32) -> (Arc<Engine>, Arc<Facts>) {
    let mut sources = Sources::default();
    let policy = sources.add(Source { name: "p.policy".to_owned(), text: POLICY.to_owned() });
    let policy = language::load(&sources, &[policy]).policy.expect("a policy");
    let text =
        format!("package: p\nsubjects: {{ user: {{ ann: {{ level: {level} }}, bob: {{ level: 7 }} }} }}\n");
    let file = sources.add(Source { name: "facts.yaml".to_owned(), text });
    let facts = facts::load(&sources, &[file], &policy.schema).0.expect("facts");
    (Arc::new(Engine::new(Arc::new(policy))), Arc::new(facts))
}

fn may_ann_read() -> Question<'static> {
    let party = |kind: &'static str, id: &'static str| PartyInput {
        kind: kind.into(),
        id: Some(id.into()),
        properties: Vec::new(),
    };
    Question {
        subject: Some(party("user", "ann")),
        action: "read".into(),
        action_properties: Vec::new(),
        resource: party("page", "one"),
        context: Vec::new(),
        understands: Vec::new(),
        vouched: Vouched::default(),
        now: Instant::from_seconds(1_800_000_000),
    }
}

/// T-68 and T-69: whoever begins after a change was published is answered by it, whatever was cached, and everybody by
/// the one World that they began with.
#[test]
fn many_ask_while_facts_and_policies_change() {
    const THREADS: usize = 4;
    let caching = Caching { mode: CacheMode::On, verify_every: 7, ..Caching::default() };
    let service = Service::new(Clock::system(), caching).unwrap();
    let deadline = Deadline::new(Stopwatch::now(), 3_600_000);
    let (engine, allowing) = loaded(7);
    let (_, denying) = loaded(1);
    let published = AtomicUsize::new(0);
    let is_over = AtomicBool::new(false);
    // Each World's revision is its number, and Ann may read in those with an even one.
    let publish = |number: usize| {
        let facts = Arc::clone(if number.is_multiple_of(2) { &allowing } else { &denying });
        let engine = if number.is_multiple_of(7) { loaded(7).0 } else { Arc::clone(&engine) };
        service.publish(World::new(engine, facts, &number.to_string(), service.now()));
        published.store(number, Ordering::SeqCst);
    };
    publish(0);
    let asked: usize = thread::scope(|scope| {
        let ask = || {
            let question = may_ann_read();
            let mut asked = 0;
            while !is_over.load(Ordering::Relaxed) {
                let least = published.load(Ordering::SeqCst);
                let snapshot = service.snapshot();
                let number: usize = snapshot.world().unwrap().revision_text().parse().unwrap();
                assert!(number >= least, "World {number} answers after {least} was published");
                let answer = service.decide(snapshot.world(), &question, deadline);
                assert_eq!(answer.is_allow(), number.is_multiple_of(2), "World {number}");
                asked += 1;
            }
            asked
        };
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(ask)).collect();
        for number in 1..300 {
            publish(number);
            thread::sleep(Duration::from_millis(2));
        }
        is_over.store(true, Ordering::Relaxed);
        threads.into_iter().map(|thread| thread.join().unwrap()).sum()
    });
    assert!(asked > 1_000, "{asked}");
    let metrics = service.metrics_text(Exposition::Prometheus).unwrap();
    assert!(metrics.contains("\nportcullis_cache_mismatches_total 0\n"), "{metrics}");
    let count = |what: &str| -> usize {
        let series = format!("portcullis_cache_{what}_total ");
        metrics.lines().find_map(|line| line.strip_prefix(&series)).unwrap().parse().unwrap()
    };
    assert_eq!(count("hits") + count("misses"), asked);
    assert!(count("hits") > asked / 2, "{metrics}");
}

#[test]
fn the_cache_can_be_switched_on_and_off() {
    for (mode, expected) in [("on", "hits"), ("off", "bypassed")] {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("portcullis.yaml");
        std::fs::write(
            &config,
            format!("cache: \"{mode}\"\ncache_bytes_max: 2000000\ncache_verify_every: 1\n"),
        )
        .unwrap();
        let process = hackai(&["--config", config.to_str().unwrap()]);
        let body = r#"{"subject":{"type":"user","id":"uma"},"action":{"name":"manage"},
            "resource":{"type":"profile","id":"uma"}}"#;
        let mut client = process.client();
        for _ in 0..10 {
            assert_eq!(client.ask(evaluation(body)).status, 200);
        }
        assert!(metric(&process, &format!("portcullis_cache_{expected}_total")) >= 8, "{mode}");
        assert_eq!(metric(&process, "portcullis_cache_mismatches_total"), 0);
    }
}
