//! How texts and obligations are written into headers.

use super::*;
use crate::model::{Symbol, Value};

fn written(id: &str) -> String {
    text(Some(id)).unwrap().to_str().unwrap().to_owned()
}

#[test]
fn a_text_has_one_encoding_and_no_two_have_the_same() {
    for (id, expected) in [
        ("alice", "alice"),
        ("a@example.com", "a@example.com"),
        ("a b", "a%20b"),
        ("a%20b", "a%2520b"),
        ("a,b;c=\"d\"", "a,b;c=\"d\""),
        ("Z\u{fc}rich", "Z%C3%BCrich"),
        ("\u{1f600}", "%F0%9F%98%80"),
        ("a\r\nX: y", "a%0D%0AX:%20y"),
        ("\u{7f}\0\t", "%7F%00%09"),
        ("", ""),
    ] {
        assert_eq!(written(id), expected);
    }
    assert_eq!(text(None).unwrap(), "");
}

#[test]
fn obligations_are_ascii_json_without_blanks() {
    let directive = |name: &str, arguments: &[(&str, Value)]| Directive {
        name: Symbol::intern(name),
        arguments: arguments.iter().map(|(name, value)| (Symbol::intern(name), value.clone())).collect(),
    };
    let written = |directives: &[Directive]| {
        let directives: Vec<&Directive> = directives.iter().collect();
        json(&directives).unwrap().to_str().unwrap().to_owned()
    };
    assert_eq!(written(&[]), "[]");
    assert_eq!(written(&[directive("log", &[])]), r#"[{"id":"log"}]"#);
    let text = Value::String(Symbol::intern("a\"b\\ \u{e9}\u{1f600}\u{7f}\r\n</script>"));
    assert_eq!(
        written(&[directive("notify", &[("text", text), ("level", Value::Int(3))]), directive("log", &[])]),
        r#"[{"id":"notify","properties":{"text":"a\"b\\ \u00e9\ud83d\ude00\u007f\r\n</script>","level":3}},{"id":"log"}]"#
    );
}
