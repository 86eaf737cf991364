//! Obligations, advice and their values, as they are written in JSON.

use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::language::policy::Directive;
use crate::model::{Symbol, Value};

/// A core type as it is written in answers.
pub(super) struct Wire<T>(pub(super) T);

impl Serialize for Wire<&Directive> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", self.0.name.text())?;
        if !self.0.arguments.is_empty() {
            map.serialize_entry("properties", &Wire(self.0.arguments.as_slice()))?;
        }
        map.end()
    }
}

impl Serialize for Wire<&[(Symbol, Value)]> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0 {
            map.serialize_entry(name.text(), &Wire(value))?;
        }
        map.end()
    }
}

impl Serialize for Wire<&Value> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Int(value) => serializer.serialize_i64(*value),
            Value::String(text) => serializer.serialize_str(text.text()),
            Value::Ip(address) => serializer.collect_str(address),
            Value::Network(network) => serializer.collect_str(network),
            Value::Instant(instant) => serializer.collect_str(instant),
            Value::Date(date) => serializer.collect_str(date),
            Value::Time(time) => serializer.collect_str(time),
            Value::Duration(duration) => serializer.collect_str(duration),
            Value::Entity(entity) => {
                let mut map = serializer.serialize_map(Some(2))?;
                map.serialize_entry("type", entity.kind.text())?;
                map.serialize_entry("id", entity.id.text())?;
                map.end()
            }
            Value::Set(values) => {
                // In memory texts are sorted by their numbers, which differ from process to process.
                let mut sorted: Vec<&Value> = values.iter().collect();
                sorted.sort_by_key(|value| text(value));
                let mut list = serializer.serialize_seq(Some(sorted.len()))?;
                for value in sorted {
                    list.serialize_element(&Wire(value))?;
                }
                list.end()
            }
            Value::Record(members) => Wire(&**members).serialize(serializer),
        }
    }
}

/// What orders values that are texts; the others are in order already.
fn text(value: &Value) -> (&'static str, &'static str) {
    match value {
        Value::String(text) => (text.text(), ""),
        Value::Entity(entity) => (entity.kind.text(), entity.id.text()),
        Value::Bool(_)
        | Value::Int(_)
        | Value::Ip(_)
        | Value::Network(_)
        | Value::Instant(_)
        | Value::Date(_)
        | Value::Time(_)
        | Value::Duration(_)
        | Value::Set(_)
        | Value::Record(_) => ("", ""),
    }
}
