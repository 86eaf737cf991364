//! Files to a bundle: all of them, or none.

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::file::{File, Kind};
use super::revision::{Configuration, FactsRevision, Revision, facts_digest};
use super::settle::Files;
use super::{Bundle, problem};
use crate::document::{Code, Diagnostic, Problems, Source, SourceId, Sources};
use crate::document::{render, yaml};
use crate::engine::Engine;
use crate::facts::{self, Facts};
use crate::language::policy::Policy;
use crate::language::{self, syntax};
use crate::suite::{self, Outcome, Suite, TestFile};

/// Why there is no bundle; everything that is wrong, not the first thing only.
#[derive(Debug, Clone)]
pub struct LoadError {
    pub kind: LoadErrorKind,
    pub sources: Arc<Sources>,
    /// Warnings are among them, at least one is an error.
    pub diagnostics: Vec<Diagnostic>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoadErrorKind {
    /// A file or the directory can't be read.
    Unreadable,
    /// What the files say is wrong.
    Invalid,
}

/// What the tests of a policy directory have to be for it to load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tests {
    /// In the shape of tests: whatever stands in their files, it is no policy that somebody misnamed.
    Readable,
    /// And about what the policies declare.
    Sound,
    /// And there are some, and they pass.
    Passing,
}

/// Makes bundles, and keeps of the last one what the next can use again.
#[derive(Debug)]
pub struct Loader {
    configuration: Configuration,
    tests: Tests,
    policies: Option<LoadedPolicies>,
    facts: Option<LoadedFacts>,
    changes: u64,
}

#[derive(Debug)]
struct LoadedPolicies {
    revision: Revision,
    engine: Arc<Engine>,
    warnings: Vec<Diagnostic>,
}

#[derive(Debug)]
struct LoadedFacts {
    revision: FactsRevision,
    /// Those that were read against its schema.
    engine: Arc<Engine>,
    facts: Arc<Facts>,
    /// None of them has a warning; places in a warning would be places in sources that are gone.
    is_clean: bool,
}

impl LoadError {
    /// A problem with the files themselves.
    pub fn unreadable(problem: Diagnostic) -> LoadError {
        LoadError {
            kind: LoadErrorKind::Unreadable,
            sources: Arc::new(Sources::default()),
            diagnostics: vec![problem],
        }
    }
}

impl fmt::Display for LoadError {
    /// As an author reads it, without colours.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&render::plain(&self.diagnostics, &self.sources))
    }
}

impl std::error::Error for LoadError {}

impl Loader {
    pub fn new(configuration: Configuration, tests: Tests) -> Loader {
        Loader { configuration, tests, policies: None, facts: None, changes: 0 }
    }

    /// Loads these files; `label` is what their author calls them together. What did not change is not read again:
    /// the policies as a whole, and the facts as a whole if the schema is the same too.
    pub fn load(&mut self, files: &Files, label: &str) -> Result<Bundle, LoadError> {
        self.load_with_tests(files, label).map(|(bundle, _)| bundle)
    }

