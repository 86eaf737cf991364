//! What is read at once means what it means to the reader of all JSON.

use proptest::prelude::*;

use super::*;
use crate::document::json::read_all;

/// A record within so many others.
fn nested(depth: usize) -> String {
    format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth))
}

fn record(members: usize) -> String {
    let members: Vec<String> = (0..members).map(|number| format!(r#""m{number}": {number}"#)).collect();
    format!("{{{}}}", members.join(","))
}

fn list(items: usize) -> String {
    format!("[{}]", vec!["1"; items].join(","))
}

fn text(bytes: usize) -> String {
    format!("\"{}\"", "a".repeat(bytes))
}

#[test]
fn what_is_usual_is_read() {
    let question = r#" { "subject" : {"type":"user","id":"dan","properties":{"ages":[0,7,42],"is_on":true}},
        "action":{"name":"read","properties":{}},"resource":null,"context":{"é":"ß","no":false,"none":[]} } "#;
    for usual in [
        question,
        "0",
        "999999999999999999",
        "\"\"",
        "[]",
        "{}",
        "[[],{}]",
        &nested(REQUEST_NESTING_MAX),
        &record(MEMBERS_MAX),
        &list(REQUEST_SET_MAX),
        &text(REQUEST_TEXT_BYTES_MAX),
        "\"\u{7f}\u{85}\u{2028}\"",
    ] {
        assert_eq!(read(usual), Some(read_all(usual).unwrap()), "{usual}");
    }
}

#[test]
fn what_is_unusual_is_left() {
    for unusual in [
        "",
        " ",
        "-1",
        "-0",
        "01",
        "1.0",
        "1e3",
        "1E3",
        "9223372036854775807",
        "9999999999999999999",
        r#""\n""#,
        "\"\n\"",
        "\"\0\"",
        "\"a",
        "'a'",
        "tru",
        "nulls",
        "True",
        "[1,]",
        "[,]",
        "[1 2]",
        "[1",
        r#"{"a":1,}"#,
        r#"{"a" 1}"#,
        r#"{"a":1 "b":2}"#,
        r"{a:1}",
        r#"{"a":1"#,
        r#"{"a":1,"a":2}"#,
        r#"{"a":1}{}"#,
        "1 1",
        "\u{feff}1",
        "1\u{a0}",
        "// a\n1",
        &nested(REQUEST_NESTING_MAX + 1),
        &record(MEMBERS_MAX + 1),
        &list(REQUEST_SET_MAX + 1),
        &text(REQUEST_TEXT_BYTES_MAX + 1),
    ] {
        assert_eq!(read(unusual), None, "{unusual}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_read_that_means_something_else(
        pieces in proptest::collection::vec(
            prop_oneof![
                Just("{"), Just("}"), Just("["), Just("]"), Just(","), Just(":"), Just("\""), Just("\"a\""),
                Just("\"a\":"), Just("\"b\":"), Just("\"\\u0061\":"), Just("\"é\""), Just("\\"), Just("0"), Just("7"),
                Just("-"), Just("."), Just("e"), Just("true"), Just("false"), Just("null"), Just(" "), Just("\n"),
                Just("\u{b}"), Just("\0"), Just("[1,2]"), Just("{\"a\":1}"), Just("[]"), Just("{}"),
            ],
            0..12,
        ),
    ) {
        let text = pieces.concat();
        if let Some(value) = read(&text) {
            prop_assert_eq!(value, read_all(&text).unwrap());
        }
    }
}
