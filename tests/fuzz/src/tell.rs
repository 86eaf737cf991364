//! What has to hold of diagnostics: their places are places, and they can be shown.

use portcullis::document::characters::is_hidden;
use portcullis::document::{Diagnostic, Sources, Span, render};

use super::chance::Chance;

/// Rendering is slow, so one diagnostic of so many texts is rendered.
const RENDERED: usize = 16;
/// All of one text in so many.
const RENDERED_WHOLE: usize = 256;

pub(crate) fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(Diagnostic::is_error)
}

pub(crate) fn tell(diagnostics: &[Diagnostic], sources: &Sources, chance: &mut Chance) {
    for diagnostic in diagnostics {
        is_sentence(&diagnostic.message, diagnostic);
        assert!(!diagnostic.message.is_empty() && !diagnostic.message.ends_with('.'), "{diagnostic:?}");
        if let Some(help) = &diagnostic.help {
            is_sentence(help, diagnostic);
        }
        for (span, label) in diagnostic.place.iter().chain(&diagnostic.related) {
            is_place(*span, sources, diagnostic);
            is_sentence(label, diagnostic);
        }
    }
    if chance.one_in(RENDERED_WHOLE) {
        render::plain(diagnostics, sources);
        render::json(diagnostics, sources);
    } else if chance.one_in(RENDERED)
        && let Some(diagnostic) = chance.of_these(diagnostics)
    {
        let shown = render::plain(std::slice::from_ref(diagnostic), sources);
        assert!(shown.contains(diagnostic.code.text()), "{shown}");
    }
}

/// Nobody's terminal or log is written to by what an author wrote.
fn is_sentence(text: &str, diagnostic: &Diagnostic) {
    assert!(!text.contains(|char| is_hidden(char) || char == '\r'), "{text:?} of {diagnostic:?}");
}

fn is_place(span: Span, sources: &Sources, diagnostic: &Diagnostic) {
    let source = sources.get(span.source).unwrap_or_else(|| panic!("no such source: {diagnostic:?}"));
    assert!(source.text.get(span.range()).is_some(), "{span:?} is no place: {diagnostic:?}");
}
