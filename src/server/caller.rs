//! Whoever asks for decisions, where the configuration wants to know: applications, and proxies that ask for others.
//!
//! An application shows itself as any client does: `Authorization: Bearer` with a token or an API key, `X-API-Key`, or its
//! certificate. A proxy can't: these headers are its client's. It has `Portcullis-Key`, or its certificate.

use hyper::header::{HeaderMap, HeaderName};
use tracing::debug;

use super::who::{self, Shown};
use super::{Context, gate};
use crate::config::identity::{CallerKind, Scope};
use crate::identity::Peer;
use crate::model::Instant;
use crate::service::Refusal;

static PROXY_KEY: HeaderName = HeaderName::from_static("portcullis-key");

/// What a caller may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Caller {
    /// Nobody wants to know: all that its address lets it do.
    Anybody,
    Known(Vec<Scope>),
}

impl Caller {
    pub(super) fn may(&self, scope: Scope) -> bool {
        match self {
            Caller::Anybody => true,
            Caller::Known(scopes) => scopes.contains(&scope),
        }
    }

    fn checked(self, scope: Scope) -> Result<Caller, Refusal> {
        if self.may(scope) {
            return Ok(self);
        }
        debug!(scope = scope.text(), "the caller may not ask this");
        Err(Refusal::ScopeMissing)
    }
}

/// An application that wants a decision.
pub(super) fn application(
    context: &Context,
    peer: &Peer,
    headers: &HeaderMap,
    now: Instant,
) -> Result<Caller, Refusal> {
    known(context, Scope::Decide, || match who::shown(&context.tokens, headers)? {
        Shown::Nothing => of_certificate(context, peer),
        Shown::Token(token) => of_token(context, token, now),
        Shown::Key(key) => of_key(context, key, now),
    })
}

/// A proxy that asks whether another's request may pass.
pub(super) fn proxy(
    context: &Context,
    peer: &Peer,
    headers: &HeaderMap,
    now: Instant,
) -> Result<Caller, Refusal> {
    known(context, Scope::Proxy, || {
        let mut values = gate::values(headers, &PROXY_KEY);
        match (values.next(), values.next()) {
            (None, _) => of_certificate(context, peer),
            (Some(key), None) => of_key(context, key.to_str().map_err(|_| Refusal::UnknownCaller)?, now),
            (Some(_), Some(_)) => Err(Refusal::UnknownCaller),
        }
    })
}

/// Whoever may do this, by the scopes of what it shows; anybody, if nobody wants to know.
fn known(
    context: &Context,
    scope: Scope,
    scopes: impl FnOnce() -> Result<Vec<Scope>, Refusal>,
) -> Result<Caller, Refusal> {
    if context.settings.callers.is_empty() {
        return Ok(Caller::Anybody);
    }
    Caller::Known(scopes()?).checked(scope)
}

fn of_token(context: &Context, token: &str, now: Instant) -> Result<Vec<Scope>, Refusal> {
    wanted(context, CallerKind::Tokens)?;
    let verified = context.tokens.verify(token, now).map_err(|refusal| {
        debug!(because = refusal.code(), "refused a caller's token");
        Refusal::InvalidToken
    })?;
    Ok(verified.scopes.clone())
}

fn of_key(context: &Context, key: &str, now: Instant) -> Result<Vec<Scope>, Refusal> {
    wanted(context, CallerKind::ApiKeys)?;
    let key = context.tokens.api_key(key, now).map_err(|refusal| {
        debug!(because = refusal.code(), "refused a caller's key");
        Refusal::UnknownCaller
    })?;
    Ok(key.scopes.clone())
}

fn of_certificate(context: &Context, peer: &Peer) -> Result<Vec<Scope>, Refusal> {
    wanted(context, CallerKind::Certificates)?;
    let certificates = &context.settings.certificates;
    let id = peer.certificate.as_ref().and_then(|certificate| certificate.spiffe_id.as_deref());
    if id.is_some_and(|id| certificates.knows(id)) {
        return Ok(certificates.scopes.clone());
    }
    debug!("the caller shows no certificate of a known trust domain");
    Err(Refusal::UnknownCaller)
}

fn wanted(context: &Context, kind: CallerKind) -> Result<(), Refusal> {
    if context.settings.callers.contains(&kind) { Ok(()) } else { Err(Refusal::UnknownCaller) }
}
