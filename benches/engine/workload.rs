//! Made-up policy sets of any size, and questions that one of their rules answers.
//!
//! Rules are about 120 bytes long and spread over 200 types of five actions each and 50 roles.

use std::fmt::Write as _;
use std::sync::Arc;

use portcullis::document::{Source, Sources};
use portcullis::engine::{Engine, PartyInput, Question, Vouched};
use portcullis::facts::{self, Facts};
use portcullis::language;
use portcullis::model::{Input, Instant};

pub const TYPES: usize = 200;
pub const ACTIONS: [&str; 5] = ["read", "update", "delete", "share", "approve"];
pub const ROLES: usize = 50;
const FILE_RULES: usize = 1_000;

/// What one rule is about.
pub struct Target {
    pub ty: usize,
    pub action: &'static str,
    pub role: usize,
    pub level: usize,
}

/// A policy set with this many rules, in files of a thousand each.
pub fn policy(rules: usize) -> Sources {
    let mut text = String::from(
        "package load\n\nsubject user { mfa_verified: bool }\ncontext { ip: ip }\nnetwork office = 10.0.0.0/8\n\n",
    );
    for ty in 0..TYPES {
        let _ = writeln!(text, "resource t{ty} {{ level: int, actions {} }}", ACTIONS.join(", "));
    }
    for role in 0..ROLES {
        let _ = writeln!(text, "role role{role} {{ t{}:read }}", role + 1);
    }
    let mut sources = Sources::default();
    sources.add(Source { name: "vocabulary.policy".to_owned(), text });
    for start in (0..rules).step_by(FILE_RULES) {
        let mut text = String::from("package load\n\n");
        for rule in start..rules.min(start + FILE_RULES) {
            let Target { ty, action, role, level } = target(rule);
            let _ = writeln!(
                text,
                "allow t{ty}:{action} named rule{rule} to role{role} \
                 when resource.level < {level} and context.ip in office and subject.mfa_verified"
            );
        }
        sources.add(Source { name: format!("rules{start}.policy"), text });
    }
    sources
}

/// The policy set of this many rules and its facts, ready to be asked.
pub fn load(rules: usize) -> Option<(Engine, Facts)> {
    loaded(policy(rules), &facts())
}

/// An engine and facts of these sources, which have to be without a mistake.
pub fn loaded(mut sources: Sources, facts: &str) -> Option<(Engine, Facts)> {
    let files: Vec<_> = sources.iter().map(|(id, _)| id).collect();
    let policy = language::load(&sources, &files).policy?;
    let file = sources.add(Source { name: "facts.yaml".to_owned(), text: facts.to_owned() });
    let facts = facts::load(&sources, &[file], &policy.schema).0?;
    Some((Engine::new(Arc::new(policy)), facts))
}

/// Neighbouring rules are about different types; all rules of one permission ask for different roles.
pub fn target(rule: usize) -> Target {
    let action = ACTIONS.get(rule / TYPES % ACTIONS.len()).unwrap_or(&"read");
    let role = (rule + rule / TYPES / ACTIONS.len()) % ROLES;
    Target { ty: rule % TYPES, action, role, level: 10 + rule % 7 }
}

/// One user a role: `user7` holds `role7`.
fn facts() -> String {
    let mut text = String::from("package: load\nsubjects:\n  user:\n");
    for role in 0..ROLES {
        let _ = writeln!(
            text,
            "    user{role}:\n      mfa_verified: true\n      roles:\n        \
             - {{ role: role{role}, scope: /, granted_by: setup, reason: \"load\" }}"
        );
    }
    text
}

/// A question that exactly the rule of this number allows.
pub fn question(rule: usize) -> Question<'static> {
    let target = target(rule);
    Question {
        subject: Some(PartyInput {
            kind: "user".into(),
            id: Some(format!("user{}", target.role).into()),
            properties: Vec::new(),
        }),
        action: target.action.into(),
        resource: PartyInput {
            kind: format!("t{}", target.ty).into(),
            id: Some(format!("resource-{rule}").into()),
            properties: vec![("level".into(), Input::Int(3))],
        },
        context: vec![("ip".into(), Input::Text("10.1.2.3".into()))],
        action_properties: Vec::new(),
        understands: Vec::new(),
        vouched: Vouched::default(),
        now: Instant::from_seconds(1_795_428_000),
    }
}
