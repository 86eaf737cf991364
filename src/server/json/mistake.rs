//! What is wrong with a body, and where: the line, the column and the member.
//!
//! Finding the place reads the body once more; only who is refused pays for it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::str::Utf8Error;

use serde::de::DeserializeSeed;
use serde_json::value::RawValue;
use serde_path_to_error::Segment;

use crate::document::json::{LIST_TOO_LONG, Seed};

/// The member that holds the questions of a batch.
pub(in crate::server) const BATCH: &str = "evaluations";

/// A step from a value into one of its members or elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) enum Member {
    Named(&'static str),
    Numbered(usize),
}

/// A sentence for the caller. Lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::server) struct Mistake {
    line: usize,
    column: usize,
    message: String,
    is_batch_too_large: bool,
}

impl Mistake {
    /// Whether it is that of asking more at once than may be asked, and not of asking it wrongly.
    pub(in crate::server) fn is_batch_too_large(&self) -> bool {
        self.is_batch_too_large
    }

    pub(super) fn not_utf8(body: &[u8], error: Utf8Error) -> Mistake {
        let byte = error.valid_up_to();
        let valid = body.get(..byte).and_then(|valid| std::str::from_utf8(valid).ok()).unwrap_or("");
        Mistake::at(valid, byte, format!("the body is not UTF-8 at byte {}", byte + 1))
    }

    /// What the JSON reader says, with the member that it was in.
    pub(super) fn unreadable(text: &str, error: &serde_json::Error) -> Mistake {
        if text.trim_ascii().is_empty() {
            return Mistake::at(text, 0, "the body is empty, and should be a JSON object".to_owned());
        }
        let whole = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        let problem = whole.strip_suffix(&place).unwrap_or(&whole);
        let path = path_of_error(text);
        let message = match &path {
            Some(path) => format!("`{path}`: {problem}"),
            None => problem.to_owned(),
        };
        let line_start = line_start(text, error.line());
        // The library counts the bytes that it has read of the line.
        let mistake = Mistake::at(text, line_start + error.column().saturating_sub(1), message);
        // It can carry nothing but a sentence.
        let is_batch_too_large = path.as_deref() == Some(BATCH) && problem.starts_with(LIST_TOO_LONG);
        Mistake { is_batch_too_large, ..mistake }
    }

    /// What is wrong with the value that these steps lead to; or, where it is missing, with what should hold it.
    pub(in crate::server) fn with(body: &[u8], path: &[Member], problem: &str) -> Mistake {
        let text = std::str::from_utf8(body).unwrap_or("");
        let message =
            if path.is_empty() { problem.to_owned() } else { format!("`{}` {problem}", Path(path)) };
        Mistake::at(text, offset(text, path), message)
    }

    fn at(text: &str, byte: usize, message: String) -> Mistake {
        let before = (0..=byte).rev().find_map(|end| text.get(..end)).unwrap_or("");
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        Mistake { line, column, message, is_batch_too_large: false }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.message)
    }
}

/// `evaluations[3].subject.id`
pub(in crate::server) struct Path<'p>(pub(in crate::server) &'p [Member]);

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, member) in self.0.iter().enumerate() {
            match member {
                Member::Named(name) if index == 0 => f.write_str(name)?,
                Member::Named(name) => write!(f, ".{name}")?,
                Member::Numbered(number) => write!(f, "[{number}]")?,
            }
        }
        Ok(())
    }
}

/// In which member the text stops being readable; none at the top.
fn path_of_error(text: &str) -> Option<String> {
    let mut json = serde_json::Deserializer::from_str(text);
    let mut track = serde_path_to_error::Track::new();
    let tracked = serde_path_to_error::Deserializer::new(&mut json, &mut track);
    Seed::default().deserialize(tracked).err()?;
    let mut said = String::new();
    for segment in &track.path() {
        match segment {
            Segment::Map { key } => {
                said.push_str(if said.is_empty() { "" } else { "." });
                said.extend(key.escape_debug());
            }
            Segment::Seq { index } => said.extend(["[", &index.to_string(), "]"]),
            // A name that can't be read: the mistake is in what should hold it.
            Segment::Enum { .. } | Segment::Unknown => break,
        }
    }
    (!said.is_empty()).then_some(said)
}

fn line_start(text: &str, line: usize) -> usize {
    let mut starts = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
    starts.nth(line.saturating_sub(1)).unwrap_or(0)
}

/// The byte at which the value starts that the steps lead to, or the last one on the way that is there.
fn offset(text: &str, path: &[Member]) -> usize {
    let mut at = text.len() - text.trim_ascii_start().len();
    let mut rest = text.trim_ascii();
    for member in path {
        let Some(value) = step(rest, *member) else { break };
        // What is read out of a text lies in it.
        at += (value.as_ptr() as usize).saturating_sub(rest.as_ptr() as usize);
        rest = value;
    }
    at
}

fn step(object: &str, member: Member) -> Option<&str> {
    match member {
        Member::Named(name) => {
            let members: HashMap<Cow<'_, str>, &RawValue> = serde_json::from_str(object).ok()?;
            members.get(name).map(|value| value.get())
        }
        Member::Numbered(number) => {
            let elements: Vec<&RawValue> = serde_json::from_str(object).ok()?;
            elements.get(number).map(|value| value.get())
        }
    }
}
