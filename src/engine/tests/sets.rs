//! Sets in decisions: how they compare, and what they are put together to.

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

const MERGED: &str = "
package pages
subject user { own: set of string, lent: set of string, lost: set of string, teams: set of group }
resource page shared { tags: set of string, open: set of group, shut: set of group, actions a, b, c, d, e, f }
allow page:a named holds when resource.tags subset of subject.own union subject.lent minus subject.lost
allow page:b named later when resource.tags subset of subject.own minus subject.lost union subject.lent
allow page:c named common when subject.own intersect subject.lent == resource.tags
allow page:d named nothing_left when [] == subject.own minus (subject.lent union resource.tags)
allow page:e named member when \"red\" in subject.own minus subject.lost
allow page:f named below when subject in resource.open minus resource.shut
";

#[test]
fn sets_are_put_together_from_the_left() {
    let facts = "groups:\n  all: {}\n  sub: { in: [all] }\n\
        subjects:\n  user:\n    ann: { own: [red, blue], lent: [blue, green], lost: [green], in: [sub] }\n    \
        cid: { own: [red], lent: [], lost: [red], in: [sub] }\n    far: { own: [], lent: [], lost: [] }\n\
        resources:\n  page:\n    p1: { tags: [red, blue], open: [all], shut: [] }\n    \
        p2: { tags: [green], open: [all], shut: [all] }\n    p3: { tags: [blue], open: [sub], shut: [all] }\n    \
        p4: { tags: [], open: [], shut: [] }\n";
    let fixture = fixture(MERGED, facts);
    let allowed = |user: &str| -> String {
        let asked = (1..=4).flat_map(|page| ["a", "b", "c", "d", "e", "f"].map(|action| (page, action)));
        let allowed = asked.filter(|(page, action)| {
            let line = format!("user:{user} {action} page:p{page}");
            fixture.ask(&question(&line)).starts_with("allow ")
        });
        allowed.map(|(page, action)| format!("{page}{action}")).collect::<Vec<_>>().join(" ")
    };
    // What is lent is taken away again by a `minus` behind it, and not by one before it.
    assert_eq!(allowed("ann"), "1a 1b 1d 1e 1f 2b 2e 3a 3b 3c 3e 3f 4a 4b 4e");
    // In an empty set is nobody; whoever is in `sub` is in `all`.
    assert_eq!(allowed("cid"), "1d 1f 3f 4a 4b 4c");
    assert_eq!(allowed("far"), "1d 2d 3d 4a 4b 4c 4d");
}

#[test]
fn a_part_that_is_not_known_makes_the_whole_set_unknown() {
    let fixture = fixture(
        MERGED,
        "subjects:\n  user:\n    bob: { own: [red], lost: [] }\n\
         resources:\n  page:\n    p1: { tags: [], open: [], shut: [] }\n",
    );
    // Whatever is lent, the empty set is a subset; but nobody reckons with what is not known.
    fixture.check("user:bob a page:p1", "deny unknown_attribute | unknown: subject.lent");
    fixture.check("user:bob d page:2", "deny unknown_attribute | unknown: subject.lent, resource.tags");
    fixture.check("user:bob e page:2", "allow allowed pages/member");
    // Nobody knows where somebody stands whom the facts don't know, but in an empty set is nobody.
    fixture.check("user:who f page:p1", "deny no_rule_applies");
}
