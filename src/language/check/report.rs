//! Where the checks put what they find.

use std::collections::{BTreeMap, HashSet};

use super::imports::Elsewhere;
use crate::document::{Code, Diagnostic, Problems, Severity, Span, suggest};
use crate::language::syntax::tree::Name;
use crate::model::limits::{PROBLEMS_MAX, TARGETS_MAX};

/// The diagnostics of one load.
pub(super) struct Report {
    /// The first ones of each severity, by their places and then as they came.
    kept: BTreeMap<Severity, BTreeMap<(Place, usize), Diagnostic>>,
    /// False if a declaration could not be read: then a name that nothing seems to declare is no finding.
    is_complete: bool,
    /// Names whose declaration is in error, so that they seem not to be declared.
    broken: HashSet<String>,
    comparisons_left: usize,
    /// None once there were too many.
    targets_left: Option<usize>,
    errors: usize,
    /// Where a rule uses the definition that is being looked at.
    use_of_definition: Option<Span>,
}

/// How many pairs of characters are compared to find what an author may have meant: each proposal looks at every name,
/// and a file full of mistakes must not take minutes.
const COMPARISONS_MAX: usize = 10_000_000;

/// How many actions are listed where one is not among them, and how long each may be.
const LISTED_MAX: usize = 8;
const LISTED_BYTES_MAX: usize = 32;

/// Where a diagnostic stands in the order of a load; those without a place come last.
type Place = (bool, Option<Span>);

impl Report {
    pub(super) fn new(diagnostics: Vec<Diagnostic>, is_complete: bool) -> Report {
        let mut report = Report {
            kept: BTreeMap::new(),
            is_complete,
            broken: HashSet::new(),
            comparisons_left: COMPARISONS_MAX,
            targets_left: Some(TARGETS_MAX),
            errors: 0,
            use_of_definition: None,
        };
        for diagnostic in diagnostics {
            report.keep(diagnostic);
        }
        report
    }

    /// Says where the definition is used whose condition is looked at from now on, or that none is any more. What is
    /// found wrong in it then is wrong because of this use.
    pub(super) fn looks_into_definition(&mut self, used: Option<Span>) -> Option<Span> {
        std::mem::replace(&mut self.use_of_definition, used)
    }

    pub(super) fn add(&mut self, diagnostic: Diagnostic) {
        self.errors += usize::from(diagnostic.is_error());
        self.keep(diagnostic);
    }

    /// Keeps a diagnostic unless as many come before it as are shown. A definition is checked wherever it is used; what
    /// is wrong in itself is said once.
    fn keep(&mut self, diagnostic: Diagnostic) {
        let place = (diagnostic.place.is_none(), diagnostic.place.as_ref().map(|(span, _)| *span));
        let kept = self.kept.entry(diagnostic.severity).or_default();
        let is_full = kept.len() > PROBLEMS_MAX;
        if is_full && kept.last_key_value().is_some_and(|((last, _), _)| *last < place) {
            return;
        }
        let mut beside = kept.range((place, 0)..=(place, usize::MAX));
        if beside.any(|(_, other)| other.code == diagnostic.code && other.message == diagnostic.message) {
            return;
        }
        let number = kept.range(..=(place, usize::MAX)).next_back().map_or(0, |((_, number), _)| number + 1);
        let diagnostic = match (self.use_of_definition, place.1) {
            (Some(used), Some(span)) if !used.holds(span) => diagnostic.related(used, "used here"),
            _ => diagnostic,
        };
        kept.insert((place, number), diagnostic.bounded());
        if is_full {
            // One more than is shown stays, so that it is said that there are more.
            kept.pop_last();
        }
    }

    /// Whether anything is wrong, in what was read or in what was checked.
    pub(super) fn has_errors(&self) -> bool {
        self.kept.contains_key(&Severity::Error)
    }

    /// How many errors there are so far.
    pub(super) fn errors(&self) -> usize {
        self.errors
    }

    /// Whether there are as many errors as are shown, so that looking for more is of no use.
    pub(super) fn is_full(&self) -> bool {
        self.errors > PROBLEMS_MAX
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
        let message = format!("unknown {what} `{}`", shortened(name.text));
        self.missing(code, message, name, declared, str::to_owned);
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
        self.missing(Code::UnknownAttribute, message, name, declared, str::to_owned);
    }

