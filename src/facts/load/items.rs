//! The entities that files list, before their bodies are read.

use super::Context;
use super::names::Names;
use crate::document::yaml::{self, Entry, Fields, Node};
use crate::document::{Code, Diagnostic, Problems, suggest};
use crate::model::limits::{FACTS_ID_BYTES_MAX, ORGANIZATION_DEPTH_MAX};
use crate::model::organization::{ROOT_PATH, is_path};
use crate::model::schema::{EntityType, Package};
use crate::model::value::{GROUP, ORGANIZATION};
use crate::model::{EntityRef, Id, Symbol};

/// One listed entity.
pub(super) struct Item<'t, 's> {
    pub(super) entity: EntityRef,
    pub(super) kind: Kind,
    /// Whose bare names its body may use.
    pub(super) package: Option<Id<Package>>,
    pub(super) entry: &'t Entry<'s>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Organization,
    Group,
    Subject(Id<EntityType>),
    Resource(Id<EntityType>),
}

/// The scope that is no organization.
pub(super) const PERSONAL: &str = "personal";

/// Lists the entities of a file.
pub(super) fn read<'t, 's>(
    tree: &'t Node<'s>,
    names: &Names<'_>,
    problems: &mut Problems,
) -> Vec<Item<'t, 's>> {
    let known = ["package", "organizations", "groups", "subjects", "resources"];
    let Some(fields) = Fields::read(tree, "a facts file", &known, problems) else { return Vec::new() };
    let package = fields.get("package").and_then(|node| {
        let name = yaml::text(node, "a package's name", problems)?;
        names.package(name, node.span, problems)
    });
    let mut items = Vec::new();
    let builtin = [("organizations", ORGANIZATION, Kind::Organization), ("groups", GROUP, Kind::Group)];
    for (section, name, kind) in builtin {
        if let Some(node) = fields.get(section) {
            list(node, Symbol::intern(name), kind, package, &mut items, problems);
        }
    }
    for section in ["subjects", "resources"] {
        let Some(types) = fields
            .get(section)
            .and_then(|node| yaml::entries(node, "types, and under each its entities", problems))
        else {
            continue;
        };
        for entry in types {
            let Some(id) = names.entity_type(&entry.key.text, package, entry.key.span, problems) else {
                continue;
            };
            let row = names.schema.types.row(id);
            let (declared, kind) = match section {
                "subjects" => (row.is_subject, Kind::Subject(id)),
                _ => (row.is_resource, Kind::Resource(id)),
            };
            if declared {
                list(&entry.value, row.name, kind, package, &mut items, problems);
            } else {
                problems.push(misplaced(entry, section));
            }
        }
    }
    items
}

fn list<'t, 's>(
    node: &'t Node<'s>,
    kind_name: Symbol,
    kind: Kind,
    package: Option<Id<Package>>,
    items: &mut Vec<Item<'t, 's>>,
    problems: &mut Problems,
) {
    let expected = match kind {
        Kind::Organization => "organizations by their paths",
        Kind::Group | Kind::Subject(_) | Kind::Resource(_) => "entities by their ids",
    };
    for entry in yaml::entries(node, expected, problems).unwrap_or_default() {
        let id = &entry.key.text;
        if let Some((message, help)) = wrong_id(kind, id) {
            let problem = Diagnostic::error(Code::YamlShape, message);
            problems.push(problem.at(entry.key.span, "").help(help));
            continue;
        }
        let entity = EntityRef { kind: kind_name, id: Symbol::intern(id) };
        items.push(Item { entity, kind, package, entry });
    }
}

/// Enters all entities, and says which are listed twice and which organizations hang in the air.
pub(super) fn index<'t, 's: 't>(
    items: &'t [Item<'t, 's>],
    context: &mut Context<'t>,
    problems: &mut Problems,
) {
    for item in items {
        let (id, span) = (&item.entry.key.text, item.entry.key.span);
        if let Some(first) = context.places.insert(item.entity, span) {
            let message = format!("`{id}` is listed twice");
            problems.push(
                Diagnostic::error(Code::RepeatedEntity, message)
                    .at(span, "again")
                    .related(first, "first here"),
            );
        }
        if item.kind == Kind::Organization {
            context.scopes.add(id);
            context.organizations.push(id);
        }
    }
    for item in items.iter().filter(|item| item.kind == Kind::Organization) {
        let Some((above, _)) = item.entry.key.text.rsplit_once('/').filter(|(above, _)| !above.is_empty())
        else {
            continue;
        };
        let entity = EntityRef { kind: item.entity.kind, id: Symbol::intern(above) };
        if !context.places.contains_key(&entity) {
            let message = format!("`{}` is in `{above}`, which is not listed", item.entry.key.text);
            let problem = Diagnostic::error(Code::UnknownOrganization, message).at(item.entry.key.span, "");
            // What is itself below it is not what was meant.
            let others = context.organizations.iter().copied();
            let others =
                others.filter(|other| !other.strip_prefix(above).is_some_and(|rest| rest.starts_with('/')));
            problems.push(match suggest::closest(above, others) {
                Some(other) => problem.help(format!("did you mean `{other}`?")),
                None => problem.help(format!("list it too: `{above}: {{}}`")),
            });
        }
    }
}

fn wrong_id(kind: Kind, id: &str) -> Option<(String, String)> {
    if id.is_empty() || id.len() > FACTS_ID_BYTES_MAX {
        let message = format!("an id has 1 to {FACTS_ID_BYTES_MAX} bytes");
        return Some((message, "no request could name this one".to_owned()));
    }
    if kind != Kind::Organization {
        return None;
    }
    if id == PERSONAL {
        let message = format!("an organization can't be called `{PERSONAL}`");
        return Some((message, "as a scope this word means what a subject owns".to_owned()));
    }
    (!is_path(id)).then(|| {
        let help = format!(
            "write `{ROOT_PATH}`, or at most {ORGANIZATION_DEPTH_MAX} names with `/` between them, as `acme/security`"
        );
        (format!("`{id}` is not an organization's path"), help)
    })
}

fn misplaced(entry: &Entry<'_>, section: &str) -> Diagnostic {
    let (other, is) = if section == "subjects" { ("resources", "subject") } else { ("subjects", "resource") };
    let message = format!("`{}` is not declared as a {is}", entry.key.text);
    Diagnostic::error(Code::Misplaced, message)
        .at(entry.key.span, "")
        .help(format!("list it under `{other}`, or declare it as a {is} too"))
}
