//! Changes of a policy directory: good ones, mistakes, files written piece by piece, and volumes that are swapped.

use std::collections::HashMap;
use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use fastrand::Rng;
use serde_json::Value;

use super::variants::{PAGES, SIDES, State, VOLUMES, page, side};
use crate::client::{Client, get};
use crate::process::{PATIENCE, Served, wait_until};
use crate::reload::replace;

/// One file that stands alone, and two that are links into a volume as Kubernetes mounts it.
pub struct Directory {
    place: tempfile::TempDir,
}

impl Directory {
    pub fn new() -> Directory {
        let directory = Directory { place: tempfile::tempdir().unwrap() };
        replace(&directory.page(), &page(0));
        directory.swap(0, SIDES.map(|name| side(name, 0)));
        for name in SIDES {
            symlink(format!("..data/{name}.policy"), directory.path().join(format!("{name}.policy")))
                .unwrap();
        }
        directory
    }

    pub fn path(&self) -> &Path {
        self.place.path()
    }

    fn page(&self) -> PathBuf {
        self.path().join("page.policy")
    }

    /// A new directory beside the old, a link that is renamed over the old one, and the old directory goes.
    fn swap(&self, number: usize, texts: [String; 2]) {
        let new = self.path().join(format!("..v{number}"));
        fs::create_dir(&new).unwrap();
        for (name, text) in SIDES.into_iter().zip(texts) {
            fs::write(new.join(format!("{name}.policy")), text).unwrap();
        }
        let data = self.path().join("..data");
        let old = fs::read_link(&data).ok();
        let beside = self.path().join("..data_tmp");
        symlink(format!("..v{number}"), &beside).unwrap();
        fs::rename(beside, data).unwrap();
        if let Some(old) = old {
            fs::remove_dir_all(self.path().join(old)).unwrap();
        }
    }

    /// Truncates, writes in pieces, and rests where the text so far is a policy without its denies.
    fn tear(&self, text: &str, rng: &mut Rng) {
        let mut file = OpenOptions::new().write(true).truncate(true).open(self.page()).unwrap();
        let denies = text.find("deny ").unwrap_or(text.len());
        // So long that two looks agree, now and then.
        let rest = if rng.u32(..100) == 0 { 1_200 } else { rng.u64(..40) };
        let (start, end) = text.as_bytes().split_at(denies);
        for part in [start, end] {
            let (one, other) = part.split_at(rng.usize(..=part.len()));
            for piece in [one, other] {
                thread::sleep(Duration::from_millis(rng.u64(..8)));
                file.write_all(piece).unwrap();
            }
            thread::sleep(Duration::from_millis(rest));
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Good,
    Broken,
    Torn,
    Swapped,
}

const KINDS: [Kind; 4] = [Kind::Good, Kind::Broken, Kind::Torn, Kind::Swapped];

/// A pseudo-random sequence of changes, and what has to come of it.
pub struct Storm<'a> {
    rng: Rng,
    directory: &'a Directory,
    process: &'a Served,
    known: &'a HashMap<String, State>,
    is_over: &'a AtomicBool,
    state: State,
    /// What the mistake is called that stands in the page, or in the volume.
    page_mistake: Option<String>,
    volume_mistake: Option<String>,
    made: [usize; KINDS.len()],
    waited_for: usize,
    /// What was in force when it was last waited for.
    in_force: State,
}

impl<'a> Storm<'a> {
    pub fn new(
        seed: u64,
        directory: &'a Directory,
        process: &'a Served,
        known: &'a HashMap<String, State>,
        is_over: &'a AtomicBool,
    ) -> Storm<'a> {
        let state = State { page: 0, volume: 0 };
        Storm {
            rng: Rng::with_seed(seed),
            directory,
            process,
            known,
            is_over,
            state,
            page_mistake: None,
            volume_mistake: None,
            made: [0; KINDS.len()],
            waited_for: 0,
            in_force: state,
        }
    }

