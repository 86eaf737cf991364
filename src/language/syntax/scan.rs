//! The first look at a text, before any grammar: its characters, its tokens, how deep it nests.
//!
//! It is a loop without recursion, so whatever a file holds, the parser behind it is only given what it can bear.

use std::ops::Range;

use crate::document::{Code, Diagnostic, SourceId, Span, characters};
use crate::model::limits::{
    DECLARATION_TOKENS_MAX, DECLARATIONS_MAX, NESTING_MAX, SOURCE_BYTES_MAX, TOKEN_BYTES_MAX,
};

/// A token's kind; white space and comments are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    Text,
    /// One character of anything else.
    Sign,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind,
    pub(super) text: &'a str,
    pub(super) start: usize,
}

impl Token<'_> {
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// What makes a file unfit to be read at all.
pub(super) fn unreadable(source: SourceId, text: &str) -> Vec<Diagnostic> {
    if text.len() > SOURCE_BYTES_MAX {
        let message =
            format!("the file has {} bytes, the most that is read is {SOURCE_BYTES_MAX}", text.len());
        let start = Span::new(source, 0, 0);
        return vec![
            Diagnostic::error(Code::TooLarge, message)
                .at(start, "")
                .help("split it into several files of the same package"),
        ];
    }
    characters::check(source, text)
}

/// How many words, strings and signs a text has, in whatever form; if they are more than `most`, where the first such is.
pub fn count_tokens(text: &str, most: usize) -> Result<usize, Range<usize>> {
    let mut count = Count::default();
    for token in tokens(text) {
        count.add(token);
        if count.tokens > most {
            return Err(token.start..token.end());
        }
    }
    Ok(count.tokens)
}

/// Counts tokens as people would: an address or a time of day is one.
#[derive(Default)]
struct Count {
    tokens: usize,
    /// Where what has been read of one ends.
    number: Option<usize>,
}

impl Count {
    fn add(&mut self, token: Token<'_>) {
        let goes_on = self.number == Some(token.start)
            && (token.kind == Kind::Word || matches!(token.text, "." | ":" | "/"));
        if !goes_on {
            self.tokens += 1;
        }
        let is_number = goes_on || token.text.starts_with(|first: char| first.is_ascii_digit());
        self.number = is_number.then(|| token.end());
    }
}

/// What a text, or a declaration in it, has too much of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Excess {
    /// Of parentheses and `not`.
    Depth,
    /// Of braces.
    Braces,
    Length,
    /// A single word or string.
    Token,
    Declarations,
}

/// Where there is too much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Excessive {
    pub(super) at: usize,
    /// Where the word, string or sign ends that is too much.
    pub(super) end: usize,
    pub(super) kind: Excess,
}

/// Where declarations nest deeper, are longer or have longer words than the limits, the first such place of each; or where
/// there are too many of them, and nothing else.
pub(super) fn excesses(text: &str) -> Vec<Excessive> {
    let mut found = Vec::new();
    // For each open parenthesis or brace the levels that end with it, and those outside of all of them: `not`s right before one
    // or before a quantifier, and quantifiers.
    let (mut open, mut outside): (Vec<usize>, usize) = (Vec::new(), 0);
    let (mut depth, mut nots, mut length, mut is_reported) = (0_usize, 0_usize, Count::default(), false);
    let mut declarations = 0_usize;
    let mut quantifier = Heading::default();
    let mut is_after_dot = false;
    for token in tokens(text) {
        length.add(token);
        let levels = quantifier.next(token, nots);
        depth += levels;
        *open.last_mut().unwrap_or(&mut outside) += levels;
        match (token.kind, token.text) {
            (Kind::Word, "not") => nots += 1,
            (Kind::Sign, "(" | "{") => {
                depth += nots + 1;
                open.push(nots + 1);
                nots = 0;
            }
            (Kind::Sign, ")" | "}") => {
                depth -= open.pop().unwrap_or(0);
                nots = 0;
            }
            (Kind::Word, word) => {
                nots = 0;
                if starts_declaration(text, token.start, word) {
                    (depth, outside, is_reported) = (0, 0, false);
                    length = Count { tokens: 1, number: None };
                    open.clear();
                    declarations += 1;
                } else if matches!(word, "when" | "unless" | "define") && !is_after_dot && open.is_empty() {
                    depth -= std::mem::take(&mut outside);
                }
            }
            (Kind::Text | Kind::Sign, _) => nots = 0,
        }
        is_after_dot = token.text == ".";
        // The package is one that is none.
        if declarations > DECLARATIONS_MAX + 1 {
            return vec![Excessive { at: token.start, end: token.end(), kind: Excess::Declarations }];
        }
        let kind = if depth + nots > NESTING_MAX {
            if token.text == "{" { Excess::Braces } else { Excess::Depth }
        } else if length.tokens > DECLARATION_TOKENS_MAX {
            Excess::Length
        } else if token.text.len() > TOKEN_BYTES_MAX {
            Excess::Token
        } else {
            continue;
        };
        if is_reported {
            continue;
        }
        is_reported = true;
        found.push(Excessive { at: token.start, end: token.end(), kind });
    }
    found
}

