//! What a proxy says an HTTP request was, made canonical or refused, and what it asks for.
//!
//! A spelling that two programs could understand differently is refused, never repaired: the path that is decided
//! upon has to be the path that the application sees. The query takes no part in a decision.

#[cfg(test)]
#[path = "original_tests.rs"]
mod tests;

use std::borrow::Cow;
use std::net::{IpAddr, Ipv6Addr};

use smallvec::SmallVec;

use super::{Engine, PartyInput, Question, Vouched};
use crate::document::characters::is_hidden;
use crate::model::value::{ORGANIZATION, read_ip};
use crate::model::{Input, Instant};
use crate::sabotage::Guard;

/// The longest original request target that is looked at.
const URI_BYTES_MAX: usize = 8 * 1024;
/// No method in use comes near it.
const METHOD_BYTES_MAX: usize = 32;
/// The longest name the DNS has, in text.
const HOST_BYTES_MAX: usize = 253;

/// The request a client sent to the proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Original<'a> {
    method: &'a str,
    /// The target and the host as they were said.
    target: &'a str,
    authority: Option<&'a str>,
    /// In lower case, without port and trailing dot.
    host: Option<Cow<'a, str>>,
    /// Decoded once; starts with `/`.
    path: Cow<'a, str>,
    scheme: Option<&'a str>,
    /// With its canonical text.
    ip: Option<(IpAddr, Cow<'a, str>)>,
    user_agent: Option<&'a str>,
}

/// What a proxy says, each part as it says it.
#[derive(Debug, Clone, Copy, Default)]
pub struct OriginalParts<'a> {
    pub method: &'a str,
    pub uri: &'a str,
    pub host: Option<&'a str>,
    pub scheme: Option<&'a str>,
    pub ip: Option<&'a str>,
    /// As the client sent it; none if it is missing or no text.
    pub user_agent: Option<&'a str>,
}

/// What is wrong with an original request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    #[error("the original method is malformed")]
    Method,
    #[error("the original URI {0}")]
    Uri(UriFlaw),
    #[error("the original host is malformed")]
    Host,
    #[error("the original scheme is neither `http` nor `https`")]
    Scheme,
    #[error("the original address is malformed")]
    Ip,
}

/// Why there is more than one way, or none, to understand a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UriFlaw {
    #[error("is longer than 8 KB")]
    Length,
    #[error("has a `#`, or something that is no visible ASCII")]
    Bytes,
    #[error("has no `/` at its start")]
    NoSlash,
    #[error("has a backslash or a `;` in its path, plain or encoded, or an encoded `/`, `?` or `#`")]
    Delimiter,
    #[error("has a `%` in its path without two hexadecimal digits behind it")]
    Escape,
    #[error("has an encoded `%` in its path, behind which another encoding could stand")]
    DoubleEncoding,
    #[error("has encoded bytes in its path that are no UTF-8")]
    Utf8,
    #[error("has encoded characters in its path that nobody sees")]
    Hidden,
    #[error("has `.` or `..` for a segment of its path")]
    DotSegment,
    #[error("has two slashes in a row in its path")]
    EmptySegment,
}

