//! Globs: `*` stands for any text within a segment, `**` for any text across `/`.

use std::fmt;
use std::sync::Arc;

use super::limits::PATTERN_BYTES_MAX;

/// A text with wildcards, matched as a whole and byte by byte.
#[derive(Clone)]
pub struct Glob(Arc<Compiled>);

/// The glob as an automaton without choice points: a bit for each place in it, moved by shifting (R. Baeza-Yates,
/// G. Gonnet, *A new approach to text searching*, 1992). However many wildcards there are, a byte costs the same.
struct Compiled {
    text: Box<str>,
    /// For each of the 256 bytes its row below. Those that the text doesn't have share the first.
    rows: Box<[u8]>,
    /// In each row the places where its byte is expected, `words` numbers each.
    expected: Box<[u64]>,
    /// The places of wildcards, and of those among them that pass `/`.
    wildcards: Box<[u64]>,
    across: Box<[u64]>,
    /// The place behind everything.
    end: usize,
}

/// What is wrong with a glob, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GlobError {
    Empty,
    TooLong,
    /// A backslash at this byte before anything but `*`, `?`, `[` and `\`.
    Escape(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    Byte(u8),
    Within,
    Across,
}

/// Enough for every place of the longest glob and the one behind it.
const WORDS_MAX: usize = PATTERN_BYTES_MAX / 64 + 1;

impl Glob {
    pub fn new(text: &str) -> Result<Glob, GlobError> {
        if text.is_empty() {
            return Err(GlobError::Empty);
        }
        if text.len() > PATTERN_BYTES_MAX {
            return Err(GlobError::TooLong);
        }
        let tokens = tokens(text)?;
        let words = tokens.len() / 64 + 1;
        let (rows, count) = rows(&tokens);
        let mut compiled = Compiled {
            text: text.into(),
            rows,
            expected: vec![0; count * words].into(),
            wildcards: vec![0; words].into(),
            across: vec![0; words].into(),
            end: tokens.len(),
        };
        for (place, token) in tokens.into_iter().enumerate() {
            match token {
                Token::Byte(byte) => {
                    let row = compiled.row(byte);
                    set(&mut compiled.expected, row * words * 64 + place);
                }
                Token::Within => set(&mut compiled.wildcards, place),
                Token::Across => {
                    set(&mut compiled.wildcards, place);
                    set(&mut compiled.across, place);
                }
            }
        }
        Ok(Glob(Arc::new(compiled)))
    }

    pub fn matches(&self, text: &str) -> bool {
        let glob = &*self.0;
        let words = glob.wildcards.len();
        let mut storage = [0_u64; WORDS_MAX];
        let Some(places) = storage.get_mut(..words) else { return false };
        set(places, 0);
        pass_wildcards(places, &glob.wildcards);
        for byte in text.bytes() {
            let stays = if byte == b'/' { &glob.across } else { &glob.wildcards };
            let first = glob.row(byte) * words;
            let Some(expected) = glob.expected.get(first..first + words) else { return false };
            let mut carry = 0;
            let mut is_stuck = true;
            for ((place, expected), stays) in places.iter_mut().zip(expected).zip(stays) {
                let moved = *place & expected;
                *place = (*place & stays) | moved << 1 | carry;
                carry = moved >> 63;
                is_stuck &= *place == 0;
            }
            if is_stuck {
                return false;
            }
            pass_wildcards(places, &glob.wildcards);
        }
        places.get(glob.end / 64).is_some_and(|word| word >> (glob.end % 64) & 1 == 1)
    }

    /// How many bytes it takes compiled.
    pub fn size(&self) -> usize {
        let glob = &*self.0;
        let words = glob.expected.len() + glob.wildcards.len() + glob.across.len();
        glob.text.len() + glob.rows.len() + words * size_of::<u64>()
    }

    /// As the author wrote it.
    pub fn text(&self) -> &str {
        &self.0.text
    }
}

impl Compiled {
    fn row(&self, byte: u8) -> usize {
        self.rows.get(usize::from(byte)).map_or(0, |row| usize::from(*row))
    }
}

/// A row for each byte that stands in a glob, and how many rows there are.
fn rows(tokens: &[Token]) -> (Box<[u8]>, usize) {
    let mut rows = vec![0; 256];
    let mut last = 0;
    for token in tokens {
        if let Token::Byte(byte) = token
            && let Some(row @ 0) = rows.get_mut(usize::from(*byte))
        {
            // No UTF-8 has as many bytes as there are.
            last += 1;
            *row = last;
        }
    }
    (rows.into(), usize::from(last) + 1)
}

impl PartialEq for Glob {
    fn eq(&self, other: &Glob) -> bool {
        self.text() == other.text()
    }
}
impl Eq for Glob {}

impl fmt::Debug for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Glob({:?})", self.text())
    }
}

/// The glob's parts; wildcards side by side become one, so that none ever follows another.
fn tokens(text: &str) -> Result<Vec<Token>, GlobError> {
    let mut tokens: Vec<Token> = Vec::with_capacity(text.len());
    let mut bytes = text.bytes().enumerate().peekable();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'\\' => match bytes.next() {
                Some((_, escaped @ (b'*' | b'?' | b'[' | b'\\'))) => tokens.push(Token::Byte(escaped)),
                _ => return Err(GlobError::Escape(at)),
            },
            b'*' => {
                let mut stars = 1;
                while bytes.next_if(|(_, next)| *next == b'*').is_some() {
                    stars += 1;
                }
                tokens.push(if stars == 1 { Token::Within } else { Token::Across });
            }
            _ => tokens.push(Token::Byte(byte)),
        }
    }
    Ok(tokens)
}

/// The first sign of a glob that stands for itself and is a wildcard elsewhere.
pub fn plain_sign(text: &str) -> Option<(usize, char)> {
    let mut is_escaped = false;
    text.char_indices().find(|(_, sign)| {
        let is_plain = !is_escaped && matches!(sign, '?' | '[');
        is_escaped = *sign == '\\' && !is_escaped;
        is_plain
    })
}

fn set(bits: &mut [u64], place: usize) {
    if let Some(word) = bits.get_mut(place / 64) {
        *word |= 1 << (place % 64);
    }
}

/// A wildcard may stand for nothing.
fn pass_wildcards(places: &mut [u64], wildcards: &[u64]) {
    let mut carry = 0;
    for (place, wildcards) in places.iter_mut().zip(wildcards) {
        let passing = *place & wildcards;
        *place |= passing << 1 | carry;
        carry = passing >> 63;
    }
}

#[cfg(test)]
mod tests;
