//! A text that is laid out says what it said, and so does one in the other form.

use std::fmt::Write as _;

use portcullis::document::{Code, Diagnostic};
use portcullis::language::syntax::{self, Form};

use super::chance::Chance;
use super::tell::tell;
use super::{POLICY, YAML, alike, ask, check, file, yaml};

/// What two forms of a text decide is compared once in so many times.
const DECIDED: usize = 4;
/// A text with an error is refused once in so many times.
const REFUSED: usize = 8;

pub fn fmt(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut chance = Chance::of(&text);
    let Some(tree) = alike::tree(POLICY, &text) else {
        if chance.one_in(REFUSED) {
            let printed = format(POLICY, &text, Form::Policy, false, &mut chance);
            assert_eq!(printed, None, "laid out in spite of errors");
        }
        return;
    };
    if let Some(printed) = format(POLICY, &text, Form::Policy, true, &mut chance) {
        alike::assert_same(alike::tree(POLICY, &printed), &tree, &printed);
        assert_eq!(comments(&printed), comments(&text), "{printed}");
        stays(POLICY, &printed, Form::Policy, &mut chance);
    }
    if let Some(yaml) = format(POLICY, &text, Form::Yaml, true, &mut chance) {
        let tree = alike::tree(YAML, &yaml).unwrap_or_else(|| panic!("no policy in YAML:\n{yaml}"));
        // Declarations of a kind stand together there, and what is said about them goes with them.
        let sorted = |mut comments: Vec<String>| {
            comments.sort();
            comments
        };
        assert_eq!(sorted(said(&yaml::comments(&yaml))), sorted(said(&comments(&text))), "{yaml}");
        stays(YAML, &yaml, Form::Yaml, &mut chance);
        let again = format(YAML, &yaml, Form::Policy, true, &mut chance);
        assert!(again.is_some() || !comments(&text).is_empty(), "there is no way back from\n{yaml}");
        if let Some(again) = again {
            alike::assert_same(alike::tree(POLICY, &again), &tree, &again);
            stays(POLICY, &again, Form::Policy, &mut chance);
        }
        decides_alike((POLICY, &text), (YAML, &yaml), &mut chance);
    }
}

/// The text in a form. If it has no mistake it may only be refused for what can't be printed.
pub(crate) fn format(
    name: &str,
    text: &str,
    to: Form,
    is_right: bool,
    chance: &mut Chance,
) -> Option<String> {
    let (sources, id) = file(name, text);
    match syntax::format(&sources, id, to) {
        Ok(printed) => {
            let is_clean = |line: &str| line.trim_end() == line;
            assert!(printed.is_empty() || printed.ends_with('\n'), "{printed:?}");
            assert!(printed.lines().all(is_clean), "space at an end:\n{printed}");
            Some(printed)
        }
        Err(diagnostics) => {
            tell(&diagnostics, &sources, chance);
            let is_told = diagnostics.iter().any(Diagnostic::is_error);
            assert!(is_told, "nothing is wrong: {diagnostics:?}");
            let is_unprintable = diagnostics.iter().any(|one| one.code == Code::Unprintable);
            assert!(!is_right || is_unprintable, "{diagnostics:?}");
            None
        }
    }
}

/// What is laid out is laid out as it is.
pub(crate) fn stays(name: &str, printed: &str, form: Form, chance: &mut Chance) {
    let again = format(name, printed, form, true, chance);
    let mut difference = String::new();
    if let Some(again) = &again {
        for (one, other) in printed.lines().zip(again.lines()).filter(|(one, other)| one != other) {
            let _ = writeln!(difference, "-{one}\n+{other}");
        }
    }
    assert!(again.as_deref() == Some(printed), "not idempotent:\n{difference}\n{printed}");
}

pub(crate) fn decides_alike(one: (&str, &str), other: (&str, &str), chance: &mut Chance) {
    if !chance.one_in(DECIDED) {
        return;
    }
    let loaded = check::load(one.0, one.1, chance);
    let loaded_other = check::load(other.0, other.1, chance);
    assert_eq!(loaded.is_some(), loaded_other.is_some(), "{}", other.1);
    if let (Some(loaded), Some(loaded_other)) = (loaded, loaded_other) {
        ask::ask_both(loaded, loaded_other, one.1, chance);
    }
}

/// What comments say in either form.
pub(crate) fn said(comments: &[impl AsRef<str>]) -> Vec<String> {
    let words = |comment: &str| comment.trim_start_matches(['#', '/', ' ']).to_owned();
    comments.iter().map(|comment| words(comment.as_ref())).collect()
}

/// The comments of a text in the policy form, in their order.
pub(crate) fn comments(text: &str) -> Vec<&str> {
    let mut comments = Vec::new();
    for line in text.lines() {
        let (mut is_text, mut is_escaped) = (false, false);
        let mut last = ' ';
        for (at, char) in line.char_indices() {
            if char == '/' && last == '/' && !is_text {
                comments.push(line.get(at - 1..).unwrap_or("").trim_end());
                break;
            }
            if char == '"' && !is_escaped {
                is_text = !is_text;
            }
            is_escaped = char == '\\' && is_text && !is_escaped;
            last = char;
        }
    }
    comments
}
