//! Compiled conditions: attributes are slots, and everything a request could only look up is already looked up.

use smallvec::SmallVec;

use super::request::{Request, Slot};
use super::slots::{Layout, SlotNumber};
use crate::facts::Facts;
use crate::language::policy::{self, Comparison, Expr, ORGANIZATION_ATTRIBUTE, Party, Path, Policy};
use crate::model::schema::EntityType;
use crate::model::value::ORGANIZATION;
use crate::model::{EntityRef, Id, Instant, Networks, Symbol, Tri, Value, Window};

/// `when` and not `unless`.
#[derive(Debug)]
pub(super) struct Condition {
    when: Node,
    unless: Node,
}

#[derive(Debug)]
enum Node {
    Literal(bool),
    Not(Box<Node>),
    And(Box<[Node]>),
    Or(Box<[Node]>),
    Truth(Operand),
    Compare(Comparison, Operand, Operand),
    Member(Operand, Operand),
    Within(Operand, Operand),
    Address(Operand, Networks),
    Open(Window),
    Has(Attribute),
    SubjectIs(Id<EntityType>),
    ResourceIs(Id<EntityType>),
}

#[derive(Debug)]
enum Operand {
    Literal(Value),
    Now,
    Subject,
    Resource,
    Attribute(Attribute),
    OrElse(Attribute, Value),
}

/// A path whose first attribute is a slot; the others are looked up in the facts.
#[derive(Debug)]
struct Attribute {
    slot: SlotNumber,
    hops: Box<[Hop]>,
    text: Symbol,
}

#[derive(Debug, Clone, Copy)]
enum Hop {
    Attribute(Symbol),
    Organization,
}

/// What an operand holds in one request.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Reading<'a> {
    Absent,
    Invalid,
    Value(&'a Value),
    /// An entity that is nowhere kept as a value.
    Entity(EntityRef),
    Now(Instant),
}

/// The earliest instant at which something that was read changes by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Horizon(Option<Instant>);

pub(super) type Leaves = SmallVec<[Symbol; 4]>;

impl Condition {
    pub(super) fn compile(rule: &policy::Rule, policy: &Policy, layout: &Layout) -> Condition {
        let compiled = |expr: &Option<Expr>, otherwise| {
            expr.as_ref().map_or(Node::Literal(otherwise), |expr| compile(expr, policy, layout))
        };
        Condition { when: compiled(&rule.when, true), unless: compiled(&rule.unless, false) }
    }

    pub(super) fn evaluate(&self, request: &Request<'_>, horizon: &mut Horizon) -> Tri {
        match self.when.evaluate(request, horizon) {
            Tri::False => Tri::False,
            when => when.and(!self.unless.evaluate(request, horizon)),
        }
    }

