//! Messages of protobuf, written right where they go.
//!
//! What Envoy is told stands in an answer's head already. A library's message would own each text of it once more, which takes
//! longer than to decide.

#[cfg(test)]
#[path = "written_tests.rs"]
mod tests;

use prost::encoding::{WireType, encode_key, encode_varint};

/// A message as far as it is written.
#[derive(Debug, Default)]
pub(super) struct Written(Vec<u8>);

impl Written {
    pub(super) fn with_capacity(bytes: usize) -> Written {
        Written(Vec::with_capacity(bytes))
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// A text, also if there is nothing in it: one of several, or of alternatives.
    pub(super) fn item(&mut self, number: u32, text: &str) {
        encode_key(number, WireType::LengthDelimited, &mut self.0);
        encode_varint(text.len() as u64, &mut self.0);
        self.0.extend_from_slice(text.as_bytes());
    }

    /// A text; whoever reads no field reads the empty one.
    pub(super) fn text(&mut self, number: u32, text: &str) {
        if !text.is_empty() {
            self.item(number, text);
        }
    }

    /// A number or a truth, also if it is none.
    pub(super) fn number(&mut self, number: u32, value: u64) {
        encode_key(number, WireType::Varint, &mut self.0);
        encode_varint(value, &mut self.0);
    }

    pub(super) fn float(&mut self, number: u32, value: f64) {
        encode_key(number, WireType::SixtyFourBit, &mut self.0);
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    /// A message within, which is written by `write`; its length goes in front of it once that is known.
    pub(super) fn message(&mut self, number: u32, write: impl FnOnce(&mut Written)) {
        encode_key(number, WireType::LengthDelimited, &mut self.0);
        let start = self.0.len();
        write(self);
        let (mut length, mut at) = (self.0.len() - start, start);
        while length > 0x7f {
            self.0.insert(at, low_bits(length) | 0x80);
            length >>= 7;
            at += 1;
        }
        self.0.insert(at, low_bits(length));
    }
}

/// The last seven bits.
fn low_bits(number: usize) -> u8 {
    u8::try_from(number & 0x7f).unwrap_or(0)
}
