//! Roles and what narrows them.

use pest::iterators::Pair;

use super::build::{Builder, part};
use super::parse::Rule;
use super::tree::{Role, RoleClause, RoleClauseKind};

impl Builder {
    pub(super) fn role<'a>(&mut self, pair: &Pair<'a, Rule>) -> Option<Role<'a>> {
        self.is_in_role = true;
        let is_clause = |pair: &Pair<'_, Rule>| {
            matches!(pair.as_rule(), Rule::only | Rule::place | Rule::when | Rule::unless)
        };
        let clauses = pair.clone().into_inner().filter(is_clause);
        let clauses: Option<Vec<_>> = clauses.map(|pair| self.role_clause(&pair)).collect();
        self.is_in_role = false;
        Some(Role {
            annotations: self.annotations(pair)?,
            name: self.named(pair, Rule::role_name)?,
            is_system: part(pair, Rule::kw_system).is_some(),
            parents: self.references(pair, Rule::role_reference)?,
            permissions: self.targets(pair)?,
            clauses: clauses?,
            span: self.span(pair),
        })
    }

    fn role_clause<'a>(&mut self, pair: &Pair<'a, Rule>) -> Option<RoleClause<'a>> {
        let kind = match pair.as_rule() {
            Rule::only => RoleClauseKind::Only(self.targets(pair)?),
            Rule::place => RoleClauseKind::In(self.text(&part(pair, Rule::text)?)?),
            Rule::when => RoleClauseKind::When(self.expression(part(pair, Rule::expression)?)?),
            Rule::unless => RoleClauseKind::Unless(self.expression(part(pair, Rule::expression)?)?),
            _ => return None,
        };
        Some(RoleClause { kind, span: self.span(pair) })
    }
}
