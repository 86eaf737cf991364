//! `portcullis serve` as a process: how it starts, follows its directory, and ends.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::client::{Client, auth_request, evaluation, get};
use crate::process::{Served, free_ports, portcullis, portcullis_with_files, portcullis_with_memory};
use crate::tls::{Manner, Pki};

const ALLOWING: &str =
    "package p\nsubject user {}\nresource page { actions read }\nallow page:read named reading\n";
const DENYING: &str =
    "package p\nsubject user {}\nresource page { actions read }\ndeny page:read named reading\n";
const READ: &str =
    r#"{"subject":{"type":"user","id":"u"},"action":{"name":"read"},"resource":{"type":"page","id":"1"}}"#;

/// A directory with this policy.
fn directory(policy: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    replace(folder.path(), policy);
    folder
}

/// Puts the policy in place as a whole, as tools that care do.
fn replace(folder: &Path, policy: &str) {
    fs::write(folder.join("next"), policy).unwrap();
    fs::rename(folder.join("next"), folder.join("main.policy")).unwrap();
}

fn decide(process: &Served) -> String {
    process.client().ask(evaluation(READ)).body
}

#[test]
fn the_shipped_policies_answer() {
    let policies = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    let process = Served::start(&policies, &[]);
    let (status, readiness) = process.readiness();
    assert_eq!((status, readiness["ready"].as_bool()), (200, Some(true)));
    assert_eq!(readiness["revision"].as_str().map(str::len), Some(64));
    process.signal("TERM");
    assert_eq!(process.wait().code(), Some(0));
}

