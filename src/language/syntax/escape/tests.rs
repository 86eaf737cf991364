//! Places in a value are places in what the author wrote.

use super::*;

#[test]
fn a_place_in_the_value_is_one_in_the_text() {
    assert_eq!(place(r#""abc""#, "abc", &(1..2)), Some(2..3));
    assert_eq!(place(r#""a\\b\u{e9}c""#, r"a\bé", &(0..1)), None);
    let written = r#""a\\b\u{e9}c""#;
    let value = r"a\béc";
    assert_eq!(place(written, value, &(1..2)), Some(2..4));
    assert_eq!(place(written, value, &(3..5)).and_then(|place| written.get(place)), Some(r"\u{e9}"));
    assert_eq!(place(written, value, &(5..6)).and_then(|place| written.get(place)), Some("c"));
    assert_eq!(place(written, value, &(6..6)), Some(12..12));
}

#[test]
fn a_literal_in_other_quotes_has_no_places() {
    assert_eq!(place("'abc'", "abc", &(0..1)), None);
    assert_eq!(place(r#""a\/b""#, "a/b", &(0..1)), None);
}

#[test]
fn a_value_comes_back_out_of_its_literal() {
    for text in ["", "plain", "\"\\\n\t", "é\u{202e}\r😀", "\\u{e9}"] {
        assert_eq!(value(&quoted(text)).as_deref(), Some(text));
    }
    assert_eq!(value(r#""\u{e9}\\""#).as_deref(), Some("é\\"));
    assert_eq!(value(r#""\q""#), None);
}