    /// Makes so many changes, and at the end a good one of each part: those have to decide.
    pub fn rage(&mut self, changes: usize) {
        for number in 1..=changes {
            let kind = self.rng.choice(KINDS).unwrap();
            self.change(kind, number);
            if self.rng.bool() {
                self.wait(kind);
            } else {
                thread::sleep(Duration::from_millis(self.rng.u64(..40)));
            }
            assert!(!self.is_over(), "a client has failed after {number} changes");
        }
        self.change(Kind::Good, changes + 1);
        self.change(Kind::Swapped, changes + 2);
        self.wait(Kind::Swapped);
    }

    fn change(&mut self, kind: Kind, number: usize) {
        self.made[kind as usize] += 1;
        // Most mistakes are in the page, which is mended more often.
        let in_volume = match kind {
            Kind::Good | Kind::Torn => false,
            Kind::Swapped => true,
            Kind::Broken => self.rng.u32(..4) == 0,
        };
        let mistake = matches!(kind, Kind::Broken).then(|| format!("mistake_{number}"));
        let line = mistake.as_ref().map_or_else(String::new, |name| format!("allow page:{name}\n"));
        if in_volume {
            self.state.volume = (self.state.volume + 1) % VOLUMES;
            let [left, right] = SIDES.map(|name| side(name, self.state.volume));
            self.directory.swap(number, [left, right + &line]);
            self.volume_mistake = mistake;
            return;
        }
        self.state.page = (self.state.page + 1) % PAGES;
        let text = page(self.state.page) + &line;
        match kind {
            Kind::Torn => self.directory.tear(&text, &mut self.rng),
            _ => replace(&self.directory.page(), &text),
        }
        self.page_mistake = mistake;
    }

    /// Waits until the last change has come to what it has to: this revision, or this mistake.
    fn wait(&mut self, kind: Kind) {
        let is_whole = self.page_mistake.is_none() && self.volume_mistake.is_none();
        let mistakes: Vec<&String> = self.page_mistake.iter().chain(&self.volume_mistake).collect();
        let is_so = |readiness: &Value| {
            let problem = readiness["problem"].as_str();
            let revision = readiness["revision"].as_str().and_then(|revision| self.known.get(revision));
            if is_whole {
                problem.is_none() && revision == Some(&self.state)
            } else {
                problem.is_some_and(|problem| mistakes.iter().all(|name| problem.contains(*name)))
            }
        };
        let mut admin = Client::tcp(self.process.admin);
        let mut readiness = Value::Null;
        let has_come = wait_until(PATIENCE, || {
            readiness = serde_json::from_str(&admin.ask(get("/readyz")).body).unwrap();
            is_so(&readiness) || self.is_over()
        });
        assert!(!self.is_over(), "a client has failed");
        assert!(has_come, "after {kind:?}, in {:?} with {mistakes:?}: {readiness}", self.state);
        if is_whole {
            self.waited_for += usize::from(self.in_force != self.state);
            self.in_force = self.state;
        } else {
            self.waited_for += usize::from(matches!(kind, Kind::Broken));
        }
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Changes for each of which there was a load.
    pub fn waited_for(&self) -> usize {
        self.waited_for
    }

    /// The loads that the process has counted.
    pub fn counted(&self) -> usize {
        self.results().iter().sum()
    }

    fn results(&self) -> [usize; 2] {
        let metrics = Client::tcp(self.process.admin).ask(get("/metrics")).body;
        ["success", "failure"].map(|result| {
            let series = format!("portcullis_reloads_total{{result=\"{result}\"}} ");
            let value = metrics.lines().find_map(|line| line.strip_prefix(&series));
            value.expect("a count").parse().expect("a number")
        })
    }
}

impl fmt::Display for Storm<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [success, failure] = self.results();
        for (kind, made) in KINDS.iter().zip(self.made) {
            write!(f, "{made} {kind:?}, ")?;
        }
        write!(f, "{} waited for; {success} loads, {failure} refusals", self.waited_for)
    }
}
