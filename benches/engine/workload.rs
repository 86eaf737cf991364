//! Made-up policy sets of any size, and questions that one of their rules answers.
//!
//! Rules are about 120 bytes long and spread over 200 types of five actions each and 50 roles.

use std::fmt::Write as _;

pub const TYPES: usize = 200;
pub const ACTIONS: [&str; 5] = ["read", "update", "delete", "share", "approve"];
pub const ROLES: usize = 50;

/// What one rule is about.
pub struct Target {
    pub ty: usize,
    pub action: &'static str,
    pub role: usize,
    pub level: usize,
}

/// A policy set with this many rules.
pub fn policy(rules: usize) -> String {
    let mut text = String::from(
        "package load\n\nsubject user { mfa_verified: bool }\ncontext { ip: ip }\nnetwork office = 10.0.0.0/8\n\n",
    );
    for ty in 0..TYPES {
        let _ = writeln!(text, "resource t{ty} {{ level: int, actions {} }}", ACTIONS.join(", "));
    }
    for role in 0..ROLES {
        let _ = writeln!(text, "role role{role} {{ t{role}:read }}");
    }
    for rule in 0..rules {
        let Target { ty, action, role, level } = target(rule);
        let _ = writeln!(
            text,
            "allow t{ty}:{action} named rule{rule} to role{role} \
             when resource.level < {level} and context.ip in office and subject.mfa_verified"
        );
    }
    text
}

/// Neighbouring rules are about different types; all rules of one permission ask for different roles.
pub fn target(rule: usize) -> Target {
    let action = ACTIONS.get(rule / TYPES % ACTIONS.len()).unwrap_or(&"read");
    let role = (rule + rule / TYPES / ACTIONS.len()) % ROLES;
    Target { ty: rule % TYPES, action, role, level: 10 + rule % 7 }
}

/// One user a role: `user7` holds `role7`.
pub fn facts() -> String {
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
