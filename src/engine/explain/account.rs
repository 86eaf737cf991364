//! Everything there is to say about one answer, a line for each thing.

use super::{asked, because, decider, directive, sentence};
use crate::document::{Sources, Span};
use crate::engine::{Decider, Decision, Engine, Question};
use crate::model::Instant;

/// A question and its answer, with what is needed to explain them.
#[derive(Debug, Clone, Copy)]
pub struct Account<'a> {
    pub engine: &'a Engine,
    /// The texts that the engine's policy was read from.
    pub sources: &'a Sources,
    /// None if no route knows the HTTP request.
    pub question: Option<&'a Question<'a>>,
    pub decision: Option<&'a Decision>,
    pub http: Option<&'a str>,
    pub now: Instant,
}

/// The reason code of an HTTP request that no route knows.
pub const NO_ROUTE: &str = "no_route";

impl Account<'_> {
    pub fn is_allow(&self) -> bool {
        self.decision.is_some_and(Decision::is_allow)
    }

    pub fn reason(&self) -> &'static str {
        self.decision.map_or(NO_ROUTE, |decision| decision.reason.code())
    }

    /// The reason, in one sentence without its full stop.
    pub fn sentence(&self) -> String {
        match (self.question, self.decision) {
            (Some(question), Some(decision)) => sentence(self.engine, question, decision),
            _ => format!("no route says which permission `{}` asks for", self.http.unwrap_or_default()),
        }
    }

    /// What each thing is called, and what it is.
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        let mut lines = Vec::new();
        lines.extend(self.question.map(|question| ("asked", asked(question))));
        for decider in self.deciding() {
            lines.push(("decided by", self.with_place(*decider)));
            lines.extend(
                because(self.engine.policy(), *decider).map(|because| ("because", because.to_owned())),
            );
        }
        if let Some(decision) = self.decision {
            lines.extend(decision.unknown.iter().map(|leaf| ("unknown", leaf.to_string())));
            let (obligations, advice) = (self.engine.obligations(decision), self.engine.advice(decision));
            lines.extend(obligations.into_iter().map(|duty| ("obligation", directive(duty))));
            lines.extend(advice.into_iter().map(|advice| ("advice", directive(advice))));
        }
        lines.push(("at", self.now.to_string()));
        let until = self.decision.and_then(|decision| decision.valid_until);
        lines.push((
            "valid until",
            until.map_or_else(|| "policy, facts or request change".to_owned(), |until| until.to_string()),
        ));
        lines
    }

    pub fn deciding(&self) -> &[Decider] {
        self.decision.map_or(&[], |decision| decision.deciding.as_slice())
    }

    /// The file and the line of what decided, if it is a rule.
    pub fn place(&self, decider: Decider) -> Option<(&str, usize)> {
        let span = self.span(decider)?;
        let file = self.sources.get(span.source).map_or("", |source| source.name.as_str());
        Some((file, self.sources.position(span).0))
    }

    fn with_place(&self, which: Decider) -> String {
        let place = self.place(which).map(|(file, line)| format!(" ({file}:{line})"));
        format!("{}{}", decider(self.engine.policy(), which), place.unwrap_or_default())
    }

    fn span(&self, decider: Decider) -> Option<Span> {
        match decider {
            Decider::Rule(rule) => Some(self.engine.policy().rules.row(rule).span),
            Decider::Role(_) | Decider::Grant => None,
        }
    }
}
