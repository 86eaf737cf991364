//! `portcullis test`: do the policies decide as their tests say?

mod junit;
mod report;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use super::terminal::{complain, complain_of, say, say_json};
use super::{Exit, Format, configured, explain};
use crate::bundle::{self, Bundle, Configuration, LoadError, LoadErrorKind};
use crate::document::{Diagnostic, Severity, Sources};
use crate::suite::{Outcome, Suite};
use report::Report;

/// Run the tests of policies, and say what comes out otherwise than they expect
#[derive(Debug, Args)]
pub struct Arguments {
    /// Directories of policies with their tests, or files of tests; the configured directory, if left out
    #[arg(value_name = "DIR|FILE")]
    paths: Vec<PathBuf>,
    /// Run all of these tests against this directory of policies
    #[arg(long, value_name = "DIR")]
    policies: Option<PathBuf>,
    /// Run only tests whose name, or whose file's name, has this in it; may be repeated
    #[arg(long, value_name = "TEXT")]
    only: Vec<String>,
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Write a report in the form of `JUnit` too
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

/// What came of the tests of one policy set.
struct Ran {
    sources: Sources,
    outcomes: Vec<Outcome>,
    warnings: Vec<Diagnostic>,
    left_out: usize,
}

pub fn test(arguments: &Arguments) -> Exit {
    let (configured, configuration) = match configured::policies(arguments.policies.as_deref()) {
        Ok(configured) => configured,
        Err(exit) => return exit,
    };
    let mut report = Report::default();
    let mut worst = Exit::Fine;
    for (policies, tests) in sets(arguments, configured) {
        match run(&policies, &tests, &configuration, &arguments.only) {
            Ok(ran) => {
                complain_of(&worth_telling(&ran.warnings), &ran.sources);
                report.add(ran);
            }
            Err(error) => {
                if arguments.format == Format::Text {
                    let told = worth_telling(&error.diagnostics);
                    complain_of(&told, &error.sources);
                    if let Some(hint) = explain::hint(&told) {
                        complain(&format!("\n{hint}"));
                    }
                }
                let exit = match error.kind {
                    LoadErrorKind::Unreadable => Exit::Failed,
                    LoadErrorKind::Invalid => Exit::InvalidPolicy,
                };
                worst = if worst == Exit::InvalidPolicy { worst } else { exit };
                report
                    .errors
                    .extend(error.diagnostics.iter().cloned().map(|one| (one, error.sources.clone())));
            }
        }
    }
    if worst == Exit::Fine && report.tests() == 0 {
        complain(&format!(
            "error: no test has `{}` in its name or its file's\n",
            arguments.only.join("` or `")
        ));
        return Exit::WrongUsage;
    }
    match arguments.format {
        Format::Text => say(&report.text()),
        Format::Json => say_json(&report.json()),
    }
    if let Some(path) = &arguments.junit
        && let Err(error) = fs::write(path, junit::document(&report))
    {
        complain(&format!("error: can't write `{}`: {error}\n", path.display()));
        return Exit::Failed;
    }
    if worst == Exit::Fine && report.failed() > 0 { Exit::TestFailed } else { worst }
}

/// These without those that lead to the same place as one before them.
fn once(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut seen = BTreeSet::new();
    let is_new = |path: &&PathBuf| seen.insert(fs::canonicalize(path).unwrap_or_else(|_| (*path).clone()));
    paths.iter().filter(is_new).cloned().collect()
}

/// The policy sets to test, each with the tests that stand elsewhere; none stands for those in the directory itself.
///
/// A directory has its own policies, unless `--policies` says which; a single file is asked about the configured ones.
fn sets(arguments: &Arguments, configured: PathBuf) -> Vec<(PathBuf, Vec<PathBuf>)> {
    let paths = once(&arguments.paths);
    if paths.is_empty() {
        return vec![(configured, Vec::new())];
    }
    if arguments.policies.is_some() {
        return vec![(configured, paths)];
    }
    let set = |path: &PathBuf| {
        if path.is_dir() { (path.clone(), Vec::new()) } else { (configured.clone(), vec![path.clone()]) }
    };
    paths.iter().map(set).collect()
}

fn run(
    policies: &Path,
    tests: &[PathBuf],
    configuration: &Configuration,
    only: &[String],
) -> Result<Ran, LoadError> {
    let (bundle, suite): (Bundle, Suite) = if tests.is_empty() {
        bundle::load_tests(policies, configuration)?
    } else {
        bundle::load_tests_of(policies, tests, configuration)?
    };
    let file = |outcome: &crate::suite::Case| {
        bundle.sources.get(outcome.place.source).map_or("", |source| source.name.as_str())
    };
    let outcomes = suite.run(&bundle.engine, &bundle.sources, |case| {
        only.is_empty()
            || only.iter().any(|text| case.name.contains(text.as_str()) || file(case).contains(text.as_str()))
    });
    let left_out = suite.cases.len() - outcomes.len();
    Ok(Ran { sources: (*bundle.sources).clone(), outcomes, warnings: suite.warnings, left_out })
}

/// All but the notes, which are for whoever writes policies.
fn worth_telling(diagnostics: &[Diagnostic]) -> Vec<Diagnostic> {
    diagnostics.iter().filter(|one| one.severity != Severity::Note).cloned().collect()
}
