//! A request body, which has to be strict JSON, and what callers are told about one that isn't.

mod mistake;

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;

pub(super) use mistake::{Member, Mistake, Path};

use crate::document::json;
use crate::model::Input;

/// Reads one JSON value that fills the whole body.
pub(super) fn read(body: &[u8]) -> Result<Input<'_>, Mistake> {
    let text = std::str::from_utf8(body).map_err(|error| Mistake::not_utf8(body, error))?;
    json::read(text).map_err(|error| Mistake::unreadable(text, &error))
}
