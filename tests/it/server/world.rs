//! The World that these tests ask about.

use std::sync::Arc;

use portcullis::document::{Source, Sources, render};
use portcullis::engine::Engine;
use portcullis::service::World;
use portcullis::{facts, language};

use super::sidecar::at;

/// The policy and the facts beside this file, under a revision that is easy to recognize.
pub fn world() -> World {
    let mut sources = Sources::default();
    let mut add =
        |name: &str, text: &str| sources.add(Source { name: name.to_owned(), text: text.to_owned() });
    let policy = add("docs.policy", include_str!("docs.policy"));
    let file = add("docs.yaml", include_str!("docs.yaml"));
    let loaded = language::load(&sources, &[policy]);
    let policy = loaded.policy.unwrap_or_else(|| panic!("{}", render::plain(&loaded.diagnostics, &sources)));
    let (facts, problems) = facts::load(&sources, &[file], &policy.schema);
    let facts = facts.unwrap_or_else(|| panic!("{}", render::plain(&problems, &sources)));
    World::new(Arc::new(Engine::new(Arc::new(policy))), Arc::new(facts), REVISION, at("2026-03-02T11:00:00Z"))
}

pub const REVISION: &str = "abababababababababababababababababababababababababababababababab";
