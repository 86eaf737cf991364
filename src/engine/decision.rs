//! The answer to a question.

use smallvec::SmallVec;

use crate::language::policy::{Effect, Policy, Rule};
use crate::model::schema::Role;
use crate::model::{Id, Instant, Symbol};

/// A decision with its reasons. Resolve the names with the policy that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    pub effect: Effect,
    pub reason: Reason,
    /// Every applying rule, role and grant of the winning effect at the winning priority, sorted: the first is the one
    /// that is named. Empty if nothing applies.
    pub deciding: SmallVec<[Decider; 4]>,
    /// The unknown attributes that mattered, as their authors wrote them, in source order, without doubles.
    pub unknown: SmallVec<[Symbol; 4]>,
    /// An instant before which the answer can't change by the passing of time alone; none if it never will.
    pub valid_until: Option<Instant>,
}

/// What decided. The order is by package, then name; rules before roles of the same name, grants last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decider {
    Rule(Id<Rule>),
    /// A permission of this role.
    Role(Id<Role>),
    /// A permission granted to the subject itself.
    Grant,
}

/// Why, as a stable code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    Allowed,
    /// A deny applies, and all it reads is known.
    DeniedByRule,
    /// No rule, role or grant applies.
    NoRuleApplies,
    /// A deny applies because something it reads is unknown, or no allow applies and for one that is the cause.
    UnknownAttribute,
    UnknownType,
    UnknownAction,
    /// The resource's stored organization is not the one the caller sent.
    OrganizationConflict,
    /// The rules allow, but with an obligation that the caller has not said it understands.
    ObligationUnsupported,
}

impl Reason {
    pub const ALL: [Reason; 8] = [
        Reason::Allowed,
        Reason::DeniedByRule,
        Reason::NoRuleApplies,
        Reason::UnknownAttribute,
        Reason::UnknownType,
        Reason::UnknownAction,
        Reason::OrganizationConflict,
        Reason::ObligationUnsupported,
    ];

    pub const fn code(self) -> &'static str {
        match self {
            Reason::Allowed => "allowed",
            Reason::DeniedByRule => "denied_by_rule",
            Reason::NoRuleApplies => "no_rule_applies",
            Reason::UnknownAttribute => "unknown_attribute",
            Reason::UnknownType => "unknown_type",
            Reason::UnknownAction => "unknown_action",
            Reason::OrganizationConflict => "organization_conflict",
            Reason::ObligationUnsupported => "obligation_unsupported",
        }
    }
}

impl Decision {
    /// A deny that no rule made.
    pub fn refusal(reason: Reason) -> Decision {
        Decision {
            effect: Effect::Deny,
            reason,
            deciding: SmallVec::new(),
            unknown: SmallVec::new(),
            valid_until: None,
        }
    }

    pub fn is_allow(&self) -> bool {
        self.effect == Effect::Allow
    }
}

/// The order of everything that may decide: by package, then name; a rule before a role of the same name.
#[derive(Debug, Default)]
pub(super) struct Order {
    rules: Vec<usize>,
    roles: Vec<usize>,
}

impl Order {
    pub(super) fn new(policy: &Policy) -> Order {
        let package = |package| policy.schema.packages.row(package).name.text();
        let rules =
            policy.rules.iter().map(|(id, row)| ((package(row.package), row.name.text()), Decider::Rule(id)));
        let roles = policy.schema.roles.iter();
        let roles = roles.map(|(id, row)| ((package(row.package), row.bare.text()), Decider::Role(id)));
        let mut all: Vec<_> = rules.chain(roles).collect();
        // The sort is stable, and the rules came first.
        all.sort_by_key(|(name, _)| *name);
        let mut order =
            Order { rules: vec![0; policy.rules.len()], roles: vec![0; policy.schema.roles.len()] };
        for (place, (_, decider)) in all.into_iter().enumerate() {
            let entry = match decider {
                Decider::Rule(rule) => order.rules.get_mut(rule.number()),
                Decider::Role(role) => order.roles.get_mut(role.number()),
                Decider::Grant => None,
            };
            if let Some(entry) = entry {
                *entry = place;
            }
        }
        order
    }

    pub(super) fn of(&self, decider: Decider) -> usize {
        let place = match decider {
            Decider::Rule(rule) => self.rules.get(rule.number()),
            Decider::Role(role) => self.roles.get(role.number()),
            Decider::Grant => None,
        };
        place.copied().unwrap_or(usize::MAX)
    }
}
