//! What has to hold of any text that is given to the language, whatever it says.
//!
//! Each function panics on a text that one of its properties does not hold of. The targets give them what the fuzzer makes
//! up, `tests/it/properties.rs` all that the repository holds. What a property does now and then only, since it is
//! slow, hangs on the text alone: a text that was found once is found again.

mod alike;
mod ask;
mod chance;
mod check;
mod fmt;
mod parse;
mod tell;
mod yaml;

use portcullis::document::{Source, SourceId, Sources};

pub use check::check;
pub use fmt::fmt;
pub use parse::parse;
pub use yaml::yaml;

const POLICY: &str = "a.policy";
const YAML: &str = "a.yaml";

/// The one file of a load.
fn file(name: &str, text: &str) -> (Sources, SourceId) {
    let mut sources = Sources::default();
    let id = sources.add(Source { name: name.to_owned(), text: text.to_owned() });
    (sources, id)
}
