//! What came of tests, for people and for machines.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::Ran;
use crate::document::{Diagnostic, Sources, render};
use crate::suite::Outcome;

/// The files in the order in which they were run.
#[derive(Default)]
pub struct Report {
    pub files: Vec<Tested>,
    /// What kept policies or tests from being read.
    pub errors: Vec<(Diagnostic, Arc<Sources>)>,
    left_out: usize,
}

/// A file of tests.
pub struct Tested {
    pub name: String,
    pub tests: Vec<Test>,
}

pub struct Test {
    pub line: usize,
    pub column: usize,
    pub outcome: Outcome,
}

impl Report {
    pub fn add(&mut self, ran: Ran) {
        self.left_out += ran.left_out;
        let mut last = None;
        for outcome in ran.outcomes {
            let (line, column) = ran.sources.position(outcome.place);
            if last != Some(outcome.place.source) {
                last = Some(outcome.place.source);
                let name = ran.sources.get(outcome.place.source).map_or("", |source| &source.name);
                self.files.push(Tested { name: name.to_owned(), tests: Vec::new() });
            }
            if let Some(file) = self.files.last_mut() {
                file.tests.push(Test { line, column, outcome });
            }
        }
    }

    pub fn tests(&self) -> usize {
        self.files.iter().map(|file| file.tests.len()).sum()
    }

    pub fn failed(&self) -> usize {
        self.files.iter().map(Tested::failed).sum()
    }

    /// A line for each file, everything about each failure, and a line that sums up.
    pub fn text(&self) -> String {
        let mut text = String::new();
        if self.tests() == 0 {
            return text;
        }
        let width = self.files.iter().map(|file| file.name.len()).max().unwrap_or(0);
        for file in &self.files {
            let is = if file.failed() == 0 { "ok  " } else { "FAIL" };
            // To write to a text never fails.
            let _ = writeln!(text, "{is}  {:width$}  {}", file.name, counts(file.tests.len(), file.failed()));
        }
        for file in &self.files {
            for test in file.tests.iter().filter(|test| !test.outcome.is_good()) {
                text += &test.text(&file.name);
            }
        }
        let left_out =
            if self.left_out == 0 { String::new() } else { format!(", {} left out", self.left_out) };
        let _ = writeln!(text, "\n{}{left_out}", counts(self.tests(), self.failed()));
        text
    }

    pub fn json(&self) -> Json {
        let files = self.files.iter().map(|file| {
            let tests = file.tests.iter().map(Test::json).collect::<Vec<_>>();
            json!({ "file": file.name, "tests": tests })
        });
        let errors = self.errors.iter().flat_map(|(problem, sources)| {
            match render::json(std::slice::from_ref(problem), sources) {
                Json::Array(all) => all,
                other => vec![other],
            }
        });
        json!({
            "passed": self.tests() - self.failed(),
            "failed": self.failed(),
            "left_out": self.left_out,
            "files": files.collect::<Vec<_>>(),
            "diagnostics": errors.collect::<Vec<_>>(),
        })
    }
}

impl Tested {
    pub fn failed(&self) -> usize {
        self.tests.iter().filter(|test| !test.outcome.is_good()).count()
    }
}

impl Test {
    /// Where it stands, what was expected, and why it came out otherwise.
    fn text(&self, file: &str) -> String {
        let Outcome { name, differences, sentence, lines, .. } = &self.outcome;
        let mut text = format!("\nFAIL  {file}:{}:{}  {name}\n", self.line, self.column);
        for difference in differences {
            let _ = writeln!(text, "  {:<12} expected {}", difference.what, difference.expected);
            let _ = writeln!(text, "  {:<12} found    {}", "", difference.found);
        }
        let why = ("why", sentence.clone());
        for (name, value) in [&why].into_iter().chain(lines) {
            let _ = writeln!(text, "  {name:<12} {value}");
        }
        text
    }

    /// What is different, and why, without the place.
    pub fn details(&self) -> String {
        self.text("")
            .split_once('\n')
            .and_then(|(_, rest)| rest.split_once('\n'))
            .map_or("", |(_, rest)| rest)
            .to_owned()
    }

    fn json(&self) -> Json {
        let Outcome { name, differences, sentence, lines, .. } = &self.outcome;
        let differences = differences.iter().map(|difference| {
            json!({ "what": difference.what, "expected": difference.expected, "found": difference.found })
        });
        let lines = lines.iter().map(|(name, value)| json!({ "name": name, "value": value }));
        json!({
            "name": name,
            "line": self.line,
            "column": self.column,
            "passed": self.outcome.is_good(),
            "differences": differences.collect::<Vec<_>>(),
            "explanation": (!self.outcome.is_good()).then_some(sentence),
            "details": lines.collect::<Vec<_>>(),
        })
    }
}

fn counts(tests: usize, failed: usize) -> String {
    let passed = tests - failed;
    if failed == 0 { format!("{passed} passed") } else { format!("{passed} passed, {failed} failed") }
}
