//! Tables: a row for each role or subject, a column for each permission, a case for each cell.

use super::draft::{Application, Asked, Asker, Case, Column, Expected, Party, Placed, Property, Row, Table};
use super::read::{decision, items, optional_text, placed, properties, start};
use crate::document::yaml::{self, Entry, Fields, Node};
use crate::document::{Code, Diagnostic, Problems};
use crate::model::Input;

const TABLE: [&str; 8] = ["name", "at", "context", "subject", "resource", "scope", "columns", "rows"];
/// Stands for the id of whoever asks.
const WHO: &str = "$subject";

pub fn table(node: &Node<'_>, problems: &mut Problems) -> Option<Table> {
    let fields = Fields::read(node, "a table", &TABLE, problems)?;
    let subject = party(fields.get("subject"), &["type", "properties"], problems);
    let resource = party(fields.get("resource"), &["properties"], problems);
    let mut table = Table {
        name: optional_text(&fields, "name", "a text", problems),
        at: fields.get("at").and_then(|node| yaml::instant(node, problems)),
        context: properties(fields.get("context"), problems),
        subject_kind: subject.0,
        subject_properties: subject.1,
        resource_properties: resource.1,
        scope: fields.get("scope").and_then(|node| placed(node, "an organization's path", problems)),
        columns: Vec::new(),
        rows: Vec::new(),
    };
    let help = "write `columns: [document:read, document:write]`";
    let columns = fields.required("columns", help, problems);
    let help = "write `rows`, and below it as in `reader: [allow, deny]`";
    let rows = fields.required("rows", help, problems);
    let columns = items(columns, "a list of permissions", problems);
    table.columns.extend(columns.iter().filter_map(|node| column(node, problems)));
    let rows = yaml::entries(rows?, "roles or subjects, and what is decided for each", problems)?;
    table.rows.extend(rows.iter().filter_map(|entry| row(entry, columns.len(), problems)));
    if columns.is_empty() || rows.is_empty() {
        let problem = Diagnostic::error(Code::NoTests, "a table without a cell");
        problems.push(problem.at(start(node), "").help("write its `columns` and `rows`, or delete it"));
    }
    Some(table)
}

type Shared = (Option<Placed<String>>, Vec<Property>);

/// What all subjects or all resources of a table share.
fn party(node: Option<&Node<'_>>, known: &[&str], problems: &mut Problems) -> Shared {
    let fields = node.and_then(|node| Fields::read(node, "what a table's cells share", known, problems));
    let Some(fields) = fields else { return (None, Vec::new()) };
    let kind = fields.get("type").and_then(|node| placed(node, "a type", problems));
    (kind, properties(fields.get("properties"), problems))
}

fn column(node: &Node<'_>, problems: &mut Problems) -> Option<Column> {
    let expected = "a permission, `document:read`, or one on something, `document:read plan`";
    let text = yaml::text(node, expected, problems)?;
    let Some((kind, action)) = text.split_once(':') else { return yaml::misshapen(node, expected, problems) };
    let (action, id) = match action.split_once(' ') {
        Some((action, id)) => (action, Some(id.trim().to_owned())),
        None => (action, None),
    };
    Some(Column { span: node.span, kind: kind.to_owned(), action: action.to_owned(), id })
}

fn row(entry: &Entry<'_>, columns: usize, problems: &mut Problems) -> Option<Row> {
    let nodes = yaml::list(&entry.value, "a list of `allow` and `deny`", problems)?;
    if nodes.len() != columns {
        let cells = if nodes.len() == 1 { "cell" } else { "cells" };
        let message =
            format!("`{}` has {} {cells}, and there are {columns} columns", entry.key.text, nodes.len());
        let problem = Diagnostic::error(Code::Expectation, message).at(entry.value.span, "");
        problems.push(problem.help("write `allow` or `deny` for each column, in their order"));
        return None;
    }
    let cell = |node: &Node<'_>| Some(Placed { value: decision(node, problems)?, span: node.span });
    let cells = nodes.iter().map(cell).collect::<Option<_>>()?;
    Some(Row { who: Placed { value: entry.key.text.clone().into_owned(), span: entry.key.span }, cells })
}

impl Table {
    /// The case of each cell of a row, once it is known who asks.
    pub fn cases<'t>(&'t self, row: &'t Row, asker: &'t Party) -> impl Iterator<Item = Case> + 't {
        self.columns.iter().zip(&row.cells).map(|(column, cell)| self.case(row, column, *cell, asker))
    }

    fn case(&self, row: &Row, column: &Column, cell: Placed<bool>, asker: &Party) -> Case {
        let title = self.name.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
        let on = column.id.as_ref().map(|id| format!(" {id}")).unwrap_or_default();
        let id = asker.id.as_deref().unwrap_or_default();
        Case {
            span: cell.span,
            name: Some(format!("{title}{} {}:{}{on}", row.who.value, column.kind, column.action)),
            at: self.at,
            subject: Asker::Somebody(Party {
                properties: of_asker(&self.subject_properties, id),
                ..asker.clone()
            }),
            asked: Asked::Application(Application {
                action: Placed { value: column.action.clone(), span: column.span },
                action_properties: Vec::new(),
                resource: Party {
                    kind: Placed { value: column.kind.clone(), span: column.span },
                    id: column.id.clone(),
                    properties: of_asker(&self.resource_properties, id),
                },
                context: self.context.clone(),
                understands: Vec::new(),
            }),
            expected: Expected {
                is_allow: cell.value,
                reason: None,
                by: None,
                unknown: None,
                obligations: None,
                advice: None,
                valid_until: None,
            },
        }
    }
}

fn of_asker(properties: &[Property], id: &str) -> Vec<Property> {
    let mut properties = properties.to_vec();
    for property in &mut properties {
        if matches!(&property.value.value, Input::Text(text) if text == WHO) {
            property.value.value = Input::Text(id.to_owned().into());
        }
    }
    properties
}
