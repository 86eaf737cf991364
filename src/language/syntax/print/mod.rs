//! Tree to text, in the one layout there is.
//!
//! What fits on a line and was written on a line stays on a line; what its author spread stays spread. Lines of the
//! same kind without a blank line between them stand in columns. Literals and names are printed as they were
//! written, since an unnamed rule has its name from its tokens.
//!
//! # A new construct
//!
//! The matches over the tree are exhaustive, so the compiler names each place that lacks it:
//!
//! - a declaration in `declarations.rs`: give [`Shape::Row`] if it fits on a line (its cells come into columns with its
//!   neighbours of the same [`Table`]) and [`Shape::Lines`] if not. `assigned` prints `word name = a, b`, `body` what
//!   stands between braces; what may stand there is an `Item` with a label and a value.
//! - a clause in `rules.rs` or `roles.rs`: its word in `keyword`, what follows in `clause`.
//! - for YAML, which prints the same texts: a section in `yaml.rs` and what it says in `yaml/members.rs`; a new sort of
//!   text, to have it laid out inside of YAML files, in `texts.rs`.
//! - an operator in `conditions.rs`: its line in `flat`; who binds looser than its operands in `guarded`; and only if it
//!   is worth breaking, its lines in `condition`.
//!
//! Words and literals go through `name`, `wire`, `text` and `literal`, which give them as they were written. Comments need
//! nothing as long as what is printed in one piece has none inside; whoever breaks a construct over lines takes the
//! comments between its parts (`list`, `members` and `Block::comments` do). A comment that nobody takes is an error, and
//! so is a token that is lost or changed: `fmt` then writes nothing. What was written in the other form is read again and
//! compared, declaration by declaration, as both printers print it (`verify.rs`). `tests/it/fmt.rs` prints every policy
//! there is, and `tests/it/differential/forms.rs` the generated ones.

mod comments;
mod conditions;
mod declarations;
mod forms;
mod lines;
mod roles;
mod rules;
#[cfg(test)]
mod tests;
mod texts;
mod verify;
mod yaml;

pub use forms::format;

use std::ops::Range;

use self::comments::Margin;
use self::declarations::{Shape, Table};
use self::lines::{align, flat};
use self::yaml::Section;
use super::tree::{Annotation, Declaration, File};

/// The text of a tree. It has no comments, and nothing is spread that fits on a line, but rules with clauses.
pub fn print(file: &File<'_>) -> String {
    Printer { margin: Margin::of("") }.file(file)
}

struct Printer<'a> {
    margin: Margin<'a>,
}

