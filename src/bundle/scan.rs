//! What stands in a policy directory at one moment.
//!
//! A directory that is swapped while it is read must not give half of the old and half of the new, so it is listed
//! before and after reading, and what was read counts only if both lists agree.

#[cfg(test)]
#[path = "scan_tests.rs"]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File as OpenFile, Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::file::{File, Kind};
use super::listing::{Entry, Listing, list};
use super::settle::Files;
use super::trail::{Trail, TrailError};
use super::{manifest, problem};
use crate::document::Diagnostic;
use crate::model::limits::BUNDLE_BYTES_MAX;

/// A directory as it was read.
#[derive(Debug, Clone)]
pub struct Scan {
    pub files: BTreeMap<String, Seen>,
    pub root: Trail,
    /// Every directory in which something could change that this scan has read.
    pub directories: BTreeSet<PathBuf>,
}

#[derive(Debug, Clone)]
pub struct Seen {
    pub file: Arc<File>,
    /// None where the file itself could not be examined.
    pub stamp: Option<Stamp>,
    pub trail: Trail,
    /// How long ago the file was last changed, by its own account.
    pub age: Duration,
}

impl Scan {
    pub fn files_but_manifest(&self) -> Files {
        let all = self.files.iter().map(|(name, seen)| (name.clone(), Arc::clone(&seen.file)));
        all.filter(|(name, _)| name != manifest::NAME).collect()
    }
}

/// What tells a file from the one that stood there before, without its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    device: u64,
    inode: u64,
    pub size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

/// Why a directory could not be read as a whole.
#[derive(Debug)]
pub struct ScanError {
    pub problem: Box<Diagnostic>,
    pub root: Trail,
    /// It changed while it was read; to look again soon is all there is to do.
    pub is_restless: bool,
}

const ATTEMPTS: usize = 3;
/// A file changed within this time of being read is read again, however little its stamp has changed since: the clock
/// that stamps files ticks only every few milliseconds.
const STAMP_TRUSTED_AFTER: Duration = Duration::from_secs(2);

/// Reads the directory; contents that `before` holds and whose stamps are the same are taken from there.
pub fn scan(directory: &Path, before: Option<&Scan>) -> Result<Scan, ScanError> {
    let label = directory.display().to_string();
    let (root, found) = follow_root(directory);
    let problem = match found {
        Ok(metadata) if metadata.is_dir() => None,
        Ok(_) => Some(problem::not_a_directory(&label)),
        Err(TrailError::Loop) => Some(problem::link_loop(&label)),
        Err(TrailError::Io(error)) => Some(problem::no_directory(&label, &error)),
    };
    if let Some(problem) = problem {
        return Err(ScanError { problem: Box::new(problem), root, is_restless: false });
    }
    for _ in 0..ATTEMPTS {
        let attempt = read_all(directory, &root, before);
        match attempt {
            Ok(Some(scan)) => return Ok(scan),
            Ok(None) => {}
            Err(problem) => return Err(ScanError { problem: Box::new(problem), root, is_restless: false }),
        }
    }
    Err(ScanError { problem: Box::new(problem::restless(&label)), root, is_restless: true })
}

/// Reads single files that were named one by one.
pub fn read_file(path: &Path, name: String, kind: Kind) -> File {
    let label = path.display().to_string();
    let content = match path.metadata() {
        Ok(found) if !found.is_file() => Err(problem::not_regular(&label, found.file_type())),
        Ok(_) => read(path, &label, kind.bytes_max()).map(|(bytes, _)| bytes),
        Err(error) => Err(problem::unreadable(&label, &error)),
    };
    File::new(name, label, kind, content)
}

impl Stamp {
    pub fn of(found: &Metadata) -> Stamp {
        Stamp {
            device: found.dev(),
            inode: found.ino(),
            size: found.size(),
            modified: (found.mtime(), found.mtime_nsec()),
            changed: (found.ctime(), found.ctime_nsec()),
        }
    }

    /// One that differs from those made of other numbers.
    #[cfg(test)]
    pub fn made_up(number: i64) -> Stamp {
        Stamp { device: 1, inode: 1, size: 1, modified: (number, 0), changed: (number, 0) }
    }

