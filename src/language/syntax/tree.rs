//! A policy file as its author wrote it: nothing resolved, everything with its place.

mod parts;

use std::fmt;

use super::scan;
use crate::document::{SourceId, Span};
use crate::language::policy::{
    Comparison, Effect, Operator, Party, Quantifier, Root, SetOperator, SetRelation, WallClock,
};
use crate::model::{Date, Duration, Instant, TimeOfDay};

/// One file.
#[derive(Debug, Clone, PartialEq)]
pub struct File<'a> {
    pub source: SourceId,
    /// None in a file without declarations.
    pub package: Option<Name<'a>>,
    /// The packages whose names may be used besides.
    pub imports: Vec<Name<'a>>,
    /// The packages of which only a part was to be imported, which is an error; their names are known nevertheless.
    pub torn_imports: Vec<Name<'a>>,
    pub declarations: Vec<Declaration<'a>>,
    /// False if a declaration that gives something a name could not be read: what the file declares is then not
    /// known in full.
    pub is_complete: bool,
}

/// A word, and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name<'a> {
    pub text: &'a str,
    pub span: Span,
}

/// A name that may be another package's: `hackai.user`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Qualified<'a> {
    /// None for the file's own.
    pub package: Option<Name<'a>>,
    pub name: Name<'a>,
}

