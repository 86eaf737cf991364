//! The processes that are asked. They end with the run, also if it panics.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use serde_json::Value;

use crate::client::Transport;
use crate::question::Protocol;
use crate::tls::Files;

/// The unit in which Linux tells programs of processor time, on every architecture that this runs on.
const TICKS_PER_SECOND: f64 = 100.;

/// The policies that decide.
pub const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/hackai/policies");

/// Where a server listens.
pub struct Addresses {
    pub tcp: SocketAddr,
    pub unix: Option<PathBuf>,
    pub further: Option<Further>,
}

/// Where those two listen that are asked everything.
pub struct Further {
    /// For whoever speaks HTTP/2 at once.
    pub http2: SocketAddr,
    pub tls: SocketAddr,
    pub files: Files,
}

impl Addresses {
    pub fn tcp(&self, transport: Transport, protocol: Protocol) -> SocketAddr {
        match (transport, protocol) {
            (Transport::Tls, _) => self.further().tls,
            (_, Protocol::Http1) => self.tcp,
            (_, Protocol::Http2) => self.further().http2,
        }
    }

    pub fn files(&self) -> &Files {
        &self.further().files
    }

    fn further(&self) -> &Further {
        self.further.as_ref().expect("a server that is asked everything")
    }
}

pub struct Server {
    pub name: &'static str,
    pub addresses: Addresses,
    pub process: Process,
}

pub struct Process(pub Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Server {
    /// The real binary on the example's policies.
    pub fn portcullis(directory: &Path, files: &Files) -> Server {
        Server::portcullis_on(Path::new(EXAMPLE), directory, files)
    }

    pub fn portcullis_on(policies: &Path, directory: &Path, files: &Files) -> Server {
        let unix = directory.join("portcullis.sock");
        let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("PORTCULLIS_") {
                command.env_remove(name);
            }
        }
        for dialect in ["FORWARDED", "ENVOY"] {
            command.env(format!("PORTCULLIS_{dialect}_SUBJECT_HEADER"), "X-Portcullis-User");
        }
        command.env("PORTCULLIS_TLS_CERTIFICATE", &files.certificate).env("PORTCULLIS_TLS_KEY", &files.key);
        command.args(["serve", "--admin", "127.0.0.1:0", "--listen", "127.0.0.1:0"]);
        command.args(["--listen", "tls:127.0.0.1:0", "--policies"]).arg(policies);
        command.arg("--listen").arg(format!("unix:{}", unix.display()));
        let mut process = Process(started(command.stderr(Stdio::piped())));
        let mut log = BufReader::new(process.0.stderr.take().expect("a pipe"));
        let (mut tcp, mut tls) = (None, None);
        let (tcp, tls) = loop {
            let line = next_line(&mut log);
            let entry: Value = serde_json::from_str(&line).expect("a log in JSON");
            assert_ne!(entry["level"], "ERROR", "{line}");
            let Some(address) = entry["address"].as_str() else { continue };
            match address.strip_prefix("tls:") {
                Some(address) => tls = address.parse().ok(),
                None => tcp = tcp.or(address.parse().ok()),
            }
            if let (Some(tcp), Some(tls)) = (tcp, tls) {
                break (tcp, tls);
            }
        };
        // Nobody may have to wait for a full pipe.
        thread::spawn(move || io::copy(&mut log, &mut io::sink()));
        let further = Further { http2: tcp, tls, files: files.clone() };
        Server {
            name: "portcullis",
            addresses: Addresses { tcp, unix: Some(unix), further: Some(further) },
            process,
        }
    }

    /// This program in its other part; `answers` are paths and files.
    pub fn bare(directory: &Path, files: &Files, answers: &[(&str, PathBuf)]) -> Server {
        let unix = directory.join("bare.sock");
        let mut command = Command::new(std::env::current_exe().expect("a path"));
        command.arg("--bare").arg(&unix).arg(&files.certificate).arg(&files.key);
        for (path, file) in answers {
            command.arg(path).arg(file);
        }
        let mut process = Process(started(command.stdout(Stdio::piped())));
        let mut printed = BufReader::new(process.0.stdout.take().expect("a pipe"));
        let [tcp, http2, tls] = [(); 3].map(|()| next_line(&mut printed).trim().parse().expect("an address"));
        let further = Further { http2, tls, files: files.clone() };
        Server {
            name: "bare hyper",
            addresses: Addresses { tcp, unix: Some(unix), further: Some(further) },
            process,
        }
    }

    /// The processor time it has had, in seconds.
    pub fn processor_seconds(&self) -> f64 {
        let stat = self.told("stat");
        // The name comes second, in brackets, and may have blanks in it.
        let (_, fields) = stat.rsplit_once(')').expect("a name");
        let ticks =
            fields.split_whitespace().skip(11).take(2).map(|field| field.parse::<f64>().expect("a number"));
        ticks.sum::<f64>() / TICKS_PER_SECOND
    }

    /// The memory that it holds, in MiB.
    pub fn resident(&self) -> f64 {
        self.memory("VmRSS:")
    }

    /// The most that it has held.
    pub fn peak(&self) -> f64 {
        self.memory("VmHWM:")
    }

    fn memory(&self, which: &str) -> f64 {
        let status = self.told("status");
        let line = status.lines().find_map(|line| line.strip_prefix(which)).expect("its size");
        let kibibytes = line.split_whitespace().next().expect("a number");
        kibibytes.parse::<f64>().expect("a number") / 1024.
    }

    fn told(&self, file: &str) -> String {
        fs::read_to_string(format!("/proc/{}/{file}", self.process.0.id())).expect("a process that runs")
    }
}

pub fn started(command: &mut Command) -> Child {
    command.stdin(Stdio::null()).spawn().expect("a binary that starts")
}

fn next_line(from: &mut impl BufRead) -> String {
    let mut line = String::new();
    let bytes = from.read_line(&mut line).expect("a pipe");
    assert!(bytes > 0, "it should say where it listens");
    line
}
