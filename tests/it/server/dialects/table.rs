//! The table, and how each of its rows is said in each dialect.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use serde::Deserialize;

/// The endpoints of proxies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    AuthRequest,
    ForwardAuth,
    ExtAuthz,
}

pub const DIALECTS: [Dialect; 3] = [Dialect::AuthRequest, Dialect::ForwardAuth, Dialect::ExtAuthz];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Case {
    pub row: String,
    pub what: String,
    guard: Option<String>,
    /// Why not all of it is answered in another way by gRPC without the guard.
    pub in_a_call: Option<String>,
    #[serde(default)]
    send: Vec<String>,
    #[serde(default)]
    host: Vec<String>,
    #[serde(default)]
    scheme: Vec<String>,
    #[serde(default)]
    client: Vec<String>,
    #[serde(default)]
    who: Vec<String>,
    #[serde(default)]
    lines: Vec<String>,
    without: Option<String>,
    pub from: Option<String>,
    /// `nobody`: the server trusts no peer.
    pub trusts: Option<String>,
    expect: String,
    auth_request: Option<String>,
    ext_authz: Option<String>,
    /// By gRPC; as a rule the same as in most dialects. `elsewhere`: it is tested where calls are.
    by_grpc: Option<String>,
}

/// The bytes of one request, in one dialect.
#[derive(Debug)]
pub struct Sent {
    dialect: Dialect,
    pub bytes: Vec<u8>,
}

impl Dialect {
    const fn path(self) -> &'static str {
        match self {
            Dialect::AuthRequest => "/authz/auth-request",
            Dialect::ForwardAuth => "/authz/forward-auth",
            Dialect::ExtAuthz => "/authz/ext-authz",
        }
    }

    /// What the header is called that says this; the request line of Envoy says the others.
    fn header(self, word: &str) -> Option<&'static str> {
        Some(match (self, word) {
            (_, "subject") => "X-User",
            (Dialect::AuthRequest, "method") => "X-Original-Method",
            (Dialect::AuthRequest, "uri") => "X-Original-URI",
            (Dialect::AuthRequest, "host") => "X-Original-Host",
            (Dialect::AuthRequest, "scheme") => "X-Original-Proto",
            (Dialect::AuthRequest, "client") => "X-Original-IP",
            (Dialect::ForwardAuth, "method") => "X-Forwarded-Method",
            (Dialect::ForwardAuth, "uri") => "X-Forwarded-Uri",
            (Dialect::ForwardAuth, "host") => "X-Forwarded-Host",
            (Dialect::ForwardAuth | Dialect::ExtAuthz, "scheme") => "X-Forwarded-Proto",
            (Dialect::ForwardAuth | Dialect::ExtAuthz, "client") => "X-Forwarded-For",
            (Dialect::ExtAuthz, "host") => "Host",
            (Dialect::ExtAuthz, "method" | "uri") => return None,
            (_, other) => panic!("`{other}` is no word"),
        })
    }
}

pub fn read() -> Vec<Case> {
    serde_yaml::from_str(include_str!("cases.yaml")).unwrap_or_else(|error| panic!("{error}"))
}

impl Case {
    /// What keeps the row out, as `SABOTAGE` names it; none where everything passes.
    pub fn guards(&self) -> Option<String> {
        self.guard.as_ref().map(|guards| guards.replace(' ', ""))
    }

    pub fn expected(&self, dialect: Dialect) -> &str {
        let own = match dialect {
            Dialect::AuthRequest => &self.auth_request,
            Dialect::ForwardAuth => &None,
            Dialect::ExtAuthz => &self.ext_authz,
        };
        own.as_ref().unwrap_or(&self.expect)
    }

    /// What a call of gRPC is answered; none if that is tested elsewhere.
    pub fn expected_of_call(&self) -> Option<&str> {
        let own = self.by_grpc.as_deref().unwrap_or(&self.expect);
        (own != "elsewhere").then_some(own)
    }

    /// Every combination of the alternatives, as far as the dialect can say it.
    pub fn sent(&self, dialect: Dialect) -> Vec<Sent> {
        let mut all = Vec::new();
        for send in or(&self.send, "GET /public/page") {
            let (method, uri) = send.split_once(' ').unwrap_or_else(|| panic!("{send}: no method"));
            for lines in or(&self.lines, "") {
                let Some(lines) = filled(lines, dialect) else { continue };
                for words in self.words() {
                    all.push(sent(dialect, method, uri, &words, self.without.as_deref(), &lines));
                }
            }
        }
        all
    }

