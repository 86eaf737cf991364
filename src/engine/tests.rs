//! What decisions mean, one sentence of the design at a time. Policies and facts are written as authors write them.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Decision, Engine, PartyInput, Question, Vouched, reference};
use crate::document::{Source, Sources};
use crate::facts::{self, Facts};
use crate::language;
use crate::model::{Input, Instant};

mod constraints;
mod declarations;
mod keys;
mod lookalikes;
mod packages;
mod quantifiers;
mod records;
mod related;
mod time;
mod vouched;

const NOW: &str = "2026-11-23T10:00:00Z"; // a Monday

struct Fixture {
    engine: Engine,
    facts: Facts,
}

fn fixture(policy: &str, facts: &str) -> Fixture {
    fixture_of(&[policy], facts)
}

fn fixture_of(policies: &[&str], facts: &str) -> Fixture {
    let mut sources = Sources::default();
    let add = |text: &&str| sources.add(Source { name: "test.policy".to_owned(), text: (*text).to_owned() });
    let policies: Vec<_> = policies.iter().map(add).collect();
    let loaded = language::load(&sources, &policies);
    let policy = loaded.policy.unwrap_or_else(|| panic!("{:#?}", loaded.diagnostics));
    let file = sources.add(Source { name: "facts.yaml".to_owned(), text: facts.to_owned() });
    let (facts, diagnostics) = facts::load(&sources, &[file], &policy.schema);
    let facts = facts.unwrap_or_else(|| panic!("{diagnostics:#?}"));
    Fixture { engine: Engine::new(Arc::new(policy)), facts }
}

fn party<'a>(reference: &'a str, properties: &[(&'a str, Input<'a>)]) -> PartyInput<'a> {
    let (kind, id) = reference.split_once(':').map_or((reference, None), |(kind, id)| (kind, Some(id)));
    let properties = properties.iter().map(|(name, value)| (Cow::Borrowed(*name), value.clone())).collect();
    PartyInput { kind: kind.into(), id: id.map(Cow::Borrowed), properties }
}

/// `"user:alice incidents:close incidents:inc-1"`, or `anonymous` for the first word.
fn question(line: &str) -> Question<'_> {
    let words: Vec<&str> = line.split(' ').collect();
    let [subject, action, resource] = words[..] else { panic!("{line}: not subject, action, resource") };
    Question {
        subject: (subject != "anonymous").then(|| party(subject, &[])),
        action: action.into(),
        resource: party(resource, &[]),
        context: Vec::new(),
        action_properties: Vec::new(),
        understands: Vec::new(),
        vouched: Vouched::default(),
        now: Instant::parse(NOW).unwrap(),
    }
}

impl Fixture {
    /// `allow allowed p/rule; role p/viewer | unknown: resource.owner`.
    fn render(&self, decision: &Decision) -> String {
        let effect = if decision.is_allow() { "allow" } else { "deny" };
        let deciders: Vec<_> =
            decision.deciding.iter().map(|decider| self.engine.decider_name(*decider)).collect();
        let mut text = format!("{effect} {} {}", decision.reason.code(), deciders.join("; "));
        if !decision.unknown.is_empty() {
            let unknown: Vec<_> = decision.unknown.iter().map(|leaf| leaf.text()).collect();
            text = format!("{text}| unknown: {}", unknown.join(", "));
        }
        text.trim_end().to_owned()
    }

    fn ask(&self, question: &Question<'_>) -> String {
        let naive = self.render(&reference::decide(self.engine.policy(), &self.facts, question));
        let answer = self.render(&self.engine.answer(&self.facts, question));
        assert_eq!(answer, naive, "the reference differs");
        answer
    }

    #[track_caller]
    fn check(&self, line: &str, expected: &str) {
        assert_eq!(self.ask(&question(line)), expected, "{line}");
    }
}

const DOCS: &str = "
package docs
subject user { level: int, trusted: bool }
subject service { audience: string }
resource doc in organization { owner: user, size: int, draft?: bool, actions read, write, share }
resource board shared { actions read }
resource setting { actions read, write }
resource note { owner: user, actions read }
";

fn docs(rules: &str, facts: &str) -> Fixture {
    fixture(&format!("{DOCS}\n{rules}"), &format!("package: docs\n{facts}"))
}

#[test]
fn denies_what_no_rule_allows() {
    let fixture = docs("allow doc:read named readers when resource.size < 3", "");
    fixture.check("user:ann write doc:1", "deny no_rule_applies");
    let mut asked = question("user:ann read doc:1");
    asked.resource = party("doc:1", &[("size", Input::Int(3))]);
    assert_eq!(fixture.ask(&asked), "deny no_rule_applies");
    asked.resource = party("doc:1", &[("size", Input::Int(2))]);
    assert_eq!(fixture.ask(&asked), "allow allowed docs/readers");
}

