//! A document that was read, as it is to be written: with its comments, and open where its author opened it.

use std::ops::Range;

use super::write::{Draft, Group, Member, Remark};
use super::{Content, Entry, Node};

/// How a text is written that stands below these keys; none if it stays as it is.
pub type Relay<'f> = dyn FnMut(&[&str], &str) -> Option<Draft> + 'f;

/// A comment of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment<'a> {
    pub start: usize,
    /// With its `#`.
    pub text: &'a str,
    /// Whether nothing stands before it on its line.
    pub has_own_line: bool,
}

/// The comments of a document, in their order.
pub fn comments<'a>(text: &'a str, document: &Node<'_>) -> Vec<Comment<'a>> {
    let mut comments = Vec::new();
    let mut at = 0;
    // What is no scalar is white space, signs and comments.
    let end = Range { start: text.len(), end: text.len() };
    for scalar in scalars(document).into_iter().chain([end]) {
        let mut line_start = at;
        for line in text.get(at..scalar.start).unwrap_or("").split_inclusive('\n') {
            if let Some(column) = line.find('#') {
                let start = line_start + column;
                let has_own_line = column_of(text, start).1.trim_start().is_empty();
                let text = line.get(column..).unwrap_or("").trim_end();
                comments.push(Comment { start, text, has_own_line });
            }
            line_start += line.len();
        }
        at = at.max(scalar.end);
    }
    comments
}

/// What stands between each key and its value, unless that is a mapping: where the key starts, and the gap. In their order.
pub fn gaps(document: &Node<'_>) -> Vec<(usize, Range<usize>)> {
    let mut found = Vec::new();
    let mut open = vec![document];
    while let Some(node) = open.pop() {
        match &node.content {
            Content::List(items) => open.extend(items),
            Content::Mapping(entries) => open.extend(entries.iter().map(|Entry { key, value }| {
                if !matches!(value.content, Content::Mapping(_)) {
                    found.push((key.span.range().start, key.span.range().end..value.span.range().start));
                }
                value
            })),
            Content::Null
            | Content::Bool(_)
            | Content::Int(_)
            | Content::Time(_)
            | Content::Text(_)
            | Content::Unreadable => {}
        }
    }
    found.sort_by_key(|(key, _)| *key);
    found
}

/// The document as it is to be written, or the place of a comment that has none in it.
pub fn draft(text: &str, document: &Node<'_>, relay: &mut Relay<'_>) -> Result<Draft, Range<usize>> {
    let comments = comments(text, document);
    let mut drafter = Drafter { text, comments: &comments, relay, path: Vec::new() };
    let mut draft = match document.content {
        Content::Null => Draft::Mapping(Group::default()),
        _ => drafter.node(document, None, usize::MAX),
    };
    if let Draft::List(group) | Draft::Mapping(group) = &mut draft {
        group.rest.extend(drafter.before(usize::MAX, 0));
    }
    match drafter.comments {
        [] => Ok(draft),
        [first, ..] => Err(first.start..first.start + first.text.len()),
    }
}

struct Drafter<'d, 'f> {
    text: &'d str,
    /// Those that have no place yet.
    comments: &'d [Comment<'d>],
    relay: &'d mut Relay<'f>,
    path: Vec<&'d str>,
}

