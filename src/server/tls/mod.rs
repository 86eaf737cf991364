//! TLS: the handshake, what it proves of the client, and the certificates that are shown in it, as long as the process runs.

mod credentials;
mod files;
mod reload;

#[cfg(test)]
mod tests;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::UnixTime;
use tokio_rustls::rustls::time_provider::TimeProvider;
use tokio_rustls::server::TlsStream;
use tracing::debug;

use crate::config::{self, FileProblem};
use crate::identity::ClientCertificate;
use crate::model::Instant;
use crate::service::{Certificates, Handshake, Reload, Service};
use credentials::Credentials;
use files::Contents;

pub(super) use reload::watch;

/// What is spoken inside, the preferred first.
const HTTP2: &[u8] = b"h2";
const HTTP1: &[u8] = b"http/1.1";

/// The certificates that new connections are shown, and those that vouch for clients.
#[derive(Debug)]
pub(super) struct Tls {
    shown: ArcSwap<Shown>,
    files: config::Tls,
    service: Arc<Service>,
}

#[derive(Debug)]
struct Shown {
    config: Arc<ServerConfig>,
    client_ca: Option<Ends>,
}

/// When the first and the last of several certificates expire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Ends {
    first: Instant,
    last: Instant,
}

/// A connection whose bytes are plain from here on.
pub(super) struct Secured {
    pub(super) stream: TlsStream<TcpStream>,
    pub(super) certificate: Option<Arc<ClientCertificate>>,
    /// What the client chose to speak, if it said so.
    pub(super) protocol: Option<Protocol>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Http1,
    Http2,
}

/// What is wrong with the files that the configuration names.
#[derive(Debug, thiserror::Error)]
#[error("{}", told(.0))]
pub struct TlsError(Vec<FileProblem>);

/// What is wrong with the files of TLS as they are now.
pub fn inspect(files: &config::Tls, now: Instant) -> Vec<FileProblem> {
    Credentials::read(files, &Contents::read(files), now).err().unwrap_or_default()
}

impl Tls {
    /// Reads the files; how they were is needed to see when they change.
    pub(super) fn new(files: &config::Tls, service: &Arc<Service>) -> Result<(Tls, Contents), TlsError> {
        let contents = Contents::read(files);
        let shown = ArcSwap::from_pointee(Shown::new(files, &contents, service).map_err(TlsError)?);
        Ok((Tls { shown, files: files.clone(), service: Arc::clone(service) }, contents))
    }

    /// Takes over what the files say now; what was shown before stays if that is wrong.
    fn renew(&self, contents: &Contents) -> Result<(), Vec<FileProblem>> {
        let renewed = Shown::new(&self.files, contents, &self.service);
        let reload = if renewed.is_ok() { Reload::Success } else { Reload::Failure };
        self.service.metrics().certificates_reloaded(reload);
        self.shown.store(Arc::new(renewed?));
        Ok(())
    }

    /// Whether some of those that vouch for clients have expired since they were loaded, and others haven't.
    fn is_stale(&self) -> bool {
        let now = self.service.now();
        self.shown.load().client_ca.is_some_and(|ends| ends.first < now && now <= ends.last)
    }

    /// Makes out a connection's keys. Whoever does something else instead is told by an alert, and nothing else.
    pub(super) async fn accept(&self, stream: TcpStream, allowed: Duration) -> Option<Secured> {
        let shown = self.shown.load_full();
        let acceptor = TlsAcceptor::from(Arc::clone(&shown.config));
        let shaken = timeout(allowed, acceptor.accept(stream)).await;
        let secured = match shaken {
            Ok(shaken) => {
                shaken.and_then(secured).and_then(|secured| shown.vouched(secured, self.service.now()))
            }
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        };
        let metrics = self.service.metrics();
        match secured {
            Ok(secured) => {
                metrics.shook_hands(Handshake::Completed);
                Some(secured)
            }
            Err(error) => {
                let is_late = error.kind() == io::ErrorKind::TimedOut;
                metrics.shook_hands(if is_late { Handshake::TooSlow } else { Handshake::Failed });
                debug!(%error, "a TLS handshake came to nothing");
                None
            }
        }
    }
}

impl Shown {
    fn new(
        files: &config::Tls,
        contents: &Contents,
        service: &Arc<Service>,
    ) -> Result<Shown, Vec<FileProblem>> {
        let credentials = Credentials::read(files, contents, service.now())?;
        let config = Arc::new(credentials.config(Time(Arc::clone(service)))?);
        let client_ca = credentials.client_ca;
        let metrics = service.metrics();
        metrics.certificates_expire(Certificates::Server, Some(credentials.ends.first));
        metrics.certificates_expire(Certificates::ClientCa, client_ca.map(|ends| ends.first));
        Ok(Shown { config, client_ca })
    }

    /// The library takes the word of whoever vouches for clients for ever; an authority that has expired has none.
    fn vouched(&self, secured: Secured, now: Instant) -> io::Result<Secured> {
        let is_over = self.client_ca.is_some_and(|ends| ends.last < now);
        if is_over && secured.certificate.is_some() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "whoever vouches for clients has expired",
            ));
        }
        Ok(secured)
    }
}

impl Ends {
    fn of(instants: impl Iterator<Item = Instant>) -> Option<Ends> {
        instants
            .map(|instant| Ends { first: instant, last: instant })
            .reduce(|one, other| Ends { first: one.first.min(other.first), last: one.last.max(other.last) })
    }
}

/// A certificate that was verified and yet can't be read is nobody's.
fn secured(stream: TlsStream<TcpStream>) -> io::Result<Secured> {
    let (_, session) = stream.get_ref();
    let protocol = match session.alpn_protocol() {
        Some(HTTP2) => Some(Protocol::Http2),
        Some(_) => Some(Protocol::Http1),
        None => None,
    };
    let shown = session.peer_certificates().and_then(<[_]>::first);
    let read = shown.map(|shown| ClientCertificate::read(shown)).transpose();
    let certificate = read.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?.map(Arc::new);
    Ok(Secured { stream, certificate, protocol })
}

/// The clock of the house, for certificates.
#[derive(Debug)]
struct Time(Arc<Service>);

impl TimeProvider for Time {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.0.now().seconds()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_secs(seconds)))
    }
}

fn told(problems: &[FileProblem]) -> String {
    let lines = problems.iter().map(|problem| format!("{}: {}", problem.message, problem.help));
    lines.collect::<Vec<String>>().join("\n")
}
