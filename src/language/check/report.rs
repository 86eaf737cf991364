//! Where the checks put what they find.

use std::collections::HashSet;

use crate::document::{Code, Diagnostic, Problems, Span, suggest};
use crate::language::syntax::tree::Name;

/// The diagnostics of one load.
pub(super) struct Report {
    diagnostics: Vec<Diagnostic>,
    /// A definition is checked wherever it is used; what is wrong in itself is said once.
    seen: HashSet<(Code, Span, String)>,
    /// False if a declaration could not be read: then a name that nothing seems to declare is no finding.
    is_complete: bool,
    /// Names whose declaration is in error, so that they seem not to be declared.
    broken: HashSet<String>,
    proposals_left: usize,
    errors: usize,
    /// Where a rule uses the definition that is being looked at.
    use_of_definition: Option<Span>,
}

/// Each proposal looks at every name; a file full of mistakes must not take minutes.
const PROPOSALS_MAX: usize = 100;

impl Report {
    pub(super) fn new(diagnostics: Vec<Diagnostic>, is_complete: bool) -> Report {
        Report {
            diagnostics,
            seen: HashSet::new(),
            is_complete,
            broken: HashSet::new(),
            proposals_left: PROPOSALS_MAX,
            errors: 0,
            use_of_definition: None,
        }
    }

    /// Says where the definition is used whose condition is looked at from now on, or that none is any more. What is
    /// found wrong in it then is wrong because of this use.
    pub(super) fn looks_into_definition(&mut self, used: Option<Span>) -> Option<Span> {
        std::mem::replace(&mut self.use_of_definition, used)
    }

    pub(super) fn add(&mut self, diagnostic: Diagnostic) {
        self.errors += usize::from(diagnostic.is_error());
        let Some((span, _)) = diagnostic.place else {
            self.diagnostics.push(diagnostic);
            return;
        };
        if self.seen.insert((diagnostic.code, span, diagnostic.message.clone())) {
            self.diagnostics.push(match self.use_of_definition {
                Some(used) if !used.holds(span) => diagnostic.related(used, "used here"),
                Some(_) | None => diagnostic,
            });
        }
    }

    /// Whether anything is wrong, in what was read or in what was checked.
    pub(super) fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// How many errors there are so far.
    pub(super) fn errors(&self) -> usize {
        self.errors
    }

    /// An error at a place, with nothing more to say.
    pub(super) fn error(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.add(Diagnostic::error(code, message).at(span, ""));
    }

    /// An error at a place, with its fix.
    pub(super) fn error_with_help(
        &mut self,
        code: Code,
        span: Span,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.add(Diagnostic::error(code, message).at(span, "").help(help));
    }

    /// A name that is not among those that are declared.
    pub(super) fn unknown<'n>(
        &mut self,
        code: Code,
        what: &str,
        name: Name<'_>,
        declared: impl Iterator<Item = &'n str>,
    ) {
        self.missing(code, format!("unknown {what} `{}`", shortened(name.text)), name, declared);
    }

    /// An attribute or a member that is not among those that `of` has.
    pub(super) fn unknown_attribute<'n>(
        &mut self,
        of: &str,
        what: &str,
        name: Name<'_>,
        declared: impl Iterator<Item = &'n str>,
    ) {
        let message = format!("{of} has no {what} `{}`", shortened(name.text));
        self.missing(Code::UnknownAttribute, message, name, declared);
    }

    fn missing<'n>(
        &mut self,
        code: Code,
        message: String,
        name: Name<'_>,
        declared: impl Iterator<Item = &'n str>,
    ) {
        if !self.is_complete || self.broken.contains(name.text) {
            return;
        }
        let diagnostic = Diagnostic::error(code, message).at(name.span, "");
        let proposal = self.proposal(name.text, declared);
        self.add(match proposal {
            Some(proposal) => diagnostic.help(format!("did you mean `{proposal}`?")),
            None => diagnostic,
        });
    }

    /// Says that a name's declaration is in error: uses of it are none.
    pub(super) fn breaks(&mut self, name: &str) {
        self.broken.insert(name.to_owned());
    }

    /// An error that only holds if every declaration could be read.
    pub(super) fn if_complete(&mut self, diagnostic: Diagnostic) {
        if self.is_complete {
            self.add(diagnostic);
        }
    }

    /// An error that only holds if every declaration could be read and none of this name is in error.
    pub(super) fn if_declared(&mut self, name: &str, diagnostic: Diagnostic) {
        if !self.broken.contains(name) {
            self.if_complete(diagnostic);
        }
    }

    pub(super) fn proposal<'n>(
        &mut self,
        name: &str,
        declared: impl Iterator<Item = &'n str>,
    ) -> Option<&'n str> {
        self.proposals_left = self.proposals_left.checked_sub(1)?;
        let mut declared: Vec<&str> = declared.collect();
        // Of two equally alike a run says the one that the last run said.
        declared.sort_unstable();
        suggest::closest(name, declared)
    }

    /// What was found, in source order, up to a bound on the errors, one on the warnings and one on the notes.
    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        self.diagnostics.sort_by_key(place);
        let mut problems = Problems::default();
        for diagnostic in self.diagnostics {
            problems.push(diagnostic);
        }
        problems.into_diagnostics()
    }
}

/// Where a diagnostic stands in the order of a load; those without a place come last.
fn place(diagnostic: &Diagnostic) -> (bool, Option<Span>) {
    (diagnostic.place.is_none(), diagnostic.place.as_ref().map(|(span, _)| *span))
}

/// A name as it may stand in a message.
pub(super) fn shortened(name: &str) -> String {
    const LENGTH: usize = 128;
    match name.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or("")),
        None => name.to_owned(),
    }
}
