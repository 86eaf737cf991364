//! nginx before a Portcullis in a process of its own, which dies, hangs, comes back and reloads.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use super::front::{Front, example, readable_dir};
use super::{BOTH, ask};
use crate::process::{PATIENCE, Served, free_ports, portcullis, wait_until};

/// A Portcullis in a process of its own, on the example's policies.
struct Sidecar {
    process: Served,
    port: u16,
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
            let took_effect = wait_until(PATIENCE, || BOTH.into_iter().all(ask_once));
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
        let [port] = free_ports();
        Sidecar { process: serve(dir.path(), port), port, dir }
    }

    fn front(&self) -> Front {
        Front::start(self.port, &self.dir.path().join("decide.sock"), None, readable_dir())
    }

    fn kill(&mut self) {
        self.process.kill();
    }

    /// It keeps its sockets, and answers nothing.
    fn freeze(&self) {
        self.process.freeze();
    }

    fn restart(&mut self) {
        self.process = serve(self.dir.path(), self.port);
    }

    /// Replaces the policy, made from the shipped one, as an editor does: written beside it, then renamed.
    fn edit_policy(&self, edit: impl FnOnce(String) -> String) {
        let shipped = fs::read_to_string(example("policies/hackai.policy")).unwrap();
        let target = self.dir.path().join("policies/hackai.policy");
        let beside = self.dir.path().join("policies/.hackai.policy.new");
        fs::write(&beside, edit(shipped)).unwrap();
        fs::rename(beside, target).unwrap();
    }
}

fn serve(dir: &Path, port: u16) -> Served {
    let mut command = portcullis();
    command.arg("serve").arg("--policies").arg(dir.join("policies")).args(["--admin", "127.0.0.1:0"]);
    command.args(["--listen", &format!("127.0.0.1:{port}")]);
    command.args(["--listen", &format!("unix:{}", dir.join("decide.sock").display())]);
    let served = Served::spawn(command.env("PORTCULLIS_SOCKET_MODE", "0666"));
    served.wait_until_ready();
    served
}
