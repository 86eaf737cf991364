//! Tests to run against a policy directory: those in it, or others.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::file::{File, Kind};
use super::load::{LoadError, LoadErrorKind, Loader, Tests};
use super::revision::Configuration;
use super::{Bundle, load, problem, read_listed, read_named, scan, scan_directory};
use crate::document::{Code, Diagnostic, Source, Sources};
use crate::suite::{self, Suite, TestFile};

/// Reads a directory with the tests that stand in it.
pub fn load_tests(directory: &Path, configuration: &Configuration) -> Result<(Bundle, Suite), LoadError> {
    let label = directory.display().to_string();
    let files = read_listed(directory)?;
    match Loader::new(configuration.clone(), Tests::Sound).load_with_tests(&files, &label)? {
        (bundle, Some(suite)) if !suite.cases.is_empty() => Ok((bundle, suite)),
        (bundle, _) => Err(invalid(&bundle.sources, vec![suite::none(&label)])),
    }
}

/// Reads a directory, and tests that stand elsewhere: files, or directories that hold them.
pub fn load_tests_of(
    directory: &Path,
    tests: &[PathBuf],
    configuration: &Configuration,
) -> Result<(Bundle, Suite), LoadError> {
    let mut found = Vec::new();
    for path in tests {
        found.extend(test_files(path).map_err(refused)?);
    }
    let mut bundle = load(directory, configuration)?;
    let mut sources = (*bundle.sources).clone();
    let files =
        found.iter().map(|file| add(file, &mut sources)).collect::<Result<Vec<_>, _>>().map_err(refused)?;
    match suite::load(&sources, &files, &bundle.engine) {
        Ok(suite) => {
            bundle.sources = Arc::new(sources);
            Ok((bundle, suite))
        }
        Err(diagnostics) => Err(invalid(&sources, diagnostics)),
    }
}

/// The files of tests that a path leads to, of which there is at least one.
fn test_files(path: &Path) -> Result<Vec<File>, Diagnostic> {
    let label = path.display().to_string();
    let files: Vec<File> = if path.is_dir() {
        let files = scan_directory(path)?.files.into_values().map(|seen| (*seen.file).clone());
        files.filter(|file| file.kind == Kind::Tests).collect()
    } else {
        let file = read_named(path, label.clone());
        file.content.clone()?;
        if file.kind != Kind::Tests {
            return Err(problem::no_tests_file(&label));
        }
        vec![file]
    };
    if files.is_empty() { Err(suite::none(&label)) } else { Ok(files) }
}

/// Adds a file of tests to the sources, with the facts that it names.
fn add(file: &File, sources: &mut Sources) -> Result<TestFile, Diagnostic> {
    let text = file.content.clone()?;
    let source = sources.add(Source { name: file.label.clone(), text });
    let mut test_file = TestFile { source, facts: BTreeMap::new() };
    for name in suite::named_facts(sources, source) {
        let path = Path::new(&file.label).with_file_name("").join(&name);
        // Where there is nothing the place of the name says more than its path.
        if path.exists() {
            let label = path.display().to_string();
            let text = scan::read_file(&path, label.clone(), Kind::Facts).content?;
            test_file.facts.insert(name, sources.add(Source { name: label, text }));
        }
    }
    Ok(test_file)
}

fn refused(problem: Diagnostic) -> LoadError {
    if problem.code == Code::Unreadable {
        LoadError::unreadable(problem)
    } else {
        invalid(&Sources::default(), vec![problem])
    }
}

fn invalid(sources: &Sources, diagnostics: Vec<Diagnostic>) -> LoadError {
    LoadError { kind: LoadErrorKind::Invalid, sources: Arc::new(sources.clone()), diagnostics }
}
