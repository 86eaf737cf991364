//! Who is asking: the one place where a request that a proxy asks about gets its subject.
//!
//! | source | where it speaks |
//! | --- | --- |
//! | a token or an API key of the client | `Authorization: Bearer …`, `X-API-Key`, wherever `tokens` or `api_keys` are configured |
//! | the client's certificate, as Envoy saw it | `X-Forwarded-Client-Cert` at `/authz/ext-authz`, if `certificates` says so |
//! | the proxy itself | the subject header of its dialect |
//!
//! What is shown and not believed is refused: it never makes anybody anonymous. Two sources have to name one subject.

use std::fmt::Display;

use hyper::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use tracing::debug;

use super::dialect::Dialect;
use super::{Context, gate};
use crate::identity::{KEY_PREFIX, Peer, Subject, forwarded_spiffe_id, is_trusted, subject_id};
use crate::model::Instant;
use crate::service::{Refusal, Tokens};

static API_KEY: HeaderName = HeaderName::from_static("x-api-key");
static CLIENT_CERTIFICATE: HeaderName = HeaderName::from_static("x-forwarded-client-cert");

/// What somebody shows of itself. At most one thing: of two nobody knows which one speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown<'a> {
    Nothing,
    Token(&'a str),
    Key(&'a str),
}

/// Whoever is asking; nobody is the anonymous subject.
pub(super) fn subject<'a>(
    context: &'a Context,
    peer: &Peer,
    headers: &'a HeaderMap,
    dialect: Dialect,
    now: Instant,
) -> Result<Option<Subject<'a>>, Refusal> {
    let shown = of_client(&context.tokens, headers, now)?;
    let forwarded = of_certificate(context, peer, headers, dialect)?;
    let named = of_proxy(context, peer, headers, dialect)?;
    #[cfg(feature = "sabotage")]
    let named = named.or_else(|| super::credulous::named(headers));
    one_of(one_of(shown, forwarded)?, named)
}

/// The subject of two sources, if they don't contradict each other: whichever says more of it comes first.
fn one_of<'a>(
    first: Option<Subject<'a>>,
    second: Option<Subject<'a>>,
) -> Result<Option<Subject<'a>>, Refusal> {
    match (first, second) {
        (Some(first), Some(second)) if first.kind != second.kind || first.id != second.id => {
            debug!("two sources name two subjects");
            Err(Refusal::IdentityConflict)
        }
        (first, second) => Ok(first.or(second)),
    }
}

/// Whom the client's own token or key names.
fn of_client<'a>(
    tokens: &'a Tokens,
    headers: &'a HeaderMap,
    now: Instant,
) -> Result<Option<Subject<'a>>, Refusal> {
    if tokens.is_empty() {
        return Ok(None);
    }
    match shown(tokens, headers)? {
        Shown::Nothing => Ok(None),
        Shown::Token(token) => match tokens.verify(token, now) {
            Ok(verified) => Ok(Some(verified.subject.clone())),
            Err(refusal) => {
                debug!(because = refusal.code(), "refused a token");
                Err(Refusal::InvalidToken)
            }
        },
        Shown::Key(key) => match tokens.api_key(key, now) {
            Ok(key) => Ok(Some(Subject { ends: key.expires, ..bare(&key.kind, &key.subject) })),
            Err(refusal) => {
                debug!(because = refusal.code(), "refused an API key");
                Err(Refusal::InvalidKey)
            }
        },
    }
}

/// What is shown in `Authorization: Bearer` or `X-API-Key`. Other schemes are for whoever is behind the proxy.
pub(super) fn shown<'a>(tokens: &Tokens, headers: &'a HeaderMap) -> Result<Shown<'a>, Refusal> {
    let (mut authorization, mut api_key) = (None, None);
    for (name, value) in headers {
        let place = if *name == AUTHORIZATION {
            &mut authorization
        } else if *name == API_KEY {
            &mut api_key
        } else {
            continue;
        };
        if place.replace(value).is_some() {
            debug!(header = name.as_str(), "refused a header that is there twice");
            return Err(Refusal::MalformedIdentity);
        }
    }
    let bearer = authorization.map_or(Ok(None), bearer)?;
    let key = api_key.map(|value| value.to_str().map_err(|_| Refusal::InvalidKey)).transpose()?;
    match (bearer, key) {
        (None, None) => Ok(Shown::Nothing),
        (Some(bearer), None) if bearer.starts_with(KEY_PREFIX) && tokens.has_api_keys() => {
            Ok(Shown::Key(bearer))
        }
        (Some(bearer), None) => Ok(Shown::Token(bearer)),
        (None, Some(key)) => Ok(Shown::Key(key)),
        (Some(_), Some(_)) => {
            debug!("refused a request with both `Authorization` and `X-API-Key`");
            Err(Refusal::MalformedIdentity)
        }
    }
}

