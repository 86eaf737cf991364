//! Declarations that nothing uses.

use std::collections::{HashMap, HashSet};

use super::Written;
use super::uses::Uses;
use crate::document::{Code, Diagnostic};
use crate::language::check::names::{Declared, Site};
use crate::language::check::report::Report;
use crate::language::policy::{Policy, Targets};
use crate::language::syntax::tree::Name;
use crate::model::Id;
use crate::model::schema::{Package, Permission, Role, Schema};

pub(super) fn lint(written: &Written<'_, '_, '_>, uses: &Uses<'_>, report: &mut Report) {
    let declarations = written.declarations;
    let mut named = |what: &str, names: &mut dyn Iterator<Item = (Id<Package>, Name<'_>)>| {
        for (package, name) in names {
            if !uses.values.contains(&(package, name.text)) {
                report.add(unused(format!("nothing uses the {what} `{}`", name.text), name));
            }
        }
    };
    named(
        "definition",
        &mut declarations.definitions.iter().map(|declared| (declared.site.package, declared.node.name)),
    );
    named(
        "window",
        &mut declarations.windows.iter().map(|declared| (declared.site.package, declared.node.name)),
    );
    named(
        "network",
        &mut declarations.networks.iter().map(|declared| (declared.site.package, declared.node.name)),
    );
    for Declared { site: Site { package, .. }, node } in &declarations.permission_sets {
        if !uses.permission_sets.contains(&(*package, node.name.text)) {
            report.add(unused(format!("nothing uses the permission set `{}`", node.name.text), node.name));
        }
    }
    let permitting = permitting(&written.policy.schema);
    for Declared { site: Site { package, .. }, node } in &declarations.roles {
        let key = (*package, node.name.text);
        // Of an heir's constraint that leaves nothing, more is said elsewhere.
        let is_narrowed = !node.parents.is_empty() && !node.clauses.is_empty();
        let is_empty = written.names.roles.get(&key).is_some_and(|role| !permitting.contains(role));
        if is_empty && !is_narrowed && !uses.roles.contains(&key) {
            let message = format!("the role `{}` permits nothing, and nothing names it", node.name.text);
            report.add(unused(message, node.name));
        }
    }
    types(written, uses, report);
}

/// Types of resources that nothing is said about. A type of subjects is used by whoever is one.
fn types(written: &Written<'_, '_, '_>, uses: &Uses<'_>, report: &mut Report) {
    let policy = written.policy;
    let (permissions, packages) = ruled(policy);
    for Declared { site: Site { package, .. }, node } in &written.declarations.resources {
        let key = (*package, node.name.text);
        let Some(ty) = written.names.types.get(&key).map(|id| policy.schema.types.row(*id)) else { continue };
        let is_ruled = ty.permissions.iter().any(|permission| permissions.contains(permission))
            || (packages.contains(package) && !ty.permissions.is_empty());
        if ty.is_subject || is_ruled || uses.types.contains(&key) {
            continue;
        }
        let message = format!("no role and no rule is about `{}`, and nothing names it", node.name.text);
        report.add(unused(message, node.name));
    }
}

/// The roles that permit something, by themselves or by what they inherit.
fn permitting(schema: &Schema) -> HashSet<Id<Role>> {
    let mut heirs: HashMap<Id<Role>, Vec<Id<Role>>> = HashMap::new();
    for (id, role) in schema.roles.iter().filter(|(_, role)| !role.is_constrained()) {
        for parent in &role.parents {
            heirs.entry(*parent).or_default().push(id);
        }
    }
    let permit = schema.roles.iter().filter(|(_, role)| !role.passed_on().is_empty());
    let mut next: Vec<Id<Role>> = permit.map(|(id, _)| id).collect();
    let mut permitting: HashSet<Id<Role>> = next.iter().copied().collect();
    while let Some(role) = next.pop() {
        next.extend(heirs.remove(&role).into_iter().flatten().filter(|heir| permitting.insert(*heir)));
    }
    permitting
}

/// The permissions that some role or rule is about, and the packages that some rule is about as a whole.
fn ruled(policy: &Policy) -> (HashSet<Id<Permission>>, HashSet<Id<Package>>) {
    let of_roles = policy.schema.roles.rows().flat_map(|role| role.permissions.iter().copied());
    let mut permissions: HashSet<Id<Permission>> = of_roles.collect();
    let mut packages = HashSet::new();
    for rule in policy.rules.rows() {
        match &rule.targets {
            Targets::Package => {
                packages.insert(rule.package);
            }
            Targets::Permissions(targets) => permissions.extend(targets),
        }
    }
    (permissions, packages)
}

fn unused(message: String, name: Name<'_>) -> Diagnostic {
    Diagnostic::warning(Code::Unused, message).at(name.span, "").help("take it out, or use it")
}
