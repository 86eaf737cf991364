//! The thread that keeps a directory in sight.
//!
//! It only fetches and carries: events and looks go into the state machine of `settle`, which says what to do.

#[cfg(test)]
#[path = "watch_tests.rs"]
mod tests;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::Bundle;
use super::armed::{Armed, Arming, MakeWatcher, system_watcher, translate};
use super::file::Digest;
use super::load::{LoadError, LoadErrorKind, Loader, Tests};
use super::revision::{Configuration, files_digest};
use super::scan::{Scan, scan};
use super::settle::{Event, Settling, Verdict};
use super::trail::Trail;
use crate::document::{Diagnostic, Sources};

#[derive(Debug, Clone)]
pub struct WatchOptions {
    /// How often to look at the directory when nothing seems to happen.
    pub poll: Duration,
    pub events: SystemEvents,
    /// Part of every revision.
    pub configuration: Configuration,
    /// What the tests have to be for anything to load.
    pub tests: Tests,
}

/// Whether the system is asked to tell of changes. It can't on network file systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SystemEvents {
    On,
    Off,
}

/// A directory being watched, until this is dropped.
#[derive(Debug)]
pub struct Watch {
    inbox: Sender<Message>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
pub enum Message {
    Event(notify::Result<notify::Event>),
    Stop,
}

/// After an event, how long nothing more must happen before we look,
const QUIET: Duration = Duration::from_millis(15);
/// and after how long we look anyway.
const BURST_MAX: Duration = Duration::from_millis(60);
/// When to look again at a directory that changed while it was read.
const RESTLESS_PAUSE: Duration = Duration::from_millis(30);

/// Loads the directory now and again whenever it changes. `on_load` hears of each new bundle, and once of each mistake:
/// what was good before is still good then. It is called on the watching thread and must not drop the [`Watch`].
pub fn watch(
    directory: &Path,
    options: WatchOptions,
    on_load: impl FnMut(Result<Bundle, LoadError>) + Send + 'static,
) -> io::Result<Watch> {
    watch_by(Box::new(system_watcher), directory, options, on_load)
}

fn watch_by(
    make_watcher: MakeWatcher,
    directory: &Path,
    options: WatchOptions,
    on_load: impl FnMut(Result<Bundle, LoadError>) + Send + 'static,
) -> io::Result<Watch> {
    let (sender, inbox) = channel();
    let armed = (options.events == SystemEvents::On).then(|| Armed::new(sender.clone(), make_watcher));
    let mut watching = Watching {
        directory: directory.to_owned(),
        poll: options.poll,
        inbox,
        armed,
        settling: Settling::default(),
        loader: Loader::new(options.configuration, options.tests),
        last: None,
        root: Trail::default(),
        told: None,
        told_unfinished: false,
        is_stopped: false,
        on_load,
    };
    let thread = thread::Builder::new().name("policies".to_owned()).spawn(move || watching.run())?;
    Ok(Watch { inbox: sender, thread: Some(thread) })
}

impl Drop for Watch {
    fn drop(&mut self) {
        // Either of them fails only if the thread has ended already.
        let _ = self.inbox.send(Message::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Watching<F> {
    directory: PathBuf,
    poll: Duration,
    inbox: Receiver<Message>,
    armed: Option<Armed>,
    settling: Settling,
    loader: Loader,
    last: Option<Scan>,
    /// Where the directory really is.
    root: Trail,
    told: Option<Told>,
    told_unfinished: bool,
    is_stopped: bool,
    on_load: F,
}

/// What `on_load` heard last.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    Files(Digest),
    Problem(Vec<Diagnostic>),
}

#[derive(Debug, PartialEq, Eq)]
enum Wake {
    Look,
    Stop,
}

impl<F: FnMut(Result<Bundle, LoadError>)> Watching<F> {
    fn run(&mut self) {
        let mut due = Instant::now();
        while !self.is_stopped && self.wait(due) == Wake::Look {
            let again = self.look();
            let now = Instant::now();
            self.tell(now);
            due = [self.settling.due(now), again, Some(now + self.poll)]
                .into_iter()
                .flatten()
                .min()
                .unwrap_or(now);
        }
    }

    /// Waits until it is time to look: when due, or when a burst of events has come to rest.
    fn wait(&mut self, due: Instant) -> Wake {
        let mut look_at = due;
        let mut burst_ends = None;
        loop {
            let pause = look_at.saturating_duration_since(Instant::now());
            match self.inbox.recv_timeout(pause) {
                Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => return Wake::Stop,
                Err(RecvTimeoutError::Timeout) => return Wake::Look,
                Ok(Message::Event(event)) => {
                    let now = Instant::now();
                    for event in translate(event) {
                        if self.concerns_us(&event) {
                            let ends = *burst_ends.get_or_insert(now + BURST_MAX);
                            look_at = due.min(ends).min(now + QUIET);
                        }
                        self.note(&event);
                        self.settling.event(event, now);
                    }
                }
            }
        }
    }

    /// Looks once, and says when to look again if that is known already.
    fn look(&mut self) -> Option<Instant> {
        let scan = match scan(&self.directory, self.last.as_ref()) {
            Ok(scan) => scan,
            Err(error) => {
                let directories: BTreeSet<PathBuf> = error.root.directories().map(Path::to_owned).collect();
                self.root = error.root;
                let now = Instant::now();
                if !error.is_restless {
                    self.arm(&directories);
                    self.settling.fail(*error.problem, now);
                    return None;
                }
                return Some(now + RESTLESS_PAUSE);
            }
        };
        let arming = self.arm(&scan.directories);
        let during = self.events_so_far();
        let now = Instant::now();
        self.root = scan.root.clone();
        let again = during.iter().any(|event| self.concerns_us(event)) || arming != Arming::Same;
        if arming != Arming::Anew {
            self.settling.observe(&scan, during, now);
        }
        self.last = Some(scan);
        again.then_some(now + QUIET)
    }

    fn arm(&mut self, directories: &BTreeSet<PathBuf>) -> Arming {
        let Some(armed) = &mut self.armed else { return Arming::Same };
        let arming = armed.arm(directories);
        if arming == Arming::Anew {
            self.settling.event(Event::Lost, Instant::now());
        }
        arming
    }

    /// What happened until now and was not heard of.
    fn events_so_far(&mut self) -> Vec<Event> {
        if let Some(armed) = &mut self.armed {
            armed.flush();
        }
        let mut events = Vec::new();
        while let Ok(message) = self.inbox.try_recv() {
            match message {
                Message::Event(event) => events.extend(translate(event)),
                Message::Stop => self.is_stopped = true,
            }
        }
        for event in &events {
            self.note(event);
        }
        events
    }

    fn note(&mut self, event: &Event) {
        if let Some(armed) = &mut self.armed {
            armed.note(event);
        }
    }

    /// Directories of others are watched too, where ours or a link to it lies; what happens there to others is nothing.
    fn concerns_us(&self, event: &Event) -> bool {
        let files = self.last.iter().flat_map(|scan| scan.files.values());
        let trails: Vec<&Trail> = files.map(|seen| &seen.trail).collect();
        *event == Event::Lost
            || event.paths().any(|path| {
                path.starts_with(&self.root.end)
                    || self.root.passes(path)
                    || trails.iter().any(|trail| trail.passes(path))
            })
    }

    /// Tells what is new, once.
    fn tell(&mut self, now: Instant) {
        let unfinished = self.settling.unfinished(now);
        if self.told_unfinished && unfinished.is_empty() {
            // Whoever heard of it has to hear that it is over, though all files may be as they were.
            self.told_unfinished = false;
            self.told = None;
        }
        match self.settling.verdict(now) {
            Verdict::Wait => {}
            Verdict::Problem(error) => {
                let told = Told::Problem(error.diagnostics.clone());
                if self.told.as_ref() != Some(&told) {
                    self.told = Some(told);
                    (self.on_load)(Err(error.clone()));
                }
            }
            Verdict::Load(files) => {
                let told = Told::Files(files_digest(files.values().map(AsRef::as_ref)));
                if self.told.as_ref() != Some(&told) {
                    self.told = Some(told);
                    let label = self.directory.display().to_string();
                    (self.on_load)(self.loader.load(files, &label));
                }
            }
        }
        if !self.told_unfinished && !unfinished.is_empty() {
            self.told_unfinished = true;
            (self.on_load)(Err(LoadError {
                kind: LoadErrorKind::Unreadable,
                sources: Arc::new(Sources::default()),
                diagnostics: unfinished,
            }));
        }
    }
}
