//! `X-Forwarded-Client-Cert`: whose certificate Envoy saw, in Envoy's own words.
//!
//! Elements are separated by commas, their pairs by semicolons; a value stands in double quotes where it has one of these
//! or `=` in it, and a backslash before a double quote in there. Each proxy on the way adds one at the end.

#[cfg(test)]
#[path = "forwarded_tests.rs"]
mod tests;

use super::certificate::is_spiffe_id;

/// What Envoy may say of a certificate, and how often.
const KNOWN: [&str; 7] = ["by", "hash", "cert", "chain", "subject", "uri", "dns"];
/// Each element may name so many.
const PAIRS_MAX: usize = 64;

/// A header that isn't Envoy's, or doesn't name one workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`X-Forwarded-Client-Cert` doesn't name one workload")]
pub struct ForwardedError;

/// The SPIFFE id in the element that the last proxy added; none if there is no header.
pub fn forwarded_spiffe_id<'a>(
    mut values: impl Iterator<Item = &'a [u8]>,
) -> Result<Option<&'a str>, ForwardedError> {
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(ForwardedError);
    }
    let text = std::str::from_utf8(value).map_err(|_| ForwardedError)?;
    // Each element has to be right: one that can be read in two ways may hide where the last one begins.
    let mut last = None;
    for element in split(text, ',')? {
        last = Some(spiffe_id(element)?);
    }
    last.flatten().map(Some).ok_or(ForwardedError)
}

/// The one URI of an element, if it is a workload's.
fn spiffe_id(element: &str) -> Result<Option<&str>, ForwardedError> {
    let mut uri = None;
    let pairs = split(element, ';')?;
    if pairs.len() > PAIRS_MAX {
        return Err(ForwardedError);
    }
    for pair in pairs {
        let (name, value) = pair.split_once('=').ok_or(ForwardedError)?;
        let name = name.to_ascii_lowercase();
        if !KNOWN.contains(&name.as_str()) {
            return Err(ForwardedError);
        }
        if name == "uri" && uri.replace(unquoted(value)?).is_some() {
            return Err(ForwardedError);
        }
    }
    Ok(uri.filter(|uri| is_spiffe_id(uri)))
}

/// A workload's id needs no quotes, and has nothing in it that needed a backslash.
fn unquoted(value: &str) -> Result<&str, ForwardedError> {
    let Some(inner) = value.strip_prefix('"') else { return Ok(value) };
    let inner = inner.strip_suffix('"').ok_or(ForwardedError)?;
    if inner.contains(['"', '\\']) { Err(ForwardedError) } else { Ok(inner) }
}

/// The parts between the separators that stand in no quotes. None of them is empty, and quotes are closed.
fn split(text: &str, separator: char) -> Result<Vec<&str>, ForwardedError> {
    let (mut parts, mut start) = (Vec::new(), 0);
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (at, character) in text.char_indices() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            other if other == separator && !is_quoted => {
                parts.push(text.get(start..at).ok_or(ForwardedError)?);
                start = at + separator.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(text.get(start..).ok_or(ForwardedError)?);
    if is_quoted || parts.iter().any(|part| part.is_empty()) { Err(ForwardedError) } else { Ok(parts) }
}