#[test]
fn an_undeclared_type_or_action_is_denied_by_name() {
    let fixture = docs("allow *:* named everything", "");
    fixture.check("user:ann read ghost:1", "deny unknown_type");
    fixture.check("ghost:ann read doc:1", "deny unknown_type");
    fixture.check("user:ann erase doc:1", "deny unknown_action");
    fixture.check("doc:1 read doc:1", "deny unknown_type");
    fixture.check("user:ann read user:ann", "deny unknown_type");
    fixture.check("user:ann read docs/doc:1", "allow allowed docs/everything");
    fixture.check("user:ann read other/doc:1", "deny unknown_type");
}

#[test]
fn an_allow_without_to_binds_the_identified_and_a_deny_everybody() {
    let fixture = docs(
        "allow doc:read named known\nallow board:read named open to anyone\ndeny doc:share named never",
        "",
    );
    fixture.check("anonymous read doc:1", "deny no_rule_applies");
    fixture.check("user:ann read doc:1", "allow allowed docs/known");
    fixture.check("anonymous read board:1", "allow allowed docs/open");
    fixture.check("anonymous share doc:1", "deny denied_by_rule docs/never");
}

#[test]
fn an_unknown_allow_does_not_apply_and_an_unknown_deny_does() {
    let fixture = docs(
        "allow doc:read named small when resource.size < 3\n\
         allow doc:write named writers\ndeny doc:write named big when resource.size > 9",
        "",
    );
    fixture.check("user:ann read doc:1", "deny unknown_attribute | unknown: resource.size");
    fixture.check("user:ann write doc:1", "deny unknown_attribute docs/big| unknown: resource.size");
    let mut asked = question("user:ann write doc:1");
    asked.resource = party("doc:1", &[("size", Input::Text("10".into()))]);
    assert_eq!(fixture.ask(&asked), "deny unknown_attribute docs/big| unknown: resource.size");
    asked.resource = party("doc:1", &[("size", Input::Int(9))]);
    assert_eq!(fixture.ask(&asked), "allow allowed docs/writers");
}

#[test]
fn the_highest_priority_decides_and_a_tie_is_a_deny() {
    let fixture = docs(
        "allow doc:read named a0\nallow doc:read named a50 priority 50\ndeny doc:read named d50 priority 50\n\
         allow doc:write named a51 priority 51\ndeny doc:write named d50w priority 50\n\
         allow doc:share named a99 priority 99\ndeny doc:share named absolute",
        "",
    );
    fixture.check("user:ann read doc:1", "deny denied_by_rule docs/d50");
    fixture.check("user:ann write doc:1", "allow allowed docs/a51");
    fixture.check("user:ann share doc:1", "deny denied_by_rule docs/absolute");
}

#[test]
fn every_rule_of_the_winning_level_is_in_the_deciding_set_by_name() {
    let fixture = docs(
        "allow doc:read named zoe\nallow doc:* named adam\nallow *:* named mia\nallow doc:read named low when 1 > 2",
        "",
    );
    fixture.check("user:ann read doc:1", "allow allowed docs/adam; docs/mia; docs/zoe");
}

#[test]
fn wildcards_stay_inside_their_package() {
    let text = "package a\nsubject user {}\nresource one { actions read }\nallow *:* named everything";
    let mut sources = Sources::default();
    let ids = [text, "package b\nresource two { actions read }\nrole r { *:* }"]
        .map(|text| sources.add(Source { name: "x.policy".to_owned(), text: text.to_owned() }));
    let loaded = language::load(&sources, &ids);
    let fixture = Fixture { engine: Engine::new(Arc::new(loaded.policy.unwrap())), facts: Facts::default() };
    fixture.check("user:ann read one:1", "allow allowed a/everything");
    fixture.check("user:ann read two:1", "deny no_rule_applies");
}

const ROLES: &str = "
role reader { doc:read  board:read  setting:read  note:read }
role editor : reader { doc:write }
role intern : reader { }
";

fn holder(roles: &str) -> String {
    format!(
        "organizations:\n  acme: {{}}\n  acme/lab: {{}}\n  acme2: {{}}\nsubjects:\n  user:\n    ann:\n      roles:\n{roles}"
    )
}

fn assignment(role: &str, scope: &str) -> String {
    format!("        - {{ role: {role}, scope: {scope}, granted_by: root, reason: test }}\n")
}

