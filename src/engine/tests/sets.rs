//! Relations between sets in decisions.

use super::*;

const PAGES: &str = "
package pages
subject user { badges: set of string, teams: set of group }
resource page shared { tags: set of string, teams: set of group, actions read, write, close, drop }
allow page:read named holds_all when resource.tags subset of subject.badges
allow page:write named shares_one when resource.tags overlaps subject.badges
allow page:close named equal when resource.tags == subject.badges
allow page:drop named teams when subject.teams overlaps resource.teams
deny page:drop named empty when resource.tags == []
";

fn pages() -> Fixture {
    let facts = "groups:\n  all: {}\n  sub: { in: [all] }\n\
        subjects:\n  user:\n    ann: { badges: [red, blue], teams: [sub] }\n\
        resources:\n  page:\n    both: { tags: [blue, red], teams: [sub] }\n    none: { tags: [], teams: [all] }\n    \
        above: { tags: [blue], teams: [all] }\n    more: { tags: [blue, red, green], teams: [] }\n";
    fixture(PAGES, facts)
}

#[test]
fn a_set_holds_another_shares_with_it_or_is_it() {
    let fixture = pages();
    let all = [
        (
            "both",
            "allow allowed pages/holds_all",
            "allow allowed pages/shares_one",
            "allow allowed pages/equal",
        ),
        ("above", "allow allowed pages/holds_all", "allow allowed pages/shares_one", "deny no_rule_applies"),
        ("more", "deny no_rule_applies", "allow allowed pages/shares_one", "deny no_rule_applies"),
        ("none", "allow allowed pages/holds_all", "deny no_rule_applies", "deny no_rule_applies"),
    ];
    for (page, read, write, close) in all {
        fixture.check(&format!("user:ann read page:{page}"), read);
        fixture.check(&format!("user:ann write page:{page}"), write);
        fixture.check(&format!("user:ann close page:{page}"), close);
    }
}

#[test]
fn what_a_request_sends_is_a_set_in_any_order_and_however_often() {
    let fixture = pages();
    let mut asked = question("user:ann close page:9");
    let tags = ["red", "blue", "red"].map(|tag| Input::Text(tag.into()));
    asked.resource.properties = vec![("tags".into(), Input::List(tags.to_vec()))];
    assert_eq!(fixture.ask(&asked), "allow allowed pages/equal");
    let tags = ["red", "heard of nowhere"].map(|tag| Input::Text(tag.into()));
    asked.resource.properties = vec![("tags".into(), Input::List(tags.to_vec()))];
    assert_eq!(fixture.ask(&asked), "deny no_rule_applies");
}

#[test]
fn entities_in_sets_count_by_what_they_are() {
    let fixture = pages();
    fixture.check("user:ann drop page:both", "allow allowed pages/teams");
    fixture.check("user:ann drop page:above", "deny no_rule_applies");
}

#[test]
fn a_set_that_is_not_known_makes_the_relation_unknown() {
    let fixture = pages();
    fixture.check("user:bob read page:8", "deny unknown_attribute | unknown: resource.tags, subject.badges");
    fixture.check("user:ann drop page:8", "deny unknown_attribute pages/empty| unknown: resource.tags");
}
