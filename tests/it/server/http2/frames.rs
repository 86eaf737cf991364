//! HTTP/2 frame by frame (RFC 9113), for callers that no library would be.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use crate::process::PATIENCE;

pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const RST_STREAM: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const PING: u8 = 6;
pub const GOAWAY: u8 = 7;
pub const WINDOW_UPDATE: u8 = 8;
pub const CONTINUATION: u8 = 9;

pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;

/// A connection.
pub struct Frames {
    stream: TcpStream,
}

#[derive(Debug)]
pub struct Frame {
    pub kind: u8,
    pub stream: u32,
    pub payload: Vec<u8>,
}

impl Frames {
    pub fn open(address: SocketAddr) -> Frames {
        let stream = TcpStream::connect(address).expect("the server should listen");
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Frames::over(stream)
    }

    /// With the patience that it has.
    pub fn over(stream: TcpStream) -> Frames {
        Frames { stream }
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("the server should take it");
    }

    /// Whether the server still takes what is sent.
    pub fn try_send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).is_ok()
    }

    /// The same connection, to read from it while it is written to.
    pub fn reader(&self) -> Frames {
        Frames { stream: self.stream.try_clone().unwrap() }
    }

    /// Nothing once the server has closed.
    pub fn next(&mut self) -> Option<Frame> {
        let mut head = [0; 9];
        self.stream.read_exact(&mut head).ok()?;
        let [a, b, c, kind, _, stream @ ..] = head;
        let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
        self.stream.read_exact(&mut payload).ok()?;
        Some(Frame { kind, stream: u32::from_be_bytes(stream) & 0x7fff_ffff, payload })
    }

    pub fn next_of(&mut self, kind: u8) -> Option<Frame> {
        std::iter::from_fn(|| self.next()).find(|frame| frame.kind == kind)
    }
}

pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// What a client begins with: the preface, and these settings.
pub fn opening(settings: &[(u16, u32)]) -> Vec<u8> {
    let settings: Vec<u8> = settings
        .iter()
        .flat_map(|(id, value)| [&id.to_be_bytes()[..], &value.to_be_bytes()].concat())
        .collect();
    [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", &frame(SETTINGS, 0, 0, &settings)[..]].concat()
}

/// Fields as HPACK literals that nobody remembers (RFC 7541, section 6.2.2).
pub fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    fields.iter().flat_map(|(name, value)| literal(0x00, name, value)).collect()
}

/// A literal of this kind; names and values are shorter than 2^14 bytes.
pub fn literal(kind: u8, name: &str, value: &str) -> Vec<u8> {
    let mut bytes = vec![kind];
    for text in [name, value] {
        match u8::try_from(text.len()) {
            Ok(length) if length < 127 => bytes.push(length),
            _ => {
                let rest = text.len() - 127;
                bytes.extend([
                    127,
                    u8::try_from(rest % 128).unwrap() | 128,
                    u8::try_from(rest / 128).unwrap(),
                ]);
            }
        }
        bytes.extend_from_slice(text.as_bytes());
    }
    bytes
}
