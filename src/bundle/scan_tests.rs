//! Reading real directories, with everything that may stand in one.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;

use super::super::file::{is_ignored, kind_of};
use super::*;

fn made(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = directory.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    directory
}

/// Each file with its text, or with what is wrong with it.
fn seen(directory: &Path) -> Vec<String> {
    let scan = scan(directory, None).unwrap();
    let place = format!("{}/", directory.display());
    let described = |name: &String, seen: &Seen| match &seen.file.content {
        Ok(text) => format!("{name}: {text}"),
        Err(problem) => format!("{name}! {}", problem.message.replace(&place, "")),
    };
    scan.files.iter().map(|(name, file)| described(name, file)).collect()
}

/// What is wrong with the directory as a whole.
fn problem(directory: &Path) -> String {
    scan(directory, None).unwrap_err().problem.message.replace(&format!("{}", directory.display()), "DIR")
}

#[test]
fn policies_and_facts_are_read_in_the_order_of_their_names() {
    let directory = made(&[
        ("b.policy", "2"),
        ("a.policy", "1"),
        ("facts.yaml", "3"),
        ("team/x.facts.yaml", "5"),
        ("team/deep/y.policy", "4"),
        ("README.md", "no"),
    ]);
    assert_eq!(
        seen(directory.path()),
        ["a.policy: 1", "b.policy: 2", "facts.yaml: 3", "team/deep/y.policy: 4", "team/x.facts.yaml: 5"]
    );
}

#[test]
fn hidden_names_and_droppings_of_editors_are_passed_over() {
    let directory = made(&[
        ("a.policy", "1"),
        (".a.policy.swp", "x"),
        (".hidden.policy", "x"),
        (".git/b.policy", "x"),
        ("..2026/b.policy", "x"),
        ("a.policy~", "x"),
        ("#a.policy#", "x"),
        ("4913", "x"),
        (".policy", "x"),
        (".facts.yaml", "x"),
    ]);
    symlink("nobody@nowhere.1:1", directory.path().join(".#a.policy")).unwrap();
    assert_eq!(seen(directory.path()), ["a.policy: 1"]);
}

