//! A blocking HTTP/1 client that sends exactly the bytes it is given, so that tests can be as rude as they like.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use socket2::{Domain, Socket, Type};

/// Longer than any answer takes, shorter than anybody's patience.
const PATIENCE: Duration = Duration::from_secs(10);

trait Stream: Read + Write + Send {}
impl<T: Read + Write + Send> Stream for T {}

/// One connection.
pub struct Client {
    stream: Box<dyn Stream>,
    /// What came beyond the last response.
    pending: Vec<u8>,
    /// Whether what was sent last is answered without a body, whatever the answer says of one.
    asked_for_head: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Client {
    pub fn tcp(address: SocketAddr) -> Client {
        Client::over_tcp(TcpStream::connect(address).expect("the server should listen"))
    }

    /// From another of this machine's loopback addresses.
    pub fn tcp_from(local: &str, server: SocketAddr) -> Client {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::new(local.parse().unwrap(), 0).into()).unwrap();
        socket.connect(&server.into()).expect("the server should listen");
        Client::over_tcp(TcpStream::from(socket))
    }

    pub fn over_tcp(stream: TcpStream) -> Client {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        stream.set_nodelay(true).unwrap();
        Client { stream: Box::new(stream), pending: Vec::new(), asked_for_head: false }
    }

    /// Over whatever carries it, with patience of its own.
    pub fn over(stream: impl Read + Write + Send + 'static) -> Client {
        Client { stream: Box::new(stream), pending: Vec::new(), asked_for_head: false }
    }

    pub fn unix(path: &Path) -> Client {
        let stream = UnixStream::connect(path).expect("the server should listen");
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Client { stream: Box::new(stream), pending: Vec::new(), asked_for_head: false }
    }

    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.asked_for_head = bytes.as_ref().starts_with(b"HEAD ");
        self.stream.write_all(bytes.as_ref()).expect("the server should take the request");
    }

    /// Sends what the server takes; a server that has had enough closes before the end.
    pub fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).is_ok()
    }

    /// Sends a request and waits for its response.
    pub fn ask(&mut self, request: impl AsRef<[u8]>) -> Response {
        self.send(request);
        self.response().expect("the server should answer")
    }

    /// The next response; none if the connection ends before one is whole.
    pub fn response(&mut self) -> Option<Response> {
        self.try_response().unwrap_or_else(|error| panic!("the server neither answered nor closed: {error}"))
    }

    /// The same, or an error if nothing comes for too long.
    pub fn try_response(&mut self) -> io::Result<Option<Response>> {
        let head_end = loop {
            if let Some(end) = self.pending.windows(4).position(|window| window == b"\r\n\r\n") {
                break end + 4;
            }
            if !self.try_more()? {
                return Ok(None);
            }
        };
        let head = String::from_utf8(self.pending.drain(..head_end).collect()).expect("an ASCII head");
        let mut lines = head.trim_end().split("\r\n");
        let status_line = lines.next().expect("a status line");
        let status = status_line.split(' ').nth(1).expect("a status").parse().expect("a number");
        let headers: Vec<(String, String)> = lines
            .map(|line| line.split_once(": ").expect("a header"))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let mut response = Response { status, headers, body: String::new() };
        if status == 100 || self.asked_for_head {
            return Ok(Some(response));
        }
        let length: usize = response.header("content-length").expect("a length").parse().expect("a number");
        while self.pending.len() < length {
            if !self.try_more()? {
                return Ok(None);
            }
        }
        response.body = String::from_utf8(self.pending.drain(..length).collect()).expect("a text");
        Ok(Some(response))
    }

    /// The head of the next response, whatever follows it.
    pub fn response_head(&mut self) -> Option<Response> {
        self.asked_for_head = true;
        self.response()
    }

    /// Waits until the server closes the connection, and says whether it did without another byte.
    pub fn is_closed(&mut self) -> bool {
        self.pending.is_empty() && self.more().is_none()
    }

    fn more(&mut self) -> Option<()> {
        let more = self.try_more();
        let more = more.unwrap_or_else(|error| panic!("the server neither answered nor closed: {error}"));
        more.then_some(())
    }

    /// Whether there is more.
    fn try_more(&mut self) -> io::Result<bool> {
        let mut bytes = [0; 4096];
        match self.stream.read(&mut bytes) {
            Ok(0) => Ok(false),
            Ok(length) => {
                self.pending.extend_from_slice(&bytes[..length]);
                Ok(true)
            }
            Err(error) if matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => {
                Ok(false)
            }
            // TLS that ends by an alert, or without a goodbye.
            Err(error) if matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof) => {
                Ok(false)
            }
            // A machine that is stopped for a moment interrupts whoever waits with a time-out.
            Err(error) if error.kind() == ErrorKind::Interrupted => self.try_more(),
            Err(error) => Err(error),
        }
    }
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value);
        let value = values.next()?;
        assert_eq!(values.next(), None, "`{name}` should be there once");
        Some(value)
    }
}

/// An AuthZEN evaluation request on a connection that stays open.
pub fn evaluation(body: &str) -> String {
    format!(
        "POST /access/v1/evaluation HTTP/1.1\r\nHost: pdp\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// What nginx sends for a request of this method and URI, with more header lines.
pub fn auth_request(method: &str, uri: &str, lines: &[&str]) -> String {
    let more = [lines, &[""]].concat().join("\r\n");
    format!(
        "GET /authz/auth-request HTTP/1.1\r\nHost: pdp\r\nX-Original-Method: {method}\r\n\
         X-Original-URI: {uri}\r\n{more}\r\n"
    )
}

pub fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: pdp\r\n\r\n")
}