#[test]
fn a_mistake_denies_everything_until_it_is_mended_and_stays_visible() {
    let folder = directory("package p\nallow page:read\n");
    let process = Served::start(folder.path(), &[]);
    assert_eq!(decide(&process), r#"{"decision":false}"#);
    let (status, readiness) = process.readiness();
    assert_eq!((status, readiness["ready"].as_bool()), (503, Some(false)));
    let problem = readiness["problem"].as_str().expect("a problem");
    assert!(problem.contains("main.policy:2"), "{problem}");
    assert_eq!(Client::tcp(process.admin).ask(get("/livez")).status, 200);

    replace(folder.path(), ALLOWING);
    process.log("loaded");
    assert_eq!(decide(&process), r#"{"decision":true}"#);
    assert_eq!(process.readiness().0, 200);

    // The next mistake changes nothing but what is shown.
    replace(folder.path(), "package");
    let log = process.log("not loaded: the last good revision stays");
    assert!(log["diagnostics"].as_str().is_some_and(|text| text.contains("main.policy")), "{log}");
    assert_eq!(decide(&process), r#"{"decision":true}"#);
    let (status, readiness) = process.readiness();
    assert_eq!((status, readiness["problem"].is_string()), (200, true));

    replace(folder.path(), DENYING);
    process.log("loaded");
    assert_eq!(decide(&process), r#"{"decision":false}"#);
    let (_, readiness) = process.readiness();
    assert_eq!(readiness.get("problem"), None);
    let metrics = Client::tcp(process.admin).ask(get("/metrics")).body;
    assert!(metrics.contains("\nportcullis_reloads_total{result=\"success\"} 2\n"), "{metrics}");
    assert!(metrics.contains("\nportcullis_reloads_total{result=\"failure\"} 2\n"), "{metrics}");
}

/// A directory without policies that count, and what makes an empty one so.
type State<'a> = (&'static str, &'a dyn Fn(&Path));

#[test]
fn until_there_is_a_policy_everything_is_denied() {
    // T-72.
    let broken =
        |folder: &Path| fs::write(folder.join("main.policy"), "package p\nallow page:read\n").unwrap();
    let states: [State<'_>; 9] = [
        ("no directory", &|folder| fs::remove_dir(folder).unwrap()),
        ("an empty one", &|_| {}),
        ("files that are none", &|folder| fs::write(folder.join("README.md"), ALLOWING).unwrap()),
        ("an empty file", &|folder| fs::write(folder.join("main.policy"), "").unwrap()),
        ("comments", &|folder| fs::write(folder.join("main.policy"), "// allow *:*\n/// allow\n").unwrap()),
        ("facts alone", &|folder| fs::write(folder.join("facts.yaml"), "package: p\n").unwrap()),
        ("mistakes alone", &broken),
        ("a good file and a bad one", &|folder| {
            replace(folder, ALLOWING);
            fs::write(folder.join("other.policy"), "package").unwrap();
        }),
        ("a link to itself and a FIFO", &|folder| {
            symlink("main.policy", folder.join("main.policy")).unwrap();
            assert!(Command::new("mkfifo").arg(folder.join("other.policy")).status().unwrap().success());
        }),
    ];
    thread::scope(|scope| {
        for (name, make) in &states {
            let folder = tempfile::tempdir().unwrap();
            let policies = folder.path().join("policies");
            fs::create_dir(&policies).unwrap();
            make(&policies);
            let process = Served::start(&policies, &[]);
            scope.spawn(move || {
                let _folder = folder;
                assert_eq!(decide(&process), r#"{"decision":false}"#, "{name}");
                let denied = process.client().ask(auth_request("GET", "/", &["X-Original-Subject: ann"]));
                assert_eq!(
                    (denied.status, denied.header("portcullis-reason")),
                    (403, Some("no_policy")),
                    "{name}"
                );
                let (status, readiness) = process.readiness();
                assert_eq!((status, readiness["ready"].as_bool()), (503, Some(false)), "{name}");
                assert!(readiness["problem"].is_string(), "{name}: {readiness}");
                let metrics = Client::tcp(process.admin).ask(get("/metrics")).body;
                assert!(metrics.contains("\nportcullis_rules 0\n"), "{name}: {metrics}");
                assert!(!metrics.contains("\nportcullis_revision_info"), "{name}: {metrics}");
                assert_eq!(Client::tcp(process.admin).ask(get("/livez")).status, 200, "{name}");
            });
        }
    });
}

#[test]
fn without_memory_it_ends_and_allows_nothing() {
    // T-79: there is nothing to be done, and nothing is done half. Whoever watches it starts another.
    const MEGABYTES: usize = 48;
    let folder = directory(ALLOWING);
    let elsewhere = tempfile::tempdir().unwrap();
    let config = elsewhere.path().join("portcullis.yaml");
    fs::write(&config, format!("body_bytes_max: {}\nrequest_timeout_ms: 60000\n", 64 << 20)).unwrap();
    let flags = ["--config", config.to_str().unwrap()];
    let process = Served::start_by(portcullis_with_memory(320), folder.path(), &flags);
    assert_eq!(decide(&process), r#"{"decision":true}"#);
    let request = evaluation(&format!("{READ}{}", " ".repeat(MEGABYTES << 20)));
    let (address, (all, last)) = (process.decisions, request.split_at(request.len() - 1));
    thread::scope(|scope| {
        let callers: Vec<_> = (0..12)
            .map(|_| {
                scope.spawn(|| {
                    let mut client = Client::tcp(address);
                    // None is whole until all are there.
                    let is_sent = client.try_send(all);
                    thread::sleep(Duration::from_secs(2));
                    if is_sent && client.try_send(last) { client.response() } else { None }
                })
            })
            .collect();
        for caller in callers {
            assert_eq!(caller.join().unwrap(), None);
        }
    });
    let ended = process.wait();
    // SIGABRT.
    assert_eq!((ended.code(), ended.signal()), (None, Some(6)));
    let next = Served::start_by(portcullis_with_memory(320), folder.path(), &flags);
    assert_eq!(decide(&next), r#"{"decision":true}"#);
}

/// A caller that keeps its connection as long as the server does, and counts what it is answered. A connection that
/// ends before any byte of an answer to a request sent on it is a failed request; but a caller that was told to close,
/// and so knows that the server may go, is refused by a new connection that the system ends unanswered: no server can
/// stop listening without ending those that it has not accepted yet.
fn keep_asking(address: std::net::SocketAddr, is_over: &AtomicBool, answered: &AtomicU64) -> u64 {
    let (mut failed, mut is_told) = (0, false);
    'connections: while let Ok(stream) = std::net::TcpStream::connect(address) {
        let mut client = Client::over_tcp(stream);
        let mut is_new = true;
        loop {
            if is_over.load(Ordering::Relaxed) {
                return failed;
            }
            let answer = if client.try_send(evaluation(READ)) { client.response() } else { None };
            let Some(answer) = answer else {
                failed += u64::from(!(is_told && is_new));
                continue 'connections;
            };
            is_new = false;
            assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"decision":true}"#));
            answered.fetch_add(1, Ordering::Relaxed);
            if answer.header("connection") == Some("close") {
                is_told = true;
                continue 'connections;
            }
        }
    }
    failed
}

/// Ends the callers also when the test fails.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn sigterm_ends_it_without_a_failed_request() {
    let folder = directory(ALLOWING);
    let process = Served::start(folder.path(), &[]);
    let (address, is_over, answered) = (process.decisions, AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        let callers: Vec<_> =
            (0..8).map(|_| scope.spawn(|| keep_asking(address, &is_over, &answered))).collect();
        let _over = Over(&is_over);
        let patience = Instant::now() + Duration::from_secs(20);
        while answered.load(Ordering::Relaxed) < 500 {
            assert!(Instant::now() < patience, "nobody is answered");
            thread::sleep(Duration::from_millis(1));
        }
        process.signal("TERM");
        process.log("draining");
        let begun = Instant::now();
        process.log("stopped");
        assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());
        assert_eq!(process.wait().code(), Some(0));
        is_over.store(true, Ordering::Relaxed);
        let failed: u64 = callers.into_iter().map(|caller| caller.join().unwrap()).sum();
        assert_eq!(failed, 0, "of {} requests", answered.load(Ordering::Relaxed));
    });
}

#[test]
fn a_request_under_way_is_finished_and_a_stuck_one_cut_off() {
    let folder = directory(ALLOWING);
    let elsewhere = tempfile::tempdir().unwrap();
    let config = elsewhere.path().join("portcullis.yaml");
    fs::write(&config, "drain_seconds: 2\n").unwrap();
    let process = Served::start(folder.path(), &["--config", config.to_str().unwrap()]);
    let request = evaluation(READ);
    let (start, rest) = request.split_at(request.len() - 10);
    let (mut slow, mut stuck) = (process.client(), process.client());
    slow.send(start);
    stuck.send(start);
    // Both requests are under way once the server has taken their heads.
    thread::sleep(Duration::from_millis(100));
    process.signal("INT");
    process.log("draining");
    thread::sleep(Duration::from_millis(300));
    assert_eq!(slow.ask(rest).body, r#"{"decision":true}"#);
    assert!(stuck.is_closed());
    process.log("connections had to be ended with requests under way");
    assert_eq!(process.wait().code(), Some(0));
}

#[test]
fn connections_beyond_its_files_wait_and_end_nothing() {
    let folder = directory(ALLOWING);
    let process = Served::start_by(portcullis_with_files(64), folder.path(), &[]);
    let mut early = process.client();
    assert_eq!(early.ask(evaluation(READ)).body, r#"{"decision":true}"#);
    // The system takes them for the listener, which can't.
    let crowd: Vec<Client> = (0..100).map(|_| process.client()).collect();
    let log = process.log("can't accept connections");
    assert_eq!(log["level"], "ERROR", "{log}");
    assert_eq!(early.ask(evaluation(READ)).body, r#"{"decision":true}"#);
    drop(crowd);
    assert_eq!(decide(&process), r#"{"decision":true}"#);
    assert_eq!(process.readiness().0, 200);
    process.signal("TERM");
    assert_eq!(process.wait().code(), Some(0));
}

/// Neither they nor what is no TLS end the listener.
#[test]
fn a_crowd_of_broken_handshakes_beyond_its_files_ends_nothing() {
    let folder = directory(ALLOWING);
    let pki = Pki::new();
    let [port] = free_ports();
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    let mut command = portcullis_with_files(64);
    command.env("PORTCULLIS_TLS_CERTIFICATE", pki.path("tls.crt"));
    command.env("PORTCULLIS_TLS_KEY", pki.path("tls.key"));
    let process = Served::start_by(command, folder.path(), &["--listen", &format!("tls:{address}")]);
    let ask = || pki.http1(address, &Manner::default()).ask(evaluation(READ)).body;
    assert_eq!(ask(), r#"{"decision":true}"#);
    for _ in 0..3 {
        let mut crowd: Vec<Client> = (0..100).map(|_| Client::tcp(address)).collect();
        process.log("can't accept connections");
        for client in &mut crowd {
            client.try_send("GET / HTTP/1.1\r\nHost: pdp\r\n\r\n");
        }
        drop(crowd);
        assert_eq!(ask(), r#"{"decision":true}"#);
    }
    process.signal("TERM");
    assert_eq!(process.wait().code(), Some(0));
}

#[test]
fn unix_sockets_are_listened_on_and_removed() {
    let folder = directory(ALLOWING);
    let socket = folder.path().join("pdp.sock");
    let listen = format!("unix:{}", socket.display());
    let process = Served::start(folder.path(), &["--listen", &listen]);
    assert_eq!(Client::unix(&socket).ask(evaluation(READ)).body, r#"{"decision":true}"#);
    process.signal("TERM");
    assert_eq!(process.wait().code(), Some(0));
    assert!(!socket.exists());
}

#[test]
fn what_keeps_it_from_starting_has_an_exit_code() {
    let run = |arguments: &[&str]| {
        let output = portcullis().args(arguments).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    for usage in [&["serve", "--nonsense"][..], &["reign"], &[], &["serve", "more"]] {
        assert_eq!(run(usage).0, Some(64), "{usage:?}");
    }
    let (code, said) = run(&["serve", "--listen", "0.0.0.0:0", "--log-level", "loud"]);
    assert_eq!(code, Some(64));
    // All mistakes at once.
    assert!(said.contains("0.0.0.0:0") && said.contains("loud"), "{said}");
    // What is wrong with the files of TLS among them.
    let pki = Pki::new();
    let mut serve = portcullis();
    serve.args(["serve", "--listen", "tls:127.0.0.1:0", "--log-level", "loud"]);
    serve
        .env("PORTCULLIS_TLS_CERTIFICATE", pki.path("tls.crt"))
        .env("PORTCULLIS_TLS_KEY", pki.path("tls.crt"));
    let output = serve.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(64), "{said}");
    assert!(said.contains("tls.crt` holds no key") && said.contains("loud"), "{said}");
    // What serves nothing needs none.
    let mut check = portcullis();
    check.arg("check").arg(directory(ALLOWING).path());
    check.env("PORTCULLIS_LISTEN", "tls:127.0.0.1:0");
    check.env("PORTCULLIS_TLS_CERTIFICATE", "/nowhere").env("PORTCULLIS_TLS_KEY", "/nowhere");
    assert!(check.output().unwrap().status.code() != Some(64));
    let (code, said) = run(&["serve", "--config", "/nowhere/portcullis.yaml"]);
    assert_eq!(code, Some(1));
    assert!(said.starts_with("error: can't read `/nowhere/portcullis.yaml`: "), "{said}");

    let folder = directory(ALLOWING);
    let process = Served::start(folder.path(), &[]);
    let taken = process.decisions.to_string();
    let policies = folder.path().to_str().unwrap();
    let (code, said) = run(&["serve", "--policies", policies, "--listen", &taken, "--admin", "127.0.0.1:0"]);
    assert_eq!(code, Some(1));
    assert!(said.contains(&format!("can't listen on `{taken}`")), "{said}");
}

/// A rule may go only where its tests go with it, and no policy loads without any.
#[test]
fn what_fails_its_tests_is_not_loaded_where_that_is_asked_for() {
    let expecting = |what: &str| {
        format!(
            "at: 2026-11-18T12:00:00Z\ncases:\n- name: pages are read\n  subject: user:u\n  action: read\n  \
             resource: page:1\n  expect: {what}\n"
        )
    };
    let folder = directory(ALLOWING);
    let mut command = portcullis();
    command.env("PORTCULLIS_REQUIRE_TESTS", "true");
    let process = Served::start_by(command, folder.path(), &[]);
    let problem = |process: &Served| process.readiness().1["problem"].as_str().unwrap_or_default().to_owned();
    assert!(problem(&process).contains("error[P1001]: there are no tests in"), "{}", problem(&process));
    assert_eq!(decide(&process), r#"{"decision":false}"#);

    let put = |text: &str| {
        fs::write(folder.path().join("next"), text).unwrap();
        fs::rename(folder.path().join("next"), folder.path().join("tests.yaml")).unwrap();
    };
    put(&expecting("allow"));
    process.log("loaded");
    assert_eq!(decide(&process), r#"{"decision":true}"#);
    let before = process.readiness().1["revision"].clone();

    replace(folder.path(), DENYING);
    let log = process.log("not loaded: the last good revision stays");
    let told = log["diagnostics"].as_str().unwrap_or_default();
    for part in
        ["error[P1002]: the test `pages are read` fails", "tests.yaml:3:3", "rule `p/reading` denies it"]
    {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert_eq!(decide(&process), r#"{"decision":true}"#);
    let (status, readiness) = process.readiness();
    assert_eq!((status, &readiness["revision"]), (200, &before));
    assert!(readiness["problem"].as_str().is_some_and(|text| text.contains("P1002")), "{readiness}");
    let metrics = Client::tcp(process.admin).ask(get("/metrics")).body;
    assert!(metrics.contains("\nportcullis_reloads_total{result=\"failure\"} 2\n"), "{metrics}");

    // Tests that are no tests any more keep nothing from being wrong.
    put("cases: []\n");
    process.log("not loaded: the last good revision stays");
    put(&expecting("deny"));
    process.log("loaded");
    assert_eq!(decide(&process), r#"{"decision":false}"#);
    assert_eq!(process.readiness().1.get("problem"), None);
}

/// Without being asked for they have to be tests, and that is all.
#[test]
fn tests_that_fail_keep_nothing_from_loading_otherwise() {
    let folder = directory(ALLOWING);
    let tests = "at: 2026-11-18T12:00:00Z\ncases:\n- { subject: user:u, action: read, resource: page:1, expect: deny }\n";
    fs::write(folder.path().join("tests.yaml"), tests).unwrap();
    let process = Served::start(folder.path(), &[]);
    assert_eq!(decide(&process), r#"{"decision":true}"#);
    fs::write(folder.path().join("next"), "package: p\nrules:\n- deny: page:read\n").unwrap();
    fs::rename(folder.path().join("next"), folder.path().join("tests.yaml")).unwrap();
    let log = process.log("not loaded: the last good revision stays");
    assert!(log["diagnostics"].as_str().is_some_and(|text| text.contains("P0122")), "{log}");
}
