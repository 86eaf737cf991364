//! The head of an HTTP/1 request, by a grammar that leaves nothing to guess.
//!
//! The HTTP library reads heads that another program on the way may read differently: with lines that end in LF alone,
//! a length that is told twice, a target that loses its `#…`, no `Host` or two. Every head is held against this
//! grammar before the library sees it. Requests of HTTP/2 have no such bytes; of what is left for them to get wrong,
//! `gate` asks the same functions.

#[cfg(test)]
#[path = "head_tests.rs"]
mod tests;

use memchr::memchr;

use super::flaw::Flaw;
use super::original::{read_host, read_method};
use crate::sabotage::Guard;

/// The largest head of a request, its first line included.
pub(super) const HEAD_BYTES_MAX: usize = 16 * 1024;
/// The longest target.
pub(super) const TARGET_BYTES_MAX: usize = 8 * 1024;
/// How many header values a request may have.
pub(super) const HEADERS_MAX: usize = 64;
/// A petabyte, and more than any bound on bodies.
const LENGTH_DIGITS_MAX: usize = 15;

/// How far the body reaches that follows a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    Length(u64),
    Chunked,
}

/// Goes through lines as they come, each byte once.
#[derive(Debug, Default)]
pub(super) struct Lines {
    seen: usize,
    line_start: usize,
}

impl Lines {
    /// How long the lines are, with the empty one that ends them, once that is there.
    pub(super) fn end(&mut self, bytes: &[u8]) -> Result<Option<usize>, Flaw> {
        while let Some(offset) = bytes.get(self.seen..).and_then(|new| memchr(b'\n', new)) {
            let at = self.seen + offset;
            let line = bytes.get(self.line_start..at).unwrap_or_default();
            let line = match line.strip_suffix(b"\r") {
                None if Guard::LineEnds.stands() => return Err(Flaw::LineEnd),
                whole => whole.unwrap_or(line),
            };
            self.seen = at + 1;
            self.line_start = self.seen;
            if line.is_empty() {
                return if is_too_large(self.seen) { Err(Flaw::HeadSize) } else { Ok(Some(self.seen)) };
            }
        }
        self.seen = bytes.len();
        match self.line_start {
            _ if !is_too_large(self.seen) => Ok(None),
            0 => Err(Flaw::TargetSize),
            _ => Err(Flaw::HeadSize),
        }
    }
}

fn is_too_large(bytes: usize) -> bool {
    bytes > HEAD_BYTES_MAX && Guard::HeadBounds.stands()
}

/// Reads a whole head, the empty line at its end included.
pub(super) fn read(head: &[u8]) -> Result<Framing, Flaw> {
    let (first_line, mut rest) = cut_line(head);
    let is_1_1 = read_first_line(first_line)?;
    let (mut hosts, mut length, mut is_chunked, mut count) = (0, None, false, 0);
    loop {
        let (line, after) = cut_line(rest);
        if line.is_empty() {
            break;
        }
        rest = after;
        count += 1;
        if Guard::HeadBounds.stands() && count > HEADERS_MAX {
            return Err(Flaw::HeaderCount);
        }
        let Some((name, value)) = cut_header(line) else {
            if Guard::HeaderNames.stands() {
                return Err(Flaw::HeaderName);
            }
            continue;
        };
        check_value(value)?;
        if name.eq_ignore_ascii_case(b"host") {
            hosts += 1;
            check_host(value)?;
        } else if name.eq_ignore_ascii_case(b"content-length") {
            if length.replace(read_length(value)?).is_some() && Guard::Framing.stands() {
                return Err(Flaw::Framing);
            }
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            let is_plain = !is_chunked && is_1_1 && value.eq_ignore_ascii_case(b"chunked");
            if !is_plain && Guard::Framing.stands() {
                return Err(Flaw::Framing);
            }
            is_chunked = true;
        }
    }
    // HTTP/1.0 knows no Host, and nginx speaks it unless told otherwise.
    if Guard::OneHost.stands() && (hosts > 1 || (hosts == 0 && is_1_1)) {
        return Err(Flaw::Host);
    }
    match (length, is_chunked) {
        (Some(_), true) if Guard::Framing.stands() => Err(Flaw::Framing),
        (_, true) => Ok(Framing::Chunked),
        (length, false) => Ok(Framing::Length(length.unwrap_or(0))),
    }
}

/// A header's name, and its value without the white space around it.
fn cut_header(line: &[u8]) -> Option<(&[u8], &[u8])> {
    // A line that goes on with the one before it starts with a space, which no name does.
    let end = line.iter().position(|byte| class(*byte) & TOKEN == 0)?;
    let (name, value) = line.split_at_checked(end).filter(|(name, _)| !name.is_empty())?;
    Some((name, trimmed(value.strip_prefix(b":")?)))
}

