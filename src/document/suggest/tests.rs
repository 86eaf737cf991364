//! What is proposed for a name that nothing declares, and what is too far from it.

use super::closest;

#[test]
fn a_name_is_proposed_for_one_that_is_little_changed() {
    assert_eq!(closest("departmnet", ["depth", "department"]), Some("department"));
    assert_eq!(closest("depart", ["department"]), Some("department"));
    assert_eq!(closest("tyep", ["type"]), Some("type"));
    assert_eq!(closest("dco", ["page", "doc"]), Some("doc"));
    assert_eq!(closest("odc", ["page", "doc"]), Some("doc"));
}

#[test]
fn a_name_of_one_letter_is_like_nothing() {
    for (written, known) in [("type", "t"), ("nope", "n"), ("on", "n"), ("a", "ab")] {
        assert_eq!(closest(written, [known]), None, "{written}");
    }
}
