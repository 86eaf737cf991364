//! Text to tree. No name is resolved here, and no type of the parser library leaves this folder.

mod advice;
mod build;
mod build_condition;
mod build_role;
mod build_temporal;
mod escape;
mod expected;
mod form;
mod identifier;
mod parse;
mod place;
mod print;
mod scan;
mod slips;
pub mod tree;
mod yaml;

pub use escape::place;
pub use form::{Form, Opened, is_blank, open};
pub use identifier::written;
pub use parse::{parse, too_many_declarations};
pub use print::{format, print};
pub use scan::count_tokens;

/// The rule's text as it counts for its name: its tokens, without comments and layout, string literals by what they stand
/// for. Braces around a single action and a duty's empty parentheses say nothing and are left out.
fn canonical(text: &str) -> String {
    let mut canonical = String::with_capacity(text.len());
    let tokens: Vec<scan::Token<'_>> = scan::tokens(text).collect();
    let sign = |number: usize| tokens.get(number).map_or("", |token| token.text);
    for (number, token) in tokens.iter().enumerate() {
        let is_layout = match token.text {
            "(" => sign(number + 1) == ")",
            ")" => number > 0 && sign(number - 1) == "(",
            "{" => sign(number + 2) == "}",
            "}" => number > 1 && sign(number - 2) == "{",
            _ => false,
        };
        if is_layout {
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
