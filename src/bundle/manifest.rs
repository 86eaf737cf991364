//! `bundle.yaml`: which files belong together, by their hashes.
//!
//! While it stands in a policy directory only the very files that it lists load, so that an edit of several files
//! takes effect as a whole, in whatever order they arrive.

#[cfg(test)]
#[path = "manifest_tests.rs"]
mod tests;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::{self, File as OpenFile};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

use super::file::{Digest, File, Hex};
use super::load::{LoadError, LoadErrorKind};
use super::problem;
use super::settle::Files;
use crate::document::yaml::{self, Bounds, Entry, Fields, Node};
use crate::document::{Code, Diagnostic, Problems, Source, Sources};

/// Its name, at the top of the directory.
pub const NAME: &str = "bundle.yaml";

/// The text of a `bundle.yaml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    text: String,
}

/// A hidden name, which nobody who looks at the directory takes for anything.
const BESIDE: &str = ".bundle.yaml.new";
const HEAD: &str = "\
# Only these files load, and only as they were when `portcullis check --write-bundle` wrote this.
files:
";

impl Manifest {
    /// Lists these files as they are.
    pub fn of(files: &Files) -> Manifest {
        let mut text = HEAD.to_owned();
        for file in files.values() {
            // To write to a text never fails.
            let _ = writeln!(text, "  {}: \"{}\"", key(&file.name), Hex(&file.digest));
        }
        Manifest { text }
    }

    /// Puts it into the directory, whole or not at all.
    pub fn write(&self, directory: &Path) -> io::Result<()> {
        let beside = directory.join(BESIDE);
        let mut file = OpenFile::create(&beside)?;
        file.write_all(self.text.as_bytes())?;
        file.sync_all()?;
        fs::rename(beside, directory.join(NAME))
    }
}

/// Whether these files are exactly those that the manifest lists; if not, everything that differs.
pub fn check(manifest: &File, files: &Files) -> Result<(), LoadError> {
    let text = manifest.content.clone().map_err(LoadError::unreadable)?;
    let mut sources = Sources::default();
    let mut problems = Problems::default();
    let source = sources.add(Source { name: manifest.label.clone(), text });
    let compared = yaml::parse(&sources, source, Bounds::FILE, &mut problems)
        .and_then(|tree| compare(&tree, manifest, files, &mut problems));
    if compared.is_some() && problems.errors() == 0 {
        return Ok(());
    }
    let diagnostics = problems.into_diagnostics();
    Err(LoadError { kind: LoadErrorKind::Invalid, sources: Arc::new(sources), diagnostics })
}

fn compare(tree: &Node<'_>, manifest: &File, files: &Files, problems: &mut Problems) -> Option<()> {
    let fields = Fields::read(tree, "a bundle", &["files"], problems)?;
    let help = "list each file with its SHA-256, as in `docs.policy: \"9f86…\"`";
    let listed = fields.required("files", help, problems)?;
    let listed = yaml::entries(listed, "file names and their SHA-256", problems)?;
    for entry in listed {
        if let Some(problem) = difference(entry, files, problems) {
            problems.push(problem);
        }
    }
    let names: BTreeSet<&str> = listed.iter().map(|entry| entry.key.text.as_ref()).collect();
    for file in files.values().filter(|file| !names.contains(file.name.as_str())) {
        problems.push(problem::not_listed(&file.label, &manifest.label));
    }
    Some(())
}

/// What is wrong with the file of one entry.
fn difference(entry: &Entry<'_>, files: &Files, problems: &mut Problems) -> Option<Diagnostic> {
    let expected = "a SHA-256 in 64 hexadecimal digits";
    let text = yaml::text(&entry.value, expected, problems)?;
    let Some(hash) = digest(text) else {
        let message = format!("`{text}` is not {expected}");
        return Some(Diagnostic::error(Code::YamlShape, message).at(entry.value.span, ""));
    };
    let name = entry.key.text.as_ref();
    let Some(file) = files.get(name) else {
        return Some(problem::not_there(name).at(entry.key.span, ""));
    };
    match &file.content {
        Err(problem) => Some(problem.clone()),
        Ok(_) if file.digest == hash => None,
        Ok(_) => {
            let found = format!("its SHA-256 is {}", Hex(&file.digest));
            Some(problem::not_as_listed(&file.label).at(entry.value.span, found))
        }
    }
}

fn digest(text: &str) -> Option<Digest> {
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    let bytes = digits?
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => u8::try_from(high * 16 + low).ok(),
            _ => None,
        })
        .collect::<Option<Vec<u8>>>()?;
    bytes.try_into().ok()
}

/// A file's name as a key: in quotes where YAML might take it for anything else.
fn key(name: &str) -> String {
    let is_plain = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|character| character.is_ascii_alphanumeric() || "._-/".contains(character));
    if is_plain { name.to_owned() } else { serde_json::Value::from(name).to_string() }
}
