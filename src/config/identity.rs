//! Who may be believed about who is asking: issuers of tokens, API keys, certificates. The types; `tokens` and `keys` read them.

use std::path::PathBuf;

use crate::model::Instant;

/// Who signs tokens, how they are checked, and what is taken from them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// Its `iss`, byte for byte.
    pub issuer: String,
    /// Never empty: one of them has to be in `aud`.
    pub audiences: Vec<String>,
    /// Never empty.
    pub algorithms: Vec<Algorithm>,
    pub keys: KeySource,
    /// The certificates of the authorities that the keys' host is believed by; none: those of the machine.
    pub keys_ca: Option<PathBuf>,
    /// How often keys are looked at, where nothing asks for it sooner.
    pub keys_refresh_seconds: u64,
    /// Keys that were not confirmed for longer are not used.
    pub keys_age_max_seconds: u64,
    /// How far clocks may be apart.
    pub leeway_seconds: u64,
    /// What `typ` may be; a token without one is a `JWT`.
    pub types: Vec<String>,
    /// The claim with the scopes of a caller; none: no token of it is a caller's.
    pub scopes: Option<ClaimPath>,
    pub subject: Claims,
}

/// What is taken from a token, and nothing else is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The type of its subjects: `type` or `package/type`.
    pub kind: String,
    pub id: ClaimPath,
    /// Where the subject belongs, and where roles hold that don't say it themselves.
    pub organization: Option<ClaimPath>,
    /// Within which organizations it may speak; empty stands for all.
    pub organizations: Vec<String>,
    pub roles: Option<ClaimPath>,
    /// From what the claim says to `package/role`; if there is one, nothing else is a role.
    pub role_names: Vec<(String, String)>,
    /// Attributes of the subject, and the claim of each.
    pub attributes: Vec<(String, ClaimPath)>,
}

/// The names of members that lead to a claim, from the outermost. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimPath(pub Vec<String>);

/// Where the keys of an issuer are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    File(PathBuf),
    /// `https`, or `http` on this machine.
    Url(String),
}

/// How tokens may be signed: by what only the issuer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    Ps384,
    Ps512,
    Es256,
    Es384,
    EdDsa,
}

/// A key that a caller or a subject shows whole. Only its hash is known here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    pub id: String,
    pub sha256: [u8; 32],
    pub kind: String,
    pub subject: String,
    pub scopes: Vec<Scope>,
    pub expires: Option<Instant>,
}

/// Whose certificates name somebody.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Certificates {
    /// Empty: nobody's.
    pub trust_domains: Vec<String>,
    /// The type of the subjects: `type` or `package/type`.
    pub kind: String,
    /// Whether Envoy says in `X-Forwarded-Client-Cert` whose certificate it saw.
    pub forwarded: bool,
    /// What a caller with one may do.
    pub scopes: Vec<Scope>,
}

/// What a caller of the decision API may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Ask by AuthZEN.
    Decide,
    /// Be told why.
    Explain,
    /// Ask for other people's requests, as a proxy.
    Proxy,
}

/// How a caller may show who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallerKind {
    Tokens,
    ApiKeys,
    Certificates,
}

/// Whether it is `package/role`.
pub fn is_role_name(text: &str) -> bool {
    let is_identifier = super::value::is_identifier;
    text.split_once('/').is_some_and(|(package, role)| is_identifier(package) && is_identifier(role))
}

impl Algorithm {
    pub const ALL: [Algorithm; 9] = [
        Algorithm::Rs256,
        Algorithm::Rs384,
        Algorithm::Rs512,
        Algorithm::Ps256,
        Algorithm::Ps384,
        Algorithm::Ps512,
        Algorithm::Es256,
        Algorithm::Es384,
        Algorithm::EdDsa,
    ];

    pub const fn text(self) -> &'static str {
        match self {
            Algorithm::Rs256 => "RS256",
            Algorithm::Rs384 => "RS384",
            Algorithm::Rs512 => "RS512",
            Algorithm::Ps256 => "PS256",
            Algorithm::Ps384 => "PS384",
            Algorithm::Ps512 => "PS512",
            Algorithm::Es256 => "ES256",
            Algorithm::Es384 => "ES384",
            Algorithm::EdDsa => "EdDSA",
        }
    }

    /// The algorithm of exactly this name.
    pub fn named(text: &str) -> Option<Algorithm> {
        Algorithm::ALL.into_iter().find(|algorithm| algorithm.text() == text)
    }
}

impl Certificates {
    /// Whether this SPIFFE id is of one of the trust domains.
    pub fn knows(&self, spiffe_id: &str) -> bool {
        let domain = spiffe_id.strip_prefix("spiffe://").and_then(|rest| rest.split('/').next());
        domain.is_some_and(|domain| self.trust_domains.iter().any(|known| known == domain))
    }
}

impl Scope {
    pub const ALL: [Scope; 3] = [Scope::Decide, Scope::Explain, Scope::Proxy];

    pub const fn text(self) -> &'static str {
        match self {
            Scope::Decide => "decide",
            Scope::Explain => "explain",
            Scope::Proxy => "proxy",
        }
    }
}

impl CallerKind {
    pub const ALL: [CallerKind; 3] = [CallerKind::Tokens, CallerKind::ApiKeys, CallerKind::Certificates];

    pub const fn text(self) -> &'static str {
        match self {
            CallerKind::Tokens => "tokens",
            CallerKind::ApiKeys => "api_keys",
            CallerKind::Certificates => "certificates",
        }
    }
}
