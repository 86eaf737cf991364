//! The registry itself.

use std::collections::BTreeSet;

use super::*;

#[test]
fn every_code_is_listed_once_and_has_a_text_of_its_own() {
    let texts: BTreeSet<&str> = Code::ALL.map(Code::text).into();
    assert_eq!(texts.len(), Code::ALL.len());
    // The list is in the order of the declarations, so whatever is missing in it leaves a gap in the numbers.
    for (number, code) in (0..).zip(Code::ALL) {
        assert_eq!(code as usize, number, "{code:?}");
    }
    for text in texts {
        let digits = text.strip_prefix('P').unwrap();
        assert!(digits.len() == 4 && digits.bytes().all(|byte| byte.is_ascii_digit()), "{text}");
    }
}
