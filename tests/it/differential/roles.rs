//! Generated roles, and what narrows some of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use fastrand::Rng;

use super::comparisons::ORGANIZATIONS;
use super::expressions::{Definition, Flow};
use super::targets::permission;
use super::vocabulary::{EntityType, Package, pick};
use super::written::annotation;

pub(super) type Permissions = BTreeSet<(&'static str, &'static str)>;

/// All roles of a package, in the order in which it has them.
pub(super) fn role_texts(
    rng: &mut Rng,
    package: &Package,
    packages: &[Package],
    definitions: &[Definition],
    left: &mut BTreeMap<String, Permissions>,
) -> String {
    let mut constraints = constraints(rng, package, packages, definitions, left);
    let mut text = String::new();
    for role in &package.roles {
        text.push_str(annotation(rng));
        let system = if rng.u8(..5) == 0 { "system " } else { "" };
        let parents =
            if role.parents.is_empty() { String::new() } else { format!(" : {}", role.parents.join(", ")) };
        let separator = if rng.bool() { "  " } else { ", " };
        let permissions = role.permissions.join(separator);
        let constraint = constraints.remove(role.name.as_str()).unwrap_or_default();
        let _ = writeln!(text, "{system}role {}{parents} {{ {permissions} }}{constraint}", role.name);
    }
    text
}

/// The constraints by role. A role's conditions are about what those it inherits from leave it, so those come first.
/// `left` is what is left of the roles of the packages before, and then of this one's too, by `package.role`.
fn constraints<'a>(
    rng: &mut Rng,
    package: &'a Package,
    packages: &[Package],
    definitions: &[Definition],
    left: &mut BTreeMap<String, Permissions>,
) -> BTreeMap<&'a str, String> {
    let mut constraints = BTreeMap::new();
    let are_some = rng.u8(..3) > 0;
    let full =
        |name: &str| if name.contains('.') { name.to_owned() } else { format!("{}.{name}", package.name) };
    let before = left.len();
    while left.len() < before + package.roles.len() {
        for role in &package.roles {
            let parents: Option<Vec<&Permissions>> =
                role.parents.iter().map(|parent| left.get(&full(parent))).collect();
            let Some(parents) = parents.filter(|_| !left.contains_key(&full(&role.name))) else { continue };
            let mut permissions: Permissions = parents.into_iter().flatten().copied().collect();
            permissions.extend(role.permissions.iter().flat_map(|target| package.meant(target, packages)));
            if are_some && rng.u8(..4) == 0 {
                let constraint = constraint(rng, package, packages, definitions, &mut permissions);
                constraints.insert(role.name.as_str(), constraint);
            }
            left.insert(full(&role.name), permissions);
        }
    }
    constraints
}

/// The clauses of a role, which take something from its permissions.
fn constraint(
    rng: &mut Rng,
    package: &Package,
    packages: &[Package],
    definitions: &[Definition],
    permissions: &mut Permissions,
) -> String {
    let resources: Vec<&EntityType> = package.resources().collect();
    let mut clauses = Vec::new();
    let separator = if rng.bool() { "\n  " } else { " " };
    if rng.u8(..3) == 0 {
        let targets: Vec<String> = (0..rng.usize(1..4))
            .map(|_| permission(rng, &resources, &package.sets, &package.foreign_targets))
            .collect();
        let only: Permissions = targets.iter().flat_map(|target| package.meant(target, packages)).collect();
        permissions.retain(|permission| only.contains(permission));
        clauses.push(format!("only {}", targets.join(", ")));
    }
    if rng.u8(..3) == 0 {
        let organization = pick(rng, ORGANIZATIONS.into_iter().chain(["acme/sec/unheard"])).unwrap();
        clauses.push(format!("in organization(\"{organization}\")"));
    }
    rng.shuffle(&mut clauses);
    let all = packages.iter().flat_map(Package::resources);
    let types: Vec<&EntityType> =
        all.filter(|ty| permissions.iter().any(|(kind, _)| *kind == ty.kind())).collect();
    if types.is_empty() {
        clauses.push(format!("unless now in {}", package.windows[0].0));
    }
    let mut flow = Flow::new(package, packages, types.clone(), definitions);
    for (word, chance) in [("when", 6), ("when", 1), ("unless", 3), ("unless", 1)] {
        if rng.u8(..10) < chance && !types.is_empty() {
            let depth = rng.usize(..3);
            let piece = flow.condition(rng, depth);
            clauses.push(format!("{word} {}", piece.text));
            flow = if word == "when" { piece.yes } else { piece.no };
        }
    }
    clauses.iter().flat_map(|clause| [separator, clause]).collect()
}
