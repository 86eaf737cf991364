//! What a defect of ours does to a caller. Everything else is tested over the public API.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::*;
use crate::config::{self, Flags};
use crate::engine::Engine;
use crate::facts::Facts;
use crate::language::policy::Policy;
use crate::service::{Clock, World};

fn fault() {
    panic!("the fault that this test injects");
}

/// The defaults, which trust this machine, on free ports.
fn config() -> Config {
    let any = "127.0.0.1:0".to_owned();
    let flags = Flags { listen: vec![any.clone()], admin: Some(any), ..Flags::default() };
    config::load(None, std::iter::empty(), flags).expect("a configuration")
}

fn exchange(address: &Listener, request: &str) -> String {
    let Listener::Tcp(address) = address else { panic!("TCP was asked for") };
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_panic_denies_on_every_endpoint() {
    let service = Arc::new(Service::new(Clock::system()).unwrap().with_fault(fault));
    let engine = Engine::new(Arc::new(Policy::default()));
    service.publish(World::new(Arc::new(engine), Arc::new(Facts::default()), "one", service.now()));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(Server::start(&config(), service)).unwrap();
    let address = &server.decisions()[0];

    let proxy = "GET /authz/auth-request HTTP/1.1\r\nHost: pdp\r\nConnection: close\r\n\
                 X-Original-Method: GET\r\nX-Original-URI: /\r\n\r\n";
    let answer = exchange(address, proxy);
    assert!(answer.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{answer}");
    assert!(answer.contains("portcullis-reason: internal_error\r\n"), "{answer}");

    let body =
        r#"{"subject":{"type":"user","id":"a"},"action":{"name":"b"},"resource":{"type":"c","id":"d"}}"#;
    let application = format!(
        "POST /access/v1/evaluation HTTP/1.1\r\nHost: pdp\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let answer = exchange(address, &application);
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n{\"decision\":false}"), "{answer}");

    let scrape = "GET /metrics HTTP/1.1\r\nHost: pdp\r\nConnection: close\r\n\r\n";
    let metrics = exchange(server.admin(), scrape);
    assert!(metrics.contains("\nportcullis_panics_total 2\n"), "{metrics}");
    runtime.block_on(server.stop());
}
