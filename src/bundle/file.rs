//! One file of a policy directory.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::problem;
use crate::document::Diagnostic;
use crate::model::limits::{FACTS_BYTES_MAX, SOURCE_BYTES_MAX};

/// A file as it was read, or what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Below the directory, with `/`: the same on every machine.
    pub name: String,
    /// The path as the author knows it.
    pub label: String,
    pub kind: Kind,
    pub content: Result<String, Diagnostic>,
    /// Of a text its SHA-256, as every tool computes it.
    pub digest: Digest,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Policy,
    Facts,
    /// Policy tests.
    Tests,
    /// The `bundle.yaml` at the top, which lists the others.
    Manifest,
    /// None of these, and yet not to be passed over in silence; its content is always a problem.
    Other,
}

impl Kind {
    /// How large such a file may be.
    pub fn bytes_max(self) -> usize {
        match self {
            Kind::Facts => FACTS_BYTES_MAX,
            Kind::Policy | Kind::Tests | Kind::Manifest | Kind::Other => SOURCE_BYTES_MAX,
        }
    }
}

pub type Digest = [u8; 32];

/// A digest in hexadecimal digits.
#[derive(Debug, Clone, Copy)]
pub struct Hex<'a>(pub &'a Digest);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl File {
    pub fn new(name: String, label: String, kind: Kind, content: Result<Vec<u8>, Diagnostic>) -> File {
        let content = content.and_then(|bytes| {
            String::from_utf8(bytes)
                .map_err(|error| problem::not_utf8(&label, error.utf8_error().valid_up_to()))
        });
        let mut hash = Sha256::new();
        match &content {
            Ok(text) => hash.update(text),
            Err(problem) => {
                // No text begins with this byte.
                hash.update([0xff]);
                hash.update(&problem.message);
            }
        }
        File { name, label, kind, content, digest: hash.finalize().into() }
    }
}

/// What a file of this name is; nothing if Portcullis has no business with it. A name that is nearly right counts,
/// because a file of denies that is passed over opens a gate.
pub fn kind_of(name: &str) -> Option<Kind> {
    let ends = |suffix: &str| name.ends_with(suffix) && name.len() > suffix.len();
    if ends(".policy") {
        return Some(Kind::Policy);
    }
    if name == "facts.yaml" || ends(".facts.yaml") {
        return Some(Kind::Facts);
    }
    if name == "tests.yaml" || ends(".tests.yaml") {
        return Some(Kind::Tests);
    }
    let lower = name.to_lowercase();
    // Facts, tests and lists under a name that is nearly right would only be told that they are no policy.
    let is_facts = lower == "facts.yaml" || lower.ends_with(".facts.yaml");
    let is_else = is_facts || is_nearly_tests(&lower) || lower == "bundle.yaml";
    if ends(".yaml") && !is_else {
        return Some(Kind::Policy);
    }
    [".policy", ".yaml", ".yml"].iter().any(|suffix| lower.ends_with(suffix)).then_some(Kind::Other)
}

/// `test.yaml`, `docs_test.yaml`, `docs-tests.yml`, `Docs.Tests.yaml`: what others call their tests.
pub fn is_nearly_tests(lower: &str) -> bool {
    let stem = lower.strip_suffix(".yaml").or_else(|| lower.strip_suffix(".yml"));
    let stem = stem.and_then(|stem| stem.strip_suffix("tests").or_else(|| stem.strip_suffix("test")));
    stem.is_some_and(|stem| stem.is_empty() || stem.ends_with(['.', '_', '-']))
}

/// Hidden names (`.git`, Kubernetes' `..data`, vim's `.x.swp`) and what editors leave behind.
pub fn is_ignored(name: &str) -> bool {
    name.starts_with('.')
        || name.ends_with('~')
        || (name.starts_with('#') && name.ends_with('#'))
        || name == "4913"
        || name == "lost+found"
}
