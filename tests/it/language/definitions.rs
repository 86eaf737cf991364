//! Definitions, and what stands in their place.

use std::fmt::Write as _;

use portcullis::document::Code;
use portcullis::model::limits::CONDITION_NODES_MAX;

use super::{SHOP, codes, codes_on_a_small_stack, rule, shape};

#[track_caller]
fn check(definitions: &str, condition: &str, expected: &str) {
    let (policy, rule) = rule(&format!("{definitions}\nallow order:read named it when {condition}"));
    assert_eq!(shape(&policy, &rule.when.unwrap()), expected, "{condition}");
}

#[test]
fn arguments_stand_in_place_of_parameters() {
    check(
        "define dear(price: int) = resource.amount > price",
        "dear(7) and not dear(resource.amount * 2)",
        "([resource.amount > Int(7)] and not [resource.amount > (resource.amount Multiply Int(2))])",
    );
    check(
        "define theirs(what: order, who: user) = what.owner == who",
        "subject is user and theirs(resource, subject)",
        "([Subject is shop/user] and [resource.owner == subject])",
    );
    check(
        "define from(country: string) = context.country or_else \"\" == country",
        "from(\"GB\") or has context.country and from(context.country)",
        "([context.country else String(\"\") == String(\"GB\")] or ([has context.country] and \
         [context.country else String(\"\") == context.country]))",
    );
    check("define yes(flag: bool) = flag", "yes(context.a) or yes(true)", "(context.a or true)");
    check(
        "define among(tags: set of string) = \"x\" in tags",
        "among(resource.tags) or among([])",
        "([String(\"x\") member resource.tags] or [String(\"x\") member Set([])])",
    );
    check(
        "define here(ip: ip) = ip in office\ndefine called(name: string) = context.a and name like \"a*\"",
        "here(context.ip) and called(\"abc\")",
        "([context.ip address office] and (context.a and [String(\"abc\") like a*]))",
    );
    check(
        "define late(at: instant, by: duration) = now - by > at",
        "late(resource.due, 15m)",
        "[(now Subtract Duration(Duration(900000000))) > resource.due]",
    );
}

#[test]
fn an_attribute_of_a_parameter_is_read_from_the_argument() {
    const LED: &str = "define led(who: user) = has who.manager and who.manager.mfa";
    check(
        LED,
        "subject is user and led(subject)",
        "([Subject is shop/user] and ([has subject.manager] and subject.manager.mfa))",
    );
    check(LED, "led(resource.owner)", "([has resource.owner.manager] and resource.owner.manager.mfa)");
    check(
        &format!("{LED}\ndefine both(one: user, who: user) = led(who) and led(one)"),
        "subject is user and both(subject, resource.owner)",
        "([Subject is shop/user] and (([has resource.owner.manager] and resource.owner.manager.mfa) and \
         ([has subject.manager] and subject.manager.mfa)))",
    );
    check(
        "define rich(org: organization) = \"x\" in org.features\ndefine home(who: user) = who.organization == resource.organization",
        "rich(resource.organization) and home(resource.owner)",
        "([String(\"x\") member resource.organization.features] and \
         [resource.owner.organization == resource.organization])",
    );
}

#[test]
fn a_parameter_is_its_argument_alone() {
    // Neither the caller's parameters nor its names of the same spelling mean anything in a definition.
    check(
        "define inner(x: int) = resource.amount > x\ndefine outer(y: int, x: int) = inner(y) or inner(x)",
        "outer(1, 2)",
        "([resource.amount > Int(1)] or [resource.amount > Int(2)])",
    );
    let leaking =
        "package shop\ndefine inner = resource.amount > x\ndefine outer(x: int) = inner and x > 1\n";
    assert_eq!(codes(&[SHOP, leaking]), [Code::UnknownName]);
}

#[test]
fn a_guard_before_a_use_counts_in_it_and_one_in_it_behind_it() {
    for condition in [
        "has subject.manager and led(subject) and subject.manager.mfa",
        "is_user(subject) and has_boss(subject) and subject.manager.mfa",
        "not (not has_boss(subject)) and subject.manager.mfa",
    ] {
        rule(&format!(
            "define led(who: user) = who.manager.mfa
            define has_boss(who: user) = has who.manager
            define is_user(who: user) = who.mfa
            allow order:read named it when subject is user and {condition}"
        ));
    }
}