/// A piece of a file, from top to bottom.
enum Piece<'a> {
    Blank,
    Comment(&'a str),
    /// It stands on a line of its own before its declaration.
    Annotation(String, Option<&'a str>),
    Row(Table, Vec<String>, Option<&'a str>),
    Lines(String, Option<&'a str>),
}

impl<'a> Printer<'a> {
    fn file(&mut self, file: &File<'_>) -> String {
        let mut pieces = Vec::new();
        let mut at = 0;
        // The package stands apart in any case.
        let mut is_apart = false;
        if let Some(package) = &file.package {
            let range = package.span.range();
            let start = self.margin.keyword_before("package", range.start);
            self.before(at..start, start, false, &mut pieces);
            pieces.push(Piece::Lines(format!("package {}", package.text), None));
            (at, is_apart) = (range.end, true);
        }
        for import in &file.imports {
            let range = import.span.range();
            let start = self.margin.keyword_before("import", range.start);
            self.before(at..start, start, false, &mut pieces);
            pieces.push(Piece::Lines(format!("import {}", import.text), None));
            at = range.end;
        }
        let mut last: Option<&Declaration<'_>> = None;
        for declaration in &file.declarations {
            is_apart |= last.is_some_and(|last| self.are_apart(last, declaration));
            // In YAML the annotations stand inside of the declaration.
            let mut begin = declaration.span().range().start;
            for annotation in declaration.annotations() {
                let range = annotation.span.range();
                self.before(at..range.start, begin.min(range.start), is_apart, &mut pieces);
                begin = usize::MAX;
                pieces.push(Piece::Annotation(self.annotation(annotation), None));
                (at, is_apart) = (range.end, false);
            }
            let range = declaration.span().range();
            let start = self.margin.token_from(at.max(range.start));
            let shape = self.declaration(declaration, start);
            self.before(at..start, start, is_apart, &mut pieces);
            pieces.push(match shape {
                Shape::Row(table, cells) => Piece::Row(table, cells, None),
                Shape::Lines(text) => Piece::Lines(text, None),
            });
            (at, is_apart, last) = (range.end, false, Some(declaration));
        }
        self.before(at..usize::MAX, usize::MAX, is_apart, &mut pieces);
        while matches!(pieces.last(), Some(Piece::Blank)) {
            pieces.pop();
        }
        join(&pieces)
    }

    /// Whether a blank line stands between two declarations that no author of this form has laid out.
    fn are_apart(&self, last: &Declaration<'_>, next: &Declaration<'_>) -> bool {
        let group = |declaration: &Declaration<'_>| match Section::of(declaration) {
            Section::Organization | Section::Action => Section::Context,
            Section::Networks => Section::Windows,
            section => section,
        };
        let is_rule = matches!(next, Declaration::Rule(_));
        !self.margin.has_layout() && (is_rule || group(last) != group(next))
    }

    fn annotation(&self, node: &Annotation<'_>) -> String {
        format!("@{}({})", self.name(&node.name), self.text(&node.text))
    }

    /// Adds what stands between the last piece and the next: a trailing comment, comments on lines of their own, and
    /// a blank line where the author left one or more before the next one's `begin`, or `is_apart` says so. An annotation is
    /// never apart.
    fn before(&mut self, range: Range<usize>, begin: usize, mut is_apart: bool, pieces: &mut Vec<Piece<'a>>) {
        let mut between = self.margin.take(range);
        match (pieces.last_mut(), between.trailing) {
            (_, None) => {}
            (Some(Piece::Annotation(_, end) | Piece::Row(.., end) | Piece::Lines(_, end)), trailing) => {
                *end = trailing;
            }
            // In YAML it may end a line of which nothing is printed yet.
            (_, Some(trailing)) => between.leading.insert(0, (false, trailing)),
        }
        let is_annotated = matches!(pieces.last(), Some(Piece::Annotation(..)));
        for (is_after_blank, comment) in between.leading {
            if (is_after_blank || is_apart) && !pieces.is_empty() && !is_annotated {
                pieces.push(Piece::Blank);
            }
            is_apart = false;
            pieces.push(Piece::Comment(comment));
        }
        if (self.margin.is_after_blank(begin) && !between.is_inside || is_apart)
            && !pieces.is_empty()
            && !is_annotated
        {
            pieces.push(Piece::Blank);
        }
    }
}

/// The text of all pieces; rows of the same kind that nothing but comments stands between come into columns.
fn join(pieces: &[Piece<'_>]) -> String {
    let mut text = String::new();
    let mut rest = pieces;
    while let [first, ..] = rest {
        let Piece::Row(table, ..) = first else {
            push(&mut text, first, None);
            rest = rest.get(1..).unwrap_or(&[]);
            continue;
        };
        let is_in_table = |piece: &Piece<'_>| match piece {
            Piece::Row(other, ..) => other == table,
            Piece::Comment(_) | Piece::Annotation(..) => true,
            Piece::Blank | Piece::Lines(..) => false,
        };
        let end = rest.iter().position(|piece| !is_in_table(piece)).unwrap_or(rest.len());
        let (group, behind) = rest.split_at(end);
        let rows: Vec<&[String]> = group
            .iter()
            .filter_map(|piece| match piece {
                Piece::Row(_, cells, _) => Some(cells.as_slice()),
                Piece::Blank | Piece::Comment(_) | Piece::Annotation(..) | Piece::Lines(..) => None,
            })
            .collect();
        let mut lines = align(&rows).into_iter();
        for piece in group {
            let line = if matches!(piece, Piece::Row(..)) { lines.next() } else { None };
            push(&mut text, piece, line);
        }
        rest = behind;
    }
    text
}

fn push(text: &mut String, piece: &Piece<'_>, aligned: Option<String>) {
    let (line, trailing) = match piece {
        Piece::Blank => (String::new(), None),
        Piece::Comment(comment) => ((*comment).to_owned(), None),
        Piece::Annotation(annotation, trailing) => (annotation.clone(), *trailing),
        Piece::Row(_, cells, trailing) => (aligned.unwrap_or_else(|| flat(cells)), *trailing),
        Piece::Lines(lines, trailing) => (lines.clone(), *trailing),
    };
    text.push_str(&line);
    if let Some(trailing) = trailing {
        text.push_str("  ");
        text.push_str(trailing);
    }
    text.push('\n');
}
