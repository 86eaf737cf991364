//! What there is to say about an author's text, as data; `render` makes text or JSON of it.

use super::characters::is_hidden;
use super::{Code, Span};

/// The longest text of a diagnostic.
const TEXT_BYTES_MAX: usize = 1_000;

/// How many other places a diagnostic names.
const RELATED_MAX: usize = 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing, and nothing to change: `check` shows it, and it never counts as a warning.
    Note,
    Warning,
    Error,
}

/// One problem: one sentence in lower case without a full stop, the place, and where there is one the fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub code: Code,
    pub severity: Severity,
    pub message: String,
    /// Where, and what to write under the underlined text (may be empty).
    pub place: Option<(Span, String)>,
    /// Other places that belong to it, such as the first of two declarations.
    pub related: Vec<(Span, String)>,
    pub help: Option<String>,
}

impl Diagnostic {
    pub fn error(code: Code, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code,
            severity: Severity::Error,
            message: message.into(),
            place: None,
            related: Vec::new(),
            help: None,
        }
    }

    pub fn warning(code: Code, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, message) }
    }

    pub fn note(code: Code, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Note, ..Diagnostic::error(code, message) }
    }

    #[must_use]
    pub fn at(mut self, span: Span, label: impl Into<String>) -> Diagnostic {
        self.place = Some((span, label.into()));
        self
    }

    #[must_use]
    pub fn related(mut self, span: Span, label: impl Into<String>) -> Diagnostic {
        self.related.push((span, label.into()));
        self
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// The same with texts and lists that people can read: names are as long as somebody makes them, and may have
    /// characters that a terminal takes for orders.
    #[must_use]
    pub fn bounded(mut self) -> Diagnostic {
        let labels = self.place.iter_mut().chain(&mut self.related).map(|(_, label)| label);
        labels.chain(self.help.iter_mut()).for_each(shorten);
        shorten(&mut self.message);
        self.related.truncate(RELATED_MAX);
        self
    }

    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

fn shorten(text: &mut String) {
    let is_unreadable = |character: char| is_hidden(character) || character == '\r';
    if text.contains(is_unreadable) {
        let escaped = |character: char| {
            if is_unreadable(character) {
                character.escape_unicode().to_string()
            } else {
                character.to_string()
            }
        };
        *text = text.chars().map(escaped).collect();
    }
    if text.len() <= TEXT_BYTES_MAX {
        return;
    }
    let mut end = TEXT_BYTES_MAX;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text.push('…');
}
