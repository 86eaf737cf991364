//! What stands behind heads, and heads that no byte shows: T-34 and T-37 at every front door, and T-36 over HTTP/2.

use std::net::SocketAddr;

use portcullis::identity::new_key;
use prost::Message;

use super::dialects::table::{DIALECTS, plain_with};
use super::doors::{Door, answers, served, summary};
use super::http2::frames::{
    DATA, END_HEADERS, END_STREAM, Frames, GOAWAY, HEADERS, RST_STREAM, block, frame, opening,
};
use crate::client::Client;
use crate::grpc::{CHECK, asking, call_raw, framed, http};

/// Something that is kept out at that address, and by what; by the HTTP library alone, if by nothing.
struct Promise {
    what: &'static str,
    guards: &'static str,
    is_kept: fn(SocketAddr) -> bool,
}

/// One byte more than a body may have.
const TOO_MANY: usize = (1 << 20) + 1;
const TOO_LARGE: &str = "413 the body is larger than 1048576 bytes (`body_bytes_max`)";
/// So many blocks are more than anybody takes of a body that has no end, and than lies on the way.
const BLOCKS: usize = 256;
const PROXIES: [Door; 3] = [Door::AuthRequest, Door::ForwardAuth, Door::ExtAuthz];

const ALL: &[Promise] = &[
    Promise { what: "a byte too many", guards: "BodyBound", is_kept: |at| padded(at, false) == TOO_LARGE },
    Promise {
        what: "a byte too many in chunks",
        guards: "BodyBound",
        is_kept: |at| padded(at, true) == TOO_LARGE,
    },
    Promise {
        what: "too many bytes that are announced",
        guards: "BodyBound",
        is_kept: |at| {
            let lines = format!("Expect: 100-continue\r\nContent-Length: {TOO_MANY}");
            let mut client = Client::tcp(at);
            client.send(Door::Evaluation.question().framed(&lines, ""));
            client.response().is_some_and(|answer| summary(&answer) == TOO_LARGE)
        },
    },
    Promise { what: "a body without an end", guards: "BodyBound", is_kept: |at| ends(at, Door::Evaluation) },
    Promise {
        what: "a body without an end, of a question that needs none",
        guards: "HeadAlone",
        is_kept: |at| PROXIES.iter().all(|door| ends(at, *door)),
    },
    Promise {
        what: "a call of a byte too many",
        guards: "BodyBound",
        is_kept: |at| denied_call(at, CHECK, &[], sized(TOO_MANY)) == "403 body_too_large",
    },
    Promise {
        what: "a call of more than 4 MB",
        guards: "BodyBound",
        is_kept: |at| denied_call(at, CHECK, &[], sized(5 << 20)) == "403 body_too_large",
    },
    Promise {
        what: "who asks, in trailers",
        guards: "HeadAlone",
        is_kept: |at| {
            DIALECTS.iter().all(|dialect| {
                let sent =
                    plain_with(*dialect, "POST", "/pages/1", "Transfer-Encoding: chunked\nTrailer: X-User");
                let bytes = [&sent.bytes[..], b"0\r\nX-User: alice\r\n\r\n"].concat();
                let answers = answers(Client::tcp(at), &bytes);
                answers.iter().map(summary).collect::<Vec<_>>() == ["401 no_rule_applies"]
            })
        },
    },
    Promise {
        what: "65 headers",
        guards: "HeadBounds",
        is_kept: |at| {
            let many: Vec<(&str, &str)> = (0..65).map(|_| ("x-a", "1")).collect();
            refused_over_http2(at, "", &many, "403 too_many_headers")
        },
    },
    Promise {
        what: "a head of 17 KB",
        guards: "HeadBounds",
        is_kept: |at| refused_over_http2(at, "", &[("x-a", &"a".repeat(17 << 10))], "403 head_too_large"),
    },
    Promise {
        what: "a head of 70 KB, which the library refuses by that bound",
        guards: "HeadBounds",
        is_kept: |at| refused_over_http2(at, "", &[("x-a", &"a".repeat(70 << 10))], "431"),
    },
    Promise {
        what: "a target of 9 KB",
        guards: "HeadBounds",
        is_kept: |at| {
            refused_over_http2(at, &format!("?{}", "a".repeat(9 << 10)), &[], "403 target_too_long")
        },
    },
    Promise { what: "what HTTP/2 forbids", guards: "", is_kept: forbidden },
];

/// The answer to a body of that size.
fn padded(address: SocketAddr, is_in_chunks: bool) -> String {
    let question = Door::Evaluation.question();
    let body = format!("{}{}", question.body, " ".repeat(TOO_MANY - question.body.len()));
    let request = if is_in_chunks {
        question.framed("Transfer-Encoding: chunked", &format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len()))
    } else {
        question.framed(&format!("Content-Length: {}", body.len()), &body)
    };
    let mut client = Client::tcp(address);
    client.try_send(request);
    client.response().map(|answer| summary(&answer)).unwrap_or_default()
}

/// Whether the connection of a body without an end has one.
fn ends(address: SocketAddr, door: Door) -> bool {
    let mut client = Client::tcp(address);
    client.send(door.question().framed("Transfer-Encoding: chunked", ""));
    let block = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
    (0..BLOCKS).take_while(|_| client.try_send(&block)).count() < BLOCKS
}

fn sized(bytes: usize) -> Vec<u8> {
    let mut request = asking("GET", "/public/page", &[]);
    http(&mut request).body = "x".repeat(bytes);
    framed(&request.encode_to_vec())
}

