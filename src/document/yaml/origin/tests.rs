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

/// A scalar of some style, over lines or not: how it is written, and its characters without white space.
fn scalar(random: &mut fastrand::Rng) -> (String, String) {
    let style = random.choice(["plain", "'", "\"", "|", ">"]).unwrap();
    let mut written = match style {
        "|" | ">" => {
            let indent = random.choice(["", "4"]).unwrap();
            let chomping = random.choice(["", "-", "+"]).unwrap();
            let empty = random.choice(["", "\n", "\n\n"]).unwrap();
            format!("{style}{indent}{chomping}{}\n{empty}    ", random.choice(["", " # why"]).unwrap())
        }
        "plain" => String::new(),
        quote => quote.to_owned(),
    };
    let mut characters = String::new();
    for number in 0..random.usize(1..8) {
        if number > 0 {
            written.push_str(match style {
                "|" | ">" => {
                    random.choice([" ", "  ", "\n    ", "\n\n    ", "\n      ", " \n    ", "\t"]).unwrap()
                }
                "\"" => random
                    .choice([
                        " ",
                        "  ",
                        "\n    ",
                        " \n\n   ",
                        "\\\n     ",
                        "\\n",
                        "\\t",
                        "\\x20\\\n   \\ ",
                        "\\\n\n   ",
                    ])
                    .unwrap(),
                _ => random.choice([" ", "   ", "\n    ", "\n\n\n      ", "  \n     "]).unwrap(),
            });
        }
        // A plain text can't begin with what has a meaning, and a `#` behind a space would begin a comment.
        written.push('a');
        characters.push('a');
        for _ in 0..random.usize(..4) {
            let character = random.choice(['b', 'é', '"', '\'', '\\', '(', '😀', '#', '.']).unwrap();
            characters.push(character);
            match (style, character) {
                ("'", '\'') => written.push_str("''"),
                ("\"", '"' | '\\') => written.extend(['\\', character]),
                ("\"", 'é') => {
                    written.push_str(random.choice(["é", "\\xe9", "\\u00E9", "\\U000000e9"]).unwrap());
                }
                _ => written.push(character),
            }
        }
    }
    if matches!(style, "'" | "\"") {
        written.push_str(style);
    }
    (written, characters)
}

/// Every character that is no white space has its place, whatever the style, the lines and what stands around.
#[test]
fn made_up_texts_find_their_characters() {
    let mut over_lines = 0;
    for seed in 0..6_000 {
        let mut random = fastrand::Rng::with_seed(seed);
        let (written, characters) = scalar(&mut random);
        let is_block = written.starts_with(['|', '>']);
        let mut yaml = match random.u8(..3) {
            0 if !is_block => format!("k: [x, {written} , z]\n"),
            1 => format!("k:\n- x\n- {written}\n- z\n"),
            _ => format!("k:\n- x\n- {written}"),
        };
        if random.bool() {
            yaml = yaml.replace('\n', "\r\n");
        }
        let mut sources = Sources::default();
        let id = sources.add(Source { name: "a.yaml".into(), text: yaml.clone() });
        let mut problems = Problems::default();
        let node = parse(&sources, id, Bounds::FILE, &mut problems).unwrap();
        assert_eq!(problems.into_diagnostics(), [], "{yaml:?}");
        let Content::Mapping(entries) = &node.content else { panic!("{yaml:?}: {node:?}") };
        let Content::List(items) = &entries[0].value.content else { panic!("{yaml:?}: {node:?}") };
        let Content::Text(read) = &items[1].content else { panic!("{yaml:?}: {node:?}") };
        assert_eq!(read.split_whitespace().collect::<String>(), characters, "{yaml:?}");
        let origin = items[1].origin(&sources, read);
        assert_ne!(origin.way, Way::Whole, "{yaml:?} {read:?}");
        over_lines += usize::from(written.contains('\n'));
        let mut last = items[1].span.start;
        for (at, character) in read.char_indices().filter(|(_, character)| !character.is_whitespace()) {
            let place = origin.span(at, at + character.len_utf8());
            assert!(
                last <= place.start && place.end <= items[1].span.end,
                "{yaml:?}: {character:?} at {place:?}"
            );
            last = place.end;
            let found = sources.text(place);
            let is_it = found == character.to_string()
                || match character {
                    '\'' => found == "''",
                    '"' | '\\' => found == format!("\\{character}"),
                    'é' => ["\\xe9", "\\u00E9", "\\U000000e9"].contains(&found),
                    _ => false,
                };
            assert!(is_it, "{yaml:?}: {character:?} at {found:?}");
        }
    }
    assert!(over_lines > 2_000, "{over_lines}");
}
