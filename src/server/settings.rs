//! The configuration, in the types that the listeners use.

use std::time::Duration;

use hyper::header::{HeaderName, HeaderValue};

use super::dialect::Dialect;
use super::upstream;
use crate::config::identity::CallerKind;
use crate::config::{Certificates, Config, LOGIN_PLACEHOLDER, QueryParameter, TrustedPeers};

#[derive(Debug)]
pub(super) struct Settings {
    pub(super) trusted_peers: TrustedPeers,
    /// Who may be told why.
    pub(super) explain_peers: TrustedPeers,
    /// How whoever asks may show who it is; empty: nobody has to.
    pub(super) callers: Vec<CallerKind>,
    /// Whose certificates name somebody.
    pub(super) certificates: Certificates,
    /// How many proxies there are in a row, the one that asks included.
    pub(super) trusted_hops: usize,
    /// Say who is asking, in each dialect, from trusted peers.
    subject_header: HeaderName,
    forwarded_subject_header: Option<HeaderName>,
    envoy_subject_header: Option<HeaderName>,
    /// What Envoy tells the application in the query too.
    pub(super) envoy_query_parameters: Vec<QueryParameter>,
    /// The type of the subjects that these headers name.
    pub(super) subject_type: String,
    /// As applications are told it; none if that can't be.
    pub(super) told_subject_type: Option<HeaderValue>,
    /// Which obligations the applications behind the proxies understand.
    pub(super) understood_obligations: Vec<String>,
    /// For how long a proxy may keep an allow; 0 is not at all.
    pub(super) max_age_seconds: u64,
    /// Where browsers of whom nobody knows who they are can say so.
    pub(super) login_url: Option<LoginUrl>,
    /// `WWW-Authenticate` where nobody is identified.
    pub(super) challenge: HeaderValue,
    /// Where callers reach this decision point.
    pub(super) public_url: Option<String>,
    /// How long after its arrival a request is worth deciding.
    pub(super) deadline_ms: u64,
    pub(super) body_bytes_max: usize,
    /// For a request's head, and for an idle connection.
    pub(super) header_timeout: Duration,
    /// For a request's body, and for the caller to take its answer.
    pub(super) request_timeout: Duration,
    /// How many requests may be under way on one connection of HTTP/2.
    pub(super) streams_max: u32,
    /// How long requests under way may take to finish once the server stops.
    pub(super) drain: Duration,
}

/// What stands around the address to come back to.
#[derive(Debug)]
pub(super) struct LoginUrl {
    pub(super) before: String,
    pub(super) after: String,
}

/// What HTTP can't carry.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("`{0}` is no name of a header")]
    SubjectHeader(String),
    #[error("`{0}` is no value of a header")]
    Challenge(String),
}

impl Settings {
    pub(super) fn new(config: &Config) -> Result<Settings, SettingsError> {
        let challenge = config.challenge.parse();
        Ok(Settings {
            trusted_peers: config.trusted_peers.clone(),
            explain_peers: config.explain_peers.clone(),
            callers: config.callers.clone(),
            certificates: config.certificates.clone(),
            trusted_hops: config.trusted_hops,
            subject_header: header_name(&config.subject_header)?,
            forwarded_subject_header: some_header_name(config.forwarded_subject_header.as_deref())?,
            envoy_subject_header: some_header_name(config.envoy_subject_header.as_deref())?,
            envoy_query_parameters: config.envoy_query_parameters.clone(),
            subject_type: config.subject_type.clone(),
            told_subject_type: upstream::text(Some(&config.subject_type)),
            understood_obligations: config.understood_obligations.clone(),
            max_age_seconds: config.max_age_seconds,
            login_url: config
                .login_url
                .as_deref()
                .and_then(|url| url.split_once(LOGIN_PLACEHOLDER))
                .map(|(before, after)| LoginUrl { before: before.to_owned(), after: after.to_owned() }),
            challenge: challenge.map_err(|_| SettingsError::Challenge(config.challenge.clone()))?,
            public_url: config.public_url.clone(),
            deadline_ms: config.deadline_ms,
            body_bytes_max: config.body_bytes_max,
            header_timeout: Duration::from_millis(config.header_timeout_ms),
            request_timeout: Duration::from_millis(config.request_timeout_ms),
            streams_max: config.streams_max,
            drain: Duration::from_secs(config.drain_seconds),
        })
    }
    /// The header in which a proxy of this dialect says who is asking, if there is one.
    pub(super) fn subject_header(&self, dialect: Dialect) -> Option<&HeaderName> {
        match dialect {
            Dialect::AuthRequest => Some(&self.subject_header),
            Dialect::ForwardAuth => self.forwarded_subject_header.as_ref(),
            Dialect::EnvoyHttp | Dialect::EnvoyGrpc => self.envoy_subject_header.as_ref(),
        }
    }
}

fn header_name(text: &str) -> Result<HeaderName, SettingsError> {
    text.parse().map_err(|_| SettingsError::SubjectHeader(text.to_owned()))
}

fn some_header_name(text: Option<&str>) -> Result<Option<HeaderName>, SettingsError> {
    text.map(header_name).transpose()
}
