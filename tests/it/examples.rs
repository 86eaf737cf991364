//! The policy sets that are shipped decide what their tables of cases say, and nothing can be taken out of them without
//! a case noticing.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use portcullis::document::{Code, Diagnostic, Source, SourceId, Sources};
use portcullis::engine::Engine;
use portcullis::facts::{self, Facts};
use portcullis::language;

use crate::cases::{self, Cases};
use crate::mutants;

/// A shipped policy with its facts and its cases.
pub(crate) struct Example {
    policy: String,
    facts: String,
    cases: Cases,
}

#[test]
fn hackai_decides_as_its_cases_say() {
    hackai().decides_as_its_cases_say();
}

#[test]
fn hackai_has_no_part_that_no_case_needs() {
    hackai().has_no_part_that_no_case_needs();
}

#[test]
fn the_starter_set_decides_as_its_cases_say() {
    starter().decides_as_its_cases_say();
}

#[test]
fn the_starter_set_has_no_part_that_no_case_needs() {
    starter().has_no_part_that_no_case_needs();
}

/// A test that compares nothing would pass with any table.
#[test]
fn a_wrong_expectation_is_told() {
    let mut example = starter();
    example.policy = example.policy.replace("unless  context.ip in office\n", "");
    let (engine, facts) = example.load().unwrap();
    let failures = example.cases.failures(&engine, &facts);
    assert!(failures.iter().any(|failure| failure.contains("bob asks document:read salary")), "{failures:?}");
}

pub(crate) fn hackai() -> Example {
    Example::read(
        "examples/hackai/policies/hackai.policy",
        "examples/hackai/policies/facts.yaml",
        "examples/hackai/cases.yaml",
    )
}

fn starter() -> Example {
    Example::read("policies/docs.policy", "policies/facts.yaml", "tests/cases/starter.yaml")
}

impl Example {
    fn read(policy: &str, facts: &str, cases: &str) -> Example {
        let read = |name| std::fs::read_to_string(path(name)).unwrap();
        Example { policy: read(policy), facts: read(facts), cases: cases::read(&path(cases)) }
    }

    pub(crate) fn load(&self) -> Result<(Engine, Facts), Vec<Diagnostic>> {
        load(&self.policy, &self.facts)
    }

    fn decides_as_its_cases_say(&self) {
        let (engine, facts) = self.load().unwrap_or_else(|problems| panic!("{problems:#?}"));
        let failures = self.cases.failures(&engine, &facts);
        assert!(
            failures.is_empty(),
            "{} of {} cases:\n{}",
            failures.len(),
            self.cases.cases.len(),
            failures.join("\n")
        );
    }

    fn has_no_part_that_no_case_needs(&self) {
        let (mut noticed, mut dangling, mut guards, mut survivors) = (0, 0, 0, Vec::new());
        for mutant in mutants::of_text(&self.policy) {
            match load(&mutant.text, &self.facts) {
                Ok((engine, facts)) if self.cases.notice(&engine, &facts) => noticed += 1,
                Ok(_) => survivors.push(mutant.without),
                // Something else names what was taken out.
                Err(problems) if problems.iter().any(|problem| problem.code == Code::UnknownName) => {
                    dangling += 1;
                }
                // What is left may not be read without it: those are taken out below, past the checker.
                Err(_) => guards += 1,
            }
        }
        let (engine, facts) = self.load().unwrap();
        let mut unchecked = 0;
        for mutant in mutants::of_conditions(engine.policy()) {
            unchecked += 1;
            if !self.cases.notice(&Engine::new(Arc::new(mutant.policy)), &facts) {
                survivors.push(mutant.without);
            }
        }
        println!(
            "{noticed} parts taken out of the text and noticed, {dangling} that others name, {guards} that guard others; \
             {unchecked} conditions taken out of the rules"
        );
        assert!(survivors.is_empty(), "no case needs\n{}", survivors.join("\n"));
        assert!(guards <= unchecked && noticed > 0, "{guards} guards, {noticed} noticed");
    }
}

fn load(policy: &str, facts: &str) -> Result<(Engine, Facts), Vec<Diagnostic>> {
    let mut sources = Sources::default();
    let mut add =
        |name: &str, text: &str| sources.add(Source { name: name.to_owned(), text: text.to_owned() });
    let (policy, facts): (SourceId, SourceId) = (add("a.policy", policy), add("facts.yaml", facts));
    let loaded = language::load(&sources, &[policy]);
    let Some(policy) = loaded.policy else { return Err(loaded.diagnostics) };
    let (facts, problems) = facts::load(&sources, &[facts], &policy.schema);
    let Some(facts) = facts else { return Err(problems) };
    Ok((Engine::new(Arc::new(policy)), facts))
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}
