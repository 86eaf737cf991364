//! Comments, and where the author put lines: what a tree does not hold and a reader still needs.

use std::ops::Range;

use crate::language::syntax::scan;

/// The author's text beside the tree that came of it. Of a tree that came from elsewhere there is none: it has no
/// comments, and nothing in it was ever laid out.
pub(super) struct Margin<'a> {
    text: &'a str,
    /// Whether the text is in the policy form; of another its comments and its blank lines count, and no more.
    is_policy: bool,
    comments: Vec<Comment<'a>>,
    /// Where each token starts and ends.
    tokens: Vec<Range<usize>>,
}

struct Comment<'a> {
    start: usize,
    text: &'a str,
    has_own_line: bool,
    is_placed: bool,
}

/// The comments between two things that are printed one after the other.
#[derive(Debug, Default)]
pub(super) struct Between<'a> {
    /// The one that ends the line of the first.
    pub(super) trailing: Option<&'a str>,
    /// Those before the second, and whether a blank line stands before each.
    pub(super) leading: Vec<(bool, &'a str)>,
}

impl<'a> Margin<'a> {
    pub(super) fn of(text: &'a str) -> Margin<'a> {
        let (mut comments, mut tokens) = (Vec::new(), Vec::new());
        let mut from = 0;
        let ends = scan::tokens(text).map(|token| (token.start, token.end()));
        for (start, end) in ends.chain([(text.len(), text.len())]) {
            let mut at = from;
            for line in text.get(from..start).unwrap_or("").split_inclusive('\n') {
                if let Some(column) = line.find("//") {
                    let has_own_line = at > from || from == 0;
                    let text = line.get(column..).unwrap_or("").trim_end();
                    comments.push(Comment { start: at + column, text, has_own_line, is_placed: false });
                }
                at += line.len();
            }
            tokens.push(start..end);
            from = end;
        }
        Margin { text, is_policy: true, comments, tokens }
    }

    /// Beside the tree of a YAML text, whose comments are given with their places as the policy form writes them.
    pub(super) fn of_yaml(text: &'a str, comments: &'a [(usize, bool, String)]) -> Margin<'a> {
        let comments = comments.iter().map(|(start, has_own_line, text)| Comment {
            start: *start,
            text,
            has_own_line: *has_own_line,
            is_placed: false,
        });
        Margin { text, is_policy: false, comments: comments.collect(), tokens: Vec::new() }
    }

    /// All of them, and where they start.
    pub(super) fn comments(&self) -> Vec<(usize, &'a str)> {
        self.comments.iter().map(|comment| (comment.start, comment.text)).collect()
    }

    /// What the author wrote there, if there is an author's text.
    pub(super) fn written(&self, range: Range<usize>) -> Option<&'a str> {
        self.text.get(range).filter(|text| !text.is_empty() && self.is_policy)
    }

    /// Whether there are comments in a range that nobody has taken.
    pub(super) fn has_comments(&self, range: Range<usize>) -> bool {
        let from = self.comments.get(self.first_from(range.start)..).unwrap_or_default();
        from.iter().take_while(|comment| comment.start < range.end).any(|comment| !comment.is_placed)
    }

    /// Takes the comments of a range that nobody has taken: they are placed now.
    pub(super) fn take(&mut self, range: Range<usize>) -> Between<'a> {
        let mut between = Between::default();
        let first = self.first_from(range.start);
        let text = self.text;
        let here = self.comments.iter_mut().skip(first).take_while(|comment| comment.start < range.end);
        for comment in here.filter(|comment| !comment.is_placed) {
            comment.is_placed = true;
            let ends_line = text.get(range.start..comment.start).is_some_and(|before| !before.contains('\n'));
            if ends_line && !comment.has_own_line {
                between.trailing = Some(comment.text);
            } else {
                between.leading.push((is_after_blank(text, comment.start, self.is_policy), comment.text));
            }
        }
        between
    }

    /// The places of comments that nothing has taken.
    pub(super) fn unplaced(&self) -> impl Iterator<Item = Range<usize>> {
        let unplaced = self.comments.iter().filter(|comment| !comment.is_placed);
        unplaced.map(|comment| {
            let written = self.text.get(comment.start..).and_then(|rest| rest.lines().next()).unwrap_or("");
            comment.start..comment.start + written.trim_end().len()
        })
    }

    /// Whether there is an author's text in this form, and so a layout that counts.
    pub(super) fn has_layout(&self) -> bool {
        self.is_policy && !self.text.is_empty()
    }

    /// Whether the author left a blank line before what starts there.
    pub(super) fn is_after_blank(&self, at: usize) -> bool {
        is_after_blank(self.text, at, self.is_policy)
    }

    /// Whether the author went on on another line in this range.
    pub(super) fn is_broken(&self, range: Range<usize>) -> bool {
        self.text.get(range).is_some_and(|text| text.contains('\n'))
    }

    /// Where a keyword starts that is the token before a place; the place itself, if it is not.
    pub(super) fn keyword_before(&self, keyword: &str, at: usize) -> usize {
        let number = self.tokens.partition_point(|token| token.end <= at).checked_sub(1);
        let end = number.and_then(|number| self.tokens.get(number)).map_or(0, |token| token.end);
        let start = end.saturating_sub(keyword.len());
        if self.text.get(start..end) == Some(keyword) { start } else { at }
    }

    /// Where the first token at or after a place starts; the place itself, if there is none.
    pub(super) fn token_from(&self, at: usize) -> usize {
        let number = self.tokens.partition_point(|token| token.start < at);
        self.tokens.get(number).map_or(at, |token| token.start)
    }

    fn first_from(&self, at: usize) -> usize {
        self.comments.partition_point(|comment| comment.start < at)
    }
}

fn is_after_blank(text: &str, at: usize, is_policy: bool) -> bool {
    let before = text.get(..at).unwrap_or("");
    // The dash of a list belongs to what follows it.
    let before = if is_policy { before } else { before.trim_end_matches([' ', '-']) };
    let space = before.get(before.trim_end().len()..).unwrap_or("");
    space.matches('\n').count() > 1
}
