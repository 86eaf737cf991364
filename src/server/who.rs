//! Who is asking: the one place where a request that a proxy asks about gets its subject.

use hyper::header::{HeaderMap, HeaderValue};
use tracing::debug;

use super::dialect::Dialect;
use super::{Context, gate};
use crate::identity::{Peer, Subject, is_trusted, subject_id};
use crate::service::Refusal;

/// Whoever the request's proxy says is asking; nobody is the anonymous subject.
pub(super) fn subject<'a>(
    context: &'a Context,
    peer: &Peer,
    headers: &'a HeaderMap,
    dialect: Dialect,
) -> Result<Option<Subject<'a>>, Refusal> {
    let settings = &context.settings;
    let Some(header) = settings.subject_header(dialect) else { return Ok(None) };
    if !is_trusted(&settings.trusted_peers, peer) {
        return Err(Refusal::UntrustedPeer);
    }
    let id = subject_id(gate::values(headers, header).map(HeaderValue::as_bytes)).map_err(|error| {
        debug!(%error, "refused an identity");
        Refusal::MalformedIdentity
    })?;
    Ok(id.map(|id| Subject {
        kind: settings.subject_type.as_str().into(),
        id: id.into(),
        attributes: Vec::new(),
        ends: None,
    }))
}
