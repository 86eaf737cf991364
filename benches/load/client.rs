//! The load: connections that each ask, wait for the whole answer, and ask again.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, UnixStream};
use tokio::task::JoinSet;

use crate::servers::Addresses;

/// Longer than any answer here.
pub const ANSWER_BYTES_MAX: usize = 4096;
const LENGTH: &[u8] = b"content-length: ";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    Tcp,
    Unix,
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

/// Asks over so many connections for so long; `before` runs when all of them are open and have been answered once.
pub async fn ask(
    addresses: &Addresses,
    transport: Transport,
    connections: usize,
    request: &'static [u8],
    duration: Duration,
    before: impl FnOnce(),
) -> Asked {
    let mut open: Vec<Box<dyn Stream>> = Vec::new();
    for _ in 0..connections {
        open.push(connected(addresses, transport).await);
    }
    for stream in &mut open {
        question(stream, request).await;
    }
    before();
    let start = Instant::now();
    let mut asking = JoinSet::new();
    for mut stream in open {
        asking.spawn(async move {
            let mut latencies = Vec::new();
            let mut now = Instant::now();
            while now - start < duration {
                question(&mut stream, request).await;
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

/// One answer, head and body, as it came.
pub async fn first_answer(addresses: &Addresses, transport: Transport, request: &[u8]) -> Vec<u8> {
    let mut bytes = [0; ANSWER_BYTES_MAX];
    let mut buffer = ReadBuf::new(&mut bytes);
    let mut stream = connected(addresses, transport).await;
    ask_once(&mut stream, request, &mut buffer).await.expect("an answer");
    buffer.filled().to_vec()
}

pub async fn connected(addresses: &Addresses, transport: Transport) -> Box<dyn Stream> {
    match transport {
        Transport::Tcp => {
            let stream = TcpStream::connect(addresses.tcp).await.expect("it should listen");
            stream.set_nodelay(true).expect("a socket");
            Box::new(stream)
        }
        Transport::Unix => {
            let path = addresses.unix.as_ref().expect("a server with a socket");
            Box::new(UnixStream::connect(path).await.expect("it should listen"))
        }
    }
}

/// Asks, and reads an answer that allows; any other one ends the run, because it would measure something else.
pub async fn question(stream: &mut Box<dyn Stream>, request: &[u8]) {
    let mut bytes = [0; ANSWER_BYTES_MAX];
    let mut buffer = ReadBuf::new(&mut bytes);
    ask_once(stream, request, &mut buffer).await.expect("an answer");
    assert!(buffer.filled().starts_with(b"HTTP/1.1 200 "), "it should allow");
}

async fn ask_once(stream: &mut Box<dyn Stream>, request: &[u8], buffer: &mut ReadBuf<'_>) -> io::Result<()> {
    let mut written = 0;
    while written < request.len() {
        written += poll_fn(|context| Pin::new(&mut *stream).poll_write(context, &request[written..])).await?;
    }
    while !is_whole(buffer.filled()) {
        let before = buffer.filled().len();
        poll_fn(|context| Pin::new(&mut *stream).poll_read(context, buffer)).await?;
        if buffer.filled().len() == before {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(())
}

/// Whether the head is there, and as much of a body as it says.
pub fn is_whole(answer: &[u8]) -> bool {
    let Some(head) = position(answer, b"\r\n\r\n") else { return false };
    let length = position(&answer[..head], LENGTH).expect("an answer says how long it is") + LENGTH.len();
    let digits = answer[length..].iter().take_while(|byte| byte.is_ascii_digit());
    let body = digits.fold(0, |number, digit| number * 10 + usize::from(digit - b'0'));
    answer.len() == head + 4 + body
}

fn position(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window.eq_ignore_ascii_case(part))
}
