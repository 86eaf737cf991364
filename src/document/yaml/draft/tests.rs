//! Documents written again: their comments stay, and the rest is laid out.

use insta::assert_snapshot;

use super::super::{Bounds, parse, write};
use super::*;
use crate::document::{Problems, Source, Sources};

fn laid_out(text: &str) -> String {
    let mut sources = Sources::default();
    let id = sources.add(Source { name: "a.yaml".to_owned(), text: text.to_owned() });
    let mut problems = Problems::default();
    let document = parse(&sources, id, Bounds::FILE, &mut problems).unwrap();
    assert_eq!(problems.errors(), 0);
    match draft(text, &document, &mut |_, _| None) {
        Ok(draft) => write(&draft, 60),
        Err(place) => format!("no place for `{}`", &text.get(place).unwrap()),
    }
}

#[test]
fn comments_stay_beside_what_they_are_about() {
    assert_snapshot!(laid_out("# license


# about a
a:   # the key
    # the first
    - x   # beside x
    # the second


    # after a blank line
    -   yy: 1
        # inside
        z: [ 1,   2 ] # flow
        # at the end of the mapping
    # at the end of the list
# about b
b: |  # a block
      text # no comment
        more

c: 'it''s # none'   # quoted
d: {e: f, # first
   g: h
   # last
   }
nn:
# the end
"), @r#"
    # license

    # about a
    a:  # the key
    # the first
    - x  # beside x
    # the second

    # after a blank line
    - yy: 1
      # inside
      z: [1, 2]  # flow
      # at the end of the mapping
    # at the end of the list
    # about b
    b: |  # a block
      text # no comment
        more

    c: "it's # none"  # quoted
    d:
      e: f  # first
      g: h
      # last
    nn:
    # the end
    "#);
}

#[test]
fn what_was_open_stays_open() {
    assert_snapshot!(laid_out("a: {b: 1, c: [xx,yy]}
d:
  e:
  - 1
l: [aaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbbb, ccccccccccccccccc]
m: {}
s: some text
   over lines
f: >-
  folded over
  lines which are then too long for a single line of the document
'no': \"quoted\"
"), @r#"
    a: { b: 1, c: [xx, yy] }
    d:
      e:
      - 1
    l:
    - aaaaaaaaaaaaaaaaaaaaaaaaa
    - bbbbbbbbbbbbbbbbbbbbbbbbbbbb
    - ccccccccccccccccc
    m: {}
    s: some text over lines
    f: >-
      folded over lines which are then too long for a single
      line of the document
    "no": quoted
    "#);
}

#[test]
fn a_comment_far_behind_belongs_to_its_own_line() {
    let text = "a:
  b:
    c: 1
d: { e: f }      # far to the right
g:
- h
      # far to the right, too
i: j
";
    assert_eq!(
        laid_out(text),
        text.replace("      #", "  #")
            .replace("    # far", "  # far")
            .replace("  # far to the right, too", "# far to the right, too")
    );
}

#[test]
fn a_comment_in_empty_brackets_comes_below_them() {
    assert_eq!(laid_out("a: {\n  # nothing\n}\nb: [ # none\n]\n"), "a: {}\n# nothing\nb: []\n# none\n");
}

#[test]
fn documents_of_comments_alone_stay() {
    assert_eq!(laid_out("# nothing\n\n\n# yet\n"), "# nothing\n\n# yet\n");
    assert_eq!(laid_out(""), "");
}

#[test]
fn a_comment_behind_the_sign_of_a_block_stays_there() {
    let text = "# before\n- |  # lines\n  a\n  b\n\n- >-  # a word that is broken\n  ";
    let text = format!("{text}{}\n  {}\n- x  # x\n", "a".repeat(70), "b".repeat(70));
    assert_eq!(laid_out(&text), text);
}
