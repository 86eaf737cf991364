//! Places in texts, against counting from the start.

use proptest::prelude::*;

use super::{Source, SourceId, Sources, Span};

proptest! {
    #[test]
    fn a_place_is_found_as_if_lines_were_counted(text in "[ab\n\r\u{e9}\u{1f512}]{0,40}") {
        let mut sources = Sources::default();
        let source = sources.add(Source { name: "some.policy".to_owned(), text: text.clone() });
        for (start, _) in text.char_indices().chain([(text.len(), ' ')]) {
            let (before, _) = text.split_at(start);
            let line = before.matches('\n').count() + 1;
            let column = before.chars().rev().take_while(|character| *character != '\n').count() + 1;
            prop_assert_eq!(sources.position(Span::new(source, start, start)), (line, column));
        }
    }
}

#[test]
fn a_place_outside_is_told_as_the_end_and_one_of_no_source_as_the_start() {
    let mut sources = Sources::default();
    let source = sources.add(Source { name: "some.policy".to_owned(), text: "one\ntwo".to_owned() });
    assert_eq!(sources.position(Span::new(source, 99, 99)), (2, 4));
    assert_eq!(sources.position(Span::new(SourceId(7), 0, 0)), (1, 1));
}
