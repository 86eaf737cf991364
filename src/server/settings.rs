//! What the listeners need to know, in the types that they use.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use hyper::header::{HeaderName, HeaderValue};

use crate::identity::Trust;

/// Where to listen, or where somebody listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    Tcp(SocketAddr),
    Unix(PathBuf),
}

#[derive(Debug, Clone)]
pub struct Settings {
    pub listen: Vec<Address>,
    pub admin: Address,
    /// The permissions of Unix sockets.
    pub socket_mode: u32,
    pub trust: Trust,
    /// Says who is asking on `/authz/auth-request`, from trusted peers.
    pub subject_header: HeaderName,
    /// The type of the subjects that the header names.
    pub subject_type: String,
    /// `WWW-Authenticate` where nobody is identified.
    pub challenge: HeaderValue,
    pub body_bytes_max: usize,
    /// For a request's head, and for an idle connection.
    pub header_timeout: Duration,
    /// For a request's body.
    pub request_timeout: Duration,
    pub connections_max: usize,
    /// How long requests under way may take to finish once the server stops.
    pub drain: Duration,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Tcp(address) => write!(f, "{address}"),
            Address::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}
