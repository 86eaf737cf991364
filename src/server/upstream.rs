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
use std::sync::LazyLock;

use bytes::Bytes;
use hyper::header::{CACHE_CONTROL, HeaderMap, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

use super::reply::{self, NOSNIFF, REASON, REVISION, Reply};
use super::settings::Settings;
use super::wire::Wire;
use crate::engine::Decision;
use crate::identity::Subject;
use crate::language::policy::Directive;
use crate::model::limits::UPSTREAM_BYTES_MAX;
use crate::service::{Cause, World};

const SUBJECT: HeaderName = HeaderName::from_static("portcullis-subject");
const SUBJECT_TYPE: HeaderName = HeaderName::from_static("portcullis-subject-type");
const ORGANIZATION: HeaderName = HeaderName::from_static("portcullis-organization");
const OBLIGATIONS: HeaderName = HeaderName::from_static("portcullis-obligations");
const ADVICE: HeaderName = HeaderName::from_static("portcullis-advice");

const UNKNOWN: HeaderValue = HeaderValue::from_static("");
const NONE: HeaderValue = HeaderValue::from_static("[]");

/// What an application is told, in the order in which it stands in the head of an allow.
const TOLD: [HeaderName; 5] = [SUBJECT, SUBJECT_TYPE, ORGANIZATION, OBLIGATIONS, ADVICE];

static ALLOW: LazyLock<HeaderMap> = LazyLock::new(|| {
    let [subject, kind, organization, obligations, advice] = TOLD;
    reply::head([
        CACHE_CONTROL,
        X_CONTENT_TYPE_OPTIONS,
        subject,
        kind,
        organization,
        obligations,
        advice,
        REASON,
        REVISION,
    ])
});

/// What goes with an allow; none if it doesn't fit, so that it can't be given.
pub(super) fn told(
    settings: &Settings,
    world: &World,
    subject: Option<&Subject<'_>>,
    decision: &Decision,
) -> Option<[HeaderValue; 5]> {
    let told = [
        text(subject.map(|subject| &*subject.id))?,
        kind(settings, subject)?,
        organization(world, subject)?,
        json(&world.engine.obligations(decision))?,
        json(&world.engine.advice(decision))?,
    ];
    let size: usize = TOLD.iter().zip(&told).map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    (size <= UPSTREAM_BYTES_MAX).then_some(told)
}

/// The reply that lets a request pass.
pub(super) fn reply(
    [subject, kind, organization, obligations, advice]: [HeaderValue; 5],
    kept: HeaderValue,
    cause: Cause,
    revision: HeaderValue,
) -> Reply {
    let reason = HeaderValue::from_static(cause.code());
    let values = [kept, NOSNIFF, subject, kind, organization, obligations, advice, reason, revision];
    reply::filled(&ALLOW, values, Bytes::new())
}

/// Most subjects are of one type, whose text is there.
fn kind(settings: &Settings, subject: Option<&Subject<'_>>) -> Option<HeaderValue> {
    match subject {
        Some(subject) if subject.kind == settings.subject_type => settings.told_subject_type.clone(),
        _ => text(subject.map(|subject| &*subject.kind)),
    }
}

fn organization(world: &World, subject: Option<&Subject<'_>>) -> Option<HeaderValue> {
    // Where both say one they agree: a request of whom they don't is denied.
    if let Some(said) = subject.and_then(|subject| subject.organization.as_deref()) {
        return text(Some(said));
    }
    let stored =
        subject.and_then(|subject| world.engine.organization_of(&world.facts, &subject.kind, &subject.id));
    match stored {
        Some(stored) if stored.bytes().all(is_plain) => {
            HeaderValue::from_maybe_shared(Bytes::from_static(stored.as_bytes())).ok()
        }
        _ => text(stored),
    }
}

pub(super) fn text(text: Option<&str>) -> Option<HeaderValue> {
    match text {
        None => Some(UNKNOWN),
        // What most names are.
        Some(text) if text.bytes().all(is_plain) => HeaderValue::from_str(text).ok(),
        Some(text) => HeaderValue::try_from(encoded(text, is_plain)).ok(),
    }
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b'%'
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
