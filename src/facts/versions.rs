//! Which change of the facts each entity is as it is since.
//!
//! Found by comparing one snapshot with the one before it, so that nobody has to remember to count a change. Whoever makes
//! the snapshots numbers them, and gives no number twice: then an entity and its number stand for all that it says.

use std::collections::HashMap;

use super::{Entity, Facts};
use crate::model::EntityRef;

/// The numbers of one snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versions {
    /// That of the first snapshot, and so of each entity that was never changed since.
    first: u64,
    /// Those of the other entities that are there.
    changed: HashMap<EntityRef, u64>,
    /// That of the last snapshot with another tree of organizations than the one before it.
    scopes: u64,
    /// That of the last snapshot that was any other than the one before it.
    any: u64,
}

impl Versions {
    /// Of a snapshot that is compared with none.
    pub fn first(number: u64) -> Versions {
        Versions { first: number, changed: HashMap::new(), scopes: number, any: number }
    }

    /// Of the snapshot `new` with this number, after these of `old`.
    #[must_use]
    pub fn next(&self, old: &Facts, new: &Facts, number: u64) -> Versions {
        let version = |(entity, row): (&EntityRef, &Entity)| {
            let version = if old.entity(*entity) == Some(row) { self.of(*entity) } else { number };
            (version != self.first).then_some((*entity, version))
        };
        let is_same = |version: &u64| *version != number;
        let changed: HashMap<EntityRef, u64> = new.entities.iter().filter_map(version).collect();
        let has_lost = old.entities.keys().any(|entity| new.entity(*entity).is_none());
        let scopes = if old.scopes == new.scopes { self.scopes } else { number };
        let is_any = has_lost || scopes == number || !changed.values().all(is_same);
        Versions { first: self.first, changed, scopes, any: if is_any { number } else { self.any } }
    }

    /// The number of an entity that the snapshot has; of no other.
    pub fn of(&self, entity: EntityRef) -> u64 {
        self.changed.get(&entity).copied().unwrap_or(self.first)
    }

    pub fn scopes(&self) -> u64 {
        self.scopes
    }

    pub fn any(&self) -> u64 {
        self.any
    }
}

#[cfg(test)]
mod tests;
