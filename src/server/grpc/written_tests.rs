//! What is written is what the library writes, which reads it back.

use prost::Message;
use prost_types::value::Kind;
use prost_types::{ListValue, Value};

use super::*;

/// A list of values, by the library.
fn list(values: Vec<Kind>) -> Vec<u8> {
    let values = values.into_iter().map(|kind| Value { kind: Some(kind) }).collect();
    Value { kind: Some(Kind::ListValue(ListValue { values })) }.encode_to_vec()
}

#[test]
fn every_field_is_written_as_the_library_writes_it() {
    // Around 128 and 16,384 the length of a length changes.
    let lengths =
        [0, 1, 100, 119, 120, 121, 122, 123, 124, 125, 126, 127, 128, 129, 16_376, 16_380, 16_384, 70_000];
    for length in lengths {
        let text = "x".repeat(length);
        let expected = list(vec![
            Kind::StringValue(text.clone()),
            Kind::BoolValue(true),
            Kind::BoolValue(false),
            Kind::NumberValue(-0.5),
            Kind::NullValue(0),
            Kind::ListValue(ListValue { values: Vec::new() }),
        ]);
        let mut written = Written::default();
        written.message(6, |list| {
            list.message(1, |value| value.item(3, &text));
            list.message(1, |value| value.number(4, 1));
            list.message(1, |value| value.number(4, 0));
            list.message(1, |value| value.float(2, -0.5));
            list.message(1, |value| value.number(1, 0));
            list.message(1, |value| value.message(6, |_| ()));
        });
        assert!(written.into_bytes() == expected, "{length}");
    }
}

#[test]
fn an_empty_text_is_left_out_unless_it_is_one_of_several() {
    let mut written = Written::default();
    written.text(1, "");
    written.item(2, "");
    written.text(3, "a");
    assert_eq!(written.into_bytes(), [0x12, 0, 0x1a, 1, b'a']);
}
