//! From the contents of the files to what a handshake needs, with all that is wrong with them.

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{self, RootCertStore, ServerConfig};

use super::files::{Contents, Found};
use super::{Ends, HTTP1, HTTP2, Time};
use crate::config::{self, FileProblem, TlsClient, TlsFile};
use crate::identity::{Validity, validity};
use crate::model::Instant;

/// Certificates that hold, and our key.
#[derive(Debug)]
pub(super) struct Credentials {
    ours: Arc<CertifiedKey>,
    clients: Option<(Arc<RootCertStore>, TlsClient)>,
    /// When those that we show expire.
    pub(super) ends: Ends,
    /// When those that vouch for clients do.
    pub(super) client_ca: Option<Ends>,
}

impl Credentials {
    pub(super) fn read(
        files: &config::Tls,
        contents: &Contents,
        now: Instant,
    ) -> Result<Credentials, Vec<FileProblem>> {
        let provider = aws_lc_rs::default_provider();
        let chain = chain(&files.certificate, &contents.certificate, now);
        let key = key(&files.key, &contents.key, &provider);
        let client_ca = files.client_ca.as_deref().zip(contents.client_ca.as_ref());
        let client_ca = client_ca.map(|(path, found)| client_ca_of(path, found, now)).transpose();
        match (chain, key, client_ca) {
            (Ok((chain, ends)), Ok(key), Ok(client_ca)) => {
                let ours = CertifiedKey::new(chain, key);
                fits(&ours, files).map_err(|problem| vec![problem])?;
                let (roots, client_ca) = client_ca.unzip();
                let clients = roots.map(|roots| (Arc::new(roots), files.client));
                Ok(Credentials { ours: Arc::new(ours), clients, ends, client_ca })
            }
            (chain, key, client_ca) => {
                Err([chain.err(), key.err(), client_ca.err()].into_iter().flatten().collect())
            }
        }
    }

    /// How handshakes go with them.
    pub(super) fn config(&self, time: Time) -> Result<ServerConfig, Vec<FileProblem>> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let unusable = |file, error: &dyn std::error::Error| {
            vec![problem(file, format!("TLS can't be set up: {error}"), "look into the file with `openssl`")]
        };
        let builder = ServerConfig::builder_with_details(Arc::clone(&provider), Arc::new(time))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(|error| unusable(TlsFile::Certificate, &error))?;
        let builder = match &self.clients {
            None | Some((_, TlsClient::None)) => builder.with_no_client_auth(),
            Some((roots, client)) => {
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::clone(roots), provider);
                let verifier =
                    if *client == TlsClient::Optional { verifier.allow_unauthenticated() } else { verifier };
                let verifier = verifier.build().map_err(|error| unusable(TlsFile::ClientCa, &error))?;
                builder.with_client_cert_verifier(verifier)
            }
        };
        let ours = SingleCertAndKey::from(Arc::clone(&self.ours));
        let mut config = builder.with_cert_resolver(Arc::new(ours));
        config.alpn_protocols = vec![HTTP2.to_vec(), HTTP1.to_vec()];
        Ok(config)
    }
}

/// Our certificate and those that vouch for it. All have to hold now.
fn chain(
    path: &Path,
    found: &Found,
    now: Instant,
) -> Result<(Vec<CertificateDer<'static>>, Ends), FileProblem> {
    let file = TlsFile::Certificate;
    let certificates = certificates(file, path, found)?;
    certificates.iter().try_for_each(|(_, validity)| holds(file, path, *validity, now))?;
    let ends = Ends::of(certificates.iter().map(|(_, validity)| validity.not_after));
    let ends = ends.ok_or_else(|| no_certificate(file, path))?;
    Ok((certificates.into_iter().map(|(der, _)| der).collect(), ends))
}

/// Those that vouch for clients. One that has expired may stand there beside the one that took its place, and vouches for
/// nobody.
fn client_ca_of(path: &Path, found: &Found, now: Instant) -> Result<(RootCertStore, Ends), FileProblem> {
    let file = TlsFile::ClientCa;
    let mut roots = RootCertStore::empty();
    let (mut ends, mut unfit) = (Vec::new(), None);
    for (der, validity) in certificates(file, path, found)? {
        if let Err(problem) = holds(file, path, validity, now) {
            unfit = Some(problem);
            continue;
        }
        if roots.add(der).is_err() {
            let message = format!("`{}` holds a certificate that can't vouch for others", path.display());
            let help = "leave in it only those of the authorities that issue the clients'";
            return Err(problem(file, message, help));
        }
        ends.push(validity.not_after);
    }
    match Ends::of(ends.into_iter()) {
        Some(ends) => Ok((roots, ends)),
        None => Err(unfit.unwrap_or_else(|| no_certificate(file, path))),
    }
}

