//! What a load found wrong, up to a bound.

use super::{Code, Diagnostic};
use crate::model::limits::PROBLEMS_MAX;

/// Collects diagnostics. A hopeless file doesn't make them grow without end, and what is left out is said.
#[derive(Debug, Default)]
pub struct Problems {
    diagnostics: Vec<Diagnostic>,
    errors: usize,
    left_out: usize,
}

impl Problems {
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.errors += usize::from(diagnostic.is_error());
        if self.diagnostics.len() < PROBLEMS_MAX {
            self.diagnostics.push(diagnostic);
        } else {
            self.left_out += 1;
        }
    }

    /// How many errors there were so far, with those that were left out.
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// Whether nothing more is kept, so that looking for more is of no use.
    pub fn is_full(&self) -> bool {
        self.left_out > 0
    }

    /// All that was found, in the order of the texts; what has no place comes last.
    pub fn into_diagnostics(mut self) -> Vec<Diagnostic> {
        self.diagnostics.sort_by_key(|problem| {
            let start = problem.place.as_ref().map(|(span, _)| (span.source, span.start));
            (start.is_none(), start)
        });
        if self.is_full() {
            let message = format!("there are more problems than the {PROBLEMS_MAX} that are shown");
            self.diagnostics.push(Diagnostic::error(Code::TooLarge, message));
        }
        self.diagnostics
    }
}
