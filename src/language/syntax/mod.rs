//! Text to tree. No name is resolved here, and no type of the parser library leaves this folder.

mod build;
mod build_condition;
mod build_role;
mod build_temporal;
mod escape;
mod expected;
mod form;
mod parse;
mod place;
mod print;
mod scan;
pub mod tree;
mod yaml;

pub use escape::place;
pub use form::{Form, Opened, is_blank, open};
pub use parse::parse;
pub use print::{format, print};

/// The rule's text as it counts for its name: its tokens, without comments and layout, string literals by what they stand
/// for, and a duty's empty parentheses left out.
fn canonical(text: &str) -> String {
    let mut canonical = String::with_capacity(text.len());
    let mut tokens = scan::tokens(text).peekable();
    while let Some(token) = tokens.next() {
        if token.text == "(" && tokens.next_if(|next| next.text == ")").is_some() {
            continue;
        }
        if !canonical.is_empty() {
            canonical.push(' ');
        }
        let literal = if token.kind == scan::Kind::Text { escape::value(token.text) } else { None };
        match literal {
            Some(value) => canonical.push_str(&escape::quoted(&value)),
            None => canonical.push_str(token.text),
        }
    }
    canonical
}
