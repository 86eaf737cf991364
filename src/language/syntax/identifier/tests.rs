//! Names, as the grammar reads them.

use pest::Parser;
use proptest::prelude::*;

use super::super::parse::{Grammar, Rule};
use super::{RESERVED, is_identifier};

fn is_read_as_one(text: &str) -> bool {
    Grammar::parse(Rule::role_name, text)
        .is_ok_and(|mut pairs| pairs.next().is_some_and(|pair| pair.as_str() == text))
}

#[test]
fn every_reserved_word_is_known() {
    assert!(RESERVED.len() > 40, "{:?}", *RESERVED);
    for word in RESERVED.iter() {
        for text in [(*word).to_owned(), format!("{word}_"), format!("_{word}"), word.to_uppercase()] {
            assert_eq!(is_identifier(&text), is_read_as_one(&text), "{text}");
        }
        assert!(!is_identifier(word), "{word}");
    }
}

proptest! {
    #[test]
    fn a_name_is_what_the_grammar_reads_as_one(text in "[a-c_A0.\" -]{0,6}|(a|i|o|on|or|se|set|to|un|wh)[a-z_]{0,8}") {
        prop_assert_eq!(is_identifier(&text), is_read_as_one(&text));
    }
}
