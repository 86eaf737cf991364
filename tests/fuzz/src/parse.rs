//! Any text has a tree, or an error that says why it has none.

use portcullis::language::syntax;

use super::chance::Chance;
use super::tell::{has_errors, tell};
use super::{POLICY, file};

pub fn parse(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (sources, id) = file(POLICY, &text);
    let (tree, diagnostics) = syntax::parse(id, &text);
    tell(&diagnostics, &sources, &mut Chance::of(&text));
    let is_good = !has_errors(&diagnostics);
    let Some(tree) = tree else {
        assert!(!is_good, "neither a tree nor an error");
        return;
    };
    assert!(!is_good || tree.is_complete, "something is missing, and nothing is wrong");
    let mut at = 0;
    for declaration in &tree.declarations {
        let range = declaration.span().range();
        assert!(at <= range.start, "a declaration begins inside of another: {declaration:?}");
        assert!(text.get(range.clone()).is_some_and(|text| !text.is_empty()), "{declaration:?}");
        at = range.end;
    }
}
