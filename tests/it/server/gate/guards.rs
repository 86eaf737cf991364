//! Each case with its guard taken out: what comes of it then is what the table says.

use std::collections::BTreeMap;
use std::net::{Shutdown, TcpStream};

use super::super::doors::{DOORS, Door, answers, served_without, summary};
use super::cases::{BODIES, Case, GROUPS, Group, Without};
use super::sent;
use crate::client::Client;
use crate::process::Served;

/// What comes of it.
fn found(served: &Served, door: Door, (_, make, without): &Case) -> Vec<String> {
    let stream = TcpStream::connect(served.decisions).unwrap();
    let mut client = Client::over_tcp(stream.try_clone().unwrap());
    let bytes = sent(*make, door.question());
    match without {
        Without::Passes | Without::Library => answers(client, &bytes).iter().map(summary).collect(),
        Without::Waits => {
            client.try_send(bytes);
            let _ = stream.shutdown(Shutdown::Write);
            answers(client, b"").iter().map(summary).collect()
        }
        Without::Otherwise => {
            client.try_send(bytes);
            client.response_head().iter().map(summary).collect()
        }
    }
}

/// Whether that is so without the guard, where with it there was this answer.
fn is_so(door: Door, without: Without, expected: &str, found: &[String]) -> bool {
    let first = found.first().map_or("", |first| first);
    match without {
        // And so does what stands behind it, if that is still a request.
        Without::Passes => first == door.allowed(),
        Without::Library => first.is_empty() || first.starts_with("the library's 4"),
        // Of these only the head was read.
        Without::Otherwise | Without::Waits => !expected.starts_with(first.trim_end()),
    }
}

#[test]
fn every_head_is_kept_out_by_its_guard() {
    let mut groups: BTreeMap<&str, Vec<&Group>> = BTreeMap::new();
    for group in GROUPS {
        groups.entry(group.guards).or_default().push(group);
    }
    let mut wrong = Vec::new();
    for (guards, groups) in groups {
        let (served, _folder) = served_without(guards, "header_timeout_ms: 5000\n");
        let cases = groups.iter().flat_map(|group| group.cases.iter().map(move |case| (group, case)));
        for ((group, case), door) in cases.flat_map(|case| DOORS.map(|door| (case, door))) {
            let expected = door.refused(group.status, group.reason, group.message);
            let found = found(&served, door, case);
            if !is_so(door, case.2, &expected, &found) {
                wrong.push(format!("{} {} without {guards}, {door:?}: {found:?}", group.row, case.0));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What stands behind a body that two programs cut in two ways is a request to one of them.
#[test]
fn every_malformed_chunk_is_kept_out_by_its_guards() {
    let (served, _folder) = served_without("Chunks,UnreadBodies", "header_timeout_ms: 5000\n");
    let mut wrong = Vec::new();
    for (case, door) in BODIES.iter().flat_map(|case| DOORS.map(|door| (case, door))) {
        let found = found(&served, door, case);
        let is_so = match case.2 {
            Without::Passes => found == [door.allowed(); 2],
            Without::Waits => found.first().is_some_and(|first| first == door.allowed()),
            // To what a proxy asks there is the same one answer then.
            _ if door.is_of_proxy() => found.len() <= 1,
            _ => found.len() <= 1 && !found.concat().starts_with('2'),
        };
        if !is_so {
            wrong.push(format!("{}, {door:?}: {found:?}", case.0));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