/// What stands behind `Bearer`; nothing if it is another scheme's.
fn bearer(value: &HeaderValue) -> Result<Option<&str>, Refusal> {
    let text = value.to_str().map_err(|_| Refusal::MalformedIdentity)?;
    let (scheme, rest) = text.split_once(' ').unwrap_or((text, ""));
    if scheme.eq_ignore_ascii_case("bearer") {
        return Ok(Some(rest));
    }
    // Some proxies join two headers to one: then the other may be a token. And some programs take other blanks for a space.
    let begins_so = text.as_bytes().get(..6).is_some_and(|start| start.eq_ignore_ascii_case(b"bearer"));
    let is_word = text
        .as_bytes()
        .get(6)
        .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'-' || *byte == b'_');
    if has_bearer_behind(text) || begins_so && !is_word { Err(Refusal::MalformedIdentity) } else { Ok(None) }
}

fn has_bearer_behind(text: &str) -> bool {
    text.split(',').skip(1).any(|part| {
        part.trim_start().as_bytes().get(..6).is_some_and(|start| start.eq_ignore_ascii_case(b"bearer"))
    })
}

/// Whom the certificate names that Envoy saw.
fn of_certificate<'a>(
    context: &'a Context,
    peer: &Peer,
    headers: &'a HeaderMap,
    dialect: Dialect,
) -> Result<Option<Subject<'a>>, Refusal> {
    let certificates = &context.settings.certificates;
    if !certificates.forwarded || !dialect.is_envoy() {
        return Ok(None);
    }
    let values = gate::values(headers, &CLIENT_CERTIFICATE).map(HeaderValue::as_bytes);
    let id = named_by(context, peer, || forwarded_spiffe_id(values))?;
    if id.is_some_and(|id| !certificates.knows(id)) {
        debug!("the certificate's trust domain is not one of ours");
        return Err(Refusal::UnknownCertificate);
    }
    Ok(id.map(|id| bare(&certificates.kind, id)))
}

/// Whom the proxy names.
fn of_proxy<'a>(
    context: &'a Context,
    peer: &Peer,
    headers: &'a HeaderMap,
    dialect: Dialect,
) -> Result<Option<Subject<'a>>, Refusal> {
    let settings = &context.settings;
    let Some(header) = settings.subject_header(dialect) else { return Ok(None) };
    let values = gate::values(headers, header).map(HeaderValue::as_bytes);
    let id = named_by(context, peer, || subject_id(values))?;
    if dialect.joins_headers() && id.is_some_and(|id| id.contains(',')) {
        debug!("refused an identity that may be two: Envoy joins headers over HTTP");
        return Err(Refusal::MalformedIdentity);
    }
    Ok(id.map(|id| bare(&settings.subject_type, id)))
}

/// Whom a peer names that may speak for others, if it does so in a way that can be read.
fn named_by<'a, E: Display>(
    context: &Context,
    peer: &Peer,
    read: impl FnOnce() -> Result<Option<&'a str>, E>,
) -> Result<Option<&'a str>, Refusal> {
    if !is_trusted(&context.settings.trusted_peers, peer) {
        return Err(Refusal::UntrustedPeer);
    }
    read().map_err(|error| {
        debug!(%error, "refused an identity");
        Refusal::MalformedIdentity
    })
}

/// Somebody of whom nothing is known but a name.
fn bare<'a>(kind: &'a str, id: &'a str) -> Subject<'a> {
    Subject {
        kind: kind.into(),
        id: id.into(),
        attributes: Vec::new(),
        organization: None,
        roles: Vec::new(),
        ends: None,
    }
}
