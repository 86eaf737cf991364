//! Patterns on long texts, and what they don't match: rows T-53 and T-54 of the threats.

use portcullis::engine::{PartyInput, Question, Scratch, Vouched};
use portcullis::model::{Glob, Input, Instant, Pattern};

use super::matching::matchings;
use super::outcome::{Became, MEMORY_MAX, Outcome};
use super::told::{check_policy, check_yaml, engine};

#[test]
fn t_53_long_texts_are_matched_in_bounded_memory() {
    for matching in matchings() {
        let Outcome { became, memory, .. } = matching.outcome();
        assert_eq!(became, Became::AsExpected, "{}", matching.name);
        assert!(memory < MEMORY_MAX / 16, "{}: {memory} bytes", matching.name);
    }
}

/// Through the engine, with the longest texts a caller of the library may send.
#[test]
fn t_53_decisions_about_long_texts_are_those_about_short_ones() {
    let policy = r#"package p
subject user {}
resource r { path: string, actions expression, glob }
allow r:expression named expression when resource.path matches "(a+)+"
deny  r:expression named none when resource.path matches "(a*)*b"
allow r:glob named glob when resource.path like "*a*a*a*a*a*a*a*a*b"
deny  r:glob named no_glob when resource.path like "**a**a**a**c"
"#;
    let (engine, facts) = engine(policy, "package: p\nsubjects: { user: { ann: {} } }\n");
    let mut scratch = Scratch::default();
    for (action, length, end, expected) in [
        ("expression", 1_000_000, "", true),
        ("expression", 1_000_000, "b", false),
        ("expression", 1_000_000, "$", false),
        ("glob", 65_536, "b", true),
        ("glob", 65_536, "c", false),
        ("glob", 65_536, "/b", false),
    ] {
        let path = "a".repeat(length) + end;
        let question = Question {
            subject: Some(PartyInput { kind: "user".into(), id: Some("ann".into()), properties: Vec::new() }),
            action: action.into(),
            resource: PartyInput {
                kind: "r".into(),
                id: Some("1".into()),
                properties: vec![("path".into(), Input::Text(path.into()))],
            },
            context: Vec::new(),
            action_properties: Vec::new(),
            understands: Vec::new(),
            vouched: Vouched::default(),
            now: Instant::parse("2026-11-23T10:00:00Z").unwrap(),
        };
        let request = engine.request(&facts, &question).unwrap();
        assert_eq!(engine.decide(&request, &mut scratch).is_allow(), expected, "{action} {length} {end}");
    }
}

#[track_caller]
fn check_glob(glob: &str, same: &[&str], others: &[&str]) {
    let compiled = Glob::new(glob).unwrap();
    for text in same {
        assert!(compiled.matches(text), "{text:?} is not like {glob:?}");
    }
    for text in others {
        assert!(!compiled.matches(text), "{text:?} is like {glob:?}");
    }
}

#[track_caller]
fn check_expression(expression: &str, same: &[&str], others: &[&str]) {
    let compiled = Pattern::new(expression).unwrap();
    for text in same {
        assert!(compiled.matches(text), "{text:?} does not match {expression:?}");
    }
    for text in others {
        assert!(!compiled.matches(text), "{text:?} matches {expression:?}");
    }
}

#[test]
fn t_54_patterns_are_about_whole_texts() {
    let inside =
        ["/admin?x=/public", "/public/", "/publicity", " /public", "/public\n", "/public\0", "", "//public"];
    check_glob("/public", &["/public"], &inside);
    check_expression("/public", &["/public"], &inside);
    check_expression("/public|/open", &["/public", "/open"], &["/public/x", "x/open", "/public|/open"]);
    check_expression("(?m)^/public$", &["/public"], &["/public\n/admin", "/admin\n/public", "/public\n"]);
    check_expression("(?s).", &["\n", "x"], &["xx", "x\n"]);
    check_expression("/public.*", &["/public", "/public/x"], &["/public\n/admin", "/admin/public"]);
    check_expression("(?x) a b", &["ab"], &["a b", "ab "]);
    // Parentheses or a comment would take in what stands around an expression.
    for expression in ["a)|(?:b", "(?x) a # none"] {
        assert!(Pattern::new(expression).is_err(), "{expression}");
    }
}

#[test]
fn t_54_a_star_stays_in_its_segment() {
    check_glob("/public/*", &["/public/a", "/public/"], &["/public/a/b", "/public/a/../../admin", "/public"]);
    check_glob("/public/**", &["/public/a/b", "/public/"], &["/public", "/publica/b", "/admin/public/a"]);
    check_glob("/*/read", &["/a/read", "//read"], &["/a/b/read", "/read"]);
    check_glob("admin*", &["admin", "administrator-readonly"], &["admin/x", "readonly-admin", "Admin"]);
    check_glob("admin", &["admin"], &["administrator-readonly", "admin-readonly", "ADMIN", "admin "]);
    check_glob(
        "*.example.com",
        &["a.example.com", "a.b.example.com"],
        &["example.com", "a.example.com.evil"],
    );
    check_glob("*", &["", "a"], &["/", "a/b"]);
    check_glob(r"\*", &["*"], &["a", ""]);
    check_glob("[a-z]?{a,b}", &["[a-z]?{a,b}"], &["a", "ab"]);
}

#[test]
fn t_54_an_empty_pattern_matches_nothing_and_is_refused() {
    for (operator, column) in [("like", 43), ("matches", 46)] {
        let rule = format!("when resource.path {operator} \"\"");
        check_policy(
            &format!(
                "package p\nsubject user {{}}\nresource r {{ path: string, actions a }}\nallow r:a named n {rule}\n"
            ),
            &format!("P0311 4:{column}"),
        );
        let yaml = format!(
            "package: p\nsubjects: {{ user: {{}} }}\nresources: {{ r: {{ attributes: {{ path: string }}, actions: a }} }}\nrules:\n- allow: r:a\n  when: resource.path {operator} \"\"\n"
        );
        check_yaml(&yaml, &format!("P0311 6:{}", column - 15));
    }
}
