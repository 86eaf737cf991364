//! Definitions: which ones can be put in place of their names, and how large that makes a condition.

use std::cell::Cell;
use std::collections::HashSet;

use super::graph;
use super::names::{Declarations, Declared, Named, Names, annotations, distinct};
use super::report::Report;
use crate::document::{Code, Diagnostic};
use crate::language::syntax::tree::{Definition, Expr, ExprKind};
use crate::model::Id;
use crate::model::limits::{CONDITION_NODES_MAX, NESTING_MAX, POLICY_NODES_MAX};
use crate::model::schema::Package;

/// The definitions of all packages, by package and name.
pub(super) struct Definitions<'t, 'a> {
    declared: Vec<Declared<'t, Definition<'a>>>,
    /// None for those that lead into a circle.
    sizes: Vec<Option<Size>>,
    nodes_left: Cell<usize>,
}

/// What a condition comes to once its definitions are put in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Size {
    nodes: usize,
    depth: usize,
}

impl<'t, 'a> Definitions<'t, 'a> {
    pub(super) fn declare(
        declarations: &Declarations<'t, 'a>,
        names: &mut Names<'a>,
        report: &mut Report,
    ) -> Definitions<'t, 'a> {
        let declared = distinct(declarations.definitions.clone(), |node| node.name, "definition", report);
        for (number, item) in declared.iter().enumerate() {
            names.define(item.package, item.node.name, Named::Definition(number), report);
            annotations(item.node.annotations.iter(), report);
        }
        let edges: Vec<Vec<usize>> = declared
            .iter()
            .map(|item| {
                let mut used = Vec::new();
                uses(&item.node.condition, item.package, names, &mut used);
                used
            })
            .collect();
        let order = graph::order(&edges);
        report_circles(&declared, &order.circles, report);
        let mut definitions = Definitions {
            sizes: vec![None; declared.len()],
            declared,
            nodes_left: Cell::new(POLICY_NODES_MAX),
        };
        for number in order.order {
            let Some(item) = definitions.declared.get(number) else { continue };
            let is_open =
                edges.get(number).into_iter().flatten().any(|used| definitions.size(*used).is_none());
            let size = (!is_open).then(|| definitions.measure(&item.node.condition, item.package, names));
            if let Some(slot) = definitions.sizes.get_mut(number) {
                *slot = size;
            }
        }
        definitions
    }

    /// The condition behind a definition; none if it leads into a circle.
    pub(super) fn condition(&self, number: usize) -> Option<&'t Expr<'a>> {
        self.size(number)?;
        self.declared.get(number).map(|item| &item.node.condition)
    }

    /// Whether conditions are within the bounds with their definitions put in; if not, that is reported.
    pub(super) fn is_bounded(
        &self,
        conditions: &[&Expr<'a>],
        package: Id<Package>,
        names: &Names<'a>,
        report: &mut Report,
    ) -> bool {
        let sizes = conditions.iter().map(|condition| (condition, self.measure(condition, package, names)));
        let mut nodes = 0_usize;
        for (condition, size) in sizes {
            nodes = nodes.saturating_add(size.nodes);
            if size.depth > NESTING_MAX {
                let message =
                    format!("the condition nests deeper than {NESTING_MAX} levels with its definitions");
                report.error(Code::TooDeep, condition.span, message);
                return false;
            }
            if nodes > CONDITION_NODES_MAX {
                let message = format!(
                    "the rule's conditions have more than {CONDITION_NODES_MAX} parts with their definitions"
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
        let Some(left) = self.nodes_left.get().checked_sub(nodes) else {
            if self.nodes_left.replace(0) > 0
                && let Some(condition) = conditions.first()
            {
                let message = format!("the rules' conditions have more than {POLICY_NODES_MAX} parts in all");
                report.error(Code::TooLarge, condition.span, message);
            }
            return false;
        };
        self.nodes_left.set(left);
        true
    }

    fn size(&self, number: usize) -> Option<Size> {
        self.sizes.get(number).copied().flatten()
    }

    fn measure(&self, expr: &Expr<'a>, package: Id<Package>, names: &Names<'a>) -> Size {
        let mut whole = Size { nodes: 1, depth: 0 };
        let mut add = |part: Size, levels: usize| {
            whole.nodes = whole.nodes.saturating_add(part.nodes);
            whole.depth = whole.depth.max(part.depth.saturating_add(levels));
        };
        match &expr.kind {
            ExprKind::Or(parts) | ExprKind::And(parts) => {
                for part in parts {
                    add(self.measure(part, package, names), 0);
                }
            }
            ExprKind::Not(part) | ExprKind::Group(part) => add(self.measure(part, package, names), 1),
            ExprKind::Compare(left, _, right) => {
                add(self.measure(left, package, names), 0);
                add(self.measure(right, package, names), 0);
            }
            ExprKind::Arithmetic(first, rest) => {
                for part in std::iter::once(&**first).chain(rest.iter().map(|(_, part)| part)) {
                    add(self.measure(part, package, names), 0);
                }
            }
            ExprKind::Combined(first, rest) => {
                for part in std::iter::once(&**first).chain(rest.iter().map(|(_, part)| part)) {
                    add(self.measure(part, package, names), 0);
                }
            }
            ExprKind::Reference(name) => {
                if let Some((Named::Definition(number), _)) = names.values.get(&(package, name.text)) {
                    add(self.size(*number).unwrap_or(Size { nodes: 1, depth: 0 }), 1);
                }
            }
            ExprKind::Has(_)
            | ExprKind::Read(_)
            | ExprKind::OrElse(..)
            | ExprKind::Party(_)
            | ExprKind::Now
            | ExprKind::WallClock(..)
            | ExprKind::Literal(_) => {}
        }
        whole
    }
}

/// The definitions that a condition names.
fn uses<'a>(expr: &Expr<'a>, package: Id<Package>, names: &Names<'a>, used: &mut Vec<usize>) {
    match &expr.kind {
        ExprKind::Or(parts) | ExprKind::And(parts) => {
            for part in parts {
                uses(part, package, names, used);
            }
        }
        ExprKind::Not(part) | ExprKind::Group(part) => uses(part, package, names, used),
        ExprKind::Compare(left, _, right) => {
            uses(left, package, names, used);
            uses(right, package, names, used);
        }
        ExprKind::Arithmetic(first, rest) => {
            for part in std::iter::once(&**first).chain(rest.iter().map(|(_, part)| part)) {
                uses(part, package, names, used);
            }
        }
        ExprKind::Combined(first, rest) => {
            for part in std::iter::once(&**first).chain(rest.iter().map(|(_, part)| part)) {
                uses(part, package, names, used);
            }
        }
        ExprKind::Reference(name) => {
            if let Some((Named::Definition(number), _)) = names.values.get(&(package, name.text)) {
                used.push(*number);
            }
        }
        ExprKind::Has(_)
        | ExprKind::Read(_)
        | ExprKind::OrElse(..)
        | ExprKind::Party(_)
        | ExprKind::Now
        | ExprKind::WallClock(..)
        | ExprKind::Literal(_) => {}
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
