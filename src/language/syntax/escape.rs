//! Escapes in string literals.

use std::fmt::Write as _;
use std::ops::Range;

use crate::document::characters;

/// The character that an escape stands for, and how long the escape is without its backslash.
pub(super) fn unescape(escape: &str) -> Option<(char, usize)> {
    let first = escape.chars().next()?;
    let plain = match first {
        '"' | '\\' => Some(first),
        'n' => Some('\n'),
        't' => Some('\t'),
        _ => None,
    };
    if let Some(character) = plain {
        return Some((character, 1));
    }
    let (digits, _) = escape.strip_prefix("u{")?.split_once('}')?;
    let is_hex = (1..=6).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let number = is_hex.then(|| u32::from_str_radix(digits, 16).ok()).flatten()?;
    Some((char::from_u32(number)?, digits.len() + 3))
}

/// What a literal stands for, quotes taken off. None if it has an escape that stands for nothing.
pub(super) fn value(literal: &str) -> Option<String> {
    let mut rest = literal.strip_prefix('"')?.strip_suffix('"')?;
    let mut value = String::with_capacity(rest.len());
    while let Some((plain, escape)) = rest.split_once('\\') {
        value.push_str(plain);
        let (character, length) = unescape(escape)?;
        value.push(character);
        rest = escape.get(length..)?;
    }
    value.push_str(rest);
    Some(value)
}

/// A string literal of this value.
pub(super) fn quoted(value: &str) -> String {
    let mut literal = String::with_capacity(value.len() + 2);
    literal.push('"');
    for character in value.chars() {
        match character {
            '"' => literal.push_str("\\\""),
            '\\' => literal.push_str("\\\\"),
            '\n' => literal.push_str("\\n"),
            '\t' => literal.push_str("\\t"),
            other if other == '\r' || characters::is_hidden(other) => {
                let _ = write!(literal, "\\u{{{:x}}}", u32::from(other));
            }
            other => literal.push(other),
        }
    }
    literal.push('"');
    literal
}

/// Which bytes of a written literal, quotes included, stand for these bytes of its value. None if it is not written
/// that way: the quotes of another format have escapes of their own.
pub fn place(written: &str, value: &str, range: &Range<usize>) -> Option<Range<usize>> {
    let inner = written.strip_prefix('"')?.strip_suffix('"')?;
    let (mut start, mut end) = (None, None);
    let (mut at, mut decoded) = (0, 0);
    while let Some(rest) = inner.get(at..) {
        if decoded >= range.start && start.is_none() {
            start = Some(at);
        }
        if decoded >= range.end && end.is_none() {
            end = Some(at);
        }
        let Some(first) = rest.chars().next() else { break };
        let (character, length) = match rest.strip_prefix('\\') {
            Some(escape) => unescape(escape).map(|(character, length)| (character, length + 1))?,
            None => (first, first.len_utf8()),
        };
        if !value.get(decoded..)?.starts_with(character) {
            return None;
        }
        at += length;
        decoded += character.len_utf8();
    }
    Some(start? + 1..end? + 1)
}

#[cfg(test)]
mod tests;
