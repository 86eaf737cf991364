//! What a condition costs at worst, and which entities it reads besides the subject and the resource themselves.

use super::reading::{Attribute, Hop, Operand, Start};
use super::{Clauses, Condition, Node};
use crate::engine::request::Request;
use crate::model::schema::Package;
use crate::model::{EntityRef, Id};

/// Both of one copy of a condition, or of all conditions that may decide one permission.
#[derive(Debug, Clone, Default)]
pub(in crate::engine) struct Profile {
    /// How many times as long as the test of one attribute it takes, roughly.
    pub(in crate::engine) cost: u32,
    pub(in crate::engine) reads: Reads,
}

/// Whose facts are read besides those of the subject and the resource.
#[derive(Debug, Clone, Default)]
pub(in crate::engine) struct Reads {
    chains: Vec<Chain>,
    /// Which entities these are can't be said without evaluating it, or there are too many.
    pub(in crate::engine) any: bool,
}

/// Each entity that an attribute is read from on the way to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Chain {
    start: Start,
    hops: Box<[Hop]>,
    /// Whether the entity at its end is asked what it is in.
    is_item: bool,
}

/// Beyond so many chains it takes longer to follow them than it is worth.
const CHAINS_MAX: usize = 8;
/// How many elements of a set are counted, which may have few or many.
const ELEMENTS: u32 = 8;

impl Condition {
    /// None for a package that it is not about.
    pub(in crate::engine) fn profile(&self, package: Id<Package>) -> Option<&Profile> {
        self.clauses_of(package).map(|clauses| &clauses.profile)
    }
}

impl Clauses {
    pub(super) fn new(when: Node, unless: Node) -> Clauses {
        let mut profile = Profile::default();
        for node in [&when, &unless] {
            profile.cost = profile.cost.saturating_add(cost(node));
            read(node, &mut profile.reads);
        }
        Clauses { when, unless, profile }
    }
}

impl Reads {
    pub(in crate::engine) fn add(&mut self, other: &Reads) {
        self.any |= other.any;
        for chain in &other.chains {
            self.push(chain.clone());
        }
    }

    /// The entities that a request reads, in an order that is always the same: `None` ends each chain.
    pub(in crate::engine) fn visit(&self, request: &Request<'_>, visit: &mut dyn FnMut(Option<EntityRef>)) {
        for Chain { start, hops, is_item } in &self.chains {
            let end = start.follow(hops, request, &mut |entity| visit(Some(entity)));
            if let (true, Some(entity)) = (*is_item, end.entity()) {
                visit(Some(entity));
            }
            visit(None);
        }
    }

    fn push(&mut self, chain: Chain) {
        if self.any || self.chains.contains(&chain) {
            return;
        }
        self.any = matches!(chain.start, Start::Variable(_)) || self.chains.len() == CHAINS_MAX;
        if self.any {
            self.chains.clear();
        } else {
            self.chains.push(chain);
        }
    }

    fn attribute(&mut self, attribute: &Attribute, is_item: bool) {
        let is_followed = |hop: &Hop| matches!(hop, Hop::Attribute(_) | Hop::Organization);
        if is_item || attribute.hops.iter().any(is_followed) {
            self.push(Chain { start: attribute.start, hops: attribute.hops.clone(), is_item });
        }
    }

    fn operand(&mut self, operand: &Operand) {
        match operand {
            Operand::Attribute(attribute) | Operand::OrElse(attribute, _) => self.attribute(attribute, false),
            Operand::Arithmetic(_) | Operand::Combined(_) => {
                operand.parts(&mut |part| self.operand(part));
            }
            Operand::Literal(_) | Operand::Subject | Operand::Resource | Operand::Variable(..) => {}
        }
    }

    /// What is asked for the groups and resources that it is in.
    fn item(&mut self, operand: &Operand) {
        match operand {
            Operand::Subject | Operand::Resource => {}
            Operand::Attribute(attribute) => self.attribute(attribute, true),
            Operand::Literal(_)
            | Operand::OrElse(..)
            | Operand::Variable(..)
            | Operand::Arithmetic(_)
            | Operand::Combined(_) => self.any = true,
        }
    }
}

