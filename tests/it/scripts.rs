//! The scripts that show an example, started as its README says; the `curl` lines that they print are run.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use crate::process::{Process, tool};

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name)
}

/// The script of an example, with this for a Portcullis.
fn script(name: &str, portcullis: &str) -> Command {
    let mut command = Command::new(example(name));
    let tools = tool("proxies/bin/envoy");
    let path = format!("{}:{}", std::env::var("PATH").unwrap_or_default(), tools.parent().unwrap().display());
    command.env("PATH", path).env("PORTCULLIS", portcullis).stdin(Stdio::null());
    command
}

/// Runs the lines that it prints, whose comments say what they are answered.
fn shows_what_it_says_and_leaves_nothing(mut command: Command) {
    let mut script = Process::start(command.stdout(Stdio::piped())).unwrap();
    let printed: Vec<String> = BufReader::new(script.child.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap)
        .take_while(|line| !line.starts_with("Ctrl-C"))
        .collect();
    let mut asked = 0;
    for line in printed.iter().filter(|line| line.trim_start().starts_with("curl")) {
        let expected = if line.contains("denied") {
            "403"
        } else if line.contains("allowed") || line.contains("readyz") {
            "200"
        } else {
            // It depends on the time of day.
            continue;
        };
        let quiet = format!("{} -s -o /dev/null -w '%{{http_code}}'", line.split(" #").next().unwrap());
        let output = Command::new("bash").arg("-c").arg(&quiet).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected, "{command:?}: {line}");
        asked += 1;
    }
    assert!(asked >= 7, "{command:?}: {printed:?}");
    assert!(script.terminate(), "{command:?} did not end");
    let ports = printed.iter().flat_map(|line| line.split("127.0.0.1:").skip(1));
    for port in ports.map(|rest| rest.split('/').next().unwrap().parse::<u16>().unwrap()) {
        assert!(TcpStream::connect(("127.0.0.1", port)).is_err(), "something still listens on {port}");
    }
    let folder = printed.iter().find_map(|line| line.strip_prefix("Its policy is in ")).unwrap();
    let folder = Path::new(folder.split("/policies").next().unwrap());
    assert!(!folder.exists(), "{command:?}: its directory is still there");
}

/// Two scripts that look for ports at once may find the same ones, and hear what the other one has started.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn every_example_starts_and_leaves_nothing() {
    let _alone = ALONE.lock();
    let portcullis = env!("CARGO_BIN_EXE_portcullis");
    shows_what_it_says_and_leaves_nothing(script("hackai/run.sh", portcullis));
    // Ports are looked for and then taken, so one after the other.
    for proxy in ["nginx", "nginx-cache", "caddy", "haproxy", "envoy", "envoy-grpc", "traefik"] {
        let mut command = script("proxies/run.sh", portcullis);
        command.arg(proxy);
        shows_what_it_says_and_leaves_nothing(command);
    }
}

/// Nothing is said to answer that doesn't, and what each said last is shown.
#[test]
fn what_does_not_answer_is_told() {
    let _alone = ALONE.lock();
    for (name, arguments) in [("hackai/run.sh", &[][..]), ("proxies/run.sh", &["nginx"])] {
        let folder = tempfile::tempdir().unwrap();
        let broken = folder.path().join("portcullis");
        std::fs::write(&broken, "#!/bin/sh\necho it has no mood for that\nexit 1\n").unwrap();
        assert!(Command::new("chmod").arg("+x").arg(&broken).status().unwrap().success());
        let output = script(name, broken.to_str().unwrap())
            .args(arguments)
            .env("TMPDIR", folder.path())
            .output()
            .unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{name}: {told}");
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "", "{name}");
        assert!(told.contains("there is no good answer to: curl http://127.0.0.1:"), "{name}: {told}");
        assert!(told.contains("it has no mood for that"), "{name}: {told}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "{name} leaves its directory");
    }
}
