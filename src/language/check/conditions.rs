//! Conditions: names resolved, definitions put in, types checked.

use std::rc::Rc;

use super::calls::Local;
use super::flow::{Facts, Flow, Known};
use super::literals::{self, Scope};
use super::names::{Named, Site};
use super::report::Report;
use super::rules::Surroundings;
use super::steps::Cost;
use super::windows;
use crate::document::{Code, Diagnostic, Span};
use crate::language::policy::{Expr, Operand, Party, WallClock};
use crate::language::syntax::tree::{
    self, Comparator, ComparatorKind, ExprKind, Literal, LiteralKind, Name, Qualified,
};
use crate::model::schema::{EntityType, Package};
use crate::model::{Id, Symbol, Type, Value};

pub(super) use super::definitions::Definitions;

/// The check of one rule's conditions.
pub(super) struct Conditions<'c, 's, 't, 'a> {
    pub(super) around: &'c Surroundings<'s, 't, 'a>,
    /// Where the text that is looked at stands.
    pub(super) site: Site,
    /// The package of the rule.
    home: Id<Package>,
    pub(super) known: Known,
    /// The tests that may take more than one step.
    pub(super) costs: Vec<Cost>,
    /// The parameters of the definition that is being looked at, and the variables of the quantifiers in it.
    pub(super) locals: Vec<Rc<Local<'a>>>,
    /// How many quantifiers stand around what is being looked at, those around its definition included.
    pub(super) quantifiers: usize,
    /// Whether it is looked at by itself, without anything that its uses may make sure of.
    pub(super) is_alone: bool,
    pub(super) report: &'c mut Report,
}

/// A value that a condition reads, and what is known of its type.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Typed {
    pub(super) operand: Operand,
    pub(super) kind: Kind,
    pub(super) span: Span,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Value(Type),
    /// The subject or the resource itself.
    Party(Party),
    Now,
    /// What a wall clock reads: a date or a time.
    WallClock(Type),
}

impl<'c, 's, 't, 'a> Conditions<'c, 's, 't, 'a> {
    pub(super) fn new(
        around: &'c Surroundings<'s, 't, 'a>,
        site: Site,
        resources: Option<Vec<Id<EntityType>>>,
        report: &'c mut Report,
    ) -> Self {
        let known = Known::new(around.subjects(site), resources);
        let (home, costs, locals) = (site.package, Vec::new(), Vec::new());
        Conditions { around, site, home, known, costs, locals, quantifiers: 0, is_alone: false, report }
    }

    /// The packages that the resource may be of: their declarations of the context and of organizations are meant.
    pub(super) fn homes(&self) -> Vec<Id<Package>> {
        let (schema, names) = (self.around.schema, self.around.names);
        if self.is_alone && !names.imports.is_empty() {
            return schema.packages.ids().collect();
        }
        let types = self.known.types(Party::Resource);
        let mut homes: Vec<Id<Package>> =
            types.iter().flat_map(|types| types.iter()).map(|ty| schema.types.row(*ty).package).collect();
        homes.dedup();
        if homes.is_empty() {
            homes.push(self.home);
        }
        homes
    }

