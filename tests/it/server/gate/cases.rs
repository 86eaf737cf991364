//! What is wrong with the bytes of requests.

use std::fmt::Write as _;

use super::super::doors::Question;

/// Requests that are refused for the same reason, by the same guard.
pub struct Group {
    pub row: &'static str,
    /// What keeps them out.
    pub guards: &'static str,
    pub status: u16,
    pub reason: &'static str,
    pub message: &'static str,
    pub cases: &'static [Case],
}

/// What is wrong, and what comes of it without the guard.
pub type Case = (&'static str, Make, Without);

pub type Make = fn(Question) -> Vec<u8>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Without {
    /// It is answered as if nothing were wrong.
    Passes,
    /// The HTTP library refuses it in its own way, which proxies take for a fault, or ends the connection.
    Library,
    /// It is answered, but by something else.
    Otherwise,
    /// The HTTP library waits for more.
    Waits,
}

use Without::{Library, Otherwise, Passes, Waits};

const MALFORMED: &str = "malformed_request";
pub const LINE_END: &str = "every line of the head has to end in CR LF";
const FIRST_LINE: &str =
    "the first line has to be a method, a target and `HTTP/1.1`, with one space between them";
const METHOD: &str = "the method has to be in capital letters, and may be neither CONNECT nor TRACE";
const TARGET: &str =
    "the target has to be a path: one `/`, then printable ASCII without `#`, `<`, `>`, quotes and backticks";
const NAME: &str = "each header has to be a name, a colon right after it, and a value on the same line";
const VALUE: &str = "the values of headers have to be UTF-8 without control characters";
const HOST: &str = "the request needs exactly one `Host`: a name or an address, and perhaps a port";
const FRAMING: &str = "the body's length has to be told once: by `Content-Length` in digits, or by `Transfer-Encoding: chunked`";
pub const CHUNKS: &str =
    "each chunk has to be a size in hexadecimal digits and nothing else, CR LF, so many bytes and CR LF";

const fn malformed(
    row: &'static str,
    guards: &'static str,
    message: &'static str,
    cases: &'static [Case],
) -> Group {
    Group { row, guards, status: 400, reason: MALFORMED, message, cases }
}

const fn large(status: u16, reason: &'static str, message: &'static str, cases: &'static [Case]) -> Group {
    Group { row: "T-36", guards: "HeadBounds", status, reason, message, cases }
}

pub const GROUPS: &[Group] = &[
    malformed(
        "T-35",
        "LineEnds",
        LINE_END,
        &[
            ("LF alone after the first line", |ask| ask.replaced(" HTTP/1.1\r\n", " HTTP/1.1\n"), Passes),
            ("LF alone after a header", |ask| ask.replaced("Host: pdp\r\n", "Host: pdp\n"), Passes),
            ("LF alone at the end", |ask| ask.replaced("\r\n\r\n", "\r\n\n"), Passes),
            ("LF alone everywhere", |ask| ask.whole().replace("\r\n", "\n").into_bytes(), Passes),
        ],
    ),
    malformed(
        "T-35",
        "ValueText",
        VALUE,
        &[
            ("CR alone", |ask| ask.with("X: a\rb"), Library),
            ("NUL in a header", |ask| ask.with("X-A: a\0b"), Library),
            ("a header that is no UTF-8", |ask| ask.before("Host", b"X-A: \xe9\r\n"), Passes),
        ],
    ),
    malformed(
        "T-35",
        "HeaderNames",
        NAME,
        &[
            ("a folded line", |ask| ask.with("X-A: 1\r\n folded"), Library),
            ("a space before the colon", |ask| ask.with("X-A : 1"), Library),
            ("a space before the coding's colon", |ask| ask.with("Transfer-Encoding : chunked"), Library),
            ("a header without a name", |ask| ask.with(": 1"), Library),
        ],
    ),
    malformed(
        "T-35",
        "FirstLine",
        FIRST_LINE,
        &[
            ("an empty first line", |ask| format!("\r\n{}", ask.whole()).into_bytes(), Passes),
            ("two spaces", |ask| ask.replaced(" HTTP/1.1", "  HTTP/1.1"), Library),
            ("another version", |ask| ask.replaced("HTTP/1.1", "HTTP/1.2"), Library),
            ("no version", |ask| ask.replaced(" HTTP/1.1", ""), Library),
            ("a space in the target", |ask| ask.replaced(" HTTP", " x HTTP"), Library),
        ],
    ),
    malformed(
        "T-18",
        "MethodForm",
        METHOD,
        &[
            ("a method in small letters", |ask| ask.started("get /"), Otherwise),
            ("CONNECT to a path", |ask| ask.started("CONNECT /"), Otherwise),
            ("TRACE", |ask| ask.started("TRACE /"), Otherwise),
            ("a long method", |ask| ask.started(&format!("{} /", "G".repeat(1024))), Otherwise),
        ],
    ),
    malformed(
        "T-09",
        "TargetBytes",
        TARGET,
        &[
            ("the absolute form", |ask| ask.started("GET http://pdp/"), Otherwise),
            ("no slash", |ask| ask.started("GET x/"), Otherwise),
            ("two slashes", |ask| ask.started("GET //"), Otherwise),
            ("a fragment", |ask| ask.replaced(" HTTP/1.1", "#x HTTP/1.1"), Otherwise),
            ("a target that is no UTF-8", |ask| ask.before(" HTTP/1.1", b"?\xff"), Otherwise),
        ],
    ),
    malformed(
        "T-15",
        "OneHost",
        HOST,
        &[
            ("no Host", |ask| ask.replaced("Host: pdp\r\n", ""), Otherwise),
            ("two Hosts", |ask| ask.with("Host: pdp"), Otherwise),
        ],
    ),
    malformed(
        "T-16",
        "HostForm",
        HOST,
        &[
            ("an empty Host", |ask| ask.replaced("Host: pdp", "Host:"), Otherwise),
            ("two Hosts in one", |ask| ask.replaced("Host: pdp", "Host: pdp, pdp"), Otherwise),
        ],
    ),
    malformed(
        "T-34",
        "Framing",
        FRAMING,
        &[
            (
                "two lengths",
                |ask| lengths(ask, |length| format!("{length}\r\nContent-Length: {length}")),
                Passes,
            ),
            (
                "two lengths that differ",
                |ask| lengths(ask, |length| format!("{length}\r\nContent-Length: {}", length + 1)),
                Library,
            ),
            ("a list of lengths", |ask| lengths(ask, |length| format!("{length}, {length}")), Library),
            ("a length with a sign", |ask| lengths(ask, |length| format!("+{length}")), Library),
            ("a hexadecimal length", |ask| lengths(ask, |length| format!("{length:#x}")), Library),
            ("no length", |ask| lengths(ask, |_| String::new()), Library),
            (
                "a length and chunks",
                |ask| coded(ask, &format!("Content-Length: {}\r\n{CHUNKED}", ask.body.len())),
                Passes,
            ),
            (
                "chunks and a length",
                |ask| coded(ask, &format!("{CHUNKED}\r\nContent-Length: {}", ask.body.len())),
                Passes,
            ),
            ("chunks twice", |ask| coded(ask, &format!("{CHUNKED}\r\n{CHUNKED}")), Passes),
            ("chunks twice in one", |ask| coded(ask, "Transfer-Encoding: chunked, chunked"), Passes),
            ("another coding too", |ask| coded(ask, "Transfer-Encoding: gzip, chunked"), Passes),
            ("another coding last", |ask| coded(ask, "Transfer-Encoding: chunked, identity"), Library),
            ("another coding alone", |ask| coded(ask, "Transfer-Encoding: xchunked"), Library),
            (
                "chunks in HTTP/1.0",
                |ask| {
                    let chunked = String::from_utf8(coded(ask, CHUNKED)).unwrap();
                    chunked.replacen("HTTP/1.1", "HTTP/1.0", 1).into_bytes()
                },
                Library,
            ),
        ],
    ),
    large(
        431,
        "too_many_headers",
        "there may be no more than 64 headers",
        &[
            ("65 headers", |ask| ask.with(&headers(65)), Passes),
            ("101 headers", |ask| ask.with(&headers(101)), Library),
            ("1,000 headers", |ask| ask.with(&headers(1_000)), Library),
        ],
    ),
    large(
        431,
        "head_too_large",
        "the head has to be no larger than 16 KB",
        &[
            ("a header of 17 KB", |ask| ask.with(&long(17 << 10)), Passes),
            ("a header of 64 KB", |ask| ask.with(&long(64 << 10)), Passes),
            ("a header of 500 KB", |ask| ask.with(&long(500 << 10)), Library),
        ],
    ),
    large(
        414,
        "target_too_long",
        "the target has to be no longer than 8 KB",
        &[
            ("a target of more than 8 KB", |ask| queried(ask, 8 << 10), Passes),
            ("a target of 15 KB", |ask| queried(ask, 15 << 10), Passes),
            ("a target of 60 KB", |ask| queried(ask, 60 << 10), Passes),
            ("a target of 70 KB", |ask| queried(ask, 70 << 10), Library),
        ],
    ),
];

const CHUNKED: &str = "Transfer-Encoding: chunked";

/// Bodies in chunks that aren't cut as they have to be. What a proxy asks is answered before they are looked at.
pub const BODIES: &[Case] = &[
    ("an extension", |ask| chunked(ask, |size, body| format!("{size};a=b\r\n{body}\r\n0\r\n\r\n")), Passes),
    (
        "an extension of 10 KB",
        |ask| chunked(ask, |size, body| format!("{size};a={}\r\n{body}\r\n0\r\n\r\n", "b".repeat(10 << 10))),
        Passes,
    ),
    (
        "an extension of 20 KB",
        |ask| chunked(ask, |size, body| format!("{size};a={}\r\n{body}\r\n0\r\n\r\n", "b".repeat(20 << 10))),
        Library,
    ),
    (
        "a space behind the size",
        |ask| chunked(ask, |size, body| format!("{size} \r\n{body}\r\n0\r\n\r\n")),
        Passes,
    ),
    (
        "LF alone behind the size",
        |ask| chunked(ask, |size, body| format!("{size}\n{body}\r\n0\r\n\r\n")),
        Library,
    ),
    (
        "LF alone behind the chunk",
        |ask| chunked(ask, |size, body| format!("{size}\r\n{body}\n0\r\n\r\n")),
        Library,
    ),
    (
        "a size with a sign",
        |ask| chunked(ask, |size, body| format!("+{size}\r\n{body}\r\n0\r\n\r\n")),
        Library,
    ),
    (
        "a size that says that it is hexadecimal",
        |ask| chunked(ask, |size, body| format!("0x{size}\r\n{body}\r\n0\r\n\r\n")),
        Library,
    ),
    ("no size", |ask| chunked(ask, |_, body| format!("\r\n{body}\r\n0\r\n\r\n")), Library),
    (
        "a chunk longer than its size",
        |ask| chunked(ask, |size, body| format!("{size}\r\n{body}x\r\n0\r\n\r\n")),
        Library,
    ),
    (
        "a trailer that ends in LF alone",
        |ask| chunked(ask, |size, body| format!("{size}\r\n{body}\r\n0\r\nX: 1\n\r\n")),
        Waits,
    ),
];

fn lengths(ask: Question, said: fn(usize) -> String) -> Vec<u8> {
    let line = format!("Content-Length: {}", said(ask.body.len()));
    ask.framed(&line, ask.body).into_bytes()
}

/// In one chunk, and with these lines to say so.
fn coded(ask: Question, lines: &str) -> Vec<u8> {
    let chunk =
        if ask.body.is_empty() { String::new() } else { format!("{:x}\r\n{}\r\n", ask.body.len(), ask.body) };
    ask.framed(lines, &format!("{chunk}0\r\n\r\n")).into_bytes()
}

/// In chunks as somebody cuts them; proxies get a body too.
fn chunked(ask: Question, cut: fn(&str, &str) -> String) -> Vec<u8> {
    let body = if ask.body.is_empty() { "abc" } else { ask.body };
    ask.framed(CHUNKED, &cut(&format!("{:x}", body.len()), body)).into_bytes()
}

/// So many headers, with those that the question has.
fn headers(count: usize) -> String {
    (0..count).fold(String::new(), |mut lines, number| {
        let end = if number + 1 == count { "" } else { "\r\n" };
        let _ = write!(lines, "X-{number}: 1{end}");
        lines
    })
}

fn long(length: usize) -> String {
    format!("X-Long: {}", "a".repeat(length))
}

fn queried(ask: Question, length: usize) -> Vec<u8> {
    ask.before(" HTTP/1.1", format!("?{}", "a".repeat(length)).as_bytes())
}
