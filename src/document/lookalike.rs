//! Names that people take for each other, though no decision does.
//!
//! Two texts look alike if they differ in case only, or if their skeletons are the same: Unicode Technical Standard 39, §4.

use unicode_security::confusable_detection::skeleton;

/// How a text looks; two that share one of these look alike.
pub fn looks(text: &str) -> [String; 2] {
    [skeleton(text).collect(), text.to_lowercase()]
}

/// In what two texts that look alike differ, for a label.
pub fn difference(text: &str, other: &str) -> String {
    if text.to_lowercase() == other.to_lowercase() {
        return "they differ in case only".to_owned();
    }
    let differing = text.chars().zip(other.chars()).find(|(one, other)| one != other);
    let Some((one, other)) = differing else { return "one has more characters than the other".to_owned() };
    format!("{} where the other has {}", shown(one), shown(other))
}

/// A character that a reader can tell from others.
fn shown(character: char) -> String {
    if character.is_ascii_graphic() {
        format!("`{character}`")
    } else {
        format!("U+{:04X}", u32::from(character))
    }
}

#[cfg(test)]
mod tests;
