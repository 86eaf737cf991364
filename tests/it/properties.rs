//! The properties that `tests/fuzz` looks for a counter-example of, on all texts that there are.

#[path = "../fuzz/src/lib.rs"]
mod held;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The policies and facts below a folder, in either form.
fn texts(folder: &str) -> Vec<PathBuf> {
    let (mut found, mut open) = (Vec::new(), vec![root().join(folder)]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == "policy" || end == "yaml") {
                found.push(path);
            }
        }
    }
    found
}

#[test]
fn they_hold_of_every_text() {
    let all = ["policies", "examples", "tests/cases"].map(texts).concat();
    assert!(all.len() > 50, "{all:?}");
    for path in all {
        println!("{}", path.display());
        let bytes = fs::read(path).unwrap();
        for holds in [held::parse, held::check, held::fmt, held::yaml] {
            holds(&bytes);
        }
    }
}

/// A target that is not built, or built and not run, finds nothing.
#[test]
fn every_target_is_built_and_run() {
    let folder = root().join("tests/fuzz");
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let (manifest, run) = (read("Cargo.toml"), read("run"));
    let paths = manifest.lines().filter_map(|line| line.strip_prefix("path = \"fuzz_targets/"));
    let built: BTreeSet<&str> = paths.map(|rest| rest.strip_suffix(".rs\"").unwrap()).collect();
    let all = run.lines().find_map(|line| line.strip_prefix("all=(")?.strip_suffix(')')).unwrap();
    let files = fs::read_dir(folder.join("fuzz_targets")).unwrap().map(|entry| entry.unwrap().path());
    let files: BTreeSet<String> =
        files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(built, all.split(' ').collect());
    assert_eq!(built, files.iter().map(String::as_str).collect());
}

/// The packages of a lock file: each name's versions, and what Portcullis itself depends on.
fn locked(lock: &str) -> (BTreeMap<String, BTreeSet<String>>, BTreeSet<String>) {
    let text = fs::read_to_string(root().join(lock)).unwrap();
    let (mut versions, mut needed) = (BTreeMap::new(), BTreeSet::new());
    for package in text.split("[[package]]").skip(1) {
        let field = |key: &str| {
            let quoted = package.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "));
            quoted.unwrap().trim_matches('"').to_owned()
        };
        let name = field("name");
        if name == "portcullis" {
            let lines = package.lines().filter_map(|line| line.strip_prefix(" \"")?.split(['"', ' ']).next());
            needed.extend(lines.map(str::to_owned));
        }
        versions.entry(name).or_insert_with(BTreeSet::new).insert(field("version"));
    }
    (versions, needed)
}

/// What is fuzzed is what is shipped, and a run on a locked build does not stop at a dependency that came after.
#[test]
fn the_fuzzer_has_the_dependencies_of_portcullis() {
    let ((ours, needed), (theirs, needed_there)) = (locked("Cargo.lock"), locked("tests/fuzz/Cargo.lock"));
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let (_, for_tests) = manifest.split_once("[dev-dependencies]").unwrap();
    let for_tests = for_tests.split("\n[").next().unwrap().lines().filter_map(|line| line.split_once(" = "));
    let for_tests: BTreeSet<String> = for_tests.map(|(name, _)| name.to_owned()).collect();
    let missing: Vec<&String> =
        needed.difference(&needed_there).filter(|name| !for_tests.contains(*name)).collect();
    let others: Vec<&String> = needed_there.difference(&needed).collect();
    assert!(
        missing.is_empty() && others.is_empty(),
        "tests/fuzz/Cargo.lock lacks {missing:?}, has {others:?}: `cargo update --workspace` in tests/fuzz mends it"
    );
    for (name, versions) in &theirs {
        if let Some(known) = ours.get(name) {
            assert!(
                versions.is_subset(known),
                "{name}: tests/fuzz/Cargo.lock has {versions:?}, not {known:?}"
            );
        }
    }
}
