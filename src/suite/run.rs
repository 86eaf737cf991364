//! Cases to outcomes, on as many threads as there are.

use rayon::prelude::*;

use super::compare::{Difference, differences};
use super::{Asked, Case, Suite};
use crate::document::{Code, Diagnostic, Sources, Span};
use crate::engine::Engine;
use crate::engine::explain::Account;

/// What came of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub name: String,
    pub place: Span,
    /// Empty if all was as expected.
    pub differences: Vec<Difference>,
    /// Of a failure: the answer in a sentence,
    pub sentence: String,
    /// and a line for everything there is to say about it.
    pub lines: Vec<(&'static str, String)>,
}

impl Suite {
    /// The outcomes of those cases that are wanted, in the order in which they are written.
    pub fn run(
        &self,
        engine: &Engine,
        sources: &Sources,
        wanted: impl Fn(&Case) -> bool + Sync,
    ) -> Vec<Outcome> {
        self.cases.par_iter().filter(|case| wanted(case)).map(|case| case.run(engine, sources)).collect()
    }
}

impl Case {
    fn run(&self, engine: &Engine, sources: &Sources) -> Outcome {
        match &self.asked {
            Asked::Question(question) => {
                let decision = engine.answer(&self.facts, question);
                let (question, decision) = (Some(&**question), Some(&decision));
                self.outcome(&Account { engine, sources, question, decision, http: None, now: self.now })
            }
            Asked::Http(http) => {
                // It was read before there was a case.
                let original = http.original().ok();
                let question = original
                    .as_ref()
                    .and_then(|original| original.question(engine, http.subject.clone(), self.now));
                let decision = question.as_ref().map(|question| engine.answer(&self.facts, question));
                let (question, decision, line) = (question.as_ref(), decision.as_ref(), http.line());
                self.outcome(&Account {
                    engine,
                    sources,
                    question,
                    decision,
                    http: Some(&line),
                    now: self.now,
                })
            }
        }
    }

    fn outcome(&self, account: &Account<'_>) -> Outcome {
        let differences = differences(&self.expected, account);
        let (sentence, lines) =
            if differences.is_empty() { Default::default() } else { (account.sentence(), account.lines()) };
        Outcome { name: self.name.clone(), place: self.place, differences, sentence, lines }
    }
}

impl Outcome {
    pub fn is_good(&self) -> bool {
        self.differences.is_empty()
    }

    /// A failure as a problem of the file that it stands in.
    pub fn problem(&self) -> Option<Diagnostic> {
        let different =
            |one: &Difference| format!("{} is {}, expected {}", one.what, one.found, one.expected);
        let different: Vec<String> = self.differences.iter().map(different).collect();
        (!self.is_good()).then(|| {
            let message = format!("the test `{}` fails: {}", self.name, different.join("; "));
            Diagnostic::error(Code::TestFailed, message).at(self.place, self.sentence.clone())
        })
    }
}
