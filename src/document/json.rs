//! Strict JSON: a text from outside to [`Input`], or the reason why not.
//!
//! Stricter than the JSON library: a member given twice, an integer that would lose digits, a NUL, too much depth
//! or size are errors everywhere, also in members that nobody reads, so that no two parsers on the way can
//! understand one text differently.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::model::Input;
use crate::model::limits::{
    REQUEST_ATTRIBUTES_MAX, REQUEST_NESTING_MAX, REQUEST_SET_MAX, REQUEST_TEXT_BYTES_MAX,
};

/// Few objects of a request have more.
const USUAL_MEMBERS: usize = 4;
/// How the complaint about a list of too many elements begins.
pub const LIST_TOO_LONG: &str = "a list of more than";

/// Reads one JSON value that fills the whole text.
pub fn read(text: &str) -> Result<Input<'_>, serde_json::Error> {
    let mut json = serde_json::Deserializer::from_str(text);
    let value = Seed::default().deserialize(&mut json)?;
    json.end().map(|()| value)
}

/// A value at this depth.
#[derive(Debug, Clone, Copy, Default)]
pub struct Seed {
    depth: usize,
}

struct Key;

impl Seed {
    fn deeper<E: Error>(self) -> Result<Seed, E> {
        let depth = self.depth + 1;
        if depth > REQUEST_NESTING_MAX {
            return Err(E::custom(format_args!("nested more than {REQUEST_NESTING_MAX} deep")));
        }
        Ok(Seed { depth })
    }
}

impl<'de> DeserializeSeed<'de> for Seed {
    type Value = Input<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Input<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed {
    type Value = Input<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Input<'de>, E> {
        Ok(Input::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Input<'de>, E> {
        Ok(Input::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Input<'de>, E> {
        Ok(Input::Int(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Input<'de>, E> {
        i64::try_from(value).map(Input::Int).map_err(|_| too_large())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Input<'de>, E> {
        // From 2^53 on neighbouring integers share one float, and the library has turned long integers into floats.
        const SHARED: f64 = 9_007_199_254_740_992.0;
        if value.abs() >= SHARED {
            return Err(too_large());
        }
        Ok(Input::Decimal(value))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Input<'de>, E> {
        plain(text).map(Input::Text)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Input<'de>, E> {
        unescaped(text).map(Input::Text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Input<'de>, A::Error> {
        let seed = self.deeper()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(seed)? {
            if list.len() == REQUEST_SET_MAX {
                return Err(A::Error::custom(format_args!("{LIST_TOO_LONG} {REQUEST_SET_MAX} elements")));
            }
            list.push(item);
        }
        Ok(Input::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Input<'de>, A::Error> {
        let seed = self.deeper()?;
        let mut members: Vec<(Cow<'de, str>, Input<'de>)> = Vec::new();
        let mut seen = HashSet::new();
        while let Some(key) = entries.next_key_seed(Key)? {
            if members.len() == REQUEST_ATTRIBUTES_MAX {
                return Err(A::Error::custom(format_args!(
                    "an object of more than {REQUEST_ATTRIBUTES_MAX} members"
                )));
            }
            if is_repeated(&key, &members, &mut seen) {
                return Err(A::Error::custom(format_args!(
                    "the member `{}` is given twice",
                    key.escape_debug()
                )));
            }
            let value = entries.next_value_seed(seed)?;
            if members.capacity() == 0 {
                members = Vec::with_capacity(USUAL_MEMBERS);
            }
            members.push((key, value));
        }
        Ok(Input::Record(members))
    }
}

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cow<'de, str>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member's name")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Cow<'de, str>, E> {
        plain(text)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Cow<'de, str>, E> {
        unescaped(text)
    }
}

/// Whether the object has the key already. Small objects are searched; large ones get a set, so that a hostile body
/// can't make the search quadratic.
fn is_repeated(key: &str, members: &[(Cow<'_, str>, Input<'_>)], seen: &mut HashSet<String>) -> bool {
    const SMALL: usize = 16;
    if members.len() < SMALL {
        return members.iter().any(|(known, _)| known == key);
    }
    if seen.is_empty() {
        seen.extend(members.iter().map(|(known, _)| known.to_string()));
    }
    !seen.insert(key.to_owned())
}

/// A text that stands in the body as it is: the library has seen to it that there is no control character in it.
fn plain<E: Error>(text: &str) -> Result<Cow<'_, str>, E> {
    if text.len() > REQUEST_TEXT_BYTES_MAX {
        return Err(E::custom(format_args!("a text of more than {REQUEST_TEXT_BYTES_MAX} bytes")));
    }
    Ok(Cow::Borrowed(text))
}

/// A text that was written with escapes, which can say a NUL too.
fn unescaped<'de, E: Error>(text: &str) -> Result<Cow<'de, str>, E> {
    let text = plain(text)?;
    if text.contains('\0') {
        return Err(E::custom("a text with a NUL character"));
    }
    Ok(Cow::Owned(text.into_owned()))
}

fn too_large<E: Error>() -> E {
    E::custom("a number too large to be exact")
}
