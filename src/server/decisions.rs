//! The listener that answers who may do what.
//!
//! | path | who asks |
//! | --- | --- |
//! | `POST /access/v1/evaluation` | applications, by AuthZEN |
//! | `POST /access/v1/evaluations` | applications, many questions at once |
//! | `GET /.well-known/authzen-configuration` | applications, where the others are |
//! | `/authz/auth-request` | nginx |

use std::time::Instant as Stopwatch;

use hyper::Request;
use hyper::body::{Body, Incoming};

use super::auth_request::auth_request;
use super::evaluation::{Form, evaluation};
use super::metadata::metadata;
use super::refusal::{deny, refuse, refuse_flaw};
use super::reply::{self, Reply};
use super::strict::PROXIES;
use super::{Context, gate};
use crate::identity::Peer;
use crate::service::{Endpoint, Refusal};

pub(super) const EVALUATION: &str = "/access/v1/evaluation";
pub(super) const EVALUATIONS: &str = "/access/v1/evaluations";
const METADATA: &str = "/.well-known/authzen-configuration";
const AUTH_REQUEST: &str = "/authz/auth-request";

pub(super) async fn decisions(
    context: &Context,
    peer: Peer,
    arrival: Stopwatch,
    request: Request<Incoming>,
) -> Reply {
    let request_id = reply::request_id(request.headers());
    let (endpoint, mut reply) = route(context, peer, arrival, request).await;
    if let Some(id) = request_id {
        reply::echo_request_id(&mut reply, id);
    }
    if context.is_draining() {
        reply::close(&mut reply);
    }
    context.service.metrics().served(endpoint, arrival.elapsed());
    reply
}

async fn route(
    context: &Context,
    peer: Peer,
    arrival: Stopwatch,
    request: Request<Incoming>,
) -> (Endpoint, Reply) {
    if let Err(refused) = gate::check(&request) {
        return (Endpoint::Other, refuse_flaw(&context.service, refused));
    }
    match request.uri().path() {
        AUTH_REQUEST => {
            let mut reply = auth_request(context, peer, arrival, request.headers());
            if !request.body().is_end_stream() {
                reply::close(&mut reply);
            }
            (Endpoint::AuthRequest, reply)
        }
        EVALUATION => (Endpoint::Evaluation, evaluation(context, Form::One, peer, arrival, request).await),
        EVALUATIONS => {
            (Endpoint::Evaluations, evaluation(context, Form::Several, peer, arrival, request).await)
        }
        METADATA => (Endpoint::Metadata, metadata(context, &request)),
        path if path.starts_with(PROXIES) => (Endpoint::Other, deny(&context.service, Refusal::NotFound)),
        _ => (Endpoint::Other, refuse(&context.service, Refusal::NotFound)),
    }
}
