//! What narrows roles down.

use std::collections::{HashMap, HashSet};

use super::literals::organization_path;
use super::names::{Declared, Names, Site};
use super::report::Report;
use super::roles::permissions;
use super::rules::{Surroundings, conditions, once};
use crate::document::{Code, Diagnostic, Span};
use crate::language::policy::Constraint;
use crate::language::syntax::tree::{
    self, ComparatorKind, ExprKind, Literal, LiteralKind, RoleClauseKind, Target, Types,
};
use crate::model::Id;
use crate::model::limits::CONSTRAINED_PERMISSIONS_MAX;
use crate::model::organization::ROOT_PATH;
use crate::model::schema::{EntityType, Permission, Placement, Role, Schema};
use crate::model::value::ORGANIZATION;

/// A role with a constraint, as far as it is known before its conditions can be checked.
pub(super) struct Constrained<'t, 'a> {
    role: Id<Role>,
    site: Site,
    node: &'t tree::Role<'a>,
    only: Option<Vec<Id<Permission>>>,
    organization: Option<Box<str>>,
    /// False if it is not known what the role permits, because something is wrong there.
    is_sound: bool,
}

/// The clauses of a role that may stand once.
#[derive(Default)]
struct Clauses<'t, 'a> {
    only: Option<(&'t [Target<'a>], Span)>,
    organization: Option<(&'t tree::Text, Span)>,
}

/// Works out what the constraints leave of their roles. `order` has each role after those it inherits from, and `sound`
/// says of each whether what it permits and inherits is known.
pub(super) fn narrow<'t, 'a>(
    declared: &[Declared<'t, tree::Role<'a>>],
    order: &[usize],
    sound: &[bool],
    schema: &mut Schema,
    names: &Names<'a>,
    report: &mut Report,
) -> Vec<Constrained<'t, 'a>> {
    let mut constrained = Vec::new();
    let mut organizations = HashMap::new();
    let mut most = CONSTRAINED_PERMISSIONS_MAX;
    for number in order {
        let Some(item @ Declared { site, node }) = declared.get(*number) else { continue };
        let site = *site;
        if node.clauses.is_empty() {
            continue;
        }
        let role = Id::new(*number);
        let clauses = clauses(node, report);
        let is_sound = sound.get(*number) == Some(&true);
        let Some(permitted) = permitted(role, schema, &mut most) else {
            let message = format!(
                "the roles with a constraint have more than {CONSTRAINED_PERMISSIONS_MAX} permissions in all"
            );
            report.error_with_help(
                Code::TooLarge,
                node.name.span,
                message,
                "constrain a role that few others inherit from",
            );
            break;
        };
        let only = clauses.only.map(|(targets, _)| permissions(site, targets, schema, names, report));
        let is_left = |id: &Id<Permission>| only.as_ref().is_none_or(|only| only.binary_search(id).is_ok());
        let left: Vec<_> = permitted.iter().copied().filter(is_left).collect();
        if is_sound {
            let elsewhere = elsewhere(role, &clauses, &left, &organizations, schema);
            for (span, message, help) in
                idle(*item, &clauses, &permitted, &left, schema, names).into_iter().chain(elsewhere)
            {
                let warning = Diagnostic::warning(Code::IdleConstraint, message).at(span, "").help(help);
                report.if_complete(warning);
            }
        }
        if let Some(row) = schema.roles.get_mut(role) {
            row.left = Some(left);
        }
        let organization = clauses.organization.map(|(text, _)| path(text, report));
        organizations.extend(organization.clone().map(|path| (role, path)));
        constrained.push(Constrained { role, site, node, only, organization, is_sound });
    }
    constrained.sort_by_key(|constrained| constrained.role);
    constrained
}

