//! Allows that nginx keeps (`examples/proxies/nginx-cache`), each for the very question that it answers.

mod late;

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant as Stopwatch};

use portcullis::identity::new_key;
use tempfile::TempDir;

use super::front::{Front, Kind, Portcullis, basic, header, recipes, request};
use super::stub::Stub;
use crate::client::{Client, Response, get};
use crate::process::free_ports;

const POLICY: &str = r#"package site
subject user
resource page { actions read, change }
context { ip: ip, host: string, user_agent?: string }

network third = 127.0.0.3

role reader { page:read }
role editor { page:read, page:change }

deny page:read named elsewhere when context.ip in third
deny page:read named other_host when context.host == "other.example.com"
deny page:read named robots when has context.user_agent and context.user_agent == "robot/1"

route GET, HEAD /pages/{id} -> page:read on page(id)
route POST /pages/{id} -> page:change on page(id)
route GET /drafts/{id} -> page:change on page(id)
"#;

/// Longer than any test takes.
const LONG: u64 = 3_600;

/// nginx, its Portcullis, and what that loads.
struct Edge {
    front: Front,
    portcullis: Portcullis,
    dir: TempDir,
}

impl Edge {
    /// In which Vic reads and Ada edits, and each allow is kept for so many seconds.
    fn start(max_age: u64, config: &str) -> Edge {
        let edge = Edge::changed(max_age, config, |text| text);
        edge.front.wait_until_allowed();
        edge
    }

    /// With something else in nginx's configuration. Nobody has made sure that it answers.
    fn changed(max_age: u64, config: &str, change: impl Fn(String) -> String) -> Edge {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("policies")).unwrap();
        fs::write(dir.path().join("policies/site.policy"), POLICY).unwrap();
        tell(dir.path(), "[{ role: reader, scope: /, granted_by: ada, reason: reads }]");
        let config = format!("max_age_seconds: {max_age}\n{config}");
        fs::write(dir.path().join("portcullis.yaml"), config).unwrap();
        let [port] = free_ports();
        let portcullis =
            Portcullis::serving(port, &dir.path().join("portcullis.yaml"), &dir.path().join("policies"));
        Edge { front: Front::changed(Kind::NginxCache, port, change), portcullis, dir }
    }

    /// Asks as this user from here, with more lines.
    fn ask(&self, user: &str, method: &str, target: &str, lines: &[&str]) -> Answer {
        Asked { user, method, target, lines, ..Asked::default() }.by(&self.front)
    }

    /// How many decisions it has made.
    fn decisions(&self) -> u64 {
        let text = Client::tcp(self.portcullis.0.admin).ask(get("/metrics")).body;
        let counts = text.lines().filter(|line| line.starts_with("portcullis_decisions_total"));
        counts.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
    }
}

/// Replaces the roles of Vic, in one step.
fn tell(dir: &Path, roles: &str) {
    let ada = "[{ role: editor, scope: /, granted_by: ada, reason: edits }]";
    let facts = format!(
        "package: site\norganizations: {{ acme: {{}} }}\nsubjects: {{ user: {{ ada: {{ organization: acme, roles: {ada} }}, vic: {{ roles: {roles} }} }} }}\n"
    );
    fs::write(dir.join("facts"), facts).unwrap();
    fs::rename(dir.join("facts"), dir.join("policies/facts.yaml")).unwrap();
}

/// A request of a client.
#[derive(Debug, Clone, Copy)]
struct Asked<'a> {
    user: &'a str,
    authorization: Option<&'a str>,
    from: &'a str,
    host: &'a str,
    method: &'a str,
    target: &'a str,
    lines: &'a [&'a str],
}

impl Default for Asked<'_> {
    fn default() -> Self {
        Asked {
            user: "vic",
            authorization: None,
            from: "127.0.0.1",
            host: "site.example.com",
            method: "GET",
            target: "/pages/7",
            lines: &[],
        }
    }
}

impl Asked<'_> {
    fn by(self, front: &Front) -> Answer {
        let authorization = self.authorization.unwrap_or_else(|| basic(self.user));
        let authorization = format!("Authorization: {authorization}");
        let lines = [&[authorization.as_str()], self.lines].concat();
        let sent = Stopwatch::now();
        let (response, reached) =
            front.send_from(self.from, &request(self.host, self.method, self.target, &lines));
        assert_eq!(reached.is_some(), response.status == 200, "{self:?}: {response:?} {reached:?}");
        Answer { response, reached, sent, took: sent.elapsed() }
    }
}

