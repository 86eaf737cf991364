//! Rules of every form over a generated vocabulary.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use fastrand::Rng;

use super::expressions::{Definition, Flow};
use super::roles::{Permissions, role_texts};
use super::targets::permission;
use super::vocabulary::{EntityType, Package};
use super::written::annotation;

/// The text of a whole package.
pub(super) fn package_text(
    rng: &mut Rng,
    package: &Package,
    packages: &[Package],
    definitions: &mut Vec<Definition>,
    left: &mut BTreeMap<String, Permissions>,
    rules: usize,
) -> String {
    let mut text = package.text(rng);
    for number in 0..rng.usize(..4) {
        let definition = Definition::generate(rng, package, packages, definitions, number);
        let _ = writeln!(text, "{}define {} = {}", annotation(rng), definition.head(), definition.text);
        definitions.push(definition);
    }
    text.push_str(&role_texts(rng, package, packages, definitions, left));
    for number in 0..rules {
        let rule = rule(rng, package, packages, definitions, number);
        let _ = writeln!(text, "{rule}");
    }
    text
}

fn rule(
    rng: &mut Rng,
    package: &Package,
    packages: &[Package],
    definitions: &[Definition],
    number: usize,
) -> String {
    let resources: Vec<&EntityType> = package.resources().collect();
    let is_deny = rng.u8(..10) < 4;
    let targets: Vec<String> = (0..rng.usize(1..3))
        .map(|_| permission(rng, &resources, &package.sets, &package.foreign_targets))
        .collect();
    let possible: Vec<&EntityType> = packages
        .iter()
        .flat_map(Package::resources)
        .filter(|ty| targets.iter().any(|target| package.is_about(target, ty, packages)))
        .collect();
    let mut clauses = audience(rng, package, is_deny);
    let flow = Flow::new(package, packages, possible, definitions);
    clauses.extend(conditions(rng, &flow, is_deny));
    // Absolute denies decide so often that they would leave nothing to the others.
    if (is_deny && rng.u8(..10) < 8) || (!is_deny && rng.u8(..10) < 4) {
        clauses.push(format!("priority {}", rng.choice([0, 0, 1, 5, 5, 90, 1_000_000]).unwrap()));
    }
    if rng.u8(..8) > 0 {
        clauses.push(format!("named {}{number}", rng.choice(["a", "n", "r", "z"]).unwrap()));
    }
    if rng.u8(..4) == 0 {
        clauses.push("because \"so it is\"".to_owned());
    }
    if rng.u8(..8) == 0 {
        clauses.push(directive(rng, "oblige"));
    }
    if rng.u8(..12) == 0 {
        clauses.push(directive(rng, "oblige"));
    }
    if rng.u8(..8) == 0 {
        clauses.push(directive(rng, "advise"));
    }
    if is_deny && rng.u8(..4) == 0 {
        clauses.push("overridable".to_owned());
    }
    shuffle(rng, &mut clauses);
    let effect = if is_deny { "deny" } else { "allow" };
    let separator = if rng.bool() { "\n  " } else { " " };
    let annotation = annotation(rng);
    format!("{annotation}{effect} {}{separator}{}", targets.join(", "), clauses.join(separator))
}

fn audience(rng: &mut Rng, package: &Package, is_deny: bool) -> Vec<String> {
    let roles = |rng: &mut Rng, most: usize| {
        let count = rng.usize(1..=most);
        let names = package.roles.iter().map(|role| role.name.as_str());
        let mut names = rng.choose_multiple(names, count);
        if rng.u8(..5) == 0 {
            names.extend(rng.choice(&package.foreign_roles).map(String::as_str));
        }
        names.join(", ")
    };
    let mut clauses = match rng.u8(..10) {
        0 => vec!["to anyone".to_owned()],
        1..=5 => vec![format!("to {}", roles(rng, 2))],
        6 | 7 if is_deny => vec![format!("to {}", roles(rng, 1))],
        _ => Vec::new(),
    };
    if rng.u8(..10) < 3 {
        clauses.push(format!("except {}", roles(rng, 2)));
    }
    clauses
}

/// `when`s, each relying on those before it, and `unless`es, which rely on all of them.
fn conditions(rng: &mut Rng, flow: &Flow<'_>, is_deny: bool) -> Vec<String> {
    let mut clauses = Vec::new();
    let mut flow = flow.clone();
    let chances = [("when", 6), ("when", 1), ("unless", if is_deny { 5 } else { 2 }), ("unless", 1)];
    for (word, chance) in chances {
        if rng.u8(..10) < chance {
            let depth = rng.usize(..4);
            let piece = flow.condition(rng, depth);
            clauses.push(format!("{word} {}", piece.text));
            flow = if word == "when" { piece.yes } else { piece.no };
        }
    }
    clauses
}

/// Brings the clauses out of order, but for those whose order has a meaning.
fn shuffle(rng: &mut Rng, clauses: &mut [String]) {
    let is_condition = |clause: &String| clause.starts_with("when ") || clause.starts_with("unless ");
    let conditions: Vec<String> = clauses.iter().filter(|clause| is_condition(clause)).cloned().collect();
    rng.shuffle(clauses);
    let places = clauses.iter_mut().filter(|clause| is_condition(clause));
    for (place, condition) in places.zip(conditions) {
        *place = condition;
    }
}

fn directive(rng: &mut Rng, word: &str) -> String {
    let name = rng.choice(["step_up", "notify", "log"]).unwrap();
    match rng.u8(..3) {
        0 => format!("{word} {name}"),
        1 => format!("{word} {name}(level: {})", rng.i64(0..3)),
        _ => format!("{word} {name}(channel: \"soc\", urgent: {})", rng.bool()),
    }
}
