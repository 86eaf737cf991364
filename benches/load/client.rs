//! The load: connections that each ask, wait for the whole answer, and ask again.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use h2::client::SendRequest;
use hyper::Request;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::question::{Form, Protocol, Question, Talk, is_whole};
use crate::servers::Addresses;
use crate::tls;

/// Longer than any answer here.
pub const ANSWER_BYTES_MAX: usize = 4096;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    Tcp,
    Unix,
    Tls,
}

/// What one round of asking took, seen from the clients.
pub struct Asked {
    pub seconds: f64,
    /// How long each answer took, sorted.
    pub latencies: Vec<Duration>,
}

impl Asked {
    pub fn per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.seconds
    }

    /// What so many of a thousand answers didn't take longer than, in microseconds.
    pub fn microseconds_of(&self, per_mille: usize) -> f64 {
        let last = self.latencies.len() - 1;
        self.latencies[last * per_mille / 1000].as_secs_f64() * 1e6
    }
}

pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static {}
impl Stream for TcpStream {}
impl Stream for UnixStream {}
impl Stream for TlsStream<TcpStream> {}

/// A connection to ask on.
pub struct Connection {
    stream: Box<dyn Stream>,
    transport: Transport,
    talk: Talk,
}

/// Asks over so many connections for so long; `before` runs when all of them are open and have been answered once.
pub async fn ask(
    addresses: &Addresses,
    transport: Transport,
    connections: usize,
    question: &'static Question,
    duration: Duration,
    before: impl FnOnce(),
) -> Asked {
    let mut open: Vec<Connection> = Vec::new();
    for _ in 0..connections {
        open.push(Connection::new(addresses, transport, question.protocol()).await);
    }
    for connection in &mut open {
        connection.ask(question).await;
    }
    before();
    let start = Instant::now();
    let mut asking = JoinSet::new();
    for mut connection in open {
        asking.spawn(async move {
            let mut latencies = Vec::new();
            let mut now = Instant::now();
            while now - start < duration {
                connection.ask(question).await;
                let answered = Instant::now();
                latencies.push(answered - now);
                now = answered;
            }
            latencies
        });
    }
    let mut latencies = asking.join_all().await.concat();
    let seconds = start.elapsed().as_secs_f64();
    latencies.sort_unstable();
    Asked { seconds, latencies }
}

impl Connection {
    pub async fn new(addresses: &Addresses, transport: Transport, protocol: Protocol) -> Connection {
        let stream: Box<dyn Stream> = match transport {
            Transport::Tcp | Transport::Tls => {
                let stream = TcpStream::connect(addresses.tcp(transport, protocol)).await;
                let stream = stream.expect("it should listen");
                stream.set_nodelay(true).expect("a socket");
                if transport == Transport::Tcp {
                    Box::new(stream)
                } else {
                    let config = Arc::new(addresses.files().client(protocol));
                    let secured = TlsConnector::from(config).connect(tls::name(), stream).await;
                    Box::new(secured.expect("it should speak TLS"))
                }
            }
            Transport::Unix => {
                let path = addresses.unix.as_ref().expect("a server with a socket");
                Box::new(UnixStream::connect(path).await.expect("it should listen"))
            }
        };
        Connection { stream, transport, talk: Talk::default() }
    }

    /// Asks, and reads an answer that allows.
    pub async fn ask(&mut self, question: &Question) {
        let request = self.talk.next(question, self.transport);
        write(&mut self.stream, request).await.expect("room for a question");
        let mut bytes = [0; ANSWER_BYTES_MAX];
        loop {
            let mut buffer = ReadBuf::new(&mut bytes);
            read(&mut self.stream, &mut buffer).await.expect("an answer");
            if self.talk.hears(question, buffer.filled()) {
                return;
            }
        }
    }
}

/// One answer, head and body; of one over HTTP/2 the same as text, after its trailers have been seen.
pub async fn first_answer(addresses: &Addresses, question: &Question) -> Vec<u8> {
    let Connection { mut stream, .. } = Connection::new(addresses, Transport::Tcp, question.protocol()).await;
    let text = match &question.form {
        Form::Http1(text) => text,
        Form::Grpc { message, .. } => return call(stream, question.path, message).await,
    };
    let mut bytes = [0; ANSWER_BYTES_MAX];
    let mut buffer = ReadBuf::new(&mut bytes);
    write(&mut stream, text).await.expect("room for a question");
    while !is_whole(buffer.filled()) {
        let before = buffer.filled().len();
        read(&mut stream, &mut buffer).await.expect("an answer");
        assert!(buffer.filled().len() > before, "an answer");
    }
    buffer.filled().to_vec()
}

async fn call(stream: Box<dyn Stream>, path: &str, message: &[u8]) -> Vec<u8> {
    let (send, connection) = h2::client::handshake(stream).await.expect("a server of HTTP/2");
    tokio::spawn(connection);
    let mut send: SendRequest<Bytes> = send.ready().await.expect("a connection");
    let request = Request::post(format!("http://portcullis{path}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(())
        .expect("a request");
    let (answer, mut asking) = send.send_request(request, false).expect("a stream");
    asking.send_data(Bytes::copy_from_slice(message), true).expect("room for a question");
    let (head, mut incoming) = answer.await.expect("an answer").into_parts();
    let mut text = format!("HTTP/2 {}\r\n", head.status).into_bytes();
    for (name, value) in &head.headers {
        text.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    text.extend(b"\r\n");
    while let Some(data) = incoming.data().await {
        text.extend(data.expect("a message"));
    }
    let trailers = incoming.trailers().await.expect("an end").expect("trailers");
    assert_eq!(trailers.len(), 1);
    assert_eq!(trailers["grpc-status"], "0");
    text
}

async fn write(stream: &mut Box<dyn Stream>, bytes: &[u8]) -> io::Result<()> {
    let mut written = 0;
    while written < bytes.len() {
        written += poll_fn(|context| Pin::new(&mut *stream).poll_write(context, &bytes[written..])).await?;
    }
    poll_fn(|context| Pin::new(&mut *stream).poll_flush(context)).await
}

async fn read(stream: &mut Box<dyn Stream>, buffer: &mut ReadBuf<'_>) -> io::Result<()> {
    poll_fn(|context| Pin::new(&mut *stream).poll_read(context, buffer)).await
}
