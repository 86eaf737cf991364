//! Processes that tests start, and that end with them, also if a test panics.

use std::net::TcpListener;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A process that is stopped when this is dropped.
pub(crate) struct Process {
    pub(crate) child: Child,
}

impl Process {
    pub(crate) fn start(command: &mut Command) -> std::io::Result<Process> {
        command.spawn().map(|child| Process { child })
    }

    /// As `kill -9`: it has no say in it.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end, as an operator would, and waits. Whether it did.
    pub(crate) fn terminate(&mut self) -> bool {
        let asked = signal("TERM", &self.child);
        asked && wait_until(Duration::from_secs(5), || matches!(self.child.try_wait(), Ok(Some(_))))
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

/// Sends a signal; the shell's own `kill` is there where the package with the program isn't.
pub(crate) fn signal(name: &str, child: &Child) -> bool {
    let status = Command::new("sh").arg("-c").arg(format!("kill -{name} {}", child.id())).status();
    status.is_ok_and(|status| status.success())
}

/// Asks again and again until it is so, or the time is over.
pub(crate) fn wait_until(patience: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    loop {
        if is_so() {
            return true;
        }
        if start.elapsed() > patience {
            return false;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Ports that nobody listens on, all different, also from those of the tests beside this one. They lie below those that
/// the system gives to clients, so that no connection under way takes one before a server has it.
pub(crate) fn free_ports<const N: usize>() -> [u16; N] {
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