impl<'d> Drafter<'d, '_> {
    /// `outside` is the column of the collection that the node stands in, `to` where what follows the node starts.
    fn node(&mut self, node: &'d Node<'_>, outside: Option<usize>, to: usize) -> Draft {
        match &node.content {
            Content::Text(text) => {
                (self.relay)(&self.path, text).unwrap_or_else(|| self.scalar(text, node.span.range().start))
            }
            Content::List(items) => Draft::List(self.list(node, items, outside, to)),
            Content::Mapping(entries) => Draft::Mapping(self.mapping(node, entries, outside, to)),
            Content::Null | Content::Bool(_) | Content::Int(_) | Content::Time(_) | Content::Unreadable => {
                Draft::Word(self.text.get(node.span.range()).unwrap_or("").to_owned())
            }
        }
    }

    fn scalar(&self, text: &str, start: usize) -> Draft {
        let has_breaks = text.trim_end_matches('\n').contains('\n');
        match block_sign(self.text.get(..start).unwrap_or("")) {
            Some('>') if !has_breaks => Draft::Folded(text.to_owned()),
            Some(_) => Draft::Lines(text.to_owned()),
            None => Draft::Text(text.to_owned()),
        }
    }

    fn mapping(
        &mut self,
        node: &Node<'_>,
        entries: &'d [Entry<'_>],
        outside: Option<usize>,
        to: usize,
    ) -> Group {
        let column = self.column(node, entries.first().map(|first| first.key.span.range().start));
        let mut members = Vec::with_capacity(entries.len());
        let ends = ends(node, self.text, entries.iter().map(|entry| entry.key.span.range().start), to);
        for (Entry { key, value }, next) in entries.iter().zip(ends) {
            let (start, end) = (key.span.range().start, key.span.range().end);
            let (mut before, is_after_blank) = (self.before(start, 0), is_after_blank(self.text, start));
            let head = self.beside(end, value.span.range().start);
            self.path.push(&key.text);
            let (value, behind) = self.value(value, column, next);
            self.path.pop();
            // Only one of them can end the line that both of them come to stand on.
            let beside = match (head, behind) {
                (Some(head), Some(behind)) => {
                    before.push(Remark { is_after_blank: false, text: head });
                    Some(behind)
                }
                (head, behind) => head.or(behind),
            };
            members.push(Member {
                before,
                is_after_blank,
                key: Some(key.text.clone().into_owned()),
                beside,
                value,
            });
        }
        self.group(node, members, column, outside, to)
    }

    fn list(&mut self, node: &Node<'_>, items: &'d [Node<'_>], outside: Option<usize>, to: usize) -> Group {
        let first = items.first().map(|first| first.span.range().start);
        let dash = first
            .filter(|_| !is_flow(node, self.text))
            .map(|start| self.text.get(..start).and_then(|before| before.rfind('-')).unwrap_or(start));
        let column = self.column(node, dash);
        let mut members = Vec::with_capacity(items.len());
        let ends = ends(node, self.text, items.iter().map(|item| item.span.range().start), to);
        for (item, next) in items.iter().zip(ends) {
            let start = item.span.range().start;
            let sign = self.sign(item);
            let (before, is_after_blank) =
                (self.before(sign.unwrap_or(start), 0), is_after_blank(self.text, sign.unwrap_or(start)));
            let head = sign.and_then(|sign| self.beside(sign, start));
            let (value, behind) = self.value(item, column, next);
            members.push(Member { before, is_after_blank, beside: head.or(behind), ..Member::item(value) });
        }
        self.group(node, members, column, outside, to)
    }

    /// Where the sign of a block's text stands, if it is one. A comment may stand behind it, and none behind the text.
    fn sign(&self, node: &Node<'_>) -> Option<usize> {
        let before = self.text.get(..node.span.range().start)?;
        let is_block = matches!(node.content, Content::Text(_)) && block_sign(before).is_some();
        let line = before.trim_end().rfind('\n').map_or(0, |newline| newline + 1);
        let sign = before.get(line..)?.find(['|', '>'])?;
        is_block.then_some(line + sign)
    }

    /// The column of a block whose first member starts there. Brackets have none, and lines with brackets may be long.
    fn column(&self, node: &Node<'_>, start: Option<usize>) -> usize {
        let start = start.filter(|_| !is_flow(node, self.text));
        start.map_or(0, |start| column_of(self.text, start).0)
    }

    /// A value, and the comment behind it.
    fn value(&mut self, node: &'d Node<'_>, column: usize, to: usize) -> (Draft, Option<String>) {
        let value = self.node(node, Some(column), to);
        // A block ends where the next line begins.
        let beside = if self.sign(node).is_some() { None } else { self.beside(node.span.range().end, to) };
        (value, beside)
    }

    fn group(
        &mut self,
        node: &Node<'_>,
        members: Vec<Member>,
        column: usize,
        outside: Option<usize>,
        to: usize,
    ) -> Group {
        let is_flow = is_flow(node, self.text);
        // Empty brackets stay on their line.
        let rest = if members.is_empty() {
            Vec::new()
        } else if is_flow {
            self.before(node.span.range().end, 0)
        } else if outside.is_none_or(|outside| column > outside) {
            self.before(to, column)
        } else {
            // It can't be told from one that is about what follows.
            Vec::new()
        };
        let is_broken = self.text.get(node.span.range()).is_some_and(|written| written.contains('\n'));
        Group { members, rest, is_open: !is_flow || is_broken }
    }

    /// The comment that ends the line on which `from` stands, if it is the next and stands before `to`.
    fn beside(&mut self, from: usize, to: usize) -> Option<String> {
        let (next, rest) = self.comments.split_first()?;
        let between = self.text.get(from..next.start)?;
        if next.start >= to || next.has_own_line || between.contains('\n') {
            return None;
        }
        self.comments = rest;
        Some(next.text.to_owned())
    }

    /// The next comments, as far as they stand before `to` and in this column or further in.
    fn before(&mut self, to: usize, column: usize) -> Vec<Remark> {
        let is_here =
            |comment: &Comment<'_>| comment.start < to && column_of(self.text, comment.start).0 >= column;
        let end = self.comments.iter().position(|comment| !is_here(comment)).unwrap_or(self.comments.len());
        let (here, rest) = self.comments.split_at(end);
        self.comments = rest;
        let remark = |comment: &Comment<'_>| Remark {
            is_after_blank: is_after_blank(self.text, comment.start),
            text: comment.text.to_owned(),
        };
        here.iter().map(remark).collect()
    }
}

