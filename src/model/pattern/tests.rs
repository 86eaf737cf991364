//! Regular expressions are anchored, bounded and take linear time.

use super::*;

fn matches(pattern: &str, text: &str) -> bool {
    Pattern::new(pattern).unwrap().matches(text)
}

fn mistake(pattern: &str) -> Range<usize> {
    match Pattern::new(pattern).unwrap_err() {
        PatternError::Syntax(_, place) => place,
        error => panic!("{error:?}"),
    }
}

#[test]
fn the_whole_text_has_to_match() {
    assert!(matches("ab?", "a") && matches("ab?", "ab"));
    assert!(!matches("ab?", "abc") && !matches("ab?", "xa") && !matches("a", "a\n"));
    assert!(matches("a|bc", "bc") && !matches("a|bc", "ac") && !matches("a|bc", "ab"));
    assert!(matches("", "") && !matches("", "a"));
    assert!(matches("^a$", "a") && !matches("(?m)^a$", "a\nb"));
    assert!(matches(r"\d{3}", "123") && matches(r"\w+", "été"));
}

#[test]
fn a_mistake_has_its_place() {
    assert_eq!(mistake("a(b"), 1..2);
    assert_eq!(mistake("ab[z-a]"), 3..6);
    assert_eq!(mistake("a)|(?:b"), 1..2);
    assert_eq!(mistake(r"é\q"), 2..4);
    // What a backtracking engine would offer at the price of linear time.
    assert_eq!(mistake(r"(a)\1"), 3..5);
    assert_eq!(mistake("a(?=b)"), 1..4);
    assert_eq!(mistake("(?x)a # so"), 0..10);
}

#[test]
fn a_pattern_has_bounds() {
    assert_eq!(Pattern::new(&"a".repeat(PATTERN_BYTES_MAX + 1)).unwrap_err(), PatternError::TooLong);
    assert_eq!(Pattern::new("((a{100}){100}){100}").unwrap_err(), PatternError::TooLarge);
    assert_eq!(Pattern::new(r"\w{1000}").unwrap_err(), PatternError::TooLarge);
    mistake(&format!("{}a{}", "(".repeat(100), ")".repeat(100)));
    assert!(Pattern::new(&format!("{}a{}", "(".repeat(40), ")".repeat(40))).is_ok());
}

#[test]
fn no_pattern_takes_long() {
    let text = format!("{}!", "a".repeat(8 * 1024));
    for pattern in ["(a+)+", "(a|a)*", "(a|aa)+b?", "(.*)(.*)(.*)(.*)=", "(a?){50}a{50}"] {
        let started = std::time::Instant::now();
        assert!(!matches(pattern, &text));
        assert!(started.elapsed().as_secs() < 2, "{pattern}");
    }
}
