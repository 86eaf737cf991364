//! What looks alike, and what does not.

use super::*;

fn look_alike(one: &str, other: &str) -> bool {
    let other = looks(other);
    looks(one).iter().any(|look| other.contains(look))
}

#[test]
fn what_people_take_for_each_other_looks_alike() {
    for (one, other) in [
        ("admin", "Admin"),
        ("admin", "\u{430}dmin"),
        ("admin", "\u{ff41}\u{ff44}\u{ff4d}\u{ff49}\u{ff4e}"),
        ("admin", "admin\u{200b}"),
        ("K8s", "\u{212a}8s"),
        ("caf\u{e9}", "cafe\u{301}"),
        ("role1", "rolel"),
        ("Id", "id"),
        ("\u{398}", "\u{3b8}"),
    ] {
        assert!(look_alike(one, other), "{one:?} {other:?}");
        assert_ne!(one, other);
    }
    for (one, other) in [("read", "write"), ("admin", "admins"), ("cafe", "caf\u{e9}"), ("role1", "role2")] {
        assert!(!look_alike(one, other), "{one:?} {other:?}");
    }
}

#[test]
fn the_difference_is_told_in_characters_that_can_be_told_apart() {
    assert_eq!(difference("\u{430}dmin", "admin"), "U+0430 where the other has `a`");
    assert_eq!(difference("rolel", "role1"), "`l` where the other has `1`");
    assert_eq!(difference("Admin", "admin"), "they differ in case only");
    assert_eq!(difference("admin\u{200b}", "admin"), "one has more characters than the other");
}
