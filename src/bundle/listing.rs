//! The names in a policy directory and what they lead to, before anything is read.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{DirEntry, FileType, Metadata};
use std::path::{Path, PathBuf};

use super::file::{Kind, is_ignored, kind_of};
use super::scan::Stamp;
use super::trail::{Trail, TrailError};
use super::{manifest, problem};
use crate::document::Diagnostic;
use crate::model::limits::{BUNDLE_DEPTH_MAX, BUNDLE_ENTRIES_MAX, BUNDLE_FILES_MAX};

/// Two that are equal say that nothing changed in between.
#[derive(Debug, PartialEq, Eq)]
pub struct Listing {
    /// By name below the directory, so that nothing depends on the order in which the system gives them.
    pub entries: BTreeMap<String, Entry>,
    pub directories: BTreeSet<PathBuf>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    pub label: String,
    pub kind: Kind,
    pub trail: Trail,
    pub found: Result<Stamp, Diagnostic>,
}

/// Lists the directory `physical`, whose path has no links and which its author calls `directory`.
pub fn list(directory: &Path, physical: &Path) -> Result<Listing, Diagnostic> {
    let mut walk = Walk {
        directory,
        listing: Listing { entries: BTreeMap::new(), directories: BTreeSet::new() },
        names: 0,
        above: Vec::new(),
        links: Vec::new(),
    };
    walk.enter("", physical, &directory.display().to_string())?;
    Ok(walk.listing)
}

struct Walk<'a> {
    directory: &'a Path,
    listing: Listing,
    names: usize,
    /// The directories we are in, by their physical paths, to see a link that leads back into one of them.
    above: Vec<PathBuf>,
    /// The links that led here from the directory itself.
    links: Vec<PathBuf>,
}

impl Walk<'_> {
    fn enter(&mut self, prefix: &str, physical: &Path, label: &str) -> Result<(), Diagnostic> {
        if self.above.len() > BUNDLE_DEPTH_MAX {
            return Err(problem::too_deep(label));
        }
        self.listing.directories.insert(physical.to_owned());
        self.above.push(physical.to_owned());
        let entries = physical.read_dir().map_err(|error| problem::unreadable(label, &error))?;
        for entry in entries {
            let entry = entry.map_err(|error| problem::unreadable(label, &error))?;
            self.visit(prefix, physical, &entry)?;
        }
        self.above.pop();
        Ok(())
    }

    fn visit(&mut self, prefix: &str, physical: &Path, entry: &DirEntry) -> Result<(), Diagnostic> {
        self.names += 1;
        if self.names > BUNDLE_ENTRIES_MAX {
            return Err(problem::too_many_entries(&self.directory.display().to_string()));
        }
        let file_name = entry.file_name();
        let Some(name) = file_name.to_str() else {
            let label = self.label(&format!("{prefix}{}", file_name.to_string_lossy()));
            // Of other names the ends would do, but a directory of policies must not be passed over.
            return Err(problem::name_not_utf8(&label));
        };
        if is_ignored(name) {
            return Ok(());
        }
        let path = format!("{prefix}{name}");
        let label = self.label(&path);
        let (mut trail, followed) = Trail::follow(physical, Path::new(name));
        let is_link = !trail.links.is_empty();
        trail.links.splice(0..0, self.links.iter().cloned());
        let kind = if path == manifest::NAME { Some(Kind::Manifest) } else { kind_of(name) };
        match followed.and_then(|()| trail.end.symlink_metadata().map_err(TrailError::Io)) {
            Ok(found) if found.is_dir() && kind.is_none() => self.descend(path, label, trail),
            Ok(found) => match kind {
                Some(kind) => self.add(path, label, kind, trail, Ok(found)),
                None => Ok(()),
            },
            // It went away between listing and looking.
            Err(TrailError::Io(_)) if !is_link && kind.is_none() => Ok(()),
            Err(error) => {
                let problem = match error {
                    TrailError::Loop => problem::link_loop(&label),
                    TrailError::Io(error) if is_link && error.kind() == std::io::ErrorKind::NotFound => {
                        problem::dangling(&label)
                    }
                    TrailError::Io(error) => problem::unreadable(&label, &error),
                };
                self.add(path, label, kind.unwrap_or(Kind::Other), trail, Err(problem))
            }
        }
    }

    fn descend(&mut self, path: String, label: String, trail: Trail) -> Result<(), Diagnostic> {
        if self.above.contains(&trail.end) {
            let problem = problem::link_loop(&label);
            return self.add(path, label, Kind::Other, trail, Err(problem));
        }
        // A link to a directory is followed too: Kubernetes mounts nested keys so.
        self.listing.directories.extend(trail.directories().map(Path::to_owned));
        let links = std::mem::replace(&mut self.links, trail.links);
        self.enter(&format!("{path}/"), &trail.end, &label)?;
        self.links = links;
        Ok(())
    }

    fn add(
        &mut self,
        path: String,
        label: String,
        kind: Kind,
        trail: Trail,
        found: Result<Metadata, Diagnostic>,
    ) -> Result<(), Diagnostic> {
        let found = found.and_then(|found| {
            let regular = |kind: FileType| {
                if kind.is_file() { Ok(()) } else { Err(problem::not_regular(&label, kind)) }
            };
            regular(found.file_type())?;
            if kind == Kind::Other { Err(problem::misnamed(&label)) } else { Ok(Stamp::of(&found)) }
        });
        self.listing.entries.insert(path, Entry { label, kind, trail, found });
        if self.listing.entries.len() > BUNDLE_FILES_MAX {
            return Err(problem::too_many_files(&self.directory.display().to_string()));
        }
        Ok(())
    }

    fn label(&self, path: &str) -> String {
        self.directory.join(path).display().to_string()
    }
}
