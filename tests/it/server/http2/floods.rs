//! T-39: floods that cost a caller little. They end with their connection or come to nothing, others are answered
//! meanwhile, and no memory is left behind. Without TLS and with it, and whatever their requests are for.

mod kinds;

#[cfg(feature = "sabotage")]
use std::collections::BTreeSet;
use std::io::{ErrorKind, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use super::frames::{Frames, GOAWAY, PING, frame};
use crate::process::{PATIENCE, Served, free_ports, portcullis};
use crate::server::doors::{Door, served, served_by, summary};
use crate::tls::{Pki, tunnel};
use kinds::{Ends, FLOODS, Flood, TARGETS, Target};

/// Slow callers are cut off early.
const CONFIG: &str = "header_timeout_ms: 1000\nrequest_timeout_ms: 1000\ndrain_seconds: 1\n";

/// Sends the whole flood to this address, and sees that it ends, and what it costs the process and others.
fn withstands(process: &Served, address: SocketAddr, flood: &Flood, target: Target) {
    let Flood { name, start, wave, waves, reads, ends, .. } = *flood;
    let name = format!("{name}, {target:?} at {address}");
    let decide = || {
        let begun = Instant::now();
        let answer = process.client().ask(Door::Evaluation.question().whole());
        assert_eq!(summary(&answer), Door::Evaluation.allowed());
        begun.elapsed()
    };
    decide();
    let before = process.resident_bytes();
    let mut frames = Frames::open(address);
    let mut reader = frames.reader();
    let (is_told, most) = thread::scope(|scope| {
        let heard = scope.spawn(move || {
            if !reads {
                return false;
            }
            let mut is_told = false;
            while let Some(frame) = reader.next() {
                is_told |= frame.kind == GOAWAY && frame.payload.get(4..8) != Some(&[0; 4][..]);
            }
            is_told
        });
        let flood = scope.spawn(|| {
            frames.send(&start(target));
            let sent = (0..waves).take_while(|number| frames.try_send(&wave(target, *number))).count();
            assert!(sent < waves as usize, "{name} goes on");
        });
        let (mut slowest, mut most) = (Duration::ZERO, 0);
        while !flood.is_finished() {
            slowest = slowest.max(decide());
            most = most.max(process.resident_bytes());
        }
        flood.join().unwrap();
        assert!(slowest < PATIENCE, "{name}: others wait {slowest:?}");
        (heard.join().unwrap(), most)
    });
    assert_eq!(is_told, ends == Ends::Told, "{name}");
    let grown = most.saturating_sub(before) >> 20;
    assert!(grown <= 32, "{name}: {grown} MiB more");
    decide();
}

#[test]
fn floods_come_to_nothing() {
    let (process, _folder) = served(CONFIG);
    for (flood, target) in FLOODS.iter().zip(TARGETS.iter().cycle()) {
        withstands(&process, process.decisions, flood, *target);
    }
    process.signal("TERM");
    assert_eq!(process.wait().code(), Some(0));
}

#[test]
fn so_do_those_over_tls() {
    let pki = Pki::new();
    let [port] = free_ports();
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let mut command = portcullis();
    command.env("PORTCULLIS_TLS_CERTIFICATE", pki.path("tls.crt"));
    command.env("PORTCULLIS_TLS_KEY", pki.path("tls.key"));
    let listen = format!("tls:{address}");
    let (process, _folder) = served_by(command, CONFIG, &["--listen", &listen]);
    let tunnel = tunnel(&pki, "h2", address);
    // Others than without.
    for (flood, target) in FLOODS.iter().zip(TARGETS.iter().cycle().skip(2)) {
        withstands(&process, tunnel.address, flood, *target);
    }
}

/// Whether the connection of a flood ends after a few of its waves, and within that time.
fn ends(address: SocketAddr, flood: &Flood, target: Target, most: Duration) -> bool {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    // They are soon full.
    socket.set_recv_buffer_size(4096).unwrap();
    socket.set_send_buffer_size(4096).unwrap();
    socket.connect(&address.into()).unwrap();
    let mut stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(most)).unwrap();
    let mut reader = Frames::over(stream.try_clone().unwrap());
    let start = (flood.start)(target);
    let ended =
        |error: std::io::Error| matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset);
    if !flood.reads {
        let waves = (0..flood.waves).map(|number| (flood.wave)(target, number));
        let mut all = std::iter::once(start).chain(waves);
        return all.find_map(|bytes| stream.write_all(&bytes).err()).is_some_and(ended);
    }
    thread::scope(|scope| {
        // What comes back to this is a sign of life.
        let beat = frame(PING, 0, 0, &[9; 8]);
        let is_alive =
            scope.spawn(move || std::iter::from_fn(|| reader.next()).any(|frame| frame.payload == [9; 8]));
        let waves = (0..flood.few).map(|number| (flood.wave)(target, number));
        for bytes in std::iter::once(start).chain(waves).chain([flood.finish.to_vec(), beat]) {
            // Whether there is anybody is what the other says.
            let _ = stream.write_all(&bytes);
        }
        !is_alive.join().unwrap()
    })
}

/// A flood, and whom its requests are for.
type Aimed<'a> = (&'a Flood, Target);

fn aimed(flood: &Flood) -> impl Iterator<Item = Aimed<'_>> {
    TARGETS.iter().map(move |target| (flood, *target))
}

/// Those that don't end within that time.
fn endless(address: SocketAddr, floods: &[Aimed<'_>], most: Duration) -> Vec<String> {
    thread::scope(|scope| {
        let each: Vec<_> = floods
            .iter()
            .map(|(flood, target)| scope.spawn(move || ends(address, flood, *target, most)))
            .collect();
        let each = floods.iter().zip(each);
        each.filter_map(|(aimed, is_ended)| (!is_ended.join().unwrap()).then(|| named(aimed))).collect()
    })
}

fn named((flood, target): &Aimed<'_>) -> String {
    format!("{}, {target:?}", flood.name)
}

#[test]
fn a_few_waves_end_them_whatever_they_are_for() {
    let (process, _folder) = served(CONFIG);
    let floods: Vec<Aimed<'_>> = FLOODS.iter().flat_map(aimed).collect();
    assert_eq!(endless(process.decisions, &floods, PATIENCE), Vec::<String>::new());
}

#[cfg(feature = "sabotage")]
#[test]
fn without_their_guards_they_go_on() {
    let guards: BTreeSet<&str> = FLOODS.iter().map(|flood| flood.guards).collect();
    let ended = |guards: &str| -> Vec<String> {
        let (process, _folder) = crate::server::doors::served_without(guards, CONFIG);
        let floods = FLOODS.iter().filter(|flood| flood.guards == guards);
        // It takes long until there is no room for what isn't heard, whoever says it.
        let floods = floods.flat_map(|flood| aimed(flood).take(if flood.reads { TARGETS.len() } else { 1 }));
        let floods: Vec<Aimed<'_>> = floods.collect();
        let endless = endless(process.decisions, &floods, Duration::from_secs(2));
        let ended = floods.iter().map(named).filter(|name| !endless.contains(name));
        ended.map(|name| format!("{name} without {guards}")).collect()
    };
    let ended: Vec<String> = thread::scope(|scope| {
        let with_guards = guards.iter().filter(|guards| !guards.is_empty());
        let each: Vec<_> = with_guards.map(|guards| scope.spawn(move || ended(guards))).collect();
        each.into_iter().flat_map(|ended| ended.join().unwrap()).collect()
    });
    assert!(ended.is_empty(), "{}", ended.join("\n"));
}
