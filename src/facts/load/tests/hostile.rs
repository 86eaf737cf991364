//! Files that were damaged at random: whatever they say, they end in facts or in errors that have a place.

use proptest::prelude::*;

use super::{GOOD, load_texts};
use crate::document::yaml::{self, Bounds, Content, Node};
use crate::document::{Problems, Source, Sources, Span};

/// What YAML gives a meaning, what people can't see, and what takes more than a byte.
const PIECES: &[&str] = &[
    "", " ", "  ", "\n", "\n  ", "\t", "\r", "\r\n", ":", ": ", "- ", "-", "?", "? ", "{", "}", "[", "]",
    ",", "&a ", "*a", "!!str ", "!", "|", "|\n", ">-\n", "\"", "'", "\\", "\\x00", "\\u202e", "#", " #", "%",
    "@", "`", "~", "<<: ", "---\n", "...\n", "no", "012", "1e3", "null", "\u{feff}", "\u{202e}", "\0", "é",
    "😀", "\u{85}", "\u{2028}",
];

fn damaged() -> impl Strategy<Value = String> {
    let cut = (0..GOOD.len(), 0..8_usize, 0..PIECES.len());
    prop::collection::vec(cut, 1..6).prop_map(|cuts| {
        let mut bytes = GOOD.as_bytes().to_vec();
        for (at, length, piece) in cuts {
            let at = at.min(bytes.len());
            let end = (at + length).min(bytes.len());
            bytes.splice(at..end, PIECES[piece].bytes());
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn made_up() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES), 0..60).prop_map(|pieces| pieces.concat())
}

fn has_place(sources: &Sources, span: Span) -> bool {
    let text = sources.get(span.source).map(|source| source.text.as_str());
    text.and_then(|text| text.get(span.range())).is_some()
}

/// Whether every node lies inside the one it belongs to.
fn is_nested(node: &Node<'_>, sources: &Sources) -> bool {
    let is_within = |inner: Span| {
        has_place(sources, inner) && node.span.start <= inner.start && inner.end <= node.span.end
    };
    has_place(sources, node.span)
        && match &node.content {
            Content::List(items) => items.iter().all(|item| is_within(item.span) && is_nested(item, sources)),
            Content::Mapping(entries) => entries.iter().all(|entry| {
                is_within(entry.key.span) && is_within(entry.value.span) && is_nested(&entry.value, sources)
            }),
            Content::Null
            | Content::Bool(_)
            | Content::Int(_)
            | Content::Time(_)
            | Content::Text(_)
            | Content::Unreadable => true,
        }
}

fn check(text: &str) -> Result<(), TestCaseError> {
    let (sources, facts, diagnostics) = load_texts(&[text]);
    let is_wrong = diagnostics.iter().any(crate::document::Diagnostic::is_error);
    prop_assert_eq!(facts.is_none(), is_wrong, "{:?}", diagnostics);
    for problem in &diagnostics {
        let places = problem.place.iter().chain(&problem.related);
        for (span, _) in places {
            prop_assert!(has_place(&sources, *span), "{:?} in {:?}", problem, text);
        }
    }
    let mut sources = Sources::default();
    let id = sources.add(Source { name: "t.yaml".to_owned(), text: text.to_owned() });
    if let Some(tree) = yaml::parse(&sources, id, Bounds::FACTS, &mut Problems::default()) {
        prop_assert!(is_nested(&tree, &sources), "{:?} of {:?}", tree, text);
    }
    Ok(())
}

proptest! {
    #[test]
    fn damaged_files_are_facts_or_errors(text in damaged()) {
        check(&text)?;
    }

    #[test]
    fn made_up_files_are_facts_or_errors(text in made_up()) {
        check(&text)?;
    }
}
