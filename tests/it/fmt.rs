//! `fmt` on every policy there is and on made-up ones: it changes the layout and nothing else.

use std::fs;
use std::path::{Path, PathBuf};

use portcullis::document::{Source, SourceId, Sources};
use portcullis::language::syntax::tree::File;
use portcullis::language::syntax::{format, parse, print};

/// The tree of a text without its places. Places print as `Span { … }`, and nothing else of a tree does.
fn bare(file: &File<'_>) -> String {
    let debug = format!("{file:?}");
    let mut parts = debug.split("Span { source: ");
    let mut bare = parts.next().unwrap().to_owned();
    for part in parts {
        bare.push_str(part.split_once('}').unwrap().1);
    }
    bare
}

fn tree(text: &str) -> String {
    let (file, diagnostics) = parse(SourceId(0), text);
    assert!(diagnostics.is_empty(), "{diagnostics:?}\n{text}");
    bare(&file.unwrap())
}

fn comments(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.find("//").map(|at| line.split_at(at).1.trim_end())).collect()
}

/// Lays a text out, and holds everything that has to be true of any.
pub(crate) fn laid_out(text: &str) -> String {
    let formatted = format(SourceId(0), text).unwrap_or_else(|problems| panic!("{problems:?}\n{text}"));
    assert_eq!(format(SourceId(0), &formatted).unwrap(), formatted, "not idempotent");
    assert_eq!(tree(&formatted), tree(text), "another tree\n{formatted}");
    assert_eq!(comments(&formatted), comments(text));
    assert!(formatted.lines().all(|line| line.trim_end() == line), "space at an end\n{formatted}");
    assert!(!formatted.contains("\n\n\n"), "two blank lines\n{formatted}");
    // Without the author's text the same tree comes out, too.
    let (file, _) = parse(SourceId(0), text);
    let printed = print(&file.unwrap());
    assert_eq!(tree(&printed), tree(text), "another tree of the tree alone\n{printed}");
    assert_eq!(comments(&printed), Vec::<&str>::new());
    formatted
}

fn policies(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(policies(&path));
        } else if path.extension().is_some_and(|end| end == "policy") {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn shipped_policies_are_laid_out() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = policies(&root.join("policies"));
    files.extend(policies(&root.join("examples")));
    files.push(root.join("tests/cases/design.policy"));
    assert!(files.len() > 2, "{files:?}");
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(laid_out(&text), text, "run `portcullis fmt {}`", file.display());
    }
}

#[test]
fn every_case_is_laid_out_or_has_a_syntax_error() {
    let mut formatted = 0;
    for file in policies(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")) {
        let text = fs::read_to_string(&file).unwrap();
        let (tree, diagnostics) = parse(SourceId(0), &text);
        if tree.is_some() && diagnostics.is_empty() {
            laid_out(&text);
            formatted += 1;
        } else {
            assert!(format(SourceId(0), &text).is_err(), "{}", file.display());
        }
    }
    assert!(formatted > 20, "{formatted}");
}

/// The same text in other white space: every token on a line of its own, or all of a declaration on one.
fn stretched(text: &str, space: &str) -> String {
    let mut stretched = String::new();
    let mut is_text = false;
    for character in text.chars() {
        is_text ^= character == '"';
        if character == ' ' && !is_text { stretched.push_str(space) } else { stretched.push(character) }
    }
    stretched
}

#[test]
fn the_layout_does_not_depend_on_white_space_within_lines() {
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/docs.policy")).unwrap();
    let code: String = text.split_inclusive('\n').filter(|line| !line.starts_with("//")).collect();
    assert_eq!(laid_out(&stretched(&code, " \t ")), laid_out(&code));
    // A route's pattern and a name before its colon are all that may not be torn apart.
    laid_out(&stretched(&code, "\n"));
}

#[test]
fn a_comment_at_any_token_is_kept_or_refused() {
    let text =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/design.policy")).unwrap();
    let spaces: Vec<usize> = text.match_indices([' ', '\n']).map(|(at, _)| at).collect();
    let (mut kept, mut refused) = (0, 0);
    // Every one would take minutes.
    for at in spaces.into_iter().step_by(11) {
        for comment in [" // a comment\n", "\n// a comment\n"] {
            let (before, after) = text.split_at(at);
            let commented = format!("{before}{comment}{after}");
            // Within a text, a pattern or another comment it is none.
            if parse(SourceId(0), &commented).1.is_empty() && tree(&commented) == tree(&text) {
                match format(SourceId(0), &commented) {
                    Ok(_) => kept += usize::from(comments(&laid_out(&commented)).contains(&"// a comment")),
                    Err(_) => refused += 1,
                }
            }
        }
    }
    assert!(kept > refused && refused > 0, "{kept} kept, {refused} refused");
}

#[test]
fn what_is_too_large_or_too_deep_ends_in_time() {
    let wide = format!("package p\ndefine d = {}true\n", "true and ".repeat(2_000));
    assert_eq!(laid_out(&wide).lines().count(), 2_004);
    let deep = format!("package p\ndefine d = {}true{}\n", "(".repeat(64), ")".repeat(64));
    laid_out(&deep);
    let mut sources = Sources::default();
    let text = " ".repeat(2 * 1024 * 1024);
    let id = sources.add(Source { name: "large.policy".to_owned(), text });
    assert!(format(id, &sources.get(id).unwrap().text).is_err());
}