    /// What an expression names, unless that is a parameter.
    pub(super) fn declared_name(&self, expr: &tree::Expr<'a>) -> Option<Qualified<'a>> {
        let name = expr.name()?;
        let first = name.package.unwrap_or(name.name);
        self.local(first.text).is_none().then_some(name)
    }

    pub(super) fn assume(&mut self, facts: &Facts) {
        self.known.assume(facts);
    }

    /// The checked condition and what follows from it; none if something in it is wrong, which is then reported.
    pub(super) fn condition(&mut self, expr: &tree::Expr<'a>) -> Option<(Expr, Flow)> {
        match &expr.kind {
            ExprKind::And(parts) => self.all(parts),
            ExprKind::Or(parts) => self.any(parts),
            ExprKind::Not(part) => {
                let (condition, flow) = self.condition(part)?;
                Some((Expr::Not(Box::new(condition)), flow.negated()))
            }
            ExprKind::Group(part) => self.condition(part),
            ExprKind::Compare(left, comparator, right) => {
                let checked = self.comparison(left, *comparator, right)?;
                self.costs.extend(Cost::of(&checked.0, expr.span));
                Some(checked)
            }
            ExprKind::Quantified(quantified) => self.quantified(quantified).map(plain),
            ExprKind::Has(path) => {
                let (path, key) = self.path_to_ask_for(path)?;
                let flow = Flow { if_true: Facts::present(key), if_false: Facts::default() };
                Some((Expr::Has(path), flow))
            }
            ExprKind::Reference(_) | ExprKind::Read(_) => match self.declared_name(expr) {
                Some(name) => self.definition(name),
                None => self.truth(expr).map(plain),
            },
            ExprKind::Call(name, arguments) => self.call(*name, arguments, expr.span),
            ExprKind::Literal(Literal { kind: LiteralKind::Bool(value), .. }) => {
                Some(plain(Expr::Literal(*value)))
            }
            ExprKind::OrElse(..)
            | ExprKind::Party(_)
            | ExprKind::Now
            | ExprKind::WallClock(..)
            | ExprKind::Arithmetic(..)
            | ExprKind::Combined(..)
            | ExprKind::Literal(_) => self.truth(expr).map(plain),
        }
    }

    fn comparison(
        &mut self,
        left: &tree::Expr<'a>,
        Comparator { kind, span }: Comparator,
        right: &tree::Expr<'a>,
    ) -> Option<(Expr, Flow)> {
        match kind {
            ComparatorKind::Compare(comparison) => self.compare(left, comparison, span, right).map(plain),
            ComparatorKind::In => self.within(left, span, right).map(plain),
            ComparatorKind::Is => self.is(left, right),
            ComparatorKind::Sets(relation) => self.sets(left, relation, span, right).map(plain),
            ComparatorKind::Like => self.like(left, span, right).map(plain),
            ComparatorKind::Matches => self.matches(left, span, right).map(plain),
        }
    }

    /// Each part is checked where those before it are true.
    fn all(&mut self, parts: &[tree::Expr<'a>]) -> Option<(Expr, Flow)> {
        let mark = self.known.mark();
        let mut flow = Flow::default();
        let mut conditions = Vec::with_capacity(parts.len());
        for (number, part) in parts.iter().enumerate() {
            let checked = self.condition(part);
            let Some((condition, part)) = checked else { continue };
            self.known.assume(&part.if_true);
            flow.if_true.and(part.if_true);
            if number == 0 {
                flow.if_false = part.if_false;
            } else {
                flow.if_false.or(&part.if_false);
            }
            conditions.push(condition);
        }
        self.known.reset(mark);
        (conditions.len() == parts.len()).then_some((Expr::And(conditions), flow))
    }

    /// Each part is checked where those before it are false.
    fn any(&mut self, parts: &[tree::Expr<'a>]) -> Option<(Expr, Flow)> {
        let mark = self.known.mark();
        let mut flow = Flow::default();
        let mut conditions = Vec::with_capacity(parts.len());
        for (number, part) in parts.iter().enumerate() {
            let checked = self.condition(part);
            let Some((condition, part)) = checked else { continue };
            self.known.assume(&part.if_false);
            flow.if_false.and(part.if_false);
            if number == 0 {
                flow.if_true = part.if_true;
            } else {
                flow.if_true.or(&part.if_true);
            }
            conditions.push(condition);
        }
        self.known.reset(mark);
        (conditions.len() == parts.len()).then_some((Expr::Or(conditions), flow))
    }

    /// A value that is a condition of its own: one of type bool.
    fn truth(&mut self, expr: &tree::Expr<'a>) -> Option<Expr> {
        let typed = self.operand(expr)?;
        if typed.kind == Kind::Value(Type::Bool) {
            return Some(match typed.operand {
                Operand::Literal(Value::Bool(value)) => Expr::Literal(value),
                operand => Expr::Truth(operand),
            });
        }
        if typed.kind == Kind::Now {
            self.misplaced_now(typed.span);
            return None;
        }
        self.no_condition(&typed);
        None
    }

    pub(super) fn no_condition(&mut self, typed: &Typed) {
        let message = format!("expected a condition, found {}", self.described(typed));
        self.report.error(Code::TypeMismatch, typed.span, message);
    }

    /// `subject is user`.
    fn is(&mut self, left: &tree::Expr<'a>, right: &tree::Expr<'a>) -> Option<(Expr, Flow)> {
        let name = match &right.kind {
            // A type that is called as no identifier can be.
            ExprKind::Literal(Literal { kind: LiteralKind::Text(text), span }) => {
                Some(Qualified::own(Name { text: Symbol::intern(text).text(), span: *span }))
            }
            _ => right.name(),
        };
        if let (ExprKind::Reference(local), Some(name)) = (&left.kind, name)
            && let Some(local) = self.local(local.text)
            && let Operand::Variable(..) = local.typed.operand
        {
            return self.variable_is(&local.typed, name).map(plain);
        }
        let (ExprKind::Party(party), Some(name)) = (&left.kind, name) else {
            let span = if matches!(left.kind, ExprKind::Party(_)) { right.span } else { left.span };
            self.report.error_with_help(
                Code::TypeMismatch,
                span,
                "`is` asks for the type of `subject` or `resource`",
                "write `subject is TYPE` or `resource is TYPE`",
            );
            return None;
        };
        let ty = self.type_asked_for(name)?;
        let possible = self.known.types(*party)?;
        if !possible.contains(&ty) {
            let word = party_word(*party);
            let message = format!("`{word}` can't be of type `{name}` here");
            self.report.if_complete(Diagnostic::error(Code::NeverOfType, message).at(name.span(), ""));
            return None;
        }
        let others = possible.iter().copied().filter(|other| *other != ty).collect();
        let flow =
            Flow { if_true: Facts::of_type(*party, vec![ty]), if_false: Facts::of_type(*party, others) };
        Some((Expr::Is(*party, ty), flow))
    }

    /// The value of an expression that is not a condition.
    pub(super) fn operand(&mut self, expr: &tree::Expr<'a>) -> Option<Typed> {
        if let Some(name) = self.declared_name(expr) {
            self.no_value(name);
            return None;
        }
        let (operand, kind) = match &expr.kind {
            ExprKind::Group(part) => return self.operand(part),
            ExprKind::Party(party) => (Operand::Party(*party), Kind::Party(*party)),
            ExprKind::Now => (Operand::Now, Kind::Now),
            ExprKind::WallClock(part, zone) => {
                let zone = windows::zone(*zone, self.report)?;
                let ty = match part {
                    WallClock::Date => Type::Date,
                    WallClock::Time => Type::Time,
                };
                (Operand::WallClock(*part, zone), Kind::WallClock(ty))
            }
            ExprKind::Arithmetic(first, rest) => return self.arithmetic(first, rest, expr.span),
            ExprKind::Combined(first, rest) => return self.combined(first, rest, expr.span),
            ExprKind::Literal(literal) => {
                let (value, ty) = self.literal(literal, None)?;
                (Operand::Literal(value), Kind::Value(ty))
            }
            ExprKind::Read(path) => {
                let (path, ty) = self.path_to_read(path)?;
                (Operand::Path(path), Kind::Value(ty))
            }
            ExprKind::OrElse(path, literal) => {
                let (path, ty) = self.path_with_fallback(path)?;
                let (value, found) = self.literal(literal, Some(&ty))?;
                if found != ty {
                    let message = format!(
                        "`{}` is of type `{}`, what stands in for it of type `{}`",
                        path.text,
                        ty.describe(),
                        found.describe()
                    );
                    self.report.error(Code::TypeMismatch, literal.span, message);
                    return None;
                }
                (Operand::OrElse(path, value), Kind::Value(ty))
            }
            ExprKind::Reference(name) => {
                let local = self.local(name.text)?;
                return Some(Typed { span: expr.span, ..local.typed.clone() });
            }
            ExprKind::Call(name, arguments) => self.entity(*name, arguments)?,
            ExprKind::Or(_)
            | ExprKind::And(_)
            | ExprKind::Not(_)
            | ExprKind::Compare(..)
            | ExprKind::Quantified(_)
            | ExprKind::Has(_) => {
                self.report.error(Code::TypeMismatch, expr.span, "expected a value, found a condition");
                return None;
            }
        };
        Some(Typed { operand, kind, span: expr.span })
    }

    /// A name that stands where only a value can.
    pub(super) fn no_value(&mut self, name: Qualified<'a>) {
        let what = match self.around.names.value(self.site, name) {
            Some(Named::Definition(_)) => "is a condition, not a value",
            Some(Named::Window(_)) => "is a window: only `now in` can stand before it",
            Some(Named::Networks(_)) => "is a network: only an address and `in` can stand before it",
            None => return self.unknown_name("name", name),
        };
        self.report.error(Code::TypeMismatch, name.span(), format!("`{name}` {what}"));
    }

    pub(super) fn literal(
        &mut self,
        literal: &Literal<'a>,
        expected: Option<&Type>,
    ) -> Option<(Value, Type)> {
        let scope = Scope { site: self.site, schema: self.around.schema, names: self.around.names };
        literals::literal(literal, expected, &scope, self.report)
    }

    pub(super) fn misplaced_now(&mut self, span: Span) {
        self.report.error_with_help(
            Code::MisplacedNow,
            span,
            "`now` can't stand here",
            "write `now in WINDOW`, or compare `now` or `now - DURATION` with an instant by `<`, `<=`, `>` or `>=`",
        );
    }
}

fn plain(condition: Expr) -> (Expr, Flow) {
    (condition, Flow::default())
}

pub(super) fn party_word(party: Party) -> &'static str {
    match party {
        Party::Subject => "subject",
        Party::Resource => "resource",
    }
}
