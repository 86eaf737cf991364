//! `/authz/auth-request`: nginx's `auth_request` asks whether a request may pass.
//!
//! 200 with an empty body lets it pass; everything else doesn't: 403, or 401 where nobody is identified and somebody
//! might be allowed. The answer is made from the head alone: nginx announces bodies that it never sends. Nothing of
//! the subrequest's own method, path or query decides.

use std::time::Instant as Stopwatch;

use hyper::StatusCode;
use hyper::header::{HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use tracing::debug;

use super::refusal::deny;
use super::reply::{self, Reply};
use super::{Context, gate, original};
use crate::engine::{Original, PartyInput, Question};
use crate::identity::{Peer, is_trusted, subject_id};
use crate::service::{Answer, Cause, Deadline, Priority, Refusal, Snapshot, Stage};

pub(super) fn auth_request(context: &Context, peer: &Peer, arrival: Stopwatch, headers: &HeaderMap) -> Reply {
    let deadline = Deadline::new(arrival, context.settings.deadline_ms);
    let answered = context.service.shielded(|| answer(context, peer, deadline, headers));
    answered.unwrap_or_else(|| {
        let mut reply = reply::empty(StatusCode::FORBIDDEN);
        reply::name_decision(&mut reply, None, Cause::InternalError);
        reply
    })
}

fn answer(context: &Context, peer: &Peer, deadline: Deadline, headers: &HeaderMap) -> Reply {
    if !is_trusted(&context.settings.trusted_peers, peer) {
        return deny(&context.service, Refusal::UntrustedPeer);
    }
    // Whoever waits for a page comes first; but no page is worth that every other comes too late.
    if !context.service.load().bears(Priority::High) {
        return deny(&context.service, Refusal::Overloaded);
    }
    let original = match original::read(headers, &context.settings.subject_header) {
        Ok(_) if context.service.fails_at(Stage::Parse) => {
            return deny(&context.service, Refusal::MalformedOriginal);
        }
        Ok(original) => original,
        Err(error) => {
            debug!(%error, "refused an original request");
            return deny(&context.service, Refusal::MalformedOriginal);
        }
    };
    let values = gate::values(headers, &context.settings.subject_header);
    let subject = match subject_id(values.map(HeaderValue::as_bytes)) {
        Ok(subject) => subject,
        Err(error) => {
            debug!(%error, "refused an identity");
            return deny(&context.service, Refusal::MalformedIdentity);
        }
    };
    decide(context, &original, subject, deadline)
}

fn decide(context: &Context, original: &Original<'_>, subject: Option<&str>, deadline: Deadline) -> Reply {
    let service = &context.service;
    let snapshot = service.snapshot();
    let question = question(context, &snapshot, original, subject);
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
    context: &'a Context,
    snapshot: &'a Snapshot,
    original: &'a Original<'_>,
    subject: Option<&'a str>,
) -> Result<Question<'a>, Cause> {
    let world = snapshot.world().ok_or(Cause::NoPolicy)?;
    let subject = subject.map(|id| PartyInput {
        kind: context.settings.subject_type.as_str().into(),
        id: Some(id.into()),
        properties: Vec::new(),
    });
    original.question(&world.engine, subject, snapshot.now).ok_or(Cause::NoRoute)
}
