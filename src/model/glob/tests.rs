//! What globs match, by hand; that it takes no longer with more wildcards.

use super::*;

#[track_caller]
fn check(glob: &str, yes: &[&str], no: &[&str]) {
    let glob = Glob::new(glob).unwrap();
    for text in yes {
        assert!(glob.matches(text), "{glob:?} should match {text:?}");
    }
    for text in no {
        assert!(!glob.matches(text), "{glob:?} should not match {text:?}");
    }
}

#[test]
fn a_glob_without_wildcards_is_the_text_itself() {
    check("a.b", &["a.b"], &["", "a", "a.bc", "xa.b", "axb", "A.B"]);
    check("é", &["é"], &["e", "É"]);
    check("[a]?", &["[a]?"], &["a", "ab"]);
}

#[test]
fn one_star_stays_within_a_segment_and_two_do_not() {
    check("*", &["", "a", "abc", "a.b"], &["/", "a/b"]);
    check("**", &["", "a", "/", "a/b//c"], &[]);
    check("***", &["", "a/b"], &[]);
    check("/docs/*", &["/docs/", "/docs/a"], &["/docs", "/docs/a/b", "/doc/a"]);
    check("/docs/**", &["/docs/", "/docs/a", "/docs/a/b"], &["/docs", "/doc/a/b"]);
    check("**/secret", &["/secret", "a/secret", "a/b/secret"], &["secret", "a/secrets"]);
    check(
        "*.example.com",
        &["a.example.com", "a.b.example.com", ".example.com"],
        &["example.com", "a/.example.com"],
    );
    check("*/b*c", &["a/bc", "/bxc", "a/bcc"], &["a/b/c", "a/x/bc", "bc"]);
    check("**a*b", &["ab", "x/y/aab", "a/ab", "axxb"], &["a/b", "ab/", ""]);
}

#[test]
fn what_follows_a_wildcard_is_found_wherever_it_stands() {
    check("*ab*ab", &["abab", "xabyab", "ababab"], &["ab", "abxa"]);
    check("*aab", &["aab", "aaab", "aaaaab"], &["aabb", "aa"]);
    check("a*é*z", &["aéz", "axéyz"], &["aez", "aé"]);
}

#[test]
fn a_backslash_takes_the_meaning_of_a_star() {
    check(r"a\*b", &["a*b"], &["axb", r"a\*b", "ab"]);
    check(r"a\\*", &[r"a\", r"a\b"], &["a", r"ab"]);
    check(r"a\?\[b]", &["a?[b]"], &["axb", r"a\?\[b]", "a?b"]);
    assert_eq!(Glob::new(r"ab\c").unwrap_err(), GlobError::Escape(2));
    assert_eq!(Glob::new(r"ab\").unwrap_err(), GlobError::Escape(2));
}

#[test]
fn a_sign_that_is_no_wildcard_here_is_found_unless_it_is_meant_so() {
    assert_eq!(plain_sign("/é?/[a]"), Some((3, '?')));
    assert_eq!(plain_sign(r"a\?\\[b]"), Some((5, '[')));
    assert_eq!(plain_sign(r"a\?\[b]**"), None);
}

#[test]
fn a_glob_has_a_length() {
    assert_eq!(Glob::new("").unwrap_err(), GlobError::Empty);
    assert_eq!(Glob::new(&"a".repeat(PATTERN_BYTES_MAX + 1)).unwrap_err(), GlobError::TooLong);
}

#[test]
fn places_beyond_one_word_are_kept() {
    for length in [63, 64, 65, 127, 128, 129, PATTERN_BYTES_MAX - 1] {
        let text = "a".repeat(length);
        let glob = Glob::new(&format!("{text}*")).unwrap();
        assert!(glob.matches(&text) && glob.matches(&format!("{text}b")), "{length}");
        assert!(!glob.matches(&"a".repeat(length - 1)), "{length}");
        let glob = Glob::new(&format!("*{text}")).unwrap();
        assert!(
            glob.matches(&text) && glob.matches(&format!("b{text}")) && !glob.matches(&format!("{text}b"))
        );
    }
    let full = "a".repeat(PATTERN_BYTES_MAX);
    assert!(Glob::new(&full).unwrap().matches(&full));
}

#[test]
fn many_wildcards_take_no_time() {
    let glob = Glob::new(&"**a*a".repeat(PATTERN_BYTES_MAX / 5)).unwrap();
    let started = std::time::Instant::now();
    assert!(!glob.matches(&format!("{}b", "a".repeat(8 * 1024))));
    // A matcher that tries every way would not come back this century.
    assert!(started.elapsed().as_secs() < 2);
}
