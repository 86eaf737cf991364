//! The chapter "Write policies": each step adds its lines to one policy, and is asked about them.
//!
//! `UPDATE_CASES=1` writes what the commands print into the README; read it then.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::{Block, Line, blocks, prompts, readme, root, run};

const CHAPTER: &str = "\n## Write policies\n";

#[test]
fn the_tour_is_as_it_says() {
    let text = chapter(&readme()).to_owned();
    let dir = tempfile::tempdir().unwrap();
    let tour = dir.path().join("tour");
    fs::create_dir(&tour).unwrap();
    let mut policy = String::new();
    let mut told = text.clone();
    let mut asked = 0;
    let is_update = std::env::var_os("UPDATE_CASES").is_some();
    for block in blocks(&text) {
        match block.kind.as_str() {
            "policy" => {
                let gap = if policy.is_empty() { "" } else { "\n" };
                policy = policy + gap + &block.text;
                fs::write(tour.join("books.policy"), &policy).unwrap();
            }
            "yaml" => {
                let name = block.text.lines().next().and_then(|line| line.strip_prefix("# ")).unwrap();
                fs::write(tour.join(name), &block.text).unwrap();
            }
            "sh" => {
                let lines = prompts(&block.text);
                asked += lines.len();
                let printed = lines.iter().map(|line| answered(dir.path(), line)).collect::<String>();
                if is_update {
                    told = told.replacen(&fenced(&block), &format!("```sh\n{printed}```\n"), 1);
                } else {
                    assert_eq!(block.text, printed);
                }
            }
            other => panic!("{other} is nothing that the tour runs"),
        }
    }
    assert!(asked >= 10, "a step asks nothing");
    if is_update {
        fs::write(root().join("README.md"), readme().replacen(&text, &told, 1)).unwrap();
    }
    let checked = run(dir.path(), &format!("{BINARY} check tour"));
    assert!(!checked.contains("warning") && checked.starts_with("checked "), "{checked}");
    assert_eq!(run(dir.path(), &format!("{BINARY} fmt --check tour")), "", "a step is laid out otherwise");
}

#[test]
fn it_has_ten_steps() {
    let text = readme();
    let steps: Vec<&str> = chapter(&text).lines().filter(|line| line.starts_with("**")).collect();
    for (number, step) in (1..=10).zip(&steps) {
        assert!(step.starts_with(&format!("**{number}. ")), "{step}");
    }
    assert_eq!(steps.len(), 10);
}

const BINARY: &str = env!("CARGO_BIN_EXE_portcullis");

/// The command and what it prints, as the README has them.
fn answered(dir: &Path, line: &Line) -> String {
    let command = line.command.strip_prefix("portcullis ").unwrap();
    let mut text = String::new();
    let _ = writeln!(text, "$ {}", line.command);
    text + &run(dir, &format!("{BINARY} {command}"))
}

fn fenced(block: &Block) -> String {
    format!("```{}\n{}```\n", block.kind, block.text)
}

/// All but this chapter.
pub(super) fn left_out(text: &str) -> String {
    text.replacen(chapter(text), "", 1)
}

fn chapter(text: &str) -> &str {
    let (_, rest) = text.split_once(CHAPTER).unwrap();
    rest.split("\n## ").next().unwrap()
}
