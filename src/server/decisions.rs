//! The listener that answers who may do what.
//!
//! | path | who asks |
//! | --- | --- |
//! | `POST /access/v1/evaluation` | applications, by AuthZEN |
//! | `POST /access/v1/evaluations` | applications, many questions at once |
//! | `GET /.well-known/authzen-configuration` | applications, where the others are |
//! | `/authz/auth-request` | nginx |
//! | `/authz/forward-auth` | Caddy, Traefik, HAProxy's Lua client |
//! | `/authz/ext-authz/…` | Envoy |
//! | `/envoy.service.auth.v3.Authorization/Check` | Envoy, by gRPC |

use std::pin::pin;
use std::time::Instant as Stopwatch;

use hyper::Request;
use hyper::body::Incoming;
use tracing::{Instrument, Level, Span, enabled};

use super::authorize::authorize;
use super::dialect::Dialect;
use super::evaluation::{Form, evaluation};
use super::grpc::{self, CHECK};
use super::metadata::metadata;
use super::original::EXT_AUTHZ;
use super::refusal::{refuse_flaw, turn_down};
use super::reply::{self, Reply};
use super::stand_in::{self, PROXIES};
use super::trace::{self, Trace};
use super::{Context, gate};
use crate::identity::Peer;
use crate::sabotage::Guard;
use crate::service::{Deadline, Endpoint, Refusal};

pub(super) const EVALUATION: &str = "/access/v1/evaluation";
pub(super) const EVALUATIONS: &str = "/access/v1/evaluations";
const METADATA: &str = "/.well-known/authzen-configuration";
const AUTH_REQUEST: &str = "/authz/auth-request";
const FORWARD_AUTH: &str = "/authz/forward-auth";

pub(super) async fn decisions(
    context: &Context,
    peer: &Peer,
    arrival: Stopwatch,
    request: &mut Request<Incoming>,
) -> Reply {
    let request_id = reply::request_id(request.headers());
    let trace = Trace::read(request.headers());
    let checked = gate::check(request);
    #[cfg(feature = "sabotage")]
    super::credulous::wait(request).await;
    let endpoint = endpoint(stand_in::path(request));
    // Only where lines may come that stand in it: making one takes a while.
    let is_logged = trace.is_some() || context.service.logs_access() || enabled!(Level::DEBUG);
    let span =
        if is_logged { trace::span(endpoint, request_id.as_ref(), trace.as_ref()) } else { Span::none() };
    let answering = pin!(async {
        match checked {
            Ok(()) => route(context, endpoint, peer, arrival, request).await,
            Err(flaw) => refuse_flaw(&context.service, request, flaw),
        }
    });
    let mut reply = answering.instrument(span).await;
    if let Some(trace) = trace {
        trace.name(&mut reply);
    }
    if let Some(id) = request_id {
        reply::echo_request_id(&mut reply, id);
    }
    if context.is_draining() {
        reply::close(&mut reply);
    }
    context.service.metrics().served(endpoint, arrival.elapsed());
    reply
}

fn endpoint(path: &str) -> Endpoint {
    match path {
        AUTH_REQUEST => Endpoint::AuthRequest,
        FORWARD_AUTH => Endpoint::ForwardAuth,
        EVALUATION => Endpoint::Evaluation,
        EVALUATIONS => Endpoint::Evaluations,
        METADATA => Endpoint::Metadata,
        CHECK => Endpoint::Check,
        _ if is_ext_authz(path) => Endpoint::ExtAuthz,
        _ => Endpoint::Other,
    }
}

/// Whether the rest is the path of an original request, which begins with a `/`.
fn is_ext_authz(path: &str) -> bool {
    path.strip_prefix(EXT_AUTHZ).is_some_and(|rest| rest.starts_with('/') || !Guard::LeadingSlash.stands())
}

async fn route(
    context: &Context,
    endpoint: Endpoint,
    peer: &Peer,
    arrival: Stopwatch,
    request: &mut Request<Incoming>,
) -> Reply {
    let deadline = Deadline::new(arrival, context.settings.deadline_ms);
    match endpoint {
        Endpoint::AuthRequest => authorize(context, Dialect::AuthRequest, peer, deadline, request),
        Endpoint::ForwardAuth => authorize(context, Dialect::ForwardAuth, peer, deadline, request),
        Endpoint::ExtAuthz => authorize(context, Dialect::EnvoyHttp, peer, deadline, request),
        Endpoint::Evaluation => evaluation(context, Form::One, peer, arrival, request).await,
        Endpoint::Evaluations => evaluation(context, Form::Several, peer, arrival, request).await,
        Endpoint::Metadata => metadata(context, request),
        Endpoint::Check if grpc::is_check(request) => grpc::check(context, peer, arrival, request).await,
        Endpoint::Check
        | Endpoint::Livez
        | Endpoint::Readyz
        | Endpoint::Metrics
        | Endpoint::OpenApi
        | Endpoint::Other => {
            let service = &context.service;
            if grpc::is_call(request) && !request.uri().path().starts_with(PROXIES) {
                grpc::unimplemented(service)
            } else {
                turn_down(service, request, Refusal::NotFound)
            }
        }
    }
}
