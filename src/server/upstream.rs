//! What the application behind a proxy is told with an allow: who asks, and what the answer obliges to.
//!
//! All of it is always said, empty where nothing is known: a proxy that copies these headers then replaces whatever a client has
//! sent in them. The encoding is ASCII and says each text in one way: whatever is no visible character of ASCII, and `%`,
//! is percent-encoded, byte by byte; obligations and advice are JSON without blanks, with `\u` for all that is not ASCII.

#[cfg(test)]
#[path = "upstream_tests.rs"]
mod tests;

use std::fmt::Write as _;
use std::io;

use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use super::wire::Wire;
use crate::engine::Decision;
use crate::identity::Subject;
use crate::language::policy::Directive;
use crate::model::limits::UPSTREAM_BYTES_MAX;
use crate::service::World;

const SUBJECT: HeaderName = HeaderName::from_static("portcullis-subject");
const SUBJECT_TYPE: HeaderName = HeaderName::from_static("portcullis-subject-type");
const ORGANIZATION: HeaderName = HeaderName::from_static("portcullis-organization");
const OBLIGATIONS: HeaderName = HeaderName::from_static("portcullis-obligations");
const ADVICE: HeaderName = HeaderName::from_static("portcullis-advice");

const UNKNOWN: HeaderValue = HeaderValue::from_static("");
const NONE: HeaderValue = HeaderValue::from_static("[]");

/// The headers that go with an allow; none if they don't fit, so that it can't be given.
pub(super) fn headers(
    world: &World,
    subject: Option<&Subject<'_>>,
    decision: &Decision,
) -> Option<[(HeaderName, HeaderValue); 5]> {
    // Where both say one they agree: a request of whom they don't is denied.
    let organization = subject.and_then(|subject| {
        let stored = || world.engine.organization_of(&world.facts, &subject.kind, &subject.id);
        subject.organization.as_deref().or_else(stored)
    });
    let headers = [
        (SUBJECT, text(subject.map(|subject| &*subject.id))?),
        (SUBJECT_TYPE, text(subject.map(|subject| &*subject.kind))?),
        (ORGANIZATION, text(organization)?),
        (OBLIGATIONS, json(&world.engine.obligations(decision))?),
        (ADVICE, json(&world.engine.advice(decision))?),
    ];
    let size: usize = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    (size <= UPSTREAM_BYTES_MAX).then_some(headers)
}

pub(super) fn add(reply: &mut HeaderMap, headers: [(HeaderName, HeaderValue); 5]) {
    for (name, value) in headers {
        reply.insert(name, value);
    }
}

fn text(text: Option<&str>) -> Option<HeaderValue> {
    let Some(text) = text else { return Some(UNKNOWN) };
    HeaderValue::try_from(encoded(text, |byte| byte.is_ascii_graphic() && byte != b'%')).ok()
}

/// Percent-encoded, but for the bytes that stand for themselves.
pub(super) fn encoded(text: &str, is_plain: impl Fn(u8) -> bool) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if is_plain(byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string can't fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

fn json(directives: &[&Directive]) -> Option<HeaderValue> {
    if directives.is_empty() {
        return Some(NONE);
    }
    let directives: Vec<Wire<&Directive>> = directives.iter().copied().map(Wire).collect();
    let mut json = Vec::new();
    directives.serialize(&mut Serializer::with_formatter(&mut json, Ascii)).ok()?;
    HeaderValue::try_from(json).ok()
}

/// Compact JSON in which everything that is no visible ASCII is an escape.
struct Ascii;

impl Formatter for Ascii {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        for character in fragment.chars() {
            if character == ' ' || character.is_ascii_graphic() {
                write!(writer, "{character}")?;
            } else {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}