/// Status and reason of the answer to a call, or of one to a proxy, or the status alone.
fn denied_call(address: SocketAddr, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> String {
    let called = call_raw(address, path, headers, body);
    let reason = |value: &hyper::header::HeaderValue| format!(" {}", value.to_str().unwrap());
    called.said().unwrap_or_else(|| {
        format!(
            "{}{}",
            called.status,
            called.headers.get("portcullis-reason").map(reason).unwrap_or_default()
        )
    })
}

/// By a call and by a proxy's question over HTTP/2.
fn refused_over_http2(address: SocketAddr, query: &str, headers: &[(&str, &str)], expected: &str) -> bool {
    let original = [("x-forwarded-method", "GET"), ("x-forwarded-uri", "/public/page")];
    let question = [&original[..], headers].concat();
    denied_call(address, &format!("{CHECK}{query}"), headers, sized(0)) == expected
        && denied_call(address, &format!("/authz/forward-auth{query}"), &question, Vec::new()) == expected
}

/// None of these heads is answered by 200, nor is a body that has another length than it says.
fn forbidden(address: SocketAddr) -> bool {
    let good = [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", CHECK),
        (":authority", "pdp"),
        ("content-type", "application/grpc"),
    ];
    let with = |more: (&'static str, &'static str)| block(&[&good[..], &[more]].concat());
    let heads = [
        with(("X-User", "alice")),
        with(("connection", "close")),
        with(("transfer-encoding", "chunked")),
        with(("te", "gzip")),
        with((":path", "/authz/forward-auth")),
        with(("x-a", "a\r\nx-user: alice")),
        with(("x-a", "a\0b")),
        with(("x a", "a")),
        with(("content-length", "9")),
        block(&good[..3]),
    ];
    let is_answered = |head: &[u8]| {
        let mut frames = Frames::open(address);
        frames.send(&[opening(&[]), frame(HEADERS, END_HEADERS, 1, head)].concat());
        frames.try_send(&frame(
            DATA,
            END_STREAM,
            1,
            &framed(&asking("GET", "/public/page", &[]).encode_to_vec()),
        ));
        let mut answer = std::iter::from_fn(|| frames.next());
        let answer = answer.find(|frame| [HEADERS, RST_STREAM, GOAWAY].contains(&frame.kind));
        // HPACK's `:status: 200`.
        answer.is_some_and(|frame| frame.kind == HEADERS && frame.payload.first() == Some(&0x88))
    };
    is_answered(&block(&good)) && !heads.iter().any(|head| is_answered(head))
}

#[test]
fn what_stands_behind_a_head_is_bounded_or_nothing() {
    let (served, _folder) = served("");
    let broken = ALL.iter().filter(|promise| !(promise.is_kept)(served.decisions));
    assert_eq!(broken.map(|promise| promise.what).collect::<Vec<_>>(), Vec::<&str>::new());
}

#[cfg(feature = "sabotage")]
#[test]
fn each_is_kept_by_its_guard() {
    let guards: std::collections::BTreeSet<&str> = ALL.iter().map(|promise| promise.guards).collect();
    let mut kept = Vec::new();
    for guards in guards.into_iter().filter(|guards| !guards.is_empty()) {
        let (served, _folder) = super::doors::served_without(guards, "");
        let of_these = ALL.iter().filter(|promise| promise.guards == guards);
        kept.extend(
            of_these.filter(|promise| (promise.is_kept)(served.decisions)).map(|promise| promise.what),
        );
    }
    assert_eq!(kept, Vec::<&str>::new());
}

/// Whether a call is denied whose trailers hold the key that its head should.
fn is_unknown(address: SocketAddr, key: &str) -> bool {
    let head = [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", CHECK),
        (":authority", "pdp"),
        ("content-type", "application/grpc"),
    ];
    let message = framed(&asking("GET", "/public/page", &[]).encode_to_vec());
    let mut frames = Frames::open(address);
    frames.send(&[opening(&[]), frame(HEADERS, END_HEADERS, 1, &block(&head))].concat());
    frames.send(&frame(DATA, 0, 1, &message));
    frames.send(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &block(&[("portcullis-key", key)])));
    let answer = frames.next_of(DATA).map(|frame| frame.payload).unwrap_or_default();
    let reason = b"unknown_caller";
    answer.windows(reason.len()).any(|part| part == reason)
}

/// What the caller of a call is known by stands in its head.
#[test]
fn who_calls_is_not_believed_from_trailers() {
    let key = new_key("proxy").unwrap();
    let config = format!(
        "callers: [api_keys]\napi_keys:\n- {{ id: proxy, sha256: \"{}\", subject: \"user:proxy\", scopes: [proxy] }}\n",
        key.sha256
    );
    let (whole, _folder) = served(&config);
    assert_eq!(denied_call(whole.decisions, CHECK, &[], sized(0)), "403 unknown_caller");
    assert!(is_unknown(whole.decisions, &key.key));
    let shown = [("content-type", "application/grpc"), ("portcullis-key", key.key.as_str())];
    assert_eq!(denied_call(whole.decisions, CHECK, &shown, sized(0)), "allowed");
    #[cfg(feature = "sabotage")]
    {
        let (believing, _folder) = super::doors::served_without("Trailers", &config);
        assert!(!is_unknown(believing.decisions, &key.key));
    }
}