/// The constraints with their conditions, by role.
pub(super) fn constraints<'t, 'a>(
    constrained: Vec<Constrained<'t, 'a>>,
    surroundings: &Surroundings<'_, 't, 'a>,
    report: &mut Report,
) -> Vec<Constraint> {
    let mut constraints = Vec::with_capacity(constrained.len());
    for Constrained { role, site, node, only, organization, is_sound } in constrained {
        let (mut when, mut unless) = (Vec::new(), Vec::new());
        for clause in &node.clauses {
            match &clause.kind {
                RoleClauseKind::When(condition) => when.push(condition),
                RoleClauseKind::Unless(condition) => unless.push(condition),
                RoleClauseKind::Only(_) | RoleClauseKind::In(_) => {}
            }
        }
        let resources = is_sound.then(|| resource_types(role, surroundings.schema));
        let errors = report.errors();
        let written = (when.as_slice(), unless.as_slice());
        let holder = format!("the role `{}`", node.name.text);
        let (when, unless) = conditions(&holder, written, site, resources, surroundings, report);
        if report.errors() > errors {
            written.0.iter().chain(written.1).for_each(|condition| check_place(condition, report));
        }
        constraints.push(Constraint { role, only, organization, when, unless });
    }
    constraints
}

/// Explains the errors of a condition that has taken the role's `in organization(…)` for its own.
fn check_place(condition: &tree::Expr<'_>, report: &mut Report) {
    let mut last = condition;
    loop {
        last = match &last.kind {
            ExprKind::Or(parts) | ExprKind::And(parts) => match parts.last() {
                Some(part) => part,
                None => return,
            },
            ExprKind::Not(part) => part,
            _ => break,
        };
    }
    if let ExprKind::Compare(_, comparator, right) = &last.kind
        && comparator.kind == ComparatorKind::In
        && let ExprKind::Literal(Literal { kind: LiteralKind::Entity(kind, _), .. }) = &right.kind
        && kind.name.text == ORGANIZATION
    {
        report.error_with_help(
            Code::TypeMismatch,
            comparator.span.to(right.span),
            "this is read as a part of the condition before it",
            "write the role's `in organization(…)` before its `when` and `unless`",
        );
    }
}

fn clauses<'t, 'a>(node: &'t tree::Role<'a>, report: &mut Report) -> Clauses<'t, 'a> {
    let mut clauses = Clauses::default();
    for clause in &node.clauses {
        match &clause.kind {
            RoleClauseKind::Only(targets) => {
                once(&mut clauses.only, (targets, clause.span), "role", "only", report);
            }
            RoleClauseKind::In(text) => {
                once(&mut clauses.organization, (text, clause.span), "role", "in organization", report);
            }
            RoleClauseKind::When(_) | RoleClauseKind::Unless(_) => {}
        }
    }
    clauses
}

fn path(text: &tree::Text, report: &mut Report) -> Box<str> {
    organization_path(&text.value, text.span, report);
    text.value.clone()
}

/// What the role permits and inherits before it is constrained itself; none if that is more than there may be.
fn permitted(role: Id<Role>, schema: &Schema, most: &mut usize) -> Option<Vec<Id<Permission>>> {
    let mut permitted = Vec::new();
    for role in schema.inherited_freely(role) {
        let passed_on = schema.roles.row(role).passed_on();
        *most = most.checked_sub(passed_on.len() + 1)?;
        permitted.extend_from_slice(passed_on);
    }
    permitted.sort_unstable();
    permitted.dedup();
    Some(permitted)
}

/// The types of what is left of a role.
fn resource_types(role: Id<Role>, schema: &Schema) -> Vec<Id<EntityType>> {
    let permissions = schema.roles.row(role).passed_on().iter();
    let mut types: Vec<_> = permissions.map(|id| schema.permissions.row(*id).resource).collect();
    types.sort_unstable();
    types.dedup();
    types
}

/// What a constraint says without an effect, or to leave nothing: where, in words, and what to do.
fn idle<'a>(
    declared: Declared<'_, tree::Role<'a>>,
    clauses: &Clauses<'_, 'a>,
    permitted: &[Id<Permission>],
    left: &[Id<Permission>],
    schema: &Schema,
    names: &Names<'a>,
) -> Vec<(Span, String, String)> {
    let Declared { site, node } = declared;
    let role = node.name.text;
    let Some(first) = node.clauses.first() else { return Vec::new() };
    if permitted.is_empty() {
        let message = format!("the role `{role}` permits nothing that this could narrow");
        let help = format!("it does not narrow what rules allow `to {role}`: write the condition there");
        return vec![(first.span, message, help)];
    }
    let help = "`only` gives nothing: it takes away what it does not name";
    let mut idle = Vec::new();
    if let Some((targets, span)) = clauses.only {
        if left.is_empty() {
            let message =
                format!("the role `{role}` has none of these permissions, so this leaves it nothing");
            return vec![(span, message, help.to_owned())];
        }
        for (span, text) in lacking(targets, site, permitted, schema, names) {
            idle.push((span, format!("the role `{role}` does not have `{text}`"), help.to_owned()));
        }
    }
    if let Some((text, span)) = clauses.organization
        && *text.value != *ROOT_PATH
        && !left.iter().any(|id| is_placed(*id, schema))
    {
        let message = format!("nothing that the role `{role}` permits is in an organization");
        idle.push((span, message, "declare the resource `in organization`, or leave this out".to_owned()));
    }
    idle
}

