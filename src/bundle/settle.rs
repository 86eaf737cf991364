//! When a change may be published: a state machine without a clock and without files.
//!
//! A prefix of a policy file is a valid policy without its last denies. So a changed file counts only after it was
//! renamed into place or closed by its writer; without word of that, when two looks a second apart saw the same.
//! Where a `bundle.yaml` stands that holds for it alone: the files that it lists count together, as soon as each has
//! its hash, and until then none does.

#[cfg(test)]
#[path = "settle_tests.rs"]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::file::{Digest, File};
use super::load::LoadError;
use super::scan::{Scan, Seen, Stamp};
use super::{manifest, problem};
use crate::document::Diagnostic;

/// The files of a directory by name.
pub type Files = BTreeMap<String, Arc<File>>;

/// What the system tells of a path, in the order in which it happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Something was written, by a writer that has not closed it yet.
    Written(PathBuf),
    /// A writer closed it.
    Closed(PathBuf),
    /// It was renamed to this path, from one we don't watch or from the one that was just [left](Event::Left); or it
    /// is a new symbolic link.
    Placed(PathBuf),
    Moved(PathBuf, PathBuf),
    /// It was renamed away.
    Left(PathBuf),
    Removed(PathBuf),
    /// It was made, or its permissions changed: worth a look, and proof of nothing.
    Touched(PathBuf),
    /// Events were lost.
    Lost,
}

/// How far each file of a directory is on its way to being believed.
#[derive(Debug, Default)]
pub struct Settling {
    accepted: Files,
    pending: BTreeMap<String, Pending>,
    /// Accepted files that are no longer there, and since when.
    missing: BTreeMap<String, Instant>,
    /// Paths with a writer that has written and not closed, and since when.
    writing: BTreeMap<PathBuf, Instant>,
    /// The writer of a path that was renamed away, until we hear where to.
    adrift: Option<(PathBuf, Instant)>,
    /// Paths closed by their writer or renamed into place since the last look.
    closed: BTreeSet<PathBuf>,
    placed: BTreeSet<PathBuf>,
    /// The `bundle.yaml`, once it is believed.
    manifest: Option<Arc<File>>,
    trouble: Option<Trouble>,
    /// Whether, since the directory could be read again, there was a moment with no file pending or missing.
    is_whole: bool,
}

#[derive(Debug)]
struct Pending {
    label: String,
    digest: Digest,
    stamp: Option<Stamp>,
    since: Instant,
    /// Since when its writer holds it open.
    writing: Option<Instant>,
}

/// Why nothing that is there now counts.
#[derive(Debug)]
struct Trouble {
    error: LoadError,
    since: Instant,
    /// How long it may last before it is spoken of.
    bearable: Duration,
}

