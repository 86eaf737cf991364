//! Types, attributes and actions.

use std::collections::HashMap;

use super::advice;
use super::names::{Declarations, Declared, Names, Site, annotations, duplicate};
use super::report::Report;
use super::wire::{self, Wire};
use crate::document::{Code, Diagnostic};
use crate::language::syntax::tree::{self, Name, Qualified, TypeKind};
use crate::model::limits::{ATTRIBUTES_MAX, PERMISSIONS_MAX, RECORD_NESTING_MAX, TYPES_MAX};
use crate::model::schema::{Attribute, EntityType, Package, Permission, Placement, Schema};
use crate::model::value::{GROUP, ORGANIZATION};
use crate::model::{Id, Symbol, Table, Type};

/// Attribute names that mean something already, or would be taken for it.
const RESERVED_ATTRIBUTES: [&str; 6] = ["organization", "in", "roles", "grants", "type", "id"];
const PLAIN_TYPES: [&str; 9] =
    ["string", "int", "bool", "ip", "network", "instant", "date", "time", "duration"];

/// The declarations that share one name: at most one of a subject, one of a resource.
struct Group<'t, 'a> {
    package: Id<Package>,
    name: Name<'a>,
    subject: Option<Declared<'t, tree::Entity<'a>>>,
    resource: Option<Declared<'t, tree::Entity<'a>>>,
}

/// Fills the schema's types, permissions, contexts, actions and the organization, and says what each package's
/// `organization` declares.
pub(super) fn declare<'a>(
    declarations: &Declarations<'_, 'a>,
    schema: &mut Schema,
    names: &mut Names<'a>,
    report: &mut Report,
) -> Vec<Vec<Attribute>> {
    let mut groups = grouped(declarations, report);
    if let Some(first) = groups.get(TYPES_MAX) {
        report.too_many(first.name.span, "types", TYPES_MAX);
        groups.truncate(TYPES_MAX);
    }
    for (number, group) in groups.iter().enumerate() {
        names.types.insert((group.package, group.name.text), Id::new(number));
    }
    for group in &groups {
        let row = entity_type(group, schema, names, report);
        names.kinds.insert(row.name, Id::new(schema.types.len()));
        schema.types.push(row);
    }
    let package_ids: Vec<Id<Package>> = schema.packages.ids().collect();
    let mut organizations = Vec::with_capacity(package_ids.len());
    let mut context = by_package(&declarations.context);
    let mut action = by_package(&declarations.action);
    let mut organization = by_package(&declarations.organization);
    for package in package_ids {
        let mut declared = |nodes: Option<_>| attributes(nodes.unwrap_or_default(), schema, names, report);
        let (context, action) = (declared(context.remove(&package)), declared(action.remove(&package)));
        if let Some(row) = schema.packages.get_mut(package) {
            (row.context, row.action) = (context, action);
        }
        let nodes = organization.remove(&package).unwrap_or_default();
        organizations.push(self::attributes(nodes.clone(), schema, names, report));
        join_organization(&nodes, organizations.last(), schema, report);
    }
    organizations
}

fn by_package<'t, T>(declared: &[Declared<'t, T>]) -> HashMap<Id<Package>, Vec<Declared<'t, T>>> {
    let mut by_package: HashMap<Id<Package>, Vec<Declared<'t, T>>> = HashMap::new();
    for item in declared {
        by_package.entry(item.site.package).or_default().push(*item);
    }
    by_package
}

