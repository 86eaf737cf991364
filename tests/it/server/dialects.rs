//! The list of threats, as far as it is about targets, hosts, methods and headers (T-01 to T-33), through every endpoint of
//! proxies: one table of what is sent and of the one answer to it, which users read in `examples/proxies/README.md`.

mod again;
mod answers;
#[cfg(feature = "sabotage")]
mod guards;
pub(super) mod table;

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use portcullis::config::{Config, TrustedPeers};
use portcullis::document::{Source, Sources, render};
use portcullis::engine::Engine;
use portcullis::facts::Facts;
use portcullis::language;
use portcullis::model::Networks;
use portcullis::service::World;
use table::{Case, DIALECTS, Dialect, Sent};

use super::headers::check_headers;
use super::sidecar::{Sidecar, at, config};
use crate::client::{Client, Response};

pub(super) const SITE: &str = include_str!("dialects/site.policy");

/// The site, with more routes beside it.
fn site(more: &str) -> World {
    let mut sources = Sources::default();
    let text = format!("{SITE}\n{more}");
    let id = sources.add(Source { name: "site.policy".to_owned(), text });
    let loaded = language::load(&sources, &[id]);
    let policy = loaded.policy.unwrap_or_else(|| panic!("{}", render::plain(&loaded.diagnostics, &sources)));
    let engine = Engine::new(Arc::new(policy));
    World::new(Arc::new(engine), Arc::new(Facts::default()), "site", at("2026-03-02T11:00:00Z"))
}

pub(super) fn front_doors() -> Config {
    let name = Some("X-User".to_owned());
    Config { forwarded_subject_header: name.clone(), envoy_subject_header: name, ..config() }
}

pub(super) fn serving(config: &Config, more: &str) -> Sidecar {
    let sidecar = Sidecar::with(config);
    sidecar.service.publish(site(more));
    sidecar
}

/// What a dialect is asked in this way is answered with, once it has been checked for what holds of all answers.
fn answer(case: &Case, sent: &Sent, address: SocketAddr) -> Response {
    let mut client: Client = Client::tcp_from(case.from.as_deref().unwrap_or("127.0.0.1"), address);
    let answer = client.ask(&sent.bytes);
    check_headers(&answer);
    assert_eq!(answer.body, "", "{sent}");
    assert!(matches!(answer.status, 200 | 401 | 403), "{sent}: {answer:?}");
    assert_eq!(answer.status == 200, answer.header("portcullis-reason") == Some("allowed"), "{sent}");
    answer
}

/// One line for each answer that is another one than the table says.
fn failures(sidecar: &Sidecar, trusting: &Sidecar) -> Vec<String> {
    let mut failures = Vec::new();
    for case in table::read() {
        let mut is_sent = false;
        let server = if case.trusts.is_some() { trusting } else { sidecar };
        for dialect in DIALECTS {
            for sent in case.sent(dialect) {
                is_sent = true;
                let answer = answer(&case, &sent, server.address());
                let reason = answer.header("portcullis-reason").unwrap_or("none");
                let found = format!("{} {reason}", answer.status);
                if found != case.expected(dialect) {
                    failures.push(format!("{} {sent}: {found}", case.row));
                }
            }
        }
        assert!(is_sent, "{} {} is sent nowhere", case.row, case.what);
    }
    failures
}

fn many_routes() -> String {
    let mut more = String::new();
    for number in 0..150 {
        writeln!(more, "route GET h{number}.example.com/public/** -> page:manage").unwrap();
        writeln!(more, "route GET /public{number}/{{id}} -> page:read on page(id)").unwrap();
    }
    more
}

pub(super) fn nobody_trusted() -> Sidecar {
    let trusted_peers = TrustedPeers { networks: Networks::default(), unix: false };
    serving(&Config { trusted_peers, ..front_doors() }, "")
}

