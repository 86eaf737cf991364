//! The closed sets of what metrics tell apart.

/// Where a request came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    Evaluation,
    Evaluations,
    AuthRequest,
    ForwardAuth,
    ExtAuthz,
    /// The same by gRPC.
    Check,
    Metadata,
    Livez,
    Readyz,
    Metrics,
    OpenApi,
    /// A path that nothing stands at, or a request too malformed to have one.
    Other,
}

/// Why a request got no decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The HTTP around it is malformed or ambiguous.
    MalformedRequest,
    TooManyHeaders,
    HeadTooLarge,
    TargetTooLong,
    NotFound,
    WrongMethod,
    WrongContentType,
    MalformedBody,
    BodyTooLarge,
    /// More questions at once than may be asked.
    BatchTooLarge,
    BodyTooSlow,
    /// Part of a head came, and the rest didn't in time.
    HeadTooSlow,
    /// The peer may not say what the original request was.
    UntrustedPeer,
    /// The client certificate of the connection holds no longer.
    CertificateExpired,
    MalformedIdentity,
    /// Two sources name two subjects.
    IdentityConflict,
    /// A certificate that was forwarded is nobody's who is known here.
    UnknownCertificate,
    /// The token is not believed; which tokens are is counted apart.
    InvalidToken,
    /// The API key is not believed.
    InvalidKey,
    /// Whoever asks has to say who it is.
    UnknownCaller,
    /// Who asks is known, and may not ask this.
    ScopeMissing,
    MalformedOriginal,
    /// Requests of its priority are turned away while the others have to wait.
    Overloaded,
    /// A defect of ours.
    InternalError,
}

/// How a handshake of TLS ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handshake {
    Completed,
    /// The other side spoke no TLS, none that we do, or has no certificate that counts.
    Failed,
    TooSlow,
}

/// Whose certificates they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certificates {
    /// Those that we show.
    Server,
    /// Those that vouch for clients.
    ClientCa,
}

/// What came of looking at the keys of an issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyFetch {
    Changed,
    Confirmed,
    /// Nobody answered, or the file is not there.
    Unreachable,
    /// Something else than 200 was answered.
    Status,
    /// It is not a set of keys.
    Malformed,
}

/// How an attempt to load something ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reload {
    Success,
    Failure,
}

impl Endpoint {
    pub const ALL: [Endpoint; 12] = [
        Endpoint::Evaluation,
        Endpoint::Evaluations,
        Endpoint::AuthRequest,
        Endpoint::ForwardAuth,
        Endpoint::ExtAuthz,
        Endpoint::Check,
        Endpoint::Metadata,
        Endpoint::Livez,
        Endpoint::Readyz,
        Endpoint::Metrics,
        Endpoint::OpenApi,
        Endpoint::Other,
    ];

    pub const fn code(self) -> &'static str {
        match self {
            Endpoint::Evaluation => "evaluation",
            Endpoint::Evaluations => "evaluations",
            Endpoint::AuthRequest => "auth_request",
            Endpoint::ForwardAuth => "forward_auth",
            Endpoint::ExtAuthz => "ext_authz",
            Endpoint::Check => "check",
            Endpoint::Metadata => "metadata",
            Endpoint::Livez => "livez",
            Endpoint::Readyz => "readyz",
            Endpoint::Metrics => "metrics",
            Endpoint::OpenApi => "openapi",
            Endpoint::Other => "other",
        }
    }
}

impl Refusal {
    pub const ALL: [Refusal; 24] = [
        Refusal::MalformedRequest,
        Refusal::TooManyHeaders,
        Refusal::HeadTooLarge,
        Refusal::TargetTooLong,
        Refusal::NotFound,
        Refusal::WrongMethod,
        Refusal::WrongContentType,
        Refusal::MalformedBody,
        Refusal::BodyTooLarge,
        Refusal::BatchTooLarge,
        Refusal::BodyTooSlow,
        Refusal::HeadTooSlow,
        Refusal::UntrustedPeer,
        Refusal::CertificateExpired,
        Refusal::MalformedIdentity,
        Refusal::IdentityConflict,
        Refusal::UnknownCertificate,
        Refusal::InvalidToken,
        Refusal::InvalidKey,
        Refusal::UnknownCaller,
        Refusal::ScopeMissing,
        Refusal::MalformedOriginal,
        Refusal::Overloaded,
        Refusal::InternalError,
    ];

    pub const fn code(self) -> &'static str {
        match self {
            Refusal::MalformedRequest => "malformed_request",
            Refusal::TooManyHeaders => "too_many_headers",
            Refusal::HeadTooLarge => "head_too_large",
            Refusal::TargetTooLong => "target_too_long",
            Refusal::NotFound => "not_found",
            Refusal::WrongMethod => "wrong_method",
            Refusal::WrongContentType => "wrong_content_type",
            Refusal::MalformedBody => "malformed_body",
            Refusal::BodyTooLarge => "body_too_large",
            Refusal::BatchTooLarge => "batch_too_large",
            Refusal::BodyTooSlow => "body_too_slow",
            Refusal::HeadTooSlow => "head_too_slow",
            Refusal::UntrustedPeer => "untrusted_peer",
            Refusal::CertificateExpired => "certificate_expired",
            Refusal::MalformedIdentity => "malformed_identity",
            Refusal::IdentityConflict => "identity_conflict",
            Refusal::UnknownCertificate => "unknown_certificate",
            Refusal::InvalidToken => "invalid_token",
            Refusal::InvalidKey => "invalid_key",
            Refusal::UnknownCaller => "unknown_caller",
            Refusal::ScopeMissing => "scope_missing",
            Refusal::MalformedOriginal => "malformed_original",
            Refusal::Overloaded => "overloaded",
            Refusal::InternalError => "internal_error",
        }
    }
}

impl Handshake {
    pub const ALL: [Handshake; 3] = [Handshake::Completed, Handshake::Failed, Handshake::TooSlow];

    pub const fn code(self) -> &'static str {
        match self {
            Handshake::Completed => "completed",
            Handshake::Failed => "failed",
            Handshake::TooSlow => "too_slow",
        }
    }
}

impl Certificates {
    pub const fn code(self) -> &'static str {
        match self {
            Certificates::Server => "server",
            Certificates::ClientCa => "client_ca",
        }
    }
}

impl KeyFetch {
    pub const ALL: [KeyFetch; 5] = [
        KeyFetch::Changed,
        KeyFetch::Confirmed,
        KeyFetch::Unreachable,
        KeyFetch::Status,
        KeyFetch::Malformed,
    ];

    pub const fn code(self) -> &'static str {
        match self {
            KeyFetch::Changed => "changed",
            KeyFetch::Confirmed => "confirmed",
            KeyFetch::Unreachable => "unreachable",
            KeyFetch::Status => "status",
            KeyFetch::Malformed => "malformed",
        }
    }
}

impl Reload {
    pub const ALL: [Reload; 2] = [Reload::Success, Reload::Failure];

    pub const fn code(self) -> &'static str {
        match self {
            Reload::Success => "success",
            Reload::Failure => "failure",
        }
    }
}
