//! Compiled conditions: attributes are slots, and everything a request could only look up is already looked up.

mod arithmetic;
mod clock;
mod compare;
mod compile;
mod frame;
mod profile;
mod quantified;
mod reading;
mod sets;
mod wall_clock;

use std::collections::HashMap;

use smallvec::SmallVec;

use self::clock::ClockTest;
use self::compare::{compare, in_network, member, within};
use self::compile::compile;
use self::frame::Frame;
pub(super) use self::profile::Profile;
use self::quantified::Quantified;
use self::reading::{Attribute, Operand, Reading};
use self::wall_clock::WallClockTest;
use super::request::Request;
use super::slots::{Layout, SlotNumber, Slots};
use crate::language::policy::{Comparison, Expr, Policy, SetRelation};
use crate::model::schema::{EntityType, Package};
use crate::model::{Glob, Id, Instant, Networks, Pattern, Symbol, Tri, Value, Window};

/// What has to hold for a rule or a role. Requests about resources of one package may keep its attributes elsewhere than
/// those about another's, so there is a copy for each set of places.
#[derive(Debug)]
pub(super) struct Condition {
    /// The packages of the resources, sorted, and which copy is theirs.
    packages: Box<[(Id<Package>, u32)]>,
    copies: Box<[Clauses]>,
}

/// `when` and not `unless`.
#[derive(Debug)]
struct Clauses {
    when: Node,
    unless: Node,
    profile: Profile,
}

#[derive(Debug)]
enum Node {
    Literal(bool),
    Not(Box<Node>),
    And(Box<[Node]>),
    Or(Box<[Node]>),
    Truth(Operand),
    Compare(Comparison, Operand, Operand),
    Clock(Box<ClockTest>),
    WallClock(Box<WallClockTest>),
    Member(Operand, Operand),
    Sets(SetRelation, Operand, Operand),
    Within(Operand, Operand),
    Address(Operand, Networks),
    InNetwork(Operand, Operand),
    Like(Operand, Glob),
    Matches(Operand, Pattern),
    Quantified(Box<Quantified>),
    Open(Window),
    Has(Attribute),
    SubjectIs(Id<EntityType>),
    ResourceIs(Id<EntityType>),
}

/// The earliest instant at which something that was read changes by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Horizon(Option<Instant>);

pub(super) type Leaves = SmallVec<[Symbol; 4]>;

impl Condition {
    /// `packages` are sorted.
    pub(super) fn compile(
        packages: Vec<Id<Package>>,
        when: Option<&Expr>,
        unless: Option<&Expr>,
        policy: &Policy,
        slots: &Slots,
    ) -> Condition {
        let empty = Layout::default();
        let mut copies = Vec::new();
        let mut known: HashMap<Vec<Option<SlotNumber>>, u32> = HashMap::new();
        let mut copy = |package| {
            let layout = slots.layout(package).unwrap_or(&empty);
            let places = when.into_iter().chain(unless).flat_map(|expr| layout.places(expr)).collect();
            let copy = *known.entry(places).or_insert_with(|| {
                let compiled = |expr: Option<&Expr>, otherwise| {
                    expr.map_or(Node::Literal(otherwise), |expr| compile(expr, policy, layout))
                };
                copies.push(Clauses::new(compiled(when, true), compiled(unless, false)));
                u32::try_from(copies.len() - 1).unwrap_or(u32::MAX)
            });
            (package, copy)
        };
        let packages = packages.into_iter().map(&mut copy).collect();
        Condition { packages, copies: copies.into() }
    }

    /// Unknown for a package that it is not about.
    pub(super) fn evaluate(&self, request: &Request<'_>, horizon: &mut Horizon) -> Tri {
        let Some(clauses) = self.clauses(request) else { return Tri::Unknown };
        let frame = Frame::new(request);
        match clauses.when.evaluate(frame, horizon) {
            Tri::False => Tri::False,
            when => when.and(!clauses.unless.evaluate(frame, horizon)),
        }
    }

    fn clauses(&self, request: &Request<'_>) -> Option<&Clauses> {
        self.clauses_of(request.package)
    }

    fn clauses_of(&self, package: Id<Package>) -> Option<&Clauses> {
        let place = self.packages.binary_search_by_key(&package, |(package, _)| *package).ok()?;
        let (_, copy) = self.packages.get(place)?;
        self.copies.get(*copy as usize)
    }

    /// Adds the unknown attributes behind an unknown condition, in source order.
    pub(super) fn unknown_leaves(&self, request: &Request<'_>, leaves: &mut Leaves) {
        if let Some(clauses) = self.clauses(request) {
            let frame = Frame::new(request);
            clauses.when.unknown_leaves(frame, leaves);
            clauses.unless.unknown_leaves(frame, leaves);
        }
    }
}

impl Horizon {
    pub(super) const NEVER: Horizon = Horizon(None);

    pub(super) fn at(&mut self, instant: Instant) {
        self.0 = Some(self.0.map_or(instant, |earlier| earlier.min(instant)));
    }

    pub(super) fn instant(self) -> Option<Instant> {
        self.0
    }
}