fn is_placed(id: Id<Permission>, schema: &Schema) -> bool {
    schema.types.row(schema.permissions.row(id).resource).placement == Placement::Organization
}

/// That all a role inherits is narrowed to other organizations than the role: where, in words, and what to do.
fn elsewhere(
    role: Id<Role>,
    clauses: &Clauses<'_, '_>,
    left: &[Id<Permission>],
    organizations: &HashMap<Id<Role>, Box<str>>,
    schema: &Schema,
) -> Option<(Span, String, String)> {
    let (text, span) = clauses.organization?;
    if !left.iter().all(|id| is_placed(*id, schema)) {
        return None;
    }
    let within = |one: &str, other: &str| {
        one == other || one.strip_prefix(other).is_some_and(|rest| rest.starts_with('/'))
    };
    let is_apart = |other: &str| {
        let own = &*text.value;
        own != ROOT_PATH && other != ROOT_PATH && !within(own, other) && !within(other, own)
    };
    let mut found = None;
    for source in schema.inherited_freely(role) {
        let row = schema.roles.row(source);
        if row.passed_on().is_empty() {
            continue;
        }
        // One that isn't narrowed so leaves something.
        found = Some((row.bare, organizations.get(&source).filter(|path| is_apart(path))?));
    }
    let (name, path) = found?;
    let message = format!(
        "what this role inherits is narrowed to other organizations, so nothing is left in `{}`",
        text.value
    );
    let help = format!(
        "the role `{name}` is in `{path}`: inherit from one that isn't narrowed, or name an organization in `{path}`"
    );
    Some((span, message, help))
}

/// The targets that stand for nothing the role has, with their places.
fn lacking<'a>(
    targets: &[Target<'a>],
    site: Site,
    permitted: &[Id<Permission>],
    schema: &Schema,
    names: &Names<'a>,
) -> Vec<(Span, String)> {
    let rows = permitted.iter().map(|id| schema.permissions.row(*id));
    let types: HashSet<Id<EntityType>> = rows.clone().map(|row| row.resource).collect();
    // A `*` ranges over the role's own package.
    let own = rows.filter(|row| schema.types.row(row.resource).package == site.package);
    let actions: HashSet<&str> = own.map(|row| row.action.text()).collect();
    let has = |id: &Id<Permission>| permitted.binary_search(id).is_ok();
    let mut lacking = Vec::new();
    for target in targets {
        let permission = match target {
            Target::Permission(permission) => permission,
            Target::Set(name) => {
                let set = names.find(&names.permission_sets, site, *name);
                if !set.is_some_and(|set| set.permissions.iter().any(has)) {
                    lacking.push((name.span(), name.to_string()));
                }
                continue;
            }
        };
        let ty = match permission.resource {
            Types::One(name) => Some((name, names.find(&names.types, site, name).copied())),
            Types::All | Types::AllOf(_) => None,
        };
        let resource = ty.map_or_else(|| "*".to_owned(), |(name, _)| name.to_string());
        for action in permission.actions.iter().flatten() {
            let is_had = match ty {
                Some((_, ty)) => ty.and_then(|ty| names.actions.get(&(ty, action.text))).is_some_and(has),
                None => actions.contains(action.text),
            };
            if !is_had {
                lacking.push((action.span, format!("{resource}:{}", action.text)));
            }
        }
        let is_had = match ty {
            Some((_, ty)) => ty.is_some_and(|ty| types.contains(&ty)),
            None => !actions.is_empty(),
        };
        if permission.actions.is_none() && !is_had {
            lacking.push((permission.span, format!("{resource}:*")));
        }
    }
    lacking
}
