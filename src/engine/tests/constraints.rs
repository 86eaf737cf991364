//! What constraints leave of roles.

use std::fmt::Write as _;

use super::{Fixture, assignment, docs, holder, party, question};
use crate::model::Input;

/// Ann holds these roles, each as `role scope`.
fn ann(roles: &str, held: &[&str]) -> Fixture {
    let held: Vec<_> = held.iter().map(|held| held.split_once(' ').unwrap()).collect();
    docs(roles, &holder(&held.into_iter().map(|(role, scope)| assignment(role, scope)).collect::<String>()))
}

impl Fixture {
    /// As [`Fixture::check`], about documents of this size in this organization.
    #[track_caller]
    fn check_doc(&self, action: &str, size: i64, organization: &str, expected: &str) {
        let line = format!("user:ann {action} doc:1");
        let mut asked = question(&line);
        let organization = ("organization", Input::Text(organization.into()));
        asked.resource = party("doc:1", &[("size", Input::Int(size)), organization]);
        assert_eq!(self.ask(&asked), expected, "{line} {:?}", asked.resource.properties);
    }
}

const NONE: &str = "deny no_rule_applies";

#[test]
fn a_constraint_narrows_what_the_role_has_and_inherits() {
    let fixture = ann(
        "role reader { doc:{read, share} board:read }
role small : reader { doc:write } only doc:*  when resource.size < 3  unless resource.size == 0",
        &["small /"],
    );
    fixture.check_doc("read", 2, "acme", "allow allowed role docs/reader");
    fixture.check_doc("write", 2, "acme", "allow allowed role docs/small");
    fixture.check_doc("read", 3, "acme", NONE);
    fixture.check_doc("write", 0, "acme", NONE);
    fixture.check("user:ann read board:1", NONE);
}

#[test]
fn what_is_left_is_what_heirs_inherit() {
    let roles = "role reader { doc:{read, share} }
role small : reader { doc:write } only doc:{read, write} when resource.size < 3
role heir : small { doc:share }
role late : heir {} unless resource.size == 1";
    let fixture = ann(roles, &["heir /"]);
    fixture.check_doc("read", 2, "acme", "allow allowed role docs/reader");
    fixture.check_doc("read", 3, "acme", NONE);
    fixture.check_doc("write", 3, "acme", NONE);
    // What the heir has itself is nothing that the constraint could narrow.
    fixture.check_doc("share", 3, "acme", "allow allowed role docs/heir");
    let fixture = ann(roles, &["late /"]);
    fixture.check_doc("read", 2, "acme", "allow allowed role docs/reader");
    fixture.check_doc("read", 1, "acme", NONE);
    fixture.check_doc("share", 1, "acme", NONE);
    fixture.check_doc("share", 3, "acme", "allow allowed role docs/heir");
    let fixture = ann(roles, &["reader /"]);
    fixture.check_doc("share", 3, "acme", "allow allowed role docs/reader");
}