/// A string literal with its escapes undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    pub value: Box<str>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Declaration<'a> {
    Subject(Entity<'a>),
    Resource(Entity<'a>),
    Organization(Attributes<'a>),
    Context(Attributes<'a>),
    Action(Attributes<'a>),
    Network(Network<'a>),
    Window(Window<'a>),
    Role(Role<'a>),
    PermissionSet(PermissionSet<'a>),
    // Larger than the others, and there are many of those.
    Definition(Box<Definition<'a>>),
    Rule(Rule<'a>),
    Route(Box<Route<'a>>),
}

impl<'a> Declaration<'a> {
    /// Without the annotations before a rule, with those before anything else.
    pub fn span(&self) -> Span {
        match self {
            Declaration::Subject(node) | Declaration::Resource(node) => node.span,
            Declaration::Organization(node) | Declaration::Context(node) | Declaration::Action(node) => {
                node.span
            }
            Declaration::Network(node) => node.span,
            Declaration::Window(node) => node.span,
            Declaration::Role(node) => node.span,
            Declaration::PermissionSet(node) => node.span,
            Declaration::Definition(node) => node.span,
            Declaration::Rule(node) => node.span,
            Declaration::Route(node) => node.span,
        }
    }

    pub fn annotations(&self) -> &[Annotation<'a>] {
        match self {
            Declaration::Subject(node) | Declaration::Resource(node) => &node.annotations,
            Declaration::Organization(_) | Declaration::Context(_) | Declaration::Action(_) => &[],
            Declaration::Network(node) => &node.annotations,
            Declaration::Window(node) => &node.annotations,
            Declaration::Role(node) => &node.annotations,
            Declaration::PermissionSet(node) => &node.annotations,
            Declaration::Definition(node) => &node.annotations,
            Declaration::Rule(node) => &node.annotations,
            Declaration::Route(node) => &node.annotations,
        }
    }
}

/// What organizations, the context or actions have.
#[derive(Debug, Clone, PartialEq)]
pub struct Attributes<'a> {
    pub attributes: Vec<Attribute<'a>>,
    pub span: Span,
}

/// A type of subject or of resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Entity<'a> {
    pub annotations: Vec<Annotation<'a>>,
    pub name: Name<'a>,
    pub placement: Placement,
    pub attributes: Vec<Attribute<'a>>,
    pub actions: Vec<Name<'a>>,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    Unsaid,
    Shared,
    InOrganization,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Attribute<'a> {
    pub name: Name<'a>,
    pub is_optional: bool,
    pub ty: TypeName<'a>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub struct TypeName<'a> {
    pub is_set: bool,
    /// Of the elements, if it is a set.
    pub kind: TypeKind<'a>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum TypeKind<'a> {
    Named(Qualified<'a>),
    /// `record { street: string, floor?: int }`.
    Record(Vec<Attribute<'a>>),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Network<'a> {
    pub annotations: Vec<Annotation<'a>>,
    pub name: Name<'a>,
    pub addresses: Vec<Name<'a>>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Window<'a> {
    pub annotations: Vec<Annotation<'a>>,
    pub name: Name<'a>,
    pub spans: Vec<WindowSpan<'a>>,
    pub zone: Name<'a>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub struct WindowSpan<'a> {
    /// Single days and ranges of days; none stands for every day.
    pub days: Vec<(Name<'a>, Option<Name<'a>>)>,
    pub start: Name<'a>,
    pub end: Name<'a>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Role<'a> {
    pub annotations: Vec<Annotation<'a>>,
    pub name: Name<'a>,
    pub is_system: bool,
    pub parents: Vec<Qualified<'a>>,
    pub permissions: Vec<Target<'a>>,
    /// What narrows the permissions down.
    pub clauses: Vec<RoleClause<'a>>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub struct RoleClause<'a> {
    pub kind: RoleClauseKind<'a>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum RoleClauseKind<'a> {
    Only(Vec<Target<'a>>),
    /// `in organization("acme/security")`.
    In(Text),
    When(Expr<'a>),
    Unless(Expr<'a>),
}

/// `@owner("security team")`.
#[derive(Debug, Clone, PartialEq)]
pub struct Annotation<'a> {
    pub name: Name<'a>,
    pub text: Text,
    pub span: Span,
}

/// `permissions reading = document:read, report:{read, list}`.
#[derive(Debug, Clone, PartialEq)]
pub struct PermissionSet<'a> {
    pub annotations: Vec<Annotation<'a>>,
    pub name: Name<'a>,
    pub targets: Vec<Target<'a>>,
    pub span: Span,
}

/// What a role permits, or what a rule is about.
#[derive(Debug, Clone, PartialEq)]
pub enum Target<'a> {
    Permission(Permission<'a>),
    /// The name of a permission set.
    Set(Qualified<'a>),
}

/// `incidents:{read, update}`.
#[derive(Debug, Clone, PartialEq)]
pub struct Permission<'a> {
    pub resource: Types<'a>,
    /// None is `*`.
    pub actions: Option<Vec<Name<'a>>>,
    pub span: Span,
}

/// Which types of resources a permission is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Types<'a> {
    /// `*`.
    All,
    /// `hackai.*`, which is never right.
    AllOf(Name<'a>),
    One(Qualified<'a>),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Definition<'a> {
    pub annotations: Vec<Annotation<'a>>,
    pub name: Name<'a>,
    pub parameters: Vec<Parameter<'a>>,
    pub condition: Expr<'a>,
    pub span: Span,
}

/// `who: user`.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter<'a> {
    pub name: Name<'a>,
    pub ty: TypeName<'a>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Rule<'a> {
    pub annotations: Vec<Annotation<'a>>,
    pub effect: Effect,
    /// Where its `allow` or `deny` stands.
    pub word: Span,
    pub targets: Vec<Target<'a>>,
    pub clauses: Vec<Clause<'a>>,
    /// The rule as the policy form writes it, without its annotations and its layout: a rule without a name gets its
    /// name from this.
    pub tokens: String,
    /// Without the annotations if they stand before it.
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Clause<'a> {
    pub kind: ClauseKind<'a>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ClauseKind<'a> {
    Named(Name<'a>),
    Anyone,
    To(Vec<Qualified<'a>>),
    Except(Vec<Qualified<'a>>),
    When(Expr<'a>),
    Unless(Expr<'a>),
    /// Its digits.
    Priority(Name<'a>),
    Because(Text),
    Advise(Directive<'a>),
    Oblige(Directive<'a>),
    Overridable,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Directive<'a> {
    pub name: Name<'a>,
    pub arguments: Vec<(Name<'a>, Literal<'a>)>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Expr<'a> {
    pub kind: ExprKind<'a>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind<'a> {
    /// A whole chain of `or`, two at least.
    Or(Vec<Expr<'a>>),
    And(Vec<Expr<'a>>),
    Not(Box<Expr<'a>>),
    Compare(Box<Expr<'a>>, Comparator, Box<Expr<'a>>),
    /// A chain of `+` and `-`, or of `*`, from the left.
    Arithmetic(Box<Expr<'a>>, Vec<(Sign, Expr<'a>)>),
    /// A chain of `union`, `intersect` and `minus`, from the left.
    Combined(Box<Expr<'a>>, Vec<(SetSign, Expr<'a>)>),
    /// Parentheses.
    Group(Box<Expr<'a>>),
    Quantified(Box<Quantified<'a>>),
    Has(Path<'a>),
    Read(Path<'a>),
    OrElse(Path<'a>, Literal<'a>),
    Party(Party),
    Now,
    /// `date(now, Europe/London)`.
    WallClock(WallClock, Name<'a>),
    /// The name of a definition, a parameter, a window, a network or a type.
    Reference(Name<'a>),
    /// A definition with its arguments, or an entity: `user("ann")`.
    Call(Qualified<'a>, Vec<Expr<'a>>),
    Literal(Literal<'a>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comparator {
    pub kind: ComparatorKind,
    pub span: Span,
}

/// `+`, `-` or `*`, where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sign {
    pub operator: Operator,
    pub span: Span,
}

/// `union`, `intersect` or `minus`, where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetSign {
    pub operator: SetOperator,
    pub span: Span,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ComparatorKind {
    Compare(Comparison),
    In,
    Is,
    Like,
    Matches,
    /// `subset of`, `overlaps`.
    Sets(SetRelation),
}

/// `any x in SET: CONDITION`, `all x in SET: CONDITION`.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantified<'a> {
    pub quantifier: Quantifier,
    pub variable: Name<'a>,
    pub set: Expr<'a>,
    pub body: Expr<'a>,
    /// Without the body.
    pub heading: Span,
}

/// What a path starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start<'a> {
    Root(Root),
    /// A parameter, or a quantifier's variable; or a package, in front of a name of its own.
    Name(Name<'a>),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Path<'a> {
    pub start: Start<'a>,
    /// The whole path.
    pub text: &'a str,
    /// Never empty.
    pub steps: Vec<Name<'a>>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Literal<'a> {
    pub kind: LiteralKind<'a>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum LiteralKind<'a> {
    Text(Box<str>),
    Int(i64),
    Bool(bool),
    /// With the text it is written as.
    Temporal(Temporal, &'a str),
    /// `group("soc")`.
    Entity(Qualified<'a>, Text),
    Set(Vec<Literal<'a>>),
}

/// A literal about time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Temporal {
    /// `2026-11-22T10:00:00Z`.
    Instant(Instant),
    /// `2026-11-22`.
    Date(Date),
    /// `09:30`.
    Time(TimeOfDay),
    /// `2h30m`.
    Duration(Duration),
}

impl<'a> Qualified<'a> {
    pub fn own(name: Name<'a>) -> Qualified<'a> {
        Qualified { package: None, name }
    }

    pub fn span(&self) -> Span {
        self.package.map_or(self.name.span, |package| package.span.to(self.name.span))
    }
}

impl fmt::Display for Qualified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(package) = self.package {
            write!(f, "{}.", package.text)?;
        }
        f.write_str(self.name.text)
    }
}

impl Target<'_> {
    pub fn span(&self) -> Span {
        match self {
            Target::Permission(permission) => permission.span,
            Target::Set(name) => name.span(),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Route<'a> {
    pub annotations: Vec<Annotation<'a>>,
    pub methods: Vec<Name<'a>>,
    pub host: Option<Name<'a>>,
    /// The text of the host and the path.
    pub pattern: Name<'a>,
    pub segments: Vec<Segment<'a>>,
    pub resource: Qualified<'a>,
    pub action: Name<'a>,
    /// `on incidents(id)`.
    pub entity: Option<(Qualified<'a>, RouteValue<'a>)>,
    /// `in organization(org)`.
    pub organization: Option<RouteValue<'a>>,
    pub span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Segment<'a> {
    /// As it is written; `*` and `**` are among them.
    Text(Name<'a>),
    /// `{id}` or `{id: int}`.
    Parameter(Name<'a>, Option<Name<'a>>),
    /// What follows the slash at the end.
    Empty(Span),
}

#[derive(Debug, Clone, PartialEq)]
pub enum RouteValue<'a> {
    Parameter(Name<'a>),
    Text(Text),
}

impl<'a> Path<'a> {
    /// The text of the path from its root over so many steps.
    pub fn over(&self, steps: usize) -> &'a str {
        let mut words = scan::tokens(self.text).filter(|token| token.kind != scan::Kind::Sign);
        words.nth(steps).and_then(|last| self.text.get(..last.end())).unwrap_or(self.text)
    }
}
