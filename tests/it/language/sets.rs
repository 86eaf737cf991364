//! Sets: how conditions about them are read, and what they may cost.

use super::*;

#[test]
fn sets_have_relations() {
    check_shape(r#"["a"] subset of resource.tags"#, r#"[Set([String("a")]) Subset resource.tags]"#);
    check_shape("resource.readers overlaps resource.readers", "[resource.readers Overlaps resource.readers]");
    check_shape(
        "resource.tags == [] or [] != resource.tags",
        "([resource.tags == Set([])] or [Set([]) != resource.tags])",
    );
}

#[test]
fn sets_are_put_together_from_the_left_before_they_are_compared() {
    check_shape(
        "subject in resource.readers union resource.readers minus [] intersect resource.readers",
        "[subject within (resource.readers Union resource.readers Minus Set([]) Intersect resource.readers)]",
    );
    check_shape(
        "not [] union resource.tags == resource.tags minus ([\"a\"] union [\"b\"])",
        "not [(Set([]) Union resource.tags) == (resource.tags Minus (Set([String(\"a\")]) Union Set([String(\"b\")])))]",
    );
    check_shape(
        "\"a\" in resource.tags minus resource.tags and true",
        "([String(\"a\") member (resource.tags Minus resource.tags)] and true)",
    );
}

#[test]
fn conditions_take_a_bounded_number_of_steps() {
    let of = |relations: usize, tests: usize| {
        let relations = vec!["resource.readers == resource.readers"; relations];
        let condition = [relations, vec!["true"; tests]].concat().join(" or ");
        codes(&[SHOP, &format!("package shop\nallow order:read named it when {condition}")])
    };
    assert_eq!(of(10, 0), []);
    assert_eq!(of(10, 1), [Code::TooManySteps]);
    assert_eq!(of(9, 9_900), []);
}
