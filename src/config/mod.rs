//! How this process runs: a file, the environment and flags become one validated [`Config`].
//!
//! Nothing here opens a file or reads the environment; whoever calls does, and says what is wrong with files that are named.

mod addresses;
pub mod identity;
mod key;
mod keys;
mod load;
mod part;
mod sharing;
mod tls;
mod tokens;
mod value;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use crate::model::Networks;

pub use identity::{ApiKey, CallerKind, Certificates, Issuer};
pub use load::{ENVIRONMENT_PREFIX, FILE_VARIABLE, Flags, load};

/// Everything that can be configured, with nothing left to check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The directory of policies and facts.
    pub policies: PathBuf,
    /// Where decisions are asked for. Never empty, without doubles.
    pub listen: Vec<Listener>,
    /// How those of them that speak TLS do; there are none without it.
    pub tls: Option<Tls>,
    /// Where health and metrics are asked for.
    pub admin: Listener,
    /// The permission bits of Unix sockets.
    pub socket_mode: u32,
    /// Who may say on whose behalf it asks.
    pub trusted_peers: TrustedPeers,
    /// Who may be told which rules decided.
    pub explain_peers: TrustedPeers,
    /// How many proxies there are in a row, the one that asks included.
    pub trusted_hops: usize,
    /// The header in which nginx says who is asking.
    pub subject_header: String,
    /// And the one in which a proxy of `/authz/forward-auth` does, if any.
    pub forwarded_subject_header: Option<String>,
    /// And the one in which Envoy does, if any.
    pub envoy_subject_header: Option<String>,
    /// What Envoy tells the application in the query too, where it asks by gRPC. Without doubles.
    pub envoy_query_parameters: Vec<QueryParameter>,
    /// The type of the subjects that proxies name: `type` or `package/type`.
    pub subject_type: String,
    /// Which obligations the applications behind the proxies understand, sorted.
    pub understood_obligations: Vec<String>,
    /// For how many seconds a proxy may keep an allow; 0 is not at all.
    pub max_age_seconds: u64,
    /// Where a browser is sent of which nobody knows who it is, with [`LOGIN_PLACEHOLDER`] once in its query.
    pub login_url: Option<String>,
    /// The `WWW-Authenticate` value of a 401.
    pub challenge: String,
    /// Where callers reach this decision point: `https://pdp.example.com`, without a `/` at its end.
    pub public_url: Option<String>,
    pub log_level: LogLevel,
    /// Which decisions are logged, at the level `info`.
    pub access_log: AccessLog,
    /// How long requests under way may take when the process is told to end.
    pub drain_seconds: u64,
    /// How often policies are looked at besides being watched.
    pub poll_seconds: u64,
    pub body_bytes_max: usize,
    pub header_timeout_ms: u64,
    pub request_timeout_ms: u64,
    /// How long after its arrival a request is worth deciding, unless it asks for less.
    pub deadline_ms: u64,
    pub connections_max: usize,
    /// How many of them one peer may have.
    pub connections_per_peer_max: usize,
    /// How many requests may be under way on one connection of HTTP/2.
    pub streams_max: u32,
    /// Whether addresses that other machines can reach may be listened on.
    pub allow_remote: bool,
    pub cache: Caching,
    /// Whether policies are loaded only if they have tests, and all of them pass.
    pub require_tests: bool,
    /// How whoever asks for decisions may show who it is; empty: nobody has to.
    pub callers: Vec<CallerKind>,
    pub tokens: Vec<Issuer>,
    pub api_keys: Vec<ApiKey>,
    pub certificates: Certificates,
}

/// Something of an allow that the application behind a proxy can be told in a parameter of the query, `portcullis-…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum QueryParameter {
    Subject,
    SubjectType,
    Organization,
    Obligations,
    Advice,
}

/// Where the address of the page stands in a `login_url` that a browser wanted.
pub const LOGIN_PLACEHOLDER: &str = "{url}";

