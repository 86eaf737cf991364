//! What can be a name without quotes.
//!
//! Printing asks that about every name there is, so it is told without the parser; from the grammar's own words still.

use std::sync::LazyLock;

use super::escape::quoted;

const GRAMMAR: &str = include_str!("../../../grammar/policy.pest");

/// The words that the rule `reserved` of the grammar has in quotes, sorted.
static RESERVED: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let rule = GRAMMAR.split_once("\nreserved ").map_or("", |(_, rule)| rule);
    let rule = rule.split_once("\n}").map_or("", |(rule, _)| rule);
    let mut words: Vec<&str> = rule.split('"').skip(1).step_by(2).collect();
    words.sort_unstable();
    words
});

/// Whether this can be a name without quotes wherever names stand.
pub(super) fn is_identifier(text: &str) -> bool {
    let mut characters = text.chars();
    let starts = characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    starts
        && characters.all(|character| character.is_ascii_alphanumeric() || character == '_')
        && RESERVED.binary_search(&text).is_err()
}

/// A name as it stands in a text: in quotes, unless it is one without.
pub fn written(name: &str) -> String {
    if is_identifier(name) { name.to_owned() } else { quoted(name) }
}

#[cfg(test)]
mod tests;
