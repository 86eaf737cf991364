//! T-39: floods that cost a caller little. They end with their connection or come to nothing, others are answered
//! meanwhile, and no memory is left behind.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::frames::{
    CONTINUATION, DATA, END_HEADERS, END_STREAM, Frames, GOAWAY, HEADERS, PING, RST_STREAM, SETTINGS,
    WINDOW_UPDATE, block, frame, literal, opening,
};
use crate::client::evaluation;
use crate::process::Served;

const POLICY: &str =
    "package p\nsubject user {}\nresource page { actions read }\nallow page:read named reading\n";
const READ: &str =
    r#"{"subject":{"type":"user","id":"u"},"action":{"name":"read"},"resource":{"type":"page","id":"1"}}"#;

/// How the connection of a flood ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    /// The server says why, and closes.
    Told,
    /// It closes.
    Closed,
}

struct Flood {
    name: &'static str,
    /// What is sent first.
    start: Vec<u8>,
    /// What is sent then, again and again.
    wave: fn(u32) -> Vec<u8>,
    waves: u32,
    /// Whether the caller reads what is answered.
    reads: bool,
    ends: Ends,
}

fn request(path: &str) -> Vec<u8> {
    block(&[(":method", "GET"), (":scheme", "http"), (":path", path), (":authority", "pdp")])
}

fn open_stream() -> Vec<u8> {
    let post = [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", "/access/v1/evaluation"),
        (":authority", "pdp"),
        ("content-type", "application/json"),
    ];
    [opening(&[]), frame(HEADERS, END_HEADERS, 1, &block(&post))].concat()
}

fn floods() -> Vec<Flood> {
    vec![
        Flood {
            name: "rapid resets",
            start: opening(&[]),
            wave: |number| {
                let stream = 2 * number + 1;
                let headers =
                    frame(HEADERS, END_HEADERS | END_STREAM, stream, &request("/authz/auth-request"));
                [headers, frame(RST_STREAM, 0, stream, &[0, 0, 0, 8])].concat()
            },
            waves: 200_000,
            reads: true,
            ends: Ends::Told,
        },
        Flood {
            name: "mistakes that make the server reset",
            start: opening(&[]),
            wave: |number| {
                let stream = 2 * number + 1;
                let headers = frame(HEADERS, END_HEADERS, stream, &request("/access/v1/evaluation"));
                [headers, frame(WINDOW_UPDATE, 0, stream, &[0; 4])].concat()
            },
            waves: 100_000,
            reads: true,
            ends: Ends::Told,
        },
        Flood {
            name: "a head without an end",
            start: [opening(&[]), frame(HEADERS, 0, 1, &request("/"))].concat(),
            wave: |_| frame(CONTINUATION, 0, 1, &literal(0, "x-a", &"a".repeat(8_000))),
            waves: 20_000,
            reads: true,
            ends: Ends::Told,
        },
        Flood {
            name: "continuations of nothing",
            start: [opening(&[]), frame(HEADERS, 0, 1, &request("/"))].concat(),
            wave: |_| frame(CONTINUATION, 0, 1, &[]).repeat(100),
            waves: 20_000,
            reads: true,
            ends: Ends::Told,
        },
        Flood {
            name: "empty data",
            start: open_stream(),
            wave: |_| frame(DATA, 0, 1, &[]).repeat(100),
            waves: 20_000,
            reads: true,
            ends: Ends::Told,
        },
        Flood {
            name: "pings that are not heard",
            start: opening(&[]),
            wave: |_| frame(PING, 0, 0, &[7; 8]).repeat(100),
            waves: 50_000,
            reads: false,
            ends: Ends::Closed,
        },
        Flood {
            name: "settings that are not heard",
            start: opening(&[]),
            wave: |_| frame(SETTINGS, 0, 0, &[]).repeat(100),
            waves: 50_000,
            reads: false,
            ends: Ends::Closed,
        },
        Flood {
            name: "answers that are not heard",
            start: opening(&[(4, 0x7fff_ffff)]),
            wave: |number| frame(HEADERS, END_HEADERS | END_STREAM, 2 * number + 1, &request("/nowhere")),
            waves: 500_000,
            reads: false,
            ends: Ends::Closed,
        },
        Flood {
            name: "a small head that becomes a large one",
            start: opening(&[]),
            wave: |number| {
                let mut bomb = request("/");
                // The field is remembered once, and then named by its number four thousand times.
                bomb.extend(literal(0x40, "x-a", &"a".repeat(3_900)));
                bomb.extend([0xbe; 4_000]);
                frame(HEADERS, END_HEADERS | END_STREAM, 2 * number + 1, &bomb)
            },
            waves: 5_000,
            reads: true,
            ends: Ends::Told,
        },
    ]
}

/// Serves a page that everybody may read, and cuts slow callers off early.
fn served(folder: &Path) -> Served {
    fs::write(folder.join("main.policy"), POLICY).unwrap();
    let config = folder.join("portcullis.conf");
    fs::write(&config, "header_timeout_ms: 1000\nrequest_timeout_ms: 1000\n").unwrap();
    let process = Served::start(folder, &["--config", config.to_str().unwrap()]);
    process.wait_until_ready();
    process
}

#[test]
fn floods_come_to_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let process = served(folder.path());
    let decide = || {
        let begun = Instant::now();
        assert_eq!(process.client().ask(evaluation(READ)).body, r#"{"decision":true}"#);
        begun.elapsed()
    };
    decide();
    for Flood { name, start, wave, waves, reads, ends } in floods() {
        let before = process.resident_bytes();
        let mut frames = Frames::open(process.decisions);
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
            let flood = scope.spawn(move || {
                frames.send(&start);
                let sent = (0..waves).take_while(|number| frames.try_send(&wave(*number))).count();
                assert!(sent < waves as usize, "{name} goes on");
            });
            let (mut slowest, mut most) = (Duration::ZERO, 0);
            while !flood.is_finished() {
                slowest = slowest.max(decide());
                most = most.max(process.resident_bytes());
            }
            flood.join().unwrap();
            assert!(slowest < Duration::from_secs(2), "{name}: others wait {slowest:?}");
            (heard.join().unwrap(), most)
        });
        assert_eq!(is_told, ends == Ends::Told, "{name}");
        let grown = most.saturating_sub(before) >> 20;
        assert!(grown <= 32, "{name}: {grown} MiB more");
        decide();
    }
    process.signal("TERM");
    assert_eq!(process.wait().code(), Some(0));
}
