//! Processes that tests start, the real binary among them. They end with the test, also if it panics.

use std::cell::RefCell;
use std::fs;
use std::io::{self, BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::client::{Client, get};

/// Longer than anything takes, shorter than anybody's patience.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A process that is stopped when this is dropped.
pub struct Process {
    pub child: Child,
}

/// A `portcullis serve` that listens, and what it logs.
pub struct Served {
    process: Process,
    lines: Receiver<String>,
    /// What it logged before what was waited for.
    passed_over: RefCell<Vec<Value>>,
    pub decisions: SocketAddr,
    pub admin: SocketAddr,
}

/// The binary, configured by nothing but what the test adds.
pub fn portcullis() -> Command {
    unconfigured(Command::new(env!("CARGO_BIN_EXE_portcullis")))
}

/// A binary that may have this many files open, connections among them.
pub fn portcullis_with_files(most: u32) -> Command {
    portcullis_within(&format!("-n {most}"))
}

/// A binary that may have so much memory.
pub fn portcullis_with_memory(megabytes: u32) -> Command {
    let mut command = portcullis_within(&format!("-c 0 && ulimit -v {}", megabytes * 1024));
    // Otherwise each thread reserves addresses for an arena of its own.
    command.env("MALLOC_ARENA_MAX", "1");
    command
}

/// A binary within a limit of the shell's `ulimit`.
fn portcullis_within(limit: &str) -> Command {
    let mut command = unconfigured(Command::new("sh"));
    let limited = format!("ulimit {limit} && exec \"$@\"");
    command.args(["-c", &limited, "sh", env!("CARGO_BIN_EXE_portcullis")]);
    command
}

fn unconfigured(mut command: Command) -> Command {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PORTCULLIS_") {
            command.env_remove(name);
        }
    }
    command
}

/// A program that Debian doesn't have, and that `tests/run` installs beside the build.
pub fn tool(name: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let tool = target.join("tools").join(name);
    assert!(tool.exists(), "there is no {}: `tests/run` installs it", tool.display());
    tool
}

impl Process {
    pub fn start(command: &mut Command) -> io::Result<Process> {
        command.spawn().map(|child| Process { child })
    }

    /// As `kill -9`: it has no say in it.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end, as an operator would, and waits. Whether it did.
    pub fn terminate(&mut self) -> bool {
        self.signal("TERM") && self.ended().is_some()
    }

    /// The shell's own `kill` is there where the package with the program isn't.
    pub fn signal(&self, name: &str) -> bool {
        let kill = format!("kill -{name} {}", self.child.id());
        Command::new("sh").arg("-c").arg(kill).status().is_ok_and(|status| status.success())
    }

    /// How it ended; nothing if it goes on.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        let mut status = None;
        wait_until(PATIENCE, || {
            status = self.child.try_wait().expect("a child");
            status.is_some()
        });
        status
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let ended = matches!(self.child.try_wait(), Ok(Some(_))) || self.terminate();
        if !ended {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

impl Served {
    /// Serves a directory on free ports, with more flags; returns once it listens.
    pub fn start(policies: &Path, flags: &[&str]) -> Served {
        Served::start_by(portcullis(), policies, flags)
    }

    pub fn start_by(mut command: Command, policies: &Path, flags: &[&str]) -> Served {
        command.args(["serve", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--policies"]);
        Served::spawn(command.arg(policies).args(flags))
    }

    /// By a command that listens on a port first, if on several addresses.
    pub fn spawn(command: &mut Command) -> Served {
        let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = Process::start(command).expect("the binary should start");
        let stderr = BufReader::new(process.child.stderr.take().expect("a pipe"));
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let unknown = SocketAddr::from(([0, 0, 0, 0], 0));
        let passed_over = RefCell::default();
        let mut served = Served { process, lines, passed_over, decisions: unknown, admin: unknown };
        while served.admin == unknown {
            let log = served.log("listening");
            let address = log["address"].as_str().expect("an address");
            match log["listener"].as_str() {
                Some("decisions") if served.decisions == unknown => {
                    served.decisions = address.parse().expect("a port");
                }
                Some("decisions") => {}
                _ => served.admin = address.parse().expect("a port"),
            }
        }
        served
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
            self.passed_over.borrow_mut().push(log);
        }
    }

    /// What it has logged and nobody has waited for.
    pub fn passed_over(&self) -> Vec<Value> {
        self.passed_over.take()
    }

    /// Nobody reads its log any more: after the next line there is no other end to what it writes to.
    pub fn deafen(&mut self) {
        self.lines = channel().1;
    }

    /// What it logs until it ends.
    pub fn rest(&self) -> Vec<Value> {
        let lines = std::iter::from_fn(|| self.lines.recv_timeout(PATIENCE).ok());
        lines.map(|line| serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON: {line}"))).collect()
    }

    pub fn client(&self) -> Client {
        Client::tcp(self.decisions)
    }

    pub fn readiness(&self) -> (u16, Value) {
        let answer = Client::tcp(self.admin).ask(get("/readyz"));
        (answer.status, serde_json::from_str(&answer.body).expect("JSON"))
    }

    pub fn wait_until_ready(&self) {
        let is_ready = || self.readiness().0 == 200;
        assert!(wait_until(PATIENCE, is_ready), "Portcullis is not ready: {}", self.readiness().1);
    }

    pub fn signal(&self, name: &str) {
        assert!(self.process.signal(name), "{name}");
    }

    /// Stops it in the middle of whatever it does. The signal is heard a moment after it is sent, by each thread alone.
    pub fn freeze(&self) {
        self.signal("STOP");
        let threads = format!("/proc/{}/task", self.process.child.id());
        let is_stopped = |status: String| status.lines().any(|line| line.starts_with("State:\tT"));
        let are_stopped = || {
            let mut threads = fs::read_dir(&threads).expect("a running process");
            threads.all(|thread| {
                let status = thread.and_then(|thread| fs::read_to_string(thread.path().join("status")));
                status.is_ok_and(is_stopped)
            })
        };
        assert!(wait_until(PATIENCE, are_stopped), "it goes on");
    }

    /// The most memory that it has had in use, in bytes.
    pub fn memory_peak(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.child.id()));
        let status = status.expect("a running process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix("kB"));
        line.expect("its peak").trim().parse::<u64>().expect("a number") * 1024
    }

    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// The memory that it holds.
    pub fn resident_bytes(&self) -> usize {
        let status =
            fs::read_to_string(format!("/proc/{}/status", self.process.child.id())).expect("a process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
        line.trim().trim_end_matches(" kB").parse::<usize>().expect("a number") * 1024
    }

    pub fn wait(mut self) -> ExitStatus {
        self.process.ended().expect("it should end")
    }
}

/// Asks again and again until it is so, or the time is over.
pub fn wait_until(patience: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    loop {
        if is_so() {
            return true;
        }
        if start.elapsed() > patience {
            return false;
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// Ports that nobody listens on, all different, also from those of the tests beside this one. They lie below those that
/// the system gives to clients, so that no connection under way takes one before a server has it.
pub fn free_ports<const N: usize>() -> [u16; N] {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let own_start = std::process::id().wrapping_mul(101);
    let next = || {
        let port = 10_000 + own_start.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % 20_000;
        u16::try_from(port).unwrap()
    };
    std::array::from_fn(|_| {
        loop {
            let port = next();
            if TcpListener::bind(("127.0.0.1", port)).is_ok() {
                break port;
            }
        }
    })
}
