//! What a load found wrong, up to a bound.

#[cfg(test)]
mod tests;

use super::{Code, Diagnostic, Severity};
use crate::model::limits::PROBLEMS_MAX;

/// Collects diagnostics. A hopeless file doesn't make them grow without end, and what is left out is said.
///
/// Errors, warnings and notes are counted apart: however many there are of one kind, they hide none of another.
#[derive(Debug, Default)]
pub struct Problems {
    diagnostics: Vec<Diagnostic>,
    errors: usize,
    warnings: usize,
    notes: usize,
}

impl Problems {
    pub fn push(&mut self, diagnostic: Diagnostic) {
        let count = match diagnostic.severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
            Severity::Note => &mut self.notes,
        };
        *count += 1;
        if *count <= PROBLEMS_MAX {
            self.diagnostics.push(diagnostic.bounded());
        }
    }

    /// How many errors there were so far, with those that were left out.
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// Whether no further error is kept, so that looking for more is of no use.
    pub fn is_full(&self) -> bool {
        self.errors > PROBLEMS_MAX
    }

    /// All that was found, in the order of the texts; what has no place comes last.
    pub fn into_diagnostics(mut self) -> Vec<Diagnostic> {
        self.diagnostics.sort_by_key(|problem| {
            let start = problem.place.as_ref().map(|(span, _)| (span.source, span.start));
            (start.is_none(), start)
        });
        if self.notes > PROBLEMS_MAX {
            let message = format!("there are more notes than the {PROBLEMS_MAX} that are shown");
            self.diagnostics.push(Diagnostic::note(Code::TooLarge, message));
        }
        if self.warnings > PROBLEMS_MAX {
            let message = format!("there are more warnings than the {PROBLEMS_MAX} that are shown");
            self.diagnostics.push(Diagnostic::warning(Code::TooLarge, message));
        }
        if self.is_full() {
            let message = format!("there are more errors than the {PROBLEMS_MAX} that are shown");
            self.diagnostics.push(Diagnostic::error(Code::TooLarge, message));
        }
        self.diagnostics
    }
}
