//! Roles, and clause by clause what narrows them.

use super::Printer;
use super::declarations::{Item, Shape, Table};
use super::lines::{Blanks, Member, fits, flat, members, value_column, width};
use crate::language::syntax::tree::{Role, RoleClause, RoleClauseKind};

impl Printer<'_> {
    pub(super) fn role(&mut self, node: &Role<'_>) -> Shape {
        let parents: Vec<_> =
            node.parents.iter().map(|parent| (parent.span().range(), self.qualified(parent))).collect();
        let mut head = if node.is_system { "system role " } else { "role " }.to_owned();
        head.push_str(&self.name(&node.name));
        if !parents.is_empty() {
            head.push_str(" : ");
            let column = width(&head);
            head.push_str(&self.list(&parents, column));
        }
        let items: Vec<Item<'_, '_>> = node.permissions.iter().map(Item::Target).collect();
        let (end_of_name, first) = (node.name.span.range().end, node.parents.first());
        let has_head =
            first.is_some_and(|first| self.margin.has_comments(end_of_name..first.span().range().start));
        // In YAML the parents stand behind what the role's line ends with.
        let last = node.parents.last().filter(|_| !has_head);
        let end_of_head = last.map_or(end_of_name, |last| last.span().range().end);
        let whole = node.span.range();
        let end_of_body = node.clauses.first().map_or(whole.end, |first| {
            let start = first.span.range().start;
            let brace = self.margin.keyword_before("}", start);
            // YAML has no braces.
            let last = node.permissions.last().map_or(end_of_head, |last| last.span().range().end);
            match brace < start {
                true => brace + 1,
                false if self.margin.has_layout() => start,
                false => self.margin.end_of_line(last).min(start),
            }
        });
        let body = self.body(Table::Roles, vec![head], end_of_head..end_of_body, &items);
        let Some(last) = node.clauses.last() else { return body };
        let is_spread = self.margin.has_comments(end_of_body..whole.end)
            || self.margin.written(whole.clone()).is_none()
            || self.margin.is_broken(end_of_body..last.span.range().start);
        let above = match body {
            Shape::Row(table, mut cells) => {
                let head = flat(&cells);
                if !is_spread {
                    let clauses = node.clauses.iter();
                    let parts = clauses
                        .map(|clause| flat(&[keyword(&clause.kind).to_owned(), self.role_clause(clause, 0)]));
                    cells.push(parts.collect::<Vec<_>>().join(" "));
                    if fits(&flat(&cells), 0) {
                        return Shape::Row(table, cells);
                    }
                }
                head
            }
            Shape::Lines(text) => text,
        };
        let column = value_column(node.clauses.iter().map(|clause| keyword(&clause.kind)));
        let lines: Vec<Member> = node
            .clauses
            .iter()
            .map(|clause| Member {
                start: clause.span.range().start,
                end: clause.span.range().end,
                label: keyword(&clause.kind).to_owned(),
                value: self.role_clause(clause, column),
            })
            .collect();
        Shape::Lines(members(&mut self.margin, above, end_of_body, &lines, whole.end, Blanks::Dropped))
    }

    /// A clause without its keyword, from this column on.
    fn role_clause(&mut self, clause: &RoleClause<'_>, column: usize) -> String {
        match &clause.kind {
            RoleClauseKind::Only(targets) => {
                let targets: Vec<_> =
                    targets.iter().map(|target| (target.span().range(), self.target(target))).collect();
                self.list(&targets, column)
            }
            RoleClauseKind::In(path) => format!("organization({})", self.text(path)),
            RoleClauseKind::When(condition) | RoleClauseKind::Unless(condition) => {
                self.condition(condition, column)
            }
        }
    }
}

fn keyword(kind: &RoleClauseKind<'_>) -> &'static str {
    match kind {
        RoleClauseKind::Only(_) => "only",
        RoleClauseKind::In(_) => "in",
        RoleClauseKind::When(_) => "when",
        RoleClauseKind::Unless(_) => "unless",
    }
}
