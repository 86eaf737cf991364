//! What one listed entity says of itself.

use super::items::{Item, Kind};
use super::names::suggesting;
use super::{Context, held, value};
use crate::document::yaml::{self, Content, Entry, Fields, Node};
use crate::document::{Code, Diagnostic, Problems, Span};
use crate::facts::Entity;
use crate::model::organization::ROOT_PATH;
use crate::model::schema::{Attribute, EntityType, Placement};
use crate::model::value::{GROUP, ORGANIZATION};
use crate::model::{EntityRef, Id, Symbol};

pub(super) fn read(item: &Item<'_, '_>, context: &Context<'_>, problems: &mut Problems) -> Entity {
    let mut entity = Entity::default();
    let expected = "what is known of the entity, as a mapping";
    for entry in yaml::entries(&item.entry.value, expected, problems).unwrap_or_default() {
        // There is nothing left to find once no more is kept, and a hopeless file has to end soon.
        if problems.is_full() {
            break;
        }
        field(item, entry, &mut entity, context, problems);
    }
    if item.kind == Kind::Organization {
        entity.parents.extend(above(item.entity));
    }
    entity.parents.sort_unstable();
    entity.parents.dedup();
    entity.attributes.sort_unstable_by_key(|(name, _)| *name);
    entity
}

fn field(
    item: &Item<'_, '_>,
    entry: &Entry<'_>,
    entity: &mut Entity,
    context: &Context<'_>,
    problems: &mut Problems,
) {
    let node = &entry.value;
    match (entry.key.text.as_ref(), item.kind) {
        ("in", Kind::Group | Kind::Subject(_) | Kind::Resource(_)) => {
            entity.parents = parents(item, node, context, problems);
        }
        ("organization", Kind::Subject(id) | Kind::Resource(id)) => {
            if may_have_organization(item, entry, id, context, problems) {
                entity.organization = organization(node, context, problems);
            }
        }
        ("roles", Kind::Subject(id)) => {
            for node in yaml::list(node, "a list of role assignments", problems).unwrap_or_default() {
                if problems.is_full() {
                    return;
                }
                entity.assignments.extend(held::assignment(node, id, item.package, context, problems));
            }
        }
        ("grants", Kind::Subject(id)) => {
            for node in yaml::list(node, "a list of permission grants", problems).unwrap_or_default() {
                if problems.is_full() {
                    return;
                }
                entity.grants.extend(held::grant(node, id, item.package, context, problems));
            }
        }
        (name @ ("roles" | "grants"), _) => {
            let problem = Diagnostic::error(Code::Misplaced, format!("only subjects hold `{name}`"));
            problems.push(problem.at(entry.key.span, "").help("list them under the subject that holds them"));
        }
        (name, kind) => {
            let declared = attributes(kind, context);
            let symbol = Symbol::lookup(name);
            match declared.iter().find(|attribute| Some(attribute.name) == symbol) {
                Some(attribute) => {
                    let value = value::read(node, attribute, item.package, context, problems);
                    entity.attributes.extend(value.map(|value| (attribute.name, value)));
                }
                None => problems.push(unknown_attribute(item, entry, declared)),
            }
        }
    }
}

/// An organization's path, which has to be listed.
pub(super) fn organization(
    node: &Node<'_>,
    context: &Context<'_>,
    problems: &mut Problems,
) -> Option<Symbol> {
    let path = yaml::text(node, "an organization's path", problems)?;
    let known = Symbol::lookup(path).filter(|id| {
        let kind = Symbol::intern(ORGANIZATION);
        path == ROOT_PATH || context.places.contains_key(&EntityRef { kind, id: *id })
    });
    if known.is_none() {
        problems.push(unknown_organization(path, node.span, context));
    }
    known
}

pub(super) fn unknown_organization(path: &str, span: Span, context: &Context<'_>) -> Diagnostic {
    let message = format!("no facts list the organization `{path}`");
    let problem = Diagnostic::error(Code::UnknownOrganization, message).at(span, "");
    let problem = problem.help("list it under `organizations`");
    suggesting(problem, path, context.organizations.iter().copied())
}

