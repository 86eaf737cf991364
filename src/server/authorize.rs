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

#[cfg(test)]
#[path = "authorize_tests.rs"]
mod tests;

use hyper::header::HeaderMap;
use hyper::{Request, StatusCode};
use tracing::debug;

use super::dialect::Dialect;
use super::original::{self, Trust};
use super::refusal::{client_challenge, deny};
use super::reply::{self, Reply};
use super::settings::Settings;
use super::{Context, caller, denial, upstream, who};
use crate::engine::{Original, PartyInput, Question, Vouched, VouchedRole};
use crate::identity::{Peer, Subject, is_trusted};
use crate::model::Instant;
use crate::model::instant::MICROS_PER_SECOND;
use crate::service::{Answer, Cause, Deadline, Priority, Refusal, Snapshot, Stage};

pub(super) fn authorize<B>(
    context: &Context,
    dialect: Dialect,
    peer: &Peer,
    deadline: Deadline,
    request: &Request<B>,
) -> Reply {
    let answered = context.service.shielded(|| {
        answer(context, dialect, peer, deadline, request)
            .unwrap_or_else(|refusal| refuse(context, dialect, request.headers(), refusal))
    });
    answered.unwrap_or_else(|| {
        let mut reply = reply::empty(StatusCode::FORBIDDEN);
        reply::name_decision(&mut reply, None, Cause::InternalError);
        reply
    })
}

/// Whoever may not ask is told as little as there is.
fn refuse(context: &Context, dialect: Dialect, headers: &HeaderMap, refusal: Refusal) -> Reply {
    if matches!(refusal, Refusal::UntrustedPeer | Refusal::UnknownCaller | Refusal::ScopeMissing) {
        return deny(&context.service, refusal);
    }
    context.service.refused(refusal);
    denial::refused(dialect, headers, refusal.code(), client_challenge(refusal))
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
    let snapshot = service.snapshot();
    caller::proxy(context, peer, request.headers(), snapshot.now)?;
    // Whoever waits for a page comes first; but no page is worth that every other comes too late.
    if !service.load().bears(Priority::High) {
        return Err(Refusal::Overloaded);
    }
    let trust = Trust {
        subject: settings.subject_header(dialect),
        peers: &settings.trusted_peers,
        hops: settings.trusted_hops,
    };
    #[cfg(feature = "sabotage")]
    super::credulous::count(service, &(request.method(), request.uri(), request.headers()));
    let original = original::read(request, dialect, trust).map_err(|error| {
        debug!(%error, "refused an original request");
        Refusal::MalformedOriginal
    })?;
    if service.fails_at(Stage::Parse) {
        return Err(Refusal::MalformedOriginal);
    }
    let subject = match who::subject(context, peer, request.headers(), dialect, snapshot.now) {
        Ok(subject) => subject,
        Err(refusal @ Refusal::InvalidToken) => {
            let (headers, reason) = (request.headers(), refusal.code());
            let reply = denial::sign_in_again(settings, dialect, headers, &original, reason);
            return reply.inspect(|_| service.refused(refusal)).ok_or(refusal);
        }
        Err(refusal) => return Err(refusal),
    };
    let question = question(&settings.understood_obligations, &snapshot, &original, subject.as_ref());
    let decided = match &question {
        Ok(question) => service.decide(snapshot.world(), question, deadline),
        Err(cause) => Answer::refusal(*cause),
    };
    // What can't be said whole isn't said.
    let (decided, passing) = match pass(settings, &snapshot, subject.as_ref(), &decided) {
        None if decided.is_allow() => (Answer::refusal(Cause::AnswerTooLarge), None),
        passing => (decided, passing),
    };
    let given = service.give(snapshot.world(), question.as_ref().ok(), decided, deadline);
    let nobody = subject.is_none().then_some(&original);
    Ok(match passing {
        Some(reply) if given.is_allow() => reply,
        Some(_) | None => {
            denial::denied(settings, dialect, request.headers(), (snapshot.world(), &given), nobody)
        }
    })
}

/// The reply that lets a request pass, if the answer does and if it can be said.
fn pass(
    settings: &Settings,
    snapshot: &Snapshot,
    subject: Option<&Subject<'_>>,
    answer: &Answer,
) -> Option<Reply> {
    let world = snapshot.world()?;
    let decision = answer.decision.as_ref().filter(|_| answer.is_allow())?;
    let told = upstream::told(settings, world, subject, decision)?;
    let ends = [decision.valid_until, subject.and_then(|subject| subject.ends)];
    let kept = reply::keep_for(seconds_left(settings.max_age_seconds, snapshot.now, ends));
    Some(upstream::reply(told, kept, answer.cause, reply::revision(world)?))
}

/// Of the seconds until an answer ends, those for which nobody may keep it: one in which it may be on its way, and one because
/// nginx counts by a clock of whole seconds and uses an answer until its last one is over.
const SECONDS_SPARED: i64 = 2;

/// For how many whole seconds an answer may be kept that ends at the first of these instants.
fn seconds_left(most: u64, now: Instant, ends: [Option<Instant>; 2]) -> u64 {
    let left = |end: Instant| {
        let seconds = end.micros().saturating_sub(now.micros()) / MICROS_PER_SECOND - SECONDS_SPARED;
        u64::try_from(seconds).unwrap_or(0)
    };
    ends.into_iter().flatten().map(left).fold(most, u64::min)
}

/// What the original request asks for, by the World's routes.
fn question<'a>(
    understood: &'a [String],
    snapshot: &'a Snapshot,
    original: &'a Original<'_>,
    subject: Option<&'a Subject<'_>>,
) -> Result<Question<'a>, Cause> {
    let world = snapshot.world().ok_or(Cause::NoPolicy)?;
    let party = subject.map(|subject| PartyInput {
        kind: (&*subject.kind).into(),
        id: Some((&*subject.id).into()),
        properties: subject.attributes.clone(),
    });
    let question = original.question(&world.engine, party, snapshot.now).ok_or(Cause::NoRoute)?;
    let understands = understood.iter().map(|name| name.as_str().into()).collect();
    Ok(Question { understands, vouched: subject.map(vouched).unwrap_or_default(), ..question })
}

/// What the source of the subject says of it that else stands in the facts.
fn vouched<'a>(subject: &'a Subject<'_>) -> Vouched<'a> {
    let roles = subject.roles.iter().map(|role| VouchedRole {
        role: role.name.as_str().into(),
        organization: role.organization.as_str().into(),
    });
    Vouched { organization: subject.organization.as_deref().map(Into::into), roles: roles.collect() }
}
