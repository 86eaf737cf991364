//! What Envoy asks, as it would ask it over HTTP: the original request below a prefix.
//!
//! | of the call | becomes |
//! | --- | --- |
//! | `method`, `path` | the request line |
//! | `host` | `Host` |
//! | `scheme`, unless Envoy's own `X-Forwarded-Proto` is there | `X-Forwarded-Proto` |
//! | `source.address`, unless there are proxies before Envoy | `X-Forwarded-For` |
//! | `source.principal`, if it is a SPIFFE id | `X-Forwarded-Client-Cert` |
//! | `headers` or `header_map` | all other headers |
//! | `Portcullis-Key` of the call itself | `Portcullis-Key` |

use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::header::{HOST, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Uri};
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tracing::debug;

use super::super::dialect::Dialect;
use super::super::gate;
use super::super::head::check_value;
use super::super::original::EXT_AUTHZ;
use super::super::settings::Settings;
use super::messages::{CheckRequest, HttpRequest, Peer, RawHeaders};
use super::{frame, query};
use crate::identity::{ClientCertificate, is_spiffe_id};
use crate::model::value::read_ip;
use crate::sabotage::Guard;
use crate::service::Refusal;

/// More headers than any proxy lets through.
const HEADERS_MAX: usize = 256;

const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const CLIENT_CERTIFICATE: HeaderName = HeaderName::from_static("x-forwarded-client-cert");
/// With which a proxy shows who it is itself. In a client's request it says nothing.
const PROXY_KEY: HeaderName = HeaderName::from_static("portcullis-key");

/// The question that Envoy would ask over HTTP.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) request: Request<Empty<Bytes>>,
}

/// Why there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Malformed {
    #[error("the message is cut off, packed, too deep, or none")]
    Message,
    #[error("the call says nothing of an HTTP request")]
    Missing,
    #[error("the method or the path can't be one")]
    Line,
    #[error("a header can't be one, or there are too many")]
    Header,
    #[error("both `headers` and `header_map` are there")]
    TwoMaps,
    #[error("the source has an address that is none")]
    Address,
    #[error("a parameter of the query could be taken for one of ours")]
    Parameter,
    #[error("`Host` is not the host that was asked")]
    Host,
}

impl Asked {
    /// Reads the message of a call with these headers of its own.
    pub(super) fn read(body: &[u8], own: &HeaderMap, settings: &Settings) -> Result<Asked, Refusal> {
        let refused = |error: Malformed| {
            debug!(%error, "refused a call");
            if error == Malformed::Message { Refusal::MalformedBody } else { Refusal::MalformedOriginal }
        };
        let message: CheckRequest = frame::read(body).ok_or(Malformed::Message).map_err(refused)?;
        let attributes = message.attributes.ok_or(Malformed::Missing).map_err(refused)?;
        let http = attributes.request.and_then(|request| request.http);
        let http = http.ok_or(Malformed::Missing).map_err(refused)?;
        let source = attributes.source.unwrap_or_default();
        let mut headers = headers(&http).map_err(refused)?;
        if http.header_map.is_none() {
            is_once(&headers, settings.subject_header(Dialect::EnvoyGrpc))?;
        }
        set_host(&mut headers, &http.host).map_err(refused)?;
        if !headers.contains_key(FORWARDED_PROTO) {
            set(&mut headers, FORWARDED_PROTO, &http.scheme).map_err(refused)?;
        }
        if settings.trusted_hops == 1 {
            set(&mut headers, FORWARDED_FOR, address(&source).map_err(refused)?).map_err(refused)?;
        }
        let id = spiffe_id(&source)?;
        if settings.certificates.forwarded && id.is_none() && shows_certificate(&source) {
            debug!("refused a certificate that names no workload");
            return Err(Refusal::MalformedIdentity);
        }
        let certificate = id.map(|id| format!("URI={id}")).unwrap_or_default();
        set(&mut headers, CLIENT_CERTIFICATE, &certificate).map_err(refused)?;
        headers.remove(PROXY_KEY);
        for key in gate::values(own, &PROXY_KEY) {
            headers.append(PROXY_KEY, key.clone());
        }
        if !settings.envoy_query_parameters.is_empty() && query::has_lookalike(&http.path) {
            return Err(refused(Malformed::Parameter));
        }
        let mut request = line(&http).map_err(refused)?;
        *request.headers_mut() = headers;
        Ok(Asked { request })
    }
}

