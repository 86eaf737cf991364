//! Never for too long. Nothing here depends on how fast a machine is: what is asserted is that nothing passes that is asked for *after* an
//! instant, and where an allow was on its way for longer than the recipe lets it, that much later.

use std::fs;
use std::thread;
use std::time::{Duration, Instant as Stopwatch, SystemTime};

use portcullis::model::Instant;
use serde_json::json;

use super::{Asked, Edge, LONG, POLICY, tell};
use crate::client::{Client, Response, auth_request};
use crate::forge::{Signer, key_set};
use crate::process::{PATIENCE, wait_until};
use crate::proxies::front::Kind;
use crate::proxies::login::changes;
use crate::server::identity::{claims, tokens_yaml, with};

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

/// Windows end with a minute, so this waits for the next one.
#[test]
fn a_window_closes_when_it_does() {
    let edge = Edge::start(LONG, "");
    let was_kept = (0..3).any(|_| {
        let minute = (wall().as_secs() + 6) / 60 + 1;
        let clock = |minute: u64| format!("{:02}:{:02}", minute / 60 % 24, minute % 60);
        let window = format!("window open = {}-{} UTC", clock(minute - 120), clock(minute));
        let closed = "deny page:read named closed unless now in open";
        fs::write(edge.dir.path().join("site.new"), format!("{POLICY}{window}\n{closed}\n")).unwrap();
        fs::rename(edge.dir.path().join("site.new"), edge.dir.path().join("policies/site.policy")).unwrap();
        let end = Duration::from_secs(minute * 60);
        assert!(wait_until(PATIENCE, || loaded_ends(&edge) || wall() > end), "the policy is not loaded");
        passes_until(&edge, end, None, 403)
    });
    assert!(was_kept, "nothing was kept before it ended");
}

/// What is kept of a token's allow is kept for no longer than the token holds.
#[test]
fn a_token_ends_when_it_does() {
    let signer = Signer::new("ES256", "1");
    let place = tempfile::tempdir().unwrap();
    let keys = place.path().join("jwks.json");
    fs::write(&keys, key_set(&[signer.jwk()])).unwrap();
    let tokens =
        tokens_yaml(&keys.display().to_string()).replace("  scopes:", "  leeway_seconds: 0\n  scopes:");
    let edge = Edge::changed(LONG, &tokens, |text| {
        changes(Kind::NginxCache).iter().fold(text, |text, (from, to)| text.replace(from, to))
    });
    let bearer = |ahead: u64| {
        let now = wall().as_secs();
        let claims = with(claims("vic"), &json!({ "iat": now, "exp": now + ahead }));
        (Duration::from_secs(now + ahead), format!("Bearer {}", signer.token(&claims)))
    };
    let (_, long) = bearer(600);
    let line = format!("Authorization: {long}");
    let passes =
        || edge.front.try_send("GET", "/pages/7", &[&line]).is_some_and(|(_, reached)| reached.is_some());
    assert!(wait_until(PATIENCE, passes), "no token passes");
    let was_kept = [6, 11, 61].iter().any(|ahead| {
        let (end, bearer) = bearer(*ahead);
        passes_until(&edge, end, Some(&bearer), 401)
    });
    assert!(was_kept, "nothing was kept before it ended");
}

fn wall() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap()
}

/// Whether allows were kept before they ended.
fn ends_in_time(edge: &Edge, ahead: Duration) -> bool {
    let end = Duration::from_secs(wall().as_secs()) + ahead;
    let written = Instant::from_micros(i64::try_from(end.as_micros()).unwrap());
    let role = format!("role: reader, scope: /, granted_by: ada, reason: reads, expires: \"{written}\"");
    tell(edge.dir.path(), &format!("[{{ {role} }}]"));
    assert!(wait_until(PATIENCE, || loaded_ends(edge) || wall() > end), "the facts are not loaded");
    passes_until(edge, end, None, 403)
}

/// Whether allows were kept before this end. They are asked for all the time, so that they come at each part of a second.
fn passes_until(edge: &Edge, end: Duration, authorization: Option<&str>, denial: u16) -> bool {
    let ask = |target: &str| Asked { authorization, target, ..Asked::default() }.by(&edge.front);
    let (mut were_kept, mut slowest) = (0, Duration::ZERO);
    let mut asked = Vec::new();
    while wall() < end {
        // Nothing that was kept before is asked for again.
        asked.push(format!("/pages/{}-{}", end.as_millis(), asked.len()));
        for _ in 0..2 {
            let answer = ask(asked.last().unwrap());
            slowest = slowest.max(answer.took);
            were_kept += usize::from(answer.told() == (200, "HIT"));
        }
        thread::sleep(Duration::from_millis(30));
    }
    for target in asked.iter().cycle() {
        let late = wall().saturating_sub(end);
        let answer = ask(target);
        slowest = slowest.max(answer.took);
        assert!(
            !answer.is_allow() || late <= slowest.saturating_sub(ON_THE_WAY),
            "it passed {late:?} late: {answer:?}"
        );
        if late > Duration::from_secs(2) {
            assert_eq!(answer.response.status, denial, "{answer:?}");
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
