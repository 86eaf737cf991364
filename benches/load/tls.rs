//! TLS: a certificate for both servers, and clients that believe it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};

use crate::question::Protocol;

pub const HTTP1: &[u8] = b"http/1.1";
pub const HTTP2: &[u8] = b"h2";

/// The files of a certificate and its key.
#[derive(Clone)]
pub struct Files {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl Files {
    pub fn new(directory: &Path) -> Files {
        let files = Files { certificate: directory.join("tls.crt"), key: directory.join("tls.key") };
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
        fs::write(&files.certificate, cert.pem()).expect("a file");
        fs::write(&files.key, signing_key.serialize_pem()).expect("a file");
        files
    }

    fn certificate(&self) -> CertificateDer<'static> {
        CertificateDer::from_pem_file(&self.certificate).expect("a certificate")
    }

    /// As `portcullis serve` makes its own.
    pub fn server(&self) -> ServerConfig {
        let key = PrivateKeyDer::from_pem_file(&self.key).expect("a key");
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate()], key)
            .expect("a certificate and its key");
        config.alpn_protocols = vec![HTTP2.to_vec(), HTTP1.to_vec()];
        config
    }

    pub fn client(&self, protocol: Protocol) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate()).expect("a certificate");
        let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let spoken = match protocol {
            Protocol::Http1 => HTTP1,
            Protocol::Http2 => HTTP2,
        };
        config.alpn_protocols = vec![spoken.to_vec()];
        config
    }
}

pub fn name() -> ServerName<'static> {
    ServerName::try_from("localhost").expect("a name")
}
