//! T-38, and the silences of T-37: whoever takes its time is left in time, at every front door, and others are served meanwhile.

#[cfg(feature = "sabotage")]
mod guards;

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use super::doors::{DOORS, Door, served, summary};
use super::http2::frames::{DATA, END_HEADERS, END_STREAM, Frames, HEADERS, block, frame, opening};
use crate::client::Client;
use crate::grpc::CHECK;
use crate::process::PATIENCE;

/// What callers may take. Tests wait for the end of each of these once.
const CONFIG: &str = "header_timeout_ms: 500\nrequest_timeout_ms: 500\ndrain_seconds: 1\n";

/// Somebody slow, and what ends it.
struct Slow {
    what: &'static str,
    guards: &'static str,
    /// Whether it was left, as it has to be, within that time.
    is_left: fn(SocketAddr, Door, Duration) -> bool,
    doors: &'static [Door],
}

/// A front door isn't part of it.
const ANY: &[Door] = &[Door::Evaluation];
const PROXIES: &[Door] = &[Door::AuthRequest, Door::ForwardAuth, Door::ExtAuthz];

const ALL: &[Slow] = &[
    Slow {
        what: "silence",
        guards: "HeadTime",
        is_left: |at, _, most| is_left_after(at, "", "", most),
        doors: ANY,
    },
    Slow {
        what: "a head in drops",
        guards: "HeadTime",
        is_left: |at, door, most| {
            let whole = door.question().whole();
            drips(connected(at, most), whole.split_at(whole.len() / 4).0, most)
        },
        doors: &DOORS,
    },
    Slow {
        what: "silence after an answer",
        guards: "HeadTime",
        is_left: |at, door, most| is_left_after(at, &door.question().whole(), door.allowed(), most),
        doors: &DOORS,
    },
    Slow {
        what: "a body that never comes whole",
        guards: "BodyTime",
        is_left: |at, door, most| {
            let half = door.question().framed("Content-Length: 99", "{");
            is_left_after(at, &half, "408 the body took longer than 500 ms (`request_timeout_ms`)", most)
        },
        doors: &[Door::Evaluation],
    },
    Slow {
        what: "silence where the server said that it goes on",
        guards: "BodyTime",
        is_left: |at, door, most| {
            let expecting = door.question().framed("Expect: 100-continue\r\nContent-Length: 99", "");
            let mut client = patient(at, most);
            client.send(expecting);
            let goes_on =
                client.try_response().is_ok_and(|answer| answer.is_some_and(|answer| answer.status == 100));
            goes_on
                && client.try_response().is_ok_and(|answer| answer.is_some_and(|answer| answer.status == 408))
        },
        doors: &[Door::Evaluation],
    },
    Slow {
        what: "a body that is promised, in front of a question that needs none",
        guards: "HeadAlone",
        is_left: |at, door, most| {
            let expecting = door.question().framed("Expect: 100-continue\r\nContent-Length: 99", "");
            is_left_after(at, &expecting, door.allowed(), most)
        },
        doors: PROXIES,
    },
    Slow {
        what: "a body in drops after the answer",
        guards: "GoodbyeTime",
        is_left: |at, door, most| {
            drips(connected(at, most), &door.question().framed("Content-Length: 1048576", "abc"), most)
        },
        doors: PROXIES,
    },
    Slow {
        what: "answers that nobody takes",
        guards: "AnswerTime",
        is_left: |at, door, most| unread(at, door, most, false),
        doors: PROXIES,
    },
    Slow {
        what: "answers that are taken in drops",
        guards: "AnswerTime",
        is_left: |at, door, most| unread(at, door, most, true),
        doors: PROXIES,
    },
    // The next body isn't read while an answer waits, and its time goes by.
    Slow {
        what: "answers that nobody takes",
        guards: "AnswerTime,BodyTime",
        is_left: |at, door, most| unread(at, door, most, false),
        doors: &[Door::Evaluation],
    },
    Slow {
        what: "half a frame",
        guards: "IdleTime",
        is_left: |at, _, most| is_left_by_http2(at, &whole_stream()[..12], most),
        doors: ANY,
    },
    Slow {
        what: "half a preface",
        guards: "HeadTime",
        is_left: |at, _, most| is_left_after(at, "PRI * HT", "", most),
        doors: ANY,
    },
    Slow {
        what: "silence in HTTP/2",
        guards: "IdleTime",
        is_left: |at, _, most| is_left_by_http2(at, b"", most),
        doors: ANY,
    },
    Slow {
        what: "a head without its end in HTTP/2",
        guards: "IdleTime",
        is_left: |at, _, most| is_left_by_http2(at, &frame(HEADERS, END_STREAM, 1, &block(&GET)), most),
        doors: ANY,
    },
    Slow {
        what: "silence after an answer in HTTP/2",
        guards: "IdleTime",
        is_left: |at, _, most| is_left_by_http2(at, &whole_stream(), most),
        doors: ANY,
    },
    Slow { what: "a call that never comes whole", guards: "BodyTime", is_left: is_called_back, doors: ANY },
];

