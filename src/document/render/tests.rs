//! Diagnostics as people and machines are shown them.

use super::{coloured, json, plain};
use crate::document::{Code, Diagnostic, Source, Sources, Span};

fn sample() -> (Vec<Diagnostic>, Sources) {
    let mut sources = Sources::default();
    let first =
        sources.add(Source { name: "a.policy".to_owned(), text: "role é { }\nrole b { }\n".to_owned() });
    let second = sources.add(Source { name: "b.policy".to_owned(), text: "role b { }\n".to_owned() });
    let diagnostic = Diagnostic::error(Code::Duplicate, "the role `b` is declared twice")
        .at(Span::new(second, 5, 6), "again")
        .related(Span::new(first, 17, 18), "first declared here")
        .help("remove one");
    // A place outside of its file must not stop the others from being shown.
    let lost =
        Diagnostic::warning(Code::UnnamedDeny, "this deny has no name").at(Span::new(first, 900, 950), "");
    let everywhere = Diagnostic::error(Code::TooLarge, "there is too much of it");
    (vec![diagnostic, lost, everywhere], sources)
}

#[test]
fn text_shows_places_of_several_files() {
    let (diagnostics, sources) = sample();
    insta::assert_snapshot!(plain(&diagnostics, &sources), @r"
    error[P0202]: the role `b` is declared twice
     --> b.policy:1:6
      |
    1 | role b { }
      |      ^ again
      |
     ::: a.policy:2:6
      |
    2 | role b { }
      |      - first declared here
      |
      = help: remove one

    warning[P0404]: this deny has no name
     --> a.policy:2:12
      |
    2 | role b { }
      |           ^

    error[P0102]: there is too much of it
    ");
}

#[test]
fn colour_changes_nothing_but_the_colour() {
    let (diagnostics, sources) = sample();
    let text = coloured(&diagnostics, &sources);
    assert!(text.contains('\u{1b}'));
    let mut bare = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        bare.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    bare.push_str(rest);
    assert_eq!(bare, plain(&diagnostics, &sources));
}

#[test]
fn json_counts_lines_and_columns_from_one() {
    let (diagnostics, sources) = sample();
    let duplicate = serde_json::json!({
        "code": "P0202",
        "severity": "error",
        "message": "the role `b` is declared twice",
        "file": "b.policy",
        "line": 1,
        "column": 6,
        "end_line": 1,
        "end_column": 7,
        "label": "again",
        "related": [{
            "file": "a.policy",
            "line": 2,
            "column": 6,
            "end_line": 2,
            "end_column": 7,
            "label": "first declared here",
        }],
        "help": "remove one",
    });
    let values = json(&diagnostics, &sources);
    assert_eq!(values[0], duplicate);
    assert_eq!((&values[1]["severity"], &values[1]["line"]), (&"warning".into(), &3.into()));
    let everywhere = serde_json::json!({
        "code": "P0102", "severity": "error", "message": "there is too much of it", "related": [],
    });
    assert_eq!(values[2], everywhere);
}

#[test]
fn columns_count_characters() {
    let mut sources = Sources::default();
    let id = sources.add(Source { name: "a.policy".to_owned(), text: "\né é x".to_owned() });
    let found = Diagnostic::error(Code::Syntax, "no").at(Span::new(id, 7, 8), "");
    let value = &json(&[found], &sources)[0];
    assert_eq!((&value["line"], &value["column"], &value["end_column"]), (&2.into(), &5.into(), &6.into()));
}

#[test]
fn nothing_is_shown_as_nothing() {
    assert_eq!(plain(&[], &Sources::default()), "");
    assert_eq!(json(&[], &Sources::default()), serde_json::json!([]));
}
