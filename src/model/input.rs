//! Untyped data from outside, before a declared type makes a value of it.

use std::borrow::Cow;

/// What a wire format or a facts file says, with nothing decided yet about its type.
#[derive(Debug, Clone, PartialEq)]
pub enum Input<'a> {
    Null,
    Bool(bool),
    Int(i64),
    /// A number that is no integer of 64 bits: a fraction, or one too large.
    Decimal(f64),
    Text(Cow<'a, str>),
    List(Vec<Input<'a>>),
    Record(Vec<(Cow<'a, str>, Input<'a>)>),
}

impl Input<'_> {
    /// The member of a record.
    pub fn member(&self, name: &str) -> Option<&Input<'_>> {
        match self {
            Input::Record(members) => members.iter().find(|(key, _)| key == name).map(|(_, value)| value),
            Input::Null
            | Input::Bool(_)
            | Input::Int(_)
            | Input::Decimal(_)
            | Input::Text(_)
            | Input::List(_) => None,
        }
    }

    /// The same, without the text that it was read from.
    pub fn to_owned_input(&self) -> Input<'static> {
        match self {
            Input::Null => Input::Null,
            Input::Bool(value) => Input::Bool(*value),
            Input::Int(value) => Input::Int(*value),
            Input::Decimal(value) => Input::Decimal(*value),
            Input::Text(text) => Input::Text(Cow::Owned(text.to_string())),
            Input::List(items) => Input::List(items.iter().map(Input::to_owned_input).collect()),
            Input::Record(members) => Input::Record(
                members
                    .iter()
                    .map(|(key, value)| (Cow::Owned(key.to_string()), value.to_owned_input()))
                    .collect(),
            ),
        }
    }
}
