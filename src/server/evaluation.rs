//! `POST /access/v1/evaluation`: the AuthZEN Access Evaluation API 1.0.
//!
//! | status | when |
//! | --- | --- |
//! | 200 | decided: `{"decision":true}` or `{"decision":false}`, with obligations and advice if there are any |
//! | 400 | no JSON, no evaluation request, or another content type |
//! | 405 | another method |
//! | 408, 413 | the body is too slow or too large |

mod answer;
mod question;

use hyper::body::Incoming;
use hyper::{Method, Request, StatusCode};

pub use question::read as read_question;

use super::refusal::{refuse, refuse_because, refuse_method};
use super::reply::{self, Reply};
use super::{Context, body, gate};
use crate::service::{Answer, Cause, Refusal, Service};

pub(super) async fn evaluation(context: &Context, request: Request<Incoming>) -> Reply {
    let (service, settings) = (&context.service, &context.settings);
    if request.method() != Method::POST {
        return refuse_method(service, "POST");
    }
    if !gate::is_json(request.headers()) {
        return refuse(service, Refusal::WrongContentType);
    }
    let (head, incoming) = request.into_parts();
    match body::read(&head.headers, incoming, settings.body_bytes_max, settings.request_timeout).await {
        Ok(body) => evaluate(service, &body),
        Err(refusal) => refuse(service, refusal),
    }
}

/// The answer to a whole body. Whatever goes wrong in here denies.
fn evaluate(service: &Service, body: &[u8]) -> Reply {
    let evaluated = service.shielded(|| {
        let snapshot = service.snapshot();
        let question = match question::read(body, snapshot.now) {
            Ok(question) => question,
            Err(because) => return refuse_because(service, Refusal::MalformedBody, &because),
        };
        let decided = service.decide(&snapshot, &question);
        let mut reply = reply::json(StatusCode::OK, answer::body(snapshot.world(), &decided));
        reply::name_decision(&mut reply, snapshot.world(), decided.cause);
        reply
    });
    evaluated.unwrap_or_else(|| {
        let denied = Answer::refusal(Cause::InternalError);
        let mut reply = reply::json(StatusCode::OK, answer::body(None, &denied));
        reply::name_decision(&mut reply, None, denied.cause);
        reply
    })
}
