//! `like` and `matches` in decisions.

use super::*;

const PAGES: &str = "
package pages
subject user { email: string }
resource page shared { path: string, actions read, close }
";

fn pages(rules: &str) -> Fixture {
    fixture(&format!("{PAGES}\n{rules}"), "resources:\n  page:\n    stored: { path: docs/a/b }\n")
}

#[track_caller]
fn check(fixture: &Fixture, action: &str, path: &str, expected: &str) {
    let line = format!("user:ann {action} page:1");
    let mut asked = question(&line);
    asked.resource.properties = vec![("path".into(), Input::Text(path.into()))];
    assert_eq!(fixture.ask(&asked), expected, "{path}");
}

#[test]
fn a_text_that_only_the_request_has_is_compared_by_its_letters() {
    let fixture = pages(
        r#"allow page:read named liked when resource.path like "docs/*/new"
           allow page:close named matched when resource.path matches "[a-z]+-\\d+""#,
    );
    check(&fixture, "read", "docs/never-seen-before/new", "allow allowed pages/liked");
    check(&fixture, "read", "docs/x/y/new", "deny no_rule_applies");
    check(&fixture, "close", "page-4711", "allow allowed pages/matched");
    check(&fixture, "close", "page-4711a", "deny no_rule_applies");
}

#[test]
fn a_text_of_the_facts_is_compared_too() {
    let fixture = pages(r#"allow page:read named every when resource.path like "docs/**""#);
    fixture.check("user:ann read page:stored", "allow allowed pages/every");
}

#[test]
fn a_deny_whose_text_is_unknown_applies() {
    let fixture = pages(
        r#"allow page:* named every
           deny page:read named secret when resource.path like "secret/**"
           deny page:close named odd unless resource.path matches "[a-z]*""#,
    );
    fixture.check("user:ann read page:2", "deny unknown_attribute pages/secret| unknown: resource.path");
    fixture.check("user:ann close page:2", "deny unknown_attribute pages/odd| unknown: resource.path");
    let mut asked = question("user:ann read page:2");
    asked.resource.properties = vec![("path".into(), Input::Int(7))];
    assert_eq!(fixture.ask(&asked), "deny unknown_attribute pages/secret| unknown: resource.path");
}

#[test]
fn matching_allocates_nothing() {
    let fixture = pages(
        r#"allow page:read named a when resource.path matches "([a-z]+/)*[0-9]{2,4}" and resource.path like "**/*""#,
    );
    let mut asked = question("user:ann read page:1");
    asked.resource.properties = vec![("path".into(), Input::Text("some/where/else/123".into()))];
    let request = fixture.engine.request(&fixture.facts, &asked).unwrap();
    let mut scratch = super::super::Scratch::default();
    // The first match of a thread makes room for its states.
    assert!(fixture.engine.decide(&request, &mut scratch).is_allow());
    let counted = allocation_counter::measure(|| {
        assert!(fixture.engine.decide(&request, &mut scratch).is_allow());
    });
    assert_eq!(counted.count_total, 0);
}
