//! HTTP/2 without TLS on the same ports: the same answers, and bounds of its own.

mod floods;
pub(super) mod frames;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use h2::client::SendRequest;
use hyper::Request;
use hyper::header::HeaderValue;
use portcullis::config::Config;
use tokio::net::TcpStream;

use super::headers::check_headers;
use super::sidecar::{Sidecar, config};
use super::world::{REVISION, world};
use crate::client::{Response, evaluation};
use crate::process::{PATIENCE, wait_until};
use frames::{END_HEADERS, END_STREAM, Frames, GOAWAY, HEADERS, RST_STREAM, block, frame, opening};

const READ: &str = r#"{"subject":{"type":"user","id":"alice"},"action":{"name":"read"},"resource":{"type":"document","id":"7"}}"#;

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

async fn connect(address: SocketAddr) -> SendRequest<Bytes> {
    let stream = TcpStream::connect(address).await.unwrap();
    let (send, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    send
}

async fn ask(send: &SendRequest<Bytes>, request: Request<()>, body: &str) -> Result<Response, h2::Error> {
    let mut send = send.clone().ready().await?;
    let (response, mut stream) = send.send_request(request, body.is_empty())?;
    if !body.is_empty() {
        stream.send_data(Bytes::copy_from_slice(body.as_bytes()), true)?;
    }
    let (head, mut incoming) = response.await?.into_parts();
    let mut body = Vec::new();
    while let Some(data) = incoming.data().await {
        let data = data?;
        incoming.flow_control().release_capacity(data.len())?;
        body.extend_from_slice(&data);
    }
    let text = |value: &HeaderValue| value.to_str().unwrap().to_owned();
    Ok(Response {
        status: head.status.as_u16(),
        headers: head.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body: String::from_utf8(body).unwrap(),
    })
}

fn question() -> Request<()> {
    let request = Request::post("http://pdp/access/v1/evaluation");
    request.header("content-type", "application/json").body(()).unwrap()
}

fn proxied(method: &str, user: &str) -> Request<()> {
    let request = Request::get("http://pdp/authz/auth-request").header("x-original-method", method);
    request.header("x-original-uri", "/documents/7").header("x-user", user).body(()).unwrap()
}

fn get(path: &str) -> Request<()> {
    Request::get(format!("http://pdp{path}")).body(()).unwrap()
}

#[test]
fn the_answers_are_the_same() {
    let sidecar = Sidecar::start(world());
    let admin = sidecar.admin_address();
    block_on(async {
        let send = connect(sidecar.address()).await;
        let allowed = ask(&send, question(), READ).await.unwrap();
        assert_eq!((allowed.status, allowed.body.as_str()), (200, r#"{"decision":true}"#));
        assert_eq!(allowed.header("portcullis-revision"), Some(REVISION));
        check_headers(&allowed);
        // There a target may have lost a `#…`, so Envoy can't ask this way.
        let cut = Request::get("http://pdp/authz/ext-authz/documents/7").header("x-user", "alice");
        let cut = ask(&send, cut.body(()).unwrap(), "").await.unwrap();
        assert_eq!((cut.status, cut.header("portcullis-reason")), (403, Some("malformed_original")));
        for (request, status) in [
            (proxied("GET", "alice"), 200),
            (proxied("GET", ""), 401),
            (proxied("POST", "alice"), 403),
            (get("/authz/other"), 403),
            (get("/nowhere"), 404),
            (get("/access/v1/evaluation"), 405),
        ] {
            let answer = ask(&send, request, "").await.unwrap();
            assert_eq!(answer.status, status);
            check_headers(&answer);
        }
        for (body, status) in [("{", 400), (READ, 200), (&" ".repeat(1_100_000), 413)] {
            let answer = ask(&send, question(), body).await.unwrap();
            assert_eq!(answer.status, status);
            check_headers(&answer);
        }
        let operators = connect(admin).await;
        for path in ["/livez", "/readyz", "/metrics"] {
            let answer = ask(&operators, get(path), "").await.unwrap();
            assert_eq!(answer.status, 200, "{path}");
            check_headers(&answer);
        }
    });
    assert_eq!(sidecar.client().ask(evaluation(READ)).status, 200);
}

#[test]
fn what_can_be_read_in_two_ways_is_refused() {
    let sidecar = Sidecar::start(world());
    let with = |change: fn(&mut Request<()>), path: &str| {
        let mut request = if path == "proxy" { proxied("GET", "alice") } else { question() };
        change(&mut request);
        request
    };
    block_on(async {
        let send = connect(sidecar.address()).await;
        for (name, status, change) in [
            ("nothing", 200, (|_| {}) as fn(&mut Request<()>)),
            ("a method in small letters", 400, |request| *request.method_mut() = "post".parse().unwrap()),
            ("TRACE", 400, |request| *request.method_mut() = "TRACE".parse().unwrap()),
            ("another Host", 400, |request| {
                request.headers_mut().insert("host", "x".parse().unwrap());
            }),
            ("the same Host", 200, |request| {
                request.headers_mut().insert("host", "pdp".parse().unwrap());
            }),
            ("two Hosts", 400, |request| {
                request.headers_mut().append("host", "pdp".parse().unwrap());
                request.headers_mut().append("host", "pdp".parse().unwrap());
            }),
            ("no UTF-8", 400, |request| {
                request.headers_mut().insert("x-a", HeaderValue::from_bytes(b"\xe9").unwrap());
            }),
            ("a user in the host", 400, |request| {
                let uri = request.uri().to_string().replacen("pdp", "me@pdp", 1);
                *request.uri_mut() = uri.parse().unwrap();
            }),
            ("many headers", 431, |request| {
                for number in 0..64 {
                    request.headers_mut().append("x-a", number.into());
                }
            }),
            ("a large head", 431, |request| {
                request.headers_mut().insert("x-a", "a".repeat(16_300).parse().unwrap());
            }),
            ("a long target", 414, |request| {
                let uri = format!("{}?{}", request.uri(), "a".repeat(8 * 1024));
                *request.uri_mut() = uri.parse().unwrap();
            }),
        ] {
            let answer = ask(&send, with(change, "question"), READ).await.unwrap();
            assert_eq!(answer.status, status, "{name}");
            check_headers(&answer);
            let answer = ask(&send, with(change, "proxy"), "").await.unwrap();
            assert_eq!(answer.status, if status == 200 { 200 } else { 403 }, "{name}");
            check_headers(&answer);
        }
        // One that begins with two slashes; its host is what it says, and not what they are followed by.
        let twice = ask(&send, get("//access/v1/evaluation"), "").await.unwrap();
        assert_eq!(twice.status, 400);
        // What is much too large is never taken together; the HTTP library says so itself.
        let mut large = proxied("GET", "alice");
        large.headers_mut().insert("x-a", "a".repeat(65_600).parse().unwrap());
        assert_eq!(ask(&send, large, "").await.unwrap().status, 431);
    });
    let malformed = sidecar.metric(r#"portcullis_requests_refused_total{reason="malformed_request"}"#);
    assert_eq!(malformed, "13");
}

#[test]
fn a_request_without_a_host_is_refused() {
    let sidecar = Sidecar::start(world());
    let mut frames = Frames::open(sidecar.address());
    let path = (":path", "/authz/auth-request");
    let fields = [
        (":method", "GET"),
        (":scheme", "http"),
        path,
        ("x-original-method", "GET"),
        ("x-original-uri", "/documents/7"),
        ("x-user", "alice"),
    ];
    frames.send(&opening(&[]));
    frames.send(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &block(&fields)));
    let hostless = frames.next_of(HEADERS).expect("an answer");
    let with_host = [&fields[..], &[("host", "pdp")]].concat();
    frames.send(&frame(HEADERS, END_HEADERS | END_STREAM, 3, &block(&with_host)));
    let allowed = frames.next_of(HEADERS).expect("an answer");
    // 0x88 is HPACK's `:status: 200`.
    assert_eq!((hostless.payload[0] == 0x88, allowed.payload[0]), (false, 0x88));
    assert_eq!(sidecar.metric(r#"portcullis_requests_refused_total{reason="malformed_request"}"#), "1");
}

/// The library cuts it off before anybody sees it.
#[test]
fn a_fragment_in_the_target_is_as_if_it_were_not_there() {
    let sidecar = Sidecar::start(world());
    let mut frames = Frames::open(sidecar.address());
    frames.send(&opening(&[]));
    let target = (":path", "/access/v1/evaluation#/authz/auth-request");
    let fields = [(":method", "GET"), (":scheme", "http"), target, (":authority", "pdp")];
    frames.send(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &block(&fields)));
    frames.next_of(HEADERS).expect("an answer");
    assert_eq!(sidecar.metric(r#"portcullis_requests_refused_total{reason="wrong_method"}"#), "1");
}

#[test]
fn more_requests_at_once_than_may_be_are_refused() {
    let sidecar = Sidecar::with(&Config { streams_max: 3, ..config() });
    sidecar.service.publish(world());
    let mut frames = Frames::open(sidecar.address());
    frames.send(&opening(&[]));
    let fields = [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", "/access/v1/evaluation"),
        (":authority", "pdp"),
        ("content-type", "application/json"),
    ];
    // Their bodies are still to come.
    for stream in [1, 3, 5, 7] {
        frames.send(&frame(HEADERS, END_HEADERS, stream, &block(&fields)));
    }
    let refused = frames.next_of(RST_STREAM).expect("a refusal");
    // RFC 9113, section 7: REFUSED_STREAM.
    assert_eq!((refused.stream, refused.payload.as_slice()), (7, &[0, 0, 0, 7][..]));
}

#[test]
fn slow_and_idle_callers_are_cut_off() {
    let sidecar = Sidecar::with(&Config { header_timeout_ms: 1_000, request_timeout_ms: 1_000, ..config() });
    sidecar.service.publish(world());
    let closes = |bytes: &[u8]| {
        let begun = Instant::now();
        let mut frames = Frames::open(sidecar.address());
        frames.send(bytes);
        while frames.next().is_some() {}
        assert!((900..20_000).contains(&begun.elapsed().as_millis()), "{:?}", begun.elapsed());
    };
    let fields = [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "pdp")];
    let whole = frame(HEADERS, END_HEADERS | END_STREAM, 1, &block(&fields));
    closes(&opening(&[])[..10]);
    closes(&opening(&[])[..24]);
    closes(&opening(&[]));
    closes(&[opening(&[]), whole.clone()].concat());
    closes(&[opening(&[]), whole[..12].to_vec()].concat());
    closes(&[opening(&[]), frame(HEADERS, END_STREAM, 1, &block(&fields))].concat());
    // It wants no byte of the answer, and never will.
    closes(&[opening(&[(4, 0)]), whole.clone()].concat());
    block_on(async {
        let send = connect(sidecar.address()).await;
        let mut ready = send.clone().ready().await.unwrap();
        let (response, _body) = ready.send_request(question(), false).unwrap();
        assert_eq!(response.await.unwrap().status(), 408);
        // Whoever goes on asking goes on being answered.
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_millis(2_500) {
            assert_eq!(ask(&send, question(), READ).await.unwrap().body, r#"{"decision":true}"#);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    // Nothing is left of any of them.
    assert!(wait_until(PATIENCE, || sidecar.metric("portcullis_connections") == "1"));
}

#[test]
fn whoever_is_idle_and_answers_no_goodbye_is_left_soon() {
    let limit = Duration::from_secs(8);
    let sidecar = Sidecar::with(&Config { header_timeout_ms: 8_000, ..config() });
    let mut callers = [&opening(&[])[..24], &opening(&[])].map(|bytes| {
        let mut frames = Frames::open(sidecar.address());
        frames.send(bytes);
        frames
    });
    for frames in &mut callers {
        frames.next_of(GOAWAY).expect("a goodbye");
    }
    // Before the time that it may be idle has passed once more.
    let begun = Instant::now();
    for frames in &mut callers {
        while frames.next().is_some() {}
    }
    assert!(begun.elapsed() < limit, "{:?}", begun.elapsed());
}

#[test]
fn a_server_that_goes_says_so_and_finishes() {
    let mut sidecar = Sidecar::start(world());
    let address = sidecar.address();
    let mut stopping = None;
    block_on(async {
        let send = connect(address).await;
        let mut ready = send.clone().ready().await.unwrap();
        let (response, mut body) = ready.send_request(question(), false).unwrap();
        ask(&send, get("/"), "").await.unwrap();
        stopping = Some(sidecar.stop());
        while send.clone().ready().await.is_ok_and(|mut send| send.send_request(get("/"), true).is_ok()) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        body.send_data(Bytes::from_static(READ.as_bytes()), true).unwrap();
        assert_eq!(response.await.unwrap().status(), 200);
    });
    sidecar.wait(stopping.expect("it was told to"));
}
