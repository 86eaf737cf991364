//! Diagnostics as text for people and as JSON for machines.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde_json::{Value, json};

use super::{Diagnostic, Severity, Source, Sources, Span};

/// The diagnostics as rustc would print them, without colour.
pub fn plain(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    with(&Renderer::plain(), diagnostics, sources)
}

/// The same for a terminal.
pub fn coloured(diagnostics: &[Diagnostic], sources: &Sources) -> String {
    with(&Renderer::styled(), diagnostics, sources)
}

/// The diagnostics as a JSON array. Lines and columns count from 1, columns in characters.
pub fn json(diagnostics: &[Diagnostic], sources: &Sources) -> Value {
    diagnostics.iter().map(|diagnostic| json_of(diagnostic, sources)).collect()
}

fn with(renderer: &Renderer, diagnostics: &[Diagnostic], sources: &Sources) -> String {
    let mut text = String::new();
    for diagnostic in diagnostics {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&renderer.render(&[group(diagnostic, sources)]));
        text.push('\n');
    }
    text
}

fn group<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let group = level.primary_title(&diagnostic.message).id(diagnostic.code.text());
    let mut elements = Vec::new();
    // One snippet per file, the one with the place first.
    let places = diagnostic.place.iter().map(|place| (place, AnnotationKind::Primary));
    let related = diagnostic.related.iter().map(|place| (place, AnnotationKind::Context));
    let mut files: Vec<(&Source, Vec<(Excerpt<'a>, AnnotationKind)>)> = Vec::new();
    for ((span, label), kind) in places.chain(related) {
        let Some(source) = sources.get(span.source) else { continue };
        let excerpt = Excerpt { range: within(source, *span), label };
        match files.iter_mut().find(|(other, _)| std::ptr::eq(*other, source)) {
            Some((_, excerpts)) => excerpts.push((excerpt, kind)),
            None => files.push((source, vec![(excerpt, kind)])),
        }
    }
    for (source, excerpts) in files {
        let snippet = Snippet::source(source.text.as_str()).path(source.name.as_str());
        elements.push(snippet.annotations(excerpts.into_iter().map(|(excerpt, kind)| {
            let annotation = kind.span(excerpt.range);
            if excerpt.label.is_empty() { annotation } else { annotation.label(excerpt.label) }
        })));
    }
    let group = group.elements(elements);
    match &diagnostic.help {
        Some(help) => group.element(Level::HELP.message(help)),
        None => group,
    }
}

struct Excerpt<'a> {
    range: std::ops::Range<usize>,
    label: &'a str,
}

/// A span's range, cut to what the source has.
fn within(source: &Source, span: Span) -> std::ops::Range<usize> {
    let bound = |offset: usize| {
        let mut offset = offset.min(source.text.len());
        while !source.text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    };
    let (start, end) = (bound(span.range().start), bound(span.range().end));
    start..end.max(start)
}

fn json_of(diagnostic: &Diagnostic, sources: &Sources) -> Value {
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let mut object = json!({
        "code": diagnostic.code.text(),
        "severity": severity,
        "message": diagnostic.message,
    });
    if let Some((span, label)) = &diagnostic.place {
        merge(&mut object, place(*span, label, sources));
    }
    let related = diagnostic.related.iter().map(|(span, label)| place(*span, label, sources)).collect();
    merge(&mut object, json!({ "related": Value::Array(related) }));
    if let Some(help) = &diagnostic.help {
        merge(&mut object, json!({ "help": help }));
    }
    object
}

fn merge(object: &mut Value, members: Value) {
    if let (Value::Object(object), Value::Object(members)) = (object, members) {
        object.extend(members);
    }
}

fn place(span: Span, label: &str, sources: &Sources) -> Value {
    let (line, column) = sources.position(span);
    let (end_line, end_column) = sources.position(Span { start: span.end, ..span });
    json!({
        "file": sources.get(span.source).map(|source| source.name.as_str()),
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
        "label": label,
    })
}

#[cfg(test)]
mod tests;
