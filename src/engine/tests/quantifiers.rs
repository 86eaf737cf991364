//! `any` and `all` in decisions.

use super::{Fixture, fixture, party, question};
use crate::model::{Input, Instant};

const CREW: &str = "
package crew
subject user { level: int, name: string, manager: user, mentor?: user, badges: set of string }
resource job shared {
  readers: set of user, tags: set of string, scores: set of int, dates: set of instant, sources: set of ip
  actions run
}
network office = 10.0.0.0/8
window working = Mon-Fri 09:00-17:00 Europe/London
define senior(who: user) = who.level > 5 and any x in who.badges: x == \"gold\"
define tagged = any x in resource.tags: x like \"r*\"
";

const FACTS: &str = "package: crew
groups:
  ops: {}
subjects:
  user:
    ann: { level: 3, name: Ann, manager: bob, mentor: bob, badges: [], in: [ops] }
    bob: { level: 7, name: Bob, manager: cid, badges: [gold] }
    cid: { name: Cid, manager: ann, badges: [gold, iron] }
    dan: { level: 9, manager: bob, badges: [] }
";

fn crew(condition: &str) -> Fixture {
    fixture(&format!("{CREW}\nallow job:run named it when {condition}"), FACTS)
}

fn texts(texts: &[&str]) -> Input<'static> {
    Input::List(texts.iter().map(|text| Input::Text((*text).to_owned().into())).collect())
}

