//! The policy sets that are shipped decide what their tables of cases say, and nothing can be taken out of them without
//! a case noticing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
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

/// The further systems, and how many permissions their documents speak of.
pub(crate) const SYSTEMS: [(&str, &str, usize); 4] = [
    ("byteguardx", "byteguardx", 27),
    ("pca-agent", "pca_agent", 16),
    ("symbi-resonate", "symbi", 30),
    ("model-bridge", "model_bridge", 37),
];

#[test]
fn the_systems_decide_as_their_cases_say() {
    for (folder, package, _) in SYSTEMS {
        system(folder, package).decides_as_its_cases_say();
    }
}

#[test]
fn every_role_of_a_system_is_asked_about_every_permission() {
    for (folder, package, permissions) in [("hackai", "hackai", 27)].into_iter().chain(SYSTEMS) {
        let example = system(folder, package);
        let (engine, _) = example.load().unwrap();
        let schema = &engine.policy().schema;
        let declared: BTreeSet<String> = schema
            .permissions
            .rows()
            .map(|permission| format!("{}:{}", schema.types.row(permission.resource).bare, permission.action))
            .collect();
        let roles: BTreeSet<String> = schema.roles.rows().map(|role| role.bare.to_string()).collect();
        assert_eq!(example.cases.covered(), (declared, roles), "{folder}");
        assert_eq!(schema.permissions.len(), permissions, "{folder}");
    }
}

/// Neither form of a system has anything to warn of, or another layout than everybody's.
#[test]
fn the_systems_are_clean_in_both_forms() {
    for (folder, package, _) in SYSTEMS {
        let policies = format!("examples/{folder}/policies");
        assert!(path(&format!("{policies}/{package}.policy")).exists());
        for files in [policies, format!("tests/cases/forms/{folder}.yaml")] {
            for command in ["check --deny-warnings", "fmt --check"] {
                let found = Command::new(env!("CARGO_BIN_EXE_portcullis"))
                    .args(command.split(' '))
                    .arg(path(&files))
                    .output()
                    .unwrap();
                let said = String::from_utf8_lossy(&found.stdout) + String::from_utf8_lossy(&found.stderr);
                assert!(found.status.success() && !said.contains("note["), "{command} {files}: {said}");
            }
        }
    }
}

#[test]
fn byteguardx_has_no_part_that_no_case_needs() {
    system("byteguardx", "byteguardx").has_no_part_that_no_case_needs();
}

#[test]
fn pca_agent_has_no_part_that_no_case_needs() {
    system("pca-agent", "pca_agent").has_no_part_that_no_case_needs();
}

#[test]
fn symbi_resonate_has_no_part_that_no_case_needs() {
    system("symbi-resonate", "symbi").has_no_part_that_no_case_needs();
}

#[test]
fn model_bridge_has_no_part_that_no_case_needs() {
    system("model-bridge", "model_bridge").has_no_part_that_no_case_needs();
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

#[test]
fn a_wrong_cell_is_told() {
    let mut example = system("byteguardx", "byteguardx");
    example.policy = example.policy.replace("scan:{delete, share}", "scan:share");
    let (engine, facts) = example.load().unwrap();
    let wrong = example.cases.wrong_cells(&engine, &facts);
    let asked = ["org_admin: ola asks scan:delete s-1", "security_analyst: ana asks scan:delete s-1"];
    assert_eq!(wrong.len(), asked.len(), "{wrong:?}");
    assert!(asked.iter().zip(&wrong).all(|(asked, wrong)| wrong.starts_with(asked)), "{wrong:?}");
}

pub(crate) fn hackai() -> Example {
    Example::read(
        "examples/hackai/policies/hackai.policy",
        "examples/hackai/policies/facts.yaml",
        "examples/hackai/cases.yaml",
    )
}

fn system(folder: &str, package: &str) -> Example {
    Example::read(
        &format!("examples/{folder}/policies/{package}.policy"),
        &format!("examples/{folder}/policies/facts.yaml"),
        &format!("examples/{folder}/cases.yaml"),
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
        let mut failures = self.cases.failures(&engine, &facts);
        failures.extend(self.cases.wrong_cells(&engine, &facts));
        assert!(failures.is_empty(), "{} come out otherwise:\n{}", failures.len(), failures.join("\n"));
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
