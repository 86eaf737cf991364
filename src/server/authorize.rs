//! `/authz/*`: a proxy asks whether a request may pass.
//!
//! | path | who asks |
//! | --- | --- |
//! | `/authz/auth-request` | nginx |
//! | `/authz/forward-auth` | Caddy, Traefik, HAProxy's Lua client |
//! | `/authz/ext-authz/…` | Envoy, with the original path behind it |
//!
//! 200 with an empty body lets it pass; everything else doesn't: 403, or 401 where nobody is identified and somebody
//! might be allowed. The answer is made from the head alone: nginx announces bodies that it never sends. Nothing of
//! the question's own method, path or query decides but what the dialect says there.

use std::time::Instant as Stopwatch;

use hyper::header::WWW_AUTHENTICATE;
use hyper::{Request, StatusCode};
use tracing::debug;

use super::dialect::Dialect;
use super::original::{self, Trust};
use super::refusal::deny;
use super::reply::{self, Reply};
use super::{Context, who};
use crate::engine::{Original, PartyInput, Question};
use crate::identity::{Peer, Subject, is_trusted};
use crate::service::{Answer, Cause, Deadline, Priority, Refusal, Snapshot, Stage};

pub(super) fn authorize<B>(
    context: &Context,
    dialect: Dialect,
    peer: &Peer,
    arrival: Stopwatch,
    request: &Request<B>,
) -> Reply {
    let deadline = Deadline::new(arrival, context.settings.deadline_ms);
    let answered = context.service.shielded(|| {
        answer(context, dialect, peer, deadline, request)
            .unwrap_or_else(|refusal| deny(&context.service, refusal))
    });
    answered.unwrap_or_else(|| {
        let mut reply = reply::empty(StatusCode::FORBIDDEN);
        reply::name_decision(&mut reply, None, Cause::InternalError);
        reply
    })
}

fn answer<B>(
    context: &Context,
    dialect: Dialect,
    peer: &Peer,
    deadline: Deadline,
    request: &Request<B>,
) -> Result<Reply, Refusal> {
    let (service, settings) = (&context.service, &context.settings);
    if !is_trusted(&settings.trusted_peers, peer) {
        return Err(Refusal::UntrustedPeer);
    }
    // Whoever waits for a page comes first; but no page is worth that every other comes too late.
    if !service.load().bears(Priority::High) {
        return Err(Refusal::Overloaded);
    }
    let trust = Trust {
        subject: settings.subject_header(dialect),
        peers: &settings.trusted_peers,
        hops: settings.trusted_hops,
    };
    let original = original::read(request, dialect, trust).map_err(|error| {
        debug!(%error, "refused an original request");
        Refusal::MalformedOriginal
    })?;
    if service.fails_at(Stage::Parse) {
        return Err(Refusal::MalformedOriginal);
    }
    let subject = who::subject(context, peer, request.headers(), dialect)?;
    Ok(decide(context, &original, subject.as_ref(), deadline))
}

fn decide(
    context: &Context,
    original: &Original<'_>,
    subject: Option<&Subject<'_>>,
    deadline: Deadline,
) -> Reply {
    let service = &context.service;
    let snapshot = service.snapshot();
    let question = question(&snapshot, original, subject);
    let answer = match &question {
        Ok(question) => service.decide(snapshot.world(), question, deadline),
        Err(cause) => Answer::refusal(*cause),
    };
    let answer = service.give(snapshot.world(), question.as_ref().ok(), answer, deadline);
    let mut reply = match answer.decision {
        Some(_) if answer.is_allow() => reply::empty(StatusCode::OK),
        Some(_) if subject.is_none() => {
            let mut reply = reply::empty(StatusCode::UNAUTHORIZED);
            reply.headers_mut().insert(WWW_AUTHENTICATE, context.settings.challenge.clone());
            reply
        }
        Some(_) | None => reply::empty(StatusCode::FORBIDDEN),
    };
    reply::name_decision(&mut reply, snapshot.world(), answer.cause);
    reply
}

/// What the original request asks for, by the World's routes.
fn question<'a>(
    snapshot: &'a Snapshot,
    original: &'a Original<'_>,
    subject: Option<&'a Subject<'_>>,
) -> Result<Question<'a>, Cause> {
    let world = snapshot.world().ok_or(Cause::NoPolicy)?;
    let subject = subject.map(|subject| PartyInput {
        kind: (&*subject.kind).into(),
        id: Some((&*subject.id).into()),
        properties: subject.attributes.clone(),
    });
    original.question(&world.engine, subject, snapshot.now).ok_or(Cause::NoRoute)
}
