//! What a `bundle.yaml` lets pass, and what it says of the rest.

use super::super::file::{Kind, kind_of};
use super::*;

fn files(files: &[(&str, &str)]) -> Files {
    let file = |name: &str, text: &str| {
        let kind = kind_of(name).unwrap();
        Arc::new(File::new(name.to_owned(), format!("p/{name}"), kind, Ok(text.as_bytes().to_vec())))
    };
    files.iter().map(|(name, text)| ((*name).to_owned(), file(name, text))).collect()
}

fn manifest(text: &str) -> File {
    let content = Ok(text.as_bytes().to_vec());
    File::new(NAME.to_owned(), format!("p/{NAME}"), Kind::Manifest, content)
}

fn told(text: &str, present: &[(&str, &str)]) -> String {
    check(&manifest(text), &files(present)).unwrap_err().to_string()
}

/// What `sha256sum` says of the text `a`, and of `b`.
const A: &str = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";
const B: &str = "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d";

#[test]
fn the_hashes_are_those_of_sha256sum() {
    let present = [("a.policy", "a"), ("team/facts.yaml", "b")];
    let text = format!("files: {{ a.policy: {A}, team/facts.yaml: \"{}\" }}", B.to_uppercase());
    assert!(check(&manifest(&text), &files(&present)).is_ok());
}

#[test]
fn what_is_written_is_what_is_there_whatever_the_names() {
    let present = [("a.policy", "a"), ("0x1.policy", "b"), ("a b: #c'\"\\.policy", "c"), ("é.policy", "d")];
    let present = files(&present);
    let written = Manifest::of(&present);
    assert!(written.text.contains(&format!("\n  a.policy: \"{A}\"\n")), "{}", written.text);
    let told = check(&manifest(&written.text), &present).map_err(|error| error.to_string());
    assert_eq!(told, Ok(()));
}

#[test]
fn every_file_that_differs_is_named() {
    let text = format!("files:\n  a.policy: \"{A}\"\n  b.policy: \"{A}\"\n  c.policy: \"{A}\"\n");
    let told = told(&text, &[("a.policy", "a"), ("b.policy", "b"), ("d.policy", "d")]);
    let errors: Vec<&str> = told.lines().filter_map(|line| line.strip_prefix("error[P0125]: ")).collect();
    assert_eq!(
        errors,
        [
            "`p/b.policy` is not the file that is listed",
            "`c.policy` is listed, but is not there",
            "`p/d.policy` is not listed in `p/bundle.yaml`",
        ]
    );
    assert!(told.contains(&format!("its SHA-256 is {B}")), "{told}");
    assert!(told.contains("--> p/bundle.yaml:4:3\n"), "{told}");
}

#[test]
fn a_list_that_is_none_lets_nothing_pass() {
    for text in ["", "files:", "files: {}", "files: []", "a.policy: x", "{", "files: {a.policy: }", "- files"]
    {
        assert!(check(&manifest(text), &files(&[("a.policy", "a")])).is_err(), "{text}");
    }
    let twice = format!("files: {{ a.policy: {A}, a.policy: {A} }}");
    assert!(check(&manifest(&twice), &files(&[("a.policy", "a")])).is_err());
    let more = format!("files: {{ a.policy: {A} }}\nalso: {{ b.policy: {B} }}");
    assert!(check(&manifest(&more), &files(&[("a.policy", "a")])).is_err());
}

#[test]
fn a_hash_that_is_none_is_shown() {
    let first =
        |text: &str| told(text, &[("a.policy", "a")]).lines().next().map(str::to_owned).unwrap_or_default();
    let expected = "a SHA-256 in 64 hexadecimal digits";
    assert_eq!(first("files: { a.policy: 9f86 }"), format!("error[P0805]: `9f86` is not {expected}"));
    let number = format!("error[P0805]: expected {expected}, found the number `12`");
    assert_eq!(first("files: { a.policy: 12 }"), number);
}

#[test]
fn a_manifest_that_cannot_be_read_is_not_one_that_is_not_there() {
    let gone =
        File::new(NAME.to_owned(), "p".to_owned(), Kind::Manifest, Err(problem::dangling("p/bundle.yaml")));
    let error = check(&gone, &files(&[])).unwrap_err();
    assert_eq!(error.kind, LoadErrorKind::Unreadable);
}

#[test]
fn a_listed_file_that_cannot_be_read_is_told_of_as_such() {
    let mut present = files(&[("a.policy", "a")]);
    let torn = File::new("b.policy".to_owned(), "p/b.policy".to_owned(), Kind::Policy, Ok(vec![0xff]));
    present.insert("b.policy".to_owned(), Arc::new(torn));
    let text = format!("files: {{ a.policy: {A}, b.policy: {B} }}");
    let error = check(&manifest(&text), &present).unwrap_err();
    assert_eq!(
        error.to_string(),
        "error[P0101]: `p/b.policy` is not UTF-8 text, from byte 0 on\n |\n = help: save the file as UTF-8\n"
    );
}
