//! What is refused for its bytes, before anybody asks what it wants (T-15, T-18, T-34 to T-36).

use std::fmt::Write as _;
use std::net::TcpStream;

use portcullis::config::Config;

use super::headers::check_headers;
use super::sidecar::{Sidecar, config};
use super::world::world;
use crate::client::{Client, auth_request, evaluation, get};

const READ: &str = r#"{"subject":{"type":"user","id":"alice"},"action":{"name":"read"},"resource":{"type":"document","id":"7"}}"#;
const ALICE: &str = "X-User: alice";

const MALFORMED: &str = r#"portcullis_requests_refused_total{reason="malformed_request"}"#;

/// What is wrong, the bytes of a request with it, and what its sender is told.
type Case = (&'static str, fn(&str) -> Vec<u8>, &'static str);

const LINE_END: &str = "every line of the head has to end in CR LF";
const FIRST_LINE: &str =
    "the first line has to be a method, a target and `HTTP/1.1`, with one space between them";
const METHOD: &str = "the method has to be in capital letters, and may be neither CONNECT nor TRACE";
const TARGET: &str =
    "the target has to be a path: one `/`, then printable ASCII without `#`, `<`, `>`, quotes and backticks";
const NAME: &str = "each header has to be a name, a colon right after it, and a value on the same line";
const VALUE: &str = "the values of headers have to be UTF-8 without control characters";
const HOST: &str = "the request needs exactly one `Host`: a name or an address, and perhaps a port";
const FRAMING: &str = "the body's length has to be told once: by `Content-Length` in digits, or by `Transfer-Encoding: chunked`";
const CHUNKS: &str =
    "each chunk has to be a size in hexadecimal digits and nothing else, CR LF, so many bytes and CR LF\n";

fn replaced(request: &str, from: &str, to: &str) -> Vec<u8> {
    let (before, after) = request.split_once(from).unwrap_or_else(|| panic!("no {from:?} in {request}"));
    [before, to, after].concat().into_bytes()
}

/// With another start of the first line, up to its target.
fn started(request: &str, start: &str) -> Vec<u8> {
    let rest = request.split_once(" /").expect("a target").1;
    format!("{start}{rest}").into_bytes()
}

fn with_line(request: &str, line: &str) -> Vec<u8> {
    replaced(request, "Host: pdp\r\n", &format!("Host: pdp\r\n{line}\r\n"))
}

