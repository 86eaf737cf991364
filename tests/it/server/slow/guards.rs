//! Everybody slow without the guard against it: nobody leaves them.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use super::{ALL, CONFIG, Slow, stay};
use crate::client::Client;
use crate::server::doors::{Door, served_without};

/// Several times what the configuration allows, and long after it.
const LONG: Duration = Duration::from_secs(2);

#[test]
fn nobody_slow_is_left_without_its_guard() {
    let mut groups: BTreeMap<&str, Vec<&Slow>> = BTreeMap::new();
    for slow in ALL {
        groups.entry(slow.guards).or_default().push(slow);
    }
    let left = thread::scope(|scope| {
        let each: Vec<_> = groups
            .iter()
            .map(|(guards, all)| {
                scope.spawn(move || {
                    let (served, _folder) = served_without(guards, CONFIG);
                    let stay = stay(served.decisions, all, LONG);
                    let expected = all
                        .iter()
                        .flat_map(|slow| slow.doors.iter().map(|door| format!("{}, {door:?}", slow.what)));
                    let left: Vec<String> = expected.filter(|what| !stay.contains(what)).collect();
                    left.into_iter().map(|what| format!("{what} without {guards}")).collect::<Vec<_>>()
                })
            })
            .collect();
        each.into_iter().flat_map(|left| left.join().unwrap()).collect::<Vec<String>>()
    });
    assert!(left.is_empty(), "{}", left.join("\n"));
}

/// And where nobody's connection is its own, all wait for one.
#[test]
fn others_wait_where_connections_are_served_one_after_the_other() {
    let (served, _folder) = served_without("OwnTasks", "header_timeout_ms: 60000\ndrain_seconds: 1\n");
    let _silent = served.client();
    let stream = std::net::TcpStream::connect(served.decisions).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    let mut other = Client::over(stream);
    other.send(Door::Evaluation.question().whole());
    assert!(other.try_response().is_err(), "somebody is served beside it");
}
