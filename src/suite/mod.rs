//! Policy tests: YAML in, and what came out otherwise than its authors expect.
//!
//! A test says its facts, its clock and its request itself, so that it comes out alike everywhere and always. Pure: whoever
//! calls reads the files and tells the outcome.

mod compare;
mod draft;
mod link;
mod names;
mod read;
mod row;
mod run;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

pub use compare::Difference;
pub use run::Outcome;

use crate::document::yaml::{self, Bounds};
use crate::document::{Code, Diagnostic, Problems, SourceId, Sources, Span};
use crate::engine::{Decider, Engine, Original, OriginalParts, PartyInput, Question};
use crate::facts::Facts;
use crate::model::Instant;

/// A file of tests.
#[derive(Debug, Clone)]
pub struct TestFile {
    pub source: SourceId,
    /// The facts files that stand beside it, by the names that the file gives them.
    pub facts: BTreeMap<String, SourceId>,
}

/// Tests against one policy set.
#[derive(Debug)]
pub struct Suite {
    pub cases: Vec<Case>,
    pub warnings: Vec<Diagnostic>,
}

/// One question and what is expected of its answer.
#[derive(Debug)]
pub struct Case {
    /// As its author calls it, or what it asks.
    pub name: String,
    pub place: Span,
    facts: Arc<Facts>,
    asked: Asked,
    now: Instant,
    expected: Expected,
}

#[derive(Debug)]
enum Asked {
    /// By an application.
    Question(Box<Question<'static>>),
    /// By a proxy.
    Http(Box<Http>),
}

/// What a proxy says of a request.
#[derive(Debug, Clone)]
struct Http {
    method: String,
    uri: String,
    host: Option<String>,
    scheme: Option<String>,
    ip: Option<String>,
    user_agent: Option<String>,
    subject: Option<PartyInput<'static>>,
}

/// What is expected of an answer; what isn't said may be anything.
#[derive(Debug, Clone)]
struct Expected {
    is_allow: bool,
    reason: Option<&'static str>,
    by: Option<By>,
    unknown: Option<Vec<String>>,
    obligations: Option<Vec<String>>,
    advice: Option<Vec<String>>,
    valid_until: Option<Until>,
    /// Of a cell of a table nothing is expected but the decision.
    is_cell: bool,
}

/// Who decides.
#[derive(Debug, Clone)]
enum By {
    /// This one is named.
    Named(Decider),
    /// These are the deciding set.
    All(Vec<Decider>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Until {
    Never,
    At(Instant),
}

/// Says what is wrong with these files as files of tests, whatever the policies are.
pub fn check(sources: &Sources, files: &[SourceId]) -> Vec<Diagnostic> {
    let mut problems = Problems::default();
    for file in files {
        if let Some(tree) = yaml::parse(sources, *file, Bounds::FILE, &mut problems) {
            read::document(&tree, &mut problems);
        }
    }
    problems.into_diagnostics()
}

/// The facts files that a file of tests names, as it names them.
pub fn named_facts(sources: &Sources, file: SourceId) -> Vec<String> {
    // What is wrong with the file is told by whoever reads it as a whole.
    let mut problems = Problems::default();
    let tree = yaml::parse(sources, file, Bounds::FILE, &mut problems);
    let document = tree.as_ref().and_then(|tree| read::document(tree, &mut problems));
    document.map_or_else(Vec::new, |document| {
        document.facts_files.into_iter().map(|name| name.value.to_owned()).collect()
    })
}

/// Reads tests against a policy set; or everything that is wrong with them.
pub fn load(sources: &Sources, files: &[TestFile], engine: &Engine) -> Result<Suite, Vec<Diagnostic>> {
    let mut problems = Problems::default();
    let mut cases = Vec::new();
    for file in files {
        let Some(tree) = yaml::parse(sources, file.source, Bounds::FILE, &mut problems) else { continue };
        let Some(document) = read::document(&tree, &mut problems) else { continue };
        cases.extend(link::cases(&document, file, sources, engine, &mut problems));
    }
    let has_errors = problems.errors() > 0;
    let mut diagnostics = problems.into_diagnostics();
    // What a table shares is looked at once for each cell.
    diagnostics.dedup();
    if has_errors { Err(diagnostics) } else { Ok(Suite { cases, warnings: diagnostics }) }
}

/// Where tests are wanted and there are none.
pub fn none(label: &str) -> Diagnostic {
    Diagnostic::error(Code::NoTests, format!("there are no tests in `{label}`"))
        .help("files of tests are called `tests.yaml` or `*.tests.yaml`")
}

impl Http {
    fn original(&self) -> Result<Original<'_>, crate::engine::Malformed> {
        Original::new(OriginalParts {
            method: &self.method,
            uri: &self.uri,
            host: self.host.as_deref(),
            scheme: self.scheme.as_deref(),
            ip: self.ip.as_deref(),
            user_agent: self.user_agent.as_deref(),
        })
    }

    fn line(&self) -> String {
        format!("{} {}{}", self.method, self.host.as_deref().unwrap_or_default(), self.uri)
    }
}

/// `user:bob`.
fn party_text(party: &PartyInput<'_>) -> Cow<'static, str> {
    match &party.id {
        Some(id) => format!("{}:{id}", party.kind).into(),
        None => party.kind.clone().into_owned().into(),
    }
}
