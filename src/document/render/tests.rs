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

/// One source and a diagnostic at the first of these texts in it, the others related.
fn about(text: &str, places: &[&str]) -> String {
    let mut sources = Sources::default();
    let id = sources.add(Source { name: "a.policy".to_owned(), text: text.to_owned() });
    let mut spans = places.iter().map(|place| {
        let at = text.find(place).unwrap();
        Span::new(id, at, at + place.len())
    });
    let first = Diagnostic::error(Code::Syntax, "no").at(spans.next().unwrap(), "here");
    plain(&[spans.fold(first, |diagnostic, span| diagnostic.related(span, "there"))], &sources)
}

#[test]
fn a_long_line_is_shown_around_its_places() {
    let line = |number: usize| format!("{}\n", format!("line{number} ").repeat(20_000));
    let text = format!("{}é {}WRONG {}{}OTHER", line(1), line(2).trim_end(), line(2), line(3));
    insta::assert_snapshot!(about(&text, &["WRONG"]), @r"
    error[P0101]: no
     --> a.policy:2:120002
      |
    2 | ... line2 line2 line2 line2 line2 line2 line2 line2 line2 line2WRONG line2 line2 line2 line2 line2 line2 line2 line2 line2 line2 line...
      |                                                                ^^^^^ here
    ");
    insta::assert_snapshot!(about(&text, &["WRONG", "OTHER"]), @r"
    error[P0101]: no
     --> a.policy:2:120002
      |
    2 | ... line2 line2 line2 line2 line2 line2 line2 line2 line2 line2WRONG line2 line2 line2 line2 line2 line2 line2 line2 line2 line2 line...
      |                                                                ^^^^^ here
      |
     ::: a.policy:4:1
      |
    4 | OTHER
      | ----- there
    ");
    let wide = text.split('\n').nth(1).unwrap();
    let shown = about(&text, &[wide]);
    assert!(shown.contains(" --> a.policy:2:1\n"), "{shown}");
    assert!(shown.lines().count() == 5 && shown.len() < 800, "{shown}");
}

#[test]
fn places_far_apart_are_shown_apart() {
    let many = "role r { }\n".repeat(1_000);
    let text = format!("FIRST\n\n\n\n\nNEAR\n{many}FAR\n");
    insta::assert_snapshot!(about(&text, &["FAR", "FIRST", "NEAR"]), @r"
    error[P0101]: no
        --> a.policy:1007:1
         |
    1007 | FAR
         | ^^^ here
         |
        ::: a.policy:1:1
         |
       1 | FIRST
         | ----- there
    ...
       6 | NEAR
         | ---- there
    ");
    insta::assert_snapshot!(about(&text, &["FIRST", "NEAR", "FAR"]), @r"
    error[P0101]: no
        --> a.policy:1:1
         |
       1 | FIRST
         | ^^^^^ here
    ...
       6 | NEAR
         | ---- there
         |
        ::: a.policy:1007:1
         |
    1007 | FAR
         | --- there
    ");
}
