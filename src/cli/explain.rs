//! `check --explain`: what a code means, with a wrong example and a right one.

use serde_json::json;

use super::terminal::{complain, say, say_json};
use super::{Exit, Format};
use crate::document::{Code, Diagnostic, suggest};

pub fn explain(text: &str, format: Format) -> Exit {
    let Some(code) = Code::named(text) else {
        complain(&unknown(text));
        return Exit::WrongUsage;
    };
    match format {
        Format::Text => say(code.page()),
        Format::Json => {
            say_json(&json!({ "code": code.text(), "title": code.title(), "page": code.page() }));
        }
    }
    Exit::Fine
}

/// Where there is more about the codes of these; nothing about none.
pub fn hint(diagnostics: &[Diagnostic]) -> Option<String> {
    let mut codes: Vec<&str> = diagnostics.iter().map(|diagnostic| diagnostic.code.text()).collect();
    codes.sort_unstable();
    codes.dedup();
    let first = codes.first()?;
    Some(format!("for more about {}: `portcullis check --explain {first}`\n", codes.join(", ")))
}

fn unknown(text: &str) -> String {
    let written = text.to_ascii_uppercase();
    let codes = Code::ALL.map(Code::text);
    let list: String =
        Code::ALL.iter().map(|code| [code.text(), "  ", code.title(), "\n"].concat()).collect();
    match suggest::did_you_mean(&written, codes) {
        Some(question) => format!("error: there is no code `{text}`; {question}\n\n{list}"),
        None => format!("error: there is no code `{text}`\n\n{list}"),
    }
}
