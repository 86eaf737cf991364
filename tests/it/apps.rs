//! The applications of `examples/apps`, as real processes that ask a real sidecar.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::client::{Client, Response};
use crate::process::{PATIENCE, Process, Served, free_ports, tool, wait_until};

fn apps() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/apps")
}

fn sidecar() -> Served {
    let sidecar = Served::start(&apps().join("policies"), &[]);
    sidecar.wait_until_ready();
    sidecar
}

/// An application that listens.
struct App {
    address: SocketAddr,
    _process: Process,
}

impl App {
    fn start(command: &mut Command, address: SocketAddr) -> App {
        let process = Process::start(command.stdout(Stdio::null()).stderr(Stdio::null())).unwrap();
        let app = App { address, _process: process };
        assert!(
            wait_until(PATIENCE, || std::net::TcpStream::connect(address).is_ok()),
            "the application listens"
        );
        app
    }

    fn axum(arguments: &[&str]) -> App {
        let [port] = free_ports();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let built = Path::new(env!("CARGO_BIN_EXE_portcullis")).with_file_name("examples").join("axum");
        assert!(built.exists(), "there is no {}: `cargo build --examples` makes it", built.display());
        App::start(Command::new(built).arg(address.to_string()).args(arguments), address)
    }

    fn fastapi(sidecar: &str) -> App {
        let [port] = free_ports();
        let mut command = Command::new(tool("python/bin/uvicorn"));
        command.current_dir(apps().join("fastapi")).env("PORTCULLIS_URL", sidecar);
        command.env("PYTHONDONTWRITEBYTECODE", "1");
        command.args(["--host", "127.0.0.1", "--port", &port.to_string(), "main:app"]);
        App::start(&mut command, SocketAddr::from(([127, 0, 0, 1], port)))
    }

    fn ask(&self, line: &str, user: Option<&str>) -> Response {
        let authorization =
            user.map(|user| format!("Authorization: Bearer of-{user}\r\n")).unwrap_or_default();
        let request = format!(
            "{line} HTTP/1.1\r\nHost: app\r\n{authorization}Content-Length: 0\r\nConnection: close\r\n\r\n"
        );
        Client::tcp(self.address).ask(request)
    }

    /// What everybody may, whichever application it is.
    fn check(&self) {
        for (line, user, status, said) in [
            ("POST /workflows", Some("ann"), 200, "created"),
            ("POST /workflows", Some("bob"), 403, ""),
            ("GET /workflows/invoices", Some("bob"), 200, "here is invoices"),
            ("PUT /workflows/invoices", Some("ann"), 200, "updated invoices"),
            ("PUT /workflows/invoices", Some("bob"), 403, ""),
            ("PUT /workflows/holidays", Some("bob"), 200, "updated holidays"),
            ("PUT /workflows/nothing", Some("ann"), 403, ""),
            ("POST /workflows", None, 401, ""),
            ("POST /workflows", Some("eve"), 401, ""),
        ] {
            let mut response = self.ask(line, user);
            // On a busy machine an answer may take longer than an application waits; it is asked again then.
            wait_until(PATIENCE, || {
                if response.status == 503 {
                    response = self.ask(line, user);
                }
                response.status != 503
            });
            assert_eq!(response.status, status, "{line} of {user:?}: {}", response.body);
            assert!(response.body.contains(said), "{line} of {user:?}: {}", response.body);
            assert_eq!(response.header("www-authenticate"), (status == 401).then_some("Bearer"));
        }
    }

    fn refuses_all(&self, why: &str) {
        for (line, user, status) in [
            ("POST /workflows", Some("ann"), 503),
            ("GET /workflows/invoices", Some("bob"), 503),
            ("GET /workflows/invoices", None, 401),
        ] {
            assert_eq!(self.ask(line, user).status, status, "{why}: {line} of {user:?}");
        }
    }
}

/// A sidecar that stands still, and one that has gone, let nothing through.
fn check_with_a_sidecar(start: impl Fn(&str) -> App) {
    let mut sidecar = sidecar();
    let app = start(&format!("http://{}", sidecar.decisions));
    app.check();
    sidecar.signal("STOP");
    app.refuses_all("the sidecar stands still");
    sidecar.signal("CONT");
    assert!(wait_until(PATIENCE, || app.ask("POST /workflows", Some("ann")).status == 200), "it goes on");
    sidecar.kill();
    app.refuses_all("the sidecar has gone");
}

/// Answers every question by this body, of which each byte comes so long after the one before.
fn stand_in(body: &'static str, pause: Duration) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || {
                let mut stream = stream.unwrap();
                let mut asked = Vec::new();
                // AuthZEN's question ends in a brace, and no head does.
                while !asked.ends_with(b"}") {
                    let mut bytes = [0; 4096];
                    let Ok(length @ 1..) = stream.read(&mut bytes) else { return };
                    asked.extend_from_slice(&bytes[..length]);
                }
                let length = body.len();
                let head = format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
                );
                let _ = stream.write_all(head.as_bytes());
                for byte in body.bytes() {
                    thread::sleep(pause);
                    if stream.write_all(&[byte]).is_err() {
                        return;
                    }
                }
            });
        }
    });
    format!("http://{address}")
}

/// Whatever answers in the place of the sidecar: only a whole answer that says one thing, and in time, lets anything through.
fn believes_no_other_answer(start: impl Fn(&str) -> App) {
    let ask = |body, pause| {
        let app = start(&stand_in(body, pause));
        let asked = Instant::now();
        (app.ask("POST /workflows", Some("ann")).status, asked.elapsed())
    };
    assert_eq!(ask(r#"{"decision":true}"#, Duration::ZERO).0, 200, "what the others are compared with");
    // Seventeen bytes take more than eight seconds, and none of them is late.
    let (status, took) = ask(r#"{"decision":true}"#, Duration::from_millis(500));
    assert_eq!(status, 503, "it drips");
    assert!(took < Duration::from_secs(5), "{took:?}");
    for body in [
        r#"{"decision":false,"decision":true}"#,
        r#"{"decision":true,"decision":false}"#,
        r#"{"decision":false,"decisio\u006e":true}"#,
        r#"{"decision":true"#,
        "{}",
        "[]",
        "true",
        "",
    ] {
        assert_eq!(ask(body, Duration::ZERO).0, 503, "{body}");
    }
    for body in [r#"{"decision":"true"}"#, r#"{"decision":1}"#, r#"{"decision":null}"#] {
        assert!(matches!(ask(body, Duration::ZERO).0, 403 | 503), "{body}");
    }
}

#[test]
fn the_axum_application_believes_no_other_answer() {
    believes_no_other_answer(|sidecar| App::axum(&[sidecar]));
}

#[test]
fn the_fastapi_application_believes_no_other_answer() {
    believes_no_other_answer(App::fastapi);
}

#[test]
fn the_axum_application_asks_a_sidecar() {
    check_with_a_sidecar(|sidecar| App::axum(&[sidecar]));
}

#[test]
fn the_axum_application_decides_by_itself() {
    App::axum(&["--policies", &apps().join("policies").display().to_string()]).check();
}

#[test]
fn the_fastapi_application_asks_a_sidecar() {
    check_with_a_sidecar(App::fastapi);
}
