//! YAML to be written, in the one layout there is: every reader of YAML takes it for the same.

use std::fmt::Write as _;

use super::plain::{Plain, classify};
use crate::document::characters;

const INDENT: usize = 2;

/// What is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Draft {
    /// A scalar that is no text, as it stands; empty for nothing at all.
    Word(String),
    Text(String),
    /// A text whose lines stand as they are.
    Lines(String),
    /// A text that is broken at spaces.
    Folded(String),
    List(Group),
    Mapping(Group),
}

/// What stands in a list or a mapping.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    pub members: Vec<Member>,
    /// Comments behind the last member.
    pub rest: Vec<Remark>,
    /// Whether each member has a line of its own even where all of them would fit on one.
    pub is_open: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub before: Vec<Remark>,
    pub is_after_blank: bool,
    /// None in a list.
    pub key: Option<String>,
    pub value: Draft,
    /// A comment at the end of its first line.
    pub beside: Option<String>,
}

/// A comment on a line of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    pub is_after_blank: bool,
    pub text: String,
}

impl Member {
    pub fn of(key: impl Into<String>, value: Draft) -> Member {
        Member { before: Vec::new(), is_after_blank: false, key: Some(key.into()), value, beside: None }
    }

    pub fn item(value: Draft) -> Member {
        Member { key: None, ..Member::of("", value) }
    }
}

/// Writes a document whose lines have at most `width` characters where they can be broken.
pub fn write(document: &Draft, width: usize) -> String {
    let mut writer = Writer { out: String::new(), width };
    match document {
        Draft::Mapping(group) if !group.members.is_empty() => writer.mapping(group, 0, false),
        Draft::List(group) if !group.members.is_empty() => writer.list(group, 0, false),
        Draft::Mapping(Group { rest, .. }) | Draft::List(Group { rest, .. }) => writer.remarks(rest, 0),
        Draft::Word(_) | Draft::Text(_) | Draft::Lines(_) | Draft::Folded(_) => {
            writer.value(document, None, 0, 0);
        }
    }
    writer.out
}

struct Writer {
    out: String,
    width: usize,
}

impl Writer {
    /// `is_begun` if the first member goes on on the line of a dash.
    fn mapping(&mut self, group: &Group, column: usize, is_begun: bool) {
        for (number, member) in group.members.iter().enumerate() {
            self.start(member, column, number == 0, is_begun);
            let key = scalar(member.key.as_deref().unwrap_or(""), Place::Key);
            self.out.push_str(&key);
            self.out.push(':');
            self.value(&member.value, member.beside.as_deref(), column, column + width(&key) + 1);
        }
        self.remarks(&group.rest, column);
    }

    fn list(&mut self, group: &Group, column: usize, is_begun: bool) {
        for (number, member) in group.members.iter().enumerate() {
            self.start(member, column, number == 0, is_begun);
            self.out.push('-');
            match &member.value {
                Draft::Mapping(inner) if self.one_line(&member.value, column + INDENT).is_none() => {
                    self.nested(inner, member.beside.as_deref(), column + INDENT, Writer::mapping);
                }
                Draft::List(inner) if self.one_line(&member.value, column + INDENT).is_none() => {
                    self.nested(inner, member.beside.as_deref(), column + INDENT, Writer::list);
                }
                value => self.value(value, member.beside.as_deref(), column, column + 1),
            }
        }
        self.remarks(&group.rest, column);
    }

    /// What stands behind a dash: on its line, unless a comment ends that.
    fn nested(
        &mut self,
        group: &Group,
        beside: Option<&str>,
        column: usize,
        write: fn(&mut Writer, &Group, usize, bool),
    ) {
        let is_begun = beside.is_none() && group.members.first().is_none_or(|first| first.before.is_empty());
        if is_begun {
            self.out.push(' ');
        } else {
            self.end(beside);
        }
        write(self, group, column, is_begun);
    }

    fn start(&mut self, member: &Member, column: usize, is_first: bool, is_begun: bool) {
        if is_first && is_begun {
            return;
        }
        // At the top of a group there is nothing to be apart from.
        let mut is_top = is_first;
        for remark in &member.before {
            self.remark(remark, column, is_top);
            is_top = false;
        }
        if member.is_after_blank && !is_top {
            self.out.push('\n');
        }
        self.indent(column);
    }

    /// What follows a colon or a dash, which end in the column `at`, to the end of its last line.
    fn value(&mut self, value: &Draft, beside: Option<&str>, column: usize, at: usize) {
        if let Some(line) = self.one_line(value, at + 1) {
            if !line.is_empty() {
                if at > 0 {
                    self.out.push(' ');
                }
                self.out.push_str(&line);
            }
            return self.end(beside);
        }
        match value {
            Draft::Mapping(group) => {
                self.end(beside);
                self.mapping(group, column + INDENT, false);
            }
            Draft::List(group) => {
                self.end(beside);
                // A list stands below its key, and not further in.
                self.list(group, column, false);
            }
            Draft::Lines(text) => self.block('|', text, text.lines(), beside, column),
            Draft::Text(text) | Draft::Folded(text) => {
                let lines = folded(text, self.width.saturating_sub(column + INDENT));
                self.block('>', text, lines.iter().map(String::as_str), beside, column);
            }
            // It is one line in any case.
            Draft::Word(_) => {}
        }
    }

