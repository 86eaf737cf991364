//! A real Prometheus scrapes a real sidecar, and its own tool reads what the sidecar writes.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::client::{Client, evaluation, get};
use crate::process::{PATIENCE, Process, Served, free_ports, wait_until};

const POLICY: &str =
    "package p\nsubject user {}\nresource page { actions read }\nallow page:read named reading\n";
const READ: &str =
    r#"{"subject":{"type":"user","id":"u"},"action":{"name":"read"},"resource":{"type":"page","id":"1"}}"#;

/// A sidecar that has decided three times and refused once, and its directory.
fn sidecar() -> (Served, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("main.policy"), POLICY).unwrap();
    let sidecar = Served::start(folder.path(), &[]);
    sidecar.wait_until_ready();
    let mut client = sidecar.client();
    for _ in 0..3 {
        assert_eq!(client.ask(evaluation(READ)).body, r#"{"decision":true}"#);
    }
    assert_eq!(client.ask(evaluation("{")).status, 400);
    (sidecar, folder)
}

fn scraped(sidecar: &Served, accept: &str) -> crate::client::Response {
    let request = get("/metrics").replacen("\r\n", &format!("\r\nAccept: {accept}\r\n"), 1);
    Client::tcp(sidecar.admin).ask(request)
}

#[test]
fn promtool_finds_nothing_to_say() {
    let (sidecar, _folder) = sidecar();
    let text = scraped(&sidecar, "*/*");
    assert_eq!(text.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let mut promtool = Command::new("promtool");
    promtool.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut promtool = promtool.spawn().expect("promtool, of Debian's package `prometheus`");
    promtool.stdin.take().unwrap().write_all(text.body.as_bytes()).unwrap();
    let checked = promtool.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&[checked.stdout, checked.stderr].concat()).into_owned();
    assert!(checked.status.success() && said.is_empty(), "{said}");
}

#[test]
fn the_format_is_the_one_that_is_asked_for() {
    let (sidecar, _folder) = sidecar();
    let open = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let plain = "text/plain; version=0.0.4; charset=utf-8";
    for (accept, expected) in [
        ("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", open),
        ("application/openmetrics-text; version=1.0.0; q=0.75, text/plain; q=0.5", open),
        ("Application/OpenMetrics-Text", open),
        ("application/openmetrics-text;q=0.3,text/plain;q=0.5", plain),
        ("application/openmetrics-text;q=0", plain),
        ("application/openmetrics-text;version=2.0.0,text/plain;q=0.1", plain),
        ("text/plain", plain),
        ("", plain),
    ] {
        let scraped = scraped(&sidecar, accept);
        assert_eq!((scraped.status, scraped.header("content-type")), (200, Some(expected)), "{accept}");
        assert_eq!(scraped.body.ends_with("\n# EOF\n"), expected == open, "{accept}");
    }
}

/// Every family says what it is, every sample belongs to the family above it, and both formats say the same.
#[test]
fn openmetrics_says_what_the_text_format_says() {
    let (sidecar, _folder) = sidecar();
    let open = scraped(&sidecar, "application/openmetrics-text").body;
    let plain = scraped(&sidecar, "text/plain").body;
    let (mut name, mut kind, mut samples) = ("", "", Vec::new());
    for line in open.lines() {
        let words: Vec<&str> = line.splitn(4, ' ').collect();
        match *words.as_slice() {
            ["#", "TYPE", family, of] => {
                (name, kind) = (family, of);
                assert!(!family.ends_with("_total") && !family.ends_with("_info"), "{line}");
            }
            ["#", "UNIT", family, unit] => {
                assert_eq!(family, name);
                assert!(family.ends_with(&format!("_{unit}")), "{line}");
            }
            ["#", "HELP", family, _] => assert_eq!(family, name),
            ["#", "EOF"] => assert!(open.ends_with("\n# EOF\n")),
            _ => {
                let suffixes: &[&str] = match kind {
                    "counter" => &["_total"],
                    "info" => &["_info"],
                    "histogram" => &["_bucket", "_count", "_sum"],
                    _ => &[""],
                };
                let of = line.split(['{', ' ']).next().unwrap();
                assert!(suffixes.iter().any(|suffix| of == format!("{name}{suffix}")), "{line}");
                samples.push(line);
            }
        }
    }
    assert!(samples.len() > 100, "{open}");
    // What changes between two scrapes is the age, the wait and what the first of them added.
    let is_still = |line: &&str| {
        !["_age_seconds", "_wait_seconds", "\"metrics\"", "_connections "]
            .iter()
            .any(|word| line.contains(word))
    };
    let shortened = |line: &str| line.replace(".0\"", "\"");
    let number = |line: &str| -> (String, f64) {
        let (series, value) = line.rsplit_once(' ').unwrap();
        let bound =
            series.split_once("le=\"").and_then(|(_, rest)| rest.split_once('"')).map(|(bound, _)| bound);
        let series = bound.map_or(series.to_owned(), |bound| {
            series.replace(bound, &format!("{:?}", bound.parse::<f64>().unwrap()))
        });
        (shortened(&series), value.parse().unwrap())
    };
    let told = |lines: Vec<&str>| {
        let mut told: Vec<(String, f64)> = lines.into_iter().filter(is_still).map(number).collect();
        told.sort_by(|one, other| one.0.cmp(&other.0));
        told
    };
    assert_eq!(told(samples), told(plain.lines().filter(|line| !line.starts_with('#')).collect()));
    assert!(open.contains("\n# TYPE portcullis_decisions counter\n"), "{open}");
    assert!(
        open.contains("\nportcullis_decisions_total{outcome=\"allow\",reason=\"allowed\"} 3\n"),
        "{open}"
    );
}

