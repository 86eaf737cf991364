//! Every rule of the tidy test, broken once.

use super::{in_map, in_source, in_text};

/// The complaints about a source file with this text after its `//!` line.
fn source(name: &str, code: &str) -> Vec<String> {
    in_source(name, &format!("//! A module.\n{code}"))
}

#[track_caller]
fn complains(complaints: &[String], of: &str) {
    assert!(
        complaints.len() == 1 && complaints[0].contains(of),
        "expected one complaint of {of}: {complaints:?}"
    );
}

#[track_caller]
fn is_fine(complaints: &[String]) {
    assert!(complaints.is_empty(), "{complaints:?}");
}

#[test]
fn imports_point_down() {
    complains(&source("src/model/value.rs", "use crate::engine::Engine;"), "imports point downwards");
    complains(&source("src/facts/load.rs", "use crate::language::policy::Rule;"), "side by side");
    complains(&source("src/config/mod.rs", "use crate::language::policy::Rule;"), "only model and document");
    complains(&source("src/model/mod.rs", "use super::facts::Facts;"), "`model` may not know `facts`");
    complains(
        &source("src/model/a/b.rs", "use super::super::super::facts::Facts;"),
        "`model` may not know `facts`",
    );
    complains(
        &source("src/language/check.rs", "use crate::{\n  model::{Id, Table},\n  engine::{Engine},\n};"),
        "`language` may not know `engine`",
    );
    complains(
        &source("src/engine/index.rs", "fn f(w: &crate::service::World) {}"),
        "imports point downwards",
    );
    complains(&source("src/engine/index_tests.rs", "use crate::service::World;"), "imports point downwards");
    is_fine(&source(
        "src/engine/index.rs",
        "use crate::model::Id; use super::Question; use crate::facts::Facts;",
    ));
    is_fine(&source(
        "src/model/value.rs",
        "// use crate::engine::Engine;\nconst A: &str = \"crate::engine\";",
    ));
}

#[test]
fn crates_have_one_room() {
    complains(&source("src/facts/load.rs", "use serde_yaml::Value;"), "only `document` may name");
    complains(&source("src/document/a.rs", "use ::pest::Parser;"), "only `language` may name");
    complains(
        &source("src/service/mod.rs", "fn f() -> hyper::Method {}"),
        "only `server` and `pep` may name",
    );
    is_fine(&source("src/language/parse.rs", "use pest::Parser; #[derive(pest_derive::Parser)]"));
    is_fine(&source("src/document/yaml.rs", "fn budapest() { crate::document::pest::f() }"));
}

#[test]
fn pure_rooms_are_pure() {
    complains(&source("src/engine/decide.rs", "let now = std::time::SystemTime::now();"), "`SystemTime`");
    complains(&source("src/language/load.rs", "let text = std::fs::read(path)?;"), "`std::fs`");
    complains(&source("src/facts/mod.rs", "tokio::spawn(f)"), "the crate tokio");
    complains(&source("src/model/value.rs", "#[derive(Serialize)]\nstruct Value;"), "not serialized");
    complains(&source("src/engine/mod.rs", "use crate::language::syntax::Expr;"), "never sees syntax");
    is_fine(&source("src/model/instant.rs", "use std::net::IpAddr; use super::Instant;"));
}

#[test]
fn nothing_escapes_the_lints() {
    complains(&source("src/cli/mod.rs", "let x = 1;\n    assert!(x);"), "line 3 asserts");
    is_fine(&source("src/cli/mod.rs", "// It was counted above.\nassert!(x);"));
    complains(&source("src/cli/mod.rs", "#[allow(dead_code)]"), "`#[allow(`");
    complains(&source("src/cli/mod.rs", "#[expect(clippy::unwrap_used, reason = \"\")]"), "match on it");
    is_fine(&source("src/cli/mod.rs", "debug_assert!(x);"));
    is_fine(&source("src/cli/tests.rs", "assert!(x);"));
    complains(&in_source("src/cli/mod.rs", "fn main() {}"), "open the module");
}

#[test]
fn files_stay_small_and_belong_to_no_machine() {
    let registry = ["https:", "//registry.", "npmjs.org/x"].concat();
    complains(&in_text("README.md", &format!("see {registry}")), "not among the hosts");
    complains(&in_text("README.md", &["cd /", "home/me"].concat()), "a place on one machine");
    complains(&in_text("src/a.rs", &"x\n".repeat(501)), "501 lines");
    is_fine(&in_text("src/a.rs", &"x\n".repeat(500)));
    is_fine(&in_text("README.md", "http://127.0.0.1:8181/ https://app.example.com/ examples/home/x"));
    let foreign = ["source = \"registry+https:", "//mirror.example.com/index\""].concat();
    complains(&in_text("Cargo.lock", &foreign), "from the registry");
}

#[test]
fn the_map_names_every_room() {
    complains(&in_map("//! `model`: the bottom.\npub mod model;\npub mod engine;"), "the room `engine`");
    complains(&in_map("//! `utils`: things.\npub mod utils;"), "no room of the house");
    is_fine(&in_map("//! - `model`: the bottom.\npub mod model;"));
}