impl<'a> Original<'a> {
    pub fn new(parts: OriginalParts<'a>) -> Result<Original<'a>, Malformed> {
        let is_scheme = parts.scheme.is_none_or(|scheme| matches!(scheme, "http" | "https"));
        if Guard::SchemeForm.stands() && !is_scheme {
            return Err(Malformed::Scheme);
        }
        Ok(Original {
            ip: match parts.ip.map(read_address) {
                Some(None) if Guard::AddressForm.stands() => return Err(Malformed::Ip),
                ip => ip.flatten(),
            },
            method: read_method(parts.method).ok_or(Malformed::Method)?,
            target: parts.uri,
            authority: parts.host,
            host: parts.host.map(|host| read_host(host).ok_or(Malformed::Host)).transpose()?,
            path: read_path(parts.uri).map_err(Malformed::Uri)?,
            scheme: parts.scheme,
            user_agent: parts.user_agent,
        })
    }

    /// What it asks for if this subject sent it; nothing if no route knows it.
    pub fn question<'q>(
        &'q self,
        engine: &'q Engine,
        subject: Option<PartyInput<'q>>,
        now: Instant,
    ) -> Option<Question<'q>> {
        let segments: SmallVec<[&str; 16]> = self.segments().collect();
        let asked = engine.route(self.method, self.host.as_deref(), &segments)?;
        let organization = asked.organization.map(|path| (Cow::from(ORGANIZATION), Input::Text(path.into())));
        Some(Question {
            subject,
            action: asked.action.into(),
            resource: PartyInput {
                kind: asked.resource_type.into(),
                id: asked.id.map(Cow::from),
                properties: organization.into_iter().collect(),
            },
            context: self.attributes(),
            // A proxy can let pass or not; it can do nothing else that an answer asks for.
            action_properties: Vec::new(),
            understands: Vec::new(),
            vouched: Vouched::default(),
            now,
        })
    }

    /// What a proxy may say about a request; the policy reads those that it declares.
    fn attributes(&self) -> Vec<(Cow<'_, str>, Input<'_>)> {
        let known = [
            ("method", Some(self.method)),
            ("path", Some(&*self.path)),
            ("host", self.host.as_deref()),
            ("scheme", self.scheme),
            ("ip", self.ip.as_ref().map(|(_, address)| &**address)),
            ("user_agent", self.user_agent),
        ];
        let mut attributes = Vec::with_capacity(known.len());
        for (name, value) in known {
            if let Some(value) = value {
                attributes.push((Cow::Borrowed(name), Input::Text(Cow::Borrowed(value))));
            }
        }
        attributes
    }

    /// The path cut at its slashes: `/a/b` is `a`, `b`; `/a/` is `a` and an empty one, `/` one empty one.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        segments(self.path.strip_prefix('/').unwrap_or(&self.path))
    }

    pub fn method(&self) -> &str {
        self.method
    }

    /// The address that the client asked for, as it wrote it; where it asked isn't known, only what.
    pub fn url(&self) -> String {
        let base = self.scheme.zip(self.authority).map(|(scheme, host)| format!("{scheme}://{host}"));
        format!("{}{}", base.unwrap_or_default(), self.target)
    }

    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    pub fn path(&self) -> &str {
        &self.path
    }

    pub fn scheme(&self) -> Option<&str> {
        self.scheme
    }

    pub fn ip(&self) -> Option<IpAddr> {
        self.ip.as_ref().map(|(address, _)| *address)
    }

    pub fn user_agent(&self) -> Option<&str> {
        self.user_agent
    }
}

/// Methods are case-sensitive, and every one in use is upper case.
pub fn read_method(method: &str) -> Option<&str> {
    let well_formed = !Guard::MethodForm.stands()
        || (1..=METHOD_BYTES_MAX).contains(&method.len())
            && method.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-');
    well_formed.then_some(method)
}

pub fn read_host(host: &str) -> Option<Cow<'_, str>> {
    if is_plain_name(host) || !Guard::HostForm.stands() {
        return Some(Cow::Borrowed(host));
    }
    let name = match host.rsplit_once(':') {
        // The colons of an address in brackets are not that of a port.
        Some((name, port)) if !port.ends_with(']') => {
            let digits = (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit());
            (digits && port.parse::<u16>().is_ok()).then_some(name)?
        }
        _ => host,
    };
    if let Some(address) = name.strip_prefix('[') {
        let address: Ipv6Addr = address.strip_suffix(']')?.parse().ok()?;
        return Some(Cow::Owned(format!("[{address}]")));
    }
    let name = name.strip_suffix('.').unwrap_or(name);
    let label = |label: &str| {
        let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        !label.is_empty() && label.bytes().all(inner)
    };
    if name.len() > HOST_BYTES_MAX || !name.split('.').all(label) {
        return None;
    }
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Some(Cow::Owned(name.to_ascii_lowercase()));
    }
    Some(Cow::Borrowed(name))
}

/// Whether this is what most hosts are: a name in lower case without a port, which stands for itself.
fn is_plain_name(host: &str) -> bool {
    let mut is_within_label = false;
    let is_plain = host.bytes().all(|byte| match byte {
        b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => {
            is_within_label = true;
            true
        }
        b'.' => std::mem::take(&mut is_within_label),
        _ => false,
    });
    is_plain && is_within_label && host.len() <= HOST_BYTES_MAX
}

