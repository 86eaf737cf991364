//! The real binary, as an operator runs it.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::client::{Client, get};

/// Longer than anything takes, shorter than anybody's patience.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running `portcullis serve`; killed if a test ends without having ended it.
pub struct Process {
    child: Child,
    lines: Receiver<String>,
    pub decisions: SocketAddr,
    pub admin: SocketAddr,
}

pub fn portcullis() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
    // What the developer has set must not configure the test.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PORTCULLIS_") {
            command.env_remove(name);
        }
    }
    command
}

impl Process {
    /// Serves a directory on free ports, with more flags; returns once it listens.
    pub fn serve(policies: &Path, flags: &[&str]) -> Process {
        let mut child = portcullis()
            .args(["serve", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--policies"])
            .arg(policies)
            .args(flags)
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary should start");
        let stderr = BufReader::new(child.stderr.take().expect("a pipe"));
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let unknown = SocketAddr::from(([0, 0, 0, 0], 0));
        let mut process = Process { child, lines, decisions: unknown, admin: unknown };
        while process.admin == unknown {
            let log = process.log("listening");
            let address = log["address"].as_str().expect("an address");
            match log["listener"].as_str() {
                // The first of several is the one on a port.
                Some("decisions") if process.decisions == unknown => {
                    process.decisions = address.parse().expect("a port");
                }
                Some("decisions") => {}
                _ => process.admin = address.parse().expect("a port"),
            }
        }
        process
    }

    /// The next log line with this message. Every line has to be JSON.
    pub fn log(&self, message: &str) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            let line = self
                .lines
                .recv_timeout(end.saturating_duration_since(Instant::now()))
                .unwrap_or_else(|_| panic!("it should log `{message}`"));
            let log: Value = serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON: {line}"));
            if log["message"] == message {
                return log;
            }
        }
    }

    pub fn client(&self) -> Client {
        Client::tcp(self.decisions)
    }

    pub fn readiness(&self) -> (u16, Value) {
        let answer = Client::tcp(self.admin).ask(get("/readyz"));
        (answer.status, serde_json::from_str(&answer.body).expect("JSON"))
    }

    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().expect("kill").success());
    }

    pub fn wait(mut self) -> ExitStatus {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status;
            }
            assert!(Instant::now() < end, "it should end");
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It has ended already if all went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