const GET: [(&str, &str); 4] =
    [(":method", "GET"), (":scheme", "http"), (":path", "/authz/forward-auth"), (":authority", "pdp")];

fn whole_stream() -> Vec<u8> {
    frame(HEADERS, END_HEADERS | END_STREAM, 1, &block(&GET))
}

/// With small buffers, which are soon full, and with this patience.
fn connected(address: SocketAddr, most: Duration) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    socket.connect(&address.into()).unwrap();
    let stream = TcpStream::from(socket);
    stream.set_read_timeout(Some(most)).unwrap();
    stream.set_write_timeout(Some(most)).unwrap();
    stream
}

fn patient(address: SocketAddr, most: Duration) -> Client {
    Client::over(connected(address, most))
}

/// Whether this is answered so, if at all, and then nothing is waited for any more.
fn is_left_after(address: SocketAddr, bytes: &str, answer: &str, most: Duration) -> bool {
    let mut client = patient(address, most);
    client.send(bytes);
    let is_answered = answer.is_empty()
        || client.try_response().is_ok_and(|found| found.is_some_and(|found| summary(&found) == answer));
    is_answered && client.try_response().is_ok_and(|more| more.is_none())
}

/// Whether there is soon nobody any more who takes another byte.
fn drips(mut stream: TcpStream, start: &str, most: Duration) -> bool {
    stream.write_all(start.as_bytes()).unwrap();
    let begun = Instant::now();
    while begun.elapsed() < most {
        if stream.write_all(b"x").is_err() {
            return true;
        }
        thread::sleep(Duration::from_millis(50));
    }
    false
}

/// Whether the connection of somebody ends who asks and asks, and takes one byte now and then, or none.
fn unread(address: SocketAddr, door: Door, most: Duration, takes: bool) -> bool {
    let mut stream = connected(address, most);
    let mut reader = stream.try_clone().unwrap();
    let questions = door.question().whole().repeat(50);
    let is_over = AtomicBool::new(!takes);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                let _ = reader.read(&mut [0]);
                thread::sleep(Duration::from_millis(50));
            }
        });
        let error = std::iter::repeat_with(|| stream.write_all(questions.as_bytes())).find_map(Result::err);
        is_over.store(true, Ordering::Relaxed);
        error.is_some_and(|error| matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset))
    })
}

fn framed(address: SocketAddr, most: Duration) -> Frames {
    let mut frames = Frames::over(connected(address, most));
    frames.send(&opening(&[]));
    frames
}

fn is_left_by_http2(address: SocketAddr, bytes: &[u8], most: Duration) -> bool {
    let mut frames = framed(address, most);
    frames.send(bytes);
    let until = Instant::now() + most;
    while frames.next().is_some() {}
    // It ended, and it wasn't our patience.
    Instant::now() < until
}

/// Whether a call is answered, by a denial, of which one byte of the message came.
fn is_called_back(address: SocketAddr, _: Door, most: Duration) -> bool {
    let mut frames = framed(address, most);
    let call = [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", CHECK),
        (":authority", "pdp"),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
    ];
    frames.send(&frame(HEADERS, END_HEADERS, 1, &block(&call)));
    frames.send(&frame(DATA, 0, 1, b"\0"));
    let message = frames.next_of(DATA).map(|frame| frame.payload).unwrap_or_default();
    let denied = b"body_too_slow";
    message.windows(denied.len()).any(|part| part == denied)
}

/// Those who weren't left in time.
fn stay(address: SocketAddr, all: &[&Slow], most: Duration) -> Vec<String> {
    thread::scope(|scope| {
        let each = all.iter().flat_map(|slow| slow.doors.iter().map(move |door| (slow, *door)));
        let each: Vec<_> = each
            .map(|(slow, door)| {
                let is_left = scope.spawn(move || (slow.is_left)(address, door, most));
                (format!("{}, {door:?}", slow.what), is_left)
            })
            .collect();
        let stay = each.into_iter().filter_map(|(what, is_left)| (!is_left.join().unwrap()).then_some(what));
        stay.collect()
    })
}

#[test]
fn whoever_is_slow_is_left_in_time_and_others_are_served_meanwhile() {
    let (served, _folder) = served(CONFIG);
    // Those who ask and ask may get others turned away: there is more to decide than can be.
    let (floods, quiet): (Vec<&Slow>, Vec<&Slow>) =
        ALL.iter().partition(|slow| slow.guards.starts_with("AnswerTime"));
    let is_served = || {
        for door in DOORS {
            assert_eq!(summary(&served.client().ask(door.question().whole())), door.allowed());
        }
    };
    thread::scope(|scope| {
        let slow = scope.spawn(|| stay(served.decisions, &quiet, PATIENCE));
        is_served();
        while !slow.is_finished() {
            is_served();
            thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(slow.join().unwrap(), Vec::<String>::new());
    });
    assert_eq!(stay(served.decisions, &floods, PATIENCE), Vec::<String>::new());
    is_served();
}
