//! `examples/hackai/run.sh`, started as its README says; the `curl` lines that it prints are run.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use super::front::{example, listens};
use crate::process::Process;

#[test]
fn the_script_starts_everything_and_leaves_nothing() {
    let mut command = Command::new(example("run.sh"));
    command.env("PORTCULLIS", env!("CARGO_BIN_EXE_portcullis")).stdin(Stdio::null());
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
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected, "{line}");
        asked += 1;
    }
    assert!(asked >= 7, "{printed:?}");
    assert!(script.terminate(), "it did not end");
    let ports = printed.iter().flat_map(|line| line.split("127.0.0.1:").skip(1));
    for port in ports.map(|rest| rest.split('/').next().unwrap().parse().unwrap()) {
        assert!(!listens(port), "something still listens on {port}");
    }
    let dir = printed.iter().find_map(|line| line.strip_prefix("Its policy is in ")).unwrap();
    assert!(!Path::new(dir.split("/policies").next().unwrap()).exists(), "its directory is still there");
}
