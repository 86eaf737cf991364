//! Roles and permissions that a subject holds.

use super::Context;
use super::body::unknown_organization;
use super::items::PERSONAL;
use super::names::{owner_help, suggesting};
use crate::document::yaml::{self, Fields, Node};
use crate::document::{Code, Diagnostic, Problems, Span};
use crate::facts::{Assignment, Grant, Provenance, Reach};
use crate::model::organization::ROOT_PATH;
use crate::model::schema::{EntityType, Package, Permission};
use crate::model::value::ORGANIZATION;
use crate::model::{EntityRef, Id, Instant, Symbol};

const SCOPE_HELP: &str =
    "write `/` for everywhere, an organization's path, or `personal` for what the subject owns";
const BY_HELP: &str = "say who gave it";
const WHY_HELP: &str = "say in a few words why it was given";

/// `{ role: …, scope: …, granted_by: …, granted_at: …, reason: …, expires: … }`.
pub(super) fn assignment(
    node: &Node<'_>,
    holder: Id<EntityType>,
    package: Option<Id<Package>>,
    context: &Context<'_>,
    problems: &mut Problems,
) -> Option<Assignment> {
    let known = ["role", "scope", "granted_by", "granted_at", "reason", "expires"];
    let fields = Fields::read(node, "a role assignment", &known, problems)?;
    let role = fields.required("role", "", problems).and_then(|node| {
        let name = yaml::text(node, "a role's name", problems)?;
        context.names.role(name, package, node.span, problems)
    });
    let reach = reach(&fields, context, problems);
    let (provenance, expires) = (provenance(&fields, problems), expires(&fields, problems));
    let (role, (reach, scope)) = (role?, reach?);
    let row = context.names.schema.roles.row(role);
    if reach == Reach::Personal {
        let permissions = context.names.schema.permitted(role);
        if let Some(permission) = context.names.unownable(permissions, holder) {
            let what = format!("the role `{}`", row.bare);
            problems.push(not_personal(&what, permission, scope, context));
        }
    }
    Some(Assignment { role: row.name, reach, expires: expires?, provenance: provenance? })
}

/// `{ permission: "type:action", scope: …, granted_by: …, granted_at: …, reason: …, expires: … }`.
pub(super) fn grant(
    node: &Node<'_>,
    holder: Id<EntityType>,
    package: Option<Id<Package>>,
    context: &Context<'_>,
    problems: &mut Problems,
) -> Option<Grant> {
    let known = ["permission", "scope", "granted_by", "granted_at", "reason", "expires"];
    let fields = Fields::read(node, "a permission grant", &known, problems)?;
    let permission = fields
        .required("permission", "", problems)
        .and_then(|node| permission(node, package, context, problems));
    let reach = reach(&fields, context, problems);
    let (provenance, expires) = (provenance(&fields, problems), expires(&fields, problems));
    let (id, (reach, scope)) = (permission?, reach?);
    let row = context.names.schema.permissions.row(id);
    if reach == Reach::Personal
        && let Some(permission) = context.names.unownable([id], holder)
    {
        problems.push(not_personal("a grant", permission, scope, context));
    }
    let resource = context.names.schema.types.row(row.resource).name;
    Some(Grant { resource, action: row.action, reach, expires: expires?, provenance: provenance? })
}

fn permission(
    node: &Node<'_>,
    package: Option<Id<Package>>,
    context: &Context<'_>,
    problems: &mut Problems,
) -> Option<Id<Permission>> {
    let expected = "a permission such as `incidents:close`";
    let text = yaml::text(node, expected, problems)?;
    let Some((kind, action)) = text.split_once(':') else {
        return yaml::misshapen(node, expected, problems);
    };
    if kind == "*" || action == "*" {
        let problem = Diagnostic::error(Code::UnknownName, "a grant is of one permission, not of `*`");
        problems.push(problem.at(node.span, "").help("grant each permission, or assign a role"));
        return None;
    }
    let kind = context.names.entity_type(kind, package, node.span, problems)?;
    let schema = context.names.schema;
    let row = schema.types.row(kind);
    let action_of = |id: &Id<Permission>| schema.permissions.row(*id).action.text();
    let found = row.permissions.iter().copied().find(|id| action_of(id) == action);
    if found.is_none() {
        let message = format!("`{}` has no action `{action}`", row.bare);
        let problem = Diagnostic::error(Code::UnknownName, message).at(node.span, "");
        problems.push(suggesting(problem, action, row.permissions.iter().map(action_of)));
    }
    found
}

/// How far it reaches, and where that is written.
fn reach(fields: &Fields<'_, '_>, context: &Context<'_>, problems: &mut Problems) -> Option<(Reach, Span)> {
    let node = fields.required("scope", SCOPE_HELP, problems)?;
    let path = yaml::text(node, "`/`, an organization's path, or `personal`", problems)?;
    if path == PERSONAL {
        return Some((Reach::Personal, node.span));
    }
    let kind = Symbol::intern(ORGANIZATION);
    let is_listed = Symbol::lookup(path)
        .is_some_and(|id| path == ROOT_PATH || context.places.contains_key(&EntityRef { kind, id }));
    if !is_listed {
        problems.push(unknown_organization(path, node.span, context));
        return None;
    }
    Some((Reach::Scope(context.scopes.nearest(path)), node.span))
}

fn provenance(fields: &Fields<'_, '_>, problems: &mut Problems) -> Option<Provenance> {
    let granted_by = said(fields, "granted_by", BY_HELP, problems);
    let reason = said(fields, "reason", WHY_HELP, problems);
    let granted_at = match fields.get("granted_at") {
        Some(node) => Some(yaml::instant(node, problems)?),
        None => None,
    };
    Some(Provenance { granted_by: Some(granted_by?), granted_at, reason: Some(reason?) })
}

/// A text that has to be there and to say something.
fn said(fields: &Fields<'_, '_>, key: &str, help: &str, problems: &mut Problems) -> Option<Box<str>> {
    let node = fields.required(key, help, problems)?;
    let text = yaml::text(node, "a text", problems)?;
    if text.trim().is_empty() {
        let problem = Diagnostic::error(Code::YamlShape, format!("`{key}` is empty")).at(node.span, "");
        problems.push(problem.help(help));
        return None;
    }
    Some(text.into())
}

/// The expiry if there is one; nothing if what is written there is wrong.
#[expect(clippy::option_option, reason = "the outer one is whether it could be read")]
fn expires(fields: &Fields<'_, '_>, problems: &mut Problems) -> Option<Option<Instant>> {
    let Some(node) = fields.get("expires") else { return Some(None) };
    let expires = yaml::instant(node, problems)?;
    // What is wrong with `granted_at` itself is told where it is read.
    let granted_at = fields.get("granted_at").and_then(|node| yaml::instant(node, &mut Problems::default()));
    if granted_at.is_some_and(|start| expires <= start) {
        let problem = Diagnostic::error(Code::NeverValid, "it expires before it is granted");
        problems.push(problem.at(node.span, "").help("`expires` has to be after `granted_at`"));
        return None;
    }
    Some(Some(expires))
}

fn not_personal(what: &str, permission: &Permission, scope: Span, context: &Context<'_>) -> Diagnostic {
    let message = format!(
        "{what} can't be held personally, because `{}` is about resources that nobody owns",
        context.names.describe(permission)
    );
    let resource = context.names.schema.types.row(permission.resource).bare;
    Diagnostic::error(Code::NotPersonal, message).at(scope, "").help(owner_help(resource))
}
