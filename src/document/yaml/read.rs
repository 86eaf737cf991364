//! Small readers: each takes what it expects, or says what stands there instead.

use super::{Content, Entry, Node};
use crate::document::{Code, Diagnostic, Problems, Span, suggest};
use crate::model::{Date, Instant};

/// The entries of a mapping whose keys are known beforehand.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'n, 'a> {
    entries: &'n [Entry<'a>],
    /// What the mapping is, as in "a role assignment".
    what: &'static str,
    span: Span,
}

impl<'n, 'a> Fields<'n, 'a> {
    /// Reads a mapping that may have these keys and no others.
    pub fn read(
        node: &'n Node<'a>,
        what: &'static str,
        known: &[&str],
        problems: &mut Problems,
    ) -> Option<Fields<'n, 'a>> {
        let entries = entries(node, what, problems)?;
        for entry in entries.iter().filter(|entry| !known.contains(&entry.key.text.as_ref())) {
            problems.push(unknown_key(entry, what, known));
        }
        Some(Fields { entries, what, span: node.span })
    }

    pub fn get(&self, key: &str) -> Option<&'n Node<'a>> {
        self.entries.iter().find(|entry| entry.key.text == key).map(|entry| &entry.value)
    }

    /// Reads a key that has to be there.
    pub fn required(&self, key: &str, help: &str, problems: &mut Problems) -> Option<&'n Node<'a>> {
        let found = self.get(key);
        if found.is_none() {
            let message = format!("{} needs `{key}`", self.what);
            let problem = Diagnostic::error(Code::YamlMissingKey, message).at(self.span, "");
            problems.push(if help.is_empty() { problem } else { problem.help(help) });
        }
        found
    }
}

/// The entries of a mapping; an empty value is a mapping without any.
pub fn entries<'n, 'a>(
    node: &'n Node<'a>,
    expected: &str,
    problems: &mut Problems,
) -> Option<&'n [Entry<'a>]> {
    if let Content::Mapping(entries) = &node.content {
        return Some(entries);
    }
    if node.content == Content::Null {
        return Some(&[]);
    }
    misshapen(node, expected, problems)
}

pub fn list<'n, 'a>(node: &'n Node<'a>, expected: &str, problems: &mut Problems) -> Option<&'n [Node<'a>]> {
    if let Content::List(items) = &node.content {
        return Some(items);
    }
    misshapen(node, expected, problems)
}

pub fn text<'n>(node: &'n Node<'_>, expected: &str, problems: &mut Problems) -> Option<&'n str> {
    if let Content::Text(text) = &node.content {
        return Some(text);
    }
    misshapen(node, expected, problems)
}

pub fn int(node: &Node<'_>, expected: &str, problems: &mut Problems) -> Option<i64> {
    if let Content::Int(value) = node.content {
        return Some(value);
    }
    misshapen(node, expected, problems)
}

pub fn bool(node: &Node<'_>, expected: &str, problems: &mut Problems) -> Option<bool> {
    if let Content::Bool(value) = node.content {
        return Some(value);
    }
    misshapen(node, expected, problems)
}

pub fn instant(node: &Node<'_>, problems: &mut Problems) -> Option<Instant> {
    if let Content::Text(text) | Content::Time(text) = &node.content
        && let Some(instant) = Instant::parse(text)
    {
        return Some(instant);
    }
    let expected = "an instant such as `2026-11-01T09:00:00Z`";
    if let (Some(problem), Content::Text(text) | Content::Time(text)) =
        (mismatch(node, expected), &node.content)
    {
        // In quotes it would be none either.
        let day = Date::parse(text).map_or_else(|| "2026-11-01".to_owned(), |day| day.to_string());
        let help = format!(
            "an instant has a day, a time and an offset: `{day}T00:00:00Z`, or `{day}T09:00:00+01:00`"
        );
        problems.push(Diagnostic { help: Some(help), ..problem });
        return None;
    }
    misshapen(node, expected, problems)
}

/// Says that a node is not what was expected, unless something was said about it before.
pub fn misshapen<T>(node: &Node<'_>, expected: &str, problems: &mut Problems) -> Option<T> {
    if let Some(problem) = mismatch(node, expected) {
        problems.push(problem);
    }
    None
}

/// The problem that a node is not what was expected; none if something was said about it before.
pub fn mismatch(node: &Node<'_>, expected: &str) -> Option<Diagnostic> {
    let (found, quotable) = match &node.content {
        Content::Unreadable => return None,
        Content::Null => ("nothing".to_owned(), None),
        Content::Bool(value) => (format!("`{value}`"), Some(value.to_string())),
        Content::Int(value) => (format!("the number `{value}`"), Some(value.to_string())),
        Content::Time(text) => (format!("the date `{text}`"), Some(text.to_string())),
        Content::Text(text) => (format!("the text `{text}`"), None),
        Content::List(_) => ("a list".to_owned(), None),
        Content::Mapping(_) => ("a mapping".to_owned(), None),
    };
    let message = format!("expected {expected}, found {found}");
    let problem = Diagnostic::error(Code::YamlShape, message).at(node.span, "");
    Some(match quotable {
        Some(text) => problem.help(format!("if it is a text, write `\"{text}\"` in quotes")),
        None => problem,
    })
}

fn unknown_key(entry: &Entry<'_>, what: &str, known: &[&str]) -> Diagnostic {
    let message = format!("{what} has no `{}`", entry.key.text);
    let problem = Diagnostic::error(Code::YamlUnknownKey, message).at(entry.key.span, "");
    match suggest::did_you_mean(&entry.key.text, known.iter().copied()) {
        Some(help) => problem.help(help),
        None => problem.help(format!("it may have `{}`", known.join("`, `"))),
    }
}
