//! Where parts of texts are found in each style of scalar.

use super::super::{Bounds, Content, parse};
use super::*;
use crate::document::{Problems, Source};

/// What is underlined for this part of the text of the one scalar of a document.
#[track_caller]
fn underlined(yaml: &str, part: &str) -> String {
    let mut sources = Sources::default();
    let id = sources.add(Source { name: "a.yaml".into(), text: yaml.into() });
    let mut problems = Problems::default();
    let node = parse(&sources, id, Bounds::FILE, &mut problems).unwrap();
    assert_eq!(problems.into_diagnostics(), []);
    let Content::Mapping(entries) = &node.content else { panic!("{node:?}") };
    let value = &entries[0].value;
    let Content::Text(text) = &value.content else { panic!("{value:?}") };
    let start = text.find(part).unwrap_or_else(|| panic!("{part:?} is not in {text:?}"));
    let origin = value.origin(&sources, text);
    assert_ne!(origin.way, Way::Whole, "{text:?}");
    sources.text(origin.span(start, start + part.len())).to_owned()
}

#[test]
fn words_are_found_in_every_style() {
    for yaml in [
        "a: one two three\n",
        "a: one\n  two\n   three # note\n",
        "a: 'one two three'\n",
        "a: 'one\n  two three'\n",
        "a: \"one two three\"\n",
        "a: \"one\n\n  two three\"\n",
        "a: |\n  one\n  two three\n",
        "a: |2-\n    one\n    two\n  three\n\n",
        "a: >\n  one\n  two three\n",
        "a: >-\n  one\n    two\n\n  three\n\nb: c\n",
        "a: |\n\n\n  one two\n\n  three\n",
        "a: |+\n  one two\n  three\n\n\n",
        "a: >2+\n\n   one two\n  three\n\n\nb: c\n",
        "a: one\r\n  two three\r\n",
        "a: |\r\n  one\r\n  two three\r\n",
    ] {
        for word in ["one", "two", "three"] {
            assert_eq!(underlined(yaml, word), word, "{yaml:?}");
        }
    }
}

#[test]
fn what_is_written_otherwise_is_underlined_as_it_is_written() {
    assert_eq!(underlined("a: 'x ''q'' y'\n", "q"), "q");
    assert_eq!(underlined("a: 'x ''q'' y'\n", "'q'"), "''q''");
    assert_eq!(underlined("a: 'x ''q'' y'\n", "y"), "y");
    assert_eq!(underlined(r#"a: "x \"q\" y""#, "\"q\""), r#"\"q\""#);
    assert_eq!(underlined(r#"a: "x \"q\" y""#, "y"), "y");
    assert_eq!(underlined(r#"a: "\x41b \u00e9d \U0001F600f""#, "Ab"), r"\x41b");
    assert_eq!(underlined(r#"a: "\x41b \u00e9d \U0001F600f""#, "éd"), r"\u00e9d");
    assert_eq!(underlined(r#"a: "\x41b \u00e9d \U0001F600f""#, "😀f"), r"\U0001F600f");
    assert_eq!(underlined(r#"a: "\tx\n\/y""#, "x"), "x");
    assert_eq!(underlined(r#"a: "\tx\n\/y""#, "/y"), r"\/y");
    assert_eq!(underlined("a: \"on\\\n    e two\"\n", "one"), "on\\\n    e");
    assert_eq!(underlined("a: \"on\\\n    e two\"\n", "two"), "two");
    assert_eq!(underlined("a: \"one\\\n\n\n  two\"\n", "two"), "two");
    assert_eq!(underlined("a: \"one \\\n  \\  two\"\n", "two"), "two");
}

#[test]
fn the_quotes_of_a_block_are_its_own() {
    assert_eq!(underlined("a: |\n  \"q\" in x\n", "\"q\""), "\"q\"");
    assert_eq!(underlined("a: |-\n  \"q\"", "\"q\""), "\"q\"");
    assert_eq!(underlined("a: >-\n  'q'\n  'r'", "'r'"), "'r'");
    assert_eq!(underlined(r#"a: "\"q\"""#, "q"), "q");
    assert_eq!(underlined("a: '''q'''", "'q'"), "''q''");
}

/// Every character that is no white space has its place, whatever the text is made of.
#[test]
fn random_texts_find_their_characters() {
    let alphabet = ['a', 'é', '"', '\'', '\\', ' ', '\n', '(', '😀', '#', ':'];
    for seed in 0..3_000 {
        let mut random = fastrand::Rng::with_seed(seed);
        let length = random.usize(1..20);
        let text: String = (0..length).map(|_| alphabet[random.usize(..alphabet.len())]).collect();
        let mut escaped = String::new();
        for character in text.chars() {
            match character {
                '"' => escaped.push_str("\\\""),
                '\\' => escaped.push_str("\\\\"),
                '\n' => escaped.push_str("\\n"),
                'é' if random.bool() => escaped.push_str("\\xe9"),
                other => escaped.push(other),
            }
            if random.u8(..5) == 0 {
                escaped.push_str("\\\n  ");
                // Spaces at the start of a line are layout.
                escaped.push_str(if random.bool() { "\\x41" } else { "\\t" });
            }
        }
        let yaml = format!("\"{escaped}\"");
        let mut sources = Sources::default();
        let id = sources.add(Source { name: "a.yaml".into(), text: yaml.clone() });
        let mut problems = Problems::default();
        let node = parse(&sources, id, Bounds::FILE, &mut problems).unwrap();
        let Content::Text(read) = &node.content else { panic!("{yaml:?}: {node:?}") };
        let origin = node.origin(&sources, read);
        assert_ne!(origin.way, Way::Whole, "{yaml:?} {read:?}");
        for (at, character) in read.char_indices().filter(|(_, character)| !character.is_whitespace()) {
            let found = sources.text(origin.span(at, at + character.len_utf8()));
            let is_it = found == character.to_string()
                || match character {
                    '"' | '\\' => found == format!("\\{character}"),
                    'é' => found == "\\xe9",
                    'A' => found == "\\x41",
                    _ => false,
                };
            assert!(is_it, "{yaml:?}: {character:?} at {found:?}");
        }
    }
}
