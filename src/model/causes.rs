//! An error with what led to it, in one line. Libraries say `client error`, and only its cause says that nobody listens there.

use std::error::Error;

/// What it says, and what each of its causes says that adds something, with colons between them.
pub fn causes(error: &(dyn Error + 'static)) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !told.ends_with(&text) {
            told = format!("{told}: {text}");
        }
        cause = error.source();
    }
    told
}

#[cfg(test)]
#[path = "causes_tests.rs"]
mod tests;
