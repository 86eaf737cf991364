//! The running binary under a storm of reloads: each answer is right for the revision that it names, and none fails.
//!
//! `PORTCULLIS_STORM_RELOADS` sets how many changes are made to its directory.

mod changes;
mod clients;
mod variants;

use std::collections::HashMap;
use std::env;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use changes::{Directory, Storm};
use clients::{Asked, Asking, Latencies, ask};
use variants::{PAGES, VOLUMES, revisions};

use crate::process::Served;

const RELOADS: usize = 60;
const SEED: u64 = 20_261_123;
const CLIENTS: usize = 4;
/// Of all revisions that there can be.
const REVISIONS_MIN: usize = 8;

/// Stops the clients also when the storm fails, and the storm when a client does.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn a_storm_of_reloads_fails_no_request_and_gives_no_wrong_answer() {
    let reloads = env::var("PORTCULLIS_STORM_RELOADS").map_or(RELOADS, |text| text.parse().unwrap());
    println!("{reloads} reloads from seed {SEED}");
    let calm =
        Duration::from_millis(2 * reloads as u64).clamp(Duration::from_millis(500), Duration::from_secs(20));
    let known = revisions();
    let directory = Directory::new();
    let process = Served::start(directory.path(), &[]);
    process.wait_until_ready();
    let (is_over, is_stormy) = (AtomicBool::new(false), AtomicBool::new(false));
    let mut storm = Storm::new(SEED, &directory, &process, &known, &is_over);
    let asking =
        Asking { server: process.decisions, known: &known, is_over: &is_over, is_stormy: &is_stormy };
    let asked: Vec<Asked> = thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| {
                scope.spawn(move || {
                    let _over = Over(asking.is_over);
                    ask(asking, client)
                })
            })
            .collect();
        {
            let _over = Over(&is_over);
            thread::sleep(calm);
            is_stormy.store(true, Ordering::Relaxed);
            storm.rage(reloads);
            is_stormy.store(false, Ordering::Relaxed);
            thread::sleep(calm);
        }
        clients.into_iter().map(|client| client.join().expect("no request failed")).collect()
    });
    println!("{storm}");
    report(&asked, &known);
    // How many loads there were is what the process itself counts; each change that was waited for took one.
    let counted = storm.counted();
    assert!(counted >= storm.waited_for(), "{counted} loads");
    assert!(storm.waited_for() >= reloads / 8, "{} changes were waited for", storm.waited_for());
}

fn report(asked: &[Asked], known: &HashMap<String, variants::State>) {
    let mut latencies = Latencies::default();
    let mut seen: Vec<&String> = Vec::new();
    for asked in asked {
        latencies.add(&asked.latencies);
        seen.extend(&asked.revisions);
    }
    seen.sort();
    seen.dedup();
    let changes = asked.iter().map(|asked| asked.changes).max().unwrap_or_default();
    println!("{} of {} revisions decided, {changes} changes as one client saw them", seen.len(), known.len());
    println!("{}", latencies.summary());
    assert_eq!(known.len(), PAGES * VOLUMES, "two states have the same revision");
    // The clients were there while it changed.
    assert!(seen.len() >= REVISIONS_MIN, "{} revisions", seen.len());
}