/// Nothing of the path may get lost on the way into a target: what stands behind a `#` would.
fn line(http: &HttpRequest) -> Result<Request<Empty<Bytes>>, Malformed> {
    let is_seen = |byte: u8| byte.is_ascii_graphic() || !Guard::TargetBytes.stands();
    let is_fragment = |byte: u8| byte == b'#' && Guard::Fragments.stands();
    let is_path = (http.path.starts_with('/') || !Guard::LeadingSlash.stands())
        && http.path.bytes().all(|byte| is_seen(byte) && !is_fragment(byte));
    let method = Method::from_bytes(http.method.as_bytes()).map_err(|_| Malformed::Line)?;
    let target = Uri::try_from(format!("{EXT_AUTHZ}{}", http.path)).map_err(|_| Malformed::Line)?;
    if !is_path {
        return Err(Malformed::Line);
    }
    let mut request = Request::new(Empty::new());
    *request.method_mut() = method;
    *request.uri_mut() = target;
    Ok(request)
}

/// The client's headers, of whichever form there is.
fn headers(http: &HttpRequest) -> Result<HeaderMap, Malformed> {
    let mut headers = HeaderMap::new();
    match &http.header_map {
        None => {
            for (name, value) in &http.headers {
                add(&mut headers, name, value.as_bytes())?;
            }
        }
        Some(_) if !http.headers.is_empty() => return Err(Malformed::TwoMaps),
        Some(RawHeaders { headers: raw }) => {
            for header in raw {
                let forms = (header.value.as_bytes(), header.raw_value.as_slice());
                let ((value, []) | ([], value)) = forms else { return Err(Malformed::Header) };
                add(&mut headers, &header.key, value)?;
            }
        }
    }
    Ok(headers)
}

fn add(headers: &mut HeaderMap, name: &str, value: &[u8]) -> Result<(), Malformed> {
    // `:path` and its like are said elsewhere too.
    if name.starts_with(':') {
        return Ok(());
    }
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| Malformed::Header)?;
    check_value(value).map_err(|_| Malformed::Header)?;
    let value = HeaderValue::from_bytes(value).map_err(|_| Malformed::Header)?;
    if headers.len() >= HEADERS_MAX {
        return Err(Malformed::Header);
    }
    headers.append(name, value);
    Ok(())
}

/// Where the client is; nothing if it is in no network.
fn address(source: &Peer) -> Result<&str, Malformed> {
    let Some(socket) = source.address.as_ref().and_then(|address| address.socket_address.as_ref()) else {
        return Ok("");
    };
    // One, and not several as other proxies list them.
    match read_ip(&socket.address) {
        None if Guard::AddressForm.stands() => Err(Malformed::Address),
        _ => Ok(&socket.address),
    }
}

/// Puts it in the place of all that a client sent under the name; nothing is none.
fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) -> Result<(), Malformed> {
    headers.remove(&name);
    if !value.is_empty() {
        headers.insert(name, HeaderValue::from_str(value).map_err(|_| Malformed::Header)?);
    }
    Ok(())
}

fn set_host(headers: &mut HeaderMap, host: &str) -> Result<(), Malformed> {
    let agrees = {
        let mut said = gate::values(headers, &HOST);
        said.next().is_none_or(|said| said == host) && said.next().is_none()
    };
    if (host.is_empty() || !agrees) && Guard::OneHost.stands() {
        return Err(Malformed::Host);
    }
    set(headers, HOST, host)
}

/// Where Envoy joins headers of one name, who is asking may be the end of one and the start of another.
fn is_once(headers: &HeaderMap, subject: Option<&HeaderName>) -> Result<(), Refusal> {
    let is_joined = |name| gate::values(headers, name).any(|value| value.as_bytes().contains(&b','));
    if subject.is_some_and(is_joined) {
        debug!("refused an identity that may be two: Envoy tells them apart with `encode_raw_headers`");
        return Err(Refusal::MalformedIdentity);
    }
    Ok(())
}

/// The SPIFFE id of the certificate that Envoy verified. Of several URIs Envoy takes the first; where it sends the certificate too, that
/// there is only one is made sure of.
fn spiffe_id(source: &Peer) -> Result<Option<&str>, Refusal> {
    let id = Some(source.principal.as_str()).filter(|principal| is_spiffe_id(principal));
    if source.certificate.is_empty() {
        return Ok(id);
    }
    let read = decoded(&source.certificate)
        .and_then(|pem| CertificateDer::from_pem_slice(&pem).ok())
        .and_then(|der| ClientCertificate::read(&der).ok());
    let Some(certificate) = read else {
        debug!("refused a certificate that can't be read");
        return Err(Refusal::MalformedIdentity);
    };
    Ok(id.filter(|id| certificate.spiffe_id.as_deref() == Some(id)))
}

/// Whether Envoy says anything of a client's certificate. One that is shown and not believed makes nobody anonymous.
fn shows_certificate(source: &Peer) -> bool {
    !source.principal.is_empty() || !source.certificate.is_empty()
}

/// Without its percent-encoding.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => digit(bytes.next()?)? << 4 | digit(bytes.next()?)?,
            other => other,
        });
    }
    Some(decoded)
}
