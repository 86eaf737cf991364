//! The pace: so many questions a second, each at its time, whether or not those before it have been answered.
//!
//! What an answer takes counts from when its question was due, so that a server that halts for a while has made all wait
//! that were due meanwhile, and not only those that had been sent. One thread sends and receives and never sleeps: it is
//! not late itself.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_rustls::rustls::{ClientConnection, StreamOwned};

use crate::client::{ANSWER_BYTES_MAX, Asked, Transport};
use crate::question::{Protocol, Question, Talk};
use crate::servers::Addresses;
use crate::tls;

trait Stream: Read + Write {}
impl Stream for TcpStream {}
impl Stream for UnixStream {}
impl Stream for StreamOwned<ClientConnection, TcpStream> {}

struct Connection {
    stream: Box<dyn Stream>,
    transport: Transport,
    /// Since when the question is due that is being answered.
    due: Option<Instant>,
    talk: Talk,
}

/// Asks at this pace, by whichever connection has nothing to do.
pub fn ask(
    addresses: &Addresses,
    transport: Transport,
    connections: usize,
    question: &Question,
    per_second: u32,
    duration: Duration,
) -> Asked {
    let mut open: Vec<Connection> =
        (0..connections).map(|_| Connection::new(addresses, transport, question.protocol())).collect();
    let mut idle: VecDeque<usize> = (0..connections).collect();
    let period = Duration::from_secs(1) / per_second;
    let mut latencies = Vec::new();
    let start = Instant::now();
    let mut due = start;
    while due - start < duration || idle.len() < connections {
        while due - start < duration && Instant::now() >= due {
            let Some(free) = idle.pop_front() else { break };
            open[free].send(question, due);
            due += period;
        }
        for (number, connection) in open.iter_mut().enumerate() {
            if let Some(took) = connection.receive(question) {
                latencies.push(took);
                idle.push_back(number);
            }
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    latencies.sort_unstable();
    Asked { seconds, latencies }
}

impl Connection {
    fn new(addresses: &Addresses, transport: Transport, protocol: Protocol) -> Connection {
        let stream: Box<dyn Stream> = match transport {
            Transport::Tcp | Transport::Tls => {
                let mut stream =
                    TcpStream::connect(addresses.tcp(transport, protocol)).expect("it should listen");
                stream.set_nodelay(true).expect("a socket");
                if transport == Transport::Tcp {
                    stream.set_nonblocking(true).expect("a socket");
                    Box::new(stream)
                } else {
                    let config = Arc::new(addresses.files().client(protocol));
                    let mut session = ClientConnection::new(config, tls::name()).expect("a session");
                    while session.is_handshaking() {
                        session.complete_io(&mut stream).expect("it should speak TLS");
                    }
                    stream.set_nonblocking(true).expect("a socket");
                    Box::new(StreamOwned::new(session, stream))
                }
            }
            Transport::Unix => {
                let path = addresses.unix.as_ref().expect("a server with a socket");
                let stream = UnixStream::connect(path).expect("it should listen");
                stream.set_nonblocking(true).expect("a socket");
                Box::new(stream)
            }
        };
        Connection { stream, transport, due: None, talk: Talk::default() }
    }

    /// Questions are short, and this connection has nothing else to carry.
    fn send(&mut self, question: &Question, due: Instant) {
        let request = self.talk.next(question, self.transport);
        self.stream.write_all(request).expect("room for a question");
        self.stream.flush().expect("room for a question");
        self.due = Some(due);
    }

    /// How long the answer took, once it is whole.
    fn receive(&mut self, question: &Question) -> Option<Duration> {
        let due = self.due?;
        let mut bytes = [0; ANSWER_BYTES_MAX];
        match self.stream.read(&mut bytes) {
            Ok(length) => {
                if !self.talk.hears(question, &bytes[..length]) {
                    return None;
                }
            }
            Err(error) => {
                assert_eq!(error.kind(), io::ErrorKind::WouldBlock, "it should answer");
                return None;
            }
        }
        self.due = None;
        Some(due.elapsed())
    }
}