/// How much of a quantifier's `any x in` has been seen.
#[derive(Default)]
struct Heading {
    words: usize,
    /// How many `not`s stand before it.
    nots: usize,
}

impl Heading {
    /// How many levels begin with this token, the last of a heading or none.
    fn next(&mut self, token: Token<'_>, nots: usize) -> usize {
        let is_word = token.kind == Kind::Word;
        (self.words, self.nots) = match (self.words, token.text) {
            (_, "any" | "all") => (1, nots),
            (1, _) if is_word => (2, self.nots),
            (2, "in") => (0, self.nots + 1),
            _ => (0, 0),
        };
        if self.words == 0 { std::mem::take(&mut self.nots) } else { 0 }
    }
}

/// Where the first comment of the text begins.
pub(super) fn comment(text: &str) -> Option<usize> {
    let mut end = 0;
    for token in tokens(text) {
        if token.start > end
            && let Some(at) = text.get(end..token.start)?.find("//")
        {
            return Some(end + at);
        }
        end = token.end();
    }
    text.get(end..)?.find("//").map(|at| end + at)
}

/// The next place at or after `from` where a line begins with a declaration.
pub(super) fn next_declaration(text: &str, from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    tokens(rest)
        .find(|token| token.kind == Kind::Word && starts_declaration(text, from + token.start, token.text))
        .map(|token| from + token.start)
}

/// Whether the word is the first of its line, and with what follows can only be the start of a declaration: a
/// declaration's words are reserved, but `subject`, `resource`, `action` and `context` stand in conditions too, and any word
/// may be the name of an attribute or an action.
fn starts_declaration(text: &str, at: usize, word: &str) -> bool {
    let is_declaration = matches!(
        word,
        "package"
            | "import"
            | "subject"
            | "resource"
            | "organization"
            | "context"
            | "action"
            | "network"
            | "window"
            | "role"
            | "system"
            | "permissions"
            | "define"
            | "allow"
            | "deny"
            | "route"
    );
    if !is_declaration || !is_first_of_line(text, at) {
        return false;
    }
    let Some(next) = text.get(at + word.len()..).and_then(|rest| tokens(rest).next()) else { return true };
    match (word, next.kind) {
        ("organization" | "context" | "action", _) => next.text == "{",
        (_, Kind::Word) => !matches!(next.text, "in" | "is" | "and" | "or" | "or_else"),
        ("allow" | "deny", _) => next.text == "*" || next.kind == Kind::Text,
        ("subject" | "resource", Kind::Text) => true,
        (_, Kind::Text | Kind::Sign) => false,
    }
}

fn is_first_of_line(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or("").trim_end_matches([' ', '\t']);
    before.is_empty() || before.ends_with('\n')
}

/// The text's tokens. Their ends of strings and comments are those of the grammar wherever the grammar accepts them.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = Token<'_>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(at..)?;
            let first = rest.chars().next()?;
            if is_space(first) {
                at += 1;
            } else if rest.starts_with("//") {
                at += rest.find('\n').unwrap_or(rest.len());
            } else {
                let (kind, length) = token(rest, first);
                let token = Token { kind, text: rest.get(..length)?, start: at };
                at += length;
                return Some(token);
            }
        }
    })
}

/// Where the last token of a text ends.
pub(super) fn end(text: &str) -> usize {
    if text.contains("//") {
        tokens(text).last().map_or(0, |token| token.end())
    } else {
        text.trim_end_matches(is_space).len()
    }
}

/// White space as the grammar has it: others look the same and are none.
fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n')
}

fn token(rest: &str, first: char) -> (Kind, usize) {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    if is_word(first) {
        return (Kind::Word, rest.find(|character| !is_word(character)).unwrap_or(rest.len()));
    }
    if first != '"' {
        return (Kind::Sign, first.len_utf8());
    }
    let mut is_escaped = false;
    for (at, character) in rest.char_indices().skip(1) {
        match character {
            '\n' => return (Kind::Text, rest.get(..at).map_or(at, |line| line.trim_end_matches('\r').len())),
            '"' if !is_escaped => return (Kind::Text, at + 1),
            _ => is_escaped = character == '\\' && !is_escaped,
        }
    }
    (Kind::Text, rest.len())
}