#[test]
fn a_role_permits_what_it_inherits_and_the_role_that_lists_it_is_named() {
    let fixture = docs(ROLES, &holder(&assignment("editor", "/")));
    fixture.check("user:ann read doc:1", "allow allowed role docs/reader");
    fixture.check("user:ann write doc:1", "allow allowed role docs/editor");
    fixture.check("user:ann share doc:1", "deny no_rule_applies");
    fixture.check("user:bob read doc:1", "deny no_rule_applies");
    fixture.check("service:ann read doc:1", "deny no_rule_applies");
}

#[test]
fn to_reaches_seniors_and_except_spares_them() {
    let rules =
        "deny doc:read named all_readers to reader except editor\ndeny board:read named everyone to reader";
    let fixture = docs(&format!("{ROLES}{rules}"), &holder(&assignment("editor", "/")));
    fixture.check("user:ann read doc:1", "allow allowed role docs/reader");
    fixture.check("user:ann read board:1", "deny denied_by_rule docs/everyone");
    let fixture = docs(&format!("{ROLES}{rules}"), &holder(&assignment("intern", "/")));
    fixture.check("user:ann read doc:1", "deny denied_by_rule docs/all_readers");
}

fn in_organization<'a>(line: &'a str, organization: &'a str) -> Question<'a> {
    let mut asked = question(line);
    asked.resource.properties.push(("organization".into(), Input::Text(organization.into())));
    asked
}

#[test]
fn an_assignment_reaches_its_scope_and_below() {
    let fixture = docs(ROLES, &holder(&assignment("reader", "acme")));
    let read = "user:ann read doc:1";
    assert_eq!(fixture.ask(&in_organization(read, "acme")), "allow allowed role docs/reader");
    assert_eq!(fixture.ask(&in_organization(read, "acme/lab")), "allow allowed role docs/reader");
    assert_eq!(fixture.ask(&in_organization(read, "acme/lab/unlisted")), "allow allowed role docs/reader");
    assert_eq!(fixture.ask(&in_organization(read, "acme2")), "deny no_rule_applies");
    assert_eq!(fixture.ask(&in_organization(read, "acmex")), "deny no_rule_applies");
    assert_eq!(fixture.ask(&in_organization(read, "/")), "deny no_rule_applies");
    for hostile in ["", "acme/../acme2", "acme//lab", "/acme", "acme/"] {
        assert_eq!(
            fixture.ask(&in_organization(read, hostile)),
            "deny unknown_attribute | unknown: resource.organization",
            "{hostile:?}"
        );
    }
    fixture.check(read, "deny unknown_attribute | unknown: resource.organization");
    fixture.check("user:ann read board:1", "allow allowed role docs/reader");
    fixture.check("user:ann read setting:1", "deny no_rule_applies");
}

#[test]
fn a_deny_whose_reach_is_unknown_applies() {
    let rules = "allow doc:read named everything\ndeny doc:read named readers to reader";
    let fixture = docs(&format!("{ROLES}{rules}"), &holder(&assignment("reader", "acme")));
    let read = "user:ann read doc:1";
    fixture.check(read, "deny unknown_attribute docs/readers| unknown: resource.organization");
    assert_eq!(fixture.ask(&in_organization(read, "acme2")), "allow allowed docs/everything");
}

#[test]
fn stored_and_sent_organizations_must_agree() {
    let facts =
        holder(&assignment("reader", "acme")) + "resources:\n  doc:\n    '1': { organization: acme2 }\n";
    let fixture = docs(ROLES, &facts);
    let read = "user:ann read doc:1";
    fixture.check(read, "deny no_rule_applies");
    assert_eq!(fixture.ask(&in_organization(read, "acme")), "deny organization_conflict");
    assert_eq!(fixture.ask(&in_organization(read, "acme2")), "deny no_rule_applies");
    let mut asked = question(read);
    asked.resource = party("doc:1", &[("organization", Input::Null)]);
    assert_eq!(fixture.ask(&asked), "deny no_rule_applies");
    asked.resource = party("doc:1", &[("organization", Input::Int(7))]);
    assert_eq!(fixture.ask(&asked), "deny organization_conflict");
}

