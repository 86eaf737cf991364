//! Definitions put in place of their names, with arguments in place of their parameters.

use std::mem;
use std::rc::Rc;

use super::conditions::{Conditions, Kind, Typed, party_word};
use super::definitions::Parameter;
use super::flow::Flow;
use super::literals::entity_id;
use super::names::{Declared, Named};
use super::types::entity_kind;
use crate::document::{Code, Diagnostic, Span};
use crate::language::policy::{Expr, Operand, Party};
use crate::language::syntax::tree::{self, ExprKind, Literal, LiteralKind, Qualified};
use crate::model::value::GROUP;
use crate::model::{EntityRef, Symbol, Type, Value};

/// A parameter with what stands in its place, or a quantifier's variable.
#[derive(Debug, Clone)]
pub(super) struct Local<'a> {
    pub(super) name: &'a str,
    pub(super) typed: Typed,
}

impl<'a> Conditions<'_, '_, '_, 'a> {
    /// What a parameter or a variable of this name stands for here.
    pub(super) fn local(&self, name: &str) -> Option<Rc<Local<'a>>> {
        self.locals.iter().find(|local| local.name == name).map(Rc::clone)
    }

    /// A name that stands where a condition does.
    pub(super) fn definition(&mut self, name: Qualified<'a>) -> Option<(Expr, Flow)> {
        let named = match self.around.names.value(self.site, name) {
            Some(Named::Definition(number)) => return self.put_in(number, name, None, name.span()),
            Some(named) => named,
            None => {
                self.unknown_name("name", name);
                return None;
            }
        };
        let help = match named {
            Named::Window(_) => format!("write `now in {name}`"),
            Named::Networks(_) | Named::Definition(_) => format!("write `context.… in {name}`"),
        };
        let message = format!("the {} `{name}` is not a condition", named.noun());
        self.report.error_with_help(Code::TypeMismatch, name.span(), message, help);
        None
    }

    /// `senior(7, subject)`.
    pub(super) fn call(
        &mut self,
        name: Qualified<'a>,
        arguments: &[tree::Expr<'a>],
        span: Span,
    ) -> Option<(Expr, Flow)> {
        if let Some(Named::Definition(number)) = self.around.names.value(self.site, name) {
            return self.put_in(number, name, Some(arguments), span);
        }
        let (operand, kind) = self.entity(name, arguments)?;
        self.no_condition(&Typed { operand, kind, span });
        None
    }

    /// `user("ann")`.
    pub(super) fn entity(
        &mut self,
        name: Qualified<'a>,
        arguments: &[tree::Expr<'a>],
    ) -> Option<(Operand, Kind)> {
        let names = self.around.names;
        let is_type = name.name.text == GROUP || names.find(&names.types, self.site, name).is_some();
        let is_value = names.value(self.site, name).is_some();
        if let [tree::Expr { kind: ExprKind::Literal(Literal { kind: LiteralKind::Text(id), .. }), .. }] =
            arguments
            && (is_type || !is_value)
        {
            let kind = entity_kind(self.site, name, self.around.schema, names, self.report)?;
            for argument in arguments {
                entity_id(kind, id, argument.span, self.report);
            }
            let entity = EntityRef { kind, id: Symbol::intern(id) };
            return Some((Operand::Literal(Value::Entity(entity)), Kind::Value(Type::Entity(kind))));
        }
        if is_type {
            let message = format!("a `{name}` is named by one id in quotes");
            let help = format!("write `{name}(\"…\")`");
            self.report.error_with_help(Code::WrongArguments, name.span(), message, help);
        } else if is_value {
            self.no_value(name);
        } else if name.package.is_none() && matches!(name.name.text, "date" | "time") {
            let message = format!("`{name}` takes `now` and a time zone");
            let help = format!("write `{name}(now, Europe/London)`, the zone without quotes");
            let problem = Diagnostic::error(Code::WrongArguments, message).at(name.span(), "");
            self.report.if_declared(name.name.text, problem.help(help));
        } else {
            self.unknown_name("definition", name);
        }
        None
    }

    /// A name that nothing declares, where parameters and what packages declare may stand.
    pub(super) fn unknown_name(&mut self, what: &str, name: Qualified<'a>) {
        let names = self.around.names;
        if let Some((message, help)) = self.other_than_value(name) {
            let problem = Diagnostic::error(Code::UnknownName, message).at(name.span(), "");
            return self.report.if_declared(name.name.text, problem.help(help));
        }
        let locals: Vec<&str> = self.locals.iter().map(|local| local.name).collect();
        match name.package {
            Some(first) if self.local(first.text).is_some() => {
                let message = format!("`{name}` is an attribute, and takes no arguments");
                self.report.error(Code::TypeMismatch, name.span(), message);
            }
            Some(first) if !names.imports.is_known(first.text) => {
                let known = locals.into_iter().chain(names.imports.names(self.site));
                self.report.unknown(Code::UnknownName, "name", first, known);
            }
            _ => {
                names.report_unknown(&names.values, self.site, name, what, locals.into_iter(), self.report);
            }
        }
    }

    /// A definition's condition, with what it is given in place of its parameters.
    fn put_in(
        &mut self,
        number: usize,
        name: Qualified<'a>,
        arguments: Option<&[tree::Expr<'a>]>,
        span: Span,
    ) -> Option<(Expr, Flow)> {
        let definitions = self.around.definitions;
        let (parameters, Declared { site, node }) = definitions.parameters(number)?;
        let takes = node.parameters.len();
        let is_bare_name_enough = takes == 0 && arguments.is_none();
        if !is_bare_name_enough && (takes == 0 || arguments.map(<[_]>::len) != Some(takes)) {
            self.report_wrong_number(name, arguments, node, span);
            return None;
        }
        let condition = definitions.condition(number);
        // What it is given is looked at even if it is in error itself.
        let locals: Vec<Option<Rc<Local<'a>>>> = parameters
            .iter()
            .zip(arguments.into_iter().flatten())
            .map(|(parameter, argument)| self.argument(parameter, argument).map(Rc::new))
            .collect();
        let (condition, locals) = (condition?, locals.into_iter().collect::<Option<Vec<_>>>()?);
        if self.is_alone {
            return Some((Expr::Literal(true), Flow::default()));
        }
        let outer = (self.site, mem::replace(&mut self.locals, locals), self.known.mark());
        if site != self.site {
            // It may ask for types that only its own file can name.
            let (met, more) = (self.around.subjects(self.site), self.around.subjects(site));
            self.known.widen(more.iter().copied().filter(|ty| met.binary_search(ty).is_err()));
            self.site = site;
        }
        let used = self.report.looks_into_definition(None);
        self.report.looks_into_definition(used.or(Some(span)));
        let checked = self.condition(condition);
        self.report.looks_into_definition(used);
        let known;
        (self.site, self.locals, known) = outer;
        self.known.reset(known);
        checked
    }

    fn report_wrong_number(
        &mut self,
        name: Qualified<'a>,
        arguments: Option<&[tree::Expr<'a>]>,
        node: &tree::Definition<'a>,
        span: Span,
    ) {
        let names: Vec<&str> = node.parameters.iter().map(|parameter| parameter.name.text).collect();
        let found = match arguments.map_or(0, <[_]>::len) {
            0 => "none".to_owned(),
            count => count.to_string(),
        };
        let message = match names.len() {
            0 => format!("the definition `{name}` takes no arguments"),
            1 => format!("the definition `{name}` takes 1 argument, found {found}"),
            count => format!("the definition `{name}` takes {count} arguments, found {found}"),
        };
        let help = if names.is_empty() {
            format!("write `{name}` alone")
        } else {
            format!("write `{name}({})` with a value in place of each name", names.join(", "))
        };
        self.report.add(
            Diagnostic::error(Code::WrongArguments, message)
                .at(span, "")
                .related(node.name.span, "declared here")
                .help(help),
        );
    }

    /// What stands for a parameter, if it is of the parameter's type.
    fn argument(&mut self, parameter: &Parameter<'a>, argument: &tree::Expr<'a>) -> Option<Local<'a>> {
        let typed = match &argument.kind {
            // An empty set is of the type that is asked for.
            ExprKind::Literal(literal) => {
                let (value, ty) = self.literal(literal, Some(&parameter.ty))?;
                Typed { operand: Operand::Literal(value), kind: Kind::Value(ty), span: argument.span }
            }
            _ => self.operand(argument)?,
        };
        match (&typed.kind, &parameter.ty) {
            (Kind::Value(ty), wanted) if ty == wanted => {}
            (Kind::Party(party), Type::Entity(kind)) => {
                self.is_surely(*party, *kind, parameter, typed.span)?;
            }
            (Kind::Now | Kind::WallClock(_), _) => {
                let message = format!("{} can't be an argument", self.described(&typed));
                let help = "write it in the definition itself";
                self.report.error_with_help(Code::MisplacedNow, typed.span, message, help);
                return None;
            }
            (Kind::Value(_) | Kind::Party(_), wanted) => {
                let message = format!(
                    "the parameter `{}` takes a value of type `{}`, not {}",
                    parameter.name.text,
                    self.type_text(wanted),
                    self.described(&typed)
                );
                let problem = Diagnostic::error(Code::TypeMismatch, message)
                    .at(typed.span, "")
                    .related(parameter.name.span, "declared here");
                self.report.add(problem);
                return None;
            }
        }
        Some(Local { name: parameter.name.text, typed })
    }

    /// Whether the subject or the resource can be nothing here but what a parameter takes.
    fn is_surely(&mut self, party: Party, kind: Symbol, parameter: &Parameter<'a>, span: Span) -> Option<()> {
        let types = self.known.types(party)?;
        let schema = self.around.schema;
        let is_other = |ty: &&crate::model::Id<_>| schema.types.row(**ty).name != kind;
        let wanted = self.kind_text(kind);
        let word = party_word(party);
        if self.is_alone || (!types.is_empty() && !types.iter().any(|ty| is_other(&ty))) {
            return Some(());
        }
        let name = parameter.name.text;
        let diagnostic = if types.iter().all(|ty| is_other(&ty)) {
            let message =
                format!("the {word} can't be of type `{wanted}` here, which the parameter `{name}` takes");
            Diagnostic::error(Code::TypeMismatch, message).at(span, "")
        } else {
            let other = types.iter().find(is_other).map_or(kind, |ty| schema.types.row(*ty).name);
            let other = self.kind_text(other);
            let message =
                format!("the {word} may be of type `{other}`, but the parameter `{name}` takes a `{wanted}`");
            let help = format!("say first which one: `{word} is {wanted} and …`");
            Diagnostic::error(Code::NotShared, message).at(span, "").help(help)
        };
        self.report.if_complete(diagnostic.related(parameter.name.span, "declared here"));
        None
    }
}
