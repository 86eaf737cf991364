//! Where a path really leads, and over which links.

use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};

/// A path that was followed, link by link.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trail {
    /// Each symbolic link on the way, by its own physical path.
    pub links: Vec<PathBuf>,
    /// Where it ends, without any link; when it leads nowhere, as far as it went.
    pub end: PathBuf,
}

#[derive(Debug)]
pub enum TrailError {
    Loop,
    Io(io::Error),
}

/// As many as Linux follows.
const LINKS_MAX: usize = 40;

impl Trail {
    /// Follows `path` from the directory `base`, whose own path has no links.
    pub fn follow(base: &Path, path: &Path) -> (Trail, Result<(), TrailError>) {
        let mut trail = Trail { links: Vec::new(), end: base.to_owned() };
        let mut rest = Vec::new();
        push_reversed(&mut rest, path);
        while let Some(step) = rest.pop() {
            if let Err(error) = trail.step(step, &mut rest) {
                return (trail, Err(error));
            }
        }
        (trail, Ok(()))
    }

    /// Whether a change at `place` is a change of where the trail leads.
    pub fn passes(&self, place: &Path) -> bool {
        self.end.starts_with(place) || self.links.iter().any(|link| link.starts_with(place))
    }

    /// The directories in which a change of the trail would show.
    pub fn directories(&self) -> impl Iterator<Item = &Path> {
        self.links.iter().chain([&self.end]).filter_map(|path| path.parent())
    }

    fn step(&mut self, step: Step, rest: &mut Vec<Step>) -> Result<(), TrailError> {
        let name = match step {
            Step::Root => {
                self.end = PathBuf::from("/");
                return Ok(());
            }
            Step::Up => {
                self.end.pop();
                return Ok(());
            }
            Step::Down(name) => name,
        };
        let next = self.end.join(name);
        let found = next.symlink_metadata();
        if !found.as_ref().is_ok_and(|found| found.file_type().is_symlink()) {
            self.end = next;
            return found.map(|_| ()).map_err(TrailError::Io);
        }
        if self.links.len() == LINKS_MAX {
            return Err(TrailError::Loop);
        }
        let target = next.read_link().map_err(TrailError::Io)?;
        self.links.push(next);
        push_reversed(rest, &target);
        Ok(())
    }
}

enum Step {
    Root,
    Up,
    Down(OsString),
}

fn push_reversed(rest: &mut Vec<Step>, path: &Path) {
    rest.extend(path.components().rev().filter_map(|component| match component {
        Component::RootDir => Some(Step::Root),
        Component::ParentDir => Some(Step::Up),
        Component::Normal(name) => Some(Step::Down(name.to_owned())),
        Component::CurDir | Component::Prefix(_) => None,
    }));
}