impl Node {
    fn evaluate<'a>(&'a self, frame: Frame<'a>, horizon: &mut Horizon) -> Tri {
        match self {
            Node::Literal(value) => (*value).into(),
            Node::Not(inner) => !inner.evaluate(frame, horizon),
            Node::And(parts) => {
                let mut all = Tri::True;
                for part in parts {
                    all = all.and(part.evaluate(frame, horizon));
                    if all == Tri::False {
                        break;
                    }
                }
                all
            }
            Node::Or(parts) => {
                let mut any = Tri::False;
                for part in parts {
                    any = any.or(part.evaluate(frame, horizon));
                    if any == Tri::True {
                        break;
                    }
                }
                any
            }
            Node::Truth(operand) => match operand.read(frame) {
                Reading::Value(Value::Bool(value)) => (*value).into(),
                _ => Tri::Unknown,
            },
            Node::Compare(comparison, left, right) => {
                compare(*comparison, left.read(frame), right.read(frame))
            }
            Node::Clock(test) => test.evaluate(frame, horizon),
            Node::WallClock(test) => test.evaluate(frame, horizon),
            Node::Member(item, set) => member(item.read(frame), set.read(frame)),
            Node::Sets(relation, left, right) => {
                sets::related(*relation, left.read(frame), right.read(frame))
            }
            Node::Within(item, of) => within(frame.request.facts, item.read(frame), of.read(frame)),
            Node::Address(ip, networks) => match ip.read(frame) {
                Reading::Value(Value::Ip(ip)) => networks.contains(*ip).into(),
                _ => Tri::Unknown,
            },
            Node::InNetwork(ip, of) => in_network(ip.read(frame), of.read(frame)),
            Node::Like(text, glob) => text.text(frame).map_or(Tri::Unknown, |text| glob.matches(text).into()),
            Node::Matches(text, pattern) => {
                text.text(frame).map_or(Tri::Unknown, |text| pattern.matches(text).into())
            }
            Node::Quantified(quantified) => quantified.evaluate(frame, horizon),
            Node::Open(window) => {
                if let Some(flip) = window.next_flip(frame.request.now) {
                    horizon.at(flip);
                }
                window.contains(frame.request.now).into()
            }
            Node::Has(attribute) => match attribute.read(frame) {
                Reading::Absent => Tri::False,
                Reading::Invalid => Tri::Unknown,
                Reading::Value(_)
                | Reading::Entity(_)
                | Reading::Record
                | Reading::Scalar(_)
                | Reading::Set(_) => Tri::True,
            },
            Node::SubjectIs(ty) => {
                frame.request.subject.as_ref().is_some_and(|subject| subject.kind == *ty).into()
            }
            Node::ResourceIs(ty) => (frame.request.resource_type == *ty).into(),
        }
    }

    /// The unknown operands of the parts that are unknown; nothing is skipped, so that the order is the author's.
    fn unknown_leaves(&self, frame: Frame<'_>, leaves: &mut Leaves) {
        if self.evaluate(frame, &mut Horizon::NEVER.clone()) != Tri::Unknown {
            return;
        }
        match self {
            Node::Not(inner) => inner.unknown_leaves(frame, leaves),
            Node::And(parts) | Node::Or(parts) => {
                parts.iter().for_each(|part| part.unknown_leaves(frame, leaves));
            }
            Node::Truth(operand)
            | Node::Address(operand, _)
            | Node::Like(operand, _)
            | Node::Matches(operand, _) => operand.unknown_leaf(frame, leaves),
            Node::Clock(test) => test.unknown_leaf(frame, leaves),
            Node::WallClock(test) => test.reading.unknown_leaf(frame, leaves),
            Node::Compare(_, left, right)
            | Node::Member(left, right)
            | Node::InNetwork(left, right)
            | Node::Sets(_, left, right) => {
                left.unknown_leaf(frame, leaves);
                right.unknown_leaf(frame, leaves);
            }
            Node::Within(item, of) => {
                let before = leaves.len();
                item.unknown_leaf(frame, leaves);
                of.unknown_leaf(frame, leaves);
                // Both are known, so it is the item's place in the hierarchy that is not.
                if leaves.len() == before && item.is_known(frame) && of.is_known(frame) {
                    item.name_leaf(leaves);
                }
            }
            Node::Quantified(quantified) => quantified.unknown_leaves(frame, leaves),
            Node::Has(attribute) => add_leaf(leaves, attribute.text),
            Node::Literal(_) | Node::Open(_) | Node::SubjectIs(_) | Node::ResourceIs(_) => {}
        }
    }

    /// All that can be unknown in it, in source order.
    fn name_leaves(&self, leaves: &mut Leaves) {
        match self {
            Node::Not(inner) => inner.name_leaves(leaves),
            Node::And(parts) | Node::Or(parts) => parts.iter().for_each(|part| part.name_leaves(leaves)),
            Node::Truth(operand)
            | Node::Address(operand, _)
            | Node::Like(operand, _)
            | Node::Matches(operand, _) => operand.name_leaf(leaves),
            Node::Clock(test) => test.name_leaf(leaves),
            Node::WallClock(test) => test.reading.name_leaf(leaves),
            Node::Compare(_, left, right)
            | Node::Member(left, right)
            | Node::InNetwork(left, right)
            | Node::Sets(_, left, right)
            | Node::Within(left, right) => {
                left.name_leaf(leaves);
                right.name_leaf(leaves);
            }
            Node::Quantified(quantified) => quantified.name_leaves(leaves),
            Node::Has(attribute) => add_leaf(leaves, attribute.text),
            Node::Literal(_) | Node::Open(_) | Node::SubjectIs(_) | Node::ResourceIs(_) => {}
        }
    }
}

pub(super) fn add_leaf(leaves: &mut Leaves, leaf: Symbol) {
    if !leaves.contains(&leaf) {
        leaves.push(leaf);
    }
}
