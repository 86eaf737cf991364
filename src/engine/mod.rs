//! Policy, facts and request to decision. Pure: no clock, no I/O, no syntax.
//!
//! [`Engine::new`] compiles a checked policy; [`Engine::request`] gives a [`Question`] its meaning against one
//! snapshot of facts; [`Engine::decide`] answers it without allocating or comparing strings.

mod compile;
mod condition;
mod decide;
pub mod decision;
mod directives;
pub mod explain;
mod hierarchy;
mod index;
mod key;
pub mod original;
mod profiles;
pub mod question;
pub mod reference;
mod request;
mod role_set;
mod route;
mod slots;

use std::sync::Arc;

use foldhash::HashMap;

pub use decide::Scratch;
pub use decision::{Decider, Decision, Reason};
pub use key::Key;
pub use original::{Malformed, Original, OriginalParts, UriFlaw};
pub use question::{PartyInput, Question, Vouched, VouchedRole};
pub use request::Request;
pub use route::RouteMatch;

use crate::facts::Facts;
use crate::language::policy::Policy;
use crate::model::schema::{EntityType, Role};
use crate::model::{Id, Symbol};

/// A compiled policy set.
#[derive(Debug)]
pub struct Engine {
    policy: Arc<Policy>,
    /// Bare and qualified type names as requests use them; nothing where a bare one is ambiguous.
    types: HashMap<Box<str>, Option<Id<EntityType>>>,
    roles: HashMap<Symbol, Id<Role>>,
    conditions: Vec<condition::Condition>,
    index: index::Index,
    profiles: profiles::Profiles,
    hierarchy: hierarchy::Hierarchy,
    slots: slots::Slots,
    order: decision::Order,
    routes: route::Routes,
}

impl Engine {
    pub fn new(policy: Arc<Policy>) -> Engine {
        compile::compile(policy)
    }

    /// The policy this engine was compiled from.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Builds the request and decides it.
    pub fn answer(&self, facts: &Facts, question: &Question<'_>) -> Decision {
        match self.request(facts, question) {
            Ok(request) => self.decide(&request, &mut Scratch::default()),
            Err(refusal) => refusal,
        }
    }

    /// What decided, as answers and logs name it: `hackai/own_incident`, `role hackai/viewer`, `grant`.
    pub fn decider_name(&self, decider: Decider) -> String {
        match decider {
            Decider::Rule(rule) => self.policy.rule_name(rule),
            Decider::Role(role) => format!("role {}", self.policy.schema.roles.row(role).name),
            Decider::Grant => "grant".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
