//! Lines of text: breaking what is too long, and putting what belongs together into columns.

use std::fmt::Write as _;

use super::comments::{Between, Margin};

/// How many characters a line has at most, where it can be broken at all.
pub(super) const WIDTH: usize = 110;
pub(super) const INDENT: usize = 2;

/// One thing inside another that is printed on lines of its own.
pub(super) struct Member {
    pub(super) start: usize,
    pub(super) end: usize,
    /// What stands in the first column; empty if there is but one.
    pub(super) label: String,
    /// Empty after a label that says everything.
    pub(super) value: String,
}

/// Whether blank lines of the author's are kept between members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blanks {
    Kept,
    Dropped,
}

pub(super) fn width(text: &str) -> usize {
    text.chars().count()
}

/// Whether a text fits on a line from this column on.
pub(super) fn fits(text: &str, column: usize) -> bool {
    !text.contains('\n') && column + width(text) <= WIDTH
}

/// A line feed and the indentation of the next line.
pub(super) fn line(column: usize) -> String {
    format!("\n{}", " ".repeat(column))
}

/// Breaks a text that starts in the column `from` wherever a line would become too long; further lines start in the
/// column `then`. It breaks at spaces, but not inside a string literal.
pub(super) fn wrap(text: &str, from: usize, then: usize) -> String {
    if fits(text, from) {
        return text.to_owned();
    }
    let mut wrapped = String::with_capacity(text.len());
    let mut column = from;
    for (number, word) in words(text).enumerate() {
        if number > 0 && column + 1 + width(word) > WIDTH && column > then {
            wrapped.push_str(&line(then));
            column = then;
        } else if number > 0 {
            wrapped.push(' ');
            column += 1;
        }
        wrapped.push_str(word);
        column += width(word);
    }
    wrapped
}

/// The parts of a text between spaces; a string literal is one part, with what adheres to it.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let (mut is_text, mut is_escaped) = (false, false);
    text.split(move |character: char| {
        match character {
            '"' if !is_escaped => is_text = !is_text,
            _ => is_escaped = is_text && character == '\\' && !is_escaped,
        }
        character == ' ' && !is_text
    })
}

/// In which column the values of such labels stand.
pub(super) fn value_column<'a>(labels: impl Iterator<Item = &'a str>) -> usize {
    match labels.map(width).max() {
        Some(widest) if widest > 0 => INDENT + widest + 1,
        _ => INDENT,
    }
}

/// Lines below one that is there already.
pub(super) struct Block {
    text: String,
    column: usize,
    blanks: Blanks,
    has_lines: bool,
}

impl Block {
    pub(super) fn new(head: String, column: usize, blanks: Blanks) -> Block {
        Block { text: head, column, blanks, has_lines: false }
    }

    /// Adds the comments that stand before the next line.
    pub(super) fn comments(&mut self, between: &Between<'_>) {
        if let Some(trailing) = between.trailing {
            self.text.push_str("  ");
            self.text.push_str(trailing);
        }
        for (is_after_blank, comment) in &between.leading {
            self.line(*is_after_blank, comment);
        }
    }

    pub(super) fn line(&mut self, is_after_blank: bool, text: &str) {
        if is_after_blank && self.blanks == Blanks::Kept && self.has_lines {
            self.text.push('\n');
        }
        self.text.push_str(&line(self.column));
        self.text.push_str(text);
        self.has_lines = true;
    }

    pub(super) fn finish(self) -> String {
        self.text
    }
}

/// Prints members below a head that ends at `from` in the author's text, up to `end`.
pub(super) fn members(
    margin: &mut Margin<'_>,
    head: String,
    from: usize,
    members: &[Member],
    end: usize,
    blanks: Blanks,
) -> String {
    let valued = members.iter().filter(|member| !member.value.is_empty());
    let column = value_column(valued.map(|member| member.label.as_str()));
    let mut block = Block::new(head, INDENT, blanks);
    let mut at = from;
    for member in members {
        block.comments(&margin.take(at..member.start));
        let text = format!("{:2$}{}", member.label, member.value, column - INDENT);
        block.line(margin.is_after_blank(member.start), text.trim_end());
        at = member.end;
    }
    block.comments(&margin.take(at..end));
    block.finish()
}

/// Puts the cells of rows into columns; the last cell of a row is as long as it is. Rows that would become too long so
/// stay as they are, all of them.
pub(super) fn align(rows: &[&[String]]) -> Vec<String> {
    let columns = rows.iter().map(|cells| cells.len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| rows.iter().filter_map(|cells| cells.get(column)).map(|cell| width(cell)).max())
        .map(Option::unwrap_or_default)
        .collect();
    let aligned: Vec<String> = rows.iter().map(|cells| row(cells, &widths)).collect();
    if aligned.iter().all(|line| width(line) <= WIDTH) {
        return aligned;
    }
    rows.iter().map(|cells| flat(cells)).collect()
}

fn row(cells: &[String], widths: &[usize]) -> String {
    let mut line = String::new();
    for (cell, width) in cells.iter().zip(widths).filter(|(_, width)| **width > 0) {
        if !line.is_empty() {
            line.push(' ');
        }
        let _ = write!(line, "{cell:0$}", *width);
    }
    line.truncate(line.trim_end().len());
    line
}

/// The cells of a row without columns.
pub(super) fn flat(cells: &[String]) -> String {
    let there = cells.iter().filter(|cell| !cell.is_empty());
    there.map(String::as_str).collect::<Vec<_>>().join(" ")
}
