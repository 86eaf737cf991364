//! Signed tokens (JWT, RFC 7519): what one has to be like before anything in it is believed.
//!
//! Its unverified `iss` picks the entry of the configuration; from there on the entry alone says what is right. Each check
//! is one function, and each refusal has a reason of its own, which is counted and never shown to whoever sent the token.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::Subject;
use super::claims;
use super::key_ring::KeyRing;
use crate::config::identity::{Algorithm, Issuer, Scope};
use crate::document::json;
use crate::model::limits::BEARER_BYTES_MAX;
use crate::model::{Input, Instant};

/// The issuers that are believed, each with its keys.
#[derive(Debug)]
pub struct Issuers {
    issuers: Vec<Trusted>,
}

/// One issuer.
#[derive(Debug)]
pub struct Trusted {
    pub issuer: Issuer,
    pub keys: Arc<KeyRing>,
}

/// What a token turned out to say.
#[derive(Debug, Clone, PartialEq)]
pub struct Verified {
    pub subject: Subject<'static>,
    /// What its bearer may ask of the decision API.
    pub scopes: Vec<Scope>,
    /// From then on it says nothing.
    pub ends: Instant,
    /// Who signed it, as a place in the list, and which generation of keys it was checked with.
    issuer: usize,
    generation: u64,
}

/// Why a token is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenRefusal {
    TooLarge,
    /// Not three parts of base64url, or not JSON, strictly.
    Malformed,
    /// It wants to be read in a way, or with a key, that it brings itself.
    Header,
    Type,
    /// None that the issuer's entry lists, or `none`, or one with a shared secret.
    Algorithm,
    Issuer,
    /// There are no keys of the issuer, or none that were confirmed lately.
    NoKeys,
    UnknownKey,
    Signature,
    Expired,
    NotYetValid,
    Audience,
    /// A claim that has to be there is missing, or of another type.
    Claims,
    /// Of the roles that it brings one can't be believed, or there are too many.
    Roles,
}

/// Members of a header that would have a token say by itself how it is to be believed.
const SELF_WITNESS: [&str; 7] = ["crit", "b64", "jku", "jwk", "x5u", "x5c", "zip"];

