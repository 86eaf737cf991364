//! Tables of who may do what: for each permission the roles that have it, and nobody else of those who hold the others.

use std::collections::{BTreeMap, BTreeSet};

use portcullis::engine::{Engine, reference};
use portcullis::facts::Facts;
use serde::Deserialize;

use super::{Case, Cases, Json};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Table {
    /// A user for each role.
    held_by: BTreeMap<String, String>,
    #[serde(default)]
    context: BTreeMap<String, Json>,
    /// What the caller says about each resource; `$who` is whoever asks.
    #[serde(default)]
    resource: BTreeMap<String, Json>,
    /// `incidents:close inc-1`, and the roles whose holders may.
    may: BTreeMap<String, BTreeSet<String>>,
}

impl Cases {
    /// One message for each cell that comes out another way than its table says.
    pub(crate) fn wrong_cells(&self, engine: &Engine, facts: &Facts) -> Vec<String> {
        let mut wrong = Vec::new();
        self.each_cell(|role, case, expected| {
            let question = self.question(case, engine).unwrap();
            let fast = engine.answer(facts, &question).is_allow();
            let naive = reference::decide(engine.policy(), facts, &question).is_allow();
            if fast != expected || naive != expected {
                wrong.push(format!("{role}: {case}: expected {expected}, engine {fast}, reference {naive}"));
            }
        });
        wrong
    }

    /// Whether any cell comes out another way, by the engine alone.
    pub(super) fn a_cell_notices(&self, engine: &Engine, facts: &Facts) -> bool {
        let mut noticed = false;
        self.each_cell(|_, case, expected| {
            noticed = noticed
                || self
                    .question(case, engine)
                    .is_none_or(|question| engine.answer(facts, &question).is_allow() != expected);
        });
        noticed
    }

    fn each_cell(&self, mut look: impl FnMut(&str, &Case, bool)) {
        for table in &self.tables {
            for (asks, roles) in &table.may {
                for (role, who) in &table.held_by {
                    let case = Case::of_cell(who, asks, table.context.clone(), table.resource_for(who));
                    look(role, &case, roles.contains(role));
                }
            }
        }
    }

    /// The permissions and the roles that tables ask about. Every table has to ask about all permissions, and to name no role
    /// that it has nobody for.
    pub(crate) fn covered(&self) -> (BTreeSet<String>, BTreeSet<String>) {
        let permissions = |table: &Table| -> BTreeSet<String> {
            table.may.keys().map(|asks| asks.split(' ').next().unwrap().to_owned()).collect()
        };
        let mut roles = BTreeSet::new();
        for table in &self.tables {
            assert_eq!(permissions(table), permissions(&self.tables[0]));
            for named in table.may.values().flatten() {
                assert!(table.held_by.contains_key(named), "nobody holds `{named}`");
            }
            roles.extend(table.held_by.keys().cloned());
        }
        (self.tables.first().map(permissions).unwrap_or_default(), roles)
    }
}

impl Table {
    fn resource_for(&self, who: &str) -> BTreeMap<String, Json> {
        let of_asker = |value: &Json| match value {
            Json::Text(text) if text == "$who" => Json::Text(who.to_owned()),
            other => other.clone(),
        };
        self.resource.iter().map(|(name, value)| (name.clone(), of_asker(value))).collect()
    }
}
