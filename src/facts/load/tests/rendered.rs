//! How the mistakes of a facts file look to whoever made them.

use super::load_texts;
use crate::document::render;

fn rendered(texts: &[&str]) -> String {
    let (sources, _, diagnostics) = load_texts(texts);
    render::plain(&diagnostics, &sources)
}

#[test]
fn mistakes_are_underlined_in_the_file() {
    let file = "\
package: hackai

organizations:
  acme: { monthly_budget: 1_000 }

subjects:
  user:
    alice:
      departmnt: Security
      in: [soc]
      roles:
        - { role: analyst, scope: acmee, granted_by: root, reason: no }
        - role: viewer
          scope: personal
          granted_by: root
          reason: joined
        - { role: analyst, granted_by: root, reason: joined }
";
    insta::assert_snapshot!(rendered(&[file]), @r#"
    error[P0803]: readers of YAML disagree about which number `1_000` is, or whether it is text
     --> 0.facts.yaml:4:27
      |
    4 |   acme: { monthly_budget: 1_000 }
      |                           ^^^^^
      |
      = help: write `"1_000"` in quotes if it is text; write a number as plain digits

    error[P0201]: `user` has no attribute `departmnt`
     --> 0.facts.yaml:9:7
      |
    9 |       departmnt: Security
      |       ^^^^^^^^^
      |
      = help: did you mean `department`?

    error[P0702]: no facts list the group `soc`
      --> 0.facts.yaml:10:12
       |
    10 |       in: [soc]
       |            ^^^

    error[P0701]: no facts list the organization `acmee`
      --> 0.facts.yaml:12:35
       |
    12 |         - { role: analyst, scope: acmee, granted_by: root, reason: no }
       |                                   ^^^^^
       |
       = help: did you mean `acme`?

    error[P0803]: `no` means false to some readers of YAML and is text to others
      --> 0.facts.yaml:12:68
       |
    12 |         - { role: analyst, scope: acmee, granted_by: root, reason: no }
       |                                                                    ^^
       |
       = help: write `"no"` in quotes if it is text, `false` if it is not

    error[P0707]: the role `viewer` can't be held personally, because `dashboard:read` is about resources that nobody owns
      --> 0.facts.yaml:14:18
       |
    14 |           scope: personal
       |                  ^^^^^^^^
       |
       = help: declare an `owner` on `dashboard`, or give an organization's path as the scope

    error[P0807]: a role assignment needs `scope`
      --> 0.facts.yaml:17:11
       |
    17 |         - { role: analyst, granted_by: root, reason: joined }
       |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: write `/` for everywhere, an organization's path, or `personal` for what the subject owns
    "#);
}

#[test]
fn both_places_of_a_repeated_entity_are_shown() {
    let one = "groups:\n  soc:\n  staff: { in: [soc] }\n";
    let two = "groups:\n  soc: { in: [staff] }\n";
    insta::assert_snapshot!(rendered(&[one, two]), @r#"
    error[P0703]: `soc` is listed twice
     --> 1.facts.yaml:2:3
      |
    2 |   soc: { in: [staff] }
      |   ^^^ again
      |
     ::: 0.facts.yaml:2:3
      |
    2 |   soc:
      |   --- first here
    "#);
}

#[test]
fn a_syntax_error_is_placed() {
    insta::assert_snapshot!(rendered(&["groups:\n\tsoc:\n"]), @r#"
    error[P0801]: a tab stands in the indentation
     --> 0.facts.yaml:2:1
      |
    2 |     soc:
      | ^^^^
      |
      = help: indent with spaces
    "#);
}
