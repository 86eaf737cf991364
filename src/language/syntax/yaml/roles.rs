//! Roles of the YAML form, and what narrows them.

use super::super::build::part;
use super::super::parse::Rule;
use super::super::tree::{Role, RoleClause, RoleClauseKind};
use super::texts::{Reader, spans};
use super::whole;
use crate::document::yaml::{self, Content, Entry, Fields, Node};

const KEYS: [&str; 8] = ["system", "inherits", "permissions", "only", "in", "when", "unless", "annotations"];

/// Longer texts than this are not repeated in a help line.
const SHOWN: usize = 60;

impl<'n> Reader<'n> {
    pub(super) fn role(&mut self, entry: &'n Entry<'n>) -> Option<Role<'n>> {
        let name = self.key(entry, Rule::yaml_role);
        if matches!(entry.value.content, Content::Text(_) | Content::List(_))
            && let Some(problem) = yaml::mismatch(&entry.value, "a role's keys such as `permissions`")
        {
            let written = self.sources.text(entry.value.span);
            let permissions = if written.len() > SHOWN || written.contains('\n') { "…" } else { written };
            self.problems
                .push(problem.help(format!("write `permissions: {permissions}` below the role's name")));
            return None;
        }
        let fields = Fields::read(&entry.value, "a role", &KEYS, &mut self.problems)?;
        let annotations = self.annotations(&fields);
        let is_system = match fields.get("system") {
            Some(node) => yaml::bool(node, "`true` or `false`", &mut self.problems),
            None => Some(false),
        };
        let parents = fields.get("inherits").map_or(Some(Vec::new()), |node| {
            self.references_of(node, "a role, or a list of roles", Rule::yaml_parent)
        });
        let permissions = fields
            .get("permissions")
            .map_or(Some(Vec::new()), |node| self.targets(node).map(|found| found.0));
        let clauses = self.role_clauses(&fields);
        Some(Role {
            annotations: annotations?,
            name: name?,
            is_system: is_system?,
            parents: parents?,
            permissions: permissions?,
            clauses: clauses?,
            span: whole(entry),
        })
    }

    /// What narrows the role, in the order in which the policy form can write it; none if something of it is wrong.
    fn role_clauses(&mut self, fields: &Fields<'n, 'n>) -> Option<Vec<RoleClause<'n>>> {
        let mut clauses = Vec::new();
        let mut is_whole = true;
        for key in ["only", "in", "when", "unless"] {
            let Some(node) = fields.get(key) else { continue };
            match self.role_clause(key, node) {
                Some(kinds) => {
                    let spans = spans(node, node.span, kinds.len());
                    clauses
                        .extend(kinds.into_iter().zip(spans).map(|(kind, span)| RoleClause { kind, span }));
                }
                None => is_whole = false,
            }
        }
        is_whole.then_some(clauses)
    }

    fn role_clause(&mut self, key: &str, node: &'n Node<'n>) -> Option<Vec<RoleClauseKind<'n>>> {
        Some(match key {
            "only" => vec![RoleClauseKind::Only(self.targets(node)?.0)],
            "in" => {
                let expected = "an organization such as `organization(\"acme\")`";
                let text = self.scalar(node, expected)?;
                if !text.text.trim_start().starts_with("organization(") {
                    return yaml::misshapen(node, expected, &mut self.problems);
                }
                let path = self
                    .parse(&text, Rule::yaml_home, |builder, pair| builder.text(&part(pair, Rule::text)?));
                vec![RoleClauseKind::In(path?)]
            }
            "when" => {
                let conditions = self.conditions(node)?;
                conditions.into_iter().map(|(condition, _)| RoleClauseKind::When(condition)).collect()
            }
            _ => vec![RoleClauseKind::Unless(self.condition(node)?.0)],
        })
    }
}