#[test]
fn a_personal_assignment_reaches_what_the_subject_owns() {
    let policy = "package p\nsubject user {}\nresource note { owner: user, actions read }\nresource user { actions read }\n\
                  role self { note:read  user:read }";
    let fixture = fixture(
        policy,
        "package: p\nsubjects:\n  user:\n    ann: { roles: [ { role: self, scope: personal, granted_by: root, reason: own } ] }\n\
         resources:\n  note:\n    mine: { owner: ann }\n    yours: { owner: bob }\n    nobodys: {}\n",
    );
    fixture.check("user:ann read note:mine", "allow allowed role p/self");
    fixture.check("user:ann read note:yours", "deny no_rule_applies");
    fixture.check("user:ann read note:nobodys", "deny unknown_attribute | unknown: resource.owner");
    fixture.check("user:ann read user:ann", "allow allowed role p/self");
    fixture.check("user:ann read user:bob", "deny no_rule_applies");
    fixture.check("user:bob read note:yours", "deny no_rule_applies");
}

#[test]
fn a_grant_counts_until_it_expires_and_the_horizon_says_when() {
    let facts = "organizations:\n  acme: {}\nsubjects:\n  user:\n    ann:\n      grants:\n        \
                 - { permission: \"doc:share\", scope: /, granted_by: root, reason: audit, expires: \"2026-11-23T12:00:00Z\" }\n";
    let fixture = docs("", facts);
    let expiry = Instant::parse("2026-11-23T12:00:00Z").unwrap();
    let mut asked = question("user:ann share doc:1");
    let decision = fixture.engine.answer(&fixture.facts, &asked);
    assert_eq!(
        (fixture.render(&decision).as_str(), decision.valid_until),
        ("allow allowed grant", Some(expiry))
    );
    asked.now = Instant::from_micros(expiry.micros() - 1);
    assert_eq!(fixture.ask(&asked), "allow allowed grant");
    asked.now = expiry;
    let decision = fixture.engine.answer(&fixture.facts, &asked);
    assert_eq!((fixture.render(&decision).as_str(), decision.valid_until), ("deny no_rule_applies", None));
}

#[test]
fn a_window_opens_and_closes_at_its_horizon() {
    let fixture = docs(
        "window work = Mon-Fri 09:00-17:00 Europe/London\nallow doc:read named hours when now in work",
        "",
    );
    let mut asked = question("user:ann read doc:1");
    let at = |text| Instant::parse(text).unwrap();
    for (now, effect, until) in [
        ("2026-11-23T08:59:59Z", "deny", "2026-11-23T09:00:00Z"),
        ("2026-11-23T09:00:00Z", "allow", "2026-11-23T17:00:00Z"),
        ("2026-11-20T17:00:00Z", "deny", "2026-11-23T09:00:00Z"),
        // London is an hour ahead of UTC from 2026-03-29T01:00Z on.
        ("2026-03-27T17:00:00Z", "deny", "2026-03-30T08:00:00Z"),
    ] {
        asked.now = at(now);
        let decision = fixture.engine.answer(&fixture.facts, &asked);
        assert_eq!(
            (decision.is_allow(), decision.valid_until),
            (effect == "allow", Some(at(until))),
            "{now}"
        );
    }
}

#[test]
fn an_obligation_the_caller_does_not_understand_denies() {
    let fixture = docs(
        "allow doc:read named watched oblige notify(channel: \"soc\")\nallow doc:read named plain advise relax()",
        "",
    );
    let mut asked = question("user:ann read doc:1");
    assert_eq!(fixture.ask(&asked), "deny obligation_unsupported docs/plain; docs/watched");
    asked.understands = vec!["notify".into()];
    let decision = fixture.engine.answer(&fixture.facts, &asked);
    assert_eq!(fixture.render(&decision), "allow allowed docs/plain; docs/watched");
    let names = |directives: Vec<&crate::language::policy::Directive>| -> Vec<&str> {
        directives.into_iter().map(|directive| directive.name.text()).collect()
    };
    assert_eq!(names(fixture.engine.obligations(&decision)), ["notify"]);
    assert_eq!(names(fixture.engine.advice(&decision)), ["relax"]);
}

#[test]
fn sent_properties_win_over_stored_ones_but_not_over_the_subjects_organization() {
    let policy = "package p\nsubject user { level: int }\norganization { tier: int }\nresource doc { actions read, write }\n\
                  allow doc:read named senior when subject.level > 4\nallow doc:write named paid when subject.organization.tier > 1";
    let facts = "package: p\norganizations:\n  poor: { tier: 1 }\n  rich: { tier: 2 }\nsubjects:\n  user:\n    ann: { level: 3, organization: poor }\n";
    let fixture = fixture(policy, facts);
    fixture.check("user:ann read doc:1", "deny no_rule_applies");
    fixture.check("user:ann write doc:1", "deny no_rule_applies");
    let mut asked = question("user:ann read doc:1");
    asked.subject =
        Some(party("user:ann", &[("level", Input::Int(5)), ("organization", Input::Text("rich".into()))]));
    assert_eq!(fixture.ask(&asked), "allow allowed p/senior");
    asked.action = "write".into();
    assert_eq!(fixture.ask(&asked), "deny no_rule_applies");
}