/// What is kept of decisions that were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caching {
    pub mode: CacheMode,
    /// How much memory it may take.
    pub bytes_max: u64,
    /// Each so many-th answer that it gives is found out anew and compared; 0 is none.
    pub verify_every: u64,
}

/// Which decisions are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheMode {
    /// Those that take longer to make than to look up.
    Auto,
    On,
    Off,
}

/// Which decisions are logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessLog {
    Off,
    Denies,
    All,
}

/// Something to listen on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Listener {
    Tcp(SocketAddr),
    Unix(PathBuf),
    /// TCP with TLS on it.
    Tls(SocketAddr),
}

/// The certificates of our TLS, as files that may change at any time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// Our own, and after it those that vouch for it.
    pub certificate: PathBuf,
    pub key: PathBuf,
    /// Who issues the certificates of clients; there if they are asked for one.
    pub client_ca: Option<PathBuf>,
    pub client: TlsClient,
}

/// Whether clients are asked for a certificate. One that is wrong is refused also where none has to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsClient {
    None,
    Optional,
    Required,
}

/// A file that the configuration of TLS names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsFile {
    Certificate,
    Key,
    ClientCa,
}

/// What is wrong with one, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileProblem {
    pub file: TlsFile,
    pub message: String,
    pub help: String,
}

/// Peers that may do more than others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedPeers {
    pub networks: Networks,
    /// Whoever can open one of our Unix sockets.
    pub unix: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
}

impl Default for Caching {
    fn default() -> Caching {
        Caching { mode: CacheMode::Auto, bytes_max: 16 * 1024 * 1024, verify_every: 1_000 }
    }
}

impl CacheMode {
    pub const ALL: [CacheMode; 3] = [CacheMode::Auto, CacheMode::On, CacheMode::Off];

    pub const fn text(self) -> &'static str {
        match self {
            CacheMode::Auto => "auto",
            CacheMode::On => "on",
            CacheMode::Off => "off",
        }
    }
}

impl QueryParameter {
    pub const ALL: [QueryParameter; 5] = [
        QueryParameter::Subject,
        QueryParameter::SubjectType,
        QueryParameter::Organization,
        QueryParameter::Obligations,
        QueryParameter::Advice,
    ];

    pub const fn text(self) -> &'static str {
        match self {
            QueryParameter::Subject => "subject",
            QueryParameter::SubjectType => "subject-type",
            QueryParameter::Organization => "organization",
            QueryParameter::Obligations => "obligations",
            QueryParameter::Advice => "advice",
        }
    }
}

impl AccessLog {
    pub const ALL: [AccessLog; 3] = [AccessLog::Off, AccessLog::Denies, AccessLog::All];

    pub const fn text(self) -> &'static str {
        match self {
            AccessLog::Off => "off",
            AccessLog::Denies => "denies",
            AccessLog::All => "all",
        }
    }
}

impl TlsClient {
    pub const ALL: [TlsClient; 3] = [TlsClient::None, TlsClient::Optional, TlsClient::Required];

    pub const fn text(self) -> &'static str {
        match self {
            TlsClient::None => "none",
            TlsClient::Optional => "optional",
            TlsClient::Required => "required",
        }
    }
}

impl LogLevel {
    pub const ALL: [LogLevel; 4] = [LogLevel::Error, LogLevel::Warn, LogLevel::Info, LogLevel::Debug];

    pub const fn text(self) -> &'static str {
        match self {
            LogLevel::Error => "error",
            LogLevel::Warn => "warn",
            LogLevel::Info => "info",
            LogLevel::Debug => "debug",
        }
    }
}

impl fmt::Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Listener::Tcp(address) => address.fmt(f),
            Listener::Unix(path) => write!(f, "unix:{}", path.display()),
            Listener::Tls(address) => write!(f, "tls:{address}"),
        }
    }
}

#[cfg(test)]
mod tests;
