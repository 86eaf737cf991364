//! `GET /.well-known/authzen-configuration`: AuthZEN's metadata of a policy decision point.
//!
//! Its addresses are built from `public_url` and from nothing that a caller sends, so that no forged `Host` can lead
//! other callers astray. Without `public_url` there is no such document.

use hyper::body::Incoming;
use hyper::{Method, Request, StatusCode};
use serde::Serialize;

use super::decisions::{EVALUATION, EVALUATIONS};
use super::refusal::{self, refuse, refuse_because, refuse_method};
use super::reply::{self, Reply};
use super::{Context, gate};
use crate::service::Refusal;

#[derive(Serialize)]
struct Metadata<'a> {
    policy_decision_point: &'a str,
    access_evaluation_endpoint: String,
    access_evaluations_endpoint: String,
}

pub(super) fn metadata(context: &Context, request: &Request<Incoming>) -> Reply {
    let service = &context.service;
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return refuse_method(service, "GET, HEAD");
    }
    if gate::asks_about_another(request.headers()) {
        return refuse_because(service, Refusal::MalformedOriginal, refusal::ELSEWHERE);
    }
    let Some(url) = &context.settings.public_url else {
        let because = "there is no metadata: `public_url` is not configured";
        return refuse_because(service, Refusal::NotFound, because);
    };
    let metadata = Metadata {
        policy_decision_point: url,
        access_evaluation_endpoint: format!("{url}{EVALUATION}"),
        access_evaluations_endpoint: format!("{url}{EVALUATIONS}"),
    };
    match serde_json::to_vec(&metadata) {
        Ok(body) => reply::json(StatusCode::OK, body),
        Err(_) => refuse(service, Refusal::InternalError),
    }
}