#[test]
fn relations_follow_the_hierarchy() {
    let policy = "package p\nsubject user {}\nresource folder { actions list }\n\
                  resource doc { readers: set of group, actions read, write }\n\
                  allow doc:read named readers when subject in resource.readers\n\
                  allow doc:write named staff when subject in group(\"staff\") and resource in folder(\"plans\")";
    let facts = "package: p\ngroups:\n  soc: { in: [staff] }\n  staff: {}\nsubjects:\n  user:\n    ann: { in: [soc] }\n    bob: {}\n\
                 resources:\n  folder:\n    plans: {}\n    secret: { in: [ { type: folder, id: plans } ] }\n  \
                 doc:\n    '1': { readers: [staff], in: [ { type: folder, id: secret } ] }\n    '2': { readers: [] }\n";
    let fixture = fixture(policy, facts);
    fixture.check("user:ann read doc:1", "allow allowed p/readers");
    fixture.check("user:bob read doc:1", "deny no_rule_applies");
    fixture.check("user:ann read doc:2", "deny no_rule_applies");
    fixture.check("user:ann write doc:1", "allow allowed p/staff");
    fixture.check("user:ann write doc:2", "deny no_rule_applies");
    fixture.check("user:eve write doc:1", "deny unknown_attribute | unknown: subject");
    fixture.check("user:ann write doc:unheard", "deny unknown_attribute | unknown: resource");
}

#[test]
fn texts_that_only_the_request_knows_compare_by_content() {
    let policy = "package p\nsubject user { team: string }\nresource doc { team: string, actions read }\n\
                  allow doc:read named same when subject.team == resource.team";
    let fixture = fixture(policy, "package: p\n");
    let mut asked = question("user:ann read doc:1");
    for (mine, its, expected) in [
        ("never-interned-1", "never-interned-1", "allow allowed p/same"),
        ("never-interned-1", "never-interned-2", "deny no_rule_applies"),
        ("doc", "never-interned-1", "deny no_rule_applies"),
    ] {
        asked.subject = Some(party("user:ann", &[("team", Input::Text(mine.into()))]));
        asked.resource = party("doc:1", &[("team", Input::Text(its.into()))]);
        assert_eq!(fixture.ask(&asked), expected, "{mine} {its}");
    }
}

#[test]
fn routes_take_the_most_specific() {
    let fixture = docs(
        "route GET /docs/{id} -> doc:read on doc(id)\nroute GET /docs/new -> doc:write\n\
         route GET /docs/{n: int} -> doc:share on doc(n)\nroute GET /docs/** -> board:read\n\
         route POST /{org}/docs/{id} -> doc:write on doc(id) in organization(org)\n\
         route GET files.example.com/docs/new -> setting:read on setting(\"main\")",
        "",
    );
    let find = |method, host, segments: &[&str]| {
        fixture.engine.route(method, host, segments).map(|found| {
            format!(
                "{}:{} {} {}",
                found.resource_type,
                found.action,
                found.id.unwrap_or_default(),
                found.organization.unwrap_or_default()
            )
        })
    };
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(find("GET", None, &["docs", "new"]), some("docs/doc:write  "));
    assert_eq!(find("GET", Some("files.example.com"), &["docs", "new"]), some("docs/setting:read main "));
    assert_eq!(find("GET", Some("files.example.com"), &["docs", "7"]), some("docs/doc:share 7 "));
    assert_eq!(find("GET", None, &["docs", "07"]), some("docs/doc:read 07 "));
    assert_eq!(
        find("GET", None, &["docs", "99999999999999999999"]),
        some("docs/doc:read 99999999999999999999 ")
    );
    assert_eq!(find("GET", None, &["docs", "a", "b"]), some("docs/board:read  "));
    assert_eq!(find("POST", None, &["acme", "docs", "1"]), some("docs/doc:write 1 acme"));
    for (method, segments) in [
        ("HEAD", &["docs", "1"][..]),
        ("GET", &["docs"]),
        ("GET", &["docs", ""]),
        ("GET", &["Docs", "1"]),
        ("GET", &[""]),
    ] {
        assert_eq!(find(method, None, segments), None, "{method} {segments:?}");
    }
}

mod networks;
mod patterns;
mod sets;