/// What the condition comes to of a job with these attributes: `true`, `false`, or what is unknown.
fn outcome(condition: &str, properties: &[(&str, Input<'static>)]) -> String {
    let fixture = crew(condition);
    let mut asked = question("user:ann run job:1");
    asked.resource = party("job:1", properties);
    match fixture.ask(&asked).as_str() {
        "allow allowed crew/it" => "true".to_owned(),
        "deny no_rule_applies" => "false".to_owned(),
        unknown => unknown.replace("deny unknown_attribute | unknown: ", "? "),
    }
}

#[track_caller]
fn check(condition: &str, readers: &[&str], expected: &str) {
    assert_eq!(outcome(condition, &[("readers", texts(readers))]), expected, "{condition} of {readers:?}");
}

#[test]
fn any_and_all_are_or_and_and_over_the_elements() {
    let any = "any x in resource.readers: x.level > 5";
    let all = "all x in resource.readers: x.level > 5";
    // The level of cid is not known, and nothing is known of eve.
    for (readers, is_any, is_all) in [
        (&[][..], "false", "true"),
        (&["ann"], "false", "false"),
        (&["bob"], "true", "true"),
        (&["cid"], "? x.level", "? x.level"),
        (&["eve"], "? x.level", "? x.level"),
        (&["ann", "bob"], "true", "false"),
        (&["ann", "cid"], "? x.level", "false"),
        (&["cid", "bob"], "true", "? x.level"),
        (&["cid", "bob", "ann"], "true", "false"),
    ] {
        check(any, readers, is_any);
        check(all, readers, is_all);
        check(&format!("not ({all})"), readers, &opposite(is_all));
    }
    assert_eq!(outcome(any, &[]), "? resource.readers");
    assert_eq!(outcome(all, &[("readers", Input::Text("ann".into()))]), "? resource.readers");
}

fn opposite(outcome: &str) -> String {
    match outcome {
        "true" => "false".to_owned(),
        "false" => "true".to_owned(),
        unknown => unknown.to_owned(),
    }
}

#[test]
fn what_is_unknown_is_named_as_it_is_written_whichever_element_lacks_it() {
    for readers in [["cid", "dan"], ["dan", "cid"]] {
        check("any x in resource.readers: x.name == \"q\" or x.level > 99", &readers, "? x.name, x.level");
        check("any x in resource.readers: x.level > 99 or x.name == \"q\"", &readers, "? x.level, x.name");
    }
    let with_party =
        "all x in resource.readers: x.level > 9 or x.mentor or_else user(\"z\") in group(\"ops\")";
    check(with_party, &["dan"], "? x.mentor");
}

#[test]
fn a_variable_leads_on_to_what_the_facts_know() {
    check("any x in resource.readers: x.manager.manager.name == \"Ann\"", &["ann", "dan"], "false");
    check("any x in resource.readers: x.manager.manager.name == \"Ann\"", &["ann", "bob"], "true");
    check("any x in resource.readers: x.manager.manager.level == 3", &["ann"], "? x.manager.manager.level");
    check("all x in resource.readers: x in group(\"ops\")", &["ann"], "true");
    check("all x in resource.readers: x in group(\"ops\")", &["ann", "bob"], "false");
    check("all x in resource.readers: x in group(\"ops\")", &["ann", "eve"], "? x");
    check("any x in resource.readers: x == subject", &["bob", "ann"], "true");
    check("any x in resource.readers: x != subject and x.manager == subject", &["bob", "ann"], "false");
    check("any x in resource.readers: subject in [user(\"ann\")] and x is user", &["bob"], "true");
    check("all x in resource.readers minus [user(\"cid\")]: x.level > 0", &["cid", "ann", "dan"], "true");
    check("any x in [user(\"bob\"), user(\"dan\")]: x.manager in resource.readers", &["bob"], "true");
}

#[test]
fn a_variable_may_be_any_value() {
    let tags = [("tags", texts(&["red", "unheard of"]))];
    assert_eq!(outcome("any x in resource.tags: x like \"un*\"", &tags), "true");
    assert_eq!(outcome("all x in resource.tags: x in [\"red\", \"blue\"]", &tags), "false");
    let scores = [("scores", Input::List(vec![Input::Int(2), Input::Int(i64::MAX)]))];
    assert_eq!(outcome("any x in resource.scores: x * 2 == 4", &scores), "true");
    assert_eq!(outcome("all x in resource.scores: x * 2 > 3", &scores), "? x");
    let sources = [("sources", texts(&["10.1.2.3", "::ffff:10.0.0.9"]))];
    assert_eq!(outcome("all x in resource.sources: x in office", &sources), "true");
}

#[test]
fn what_is_made_sure_of_inside_holds_inside() {
    let condition = "all x in resource.readers: has x.mentor and x.mentor.level > x.level";
    check(condition, &["ann"], "true");
    check(condition, &["ann", "bob"], "false");
    check("any x in resource.readers: not has x.mentor or x.mentor == subject", &["bob"], "true");
}

#[test]
fn quantifiers_nest_and_definitions_have_variables_of_their_own() {
    let nested = "any x in resource.readers: all y in [1, 5]: y < x.level";
    check(nested, &["ann", "bob"], "true");
    check(nested, &["ann"], "false");
    // Both call theirs `x`.
    let senior =
        "any x in [user(\"ann\"), user(\"dan\"), user(\"bob\")]: x in resource.readers and senior(x)";
    check(senior, &["ann", "dan"], "false");
    check(senior, &["ann", "bob"], "true");
    let tagged = "all x in [1, 2]: x > 0 and tagged";
    assert_eq!(outcome(tagged, &[("tags", texts(&["blue", "red"]))]), "true");
    assert_eq!(outcome(tagged, &[("tags", texts(&["blue"]))]), "false");
}

#[test]
fn the_clock_is_looked_at_for_each_element() {
    let until = |condition: &str| {
        let fixture = crew(condition);
        let mut asked = question("user:ann run job:1");
        let dates = texts(&["2026-11-23T09:00:00Z", "2026-11-23T12:00:00Z", "2026-11-23T11:00:00Z"]);
        asked.resource = party("job:1", &[("dates", dates)]);
        fixture.ask(&asked);
        let decision = fixture.engine.answer(&fixture.facts, &asked);
        (decision.is_allow(), decision.valid_until.map(|until| until.to_string()))
    };
    let at = |text: &str| Some(Instant::parse(text).unwrap().to_string());
    // It is 10:00: one is over, and nothing changes before the second is.
    assert_eq!(until("all x in resource.dates: now >= x"), (false, at("2026-11-23T11:00:00Z")));
    assert_eq!(until("any x in resource.dates: now < x - 90m"), (true, at("2026-11-23T10:30:00Z")));
    assert_eq!(until("all x in [1, 2]: x < 3 and now in working"), (true, at("2026-11-23T17:00:00Z")));
    assert_eq!(until("all x in [1, 2]: x < 2 and now in working"), (false, at("2026-11-23T17:00:00Z")));
}