    /// As [`Loader::load`], with the tests if more is asked of them than their shape.
    pub fn load_with_tests(
        &mut self,
        files: &Files,
        label: &str,
    ) -> Result<(Bundle, Option<Suite>), LoadError> {
        let texts = Texts::gather(files);
        if texts.lacks_a_policy {
            return Err(texts.fail(Vec::new()));
        }
        if texts.policies.is_empty() {
            return Err(texts.fail(vec![problem::no_policy_file(label)]));
        }
        let (engine, revision, mut diagnostics) = match self.policies(files, &texts) {
            Ok(loaded) => loaded,
            Err(diagnostics) => return Err(texts.fail(diagnostics)),
        };
        let facts = match self.facts(files, &texts, &engine) {
            Ok((facts, revision, warnings)) => {
                diagnostics.extend(warnings);
                Some((facts, revision))
            }
            Err(problems) => {
                diagnostics.extend(problems);
                None
            }
        };
        let suite = self.tests(&texts, &engine, label);
        match (facts, suite) {
            (Some((facts, facts_revision)), Ok(suite)) if texts.problems.is_empty() => {
                // What the tests find wrong with facts was found before.
                let new = suite.iter().flat_map(|suite| &suite.warnings);
                let new: Vec<Diagnostic> = new.filter(|one| !diagnostics.contains(one)).cloned().collect();
                diagnostics.extend(new);
                let bundle = Bundle {
                    engine,
                    facts,
                    revision,
                    facts_revision,
                    sources: Arc::new(texts.sources),
                    warnings: diagnostics,
                };
                Ok((bundle, suite))
            }
            (facts, Err(problems)) => {
                // Tests that read facts with mistakes find the same ones.
                let new = problems.into_iter().filter(|one| facts.is_some() || !diagnostics.contains(one));
                let new: Vec<Diagnostic> = new.collect();
                diagnostics.extend(new);
                Err(texts.fail(diagnostics))
            }
            (_, Ok(_)) => Err(texts.fail(diagnostics)),
        }
    }

    /// The tests, as far as anything is asked of them; or what is wrong with them.
    fn tests(&self, texts: &Texts, engine: &Engine, label: &str) -> Result<Option<Suite>, Vec<Diagnostic>> {
        let sources = &texts.sources;
        let files: Vec<SourceId> = texts.tests.iter().map(|file| file.source).collect();
        if self.tests == Tests::Readable {
            let problems = suite::check(sources, &files);
            return if problems.iter().any(Diagnostic::is_error) { Err(problems) } else { Ok(None) };
        }
        let suite = suite::load(sources, &texts.tests, engine)?;
        if self.tests == Tests::Passing {
            if files.is_empty() {
                return Err(vec![suite::none(label)]);
            }
            let outcomes = suite.run(engine, sources, |_| true);
            let mut problems = Problems::default();
            outcomes.iter().filter_map(Outcome::problem).for_each(|problem| problems.push(problem));
            if problems.errors() > 0 {
                return Err(problems.into_diagnostics());
            }
        }
        Ok(Some(suite))
    }

    fn policies(
        &mut self,
        files: &Files,
        texts: &Texts,
    ) -> Result<(Arc<Engine>, Revision, Vec<Diagnostic>), Vec<Diagnostic>> {
        let revision = Revision::of(&self.configuration, of_kind(files, Kind::Policy));
        if let Some(known) = self.policies.as_ref().filter(|known| known.revision == revision) {
            return Ok((Arc::clone(&known.engine), revision, known.warnings.clone()));
        }
        let loaded = language::load(&texts.sources, &texts.policies);
        let diagnostics = loaded.diagnostics;
        let Some(policy) = loaded.policy else {
            return Err(diagnostics);
        };
        if allows_nothing(&policy) {
            // Whatever else there is to say of such policies is of no use to anybody.
            return Err(vec![problem::allows_nothing()]);
        }
        let engine = Arc::new(Engine::new(Arc::new(policy)));
        self.policies =
            Some(LoadedPolicies { revision, engine: Arc::clone(&engine), warnings: diagnostics.clone() });
        Ok((engine, revision, diagnostics))
    }

    fn facts(
        &mut self,
        files: &Files,
        texts: &Texts,
        engine: &Arc<Engine>,
    ) -> Result<(Arc<Facts>, FactsRevision, Vec<Diagnostic>), Vec<Diagnostic>> {
        let digest = facts_digest(of_kind(files, Kind::Facts));
        let schema = &engine.policy().schema;
        if let Some(known) = &mut self.facts
            && known.revision.digest == digest
            && known.is_clean
            && known.engine.policy().schema == *schema
        {
            known.engine = Arc::clone(engine);
            return Ok((Arc::clone(&known.facts), known.revision, Vec::new()));
        }
        let (facts, diagnostics) = facts::load(&texts.sources, &texts.facts, schema);
        let Some(facts) = facts.map(Arc::new) else {
            return Err(diagnostics);
        };
        self.changes += 1;
        let revision = FactsRevision { number: self.changes, digest };
        self.facts = Some(LoadedFacts {
            revision,
            engine: Arc::clone(engine),
            facts: Arc::clone(&facts),
            is_clean: diagnostics.is_empty(),
        });
        Ok((facts, revision, diagnostics))
    }
}

