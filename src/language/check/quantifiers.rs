//! `any x in SET: CONDITION`, `all x in SET: CONDITION`.

use std::rc::Rc;

use super::calls::Local;
use super::conditions::{Conditions, Kind, Typed};
use super::names::check_length;
use super::steps::Cost;
use crate::document::{Code, Diagnostic};
use crate::language::policy::{Expr, Operand, Quantified};
use crate::language::syntax::tree::{self, Name, Qualified};
use crate::model::limits::QUANTIFIERS_MAX;
use crate::model::{Symbol, Type, Value};

impl<'a> Conditions<'_, '_, '_, 'a> {
    pub(super) fn quantified(&mut self, node: &tree::Quantified<'a>) -> Option<Expr> {
        let is_new = self.check_new(node.variable);
        let set = self.operand(&node.set);
        if self.quantifiers == QUANTIFIERS_MAX {
            let message =
                format!("`any` and `all` nest at most {QUANTIFIERS_MAX} deep, with definitions put in");
            self.report.error(Code::TooDeep, node.heading, message);
            return None;
        }
        let set = set?;
        let element = self.element(&set)?;
        is_new?;
        let variable = self.quantifiers;
        let name = Symbol::intern(node.variable.text);
        let typed = Typed {
            operand: Operand::Variable(variable, name),
            kind: Kind::Value(element),
            span: node.variable.span,
        };
        let costs = self.costs.len();
        self.locals.push(Rc::new(Local { name: node.variable.text, typed }));
        self.quantifiers += 1;
        let body = self.condition(&node.body);
        self.quantifiers -= 1;
        self.locals.pop();
        // What is known of the elements is known inside alone.
        let (body, _) = body?;
        let quantified = Quantified { quantifier: node.quantifier, variable, set: set.operand, body };
        self.costs.truncate(costs);
        self.costs.push(Cost::of_elements(&quantified, node.heading));
        Some(Expr::Quantified(Box::new(quantified)))
    }

    /// A variable is a name that means nothing else where it stands.
    fn check_new(&mut self, variable: Name<'a>) -> Option<()> {
        check_length(variable, self.report);
        let names = self.around.names;
        if names.imports.has(self.site, variable.text) {
            let message = format!("the variable `{}` is called like an imported package", variable.text);
            let help = "give it another name: what follows its dot could be either";
            self.report.error_with_help(Code::Duplicate, variable.span, message, help);
            return None;
        }
        let other = match names.values.get(&(self.site.package, variable.text)) {
            Some((named, other)) => Some((format!("a {}", named.noun()), other.span)),
            None => self.local(variable.text).map(|local| match local.typed.operand {
                Operand::Variable(..) => ("another variable".to_owned(), local.typed.span),
                _ => ("a parameter".to_owned(), local.typed.span),
            }),
        };
        let Some((other, span)) = other else { return Some(()) };
        let message = format!("the variable `{}` is called like {other}", variable.text);
        self.report.add(
            Diagnostic::error(Code::Duplicate, message)
                .at(variable.span, "")
                .related(span, other)
                .help("give it another name: the condition could not mean both"),
        );
        None
    }

    /// The type of a set's elements.
    fn element(&mut self, set: &Typed) -> Option<Type> {
        match &set.kind {
            Kind::Value(Type::Set(element)) => {
                if has_several_types(&set.operand) {
                    self.report.error_with_help(
                        Code::TypeMismatch,
                        set.span,
                        "the elements of this set are not all of one type",
                        "ask about the elements of each type by themselves",
                    );
                    return None;
                }
                return Some((**element).clone());
            }
            Kind::Now => self.misplaced_now(set.span),
            Kind::WallClock(_) => self.misplaced_wall_clock(set)?,
            Kind::Value(_) | Kind::Party(_) => {
                let message = format!(
                    "`any` and `all` ask about the elements of a set, and {} is none",
                    self.described(set)
                );
                let help = "write a set behind `in`: an attribute that is one, or values in brackets";
                self.report.error_with_help(Code::TypeMismatch, set.span, message, help);
            }
        }
        None
    }

    /// `x is user`: the elements of a set are all of one type.
    pub(super) fn variable_is(&mut self, variable: &Typed, name: Qualified<'a>) -> Option<Expr> {
        let ty = self.type_asked_for(name)?;
        let kind = self.around.schema.types.row(ty).name;
        if variable.kind == Kind::Value(Type::Entity(kind)) {
            return Some(Expr::Literal(true));
        }
        let message = format!("{} is never a `{name}`", self.described(variable));
        let problem = Diagnostic::error(Code::NeverOfType, message).at(name.span(), "");
        self.report.if_complete(problem);
        None
    }
}

/// Entities of several types may stand in one literal, which is good for `in` alone.
fn has_several_types(set: &Operand) -> bool {
    let kinds = |value: &Value| match value {
        Value::Set(elements) => {
            let kind = |element: &Value| match element {
                Value::Entity(entity) => Some(entity.kind),
                _ => None,
            };
            elements.windows(2).any(|pair| pair.first().map(kind) != pair.last().map(kind))
        }
        _ => false,
    };
    match set {
        Operand::Literal(value) | Operand::OrElse(_, value) => kinds(value),
        Operand::Combined(first, rest) => {
            has_several_types(first) || rest.iter().any(|(_, part)| has_several_types(part))
        }
        _ => false,
    }
}
