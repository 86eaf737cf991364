//! Text to checked policy. What leaves this room has no unknown name, no untyped node and no syntax.

mod check;
pub mod judge;
pub mod policy;
pub mod syntax;

use std::collections::{HashMap, HashSet};

use self::policy::Policy;
use self::syntax::tree::Declaration;
use crate::document::{Code, Diagnostic, Problems, SourceId, Sources, Span};
use crate::model::limits::{DECLARATIONS_MAX, POLICY_BYTES_MAX, POLICY_TOKENS_MAX, SOURCE_BYTES_MAX};

/// What came of a load.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// There exactly if no diagnostic is an error.
    pub policy: Option<Policy>,
    /// In source order.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads and checks a policy set: `policies` are those of the sources that are policy files, in the form that their
/// names say.
pub fn load(sources: &Sources, policies: &[SourceId]) -> Loaded {
    if let Some(diagnostic) = too_large(sources, policies) {
        return Loaded { policy: None, diagnostics: vec![diagnostic] };
    }
    let mut diagnostics = Vec::new();
    let mut opened = Vec::with_capacity(policies.len());
    let mut left = DECLARATIONS_MAX;
    for id in policies {
        let Some(file) = syntax::open(sources, *id, &mut diagnostics) else { continue };
        let places = file.declarations();
        if let Some(excess) = places.get(left) {
            return too_many(*excess, diagnostics);
        }
        left -= places.len();
        opened.push(file);
    }
    let mut files = Vec::with_capacity(policies.len());
    let mut left = DECLARATIONS_MAX;
    for opened in &opened {
        let (file, mut found) = opened.tree(sources);
        diagnostics.append(&mut found);
        let Some(file) = file else { continue };
        let imports = file.imports.iter().map(|import| import.span);
        let mut places = imports.chain(file.declarations.iter().map(Declaration::span));
        if let Some(excess) = places.nth(left) {
            return too_many(excess, diagnostics);
        }
        left -= file.imports.len() + file.declarations.len();
        files.push(file);
    }
    tell_once(&mut diagnostics);
    let (policy, diagnostics) = check::check(&files, files.len() == policies.len(), diagnostics, sources);
    let is_good = !diagnostics.iter().any(Diagnostic::is_error) && files.len() == policies.len();
    Loaded { policy: is_good.then_some(policy), diagnostics }
}

/// Of a YAML key that is no text to all readers, and with quotes no name either, says both at once.
fn tell_once(diagnostics: &mut Vec<Diagnostic>) {
    let start = |problem: &Diagnostic| problem.place.as_ref().map(|(span, _)| (span.source, span.start));
    let ambiguous = diagnostics.iter().filter(|problem| problem.code == Code::YamlAmbiguous);
    let ambiguous: HashSet<_> = ambiguous.filter_map(start).collect();
    let mut helps = HashMap::new();
    diagnostics.retain_mut(|problem| {
        let place = start(problem).filter(|place| problem.code == Code::Syntax && ambiguous.contains(place));
        helps.extend(place.map(|place| (place, problem.help.take())));
        place.is_none()
    });
    for problem in diagnostics.iter_mut().filter(|problem| problem.code == Code::YamlAmbiguous) {
        if let Some(Some(help)) = start(problem).and_then(|place| helps.remove(&place)) {
            problem.help = Some(help);
        }
    }
}

/// Whether the files are more than is read, told where they begin to be.
fn too_large(sources: &Sources, policies: &[SourceId]) -> Option<Diagnostic> {
    let (mut bytes_left, mut tokens_left) = (POLICY_BYTES_MAX, POLICY_TOKENS_MAX);
    // A file that is too large by itself is refused when it is read.
    let files = policies.iter().filter_map(|id| Some((*id, &sources.get(*id)?.text)));
    for (id, text) in files.filter(|(_, text)| text.len() <= SOURCE_BYTES_MAX) {
        let Some(left) = bytes_left.checked_sub(text.len()) else {
            let message = format!("the policy files have more than {POLICY_BYTES_MAX} bytes together");
            return Some(Diagnostic::error(Code::TooLarge, message).at(Span::new(id, 0, 0), ""));
        };
        bytes_left = left;
        match syntax::count_tokens(text, tokens_left) {
            Ok(tokens) => tokens_left -= tokens,
            Err(excess) => {
                let message = format!(
                    "the policy files have more than {POLICY_TOKENS_MAX} words, strings and signs together"
                );
                let span = Span::new(id, excess.start, excess.end);
                let help = "keep what is about single people or things in facts";
                return Some(Diagnostic::error(Code::TooLarge, message).at(span, "").help(help));
            }
        }
    }
    None
}

fn too_many(excess: Span, diagnostics: Vec<Diagnostic>) -> Loaded {
    let mut problems = Problems::default();
    for diagnostic in diagnostics {
        problems.push(diagnostic);
    }
    problems.push(syntax::too_many_declarations(excess));
    Loaded { policy: None, diagnostics: problems.into_diagnostics() }
}
