//! Definitions: which ones can be put in place of their names, and how large that makes a condition.

use std::cell::Cell;
use std::collections::HashSet;

use super::graph;
use super::names::{
    Declarations, Declared, Named, Names, Site, annotations, check_length, distinct, duplicate,
};
use super::report::Report;
use super::types::parameter_type;
use crate::document::{Code, Diagnostic};
use crate::language::syntax::tree::{
    self, Definition, Expr, ExprKind, Literal, LiteralKind, Name, Qualified,
};
use crate::model::limits::{CONDITION_NODES_MAX, NESTING_MAX, POLICY_NODES_MAX};
use crate::model::schema::{Package, Schema};
use crate::model::value::GROUP;
use crate::model::{Id, Type};

/// What the language itself gives arguments to.
const WALL_CLOCKS: [&str; 2] = ["date", "time"];

/// The definitions of all packages, by package and name.
pub(super) struct Definitions<'t, 'a> {
    rows: Vec<Row<'t, 'a>>,
    /// None once there were too many.
    nodes_left: Cell<Option<usize>>,
}

struct Row<'t, 'a> {
    declared: Declared<'t, Definition<'a>>,
    parameters: Vec<Parameter<'a>>,
    /// None if it leads into a circle.
    size: Option<Size>,
    /// False if something in it is wrong wherever it is used.
    is_good: Cell<bool>,
}

pub(super) struct Parameter<'a> {
    pub(super) name: Name<'a>,
    pub(super) ty: Type,
}

/// What a condition comes to once its definitions are put in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Size {
    nodes: usize,
    depth: usize,
    /// How often each parameter of the definition that it stands in is put in.
    parameters: Vec<usize>,
}

impl<'t, 'a> Definitions<'t, 'a> {
    pub(super) fn declare(
        declarations: &Declarations<'t, 'a>,
        schema: &Schema,
        names: &mut Names<'a>,
        report: &mut Report,
    ) -> Definitions<'t, 'a> {
        let declared = distinct(declarations.definitions.clone(), |node| node.name, "definition", report);
        for (number, item) in declared.iter().enumerate() {
            names.define(item.site.package, item.node.name, Named::Definition(number), report);
            annotations(item.node.annotations.iter(), report);
        }
        let edges: Vec<Vec<usize>> = declared
            .iter()
            .map(|item| {
                let mut used = Vec::new();
                uses(&item.node.condition, item.site, names, &mut used);
                used
            })
            .collect();
        let order = graph::order(&edges);
        report_circles(&declared, &order.circles, report);
        let row = |declared: Declared<'t, Definition<'a>>| {
            let errors = report.errors();
            let parameters = parameters(declared, schema, names, report);
            let is_good = report.errors() == errors && parameters.len() == declared.node.parameters.len();
            Row { declared, parameters, size: None, is_good: Cell::new(is_good) }
        };
        let rows = declared.into_iter().map(row).collect();
        let mut definitions = Definitions { rows, nodes_left: Cell::new(Some(POLICY_NODES_MAX)) };
        for number in order.order {
            let Some(row) = definitions.rows.get(number) else { continue };
            let is_open =
                edges.get(number).into_iter().flatten().any(|used| definitions.size(*used).is_none());
            let Declared { site, node } = row.declared;
            let size =
                (!is_open).then(|| definitions.measure(&node.condition, &node.parameters, site, names));
            if let Some(row) = definitions.rows.get_mut(number) {
                row.size = size;
            }
        }
        definitions
    }

    pub(super) fn numbers(&self) -> std::ops::Range<usize> {
        0..self.rows.len()
    }

