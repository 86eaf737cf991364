//! Source texts and places in them.

use std::iter;
use std::ops::Range;
use std::sync::OnceLock;

/// One file, or one text that stands for a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The path as the author knows it.
    pub name: String,
    pub text: String,
}

/// Which of the [`Sources`] of a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(pub u32);

/// Bytes `start..end` of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    pub source: SourceId,
    pub start: u32,
    pub end: u32,
}

/// All texts of one load.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    sources: Vec<Kept>,
}

#[derive(Debug, Clone)]
struct Kept {
    source: Source,
    /// Where its lines begin, known once somebody asks: a large file may have hundreds of places to tell.
    line_starts: OnceLock<Vec<u32>>,
}

impl Sources {
    pub fn add(&mut self, source: Source) -> SourceId {
        self.sources.push(Kept { source, line_starts: OnceLock::new() });
        SourceId(u32::try_from(self.sources.len() - 1).unwrap_or(u32::MAX))
    }

    pub fn get(&self, id: SourceId) -> Option<&Source> {
        Some(&self.kept(id)?.source)
    }

    fn kept(&self, id: SourceId) -> Option<&Kept> {
        self.sources.get(id.0 as usize)
    }

    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        (0..).map(SourceId).zip(self.sources.iter().map(|kept| &kept.source))
    }

    /// The text under a span; empty if the span lies outside of its source.
    pub fn text(&self, span: Span) -> &str {
        self.get(span.source).and_then(|source| source.text.get(span.range())).unwrap_or("")
    }

    /// The line and column of a span's start, both from 1, columns in characters.
    pub fn position(&self, span: Span) -> (usize, usize) {
        let Some(kept) = self.kept(span.source) else { return (1, 1) };
        let text = &kept.source.text;
        let before = text.get(..span.start as usize).unwrap_or(text);
        let line_starts = kept.line_starts.get_or_init(|| line_starts(text));
        let line = line_starts.partition_point(|start| *start as usize <= before.len()).max(1);
        let line_start = line_starts.get(line - 1).map_or(0, |start| *start as usize);
        (line, before.get(line_start..).unwrap_or("").chars().count() + 1)
    }
}

fn line_starts(text: &str) -> Vec<u32> {
    let ends = text.match_indices('\n').map(|(newline, _)| u32::try_from(newline + 1).unwrap_or(u32::MAX));
    iter::once(0).chain(ends).collect()
}

impl Span {
    pub fn new(source: SourceId, start: usize, end: usize) -> Span {
        let offset = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX);
        Span { source, start: offset(start), end: offset(end) }
    }

    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether the other lies inside this one.
    pub fn holds(self, other: Span) -> bool {
        self.source == other.source && self.start <= other.start && other.end <= self.end
    }

    /// From the start of this one to the end of the other.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        Span { source: self.source, start: self.start, end: other.end }
    }
}

#[cfg(test)]
mod tests;
