//! nginx before a Portcullis in a process of its own, which dies, hangs, comes back and reloads.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use super::front::{Front, PATIENCE, example, listens, readable_dir};
use super::{BOTH, ask};
use crate::client::{self, Client};
use crate::processes::{Process, free_ports, signal, wait_until};

/// A Portcullis in a process of its own, on the example's policies.
struct Sidecar {
    process: Process,
    port: u16,
    admin: u16,
    dir: TempDir,
}

#[test]
fn without_the_sidecar_nothing_passes() {
    let mut sidecar = Sidecar::start();
    let front = sidecar.front();
    let statuses = || {
        BOTH.map(|via| {
            let denied = ask(&front, via, "dan", "GET", "/data/set-3", &[]).status;
            (ask(&front, via, "dan", "GET", "/data/set-1", &[]).status, denied)
        })
    };
    assert_eq!(statuses(), [(200, 403); 2]);
    sidecar.freeze();
    assert_eq!(statuses(), [(500, 500); 2], "it hangs");
    sidecar.kill();
    assert_eq!(statuses(), [(500, 500); 2], "it is dead");
    assert_eq!(statuses(), [(500, 500); 2], "it is still dead");
    sidecar.restart();
    assert_eq!(statuses(), [(200, 403); 2], "it is back");
}

#[test]
fn a_policy_edit_takes_effect_without_a_failed_request() {
    let sidecar = Sidecar::start();
    let front = sidecar.front();
    let over = AtomicBool::new(false);
    let seen = thread::scope(|scope| {
        let clients = BOTH.map(|via| {
            let (front, over) = (&front, &over);
            scope.spawn(move || {
                let mut seen: Vec<u16> = Vec::new();
                while !over.load(Ordering::Relaxed) {
                    seen.push(ask(front, via, "dan", "GET", "/data/set-1", &[]).status);
                }
                seen
            })
        });
        let edited = [true, false, true].map(|closed| {
            sidecar.edit_policy(|policy| {
                if closed { format!("{policy}\ndeny data:read named closed\n") } else { policy }
            });
            let expected = if closed { 403 } else { 200 };
            let ask_once = |via| ask(&front, via, "dan", "GET", "/data/set-1", &[]).status == expected;
            let took_effect = wait_until(Duration::from_secs(10), || BOTH.into_iter().all(ask_once));
            thread::sleep(Duration::from_millis(100));
            took_effect
        });
        over.store(true, Ordering::Relaxed);
        assert_eq!(edited, [true; 3], "an edit had no effect");
        clients.map(|client| client.join().unwrap())
    });
    for mut statuses in seen {
        assert!(statuses.len() > 20, "the client hardly asked: {statuses:?}");
        statuses.dedup();
        assert_eq!(statuses, [200, 403, 200, 403], "every answer is right for its revision, and none failed");
    }
}

impl Sidecar {
    fn start() -> Sidecar {
        let dir = readable_dir();
        let policies = dir.path().join("policies");
        fs::create_dir(&policies).unwrap();
        for name in ["hackai.policy", "facts.yaml"] {
            fs::copy(example("policies").join(name), policies.join(name)).unwrap();
        }
        let [port, admin] = free_ports();
        let process = serve(dir.path(), port, admin);
        let sidecar = Sidecar { process, port, admin, dir };
        sidecar.wait_until_ready();
        sidecar
    }

    fn front(&self) -> Front {
        Front::start(self.port, &self.dir.path().join("decide.sock"), None, readable_dir())
    }

    fn kill(&mut self) {
        self.process.kill();
    }

    /// It keeps its sockets, and answers nothing.
    fn freeze(&self) {
        assert!(signal("STOP", &self.process.child));
    }

    fn restart(&mut self) {
        self.process = serve(self.dir.path(), self.port, self.admin);
        self.wait_until_ready();
    }

    /// Replaces the policy, made from the shipped one, as an editor does: written beside it, then renamed.
    fn edit_policy(&self, edit: impl FnOnce(String) -> String) {
        let shipped = fs::read_to_string(example("policies/hackai.policy")).unwrap();
        let target = self.dir.path().join("policies/hackai.policy");
        let beside = self.dir.path().join("policies/.hackai.policy.new");
        fs::write(&beside, edit(shipped)).unwrap();
        fs::rename(beside, target).unwrap();
    }

    fn wait_until_ready(&self) {
        let address = ([127, 0, 0, 1], self.admin).into();
        let is_ready =
            || listens(self.admin) && Client::tcp(address).ask(client::get("/readyz")).status == 200;
        let told = || fs::read_to_string(self.dir.path().join("portcullis.log")).unwrap_or_default();
        assert!(wait_until(PATIENCE, is_ready), "Portcullis is not ready: {}", told());
    }
}

fn serve(dir: &Path, port: u16, admin: u16) -> Process {
    let log = fs::File::options().create(true).append(true).open(dir.join("portcullis.log")).unwrap();
    let listen = [format!("127.0.0.1:{port}"), format!("unix:{}", dir.join("decide.sock").display())];
    let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
    command.arg("serve").arg("--policies").arg(dir.join("policies"));
    command.args(["--listen", &listen[0], "--listen", &listen[1], "--admin", &format!("127.0.0.1:{admin}")]);
    command.env_clear().env("PORTCULLIS_SOCKET_MODE", "0666");
    command.stdout(log.try_clone().unwrap()).stderr(log).stdin(Stdio::null());
    Process::start(&mut command).unwrap()
}
