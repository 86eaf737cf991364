//! `examples/proxies/run.sh`, started as the recipes say; the `curl` lines that it prints are run.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use super::front::recipes;
use crate::process::{Process, tool};

#[test]
fn the_script_starts_every_proxy_and_leaves_nothing() {
    // Ports are looked for and then taken, so one after the other.
    for proxy in ["nginx", "nginx-cache", "caddy", "haproxy", "envoy", "envoy-grpc", "traefik"] {
        starts_and_leaves_nothing(proxy);
    }
}

fn starts_and_leaves_nothing(proxy: &str) {
    let mut command = Command::new(recipes().join("run.sh"));
    let tools = tool("proxies/bin/envoy");
    let path = format!("{}:{}", std::env::var("PATH").unwrap_or_default(), tools.parent().unwrap().display());
    command.arg(proxy).env("PATH", path).env("PORTCULLIS", env!("CARGO_BIN_EXE_portcullis"));
    let mut script = Process::start(command.stdin(Stdio::null()).stdout(Stdio::piped())).unwrap();
    let printed: Vec<String> = BufReader::new(script.child.stdout.take().unwrap())
        .lines()
        .map(Result::unwrap)
        .take_while(|line| !line.starts_with("Ctrl-C"))
        .collect();
    let mut asked = 0;
    for line in printed.iter().filter(|line| line.trim_start().starts_with("curl")) {
        let expected = if line.contains("denied") { "403" } else { "200" };
        let quiet = format!("{} -s -o /dev/null -w '%{{http_code}}'", line.split(" #").next().unwrap());
        let output = Command::new("bash").arg("-c").arg(&quiet).output().unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected, "{proxy}: {line}");
        asked += 1;
    }
    assert!(asked >= 8, "{proxy}: {printed:?}");
    assert!(script.terminate(), "{proxy}: it did not end");
    let dir = printed.iter().find_map(|line| line.strip_prefix("Its policy is in ")).unwrap();
    assert!(
        !Path::new(dir.split("/policies").next().unwrap()).exists(),
        "{proxy}: its directory is still there"
    );
}
