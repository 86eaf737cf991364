//! The listener for operators.
//!
//! | path | says |
//! | --- | --- |
//! | `GET /livez` | 200 while the process runs |
//! | `GET /readyz` | 200 with the revision that decides; 503 before the first good policy and while draining |
//! | `GET /metrics` | the Prometheus text format |

use std::time::Instant as Stopwatch;

use hyper::body::Incoming;
use hyper::header::HeaderValue;
use hyper::{Method, Request, StatusCode};
use serde::Serialize;

use super::refusal::{refuse, refuse_because, refuse_method};
use super::reply::{self, Reply};
use super::{Context, gate};
use crate::service::metrics::METRICS_CONTENT_TYPE;
use crate::service::{Endpoint, Refusal, World};

#[derive(Serialize)]
struct Readiness<'a> {
    ready: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<&'a str>,
    draining: bool,
    /// Why the last attempt to load failed, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a str>,
}

pub(super) fn admin(context: &Context, request: &Request<Incoming>) -> Reply {
    let start = Stopwatch::now();
    let (endpoint, mut reply) = route(context, request);
    if let Some(id) = reply::request_id(request.headers()) {
        reply::echo_request_id(&mut reply, id);
    }
    context.service.metrics().served(endpoint, start.elapsed());
    reply
}

fn route(context: &Context, request: &Request<Incoming>) -> (Endpoint, Reply) {
    let endpoint = match request.uri().path() {
        "/livez" => Endpoint::Livez,
        "/readyz" => Endpoint::Readyz,
        "/metrics" => Endpoint::Metrics,
        _ => Endpoint::Other,
    };
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let reply = match (gate::check(request), endpoint) {
        (Err(refused), _) => refuse_because(&context.service, refused.flaw.refusal(), refused.flaw.message()),
        (Ok(()), Endpoint::Livez) if is_read => reply::text(StatusCode::OK, "alive\n"),
        (Ok(()), Endpoint::Readyz) if is_read => readyz(context),
        (Ok(()), Endpoint::Metrics) if is_read => metrics(context),
        (Ok(()), Endpoint::Livez | Endpoint::Readyz | Endpoint::Metrics) => {
            refuse_method(&context.service, "GET, HEAD")
        }
        (
            Ok(()),
            Endpoint::Evaluation
            | Endpoint::Evaluations
            | Endpoint::AuthRequest
            | Endpoint::Metadata
            | Endpoint::Other,
        ) => refuse(&context.service, Refusal::NotFound),
    };
    (endpoint, reply)
}

fn readyz(context: &Context) -> Reply {
    let snapshot = context.service.snapshot();
    let problem = context.service.problem();
    let draining = context.is_draining();
    let readiness = Readiness {
        ready: snapshot.world().is_some() && !draining,
        revision: snapshot.world().map(World::revision_text),
        draining,
        problem: problem.as_ref().map(|problem| problem.as_str()),
    };
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    match serde_json::to_vec(&readiness) {
        Ok(body) => reply::json(status, body),
        Err(_) => reply::empty(StatusCode::SERVICE_UNAVAILABLE),
    }
}

fn metrics(context: &Context) -> Reply {
    match context.service.metrics_text() {
        Ok(text) => {
            let content_type = HeaderValue::from_static(METRICS_CONTENT_TYPE);
            reply::with_body(StatusCode::OK, Some(content_type), text.into())
        }
        Err(error) => reply::text(StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")),
    }
}
