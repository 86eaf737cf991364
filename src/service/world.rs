//! What a decision is made of besides the request and the clock.

use std::sync::Arc;

use bytes::Bytes;

use crate::engine::Engine;
use crate::facts::Facts;
use crate::model::Instant;

/// Policy and facts of one revision, immutable. Everything a request needs comes from one World, loaded once.
#[derive(Debug)]
pub struct World {
    pub engine: Arc<Engine>,
    pub facts: Arc<Facts>,
    /// The revision as answers, metrics and logs name it.
    pub revision: Bytes,
    pub loaded_at: Instant,
}

impl World {
    pub fn new(engine: Arc<Engine>, facts: Arc<Facts>, revision: &str, loaded_at: Instant) -> World {
        World { engine, facts, revision: Bytes::copy_from_slice(revision.as_bytes()), loaded_at }
    }

    pub fn revision_text(&self) -> &str {
        std::str::from_utf8(&self.revision).unwrap_or("")
    }
}
