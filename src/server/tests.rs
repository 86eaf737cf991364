//! What a defect of ours, and too much load, do to a caller. Everything else is tested over the public API.

mod calls;
mod stages;

use std::io::{Read, Write};
use std::net::TcpStream;

use super::*;
use crate::config::{self, Caching, Flags};
use crate::engine::Engine;
use crate::facts::Facts;
use crate::language::policy::Policy;
use crate::service::{Clock, Load, Priority, World};

/// The defaults, which trust this machine, on free ports.
fn config() -> Config {
    let any = "127.0.0.1:0".to_owned();
    let flags = Flags { listen: vec![any.clone()], admin: Some(any), ..Flags::default() };
    config::load(None, std::iter::empty(), flags, |_| Vec::new()).expect("a configuration")
}

fn exchange(address: &Listener, request: &str) -> String {
    let Listener::Tcp(address) = address else { panic!("TCP was asked for") };
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// The status and the rest of what is answered to a question of this priority, and to nginx.
fn under_load(wait_ms: u64, priority: &str) -> (String, String) {
    let load = Load::fixed(Duration::from_millis(wait_ms));
    let service = Arc::new(Service::new(Clock::system(), Caching::default()).unwrap().with_load(load));
    let engine = Engine::new(Arc::new(Policy::default()));
    service.publish(World::new(Arc::new(engine), Arc::new(Facts::default()), "one", service.now()));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(Server::start(&config(), service)).unwrap();
    let body =
        r#"{"subject":{"type":"user","id":"a"},"action":{"name":"b"},"resource":{"type":"c","id":"d"}}"#;
    let application = format!(
        "POST /access/v1/evaluation HTTP/1.1\r\nHost: pdp\r\nConnection: close\r\n{priority}\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let proxy = "GET /authz/auth-request HTTP/1.1\r\nHost: pdp\r\nConnection: close\r\n\
                 X-Original-Method: GET\r\nX-Original-URI: /\r\n\r\n";
    let answers = [application.as_str(), proxy].map(|request| exchange(&server.decisions()[0], request));
    runtime.block_on(server.stop());
    answers.into()
}

#[test]
fn under_load_the_lower_priorities_are_turned_away() {
    let (low, normal, high) =
        ("Portcullis-Priority: low\r\n", "Portcullis-Priority: normal\r\n", "Portcullis-Priority: high\r\n");
    for (wait_ms, priority, is_answered) in [
        (0, low, true),
        (10, low, false),
        (10, normal, true),
        (10, "", true),
        (50, "", false),
        (50, normal, false),
        (50, high, true),
        (500, high, false),
    ] {
        let (application, proxy) = under_load(wait_ms, priority);
        if is_answered {
            assert!(application.starts_with("HTTP/1.1 200 OK\r\n"), "{wait_ms} {priority}: {application}");
        } else {
            assert!(application.starts_with("HTTP/1.1 503 "), "{wait_ms} {priority}: {application}");
            assert!(application.contains("\r\nretry-after: 1\r\n"), "{application}");
            assert!(!application.contains("decision"), "{application}");
        }
        // Proxies come first, and what they ask for is denied whatever happens.
        let reason = if wait_ms < 125 { "no_route" } else { "overloaded" };
        assert!(proxy.starts_with("HTTP/1.1 403 "), "{proxy}");
        assert!(proxy.contains(&format!("\r\nportcullis-reason: {reason}\r\n")), "{proxy}");
    }
    for malformed in ["Portcullis-Priority: urgent\r\n", &low.repeat(2)] {
        let (application, _) = under_load(0, malformed);
        assert!(application.starts_with("HTTP/1.1 400 "), "{application}");
        assert!(
            application.ends_with("`Portcullis-Priority` has to be `low`, `normal` or `high`\n"),
            "{application}"
        );
    }
}

/// What is answered to this many evaluations of this priority.
fn many(address: &Listener, count: usize, priority: &str) -> String {
    let one =
        r#"{"subject":{"type":"user","id":"a"},"action":{"name":"b"},"resource":{"type":"c","id":"d"}}"#;
    let body = format!("{{\"evaluations\":[{}]}}", vec![one; count].join(","));
    let head = format!(
        "POST /access/v1/evaluations HTTP/1.1\r\nHost: pdp\r\nConnection: close\r\nPortcullis-Priority: {priority}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    exchange(address, &(head + &body))
}

#[test]
fn large_batches_wait_for_their_turn_and_nobody_else_does() {
    let service = Arc::new(Service::new(Clock::system(), Caching::default()).unwrap());
    let engine = Engine::new(Arc::new(Policy::default()));
    service.publish(World::new(Arc::new(engine), Arc::new(Facts::default()), "one", service.now()));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(Server::start(&config(), service)).unwrap();
    let address = &server.decisions()[0];
    let all = u32::try_from(server.context.turns.available_permits()).unwrap();
    let turns = runtime.block_on(server.context.turns.acquire_many(all)).unwrap();
    for priority in Priority::ALL {
        let large = many(address, 1_000, priority.name());
        assert!(large.starts_with("HTTP/1.1 503 "), "{large}");
        assert!(large.contains("\r\nretry-after: 1\r\n"), "{large}");
        assert!(!large.contains("decision"), "{large}");
        let small = many(address, 2, priority.name());
        assert!(small.starts_with("HTTP/1.1 200 OK\r\n"), "{small}");
        assert_eq!(small.matches("\"decision\":false").count(), 2, "{small}");
    }
    drop(turns);
    let large = many(address, 1_000, "low");
    assert!(large.starts_with("HTTP/1.1 200 OK\r\n"), "{large}");
    assert_eq!(large.matches("\"decision\":false").count(), 1_000);
    assert_eq!(server.context.turns.available_permits(), usize::try_from(all).unwrap(), "each turn ends");
    runtime.block_on(server.stop());
}