#[test]
fn one_way_that_is_open_is_enough() {
    let roles = "role reader { doc:read }
role tiny : reader { doc:read } when resource.size < 3
role local : reader {} in organization(\"acme\")
role both : tiny, local { } unless resource.size == 0";
    let fixture = ann(roles, &["both /"]);
    fixture.check_doc("read", 2, "acme2", "allow allowed role docs/reader; role docs/tiny");
    fixture.check_doc("read", 5, "acme/lab", "allow allowed role docs/reader");
    fixture.check_doc("read", 5, "acme2", NONE);
    fixture.check_doc("read", 0, "acme", NONE);
    // One assignment that is narrowed takes nothing from another that is not.
    let fixture = ann(roles, &["both /", "reader acme2"]);
    fixture.check_doc("read", 5, "acme2", "allow allowed role docs/reader");
    fixture.check_doc("read", 0, "acme", NONE);
}

#[test]
fn rules_bind_whoever_holds_the_role() {
    let roles = "role reader { doc:read } when false
role heir : reader {}
allow doc:write named writers to reader
deny doc:share named never to reader
deny doc:write named others except reader";
    for held in ["reader /", "heir /"] {
        let fixture = ann(roles, &[held]);
        fixture.check_doc("read", 1, "acme", NONE);
        fixture.check_doc("write", 1, "acme", "allow allowed docs/writers");
        fixture.check_doc("share", 1, "acme", "deny denied_by_rule docs/never");
    }
}

#[test]
fn an_unknown_constraint_does_not_allow_and_is_named() {
    let roles = "context { level: int }
role reader { doc:read note:read }
role small : reader {} in organization(\"acme\") when resource.owner == subject unless has resource.draft and resource.draft
role heir : small {}
role half : reader {} when context.level > 3
role two : small, half { }";
    let unknown = |leaves: &str| format!("deny unknown_attribute | unknown: {leaves}");
    for held in ["small /", "heir /"] {
        let fixture = ann(&roles.replace(" note:read", ""), &[held]);
        fixture.check("user:ann read doc:1", &unknown("resource.organization, resource.owner"));
        let mut asked = question("user:ann read doc:1");
        asked.resource = party("doc:1", &[("organization", Input::Text("acme".into()))]);
        assert_eq!(fixture.ask(&asked), unknown("resource.owner"));
        // One part that is false makes the rest no matter.
        asked.resource = party("doc:1", &[("organization", Input::Text("acme2".into()))]);
        assert_eq!(fixture.ask(&asked), NONE);
    }
    let roles = &roles.replace(" note:read", "");
    let fixture = ann(roles, &["two /"]);
    fixture.check("user:ann read doc:1", &unknown("context.level, resource.organization, resource.owner"));
    // The scope of an assignment comes before what its role hangs on, and what is known to be enough before all.
    let fixture = ann(roles, &["half acme", "small /"]);
    fixture.check("user:ann read doc:1", &unknown("resource.organization, context.level, resource.owner"));
    let fixture = ann(roles, &["half acme", "reader /"]);
    fixture.check("user:ann read doc:1", "allow allowed role docs/reader");
    let fixture = ann(
        "context { level: int }\nrole plain { doc:read }\nrole odd : plain { doc:read } when context.level > 3\nrole heir : odd, plain {}",
        &["heir /"],
    );
    fixture.check("user:ann read doc:1", "allow allowed role docs/plain");
    // What an open way leads to hangs on nothing behind it.
    let fixture = ann(
        "context { level: int }\nrole far { doc:read } when resource.size > 3\nrole near : far { doc:read } when context.level > 3",
        &["near /"],
    );
    fixture.check("user:ann read doc:1", &unknown("context.level"));
}

#[test]
fn a_role_in_an_organization_reaches_what_is_there_or_below() {
    let roles = "role local { doc:read board:read setting:read } in organization(\"acme/lab\")
role nowhere { doc:write } in organization(\"acme/lab/unheard\")
role everywhere { doc:share board:read setting:read } in organization(\"/\")";
    let local = ann(roles, &["local /"]);
    for (organization, expected) in [
        ("acme/lab", "allow allowed role docs/local"),
        ("acme/lab/unheard/of", "allow allowed role docs/local"),
        ("acme/labs", NONE),
        ("acme", NONE),
        ("/", NONE),
    ] {
        local.check_doc("read", 1, organization, expected);
    }
    let leaf = "deny unknown_attribute | unknown: resource.organization";
    local.check("user:ann read doc:1", leaf);
    local.check("user:ann read board:1", NONE);
    local.check("user:ann read setting:1", NONE);
    // The scope of the assignment and the role's organization both have to hold.
    let narrow = ann(roles, &["local acme2"]);
    narrow.check_doc("read", 1, "acme/lab", NONE);
    narrow.check_doc("read", 1, "acme2", NONE);
    let within = ann(roles, &["local acme"]);
    within.check_doc("read", 1, "acme/lab", "allow allowed role docs/local");
    within.check_doc("read", 1, "acme", NONE);
    // No facts have to name it.
    let nowhere = ann(roles, &["nowhere /"]);
    nowhere.check_doc("write", 1, "acme/lab/unheard", "allow allowed role docs/nowhere");
    nowhere.check_doc("write", 1, "acme/lab/unheard/of", "allow allowed role docs/nowhere");
    nowhere.check_doc("write", 1, "acme/lab", NONE);
    let everywhere = ann(roles, &["everywhere /"]);
    everywhere.check("user:ann share doc:1", "allow allowed role docs/everywhere");
    everywhere.check("user:ann read board:1", "allow allowed role docs/everywhere");
    everywhere.check("user:ann read setting:1", "allow allowed role docs/everywhere");
}

#[test]
fn a_personal_assignment_is_narrowed_too() {
    let fixture = ann(
        "role keeper { doc:{read, write} note:read } only *:read unless resource is doc and resource.size > 3",
        &["keeper personal"],
    );
    let ask = |line: &str, owner: &str, size: i64| {
        let mut asked = question(line);
        let owner = ("owner", Input::Text(owner.into()));
        asked.resource.properties = party("", &[owner, ("size", Input::Int(size))]).properties;
        fixture.ask(&asked)
    };
    assert_eq!(ask("user:ann read doc:1", "ann", 1), "allow allowed role docs/keeper");
    assert_eq!(ask("user:ann read doc:1", "ann", 4), NONE);
    assert_eq!(ask("user:ann read doc:1", "bob", 1), NONE);
    assert_eq!(ask("user:ann write doc:1", "ann", 1), NONE);
    assert_eq!(ask("user:ann read note:1", "ann", 4), "allow allowed role docs/keeper");
}

#[test]
fn only_may_name_everything_and_permission_sets() {
    let roles = "permissions reading = doc:read, board:read
role every { *:* }
role some : every { *:* } only reading, setting:*
role lone { doc:read } only doc:read
system role root : every { *:* } only *:*";
    let some = ann(roles, &["some /"]);
    some.check_doc("read", 1, "acme", "allow allowed role docs/every; role docs/some");
    some.check("user:ann read board:1", "allow allowed role docs/every; role docs/some");
    some.check("user:ann write setting:1", "allow allowed role docs/every; role docs/some");
    some.check_doc("write", 1, "acme", NONE);
    some.check("user:ann read note:1", NONE);
    ann(roles, &["root /"]).check("user:ann read note:1", "allow allowed role docs/every; role docs/root");
    ann(roles, &["lone /"]).check("user:ann read doc:1", "allow allowed role docs/lone");
}

#[test]
fn a_constraint_by_time_ends_the_answer() {
    let fixture = ann(
        "window working = Mon-Fri 09:00-17:00 UTC
window lunch = 12:00-13:00 UTC
role clerk { board:read } when now in working
role busy : clerk {} unless now in lunch or now > 2026-11-23T11:30:00Z
role other { board:read } when now in lunch",
        &["busy /"],
    );
    let until = |fixture: &Fixture, line: &str| {
        let until = fixture.engine.answer(&fixture.facts, &question(line)).valid_until;
        until.map(|until| until.to_string())
    };
    fixture.check("user:ann read board:1", "allow allowed role docs/clerk");
    assert_eq!(until(&fixture, "user:ann read board:1").as_deref(), Some("2026-11-23T11:30:00.000001Z"));
    // Nothing hangs on the clock where the role does not have the permission.
    assert_eq!(until(&fixture, "user:ann read setting:1"), None);
    assert_eq!(until(&fixture, "user:bob read board:1"), None);
}

/// Each floor has two roles that inherit from both of the floor below: one way at a time this would never end.
#[test]
fn ways_need_not_be_counted() {
    let floors = 200;
    let mut roles = "context { level: int }\nrole a0 { doc:read }\nrole b0 { doc:write }\n".to_owned();
    for floor in 1..floors {
        let below = floor - 1;
        let _ = writeln!(roles, "role a{floor} : a{below}, b{below} {{}} when resource.size > {floor}");
        let _ = writeln!(roles, "role b{floor} : a{below}, b{below} {{}} unless context.level < {floor}");
    }
    let _ = writeln!(roles, "role top : a{0}, b{0} {{}}", floors - 1);
    let fixture = ann(&roles, &["top /"]);
    let mut asked = question("user:ann read doc:1");
    let answer = |asked: &_| fixture.render(&fixture.engine.answer(&fixture.facts, asked));
    asked.context = vec![("level".into(), Input::Int(1_000))];
    assert_eq!(answer(&asked), "allow allowed role docs/a0");
    asked.context = vec![("level".into(), Input::Int(0))];
    assert_eq!(answer(&asked), "deny unknown_attribute | unknown: resource.size");
    asked.resource = party("doc:1", &[("size", Input::Int(1_000))]);
    assert_eq!(answer(&asked), "allow allowed role docs/a0");
    asked.resource = party("doc:1", &[("size", Input::Int(199))]);
    assert_eq!(answer(&asked), NONE);
}
