//! Escapes of invisible characters: YAML has one in conditions, and none in its own texts.

use insta::assert_snapshot;

use super::super::format;
use crate::document::{Source, Sources, render};
use crate::language::syntax::Form;

fn in_yaml(text: &str) -> String {
    let mut sources = Sources::default();
    let id = sources.add(Source { name: "p.policy".to_owned(), text: text.to_owned() });
    format(&sources, id, Form::Yaml).unwrap_or_else(|problems| render::plain(&problems, &sources))
}

#[test]
fn an_escape_that_yaml_has_not_is_told_where_it_stands() {
    assert_snapshot!(in_yaml(r#"package p
deny *:read named a
  when    subject.name == "a\u{200b}b" or subject.name == "\"c"
  because "a\u{200c}b"
"#), @r#"
    error[P0130]: this text can't be written in YAML, where nothing invisible may stand
     --> p.policy:4:11
      |
    4 |   because "a\u{200c}b"
      |           ^^^^^^^^^^^^
      |
      = help: nobody can see the character, so remove its escape
    "#);
    assert_snapshot!(in_yaml("package p\ndeny *:read named a\n  when subject.name == \"a\\u{200b}b\"\n"), @r#"
    package: p

    rules:
    - deny: "*:read"
      named: a
      when: subject.name == "a\u{200b}b"
    "#);
}
