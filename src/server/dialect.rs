//! How the proxies that ask differ: in which words each says what the original request was.
//!
//! A dialect reads its own words and no others: what another dialect's header says is nothing, whoever sent it.

/// What a proxy speaks. Each has an endpoint of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// nginx's `auth_request`: headers that its configuration sets.
    AuthRequest,
    /// Caddy's and Traefik's forward authentication, and HAProxy's Lua client.
    ForwardAuth,
    /// Envoy's `ext_authz` over HTTP: the original request's own method and path, below a prefix.
    EnvoyHttp,
    /// And over gRPC, once the call has been turned into the same request.
    EnvoyGrpc,
}

/// How many headers say what the original request was, in any dialect.
pub(super) const NAMES_MAX: usize = 5;

impl Dialect {
    /// The headers that say what the original request was: its host, scheme, client address, method and target. Those that
    /// the request line says instead are left out at the end.
    pub(super) const fn names(self) -> &'static [&'static str] {
        match self {
            Dialect::AuthRequest => &[
                "x-original-host",
                "x-original-proto",
                "x-original-ip",
                "x-original-method",
                "x-original-uri",
            ],
            Dialect::ForwardAuth => &[
                "x-forwarded-host",
                "x-forwarded-proto",
                "x-forwarded-for",
                "x-forwarded-method",
                "x-forwarded-uri",
            ],
            Dialect::EnvoyHttp | Dialect::EnvoyGrpc => &["host", "x-forwarded-proto", "x-forwarded-for"],
        }
    }

    /// Whether every proxy on the way adds an address to the client's, instead of one proxy saying whose it is.
    pub(super) const fn lists_addresses(self) -> bool {
        match self {
            Dialect::AuthRequest => false,
            Dialect::ForwardAuth | Dialect::EnvoyHttp | Dialect::EnvoyGrpc => true,
        }
    }

    /// Whether the proxy hands a denial on to the client as it is: body, redirect and all. nginx drops bodies and makes a redirect
    /// an error of its own.
    pub(super) const fn carries_answers(self) -> bool {
        match self {
            Dialect::AuthRequest => false,
            Dialect::ForwardAuth | Dialect::EnvoyHttp | Dialect::EnvoyGrpc => true,
        }
    }

    /// Whether a header that is there several times comes as one, with commas. Over gRPC the call itself says so.
    pub(super) const fn joins_headers(self) -> bool {
        match self {
            Dialect::AuthRequest | Dialect::ForwardAuth | Dialect::EnvoyGrpc => false,
            Dialect::EnvoyHttp => true,
        }
    }

    /// Whether it is Envoy who asks.
    pub(super) const fn is_envoy(self) -> bool {
        match self {
            Dialect::AuthRequest | Dialect::ForwardAuth => false,
            Dialect::EnvoyHttp | Dialect::EnvoyGrpc => true,
        }
    }

    /// Whether the request line below the prefix is the original one.
    pub(super) const fn is_in_request_line(self) -> bool {
        match self {
            Dialect::AuthRequest | Dialect::ForwardAuth => false,
            Dialect::EnvoyHttp | Dialect::EnvoyGrpc => true,
        }
    }
}
