//! The last look before a file is written: a layout may move tokens, and nothing else.

use std::ops::Range;

use crate::language::syntax::scan::{self, Token};

/// The first place in the author's text whose token the printed one doesn't have. Commas between members
/// and the word before a further list of actions are layout.
pub(super) fn difference(written: &str, printed: &str) -> Option<Range<usize>> {
    let (mut before, mut after) = (meaning(written), meaning(printed));
    loop {
        match (before.next(), after.next()) {
            (None, None) => return None,
            (Some(left), Some(right)) if left.text == right.text => {}
            (Some(left), _) => return Some(left.start..left.end()),
            (None, Some(_)) => return Some(written.len()..written.len()),
        }
    }
}

fn meaning(text: &str) -> impl Iterator<Item = Token<'_>> {
    scan::tokens(text).filter(|token| !matches!(token.text, "," | "actions"))
}