    /// What a definition takes, and where it is declared.
    pub(super) fn parameters(
        &self,
        number: usize,
    ) -> Option<(&[Parameter<'a>], Declared<'t, Definition<'a>>)> {
        self.rows.get(number).map(|row| (row.parameters.as_slice(), row.declared))
    }

    /// The condition behind a definition; none if it leads into a circle or is in error, which was said.
    pub(super) fn condition(&self, number: usize) -> Option<&'t Expr<'a>> {
        let row = self.rows.get(number)?;
        row.size.as_ref()?;
        row.is_good.get().then_some(&row.declared.node.condition)
    }

    /// Says that something in a definition is wrong wherever it is used.
    pub(super) fn breaks(&self, number: usize) {
        if let Some(row) = self.rows.get(number) {
            row.is_good.set(false);
        }
    }

    /// Whether the conditions of `holder` are within the bounds with their definitions put in; if not, that is
    /// reported. For all policies together they count once for each package of the resources that they are about.
    pub(super) fn is_bounded(
        &self,
        conditions: &[&Expr<'a>],
        site: Site,
        (holder, packages): (&str, usize),
        names: &Names<'a>,
        report: &mut Report,
    ) -> bool {
        let mut nodes = 0_usize;
        for condition in conditions {
            let size = self.measure(condition, &[], site, names);
            nodes = nodes.saturating_add(size.nodes);
            if size.depth > NESTING_MAX {
                let message =
                    format!("the condition nests deeper than {NESTING_MAX} levels with its definitions");
                report.error(Code::TooDeep, condition.span, message);
                return false;
            }
            if nodes > CONDITION_NODES_MAX {
                let message = format!(
                    "the conditions have more than {CONDITION_NODES_MAX} parts with their definitions"
                );
                report.error_with_help(
                    Code::TooLarge,
                    condition.span,
                    message,
                    "keep long lists in facts or in a `network`",
                );
                return false;
            }
        }
        let before = self.nodes_left.get();
        let all = nodes.saturating_mul(packages.max(1));
        let left = before.and_then(|left| left.checked_sub(all));
        self.nodes_left.set(left);
        if let (Some(_), None, Some(condition)) = (before, left, conditions.first()) {
            let message =
                format!("the conditions of all rules and roles have more than {POLICY_NODES_MAX} parts");
            let help = if packages > 1 {
                format!(
                    "{holder} is about {packages} packages, and its {nodes} parts count for each: let it be about fewer, or use smaller definitions"
                )
            } else {
                format!(
                    "{holder} has {nodes} of them with its definitions: use smaller ones, or in fewer places"
                )
            };
            report.error_with_help(Code::TooLarge, condition.span, message, help);
        }
        left.is_some()
    }

    fn size(&self, number: usize) -> Option<&Size> {
        self.rows.get(number)?.size.as_ref()
    }

    fn measure(
        &self,
        expr: &Expr<'a>,
        parameters: &[tree::Parameter<'a>],
        site: Site,
        names: &Names<'a>,
    ) -> Size {
        let measured = |part: &Expr<'a>| self.measure(part, parameters, site, names);
        let mut whole = Size { nodes: 1, depth: 0, parameters: vec![0; parameters.len()] };
        match &expr.kind {
            ExprKind::Reference(name)
                if let Some(place) = parameters.iter().position(|one| one.name.text == name.text) =>
            {
                if let Some(count) = whole.parameters.get_mut(place) {
                    *count += 1;
                }
            }
            ExprKind::Reference(_) | ExprKind::Read(_) => {
                let used = expr.name().and_then(|name| self.used(name, site, names));
                if let Some(used) = used {
                    whole.add(&used.closed(), 1);
                } else if let ExprKind::Read(path) = &expr.kind {
                    // Each step is kept.
                    whole.nodes = path.steps.len().max(1);
                }
            }
            ExprKind::Call(name, arguments) => {
                let body = self.used(*name, site, names);
                for (place, argument) in arguments.iter().enumerate() {
                    // One that is put in nowhere is looked at all the same.
                    let times =
                        body.and_then(|body| body.parameters.get(place)).map_or(1, |times| *times.max(&1));
                    whole.add(&measured(argument).times(times), body.map_or(0, |body| body.depth + 1));
                }
                if let Some(body) = body {
                    whole.add(&body.closed(), 1);
                }
            }
            ExprKind::OrElse(_, literal) | ExprKind::Literal(literal) => {
                whole.nodes = whole.nodes.saturating_add(elements(literal));
            }
            kind => {
                let levels = usize::from(matches!(
                    kind,
                    ExprKind::Not(_) | ExprKind::Group(_) | ExprKind::Quantified(_)
                ));
                for part in expr.parts() {
                    whole.add(&measured(part), levels);
                }
            }
        }
        whole
    }

    /// What the definition of this name comes to.
    fn used(&self, name: Qualified<'a>, site: Site, names: &Names<'a>) -> Option<&Size> {
        match names.value(site, name) {
            Some(Named::Definition(number)) => self.size(number),
            _ => None,
        }
    }
}

impl Size {
    /// Puts a part in, so many levels further down.
    fn add(&mut self, part: &Size, levels: usize) {
        self.nodes = self.nodes.saturating_add(part.nodes);
        self.depth = self.depth.max(part.depth.saturating_add(levels));
        for (count, more) in self.parameters.iter_mut().zip(&part.parameters) {
            *count = count.saturating_add(*more);
        }
    }

    /// The same, so many times.
    fn times(mut self, times: usize) -> Size {
        self.nodes = self.nodes.saturating_mul(times);
        self.parameters.iter_mut().for_each(|count| *count = count.saturating_mul(times));
        self
    }

    /// Without parameters, whose arguments count by themselves.
    fn closed(&self) -> Size {
        Size { nodes: self.nodes, depth: self.depth, parameters: Vec::new() }
    }
}

fn elements(literal: &Literal<'_>) -> usize {
    if let LiteralKind::Set(items) = &literal.kind { items.len() } else { 0 }
}

/// A definition's parameters with their types; what is wrong with them is reported.
fn parameters<'a>(
    Declared { site, node }: Declared<'_, Definition<'a>>,
    schema: &Schema,
    names: &Names<'a>,
    report: &mut Report,
) -> Vec<Parameter<'a>> {
    if !node.parameters.is_empty() {
        check_callable(node.name, site.package, names, report);
    }
    let mut parameters: Vec<Parameter<'a>> = Vec::with_capacity(node.parameters.len());
    for parameter in &node.parameters {
        let name = parameter.name;
        check_length(name, report);
        if let Some(first) = parameters.iter().find(|first| first.name.text == name.text) {
            report.add(duplicate("parameter", first.name, name));
            continue;
        }
        if let Some((named, other)) = names.values.get(&(site.package, name.text)) {
            let message = format!("the parameter `{}` is called like a {}", name.text, named.noun());
            report.add(
                Diagnostic::error(Code::Duplicate, message)
                    .at(name.span, "")
                    .related(other.span, "declared here")
                    .help("give it another name: the definition could not mean both"),
            );
        }
        if names.imports.has(site, name.text) {
            let message = format!("the parameter `{}` is called like an imported package", name.text);
            let help = "give it another name: what follows its dot could be either";
            report.error_with_help(Code::Duplicate, name.span, message, help);
        }
        match parameter_type(site, &parameter.ty, schema, names, report) {
            Some(ty) => parameters.push(Parameter { name, ty }),
            None => report.breaks(name.text),
        }
    }
    parameters
}

/// Whether the name in front of parentheses can stand for a definition alone.
fn check_callable<'a>(name: Name<'a>, package: Id<Package>, names: &Names<'a>, report: &mut Report) {
    let text = name.text;
    if text == GROUP || names.types.contains_key(&(package, text)) {
        let message = format!("a type is called `{text}` too");
        let help = format!("give it another name: `{text}(\"…\")` is an entity of that type");
        report.error_with_help(Code::ReservedName, name.span, message, help);
    } else if WALL_CLOCKS.contains(&text) {
        let message = format!("a definition with parameters can't be called `{text}`");
        let help = format!("give it another name: `{text}(now, Europe/London)` is what clocks there read");
        report.error_with_help(Code::ReservedName, name.span, message, help);
    }
}

