//! Where the keys of issuers are read: a file, or an address that is asked over HTTP.
//!
//! An answer counts only if it is 200: nobody is followed anywhere else. What is not answered whole within a time is not
//! answered.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::header::{ACCEPT, HeaderValue, USER_AGENT};
use hyper::{Request, StatusCode, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::config::Issuer;
use crate::config::identity::KeySource;
use crate::model::causes::causes;
use crate::model::limits::KEY_SET_BYTES_MAX;
use crate::service::KeyFetch;

const FETCH_MAX: Duration = Duration::from_secs(10);
const CONNECT_MAX: Duration = Duration::from_secs(5);
const KEYS: HeaderValue = HeaderValue::from_static("application/jwk-set+json, application/json");
const OURSELVES: HeaderValue = HeaderValue::from_static(concat!("portcullis/", env!("CARGO_PKG_VERSION")));

/// Reads the keys of one issuer.
#[derive(Debug, Clone)]
pub(super) enum Fetcher {
    File(PathBuf),
    Url(Uri, Box<Client<HttpsConnector<HttpConnector>, Empty<Bytes>>>),
}

/// What keeps keys from being fetched at all.
#[derive(Debug, thiserror::Error)]
pub enum FetcherError {
    #[error("`{0}` is no address of keys")]
    Address(String),
    #[error("there is no certificate in `{}`: {source}", path.display())]
    Authorities { path: PathBuf, source: rustls::pki_types::pem::Error },
    #[error("TLS can't be set up: {0}")]
    Tls(#[from] rustls::Error),
}

/// Why a look at keys brought none, for operators.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("{0}")]
    File(#[from] io::Error),
    #[error("it is not a file")]
    NotAFile,
    #[error("{}", causes(.0))]
    Unreachable(#[from] hyper_util::client::legacy::Error),
    #[error("there was no answer in time")]
    TooSlow,
    #[error("the answer is {0}, not 200")]
    Status(StatusCode),
    #[error("the answer did not come whole, or is too large")]
    Body,
}

impl Fetcher {
    pub(super) fn new(issuer: &Issuer) -> Result<Fetcher, FetcherError> {
        match &issuer.keys {
            KeySource::File(path) => Ok(Fetcher::File(path.clone())),
            KeySource::Url(text) => {
                let uri = text.parse().map_err(|_| FetcherError::Address(text.clone()))?;
                Ok(Fetcher::Url(uri, Box::new(client(issuer.keys_ca.as_deref())?)))
            }
        }
    }

    /// The file or the address.
    pub(super) fn place(&self) -> String {
        match self {
            Fetcher::File(path) => path.display().to_string(),
            Fetcher::Url(uri, _) => uri.to_string(),
        }
    }

    pub(super) async fn fetch(&self) -> Result<Vec<u8>, Failure> {
        match self {
            Fetcher::File(path) => {
                let path = path.clone();
                let read = spawn_blocking(move || read(&path)).await;
                read.unwrap_or_else(|defect| Err(io::Error::other(defect).into()))
            }
            Fetcher::Url(uri, client) => {
                timeout(FETCH_MAX, get(uri, client)).await.unwrap_or(Err(Failure::TooSlow))
            }
        }
    }
}

impl Failure {
    pub(super) fn counted(&self) -> KeyFetch {
        match self {
            Failure::File(_) | Failure::NotAFile | Failure::Unreachable(_) | Failure::TooSlow => {
                KeyFetch::Unreachable
            }
            Failure::Status(_) => KeyFetch::Status,
            Failure::Body => KeyFetch::Malformed,
        }
    }
}

fn client(
    authorities: Option<&Path>,
) -> Result<Client<HttpsConnector<HttpConnector>, Empty<Bytes>>, FetcherError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots(authorities)?)
        .with_no_client_auth();
    let mut plain = HttpConnector::new();
    plain.enforce_http(false);
    plain.set_connect_timeout(Some(CONNECT_MAX));
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .wrap_connector(plain);
    // A connection is of no use until the next look, minutes later.
    Ok(Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector))
}

/// The authorities of a file, or those of the machine. Without any no address is believed.
fn roots(authorities: Option<&Path>) -> Result<RootCertStore, FetcherError> {
    let mut roots = RootCertStore::empty();
    let Some(path) = authorities else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        return Ok(roots);
    };
    let told = |source| FetcherError::Authorities { path: path.to_owned(), source };
    let certificates: Vec<CertificateDer<'static>> =
        CertificateDer::pem_file_iter(path).map_err(told)?.collect::<Result<_, _>>().map_err(told)?;
    if certificates.is_empty() {
        return Err(told(rustls::pki_types::pem::Error::NoItemsFound));
    }
    for certificate in certificates {
        roots.add(certificate)?;
    }
    Ok(roots)
}

async fn get(
    uri: &Uri,
    client: &Client<HttpsConnector<HttpConnector>, Empty<Bytes>>,
) -> Result<Vec<u8>, Failure> {
    let mut request = Request::new(Empty::new());
    *request.uri_mut() = uri.clone();
    request.headers_mut().insert(ACCEPT, KEYS);
    request.headers_mut().insert(USER_AGENT, OURSELVES);
    let response = client.request(request).await?;
    if response.status() != StatusCode::OK {
        return Err(Failure::Status(response.status()));
    }
    let body = Limited::new(response.into_body(), KEY_SET_BYTES_MAX).collect().await;
    body.map(|body| body.to_bytes().to_vec()).map_err(|_| Failure::Body)
}

/// A pipe would keep us waiting for its writer.
fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    if !fs::metadata(path)?.is_file() {
        return Err(Failure::NotAFile);
    }
    // One byte more than may be, so that what is too large is told as that.
    let most = u64::try_from(KEY_SET_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    let mut document = Vec::new();
    fs::File::open(path)?.take(most).read_to_end(&mut document)?;
    Ok(document)
}
