//! The keys of the configuration.

use super::load::ENVIRONMENT_PREFIX;

/// What can be configured: `listen` in the file, `PORTCULLIS_LISTEN` in the environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Policies,
    Listen,
    TlsCertificate,
    TlsSecret,
    TlsClientCa,
    TlsClient,
    Admin,
    SocketMode,
    TrustedPeers,
    ExplainPeers,
    TrustedHops,
    SubjectHeader,
    ForwardedSubjectHeader,
    EnvoySubjectHeader,
    EnvoyQueryParameters,
    SubjectType,
    UnderstoodObligations,
    MaxAgeSeconds,
    LoginUrl,
    Challenge,
    PublicUrl,
    LogLevel,
    AccessLog,
    DrainSeconds,
    PollSeconds,
    BodyBytesMax,
    HeaderTimeoutMs,
    RequestTimeoutMs,
    DeadlineMs,
    ConnectionsMax,
    ConnectionsPerPeerMax,
    StreamsMax,
    AllowRemote,
    Cache,
    CacheBytesMax,
    CacheVerifyEvery,
    RequireTests,
    Callers,
    Tokens,
    ApiKeys,
    Certificates,
}

/// How a value is written in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Text,
    /// In the environment with commas between them.
    Texts,
    Int,
    Bool,
    /// More than words: in the file alone.
    Tree,
}

impl Key {
    pub(super) const ALL: [Key; 41] = [
        Key::Policies,
        Key::Listen,
        Key::TlsCertificate,
        Key::TlsSecret,
        Key::TlsClientCa,
        Key::TlsClient,
        Key::Admin,
        Key::SocketMode,
        Key::TrustedPeers,
        Key::ExplainPeers,
        Key::TrustedHops,
        Key::SubjectHeader,
        Key::ForwardedSubjectHeader,
        Key::EnvoySubjectHeader,
        Key::EnvoyQueryParameters,
        Key::SubjectType,
        Key::UnderstoodObligations,
        Key::MaxAgeSeconds,
        Key::LoginUrl,
        Key::Challenge,
        Key::PublicUrl,
        Key::LogLevel,
        Key::AccessLog,
        Key::DrainSeconds,
        Key::PollSeconds,
        Key::BodyBytesMax,
        Key::HeaderTimeoutMs,
        Key::RequestTimeoutMs,
        Key::DeadlineMs,
        Key::ConnectionsMax,
        Key::ConnectionsPerPeerMax,
        Key::StreamsMax,
        Key::AllowRemote,
        Key::Cache,
        Key::CacheBytesMax,
        Key::CacheVerifyEvery,
        Key::RequireTests,
        Key::Callers,
        Key::Tokens,
        Key::ApiKeys,
        Key::Certificates,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Key::Policies => "policies",
            Key::Listen => "listen",
            Key::TlsCertificate => "tls_certificate",
            Key::TlsSecret => "tls_key",
            Key::TlsClientCa => "tls_client_ca",
            Key::TlsClient => "tls_client",
            Key::Admin => "admin",
            Key::SocketMode => "socket_mode",
            Key::TrustedPeers => "trusted_peers",
            Key::ExplainPeers => "explain_peers",
            Key::TrustedHops => "trusted_hops",
            Key::SubjectHeader => "subject_header",
            Key::ForwardedSubjectHeader => "forwarded_subject_header",
            Key::EnvoySubjectHeader => "envoy_subject_header",
            Key::EnvoyQueryParameters => "envoy_query_parameters",
            Key::SubjectType => "subject_type",
            Key::UnderstoodObligations => "understood_obligations",
            Key::MaxAgeSeconds => "max_age_seconds",
            Key::LoginUrl => "login_url",
            Key::Challenge => "challenge",
            Key::PublicUrl => "public_url",
            Key::LogLevel => "log_level",
            Key::AccessLog => "access_log",
            Key::DrainSeconds => "drain_seconds",
            Key::PollSeconds => "poll_seconds",
            Key::BodyBytesMax => "body_bytes_max",
            Key::HeaderTimeoutMs => "header_timeout_ms",
            Key::RequestTimeoutMs => "request_timeout_ms",
            Key::DeadlineMs => "deadline_ms",
            Key::ConnectionsMax => "connections_max",
            Key::ConnectionsPerPeerMax => "connections_per_peer_max",
            Key::StreamsMax => "streams_max",
            Key::AllowRemote => "allow_remote",
            Key::Cache => "cache",
            Key::CacheBytesMax => "cache_bytes_max",
            Key::CacheVerifyEvery => "cache_verify_every",
            Key::RequireTests => "require_tests",
            Key::Callers => "callers",
            Key::Tokens => "tokens",
            Key::ApiKeys => "api_keys",
            Key::Certificates => "certificates",
        }
    }

    pub(super) const fn shape(self) -> Shape {
        match self {
            Key::Policies
            | Key::TlsCertificate
            | Key::TlsSecret
            | Key::TlsClientCa
            | Key::TlsClient
            | Key::Admin
            | Key::SocketMode
            | Key::SubjectHeader
            | Key::ForwardedSubjectHeader
            | Key::EnvoySubjectHeader
            | Key::SubjectType
            | Key::LoginUrl
            | Key::Challenge
            | Key::PublicUrl
            | Key::LogLevel
            | Key::AccessLog
            | Key::Cache => Shape::Text,
            Key::Listen
            | Key::TrustedPeers
            | Key::ExplainPeers
            | Key::EnvoyQueryParameters
            | Key::UnderstoodObligations
            | Key::Callers => Shape::Texts,
            Key::TrustedHops
            | Key::MaxAgeSeconds
            | Key::DrainSeconds
            | Key::PollSeconds
            | Key::BodyBytesMax
            | Key::HeaderTimeoutMs
            | Key::RequestTimeoutMs
            | Key::DeadlineMs
            | Key::ConnectionsMax
            | Key::ConnectionsPerPeerMax
            | Key::StreamsMax
            | Key::CacheBytesMax
            | Key::CacheVerifyEvery => Shape::Int,
            Key::AllowRemote | Key::RequireTests => Shape::Bool,
            Key::Tokens | Key::ApiKeys | Key::Certificates => Shape::Tree,
        }
    }
}

/// What Kubernetes puts into the environment of every container beside a service named `portcullis`.
pub(super) fn is_service_link(name: &str) -> bool {
    let rest = name.strip_prefix(ENVIRONMENT_PREFIX).unwrap_or(name);
    let is_port = |rest: &str| rest.starts_with(|first: char| first.is_ascii_digit());
    rest == "PORT"
        || rest.strip_prefix("PORT_").is_some_and(is_port)
        || rest == "SERVICE_HOST"
        || rest == "SERVICE_PORT"
        || rest.starts_with("SERVICE_PORT_")
}
