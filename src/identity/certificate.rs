//! What a verified client certificate says of whoever presented it.
//!
//! Whether a certificate is believed was settled in the handshake: its chain, its use, and that the other side has its key.

#[cfg(test)]
#[path = "certificate_tests.rs"]
mod tests;

use sha2::{Digest, Sha256};
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::der::oid::ObjectIdentifier;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::{DirectoryString, GeneralName};
use x509_cert::time::Time;

use super::hexadecimal;
use crate::document::characters::is_visible;
use crate::model::Instant;
use crate::model::limits::REQUEST_TEXT_BYTES_MAX;

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
/// As the SPIFFE standard bounds them.
const SPIFFE_ID_BYTES_MAX: usize = 2048;
const TRUST_DOMAIN_BYTES_MAX: usize = 255;

/// Who a client is, by its certificate. A name that could be taken for another one is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// `spiffe://trust-domain/path`, if that is the one URI that it has.
    pub spiffe_id: Option<String>,
    /// The whole subject, as RFC 4514 writes it: `CN=orders,O=Example`.
    pub subject: Option<String>,
    /// The subject's common name, if it has just one.
    pub common_name: Option<String>,
    /// The certificate's SHA-256, in small hexadecimal digits.
    pub fingerprint: String,
    /// The last instant at which it is believed.
    pub not_after: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the certificate can't be read")]
pub struct CertificateError;

/// When a certificate holds, from the first instant to the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    pub not_before: Instant,
    pub not_after: Instant,
}

/// Reads when a certificate holds, whoever it is for.
pub fn validity(der: &[u8]) -> Result<Validity, CertificateError> {
    let certificate = Certificate::from_der(der).map_err(|_| CertificateError)?;
    validity_of(&certificate)
}

fn validity_of(certificate: &Certificate) -> Result<Validity, CertificateError> {
    let validity = certificate.tbs_certificate().validity();
    let instant = |time: Time| {
        let seconds = i64::try_from(time.to_unix_duration().as_secs()).map_err(|_| CertificateError)?;
        Ok(Instant::from_seconds(seconds))
    };
    Ok(Validity { not_before: instant(validity.not_before)?, not_after: instant(validity.not_after)? })
}

impl ClientCertificate {
    /// Reads a certificate that was verified.
    pub fn read(der: &[u8]) -> Result<ClientCertificate, CertificateError> {
        let certificate = Certificate::from_der(der).map_err(|_| CertificateError)?;
        let content = certificate.tbs_certificate();
        let names = content.get_extension::<SubjectAltName>().map_err(|_| CertificateError)?;
        let names = names.map(|(_, names)| names.0).unwrap_or_default();
        let mut uris = names.iter().filter_map(|name| match name {
            GeneralName::UniformResourceIdentifier(uri) => Some(uri.as_str()),
            _ => None,
        });
        // Which of several speaks, nobody agrees upon.
        let uri = uris.next().filter(|_| uris.next().is_none());
        let subject = content.subject();
        let mut common_names = subject.iter().filter(|attribute| attribute.oid == COMMON_NAME);
        let common_name = common_names.next().filter(|_| common_names.next().is_none());
        let common_name = common_name.and_then(|name| DirectoryString::try_from(&name.value).ok());
        Ok(ClientCertificate {
            spiffe_id: uri.filter(|uri| is_spiffe_id(uri)).map(str::to_owned),
            subject: named(subject.to_string()),
            common_name: common_name.and_then(|name| named(name.value().into_owned())),
            fingerprint: hexadecimal(&Sha256::digest(der)),
            not_after: validity_of(&certificate)?.not_after,
        })
    }

    /// Whether it is believed no longer. A connection may last for longer than the certificate that it began with.
    pub fn is_expired(&self, now: Instant) -> bool {
        now > self.not_after
    }
}

fn named(name: String) -> Option<String> {
    (!name.is_empty() && name.len() <= REQUEST_TEXT_BYTES_MAX && is_visible(&name)).then_some(name)
}

/// Whether it is the id of a workload as the SPIFFE standard has it: small letters, nothing to normalize, and a path.
pub fn is_spiffe_id(uri: &str) -> bool {
    let Some((domain, path)) = uri.strip_prefix("spiffe://").and_then(|rest| rest.split_once('/')) else {
        return false;
    };
    let in_domain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._".contains(&byte);
    let in_path = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    uri.len() <= SPIFFE_ID_BYTES_MAX
        && (1..=TRUST_DOMAIN_BYTES_MAX).contains(&domain.len())
        && domain.bytes().all(in_domain)
        && path.split('/').all(|part| !matches!(part, "" | "." | "..") && part.bytes().all(in_path))
}
