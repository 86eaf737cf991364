//! Where each part of a scalar's text stands in its file.
//!
//! Quotes, escapes, folded lines and indentation make the text that is read another than the one that is written. What
//! is wrong in a text is shown where its author wrote it.

use super::Node;
use crate::document::{Sources, Span};

/// The places of a scalar's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    whole: Span,
    way: Way,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Way {
    /// The text stands in the file as it is.
    Straight,
    /// In the order of the text, without gaps in it.
    Pieces(Vec<Piece>),
    /// Only the place of the whole is known.
    Whole,
}

/// A part of the text and what it is written as. Of two parts that are equally long each byte has its own place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Piece {
    text: usize,
    text_length: usize,
    written: usize,
    written_length: usize,
}

impl Origin {
    /// The places of the text that was read from `whole`.
    pub fn of(sources: &Sources, whole: Span, text: &str) -> Origin {
        let written = sources.text(whole);
        let way = if written == text {
            Way::Straight
        } else {
            // A block's text may begin with quotes that belong to it. Where they don't, the text lacks them, and this
            // first way finds no end.
            let pieces = unquoted(written, text);
            let pieces = pieces.or_else(|| single_quoted(written, text));
            pieces.or_else(|| double_quoted(written, text)).map_or(Way::Whole, Way::Pieces)
        };
        Origin { whole, way }
    }

    /// Where the bytes `start..end` of the text stand.
    pub fn span(&self, start: usize, end: usize) -> Span {
        let base = self.whole.start as usize;
        let (from, to) = match &self.way {
            Way::Straight => (start, end),
            Way::Whole => return self.whole,
            Way::Pieces(pieces) => {
                let to = written_end(pieces, end);
                // Nothing stands behind what stands before it.
                let from = if start == end { to } else { written_start(pieces, start) };
                (from, to.max(from))
            }
        };
        Span::new(self.whole.source, base + from, base + to)
    }
}

impl Node<'_> {
    /// The places of this node's text.
    pub fn origin(&self, sources: &Sources, text: &str) -> Origin {
        Origin::of(sources, self.span, text)
    }
}

fn written_start(pieces: &[Piece], at: usize) -> usize {
    let after = pieces.partition_point(|piece| piece.text <= at);
    let Some(piece) = after.checked_sub(1).and_then(|last| pieces.get(last)) else { return 0 };
    if piece.text_length == piece.written_length {
        piece.written + (at - piece.text).min(piece.written_length)
    } else {
        piece.written
    }
}

fn written_end(pieces: &[Piece], at: usize) -> usize {
    let after = pieces.partition_point(|piece| piece.text < at);
    let Some(piece) = after.checked_sub(1).and_then(|last| pieces.get(last)) else {
        return pieces.first().map_or(0, |first| first.written);
    };
    if piece.text_length == piece.written_length {
        piece.written + (at - piece.text).min(piece.written_length)
    } else {
        piece.written + piece.written_length
    }
}

/// Both texts and how far they have been compared.
struct Walk<'w> {
    written: &'w str,
    at: usize,
    text: &'w str,
    text_at: usize,
    pieces: Vec<Piece>,
}

impl<'w> Walk<'w> {
    fn new(written: &'w str, start: usize, text: &'w str) -> Walk<'w> {
        Walk { written, at: start, text, text_at: 0, pieces: Vec::new() }
    }

    fn written_rest(&self) -> &'w str {
        self.written.get(self.at..).unwrap_or("")
    }

    fn text_rest(&self) -> &'w str {
        self.text.get(self.text_at..).unwrap_or("")
    }

    /// Takes so many bytes of both.
    fn take(&mut self, written_length: usize, text_length: usize) {
        let piece = Piece { text: self.text_at, text_length, written: self.at, written_length };
        self.at += written_length;
        self.text_at += text_length;
        if text_length == 0 {
            return;
        }
        let is_straight = |piece: &Piece| piece.text_length == piece.written_length;
        match self.pieces.last_mut() {
            Some(last)
                if is_straight(last)
                    && is_straight(&piece)
                    && last.written + last.written_length == piece.written =>
            {
                last.text_length += text_length;
                last.written_length += written_length;
            }
            _ => self.pieces.push(piece),
        }
    }

    /// Takes one character that stands in both.
    fn take_same(&mut self) -> Option<()> {
        let character = self.written_rest().chars().next()?;
        if !self.text_rest().starts_with(character) {
            return None;
        }
        self.take(character.len_utf8(), character.len_utf8());
        Some(())
    }

    fn finish(self) -> Option<Vec<Piece>> {
        self.text_rest().is_empty().then_some(self.pieces)
    }
}

/// Plain scalars and blocks: only the white space differs.
fn unquoted(written: &str, text: &str) -> Option<Vec<Piece>> {
    let mut walk = Walk::new(written, 0, text);
    // A block's empty lines may be counted to what stands around it.
    while !walk.written_rest().is_empty() || !walk.text_rest().is_empty() {
        let (space, text_space) = (space_length(walk.written_rest()), space_length(walk.text_rest()));
        if space > 0 || text_space > 0 {
            walk.take(space, text_space);
        } else {
            walk.take_same()?;
        }
    }
    walk.finish()
}

fn single_quoted(written: &str, text: &str) -> Option<Vec<Piece>> {
    let inner = written.strip_prefix('\'')?.strip_suffix('\'')?;
    let mut walk = Walk::new(written, 1, text);
    while walk.at <= inner.len() {
        if walk.written_rest().starts_with("''") {
            if !walk.text_rest().starts_with('\'') {
                return None;
            }
            walk.take(2, 1);
        } else {
            take_folded(&mut walk)?;
        }
    }
    walk.finish()
}

fn double_quoted(written: &str, text: &str) -> Option<Vec<Piece>> {
    let inner = written.strip_prefix('"')?.strip_suffix('"')?;
    let mut walk = Walk::new(written, 1, text);
    while walk.at <= inner.len() {
        let Some(escape) = walk.written_rest().strip_prefix('\\') else {
            take_folded(&mut walk)?;
            continue;
        };
        let length = match escape.chars().next()? {
            'x' => 3,
            'u' => 5,
            'U' => 9,
            '\n' | '\r' => {
                // The line break is none, further ones are.
                let space = space_length(escape);
                let breaks = escape.get(..space)?.matches('\n').count() - 1;
                walk.take(1 + space, breaks);
                continue;
            }
            other => other.len_utf8(),
        };
        let made = walk.text_rest().chars().next()?.len_utf8();
        walk.take(1 + length, made);
    }
    walk.finish()
}

/// Takes a character, or the white space around line breaks: one break is a space, more are one less.
fn take_folded(walk: &mut Walk<'_>) -> Option<()> {
    let rest = walk.written_rest();
    let space = space_length(rest);
    let written = rest.get(..space)?;
    let breaks = written.matches('\n').count();
    if breaks == 0 {
        if space == 0 {
            return walk.take_same();
        }
        if !walk.text_rest().starts_with(written) {
            return None;
        }
        walk.take(space, space);
        return Some(());
    }
    walk.take(space, if breaks == 1 { 1 } else { breaks - 1 });
    Some(())
}

fn space_length(text: &str) -> usize {
    text.find(|character| !matches!(character, ' ' | '\t' | '\n' | '\r')).unwrap_or(text.len())
}

#[cfg(test)]
mod tests;
