//! Guards can be taken out of debug builds with the feature `sabotage`, and of nothing else.

use std::path::Path;
use std::process::{Command, Output};

/// Compiles a file into this folder. Nothing is linked.
fn compiled(file: &Path, folder: &Path, arguments: &[&str]) -> Output {
    let mut rustc = Command::new(Path::new(env!("CARGO")).with_file_name("rustc"));
    rustc.args(["--edition", "2024", "--crate-type", "lib", "--emit", "metadata", "--out-dir"]).arg(folder);
    rustc.args(arguments).arg(file).output().expect("the compiler that tests are compiled with")
}

const FEATURE: &[&str] = &["--cfg", "feature=\"sabotage\""];
const DEBUG: &[&str] = &["-C", "debug-assertions=on"];
const RELEASE: &[&str] = &["-C", "debug-assertions=off"];

#[test]
fn a_release_build_refuses_the_feature() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let guards = root.join("src/sabotage.rs");
    let folder = tempfile::tempdir().unwrap();
    let becomes = |arguments: &[&[&str]]| compiled(&guards, folder.path(), &arguments.concat());
    assert!(becomes(&[FEATURE, DEBUG]).status.success());
    let refused = becomes(&[FEATURE, RELEASE]);
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(!refused.status.success() && said.contains("no release build can have it"), "{said}");
    // Nothing makes a release build a debug build.
    let manifest = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
    assert!(!manifest.contains("debug-assertions"), "{manifest}");
}

/// What is constant is not asked of the environment.
#[test]
fn without_the_feature_every_guard_stands() {
    let guards = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sabotage.rs");
    let folder = tempfile::tempdir().unwrap();
    let user = folder.path().join("user.rs");
    std::fs::write(&user, "const _: () = assert!(sabotage::Guard::Labels.stands());\n").unwrap();
    let library = format!("sabotage={}", folder.path().join("libsabotage.rmeta").display());
    let is_constant = |more: &[&str]| {
        assert!(compiled(&guards, folder.path(), &[DEBUG, more].concat()).status.success());
        let used = compiled(&user, folder.path(), &[&["--extern", &library][..], DEBUG].concat());
        (used.status.success(), String::from_utf8(used.stderr).unwrap())
    };
    assert_eq!(is_constant(&[]), (true, String::new()));
    let (is_constant, said) = is_constant(FEATURE);
    assert!(!is_constant && said.contains("non-const"), "{said}");
}
