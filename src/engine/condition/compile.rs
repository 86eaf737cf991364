//! Checked conditions to compiled ones.

use std::sync::Arc;

use super::arithmetic::Arithmetic;
use super::clock::ClockTest;
use super::compare::mirrored;
use super::quantified::Quantified;
use super::reading::{Attribute, Hop, Operand, Start};
use super::sets::Combined;
use super::wall_clock::WallClockTest;
use super::{Leaves, Node};
use crate::engine::slots::{Layout, SlotNumber, steps_kept};
use crate::language::policy::{self, Comparison, Expr, ORGANIZATION_ATTRIBUTE, Party, Path, Policy, Root};
use crate::model::zone::Zone;
use crate::model::{Symbol, Type};

pub(super) fn compile(expr: &Expr, policy: &Policy, layout: &Layout) -> Node {
    let many = |parts: &[Expr]| parts.iter().map(|part| compile(part, policy, layout)).collect();
    let operand = |one: &policy::Operand| compile_operand(one, layout);
    match expr {
        Expr::Literal(value) => Node::Literal(*value),
        Expr::Not(inner) => Node::Not(Box::new(compile(inner, policy, layout))),
        Expr::And(parts) => Node::And(many(parts)),
        Expr::Or(parts) => Node::Or(many(parts)),
        Expr::Truth(one) => Node::Truth(operand(one)),
        Expr::Compare(comparison, left, right) => compile_comparison(*comparison, left, right, layout),
        Expr::Member(item, set) => Node::Member(operand(item), operand(set)),
        Expr::Sets(relation, left, right) => Node::Sets(*relation, operand(left), operand(right)),
        Expr::Within(item, of) => Node::Within(operand(item), operand(of)),
        Expr::Address(ip, networks) => {
            Node::Address(operand(ip), policy.networks.row(*networks).networks.clone())
        }
        Expr::InNetwork(ip, of) => Node::InNetwork(operand(ip), operand(of)),
        Expr::Like(text, glob) => Node::Like(operand(text), glob.clone()),
        Expr::Matches(text, pattern) => Node::Matches(operand(text), pattern.clone()),
        Expr::Quantified(one) => Node::Quantified(Box::new(quantified(one, policy, layout))),
        Expr::Open(window) => Node::Open(policy.windows.row(*window).window.clone()),
        Expr::Has(path) => Node::Has(attribute(path, layout)),
        Expr::Is(Party::Subject, ty) => Node::SubjectIs(*ty),
        Expr::Is(Party::Resource, ty) => Node::ResourceIs(*ty),
    }
}

fn compile_comparison(
    comparison: Comparison,
    left: &policy::Operand,
    right: &policy::Operand,
    layout: &Layout,
) -> Node {
    let operand = |one: &policy::Operand| compile_operand(one, layout);
    let shift = |one: &policy::Operand| match one {
        policy::Operand::Now => Some(None),
        policy::Operand::NowAnd(operator, duration) => Some(Some((*operator, operand(duration)))),
        _ => None,
    };
    let test = |comparison, is_now_first, shift, instant| {
        let instant = operand(instant);
        Node::Clock(Box::new(ClockTest { comparison, is_now_first, shift, instant }))
    };
    if let Some(shift) = shift(left) {
        return test(comparison, true, shift, right);
    }
    if let Some(shift) = shift(right) {
        return test(mirrored(comparison), false, shift, left);
    }
    let wall_clock = |comparison, zone: &Arc<Zone>, reading| {
        let (zone, reading) = (Arc::clone(zone), operand(reading));
        Node::WallClock(Box::new(WallClockTest { comparison, zone, reading }))
    };
    match (left, right) {
        (policy::Operand::WallClock(_, zone), other) => wall_clock(comparison, zone, other),
        (other, policy::Operand::WallClock(_, zone)) => wall_clock(mirrored(comparison), zone, other),
        _ => Node::Compare(comparison, operand(left), operand(right)),
    }
}

fn compile_operand(operand: &policy::Operand, layout: &Layout) -> Operand {
    match operand {
        policy::Operand::Literal(value) => Operand::Literal(value.clone()),
        policy::Operand::Arithmetic(first, rest) => {
            let part = |(operator, one): &(_, _)| (*operator, compile_operand(one, layout));
            let first = Box::new(compile_operand(first, layout));
            Operand::Arithmetic(Arithmetic { first, rest: rest.iter().map(part).collect() })
        }
        policy::Operand::Combined(first, rest) => {
            let part = |(operator, one): &(_, _)| (*operator, compile_operand(one, layout));
            let first = Box::new(compile_operand(first, layout));
            Operand::Combined(Combined { first, rest: rest.iter().map(part).collect() })
        }
        // The clock stands in comparisons alone, which are compiled by themselves; anywhere else it is unknown.
        policy::Operand::Now | policy::Operand::NowAnd(..) | policy::Operand::WallClock(..) => {
            let text = Symbol::intern("now");
            Operand::Attribute(Attribute { start: Start::Slot(SlotNumber::MAX), hops: Box::default(), text })
        }
        policy::Operand::Party(Party::Subject) => Operand::Subject,
        policy::Operand::Party(Party::Resource) => Operand::Resource,
        policy::Operand::Variable(variable, name) => Operand::Variable(*variable, *name),
        policy::Operand::Path(path) => Operand::Attribute(attribute(path, layout)),
        policy::Operand::OrElse(path, otherwise) => {
            Operand::OrElse(attribute(path, layout), otherwise.clone())
        }
    }
}

fn quantified(quantified: &policy::Quantified, policy: &Policy, layout: &Layout) -> Quantified {
    let body = compile(&quantified.body, policy, layout);
    let mut leaves = Leaves::new();
    body.name_leaves(&mut leaves);
    Quantified {
        quantifier: quantified.quantifier,
        variable: quantified.variable,
        set: compile_operand(&quantified.set, layout),
        body,
        leaves: leaves.into_vec().into(),
    }
}

fn attribute(path: &Path, layout: &Layout) -> Attribute {
    // The type of what it starts from says what a step is.
    let hop = |(from, name): (Option<&Type>, &Symbol)| match from {
        Some(Type::Record(_)) => Hop::Member(*name),
        _ if name.text() == ORGANIZATION_ATTRIBUTE => Hop::Organization,
        _ => Hop::Attribute(*name),
    };
    let (start, kept) = match path.root {
        // What it stands for is an entity, and the first step leads on from there.
        Root::Variable(variable) => (Start::Variable(variable), 0),
        // A path without a slot reads as absent; the slots were numbered from these same paths.
        Root::Subject | Root::Resource | Root::Action | Root::Context => {
            (Start::Slot(layout.slot_of(path).unwrap_or(SlotNumber::MAX)), steps_kept(path))
        }
    };
    let from = std::iter::once(None).chain(path.types.iter().map(Some));
    let hops = from.zip(&path.attributes).skip(kept).map(hop).collect();
    Attribute { start, hops, text: path.text }
}
