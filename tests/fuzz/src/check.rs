//! A text is a policy exactly if nothing is wrong with it, and a policy decides as it says.

use portcullis::document::Source;
use portcullis::language;
use portcullis::language::policy::Policy;

use super::chance::Chance;
use super::tell::{has_errors, tell};
use super::{POLICY, ask, file};

/// A text is loaded a second time once in so many times.
const AGAIN: usize = 16;

pub fn check(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut chance = Chance::of(&text);
    if let Some(policy) = load(POLICY, &text, &mut chance) {
        ask::ask(policy, &text, &mut chance);
    }
}

/// Loads a policy, with the package beside it that it imports.
pub(crate) fn load(name: &str, text: &str, chance: &mut Chance) -> Option<Policy> {
    let (mut sources, id) = file(name, text);
    let mut files = vec![id];
    if text.contains("import") && text.contains("hackai") {
        let text = include_str!("../../cases/beside/hackai.policy").to_owned();
        files.push(sources.add(Source { name: "hackai.policy".to_owned(), text }));
    }
    let loaded = language::load(&sources, &files);
    tell(&loaded.diagnostics, &sources, chance);
    assert_eq!(loaded.policy.is_some(), !has_errors(&loaded.diagnostics), "{:?}", loaded.diagnostics);
    let places =
        loaded.diagnostics.iter().map(|one| one.place.as_ref().map(|(span, _)| (span.source, span.start)));
    assert!(places.is_sorted_by_key(|start| (start.is_none(), start)), "{:?}", loaded.diagnostics);
    if chance.one_in(AGAIN) {
        let again = language::load(&sources, &files);
        assert_eq!(again.diagnostics, loaded.diagnostics, "no two loads are alike");
    }
    loaded.policy
}
