//! Asking a sidecar, by AuthZEN.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, InvalidHeaderValue};
use hyper::http::uri::{InvalidUri, PathAndQuery, Scheme};
use hyper::{Method, Request, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::ser::{SerializeMap, SerializeSeq, Serializer};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;

use super::{Asked, Verdict};
use crate::model::Input;
use crate::model::causes::causes;

const EVALUATION: &str = "/access/v1/evaluation";
const REASON: &str = "portcullis-reason";
/// Answers are a few dozen bytes, and with advice a few hundred.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

#[derive(Clone)]
pub(super) struct Remote {
    client: Client<HttpConnector, Full<Bytes>>,
    endpoint: Uri,
    authorization: Option<HeaderValue>,
    patience: Duration,
}

/// Why nobody can be asked there, or so.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    #[error("`{0}` is no address: {1}")]
    Address(String, InvalidUri),
    #[error("`{0}` has to be `http://HOST:PORT` and nothing more")]
    NotPlain(String),
    #[error("the credential can't stand in a header: {0}")]
    Credential(#[from] InvalidHeaderValue),
}

/// AuthZEN's evaluation request.
#[derive(Serialize)]
struct Evaluation<'a> {
    subject: Party<'a>,
    action: Action<'a>,
    resource: Party<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Wire<'a>>,
}

#[derive(Serialize)]
struct Party<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    id: &'a str,
}

#[derive(Serialize)]
struct Action<'a> {
    name: &'a str,
}

/// A core type as it is written in requests.
struct Wire<'a>(&'a Input<'a>);

/// AuthZEN's evaluation response, as far as it matters.
#[derive(Deserialize)]
struct Evaluated {
    decision: bool,
}

impl Remote {
    pub(super) fn new(url: &str, patience: Duration) -> Result<Remote, RemoteError> {
        let address: Uri = url.parse().map_err(|error| RemoteError::Address(url.to_owned(), error))?;
        let mut parts = address.into_parts();
        let bare = parts.path_and_query.as_ref().is_none_or(|path| path == "/");
        if parts.scheme != Some(Scheme::HTTP) || !bare {
            return Err(RemoteError::NotPlain(url.to_owned()));
        }
        parts.path_and_query = Some(PathAndQuery::from_static(EVALUATION));
        let endpoint = Uri::from_parts(parts).map_err(|_| RemoteError::NotPlain(url.to_owned()))?;
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Remote { client, endpoint, authorization: None, patience })
    }

    pub(super) fn with_patience(&self, patience: Duration) -> Remote {
        Remote { patience, ..self.clone() }
    }

    pub(super) fn with_bearer(&self, credential: &str) -> Result<Remote, RemoteError> {
        let mut value: HeaderValue = format!("Bearer {credential}").parse()?;
        value.set_sensitive(true);
        Ok(Remote { authorization: Some(value), ..self.clone() })
    }

    pub(super) async fn ask(&self, asked: Asked<'_>) -> Verdict {
        match timeout(self.patience, self.exchange(asked)).await {
            Ok(Ok(verdict)) => verdict,
            Ok(Err(problem)) => Verdict::Undecided(problem),
            Err(_) => Verdict::Undecided(format!("no answer within {} ms", self.patience.as_millis())),
        }
    }

    async fn exchange(&self, asked: Asked<'_>) -> Result<Verdict, String> {
        let request = self.request(asked).map_err(|error| format!("the question can't be sent: {error}"))?;
        let answer =
            self.client.request(request).await.map_err(|error| format!("can't ask: {}", causes(&error)))?;
        let status = answer.status();
        let reason = answer.headers().get(REASON).and_then(|reason| reason.to_str().ok());
        let reason = reason.unwrap_or("denied").to_owned();
        if status != StatusCode::OK {
            return Err(format!("the answer is {status} ({reason})"));
        }
        let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await;
        let body = body.map_err(|error| format!("the answer broke off: {error}"))?.to_bytes();
        let evaluated: Evaluated =
            serde_json::from_slice(&body).map_err(|error| format!("the answer is none: {error}"))?;
        Ok(if evaluated.decision { Verdict::Allow } else { Verdict::Deny(reason) })
    }

    fn request(&self, asked: Asked<'_>) -> Result<Request<Full<Bytes>>, Box<dyn std::error::Error>> {
        let context = (!asked.context.is_empty()).then_some(Input::Record(asked.context));
        let evaluation = Evaluation {
            subject: Party { kind: &asked.subject.kind, id: &asked.subject.id },
            action: Action { name: asked.action },
            // AuthZEN asks for one; no resource has this one.
            resource: Party { kind: asked.kind, id: asked.id.unwrap_or_default() },
            context: context.as_ref().map(Wire),
        };
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(self.endpoint.clone())
            .header(CONTENT_TYPE, "application/json")
            .body(Full::from(serde_json::to_vec(&evaluation)?))?;
        if let Some(authorization) = &self.authorization {
            request.headers_mut().insert(AUTHORIZATION, authorization.clone());
        }
        Ok(request)
    }
}

impl Serialize for Wire<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Input::Null => serializer.serialize_unit(),
            Input::Bool(value) => serializer.serialize_bool(*value),
            Input::Int(value) => serializer.serialize_i64(*value),
            Input::Decimal(value) => serializer.serialize_f64(*value),
            Input::Text(text) => serializer.serialize_str(text),
            Input::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(&Wire(item))?;
                }
                list.end()
            }
            Input::Record(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, value) in members {
                    map.serialize_entry(name, &Wire(value))?;
                }
                map.end()
            }
        }
    }
}
