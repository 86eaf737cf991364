//! What a decision is made of besides the request and the clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use crate::engine::{Engine, Key, Request};
use crate::facts::{Facts, Versions};
use crate::model::Instant;

/// Policy and facts of one revision, immutable. Everything a request needs comes from one World, loaded once.
#[derive(Debug)]
pub struct World {
    pub engine: Arc<Engine>,
    pub facts: Arc<Facts>,
    /// The revision as answers, metrics and logs name it.
    pub revision: Bytes,
    pub loaded_at: Instant,
    /// No other World of this process has it.
    number: u64,
    /// That of the first World with this very engine.
    engine_number: u64,
    versions: Arc<Versions>,
}

static WORLDS: AtomicU64 = AtomicU64::new(0);

impl World {
    pub fn new(engine: Arc<Engine>, facts: Arc<Facts>, revision: &str, loaded_at: Instant) -> World {
        let number = WORLDS.fetch_add(1, Ordering::Relaxed);
        World {
            engine,
            facts,
            revision: Bytes::copy_from_slice(revision.as_bytes()),
            loaded_at,
            number,
            engine_number: number,
            versions: Arc::new(Versions::first(number)),
        }
    }

    /// The same World, with the older numbers where nothing has changed since the one before it.
    pub(super) fn after(self, previous: &World) -> World {
        let is_same_engine = Arc::ptr_eq(&self.engine, &previous.engine);
        let versions = if Arc::ptr_eq(&self.facts, &previous.facts) {
            Arc::clone(&previous.versions)
        } else {
            Arc::new(previous.versions.next(&previous.facts, &self.facts, self.number))
        };
        let engine_number = if is_same_engine { previous.engine_number } else { self.engine_number };
        World { engine_number, versions, ..self }
    }

    /// All that a decision on a request of this World depends on but the clock: no other request of this process, of this
    /// World or another, has the same bytes unless it has the same answer.
    pub(super) fn key(&self, request: &Request<'_>) -> Key {
        let mut key = Key::new();
        key.extend_from_slice(&self.engine_number.to_le_bytes());
        self.engine.write_key(request, &self.versions, &mut key);
        key
    }

    pub fn revision_text(&self) -> &str {
        std::str::from_utf8(&self.revision).unwrap_or("")
    }
}
