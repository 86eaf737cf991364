//! The properties that `tests/fuzz` looks for a counter-example of, on all texts that there are.

#[path = "../fuzz/src/lib.rs"]
mod held;

use std::collections::BTreeSet;
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
