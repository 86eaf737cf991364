//! Clients that don't shake hands as they should: none keeps the others from being served.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use portcullis::config::{Config, Listener, TlsClient};
use socket2::{Domain, Socket, Type};

use super::{ALLOWED, READ, configured, handshakes, start, start_with};
use crate::client::{Client, evaluation, get};
use crate::process::{PATIENCE, wait_until};
use crate::server::sidecar::config;
use crate::tls::{Manner, Pki};

/// What the server says until it closes.
fn told(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    // It may have had enough before the end.
    let _ = stream.write_all(bytes);
    let mut said = Vec::new();
    let mut piece = [0; 1024];
    while let Ok(length @ 1..) = stream.read(&mut piece) {
        said.extend_from_slice(&piece[..length]);
    }
    said
}

#[test]
fn what_is_no_tls_ends_its_own_connection() {
    let pki = Pki::new();
    let sidecar = start(&pki, TlsClient::None);
    let mut held = pki.http1(sidecar.address(), &Manner::default());
    let mut noise = vec![0x16, 3, 1, 0x40, 0];
    noise.extend((0..16_384_u32).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8));
    let rude: [&[u8]; 6] = [
        get("/access/v1/evaluation").as_bytes(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00",
        b"\x15\x03\x01\x00\x02\x02\x28",
        &[0xff; 4096],
        &noise,
    ]
    .map(|bytes: &[u8]| -> &[u8] { Vec::leak(bytes.to_vec()) });
    for (number, bytes) in (1..).zip(rude) {
        let said = told(sidecar.address(), bytes);
        // An alert, if anything, and nothing of HTTP.
        assert!(said.is_empty() || said[0] == 0x15, "{said:?}");
        assert!(wait_until(PATIENCE, || handshakes(&sidecar, "failed") == number.to_string()), "{bytes:?}");
    }
    assert_eq!(held.ask(evaluation(READ)).body, ALLOWED);
    assert_eq!(pki.http1(sidecar.address(), &Manner::default()).ask(evaluation(READ)).body, ALLOWED);
    // And TLS where none is spoken.
    let plain = crate::server::sidecar::Sidecar::with(&config());
    assert!(pki.connect(plain.address(), &Manner::default()).is_err());
    assert_eq!(plain.client().ask(get("/")).status, 404);
}

#[test]
fn a_handshake_has_its_time_and_takes_a_connections_place() {
    let pki = Pki::new();
    let most = Config { header_timeout_ms: 500, connections_max: 2, ..configured(&pki, TlsClient::None) };
    let sidecar = start_with(&most);
    let begun = Instant::now();
    let mut silent = Client::tcp(sidecar.address());
    let mut slow = Client::tcp(sidecar.address());
    slow.send(b"\x16\x03\x01\x02\x00\x01");
    // Both places are taken by whoever hasn't shaken hands.
    assert!(Client::tcp(sidecar.address()).is_closed());
    assert!(silent.is_closed() && slow.is_closed());
    let took = begun.elapsed();
    assert!(took >= Duration::from_millis(500) && took < PATIENCE, "{took:?}");
    assert!(wait_until(PATIENCE, || handshakes(&sidecar, "too_slow") == "2"));
    assert_eq!(pki.http1(sidecar.address(), &Manner::default()).ask(evaluation(READ)).body, ALLOWED);
    // Once it is over, the head has its own.
    let mut silent = pki.http1(sidecar.address(), &Manner::default());
    assert!(silent.is_closed());
}

/// From one of the many addresses that a machine has for itself.
fn connect_from(source: Ipv4Addr, address: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from((source, 0)).into()).unwrap();
    socket.connect(&address.into()).unwrap();
    socket.into()
}

#[test]
fn one_peer_leaves_room_for_the_others() {
    let pki = Pki::new();
    let tls = configured(&pki, TlsClient::None);
    let listen = [vec![Listener::Tcp("127.0.0.1:0".parse().unwrap())], tls.listen.clone()].concat();
    let sidecar = start_with(&Config { listen, connections_per_peer_max: 5, ..tls });
    let from = |last: u8| Client::over_tcp(connect_from(Ipv4Addr::new(127, 0, 0, last), sidecar.address()));
    let mut held: Vec<Client> = (0..5).map(|_| from(2)).collect();
    for client in &mut held {
        assert_eq!(client.ask(evaluation(READ)).body, ALLOWED);
    }
    for _ in 0..100 {
        assert!(from(2).is_closed());
    }
    assert_eq!(sidecar.metric("portcullis_connections_refused_total"), "100");
    assert_eq!(from(3).ask(evaluation(READ)).body, ALLOWED);
    held.pop();
    let served = || {
        let mut client = from(2);
        client.try_send(evaluation(READ)) && client.response().is_some()
    };
    assert!(wait_until(PATIENCE, served));
}