#[derive(Debug)]
struct Answer {
    response: Response,
    reached: Option<String>,
    sent: Stopwatch,
    took: Duration,
}

impl Answer {
    fn is_allow(&self) -> bool {
        self.response.status == 200
    }

    /// The status, and what nginx says of its cache.
    fn told(&self) -> (u16, &str) {
        (self.response.status, self.response.header("x-cache-status").unwrap_or(""))
    }
}

/// Requests that nobody may take for the one that asks nothing else.
fn variants<'a>(lines: &'a [[&'a str; 1]; 4]) -> Vec<(Asked<'a>, u16)> {
    let base = Asked::default();
    vec![
        (Asked { user: "ada", ..base }, 200),
        // The same user, but what is shown is another text.
        (Asked { authorization: Some("basic dmljOnZpYw=="), ..base }, 200),
        (Asked { method: "HEAD", ..base }, 200),
        (Asked { target: "/pages/8", ..base }, 200),
        (Asked { target: "/pages/7?", ..base }, 200),
        (Asked { target: "/pages/%37", ..base }, 200),
        (Asked { target: "/pages/x/../7", ..base }, 403),
        (Asked { target: "/drafts/7", ..base }, 403),
        (Asked { from: "127.0.0.2", ..base }, 200),
        (Asked { from: "127.0.0.3", ..base }, 403),
        (Asked { host: "second.example.com", ..base }, 200),
        (Asked { host: "other.example.com", ..base }, 403),
        (Asked { lines: &lines[0], ..base }, 200),
        (Asked { lines: &lines[1], ..base }, 403),
        // Not the user's key, and no key at all.
        (Asked { lines: &lines[2], ..base }, 403),
        (Asked { lines: &lines[3], ..base }, 401),
    ]
}

#[test]
fn what_is_kept_answers_that_very_question() {
    let key = new_key("ci").unwrap();
    let config = format!("api_keys:\n- {{ id: ci, sha256: \"{}\", subject: \"user:ci\" }}\n", key.sha256);
    let edge = Edge::start(LONG, &config);
    let other_key = format!("X-API-Key: {}", key.key);
    let lines = [["User-Agent: curl/8"], ["User-Agent: robot/1"], [&other_key], ["X-API-Key: curl/8"]];
    let base = Asked::default();
    assert_eq!(base.by(&edge.front).told(), (200, "MISS"));
    for (variant, status) in variants(&lines) {
        // What is denied is asked about each time.
        let again = if status == 200 { "HIT" } else { "MISS" };
        for kept in ["MISS", again, again] {
            assert_eq!(variant.by(&edge.front).told(), (status, kept), "{variant:?}");
        }
        assert_eq!(base.by(&edge.front).told(), (200, "HIT"), "after {variant:?}");
    }
    let before = edge.decisions();
    for (variant, status) in variants(&lines).into_iter().filter(|(_, status)| *status == 200) {
        assert_eq!(variant.by(&edge.front).told(), (status, "HIT"), "{variant:?}");
    }
    assert_eq!(edge.decisions(), before);
}

#[test]
fn what_is_kept_says_the_same_to_the_application() {
    let edge = Edge::start(LONG, "");
    for (user, organization) in [("vic", &[][..]), ("ada", &["acme"])] {
        for kept in ["MISS", "HIT", "HIT"] {
            let spoofed =
                ["Portcullis-Subject: root", "Portcullis-Organization: evil", "X-Original-Subject: ada"];
            let answer = edge.ask(user, "GET", "/pages/7", &spoofed);
            assert_eq!(answer.told(), (200, kept), "{user}");
            let reached = answer.reached.unwrap();
            assert_eq!(header(&reached, "portcullis-subject"), [user]);
            assert_eq!(header(&reached, "portcullis-organization"), organization);
            assert_eq!(header(&reached, "portcullis-obligations"), ["[]"]);
        }
    }
}

/// Nothing that a client sends has it use what is kept for something else, or ask again.
#[test]
fn a_client_has_no_say_in_it() {
    let edge = Edge::start(LONG, "");
    assert_eq!(edge.ask("vic", "GET", "/pages/7", &[]).told(), (200, "MISS"));
    for line in [
        "Cache-Control: no-cache",
        "Pragma: no-cache",
        "If-None-Match: *",
        "If-Modified-Since: Thu, 01 Jan 2099 00:00:00 GMT",
        "Range: bytes=0-0",
        "Vary: *",
        "X-Accel-Expires: 0",
        "Cookie: a=b",
    ] {
        assert_eq!(edge.ask("vic", "GET", "/pages/7", &[line]).told(), (200, "HIT"), "{line}");
        assert_eq!(edge.ask("vic", "GET", "/drafts/7", &[line]).told(), (403, "MISS"), "{line}");
        assert_eq!(edge.ask("vic", "POST", "/pages/7", &[line]).told(), (403, "BYPASS"), "{line}");
    }
}

#[test]
fn a_change_is_asked_about_each_time() {
    let edge = Edge::start(LONG, "");
    let before = edge.decisions();
    for _ in 0..3 {
        assert_eq!(edge.ask("ada", "POST", "/pages/7", &[]).told(), (200, "BYPASS"));
    }
    assert_eq!(edge.decisions(), before + 3);
}

#[test]
fn nothing_is_kept_unless_it_is_configured() {
    let edge = Edge::start(0, "");
    let before = edge.decisions();
    for _ in 0..3 {
        assert_eq!(edge.ask("vic", "GET", "/pages/7", &[]).told(), (200, "MISS"));
    }
    assert_eq!(edge.decisions(), before + 3);
}

/// Many who ask the same at once wait for one answer, but not for long, and each is answered.
#[test]
fn many_ask_at_once() {
    let edge = Edge::start(LONG, "");
    let front = edge.front.port();
    thread::scope(|scope| {
        for number in 0..32 {
            scope.spawn(move || {
                let (target, status) = if number % 2 == 0 { ("/pages/9", 200) } else { ("/drafts/9", 403) };
                let authorization = format!("Authorization: {}", basic("vic"));
                let text = request("site.example.com", "GET", target, &[&authorization]);
                let answer = Client::tcp(([127, 0, 0, 1], front).into()).ask(text);
                assert_eq!(answer.status, status, "{target}");
            });
        }
    });
}

/// It is nginx that keeps no denial, and nothing of which nobody said for how long, whatever Portcullis says.
#[test]
fn only_an_allow_that_says_for_how_long_is_kept() {
    const DENIAL: &[u8] =
        b"HTTP/1.1 403 Forbidden\r\nCache-Control: max-age=3600\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    const OTHERS: &[u8] =
        b"HTTP/1.1 200 OK\r\nX-Accel-Expires: 3600\r\nExpires: Thu, 01 Jan 2099 00:00:00 GMT\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    const EVERYBODYS: &[u8] =
        b"HTTP/1.1 200 OK\r\nCache-Control: max-age=3600\r\nVary: *\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let mut edge = Edge::start(LONG, "");
    let port = edge.portcullis.0.decisions.port();
    edge.portcullis.kill();
    for (says, target, expected) in [
        (DENIAL, "/pages/11", [(403, "MISS"), (403, "MISS")]),
        (OTHERS, "/pages/12", [(200, "MISS"), (200, "MISS")]),
        (EVERYBODYS, "/pages/13", [(200, "MISS"), (200, "HIT")]),
    ] {
        let _stub = Stub::start(port, says, Duration::ZERO);
        let told = expected.map(|_| {
            let answer = edge.ask("vic", "GET", target, &[]);
            let (status, kept) = answer.told();
            (status, kept.to_owned())
        });
        assert_eq!(told, expected.map(|(status, kept)| (status, kept.to_owned())), "{target}");
    }
}

/// What nginx doesn't tell Portcullis decides nothing, and what it does is in the key; so what stands there can't be tried alone (the scheme).
#[test]
fn all_that_is_told_is_in_the_key() {
    let text = fs::read_to_string(recipes().join("nginx-cache/nginx.conf")).unwrap();
    let asks = text.split_once("location = /_portcullis").unwrap().1;
    let settings: Vec<Vec<&str>> =
        asks.lines().map(|line| line.trim_end_matches(';').split_whitespace().collect()).collect();
    let key = settings.iter().find(|words| words.first() == Some(&"proxy_cache_key")).unwrap()[1];
    let parts: Vec<&str> = key.trim_matches('"').split("\\n").collect();
    let told = settings.iter().filter(|words| words.first() == Some(&"proxy_set_header"));
    let mut told: Vec<&str> = told.map(|words| words[2]).filter(|value| *value != "\"\"").collect();
    assert!(settings.contains(&vec!["proxy_pass_request_headers", "off"]));
    assert!(!parts[0].contains('$'), "a secret comes first: {key}");
    let mut keyed = parts[1..].to_vec();
    told.sort_unstable();
    keyed.sort_unstable();
    assert_eq!(told, keyed);
}
