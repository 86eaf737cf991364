//! Small readers for what has more shape than a word: each says what is wrong, where.

use std::ops::RangeInclusive;

use super::value::{self, Wrong};
use crate::document::yaml::{self, Node};
use crate::document::{Code, Diagnostic, Problems};

pub(super) fn refuse(
    node: &Node<'_>,
    message: impl Into<String>,
    help: impl Into<String>,
    problems: &mut Problems,
) {
    problems.push(Diagnostic::error(Code::ConfigValue, message).at(node.span, "").help(help));
}

/// A text that isn't empty.
pub(super) fn text_of(node: &Node<'_>, expected: &str, problems: &mut Problems) -> Option<String> {
    let text = yaml::text(node, expected, problems)?;
    if text.is_empty() {
        refuse(node, "a text is needed", format!("write {expected}"), problems);
        return None;
    }
    Some(text.to_owned())
}

/// What one text says.
pub(super) fn read<T>(
    node: &Node<'_>,
    problems: &mut Problems,
    read: impl Fn(&str) -> Result<T, Wrong>,
) -> Option<T> {
    let text = yaml::text(node, "a text", problems)?;
    read(text).map_err(|wrong| refuse(node, wrong.message, wrong.help, problems)).ok()
}

/// What the texts of a list say; at least one.
pub(super) fn each<T>(
    node: &Node<'_>,
    problems: &mut Problems,
    one: impl Fn(&str) -> Result<T, Wrong>,
) -> Option<Vec<T>> {
    let items = yaml::list(node, "a list", problems)?;
    if items.is_empty() {
        refuse(node, "the list is empty", "write at least one, or leave the key out", problems);
        return None;
    }
    let values: Vec<Option<T>> = items.iter().map(|item| read(item, problems, &one)).collect();
    values.into_iter().collect()
}

/// The texts of a list; at least one, and none of them empty.
pub(super) fn texts(node: &Node<'_>, problems: &mut Problems) -> Option<Vec<String>> {
    each(node, problems, |text| {
        if text.is_empty() {
            return Err(Wrong {
                message: "a text is needed".to_owned(),
                help: "write it, or leave it out".to_owned(),
            });
        }
        Ok(text.to_owned())
    })
}

pub(super) fn integer(
    node: &Node<'_>,
    bounds: &RangeInclusive<i64>,
    unit: &str,
    problems: &mut Problems,
) -> Option<u64> {
    let number = yaml::int(node, "a number", problems)?;
    let bounds = bounds.start().unsigned_abs()..=bounds.end().unsigned_abs();
    value::number(&number.to_string(), bounds, unit)
        .map_err(|wrong| refuse(node, wrong.message, wrong.help, problems))
        .ok()
}
