//! Conditions in Kleene's three values, always evaluated in full.

use std::cmp::Ordering;

use super::reading::{Datum, Reading};
use super::{Case, Outcome, clock, patterns, sets};
use crate::language::policy::{Comparison, Expr, Operand, Party};
use crate::model::Symbol;

impl<'a> Case<'a> {
    pub(super) fn evaluate(&self, condition: &'a Expr) -> Outcome {
        match condition {
            Expr::Literal(value) => Outcome::known(*value),
            Expr::Not(inner) => self.evaluate(inner).not(),
            Expr::And(parts) => Outcome::all(parts.iter().map(|part| self.evaluate(part)).collect()),
            Expr::Or(parts) => Outcome::any(parts.iter().map(|part| self.evaluate(part)).collect()),
            Expr::Truth(operand) => match self.operand(operand) {
                Some(Datum::Bool(value)) => Outcome::known(value),
                _ => Outcome::unknown(self.leaves(operand)),
            },
            Expr::Compare(comparison, left, right) => {
                self.both(left, right, |left, right| compare(*comparison, left, right))
            }
            Expr::Member(item, set) => self.both(item, set, |item, set| {
                if let Datum::Set(items) = set { Some(items.contains(item)) } else { None }
            }),
            Expr::Sets(relation, left, right) => {
                self.both(left, right, |left, right| sets::related(*relation, left, right))
            }
            Expr::Within(item, of) => self.within(item, of),
            Expr::Address(operand, networks) => match self.operand(operand) {
                Some(Datum::Address(ip)) => {
                    let written = self.policy.networks.row(*networks).networks.written();
                    Outcome::known(written.iter().any(|network| network.contains(&ip)))
                }
                _ => Outcome::unknown(self.leaves(operand)),
            },
            Expr::InNetwork(item, of) => self.both(item, of, |item, of| match (item, of) {
                (Datum::Address(ip), Datum::Network(network)) => Some(network.contains(ip)),
                (Datum::Address(ip), Datum::Set(networks)) => Some(
                    networks
                        .iter()
                        .any(|network| matches!(network, Datum::Network(network) if network.contains(ip))),
                ),
                _ => None,
            }),
            Expr::Like(operand, glob) => self.text(operand, |text| patterns::is_like(glob.text(), text)),
            Expr::Matches(operand, pattern) => {
                self.text(operand, |text| patterns::matches(pattern.text(), text))
            }
            Expr::Quantified(quantified) => self.quantified(quantified),
            Expr::Open(window) => {
                Outcome::known(clock::is_open(&self.policy.windows.row(*window).window, self.question.now))
            }
            Expr::Has(path) => match self.read(path) {
                Reading::There(_) => Outcome::known(true),
                Reading::Absent => Outcome::known(false),
                Reading::Invalid => Outcome::unknown(vec![path.text]),
            },
            Expr::Is(Party::Subject, kind) => {
                Outcome::known(self.subject.as_ref().is_some_and(|subject| subject.kind == *kind))
            }
            Expr::Is(Party::Resource, kind) => Outcome::known(self.resource.kind == *kind),
        }
    }

    /// A condition on two values: unknown if one of them is.
    fn both(
        &self,
        left: &'a Operand,
        right: &'a Operand,
        holds: impl Fn(&Datum<'a>, &Datum<'a>) -> Option<bool>,
    ) -> Outcome {
        match (self.operand(left), self.operand(right)) {
            (Some(first), Some(second)) => match holds(&first, &second) {
                Some(value) => Outcome::known(value),
                None => Outcome::unknown(self.missing([(left, None), (right, None)])),
            },
            (first, second) => Outcome::unknown(self.missing([(left, first), (right, second)])),
        }
    }

    /// A condition on a string.
    fn text(&self, operand: &'a Operand, holds: impl Fn(&str) -> bool) -> Outcome {
        match self.operand(operand) {
            Some(Datum::Text(text)) => Outcome::known(holds(&text)),
            _ => Outcome::unknown(leaf(operand)),
        }
    }

    fn within(&self, item: &'a Operand, of: &'a Operand) -> Outcome {
        match (self.operand(item), self.operand(of)) {
            (Some(found), Some(Datum::Set(elements))) => {
                let parts = elements.iter().map(|element| self.stands_below(item, &found, element)).collect();
                Outcome::any(parts)
            }
            (Some(found), Some(element)) => self.stands_below(item, &found, &element),
            (first, second) => Outcome::unknown(self.missing([(item, first), (of, second)])),
        }
    }

    /// Whether one entity is the other or stands below it; `item` is how the condition calls the first.
    fn stands_below(&self, item: &'a Operand, found: &Datum<'a>, of: &Datum<'a>) -> Outcome {
        if found == of {
            return Outcome::known(true);
        }
        let Datum::Entity { kind, id } = found else { return Outcome::unknown(self.leaves(item)) };
        let Some(entity) = self.entity(kind, id) else { return Outcome::unknown(self.leaves(item)) };
        let mut reached = entity.parents.clone();
        let mut next = 0;
        while let Some(above) = reached.get(next).copied() {
            next += 1;
            if *of == (Datum::Entity { kind: above.kind.text(), id: above.id.text().into() }) {
                return Outcome::known(true);
            }
            for parent in self.facts.entities.get(&above).map_or(&[][..], |entity| &entity.parents) {
                if !reached.contains(parent) {
                    reached.push(*parent);
                }
            }
        }
        Outcome::known(false)
    }

    /// The operands that have no value.
    fn missing(&self, sides: [(&'a Operand, Option<Datum<'_>>); 2]) -> Vec<Symbol> {
        let mut leaves = Vec::new();
        for (operand, value) in sides {
            if value.is_none() {
                super::add(&mut leaves, &self.leaves(operand));
            }
        }
        leaves
    }
}

/// How an answer names an operand that is unknown.
pub(super) fn leaf(operand: &Operand) -> Vec<Symbol> {
    match operand {
        Operand::Path(path) | Operand::OrElse(path, _) => vec![path.text],
        Operand::Party(Party::Subject) => vec![Symbol::intern("subject")],
        Operand::Party(Party::Resource) => vec![Symbol::intern("resource")],
        Operand::Variable(_, name) => vec![*name],
        Operand::Literal(_)
        | Operand::Now
        | Operand::NowAnd(..)
        | Operand::WallClock(..)
        | Operand::Arithmetic(..)
        | Operand::Combined(..) => Vec::new(),
    }
}

pub(super) fn compare(comparison: Comparison, left: &Datum<'_>, right: &Datum<'_>) -> Option<bool> {
    let order = match (left, right) {
        (Datum::Int(left), Datum::Int(right)) => Some(left.cmp(right)),
        (Datum::Instant(left), Datum::Instant(right)) => Some(left.cmp(right)),
        (Datum::Date(left), Datum::Date(right)) => Some(left.cmp(right)),
        (Datum::Time(left), Datum::Time(right)) => Some(left.cmp(right)),
        (Datum::Duration(left), Datum::Duration(right)) => Some(left.cmp(right)),
        _ => None,
    };
    match comparison {
        Comparison::Equal => Some(sets::same(left, right)),
        Comparison::NotEqual => Some(!sets::same(left, right)),
        Comparison::Less => order.map(Ordering::is_lt),
        Comparison::LessOrEqual => order.map(Ordering::is_le),
        Comparison::Greater => order.map(Ordering::is_gt),
        Comparison::GreaterOrEqual => order.map(Ordering::is_ge),
    }
}
