//! Directory to revision: reading policies and facts, and watching them change.
//!
//! All files of a directory make a bundle, or none does. Knows files and clocks, and nothing of HTTP.

mod armed;
mod file;
mod listing;
mod load;
mod manifest;
mod problem;
mod revision;
mod scan;
mod settle;
mod suites;
mod trail;
mod watch;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

pub use load::{LoadError, LoadErrorKind, Tests};
pub use manifest::Manifest;
pub use revision::{Configuration, FactsRevision, LANGUAGE_VERSION, Revision};
pub use suites::{load_tests, load_tests_of};
pub use watch::{SystemEvents, Watch, WatchOptions, watch};

use crate::document::{Diagnostic, Sources};
use crate::engine::Engine;
use crate::facts::Facts;
use file::{File, Kind, kind_of};
use load::Loader;
use scan::Scan;
use settle::Files;

/// Policies and facts that belong together.
#[derive(Debug, Clone)]
pub struct Bundle {
    pub engine: Arc<Engine>,
    pub facts: Arc<Facts>,
    pub revision: Revision,
    pub facts_revision: FactsRevision,
    /// The texts, for those who want to know where a rule stands.
    pub sources: Arc<Sources>,
    /// Warnings and notes.
    pub warnings: Vec<Diagnostic>,
}

/// How often a directory that keeps changing is looked at again, and how long after.
const RESTLESS_ATTEMPTS: usize = 20;
const RESTLESS_PAUSE: Duration = Duration::from_millis(50);

/// Reads a directory as it stands now. For a process that goes on to watch it there is [`watch`], which also waits for
/// files that are just being written.
pub fn load(directory: &Path, configuration: &Configuration) -> Result<Bundle, LoadError> {
    let files = read_listed(directory)?;
    Loader::new(configuration.clone(), Tests::Readable).load(&files, &directory.display().to_string())
}

/// Reads a directory whatever its `bundle.yaml` says, and makes one that lists what was read.
pub fn load_to_list(
    directory: &Path,
    configuration: &Configuration,
) -> Result<(Bundle, Manifest), LoadError> {
    let files = read_directory(directory)?.files_but_manifest();
    let mut loader = Loader::new(configuration.clone(), Tests::Sound);
    let bundle = loader.load(&files, &directory.display().to_string())?;
    Ok((bundle, Manifest::of(&files)))
}

/// Reads single files and whole directories as one policy set.
pub fn load_paths(paths: &[PathBuf], configuration: &Configuration) -> Result<Bundle, LoadError> {
    let mut files = Files::new();
    for path in paths {
        if path.is_dir() {
            for (name, file) in read_listed(path)? {
                files.insert(format!("{}/{name}", path.display()), file);
            }
        } else {
            let name = path.display().to_string();
            files.insert(name.clone(), Arc::new(read_named(path, name)));
        }
    }
    let label = paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join("`, `");
    Loader::new(configuration.clone(), Tests::Sound).load(&files, &label)
}

/// The files of a directory, if they are those that its `bundle.yaml` lists, or it has none.
fn read_listed(directory: &Path) -> Result<Files, LoadError> {
    let scan = read_directory(directory)?;
    let files = scan.files_but_manifest();
    if let Some(manifest) = scan.files.get(manifest::NAME) {
        manifest::check(&manifest.file, &files)?;
    }
    Ok(files)
}

/// A policy file, and what it says or what is wrong with it.
#[derive(Debug, Clone)]
pub struct PolicyFile {
    /// As the author knows it.
    pub path: PathBuf,
    pub content: Result<String, Diagnostic>,
}

/// Reads the policy files of a directory, or one that is named.
pub fn policy_files(path: &Path) -> Result<Vec<PolicyFile>, Diagnostic> {
    let label = path.display().to_string();
    let files: Vec<PolicyFile> = if path.is_dir() {
        let files = scan_directory(path)?.files.into_values().map(|seen| seen.file);
        let policies = files.filter(|file| file.kind == Kind::Policy);
        policies
            .map(|file| PolicyFile { path: file.label.clone().into(), content: file.content.clone() })
            .collect()
    } else {
        let file = read_named(path, label.clone());
        let is_policy = file.kind == Kind::Policy;
        is_policy.then(|| PolicyFile { path: path.to_owned(), content: file.content }).into_iter().collect()
    };
    if files.is_empty() { Err(problem::no_policy_file(&label)) } else { Ok(files) }
}

fn read_directory(directory: &Path) -> Result<Scan, LoadError> {
    scan_directory(directory).map_err(LoadError::unreadable)
}

fn scan_directory(directory: &Path) -> Result<Scan, Diagnostic> {
    let mut attempts = 0;
    loop {
        match scan::scan(directory, None) {
            Ok(scan) => return Ok(scan),
            Err(error) if error.is_restless && attempts < RESTLESS_ATTEMPTS => attempts += 1,
            Err(error) => return Err(*error.problem),
        }
        thread::sleep(RESTLESS_PAUSE);
    }
}

fn read_named(path: &Path, name: String) -> File {
    let file_name = path.file_name().and_then(|name| name.to_str());
    if file_name == Some(manifest::NAME) {
        let problem = problem::lone_manifest(&name);
        return File::new(name.clone(), name, Kind::Other, Err(problem));
    }
    scan::read_file(path, name, file_name.and_then(kind_of).unwrap_or(Kind::Other))
}
