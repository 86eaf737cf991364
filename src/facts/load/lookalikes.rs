//! Ids that are not the same and look as if they were.

use std::collections::{HashMap, HashSet};

use crate::document::{Code, Diagnostic, Problems, Span, lookalike};
use crate::model::value::bare;
use crate::model::{EntityRef, Symbol};

/// Of more entities of one type ids are not held against each other, but where they differ in case only.
const IDS_MAX: usize = 20_000;

/// Warns of ids that readers would take for another of the same type. Most files have none that is not ASCII; what is
/// done for them costs nothing then.
pub(super) fn warn(places: &foldhash::HashMap<EntityRef, Span>, problems: &mut Problems) {
    let is_suspect = |id: &str| !id.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase());
    let mut suspects: Vec<(EntityRef, Span)> = places
        .iter()
        .filter(|(entity, _)| is_suspect(entity.id.text()))
        .map(|(entity, span)| (*entity, *span))
        .collect();
    suspects.sort_unstable_by_key(|(_, span)| *span);
    let foreign = suspects.iter().map(|(entity, _)| entity).filter(|entity| !entity.id.text().is_ascii());
    let known = by_look(&foreign.map(|entity| entity.kind).collect(), places);
    for (entity, span) in suspects {
        let lower = Symbol::lookup(&entity.id.text().to_lowercase()).map(|id| EntityRef { id, ..entity });
        let in_lower_case =
            lower.filter(|lower| *lower != entity).and_then(|lower| places.get_key_value(&lower));
        let alike = in_lower_case.map(|(other, place)| (*other, *place)).or_else(|| {
            let id = Some(entity.id.text()).filter(|id| !id.is_ascii())?;
            let mut looks = lookalike::looks(id).into_iter().map(|look| (entity.kind, look));
            looks.find_map(|look| known.get(&look)).filter(|(other, _)| *other != entity).copied()
        });
        let Some((other, place)) = alike else { continue };
        let (id, other) = (entity.id.text(), other.id.text());
        let kind = bare(entity.kind.text());
        problems.push(
            Diagnostic::warning(Code::LookAlike, format!("the {kind} `{id}` looks like `{other}`"))
                .at(span, lookalike::difference(id, other))
                .related(place, "the other one")
                .help("they are never taken for each other; if they are one, list it once"),
        );
    }
}

/// The entities of some types by how their ids look: of those that look alike the first that is plain ASCII, else the
/// first.
fn by_look(
    kinds: &HashSet<Symbol>,
    places: &foldhash::HashMap<EntityRef, Span>,
) -> HashMap<(Symbol, String), (EntityRef, Span)> {
    let mut counts: HashMap<Symbol, usize> = HashMap::new();
    for entity in places.keys().filter(|entity| kinds.contains(&entity.kind)) {
        *counts.entry(entity.kind).or_default() += 1;
    }
    let mut known: HashMap<(Symbol, String), (EntityRef, Span)> = HashMap::new();
    let mut entities: Vec<(EntityRef, Span)> = places
        .iter()
        .filter(|(entity, _)| counts.get(&entity.kind).is_some_and(|count| *count <= IDS_MAX))
        .map(|(entity, span)| (*entity, *span))
        .collect();
    entities.sort_unstable_by_key(|(entity, span)| (!entity.id.text().is_ascii(), *span));
    for (entity, span) in entities {
        for look in lookalike::looks(entity.id.text()) {
            known.entry((entity.kind, look)).or_insert((entity, span));
        }
    }
    known
}
