//! Faults put into the fast path on purpose. A comparison that doesn't notice them is worth nothing.

use std::mem;

use portcullis::engine::{Decision, Reason};
use portcullis::facts::{Facts, Reach};
use portcullis::language::policy::{
    Audience, Effect, Expr, Operand, Policy, Priority, Quantifier, SetOperator, SetRelation, Targets,
};
use portcullis::model::{Id, Instant, Value};

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
    SubsetTurnedAround,
    SubsetIsOverlap,
    MinusIgnored,
    IntersectIsUnion,
    ConstraintIgnored,
    ConstraintOfParentIgnored,
    OnlyIgnored,
    PlaceIgnored,
    MemberForgotten,
    AnyIsAll,
    AllIsAny,
    VariableMixedUp,
    OtherPackagesIgnored,
}

impl Fault {
    pub(super) const ALL: [Fault; 31] = [
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
        Fault::SubsetTurnedAround,
        Fault::SubsetIsOverlap,
        Fault::MinusIgnored,
        Fault::IntersectIsUnion,
        Fault::ConstraintIgnored,
        Fault::ConstraintOfParentIgnored,
        Fault::OnlyIgnored,
        Fault::PlaceIgnored,
        Fault::MemberForgotten,
        Fault::AnyIsAll,
        Fault::AllIsAny,
        Fault::VariableMixedUp,
        Fault::OtherPackagesIgnored,
    ];

    /// The policy as a fast path with this fault would understand it.
    pub(super) fn in_policy(self, policy: &Policy) -> Policy {
        let mut policy = policy.clone();
        let permissions: Vec<_> = policy.schema.permissions.ids().collect();
        let schema = policy.schema.clone();
        for number in 0..policy.schema.roles.len() {
            let role = policy.schema.roles.get_mut(Id::new(number)).unwrap();
            match self {
                Fault::InheritanceIgnored => role.parents.clear(),
                Fault::ConstraintIgnored => role.left = None,
                Fault::OnlyIgnored => role.left = role.left.take().map(|_| permissions.clone()),
                _ => {}
            }
        }
        match self {
            Fault::ConstraintIgnored => policy.constraints.clear(),
            Fault::ConstraintOfParentIgnored => free_parents(&mut policy),
            Fault::PlaceIgnored => policy.constraints.iter_mut().for_each(|row| row.organization = None),
            _ => {}
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
                Fault::OrElseOnInvalid
                | Fault::SubsetTurnedAround
                | Fault::SubsetIsOverlap
                | Fault::MinusIgnored
                | Fault::IntersectIsUnion
                | Fault::AnyIsAll
                | Fault::AllIsAny
                | Fault::VariableMixedUp => {
                    let conditions = rule.when.iter_mut().chain(&mut rule.unless);
                    conditions.for_each(|condition| self.in_condition(condition));
                }
                Fault::AnonymousHeldForIdentified if rule.audience == Audience::Identified => {
                    rule.audience = Audience::Anyone;
                }
                Fault::ObligationIgnored => rule.obligations.clear(),
                Fault::OtherPackagesIgnored => {
                    if let Targets::Permissions(permissions) = &mut rule.targets {
                        let package = |id| schema.types.row(schema.permissions.row(id).resource).package;
                        permissions.retain(|id| package(*id) == rule.package);
                    }
                }
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
                Fault::MemberForgotten => {
                    for (_, value) in &mut entity.attributes {
                        if let Value::Record(members) = value {
                            *value = Value::record(members.iter().skip(1).cloned().collect());
                        }
                    }
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

    fn in_condition(self, condition: &mut Expr) {
        match condition {
            Expr::Not(inner) => self.in_condition(inner),
            Expr::And(parts) | Expr::Or(parts) => parts.iter_mut().for_each(|part| self.in_condition(part)),
            Expr::Truth(operand)
            | Expr::Address(operand, _)
            | Expr::Like(operand, _)
            | Expr::Matches(operand, _) => self.in_operand(operand),
            Expr::Compare(_, left, right)
            | Expr::Member(left, right)
            | Expr::InNetwork(left, right)
            | Expr::Within(left, right)
            | Expr::Sets(_, left, right) => {
                self.in_operand(left);
                self.in_operand(right);
            }
            Expr::Quantified(quantified) => {
                self.in_operand(&mut quantified.set);
                self.in_condition(&mut quantified.body);
                quantified.quantifier = match (self, quantified.quantifier) {
                    (Fault::AnyIsAll, Quantifier::Any) => Quantifier::All,
                    (Fault::AllIsAny, Quantifier::All) => Quantifier::Any,
                    (_, quantifier) => quantifier,
                };
                // As if each nested one had the place of the one around it.
                if self == Fault::VariableMixedUp {
                    quantified.variable = 0;
                }
            }
            Expr::Literal(_) | Expr::Open(_) | Expr::Has(_) | Expr::Is(..) => {}
        }
        if let Expr::Sets(relation @ SetRelation::Subset, left, right) = condition {
            match self {
                Fault::SubsetTurnedAround => mem::swap(left, right),
                Fault::SubsetIsOverlap => *relation = SetRelation::Overlaps,
                _ => {}
            }
        }
    }

    fn in_operand(self, operand: &mut Operand) {
        match operand {
            Operand::OrElse(path, _) if self == Fault::OrElseOnInvalid => {
                *operand = Operand::Path(path.clone());
            }
            Operand::NowAnd(_, duration) => self.in_operand(duration),
            Operand::Arithmetic(first, rest) => {
                self.in_operand(first);
                for (_, part) in rest.iter_mut() {
                    self.in_operand(part);
                }
            }
            Operand::Combined(first, rest) => {
                self.in_operand(first);
                for (_, part) in rest.iter_mut() {
                    self.in_operand(part);
                }
                match self {
                    Fault::MinusIgnored => rest.retain(|(operator, _)| *operator != SetOperator::Minus),
                    Fault::IntersectIsUnion => {
                        let is_intersect = |operator: &&mut SetOperator| **operator == SetOperator::Intersect;
                        let operators = rest.iter_mut().map(|(operator, _)| operator);
                        operators.filter(is_intersect).for_each(|operator| *operator = SetOperator::Union);
                    }
                    _ => {}
                }
            }
            Operand::Literal(_)
            | Operand::Now
            | Operand::WallClock(..)
            | Operand::Party(_)
            | Operand::Variable(..)
            | Operand::Path(_)
            | Operand::OrElse(..) => {}
        }
    }
}

/// Frees constrained roles that others inherit from.
fn free_parents(policy: &mut Policy) {
    let parents: Vec<_> = policy.schema.roles.rows().flat_map(|role| role.parents.clone()).collect();
    policy.constraints.retain(|constraint| !parents.contains(&constraint.role));
    for parent in parents {
        policy.schema.roles.get_mut(parent).unwrap().left = None;
    }
}
