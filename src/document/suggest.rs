//! `did you mean …?`

#[cfg(test)]
mod tests;

use crate::model::limits::IDENTIFIER_BYTES_MAX;

/// Names less alike than this are no help.
const LIKENESS_MIN: f64 = 0.7;

/// How alike two names are at least of which one letter is another or two have changed places.
const SWAPPED: f64 = 0.75;

/// More names than this aren't compared: a suggestion must not make a hopeless file slow.
const KNOWN_MAX: usize = 10_000;

/// The known name that is most like the one that was written.
pub fn closest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if written.len() > IDENTIFIER_BYTES_MAX {
        return None;
    }
    known
        .into_iter()
        .take(KNOWN_MAX)
        .map(|name| (likeness(written, name), name))
        .filter(|(likeness, _)| *likeness > LIKENESS_MIN)
        // Of two as alike the first by name, so that the same mistake always gets the same help.
        .max_by(|one, other| one.0.total_cmp(&other.0).then_with(|| other.1.cmp(one.1)))
        .map(|(_, name)| name)
        .filter(|name| is_near(written, name))
}

/// How alike two names are. Letters that changed places make names of three or four letters unlike each other otherwise.
fn likeness(written: &str, name: &str) -> f64 {
    let jaro = strsim::jaro(written, name);
    let is_swapped = written.len() == name.len() && strsim::osa_distance(written, name) == 1;
    if is_swapped { jaro.max(SWAPPED) } else { jaro }
}

/// Whether less than half of a name has to be changed to make it the other: a name of one letter is like anything that has it.
fn is_near(written: &str, name: &str) -> bool {
    2 * strsim::osa_distance(written, name) < written.chars().count().max(name.chars().count())
}

/// The help line for a name nothing declares.
pub fn did_you_mean<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    closest(written, known).map(|name| format!("did you mean `{name}`?"))
}
