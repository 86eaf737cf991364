//! Generated facts: entities, their hierarchy, who holds what and until when.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use portcullis::facts::{Assignment, Entity, Facts, Grant, Provenance, Reach};
use portcullis::model::{EntityRef, Instant, Symbol};

use super::comparisons::{GROUPS, IDS, ORGANIZATIONS};
use super::values::Datum;
use super::vocabulary::{EntityType, Package, Placement, pick};

/// Everything that is known, before it is facts.
#[derive(Debug)]
pub(super) struct World {
    pub(super) packages: Vec<Package>,
    /// By qualified type and id.
    pub(super) entities: BTreeMap<(String, &'static str), Known>,
    /// Instants at which something may change.
    pub(super) moments: Vec<Instant>,
}

#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) organization: Option<&'static str>,
    pub(super) parents: Vec<(String, &'static str)>,
    pub(super) attributes: Vec<(&'static str, Datum)>,
    pub(super) assignments: Vec<Held>,
    pub(super) grants: Vec<Held>,
}

/// A role or a permission that a subject holds.
#[derive(Debug, Clone)]
pub(super) struct Held {
    /// `package/role` or `package/type:action`.
    pub(super) what: String,
    /// None is personal.
    pub(super) scope: Option<&'static str>,
    pub(super) expires: Option<Instant>,
}

impl World {
    pub(super) fn generate(rng: &mut Rng, packages: Vec<Package>, moments: Vec<Instant>) -> World {
        let mut world = World { packages, entities: BTreeMap::new(), moments };
        for (number, group) in GROUPS.into_iter().enumerate() {
            if rng.u8(..8) > 0 {
                let above = some(rng, GROUPS.into_iter().skip(number + 1));
                let parents = above.into_iter().map(|group| ("group".to_owned(), group)).collect();
                let known = Known { parents, ..Known::default() };
                world.entities.insert(("group".to_owned(), group), known);
            }
        }
        for path in ORGANIZATIONS.into_iter().filter(|path| *path != "/" && *path != "initech") {
            let known = world.organization(rng, path);
            world.entities.insert(("organization".to_owned(), path), known);
        }
        for package in &world.packages {
            for ty in &package.types {
                for (number, id) in IDS.into_iter().enumerate() {
                    if rng.u8(..8) > 0 {
                        let known = known(rng, &world, package, ty, number);
                        world.entities.insert((format!("{}/{}", package.name, ty.name), id), known);
                    }
                }
            }
        }
        world
    }

    fn organization(&self, rng: &mut Rng, path: &'static str) -> Known {
        let mut known = Known::default();
        if let Some((above, _)) = path.rsplit_once('/') {
            let above = ORGANIZATIONS.into_iter().find(|path| *path == above).unwrap();
            known.parents.push(("organization".to_owned(), above));
        }
        for package in &self.packages {
            for attribute in &package.organization {
                if rng.u8(..4) > 0 {
                    let datum = Datum::generate(rng, &attribute.kind, &self.moments);
                    known.attributes.push((attribute.name, datum));
                }
            }
        }
        known
    }

    /// The facts, built by hand.
    pub(super) fn facts(&self) -> Facts {
        let mut facts = Facts::default();
        for ((kind, id), known) in &self.entities {
            let mut attributes: Vec<_> =
                known.attributes.iter().map(|(name, datum)| (Symbol::intern(name), datum.value())).collect();
            attributes.sort_by_key(|(name, _)| *name);
            let mut reach = |held: &Held| match held.scope {
                None => Reach::Personal,
                Some(path) => Reach::Scope(facts.scopes.add(path)),
            };
            let assignments = known
                .assignments
                .iter()
                .map(|held| Assignment {
                    role: Symbol::intern(&held.what),
                    reach: reach(held),
                    expires: held.expires,
                    provenance: Provenance::default(),
                })
                .collect();
            let grants = known.grants.iter().map(|held| {
                let (resource, action) = held.what.split_once(':').unwrap();
                Grant {
                    resource: Symbol::intern(resource),
                    action: Symbol::intern(action),
                    reach: reach(held),
                    expires: held.expires,
                    provenance: Provenance::default(),
                }
            });
            let entity = Entity {
                organization: known.organization.map(Symbol::intern),
                parents: known.parents.iter().map(reference).collect(),
                attributes,
                assignments,
                grants: grants.collect(),
                ancestors: self
                    .above(known)
                    .iter()
                    .map(reference)
                    .collect::<BTreeSet<_>>()
                    .into_iter()
                    .collect(),
            };
            facts.entities.insert(reference(&(kind.clone(), *id)), entity);
        }
        facts
    }

    /// Everything an entity is in.
    fn above(&self, known: &Known) -> BTreeSet<(String, &'static str)> {
        let mut above: BTreeSet<(String, &'static str)> = known.parents.iter().cloned().collect();
        for parent in &known.parents {
            if let Some(known) = self.entities.get(parent) {
                above.extend(self.above(known));
            }
        }
        above
    }
}

fn reference((kind, id): &(String, &'static str)) -> EntityRef {
    EntityRef { kind: Symbol::intern(kind), id: Symbol::intern(id) }
}

/// A role that the policies don't declare any more.
pub(super) const GONE: &str = "gone";

fn some<T>(rng: &mut Rng, from: impl IntoIterator<Item = T>) -> Vec<T> {
    let count = rng.usize(..=2);
    rng.choose_multiple(from, count)
}

fn known(rng: &mut Rng, world: &World, package: &Package, ty: &EntityType, number: usize) -> Known {
    let mut known = Known::default();
    for attribute in &ty.attributes {
        if rng.u8(..8) > 0 {
            let datum = Datum::generate(rng, &attribute.kind, &world.moments);
            known.attributes.push((attribute.name, datum));
        }
    }
    if (ty.is_subject || ty.placement == Placement::Organization) && rng.u8(..6) > 0 {
        known.organization = rng.choice(ORGANIZATIONS);
    }
    if ty.is_subject {
        let groups = some(rng, GROUPS);
        known.parents.extend(groups.into_iter().map(|group| ("group".to_owned(), group)));
        known.assignments = assignments(rng, world);
        known.grants = grants(rng, world);
    }
    if ty.is_resource && package.type_named("folder").is_some() {
        // Folders stand in later folders, so that the hierarchy has no circles.
        let folders = some(rng, IDS.into_iter().skip(number + 1));
        let kind = format!("{}/folder", package.name);
        known.parents.extend(folders.into_iter().map(|folder| (kind.clone(), folder)));
    }
    known
}

fn assignments(rng: &mut Rng, world: &World) -> Vec<Held> {
    (0..rng.usize(..6))
        .map(|_| {
            let package = rng.choice(&world.packages).unwrap();
            let role = &rng.choice(&package.roles).unwrap().name;
            let role = if rng.u8(..16) == 0 { GONE } else { role };
            held(rng, format!("{}/{role}", package.name), world)
        })
        .collect()
}

fn grants(rng: &mut Rng, world: &World) -> Vec<Held> {
    (0..rng.usize(..4))
        .map(|_| {
            let package = rng.choice(&world.packages).unwrap();
            let ty = pick(rng, package.resources()).unwrap();
            let action = rng.choice(&ty.actions).unwrap();
            held(rng, format!("{}/{}:{action}", package.name, ty.name), world)
        })
        .collect()
}

fn held(rng: &mut Rng, what: String, world: &World) -> Held {
    let scope = match rng.u8(..8) {
        0 | 1 => None,
        2 | 3 => Some("/"),
        _ => rng.choice(ORGANIZATIONS),
    };
    let expires = if rng.u8(..3) == 0 { rng.choice(&world.moments).copied() } else { None };
    Held { what, scope, expires }
}