    /// A copy may carry the time of its original; the change of the file itself is recorded as well, and counts.
    fn age(&self) -> Duration {
        let (seconds, nanos) = self.modified.max(self.changed);
        let since = Duration::new(u64::try_from(seconds).unwrap_or(0), u32::try_from(nanos).unwrap_or(0));
        SystemTime::now().duration_since(SystemTime::UNIX_EPOCH + since).unwrap_or(Duration::ZERO)
    }
}

fn follow_root(directory: &Path) -> (Trail, Result<Metadata, TrailError>) {
    let base = if directory.is_absolute() {
        Ok(PathBuf::from("/"))
    } else {
        std::env::current_dir().and_then(|current| current.canonicalize())
    };
    match base {
        Ok(base) => {
            let (root, followed) = Trail::follow(&base, directory);
            let found = followed.and_then(|()| root.end.metadata().map_err(TrailError::Io));
            (root, found)
        }
        Err(error) => (Trail::default(), Err(TrailError::Io(error))),
    }
}

/// Nothing if the directory changed meanwhile.
fn read_all(directory: &Path, root: &Trail, before: Option<&Scan>) -> Result<Option<Scan>, Diagnostic> {
    let listing = list(directory, &root.end)?;
    let mut files = BTreeMap::new();
    let mut bytes = 0;
    for (name, entry) in &listing.entries {
        let Some(seen) = seen(name, entry, before) else {
            return Ok(None);
        };
        bytes += seen.file.content.as_ref().map_or(0, String::len);
        if bytes > BUNDLE_BYTES_MAX {
            return Err(problem::directory_too_large(&directory.display().to_string()));
        }
        files.insert(name.clone(), seen);
    }
    if follow_root(directory).0 != *root || list(directory, &root.end)? != listing {
        return Ok(None);
    }
    Ok(Some(Scan { files, root: root.clone(), directories: directories(root, listing) }))
}

fn directories(root: &Trail, listing: Listing) -> BTreeSet<PathBuf> {
    let mut directories = listing.directories;
    directories.extend(root.directories().map(Path::to_owned));
    for entry in listing.entries.values() {
        directories.extend(entry.trail.directories().map(Path::to_owned));
    }
    directories
}

/// Nothing if the file is not the one that was listed.
fn seen(name: &str, entry: &Entry, before: Option<&Scan>) -> Option<Seen> {
    let trail = entry.trail.clone();
    let new = |content| Arc::new(File::new(name.to_owned(), entry.label.clone(), entry.kind, content));
    let stamp = match &entry.found {
        Ok(stamp) => *stamp,
        Err(problem) => {
            let file = new(Err(problem.clone()));
            return Some(Seen { file, stamp: None, trail, age: Duration::ZERO });
        }
    };
    let age = stamp.age();
    let known = before.and_then(|before| before.files.get(name)).filter(|known| {
        known.stamp == Some(stamp) && known.trail == trail && known.age >= STAMP_TRUSTED_AFTER
    });
    let file = match known {
        Some(known) => Arc::clone(&known.file),
        None => match read(&trail.end, &entry.label, entry.kind.bytes_max()) {
            Ok((_, read)) if read != stamp => return None,
            Ok((bytes, _)) => new(Ok(bytes)),
            Err(problem) => new(Err(problem)),
        },
    };
    Some(Seen { file, stamp: Some(stamp), trail, age })
}

/// Reads a regular file, and never waits for the writer of a FIFO that took its place.
fn read(path: &Path, label: &str, bytes_max: usize) -> Result<(Vec<u8>, Stamp), Diagnostic> {
    let unreadable = |error: io::Error| problem::unreadable(label, &error);
    let file: OpenFile =
        OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path).map_err(unreadable)?;
    let found = file.metadata().map_err(unreadable)?;
    if !found.is_file() {
        return Err(problem::not_regular(label, found.file_type()));
    }
    let mut bytes = Vec::new();
    (&file).take(bytes_max as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > bytes_max {
        return Err(problem::too_large(label, bytes_max));
    }
    Ok((bytes, Stamp::of(&found)))
}
