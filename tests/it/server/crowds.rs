//! T-41 and T-42: more connections than there is room for, and all of them from one peer.

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::doors::{DOORS, Door, served, summary};
use crate::client::{Client, get};
use crate::process::Served;

/// Places for everybody, and for one peer.
const CONFIG: &str =
    "connections_max: 400\nconnections_per_peer_max: 100\nheader_timeout_ms: 60000\ndrain_seconds: 1\n";
/// As many as tests may have open at once, beside others.
const WAVE: usize = 500;

/// What a connection from elsewhere is answered at each front door; nothing if it is closed.
fn asked(address: SocketAddr) -> [Option<String>; 4] {
    DOORS.map(|door| {
        let mut client = Client::tcp_from("127.0.0.3", address);
        client.try_send(door.question().whole());
        client.response().map(|answer| summary(&answer))
    })
}

fn wave(served: &Served) -> Vec<Client> {
    (0..WAVE).map(|_| served.client()).collect()
}

fn refused(served: &Served) -> usize {
    let metrics = Client::tcp(served.admin).ask(get("/metrics")).body;
    let line = metrics.lines().find_map(|line| line.strip_prefix("portcullis_connections_refused_total "));
    line.unwrap().parse().unwrap()
}

#[test]
fn ten_thousand_connections_of_one_peer_leave_room_for_others() {
    let (served, _folder) = served(CONFIG);
    let expected = DOORS.map(|door| Some(door.allowed().to_owned()));
    let mut held = wave(&served);
    assert_eq!(asked(served.decisions), expected);
    for _ in 1..10_000 / WAVE {
        drop(wave(&served));
        assert_eq!(asked(served.decisions), expected);
    }
    assert!(crate::process::wait_until(crate::process::PATIENCE, || refused(&served) == 10_000 - 100));
    // Those who came first stay, and are served.
    for client in held.iter_mut().take(100) {
        assert_eq!(summary(&client.ask(Door::Evaluation.question().whole())), Door::Evaluation.allowed());
    }
    for client in held.iter_mut().skip(100) {
        assert!(client.is_closed());
    }
}

/// Whoever comes in a moment in which nobody is accepted waits, and isn't sent away to come again a second later.
#[test]
fn a_crowd_waits_at_the_door() {
    let (mut served, _folder) = served("");
    served.freeze();
    let patience = Duration::from_secs(10);
    let come = || TcpStream::connect_timeout(&served.decisions, patience);
    let crowd: Vec<TcpStream> = (0..WAVE).map_while(|_| come().ok()).collect();
    let came = crowd.len();
    served.kill();
    assert_eq!(came, WAVE);
}

#[cfg(feature = "sabotage")]
mod guards {
    use super::super::doors::{served_by, served_without};
    use super::*;
    use crate::process::{PATIENCE, free_ports, portcullis_with_files, wait_until};
    use crate::tls::{Manner, Pki};

    #[test]
    fn one_peer_takes_every_place_without_the_guard() {
        let (served, _folder) = served_without("PeerConnections", CONFIG);
        let _held = wave(&served);
        assert_eq!(asked(served.decisions), DOORS.map(|_| None));
    }

    #[test]
    fn a_listener_ends_for_want_of_files_without_the_guard() {
        let mut command = portcullis_with_files(64);
        command.env("SABOTAGE", "AcceptErrors");
        let (served, _folder) = served_by(command, "", &[]);
        let crowd: Vec<TcpStream> =
            (0..100).map_while(|_| TcpStream::connect(served.decisions).ok()).collect();
        let is_gone = || TcpStream::connect(served.decisions).is_err();
        assert!(wait_until(PATIENCE, is_gone));
        drop(crowd);
        assert!(is_gone());
    }

    /// Somebody who begins no handshake keeps others from theirs if connections are served one after the other.
    #[test]
    fn all_wait_for_one_handshake_without_the_guard() {
        let pki = Pki::new();
        let [port] = free_ports();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let mut command = crate::process::portcullis();
        command.env("SABOTAGE", "OwnTasks");
        command.env("PORTCULLIS_TLS_CERTIFICATE", pki.path("tls.crt"));
        command.env("PORTCULLIS_TLS_KEY", pki.path("tls.key"));
        let listen = format!("tls:{address}");
        let (_served, _folder) =
            served_by(command, "header_timeout_ms: 60000\ndrain_seconds: 1\n", &["--listen", &listen]);
        assert!(pki.connect(address, &Manner::default()).is_ok());
        let _silent = TcpStream::connect(address).unwrap();
        let other = TcpStream::connect(address).unwrap();
        other.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
        assert!(pki.connect_over(other, &Manner::default()).is_err());
    }
}
