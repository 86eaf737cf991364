//! Whether two texts say the same, wherever in them it stands.

use std::fmt::Debug;

use portcullis::document::Diagnostic;
use portcullis::language::syntax;

use super::file;
use super::tell::has_errors;

/// What each declaration says; none for a text with an error.
pub(crate) fn tree(name: &str, text: &str) -> Option<Vec<String>> {
    let (sources, id) = file(name, text);
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    let opened = syntax::open(&sources, id, &mut diagnostics)?;
    let (tree, found) = opened.tree(&sources);
    diagnostics.extend(found);
    if has_errors(&diagnostics) {
        return None;
    }
    let tree = tree?;
    let package = tree.package.map_or("", |package| package.text).to_owned();
    Some([package].into_iter().chain(tree.declarations.iter().map(bare)).collect())
}

/// What a value says, without its places.
pub(crate) fn bare(value: &impl Debug) -> String {
    let debug = format!("{value:?}");
    // Where an author wrote the same, it is taken for a place in both texts.
    let mut parts = debug.split("Span { source: ");
    let mut bare = parts.next().unwrap_or("").to_owned();
    for part in parts {
        bare.push_str(part.split_once('}').map_or(part, |(_, rest)| rest));
    }
    // The words of a rule make its name if it has no other.
    if bare.contains("kind: Named(")
        && let Some(tokens) = bare.rfind(", tokens: \"")
    {
        bare.truncate(tokens);
    }
    bare
}

pub(crate) fn assert_same(found: Option<Vec<String>>, expected: &[String], text: &str) {
    let found = found.unwrap_or_else(|| panic!("it can't be read:\n{text}"));
    if let Some((found, expected)) = found.iter().zip(expected).find(|(found, expected)| found != expected) {
        panic!("{text}\n-{expected}\n+{found}");
    }
    assert_eq!(found.len(), expected.len(), "{text}");
}
