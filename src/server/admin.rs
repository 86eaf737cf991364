//! The listener for operators.
//!
//! | path | says |
//! | --- | --- |
//! | `GET /livez` | 200 while the process runs |
//! | `GET /readyz` | 200 with the revision that decides; 503 before the first good policy and while draining |
//! | `GET /openapi.json` | the decision API as an OpenAPI document |
//! | `GET /metrics` | OpenMetrics 1.0 if `Accept` wants it as much as anything else, the text format of Prometheus if not |

use std::time::Instant as Stopwatch;

use hyper::body::Incoming;
use hyper::header::{ACCEPT, HeaderMap, HeaderValue, VARY};
use hyper::{Method, Request, StatusCode};
use serde::Serialize;

use super::refusal::{self, refuse, refuse_because, refuse_method};
use super::reply::{self, Reply};
use super::{Context, gate};
use crate::service::{Endpoint, Exposition, Refusal, World};

/// What `/access/v1/…` takes and says.
const OPENAPI: &str = include_str!("openapi.json");

#[derive(Serialize)]
struct Readiness<'a> {
    ready: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    revision: Option<&'a str>,
    draining: bool,
    /// Why the last attempt to load failed, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a str>,
    /// Issuers whose tokens are all refused, because their keys aren't known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    without_keys: Vec<&'a str>,
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
        "/openapi.json" => Endpoint::OpenApi,
        _ => Endpoint::Other,
    };
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let reply = match (gate::check(request), endpoint) {
        (Err(refused), _) => refuse_because(&context.service, refused.flaw.refusal(), refused.flaw.message()),
        (Ok(()), _) if gate::asks_about_another(request.headers()) => {
            refuse_because(&context.service, Refusal::MalformedOriginal, refusal::ELSEWHERE)
        }
        (Ok(()), Endpoint::Livez) if is_read => reply::text(StatusCode::OK, "alive\n"),
        (Ok(()), Endpoint::Readyz) if is_read => readyz(context),
        (Ok(()), Endpoint::Metrics) if is_read => metrics(context, request.headers()),
        (Ok(()), Endpoint::OpenApi) if is_read => reply::json(StatusCode::OK, OPENAPI),
        (Ok(()), Endpoint::Livez | Endpoint::Readyz | Endpoint::Metrics | Endpoint::OpenApi) => {
            refuse_method(&context.service, "GET, HEAD")
        }
        (
            Ok(()),
            Endpoint::Evaluation
            | Endpoint::Evaluations
            | Endpoint::AuthRequest
            | Endpoint::ForwardAuth
            | Endpoint::ExtAuthz
            | Endpoint::Check
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
        without_keys: context.tokens.without_keys(snapshot.now),
    };
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    match serde_json::to_vec(&readiness) {
        Ok(body) => reply::json(status, body),
        Err(_) => reply::empty(StatusCode::SERVICE_UNAVAILABLE),
    }
}

fn metrics(context: &Context, headers: &HeaderMap) -> Reply {
    let exposition = exposition(headers);
    context.tokens.measure(context.service.now());
    match context.service.metrics_text(exposition) {
        Ok(text) => {
            let content_type = HeaderValue::from_static(exposition.content_type());
            let mut reply = reply::with_body(StatusCode::OK, Some(content_type), text.into());
            reply.headers_mut().insert(VARY, HeaderValue::from_static("accept"));
            reply
        }
        Err(error) => reply::text(StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")),
    }
}

/// How the metrics are wanted: not as they always were only if that is asked for by name, and no less than the old way.
fn exposition(headers: &HeaderMap) -> Exposition {
    let (mut open, mut plain) = (0., 0.);
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    for range in accepted.flat_map(|value| value.split(',')) {
        let mut parts = range.split(';').map(str::trim);
        let media = parts.next().unwrap_or("").to_ascii_lowercase();
        let (mut quality, mut is_known) = (1., true);
        for (name, value) in parts.filter_map(|part| part.split_once('=')) {
            match name.to_ascii_lowercase().as_str() {
                "q" => quality = value.parse().unwrap_or(0_f64),
                "version" => is_known &= value.trim_matches('"') == "1.0.0",
                _ => {}
            }
        }
        match media.as_str() {
            "application/openmetrics-text" if is_known => open = quality.max(open),
            "text/plain" => plain = quality.max(plain),
            _ => {}
        }
    }
    if open > 0. && open >= plain { Exposition::OpenMetrics } else { Exposition::Prometheus }
}
