//! Globs and regular expressions by following every way at once: the set of all places that each part can lead to.

use std::collections::BTreeSet;

use regex_syntax::hir::{Class, Hir, HirKind, Look};
use regex_syntax::{is_word_byte, is_word_character};

/// Byte offsets in a text.
type Places = BTreeSet<usize>;

/// Whether a glob matches the whole of a text.
pub(super) fn is_like(glob: &str, text: &str) -> bool {
    let mut places = Places::from([0]);
    let mut rest = glob;
    while !rest.is_empty() {
        let stars = rest.len() - rest.trim_start_matches('*').len();
        let is_escape = rest.starts_with('\\');
        let literal = rest.chars().nth(usize::from(is_escape));
        rest = match (stars, literal) {
            (1.., _) => {
                places = places.iter().flat_map(|place| passed(text, *place, stars > 1)).collect();
                rest.get(stars..)
            }
            (0, Some(literal)) => {
                let follows =
                    |place: &usize| text.get(*place..).is_some_and(|rest| rest.starts_with(literal));
                places = places.into_iter().filter(follows).map(|place| place + literal.len_utf8()).collect();
                rest.get(usize::from(is_escape) + literal.len_utf8()..)
            }
            (0, None) => return false,
        }
        .unwrap_or("");
    }
    places.contains(&text.len())
}

/// Where a star can end that begins here.
fn passed(text: &str, from: usize, across: bool) -> Places {
    let rest = text.get(from..).unwrap_or("");
    let end = if across { rest.len() } else { rest.find('/').unwrap_or(rest.len()) };
    (from..=from + end).filter(|place| text.is_char_boundary(*place)).collect()
}

/// Whether a regular expression matches the whole of a text.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let Ok(pattern) = regex_syntax::parse(pattern) else { return false };
    ends(&pattern, text, &Places::from([0])).contains(&text.len())
}

/// Where the expression can end that begins at one of these places.
fn ends(expression: &Hir, text: &str, from: &Places) -> Places {
    match expression.kind() {
        HirKind::Empty => from.clone(),
        HirKind::Literal(literal) => {
            let follows =
                |at: &usize| text.as_bytes().get(*at..).is_some_and(|rest| rest.starts_with(&literal.0));
            from.iter().copied().filter(follows).map(|at| at + literal.0.len()).collect()
        }
        HirKind::Class(class) => from.iter().filter_map(|at| after_class(class, text, *at)).collect(),
        HirKind::Look(look) => from.iter().copied().filter(|at| looks(*look, text, *at)).collect(),
        HirKind::Capture(capture) => ends(&capture.sub, text, from),
        HirKind::Concat(parts) => parts.iter().fold(from.clone(), |from, part| ends(part, text, &from)),
        HirKind::Alternation(parts) => parts.iter().flat_map(|part| ends(part, text, from)).collect(),
        HirKind::Repetition(repetition) => {
            let mut places = from.clone();
            for _ in 0..repetition.min {
                places = ends(&repetition.sub, text, &places);
            }
            let mut all = places.clone();
            let mut more = repetition.max.map(|max| max - repetition.min);
            while more != Some(0) && !places.is_empty() {
                places = ends(&repetition.sub, text, &places).difference(&all).copied().collect();
                all.extend(&places);
                more = more.map(|more| more - 1);
            }
            all
        }
    }
}

fn after_class(class: &Class, text: &str, at: usize) -> Option<usize> {
    let next = text.get(at..)?.chars().next()?;
    let fits = match class {
        Class::Unicode(class) => class.iter().any(|range| (range.start()..=range.end()).contains(&next)),
        Class::Bytes(class) => {
            let byte = u8::try_from(next).ok().filter(u8::is_ascii)?;
            class.iter().any(|range| (range.start()..=range.end()).contains(&byte))
        }
    };
    fits.then(|| at + next.len_utf8())
}

fn looks(look: Look, text: &str, at: usize) -> bool {
    let (before, after) = text.split_at_checked(at).unwrap_or((text, ""));
    let (last, next) = (before.chars().next_back(), after.chars().next());
    let wide = |character: Option<char>| character.is_some_and(is_word_character);
    let ascii = |character: Option<char>| {
        character.and_then(|character| u8::try_from(character).ok()).is_some_and(is_word_byte)
    };
    match look {
        Look::Start => before.is_empty(),
        Look::End => after.is_empty(),
        Look::StartLF => before.is_empty() || last == Some('\n'),
        Look::EndLF => after.is_empty() || next == Some('\n'),
        Look::StartCRLF => last.is_none_or(|last| last == '\n' || last == '\r' && next != Some('\n')),
        Look::EndCRLF => next.is_none_or(|next| next == '\r' || next == '\n' && last != Some('\r')),
        Look::WordAscii => ascii(last) != ascii(next),
        Look::WordAsciiNegate => ascii(last) == ascii(next),
        Look::WordUnicode => wide(last) != wide(next),
        Look::WordUnicodeNegate => wide(last) == wide(next),
        Look::WordStartAscii => !ascii(last) && ascii(next),
        Look::WordEndAscii => ascii(last) && !ascii(next),
        Look::WordStartUnicode => !wide(last) && wide(next),
        Look::WordEndUnicode => wide(last) && !wide(next),
        Look::WordStartHalfAscii => !ascii(last),
        Look::WordEndHalfAscii => !ascii(next),
        Look::WordStartHalfUnicode => !wide(last),
        Look::WordEndHalfUnicode => !wide(next),
    }
}
