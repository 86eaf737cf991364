//! Diagnostics as text for people and as JSON for machines.

mod excerpt;

use annotate_snippets::{Group, Level, Renderer, Snippet};
use serde_json::{Value, json};

use self::excerpt::{Excerpt, excerpts};
use super::{Diagnostic, Severity, Sources, Span};

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
        let excerpts = excerpts(diagnostic, sources);
        let rendered = renderer.render(&[group(diagnostic, &excerpts)]);
        text.push_str(&with_columns(rendered, &excerpts, sources));
        text.push('\n');
    }
    text
}

fn group<'a>(diagnostic: &'a Diagnostic, excerpts: &[Excerpt<'a>]) -> Group<'a> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let snippets = excerpts.iter().map(|excerpt| {
        let snippet = Snippet::source(excerpt.text).line_start(excerpt.line).path(excerpt.name);
        snippet.annotations(excerpt.marks.iter().map(|mark| {
            let annotation = mark.kind.span(mark.range.clone());
            if mark.label.is_empty() { annotation } else { annotation.label(mark.label) }
        }))
    });
    let title = level.primary_title(&diagnostic.message).id(diagnostic.code.text());
    let group = Group::with_title(title).elements(snippets);
    match &diagnostic.help {
        Some(help) => group.element(Level::HELP.message(help)),
        None => group,
    }
}

/// Puts the columns right that the renderer counts from where an excerpt was cut.
fn with_columns(rendered: String, excerpts: &[Excerpt<'_>], sources: &Sources) -> String {
    let mut text = rendered;
    let mut from = 0;
    for excerpt in excerpts {
        let (line, column) = sources.position(excerpt.first);
        let header = format!("{}:{line}:", excerpt.name);
        let Some(at) = text.get(from..).and_then(|rest| rest.find(&header)) else { continue };
        from += at + header.len();
        if excerpt.is_cut {
            let digits = text.bytes().skip(from).take_while(u8::is_ascii_digit).count();
            text.replace_range(from..from + digits, &column.to_string());
        }
    }
    text
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