/// Subjects may belong to an organization whatever their type is declared as; resources stand where it says.
fn may_have_organization(
    item: &Item<'_, '_>,
    entry: &Entry<'_>,
    id: Id<EntityType>,
    context: &Context<'_>,
    problems: &mut Problems,
) -> bool {
    let row = context.names.schema.types.row(id);
    if matches!(item.kind, Kind::Subject(_)) || row.placement == Placement::Organization {
        return true;
    }
    let message = format!("resources of type `{}` stand in no organization", row.bare);
    problems.push(
        Diagnostic::error(Code::Misplaced, message)
            .at(entry.key.span, "")
            .help("remove the line, or declare the type `in organization`"),
    );
    false
}

/// What an entity is in directly; each has to be listed.
fn parents(
    item: &Item<'_, '_>,
    node: &Node<'_>,
    context: &Context<'_>,
    problems: &mut Problems,
) -> Vec<EntityRef> {
    let mut parents = Vec::new();
    for parent in yaml::list(node, "a list", problems).unwrap_or_default() {
        if problems.is_full() {
            break;
        }
        let Some(entity) = parent_reference(item, parent, context, problems) else { continue };
        if context.places.contains_key(&entity) {
            parents.push(entity);
        } else {
            let message = format!(
                "no facts list the {} `{}`",
                crate::model::value::bare(entity.kind.text()),
                entity.id
            );
            let known = context.places.keys().filter(|known| known.kind == entity.kind);
            let problem = Diagnostic::error(Code::UnknownEntity, message).at(parent.span, "");
            problems.push(suggesting(problem, entity.id.text(), known.map(|known| known.id.text())));
        }
    }
    parents
}

fn parent_reference(
    item: &Item<'_, '_>,
    node: &Node<'_>,
    context: &Context<'_>,
    problems: &mut Problems,
) -> Option<EntityRef> {
    let expected = "a group's id, or `{ type: …, id: … }`";
    if matches!(item.kind, Kind::Resource(_)) && !matches!(node.content, Content::Mapping(_)) {
        return yaml::misshapen(node, "`{ type: …, id: … }`", problems);
    }
    if !matches!(node.content, Content::Mapping(_)) {
        let id = yaml::text(node, expected, problems)?;
        return Some(EntityRef { kind: Symbol::intern(GROUP), id: Symbol::intern(id) });
    }
    let fields = Fields::read(node, "a reference to an entity", &["type", "id"], problems)?;
    let kind = fields.required("type", "", problems);
    let id = fields.required("id", "", problems);
    let (kind, id) = (kind?, yaml::text(id?, "an id", problems)?);
    let name = yaml::text(kind, "a type", problems)?;
    if name == ORGANIZATION {
        let message = "an entity belongs to an organization, it is not `in` one";
        let problem = Diagnostic::error(Code::Misplaced, message).at(node.span, "");
        problems.push(problem.help(format!("write `organization: {id}`")));
        return None;
    }
    let kind = if name == GROUP {
        Symbol::intern(GROUP)
    } else {
        let found = context.names.entity_type(name, item.package, kind.span, problems)?;
        context.names.schema.types.row(found).name
    };
    Some(EntityRef { kind, id: Symbol::intern(id) })
}

/// The organization an organization is in.
fn above(entity: EntityRef) -> Option<EntityRef> {
    let path = entity.id.text();
    let id = match path.rsplit_once('/') {
        _ if path == ROOT_PATH => return None,
        Some((above, _)) => Symbol::intern(above),
        None => Symbol::intern(ROOT_PATH),
    };
    Some(EntityRef { kind: entity.kind, id })
}

fn attributes<'c>(kind: Kind, context: &'c Context<'_>) -> &'c [Attribute] {
    let schema = context.names.schema;
    match kind {
        Kind::Organization => &schema.organization,
        Kind::Group => &[],
        Kind::Subject(id) | Kind::Resource(id) => &schema.types.row(id).attributes,
    }
}

fn unknown_attribute(item: &Item<'_, '_>, entry: &Entry<'_>, declared: &[Attribute]) -> Diagnostic {
    let name = &entry.key.text;
    let holder = crate::model::value::bare(item.entity.kind.text());
    let problem = Diagnostic::error(Code::UnknownName, format!("`{holder}` has no attribute `{name}`"));
    let kept: &[&str] = match item.kind {
        Kind::Organization => &[],
        Kind::Group => &["in"],
        Kind::Subject(_) => &["in", "organization", "roles", "grants"],
        Kind::Resource(_) => &["in", "organization"],
    };
    let declared = declared.iter().map(|attribute| attribute.name.text());
    suggesting(problem.at(entry.key.span, ""), name, declared.chain(kept.iter().copied()))
}
