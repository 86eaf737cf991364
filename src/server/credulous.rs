//! What a request would be taken for if a guard against believing something were out. Each is a mistake that others have made.

use std::fmt::Debug;

use http_body_util::BodyExt;
use hyper::Request;
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, HeaderMap, UPGRADE};

use super::stand_in::PROXIES;
use crate::engine::OriginalParts;
use crate::identity::Subject;
use crate::sabotage::Guard;
use crate::service::Service;

const METHODS: [&str; 3] = ["x-http-method-override", "x-method-override", "x-http-method"];
const TARGETS: [&str; 4] = ["x-original-url", "x-rewrite-url", "x-envoy-original-path", "x-original-path"];
const ADDRESSES: [&str; 4] = ["x-real-ip", "x-client-ip", "x-envoy-external-address", "true-client-ip"];
const NAMES: [&str; 2] = ["portcullis-subject", "x-auth-user"];
const AGENTS: [&str; 3] = ["kube-probe", "GoogleHC", "Prometheus"];
const CHECKS: [&str; 4] = ["/livez", "/readyz", "/metrics", "/ping"];

/// What everybody may have.
const OPEN: &str = "/public/page";

pub(super) fn believed<'a, B>(request: &'a Request<B>, mut parts: OriginalParts<'a>) -> OriginalParts<'a> {
    let headers = request.headers();
    let first = |names: &[&str]| names.iter().find_map(|name| text(headers, name));
    if !Guard::MethodOverrides.stands() {
        parts.method = first(&METHODS).unwrap_or(parts.method);
    }
    if !Guard::OtherTargets.stands() {
        parts.uri = first(&TARGETS).unwrap_or(parts.uri);
    }
    if !Guard::OtherAddresses.stands() {
        let forwarded = text(headers, "forwarded");
        let of = |key| forwarded?.split(';').find_map(|part| part.strip_prefix(key));
        parts.ip = first(&ADDRESSES).or(of("for=")).or(parts.ip);
        parts.scheme = text(headers, "x-forwarded-port").map(|_| "https").or(of("proto=")).or(parts.scheme);
        parts.uri = text(headers, "x-forwarded-prefix").map_or(parts.uri, |_| OPEN);
    }
    let agent = parts.user_agent.unwrap_or_default();
    let is_check = AGENTS.iter().any(|name| agent.starts_with(name)) || CHECKS.contains(&parts.uri);
    let is_open = is_check && !Guard::HealthChecks.stands()
        || headers.contains_key(UPGRADE) && !Guard::Upgrades.stands()
        || headers.contains_key("portcullis-reason") && !Guard::NamedByClients.stands();
    if is_open {
        parts.uri = OPEN;
    }
    parts
}

/// Whom the client says it is.
pub(super) fn named(headers: &HeaderMap) -> Option<Subject<'_>> {
    if Guard::NamedByClients.stands() {
        return None;
    }
    let id = NAMES.iter().find_map(|name| text(headers, name));
    let id = id.or_else(|| headers.get(AUTHORIZATION).map(|_| "alice"))?;
    Some(Subject {
        kind: "user".into(),
        id: id.into(),
        attributes: Vec::new(),
        organization: None,
        roles: Vec::new(),
        ends: None,
    })
}

/// For the whole body of a proxy's question, however long it takes, and takes what stands behind it for headers.
pub(super) async fn wait(request: &mut Request<Incoming>) {
    if Guard::HeadAlone.stands() || !request.uri().path().starts_with(PROXIES) {
        return;
    }
    while let Some(Ok(frame)) = request.body_mut().frame().await {
        request.headers_mut().extend(frame.into_trailers().unwrap_or_default());
    }
}

/// Counts it under the client's own words.
pub(super) fn count(service: &Service, asked: &impl Debug) {
    if !Guard::Labels.stands() {
        service.metrics().asked(&format!("{asked:?}"));
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
