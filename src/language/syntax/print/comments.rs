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
    /// Where it counts as standing, and where it is written.
    start: usize,
    written: usize,
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
    /// Whether the last of them is written inside of the second.
    pub(super) is_inside: bool,
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
                    let start = at + column;
                    comments.push(Comment { start, written: start, text, has_own_line, is_placed: false });
                }
                at += line.len();
            }
            tokens.push(start..end);
            from = end;
        }
        Margin { text, is_policy: true, comments, tokens }
    }

    /// Beside the tree of a YAML text, whose comments are given with their places as the policy form writes them. What
    /// stands in a gap between a key and its value counts as if it stood before the key, since there is no such gap there.
    pub(super) fn of_yaml(
        text: &'a str,
        comments: &'a [(usize, bool, String)],
        gaps: &[(usize, Range<usize>)],
    ) -> Margin<'a> {
        let comments = comments.iter().map(|(written, has_own_line, text)| {
            let number = gaps.partition_point(|(_, gap)| gap.end <= *written);
            let gap = gaps.get(number).filter(|(_, gap)| gap.contains(written));
            Comment {
                start: gap.map_or(*written, |(key, _)| key.saturating_sub(1)),
                written: *written,
                text,
                has_own_line: *has_own_line,
                is_placed: false,
            }
        });
        Margin { text, is_policy: false, comments: comments.collect(), tokens: Vec::new() }
    }

    /// All of them, and where they start.
    pub(super) fn comments(&self) -> Vec<(usize, &'a str)> {
        self.comments.iter().map(|comment| (comment.written, comment.text)).collect()
    }

    /// What the author wrote there, if there is an author's text.
    pub(super) fn written(&self, range: Range<usize>) -> Option<&'a str> {
        self.text.get(range).filter(|text| !text.is_empty() && self.is_policy)
    }

    /// Whether a name that stands in a text of YAML has quotes there, needed or not: a rule without a name is called by its
    /// text, and they are a part of it. Between the quotes of YAML itself they are escaped.
    pub(super) fn is_quoted(&self, range: Range<usize>) -> bool {
        let quotes = ["\"", "\\\"", "\\x22", "\\u0022", "\\U00000022"];
        let written = self.text.get(range).filter(|_| !self.is_policy);
        written.is_some_and(|written| quotes.iter().any(|quote| written.starts_with(quote)))
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
            if ends_line && !comment.has_own_line && comment.start == comment.written {
                between.trailing = Some(comment.text);
            } else {
                let at = if comment.has_own_line { comment.written } else { comment.start };
                between.leading.push((is_after_blank(text, at, self.is_policy), comment.text));
                between.is_inside = comment.written >= range.end;
            }
        }
        between
    }

    /// Takes the comment that ends a line whose last token ends there.
    pub(super) fn take_end_of_line(&mut self, at: usize) -> Option<&'a str> {
        let first = self.first_from(at);
        let comment = self.comments.get_mut(first).filter(|comment| !comment.is_placed)?;
        let is_behind = self.text.get(at..comment.start)?.chars().all(|space| matches!(space, ' ' | '\t'));
        if !is_behind || comment.has_own_line {
            return None;
        }
        comment.is_placed = true;
        Some(comment.text)
    }

    /// Where the line ends with a comment, in YAML, where nothing closes what ends there; the place itself, if it does not.
    pub(super) fn end_of_line(&self, at: usize) -> usize {
        self.follows(at, |comment| !comment.has_own_line).unwrap_or(at)
    }

    /// The end of what begins on the line of `start` and ends at `at`, with the comments that stand further in, in YAML.
    pub(super) fn end_of_block(&self, start: usize, at: usize) -> usize {
        let begin = self.text.get(..start).and_then(|before| before.rfind('\n')).map_or(0, |feed| feed + 1);
        let line = self.text.get(begin..).unwrap_or("");
        let column = line.len() - line.trim_start().len();
        let mut end = self.end_of_line(at);
        let is_within = |comment: &Comment<'_>| {
            let before = self.text.get(..comment.start).unwrap_or("");
            let line = before.rfind('\n').map_or(0, |feed| feed + 1);
            comment.has_own_line && comment.start == comment.written && comment.start - line > column
        };
        while let Some(next) = self.follows(end, is_within) {
            end = next;
        }
        end
    }

    /// Whether what ends at `end` ends with its last member: a bracket of YAML's around that counts for nothing.
    pub(super) fn ends_with(&self, last: usize, end: usize) -> bool {
        last == end || !self.is_policy && self.text.get(last..end) == Some("]")
    }

    /// The end of such a comment, if it is what comes next.
    fn follows(&self, at: usize, is_such: impl Fn(&Comment<'_>) -> bool) -> Option<usize> {
        let comment = self.comments.get(self.first_from(at)).filter(|_| !self.is_policy)?;
        let is_next = self.text.get(at..comment.start)?.trim().is_empty();
        // Its signs are as long as those of YAML, and one longer.
        (is_next && is_such(comment)).then(|| comment.start + comment.text.len() - 1)
    }

    /// The places of comments that nothing has taken.
    pub(super) fn unplaced(&self) -> impl Iterator<Item = Range<usize>> {
        let unplaced = self.comments.iter().filter(|comment| !comment.is_placed);
        unplaced.map(|comment| {
            let rest = self.text.get(comment.written..).and_then(|rest| rest.lines().next()).unwrap_or("");
            comment.written..comment.written + rest.trim_end().len()
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
