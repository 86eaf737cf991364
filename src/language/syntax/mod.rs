//! Text to tree. No name is resolved here, and no type of the parser library leaves this folder.

mod build;
mod build_condition;
mod build_temporal;
mod escape;
mod expected;
mod parse;
mod print;
mod scan;
pub mod tree;

pub use escape::place;
pub use parse::parse;
pub use print::{format, print};

/// Whether the text says nothing at all: there is only white space, and comments.
pub fn is_blank(text: &str) -> bool {
    scan::tokens(text).next().is_none()
}

/// The rule's text as it counts for its name: its tokens, without comments and layout.
pub(super) fn canonical(text: &str) -> String {
    let mut canonical = String::with_capacity(text.len());
    for token in scan::tokens(text) {
        if !canonical.is_empty() {
            canonical.push(' ');
        }
        canonical.push_str(token.text);
    }
    canonical
}
