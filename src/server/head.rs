//! The head of an HTTP/1 request, by a grammar that leaves nothing to guess.
//!
//! The HTTP library reads heads that another program on the way may read differently: with lines that end in LF alone,
//! a length that is told twice, a target that loses its `#…`, no `Host` or two. Every head is held against this
//! grammar before the library sees it. Requests of HTTP/2 have no such bytes; of what is left for them to get wrong,
//! `gate` asks the same functions.

#[cfg(test)]
#[path = "head_tests.rs"]
mod tests;

use super::flaw::Flaw;
use super::original::{read_host, read_method};

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
        while let Some(offset) =
            bytes.get(self.seen..).and_then(|new| new.iter().position(|byte| *byte == b'\n'))
        {
            let at = self.seen + offset;
            let line = bytes.get(self.line_start..at).unwrap_or_default();
            let line = line.strip_suffix(b"\r").ok_or(Flaw::LineEnd)?;
            self.seen = at + 1;
            self.line_start = self.seen;
            if line.is_empty() {
                return if self.seen > HEAD_BYTES_MAX { Err(Flaw::HeadSize) } else { Ok(Some(self.seen)) };
            }
        }
        self.seen = bytes.len();
        match self.line_start {
            _ if self.seen <= HEAD_BYTES_MAX => Ok(None),
            0 => Err(Flaw::TargetSize),
            _ => Err(Flaw::HeadSize),
        }
    }
}

/// Reads a whole head, the empty line at its end included.
pub(super) fn read(head: &[u8]) -> Result<Framing, Flaw> {
    let mut lines = head.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let is_1_1 = read_first_line(lines.next().unwrap_or_default())?;
    let (mut hosts, mut length, mut is_chunked, mut count) = (0, None, false, 0);
    for line in lines.take_while(|line| !line.is_empty()) {
        count += 1;
        if count > HEADERS_MAX {
            return Err(Flaw::HeaderCount);
        }
        // A line that goes on with the one before it starts with a space, which no name does.
        let colon = line.iter().position(|byte| *byte == b':').ok_or(Flaw::HeaderName)?;
        let (name, value) = line.split_at_checked(colon).ok_or(Flaw::HeaderName)?;
        let value = trimmed(value.strip_prefix(b":").unwrap_or(value));
        if name.is_empty() || !name.iter().copied().all(is_token) {
            return Err(Flaw::HeaderName);
        }
        check_value(value)?;
        if name.eq_ignore_ascii_case(b"host") {
            hosts += 1;
            check_host(value)?;
        } else if name.eq_ignore_ascii_case(b"content-length") {
            if length.replace(read_length(value)?).is_some() {
                return Err(Flaw::Framing);
            }
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            if is_chunked || !is_1_1 || !value.eq_ignore_ascii_case(b"chunked") {
                return Err(Flaw::Framing);
            }
            is_chunked = true;
        }
    }
    // HTTP/1.0 knows no Host, and nginx speaks it unless told otherwise.
    if hosts > 1 || (hosts == 0 && is_1_1) {
        return Err(Flaw::Host);
    }
    match (length, is_chunked) {
        (Some(_), true) => Err(Flaw::Framing),
        (None, true) => Ok(Framing::Chunked),
        (length, false) => Ok(Framing::Length(length.unwrap_or(0))),
    }
}

/// Whether it is a line of HTTP/1.1, and not of 1.0.
fn read_first_line(line: &[u8]) -> Result<bool, Flaw> {
    let mut parts = line.split(|byte| *byte == b' ');
    let (Some(method), Some(target), Some(version), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Flaw::FirstLine);
    };
    check_method(method)?;
    check_target(target)?;
    match version {
        b"HTTP/1.1" => Ok(true),
        b"HTTP/1.0" => Ok(false),
        _ => Err(Flaw::FirstLine),
    }
}

/// What CONNECT asks for is no path, and what TRACE asks for is the request itself: neither is anything to decide.
pub(super) fn check_method(method: &[u8]) -> Result<(), Flaw> {
    let method = std::str::from_utf8(method).ok().and_then(read_method).ok_or(Flaw::Method)?;
    if matches!(method, "CONNECT" | "TRACE") { Err(Flaw::Method) } else { Ok(()) }
}

/// A path, and a query if there is one. Two slashes at its start would make the next segment a host to some.
pub(super) fn check_target(target: &[u8]) -> Result<(), Flaw> {
    if target.len() > TARGET_BYTES_MAX {
        return Err(Flaw::TargetSize);
    }
    let is_path = target.starts_with(b"/") && !target.starts_with(b"//");
    let is_plain = target.iter().all(|byte| byte.is_ascii_graphic() && *byte != b'#');
    if is_path && is_plain { Ok(()) } else { Err(Flaw::Target) }
}

pub(super) fn check_host(host: &[u8]) -> Result<(), Flaw> {
    let host = std::str::from_utf8(host).ok().and_then(read_host);
    host.map(drop).ok_or(Flaw::Host)
}

pub(super) fn check_value(value: &[u8]) -> Result<(), Flaw> {
    let is_plain = value.iter().all(|byte| !byte.is_ascii_control() || *byte == b'\t');
    // Most values are ASCII, which is seen faster than that they are UTF-8.
    if is_plain && (value.is_ascii() || std::str::from_utf8(value).is_ok()) {
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
        return Err(Flaw::Framing);
    }
    std::str::from_utf8(value).ok().and_then(|digits| digits.parse().ok()).ok_or(Flaw::Framing)
}

/// The characters that names are made of: RFC 9110's `tchar`.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}