    /// Adds the unknown attributes behind an unknown condition, in source order.
    pub(super) fn unknown_leaves(&self, request: &Request<'_>, leaves: &mut Leaves) {
        self.when.unknown_leaves(request, leaves);
        self.unless.unknown_leaves(request, leaves);
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
    fn evaluate(&self, request: &Request<'_>, horizon: &mut Horizon) -> Tri {
        match self {
            Node::Literal(value) => (*value).into(),
            Node::Not(inner) => !inner.evaluate(request, horizon),
            Node::And(parts) => {
                let mut all = Tri::True;
                for part in parts {
                    all = all.and(part.evaluate(request, horizon));
                    if all == Tri::False {
                        break;
                    }
                }
                all
            }
            Node::Or(parts) => {
                let mut any = Tri::False;
                for part in parts {
                    any = any.or(part.evaluate(request, horizon));
                    if any == Tri::True {
                        break;
                    }
                }
                any
            }
            Node::Truth(operand) => match operand.read(request) {
                Reading::Value(Value::Bool(value)) => (*value).into(),
                _ => Tri::Unknown,
            },
            Node::Compare(comparison, left, right) => {
                compare(*comparison, left.read(request), right.read(request), horizon)
            }
            Node::Member(item, set) => member(item.read(request), set.read(request)),
            Node::Within(item, of) => within(request.facts, item.read(request), of.read(request)),
            Node::Address(ip, networks) => match ip.read(request) {
                Reading::Value(Value::Ip(ip)) => networks.contains(*ip).into(),
                _ => Tri::Unknown,
            },
            Node::Open(window) => {
                if let Some(flip) = window.next_flip(request.now) {
                    horizon.at(flip);
                }
                window.contains(request.now).into()
            }
            Node::Has(attribute) => match attribute.read(request) {
                Reading::Absent => Tri::False,
                Reading::Invalid => Tri::Unknown,
                Reading::Value(_) | Reading::Entity(_) | Reading::Now(_) => Tri::True,
            },
            Node::SubjectIs(ty) => request.subject.as_ref().is_some_and(|subject| subject.kind == *ty).into(),
            Node::ResourceIs(ty) => (request.resource_type == *ty).into(),
        }
    }

    /// The unknown operands of the parts that are unknown; nothing is skipped, so that the order is the author's.
    fn unknown_leaves(&self, request: &Request<'_>, leaves: &mut Leaves) {
        if self.evaluate(request, &mut Horizon::NEVER.clone()) != Tri::Unknown {
            return;
        }
        match self {
            Node::Not(inner) => inner.unknown_leaves(request, leaves),
            Node::And(parts) | Node::Or(parts) => {
                parts.iter().for_each(|part| part.unknown_leaves(request, leaves));
            }
            Node::Truth(operand) | Node::Address(operand, _) => operand.unknown_leaf(request, leaves),
            Node::Compare(_, left, right) | Node::Member(left, right) => {
                left.unknown_leaf(request, leaves);
                right.unknown_leaf(request, leaves);
            }
            Node::Within(item, of) => {
                let before = leaves.len();
                item.unknown_leaf(request, leaves);
                of.unknown_leaf(request, leaves);
                // Both are known, so it is the item's place in the hierarchy that is not.
                if leaves.len() == before && item.is_known(request) && of.is_known(request) {
                    item.name_leaf(leaves);
                }
            }
            Node::Has(attribute) => add_leaf(leaves, attribute.text),
            Node::Literal(_) | Node::Open(_) | Node::SubjectIs(_) | Node::ResourceIs(_) => {}
        }
    }
}

impl Operand {
    fn read<'a>(&'a self, request: &'a Request<'_>) -> Reading<'a> {
        match self {
            Operand::Literal(value) => Reading::Value(value),
            Operand::Now => Reading::Now(request.now),
            Operand::Subject => {
                request.subject.as_ref().map_or(Reading::Absent, |subject| Reading::Entity(subject.entity))
            }
            Operand::Resource => request.resource.map_or(Reading::Absent, Reading::Entity),
            Operand::Attribute(attribute) => attribute.read(request),
            Operand::OrElse(attribute, otherwise) => match attribute.read(request) {
                Reading::Absent => Reading::Value(otherwise),
                reading => reading,
            },
        }
    }

    fn is_known(&self, request: &Request<'_>) -> bool {
        !matches!(self.read(request), Reading::Absent | Reading::Invalid)
    }

    fn unknown_leaf(&self, request: &Request<'_>, leaves: &mut Leaves) {
        if !self.is_known(request) {
            self.name_leaf(leaves);
        }
    }

    fn name_leaf(&self, leaves: &mut Leaves) {
        match self {
            Operand::Subject => add_leaf(leaves, Symbol::intern("subject")),
            Operand::Resource => add_leaf(leaves, Symbol::intern("resource")),
            Operand::Attribute(attribute) | Operand::OrElse(attribute, _) => add_leaf(leaves, attribute.text),
            Operand::Literal(_) | Operand::Now => {}
        }
    }
}

impl Attribute {
    fn read<'a>(&self, request: &'a Request<'_>) -> Reading<'a> {
        let mut reading = match request.slots.get(usize::from(self.slot)) {
            None | Some(Slot::Absent) => return Reading::Absent,
            Some(Slot::Invalid) => return Reading::Invalid,
            Some(slot) => slot.value().map_or(Reading::Absent, Reading::Value),
        };
        for hop in &self.hops {
            let entity = match reading {
                Reading::Value(Value::Entity(entity)) => *entity,
                Reading::Entity(entity) => entity,
                Reading::Absent => return Reading::Absent,
                Reading::Invalid | Reading::Value(_) | Reading::Now(_) => return Reading::Invalid,
            };
            let Some(stored) = request.facts.entity(entity) else {
                return Reading::Absent;
            };
            reading = match hop {
                Hop::Attribute(name) => stored.attribute(*name).map_or(Reading::Absent, Reading::Value),
                Hop::Organization => stored.organization.map_or(Reading::Absent, |path| {
                    Reading::Entity(EntityRef { kind: Symbol::intern(ORGANIZATION), id: path })
                }),
            };
        }
        reading
    }
}

