//! Checked conditions to compiled ones.

use super::Node;
use super::reading::{Attribute, Hop, Operand};
use crate::engine::slots::{Layout, SlotNumber};
use crate::language::policy::{self, Expr, ORGANIZATION_ATTRIBUTE, Party, Path, Policy};
use crate::model::Symbol;

pub(super) fn compile(expr: &Expr, policy: &Policy, layout: &Layout) -> Node {
    let many = |parts: &[Expr]| parts.iter().map(|part| compile(part, policy, layout)).collect();
    let operand = |one: &policy::Operand| compile_operand(one, layout);
    match expr {
        Expr::Literal(value) => Node::Literal(*value),
        Expr::Not(inner) => Node::Not(Box::new(compile(inner, policy, layout))),
        Expr::And(parts) => Node::And(many(parts)),
        Expr::Or(parts) => Node::Or(many(parts)),
        Expr::Truth(one) => Node::Truth(operand(one)),
        Expr::Compare(comparison, left, right) => Node::Compare(*comparison, operand(left), operand(right)),
        Expr::Member(item, set) => Node::Member(operand(item), operand(set)),
        Expr::Within(item, of) => Node::Within(operand(item), operand(of)),
        Expr::Address(ip, networks) => {
            Node::Address(operand(ip), policy.networks.row(*networks).networks.clone())
        }
        Expr::Open(window) => Node::Open(policy.windows.row(*window).window.clone()),
        Expr::Has(path) => Node::Has(attribute(path, layout)),
        Expr::Is(Party::Subject, ty) => Node::SubjectIs(*ty),
        Expr::Is(Party::Resource, ty) => Node::ResourceIs(*ty),
    }
}

fn compile_operand(operand: &policy::Operand, layout: &Layout) -> Operand {
    match operand {
        policy::Operand::Literal(value) => Operand::Literal(value.clone()),
        policy::Operand::Now => Operand::Now,
        policy::Operand::Party(Party::Subject) => Operand::Subject,
        policy::Operand::Party(Party::Resource) => Operand::Resource,
        policy::Operand::Path(path) => Operand::Attribute(attribute(path, layout)),
        policy::Operand::OrElse(path, otherwise) => {
            Operand::OrElse(attribute(path, layout), otherwise.clone())
        }
    }
}

fn attribute(path: &Path, layout: &Layout) -> Attribute {
    let hop = |name: &Symbol| {
        if name.text() == ORGANIZATION_ATTRIBUTE { Hop::Organization } else { Hop::Attribute(*name) }
    };
    Attribute {
        // A path without a slot reads as absent; the slots were numbered from these same paths.
        slot: layout.slot_of(path).unwrap_or(SlotNumber::MAX),
        hops: path.attributes.iter().skip(1).map(hop).collect(),
        text: path.text,
    }
}
