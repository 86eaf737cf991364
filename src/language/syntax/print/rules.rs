//! Rules, clause by clause, and routes.

use std::fmt::Write as _;

use super::Printer;
use super::declarations::{Shape, Table};
use super::lines::{Blanks, INDENT, Member, fits, flat, line, members, value_column, width, wrap};
use crate::language::policy::Effect;
use crate::language::syntax::tree::{Clause, ClauseKind, Directive, Qualified, Route, RouteValue, Rule};

/// Clauses that stand on a line together: an exception stands beside its audience.
type Line<'t, 'a> = &'t [Clause<'a>];

impl Printer<'_> {
    pub(super) fn rule(&mut self, node: &Rule<'_>) -> Shape {
        let whole = node.span.range();
        let word = match node.effect {
            Effect::Allow => "allow ",
            Effect::Deny => "deny ",
        };
        let targets: Vec<_> =
            node.targets.iter().map(|target| (target.span().range(), self.target(target))).collect();
        let mut end_of_head = targets.last().map_or(whole.start, |(range, _)| range.end);
        let mut head = format!("{word}{}", self.list(&targets, width(word)));
        let mut clauses = node.clauses.as_slice();
        // The name belongs to the head, if it comes first.
        if let [Clause { kind: ClauseKind::Named(name), span }, rest @ ..] = clauses
            && !self.margin.has_comments(end_of_head..span.range().end)
        {
            let _ = write!(head, " named {}", self.name(name));
            (end_of_head, clauses) = (span.range().end, rest);
        }
        let last_start = clauses.last().map_or(end_of_head, |clause| clause.span.range().start);
        let is_spread = !clauses.is_empty()
            && (self.margin.has_comments(whole.clone())
                || self.margin.written(whole.clone()).is_none()
                || self.margin.is_broken(end_of_head..last_start));
        if !is_spread {
            let parts: Vec<String> = clauses
                .iter()
                .map(|clause| flat(&[keyword(&clause.kind).to_owned(), self.clause(clause, 0)]))
                .collect();
            let line = flat(&[head.clone(), parts.join(" ")]);
            if fits(&line, 0) {
                return Shape::Row(Table::Rules, vec![line]);
            }
        }
        // The targets stand on lines of their own where they have to; only the name behind them may be too long for the last.
        let head = match head.rsplit_once('\n') {
            Some((targets, last)) => {
                let words = last.trim_start();
                let indent = last.len() - words.len();
                format!("{targets}{}{}", line(indent), wrap(words, indent, 2 * INDENT))
            }
            None => wrap(&head, 0, 2 * INDENT),
        };
        let lines = self.lines(clauses);
        let firsts = lines.iter().filter_map(|line| line.first());
        let valued = firsts.filter(|first| !matches!(first.kind, ClauseKind::Overridable));
        let column = value_column(valued.map(|first| keyword(&first.kind)));
        let body: Vec<Member> = lines.iter().filter_map(|line| self.line(line, column)).collect();
        Shape::Lines(members(&mut self.margin, head, end_of_head, &body, whole.end, Blanks::Dropped))
    }

    fn lines<'t, 'a>(&mut self, mut clauses: &'t [Clause<'a>]) -> Vec<Line<'t, 'a>> {
        let mut lines = Vec::new();
        while let [first, rest @ ..] = clauses {
            let together = match (first, rest) {
                (
                    Clause { kind: ClauseKind::To(_) | ClauseKind::Anyone, span },
                    [Clause { kind: ClauseKind::Except(_), span: next }, ..],
                ) if !self.margin.has_comments(span.range().start..next.range().end) => 2,
                _ => 1,
            };
            let (line, rest) = clauses.split_at(together);
            lines.push(line);
            clauses = rest;
        }
        lines
    }

    fn line(&mut self, line: Line<'_, '_>, column: usize) -> Option<Member> {
        let (first, last) = (line.first()?, line.last()?);
        let value = match line {
            [audience, except] => {
                let text = format!("{} except {}", self.clause(audience, 0), self.clause(except, 0));
                wrap(&text.replace('\n', " "), column, column)
            }
            _ => self.clause(first, column),
        };
        let (start, end) = (first.span.range().start, last.span.range().end);
        Some(Member { start, end, label: keyword(&first.kind).to_owned(), value })
    }

    /// A clause without its keyword, from this column on.
    fn clause(&mut self, clause: &Clause<'_>, column: usize) -> String {
        match &clause.kind {
            ClauseKind::Named(name) | ClauseKind::Priority(name) => self.name(name),
            ClauseKind::Anyone => "anyone".to_owned(),
            ClauseKind::To(names) | ClauseKind::Except(names) => self.names(names, column),
            ClauseKind::When(condition) | ClauseKind::Unless(condition) => self.condition(condition, column),
            ClauseKind::Because(text) => self.text(text),
            ClauseKind::Advise(directive) | ClauseKind::Oblige(directive) => {
                wrap(&self.directive(directive), column, column + INDENT)
            }
            ClauseKind::Overridable => String::new(),
        }
    }

    fn names(&mut self, names: &[Qualified<'_>], column: usize) -> String {
        let names: Vec<_> = names.iter().map(|name| (name.span().range(), self.qualified(name))).collect();
        self.list(&names, column)
    }

    pub(super) fn directive(&self, node: &Directive<'_>) -> String {
        let arguments: Vec<String> = node
            .arguments
            .iter()
            .map(|(name, value)| format!("{}: {}", self.name(name), self.literal(value)))
            .collect();
        // Empty parentheses are the author's.
        let has_none = arguments.is_empty()
            && self.margin.written(node.span.range()).is_none_or(|written| !written.ends_with(')'));
        let arguments = if has_none { String::new() } else { format!("({})", arguments.join(", ")) };
        format!("{}{arguments}", self.name(&node.name))
    }

    pub(super) fn route(&mut self, node: &Route<'_>) -> Shape {
        let cells = self.route_cells(node);
        if fits(&flat(&cells), 0) {
            return Shape::Row(Table::Routes, cells);
        }
        // A line may end before what the request asks for, and within that; nowhere in a pattern.
        let (target, request) =
            cells.split_last().map_or(("", &[][..]), |(last, rest)| (last.as_str(), rest));
        let request = flat(request);
        Shape::Lines(format!("{request}{}{}", line(2 * INDENT), wrap(target, 2 * INDENT, 2 * INDENT)))
    }

    /// A route without its keyword.
    pub(super) fn route_text(&self, node: &Route<'_>) -> String {
        flat(self.route_cells(node).get(1..).unwrap_or_default())
    }

    fn route_cells(&self, node: &Route<'_>) -> Vec<String> {
        let methods: Vec<&str> = node.methods.iter().map(|method| method.text).collect();
        let mut target = format!("-> {}:{}", self.qualified(&node.resource), self.action_name(&node.action));
        if let Some((resource, id)) = &node.entity {
            let _ = write!(target, " on {}({})", self.qualified(resource), self.route_value(id));
        }
        if let Some(organization) = &node.organization {
            let _ = write!(target, " in organization({})", self.route_value(organization));
        }
        vec!["route".to_owned(), methods.join(", "), node.pattern.text.to_owned(), target]
    }

    fn route_value(&self, value: &RouteValue<'_>) -> String {
        match value {
            RouteValue::Parameter(name) => self.name(name),
            RouteValue::Text(text) => self.text(text),
        }
    }
}

fn keyword(kind: &ClauseKind<'_>) -> &'static str {
    match kind {
        ClauseKind::Named(_) => "named",
        ClauseKind::Anyone | ClauseKind::To(_) => "to",
        ClauseKind::Except(_) => "except",
        ClauseKind::When(_) => "when",
        ClauseKind::Unless(_) => "unless",
        ClauseKind::Priority(_) => "priority",
        ClauseKind::Because(_) => "because",
        ClauseKind::Advise(_) => "advise",
        ClauseKind::Oblige(_) => "oblige",
        ClauseKind::Overridable => "overridable",
    }
}
