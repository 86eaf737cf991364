//! Faults put into the fast path on purpose. A comparison that doesn't notice them is worth nothing.

use portcullis::engine::{Decision, Reason};
use portcullis::facts::{Facts, Reach};
use portcullis::language::policy::{Audience, Effect, Expr, Operand, Policy, Priority};
use portcullis::model::{Id, Instant};

/// Something that a fast path could get wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    TieBrokenTheOtherWay,
    UnknownDenyDoesNotApply,
    UnknownLeafForgotten,
    HorizonTooLate,
    HorizonTooEarly,
    HorizonMissing,
    ExceptIgnored,
    UnlessIgnored,
    AbsoluteDenyYields,
    PriorityIgnored,
    InheritanceIgnored,
    OrElseOnInvalid,
    AnonymousHeldForIdentified,
    ExpiryIgnored,
    ExpiryIncluded,
    PersonalEverywhere,
    HierarchyIgnored,
    ObligationIgnored,
}

impl Fault {
    pub(super) const ALL: [Fault; 18] = [
        Fault::TieBrokenTheOtherWay,
        Fault::UnknownDenyDoesNotApply,
        Fault::UnknownLeafForgotten,
        Fault::HorizonTooLate,
        Fault::HorizonTooEarly,
        Fault::HorizonMissing,
        Fault::ExceptIgnored,
        Fault::UnlessIgnored,
        Fault::AbsoluteDenyYields,
        Fault::PriorityIgnored,
        Fault::InheritanceIgnored,
        Fault::OrElseOnInvalid,
        Fault::AnonymousHeldForIdentified,
        Fault::ExpiryIgnored,
        Fault::ExpiryIncluded,
        Fault::PersonalEverywhere,
        Fault::HierarchyIgnored,
        Fault::ObligationIgnored,
    ];

    /// The policy as a fast path with this fault would understand it.
    pub(super) fn in_policy(self, policy: &Policy) -> Policy {
        let mut policy = policy.clone();
        for number in 0..policy.schema.roles.len() {
            let role = policy.schema.roles.get_mut(Id::new(number)).unwrap();
            if self == Fault::InheritanceIgnored {
                role.parents.clear();
            }
        }
        for number in 0..policy.rules.len() {
            let rule = policy.rules.get_mut(Id::new(number)).unwrap();
            match self {
                Fault::ExceptIgnored => rule.except.clear(),
                Fault::UnlessIgnored => rule.unless = None,
                Fault::AbsoluteDenyYields if rule.priority == Priority::Absolute => {
                    rule.priority = Priority::Level(90);
                }
                Fault::PriorityIgnored if rule.effect == Effect::Allow => rule.priority = Priority::Level(0),
                Fault::OrElseOnInvalid => {
                    rule.when.iter_mut().chain(&mut rule.unless).for_each(or_else_to_path);
                }
                Fault::AnonymousHeldForIdentified if rule.audience == Audience::Identified => {
                    rule.audience = Audience::Anyone;
                }
                Fault::ObligationIgnored => rule.obligations.clear(),
                _ => {}
            }
        }
        policy
    }

    pub(super) fn in_facts(self, facts: &Facts) -> Facts {
        let mut facts = facts.clone();
        let later = |expires: &mut Option<Instant>| {
            *expires = expires.map(|expires| Instant::from_micros(expires.micros() + 1));
        };
        let root = Reach::Scope(facts.scopes.root());
        for entity in facts.entities.values_mut() {
            match self {
                Fault::ExpiryIgnored => {
                    entity.assignments.iter_mut().for_each(|held| held.expires = None);
                    entity.grants.iter_mut().for_each(|held| held.expires = None);
                }
                Fault::ExpiryIncluded => {
                    entity.assignments.iter_mut().for_each(|held| later(&mut held.expires));
                    entity.grants.iter_mut().for_each(|held| later(&mut held.expires));
                }
                Fault::PersonalEverywhere => {
                    let personal = entity.assignments.iter_mut().filter(|held| held.reach == Reach::Personal);
                    personal.for_each(|held| held.reach = root);
                }
                Fault::HierarchyIgnored => entity.ancestors.clone_from(&entity.parents),
                _ => {}
            }
            entity.ancestors.sort_unstable();
        }
        facts
    }

    pub(super) fn in_decision(self, mut decision: Decision) -> Decision {
        let by = |micros: i64| move |until: Instant| Instant::from_micros(until.micros() + micros);
        match self {
            Fault::TieBrokenTheOtherWay => decision.deciding.reverse(),
            Fault::UnknownDenyDoesNotApply if decision.reason == Reason::UnknownAttribute => {
                decision.deciding.clear();
            }
            Fault::UnknownLeafForgotten if decision.unknown.len() > 1 => {
                decision.unknown.pop();
            }
            Fault::HorizonTooLate => decision.valid_until = decision.valid_until.map(by(1)),
            Fault::HorizonTooEarly => decision.valid_until = decision.valid_until.map(by(-1)),
            Fault::HorizonMissing => decision.valid_until = None,
            _ => {}
        }
        decision
    }
}

fn or_else_to_path(condition: &mut Expr) {
    fn plain(operand: &mut Operand) {
        match operand {
            Operand::OrElse(path, _) => *operand = Operand::Path(path.clone()),
            Operand::NowAnd(_, duration) => plain(duration),
            Operand::Arithmetic(first, rest) => {
                plain(first);
                for (_, part) in rest {
                    plain(part);
                }
            }
            Operand::Literal(_)
            | Operand::Now
            | Operand::WallClock(..)
            | Operand::Party(_)
            | Operand::Path(_) => {}
        }
    }
    match condition {
        Expr::Not(inner) => or_else_to_path(inner),
        Expr::And(parts) | Expr::Or(parts) => parts.iter_mut().for_each(or_else_to_path),
        Expr::Truth(operand)
        | Expr::Address(operand, _)
        | Expr::Like(operand, _)
        | Expr::Matches(operand, _) => plain(operand),
        Expr::Compare(_, left, right)
        | Expr::Member(left, right)
        | Expr::Within(left, right)
        | Expr::Sets(_, left, right) => {
            plain(left);
            plain(right);
        }
        Expr::Literal(_) | Expr::Open(_) | Expr::Has(_) | Expr::Is(..) => {}
    }
}
