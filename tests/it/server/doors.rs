//! The front doors: what each is asked that it allows, and what it answers with.

use std::fs;
use std::process::Command;

use tempfile::TempDir;

use super::dialects::SITE;
use crate::client::{Client, Response, get};
use crate::process::{Served, portcullis};

/// Where a question can be asked over HTTP/1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    AuthRequest,
    ForwardAuth,
    ExtAuthz,
    Evaluation,
    /// Where operators look, and nothing is decided.
    Livez,
}

/// Those at which something is decided.
pub const DOORS: [Door; 4] = [Door::AuthRequest, Door::ForwardAuth, Door::ExtAuthz, Door::Evaluation];

/// Everybody may read a page of the site.
const READ: &str = r#"{"subject":{"type":"user","id":"alice"},"action":{"name":"read"},"resource":{"type":"page","id":"1"}}"#;
const READING: &str = r#"200 {"decision":true}"#;

/// A question that is allowed.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    pub door: Door,
    pub body: &'static str,
}

impl Door {
    pub fn question(self) -> Question {
        Question { door: self, body: if self == Door::Evaluation { READ } else { "" } }
    }

    pub fn is_of_proxy(self) -> bool {
        !matches!(self, Door::Evaluation | Door::Livez)
    }

    /// The answer to its question, as [`summary`] has it.
    pub fn allowed(self) -> &'static str {
        match self {
            Door::AuthRequest | Door::ForwardAuth | Door::ExtAuthz => "200 allowed",
            Door::Evaluation => READING,
            Door::Livez => "200 ok",
        }
    }

    /// The answer to a request that may not be answered, and why.
    pub fn refused(self, status: u16, reason: &str, message: &str) -> String {
        if self.is_of_proxy() { format!("403 {reason}") } else { format!("{status} {message}") }
    }
}

impl Question {
    /// The head but for its last line, and for how long the body is.
    fn head(self) -> String {
        match self.door {
            Door::AuthRequest => get("/authz/auth-request").replacen(
                "\r\n\r\n",
                "\r\nX-Original-Method: GET\r\nX-Original-URI: /public/page\r\n",
                1,
            ),
            Door::ForwardAuth => get("/authz/forward-auth").replacen(
                "\r\n\r\n",
                "\r\nX-Forwarded-Method: GET\r\nX-Forwarded-Uri: /public/page\r\n",
                1,
            ),
            Door::ExtAuthz => get("/authz/ext-authz/public/page").replacen("\r\n\r\n", "\r\n", 1),
            Door::Evaluation => get("/access/v1/evaluation").replacen("GET", "POST", 1).replacen(
                "\r\n\r\n",
                "\r\nContent-Type: application/json\r\n",
                1,
            ),
            Door::Livez => get("/livez").replacen("\r\n\r\n", "\r\n", 1),
        }
    }

    pub fn whole(self) -> String {
        self.framed(&format!("Content-Length: {}", self.body.len()), self.body)
    }

    /// With these lines to say how long this body is.
    pub fn framed(self, lines: &str, body: &str) -> String {
        format!("{}{lines}\r\n\r\n{body}", self.head())
    }

    pub fn with(self, line: &str) -> Vec<u8> {
        self.replaced("Host: pdp\r\n", &format!("Host: pdp\r\n{line}\r\n"))
    }

    pub fn replaced(self, from: &str, to: &str) -> Vec<u8> {
        let whole = self.whole();
        let (before, after) = whole.split_once(from).unwrap_or_else(|| panic!("no {from:?} in {whole}"));
        [before, to, after].concat().into_bytes()
    }

    /// With another start of the first line, up to its target.
    pub fn started(self, start: &str) -> Vec<u8> {
        format!("{start}{}", self.whole().split_once(" /").expect("a target").1).into_bytes()
    }

    /// With these bytes before the first place where this stands.
    pub fn before(self, place: &str, bytes: &[u8]) -> Vec<u8> {
        let whole = self.whole();
        let at = whole.find(place).unwrap_or_else(|| panic!("no {place:?} in {whole}"));
        [&whole.as_bytes()[..at], bytes, &whole.as_bytes()[at..]].concat()
    }
}

/// Status and reason of an answer, or its sentence where there is no reason. What the HTTP library says by itself lacks what every
/// answer of ours has.
pub fn summary(answer: &Response) -> String {
    if answer.header("x-content-type-options").is_none() {
        return format!("the library's {}", answer.status);
    }
    match answer.header("portcullis-reason") {
        Some(reason) if answer.body.is_empty() => format!("{} {reason}", answer.status),
        _ => format!("{} {}", answer.status, answer.body.trim_end()),
    }
}

/// What comes until the connection ends, if the server has it end.
pub fn answers(mut client: Client, bytes: &[u8]) -> Vec<Response> {
    client.try_send(bytes);
    std::iter::from_fn(|| client.response()).collect()
}

/// The site, served by the real binary with these lines of configuration.
pub fn served(config: &str) -> (Served, TempDir) {
    served_by(portcullis(), config, &[])
}

/// And without these guards.
#[cfg(feature = "sabotage")]
pub fn served_without(guards: &str, config: &str) -> (Served, TempDir) {
    let mut command = portcullis();
    command.env("SABOTAGE", guards);
    served_by(command, config, &[])
}

/// By this command, with more flags.
pub fn served_by(command: Command, config: &str, flags: &[&str]) -> (Served, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("site.policy"), SITE).unwrap();
    let path = folder.path().join("portcullis.conf");
    let who = "subject_header: X-User\nforwarded_subject_header: X-User\nenvoy_subject_header: X-User\n";
    fs::write(&path, format!("{who}{config}")).unwrap();
    let flags = [&["--config", path.to_str().unwrap()], flags].concat();
    let served = Served::start_by(command, folder.path(), &flags);
    served.wait_until_ready();
    (served, folder)
}
