//! Roles and what they permit.

use std::borrow::Cow;

use super::constraints::{self, Constrained};
use super::graph;
use super::names::{Declarations, Declared, Names, PermissionSet, Site, annotations, distinct};
use super::report::{Report, shortened};
use super::types::qualified;
use crate::document::{Code, Diagnostic};
use crate::language::syntax::tree::{self, Name, Qualified, Types};
use crate::model::limits::ROLES_MAX;
use crate::model::schema::{Package, Permission, Role, Schema};
use crate::model::{Id, Symbol};

/// How many roles of a circle are named.
const NAMED_MAX: usize = 10;

/// Fills the schema's roles, and returns those that are constrained.
pub(super) fn declare<'t, 'a>(
    declarations: &Declarations<'t, 'a>,
    schema: &mut Schema,
    names: &mut Names<'a>,
    report: &mut Report,
) -> Vec<Constrained<'t, 'a>> {
    let mut declared = distinct(declarations.roles.clone(), |node| node.name, "role", report);
    if let Some(first) = declared.get(ROLES_MAX) {
        report.too_many(first.node.name.span, "roles", ROLES_MAX);
        declared.truncate(ROLES_MAX);
    }
    for (number, item) in declared.iter().enumerate() {
        names.roles.insert((item.site.package, item.node.name.text), Id::new(number));
    }
    let mut parents = Vec::with_capacity(declared.len());
    let mut sound = Vec::with_capacity(declared.len());
    for item in &declared {
        let errors = report.errors();
        // Roles that nothing declares are reported, and left out so that the others are still looked at.
        let known =
            item.node.parents.iter().filter_map(|parent| {
                names.roles_named(item.site, std::slice::from_ref(parent), report)?.pop()
            });
        let mut own: Vec<Id<Role>> = known.collect();
        own.sort_unstable();
        own.dedup();
        let row = Role {
            package: item.site.package,
            name: qualified(schema, item.site.package, item.node.name.text),
            bare: Symbol::intern(item.node.name.text),
            is_system: item.node.is_system,
            permissions: permissions(item.site, &item.node.permissions, schema, names, report),
            parents: own.clone(),
            left: None,
            annotations: annotations(item.node.annotations.iter(), report),
        };
        schema.roles.push(row);
        parents.push(own.iter().map(|id| id.number()).collect::<Vec<usize>>());
        let is_known = |target: &tree::Target<'a>| match target {
            tree::Target::Permission(_) => true,
            tree::Target::Set(name) => {
                names.find(&names.permission_sets, item.site, *name).is_some_and(|set| set.is_good)
            }
        };
        sound.push(report.errors() == errors && item.node.permissions.iter().all(is_known));
    }
    let order = check_inheritance(&declared, &parents, schema, names, report);
    for number in &order {
        let mut above = parents.get(*number).into_iter().flatten();
        let is_sound = above.all(|parent| sound.get(*parent) == Some(&true));
        if let Some(sound) = sound.get_mut(*number) {
            *sound &= is_sound;
        }
    }
    constraints::narrow(&declared, &order, &sound, schema, names, report)
}

