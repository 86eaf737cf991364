//! The language: text in, policy out.

use portcullis::document::{Source, Sources, render};
use portcullis::language::{self, Loaded};

/// Loads one file.
fn load(text: &str) -> (Loaded, Sources) {
    let mut sources = Sources::default();
    let id = sources.add(Source { name: "test.policy".to_owned(), text: text.to_owned() });
    (language::load(&sources, &[id]), sources)
}

#[test]
fn the_sample_of_the_design_loads() {
    let (loaded, sources) = load(include_str!("../cases/design.policy"));
    assert_eq!(render::plain(&loaded.diagnostics, &sources), "");
    let policy = loaded.policy.unwrap();
    assert_eq!(policy.rules.len(), 4);
    assert_eq!(policy.routes.len(), 2);
}
