//! Regular expressions that a text has to match as a whole, in time linear in its length.

use std::fmt;
use std::ops::Range;

use regex_automata::meta::{Config, Regex};
use regex_automata::nfa::thompson::WhichCaptures;
use regex_automata::util::syntax;

use super::limits::{NESTING_MAX, PATTERN_BYTES_MAX, PATTERN_SIZE_MAX};
use crate::sabotage::Guard;

/// A compiled regular expression.
#[derive(Clone)]
pub struct Pattern {
    text: Box<str>,
    regex: Regex,
}

/// What is wrong with a regular expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PatternError {
    /// Longer than [`PATTERN_BYTES_MAX`].
    TooLong,
    /// Larger than [`PATTERN_SIZE_MAX`] once it is compiled.
    TooLarge,
    /// It is none: what is wrong, and which bytes of it are.
    Syntax(String, Range<usize>),
}

impl Pattern {
    pub fn new(text: &str) -> Result<Pattern, PatternError> {
        if text.len() > PATTERN_BYTES_MAX {
            return Err(PatternError::TooLong);
        }
        // By itself first: `a)|(?:b` is no expression, though between the parentheses below it would be one.
        check(text)?;
        let nesting = u32::try_from(NESTING_MAX + 1).unwrap_or(u32::MAX);
        let config = Config::new()
            .nfa_size_limit(Some(PATTERN_SIZE_MAX))
            .onepass_size_limit(Some(PATTERN_SIZE_MAX))
            .which_captures(WhichCaptures::Implicit);
        let regex =
            Regex::builder().configure(config).syntax(syntax::Config::new().nest_limit(nesting)).build(
                &if Guard::WholeTexts.stands() { format!(r"\A(?:{text})\z") } else { format!("(?i){text}") },
            );
        match regex {
            Ok(regex) => Ok(Pattern { text: text.into(), regex }),
            Err(error) if error.size_limit().is_some() => Err(PatternError::TooLarge),
            // What is right by itself and wrong between parentheses hides the closing one.
            Err(_) => Err(PatternError::Syntax("it ends in a comment".to_owned(), 0..text.len())),
        }
    }

    /// Whether the whole text matches.
    pub fn matches(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// How many bytes it takes compiled.
    pub fn size(&self) -> usize {
        self.regex.memory_usage()
    }

    /// As the author wrote it.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.text == other.text
    }
}
impl Eq for Pattern {}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pattern({:?})", self.text)
    }
}

fn check(text: &str) -> Result<(), PatternError> {
    let nesting = u32::try_from(NESTING_MAX).unwrap_or(u32::MAX);
    let syntax = |what: &dyn fmt::Display, span: &regex_syntax::ast::Span| {
        Err(PatternError::Syntax(what.to_string(), span.start.offset..span.end.offset))
    };
    match regex_syntax::ParserBuilder::new().nest_limit(nesting).build().parse(text) {
        Ok(_) => Ok(()),
        Err(regex_syntax::Error::Parse(error)) => syntax(error.kind(), error.span()),
        Err(regex_syntax::Error::Translate(error)) => syntax(error.kind(), error.span()),
        Err(_) => Err(PatternError::Syntax("it can't be read".to_owned(), 0..text.len())),
    }
}

#[cfg(test)]
mod tests;
