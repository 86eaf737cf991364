//! A checked policy set: every name resolved, every expression typed.
//!
//! The engine compiles it, the reference evaluator reads it as it is.

use std::sync::Arc;

use crate::document::Span;
use crate::model::schema::{Annotation, EntityType, Package, Permission, Role, Schema};
use crate::model::zone::Zone;
use crate::model::{Glob, Id, Networks, Pattern, Symbol, Table, Type, Value, Window};

/// A whole policy set.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    pub schema: Schema,
    /// Sorted by role.
    pub constraints: Vec<Constraint>,
    /// Sorted by package, then name.
    pub rules: Table<Rule>,
    pub windows: Table<NamedWindow>,
    pub networks: Table<NamedNetworks>,
    /// In no order that matters: of those that match a request one is more specific than all others.
    pub routes: Vec<Route>,
}

#[derive(Debug, Clone)]
pub struct NamedWindow {
    pub package: Id<Package>,
    pub name: Symbol,
    pub window: Window,
    pub annotations: Vec<Annotation>,
}

#[derive(Debug, Clone)]
pub struct NamedNetworks {
    pub package: Id<Package>,
    pub name: Symbol,
    pub networks: Networks,
    pub annotations: Vec<Annotation>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    Allow,
    Deny,
}

#[derive(Debug, Clone)]
pub struct Rule {
    pub package: Id<Package>,
    /// Given by the author, or made from the rule's content.
    pub name: Symbol,
    pub is_named: bool,
    pub effect: Effect,
    pub targets: Targets,
    pub audience: Audience,
    /// Whoever holds one of these is left out.
    pub except: Vec<Id<Role>>,
    /// `when`, conditions joined by `and`.
    pub when: Option<Expr>,
    pub unless: Option<Expr>,
    pub priority: Priority,
    /// Safe to show to the user.
    pub because: Option<Box<str>>,
    pub obligations: Vec<Directive>,
    pub advice: Vec<Directive>,
    /// A deny that a grant for an emergency may lift.
    pub is_overridable: bool,
    pub annotations: Vec<Annotation>,
    pub span: Span,
}

/// What narrows down the permissions that a role has and inherits, and so those that its heirs inherit from it. Whom
/// rules bind with `to` and `except` is not changed by it.
#[derive(Debug, Clone)]
pub struct Constraint {
    pub role: Id<Role>,
    /// Sorted, without doubles; none stands for all.
    pub only: Option<Vec<Id<Permission>>>,
    /// The path of the organization that the resource has to be in, or in one below.
    pub organization: Option<Box<str>>,
    /// Conditions joined by `and`.
    pub when: Option<Expr>,
    pub unless: Option<Expr>,
}

/// Which rule wins over which. Of two of the same the deny wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// An allow without a priority has 0.
    Level(u32),
    /// A deny without a priority.
    Absolute,
}

/// What a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Targets {
    /// `*:*`: every permission that the rule's package declares.
    Package,
    /// Sorted, without doubles.
    Permissions(Vec<Id<Permission>>),
}

/// Whom a rule binds, before its `except`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// `to anyone`, or a deny without `to`: everybody, the anonymous subject included.
    Anyone,
    /// An allow without `to`: whoever is identified.
    Identified,
    /// Whoever holds one of these, or a role that inherits one, by an assignment whose scope covers the resource.
    Roles(Vec<Id<Role>>),
}

/// An obligation or a piece of advice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Directive {
    pub name: Symbol,
    pub arguments: Vec<(Symbol, Value)>,
}

/// A condition, with every definition put in its place. Strong Kleene: see [`crate::model::Tri`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expr {
    Literal(bool),
    Not(Box<Expr>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    /// An attribute of type bool.
    Truth(Operand),
    /// Both sides are of one type; an order only for int, instant, date, time and duration.
    Compare(Comparison, Operand, Operand),
    /// A value in a set of values that are no entities.
    Member(Operand, Operand),
    /// Two sets of one type; entities count by what they are, not by where they stand.
    Sets(SetRelation, Operand, Operand),
    /// An entity in an entity or in a set of entities: it is that entity, or stands below it in the facts' hierarchy.
    Within(Operand, Operand),
    /// An address in named networks.
    Address(Operand, Id<NamedNetworks>),
    /// An address in a network, or in one of a set of networks, that an attribute holds.
    InNetwork(Operand, Operand),
    /// A text that a glob matches.
    Like(Operand, Glob),
    /// A text that a regular expression matches.
    Matches(Operand, Pattern),
    Quantified(Box<Quantified>),
    /// `now in` a window.
    Open(Id<NamedWindow>),
    /// Whether an attribute is there; unknown if what is there is not of the declared type.
    Has(Path),
    /// `subject is user`, `resource is incidents`; the anonymous subject is of no type.
    Is(Party, Id<EntityType>),
}

