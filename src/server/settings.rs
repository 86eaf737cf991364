//! The configuration, in the types that the listeners use.

use std::time::Duration;

use hyper::header::{HeaderName, HeaderValue};

use crate::config::{Config, TrustedPeers};

#[derive(Debug)]
pub(super) struct Settings {
    pub(super) trusted_peers: TrustedPeers,
    /// Who may be told why.
    pub(super) explain_peers: TrustedPeers,
    /// Says who is asking on `/authz/auth-request`, from trusted peers.
    pub(super) subject_header: HeaderName,
    /// The type of the subjects that the header names.
    pub(super) subject_type: String,
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
        let subject_header = config.subject_header.parse();
        let challenge = config.challenge.parse();
        Ok(Settings {
            trusted_peers: config.trusted_peers.clone(),
            explain_peers: config.explain_peers.clone(),
            subject_header: subject_header
                .map_err(|_| SettingsError::SubjectHeader(config.subject_header.clone()))?,
            subject_type: config.subject_type.clone(),
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
}