#[test]
fn what_uses_may_make_right_is_no_mistake_in_a_definition_by_itself() {
    for definition in [
        "define a = subject.mfa and resource.amount > 3",
        "define a = context.country == \"GB\"",
        "define a = subject.manager.mfa",
        "define a(who: user) = who.manager.mfa and who.manager.manager.mfa",
        "define a(who: user) = who == subject and who in group(\"a\") and subject in who.teams",
        "define a(what: order) = what == resource and what.organization == subject.organization",
        "define a = b and subject.mfa and not c(7)\ndefine b = subject is user\ndefine c(x: int) = x > 7",
        "define a = resource.organization.features == resource.organization.features or now in open",
        "define a(ip: ip) = ip in office and context.ip in office",
        "define a(from: instant, by: duration) = now - by < from and from + by > from",
    ] {
        assert_eq!(codes(&[SHOP, &format!("package shop\n{definition}\n")]), [], "{definition}");
    }
}

#[test]
fn what_no_use_can_make_right_is_said_once_and_of_the_definition() {
    for (definition, code) in [
        ("subject.nothing == 1", Code::UnknownAttribute),
        ("resource is order and resource.amount == \"x\"", Code::TypeMismatch),
        ("subject is user and subject is service", Code::NeverOfType),
        ("context.ip in ofice", Code::UnknownName),
        ("now == resource.due", Code::MisplacedNow),
        ("c(1)", Code::UnknownName),
        ("b(1)", Code::WrongArguments),
        ("b(\"x\", 1)", Code::TypeMismatch),
        ("resource is order and resource.amount matches \"(\"", Code::BadPattern),
    ] {
        let text = format!("package shop\ndefine a = {definition}\ndefine b(x: int, y: int) = x == y\n");
        let (alone, used) =
            (text.clone(), format!("{text}allow *:* named one when a\nallow *:* named two when a\n"));
        let expected = if code == Code::BadPattern { vec![Code::TypeMismatch, code] } else { vec![code] };
        for text in [alone, used] {
            let mut found = codes(&[SHOP, &text]);
            found.sort_unstable();
            assert_eq!(found, expected, "{definition}");
        }
    }
}

#[test]
fn the_bounds_count_what_is_put_in() {
    let rules = |definitions: &str, condition: &str| {
        codes_on_a_small_stack(format!(
            "package shop\n{definitions}\nallow order:read named it when {condition}\n"
        ))
    };
    let sum = |terms: usize| vec!["1"; terms].join(" + ");
    // The comparison, its two sides, the sum and what it adds up.
    let call = |terms: usize| format!("d({})", sum(terms));
    let twice = "define d(x: int) = x == x";
    assert_eq!(rules(twice, &call(CONDITION_NODES_MAX / 2 - 3)), []);
    assert_eq!(rules(twice, &call(CONDITION_NODES_MAX / 2)), [Code::TooLarge]);
    // What is put in nowhere is looked at.
    let never = "define d(x: int) = true";
    assert_eq!(rules(never, &call(CONDITION_NODES_MAX - 10)), []);
    assert_eq!(rules(never, &call(CONDITION_NODES_MAX)), [Code::TooLarge]);
    let list = |items: usize| format!("resource.amount in [{}]", vec!["1"; items].join(", "));
    assert_eq!(rules("", &list(CONDITION_NODES_MAX - 10)), []);
    assert_eq!(rules("", &list(CONDITION_NODES_MAX)), [Code::TooLarge]);
}

#[test]
fn nothing_is_put_in_before_it_is_known_how_large_it_gets() {
    // Each definition uses the one before it twice, with twice what it is given: four to the power of sixty.
    let mut text = "package shop\ndefine d0(x: int) = x > x\n".to_owned();
    for number in 1..60 {
        let before = number - 1;
        let _ = writeln!(text, "define d{number}(x: int) = d{before}(x + x) or d{before}(x * x)");
    }
    assert_eq!(codes_on_a_small_stack(text.clone()), []);
    let used = format!("{text}allow order:read named it when d59(1)\n");
    assert_eq!(codes_on_a_small_stack(used), [Code::TooLarge]);
    let mut chain = "package shop\ndefine d0(x: int) = x > x\n".to_owned();
    for number in 1..5_000 {
        let _ = writeln!(chain, "define d{number}(x: int) = d{}(x)", number - 1);
    }
    assert_eq!(codes_on_a_small_stack(chain.clone()), []);
    let used = format!("{chain}allow order:read named it when d4999(1)\n");
    assert_eq!(codes_on_a_small_stack(used), [Code::TooDeep]);
}