impl Reading<'_> {
    fn entity(self) -> Option<EntityRef> {
        match self {
            Reading::Value(Value::Entity(entity)) => Some(*entity),
            Reading::Entity(entity) => Some(entity),
            Reading::Absent | Reading::Invalid | Reading::Value(_) | Reading::Now(_) => None,
        }
    }
}

pub(super) fn add_leaf(leaves: &mut Leaves, leaf: Symbol) {
    if !leaves.contains(&leaf) {
        leaves.push(leaf);
    }
}

fn compare(comparison: Comparison, left: Reading<'_>, right: Reading<'_>, horizon: &mut Horizon) -> Tri {
    match (left, right) {
        (Reading::Now(now), Reading::Value(Value::Instant(instant))) => {
            now_flips(comparison, now, *instant, horizon);
            ordered(comparison, &now, instant)
        }
        (Reading::Value(Value::Instant(instant)), Reading::Now(now)) => {
            now_flips(mirrored(comparison), now, *instant, horizon);
            ordered(comparison, instant, &now)
        }
        (Reading::Value(Value::Int(left)), Reading::Value(Value::Int(right))) => {
            ordered(comparison, left, right)
        }
        (Reading::Value(Value::Instant(left)), Reading::Value(Value::Instant(right))) => {
            ordered(comparison, left, right)
        }
        (Reading::Value(left), Reading::Value(right))
            if std::mem::discriminant(left) == std::mem::discriminant(right) =>
        {
            equal(comparison, left == right)
        }
        (left, right) => match (left.entity(), right.entity()) {
            (Some(left), Some(right)) => equal(comparison, left == right),
            _ => Tri::Unknown,
        },
    }
}

fn ordered<T: Ord>(comparison: Comparison, left: &T, right: &T) -> Tri {
    let holds = match comparison {
        Comparison::Equal => left == right,
        Comparison::NotEqual => left != right,
        Comparison::Less => left < right,
        Comparison::LessOrEqual => left <= right,
        Comparison::Greater => left > right,
        Comparison::GreaterOrEqual => left >= right,
    };
    holds.into()
}

fn equal(comparison: Comparison, same: bool) -> Tri {
    match comparison {
        Comparison::Equal => same.into(),
        Comparison::NotEqual => (!same).into(),
        Comparison::Less | Comparison::LessOrEqual | Comparison::Greater | Comparison::GreaterOrEqual => {
            Tri::Unknown
        }
    }
}

/// `now < t` and `now >= t` change when the clock reads `t`, `now <= t` and `now > t` right after it.
fn now_flips(comparison: Comparison, now: Instant, instant: Instant, horizon: &mut Horizon) {
    let after = || instant.micros().checked_add(1).map(Instant::from_micros);
    let flips: SmallVec<[Instant; 2]> = match comparison {
        Comparison::Less | Comparison::GreaterOrEqual => SmallVec::from_slice(&[instant]),
        Comparison::LessOrEqual | Comparison::Greater => after().into_iter().collect(),
        Comparison::Equal | Comparison::NotEqual => [Some(instant), after()].into_iter().flatten().collect(),
    };
    if let Some(flip) = flips.into_iter().find(|flip| *flip > now) {
        horizon.at(flip);
    }
}

fn mirrored(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        Comparison::Equal | Comparison::NotEqual => comparison,
    }
}

fn member(item: Reading<'_>, set: Reading<'_>) -> Tri {
    match (item, set) {
        (Reading::Value(item), Reading::Value(Value::Set(set))) => set.binary_search(item).is_ok().into(),
        _ => Tri::Unknown,
    }
}

fn within(facts: &Facts, item: Reading<'_>, of: Reading<'_>) -> Tri {
    let Some(item) = item.entity() else {
        return Tri::Unknown;
    };
    if let Some(of) = of.entity() {
        return facts.is_within(item, of);
    }
    let Reading::Value(Value::Set(set)) = of else {
        return Tri::Unknown;
    };
    let mut any = Tri::False;
    for element in set.iter() {
        any = any.or(match element {
            Value::Entity(of) => facts.is_within(item, *of),
            Value::Bool(_)
            | Value::Int(_)
            | Value::String(_)
            | Value::Ip(_)
            | Value::Instant(_)
            | Value::Set(_) => Tri::Unknown,
        });
    }
    any
}

fn compile(expr: &Expr, policy: &Policy, layout: &Layout) -> Node {
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