fn certificates(
    file: TlsFile,
    path: &Path,
    found: &Found,
) -> Result<Vec<(CertificateDer<'static>, Validity)>, FileProblem> {
    let pem = bytes(file, found)?;
    let broken = || {
        let message = format!("a certificate in `{}` can't be read", path.display());
        problem(file, message, "the file may be cut off or changed: write it anew, in PEM")
    };
    let read = |der: CertificateDer<'static>| validity(&der).map(|validity| (der, validity));
    let certificates = CertificateDer::pem_slice_iter(pem)
        .map(|der| der.ok().and_then(|der| read(der).ok()).ok_or_else(broken))
        .collect::<Result<Vec<_>, _>>()?;
    if certificates.is_empty() { Err(no_certificate(file, path)) } else { Ok(certificates) }
}

fn holds(file: TlsFile, path: &Path, validity: Validity, now: Instant) -> Result<(), FileProblem> {
    let path = path.display();
    if now > validity.not_after {
        let message = format!("a certificate in `{path}` expired at {}", validity.not_after);
        return Err(problem(file, message, "renew it, or set the clock if it is wrong"));
    }
    if now < validity.not_before {
        let message = format!("a certificate in `{path}` doesn't hold before {}", validity.not_before);
        return Err(problem(file, message, "wait, or set the clock if it is wrong"));
    }
    Ok(())
}

fn key(
    path: &Path,
    found: &Found,
    provider: &CryptoProvider,
) -> Result<Arc<dyn rustls::sign::SigningKey>, FileProblem> {
    let pem = bytes(TlsFile::Key, found)?;
    let path = path.display();
    let wrong = |message, help: &str| Err(problem(TlsFile::Key, message, help));
    if is_encrypted(pem) {
        let help = "write it decrypted (`openssl pkey -in FILE -out OTHER`), readable by Portcullis alone";
        return wrong(format!("the key in `{path}` is encrypted"), help);
    }
    let mut keys = PrivateKeyDer::pem_slice_iter(pem);
    let key = match (keys.next(), keys.next()) {
        (Some(Ok(key)), None) => key,
        (Some(_), Some(_)) => {
            return wrong(
                format!("`{path}` holds more than one key"),
                "leave in it only that of the certificate",
            );
        }
        (Some(Err(_)), None) => {
            let help = "the file may be cut off or changed: write it anew, in PEM";
            return wrong(format!("the key in `{path}` can't be read"), help);
        }
        (None, _) => {
            let help = "write the private key in PEM, with `-----BEGIN PRIVATE KEY-----`";
            return wrong(format!("`{path}` holds no key"), help);
        }
    };
    provider.key_provider.load_private_key(key).or_else(|_| {
        let help = "take RSA of 2048 bits or more, ECDSA on P-256, P-384 or P-521, or Ed25519";
        wrong(format!("the key in `{path}` is broken, or of a kind that isn't supported"), help)
    })
}

/// Whether the first certificate is that of the key.
fn fits(ours: &CertifiedKey, files: &config::Tls) -> Result<(), FileProblem> {
    ours.keys_match().map_err(|_| {
        let (key, certificate) = (files.key.display(), files.certificate.display());
        let message = format!("the key in `{key}` is not that of the first certificate in `{certificate}`");
        let help = "put Portcullis's own certificate first, and take the key that it was issued for";
        problem(TlsFile::Key, message, help)
    })
}

/// As PKCS #8 says it, and as OpenSSL did before.
fn is_encrypted(pem: &[u8]) -> bool {
    let marks: [&[u8]; 2] = [b"-----BEGIN ENCRYPTED PRIVATE KEY-----", b"Proc-Type: 4,ENCRYPTED"];
    marks.iter().any(|mark| memchr::memmem::find(pem, mark).is_some())
}

fn bytes(file: TlsFile, found: &Found) -> Result<&[u8], FileProblem> {
    let help = "name a file that Portcullis may read";
    found.as_deref().map_err(|message| problem(file, message.clone(), help))
}

fn no_certificate(file: TlsFile, path: &Path) -> FileProblem {
    let message = format!("`{}` holds no certificate", path.display());
    problem(file, message, "write it in PEM, with `-----BEGIN CERTIFICATE-----`")
}

fn problem(file: TlsFile, message: String, help: &str) -> FileProblem {
    FileProblem { file, message, help: help.to_owned() }
}