    fn block<'t>(
        &mut self,
        sign: char,
        text: &str,
        lines: impl Iterator<Item = &'t str>,
        beside: Option<&str>,
        column: usize,
    ) {
        self.out.push(' ');
        self.out.push(sign);
        self.out.push_str(if text.ends_with('\n') { "" } else { "-" });
        self.end(beside);
        for line in lines {
            if !line.is_empty() {
                self.indent(column + INDENT);
                self.out.push_str(line);
            }
            self.out.push('\n');
        }
    }

    fn remarks(&mut self, remarks: &[Remark], column: usize) {
        for remark in remarks {
            self.remark(remark, column, self.out.is_empty());
        }
    }

    fn remark(&mut self, remark: &Remark, column: usize, is_top: bool) {
        if remark.is_after_blank && !is_top {
            self.out.push('\n');
        }
        self.indent(column);
        self.out.push_str(&remark.text);
        self.out.push('\n');
    }

    fn indent(&mut self, column: usize) {
        self.out.extend(std::iter::repeat_n(' ', column));
    }

    fn end(&mut self, beside: Option<&str>) {
        if let Some(comment) = beside {
            self.out.push_str("  ");
            self.out.push_str(comment);
        }
        self.out.push('\n');
    }

    /// The value on the rest of a line that it begins in this column, if it may stand so.
    fn one_line(&self, value: &Draft, column: usize) -> Option<String> {
        let line = match value {
            Draft::Word(word) => return Some(word.clone()),
            Draft::Text(text) => scalar(text, Place::Block),
            Draft::Lines(text) | Draft::Folded(text) if is_block(text) => return None,
            Draft::Lines(text) | Draft::Folded(text) => return Some(scalar(text, Place::Block)),
            Draft::List(_) | Draft::Mapping(_) => flow(value)?,
        };
        let is_bound = match value {
            // What can't be broken stays whole.
            Draft::Text(text) => !is_block(text) || text.contains('\n') || !text.contains(' '),
            Draft::List(group) | Draft::Mapping(group) => group.members.is_empty(),
            Draft::Word(_) | Draft::Lines(_) | Draft::Folded(_) => true,
        };
        (is_bound || column + width(&line) <= self.width).then_some(line)
    }
}

/// The value within brackets, if all of it may stand on one line.
fn flow(value: &Draft) -> Option<String> {
    let (open, close, group) = match value {
        Draft::List(group) => ("[", "]", group),
        Draft::Mapping(group) => ("{", "}", group),
        Draft::Word(word) => return Some(word.clone()),
        Draft::Text(text) => return Some(scalar(text, Place::Flow)),
        Draft::Lines(_) | Draft::Folded(_) => return None,
    };
    if group.members.is_empty() {
        return Some(format!("{open}{close}"));
    }
    let has_comments = |member: &Member| !member.before.is_empty() || member.beside.is_some();
    if group.is_open || !group.rest.is_empty() || group.members.iter().any(has_comments) {
        return None;
    }
    let members = group.members.iter().map(|member| {
        let value = flow(&member.value)?;
        Some(match &member.key {
            Some(key) => format!("{}: {value}", scalar(key, Place::Flow)).trim_end().to_owned(),
            None => value,
        })
    });
    let members = members.collect::<Option<Vec<String>>>()?.join(", ");
    Some(if open == "[" { format!("[{members}]") } else { format!("{{ {members} }}") })
}

/// Where a scalar stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Block,
    Flow,
    Key,
}

/// A text on one line: without quotes, if no reader takes it for anything else.
fn scalar(text: &str, place: Place) -> String {
    if is_plain(text, place) {
        return text.to_owned();
    }
    let is_made = |character: char| character.is_control() || characters::is_hidden(character);
    if text.contains(is_made) {
        return escaped(text);
    }
    if !text.contains(['"', '\\']) {
        return format!("\"{text}\"");
    }
    format!("'{}'", text.replace('\'', "''"))
}

fn is_plain(text: &str, place: Place) -> bool {
    let starts = |first: char| first.is_alphanumeric() || "_(/.$^-".contains(first);
    let is_odd_in_flow = |character: char| "[]{},".contains(character);
    let is_odd = |character: char| character.is_control() || characters::is_hidden(character);
    text.starts_with(starts)
        && !text.starts_with("- ")
        && !text.starts_with("---")
        && !text.starts_with("...")
        && text != "-"
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.contains(is_odd)
        && (place == Place::Block || !text.contains(is_odd_in_flow))
        && (place != Place::Flow || !text.contains("::"))
        && classify(text) == Plain::Text
}

fn escaped(text: &str) -> String {
    let mut scalar = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => scalar.push_str("\\\""),
            '\\' => scalar.push_str("\\\\"),
            '\n' => scalar.push_str("\\n"),
            '\t' => scalar.push_str("\\t"),
            other if other.is_control() || characters::is_hidden(other) => {
                let _ = write!(scalar, "\\U{:08x}", u32::from(other));
            }
            other => scalar.push(other),
        }
    }
    scalar.push('"');
    scalar
}

/// Whether a text comes out of a block as it went in.
fn is_block(text: &str) -> bool {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let is_odd =
        |character: char| (character.is_control() && character != '\n') || characters::is_hidden(character);
    !body.is_empty()
        && !body.starts_with([' ', '\n'])
        && !body.ends_with('\n')
        && !body.lines().any(|line| line.ends_with(' '))
        && !body.contains(is_odd)
}

/// The lines of a text without line breaks of its own: a break stands for one space, so none stands beside another.
fn folded(text: &str, width_max: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let body = text.strip_suffix('\n').unwrap_or(text);
    let mut column = 0;
    for word in body.split_inclusive(' ') {
        let Some(line) = lines.last_mut() else { break };
        let is_long = column + width(word.trim_end_matches(' ')) > width_max;
        let may_break = line.ends_with(' ') && !line.ends_with("  ") && word != " ";
        if is_long && may_break {
            line.truncate(line.len() - 1);
            lines.push(word.to_owned());
            column = 0;
        } else {
            line.push_str(word);
        }
        column += width(word);
    }
    lines
}

fn width(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests;
