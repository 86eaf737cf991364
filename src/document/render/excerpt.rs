//! What is shown of a text around the places of a diagnostic: never more than a few lines, however long text and lines
//! are, because the renderer looks at every byte it is given.

use std::ops::Range;

use annotate_snippets::AnnotationKind;

use crate::document::{Diagnostic, Source, Sources, Span};

/// A piece of a source with the places in it.
pub(super) struct Excerpt<'a> {
    /// What the source is called.
    pub(super) name: &'a str,
    pub(super) text: &'a str,
    /// The number of its first line.
    pub(super) line: usize,
    /// Whether it begins inside a line.
    pub(super) is_cut: bool,
    /// The place that the excerpt is named after.
    pub(super) first: Span,
    pub(super) marks: Vec<Mark<'a>>,
}

/// A place in an excerpt.
pub(super) struct Mark<'a> {
    /// Where it is in the excerpt's text.
    pub(super) range: Range<usize>,
    pub(super) kind: AnnotationKind,
    pub(super) label: &'a str,
}

/// A place in a source, and what has to be shown of the source for it.
struct Place<'a> {
    span: Span,
    range: Range<usize>,
    window: Range<usize>,
    kind: AnnotationKind,
    label: &'a str,
}

/// How much of a place is underlined.
const PLACE_BYTES_MAX: usize = 4_000;
/// How much of its line is shown before and behind a place: more than a screen is wide.
const MARGIN_BYTES: usize = 400;
/// Places with more between them have excerpts of their own.
const GAP_BYTES_MAX: usize = 4_000;

/// The excerpts for a diagnostic: the one with its place first, then by source and place.
pub(super) fn excerpts<'a>(diagnostic: &'a Diagnostic, sources: &'a Sources) -> Vec<Excerpt<'a>> {
    let primary = diagnostic.place.iter().map(|place| (place, AnnotationKind::Primary));
    let related = diagnostic.related.iter().map(|place| (place, AnnotationKind::Context));
    let mut files: Vec<(&Source, Vec<Place<'a>>)> = Vec::new();
    for ((span, label), kind) in primary.chain(related) {
        let Some(source) = sources.get(span.source) else { continue };
        let place = place(&source.text, *span, kind, label);
        match files.iter_mut().find(|(other, _)| std::ptr::eq(*other, source)) {
            Some((_, places)) => places.push(place),
            None => files.push((source, vec![place])),
        }
    }
    let mut excerpts: Vec<Excerpt<'a>> = Vec::new();
    for (source, places) in files {
        excerpts.extend(clusters(places).into_iter().filter_map(|places| excerpt(source, places)));
    }
    excerpts.sort_by_key(|excerpt| !excerpt.marks.iter().any(|mark| mark.kind == AnnotationKind::Primary));
    excerpts
}

fn place<'a>(text: &str, span: Span, kind: AnnotationKind, label: &'a str) -> Place<'a> {
    let start = boundary(text, span.range().start);
    let end = boundary(text, span.range().end.min(start + PLACE_BYTES_MAX)).max(start);
    let before = text.get(..start).unwrap_or("");
    // Behind the last line break there is no line to show.
    let is_behind = start == text.len() && before.ends_with('\n');
    let before = if is_behind { before.trim_end_matches(['\n', '\r']) } else { before };
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line_end = text.get(end..).and_then(|behind| behind.find('\n')).map_or(text.len(), |at| end + at + 1);
    let window = boundary(text, start.saturating_sub(MARGIN_BYTES)).max(line_start).min(start)
        ..boundary(text, end + MARGIN_BYTES).min(line_end);
    Place { span, range: start..end, window, kind, label }
}

/// Places that are shown together, in the order of the text.
fn clusters(mut places: Vec<Place<'_>>) -> Vec<Vec<Place<'_>>> {
    places.sort_by_key(|place| place.window.start);
    let mut clusters: Vec<Vec<Place<'_>>> = Vec::new();
    for place in places {
        match clusters.last_mut() {
            Some(cluster) if place.window.start <= end(cluster) + GAP_BYTES_MAX => cluster.push(place),
            _ => clusters.push(vec![place]),
        }
    }
    clusters
}

fn end(cluster: &[Place<'_>]) -> usize {
    cluster.iter().map(|place| place.window.end).max().unwrap_or(0)
}

fn excerpt<'a>(source: &'a Source, places: Vec<Place<'a>>) -> Option<Excerpt<'a>> {
    let first =
        places.iter().min_by_key(|place| (place.kind != AnnotationKind::Primary, place.range.start))?.span;
    let start = places.first()?.window.start;
    let before = source.text.get(..start)?;
    Some(Excerpt {
        name: &source.name,
        text: source.text.get(start..end(&places))?,
        line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
        is_cut: !(before.is_empty() || before.ends_with('\n')),
        first,
        marks: places
            .into_iter()
            .map(|place| Mark {
                range: place.range.start - start..place.range.end - start,
                kind: place.kind,
                label: place.label,
            })
            .collect(),
    })
}

/// The last place at or before this one that is not inside a character.
fn boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}
