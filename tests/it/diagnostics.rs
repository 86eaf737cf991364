//! What the language says about mistakes: each file of `tests/cases/diagnostics` beside what is said about it. One that
//! imports stands with the package `hackai`.
//!
//! `UPDATE_CASES=1` writes the texts anew; read every one of them then as an author would.

mod pages;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use portcullis::document::{Code, Source, Sources, render};
use portcullis::language;

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/diagnostics");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<PathBuf> = files.filter(|path| path.extension().unwrap() != "txt").collect();
    cases.sort();
    cases
}

#[test]
fn mistakes_are_told_as_they_are_written_down() {
    let is_update = std::env::var_os("UPDATE_CASES").is_some();
    for case in cases() {
        let mut sources = Sources::default();
        let name = case.file_name().unwrap().to_str().unwrap().to_owned();
        let id = sources.add(Source { name: name.clone(), text: fs::read_to_string(&case).unwrap() });
        let mut files = vec![id];
        if sources.get(id).unwrap().text.contains("hackai") {
            let text = include_str!("../cases/beside/hackai.policy").to_owned();
            files.push(sources.add(Source { name: "hackai.policy".to_owned(), text }));
        }
        let loaded = language::load(&sources, &files);
        let is_good = loaded.diagnostics.iter().all(|diagnostic| !diagnostic.is_error());
        assert_eq!(loaded.policy.is_some(), is_good, "{name}");
        let code = name.split('-').next().unwrap();
        assert!(
            loaded.diagnostics.iter().any(|diagnostic| diagnostic.code.text() == code),
            "{name} has no {code}"
        );
        let text = render::plain(&loaded.diagnostics, &sources);
        let expected = case.with_extension("txt");
        if is_update {
            fs::write(expected, text).unwrap();
        } else {
            assert_eq!(text, fs::read_to_string(expected).unwrap_or_default(), "{name}");
        }
    }
}

#[test]
fn every_code_of_the_language_has_a_case() {
    let names =
        cases().into_iter().map(|case| case.file_name().unwrap().to_str().unwrap().chars().take(5).collect());
    let covered: BTreeSet<String> = names.collect();
    // From 07 on they are those of facts, YAML and the configuration; P0120 to P0129 those of reading directories,
    // P0130 that of `fmt`.
    let codes = Code::ALL.iter().map(|code| code.text()).filter(|code| *code < "P0700");
    let codes = codes.filter(|code| !code.starts_with("P012") && *code != "P0130");
    let missing: Vec<&str> = codes.filter(|code| !covered.contains(*code)).collect();
    assert!(missing.is_empty(), "no case for {missing:?}");
}
