//! `check --limits`: every bound there is, with its meaning.

#[cfg(test)]
#[path = "limits_tests.rs"]
mod tests;

use serde_json::{Value, json};

use crate::model::limits;

/// The values by the names of their constants.
const VALUES: &[(&str, usize)] = &[
    ("SOURCE_BYTES_MAX", limits::SOURCE_BYTES_MAX),
    ("POLICY_BYTES_MAX", limits::POLICY_BYTES_MAX),
    ("POLICY_TOKENS_MAX", limits::POLICY_TOKENS_MAX),
    ("DECLARATIONS_MAX", limits::DECLARATIONS_MAX),
    ("FACTS_BYTES_MAX", limits::FACTS_BYTES_MAX),
    ("TOKEN_BYTES_MAX", limits::TOKEN_BYTES_MAX),
    ("DECLARATION_TOKENS_MAX", limits::DECLARATION_TOKENS_MAX),
    ("YAML_NODES_MAX", limits::YAML_NODES_MAX),
    ("FACTS_NODES_MAX", limits::FACTS_NODES_MAX),
    ("YAML_NESTING_MAX", limits::YAML_NESTING_MAX),
    ("PROBLEMS_MAX", limits::PROBLEMS_MAX),
    ("FACTS_SET_MAX", limits::FACTS_SET_MAX),
    ("ANCESTORS_MAX", limits::ANCESTORS_MAX),
    ("FACTS_ID_BYTES_MAX", limits::FACTS_ID_BYTES_MAX),
    ("BUNDLE_FILES_MAX", limits::BUNDLE_FILES_MAX),
    ("BUNDLE_ENTRIES_MAX", limits::BUNDLE_ENTRIES_MAX),
    ("BUNDLE_DEPTH_MAX", limits::BUNDLE_DEPTH_MAX),
    ("BUNDLE_BYTES_MAX", limits::BUNDLE_BYTES_MAX),
    ("TYPES_MAX", limits::TYPES_MAX),
    ("ATTRIBUTES_MAX", limits::ATTRIBUTES_MAX),
    ("PERMISSIONS_MAX", limits::PERMISSIONS_MAX),
    ("ROLES_MAX", limits::ROLES_MAX),
    ("TARGETS_MAX", limits::TARGETS_MAX),
    ("NESTING_MAX", limits::NESTING_MAX),
    ("CONDITION_NODES_MAX", limits::CONDITION_NODES_MAX),
    ("QUANTIFIERS_MAX", limits::QUANTIFIERS_MAX),
    ("CONDITION_STEPS_MAX", limits::CONDITION_STEPS_MAX),
    ("POLICY_NODES_MAX", limits::POLICY_NODES_MAX),
    ("CONSTRAINED_PERMISSIONS_MAX", limits::CONSTRAINED_PERMISSIONS_MAX),
    ("ROUTES_MAX", limits::ROUTES_MAX),
    ("ROUTE_SEGMENTS_MAX", limits::ROUTE_SEGMENTS_MAX),
    ("REQUEST_SET_MAX", limits::REQUEST_SET_MAX),
    ("REQUEST_ATTRIBUTES_MAX", limits::REQUEST_ATTRIBUTES_MAX),
    ("REQUEST_NESTING_MAX", limits::REQUEST_NESTING_MAX),
    ("REQUEST_TEXT_BYTES_MAX", limits::REQUEST_TEXT_BYTES_MAX),
    ("FORWARDED_ADDRESSES_MAX", limits::FORWARDED_ADDRESSES_MAX),
    ("UPSTREAM_BYTES_MAX", limits::UPSTREAM_BYTES_MAX),
    ("PATH_STEPS_MAX", limits::PATH_STEPS_MAX),
    ("RECORD_NESTING_MAX", limits::RECORD_NESTING_MAX),
    ("PRIORITY_MAX", limits::PRIORITY_MAX as usize),
    ("IDENTIFIER_BYTES_MAX", limits::IDENTIFIER_BYTES_MAX),
    ("ORGANIZATION_DEPTH_MAX", limits::ORGANIZATION_DEPTH_MAX),
    ("DURATION_DAYS_MAX", limits::DURATION_DAYS_MAX as usize),
    ("PATTERN_BYTES_MAX", limits::PATTERN_BYTES_MAX),
    ("PATTERN_SIZE_MAX", limits::PATTERN_SIZE_MAX),
    ("PATTERNS_SIZE_MAX", limits::PATTERNS_SIZE_MAX),
    ("PATTERNS_MAX", limits::PATTERNS_MAX),
    ("TLS_FILE_BYTES_MAX", limits::TLS_FILE_BYTES_MAX),
    ("BEARER_BYTES_MAX", limits::BEARER_BYTES_MAX),
    ("KEY_SET_BYTES_MAX", limits::KEY_SET_BYTES_MAX),
    ("KEY_SET_KEYS_MAX", limits::KEY_SET_KEYS_MAX),
    ("ISSUERS_MAX", limits::ISSUERS_MAX),
    ("API_KEYS_MAX", limits::API_KEYS_MAX),
    ("TOKEN_ROLES_MAX", limits::TOKEN_ROLES_MAX),
];

/// What each means stands once, beside its constant.
const SOURCE: &str = include_str!("../model/limits.rs");

/// A line for each limit: its name, its value, what it bounds.
pub fn text() -> String {
    let name_width = VALUES.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let value_width = VALUES.iter().map(|(_, value)| value.to_string().len()).max().unwrap_or(0);
    let line = |(name, value): &(&str, usize)| {
        format!("{:name_width$}  {value:>value_width$}  {}\n", name.to_lowercase(), meaning(name))
    };
    VALUES.iter().map(line).collect()
}

pub fn json() -> Value {
    let limit = |(name, value): &(&str, usize)| json!({ "name": name.to_lowercase(), "value": value, "meaning": meaning(name) });
    json!({ "limits": VALUES.iter().map(limit).collect::<Vec<_>>() })
}

/// The comment above a constant, in one line.
fn meaning(name: &str) -> String {
    let mut comment = Vec::new();
    for line in SOURCE.lines() {
        if let Some(text) = line.strip_prefix("/// ") {
            comment.push(text);
        } else if line.starts_with(&format!("pub const {name}: ")) {
            break;
        } else {
            comment.clear();
        }
    }
    comment.join(" ")
}