#[test]
fn every_row_has_its_one_answer() {
    let failures = failures(&serving(&front_doors(), ""), &nobody_trusted());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// T-13: where there are many hosts and routes, whatever makes finding them fast changes nothing.
#[test]
fn and_so_it_has_among_many_routes() {
    let failures = failures(&serving(&front_doors(), &many_routes()), &nobody_trusted());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_row_of_these_parts_is_in_the_table() {
    let rows: Vec<String> = table::read().into_iter().map(|case| case.row).collect();
    for number in 1..=33 {
        // T-13 is the whole table again, and T-28 is about policies, in the language's tests.
        let row = format!("T-{number:02}");
        assert!(matches!(number, 13 | 28) || rows.contains(&row), "{row} is missing");
    }
}

/// No dialect falls back on another one's words, whole as they may be.
#[test]
fn the_words_of_other_dialects_say_nothing() {
    let sidecar = serving(&front_doors(), "");
    let others = |dialect: Dialect| DIALECTS.into_iter().filter(move |other| *other != dialect);
    for dialect in DIALECTS {
        for other in others(dialect) {
            let lines = table::foreign_words(other, dialect, "GET", "/public/page");
            let sent = table::plain_with(dialect, "GET", "/admin", &lines);
            let answer = sidecar.client().ask(&sent.bytes);
            let reason = answer.header("portcullis-reason");
            assert_eq!((answer.status, reason), (401, Some("denied_by_rule")), "{sent}");
            // Without its own words nothing is asked, whatever the others say.
            if dialect != Dialect::ExtAuthz {
                let sent = table::bare(dialect, &lines);
                let answer = sidecar.client().ask(&sent.bytes);
                let reason = answer.header("portcullis-reason");
                assert_eq!((answer.status, reason), (403, Some("malformed_original")), "{sent}");
            }
        }
    }
}

/// The addresses of our own proxies are skipped, as many as there are.
#[test]
fn a_row_of_proxies_is_passed_over() {
    let networks: Vec<_> = ["10.9.0.0/16", "127.0.0.1"]
        .iter()
        .map(|text| portcullis::model::network::parse_network(text).unwrap())
        .collect();
    let trusted_peers = TrustedPeers { networks: Networks::new(&networks), unix: false };
    let sidecar = serving(&Config { trusted_peers, trusted_hops: 2, ..front_doors() }, "");
    for (list, status) in [
        ("10.1.1.1, 10.9.0.1", 200),
        ("203.0.113.7, 10.9.0.1", 401),
        ("10.1.1.1, 203.0.113.7, 10.9.0.1", 401),
        ("10.1.1.1, 203.0.113.7", 401),
        ("203.0.113.7, 10.1.1.1", 200),
        // No client is left.
        ("10.9.0.1", 403),
    ] {
        for dialect in [Dialect::ForwardAuth, Dialect::ExtAuthz] {
            let sent = table::plain(dialect, "GET", "/ip", &[("client", list)]);
            assert_eq!(sidecar.client().ask(&sent.bytes).status, status, "{sent}");
        }
    }
}

#[test]
fn the_endpoint_s_own_query_and_method_say_nothing() {
    let sidecar = serving(&front_doors(), "");
    let sent = table::plain(Dialect::ForwardAuth, "GET", "/admin", &[]);
    let text = String::from_utf8(sent.bytes).unwrap();
    // Caddy puts the client's query there.
    for start in [
        "GET /authz/forward-auth?x=/public/page&method=GET",
        "POST /authz/forward-auth",
        "OPTIONS /authz/forward-auth?uri=/public/page",
    ] {
        let asked = text.replacen("GET /authz/forward-auth", start, 1);
        let answer = sidecar.client().ask(asked);
        assert_eq!(
            (answer.status, answer.header("portcullis-reason")),
            (401, Some("denied_by_rule")),
            "{start}"
        );
    }
}

#[test]
fn users_read_the_same_table() {
    let readme = include_str!("../../../examples/proxies/README.md");
    let table = table::for_users();
    assert!(readme.contains(&table), "examples/proxies/README.md should have this table:\n\n{table}");
}
