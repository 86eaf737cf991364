//! What is refused for its bytes, before anybody asks what it wants (T-15, T-18, T-34 to T-36).

mod cases;
#[cfg(feature = "sabotage")]
mod guards;

use std::fmt::Write as _;
use std::net::TcpStream;

use portcullis::config::Config;

use super::dialects::{front_doors, serving};
use super::doors::{DOORS, Door, Question, answers, summary};
use super::headers::check_headers;
use super::sidecar::{Sidecar, config};
use super::world::world;
use crate::client::{Client, Response, auth_request, evaluation, get};
use cases::{BODIES, CHUNKS, GROUPS, LINE_END, Make};

const READ: &str = r#"{"subject":{"type":"user","id":"alice"},"action":{"name":"read"},"resource":{"type":"document","id":"7"}}"#;
const ALICE: &str = "X-User: alice";

/// What is made of a question, and behind it another one on the same connection, which would be allowed.
fn sent(make: Make, question: Question) -> Vec<u8> {
    let next = question.with("Connection: close");
    [make(question), next].concat()
}

/// The one answer that ends a connection.
#[track_caller]
fn only(answers: &[Response]) -> String {
    let found: Vec<String> = answers.iter().map(summary).collect();
    for answer in answers {
        check_headers(answer);
        assert_eq!(answer.header("connection"), Some("close"), "{answer:?}");
    }
    found.join(", then ")
}

#[test]
fn what_can_be_read_in_two_ways_or_is_too_large_is_refused() {
    let sidecar = serving(&front_doors(), "");
    let mut wrong = Vec::new();
    for door in DOORS {
        assert_eq!(summary(&sidecar.client().ask(door.question().whole())), door.allowed());
    }
    for group in GROUPS {
        let counted = || {
            let series = format!("portcullis_requests_refused_total{{reason=\"{}\"}}", group.reason);
            sidecar.metric(&series).parse::<usize>().unwrap()
        };
        for (what, make, _) in group.cases {
            let before = counted();
            for door in [&DOORS[..], &[Door::Livez]].concat() {
                let client = if door == Door::Livez { sidecar.admin() } else { sidecar.client() };
                let found = only(&answers(client, &sent(*make, door.question())));
                if found != door.refused(group.status, group.reason, group.message) {
                    wrong.push(format!("{} {what}, {door:?}: {found}", group.row));
                }
            }
            assert_eq!(counted() - before, 5, "{what}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// T-34. A proxy is answered before anybody looks at a body; either way there is one answer.
#[test]
fn a_malformed_chunk_ends_the_connection_with_one_answer() {
    let sidecar = serving(&front_doors(), "");
    let mut wrong = Vec::new();
    for (what, make, _) in BODIES {
        for door in DOORS {
            let found = only(&answers(sidecar.client(), &sent(*make, door.question())));
            let refused = format!("400 {CHUNKS}");
            if found != if door.is_of_proxy() { door.allowed() } else { &refused } {
                wrong.push(format!("{what}, {door:?}: {found}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let counted = sidecar.metric(r#"portcullis_requests_refused_total{reason="malformed_body"}"#);
    assert_eq!(counted, BODIES.len().to_string());
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

/// What is at its bound is taken.
#[test]
fn heads_have_bounds_and_may_reach_them() {
    let sidecar = Sidecar::start(world());
    let ask = |path: &str, lines: &str| {
        let answer = sidecar.client().ask(get(path).replacen("\r\nHost", &format!("\r\n{lines}Host"), 1));
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
    for (path, lines, status) in [
        ("/nowhere", headers(63), 404),
        ("/nowhere", headers(64), 431),
        ("/nowhere", long(16 * 1024 - 46), 404),
        ("/nowhere", long(16 * 1024 - 45), 431),
        (&target(8 * 1024), String::new(), 404),
        (&target(8 * 1024 + 1), String::new(), 414),
    ] {
        assert_eq!(ask(path, &lines), status, "{} {}", path.len(), lines.len());
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
