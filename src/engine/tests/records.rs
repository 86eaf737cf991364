//! Records: members that are there, absent, or not what they should be.

use super::{Fixture, fixture, party, question};
use crate::model::Input;

const SHOP: &str = "
package shop
subject user { department: string, home?: record { city: string, geo: record { lat: int } }, manager?: user }
resource order {
  address: record {
    street:  string
    floor?:  int
    geo:     record { lat: int, note: record { by: user, tags: set of string } }
  }
  owner: user
  actions read, write
}
context { device: record { trusted: bool, organization: string } }
organization { plan: record { name: string } }
";

fn shop(rules: &str, facts: &str) -> Fixture {
    fixture(&format!("{SHOP}\n{rules}"), &format!("package: shop\n{facts}"))
}

fn text(text: &str) -> Input<'_> {
    Input::Text(text.into())
}

fn record<'a>(members: &[(&'a str, Input<'a>)]) -> Input<'a> {
    Input::Record(members.iter().map(|(name, value)| ((*name).into(), value.clone())).collect())
}

/// What the condition says of an order with this address in the request.
#[track_caller]
fn check(condition: &str, address: Option<Input<'_>>, expected: &str) {
    let fixture = shop(&format!("allow order:read named it when {condition}"), "");
    let mut asked = question("user:ann read order:1");
    let properties: Vec<_> = address.into_iter().map(|address| ("address", address)).collect();
    asked.resource = party("order:1", &properties);
    assert_eq!(shown(&fixture.ask(&asked)), expected, "{condition} with {properties:?}");
}

fn shown(answer: &str) -> &str {
    match answer {
        "allow allowed shop/it" => "true",
        "deny no_rule_applies" => "false",
        other => other.strip_prefix("deny unknown_attribute | ").unwrap_or(other),
    }
}

fn address() -> Input<'static> {
    let note = record(&[("by", text("ann")), ("tags", Input::List(vec![text("a"), text("b")]))]);
    let geo = record(&[("lat", Input::Decimal(7.0)), ("note", note)]);
    record(&[("street", text("High Street")), ("geo", geo), ("unheard of", Input::Int(1))])
}

#[test]
fn members_are_read_by_their_path() {
    check("resource.address.street == \"High Street\"", Some(address()), "true");
    check("resource.address.street like \"Low*\"", Some(address()), "false");
    check("resource.address.geo.lat * 2 == 14", Some(address()), "true");
    check("resource.address.geo.note.by == subject", Some(address()), "true");
    check("subject in resource.address.geo.note.by", Some(address()), "true");
    check("\"b\" in resource.address.geo.note.tags", Some(address()), "true");
    check("\"c\" in resource.address.geo.note.tags", Some(address()), "false");
    check("has resource.address and has resource.address.geo.note", Some(address()), "true");
    check("has resource.address.floor", Some(address()), "false");
    check("resource.address.floor or_else 3 == 3", Some(address()), "true");
    check("has resource.address.floor and resource.address.floor < 7", Some(address()), "false");
}

#[test]
fn an_absent_record_makes_its_members_absent() {
    for nothing in [None, Some(Input::Null)] {
        check("has resource.address", nothing.clone(), "false");
        check("has resource.address.geo.note.by", nothing.clone(), "false");
        check("resource.address.floor or_else 3 == 3", nothing.clone(), "true");
        check("resource.address.geo.lat < 7", nothing, "unknown: resource.address.geo.lat");
    }
    for geo in [None, Some(("geo", Input::Null))] {
        let sent = record(&geo.into_iter().chain([("floor", Input::Null)]).collect::<Vec<_>>());
        check("has resource.address", Some(sent.clone()), "true");
        check("has resource.address.geo", Some(sent.clone()), "false");
        check("has resource.address.geo.lat", Some(sent.clone()), "false");
        check("resource.address.floor or_else 3 == 3", Some(sent.clone()), "true");
        // A required member that is missing is absent, as any attribute is.
        check("resource.address.street == \"x\"", Some(sent), "unknown: resource.address.street");
    }
}

#[test]
fn what_is_no_record_and_what_is_no_value_of_its_type_is_unknown() {
    for wrong in [text("High Street"), Input::Bool(true), Input::List(vec![address()]), Input::Int(7)] {
        check("has resource.address", Some(wrong.clone()), "unknown: resource.address");
        check("has resource.address.floor", Some(wrong.clone()), "unknown: resource.address.floor");
        check(
            "resource.address.floor or_else 3 == 3",
            Some(wrong.clone()),
            "unknown: resource.address.floor",
        );
        let inner = record(&[("geo", wrong), ("street", text("x"))]);
        check("has resource.address.geo", Some(inner.clone()), "unknown: resource.address.geo");
        check("has resource.address.geo.lat", Some(inner.clone()), "unknown: resource.address.geo.lat");
        // One member says nothing about the others.
        check("resource.address.street == \"x\"", Some(inner.clone()), "true");
        check("has resource.address", Some(inner), "true");
    }
    let sent = record(&[("floor", text("7")), ("street", text("x"))]);
    check("has resource.address.floor", Some(sent.clone()), "unknown: resource.address.floor");
    check("resource.address.floor or_else 3 == 3", Some(sent.clone()), "unknown: resource.address.floor");
    check("resource.address.street == \"x\"", Some(sent), "true");
}

