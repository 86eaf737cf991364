//! `portcullis check`: are these policies and facts in order?

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::terminal::{complain, complain_of, say, say_json};
use super::{Exit, Format, configured, explain, limits};
use crate::bundle::{self, Bundle, LoadError, LoadErrorKind, Manifest};
use crate::document::{Diagnostic, Severity, Sources, render};

/// Check policies and facts, and print everything that is wrong with them
#[derive(Debug, Args)]
pub struct Arguments {
    /// A directory, or single files that belong together; the configured directory, if left out
    #[arg(value_name = "DIR|FILE")]
    paths: Vec<PathBuf>,
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Fail if there are warnings
    #[arg(long)]
    deny_warnings: bool,
    /// If all is in order, list the files of the directory with their hashes in its `bundle.yaml`
    #[arg(long, conflicts_with = "limits")]
    write_bundle: bool,
    /// Print the limits that policies, facts and requests have to keep
    #[arg(long, conflicts_with = "paths")]
    limits: bool,
    /// Print what a code means, with a wrong example and a right one
    #[arg(long, value_name = "CODE", conflicts_with_all = ["paths", "limits", "write_bundle"])]
    explain: Option<String>,
}

pub fn check(arguments: &Arguments) -> Exit {
    if arguments.limits {
        match arguments.format {
            Format::Text => say(&limits::text()),
            Format::Json => say_json(&limits::json()),
        }
        return Exit::Fine;
    }
    if let Some(code) = &arguments.explain {
        return explain::explain(code, arguments.format);
    }
    let (policies, configuration) = match configured::policies(None) {
        Ok(configured) => configured,
        Err(exit) => return exit,
    };
    let paths = if arguments.paths.is_empty() { vec![policies] } else { arguments.paths.clone() };
    let (loaded, to_write) = match (arguments.write_bundle, paths.as_slice()) {
        (false, paths) => (bundle::load_paths(paths, &configuration), None),
        (true, [directory]) => match bundle::load_to_list(directory, &configuration) {
            Ok((bundle, manifest)) => (Ok(bundle), Some((directory, manifest))),
            Err(error) => (Err(error), None),
        },
        (true, _) => {
            complain("error: `--write-bundle` is for one directory\n");
            return Exit::WrongUsage;
        }
    };
    let report = Report::new(&loaded);
    let exit = match &loaded {
        Ok(_) if arguments.deny_warnings && report.warnings > 0 => Exit::InvalidPolicy,
        Ok(_) => Exit::Fine,
        Err(error) => match error.kind {
            LoadErrorKind::Unreadable => Exit::Failed,
            LoadErrorKind::Invalid => Exit::InvalidPolicy,
        },
    };
    match arguments.format {
        Format::Text => {
            complain_of(report.diagnostics, report.sources);
            let summary = report.summary();
            match exit {
                Exit::Fine => say(&summary),
                // Nothing is to be said about no file.
                _ if report.sources.iter().next().is_none() => {}
                _ => complain(&format!("\n{summary}")),
            }
            if let Some(hint) = explain::hint(report.diagnostics) {
                complain(&format!("\n{hint}"));
            }
        }
        Format::Json => say_json(&report.json()),
    }
    match to_write {
        Some((directory, manifest)) if exit == Exit::Fine => write(directory, &manifest),
        Some(_) | None => exit,
    }
}

fn write(directory: &Path, manifest: &Manifest) -> Exit {
    match manifest.write(directory) {
        Ok(()) => Exit::Fine,
        Err(error) => {
            complain(&format!("error: can't write `bundle.yaml` into `{}`: {error}\n", directory.display()));
            Exit::Failed
        }
    }
}

/// What a load found, good or bad.
struct Report<'a> {
    bundle: Option<&'a Bundle>,
    sources: &'a Sources,
    diagnostics: &'a [Diagnostic],
    errors: usize,
    warnings: usize,
    notes: usize,
}

impl<'a> Report<'a> {
    fn new(loaded: &'a Result<Bundle, LoadError>) -> Report<'a> {
        let (bundle, sources, diagnostics) = match loaded {
            Ok(bundle) => (Some(bundle), &bundle.sources, &bundle.warnings),
            Err(error) => (None, &error.sources, &error.diagnostics),
        };
        let count = |severity| diagnostics.iter().filter(|one| one.severity == severity).count();
        Report {
            bundle,
            sources,
            diagnostics,
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            notes: count(Severity::Note),
        }
    }

    /// `checked 3 files: 12 rules, 8 roles, 2 warnings`.
    fn summary(&self) -> String {
        let mut found = Vec::new();
        if let Some(bundle) = self.bundle {
            let policy = bundle.engine.policy();
            found.push(count(policy.rules.len(), "rule"));
            found.push(count(policy.schema.roles.len(), "role"));
        }
        if self.errors > 0 {
            found.push(count(self.errors, "error"));
        }
        if self.warnings > 0 {
            found.push(count(self.warnings, "warning"));
        }
        if self.notes > 0 {
            found.push(count(self.notes, "note"));
        }
        format!("checked {}: {}\n", count(self.sources.iter().count(), "file"), found.join(", "))
    }

    fn json(&self) -> serde_json::Value {
        let policy = self.bundle.map(|bundle| bundle.engine.policy());
        json!({
            "valid": self.bundle.is_some(),
            "files": self.sources.iter().count(),
            "rules": policy.map(|policy| policy.rules.len()),
            "roles": policy.map(|policy| policy.schema.roles.len()),
            "errors": self.errors,
            "warnings": self.warnings,
            "notes": self.notes,
            "revision": self.bundle.map(|bundle| bundle.revision.to_string()),
            "diagnostics": render::json(self.diagnostics, self.sources),
        })
    }
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}
