//! As much of HTTP/2 as asking the same again and again takes: frames that are made once, and the ends of the answers to them.
//!
//! A whole client would take more of the processors than the servers that are measured. The first answer of each server is read
//! by one.

use bytes::BufMut;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HEAD_BYTES: usize = 9;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const WINDOW_UPDATE: u8 = 8;

const END_STREAM: u8 = 1;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;

const INITIAL_WINDOW_SIZE: u16 = 4;
/// More than any connection here is told.
const WINDOW_MAX: u32 = (1 << 31) - 1;
const WINDOW_AT_FIRST: u32 = (1 << 16) - 1;

/// What a connection begins with: whatever the server has to say, there is room for it.
pub fn put_greeting(out: &mut Vec<u8>) {
    out.put_slice(PREFACE);
    put_frame_head(out, 6, SETTINGS, 0, 0);
    out.put_u16(INITIAL_WINDOW_SIZE);
    out.put_u32(WINDOW_MAX);
    put_frame_head(out, 4, WINDOW_UPDATE, 0, 0);
    out.put_u32(WINDOW_MAX - WINDOW_AT_FIRST);
}

/// What the server's settings are answered with.
pub fn put_agreement(out: &mut Vec<u8>) {
    put_frame_head(out, 0, SETTINGS, ACK, 0);
}

pub fn put_request(out: &mut Vec<u8>, head: &[u8], body: &[u8], stream: u32) {
    put_frame_head(out, head.len(), HEADERS, END_HEADERS, stream);
    out.put_slice(head);
    put_frame_head(out, body.len(), DATA, END_STREAM, stream);
    out.put_slice(body);
}

fn put_frame_head(out: &mut Vec<u8>, length: usize, kind: u8, flags: u8, stream: u32) {
    out.put_uint(length as u64, 3);
    out.put_u8(kind);
    out.put_u8(flags);
    out.put_u32(stream);
}

/// The head of a POST, without any compression.
pub fn head(scheme: &str, authority: &str, path: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    // The static table has POST, HTTP and HTTPS as they are, and the names of the two others.
    let mut head = vec![0x83, if scheme == "https" { 0x87 } else { 0x86 }, 0x01];
    put_text(&mut head, authority);
    head.put_u8(0x04);
    put_text(&mut head, path);
    for (name, value) in headers {
        head.put_u8(0);
        put_text(&mut head, name);
        put_text(&mut head, value);
    }
    head
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    let length = u8::try_from(text.len()).ok().filter(|length| *length < 127);
    out.put_u8(length.expect("a short text"));
    out.put_slice(text.as_bytes());
}

/// Takes away an answer that has come to its end, and says whether there was one. Its message has to be this.
pub fn take_answer(heard: &mut Vec<u8>, message: &[u8]) -> bool {
    let (mut at, mut is_whole) = (0, false);
    while let Some(head) = heard[at..].first_chunk::<HEAD_BYTES>().filter(|_| !is_whole) {
        let length = usize::from(head[0]) << 16 | usize::from(head[1]) << 8 | usize::from(head[2]);
        let (kind, flags) = (head[3], head[4]);
        let Some(payload) = heard.get(at + HEAD_BYTES..at + HEAD_BYTES + length) else { break };
        let is_known = matches!(kind, DATA | HEADERS | SETTINGS | PING | WINDOW_UPDATE);
        assert!(is_known, "it should answer, and not by a frame of type {kind}");
        assert!(kind != DATA || payload.is_empty() || payload == message, "it should allow");
        is_whole = matches!(kind, DATA | HEADERS) && flags & END_STREAM != 0;
        at += HEAD_BYTES + length;
    }
    heard.drain(..at);
    is_whole
}
