//! Never for too long. Nothing here depends on how fast a machine is: what is asserted is that nothing passes that is asked for *after* an
//! instant, and where an allow was on its way for longer than the recipe lets it, that much later.

use std::thread;
use std::time::{Duration, Instant as Stopwatch, SystemTime};

use portcullis::model::Instant;

use super::{Edge, LONG, tell};
use crate::client::{Client, Response, auth_request};
use crate::process::{PATIENCE, wait_until};

/// As long as nginx keeps an allow beyond the seconds that it was told: it counts whole ones.
const ROUNDED: Duration = Duration::from_secs(1);
/// As long as the recipe lets an allow be on its way.
const ON_THE_WAY: Duration = Duration::from_secs(1);
/// Asks for Vic's page until it is denied; nothing passes that is asked for so long after `since`.
fn passes_no_longer_than(edge: &Edge, since: Stopwatch, most: Duration, denials: &[u16]) {
    let mut slowest = Duration::ZERO;
    loop {
        let answer = edge.ask("vic", "GET", "/pages/7", &[]);
        slowest = slowest.max(answer.took);
        if !answer.is_allow() {
            assert!(denials.contains(&answer.response.status), "{answer:?}");
            return;
        }
        let late = answer.sent.saturating_duration_since(since);
        assert!(late <= most + slowest.max(ON_THE_WAY), "it passed after {late:?}: {answer:?}");
    }
}

#[test]
fn a_revocation_is_seen_in_time() {
    const MAX_AGE: u64 = 2;
    let edge = Edge::start(MAX_AGE, "");
    assert!(edge.ask("vic", "GET", "/pages/7", &[]).is_allow());
    tell(edge.dir.path(), "[]");
    assert!(wait_until(PATIENCE, || says(&edge).status == 403), "the facts are not loaded");
    passes_no_longer_than(&edge, Stopwatch::now(), Duration::from_secs(MAX_AGE) + ROUNDED, &[403]);
    for _ in 0..3 {
        assert_eq!(edge.ask("vic", "GET", "/pages/7", &[]).told(), (403, "EXPIRED"));
    }
}

#[test]
fn nothing_passes_for_long_without_portcullis() {
    const MAX_AGE: u64 = 2;
    for is_killed in [true, false] {
        let mut edge = Edge::start(MAX_AGE, "");
        assert!(edge.ask("vic", "GET", "/pages/7", &[]).is_allow());
        if is_killed {
            edge.portcullis.kill();
        } else {
            edge.portcullis.freeze();
        }
        passes_no_longer_than(&edge, Stopwatch::now(), Duration::from_secs(MAX_AGE) + ROUNDED, &[500]);
        for user in ["vic", "ada"] {
            assert_eq!(edge.ask(user, "GET", "/pages/7", &[]).response.status, 500, "{user}");
        }
        // Whoever is stopped can't be asked to end.
        if !is_killed {
            edge.portcullis.kill();
        }
    }
}

/// What ends by itself doesn't pass afterwards, however long nginx might keep it.
#[test]
fn an_end_is_seen_when_it_comes() {
    let edge = Edge::start(LONG, "");
    // On a machine that is slow beyond measure the end may have come before anything was kept.
    let was_kept =
        [5.3, 10.5, 60.7].iter().any(|seconds| ends_in_time(&edge, Duration::from_secs_f64(*seconds)));
    assert!(was_kept, "nothing was kept before it ended");
}

/// Whether allows were kept before they ended. They are asked for all the time, so that they come at each part of a second.
fn ends_in_time(edge: &Edge, ahead: Duration) -> bool {
    let wall = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let end = Duration::from_secs(wall().as_secs()) + ahead;
    let written = Instant::from_micros(i64::try_from(end.as_micros()).unwrap());
    let role = format!("role: reader, scope: /, granted_by: ada, reason: reads, expires: \"{written}\"");
    tell(edge.dir.path(), &format!("[{{ {role} }}]"));
    assert!(wait_until(PATIENCE, || loaded_ends(edge) || wall() > end), "the facts are not loaded");
    let (mut were_kept, mut slowest) = (0, Duration::ZERO);
    let mut asked = Vec::new();
    while wall() < end {
        // Nothing that was kept before is asked for again.
        asked.push(format!("/pages/{}-{}", ahead.as_millis(), asked.len()));
        for _ in 0..2 {
            let answer = edge.ask("vic", "GET", asked.last().unwrap(), &[]);
            slowest = slowest.max(answer.took);
            were_kept += usize::from(answer.told() == (200, "HIT"));
        }
        thread::sleep(Duration::from_millis(30));
    }
    for target in asked.iter().cycle() {
        let late = wall().saturating_sub(end);
        let answer = edge.ask("vic", "GET", target, &[]);
        slowest = slowest.max(answer.took);
        assert!(
            !answer.is_allow() || late <= slowest.saturating_sub(ON_THE_WAY),
            "it passed {late:?} late: {answer:?}"
        );
        if late > Duration::from_secs(2) {
            assert_eq!(answer.response.status, 403, "{answer:?}");
            break;
        }
    }
    were_kept > 10
}

/// Whether what Portcullis says of Vic ends.
fn loaded_ends(edge: &Edge) -> bool {
    let answer = says(edge);
    let kept = answer.header("cache-control").unwrap_or("");
    answer.status == 200 && kept != format!("max-age={LONG}")
}

/// What Portcullis itself says now of Vic.
fn says(edge: &Edge) -> Response {
    let lines = ["X-Original-Subject: vic", "X-Original-IP: 127.0.0.1", "X-Original-Host: site.example.com"];
    Client::tcp(edge.portcullis.0.decisions).ask(auth_request("GET", "/pages/7", &lines))
}
