//! What the application behind Envoy is told in the query: `?portcullis-subject=alice`.
//!
//! Envoy sets and removes parameters by the bytes of their names, and writes names and values as they are. So a client's own of one of
//! our names is gone. What an application could read as such a name, and Envoy doesn't, is refused before anything is decided:
//! another spelling (`portcullis%2Dsubject`, `Portcullis_Subject`), or one behind a `;`, which to some separates parameters.

#[cfg(test)]
#[path = "query_tests.rs"]
mod tests;

use hyper::header::{HeaderMap, HeaderValue};

use super::super::upstream;
use super::messages::QueryParameter as Parameter;
use super::told::OURS;
use crate::config::QueryParameter;

/// The parameters to set, and the names of those to remove: all of ours, wherever one is told at all.
pub(super) fn told(headers: &HeaderMap, queried: &[QueryParameter]) -> (Vec<Parameter>, Vec<String>) {
    let (mut set, mut removed) = (Vec::new(), Vec::new());
    if queried.is_empty() {
        return (set, removed);
    }
    for parameter in QueryParameter::ALL {
        let key = name(parameter);
        let said = headers.get(&key).filter(|_| queried.contains(&parameter)).and_then(value);
        match said {
            Some(value) => set.push(Parameter { key, value }),
            None => removed.push(key),
        }
    }
    (set, removed)
}

fn name(parameter: QueryParameter) -> String {
    format!("{OURS}{}", parameter.text())
}

/// What the header says, for a query; none if that is nothing.
fn value(header: &HeaderValue) -> Option<String> {
    let text = String::from_utf8(decoded(header.to_str().ok()?)).ok()?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    (!text.is_empty()).then(|| upstream::encoded(&text, is_plain))
}

/// Whether the query of this target has a parameter that somebody could take for one of ours, and Envoy doesn't.
pub(super) fn has_lookalike(target: &str) -> bool {
    let query = target.split_once('?').map_or("", |(_, query)| query);
    // Envoy knows no other separator, and takes the name up to the `=` for what it is.
    let mut parameters = query.split('&');
    parameters.any(|parameter| {
        let is_replaced = QueryParameter::ALL.into_iter().any(|ours| name(ours) == key(parameter));
        let mut parts = parameter.split([';', '?']);
        let first = parts.next().map_or("", key);
        is_alike(first) && !is_replaced || parts.any(|part| is_alike(key(part)))
    })
}

fn key(parameter: &str) -> &str {
    parameter.split_once('=').map_or(parameter, |(key, _)| key)
}

/// Whether it begins as ours do, in whatever spelling.
fn is_alike(key: &str) -> bool {
    let folded: Vec<u8> = decoded(key)
        .iter()
        .map(|byte| if byte.is_ascii_alphanumeric() { byte.to_ascii_lowercase() } else { b'-' })
        .skip_while(|byte| *byte == b'-')
        .collect();
    folded.starts_with(OURS.as_bytes())
}

/// Without its percent-encoding. What is none stays as it is, as most programs have it.
fn decoded(text: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, others)) = rest.split_first() {
        let pair = others.split_first_chunk::<2>().filter(|_| *first == b'%');
        let byte = pair.and_then(|([high, low], _)| Some(digit(*high)? << 4 | digit(*low)?));
        decoded.push(byte.unwrap_or(*first));
        rest = match pair {
            Some((_, behind)) if byte.is_some() => behind,
            _ => others,
        };
    }
    decoded
}
