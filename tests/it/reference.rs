//! The tables of the language reference: operators, limits and codes are what it says.
//!
//! `UPDATE_CASES=1` writes the tables of limits and of codes anew. The examples in both forms are tested in `forms`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use portcullis::document::{Code, Source, Sources, render};
use portcullis::engine::Engine;
use portcullis::facts;
use portcullis::language;

use crate::cases;

const LIMITS: &str = "| limit | value | what |\n| --- | --- | --- |\n";
const CODES: &str = "| code | what |\n| --- | --- |\n";
const DECISIONS: &str = "| may | allowed to | because |\n| --- | --- | --- |\n";
/// The subjects of its facts.
const PEOPLE: [&str; 4] = ["ada", "ann", "bob", "kim"];
const OPERATORS: &str = "| operator | takes | gives | example |\n| --- | --- | --- | --- |\n";

#[test]
fn every_operator_is_one() {
    let text = page();
    let blocks: Vec<&str> =
        text.split("```policy\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    let ticket = blocks.iter().find(|block| block.starts_with("resource ticket")).unwrap();
    let rows: Vec<&str> = table(&text, OPERATORS).lines().collect();
    for row in &rows {
        let example = row.rsplit('`').nth(1).unwrap();
        let rule = format!("allow ticket:read named example when {example}");
        let told = check(&format!("{}\n{ticket}\n{rule}\n", blocks[0]));
        assert_eq!(told, "", "{example}");
        let operators = row.split('|').nth(1).unwrap();
        let words = operators.split('`').skip(1).step_by(2);
        let used = words.filter(|word| format!(" {example}").contains(&format!(" {word} "))).count();
        assert!(used >= 1, "{example} is none of{operators}");
    }
    assert!(rows.len() >= 15);
}

#[test]
fn the_limits_are_those_of_the_program() {
    let output = Command::new(env!("CARGO_BIN_EXE_portcullis")).args(["check", "--limits"]).output().unwrap();
    let mut rows = String::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let (name, rest) = line.split_once(' ').unwrap();
        let (value, what) = rest.trim_start().split_once(' ').unwrap();
        rows.extend(["| `", name, "` | ", &grouped(value), " | ", what.trim(), " |\n"]);
    }
    hold(LIMITS, &rows);
}

#[test]
fn the_codes_are_those_of_the_program() {
    let rows = Code::ALL.iter().map(|code| {
        let title = code.page().lines().next().unwrap();
        let (_, title) = title.split_once(": ").unwrap();
        format!("| [{0}](codes/{0}.md) | {title} |\n", code.text())
    });
    hold(CODES, &rows.collect::<String>());
}

#[test]
fn its_facts_decide_as_it_says() {
    let text = page();
    let fenced =
        |kind: &str| text.split_once(&format!("```{kind}\n")).unwrap().1.split("```").next().unwrap();
    let mut sources = Sources::default();
    let mut add =
        |name: &str, text: &str| sources.add(Source { name: name.to_owned(), text: text.to_owned() });
    let (shop, facts) = (add("shop.policy", fenced("policy")), add("facts.yaml", fenced("facts")));
    let policy = language::load(&sources, &[shop]).policy.unwrap();
    let (facts, problems) = facts::load(&sources, &[facts], &policy.schema);
    let facts = facts.unwrap_or_else(|| panic!("{}", render::plain(&problems, &sources)));
    let rows: Vec<Vec<&str>> =
        table(&text, DECISIONS).lines().map(|row| row.split('`').skip(1).step_by(2).collect()).collect();
    let mut cells = String::new();
    for row in &rows {
        let who: Vec<&str> = row.iter().skip(1).filter(|name| PEOPLE.contains(name)).copied().collect();
        cells.extend(["    \"", row[0], "\": [", &who.join(", "), "]\n"]);
    }
    let held_by = PEOPLE.map(|name| format!("{name}: {name}")).join(", ");
    let cases = cases::parse(&format!(
        "usually: {{ at: \"2026-11-18T12:00:00Z\", context: {{}} }}\n\
         cases: []\ntables:\n- held_by: {{ {held_by} }}\n  may:\n{cells}"
    ));
    let wrong = cases.wrong_cells(&Engine::new(Arc::new(policy)), &facts);
    assert!(wrong.is_empty() && rows.len() >= 8, "{}", wrong.join("\n"));
}

#[test]
fn its_links_lead_somewhere() {
    let text = page();
    for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
        match target.strip_prefix('#') {
            Some(anchor) => {
                let headings =
                    text.lines().filter(|line| line.starts_with('#')).filter_map(|line| line.split_once(' '));
                let mut anchors = headings.map(|(_, heading)| heading.to_lowercase().replace(' ', "-"));
                assert!(anchors.any(|known| known == anchor), "no heading for #{anchor}");
            }
            None => assert!(path().parent().unwrap().join(target).exists(), "{target} does not exist"),
        }
    }
}

/// What is said about a policy.
fn check(text: &str) -> String {
    let mut sources = Sources::default();
    let id = sources.add(Source { name: "example.policy".to_owned(), text: text.to_owned() });
    let loaded = language::load(&sources, &[id]);
    let errors: Vec<_> =
        loaded.diagnostics.into_iter().filter(portcullis::document::Diagnostic::is_error).collect();
    render::plain(&errors, &sources)
}

/// Compares a table's rows with what they should be, or writes them.
fn hold(head: &str, rows: &str) {
    let text = page();
    let written = table(&text, head);
    if std::env::var_os("UPDATE_CASES").is_some() {
        // Both tables are written by tests of one run: each reads the page again just before it writes.
        static WRITING: std::sync::Mutex<()> = std::sync::Mutex::new(());
        let _guard = WRITING.lock().unwrap();
        let text = page();
        let written = format!("{head}{}", table(&text, head));
        fs::write(path(), text.replacen(&written, &format!("{head}{rows}"), 1)).unwrap();
    } else {
        assert_eq!(rows, written);
    }
}

/// The rows below a table's head.
fn table<'a>(text: &'a str, head: &str) -> &'a str {
    let (_, rows) = text.split_once(head).unwrap();
    let lines = rows.split_inclusive('\n').take_while(|line| line.starts_with('|'));
    rows.get(..lines.map(str::len).sum()).unwrap()
}

/// A number with its thousands apart.
fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (number, digit) in digits.chars().enumerate() {
        if number > 0 && (digits.len() - number).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn page() -> String {
    fs::read_to_string(path()).unwrap()
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("grammar/README.md")
}