    /// What the proxy says besides method and target: each alternative of one beside nothing of the others.
    fn words(&self) -> Vec<BTreeMap<&'static str, &str>> {
        let columns = [
            ("host", &self.host),
            ("scheme", &self.scheme),
            ("client", &self.client),
            ("subject", &self.who),
        ];
        let mut all: Vec<BTreeMap<&str, &str>> = Vec::new();
        for (word, alternatives) in columns {
            all.extend(alternatives.iter().map(|value| BTreeMap::from([(word, value.as_str())])));
        }
        if all.is_empty() { vec![BTreeMap::new()] } else { all }
    }

    /// The first alternative, as its users would see it.
    fn example(&self) -> String {
        let columns =
            [("host", &self.host), ("scheme", &self.scheme), ("client", &self.client), ("user", &self.who)];
        let first =
            |(name, values): (&str, &Vec<String>)| values.first().map(|value| format!("{name} `{value}`"));
        let words: Vec<String> = columns.into_iter().filter_map(first).collect();
        let line = self.lines.first().and_then(|lines| filled(lines, Dialect::ForwardAuth));
        let line = line.map(|lines| format!("`{}`", seen(lines.lines().next().unwrap_or(""))));
        let without = self.without.as_ref().map(|word| format!("no {word}"));
        let from = self.from.as_ref().map(|from| format!("asked from {from}"));
        let send = self.send.first().map(|send| format!("`{send}`"));
        let parts: Vec<String> =
            send.into_iter().chain(words).chain(line).chain(without).chain(from).collect();
        parts.join(", ").replace('|', "\\|")
    }

    fn answer(&self) -> String {
        let told = |text: &str| {
            let (status, reason) = text.split_once(' ').unwrap();
            format!("{status} `{reason}`")
        };
        let mut answer = told(&self.expect);
        let by_grpc = self.by_grpc.clone().filter(|own| own != "elsewhere");
        let others = [("nginx", &self.auth_request), ("Envoy", &self.ext_authz), ("Envoy by gRPC", &by_grpc)];
        for (name, own) in others {
            answer += &own.as_ref().map(|own| format!("; {name}: {}", told(own))).unwrap_or_default();
        }
        answer
    }
}

/// The request that a proxy asks with about a plain one.
pub fn plain(dialect: Dialect, method: &str, uri: &str, words: &[(&'static str, &str)]) -> Sent {
    sent(dialect, method, uri, &words.iter().copied().collect(), None, "")
}

/// And with more lines.
pub fn plain_with(dialect: Dialect, method: &str, uri: &str, lines: &str) -> Sent {
    sent(dialect, method, uri, &BTreeMap::new(), None, lines)
}

/// A question that says nothing of the original request in its own dialect.
pub fn bare(dialect: Dialect, lines: &str) -> Sent {
    let text = format!("GET {} HTTP/1.1\r\nHost: pdp\r\n{}\r\n", dialect.path(), lines.replace('\n', "\r\n"));
    Sent { dialect, bytes: bytes(&text) }
}

/// All that the one dialect says in headers of which the other has none.
pub fn foreign_words(of: Dialect, in_the_eyes_of: Dialect, method: &str, uri: &str) -> String {
    let values = [
        ("method", method),
        ("uri", uri),
        ("host", "site.example.com"),
        ("scheme", "https"),
        ("client", "10.0.0.1"),
    ];
    let own: Vec<&str> =
        values.iter().filter_map(|(word, _)| in_the_eyes_of.header(word)).chain(["Host"]).collect();
    let mut lines = String::new();
    for (word, value) in values {
        if let Some(name) = of.header(word).filter(|name| !own.contains(name)) {
            writeln!(lines, "{name}: {value}").unwrap();
        }
    }
    lines
}

fn sent(
    dialect: Dialect,
    method: &str,
    uri: &str,
    words: &BTreeMap<&'static str, &str>,
    without: Option<&str>,
    lines: &str,
) -> Sent {
    let mut words = words.clone();
    words.entry("host").or_insert("site.example.com");
    let mut text = if dialect == Dialect::ExtAuthz {
        format!("{method} {}{uri} HTTP/1.1\r\n", dialect.path())
    } else {
        words.extend([("method", method), ("uri", uri)]);
        format!("GET {} HTTP/1.1\r\nHost: pdp\r\n", dialect.path())
    };
    if let Some(word) = without {
        words.remove(word);
    }
    for (word, value) in words {
        let name = dialect.header(word).expect("a header says it");
        write!(text, "{name}: {value}\r\n").unwrap();
    }
    for line in lines.lines() {
        write!(text, "{line}\r\n").unwrap();
    }
    text += "\r\n";
    Sent { dialect, bytes: bytes(&text) }
}

fn or<'a>(alternatives: &'a [String], usual: &'a str) -> Vec<&'a str> {
    if alternatives.is_empty() { vec![usual] } else { alternatives.iter().map(String::as_str).collect() }
}

/// With the dialect's names in their places; none if it hasn't one of them.
fn filled(lines: &str, dialect: Dialect) -> Option<String> {
    let mut filled = lines.to_owned();
    for word in ["uri", "method", "host", "scheme", "client", "subject"] {
        for (place, is_plain) in [(format!("{{{word}}}"), true), (format!("{{_{word}}}"), false)] {
            if filled.contains(&place) {
                let name = dialect.header(word)?;
                let name = if is_plain { name.to_owned() } else { name.replace('-', "_") };
                filled = filled.replace(&place, &name);
            }
        }
    }
    Some(filled)
}

/// With what nobody sees as a number.
fn seen(text: &str) -> String {
    let is_seen =
        |character: char| character.is_ascii_graphic() || character == ' ' || character.is_alphanumeric();
    text.chars()
        .map(|one| if is_seen(one) { one.to_string() } else { one.escape_unicode().to_string() })
        .collect()
}

/// `\xff` is a byte.
fn bytes(text: &str) -> Vec<u8> {
    let mut parts = text.split("\\x");
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(digits, 16).expect("two digits"));
        bytes.extend_from_slice(rest.as_bytes());
    }
    bytes
}

/// The table as users read it: what is sent, one example of it, and the answer.
pub fn for_users() -> String {
    let mut table = "| what is sent | for example | the answer |\n| --- | --- | --- |\n".to_owned();
    for case in read() {
        let example = case.example();
        writeln!(table, "| {} | {example} | {} |", case.what, case.answer()).unwrap();
    }
    table
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {:?}", self.dialect, String::from_utf8_lossy(&self.bytes))
    }
}
