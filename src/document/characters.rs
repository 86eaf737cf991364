//! Characters that no author's text may hold, because people can't see them.
//!
//! What a reviewer sees has to be what is enforced (CVE-2021-42574, "Trojan Source").

use super::{Code, Diagnostic, SourceId, Span};
use crate::model::limits::PROBLEMS_MAX;

/// Whether a character is a control character other than tab and line breaks, turns the direction of writing, has
/// no width, or is a letter that looks like nothing at all: fillers of Hangul, and Braille without a dot.
pub fn is_hidden(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' => false,
        '\u{ad}'
        | '\u{61c}'
        | '\u{115f}'..='\u{1160}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{2800}'
        | '\u{3164}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => true,
        other => other.is_control(),
    }
}

/// Whether a name is all that people see of it: no blanks around it, and nothing in it that is hidden or breaks a line.
pub fn is_visible(name: &str) -> bool {
    let is_breaking = |character| matches!(character, '\t' | '\n' | '\r');
    // What most names are has neither.
    name.bytes().all(|byte| byte.is_ascii_graphic())
        || name.trim() == name
            && !name.chars().any(|character| is_breaking(character) || is_hidden(character))
}

/// Finds the characters of a source that may not be there, the first ones of many. That lines end with carriage returns is
/// one mistake, and told at the first.
pub fn check(source: SourceId, text: &str) -> Vec<Diagnostic> {
    let is_alone = |at: usize| text.get(at + 1..at + 2) != Some("\n");
    let mut has_return = false;
    let hidden = text.char_indices().filter(|(at, character)| match character {
        '\r' => is_alone(*at) && !std::mem::replace(&mut has_return, true),
        other => is_hidden(*other),
    });
    // One more than is shown, so that it is said that there are more.
    hidden.take(PROBLEMS_MAX + 1).map(|(at, character)| problem(source, at, character)).collect()
}

fn problem(source: SourceId, at: usize, character: char) -> Diagnostic {
    let message = format!("the character U+{:04X} may not stand in a file", u32::from(character));
    let help = match character {
        '\u{feff}' => "save the file as UTF-8 without a byte order mark",
        '\r' => "end lines with a line feed",
        _ => {
            "nobody can see it, so remove it; a string in a condition writes it as an escape, like `\\u{200b}`, if it has to be there"
        }
    };
    let span = Span::new(source, at, at + character.len_utf8());
    Diagnostic::error(Code::HiddenCharacter, message).at(span, "").help(help)
}
