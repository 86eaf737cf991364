//! A server that is nothing but hyper: it reads the question and gives the answer that it was started with.

use std::convert::Infallible;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::combinators::WithTrailers;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderName, HeaderValue};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener};
use tokio::runtime;
use tokio_rustls::TlsAcceptor;

use crate::question::Protocol;
use crate::tls::{Files, HTTP2};

/// An answer to whoever asks for this path.
struct Canned {
    path: String,
    headers: HeaderMap,
    body: Bytes,
    trailers: Option<HeaderMap>,
}

/// Serves until it is killed: on a Unix socket and on three ports, which it prints: for HTTP/1.1, for HTTP/2 and for TLS, within
/// which the client chooses. The arguments are the socket, the files of a certificate and its key, and then paths of the service,
/// each with a file behind it that holds the answer.
pub fn serve(arguments: &[String]) {
    let ([socket, certificate, key], answers) = arguments.split_first_chunk().expect("three paths");
    let canned: Arc<[Canned]> = answers.chunks_exact(2).map(|pair| canned(&pair[0], &pair[1])).collect();
    let files = Files { certificate: PathBuf::from(certificate), key: PathBuf::from(key) };
    let acceptor = TlsAcceptor::from(Arc::new(files.server()));
    // As `portcullis serve` makes its own.
    let runtime = runtime::Builder::new_multi_thread().enable_all().build().expect("threads");
    runtime.block_on(async {
        let unix = UnixListener::bind(socket).expect("a socket");
        let [http1, http2, tls] = [listener().await, listener().await, listener().await];
        loop {
            let canned = Arc::clone(&canned);
            tokio::select! {
                stream = accepted(&http1) => {
                    tokio::spawn(connection(stream, Protocol::Http1, canned));
                }
                stream = accepted(&http2) => {
                    tokio::spawn(connection(stream, Protocol::Http2, canned));
                }
                stream = accepted(&tls) => {
                    let acceptor = acceptor.clone();
                    tokio::spawn(async move {
                        let stream = acceptor.accept(stream).await.expect("a handshake");
                        let is_http2 = stream.get_ref().1.alpn_protocol() == Some(HTTP2);
                        let protocol = if is_http2 { Protocol::Http2 } else { Protocol::Http1 };
                        connection(stream, protocol, canned).await;
                    });
                }
                stream = unix.accept() => {
                    let (stream, _) = stream.expect("a connection");
                    tokio::spawn(connection(stream, Protocol::Http1, canned));
                }
            }
        }
    });
}

async fn listener() -> TcpListener {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    println!("{}", listener.local_addr().expect("an address"));
    listener
}

async fn accepted(listener: &TcpListener) -> TcpStream {
    let (stream, _) = listener.accept().await.expect("a connection");
    stream.set_nodelay(true).expect("a socket");
    stream
}

/// Takes an answer apart, but for what hyper writes of itself.
fn canned(path: &str, file: &str) -> Canned {
    let answer = fs::read(file).expect("an answer");
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
    let head = std::str::from_utf8(&answer[..end]).expect("a head in text");
    let mut headers = HeaderMap::new();
    for (name, value) in head.lines().skip(1).filter_map(|line| line.split_once(": ")) {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a name");
        headers.append(name, HeaderValue::from_str(value).expect("a value"));
    }
    headers.remove(DATE);
    headers.remove(CONTENT_LENGTH);
    let is_grpc = headers.get(CONTENT_TYPE).is_some_and(|value| value == "application/grpc");
    let trailers = [(HeaderName::from_static("grpc-status"), HeaderValue::from_static("0"))];
    Canned {
        path: path.to_owned(),
        headers,
        body: Bytes::copy_from_slice(&answer[end + 4..]),
        trailers: is_grpc.then(|| HeaderMap::from_iter(trailers)),
    }
}

async fn connection<S>(stream: S, protocol: Protocol, canned: Arc<[Canned]>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let found = move |request: &Request<Incoming>| {
        canned
            .iter()
            .position(|canned| canned.path == request.uri().path())
            .map(|at| (Arc::clone(&canned), at))
    };
    // A client that goes has been served.
    let _ = match protocol {
        Protocol::Http1 => {
            let service = service_fn(|request: Request<Incoming>| {
                let (canned, at) = found(&request).expect("a path");
                async move {
                    request.into_body().collect().await.expect("a body");
                    let mut response = Response::new(Full::new(canned[at].body.clone()));
                    response.headers_mut().clone_from(&canned[at].headers);
                    Ok::<_, Infallible>(response)
                }
            });
            http1::Builder::new().serve_connection(TokioIo::new(stream), service).await
        }
        Protocol::Http2 => {
            let service = service_fn(|request: Request<Incoming>| {
                let (canned, at) = found(&request).expect("a path");
                async move {
                    request.into_body().collect().await.expect("a body");
                    let mut response = Response::new(with_trailers(&canned[at]));
                    response.headers_mut().clone_from(&canned[at].headers);
                    Ok::<_, Infallible>(response)
                }
            });
            http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await
        }
    };
}

type Trailers = std::future::Ready<Option<Result<HeaderMap, Infallible>>>;

fn with_trailers(canned: &Canned) -> WithTrailers<Full<Bytes>, Trailers> {
    Full::new(canned.body.clone()).with_trailers(std::future::ready(canned.trailers.clone().map(Ok)))
}
