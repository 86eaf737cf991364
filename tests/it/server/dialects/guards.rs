//! Every row of the table with its guard taken out: whatever it keeps out is answered in another way then, through every
//! dialect. So the table fails where a guard does. The routes are many (T-13).

use std::collections::BTreeMap;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use super::super::grpc::table::answered;
use super::table::{self, Case, DIALECTS, Dialect, Sent};
use super::{SITE, many_routes};
use crate::client::Client;
use crate::process::{Served, portcullis};

/// Serves the site, without these guards.
fn serving_without(guards: &str, case: &Case, folder: &Path) -> Served {
    fs::write(folder.join("site.policy"), format!("{SITE}\n{}", many_routes())).unwrap();
    let peers = if case.trusts.is_some() { "[]" } else { "[127.0.0.1]" };
    let config = format!(
        "trusted_peers: {peers}\nsubject_header: X-User\nforwarded_subject_header: X-User\n\
         envoy_subject_header: X-User\n"
    );
    let path = folder.join("portcullis.conf");
    fs::write(&path, config).unwrap();
    let mut command = portcullis();
    command.env("SABOTAGE", guards);
    let served = Served::start_by(command, folder, &["--config", path.to_str().unwrap()]);
    served.wait_until_ready();
    served
}

/// Status and reason, if there is an answer at all.
fn asked(case: &Case, sent: &Sent, address: SocketAddr) -> String {
    let mut client = Client::tcp_from(case.from.as_deref().unwrap_or("127.0.0.1"), address);
    client.try_send(&sent.bytes);
    let answer = client.response_head();
    answer.map_or("nothing".to_owned(), |answer| {
        format!("{} {}", answer.status, answer.header("portcullis-reason").unwrap_or("none"))
    })
}

/// T-28 is about policies.
#[test]
fn networks_with_bits_too_many_are_kept_out_by_theirs() {
    let folder = tempfile::tempdir().unwrap();
    let policy = "package p\nsubject user\nresource page { actions read }\ncontext { ip: ip }\n\
                  network office = 10.0.0.5/8\nallow page:read named reading when context.ip in office\n";
    fs::write(folder.path().join("main.policy"), policy).unwrap();
    let check = |guards: &str| {
        let mut command = portcullis();
        command.arg("check").arg(folder.path()).env("SABOTAGE", guards);
        command.output().unwrap().status.code()
    };
    assert_eq!((check(""), check("HostBits")), (Some(3), Some(0)));
    // A guard that there isn't would show nothing.
    assert_eq!(check("HostBit"), Some(70));
}

#[test]
fn every_row_is_kept_out_by_its_guard() {
    let mut cases: BTreeMap<(String, bool), Vec<Case>> = BTreeMap::new();
    for case in table::read() {
        let denies = DIALECTS.iter().any(|dialect| !case.expected(*dialect).starts_with("200 "));
        match case.guards() {
            Some(guards) => {
                cases.entry((guards, case.trusts.is_some())).or_default().push(case);
            }
            None => {
                assert!(!denies || !case.row.starts_with("T-"), "{} {} has no guard", case.row, case.what);
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let whole = serving_without("", &table::read()[0], folder.path());
    let mut unmoved = Vec::new();
    for ((guards, _), cases) in cases {
        let folder = tempfile::tempdir().unwrap();
        let served = serving_without(&guards, &cases[0], folder.path());
        for case in &cases {
            let is_by_grpc = case.from.is_none() && case.trusts.is_none();
            let mut unmoved_calls = Vec::new();
            for sent in case.sent(Dialect::ExtAuthz).iter().filter(|_| is_by_grpc) {
                let denied = answered(sent, whole.decisions);
                if denied != "200 allowed" && denied == answered(sent, served.decisions) {
                    unmoved_calls.push(format!("{} by gRPC without {guards}: {sent}: {denied}", case.row));
                }
            }
            if case.in_a_call.is_none() {
                unmoved.extend(unmoved_calls);
            } else {
                assert!(!unmoved_calls.is_empty(), "{} {}: `in-a-call` is too much", case.row, case.what);
            }
            for dialect in DIALECTS.into_iter().filter(|dialect| !case.expected(*dialect).starts_with("200 "))
            {
                for sent in case.sent(dialect) {
                    if asked(case, &sent, served.decisions) == case.expected(dialect) {
                        unmoved.push(format!("{} without {guards}: {sent}", case.row));
                    }
                }
            }
        }
    }
    assert!(unmoved.is_empty(), "{}", unmoved.join("\n"));
}