/// Each role after those it inherits from, as far as there is such an order.
fn check_inheritance<'a>(
    declared: &[Declared<'_, tree::Role<'a>>],
    parents: &[Vec<usize>],
    schema: &Schema,
    names: &Names<'a>,
    report: &mut Report,
) -> Vec<usize> {
    let node = |number: usize| declared.get(number).map(|item| item.node);
    let order = graph::order(parents);
    for circle in &order.circles {
        let members: Vec<Declared<'_, tree::Role<'_>>> =
            circle.iter().filter_map(|member| declared.get(*member).copied()).collect();
        let Some(first) = members.first() else { continue };
        let is_one_package = members.iter().all(|role| role.site.package == first.site.package);
        let called = |role: &Declared<'_, tree::Role<'_>>| {
            let name = shortened(role.node.name.text);
            if is_one_package {
                format!("`{name}`")
            } else {
                format!("`{}.{name}`", schema.packages.row(role.site.package).name)
            }
        };
        let names: Vec<String> = members.iter().take(NAMED_MAX).map(called).collect();
        let names = names.join(", ");
        let message = match members.len() {
            1 => format!("the role {names} inherits from itself"),
            2..=NAMED_MAX => format!("the roles {names} inherit from each other in a circle"),
            more => {
                let others = more - NAMED_MAX;
                format!("the roles {names} and {others} more inherit from each other in a circle")
            }
        };
        let diagnostic = Diagnostic::error(Code::RoleCycle, message).at(first.node.name.span, "");
        let related = members.iter().skip(1);
        report.add(related.fold(diagnostic, |diagnostic, role| {
            diagnostic.related(role.node.name.span, "inherits further here")
        }));
    }
    // The roles from which each one has everything of their packages.
    let mut sources: Vec<Vec<usize>> = vec![Vec::new(); declared.len()];
    for number in order.order.iter().copied() {
        let Some(Declared { site, node: role }) = declared.get(number) else { continue };
        let of = |source: &usize| declared.get(*source).map(|item| item.site.package);
        let has_everything =
            |targets: &[tree::Target<'a>]| targets.iter().any(|target| is_everything(target, *site, names));
        let is_cut = role.clauses.iter().any(|clause| match &clause.kind {
            tree::RoleClauseKind::Only(targets) => !has_everything(targets),
            _ => false,
        });
        if is_cut {
            continue;
        }
        let own = has_everything(&role.permissions);
        let mut everything = if own { vec![number] } else { Vec::new() };
        for source in parents.get(number).into_iter().flatten().filter_map(|parent| sources.get(*parent)) {
            for source in source {
                if !everything.iter().any(|known| of(known) == of(source)) {
                    everything.push(*source);
                }
            }
        }
        // Another package's everything can't be written here, so nothing could be written to say that it is meant; who
        // inherits it names a role of that package.
        let inherited =
            everything.iter().find(|source| of(source) == Some(site.package) && **source != number);
        if let (false, Some(from)) = (own, inherited.and_then(|source| node(*source))) {
            let message =
                format!("the role `{}` gains `*:*` from the role `{}`", role.name.text, from.name.text);
            report.add(
                Diagnostic::warning(Code::InheritsEverything, message)
                    .at(role.name.span, "")
                    .related(from.name.span, "permits everything")
                    .help("if that is meant, write `*:*` in this role too"),
            );
        }
        if let Some(slot) = sources.get_mut(number) {
            *slot = everything;
        }
    }
    order.order
}

/// Whether this is everything of the package it stands in: `*:*`, or a permission set with it.
pub(super) fn is_everything(target: &tree::Target<'_>, site: Site, names: &Names<'_>) -> bool {
    match target {
        tree::Target::Permission(permission) => {
            permission.resource == Types::All && permission.actions.is_none()
        }
        tree::Target::Set(Qualified { package: Some(_), .. }) => false,
        tree::Target::Set(name) => {
            names.find(&names.permission_sets, site, *name).is_some_and(|set| set.has_everything)
        }
    }
}

/// The permissions that are meant, wildcards expanded, sorted, without doubles.
pub(super) fn permissions<'a>(
    site: Site,
    written: &[tree::Target<'a>],
    schema: &Schema,
    names: &Names<'a>,
    report: &mut Report,
) -> Vec<Id<Permission>> {
    let mut permissions = Vec::new();
    for target in written {
        let found = of_target(site, target, schema, names, report);
        if !report.spend_targets(found.len().max(1), target.span()) {
            break;
        }
        permissions.extend_from_slice(&found);
    }
    permissions.sort_unstable();
    permissions.dedup();
    permissions
}

fn of_target<'n, 'a>(
    site: Site,
    target: &tree::Target<'a>,
    schema: &'n Schema,
    names: &'n Names<'a>,
    report: &mut Report,
) -> Cow<'n, [Id<Permission>]> {
    let permission = match target {
        tree::Target::Permission(permission) => permission,
        tree::Target::Set(name) => {
            let Some(set) = names.set_named(site, *name, report) else { return Cow::default() };
            check_reach(*name, set, report);
            return (&set.permissions).into();
        }
    };
    let name = match permission.resource {
        Types::One(name) => name,
        Types::All => return of_all_types(site.package, permission, schema, names, report).into(),
        Types::AllOf(package) => {
            names.imports.home(site, Some(package));
            report_foreign_wildcard(permission, package, report);
            return Cow::default();
        }
    };
    let Some(ty) = names.type_named(site, name, report) else { return Cow::default() };
    match &permission.actions {
        None => (&schema.types.row(ty).permissions).into(),
        Some(actions) => actions
            .iter()
            .filter_map(|action| names.action_named(ty, *action, report))
            .collect::<Vec<_>>()
            .into(),
    }
}

/// No package reaches all of another, by way of a permission set neither.
fn check_reach(name: Qualified<'_>, set: &PermissionSet, report: &mut Report) {
    if let (Some(package), true) = (name.package, set.is_open) {
        let held = if set.has_everything { "everything" } else { "a permission on all types" };
        let message = format!("`{name}` holds {held} of the package `{}`", package.text);
        let help = "no package reaches all of another: name the types that are meant";
        report.error_with_help(Code::ForeignWildcard, name.span(), message, help);
    }
}

fn report_foreign_wildcard(permission: &tree::Permission<'_>, package: Name<'_>, report: &mut Report) {
    let message = format!("`*` can't stand for the types of another package, `{}`", package.text);
    let help = format!("no package reaches all of another: name the types, as in `{}.TYPE:*`", package.text);
    report.error_with_help(Code::ForeignWildcard, permission.span, message, help);
}

/// `*:*` and `*:read`.
fn of_all_types<'a>(
    package: Id<Package>,
    permission: &tree::Permission<'a>,
    schema: &Schema,
    names: &Names<'a>,
    report: &mut Report,
) -> Vec<Id<Permission>> {
    let types = schema.types.iter().filter(|(_, ty)| ty.package == package);
    let Some(actions) = &permission.actions else {
        return types.flat_map(|(_, ty)| ty.permissions.iter().copied()).collect();
    };
    let types: Vec<_> = types.map(|(id, _)| id).collect();
    let mut permissions = Vec::new();
    for action in actions {
        // Each type is looked at, whether or not it has the action.
        if !report.spend_targets(types.len(), action.span) {
            break;
        }
        let before = permissions.len();
        permissions.extend(types.iter().filter_map(|ty| names.actions.get(&(*ty, action.text))));
        if permissions.len() == before {
            let declared = types
                .iter()
                .flat_map(|ty| &schema.types.row(*ty).permissions)
                .map(|permission| schema.permissions.row(*permission).action.text());
            report.unknown(Code::UnknownName, "action", *action, declared);
        }
    }
    permissions
}