fn grouped<'t, 'a>(declarations: &Declarations<'t, 'a>, report: &mut Report) -> Vec<Group<'t, 'a>> {
    let mut groups: HashMap<(Id<Package>, &str), Group<'t, 'a>> = HashMap::new();
    let subjects = declarations.subjects.iter().map(|declared| (declared, true));
    let resources = declarations.resources.iter().map(|declared| (declared, false));
    for (declared, is_subject) in subjects.chain(resources) {
        let (package, name) = (declared.site.package, declared.node.name);
        if !wire::is_good(name, Wire::Type, report) {
            report.breaks(name.text);
            continue;
        }
        if PLAIN_TYPES.contains(&name.text) || [GROUP, ORGANIZATION].contains(&name.text) {
            report.error_with_help(
                Code::ReservedName,
                name.span,
                format!("`{}` is a type of the language", name.text),
                "choose another name",
            );
            report.breaks(name.text);
            continue;
        }
        let group = groups.entry((package, name.text)).or_insert(Group {
            package,
            name,
            subject: None,
            resource: None,
        });
        let slot = if is_subject { &mut group.subject } else { &mut group.resource };
        match slot {
            Some(first) => report.add(duplicate("type", first.node.name, name)),
            None => *slot = Some(*declared),
        }
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    groups.sort_by_key(|group| (group.package, group.name.text));
    groups
}

fn entity_type<'a>(
    group: &Group<'_, 'a>,
    schema: &mut Schema,
    names: &mut Names<'a>,
    report: &mut Report,
) -> EntityType {
    let id = Id::new(schema.types.len());
    let declared = [group.subject, group.resource].into_iter().flatten();
    let written = declared
        .flat_map(|Declared { site, node }| node.attributes.iter().map(move |node| Declared { site, node }))
        .collect();
    let attributes = self::attributes(written, schema, names, report);
    let mut permissions = Vec::new();
    let mut seen: HashMap<&str, Name<'a>> = HashMap::new();
    for action in group.resource.iter().flat_map(|declared| &declared.node.actions) {
        if !wire::is_good(*action, Wire::Action, report) {
            report.breaks(action.text);
            continue;
        }
        if let Some(first) = seen.insert(action.text, *action) {
            report.add(duplicate("action", first, *action));
            continue;
        }
        if schema.permissions.len() == PERMISSIONS_MAX {
            report.too_many(action.span, "actions on types", PERMISSIONS_MAX);
            break;
        }
        let permission =
            schema.permissions.push(Permission { resource: id, action: Symbol::intern(action.text) });
        names.actions.insert((id, action.text), permission);
        permissions.push(permission);
    }
    let written = [group.subject, group.resource].into_iter().flatten();
    EntityType {
        package: group.package,
        name: qualified(schema, group.package, group.name.text),
        bare: Symbol::intern(group.name.text),
        is_subject: group.subject.is_some(),
        is_resource: group.resource.is_some(),
        placement: match group.resource.map(|declared| declared.node.placement) {
            Some(tree::Placement::InOrganization) => Placement::Organization,
            Some(tree::Placement::Shared) => Placement::Shared,
            Some(tree::Placement::Unsaid) | None => Placement::Root,
        },
        attributes,
        permissions,
        annotations: annotations(written.flat_map(|declared| &declared.node.annotations), report),
    }
}

/// `package/name`.
pub(super) fn qualified(schema: &Schema, package: Id<Package>, name: &str) -> Symbol {
    Symbol::intern(&format!("{}/{name}", schema.packages.row(package).name))
}

fn attributes<'t, 'a: 't>(
    nodes: Vec<Declared<'t, tree::Attribute<'a>>>,
    schema: &Schema,
    names: &Names<'a>,
    report: &mut Report,
) -> Vec<Attribute> {
    declared(nodes, 0, schema, names, report)
}

/// The attributes of an entity, or the members of a record: so many records stand in each other there.
fn declared<'t, 'a: 't>(
    nodes: Vec<Declared<'t, tree::Attribute<'a>>>,
    records: usize,
    schema: &Schema,
    names: &Names<'a>,
    report: &mut Report,
) -> Vec<Attribute> {
    let what = if records == 0 { "attribute" } else { "member" };
    let mut seen: HashMap<&str, Name<'_>> = HashMap::new();
    let mut attributes = Vec::with_capacity(nodes.len());
    for Declared { site, node } in nodes {
        let name = node.name;
        if seen.len() == ATTRIBUTES_MAX {
            report.too_many(name.span, "attributes in one place", ATTRIBUTES_MAX);
            break;
        }
        if !wire::is_good(name, Wire::Attribute, report) {
            report.breaks(name.text);
            continue;
        }
        if records == 0 && RESERVED_ATTRIBUTES.contains(&name.text) {
            report.error_with_help(
                Code::ReservedName,
                name.span,
                format!("an attribute can't be called `{}`", name.text),
                "the name has a meaning of its own; choose another one",
            );
            report.breaks(name.text);
            continue;
        }
        if let Some(first) = seen.insert(name.text, name) {
            report.add(duplicate(what, first, name));
            continue;
        }
        let ty = Declared { site, node: &node.ty };
        let Some(ty) = value_type(ty, records, schema, names, report) else {
            report.breaks(name.text);
            continue;
        };
        attributes.push(Attribute { name: Symbol::intern(name.text), ty, optional: node.is_optional });
    }
    attributes
}

/// The type of a parameter.
pub(super) fn parameter_type<'a>(
    site: Site,
    node: &tree::TypeName<'a>,
    schema: &Schema,
    names: &Names<'a>,
    report: &mut Report,
) -> Option<Type> {
    if let TypeKind::Record(_) = node.kind {
        report.error_with_help(
            Code::TypeMismatch,
            node.span,
            "a parameter can't be a record",
            "give it the members that it reads, a parameter for each",
        );
        return None;
    }
    value_type(Declared { site, node }, 0, schema, names, report)
}

