//! What becomes of hostile policies: read, checked, compiled, shown and dropped on a stack as small as a server's.

use std::hint::black_box;
use std::sync::Arc;

use portcullis::document::{Diagnostic, Source, Sources, render};
use portcullis::engine::Engine;
use portcullis::language;
use portcullis::language::syntax::{self, Form};

use super::inputs::{Expected, Files, Hostile};

/// The stack of a thread that serves requests or loads policies.
const STACK_BYTES: usize = 2 * 1024 * 1024;

/// The most memory that a hostile policy set may take, with its own text.
pub const MEMORY_MAX: u64 = 64 * 1024 * 1024;

#[derive(Debug, Clone, Copy)]
pub struct Outcome {
    pub became: Became,
    /// The most bytes at any time.
    pub memory: u64,
    /// Milliseconds of work, as far as the system counts it.
    pub milliseconds: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Became {
    /// It is what it was expected to be.
    AsExpected,
    /// It loads, or is refused with this error in this file.
    Otherwise(Option<(portcullis::document::Code, usize, usize, usize)>),
}

pub fn outcome(hostile: &Hostile) -> Outcome {
    let expected = hostile.expected;
    let files = hostile.files();
    measured(move || load(&files, expected))
}

/// What comes of laying out in this form what loads.
pub fn printed(hostile: &Hostile, to: Form) -> Outcome {
    let files = hostile.files();
    measured(move || print(&files, to))
}

pub fn measured(work: impl FnOnce() -> Became + Send + 'static) -> Outcome {
    let run = move || {
        let before = worked();
        let mut became = Became::Otherwise(None);
        let counted = allocation_counter::measure(|| became = work());
        Outcome { became, memory: counted.bytes_max, milliseconds: worked() - before }
    };
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
    thread.spawn(run).unwrap().join().unwrap()
}

/// A file is laid out, or it is said where that can't be done.
fn print(files: &Files, to: Form) -> Became {
    let (name, text) = files.last().expect("there is one");
    let mut sources = Sources::default();
    let id = sources.add(Source { name: name.clone(), text: text.clone() });
    let Err(diagnostics) = syntax::format(&sources, id, to).map(black_box) else { return Became::AsExpected };
    let error = diagnostics.first().expect("it says why");
    let (span, _) = error.place.as_ref().expect("an error has a place");
    let (line, column) = sources.position(*span);
    Became::Otherwise(Some((error.code, 0, line, column)))
}

fn load(files: &Files, expected: Expected) -> Became {
    let last = files.len() - 1;
    let mut sources = Sources::default();
    let add =
        |(name, text): &(String, String)| sources.add(Source { name: name.clone(), text: text.clone() });
    let ids: Vec<_> = files.iter().map(add).collect();
    let loaded = language::load(&sources, &ids);
    black_box(render::plain(&loaded.diagnostics, &sources));
    black_box(render::json(&loaded.diagnostics, &sources));
    let error = loaded.diagnostics.iter().find(|diagnostic| diagnostic.is_error());
    assert_eq!(
        loaded.policy.is_none(),
        error.is_some(),
        "errors and nothing else keep a policy from being one"
    );
    if let Some(policy) = loaded.policy {
        black_box(Engine::new(Arc::new(policy)));
    }
    let place = |error: &Diagnostic| {
        let (span, _) = error.place.as_ref().expect("an error has a place");
        let (line, column) = sources.position(*span);
        (error.code, span.source.0 as usize, line, column)
    };
    let found = error.map(place);
    let is_as_expected = match (expected, found) {
        (Expected::Loads, None) => true,
        (Expected::Refused(code, line, column), Some(found)) => {
            // Of many files that are too much together it is one in the middle.
            let file = if last > 1 { found.1 } else { last };
            found == (code, file, line, column)
        }
        _ => false,
    };
    if is_as_expected { Became::AsExpected } else { Became::Otherwise(found) }
}

/// Milliseconds that this thread has worked so far; none where the system doesn't say.
fn worked() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|nanos| nanos.parse::<f64>().ok()).unwrap_or_default() / 1e6
}