#[test]
fn a_prometheus_scrapes_it() {
    let (sidecar, _folder) = sidecar();
    let folder = tempfile::tempdir().unwrap();
    let [port] = free_ports();
    let configuration = format!(
        "global: {{ scrape_interval: 200ms, scrape_timeout: 200ms }}\nscrape_configs:\n- job_name: portcullis\n  static_configs: [{{ targets: ['{}'] }}]\n",
        sidecar.admin
    );
    let file = folder.path().join("prometheus.yml");
    fs::write(&file, configuration).unwrap();
    let mut prometheus = Command::new("prometheus");
    prometheus.arg(format!("--config.file={}", file.display()));
    prometheus.arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()));
    prometheus.arg(format!("--web.listen-address=127.0.0.1:{port}"));
    prometheus.stdout(Stdio::null()).stderr(Stdio::null());
    let _prometheus = Process::start(&mut prometheus).expect("Debian's package `prometheus`");

    let asked = |path: &str| -> Option<Value> {
        let url = format!("http://127.0.0.1:{port}/api/v1/{path}");
        let curl = Command::new("curl").args(["--silent", "--globoff", &url]).output().expect("curl");
        serde_json::from_slice(&curl.stdout).ok()
    };
    let value = |query: &str| -> Option<String> {
        let found = asked(&format!("query?query={query}"))?;
        found["data"]["result"][0]["value"][1].as_str().map(str::to_owned)
    };
    let decisions = "portcullis_decisions_total{reason=%22allowed%22}";
    assert!(wait_until(PATIENCE, || value(decisions).as_deref() == Some("3")), "{:?}", asked("targets"));
    assert_eq!(value("up").as_deref(), Some("1"));
    assert_eq!(value("portcullis_requests_refused_total{reason=%22malformed_body%22}").as_deref(), Some("1"));
    assert_eq!(value("portcullis_rules").as_deref(), Some("1"));
    assert_eq!(value("count(portcullis_revision_info)").as_deref(), Some("1"));
    let quantile = "histogram_quantile(0.5,portcullis_decision_duration_seconds_bucket)";
    let median: f64 = value(quantile).unwrap().parse().unwrap();
    assert!(median > 0., "{median}");

    // Only OpenMetrics says units, and that something is an info.
    let metadata = asked("targets/metadata").unwrap();
    let families = metadata["data"].as_array().unwrap();
    let of = |name: &str| {
        let family = families
            .iter()
            .find(|family| family["metric"] == name)
            .unwrap_or_else(|| panic!("{name}: {metadata}"));
        (family["type"].as_str().unwrap().to_owned(), family["unit"].as_str().unwrap().to_owned())
    };
    assert_eq!(of("portcullis_decisions"), ("counter".to_owned(), String::new()));
    assert_eq!(of("portcullis_revision"), ("info".to_owned(), String::new()));
    assert_eq!(of("portcullis_decision_duration_seconds"), ("histogram".to_owned(), "seconds".to_owned()));
    assert_eq!(of("portcullis_revision_age_seconds"), ("gauge".to_owned(), "seconds".to_owned()));
}
