//! What might answer in the place of Portcullis, and is no answer.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::process::{PATIENCE, wait_until};

/// A listener that says the same to everybody, until it is dropped.
pub(super) struct Stub {
    port: u16,
    is_over: Arc<AtomicBool>,
    thread: Option<thread::JoinHandle<()>>,
}

/// What it says, and after how long.
const CASES: &[(&str, &[u8], Duration)] = &[
    ("it is slow", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", Duration::from_secs(60)),
    ("it says nothing", b"", Duration::ZERO),
    ("it speaks another protocol", b"SSH-2.0-OpenSSH_9.2p1\r\n", Duration::ZERO),
    ("it says garbage", b"\x00\xff\x13\x37garbage\r\n\r\n\x01\x02", Duration::ZERO),
    ("its answer breaks off in the first line", b"HTTP/1.1 20", Duration::ZERO),
    ("its answer breaks off in the head", b"HTTP/1.1 200 OK\r\nContent-Le", Duration::ZERO),
    ("its status is none", b"HTTP/1.1 9999 OK\r\nContent-Length: 0\r\n\r\n", Duration::ZERO),
    ("it is ill", b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n", Duration::ZERO),
    ("it is somebody else", b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", Duration::ZERO),
    (
        "it is too much",
        b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n",
        Duration::ZERO,
    ),
];

impl Stub {
    /// One after the other, each once it is asked for.
    pub(super) fn all(port: u16) -> impl Iterator<Item = (&'static str, Stub)> {
        CASES.iter().map(move |(what, says, after)| (*what, Stub::start(port, says, *after)))
    }

    pub(super) fn start(port: u16, says: &'static [u8], after: Duration) -> Stub {
        // A process that another test is starting holds whatever was open here, until it is the program that it becomes.
        let mut listener = None;
        wait_until(PATIENCE, || {
            listener = TcpListener::bind(("127.0.0.1", port)).ok();
            listener.is_some()
        });
        let listener = listener.expect("the port is free");
        let is_over = Arc::new(AtomicBool::new(false));
        let over = Arc::clone(&is_over);
        let thread = thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let over = Arc::clone(&over);
                thread::spawn(move || answer(stream.unwrap(), says, after, &over));
            }
        });
        Stub { port, is_over, thread: Some(thread) }
    }
}

fn answer(mut stream: TcpStream, says: &[u8], after: Duration, over: &AtomicBool) {
    let _ = stream.read(&mut [0; 16 * 1024]);
    let mut waited = Duration::ZERO;
    while waited < after && !over.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_millis(50));
        waited += Duration::from_millis(50);
    }
    // Whoever has waited enough, or asks no more, hears nothing.
    if waited >= after {
        let _ = stream.write_all(says);
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