/// What is to be done now.
#[derive(Debug)]
pub enum Verdict<'a> {
    Wait,
    /// These are the files now; they may be the same as before.
    Load(&'a Files),
    /// The directory as a whole can't be read, or it is not what its `bundle.yaml` lists.
    Problem(&'a LoadError),
}

/// How far apart two looks must be that make a change believable.
pub const AGREE_AFTER: Duration = Duration::from_secs(1);
/// How long a vanished file keeps its last content.
pub const VANISH_AFTER: Duration = Duration::from_secs(2);
/// How long the same difference between a directory and its `bundle.yaml` may stand before we say so: files arrive one
/// by one.
pub const MATCH_AFTER: Duration = Duration::from_secs(3);
/// How long a writer may hold a file open before we say so.
pub const UNFINISHED_AFTER: Duration = Duration::from_secs(10);
/// Beyond this many open writers (in a directory of somebody else's that we have to watch) we forget them all, and
/// believe in two looks only.
const WRITERS_MAX: usize = 4_096;

impl Settling {
    /// Takes note of an event that happened before the next look began.
    pub fn event(&mut self, event: Event, now: Instant) {
        match event {
            Event::Written(path) => {
                self.closed.remove(&path);
                self.writing.entry(path).or_insert(now);
                if self.writing.len() > WRITERS_MAX {
                    self.event(Event::Lost, now);
                }
            }
            Event::Closed(path) => {
                self.writing.remove(&path);
                self.closed.insert(path);
            }
            Event::Left(path) => self.adrift = self.writing.remove(&path).map(|since| (path, since)),
            Event::Placed(path) => {
                self.writing.remove(&path);
                self.placed.insert(path);
            }
            Event::Moved(from, to) => {
                // A file that is renamed before its writer closed it is not finished by that.
                match self.adrift.take().filter(|(path, _)| *path == from) {
                    Some((_, since)) => self.writing.insert(to.clone(), since),
                    None => self.writing.remove(&to),
                };
                self.placed.insert(to);
            }
            Event::Removed(path) => {
                self.writing.remove(&path);
            }
            Event::Touched(_) => {}
            Event::Lost => {
                self.writing.clear();
                self.adrift = None;
                self.closed.clear();
                self.placed.clear();
            }
        }
    }

    /// Takes note of a look at the directory. The `during` are events that happened while it took place: what they
    /// touch may have been read in the middle of a change, and is not believed this time.
    pub fn observe(&mut self, scan: &Scan, during: Vec<Event>, now: Instant) {
        self.pending.retain(|name, _| scan.files.contains_key(name));
        self.observe_manifest(scan, &during, now);
        let trouble = match self.manifest.clone() {
            Some(manifest) => self.observe_listed(scan, &manifest).err(),
            None if scan.files.contains_key(manifest::NAME) => {
                // Nothing new counts before it can be said what belongs together.
                self.wait_for_manifest();
                None
            }
            None => {
                self.observe_each(scan, &during, now);
                None
            }
        };
        match trouble {
            Some(error) => self.trouble(error, MATCH_AFTER, now),
            None => self.trouble = None,
        }
        self.is_whole |= self.is_at_rest() && !self.accepted.is_empty();
        self.closed.clear();
        self.placed.clear();
        for event in during {
            self.event(event, now);
        }
    }

    /// Takes note of a look that failed.
    pub fn fail(&mut self, problem: Diagnostic, now: Instant) {
        self.pending.clear();
        self.is_whole = false;
        // At first there is nothing that could go on meanwhile.
        let bearable = if self.accepted.is_empty() { Duration::ZERO } else { VANISH_AFTER };
        self.trouble(LoadError::unreadable(problem), bearable, now);
    }

    pub fn verdict(&self, now: Instant) -> Verdict<'_> {
        match &self.trouble {
            Some(trouble) if now >= trouble.since + trouble.bearable => Verdict::Problem(&trouble.error),
            Some(_) => Verdict::Wait,
            // At first, all files or none: the one that has to wait may hold the denies.
            None if !self.is_whole && !self.is_at_rest() => Verdict::Wait,
            None => Verdict::Load(&self.accepted),
        }
    }

    /// Files whose writers have held them open for long.
    pub fn unfinished(&self, now: Instant) -> Vec<Diagnostic> {
        let is_late = |since: Instant| now >= since + UNFINISHED_AFTER;
        self.pending
            .values()
            .filter(|pending| pending.writing.is_some_and(is_late))
            .map(|pending| problem::unfinished(&pending.label))
            .collect()
    }

    /// When the next look is due, if nothing happens before.
    pub fn due(&self, now: Instant) -> Option<Instant> {
        // What was closed or placed during the last look has not been looked at yet.
        let unseen = (!self.closed.is_empty() || !self.placed.is_empty()).then_some(now);
        let pending = self.pending.values().map(|pending| match pending.writing {
            Some(since) => since + UNFINISHED_AFTER,
            None => pending.since + AGREE_AFTER,
        });
        let missing = self.missing.values().map(|since| *since + VANISH_AFTER);
        let trouble = self.trouble.iter().map(|trouble| trouble.since + trouble.bearable);
        let later = pending.chain(missing).chain(trouble).filter(|due| *due > now).min();
        unseen.into_iter().chain(later).min()
    }

    fn trouble(&mut self, error: LoadError, bearable: Duration, now: Instant) {
        if self.trouble.as_ref().is_none_or(|known| known.error.diagnostics != error.diagnostics) {
            self.trouble = Some(Trouble { error, since: now, bearable });
        }
    }

    /// The manifest has to settle as any file does: a prefix of it may list too few files.
    fn observe_manifest(&mut self, scan: &Scan, during: &[Event], now: Instant) {
        let name = manifest::NAME;
        let Some(seen) = scan.files.get(name) else {
            if self.manifest.is_some() && self.has_vanished(name, now) {
                self.missing.remove(name);
                self.manifest = None;
            }
            return;
        };
        self.missing.remove(name);
        let is_known = self.manifest.as_ref().is_some_and(|known| known.digest == seen.file.digest);
        if is_known || self.is_settled(scan, name, seen, during, now) {
            self.pending.remove(name);
            self.manifest = Some(Arc::clone(&seen.file));
        }
    }

    /// The hashes prove that the files are whole, whatever was or was not heard of their writers.
    fn observe_listed(&mut self, scan: &Scan, manifest: &File) -> Result<(), LoadError> {
        self.wait_for_manifest();
        let files = scan.files_but_manifest();
        manifest::check(manifest, &files)?;
        self.accepted = files;
        self.is_whole = true;
        Ok(())
    }

    /// Forgets how far single files were on their way.
    fn wait_for_manifest(&mut self) {
        self.pending.retain(|name, _| name == manifest::NAME);
        self.missing.retain(|name, _| name == manifest::NAME);
    }

    fn observe_each(&mut self, scan: &Scan, during: &[Event], now: Instant) {
        for (name, seen) in &scan.files {
            self.missing.remove(name);
            if self.accepted.get(name).is_some_and(|accepted| accepted.digest == seen.file.digest) {
                self.pending.remove(name);
            } else if self.is_settled(scan, name, seen, during, now) {
                self.pending.remove(name);
                self.accepted.insert(name.clone(), Arc::clone(&seen.file));
            }
        }
        self.forget_missing(scan, now);
    }

    fn is_at_rest(&self) -> bool {
        self.pending.is_empty() && self.missing.is_empty()
    }

    fn is_settled(&mut self, scan: &Scan, name: &str, seen: &Seen, during: &[Event], now: Instant) -> bool {
        let passes = |place: &Path| seen.trail.passes(place) || scan.root.passes(place);
        let is_disturbed = during.iter().any(|event| event.paths().any(passes) || *event == Event::Lost);
        let writing = self.writing.get(&seen.trail.end).copied();
        let is_told = self.closed.contains(&seen.trail.end) || self.placed.iter().any(|place| passes(place));
        if is_told && writing.is_none() && !is_disturbed {
            return true;
        }
        let digest = seen.file.digest;
        let same = self
            .pending
            .get(name)
            .filter(|pending| pending.digest == digest && pending.stamp == seen.stamp && !is_disturbed)
            .map(|pending| pending.since);
        let since = same.unwrap_or(now);
        let label = seen.file.label.clone();
        self.pending.insert(name.to_owned(), Pending { label, digest, stamp: seen.stamp, since, writing });
        // At first nobody has looked a second ago; the file's own account of its age stands in for that.
        let is_old = !self.is_whole && seen.age >= AGREE_AFTER;
        writing.is_none() && !is_disturbed && (now >= since + AGREE_AFTER || is_old)
    }

    /// Drops files that have been gone for long enough, and at once those that only changed their name.
    fn forget_missing(&mut self, scan: &Scan, now: Instant) {
        let present: BTreeSet<Digest> =
            scan.files.keys().filter_map(|name| self.accepted.get(name)).map(|file| file.digest).collect();
        for (name, file) in std::mem::take(&mut self.accepted) {
            let is_gone = !scan.files.contains_key(&name)
                && (self.has_vanished(&name, now) || present.contains(&file.digest));
            if is_gone {
                self.missing.remove(&name);
            } else {
                self.accepted.insert(name, file);
            }
        }
    }

    /// Whether a name that is not there has not been there for long enough.
    fn has_vanished(&mut self, name: &str, now: Instant) -> bool {
        now >= *self.missing.entry(name.to_owned()).or_insert(now) + VANISH_AFTER
    }
}

impl Event {
    /// The paths at which something is different now.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        let (one, other) = match self {
            Event::Written(path)
            | Event::Closed(path)
            | Event::Placed(path)
            | Event::Left(path)
            | Event::Removed(path)
            | Event::Touched(path) => (Some(path), None),
            Event::Moved(from, to) => (Some(from), Some(to)),
            Event::Lost => (None, None),
        };
        one.into_iter().chain(other).map(PathBuf::as_path)
    }
}
