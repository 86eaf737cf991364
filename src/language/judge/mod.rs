//! What can be said of a checked policy without a request: what its conditions can come to, and which of its rules can
//! never decide.
//!
//! Everything said here is sure. What is not found out within a bound on the work is not said: a condition is then
//! taken to be able to come to anything, and a rule to be able to decide.

mod fold;
mod known;
mod overruled;
mod scalar;

use std::cell::Cell;

pub use self::overruled::{Overruled, What, Why, overruled};

use self::fold::{Folded, fold};
use self::known::Known;
use super::policy::{Constraint, Expr, Operand, Policy, Rule, Targets};
use crate::model::Id;
use crate::model::schema::EntityType;

/// What a condition can come to; what is false here never happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Possible {
    pub yes: bool,
    pub no: bool,
    pub unknown: bool,
}

/// Judges the conditions of one policy set, with a bound on the work for all of them.
#[derive(Debug)]
pub struct Judge<'p> {
    policy: &'p Policy,
    steps_left: Cell<usize>,
}

/// What has to hold at once: each condition has to be true, or each has to be false.
pub type Goal<'e> = (&'e Expr, bool);

/// Steps for one question, and for all questions of a load.
const QUESTION_STEPS_MAX: usize = 4_000;
const STEPS_MAX: usize = 2_000_000;
/// How many alternatives are tried inside one another.
const CHOICES_MAX: usize = 64;

/// The steps that are left for one question.
pub(super) struct Steps(usize);

impl<'p> Judge<'p> {
    pub fn new(policy: &'p Policy) -> Judge<'p> {
        Judge { policy, steps_left: Cell::new(STEPS_MAX) }
    }

    /// What the condition can come to where the resource is of one of these types; of any type, if they are not given.
    pub fn possible(&self, condition: &Expr, resources: Option<&[Id<EntityType>]>) -> Possible {
        Possible {
            yes: self.can(&[(condition, true)], resources),
            no: self.can(&[(condition, false)], resources),
            unknown: can_be_unknown(condition),
        }
    }

    /// Whether all goals can be reached at once. If this is false they can't.
    pub fn can(&self, goals: &[Goal<'_>], resources: Option<&[Id<EntityType>]>) -> bool {
        let allowance = self.steps_left.get().min(QUESTION_STEPS_MAX);
        let mut steps = Steps(allowance);
        let can = search(goals.to_vec(), Vec::new(), Known::new(self.policy, resources), 0, &mut steps);
        self.steps_left.set(self.steps_left.get() - (allowance - steps.0));
        can.unwrap_or(true)
    }
}

impl Steps {
    /// None if there are fewer left.
    pub(super) fn take(&mut self, count: usize) -> Option<()> {
        self.0 = self.0.checked_sub(count)?;
        Some(())
    }
}

/// Nothing if that takes too long to find out.
fn search<'e>(
    mut goals: Vec<Goal<'e>>,
    mut choices: Vec<(&'e [Expr], bool)>,
    mut known: Known<'e>,
    depth: usize,
    steps: &mut Steps,
) -> Option<bool> {
    while let Some((condition, wanted)) = goals.pop() {
        steps.take(1)?;
        match (condition, wanted) {
            (Expr::Not(inner), _) => goals.push((inner, !wanted)),
            (Expr::And(parts), true) | (Expr::Or(parts), false) => {
                goals.extend(parts.iter().map(|part| (part, wanted)));
            }
            (Expr::And(parts), false) | (Expr::Or(parts), true) => choices.push((parts, wanted)),
            _ => {
                if !known.add(condition, wanted, steps)? {
                    return Some(false);
                }
            }
        }
    }
    let Some((parts, wanted)) = choices.pop() else { return Some(true) };
    if depth == CHOICES_MAX {
        return None;
    }
    for part in parts {
        steps.take(1 + choices.len() + known.size())?;
        if search(vec![(part, wanted)], choices.clone(), known.clone(), depth + 1, steps)? {
            return Some(true);
        }
    }
    Some(false)
}

/// Whether something that the condition reads can be missing or wrong.
fn can_be_unknown(condition: &Expr) -> bool {
    match condition {
        Expr::Literal(_) | Expr::Open(_) | Expr::Is(..) => false,
        Expr::Not(inner) => can_be_unknown(inner),
        Expr::And(parts) | Expr::Or(parts) => parts.iter().any(can_be_unknown),
        Expr::Truth(operand)
        | Expr::Address(operand, _)
        | Expr::Like(operand, _)
        | Expr::Matches(operand, _) => is_read(operand),
        Expr::Compare(_, left, right)
        | Expr::Member(left, right)
        | Expr::InNetwork(left, right)
        | Expr::Sets(_, left, right) => is_read(left) || is_read(right),
        Expr::Quantified(quantified) => is_read(&quantified.set) || can_be_unknown(&quantified.body),
        Expr::Within(..) | Expr::Has(_) => true,
    }
}

/// Whether an operand's value hangs on more than the clock.
fn is_read(operand: &Operand) -> bool {
    !matches!(operand, Operand::Now) && !matches!(fold(operand), Some(Folded::Value(_)))
}

/// The types of the resources that a rule is about.
pub fn resource_types(policy: &Policy, rule: &Rule) -> Vec<Id<EntityType>> {
    let mut types: Vec<Id<EntityType>> = match &rule.targets {
        Targets::Package => {
            let types = policy.schema.types.iter();
            types.filter(|(_, ty)| ty.package == rule.package && ty.is_resource).map(|(id, _)| id).collect()
        }
        Targets::Permissions(permissions) => {
            permissions.iter().map(|id| policy.schema.permissions.row(*id).resource).collect()
        }
    };
    types.sort_unstable();
    types.dedup();
    types
}

/// The types of the resources that the conditions of a role's constraint are about.
pub fn constrained_types(policy: &Policy, constraint: &Constraint) -> Vec<Id<EntityType>> {
    let permissions = policy.schema.roles.row(constraint.role).passed_on();
    let mut types: Vec<Id<EntityType>> =
        permissions.iter().map(|id| policy.schema.permissions.row(*id).resource).collect();
    types.sort_unstable();
    types.dedup();
    types
}

#[cfg(test)]
mod tests;