/// Where what follows each member starts: the next member, the bracket, or what follows the whole.
fn ends(node: &Node<'_>, text: &str, starts: impl Iterator<Item = usize>, to: usize) -> Vec<usize> {
    let end = if is_flow(node, text) { node.span.range().end } else { to };
    starts.skip(1).chain([end]).collect()
}

fn is_flow(node: &Node<'_>, text: &str) -> bool {
    text.get(node.span.range()).is_some_and(|written| written.starts_with(['[', '{']))
}

/// Where the document's scalars stand, keys among them, in their order.
fn scalars(document: &Node<'_>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut open = vec![document];
    while let Some(node) = open.pop() {
        match &node.content {
            Content::List(items) => open.extend(items),
            Content::Mapping(entries) => {
                found.extend(entries.iter().map(|entry| entry.key.span.range()));
                open.extend(entries.iter().map(|entry| &entry.value));
            }
            Content::Null
            | Content::Bool(_)
            | Content::Int(_)
            | Content::Time(_)
            | Content::Text(_)
            | Content::Unreadable => found.push(node.span.range()),
        }
    }
    found.sort_by_key(|range| range.start);
    found
}

/// The sign of the block whose text starts behind this.
fn block_sign(before: &str) -> Option<char> {
    let line = before.trim_end().rsplit('\n').next().unwrap_or("");
    let head = line.split_once(" #").map_or(line, |(head, _)| head).trim_end();
    let head = head.trim_end_matches(['+', '-', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    let (before, sign) = head.split_at_checked(head.len().checked_sub(1)?)?;
    let sign = sign.chars().next().filter(|sign| matches!(sign, '|' | '>'))?;
    before.ends_with([' ', '\t']).then_some(sign)
}

/// In which column a place is, and what stands before it on its line.
fn column_of(text: &str, at: usize) -> (usize, &str) {
    let before = text.get(..at).unwrap_or("");
    let line = before.rsplit('\n').next().unwrap_or("");
    (line.len(), line)
}

/// Whether a blank line stands before what stands at a place, its dash not counted.
fn is_after_blank(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or("").trim_end_matches([' ', '-']);
    let space = before.get(before.trim_end().len()..).unwrap_or("");
    space.matches('\n').count() > 1
}

#[cfg(test)]
mod tests;
