//! What a policy set is called: the hash of everything that its decisions depend on, but for the facts.

use std::fmt;

use sha2::{Digest as _, Sha256};

use super::file::{Digest, File, Hex};
use crate::model::zone;

/// The SHA-256 of the policy files, the version of the language, that of the time zone database, and the configuration
/// that decisions depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Revision(Digest);

/// The part of the configuration that decisions depend on: two processes that differ in it may answer one request
/// differently, so they are not at one revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configuration {
    /// The type of the subjects that proxies name.
    pub subject_type: String,
    /// Which obligations the applications behind proxies understand, sorted.
    pub understood_obligations: Vec<String>,
}

/// Which facts: a number that grows by one with every change in this process, and a hash that is the same everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FactsRevision {
    pub number: u64,
    pub digest: Digest,
}

/// Changes when the same policy text comes to mean something else.
pub const LANGUAGE_VERSION: &str = "1";
/// How many digits people see.
const SHORT: usize = 12;

impl Revision {
    /// The revision of these policy files, in the order of their names.
    pub fn of<'a>(configuration: &Configuration, policies: impl Iterator<Item = &'a File>) -> Revision {
        Revision::under(zone::database_version(), configuration, policies)
    }

    /// By the rules of this version of the time zone database.
    pub(super) fn under<'a>(
        zones: &str,
        configuration: &Configuration,
        policies: impl Iterator<Item = &'a File>,
    ) -> Revision {
        let Configuration { subject_type, understood_obligations } = configuration;
        // No name has a comma.
        let understood = understood_obligations.join(",");
        let mut decisive = vec!["portcullis policy", LANGUAGE_VERSION, zones, subject_type];
        // Files come in pairs of texts, so that one text more is no file.
        if !understood.is_empty() {
            decisive.push(&understood);
        }
        Revision(hash(&decisive, policies))
    }

    /// The first digits, for people.
    pub fn short(&self) -> String {
        self.to_string().chars().take(SHORT).collect()
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hex(&self.0).fmt(f)
    }
}

/// The digest of these facts files, in the order of their names.
pub fn facts_digest<'a>(facts: impl Iterator<Item = &'a File>) -> Digest {
    hash(&["portcullis facts"], facts)
}

/// What tells one state of a directory from another.
pub fn files_digest<'a>(files: impl Iterator<Item = &'a File>) -> Digest {
    hash(&["portcullis files"], files)
}

/// Each text stands behind its length, so that no two lists of texts are hashed alike.
fn hash<'a>(preface: &[&str], files: impl Iterator<Item = &'a File>) -> Digest {
    let mut hash = Sha256::new();
    let mut add = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    for text in preface {
        add(text.as_bytes());
    }
    for file in files {
        add(file.name.as_bytes());
        // The digest of a content stands for it, and has one length.
        add(&file.digest);
    }
    hash.finalize().into()
}
