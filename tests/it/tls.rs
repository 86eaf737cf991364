//! Certificates for tests, and clients that use them.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rcgen::string::Ia5String;
use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, SanType};
use tempfile::TempDir;
use tokio::io::{AsyncWriteExt, copy, split};
use tokio::time::sleep;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion,
};

use crate::client::Client;
use crate::process::PATIENCE;

/// An authority, and a folder with what it signed.
pub struct Pki {
    pub folder: TempDir,
    ca: Issuer<'static, KeyPair>,
    pub ca_pem: String,
}

/// A certificate and its key, in PEM.
#[derive(Debug, Clone)]
pub struct Pair {
    pub certificate: String,
    pub key: String,
}

/// How a client shakes hands.
#[derive(Debug, Clone, Default)]
pub struct Manner {
    pub shows: Option<Pair>,
    pub alpn: Vec<&'static str>,
    pub versions: Vec<&'static SupportedProtocolVersion>,
}

impl Pki {
    /// With `ca.crt`, and `tls.crt` and `tls.key` for `localhost`.
    pub fn new() -> Pki {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, "an authority");
        let ca = Issuer::new(params.clone(), KeyPair::generate().unwrap());
        let ca_pem = params.self_signed(ca.key()).unwrap().pem();
        let pki = Pki { folder: tempfile::tempdir().unwrap(), ca, ca_pem };
        pki.write("ca.crt", &pki.ca_pem);
        pki.install(&pki.server());
        pki
    }

    pub fn pair(&self, params: &CertificateParams) -> Pair {
        let key = KeyPair::generate().unwrap();
        Pair { certificate: params.signed_by(&key, &self.ca).unwrap().pem(), key: key.serialize_pem() }
    }

    pub fn server(&self) -> Pair {
        self.pair(&CertificateParams::new(["localhost".to_owned()]).unwrap())
    }

    /// For a workload of this SPIFFE id.
    pub fn workload(&self, id: &str) -> Pair {
        self.pair(&workload(id))
    }

    pub fn install(&self, pair: &Pair) {
        self.write("tls.crt", &pair.certificate);
        self.write("tls.key", &pair.key);
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    pub fn client(&self, manner: &Manner) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.ca_pem.as_bytes()).unwrap()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
        let builder = match manner.versions.as_slice() {
            [] => builder.with_safe_default_protocol_versions(),
            versions => builder.with_protocol_versions(versions),
        };
        let builder = builder.unwrap().with_root_certificates(roots);
        let mut config = match &manner.shows {
            None => builder.with_no_client_auth(),
            Some(pair) => {
                let chain = vec![CertificateDer::from_pem_slice(pair.certificate.as_bytes()).unwrap()];
                let key = PrivateKeyDer::from_pem_slice(pair.key.as_bytes()).unwrap();
                builder.with_client_auth_cert(chain, key).unwrap()
            }
        };
        config.alpn_protocols = manner.alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        config
    }

    /// The connection after a handshake, or why there is none.
    pub fn connect(
        &self,
        address: SocketAddr,
        manner: &Manner,
    ) -> std::io::Result<StreamOwned<ClientConnection, TcpStream>> {
        let stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        self.connect_over(stream, manner)
    }

    /// The same on a connection with a patience of its own.
    pub fn connect_over(
        &self,
        mut stream: TcpStream,
        manner: &Manner,
    ) -> std::io::Result<StreamOwned<ClientConnection, TcpStream>> {
        let name = ServerName::try_from("localhost").unwrap();
        let mut session = ClientConnection::new(Arc::new(self.client(manner)), name).unwrap();
        while session.is_handshaking() {
            session.complete_io(&mut stream)?;
        }
        Ok(StreamOwned::new(session, stream))
    }

    /// A client that speaks HTTP/1 over it.
    pub fn http1(&self, address: SocketAddr, manner: &Manner) -> Client {
        Client::over(self.connect(address, manner).expect("a handshake"))
    }
}

pub fn workload(id: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.subject_alt_names = vec![SanType::URI(Ia5String::try_from(id).unwrap())];
    params
}

impl Manner {
    pub fn showing(pair: Pair) -> Manner {
        Manner { shows: Some(pair), ..Manner::default() }
    }

    pub fn choosing(alpn: &[&'static str]) -> Manner {
        Manner { alpn: alpn.to_vec(), ..Manner::default() }
    }
}

/// A port on which clients speak in the clear, and what they say goes on over TLS.
pub struct Tunnel {
    pub address: SocketAddr,
    _runtime: tokio::runtime::Runtime,
}

/// Agrees on this protocol with the server at that address.
pub fn tunnel(pki: &Pki, alpn: &'static str, to: SocketAddr) -> Tunnel {
    let connector = TlsConnector::from(Arc::new(pki.client(&Manner::choosing(&[alpn]))));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(async move {
        while let Ok((near, _)) = listener.accept().await {
            let far = tokio::net::TcpStream::connect(to).await.unwrap();
            let far = connector.connect(ServerName::try_from("localhost").unwrap(), far).await.unwrap();
            tokio::spawn(carry(near, far));
        }
    });
    Tunnel { address, _runtime: runtime }
}

/// Carries both ways until either ends; what one end said before it went still gets to the other.
async fn carry(near: tokio::net::TcpStream, far: TlsStream<tokio::net::TcpStream>) {
    let (mut near_reader, mut near_writer) = near.into_split();
    let (mut far_reader, mut far_writer) = split(far);
    let down = async {
        let _ = copy(&mut far_reader, &mut near_writer).await;
        let _ = near_writer.shutdown().await;
        sleep(Duration::from_millis(200)).await;
    };
    let up = async {
        let _ = copy(&mut near_reader, &mut far_writer).await;
        sleep(Duration::from_secs(1)).await;
    };
    tokio::select! {
        () = down => {}
        () = up => {}
    }
}