/// The texts of the files: policies first, so that a change of facts leaves the places in policies as they are.
struct Texts {
    sources: Sources,
    policies: Vec<SourceId>,
    facts: Vec<SourceId>,
    tests: Vec<TestFile>,
    /// What is wrong with files before anybody reads their text.
    problems: Vec<Diagnostic>,
    /// The text of some policy is not there, so the others would only seem to be wrong.
    lacks_a_policy: bool,
}

impl Texts {
    fn gather(files: &Files) -> Texts {
        let mut texts = Texts {
            sources: Sources::default(),
            policies: Vec::new(),
            facts: Vec::new(),
            tests: Vec::new(),
            problems: Vec::new(),
            lacks_a_policy: false,
        };
        let mut facts = BTreeMap::new();
        let kinds = [Kind::Policy, Kind::Facts, Kind::Tests, Kind::Other];
        for file in kinds.into_iter().flat_map(|kind| of_kind(files, kind)) {
            match &file.content {
                Ok(text) => {
                    texts.add(file, text, &mut facts);
                    match file.kind {
                        Kind::Policy if syntax::is_blank(&file.name, text) => {
                            texts.problems.push(problem::blank(&file.label, text, "write a `package` line"));
                        }
                        // Without the roles that a lost text gave, denies to those roles would bind nobody.
                        Kind::Facts if yaml::is_blank(text) => {
                            texts.problems.push(problem::blank(&file.label, text, "write `subjects: {}`"));
                        }
                        Kind::Policy | Kind::Facts | Kind::Tests | Kind::Manifest | Kind::Other => {}
                    }
                }
                Err(problem) => {
                    texts.lacks_a_policy |= file.kind == Kind::Policy || problem.code == Code::Unreadable;
                    texts.problems.push(problem.clone());
                }
            }
        }
        texts
    }

    /// The `facts` are those that were added before, by their names.
    fn add(&mut self, file: &File, text: &str, facts: &mut BTreeMap<String, SourceId>) {
        let id = self.sources.add(Source { name: file.label.clone(), text: text.to_owned() });
        match file.kind {
            Kind::Policy => self.policies.push(id),
            Kind::Tests => {
                let named = suite::named_facts(&self.sources, id).into_iter();
                let found = named.filter_map(|name| {
                    let source = *facts.get(&beside(&file.name, &name)?)?;
                    Some((name, source))
                });
                self.tests.push(TestFile { source: id, facts: found.collect() });
            }
            Kind::Facts | Kind::Manifest | Kind::Other => {
                facts.insert(file.name.clone(), id);
                self.facts.push(id);
            }
        }
    }

    fn fail(self, diagnostics: Vec<Diagnostic>) -> LoadError {
        let is_unreadable = self.problems.iter().any(|problem| problem.code == Code::Unreadable);
        LoadError {
            kind: if is_unreadable { LoadErrorKind::Unreadable } else { LoadErrorKind::Invalid },
            sources: Arc::new(self.sources),
            diagnostics: self.problems.into_iter().chain(diagnostics).collect(),
        }
    }
}

fn of_kind(files: &Files, kind: Kind) -> impl Iterator<Item = &File> {
    files.values().map(AsRef::as_ref).filter(move |file| file.kind == kind)
}

/// The name of what a file calls `path`, as it is reached from there.
fn beside(file: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Neither a rule nor a role with a permission: a typing error that makes an empty file must not look like a policy.
fn allows_nothing(policy: &Policy) -> bool {
    policy.rules.is_empty() && policy.schema.roles.rows().all(|role| role.permissions.is_empty())
}