/// The first line without its end, and what follows it.
fn cut_line(head: &[u8]) -> (&[u8], &[u8]) {
    let (line, rest) = match memchr(b'\n', head).and_then(|end| head.split_at_checked(end)) {
        Some((line, rest)) => (line, rest.strip_prefix(b"\n").unwrap_or(rest)),
        None => (head, &[][..]),
    };
    (line.strip_suffix(b"\r").unwrap_or(line), rest)
}

/// Whether it is a line of HTTP/1.1, and not of 1.0.
fn read_first_line(line: &[u8]) -> Result<bool, Flaw> {
    let mut parts = line.split(|byte| *byte == b' ');
    let (Some(method), Some(target), Some(version), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return if Guard::FirstLine.stands() { Err(Flaw::FirstLine) } else { Ok(false) };
    };
    check_method(method)?;
    check_target(target)?;
    match version {
        b"HTTP/1.1" => Ok(true),
        b"HTTP/1.0" => Ok(false),
        _ if Guard::FirstLine.stands() => Err(Flaw::FirstLine),
        _ => Ok(false),
    }
}

/// What CONNECT asks for is no path, and what TRACE asks for is the request itself: neither is anything to decide.
pub(super) fn check_method(method: &[u8]) -> Result<(), Flaw> {
    let method = std::str::from_utf8(method).ok().and_then(read_method).ok_or(Flaw::Method)?;
    if matches!(method, "CONNECT" | "TRACE") && Guard::MethodForm.stands() {
        Err(Flaw::Method)
    } else {
        Ok(())
    }
}

/// A path, and a query if there is one. Two slashes at its start would make the next segment a host to some.
pub(super) fn check_target(target: &[u8]) -> Result<(), Flaw> {
    if target.len() > TARGET_BYTES_MAX && Guard::HeadBounds.stands() {
        return Err(Flaw::TargetSize);
    }
    let is_path = target.starts_with(b"/") && !target.starts_with(b"//");
    if (is_path && is_all(target, TARGET)) || !Guard::TargetBytes.stands() {
        Ok(())
    } else {
        Err(Flaw::Target)
    }
}

pub(super) fn check_host(host: &[u8]) -> Result<(), Flaw> {
    let host = std::str::from_utf8(host).ok().and_then(read_host);
    host.map(drop).ok_or(Flaw::Host)
}

pub(super) fn check_value(value: &[u8]) -> Result<(), Flaw> {
    // Most values are ASCII, which is seen faster than that they are UTF-8.
    let is_control = |byte: &u8| byte.is_ascii_control() && *byte != b'\t';
    let is_text = || !value.iter().any(is_control) && std::str::from_utf8(value).is_ok();
    if is_all(value, VALUE) || is_text() || !Guard::ValueText.stands() {
        Ok(())
    } else {
        Err(Flaw::HeaderValue)
    }
}

/// Without the white space around it, which is spaces and tabs and nothing else that ASCII has.
fn trimmed(value: &[u8]) -> &[u8] {
    let is_seen = |byte: &u8| !matches!(byte, b' ' | b'\t');
    let start = value.iter().position(is_seen).unwrap_or(value.len());
    let end = value.iter().rposition(is_seen).map_or(start, |last| last + 1);
    value.get(start..end).unwrap_or_default()
}

fn read_length(value: &[u8]) -> Result<u64, Flaw> {
    if !(1..=LENGTH_DIGITS_MAX).contains(&value.len()) || !value.iter().all(u8::is_ascii_digit) {
        return if Guard::Framing.stands() { Err(Flaw::Framing) } else { Ok(0) };
    }
    std::str::from_utf8(value).ok().and_then(|digits| digits.parse().ok()).ok_or(Flaw::Framing)
}

/// Where a byte may stand. Every byte of every head is looked at: a table tells fastest.
const CLASSES: [u8; 256] = classes();
/// In names: RFC 9110's `tchar`.
const TOKEN: u8 = 1;
/// In targets. Of what stands in no URI the HTTP library refuses these, and would do so in its own way.
const TARGET: u8 = 2;
/// In values, without being more than ASCII.
const VALUE: u8 = 4;

#[expect(clippy::indexing_slicing, reason = "it is done while compiling, and there is a place for each byte")]
const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte: u8 = 0;
    while byte.is_ascii() {
        let is_token = byte.is_ascii_alphanumeric()
            || matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~');
        let mut class = 0;
        if is_token {
            class |= TOKEN;
        }
        if byte.is_ascii_graphic() && !matches!(byte, b'#' | b'<' | b'>' | b'"' | b'`') {
            class |= TARGET;
        }
        if !byte.is_ascii_control() || byte == b'\t' {
            class |= VALUE;
        }
        classes[byte as usize] = class;
        byte += 1;
    }
    classes
}

fn class(byte: u8) -> u8 {
    CLASSES.get(usize::from(byte)).copied().unwrap_or(0)
}

fn is_all(bytes: &[u8], of: u8) -> bool {
    bytes.iter().fold(of, |all, byte| all & class(*byte)) == of
}
