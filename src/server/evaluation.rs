//! The AuthZEN Authorization API 1.0, as far as it asks for decisions.
//!
//! | path | asks |
//! | --- | --- |
//! | `POST /access/v1/evaluation` | one question |
//! | `POST /access/v1/evaluations` | many at once, with one of three semantics |
//!
//! | status | when |
//! | --- | --- |
//! | 200 | decided: `{"decision":true}` or `{"decision":false}`, with obligations and advice if there are any; many are in `evaluations`, in the order of the questions |
//! | 400 | no JSON, no evaluation request, another content type, or a deadline that is none |
//! | 405 | another method |
//! | 408, 413 | the body is too slow or too large |
//! | 503 | there is too much to decide for requests of this priority; `Retry-After` says when to ask again |
//! | 500 | a defect of ours in a request for many decisions: none of them may be taken for allowed |

mod answer;
mod batch;
mod question;

use std::sync::Arc;
use std::time::Instant as Stopwatch;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, StatusCode};
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tracing::Span;

pub use question::read as read_question;

use super::refusal::{ELSEWHERE, refuse, refuse_because, refuse_method};
use super::reply::{self, Reply};
use super::{Context, body, caller, gate};
use crate::config::identity::Scope;
use crate::engine::Question;
use crate::identity::{Peer, is_trusted};
use crate::service::{Answer, Cause, Deadline, Priority, Refusal, Service, Snapshot, Stage, World};
use question::Asked;

/// How many milliseconds from its arrival on the answer to a request is worth anything to the caller.
static DEADLINE: HeaderName = HeaderName::from_static("portcullis-deadline-ms");
/// `low`, `normal` or `high`: who is answered when not all can be.
static PRIORITY: HeaderName = HeaderName::from_static("portcullis-priority");
/// `true` where the caller wants to know why.
static EXPLAIN: HeaderName = HeaderName::from_static("portcullis-explain");
/// An hour; nobody waits longer.
const DEADLINE_MS_MAX: u64 = 3_600_000;

/// A body that is longer may take longer to answer than the requests of other connections should wait: about a hundred
/// questions, or a third of a millisecond.
const LARGE_BODY_BYTES: usize = 16 * 1024;

/// How a request wants to be answered.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    pub(super) deadline: Deadline,
    /// Whether the answers come with their reasons.
    pub(super) explains: bool,
}

/// What is asked of these two endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    One,
    Several,
}

pub(super) async fn evaluation(
    context: &Context,
    form: Form,
    peer: &Peer,
    arrival: Stopwatch,
    request: &mut Request<Incoming>,
) -> Reply {
    let (service, settings) = (&context.service, &context.settings);
    if request.method() != Method::POST {
        return refuse_method(service, "POST");
    }
    if gate::asks_about_another(request.headers()) {
        return refuse_because(service, Refusal::MalformedOriginal, ELSEWHERE);
    }
    let caller = match caller::application(context, peer, request.headers(), service.now()) {
        Ok(caller) => caller,
        Err(refusal) => return refuse(service, refusal),
    };
    if !gate::is_json(request.headers()) {
        return refuse(service, Refusal::WrongContentType);
    }
    let Some(allowed_ms) = deadline_ms(request.headers(), settings.deadline_ms) else {
        let because = format!(
            "`Portcullis-Deadline-Ms` has to be one number from 1 to {DEADLINE_MS_MAX}, in milliseconds"
        );
        return refuse_because(service, Refusal::MalformedRequest, &because);
    };
    let Some(priority) = priority(request.headers()) else {
        let because = "`Portcullis-Priority` has to be `low`, `normal` or `high`";
        return refuse_because(service, Refusal::MalformedRequest, because);
    };
    if !service.load().bears(priority) {
        return refuse(service, Refusal::Overloaded);
    }
    let Some(asks_why) = asks_why(request.headers()) else {
        let because = "`Portcullis-Explain` has to be `true` or `false`";
        return refuse_because(service, Refusal::MalformedRequest, because);
    };
    // Who may not know why gets the bare answer, as if they hadn't asked.
    let explains = asks_why && is_trusted(&settings.explain_peers, peer) && caller.may(Scope::Explain);
    let manner = Manner { deadline: Deadline::new(arrival, allowed_ms), explains };
    match body::read(request, settings.body_bytes_max, settings.request_timeout).await {
        Ok(_) if service.fails_at(Stage::Body) => refuse(service, Refusal::MalformedBody),
        Ok(body) if body.len() > LARGE_BODY_BYTES => apart(context, form, body, manner, priority).await,
        Ok(body) => evaluate(service, form, &body, manner),
        Err(unread) => refuse_because(service, unread.refusal(), &unread.message()),
    }
}

