//! JSON as almost everybody writes it, read byte by byte.
//!
//! Whatever is unusual is left to the reader that knows all of JSON and says what is wrong with it: escapes, fractions and
//! long numbers, members that are given twice, whatever goes beyond a bound. What is read here means there what it means here.

#[cfg(test)]
#[path = "plain_tests.rs"]
mod tests;

use std::borrow::Cow;

use super::USUAL_MEMBERS;
use crate::model::Input;
use crate::model::limits::{REQUEST_NESTING_MAX, REQUEST_SET_MAX, REQUEST_TEXT_BYTES_MAX};

/// Beyond it a search for each member would take long.
const MEMBERS_MAX: usize = 16;
/// So many digits are within 64 bits, whatever they are.
const DIGITS_MAX: usize = 18;

/// The value that fills the whole text, if there is nothing unusual in it.
pub(super) fn read(text: &str) -> Option<Input<'_>> {
    let mut plain = Plain { text, at: 0 };
    let value = plain.value(0)?;
    (plain.peek().is_none() && plain.at == text.len()).then_some(value)
}

/// A text, and how far it has been read.
struct Plain<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Plain<'a> {
    /// The next byte that is no blank.
    fn peek(&mut self) -> Option<u8> {
        loop {
            let byte = *self.text.as_bytes().get(self.at)?;
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    /// Goes past this byte, if it is the next that is no blank.
    fn take(&mut self, wanted: u8) -> Option<()> {
        let is_next = self.peek()? == wanted;
        self.at += usize::from(is_next);
        is_next.then_some(())
    }

    /// The same, if what begins there isn't too deep.
    fn begin(&mut self, bracket: u8, depth: usize) -> Option<()> {
        if depth > REQUEST_NESTING_MAX { None } else { self.take(bracket) }
    }

    /// A value within so many others.
    fn value(&mut self, depth: usize) -> Option<Input<'a>> {
        match self.peek()? {
            b'"' => Some(Input::Text(Cow::Borrowed(self.string()?))),
            b'{' => self.record(depth + 1),
            b'[' => self.list(depth + 1),
            b't' => self.word("true", Input::Bool(true)),
            b'f' => self.word("false", Input::Bool(false)),
            b'n' => self.word("null", Input::Null),
            b'0'..=b'9' => self.integer(),
            _ => None,
        }
    }

    fn word(&mut self, word: &str, value: Input<'a>) -> Option<Input<'a>> {
        let is_next = self.text.as_bytes().get(self.at..)?.starts_with(word.as_bytes());
        self.at += word.len();
        is_next.then_some(value)
    }

    fn string(&mut self) -> Option<&'a str> {
        self.take(b'"')?;
        let rest = self.text.get(self.at..)?;
        let end = rest.bytes().position(|byte| matches!(byte, b'"' | b'\\' | ..=0x1f))?;
        if end > REQUEST_TEXT_BYTES_MAX || rest.as_bytes().get(end) != Some(&b'"') {
            return None;
        }
        self.at += end + 1;
        rest.get(..end)
    }

    fn integer(&mut self) -> Option<Input<'a>> {
        let rest = self.text.get(self.at..)?;
        let end = rest.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
        let has_more = matches!(rest.as_bytes().get(end), Some(b'.' | b'e' | b'E'));
        let digits = rest.get(..end)?;
        if has_more || end > DIGITS_MAX || (digits.starts_with('0') && end > 1) {
            return None;
        }
        self.at += end;
        digits.parse().ok().map(Input::Int)
    }

    fn record(&mut self, depth: usize) -> Option<Input<'a>> {
        self.begin(b'{', depth)?;
        let mut members: Vec<(Cow<'a, str>, Input<'a>)> = Vec::new();
        if self.take(b'}').is_some() {
            return Some(Input::Record(members));
        }
        members.reserve(USUAL_MEMBERS);
        loop {
            let name = self.string()?;
            if members.len() == MEMBERS_MAX || members.iter().any(|(known, _)| known == name) {
                return None;
            }
            self.take(b':')?;
            members.push((Cow::Borrowed(name), self.value(depth)?));
            if self.take(b',').is_none() {
                return self.take(b'}').map(|()| Input::Record(members));
            }
        }
    }

    fn list(&mut self, depth: usize) -> Option<Input<'a>> {
        self.begin(b'[', depth)?;
        let mut items = Vec::new();
        if self.take(b']').is_some() {
            return Some(Input::List(items));
        }
        loop {
            if items.len() == REQUEST_SET_MAX {
                return None;
            }
            items.push(self.value(depth)?);
            if self.take(b',').is_none() {
                return self.take(b']').map(|()| Input::List(items));
            }
        }
    }
}