/// An address and its canonical text, which is the one that was sent where there is only one way to write it.
fn read_address(text: &str) -> Option<(IpAddr, Cow<'_, str>)> {
    let address = read_ip(text)?;
    let is_canonical = address.is_ipv4() && !text.contains(':');
    Some((address, if is_canonical { Cow::Borrowed(text) } else { Cow::Owned(address.to_string()) }))
}

/// What stands between the slashes. They are near each other: looking at each byte takes less time than a search that is
/// made for long texts.
fn segments(path: &str) -> impl Iterator<Item = &str> {
    let mut left = Some(path);
    std::iter::from_fn(move || {
        let path = left?;
        let cut = path.bytes().position(|byte| byte == b'/').and_then(|at| path.split_at_checked(at));
        left = cut.and_then(|(_, rest)| rest.strip_prefix('/'));
        Some(cut.map_or(path, |(segment, _)| segment))
    })
}

/// The decoded path of a request target, if there is only one way to understand it.
fn read_path(uri: &str) -> Result<Cow<'_, str>, UriFlaw> {
    if uri.len() > URI_BYTES_MAX && Guard::HeadBounds.stands() {
        return Err(UriFlaw::Length);
    }
    let is_visible = |byte: u8| byte.is_ascii_graphic() || !Guard::TargetBytes.stands();
    let is_fragment = |byte: u8| byte == b'#' && Guard::Fragments.stands();
    if !uri.bytes().all(|byte| is_visible(byte) && !is_fragment(byte)) {
        return Err(UriFlaw::Bytes);
    }
    let query = uri.bytes().position(|byte| byte == b'?').filter(|_| Guard::Queries.stands());
    let raw = query.and_then(|end| uri.get(..end)).unwrap_or(uri);
    if Guard::Delimiters.stands() && raw.bytes().any(|byte| byte == b'\\' || byte == b';') {
        return Err(UriFlaw::Delimiter);
    }
    let is_encoded = Guard::Encoding.stands() && raw.bytes().any(|byte| byte == b'%');
    let path = if is_encoded { Cow::Owned(decode(raw)?) } else { Cow::Borrowed(raw) };
    #[cfg(feature = "sabotage")]
    let path = crate::sabotage::respelled(path);
    let relative = match path.strip_prefix('/') {
        None if Guard::LeadingSlash.stands() => return Err(UriFlaw::NoSlash),
        relative => relative.unwrap_or(&path),
    };
    check_segments(relative)?;
    Ok(path)
}

/// Whether there is nothing in a path that some programs leave out, and others don't.
fn check_segments(path: &str) -> Result<(), UriFlaw> {
    let mut segments = segments(path).peekable();
    while let Some(segment) = segments.next() {
        let is_last = segments.peek().is_none();
        if matches!(segment, "." | "..") && Guard::DotSegments.stands() {
            return Err(UriFlaw::DotSegment);
        }
        if segment.is_empty() && !is_last && Guard::EmptySegments.stands() {
            return Err(UriFlaw::EmptySegment);
        }
    }
    Ok(())
}

/// Decodes percent-encoding once. Nothing that has a meaning in a path may hide behind it, least of all another
/// round of encoding, and neither may controls, characters that nobody can see, or bytes that are no UTF-8.
fn decode(raw: &str) -> Result<String, UriFlaw> {
    let mut decoded = Vec::with_capacity(raw.len());
    let mut bytes = raw.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        match escaped(&mut bytes) {
            None if Guard::Escapes.stands() => return Err(UriFlaw::Escape),
            Some(b'/' | b'\\' | b'?' | b'#' | b';') if Guard::Delimiters.stands() => {
                return Err(UriFlaw::Delimiter);
            }
            Some(b'%') if Guard::DoubleEncoding.stands() => return Err(UriFlaw::DoubleEncoding),
            byte => decoded.extend(byte),
        }
    }
    let decoded = match String::from_utf8(decoded) {
        Err(_) if Guard::Utf8.stands() => return Err(UriFlaw::Utf8),
        decoded => decoded.unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()),
    };
    let is_unseen = |character: char| is_hidden(character) || character.is_control();
    if decoded.chars().any(is_unseen) && Guard::HiddenCharacters.stands() {
        return Err(UriFlaw::Hidden);
    }
    Ok(decoded)
}

/// The byte that two digits stand for.
fn escaped(digits: &mut impl Iterator<Item = u8>) -> Option<u8> {
    Some(hex(digits.next()?)? << 4 | hex(digits.next()?)?)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}
