//! A server that is nothing but hyper: it reads the question and gives the answer that it was started with.

use std::convert::Infallible;
use std::fs;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_LENGTH, DATE, HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::runtime;

/// An answer to whoever asks for this path.
struct Canned {
    path: String,
    headers: HeaderMap,
    body: Bytes,
}

/// Serves until it is killed: on a Unix socket and on a port, which it prints. Of each further argument, a path of the
/// service, the answer stands in the file that comes behind it.
pub fn serve(arguments: &[String]) {
    let (socket, answers) = arguments.split_first().expect("a socket");
    let canned: Arc<[Canned]> = answers.chunks_exact(2).map(|pair| canned(&pair[0], &pair[1])).collect();
    // As `portcullis serve` makes its own.
    let runtime = runtime::Builder::new_multi_thread().enable_all().build().expect("threads");
    runtime.block_on(async {
        let unix = UnixListener::bind(socket).expect("a socket");
        let tcp = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        println!("{}", tcp.local_addr().expect("an address"));
        loop {
            tokio::select! {
                accepted = tcp.accept() => {
                    let (stream, _) = accepted.expect("a connection");
                    stream.set_nodelay(true).expect("a socket");
                    tokio::spawn(connection(stream, Arc::clone(&canned)));
                }
                accepted = unix.accept() => {
                    let (stream, _) = accepted.expect("a connection");
                    tokio::spawn(connection(stream, Arc::clone(&canned)));
                }
            }
        }
    });
}

/// Takes an answer apart, but for what hyper writes of itself.
fn canned(path: &str, file: &str) -> Canned {
    let answer = fs::read_to_string(file).expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    let mut headers = HeaderMap::new();
    for (name, value) in head.lines().skip(1).filter_map(|line| line.split_once(": ")) {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("a name");
        headers.append(name, HeaderValue::from_str(value).expect("a value"));
    }
    headers.remove(DATE);
    headers.remove(CONTENT_LENGTH);
    Canned { path: path.to_owned(), headers, body: Bytes::from(body.to_owned()) }
}

async fn connection<S: AsyncRead + AsyncWrite + Unpin>(stream: S, canned: Arc<[Canned]>) {
    let service = service_fn(|request: Request<Incoming>| {
        let canned = Arc::clone(&canned);
        async move {
            let found = canned.iter().find(|canned| canned.path == request.uri().path()).expect("a path");
            request.into_body().collect().await.expect("a body");
            let mut response = Response::new(Full::new(found.body.clone()));
            response.headers_mut().clone_from(&found.headers);
            Ok::<_, Infallible>(response)
        }
    });
    // A client that goes has been served.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}
