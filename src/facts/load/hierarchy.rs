//! What is in what, transitively.

use foldhash::{HashMap, HashMapExt};

use crate::document::{Code, Diagnostic, Problems, Span};
use crate::facts::Entity;
use crate::model::EntityRef;
use crate::model::limits::ANCESTORS_MAX;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// On the way from a start to here.
    Open,
    Done,
}

/// Fills in every entity's ancestors, and says who is in itself. Without recursion: chains may be long.
pub(super) fn close(
    order: &[EntityRef],
    entities: &mut HashMap<EntityRef, Entity>,
    places: &HashMap<EntityRef, Span>,
    problems: &mut Problems,
) {
    let mut states: HashMap<EntityRef, State> = HashMap::with_capacity(order.len());
    let mut way: Vec<(EntityRef, usize)> = Vec::new();
    for start in order {
        if states.contains_key(start) {
            continue;
        }
        states.insert(*start, State::Open);
        way.push((*start, 0));
        while let Some((entity, next)) = way.last_mut() {
            let entity = *entity;
            let parent = entities.get(&entity).and_then(|row| row.parents.get(*next)).copied();
            *next += 1;
            match parent {
                None => {
                    finish(entity, entities, places, problems);
                    states.insert(entity, State::Done);
                    way.pop();
                }
                Some(parent) => match states.get(&parent) {
                    Some(State::Done) => {}
                    Some(State::Open) => problems.push(cycle(parent, &way, places)),
                    None => {
                        states.insert(parent, State::Open);
                        way.push((parent, 0));
                    }
                },
            }
        }
    }
}

/// All parents are finished, but for those of a cycle, which is an error anyway.
fn finish(
    entity: EntityRef,
    entities: &mut HashMap<EntityRef, Entity>,
    places: &HashMap<EntityRef, Span>,
    problems: &mut Problems,
) {
    let Some(row) = entities.get(&entity) else { return };
    let mut ancestors = row.parents.clone();
    for parent in &row.parents {
        ancestors.extend(entities.get(parent).map_or(&[][..], |parent| &parent.ancestors));
    }
    ancestors.sort_unstable();
    ancestors.dedup();
    if ancestors.len() > ANCESTORS_MAX {
        let message = format!("`{}` is in {} others, more than {ANCESTORS_MAX}", entity.id, ancestors.len());
        let problem = Diagnostic::error(Code::TooLarge, message);
        problems.push(match places.get(&entity) {
            Some(span) => problem.at(*span, ""),
            None => problem,
        });
        // Told once; whatever is below needn't suffer from it.
        ancestors.clear();
    }
    if let Some(row) = entities.get_mut(&entity) {
        row.ancestors = ancestors;
    }
}

fn cycle(entity: EntityRef, way: &[(EntityRef, usize)], places: &HashMap<EntityRef, Span>) -> Diagnostic {
    let from = way.iter().position(|(step, _)| *step == entity).unwrap_or(0);
    let steps: Vec<String> = way.iter().skip(from).map(|(step, _)| format!("`{}`", step.id)).collect();
    let message = format!("`{}` is in itself: {} in `{}`", entity.id, steps.join(" in "), entity.id);
    let problem = Diagnostic::error(Code::HierarchyCycle, message);
    match places.get(&entity) {
        Some(span) => problem.at(*span, ""),
        None => problem,
    }
}