fn value_type<'a>(
    Declared { site, node }: Declared<'_, tree::TypeName<'a>>,
    records: usize,
    schema: &Schema,
    names: &Names<'a>,
    report: &mut Report,
) -> Option<Type> {
    let ty = match &node.kind {
        TypeKind::Named(name) => named_type(site, *name, schema, names, report)?,
        TypeKind::Record(_) if node.is_set => {
            report.error_with_help(
                Code::TypeMismatch,
                node.span,
                "a set can't hold records",
                "declare a `resource` with these attributes, and a set of those",
            );
            return None;
        }
        TypeKind::Record(_) if records == RECORD_NESTING_MAX => {
            let message = format!("records stand in each other more than {RECORD_NESTING_MAX} deep");
            let help = "take members of the innermost record into the one around it";
            report.error_with_help(Code::TooDeep, node.span, message, help);
            return None;
        }
        TypeKind::Record(members) => {
            let members = members.iter().map(|node| Declared { site, node }).collect();
            Type::record(declared(members, records + 1, schema, names, report))
        }
    };
    Some(if node.is_set { Type::Set(Box::new(ty)) } else { ty })
}

fn named_type<'a>(
    site: Site,
    name: Qualified<'a>,
    schema: &Schema,
    names: &Names<'a>,
    report: &mut Report,
) -> Option<Type> {
    if name.package.is_some() {
        return Some(Type::Entity(entity_kind(site, name, schema, names, report)?));
    }
    Some(match name.name.text {
        "string" => Type::String,
        "int" => Type::Int,
        "bool" => Type::Bool,
        "ip" => Type::Ip,
        "network" => Type::Network,
        "instant" => Type::Instant,
        "date" => Type::Date,
        "time" => Type::Time,
        "duration" => Type::Duration,
        "record" if names.find(&names.types, site, name).is_none() => {
            report.error_with_help(
                Code::UnknownName,
                name.span(),
                "a record says which members it has",
                "write them in braces: `record { street: string, floor?: int }`",
            );
            return None;
        }
        _ => Type::Entity(entity_kind(site, name, schema, names, report)?),
    })
}

/// The type of entities that is called so: a declared one, `group` or `organization`.
pub(super) fn entity_kind<'a>(
    site: Site,
    name: Qualified<'a>,
    schema: &Schema,
    names: &Names<'a>,
    report: &mut Report,
) -> Option<Symbol> {
    let text = name.name.text;
    if text == GROUP || text == ORGANIZATION {
        if let Some(package) = name.package {
            let message =
                format!("`{text}` is a type of the language, not of the package `{}`", package.text);
            report.error_with_help(Code::UnknownName, name.span(), message, format!("write `{text}` alone"));
            return None;
        }
        return Some(Symbol::intern(text));
    }
    if let Some(home) = names.imports.home(site, name.package)
        && names.types.contains_key(&(home, text))
    {
        return Some(qualified(schema, home, text));
    }
    if let (None, Some(help)) = (name.package, advice::plain_type(text)) {
        let message = format!("`{text}` is no type of entities");
        report.error_with_help(Code::UnknownName, name.span(), message, help);
        return None;
    }
    let others = PLAIN_TYPES.into_iter().chain([GROUP, ORGANIZATION]);
    names.report_unknown(&names.types, site, name, "type", others, report);
    None
}

/// Adds one package's attributes to those of all; what several packages declare has to be the same.
fn join_organization(
    nodes: &[Declared<'_, tree::Attribute<'_>>],
    attributes: Option<&Vec<Attribute>>,
    schema: &mut Schema,
    report: &mut Report,
) {
    for attribute in attributes.into_iter().flatten() {
        let Some(other) = schema.organization.iter().find(|other| other.name == attribute.name) else {
            schema.organization.push(attribute.clone());
            continue;
        };
        let node =
            nodes.iter().map(|declared| declared.node).find(|node| node.name.text == attribute.name.text());
        if let (false, Some(node)) = (other == attribute, node) {
            let message = format!(
                "another package declares `{}` of the organization otherwise, as `{}`",
                attribute.name,
                other.describe()
            );
            report.add(
                Diagnostic::error(Code::Duplicate, message).at(node.span, "").help(
                    "all packages see the same organizations: declare it alike, or give it another name",
                ),
            );
        }
    }
}

/// The table of all packages, by name.
pub(super) fn packages<'a>(
    declared: impl Iterator<Item = &'a str>,
) -> (Table<Package>, HashMap<&'a str, Id<Package>>) {
    let mut names: Vec<&str> = declared.collect();
    names.sort_unstable();
    names.dedup();
    let ids = names.iter().enumerate().map(|(number, name)| (*name, Id::new(number))).collect();
    let rows = names
        .iter()
        .map(|name| Package { name: Symbol::intern(name), context: Vec::new(), action: Vec::new() })
        .collect();
    (rows, ids)
}