/// On a thread of its own, when it is its turn: one for each processor. The requests of other connections don't wait for
/// it, and whoever would have to wait longer than its priority bears is turned away.
async fn apart(context: &Context, form: Form, body: Bytes, manner: Manner, priority: Priority) -> Reply {
    let service = Arc::clone(&context.service);
    let waits = priority.bearable().min(manner.deadline.left(Stopwatch::now()));
    let Ok(Ok(turn)) = timeout(waits, Arc::clone(&context.turns).acquire_owned()).await else {
        return refuse(&context.service, Refusal::Overloaded);
    };
    let span = Span::current();
    let evaluated = spawn_blocking(move || {
        let reply = span.in_scope(|| evaluate(&service, form, &body, manner));
        drop(turn);
        reply
    });
    evaluated.await.unwrap_or_else(|_| refuse(&context.service, Refusal::InternalError))
}

/// What the header says, or the configuration; none if the header says nothing that can be meant.
fn deadline_ms(headers: &HeaderMap, configured: u64) -> Option<u64> {
    let mut values = gate::values(headers, &DEADLINE);
    let Some(value) = values.next() else { return Some(configured) };
    let text = value.to_str().ok()?;
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let sent = text.parse().ok().filter(|sent| is_number && (1..=DEADLINE_MS_MAX).contains(sent))?;
    values.next().is_none().then_some(configured.min(sent))
}

/// What the header says; none if it says nothing that can be meant.
fn priority(headers: &HeaderMap) -> Option<Priority> {
    let mut values = gate::values(headers, &PRIORITY);
    let Some(value) = values.next() else { return Some(Priority::Normal) };
    let known = Priority::ALL.into_iter().find(|priority| priority.name().as_bytes() == value.as_bytes());
    known.filter(|_| values.next().is_none())
}

/// What the header says; none if it says nothing that can be meant.
fn asks_why(headers: &HeaderMap) -> Option<bool> {
    let mut values = gate::values(headers, &EXPLAIN);
    let asks = match values.next().map(HeaderValue::as_bytes) {
        None | Some(b"false") => false,
        Some(b"true") => true,
        Some(_) => return None,
    };
    values.next().is_none().then_some(asks)
}

/// The answer to a whole body. Whatever goes wrong in here denies.
fn evaluate(service: &Service, form: Form, body: &[u8], manner: Manner) -> Reply {
    let evaluated = service.shielded(|| {
        let snapshot = service.snapshot();
        let asked = match form {
            Form::One => question::one(body, snapshot.now).map(|question| Asked::One(Box::new(question))),
            Form::Several => question::several(body, snapshot.now),
        };
        match asked {
            Ok(_) if service.fails_at(Stage::Parse) => refuse(service, Refusal::MalformedBody),
            Ok(Asked::One(question)) => decided(service, &snapshot, &question, manner),
            Ok(Asked::Many(batch)) => {
                let bodies = batch::answers(service, snapshot.world(), batch, manner);
                let mut reply = reply::json(StatusCode::OK, batch::body(&bodies));
                reply::name_revision(&mut reply, snapshot.world());
                reply
            }
            Err(mistake) if form == Form::Several && mistake.is_batch_too_large() => {
                refuse_because(service, Refusal::BatchTooLarge, &mistake.to_string())
            }
            Err(mistake) => refuse_because(service, Refusal::MalformedBody, &mistake.to_string()),
        }
    });
    evaluated.unwrap_or_else(|| match form {
        Form::One => reply::answer(None, Cause::InternalError, answer::DENY),
        Form::Several => refuse(service, Refusal::InternalError),
    })
}

fn decided(service: &Service, snapshot: &Snapshot, question: &Question<'_>, manner: Manner) -> Reply {
    #[cfg(feature = "sabotage")]
    super::credulous::count(service, question);
    let (answer, body) = said(service, snapshot.world(), question, manner);
    reply::answer(snapshot.world(), answer.cause, body)
}

/// The answer to a question, and its body. What can't be said is denied.
fn said(
    service: &Service,
    world: Option<&World>,
    question: &Question<'_>,
    manner: Manner,
) -> (Answer, Bytes) {
    let decided = service.decide(world, question, manner.deadline);
    let explained = manner.explains.then_some(question);
    let body = service.shielded(|| {
        let fails = explained.is_some() && service.fails_at(Stage::Explain);
        answer::body(world, &decided, explained).filter(|_| !fails)
    });
    let Some(body) = body.flatten() else {
        return (
            service.give(world, Some(question), Answer::refusal(Cause::InternalError), manner.deadline),
            answer::DENY,
        );
    };
    let cause = decided.cause;
    let given = service.give(world, Some(question), decided, manner.deadline);
    let body = if given.cause == cause { body } else { answer::DENY };
    (given, body)
}
