//! nginx as the example configures it, before a Portcullis in this process or in one of its own.

use std::fs;
use std::io::ErrorKind;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use portcullis::config::Listener;
use portcullis::service::World;
use tempfile::TempDir;

use crate::client::Client;
use crate::examples;
use crate::process::{PATIENCE, Process, free_ports, wait_until};
use crate::server::sidecar;

/// How nginx reaches Portcullis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Via {
    Tcp,
    Unix,
}

/// Where the example's nginx asks.
const ASKED: &str = "/authz/auth-request";

pub(super) struct Front {
    tcp: u16,
    unix: u16,
    inside: Option<sidecar::Sidecar>,
    _nginx: Process,
    _dir: TempDir,
}

impl Front {
    /// Before a Portcullis in this process, whose clock only the test moves.
    pub(super) fn before_a_clock(now: &str) -> Front {
        Front::before_path(now, ASKED)
    }

    /// As before a clock, but nginx asks another path than it should.
    pub(super) fn before_path(now: &str, path: &str) -> Front {
        let dir = readable_dir();
        let socket = dir.path().join("decide.sock");
        let mut config = sidecar::config();
        config.listen.push(Listener::Unix(socket.clone()));
        config.socket_mode = 0o666;
        config.subject_header = "X-Original-Subject".to_owned();
        let inside = sidecar::Sidecar::with(&config);
        inside.set_clock(now);
        let (engine, facts) = examples::hackai().load().unwrap();
        let world = World::new(Arc::new(engine), Arc::new(facts), "shipped", inside.service.now());
        inside.service.publish(world);
        Front::start_at(path, inside.address().port(), &socket, Some(inside), dir)
    }

    pub(super) fn start(port: u16, socket: &Path, inside: Option<sidecar::Sidecar>, dir: TempDir) -> Front {
        Front::start_at(ASKED, port, socket, inside, dir)
    }

    fn start_at(
        path: &str,
        port: u16,
        socket: &Path,
        inside: Option<sidecar::Sidecar>,
        dir: TempDir,
    ) -> Front {
        let [tcp, unix, backend] = free_ports();
        let replacements = [
            (ASKED.to_owned(), path.to_owned()),
            ("127.0.0.1:8080".to_owned(), format!("127.0.0.1:{tcp}")),
            ("8080 portcullis_tcp".to_owned(), format!("{tcp} portcullis_tcp")),
            ("127.0.0.1:8081".to_owned(), format!("127.0.0.1:{unix}")),
            ("8081 portcullis_unix".to_owned(), format!("{unix} portcullis_unix")),
            ("127.0.0.1:8090".to_owned(), format!("127.0.0.1:{backend}")),
            ("127.0.0.1:8181".to_owned(), format!("127.0.0.1:{port}")),
            ("/run/portcullis/decide.sock".to_owned(), socket.to_str().unwrap().to_owned()),
        ];
        let mut config = fs::read_to_string(example("nginx.conf")).unwrap();
        for (shipped, here) in replacements {
            assert!(config.contains(&shipped), "nginx.conf doesn't say `{shipped}` any more");
            config = config.replace(&shipped, &here);
        }
        fs::write(dir.path().join("nginx.conf"), config).unwrap();
        fs::copy(example("htpasswd"), dir.path().join("htpasswd")).unwrap();
        fs::create_dir(dir.path().join("tmp")).unwrap();
        let nginx = start_nginx(dir.path());
        let is_up = || [tcp, unix, backend].into_iter().all(listens);
        assert!(wait_until(PATIENCE, is_up), "nginx doesn't answer: {}", log(dir.path()));
        Front { tcp, unix, inside, _nginx: nginx, _dir: dir }
    }

    /// A connection to nginx.
    pub(super) fn client(&self, via: Via) -> Client {
        let port = match via {
            Via::Tcp => self.tcp,
            Via::Unix => self.unix,
        };
        Client::tcp(([127, 0, 0, 1], port).into())
    }

    pub(super) fn set_clock(&self, now: &str) {
        self.inside.as_ref().unwrap().set_clock(now);
    }

    /// A series of the metrics of the Portcullis in this process.
    pub(super) fn metric(&self, series: &str) -> String {
        self.inside.as_ref().unwrap().metric(series)
    }
}

fn start_nginx(dir: &Path) -> Process {
    let mut command = Command::new("nginx");
    // Debian keeps nginx where a user's PATH doesn't look.
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{path}:/usr/sbin"));
    command.arg("-p").arg(dir).arg("-c").arg(dir.join("nginx.conf")).args(["-g", "daemon off;"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    match Process::start(&mut command) {
        Ok(nginx) => nginx,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            panic!("this test needs nginx: apt-get install --no-install-recommends nginx-light")
        }
        Err(error) => panic!("nginx: {error}"),
    }
}

pub(super) fn listens(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

/// A directory that nginx's workers can look into, whoever they run as.
pub(super) fn readable_dir() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    dir
}

fn log(dir: &Path) -> String {
    fs::read_to_string(dir.join("error.log")).unwrap_or_default()
}

pub(super) fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/hackai").join(name)
}