/// Each operand with whether it is asked what it is in.
fn operands(node: &Node, visit: &mut dyn FnMut(&Operand, bool)) {
    match node {
        Node::Truth(one) | Node::Address(one, _) | Node::Like(one, _) | Node::Matches(one, _) => {
            visit(one, false);
        }
        Node::Compare(_, left, right)
        | Node::Member(left, right)
        | Node::Sets(_, left, right)
        | Node::InNetwork(left, right) => {
            visit(left, false);
            visit(right, false);
        }
        Node::Within(item, of) => {
            visit(item, true);
            visit(of, false);
        }
        Node::Clock(test) => {
            visit(&test.instant, false);
            if let Some((_, shift)) = &test.shift {
                visit(shift, false);
            }
        }
        Node::WallClock(test) => visit(&test.reading, false),
        Node::Quantified(quantified) => visit(&quantified.set, false),
        Node::Literal(_)
        | Node::Not(_)
        | Node::And(_)
        | Node::Or(_)
        | Node::Open(_)
        | Node::Has(_)
        | Node::SubjectIs(_)
        | Node::ResourceIs(_) => {}
    }
}

/// The conditions inside one, each with how often it is looked at.
fn inner(node: &Node, visit: &mut dyn FnMut(&Node, u32)) {
    match node {
        Node::Not(inner) => visit(inner, 1),
        Node::And(parts) | Node::Or(parts) => parts.iter().for_each(|part| visit(part, 1)),
        Node::Quantified(quantified) => visit(&quantified.body, ELEMENTS),
        Node::Literal(_)
        | Node::Truth(_)
        | Node::Compare(..)
        | Node::Clock(_)
        | Node::WallClock(_)
        | Node::Member(..)
        | Node::Sets(..)
        | Node::Within(..)
        | Node::Address(..)
        | Node::InNetwork(..)
        | Node::Like(..)
        | Node::Matches(..)
        | Node::Open(_)
        | Node::Has(_)
        | Node::SubjectIs(_)
        | Node::ResourceIs(_) => {}
    }
}

fn read(node: &Node, reads: &mut Reads) {
    operands(node, &mut |operand, is_item| {
        reads.operand(operand);
        if is_item {
            reads.item(operand);
        }
    });
    if let Node::Has(attribute) = node {
        reads.attribute(attribute, false);
    }
    inner(node, &mut |node, _| read(node, reads));
}

/// In tests of one attribute, about 15 ns each, as `cargo bench --bench engine -- cache` shows them.
fn cost(node: &Node) -> u32 {
    let mut sum = match node {
        Node::Literal(_) | Node::Not(_) | Node::And(_) | Node::Or(_) => 0,
        Node::Truth(_)
        | Node::Compare(..)
        | Node::Clock(_)
        | Node::Has(_)
        | Node::SubjectIs(_)
        | Node::ResourceIs(_)
        | Node::Quantified(_) => 1,
        Node::Address(..) | Node::InNetwork(..) | Node::Member(..) | Node::Within(..) => 2,
        Node::Like(..) | Node::Matches(..) => 3,
        Node::Open(_) | Node::WallClock(_) => 4,
        Node::Sets(..) => 6,
    };
    operands(node, &mut |operand, _| sum = u32::saturating_add(sum, operand_cost(operand)));
    if let Node::Has(attribute) = node {
        sum = sum.saturating_add(attribute_cost(attribute));
    }
    inner(node, &mut |node, times| sum = sum.saturating_add(cost(node).saturating_mul(times)));
    sum
}

fn operand_cost(operand: &Operand) -> u32 {
    match operand {
        Operand::Attribute(attribute) | Operand::OrElse(attribute, _) => attribute_cost(attribute),
        Operand::Arithmetic(_) | Operand::Combined(_) => {
            let mut sum = 0;
            operand.parts(&mut |part| sum = u32::saturating_add(sum, 1 + operand_cost(part)));
            sum
        }
        Operand::Literal(_) | Operand::Subject | Operand::Resource | Operand::Variable(..) => 0,
    }
}

/// Each step to another entity looks it up.
fn attribute_cost(attribute: &Attribute) -> u32 {
    u32::try_from(attribute.hops.len()).unwrap_or(u32::MAX)
}
