//! Writing for whoever started us.

use std::io::{self, IsTerminal as _, Write as _};

use serde_json::Value;

use crate::document::{Diagnostic, Sources, render};

/// Writes to standard output. A reader that went away (`| head`) has seen enough; that is no failure.
pub fn say(text: &str) {
    let _ = io::stdout().lock().write_all(text.as_bytes());
}

/// Writes a JSON document to standard output.
pub fn say_json(value: &Value) {
    say(&format!("{value:#}\n"));
}

/// Writes to standard error.
pub fn complain(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Writes diagnostics to standard error, in colours if that is a terminal whose user has not asked for none.
pub fn complain_of(diagnostics: &[Diagnostic], sources: &Sources) {
    if diagnostics.is_empty() {
        return;
    }
    let wants_colour = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let text = if wants_colour && io::stderr().is_terminal() {
        render::coloured(diagnostics, sources)
    } else {
        render::plain(diagnostics, sources)
    };
    complain(&text);
}

/// A word of a command line that a shell reads as this text.
pub(super) fn shell_word(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./:@%+=,".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}