/// `any x in SET: CONDITION`, `all x in SET: CONDITION`: Kleene's `or` and `and` over the elements; unknown if the set is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quantified {
    pub quantifier: Quantifier,
    /// By how many quantifiers stand around it.
    pub variable: usize,
    pub set: Operand,
    pub body: Expr,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantifier {
    Any,
    All,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetRelation {
    /// Every element of the left is in the right; the empty set is a subset of all.
    Subset,
    /// Some element is in both.
    Overlaps,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Party {
    Subject,
    Resource,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WallClock {
    Date,
    Time,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    Add,
    Subtract,
    Multiply,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetOperator {
    /// What is in one of them.
    Union,
    /// What is in both.
    Intersect,
    /// What is in the left and not in the right.
    Minus,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operand {
    Literal(Value),
    /// The clock reading of the request; only ever compared with an instant.
    Now,
    /// `now` plus or minus a duration; only ever compared with an instant.
    NowAnd(Operator, Box<Operand>),
    /// What clocks in the zone read at `now`; only ever compared with a date or a time.
    WallClock(WallClock, Arc<Zone>),
    /// A chain that is worked out from the left; unknown if an operand is, and if a result is beyond its type.
    Arithmetic(Box<Operand>, Vec<(Operator, Operand)>),
    /// A chain of sets of one type that is worked out from the left; unknown if one of them is.
    Combined(Box<Operand>, Vec<(SetOperator, Operand)>),
    /// The subject or resource itself: unknown if there is none (an anonymous subject, a resource without an id).
    Party(Party),
    /// What a quantifier's variable stands for, by how many quantifiers stand around its own; and its name.
    Variable(usize, Symbol),
    Path(Path),
    /// `path or_else literal`: the literal if the attribute is absent; unknown if it is of another type than declared.
    OrElse(Path, Value),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Root {
    Subject,
    Resource,
    Action,
    Context,
    /// What a quantifier's variable stands for, by how many quantifiers stand around its own.
    Variable(usize),
}

/// `subject.organization.features`: an attribute of a root, then attributes of the entities and members of the records
/// that it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    pub root: Root,
    /// Never empty. Each but the last holds an entity or a record, and the variable that they start from holds an entity.
    /// `organization` of a party or an entity is the organization it belongs to.
    pub attributes: Vec<Symbol>,
    /// The declared type of each attribute, in the same order.
    pub types: Vec<Type>,
    /// As the author wrote it; answers name unknown leaves so.
    pub text: Symbol,
}

/// Which permission an HTTP request asks for.
#[derive(Debug, Clone)]
pub struct Route {
    pub package: Id<Package>,
    pub methods: Vec<Box<str>>,
    /// In lower case; none stands for every host.
    pub host: Option<Box<str>>,
    pub segments: Vec<Segment>,
    pub permission: Id<Permission>,
    pub id: Option<RouteValue>,
    pub organization: Option<RouteValue>,
    pub annotations: Vec<Annotation>,
    pub span: Span,
}

/// What one segment of a path has to be. [`Segment::Rest`] is only ever the last.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Segment {
    Literal(Box<str>),
    /// `{id: int}`: decimal digits, without leading zeros, that fit an int.
    Int,
    /// `{id}`: one segment that is not empty.
    Text,
    /// `*`: one segment that is not empty.
    Any,
    /// `**`: one segment or more.
    Rest,
}

/// Where a route takes an id or an organization from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RouteValue {
    /// The decoded segment at this position of the path.
    Segment(usize),
    Literal(Box<str>),
}

impl SetOperator {
    /// Whether the result may have an element that the left has not.
    pub fn adds(self) -> bool {
        self == SetOperator::Union
    }
}

impl Path {
    pub fn ty(&self) -> Option<&Type> {
        self.types.last()
    }
}

/// The attribute that leads from a subject or resource to its organization.
pub const ORGANIZATION_ATTRIBUTE: &str = "organization";

impl Policy {
    /// The packages of the resources that a rule is about, sorted.
    pub fn packages_of(&self, rule: &Rule) -> Vec<Id<Package>> {
        match &rule.targets {
            Targets::Package => vec![rule.package],
            Targets::Permissions(permissions) => self.packages_of_permissions(permissions),
        }
    }

    /// The packages of the resources of what a role's constraint leaves it, sorted.
    pub fn packages_left(&self, role: Id<Role>) -> Vec<Id<Package>> {
        self.packages_of_permissions(self.schema.roles.row(role).passed_on())
    }

    fn packages_of_permissions(&self, permissions: &[Id<Permission>]) -> Vec<Id<Package>> {
        let resources = permissions.iter().map(|id| self.schema.permissions.row(*id).resource);
        let mut packages: Vec<Id<Package>> = resources.map(|id| self.schema.types.row(id).package).collect();
        packages.sort_unstable();
        packages.dedup();
        packages
    }

    pub fn constraint(&self, role: Id<Role>) -> Option<&Constraint> {
        let found = self.constraints.binary_search_by_key(&role, |constraint| constraint.role).ok()?;
        self.constraints.get(found)
    }

    /// `package/name`, as answers and logs name the rule.
    pub fn rule_name(&self, rule: Id<Rule>) -> String {
        let row = self.rules.row(rule);
        format!("{}/{}", self.schema.packages.row(row.package).name, row.name)
    }
}