impl Issuers {
    pub fn new(issuers: &[Issuer]) -> Issuers {
        let trusted = |issuer: &Issuer| Trusted {
            issuer: issuer.clone(),
            keys: Arc::new(KeyRing::new(issuer.keys_age_max_seconds)),
        };
        Issuers { issuers: issuers.iter().map(trusted).collect() }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Trusted> {
        self.issuers.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.issuers.is_empty()
    }

    /// Whether what was found out about a token once holds still: its time isn't over, and its key is there.
    pub fn holds(&self, verified: &Verified, now: Instant) -> bool {
        now < verified.ends
            && self
                .issuers
                .get(verified.issuer)
                .is_some_and(|trusted| trusted.keys.holds(verified.generation, now))
    }

    /// Checks a token. Nothing in it is believed before its signature is.
    pub fn verify(&self, token: &str, now: Instant) -> Result<Verified, TokenRefusal> {
        check_size(token)?;
        let (signed, signature) = token.rsplit_once('.').ok_or(TokenRefusal::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(TokenRefusal::Malformed)?;
        let (header, claims) = (decode(header)?, decode(claims)?);
        let (header, claims) = (object(&header)?, object(&claims)?);

        let issuer = claims.member("iss").and_then(text).ok_or(TokenRefusal::Issuer)?;
        let trusted = self.issuers.iter().position(|trusted| trusted.issuer.issuer == issuer);
        let number = trusted.ok_or(TokenRefusal::Issuer)?;
        let Trusted { issuer, keys } = self.issuers.get(number).ok_or(TokenRefusal::Issuer)?;
        check_self_witness(&header)?;
        check_type(&header, &issuer.types)?;
        let algorithm = check_algorithm(&header, &issuer.algorithms)?;

        let held = keys.usable(now).ok_or_else(|| {
            keys.want();
            TokenRefusal::NoKeys
        })?;
        let held = held.as_ref().ok_or(TokenRefusal::NoKeys)?;
        let matching = held.keys.matching(key_id(&header)?, algorithm);
        if matching.is_empty() {
            keys.want();
            return Err(TokenRefusal::UnknownKey);
        }
        if !matching.iter().any(|key| key.signed(algorithm, signed.as_bytes(), signature)) {
            return Err(TokenRefusal::Signature);
        }

        let leeway = i64::try_from(issuer.leeway_seconds).unwrap_or(i64::MAX).saturating_mul(1_000_000);
        let ends = check_expiry(&claims, now, leeway)?;
        check_begun(&claims, now, leeway)?;
        check_audience(&claims, &issuer.audiences)?;
        let subject = claims::subject(&claims, &issuer.subject, ends)?;
        let scopes = issuer.scopes.as_ref().map_or_else(Vec::new, |path| claims::scopes(&claims, path));
        Ok(Verified { subject, scopes, ends, issuer: number, generation: held.generation })
    }
}

impl TokenRefusal {
    pub const ALL: [TokenRefusal; 14] = [
        TokenRefusal::TooLarge,
        TokenRefusal::Malformed,
        TokenRefusal::Header,
        TokenRefusal::Type,
        TokenRefusal::Algorithm,
        TokenRefusal::Issuer,
        TokenRefusal::NoKeys,
        TokenRefusal::UnknownKey,
        TokenRefusal::Signature,
        TokenRefusal::Expired,
        TokenRefusal::NotYetValid,
        TokenRefusal::Audience,
        TokenRefusal::Claims,
        TokenRefusal::Roles,
    ];

    pub const fn code(self) -> &'static str {
        match self {
            TokenRefusal::TooLarge => "too_large",
            TokenRefusal::Malformed => "malformed",
            TokenRefusal::Header => "header",
            TokenRefusal::Type => "type",
            TokenRefusal::Algorithm => "algorithm",
            TokenRefusal::Issuer => "issuer",
            TokenRefusal::NoKeys => "no_keys",
            TokenRefusal::UnknownKey => "unknown_key",
            TokenRefusal::Signature => "signature",
            TokenRefusal::Expired => "expired",
            TokenRefusal::NotYetValid => "not_yet_valid",
            TokenRefusal::Audience => "audience",
            TokenRefusal::Claims => "claims",
            TokenRefusal::Roles => "roles",
        }
    }
}

fn check_size(token: &str) -> Result<(), TokenRefusal> {
    if token.len() > BEARER_BYTES_MAX { Err(TokenRefusal::TooLarge) } else { Ok(()) }
}

fn check_self_witness(header: &Input<'_>) -> Result<(), TokenRefusal> {
    let brings = SELF_WITNESS.iter().any(|name| header.member(name).is_some());
    if brings { Err(TokenRefusal::Header) } else { Ok(()) }
}

/// `at+jwt` and `application/at+jwt` are one, in any case of letters; a token that doesn't say is a `JWT`.
fn check_type(header: &Input<'_>, types: &[String]) -> Result<(), TokenRefusal> {
    let media = |name: &str| {
        let name = name.to_ascii_lowercase();
        name.strip_prefix("application/").map_or_else(|| name.clone(), str::to_owned)
    };
    let said = match header.member("typ") {
        None => "JWT",
        Some(said) => text(said).ok_or(TokenRefusal::Type)?,
    };
    if types.iter().any(|known| media(known) == media(said)) { Ok(()) } else { Err(TokenRefusal::Type) }
}

/// The algorithm, if the issuer's entry lists it. Those with a shared secret and `none` have no name here.
fn check_algorithm(header: &Input<'_>, allowed: &[Algorithm]) -> Result<Algorithm, TokenRefusal> {
    let said = header.member("alg").and_then(text).and_then(Algorithm::named);
    said.filter(|said| allowed.contains(said)).ok_or(TokenRefusal::Algorithm)
}

/// What the header calls its key: compared with the names of known keys, and never looked up anywhere.
fn key_id<'i>(header: &'i Input<'_>) -> Result<Option<&'i str>, TokenRefusal> {
    match header.member("kid") {
        None => Ok(None),
        Some(id) => text(id).map(Some).ok_or(TokenRefusal::Malformed),
    }
}

/// When the token ends, if it hasn't: the time has to be there, as a number.
fn check_expiry(claims: &Input<'_>, now: Instant, leeway: i64) -> Result<Instant, TokenRefusal> {
    let expires = claims.member("exp").and_then(date).ok_or(TokenRefusal::Claims)?;
    let ends = Instant::from_micros(expires.micros().saturating_add(leeway));
    if now < ends { Ok(ends) } else { Err(TokenRefusal::Expired) }
}

/// Neither `nbf` nor `iat` may be in the future.
fn check_begun(claims: &Input<'_>, now: Instant, leeway: i64) -> Result<(), TokenRefusal> {
    let latest = now.micros().saturating_add(leeway);
    for name in ["nbf", "iat"] {
        let Some(said) = claims.member(name) else { continue };
        if date(said).ok_or(TokenRefusal::Claims)?.micros() > latest {
            return Err(TokenRefusal::NotYetValid);
        }
    }
    Ok(())
}

/// Whether the token is meant for us: it has to say for whom it is.
fn check_audience(claims: &Input<'_>, audiences: &[String]) -> Result<(), TokenRefusal> {
    let is_ours = |said: &Input<'_>| text(said).is_some_and(|said| audiences.iter().any(|ours| ours == said));
    let ours = match claims.member("aud") {
        Some(said @ Input::Text(_)) => is_ours(said),
        Some(Input::List(said)) => {
            if said.iter().any(|one| text(one).is_none()) {
                return Err(TokenRefusal::Claims);
            }
            said.iter().any(is_ours)
        }
        _ => return Err(TokenRefusal::Claims),
    };
    if ours { Ok(()) } else { Err(TokenRefusal::Audience) }
}

/// Seconds since 1970, perhaps with a fraction.
fn date(said: &Input<'_>) -> Option<Instant> {
    match said {
        Input::Int(seconds) => Some(Instant::from_seconds(*seconds)),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "it keeps within bounds, and the fraction of a microsecond is nothing"
        )]
        Input::Decimal(seconds) => Some(Instant::from_micros((seconds * 1e6) as i64)),
        _ => None,
    }
}

fn decode(part: &str) -> Result<String, TokenRefusal> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenRefusal::Malformed)?;
    String::from_utf8(bytes).map_err(|_| TokenRefusal::Malformed)
}

fn object(text: &str) -> Result<Input<'_>, TokenRefusal> {
    let input = json::read(text).map_err(|_| TokenRefusal::Malformed)?;
    if matches!(input, Input::Record(_)) { Ok(input) } else { Err(TokenRefusal::Malformed) }
}

fn text<'i>(input: &'i Input<'_>) -> Option<&'i str> {
    if let Input::Text(text) = input { Some(text) } else { None }
}
