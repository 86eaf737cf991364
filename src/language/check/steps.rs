//! How many steps a condition takes at worst: each test is one, and one about sets is as many as it looks at elements.

use std::cmp::Reverse;

use super::report::Report;
use crate::document::{Code, Diagnostic, Span};
use crate::language::policy::{Expr, Operand, Path, Quantified, Root, SetRelation};
use crate::model::limits::{ANCESTORS_MAX, CONDITION_STEPS_MAX, FACTS_SET_MAX, REQUEST_SET_MAX};
use crate::model::{Type, Value};

/// A test that may take more than one step, and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Cost {
    span: Span,
    steps: usize,
    /// How many elements, and how many steps with each.
    elements: Option<(usize, usize)>,
}

impl Cost {
    pub(super) fn of(condition: &Expr, span: Span) -> Option<Cost> {
        let steps = steps(condition);
        (steps > 1).then_some(Cost { span, steps, elements: None })
    }

    pub(super) fn of_elements(quantified: &Quantified, span: Span) -> Cost {
        let (elements, each) = elements(quantified);
        Cost { span, steps: elements.saturating_mul(each), elements: Some((elements, each)) }
    }

    fn described(&self) -> String {
        match self.elements {
            Some((elements, each)) => {
                format!("{} of them here: {elements} elements, {each} steps with each", self.steps)
            }
            None => format!("{} of them here", self.steps),
        }
    }
}

/// Whether the conditions of one rule or role take no more steps than they may; if not, that is reported where most are
/// taken.
pub(super) fn check<'e>(
    conditions: impl Iterator<Item = &'e Expr>,
    mut costs: Vec<Cost>,
    report: &mut Report,
) {
    const SHOWN: usize = 3;
    let total = conditions.map(steps).fold(0, usize::saturating_add);
    if total <= CONDITION_STEPS_MAX {
        return;
    }
    // What stands in a definition may be put in several times.
    costs.sort_by_key(|cost| cost.span);
    costs.dedup_by(|next, first| {
        let is_same = next.span == first.span;
        first.steps = first.steps.saturating_add(if is_same { next.steps } else { 0 });
        is_same
    });
    costs.sort_by_key(|cost| Reverse(cost.steps));
    let Some((most, others)) = costs.split_first() else { return };
    let message =
        format!("the conditions take up to {total} steps, the most there may be is {CONDITION_STEPS_MAX}");
    let help = format!(
        "look at fewer sets, or at smaller ones: one of the context has at most {REQUEST_SET_MAX} elements, \
         one that facts hold {FACTS_SET_MAX}"
    );
    let diagnostic =
        Diagnostic::error(Code::TooManySteps, message).at(most.span, most.described()).help(help);
    report.add(
        others
            .iter()
            .take(SHOWN - 1)
            .fold(diagnostic, |diagnostic, cost| diagnostic.related(cost.span, cost.described())),
    );
}

/// The steps of the whole condition.
pub(super) fn steps(condition: &Expr) -> usize {
    match condition {
        Expr::Not(inner) => steps(inner),
        Expr::And(parts) | Expr::Or(parts) => parts.iter().map(steps).fold(0, usize::saturating_add),
        Expr::Compare(_, left, right) => match (size(left), size(right)) {
            // Of two sets that are kept the smaller is looked through.
            (Some(one), Some(other)) if own(left) + own(right) == 0 => one.min(other).max(1),
            (Some(_), Some(_)) => lookups(left, right).saturating_add(lookups(right, left)).max(1),
            _ => 1_usize.saturating_add(operators(left)).saturating_add(operators(right)),
        },
        Expr::Sets(SetRelation::Subset, left, right) => match (size(left), size(right)) {
            (Some(one), Some(other)) if own(left) + own(right) == 0 => one.min(other).max(1),
            _ => lookups(left, right).max(1),
        },
        Expr::Sets(SetRelation::Overlaps, left, right) => {
            let each = own(left).saturating_add(sets(right)).max(own(right).saturating_add(sets(left)));
            let smaller = size(left).unwrap_or(0).min(size(right).unwrap_or(0));
            smaller.saturating_mul(each).max(1)
        }
        Expr::Member(item, set) => sets(set).max(1).saturating_add(operators(item)),
        // An address is looked for in each network.
        Expr::InNetwork(_, of) => {
            size(of).map_or(1, |size| size.saturating_mul(own(of).saturating_add(1)).max(1))
        }
        Expr::Within(_, of) => match size(of) {
            Some(size) => size.min(ANCESTORS_MAX).saturating_mul(sets(of)).max(1),
            None => 1,
        },
        Expr::Truth(one) | Expr::Address(one, _) | Expr::Like(one, _) | Expr::Matches(one, _) => {
            1_usize.saturating_add(operators(one))
        }
        Expr::Quantified(quantified) => {
            let (elements, each) = elements(quantified);
            elements.saturating_mul(each).max(1)
        }
        Expr::Literal(_) | Expr::Open(_) | Expr::Has(_) | Expr::Is(..) => 1,
    }
}

/// How many elements a quantifier asks about, and the steps that are taken with each.
fn elements(quantified: &Quantified) -> (usize, usize) {
    let each = own(&quantified.set).saturating_add(steps(&quantified.body));
    (size(&quantified.set).unwrap_or(0), each)
}

/// How many elements may have to be looked at to see all of a set; none if it is no set.
pub(super) fn size(operand: &Operand) -> Option<usize> {
    match operand {
        Operand::Literal(Value::Set(elements)) => Some(elements.len()),
        Operand::Path(path) => path_size(path),
        Operand::OrElse(path, otherwise) => match otherwise {
            Value::Set(elements) => Some(path_size(path)?.max(elements.len())),
            _ => None,
        },
        Operand::Combined(first, rest) => {
            let mut elements = size(first)?;
            for (operator, operand) in rest {
                if operator.adds() {
                    elements = elements.saturating_add(size(operand)?);
                }
            }
            Some(elements)
        }
        Operand::Literal(_)
        | Operand::Now
        | Operand::NowAnd(..)
        | Operand::WallClock(..)
        | Operand::Arithmetic(..)
        | Operand::Party(_)
        | Operand::Variable(..) => None,
    }
}

fn path_size(path: &Path) -> Option<usize> {
    let Some(Type::Set(_)) = path.ty() else { return None };
    // Only the context and the action come from the request alone.
    Some(if matches!(path.root, Root::Context | Root::Action) && path.attributes.len() == 1 {
        REQUEST_SET_MAX
    } else {
        FACTS_SET_MAX
    })
}

/// Each element of the one is looked up in the other, those of a set that is put together first in that set itself.
fn lookups(elements: &Operand, of: &Operand) -> usize {
    size(elements).unwrap_or(0).saturating_mul(own(elements).saturating_add(sets(of)))
}

/// In how many sets something is looked up to know whether it is in this one, beyond what looking at all of it takes.
fn own(set: &Operand) -> usize {
    if matches!(set, Operand::Combined(..)) { sets(set) } else { 0 }
}

/// How many sets an operand is put together of.
fn sets(operand: &Operand) -> usize {
    match operand {
        Operand::Combined(first, rest) => {
            rest.iter().map(|(_, operand)| sets(operand)).fold(sets(first), usize::saturating_add)
        }
        _ => usize::from(size(operand).is_some()),
    }
}

/// How many results of arithmetic an operand takes.
fn operators(operand: &Operand) -> usize {
    match operand {
        Operand::Arithmetic(first, rest) => {
            let parts = rest.iter().map(|(_, operand)| 1 + operators(operand));
            parts.fold(operators(first), usize::saturating_add)
        }
        _ => 0,
    }
}