    /// An action that its type does not have; what it has is listed where nothing is like it.
    pub(super) fn unknown_action<'n>(&mut self, name: Name<'_>, declared: impl Iterator<Item = &'n str>) {
        if !self.is_complete || self.broken.contains(name.text) {
            return;
        }
        let message = format!("unknown action `{}`", shortened(name.text));
        let problem = Diagnostic::error(Code::UnknownName, message).at(name.span, "");
        let mut declared: Vec<&str> = declared.collect();
        let proposal = self.proposal(name.text, declared.iter().copied());
        declared.sort_unstable();
        let is_short =
            declared.len() <= LISTED_MAX && declared.iter().all(|action| action.len() <= LISTED_BYTES_MAX);
        self.add(match proposal {
            Some(proposal) => problem.help(format!("did you mean `{proposal}`?")),
            None if declared.is_empty() => {
                problem.help("its type has no actions: declare some, as in `actions read`")
            }
            None if is_short => problem.help(format!("its type has the actions `{}`", declared.join("`, `"))),
            None => problem,
        });
    }

    /// A name that its own package does not declare, but another one may.
    pub(super) fn unknown_here<'n>(
        &mut self,
        what: &str,
        name: Name<'_>,
        declared: impl Iterator<Item = &'n str>,
        elsewhere: Option<Elsewhere<'_>>,
    ) {
        let Some(elsewhere) = elsewhere else {
            return self.unknown(Code::UnknownName, what, name, declared);
        };
        let message = format!("unknown {what} `{}`", shortened(name.text));
        let problem = Diagnostic::error(Code::UnknownName, message).at(name.span, "");
        self.if_declared(name.text, problem.help(elsewhere.help(name.text)));
    }

    /// A name that is not among those that are declared; `written` is how one of those would be written here.
    pub(super) fn missing<'n>(
        &mut self,
        code: Code,
        message: String,
        name: Name<'_>,
        declared: impl Iterator<Item = &'n str>,
        written: impl Fn(&str) -> String,
    ) {
        if !self.is_complete || self.broken.contains(name.text) {
            return;
        }
        let diagnostic = Diagnostic::error(code, message).at(name.span, "");
        let proposal = self.proposal(name.text, declared);
        self.add(match proposal {
            Some(proposal) => diagnostic.help(format!("did you mean `{}`?", written(proposal))),
            None => diagnostic,
        });
    }

    /// That there are more of something than may be. What is too much is left out, so that names seem not to be declared.
    pub(super) fn too_many(&mut self, span: Span, what: &str, most: usize) {
        self.error(Code::TooLarge, span, format!("the policies have more than {most} {what}"));
        self.is_complete = false;
    }

    /// Whether this many more permissions can be named; if not, that is reported once.
    pub(super) fn spend_targets(&mut self, count: usize, span: Span) -> bool {
        let before = self.targets_left;
        self.targets_left = before.and_then(|left| left.checked_sub(count));
        if before.is_some() && self.targets_left.is_none() {
            let message = format!(
                "roles, rules and permission sets name more than {TARGETS_MAX} permissions, wildcards and sets counted out"
            );
            let help = "let roles inherit instead of repeating what others permit";
            self.error_with_help(Code::TooLarge, span, message, help);
        }
        self.targets_left.is_some()
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
        let mut known = Vec::new();
        for other in declared {
            self.comparisons_left = self.comparisons_left.checked_sub(name.len() * other.len())?;
            known.push(other);
        }
        suggest::closest(name, known)
    }

    /// What was found, in source order, up to a bound on each severity.
    pub(super) fn finish(self) -> Vec<Diagnostic> {
        let mut problems = Problems::default();
        for diagnostic in self.kept.into_values().flat_map(BTreeMap::into_values) {
            problems.push(diagnostic);
        }
        problems.into_diagnostics()
    }
}

/// A name as it may stand in a message.
pub(super) fn shortened(name: &str) -> String {
    const LENGTH: usize = 128;
    match name.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}…", name.get(..end).unwrap_or("")),
        None => name.to_owned(),
    }
}
