//! What a small policy is told, in either form.

use portcullis::document::{Severity, Source, Sources};
use portcullis::engine::Engine;
use portcullis::facts::Facts;
use portcullis::language;

use crate::workload;

/// Every error, or every warning if there is no error, as `P0101 2:5`, in the file of this name.
pub fn told(name: &str, text: &str) -> String {
    let mut sources = Sources::default();
    let id = sources.add(Source { name: name.to_owned(), text: text.to_owned() });
    let loaded = language::load(&sources, &[id]);
    let severity = if loaded.policy.is_none() { Severity::Error } else { Severity::Warning };
    let found = loaded.diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity);
    let shown = found.map(|diagnostic| {
        let (span, _) = diagnostic.place.as_ref().expect("every diagnostic of a policy has a place");
        let (line, column) = sources.position(*span);
        format!("{} {line}:{column}", diagnostic.code.text())
    });
    shown.collect::<Vec<_>>().join(", ")
}

#[track_caller]
pub fn check_policy(text: &str, expected: &str) {
    assert_eq!(told("hostile.policy", text), expected, "{text:?}");
}

#[track_caller]
pub fn check_yaml(text: &str, expected: &str) {
    assert_eq!(told("hostile.yaml", text), expected, "{text:?}");
}

#[track_caller]
pub fn engine(policy: &str, facts: &str) -> (Engine, Facts) {
    let mut sources = Sources::default();
    sources.add(Source { name: "hostile.policy".to_owned(), text: policy.to_owned() });
    workload::loaded(sources, facts).unwrap()
}
