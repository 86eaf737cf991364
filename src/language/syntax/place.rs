//! Where a text that is parsed stands in the author's file.

use crate::document::yaml::Origin;
use crate::document::{SourceId, Span};

#[derive(Debug, Clone)]
pub(super) enum Place {
    /// A policy file from this offset on.
    File { source: SourceId, offset: usize },
    /// One text of a YAML file.
    Scalar(Origin),
}

impl Place {
    pub(super) fn file(source: SourceId, offset: usize) -> Place {
        Place::File { source, offset }
    }

    /// Where the bytes `start..end` of the text stand.
    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        match self {
            Place::File { source, offset } => Span::new(*source, offset + start, offset + end),
            Place::Scalar(origin) => origin.span(start, end),
        }
    }

    /// What the author would say ends where the text ends.
    pub(super) fn noun(&self) -> &'static str {
        match self {
            Place::File { .. } => "file",
            Place::Scalar(_) => "text",
        }
    }
}
