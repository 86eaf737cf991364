//! The system's own watches on directories, and its events in our words.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, EventKind, ModifyKind, RenameMode};
use notify::{Config, RecursiveMode, Watcher};

use super::settle::Event;
use super::watch::Message;

/// Watches on directories, none of them recursive: which directories matter is known only from reading them.
pub struct Armed {
    inbox: Sender<Message>,
    make: MakeWatcher,
    watcher: Option<Box<dyn Watcher + Send>>,
    directories: BTreeMap<PathBuf, Identity>,
    /// Directories that were removed or renamed under their watch.
    stale: BTreeSet<PathBuf>,
    /// Said once, not at every look.
    has_complained: bool,
}

type Identity = (u64, u64);

/// Makes what asks the system. It can fail, and what it makes can too: the system has only so many watches.
pub type MakeWatcher = Box<dyn FnMut(Sender<Message>) -> notify::Result<Box<dyn Watcher + Send>> + Send>;

/// What came of arming.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arming {
    Same,
    /// Some directories are watched only from now on.
    More,
    /// All watches are new: events may have been lost.
    Anew,
}

/// Lets the thread that forwards events come to rest before it is asked again.
const REST: Duration = Duration::from_millis(2);

impl Armed {
    pub fn new(inbox: Sender<Message>, make: MakeWatcher) -> Armed {
        Armed {
            inbox,
            make,
            watcher: None,
            directories: BTreeMap::new(),
            stale: BTreeSet::new(),
            has_complained: false,
        }
    }

    /// Watches exactly these directories.
    pub fn arm(&mut self, wanted: &BTreeSet<PathBuf>) -> Arming {
        let is_stale = |path: &PathBuf, known: &Identity| {
            wanted.contains(path) && (self.stale.contains(path) || identity(path) != Some(*known))
        };
        let had_watches = !self.directories.is_empty();
        if self.watcher.is_none() || self.directories.iter().any(|(path, known)| is_stale(path, known)) {
            // A watch sticks to the directory that it was set on, wherever that goes; none is left behind.
            self.directories.clear();
            self.watcher = self.new_watcher();
        } else {
            self.disarm_others(wanted);
        }
        self.stale.clear();
        let is_anew = had_watches && self.directories.is_empty();
        let mut has_more = false;
        for path in wanted {
            if !self.directories.contains_key(path) {
                has_more |= self.add(path);
            }
        }
        match (is_anew, has_more) {
            (true, _) => Arming::Anew,
            (false, true) => Arming::More,
            (false, false) => Arming::Same,
        }
    }

    /// Hears of an event: a watched directory may have gone.
    pub fn note(&mut self, event: &Event) {
        if let Event::Removed(path) | Event::Left(path) | Event::Moved(path, _) = event
            && self.directories.contains_key(path)
        {
            self.stale.insert(path.clone());
        }
    }

    /// Returns once every event of what happened before the call is in the inbox.
    pub fn flush(&mut self) {
        // The thread that forwards events answers between one round of reading them and the next. The answer itself may
        // come from a round that began too early, so it gets the time to end that round and begin another.
        if let Some(watcher) = &mut self.watcher {
            for _ in 0..2 {
                let _ = watcher.configure(Config::default());
                thread::sleep(REST);
            }
        }
    }

    fn new_watcher(&mut self) -> Option<Box<dyn Watcher + Send>> {
        (self.make)(self.inbox.clone()).map_err(|error| self.complain(&error)).ok()
    }

    fn disarm_others(&mut self, wanted: &BTreeSet<PathBuf>) {
        let Some(watcher) = &mut self.watcher else { return };
        self.directories.retain(|path, _| {
            let is_wanted = wanted.contains(path);
            if !is_wanted {
                // It may be gone already, and its watch with it.
                let _ = watcher.unwatch(path);
            }
            is_wanted
        });
    }

    fn add(&mut self, path: &Path) -> bool {
        let (Some(watcher), Some(identity)) = (&mut self.watcher, identity(path)) else { return false };
        match watcher.watch(path, RecursiveMode::NonRecursive) {
            Ok(()) => {
                self.directories.insert(path.to_owned(), identity);
                true
            }
            Err(error) => {
                self.complain(&error);
                false
            }
        }
    }

    fn complain(&mut self, error: &notify::Error) {
        if !self.has_complained {
            self.has_complained = true;
            tracing::warn!(%error, "can't watch every policy directory; changes there are found by polling");
        }
    }
}

/// The system's own.
pub fn system_watcher(inbox: Sender<Message>) -> notify::Result<Box<dyn Watcher + Send>> {
    let forward = move |event| {
        // Nobody is there any more to hear it.
        let _ = inbox.send(Message::Event(event));
    };
    Ok(Box::new(notify::recommended_watcher(forward)?))
}

/// What an event of the system says about files being finished.
pub fn translate(event: notify::Result<notify::Event>) -> Vec<Event> {
    let Ok(event) = event else { return vec![Event::Lost] };
    if event.need_rescan() {
        return vec![Event::Lost];
    }
    if let EventKind::Modify(ModifyKind::Name(RenameMode::Both)) = event.kind {
        let mut paths = event.paths.into_iter();
        return paths.next().zip(paths.next()).map(|(from, to)| Event::Moved(from, to)).into_iter().collect();
    }
    event.paths.into_iter().filter_map(|path| of_one(event.kind, path)).collect()
}

fn of_one(kind: EventKind, path: PathBuf) -> Option<Event> {
    // Other systems don't say when a file is closed; there, two looks have to agree.
    let tells_of_closing = cfg!(any(target_os = "linux", target_os = "android"));
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => Some(Event::Closed(path)),
        EventKind::Access(_) => None,
        EventKind::Modify(ModifyKind::Data(_)) if tells_of_closing => Some(Event::Written(path)),
        EventKind::Modify(ModifyKind::Name(RenameMode::To)) => Some(Event::Placed(path)),
        EventKind::Modify(ModifyKind::Name(RenameMode::From)) => Some(Event::Left(path)),
        // A symbolic link is whole from the first moment on.
        EventKind::Create(_) if path.is_symlink() => Some(Event::Placed(path)),
        EventKind::Remove(_) => Some(Event::Removed(path)),
        EventKind::Create(_) | EventKind::Modify(_) | EventKind::Any | EventKind::Other => {
            Some(Event::Touched(path))
        }
    }
}

fn identity(path: &Path) -> Option<Identity> {
    path.metadata().ok().map(|found| (found.dev(), found.ino()))
}
