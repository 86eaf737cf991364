//! The pace: so many questions a second, each at its time, whether or not those before it have been answered.
//!
//! What an answer takes counts from when its question was due, so that a server that halts for a while has made all wait
//! that were due meanwhile, and not only those that had been sent. One thread sends and receives and never sleeps: it is
//! not late itself.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use crate::client::{ANSWER_BYTES_MAX, Asked, Transport, is_whole};
use crate::servers::Addresses;

trait Stream: Read + Write {}
impl Stream for TcpStream {}
impl Stream for UnixStream {}

struct Connection {
    stream: Box<dyn Stream>,
    /// Since when the question is due that is being answered.
    due: Option<Instant>,
    answer: Vec<u8>,
}

/// Asks at this pace, by whichever connection has nothing to do.
pub fn ask(
    addresses: &Addresses,
    transport: Transport,
    connections: usize,
    request: &[u8],
    per_second: u32,
    duration: Duration,
) -> Asked {
    let mut open: Vec<Connection> = (0..connections).map(|_| Connection::new(addresses, transport)).collect();
    let mut idle: VecDeque<usize> = (0..connections).collect();
    let period = Duration::from_secs(1) / per_second;
    let mut latencies = Vec::new();
    let start = Instant::now();
    let mut due = start;
    while due - start < duration || idle.len() < connections {
        while due - start < duration && Instant::now() >= due {
            let Some(free) = idle.pop_front() else { break };
            open[free].send(request, due);
            due += period;
        }
        for (number, connection) in open.iter_mut().enumerate() {
            if let Some(took) = connection.receive() {
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
    fn new(addresses: &Addresses, transport: Transport) -> Connection {
        let stream: Box<dyn Stream> = match transport {
            Transport::Tcp => {
                let stream = TcpStream::connect(addresses.tcp).expect("it should listen");
                stream.set_nodelay(true).expect("a socket");
                stream.set_nonblocking(true).expect("a socket");
                Box::new(stream)
            }
            Transport::Unix => {
                let path = addresses.unix.as_ref().expect("a server with a socket");
                let stream = UnixStream::connect(path).expect("it should listen");
                stream.set_nonblocking(true).expect("a socket");
                Box::new(stream)
            }
        };
        Connection { stream, due: None, answer: Vec::new() }
    }

    /// Questions are short, and this connection has nothing else to carry.
    fn send(&mut self, request: &[u8], due: Instant) {
        self.stream.write_all(request).expect("room for a question");
        self.due = Some(due);
        self.answer.clear();
    }

    /// How long the answer took, once it is whole; any that doesn't allow ends the run.
    fn receive(&mut self) -> Option<Duration> {
        let due = self.due?;
        let mut bytes = [0; ANSWER_BYTES_MAX];
        match self.stream.read(&mut bytes) {
            Ok(length) => {
                assert!(length > 0, "it should answer");
                self.answer.extend_from_slice(&bytes[..length]);
            }
            Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock, "it should answer"),
        }
        if !is_whole(&self.answer) {
            return None;
        }
        assert!(self.answer.starts_with(b"HTTP/1.1 200 "), "it should allow");
        self.due = None;
        Some(due.elapsed())
    }
}