const CASES: &[Case] = &[
    ("LF alone after the first line", |request| replaced(request, " HTTP/1.1\r\n", " HTTP/1.1\n"), LINE_END),
    ("LF alone after a header", |request| replaced(request, "Host: pdp\r\n", "Host: pdp\n"), LINE_END),
    ("LF alone at the end", |request| replaced(request, "\r\n\r\n", "\r\n\n"), LINE_END),
    ("LF alone everywhere", |request| request.replace("\r\n", "\n").into_bytes(), LINE_END),
    ("CR alone", |request| with_line(request, "X: a\rb"), VALUE),
    ("an empty first line", |request| format!("\r\n{request}").into_bytes(), FIRST_LINE),
    ("two spaces", |request| replaced(request, " HTTP/1.1", "  HTTP/1.1"), FIRST_LINE),
    ("another version", |request| replaced(request, "HTTP/1.1", "HTTP/1.2"), FIRST_LINE),
    ("a space in the target", |request| replaced(request, " HTTP", " x HTTP"), FIRST_LINE),
    ("a method in small letters", |request| started(request, "get /"), METHOD),
    ("CONNECT to a path", |request| started(request, "CONNECT /"), METHOD),
    ("TRACE", |request| started(request, "TRACE /"), METHOD),
    ("a long method", |request| started(request, &format!("{} /", "G".repeat(1024))), METHOD),
    ("the absolute form", |request| started(request, "GET http://pdp/"), TARGET),
    ("no slash", |request| started(request, "GET x/"), TARGET),
    ("two slashes", |request| started(request, "GET //"), TARGET),
    ("a fragment", |request| replaced(request, " HTTP/1.1", "#x HTTP/1.1"), TARGET),
    (
        "a target that is no UTF-8",
        |request| {
            let at = request.find(" HTTP/1.1").unwrap();
            [&request.as_bytes()[..at], b"?\xff", &request.as_bytes()[at..]].concat()
        },
        TARGET,
    ),
    (
        "a header that is no UTF-8",
        |request| {
            let at = request.find("Host").unwrap();
            [&request.as_bytes()[..at], b"X-A: \xe9\r\n", &request.as_bytes()[at..]].concat()
        },
        VALUE,
    ),
    ("NUL in a header", |request| with_line(request, "X-A: a\0b"), VALUE),
    ("no Host", |request| replaced(request, "Host: pdp\r\n", ""), HOST),
    ("two Hosts", |request| with_line(request, "Host: pdp"), HOST),
    ("an empty Host", |request| replaced(request, "Host: pdp", "Host:"), HOST),
    ("two Hosts in one", |request| replaced(request, "Host: pdp", "Host: pdp, pdp"), HOST),
    ("a folded line", |request| with_line(request, "X-A: 1\r\n folded"), NAME),
    ("a space before the colon", |request| with_line(request, "X-A : 1"), NAME),
    ("a header without a name", |request| with_line(request, ": 1"), NAME),
    ("two lengths", |request| with_line(request, "Content-Length: 0\r\nContent-Length: 0"), FRAMING),
    ("a list of lengths", |request| with_line(request, "Content-Length: 0, 0"), FRAMING),
    ("a length with a sign", |request| with_line(request, "Content-Length: +1"), FRAMING),
    ("a hexadecimal length", |request| with_line(request, "Content-Length: 0x1"), FRAMING),
    (
        "a length and chunks",
        |request| with_line(request, "Content-Length: 5\r\nTransfer-Encoding: chunked"),
        FRAMING,
    ),
    (
        "chunks and a length",
        |request| with_line(request, "Transfer-Encoding: chunked\r\nContent-Length: 5"),
        FRAMING,
    ),
    (
        "chunks twice",
        |request| with_line(request, "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
        FRAMING,
    ),
    ("another coding", |request| with_line(request, "Transfer-Encoding: gzip, chunked"), FRAMING),
    (
        "chunks in HTTP/1.0",
        |request| {
            let old = String::from_utf8(replaced(request, "HTTP/1.1", "HTTP/1.0")).unwrap();
            with_line(&old, "Transfer-Encoding: chunked")
        },
        FRAMING,
    ),
];

#[test]
fn what_can_be_read_in_two_ways_is_refused() {
    let sidecar = Sidecar::start(world());
    // Each would be allowed if it were not for its bytes.
    let proxy = auth_request("GET", "/documents/7", &[ALICE]);
    let question =
        "POST /access/v1/evaluation HTTP/1.1\r\nHost: pdp\r\nContent-Type: application/json\r\n\r\n";
    assert_eq!(sidecar.client().ask(&proxy).status, 200);
    for (number, (name, make, message)) in CASES.iter().enumerate() {
        assert_eq!(sidecar.metric(MALFORMED), (3 * number).to_string(), "{name}");
        for (mut client, request) in [(sidecar.client(), question), (sidecar.admin(), get("/livez").as_str())]
        {
            let refused = client.ask(make(request));
            assert_eq!((refused.status, refused.body.trim_end()), (400, *message), "{name}");
            check_headers(&refused);
            assert_eq!(refused.header("connection"), Some("close"), "{name}");
            assert!(client.is_closed(), "{name}");
        }
        let mut client = sidecar.client();
        let denied = client.ask(make(&proxy));
        let reason = denied.header("portcullis-reason");
        assert_eq!(
            (denied.status, denied.body.as_str(), reason),
            (403, "", Some("malformed_request")),
            "{name}"
        );
        check_headers(&denied);
        assert!(client.is_closed(), "{name}");
    }
    assert_eq!(sidecar.client().ask(&proxy).status, 200);
}

#[test]
fn the_head_of_every_request_of_a_connection_is_looked_at() {
    let sidecar = Sidecar::start(world());
    let chunked = |body: &str| {
        let head = evaluation("").replacen("Content-Length: 0", "Transfer-Encoding: chunked", 1);
        format!("{head}{:x}\r\n{body}\r\n0\r\nX-User: root\r\n\r\n", body.len())
    };
    let line_feeds = get("/nowhere").replace("\r\n", "\n");
    for before in
        [evaluation(READ), chunked(READ), get("/nowhere"), auth_request("GET", "/documents/7", &[ALICE])]
    {
        let sent = [before.as_str(), &evaluation(READ), &line_feeds, &evaluation(READ)].concat();
        for piece in [1, 7, sent.len()] {
            let mut client = sidecar.client();
            for piece in sent.as_bytes().chunks(piece) {
                if !client.try_send(piece) {
                    break;
                }
            }
            assert!(matches!(client.response().unwrap().status, 200 | 404));
            assert_eq!(client.response().unwrap().body, r#"{"decision":true}"#);
            let refused = client.response().unwrap();
            assert_eq!((refused.status, refused.body.trim_end()), (400, LINE_END));
            // Nothing that follows is a request any more.
            assert!(client.is_closed(), "{sent}");
        }
    }
    // A request within a body is none.
    let inner = evaluation(READ);
    for outer in [evaluation(&inner), chunked(&inner)] {
        let mut client = sidecar.client();
        client.send([outer, get("/nowhere")].concat());
        assert_eq!(client.response().unwrap().status, 400);
        assert_eq!(client.response().unwrap().status, 404);
    }
}

#[test]
fn a_malformed_chunk_ends_the_connection_with_one_answer() {
    let sidecar = Sidecar::start(world());
    let head = evaluation("").replacen("Content-Length: 0", "Transfer-Encoding: chunked", 1);
    let size = format!("{:x}", READ.len());
    assert_eq!(
        sidecar.client().ask(format!("{head}{size}\r\n{READ}\r\n0\r\n\r\n")).body,
        r#"{"decision":true}"#
    );
    for body in [
        format!("{size};a=b\r\n{READ}\r\n0\r\n\r\n"),
        format!("{size} \r\n{READ}\r\n0\r\n\r\n"),
        format!("{size}\n{READ}\r\n0\r\n\r\n"),
        format!("{size}\r\n{READ}\n0\r\n\r\n"),
        format!("{size}\r\n{READ}\r\n0\r\nX: 1\n\r\n"),
        format!("+{size}\r\n{READ}\r\n0\r\n\r\n"),
        format!("0x{size}\r\n{READ}\r\n0\r\n\r\n"),
    ] {
        let mut client = sidecar.client();
        client.send(format!("{head}{body}{}", evaluation(READ)));
        let refused = client.response().expect("an answer");
        assert_eq!((refused.status, refused.body.as_str()), (400, CHUNKS), "{body}");
        check_headers(&refused);
        assert!(client.is_closed(), "{body}");
    }
    assert_eq!(sidecar.metric(r#"portcullis_requests_refused_total{reason="malformed_body"}"#), "7");
}

#[test]
fn heads_have_bounds() {
    let sidecar = Sidecar::start(world());
    let ask = |path: &str, lines: &str| {
        let mut client = sidecar.client();
        client.try_send(get(path).replacen("\r\nHost", &format!("\r\n{lines}Host"), 1));
        let answer = client.response().expect("an answer");
        check_headers(&answer);
        answer.status
    };
    let headers = |count: usize| {
        (0..count).fold(String::new(), |mut lines, number| {
            let _ = write!(lines, "X-{number}: 1\r\n");
            lines
        })
    };
    let long = |length: usize| format!("X-Long: {}\r\n", "a".repeat(length));
    let target = |length: usize| format!("/{}", "a".repeat(length - 1));
    assert_eq!(ask("/nowhere", &headers(63)), 404);
    for count in [64, 101, 1_000] {
        assert_eq!(ask("/nowhere", &headers(count)), 431, "{count}");
        assert_eq!(ask("/authz/auth-request", &headers(count)), 403, "{count}");
    }
    assert_eq!(ask("/nowhere", &long(16 * 1024 - 55)), 404);
    for length in [17_000, 64_000, 500_000] {
        assert_eq!(ask("/nowhere", &long(length)), 431, "{length}");
        assert_eq!(ask("/authz/auth-request", &long(length)), 403, "{length}");
    }
    assert_eq!(ask(&target(8 * 1024), ""), 404);
    for length in [8 * 1024 + 1, 60_000, 70_000] {
        assert_eq!(ask(&target(length), ""), 414, "{length}");
        assert_eq!(ask(&format!("/authz{}", target(length)), ""), 403, "{length}");
    }
    for (reason, count) in [("too_many_headers", "6"), ("head_too_large", "6"), ("target_too_long", "6")] {
        let series = format!("portcullis_requests_refused_total{{reason=\"{reason}\"}}");
        assert_eq!(sidecar.metric(&series), count, "{reason}");
    }
}

/// Whatever bytes come, no answer is the HTTP library's own, which nobody counts and proxies misunderstand.
#[test]
fn every_answer_is_ours() {
    let sidecar = Sidecar::with(&Config { header_timeout_ms: 200, request_timeout_ms: 200, ..config() });
    sidecar.service.publish(world());
    let mut random = fastrand::Rng::with_seed(7);
    let interesting = b"\r\n\0 :;,\t/*#%\x7f\xff\xc3AGx0189+-";
    let closing = "Connection: close";
    let (mut answered, mut allowed) = (0, 0);
    for round in 0..1_500 {
        let is_of_proxy = round % 2 == 0;
        let request = if is_of_proxy {
            auth_request("GET", "/documents/7", &[ALICE, closing])
        } else {
            evaluation(READ).replacen("Host", &format!("{closing}\r\nHost"), 1)
        };
        let mut bytes = request.into_bytes();
        let head = bytes.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 4;
        for _ in 0..random.usize(1..3) {
            let at = random.usize(..head.min(bytes.len()));
            let byte = interesting[random.usize(..interesting.len())];
            match random.u8(..3) {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => drop(bytes.remove(at)),
            }
        }
        let stream = TcpStream::connect(sidecar.address()).unwrap();
        let mut client = Client::over_tcp(stream);
        client.send(&bytes);
        let Some(answer) = client.response() else { continue };
        let is_ours = answer.header("x-content-type-options").is_some();
        assert!(is_ours, "{answer:?} to {}", bytes.escape_ascii());
        check_headers(&answer);
        answered += 1;
        allowed += usize::from(answer.status == 200);
        if bytes.windows(25).any(|part| part == b"GET /authz/auth-request H") {
            assert!(matches!(answer.status, 200 | 401 | 403), "{answer:?} to {}", bytes.escape_ascii());
        }
    }
    // Most are refused, some are still what they were.
    assert!(answered > 1_200 && allowed > 50 && allowed < 1_000, "{answered} {allowed}");
}
