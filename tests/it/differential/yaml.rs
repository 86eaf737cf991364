//! Generated facts as a facts file.

use std::fmt::Write as _;

use portcullis::document::{Source, Sources};
use portcullis::facts::{self, Facts};
use portcullis::model::schema::Schema;
use portcullis::model::{EntityRef, Symbol};

use super::comparisons::ORGANIZATIONS;
use super::values::Datum;
use super::vocabulary::{Kind, Package};
use super::world::{GONE, Held, Known, World};

/// Takes away what a facts file may not say: parents and organizations that are not listed, and personal holdings of
/// what nobody owns.
pub(super) fn tidy(world: &mut World) {
    for path in ORGANIZATIONS {
        world.entities.entry(("organization".to_owned(), path)).or_default();
    }
    let root = ("organization".to_owned(), "/");
    for path in ORGANIZATIONS.into_iter().filter(|path| !path.contains('/')) {
        let known = world.entities.entry(("organization".to_owned(), path)).or_default();
        if known.parents.is_empty() {
            known.parents.push(root.clone());
        }
    }
    let listed: Vec<_> = world.entities.keys().cloned().collect();
    let (entities, packages) = (&mut world.entities, &world.packages);
    for known in entities.values_mut() {
        known.parents.retain(|parent| listed.contains(parent));
        known.assignments.retain(|held| !held.what.ends_with(GONE));
        for held in known.assignments.iter_mut().chain(&mut known.grants) {
            if held.scope.is_none() && !is_ownable(packages, &held.what) {
                held.scope = Some("/");
            }
        }
    }
}

/// Reads the facts from their file.
pub(super) fn load(world: &World, schema: &Schema) -> Result<Facts, String> {
    let text = text(world);
    let mut sources = Sources::default();
    let file = sources.add(Source { name: "made_up.facts.yaml".to_owned(), text: text.clone() });
    match facts::load(&sources, &[file], schema) {
        (Some(facts), _) => Ok(facts),
        (None, diagnostics) => Err(format!("{text}\n{diagnostics:#?}")),
    }
}

/// Which entity the file makes something else of than it is, but for who gave what and why.
pub(super) fn difference(read: &Facts, built: &Facts) -> Option<String> {
    for (entity, expected) in &built.entities {
        let Some(found) = read.entity(*entity) else { return Some(format!("{entity:?} is missing")) };
        let mut parents = expected.parents.clone();
        parents.sort_unstable();
        let mut expected = (expected.organization, parents, &expected.attributes, &expected.ancestors);
        let found = (found.organization, found.parents.clone(), &found.attributes, &found.ancestors);
        expected.1.dedup();
        if found != expected {
            return Some(format!("{entity:?} is {found:?}, not {expected:?}"));
        }
    }
    let root = EntityRef { kind: Symbol::intern("organization"), id: Symbol::intern("/") };
    let stranger = read.entities.keys().find(|entity| **entity != root && built.entity(**entity).is_none());
    stranger.map(|entity| format!("{entity:?} comes from nowhere"))
}

fn text(world: &World) -> String {
    let mut text = String::new();
    section(&mut text, world, "organizations", "organization", "  ");
    section(&mut text, world, "groups", "group", "  ");
    for (title, wanted) in [("subjects", true), ("resources", false)] {
        let _ = writeln!(text, "{title}:");
        for package in &world.packages {
            for ty in package.types.iter().filter(|ty| ty.is_subject == wanted) {
                let kind = format!("{}/{}", package.name, ty.name);
                section(&mut text, world, &format!("  {kind}"), &kind, "    ");
            }
        }
    }
    text
}

fn section(text: &mut String, world: &World, title: &str, kind: &str, indent: &str) {
    let _ = writeln!(text, "{title}:");
    for ((of, id), known) in world.entities.iter().filter(|((of, _), _)| of == kind) {
        let _ = writeln!(text, "{indent}\"{id}\": {}", body(known, of == "organization"));
    }
}

fn body(known: &Known, is_organization: bool) -> String {
    let mut fields = Vec::new();
    if let Some(path) = known.organization {
        fields.push(format!("organization: \"{path}\""));
    }
    if !known.parents.is_empty() && !is_organization {
        let parents: Vec<String> =
            known.parents.iter().map(|(kind, id)| format!("{{ type: \"{kind}\", id: \"{id}\" }}")).collect();
        fields.push(format!("in: [{}]", parents.join(", ")));
    }
    for (name, datum) in &known.attributes {
        fields.push(format!("{name}: {}", value(datum)));
    }
    for (title, key, all) in [("roles", "role", &known.assignments), ("grants", "permission", &known.grants)]
    {
        if !all.is_empty() {
            let all: Vec<String> = all.iter().map(|one| held(key, one)).collect();
            fields.push(format!("{title}: [{}]", all.join(", ")));
        }
    }
    format!("{{ {} }}", fields.join(", "))
}

fn held(key: &str, held: &Held) -> String {
    let scope = held.scope.unwrap_or("personal");
    let expires = held.expires.map_or(String::new(), |expires| format!(", expires: \"{expires}\""));
    let why = "granted_by: \"root\", reason: \"made up\"";
    format!("{{ {key}: \"{}\", scope: \"{scope}\", {why}{expires} }}", held.what)
}

fn value(datum: &Datum) -> String {
    match datum {
        Datum::Bool(value) => value.to_string(),
        Datum::Int(value) => value.to_string(),
        Datum::Text(text) | Datum::Address(text) | Datum::Network(text) => format!("\"{text}\""),
        Datum::Instant(instant) => format!("\"{instant}\""),
        Datum::Date(date) if date.days() % 2 == 0 => date.to_string(),
        Datum::Date(date) => format!("\"{date}\""),
        Datum::Time(time) => format!("\"{time}\""),
        Datum::Duration(duration) => duration.to_string(),
        Datum::Entity(_, id) => format!("\"{id}\""),
        Datum::Set(items) => {
            let items: Vec<String> = items.iter().map(value).collect();
            format!("[{}]", items.join(", "))
        }
        Datum::Record(members) => {
            let members: Vec<String> =
                members.iter().map(|(name, datum)| format!("{name}: {}", value(datum))).collect();
            format!("{{ {} }}", members.join(", "))
        }
    }
}

/// Whether everything a role of this package may permit, or what a grant permits, can be owned.
fn is_ownable(packages: &[Package], what: &str) -> bool {
    // A role may permit what other packages have.
    let kind = what.split_once(':').map(|(kind, _)| kind);
    let resources = packages.iter().flat_map(Package::resources);
    resources.filter(|ty| kind.is_none_or(|kind| kind == ty.kind())).all(|ty| {
        ty.attributes
            .iter()
            .any(|attribute| attribute.name == "owner" && matches!(attribute.kind, Kind::Entity(_)))
    })
}
