//! `any` and `all`: how they are read, and what they may cost.

use super::*;

#[test]
fn the_condition_of_a_quantifier_reaches_as_far_as_it_can() {
    check_shape(
        "context.a or any x in resource.tags: x == \"a\" or context.b and context.c",
        "(context.a or Any 0 in resource.tags: ([x#0 == String(\"a\")] or (context.b and context.c)))",
    );
    check_shape(
        "(any x in resource.tags: x == \"a\") and context.b",
        "(Any 0 in resource.tags: [x#0 == String(\"a\")] and context.b)",
    );
    check_shape(
        "not not all x in resource.tags minus [\"b\"]: not x == \"a\" and context.a",
        "not not All 0 in (resource.tags Minus Set([String(\"b\")])): (not [x#0 == String(\"a\")] and context.a)",
    );
}

#[test]
fn a_variable_is_known_by_the_quantifiers_around_its_own() {
    check_shape(
        "(any x in [1]: x == 1) and all x in [2]: any y in [3]: x != y",
        "(Any 0 in Set([Int(1)]): [x#0 == Int(1)] and All 0 in Set([Int(2)]): Any 1 in Set([Int(3)]): [x#0 != y#1])",
    );
    check_shape(
        "any user in resource.readers: user in group(\"a\") and has user.manager and user.manager == subject",
        "Any 0 in resource.readers: ([user#0 within Entity(EntityRef { kind: \"group\", id: \"a\" })] \
         and [has user.manager] and [user.manager == subject])",
    );
    check_shape("all x in resource.readers: x is user", "All 0 in resource.readers: true");
    // Words of the language stay names of attributes and actions.
    assert_eq!(
        codes(&[
            "package p\nsubject user { any: bool, all: set of string }\nresource r { actions any, all }\n\
             allow r:any named it when subject.any or any any_one in subject.all: any_one == \"in\"\n"
        ]),
        []
    );
}

#[test]
fn quantifiers_nest_two_deep_and_a_hundred_thousand_overflow_nothing() {
    let nested = |depth: usize, between: &str| {
        let headings: Vec<String> =
            (0..depth).map(|number| format!("{between}any x{number} in [1]: ")).collect();
        let close = ")".repeat(if between.ends_with('(') { depth } else { 0 });
        format!("package shop\nallow order:read named it when {}true{close}\n", headings.concat())
    };
    for between in ["", "not ", "(", "true and ", "not (", "resource.when in [1] or "] {
        let codes = |depth: usize| codes_on_a_small_stack(nested(depth, between));
        if between != "resource.when in [1] or " {
            assert_eq!(codes(2), [], "{between}");
        }
        assert!(codes(3).contains(&Code::TooDeep), "{between}");
        assert_eq!(codes(65), [Code::TooDeep], "{between}");
        assert_eq!(codes(20_000), [Code::TooDeep], "{between}");
    }
    // Each clause begins anew.
    let clauses = "when any x in [1]: any y in [2]: x == y\n".repeat(100);
    assert_eq!(codes(&[SHOP, &format!("package shop\nallow order:read named it {clauses}")]), []);
}

#[test]
fn each_element_costs_what_the_condition_costs() {
    let of = |set: &str, tests: usize| {
        let condition = vec!["x == x"; tests].join(" or ");
        codes(&[SHOP, &format!("package shop\nallow order:read named it when any x in {set}: {condition}")])
    };
    assert_eq!(of("resource.readers", 10), []);
    assert_eq!(of("resource.readers", 11), [Code::TooManySteps]);
    // Two sets are looked into for each element of the one.
    assert_eq!(of("resource.readers minus []", 8), []);
    assert_eq!(of("resource.readers minus []", 9), [Code::TooManySteps]);
    assert_eq!(of("[1, 2, 3]", 3_000), []);
}
