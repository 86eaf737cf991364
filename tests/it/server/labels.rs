//! T-44: no client makes the series of Prometheus grow. What requests say stands in no label.

use std::collections::BTreeSet;
use std::env;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::thread;

use envoy_types::pb::envoy::service::auth::v3::CheckRequest;
use prost::Message;

use super::doors::{DOORS, Door, served};
use crate::client::{Client, evaluation, get};
use crate::grpc::{CHECK, asking, exchange_many, framed, http};
use crate::process::Served;

/// How many requests there are, none of which says a word of another.
const REQUESTS: &str = "PORTCULLIS_LABELS_REQUESTS";
const USUALLY: usize = 100_000;
/// How many are on their way at once.
const AT_ONCE: usize = 100;
const SERIES_MAX: usize = 2_000;

/// A name of capital letters, which methods have.
fn method(mut number: usize) -> String {
    let mut name = "M".to_owned();
    while number > 0 {
        name.push(char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"[number % 26]));
        number /= 26;
    }
    name
}

/// A question whose every word is its own.
fn question(door: Door, number: usize) -> String {
    let method = method(number);
    let (path, host) =
        (format!("/tenant{number}/path{number}?q{number}"), format!("host{number}.example.com"));
    let mut lines = format!("User-Agent: agent{number}\r\nX-User: user{number}\r\n");
    let first = match door {
        Door::AuthRequest => {
            write!(
                lines,
                "X-Original-Method: {method}\r\nX-Original-URI: {path}\r\nX-Original-Host: {host}\r\n"
            )
            .unwrap();
            "GET /authz/auth-request".to_owned()
        }
        Door::ForwardAuth => {
            write!(
                lines,
                "X-Forwarded-Method: {method}\r\nX-Forwarded-Uri: {path}\r\nX-Forwarded-Host: {host}\r\n"
            )
            .unwrap();
            "GET /authz/forward-auth".to_owned()
        }
        Door::ExtAuthz => format!("{method} /authz/ext-authz{path}"),
        Door::Livez => format!("{method} {path}"),
        Door::Evaluation => {
            let party = |kind: &str| format!(r#"{{"type":"{kind}{number}","id":"{kind}{number}"}}"#);
            let (subject, resource) = (party("user"), party("tenant"));
            return evaluation(&format!(
                r#"{{"subject":{subject},"action":{{"name":"{method}"}},"resource":{resource}}}"#
            ));
        }
    };
    format!("{first} HTTP/1.1\r\nHost: {host}\r\n{lines}\r\n")
}

fn call(number: usize) -> CheckRequest {
    let user = format!("user{number}");
    let agent = format!("agent{number}");
    let mut request = asking(
        &method(number),
        &format!("/tenant{number}/path{number}"),
        &[("x-user", &user), ("user-agent", &agent)],
    );
    http(&mut request).host = format!("host{number}.example.com");
    request
}

/// Asks so many questions of one kind, all answered with something.
fn ask(address: SocketAddr, door: Door, numbers: std::ops::Range<usize>) {
    let mut client = Client::tcp(address);
    let numbers: Vec<usize> = numbers.collect();
    for numbers in numbers.chunks(AT_ONCE) {
        let questions: String = numbers.iter().map(|number| question(door, *number)).collect();
        client.try_send(questions);
        for _ in numbers {
            client.response().expect("an answer");
        }
    }
}

/// At every front door, as many as that in all.
fn ask_everywhere(served: &Served, count: usize) {
    let each = count / (DOORS.len() + 2);
    let (decisions, admin) = (served.decisions, served.admin);
    thread::scope(|scope| {
        for door in DOORS {
            scope.spawn(move || ask(decisions, door, 0..each));
        }
        scope.spawn(move || ask(admin, Door::Livez, 0..each));
        scope.spawn(move || {
            let calls = (0..each).map(|number| framed(&call(number).encode_to_vec()));
            assert_eq!(exchange_many(decisions, CHECK, calls), each);
        });
    });
}

/// The names of all series, with their labels, and what says it.
fn series(served: &Served) -> BTreeSet<String> {
    let text = Client::tcp(served.admin).ask(get("/metrics")).body;
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    samples.map(|line| line.rsplit_once(' ').unwrap().0.to_owned()).collect()
}

#[test]
fn no_word_of_a_request_becomes_a_series() {
    let requests = env::var(REQUESTS).map_or(USUALLY, |count| count.parse().expect("a number"));
    let (served, _folder) = served("");
    let before = series(&served);
    assert!(before.len() < SERIES_MAX, "{}", before.len());
    ask_everywhere(&served, requests);
    assert_eq!(series(&served), before);
}

#[cfg(feature = "sabotage")]
#[test]
fn every_word_becomes_one_without_the_guard() {
    let (served, _folder) = super::doors::served_without("Labels", "");
    let before = series(&served).len();
    ask_everywhere(&served, 600);
    let after = series(&served);
    // One for each question, which operators ask none of.
    assert!(after.len() >= before + 500, "{before}, then {}", after.len());
    assert!(after.iter().any(|series| series.contains("agent7")), "{after:?}");
}