#[test]
fn yaml_that_is_no_facts_is_a_policy() {
    for (name, expected) in [
        ("a.policy", Some(Kind::Policy)),
        ("a.yaml", Some(Kind::Policy)),
        ("artefacts.yaml", Some(Kind::Policy)),
        ("facts.yaml", Some(Kind::Facts)),
        ("a.facts.yaml", Some(Kind::Facts)),
        ("facts.yml", Some(Kind::Other)),
        ("a.yml", Some(Kind::Other)),
        ("bundle.yml", Some(Kind::Other)),
        ("Bundle.yaml", Some(Kind::Other)),
        ("bundle.yaml", Some(Kind::Other)),
        ("my.bundle.yaml", Some(Kind::Policy)),
        ("tests.yaml", Some(Kind::Tests)),
        ("a.tests.yaml", Some(Kind::Tests)),
        ("contests.yaml", Some(Kind::Policy)),
        ("latest.yaml", Some(Kind::Policy)),
        ("a_test.yaml", Some(Kind::Other)),
        ("a-tests.yaml", Some(Kind::Other)),
        ("test.yaml", Some(Kind::Other)),
        ("a.test.yml", Some(Kind::Other)),
        ("Tests.yaml", Some(Kind::Other)),
        ("a_test.policy", Some(Kind::Policy)),
        ("a.Facts.yaml", Some(Kind::Other)),
        ("FACTS.yaml", Some(Kind::Other)),
        ("a.YAML", Some(Kind::Other)),
        ("a.Yml", Some(Kind::Other)),
        (".yaml", None),
        ("yaml", None),
        ("a.yaml.txt", None),
    ] {
        let found = if is_ignored(name) { None } else { kind_of(name) };
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn a_name_that_is_nearly_right_is_not_passed_over() {
    let directory =
        made(&[("a.policy", "1"), ("denies.Policy", "x"), ("facts.yml", "x"), ("people.yml", "x")]);
    assert_eq!(
        seen(directory.path()),
        [
            "a.policy: 1",
            "denies.Policy! `denies.Policy` is neither a policy nor a facts file",
            "facts.yml! `facts.yml` is neither a policy nor a facts file",
            "people.yml! `people.yml` is neither a policy nor a facts file",
        ]
    );
}

#[test]
fn what_is_no_regular_file_is_named_and_never_opened() {
    let directory = made(&[("a.policy", "1"), ("b.policy/c.policy", "x")]);
    let place = directory.path();
    assert!(Command::new("mkfifo").arg(place.join("pipe.policy")).status().unwrap().success());
    symlink("/dev/zero", place.join("zero.policy")).unwrap();
    symlink("/", place.join("root.policy")).unwrap();
    symlink("loop.policy", place.join("loop.policy")).unwrap();
    symlink("nothing", place.join("dangling.policy")).unwrap();
    symlink("nothing", place.join("dangling")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(place.join("socket.policy")).unwrap();
    assert_eq!(
        seen(place),
        [
            "a.policy: 1",
            "b.policy! `b.policy` is a directory, where a regular file is expected",
            "dangling! `dangling` is a symbolic link to nothing",
            "dangling.policy! `dangling.policy` is a symbolic link to nothing",
            "loop.policy! `loop.policy` is a symbolic link that leads back to itself",
            "pipe.policy! `pipe.policy` is a FIFO, where a regular file is expected",
            "root.policy! `root.policy` is a directory, where a regular file is expected",
            "socket.policy! `socket.policy` is a socket, where a regular file is expected",
            "zero.policy! `zero.policy` is a device, where a regular file is expected",
        ]
    );
}

#[test]
fn a_fifo_that_takes_the_place_of_a_file_after_it_was_listed_keeps_nobody_waiting() {
    let directory = made(&[]);
    let pipe = directory.path().join("pipe.policy");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let problem = read(&pipe, "pipe.policy", 10).unwrap_err();
    assert_eq!(problem.message, "`pipe.policy` is a FIFO, where a regular file is expected");
}

#[test]
fn links_are_followed_and_every_step_is_known() {
    let directory = made(&[("..1/a.policy", "1"), ("..1/nested/b.policy", "2")]);
    let place = directory.path().canonicalize().unwrap();
    symlink("..1", place.join("..data")).unwrap();
    symlink("..data/a.policy", place.join("a.policy")).unwrap();
    symlink("..data/nested", place.join("nested")).unwrap();
    assert_eq!(seen(&place), ["a.policy: 1", "nested/b.policy: 2"]);
    let scan = scan(&place, None).unwrap();
    let nested = &scan.files["nested/b.policy"].trail;
    assert_eq!(nested.links, [place.join("nested"), place.join("..data")]);
    assert_eq!(nested.end, place.join("..1/nested/b.policy"));
    let expected: BTreeSet<PathBuf> =
        [place.parent().unwrap().to_owned(), place.clone(), place.join("..1"), place.join("..1/nested")]
            .into();
    assert_eq!(scan.directories, expected);
}

#[test]
fn a_link_back_into_the_directory_is_a_problem_and_not_an_endless_walk() {
    let directory = made(&[("a.policy", "1"), ("team/b.policy", "2")]);
    symlink("..", directory.path().join("team/up")).unwrap();
    assert_eq!(
        seen(directory.path()),
        [
            "a.policy: 1",
            "team/b.policy: 2",
            "team/up! `team/up` is a symbolic link that leads back to itself"
        ]
    );
}

#[test]
fn what_is_not_text_or_too_large_is_a_problem_of_that_file() {
    let directory = made(&[("a.policy", "1"), ("empty.policy", "")]);
    fs::write(directory.path().join("latin.policy"), b"caf\xe9").unwrap();
    fs::write(directory.path().join("large.policy"), vec![b' '; Kind::Policy.bytes_max() + 1]).unwrap();
    assert_eq!(
        seen(directory.path()),
        [
            "a.policy: 1",
            "empty.policy: ",
            "large.policy! `large.policy` is larger than 1 MiB",
            "latin.policy! `latin.policy` is not UTF-8 text, from byte 3 on",
        ]
    );
}

#[test]
fn a_file_of_exactly_the_largest_size_is_read() {
    let directory = made(&[("a.policy", &" ".repeat(Kind::Policy.bytes_max()))]);
    assert_eq!(seen(directory.path())[0].len(), "a.policy: ".len() + 1024 * 1024);
}

#[test]
fn a_directory_that_is_none_is_a_problem_of_the_whole() {
    let directory = made(&[("file", "1"), ("a/b/c/d/e/f/g/h/i/deep.policy", "1")]);
    let place = directory.path();
    assert_eq!(problem(&place.join("missing")), "can't read `DIR`: it does not exist");
    assert_eq!(problem(&place.join("file")), "`DIR` is not a directory");
    assert_eq!(
        problem(place),
        "`DIR/a/b/c/d/e/f/g/h/i` lies more than 8 directories below the policy directory"
    );
    symlink("loop", place.join("loop")).unwrap();
    assert_eq!(problem(&place.join("loop")), "`DIR` is a symbolic link that leads back to itself");
}

#[test]
fn an_unreadable_sub_directory_is_a_problem_of_the_whole() {
    let directory = made(&[("a.policy", "1"), ("denies/b.policy", "2")]);
    let denies = directory.path().join("denies");
    fs::set_permissions(&denies, fs::Permissions::from_mode(0o000)).unwrap();
    let is_root = fs::read_dir(&denies).is_ok();
    if !is_root {
        assert_eq!(problem(directory.path()), "can't read `DIR/denies`: permission denied");
    }
    fs::set_permissions(&denies, fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn what_did_not_change_is_not_read_again() {
    let directory = made(&[("a.policy", "1"), ("b.policy", "1")]);
    let mut first = scan(directory.path(), None).unwrap();
    for seen in first.files.values_mut() {
        seen.age = STAMP_TRUSTED_AFTER;
    }
    fs::write(directory.path().join("b.policy"), "2").unwrap();
    let second = scan(directory.path(), Some(&first)).unwrap();
    assert!(Arc::ptr_eq(&first.files["a.policy"].file, &second.files["a.policy"].file));
    assert_eq!(second.files["b.policy"].file.content.as_deref(), Ok("2"));
}

#[test]
fn a_file_that_was_young_when_it_was_read_is_read_again() {
    let directory = made(&[("a.policy", "1")]);
    let first = scan(directory.path(), None).unwrap();
    let second = scan(directory.path(), Some(&first)).unwrap();
    assert!(!Arc::ptr_eq(&first.files["a.policy"].file, &second.files["a.policy"].file));
}
