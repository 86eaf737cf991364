//! YAML, read strictly: a tree whose every node knows its place.
//!
//! This is the only room that names the YAML crate. Whatever readers of YAML disagree about is an error here, so
//! that a file means to Portcullis what it means to every other tool: plain scalars such as `no` and `012`, merge
//! keys, tags, repeated keys. Anchors and aliases are refused too, so a small file is never a large tree.

mod build;
mod draft;
mod malformed;
mod origin;
mod plain;
mod read;
mod write;

use std::borrow::Cow;

use super::{Code, Diagnostic, Problems, SourceId, Sources, Span, characters};
use crate::model::limits::{FACTS_BYTES_MAX, FACTS_NODES_MAX, SOURCE_BYTES_MAX, YAML_NODES_MAX};

pub use draft::{Comment, Relay, comments, draft, gaps};
pub use origin::Origin;
pub use read::{Fields, bool, entries, instant, int, list, mismatch, misshapen, text};
pub use write::{Draft, Group, Member, Remark, write};

/// A node and its place. The place of an empty value is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node<'a> {
    pub span: Span,
    pub content: Content<'a>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content<'a> {
    /// An empty value, or `null`.
    Null,
    Bool(bool),
    Int(i64),
    /// A plain timestamp such as `2026-11-01T09:00:00Z`: right where an instant is expected, and only there, because
    /// elsewhere readers of YAML disagree whether it is text.
    Time(Cow<'a, str>),
    Text(Cow<'a, str>),
    List(Vec<Node<'a>>),
    /// In the author's order; no key stands twice.
    Mapping(Vec<Entry<'a>>),
    /// Something a diagnostic was made of already.
    Unreadable,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    pub key: Key<'a>,
    pub value: Node<'a>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key<'a> {
    pub text: Cow<'a, str>,
    pub span: Span,
}

/// How much of a file is read.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    bytes: usize,
    nodes: usize,
}

impl Bounds {
    /// For files that people write.
    pub const FILE: Bounds = Bounds { bytes: SOURCE_BYTES_MAX, nodes: YAML_NODES_MAX };
    /// For facts, which may be exported from elsewhere.
    pub const FACTS: Bounds = Bounds { bytes: FACTS_BYTES_MAX, nodes: FACTS_NODES_MAX };
}

/// Reads one document. The tree may have gaps where there were problems; it is missing if there was no reading on.
pub fn parse<'a>(
    sources: &'a Sources,
    source: SourceId,
    bounds: Bounds,
    problems: &mut Problems,
) -> Option<Node<'a>> {
    let text = sources.get(source)?.text.as_str();
    if text.len() > bounds.bytes {
        let message = format!("the file has {} bytes, more than {}", text.len(), bounds.bytes);
        problems.push(
            Diagnostic::error(Code::TooLarge, message)
                .at(Span::new(source, 0, 0), "")
                .help("split it into several files"),
        );
        return None;
    }
    let hidden = characters::check(source, text);
    if !hidden.is_empty() {
        for problem in hidden {
            problems.push(problem);
        }
        return None;
    }
    build::tree(text, source, bounds, problems)
}

/// Whether the text holds nothing but comments.
pub fn is_blank(text: &str) -> bool {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.lines().map(str::trim_start).all(|line| line.is_empty() || line.starts_with('#'))
}

#[cfg(test)]
mod tests;
