//! gRPC `envoy.service.auth.v3.Authorization/Check`: Envoy asks whether a request may pass.
//!
//! A call is turned into the question that Envoy would ask over HTTP, is answered as that, and the answer is turned into a
//! `CheckResponse`, whose status is always said: Envoy takes a response without one for an allow. Whatever is wrong with a call denies
//! in the same way, because what ends by an error of gRPC is let pass where Envoy is told to (`failure_mode_allow`).

mod asked;
mod frame;
mod messages;
mod query;
mod timeout;
mod told;

use std::time::{Duration, Instant as Stopwatch};

use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, StatusCode, Version};
use tracing::debug;

use super::authorize::authorize;
use super::dialect::Dialect;
use super::reply::{self, Reply};
use super::{Context, body, gate};
use crate::identity::Peer;
use crate::sabotage::Guard;
use crate::service::{Deadline, Refusal, Service, Stage};
use asked::Asked;
use timeout::timeout;

pub(super) const CHECK: &str = "/envoy.service.auth.v3.Authorization/Check";

const GRPC: &str = "application/grpc";
const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");
/// `OK`: there is an answer, whatever it says.
const OK: HeaderValue = HeaderValue::from_static("0");
const UNIMPLEMENTED: HeaderValue = HeaderValue::from_static("12");
const NO_SUCH_METHOD: HeaderValue = HeaderValue::from_static("only Authorization/Check is answered");

/// Whether it is a call of gRPC, of whatever.
pub(super) fn is_call<B>(request: &Request<B>) -> bool {
    let media = request.headers().get(CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes);
    let rest = media.strip_prefix(GRPC.as_bytes());
    request.version() == Version::HTTP_2
        && request.method() == Method::POST
        && rest.is_some_and(|rest| matches!(rest.first(), None | Some(b'+' | b';')))
}

/// Whether it is a call that waits for a `CheckResponse`.
pub(super) fn is_check<B>(request: &Request<B>) -> bool {
    request.uri().path() == CHECK && is_call(request)
}

pub(super) async fn check(
    context: &Context,
    peer: &Peer,
    arrival: Stopwatch,
    request: &mut Request<Incoming>,
) -> Reply {
    let (service, settings) = (&context.service, &context.settings);
    if gate::asks_about_another(request.headers()) {
        return denied(service, Refusal::MalformedOriginal);
    }
    let Ok(wanted) = timeout(request.headers()) else { return denied(service, Refusal::MalformedRequest) };
    let allowed = wanted.unwrap_or(Duration::MAX).min(Duration::from_millis(settings.deadline_ms));
    let deadline = Deadline::after(arrival, allowed);
    let message = match body::read(request, settings.body_bytes_max, settings.request_timeout).await {
        Ok(_) if service.fails_at(Stage::Body) => Err(Refusal::MalformedBody),
        Ok(body) => Ok(body),
        Err(unread) => Err(unread.refusal()),
    };
    let answered = service.shielded(|| {
        let asked = message.and_then(|message| Asked::read(&message, request.headers(), settings));
        match asked {
            Ok(asked) => {
                let reply = authorize(context, Dialect::EnvoyGrpc, peer, deadline, &asked.request);
                told::answer(&reply, asked.request.headers(), &settings.envoy_query_parameters)
            }
            Err(refusal) => denied(service, refusal),
        }
    });
    answered.unwrap_or_else(|| denied(service, Refusal::InternalError))
}

/// For a call of which nothing else is known than that nothing may pass.
pub(super) fn denied(service: &Service, refusal: Refusal) -> Reply {
    debug!(reason = refusal.code(), "denied a call");
    if !Guard::CallAnswers.stands() {
        return unimplemented(service);
    }
    told::answer(&super::refusal::deny(service, refusal), &HeaderMap::new(), &[])
}

/// For every other method. A caller of gRPC reads its status; a proxy that asked over HTTP, and has come to the wrong place, reads that
/// of HTTP, which must not be 200.
pub(super) fn unimplemented(service: &Service) -> Reply {
    service.refused(Refusal::NotFound);
    let mut reply = reply::empty(StatusCode::NOT_FOUND);
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(GRPC));
    headers.insert(GRPC_STATUS, UNIMPLEMENTED);
    headers.insert(GRPC_MESSAGE, NO_SUCH_METHOD);
    reply
}