/// Whatever is wrong with a record, no allow comes of it, and a deny that reads it stands.
#[test]
fn a_deny_that_reads_what_is_wrong_applies() {
    let rules = "allow order:*\ndeny order:* named shut unless resource.address.geo.lat > 0";
    let fixture = shop(rules, "");
    for wrong in
        [None, Some(text("x")), Some(record(&[])), Some(record(&[("geo", record(&[("lat", text("1"))]))]))]
    {
        let mut asked = question("user:ann read order:1");
        let properties: Vec<_> = wrong.into_iter().map(|address| ("address", address)).collect();
        asked.resource = party("order:1", &properties);
        let expected = "deny unknown_attribute shop/shut| unknown: resource.address.geo.lat";
        assert_eq!(fixture.ask(&asked), expected, "{properties:?}");
    }
}

const FACTS: &str = "
organizations: { acme: { plan: { name: gold } } }
subjects:
  user:
    ann:
      manager: bob
      organization: acme
      home: { city: Wien, geo: { lat: 48 } }
    bob: { home: { geo: {} }, manager: cid }
    cid: { department: ops, home: { city: Graz } }
resources:
  order:
    \"1\": { owner: ann, address: { street: x, floor: 2, geo: { lat: 1, note: { by: ann, tags: [a] } } } }
    \"2\": { address: { street: z, geo: { note: { by: { type: user, id: bob } } } } }
";

#[test]
fn stored_records_are_read_as_sent_ones_are() {
    #[track_caller]
    fn check(condition: &str, order: &str, expected: &str) {
        let fixture = shop(&format!("allow order:read named it when {condition}"), FACTS);
        let line = format!("user:ann read order:{order}");
        assert_eq!(shown(&fixture.ask(&question(&line))), expected, "{condition} of {order}");
    }
    check("resource.address.geo.lat == 1", "1", "true");
    check("has resource.address.floor and resource.address.floor == 2", "1", "true");
    check("resource.address.geo.note.by == subject", "1", "true");
    check("\"a\" in resource.address.geo.note.tags", "1", "true");
    check("has resource.address.geo.note", "1", "true");
    check("has resource.address.floor", "2", "false");
    check("resource.address.geo.lat == 1", "2", "unknown: resource.address.geo.lat");
    check("has resource.address", "3", "false");
    // From entity to entity, with records on the way.
    let city = "has subject.home.city and subject.home.city == \"Wien\"";
    check(city, "1", "true");
    let of_manager = "has resource.owner.manager.home and resource.owner.manager.home.geo.lat == 1";
    check(of_manager, "1", "unknown: resource.owner.manager.home.geo.lat");
    check("has resource.address.geo.note.by.manager.home.city", "2", "true");
    check("has resource.address.geo.note.by.manager.home.geo", "2", "false");
    check("subject.organization.plan.name == \"gold\"", "1", "true");
    check("resource.address.geo.note.by.organization.plan.name == \"gold\"", "1", "true");
    check(
        "resource.address.geo.note.by.organization.plan.name == \"gold\"",
        "2",
        "unknown: resource.address.geo.note.by.organization.plan.name",
    );
}

#[test]
fn a_sent_record_takes_the_place_of_the_whole_stored_one() {
    let fixture = shop("allow order:read named it when has resource.address.floor", FACTS);
    let mut asked = question("user:ann read order:1");
    assert_eq!(shown(&fixture.ask(&asked)), "true");
    asked.resource = party("order:1", &[("address", record(&[("street", text("z"))]))]);
    assert_eq!(shown(&fixture.ask(&asked)), "false");
    asked.resource = party("order:1", &[("address", Input::Null)]);
    assert_eq!(shown(&fixture.ask(&asked)), "true");
    asked.resource = party("order:1", &[("address", text("z"))]);
    assert_eq!(shown(&fixture.ask(&asked)), "unknown: resource.address.floor");
}

/// In a record a name like `organization` means nothing of its own.
#[test]
fn the_context_has_records_too() {
    let condition = "context.device.trusted and context.device.organization == \"acme\"";
    let fixture = shop(&format!("allow order:read named it when {condition}"), "");
    let mut asked = question("user:ann read order:1");
    assert_eq!(shown(&fixture.ask(&asked)), "unknown: context.device.trusted, context.device.organization");
    asked.context =
        vec![("device".into(), record(&[("trusted", Input::Bool(true)), ("organization", text("acme"))]))];
    assert_eq!(shown(&fixture.ask(&asked)), "true");
}

/// Another package's subject type declares the record otherwise: a rule can't know what its members mean.
#[test]
fn a_record_that_is_declared_otherwise_is_unknown() {
    let mut sources = crate::document::Sources::default();
    let texts = [
        "package one\nsubject user { home: record { city: string } }\nresource page { actions read }\n\
         allow page:read named it when subject.home.city == \"Wien\"",
        "package two\nsubject user { home: record { city: string, code: int } }\nsubject guest { home: record { city: string } }",
    ];
    let add = |(number, text): (usize, &&str)| {
        sources.add(crate::document::Source { name: format!("{number}.policy"), text: (*text).to_owned() })
    };
    let files: Vec<_> = texts.iter().enumerate().map(add).collect();
    let loaded = crate::language::load(&sources, &files);
    let policy = loaded.policy.unwrap_or_else(|| panic!("{:#?}", loaded.diagnostics));
    let fixture = Fixture { engine: super::Engine::new(policy.into()), facts: super::Facts::default() };
    let ask = |who: &str| {
        let mut asked = question("anonymous read page:1");
        asked.subject = Some(party(who, &[("home", record(&[("city", text("Wien"))]))]));
        fixture.ask(&asked)
    };
    assert_eq!(ask("one/user:ann"), "allow allowed one/it");
    assert_eq!(ask("two/guest:ann"), "allow allowed one/it");
    assert_eq!(ask("two/user:ann"), "deny unknown_attribute | unknown: subject.home.city");
}
