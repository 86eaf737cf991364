//! Text to checked policy. What leaves this room has no unknown name, no untyped node and no syntax.

mod check;
pub mod judge;
pub mod policy;
pub mod syntax;

use self::policy::Policy;
use crate::document::{Code, Diagnostic, Problems, SourceId, Sources, Span};
use crate::model::limits::{DECLARATIONS_MAX, POLICY_BYTES_MAX, SOURCE_BYTES_MAX};

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
    let opened: Vec<_> =
        policies.iter().filter_map(|id| syntax::open(sources, *id, &mut diagnostics)).collect();
    let mut files = Vec::with_capacity(policies.len());
    let mut declarations_left = DECLARATIONS_MAX;
    for opened in &opened {
        let (file, mut found) = opened.tree(sources);
        diagnostics.append(&mut found);
        let Some(file) = file else { continue };
        if let Some(excess) = file.declarations.get(declarations_left) {
            let message = format!("the policies have more than {DECLARATIONS_MAX} declarations");
            diagnostics.push(Diagnostic::error(Code::TooLarge, message).at(excess.span(), ""));
            return Loaded { policy: None, diagnostics: bounded(diagnostics) };
        }
        declarations_left -= file.declarations.len();
        files.push(file);
    }
    let (policy, diagnostics) = check::check(&files, files.len() == policies.len(), diagnostics, sources);
    let is_good = !diagnostics.iter().any(Diagnostic::is_error) && files.len() == policies.len();
    Loaded { policy: is_good.then_some(policy), diagnostics }
}

/// Whether the files are more than is read, told at the first that is too much.
fn too_large(sources: &Sources, policies: &[SourceId]) -> Option<Diagnostic> {
    let mut left = POLICY_BYTES_MAX;
    for id in policies {
        // A file that is too large by itself is refused when it is read.
        let Some(source) = sources.get(*id).filter(|source| source.text.len() <= SOURCE_BYTES_MAX) else {
            continue;
        };
        let Some(behind) = left.checked_sub(source.text.len()) else {
            let message = format!("the policy files have more than {POLICY_BYTES_MAX} bytes together");
            return Some(Diagnostic::error(Code::TooLarge, message).at(Span::new(*id, 0, 0), ""));
        };
        left = behind;
    }
    None
}

fn bounded(diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut problems = Problems::default();
    for diagnostic in diagnostics {
        problems.push(diagnostic);
    }
    problems.into_diagnostics()
}
