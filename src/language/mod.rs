//! Text to checked policy. What leaves this room has no unknown name, no untyped node and no syntax.

mod check;
pub mod judge;
pub mod policy;
pub mod syntax;

use self::policy::Policy;
use crate::document::{Diagnostic, SourceId, Sources};

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
    let mut diagnostics = Vec::new();
    let opened: Vec<_> =
        policies.iter().filter_map(|id| syntax::open(sources, *id, &mut diagnostics)).collect();
    let mut files = Vec::with_capacity(policies.len());
    for opened in &opened {
        let (file, mut found) = opened.tree(sources);
        files.extend(file);
        diagnostics.append(&mut found);
    }
    let (policy, diagnostics) = check::check(&files, files.len() == policies.len(), diagnostics, sources);
    let is_good = !diagnostics.iter().any(Diagnostic::is_error) && files.len() == policies.len();
    Loaded { policy: is_good.then_some(policy), diagnostics }
}
