//! Sockets, slow and rude callers, and bounds.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::time::{Duration, Instant};

use portcullis::config::{Config, Listener};

use super::sidecar::{Sidecar, config};
use super::world::world;
use crate::client::{Client, auth_request, evaluation, get};
use crate::process::{PATIENCE, wait_until};

const READ: &str = r#"{"subject":{"type":"user","id":"alice"},"action":{"name":"read"},
    "resource":{"type":"document","id":"7"}}"#;

fn impatient() -> Sidecar {
    let sidecar = Sidecar::with(&Config { header_timeout_ms: 300, request_timeout_ms: 300, ..config() });
    sidecar.service.publish(world());
    sidecar
}

#[test]
fn a_unix_socket_answers_and_goes_with_its_server() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pdp.sock");
    let listen = vec![Listener::Unix(path.clone()), Listener::Tcp("127.0.0.1:0".parse().unwrap())];
    let changed = || Config { listen: listen.clone(), socket_mode: 0o660, ..config() };
    // What a killed server leaves behind is no hindrance.
    drop(UnixListener::bind(&path).unwrap());

    let mut sidecar = Sidecar::with(&changed());
    sidecar.service.publish(world());
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o660);
    assert_eq!(Client::unix(&path).ask(evaluation(READ)).body, r#"{"decision":true}"#);
    let asked = Client::unix(&path).ask(auth_request("GET", "/documents/7", &["X-User: alice"]));
    assert_eq!(asked.status, 200);

    // A socket that somebody answers on is theirs.
    let in_use = Sidecar::try_with(&changed()).expect_err("the socket is in use");
    assert_eq!(in_use, format!("can't listen on `unix:{}`: another process does", path.display()));
    assert_eq!(Client::unix(&path).ask(evaluation(READ)).status, 200);

    let stopping = sidecar.stop();
    sidecar.wait(stopping);
    assert!(!path.exists());

    std::fs::write(&path, "precious").unwrap();
    let no_socket = Sidecar::try_with(&changed()).expect_err("the file is no socket");
    assert_eq!(
        no_socket,
        format!("can't listen on `unix:{}`: there is a file that is no socket", path.display())
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
}

#[test]
fn a_port_in_use_is_said_so() {
    let sidecar = Sidecar::with(&config());
    let listen = vec![Listener::Tcp(sidecar.address())];
    let error = Sidecar::try_with(&Config { listen, ..config() }).expect_err("the port is in use");
    assert!(error.starts_with(&format!("can't listen on `{}`: ", sidecar.address())), "{error}");
}

#[test]
fn slow_callers_are_cut_off() {
    let sidecar = impatient();
    let cut_off = |start: &str| {
        let mut client = sidecar.client();
        let begun = Instant::now();
        client.send(start);
        assert!(client.response().is_none_or(|response| response.status == 408), "{start}");
        assert!(begun.elapsed() >= Duration::from_millis(250), "{start}");
        assert!(begun.elapsed() < Duration::from_secs(20), "{start}");
    };
    // Silence, half a head, and an idle connection after an answer.
    cut_off("");
    cut_off("POST /access/v1/evaluation HTTP/1.1\r\nHost: p");
    let mut idle = sidecar.client();
    assert_eq!(idle.ask(evaluation(READ)).status, 200);
    assert!(idle.is_closed());

    let mut slow_body = sidecar.client();
    let request = evaluation(READ);
    slow_body.send(request.strip_suffix('}').unwrap());
    let late = slow_body.response().expect("an answer");
    assert_eq!(
        (late.status, late.body.as_str()),
        (408, "the body took longer than 300 ms (`request_timeout_ms`)\n")
    );
    assert!(slow_body.is_closed());
    // The others are served meanwhile and afterwards.
    assert_eq!(sidecar.client().ask(evaluation(READ)).status, 200);
}

#[test]
fn heads_that_never_come_whole_are_counted_and_silence_is_not() {
    let sidecar = impatient();
    let late = || sidecar.metric(r#"portcullis_requests_refused_total{reason="head_too_slow"}"#);
    let settled = || wait_until(PATIENCE, || sidecar.metric("portcullis_connections") == "1");
    assert!(sidecar.client().is_closed());
    let mut idle = sidecar.client();
    assert_eq!(idle.ask(evaluation(READ)).status, 200);
    assert!(idle.is_closed() && settled());
    assert_eq!(late(), "0");
    // A letter that HTTP/2 begins with too, a whole line, and a start behind another request.
    for start in ["P", "GET / HTTP/1.1\r\nHost", &(evaluation(READ) + "GET")] {
        let before = late();
        // Whoever was too slow to begin is one of those who said nothing.
        assert!(wait_until(PATIENCE, || {
            let mut client = sidecar.client();
            let _ = client.try_send(start) && client.response().is_some() && client.is_closed();
            settled() && late() != before
        }));
    }
}

#[test]
fn answers_that_nobody_takes_are_not_waited_for() {
    let sidecar = impatient();
    let mut client = sidecar.client();
    let begun = Instant::now();
    // Until there is no room any more for what is answered, nor for what is asked.
    while client.try_send(get("/nowhere").repeat(100)) {}
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    while sidecar.metric("portcullis_connections") != "1" {
        assert!(begun.elapsed() < Duration::from_secs(40), "{:?}", begun.elapsed());
    }
}

#[test]
fn whoever_stays_after_an_answer_that_ends_the_connection_is_not_waited_for() {
    let sidecar = Sidecar::start(world());
    let half = evaluation(READ).replacen("Content-Length: ", "Content-Length: 1", 1);
    for (request, status) in [
        ("GET / HTTP/1.1\n\n".to_owned(), 400),
        (half.replacen("POST", "PUT", 1), 405),
        (auth_request("GET", "/documents/7", &["X-User: alice", "Content-Length: 9"]), 200),
    ] {
        let mut client = sidecar.client();
        let answer = client.ask(&request);
        assert_eq!((answer.status, answer.header("connection")), (status, Some("close")), "{request}");
        // The client holds its end open, and says nothing.
        let patience = Instant::now() + Duration::from_secs(60);
        while sidecar.metric("portcullis_connections") != "1" {
            assert!(Instant::now() < patience, "{request}");
        }
    }
}

#[test]
fn a_crowd_of_slow_callers_goes_and_the_others_are_served_meanwhile() {
    // T-38.
    const CROWD: usize = 200;
    let sidecar = Sidecar::with(&Config { header_timeout_ms: 3_000, request_timeout_ms: 3_000, ..config() });
    sidecar.service.publish(world());
    let request = evaluation(READ);
    let half_body = request.strip_suffix('}').unwrap();
    let begun = Instant::now();
    let mut crowd: Vec<Client> = Vec::new();
    for start in ["", "POST /access/v1/evaluation HTTP/1.1\r\nHost: pd", half_body] {
        for _ in 0..CROWD {
            let mut client = sidecar.client();
            client.send(start);
            crowd.push(client);
        }
    }
    let open = || sidecar.metric("portcullis_connections").parse::<usize>().unwrap();
    assert!(open() >= CROWD, "{} of them", open());
    let mut answered_meanwhile = 0;
    while open() > 1 {
        assert_eq!(sidecar.client().ask(&request).body, r#"{"decision":true}"#);
        answered_meanwhile += usize::from(open() >= CROWD);
        assert!(begun.elapsed() < Duration::from_secs(60), "{} are left", open());
    }
    assert!(answered_meanwhile > 0);
    let (closed, told) = crowd.split_at_mut(2 * CROWD);
    assert!(closed.iter_mut().all(Client::is_closed));
    assert!(told.iter_mut().all(|client| client.response().is_some_and(|answer| answer.status == 408)));
}

#[test]
fn a_body_has_a_bound() {
    let sidecar = Sidecar::with(&Config { body_bytes_max: 1000, ..config() });
    sidecar.service.publish(world());
    let padded = |length: usize| format!("{READ}{}", " ".repeat(length - READ.len()));
    assert_eq!(sidecar.client().ask(evaluation(&padded(1000))).status, 200);
    for length in [1001, 500_000] {
        let mut client = sidecar.client();
        let refused = client.ask(evaluation(&padded(length)));
        let because = "the body is larger than 1000 bytes (`body_bytes_max`)\n";
        assert_eq!((refused.status, refused.body.as_str()), (413, because), "{length}");
        // It came whole, and the next request finds its way.
        assert_eq!(client.ask(evaluation(READ)).status, 200, "{length}");
    }
    // The bound counts what comes, not what is announced.
    let chunk = padded(1001);
    let chunked = evaluation("").replacen("Content-Length: 0", "Transfer-Encoding: chunked", 1);
    let refused = sidecar.client().ask(format!("{chunked}{:x}\r\n{chunk}\r\n0\r\n\r\n", chunk.len()));
    assert_eq!(refused.status, 413);
    let whole = padded(400);
    let (first, second) = whole.split_at(200);
    let split = format!("{chunked}c8\r\n{first}\r\nc8\r\n{second}\r\n0\r\n\r\n");
    assert_eq!(sidecar.client().ask(split).body, r#"{"decision":true}"#);
    // Whoever asks first is told before sending.
    let expecting = evaluation(&padded(5000)).replacen("Host", "Expect: 100-continue\r\nHost", 1);
    let (head, _) = expecting.split_once("\r\n\r\n").unwrap();
    assert_eq!(sidecar.client().ask(format!("{head}\r\n\r\n")).status, 413);
    // Endless bodies end.
    let mut endless = sidecar.client();
    endless.send(chunked);
    let block = format!("10000\r\n{}\r\n", "a".repeat(0x10000));
    let sent = (0..1000).take_while(|_| endless.try_send(&block)).count();
    assert!(sent < 1000);
}

/// Whoever isn't told that a connection ends sends the next request on it.
#[test]
fn an_answer_before_the_end_of_the_body_ends_its_connection_and_says_so() {
    let sidecar = Sidecar::start(world());
    let (rude, path) = (evaluation(&"a".repeat(300_000)), "/access/v1/evaluation");
    for (request, status) in [
        (rude.replacen("application/json", "text/plain", 1), 400),
        (rude.replacen("Host", "Portcullis-Priority: urgent\r\nHost", 1), 400),
        (rude.replacen("Host", "Portcullis-Deadline-Ms: soon\r\nHost", 1), 400),
        (rude.replacen("POST", "PUT", 1), 405),
        (rude.replacen(path, "/zz", 1), 404),
        (rude.replacen(path, "/.well-known/authzen-configuration", 1), 405),
        (rude.replacen(path, "/authz/auth-request", 1), 403),
        (rude.replacen(path, "/authz/zz", 1), 403),
    ] {
        // In one piece, and with the body behind the answer.
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        for is_split in [false, true] {
            let mut client = sidecar.client();
            if is_split {
                client.send(format!("{head}\r\n\r\n"));
            } else {
                client.send(&request);
            }
            let answer = client.response().expect("an answer");
            assert_eq!((answer.status, answer.header("connection")), (status, Some("close")), "{head}");
            assert!(!is_split || client.try_send(body), "{head}");
            assert!(client.is_closed(), "{head}");
        }
    }
    let mut admin = sidecar.admin();
    admin.send(rude.replacen(path, "/livez", 1));
    let answer = admin.response().expect("an answer");
    assert_eq!((answer.status, answer.header("connection")), (405, Some("close")));
    // A connection goes on where a body was read to its end, however that was marked, and where there is none.
    let mut client = sidecar.client();
    let chunked = evaluation("").replacen("Content-Length: 0", "Transfer-Encoding: chunked", 1);
    for request in [
        evaluation(READ),
        format!("{chunked}{:x}\r\n{READ}\r\n0\r\n\r\n", READ.len()),
        evaluation(READ)
            .replacen("POST", "GET", 1)
            .replacen(&READ.len().to_string(), "0", 1)
            .replace(READ, ""),
        evaluation("{"),
    ] {
        assert_eq!(client.ask(&request).header("connection"), None, "{request}");
    }
}

#[test]
fn too_many_connections_are_refused_and_operators_still_see() {
    let sidecar = Sidecar::with(&Config { connections_max: 2, ..config() });
    sidecar.service.publish(world());
    let mut held: Vec<Client> = (0..2).map(|_| sidecar.client()).collect();
    for client in &mut held {
        assert_eq!(client.ask(evaluation(READ)).status, 200);
    }
    assert!(sidecar.client().is_closed());
    assert_eq!(sidecar.metric("portcullis_connections_refused_total"), "1");
    assert_eq!(sidecar.admin().ask(get("/readyz")).status, 200);
    held.pop();
    // The slot is free as soon as the server has seen the end of its connection.
    let patience = Instant::now() + Duration::from_secs(5);
    let served = || {
        let mut client = sidecar.client();
        client.try_send(evaluation(READ)) && client.response().is_some()
    };
    while !served() {
        assert!(Instant::now() < patience, "the slot was never given back");
    }
}

#[test]
fn requests_on_one_connection_are_answered_in_order() {
    let sidecar = Sidecar::start(world());
    let mut client = sidecar.client();
    let close = READ.replacen("read", "close", 1);
    client.send([evaluation(READ), evaluation(&close), get("/nowhere"), evaluation(READ)].concat());
    let bodies: Vec<String> = (0..4).map(|_| client.response().unwrap().body).collect();
    assert_eq!(
        bodies,
        [r#"{"decision":true}"#, r#"{"decision":false}"#, "there is nothing here\n", r#"{"decision":true}"#]
    );
}