/// The definitions that a condition names.
fn uses<'a>(expr: &Expr<'a>, site: Site, names: &Names<'a>, used: &mut Vec<usize>) {
    let name = if let ExprKind::Call(name, _) = &expr.kind { Some(*name) } else { expr.name() };
    if let Some(Named::Definition(number)) = name.and_then(|name| names.value(site, name)) {
        used.push(number);
    }
    for part in expr.parts() {
        uses(part, site, names, used);
    }
}

fn report_circles(declared: &[Declared<'_, Definition<'_>>], circles: &[Vec<usize>], report: &mut Report) {
    let mut seen: HashSet<usize> = HashSet::new();
    for circle in circles {
        let members: Vec<&Definition<'_>> =
            circle.iter().filter_map(|member| declared.get(*member)).map(|item| item.node).collect();
        let (Some(start), Some(first)) = (circle.first(), members.first()) else { continue };
        if !seen.insert(*start) {
            continue;
        }
        let message = match members.len() {
            1 => format!("the definition `{}` uses itself", first.name.text),
            _ => format!("the definition `{}` uses itself by way of others", first.name.text),
        };
        let diagnostic = Diagnostic::error(Code::DefinitionCycle, message).at(first.name.span, "");
        report.add(members.iter().skip(1).fold(diagnostic, |diagnostic, member| {
            diagnostic.related(member.name.span, "leads on from here")
        }));
    }
}
