//! Sockets to listen on: TCP, with TLS on it or without, and Unix.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream as BlockingUnixStream;
use std::path::{Path, PathBuf};

use tokio::net::{TcpListener, TcpSocket, TcpStream, UnixListener, UnixSocket, UnixStream};

use crate::config::Listener;
use crate::identity::Place;

/// How many connections may wait to be accepted. Whoever comes beyond them waits for a second, or is sent away.
const WAITING_MAX: u32 = 1024;

/// A socket that is being listened on.
pub(super) enum Socket {
    Tcp(TcpListener),
    /// Closed before its file goes, or a caller could find a file that nobody stands behind.
    Unix(UnixListener, SocketFile),
    /// What comes is encrypted.
    Tls(TcpListener),
}

/// A new connection.
pub(super) enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
    /// Nobody has shaken hands on it yet.
    Tls(TcpStream),
}

/// Removes the socket's file at the end, unless it has become somebody else's.
pub(super) struct SocketFile {
    path: PathBuf,
    identity: Option<(u64, u64)>,
}

#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    #[error("can't listen on `{0}`: {1}")]
    Bind(Listener, io::Error),
    #[error("can't listen on `{0}`: another process does")]
    InUse(Listener),
    #[error("can't listen on `{0}`: there is a file that is no socket")]
    NoSocket(Listener),
    #[error("a socket has no address: {0}")]
    NoAddress(io::Error),
}

impl Socket {
    pub(super) fn bind(address: &Listener, socket_mode: u32) -> Result<Socket, ListenError> {
        let failed = |error| ListenError::Bind(address.clone(), error);
        match address {
            Listener::Tcp(tcp) => listen(*tcp).map(Socket::Tcp).map_err(failed),
            Listener::Tls(tcp) => listen(*tcp).map(Socket::Tls).map_err(failed),
            Listener::Unix(path) => {
                remove_stale(path)?;
                let socket = UnixSocket::new_stream().map_err(failed)?;
                socket.bind(path).map_err(failed)?;
                let listener = socket.listen(WAITING_MAX).map_err(failed)?;
                let file = SocketFile::new(path);
                fs::set_permissions(path, fs::Permissions::from_mode(socket_mode)).map_err(failed)?;
                Ok(Socket::Unix(listener, file))
            }
        }
    }

    /// Where it listens in fact: the port is real where port 0 was asked for.
    pub(super) fn address(&self) -> Result<Listener, ListenError> {
        match self {
            Socket::Tcp(listener) => listener.local_addr().map(Listener::Tcp).map_err(ListenError::NoAddress),
            Socket::Tls(listener) => listener.local_addr().map(Listener::Tls).map_err(ListenError::NoAddress),
            Socket::Unix(_, file) => Ok(Listener::Unix(file.path.clone())),
        }
    }

    pub(super) async fn accept(&self) -> io::Result<(Stream, Place)> {
        match self {
            Socket::Tcp(listener) => {
                let (stream, place) = listener.accept().await.map(tcp)?;
                Ok((Stream::Tcp(stream), place))
            }
            Socket::Tls(listener) => {
                let (stream, place) = listener.accept().await.map(tcp)?;
                Ok((Stream::Tls(stream), place))
            }
            Socket::Unix(listener, _) => {
                let (stream, _) = listener.accept().await?;
                Ok((Stream::Unix(stream), Place::Unix))
            }
        }
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Connections of a server before this one may not be forgotten yet.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(WAITING_MAX)
}

fn tcp((stream, peer): (TcpStream, SocketAddr)) -> (TcpStream, Place) {
    // Answers are small and awaited; a socket that can't be told so is merely slower.
    let _ = stream.set_nodelay(true);
    (stream, Place::Address(peer.ip().to_canonical()))
}

/// Makes room for a socket where one was left behind; one that somebody answers on stays.
fn remove_stale(path: &Path) -> Result<(), ListenError> {
    let address = || Listener::Unix(path.to_owned());
    let failed = |error| ListenError::Bind(address(), error);
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    if !metadata.file_type().is_socket() {
        return Err(ListenError::NoSocket(address()));
    }
    match BlockingUnixStream::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            fs::remove_file(path).map_err(failed)
        }
        Ok(_) | Err(_) => Err(ListenError::InUse(address())),
    }
}

impl SocketFile {
    fn new(path: &Path) -> SocketFile {
        SocketFile { path: path.to_owned(), identity: identity(path) }
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if self.identity.is_some() && identity(&self.path) == self.identity {
            // At the end there is nobody left to tell.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    fs::symlink_metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()))
}
