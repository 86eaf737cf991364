//! What callers are told who get no decision: the one place that turns a refusal into a status.

use hyper::header::{ALLOW, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use hyper::{Request, StatusCode};
use tracing::debug;

use super::gate::Refused;
use super::grpc;
use super::reply::{self, Reply};
use super::stand_in::PROXIES;
use crate::service::{Refusal, Service};

/// A queue that is not added to is gone sooner than that.
const RETRY_AFTER_SECONDS: HeaderValue = HeaderValue::from_static("1");

/// As RFC 6750 has it.
const SHOW_YOURSELF: HeaderValue = HeaderValue::from_static("Bearer");
const NOT_BELIEVED: HeaderValue = HeaderValue::from_static("Bearer error=\"invalid_token\"");
const NOT_ENOUGH: HeaderValue = HeaderValue::from_static("Bearer error=\"insufficient_scope\"");

/// What a proxy is told that asks where nothing is decided about other requests.
pub(super) const ELSEWHERE: &str = "whether a request may pass is asked below `/authz/`";

/// For applications and operators: a status and a sentence.
pub(super) fn refuse(service: &Service, refusal: Refusal) -> Reply {
    refuse_because(service, refusal, message(refusal))
}

/// As whoever asks understands it. Nothing passes by it, whatever asks.
pub(super) fn turn_down<B>(service: &Service, request: &Request<B>, refusal: Refusal) -> Reply {
    if grpc::is_check(request) {
        grpc::denied(service, refusal)
    } else if request.uri().path().starts_with(PROXIES) {
        deny(service, refusal)
    } else {
        refuse(service, refusal)
    }
}

/// With a sentence of its own.
pub(super) fn refuse_because(service: &Service, refusal: Refusal, because: &str) -> Reply {
    service.refused(refusal);
    let mut reply = reply::text(status(refusal), format!("{because}\n"));
    if refusal == Refusal::Overloaded {
        reply.headers_mut().insert(RETRY_AFTER, RETRY_AFTER_SECONDS);
    }
    if let Some(challenge) = challenge(refusal) {
        reply.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    reply
}

/// A method that the endpoint doesn't have, with those that it has.
pub(super) fn refuse_method(service: &Service, allowed: &'static str) -> Reply {
    let mut reply = refuse(service, Refusal::WrongMethod);
    reply.headers_mut().insert(ALLOW, HeaderValue::from_static(allowed));
    reply
}

/// For whoever made the request as it may not be made.
pub(super) fn refuse_flaw<B>(service: &Service, request: &Request<B>, refused: Refused) -> Reply {
    let refusal = refused.flaw.refusal();
    // Proxies pass no body on: who runs one finds it here. No value stands in it.
    debug!(flaw = refused.flaw.message(), "refused a request for how it is made");
    if grpc::is_check(request) {
        grpc::denied(service, refusal)
    } else if refused.is_of_proxy {
        deny(service, refusal)
    } else {
        refuse_because(service, refusal, refused.flaw.message())
    }
}

/// For proxies: whatever is wrong, the request may not pass.
pub(super) fn deny(service: &Service, refusal: Refusal) -> Reply {
    service.refused(refusal);
    let mut reply = reply::empty(StatusCode::FORBIDDEN);
    reply::name_reason(&mut reply, refusal.code());
    reply
}

/// How a client of a proxy may do better: what it showed of itself isn't believed.
pub(super) fn client_challenge(refusal: Refusal) -> Option<HeaderValue> {
    matches!(refusal, Refusal::InvalidToken | Refusal::InvalidKey).then_some(NOT_BELIEVED)
}

/// How a caller may do better.
fn challenge(refusal: Refusal) -> Option<HeaderValue> {
    match refusal {
        Refusal::InvalidToken | Refusal::InvalidKey => Some(NOT_BELIEVED),
        Refusal::UnknownCaller => Some(SHOW_YOURSELF),
        Refusal::ScopeMissing => Some(NOT_ENOUGH),
        _ => None,
    }
}

fn status(refusal: Refusal) -> StatusCode {
    match refusal {
        Refusal::MalformedRequest | Refusal::WrongContentType | Refusal::MalformedBody => {
            StatusCode::BAD_REQUEST
        }
        Refusal::TooManyHeaders | Refusal::HeadTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        Refusal::TargetTooLong => StatusCode::URI_TOO_LONG,
        Refusal::NotFound => StatusCode::NOT_FOUND,
        Refusal::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
        Refusal::BodyTooLarge | Refusal::BatchTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Refusal::BodyTooSlow | Refusal::HeadTooSlow => StatusCode::REQUEST_TIMEOUT,
        Refusal::UntrustedPeer
        | Refusal::CertificateExpired
        | Refusal::MalformedIdentity
        | Refusal::IdentityConflict
        | Refusal::UnknownCertificate
        | Refusal::ScopeMissing
        | Refusal::MalformedOriginal => StatusCode::FORBIDDEN,
        Refusal::InvalidToken | Refusal::InvalidKey | Refusal::UnknownCaller => StatusCode::UNAUTHORIZED,
        Refusal::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
        Refusal::InternalError => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn message(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::MalformedRequest => "the request is malformed",
        Refusal::TooManyHeaders => "there are too many headers",
        Refusal::HeadTooLarge => "the head is too large",
        Refusal::TargetTooLong => "the target is too long",
        Refusal::NotFound => "there is nothing here",
        Refusal::WrongMethod => "the method is not one of those in `Allow`",
        Refusal::WrongContentType => "the content type has to be `application/json`, in UTF-8 and not packed",
        Refusal::MalformedBody => "the body can't be read",
        Refusal::BodyTooLarge => "the body is too large",
        Refusal::BatchTooLarge => "there are too many evaluations",
        Refusal::BodyTooSlow => "the body took too long",
        Refusal::HeadTooSlow => "the head took too long",
        Refusal::UntrustedPeer => "the peer may not say what the original request was",
        Refusal::CertificateExpired => {
            "the client certificate of this connection has expired: connect with one that holds"
        }
        Refusal::MalformedIdentity => "the identity header is malformed",
        Refusal::IdentityConflict => "two sources name two subjects",
        Refusal::UnknownCertificate => "the certificate is nobody's who is known here",
        Refusal::InvalidToken => "the token is not believed",
        Refusal::InvalidKey => "the API key is not believed",
        Refusal::UnknownCaller => "callers have to say who they are",
        Refusal::ScopeMissing => "the caller may not ask this",
        Refusal::MalformedOriginal => "the original request is malformed",
        Refusal::Overloaded => "there is more to decide than can be decided in time: ask again later",
        Refusal::InternalError => "this can't be decided: it is Portcullis's fault, not yours",
    }
}
