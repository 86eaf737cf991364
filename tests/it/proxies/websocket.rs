//! A WebSocket passes where its request may, and does nothing where it may not.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::front::{Front, basic, request};
use crate::process::PATIENCE;

const UPGRADE: [&str; 4] = [
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];

/// Asks for an upgrade at a page that may be read; the head of the answer, and the connection.
fn upgraded(front: &Front, lines: &[&str]) -> (String, TcpStream) {
    let authorization = format!("Authorization: {}", basic("vic"));
    let lines = [&[authorization.as_str()], lines].concat();
    let mut stream = TcpStream::connect(("127.0.0.1", front.port())).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request("site.example.com", "GET", "/pages/1", &lines).as_bytes()).unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        let read = stream.read(&mut byte).unwrap();
        assert_eq!(read, 1, "{:?}: {}", front.kind, String::from_utf8_lossy(&head));
        head.push(byte[0]);
    }
    (String::from_utf8(head).unwrap(), stream)
}

pub(super) fn passes_if_it_may(front: &Front) {
    let (head, mut stream) = upgraded(front, &UPGRADE);
    assert!(head.starts_with("HTTP/1.1 101 "), "{:?}: {head}", front.kind);
    assert!(head.to_ascii_lowercase().contains("upgrade: websocket\r\n"), "{:?}: {head}", front.kind);
    let reached = front.reached().expect("it should reach the application");
    assert!(reached.starts_with("GET /pages/1 HTTP/1.1\r\n"), "{:?}: {reached}", front.kind);
    // From then on bytes go through as they are.
    for said in [&b"\x81\x05hello"[..], b"\x88\x00"] {
        stream.write_all(said).unwrap();
        let mut heard = vec![0; said.len()];
        stream.read_exact(&mut heard).unwrap();
        assert_eq!(heard, said, "{:?}", front.kind);
    }
}

/// A connection that speaks HTTP again would be asked about no more.
pub(super) fn is_all_that_a_connection_becomes(front: &Front) {
    let settings = "HTTP2-Settings: AAMAAABkAAQAAP__";
    for lines in [
        &["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", settings][..],
        &["Connection: Upgrade, HTTP2-Settings", "Upgrade: H2C", settings],
        &["Connection: Upgrade, HTTP2-Settings", "Upgrade: websocket, h2c", settings],
        &["Connection: Upgrade, HTTP2-Settings", "Upgrade: websocket", "Upgrade: h2c", settings],
    ] {
        let (head, _) = upgraded(front, lines);
        let head = head.to_ascii_lowercase();
        let reached = front.reached().unwrap_or_default().to_ascii_lowercase();
        assert!(
            !reached.contains("h2c") && !head.contains("h2c"),
            "{:?} {lines:?}: {head}{reached}",
            front.kind
        );
        let is_switched = head.starts_with("http/1.1 101 ");
        assert!(
            !is_switched || reached.contains("upgrade: websocket\r\n"),
            "{:?} {lines:?}: {head}",
            front.kind
        );
    }
}

pub(super) fn does_nothing_if_it_may_not(front: &Front) {
    for (user, target, reason) in [
        ("ada", "/admin/chat", "denied_by_rule"),
        ("vic", "/desk", "no_rule_applies"),
        ("ada", "/nowhere", "no_route"),
    ] {
        let (answer, reached) = front.ask(user, "GET", target, &UPGRADE);
        assert_eq!((answer.status, reached), (403, None), "{:?} {target}", front.kind);
        assert_eq!(answer.header("portcullis-reason"), Some(reason), "{:?} {target}", front.kind);
    }
}
