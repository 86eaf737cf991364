//! What one package says of another's resources, and with another's names.

use super::{Fixture, Input, fixture_of, party, question};

const HACKAI: &str = "package hackai
subject user { level: int }
resource incident in organization { owner: user, severity: int  actions read, close }
resource board shared { actions read }
context { ip: ip, device: string }
organization { plan: string }
network office = 10.0.0.0/8
window working = Mon-Fri 09:00-17:00 UTC
permissions reading = incident:read, board:read
role viewer { reading }
role chief : viewer { incident:* }
define on_site = context.ip in office
define senior(least: int, who: user) = who.level >= least
";

const FACTS: &str = "
subjects:
  hackai/user:
    ann: { level: 5, organization: acme, roles: [{ role: hackai/viewer, scope: /, granted_by: root, reason: x }] }
    bob: { level: 2, roles: [{ role: audit/auditor, scope: /, granted_by: root, reason: x }] }
    cid: { roles: [{ role: hackai/chief, scope: /, granted_by: root, reason: x }] }
resources:
  hackai/incident:
    \"1\": { owner: ann, severity: 3, organization: acme }
    \"2\": { owner: bob, severity: 9, organization: acme }
organizations: { acme: { plan: pro } }
";

fn audit(rules: &str) -> Fixture {
    let auditor = if rules.contains("role auditor") { "" } else { "role auditor {}" };
    fixture_of(&[HACKAI, &format!("package audit\nimport hackai\n{auditor}\n{rules}")], FACTS)
}

#[test]
fn rules_of_several_packages_combine_by_priority() {
    let fixture = audit(
        "allow hackai.incident:read named audited when subject.level > 1
deny hackai.incident:{read, close} named grave priority 5 when resource.severity > 7
allow hackai.incident:close named owners priority 5 when resource.owner == subject",
    );
    fixture.check("user:ann read incident:1", "allow allowed audit/audited; role hackai/viewer");
    fixture.check("user:bob read incident:1", "allow allowed audit/audited");
    fixture.check("user:bob read incident:2", "deny denied_by_rule audit/grave");
    fixture.check("user:bob close incident:2", "deny denied_by_rule audit/grave");
    fixture.check("user:ann close incident:1", "allow allowed audit/owners");
    fixture.check("user:cid read incident:1", "allow allowed role hackai/chief; role hackai/viewer");
    fixture.check("user:ann read board:1", "allow allowed role hackai/viewer");
}

#[test]
fn a_rule_about_another_package_reads_its_context() {
    let fixture = audit(
        "context { device: int }
resource log { owner: hackai.user  actions read }
allow hackai.incident:read named at_work when hackai.on_site and now in hackai.working
allow hackai.incident:close, log:read named own
  when resource.owner == subject
  when resource is log and context.device > 3 or resource is hackai.incident and context.device == \"pad\"
deny hackai.incident:close named poor unless resource.organization.plan == \"pro\"",
    );
    let ask = |line: &str, context: &[(&'static str, Input<'static>)]| {
        let mut asked = question(line);
        asked.context = context.iter().map(|(name, input)| ((*name).into(), input.clone())).collect();
        fixture.ask(&asked)
    };
    let text = |text: &'static str| Input::Text(text.into());
    let own = |line: &str, device| {
        let mut asked = question(line);
        asked.resource = party(line.rsplit(' ').next().unwrap(), &[("owner", text("ann"))]);
        asked.context = vec![("device".into(), device)];
        fixture.ask(&asked)
    };
    assert_eq!(ask("user:bob read incident:1", &[("ip", text("10.1.1.1"))]), "allow allowed audit/at_work");
    assert_eq!(ask("user:bob read incident:1", &[("ip", text("11.1.1.1"))]), "deny no_rule_applies");
    assert_eq!(ask("user:bob read incident:1", &[]), "deny unknown_attribute | unknown: context.ip");
    assert_eq!(own("user:ann close incident:1", text("pad")), "allow allowed audit/own");
    assert_eq!(
        own("user:ann close incident:1", Input::Int(7)),
        "deny unknown_attribute | unknown: context.device"
    );
    assert_eq!(own("user:ann read log:1", Input::Int(7)), "allow allowed audit/own");
    assert_eq!(own("user:ann read log:1", text("pad")), "deny unknown_attribute | unknown: context.device");
    // An incident of no organization, or of one without a plan, is not known to have the right one.
    assert_eq!(
        ask("user:ann close incident:9", &[]),
        "deny unknown_attribute audit/poor| unknown: resource.organization.plan"
    );
}

#[test]
fn names_of_another_package_mean_what_they_mean_there() {
    let fixture = audit(
        "resource log in organization { owner: hackai.user  readers: set of hackai.user  actions read, write }
role auditor : hackai.viewer { log:read  hackai.board:read }
allow log:read named seniors to hackai.viewer except hackai.chief when hackai.senior(3, resource.owner)
allow log:write named ann when subject == hackai.user(\"ann\") and subject is hackai.user and not subject in [hackai.user(\"bob\")]",
    );
    fixture.check("user:bob read incident:1", "allow allowed role hackai/viewer");
    fixture.check("user:bob read board:1", "allow allowed role audit/auditor; role hackai/viewer");
    fixture.check("user:ann read log:1", "deny unknown_attribute | unknown: resource.owner.level");
    let own = |who: &str, owner: &'static str| {
        let line = format!("{who} read log:1");
        let mut asked = question(&line);
        asked.resource = party(
            "log:1",
            &[("owner", Input::Text(owner.into())), ("organization", Input::Text("acme".into()))],
        );
        fixture.ask(&asked)
    };
    assert_eq!(own("user:ann", "ann"), "allow allowed audit/seniors");
    assert_eq!(own("user:ann", "bob"), "deny no_rule_applies");
    assert_eq!(own("user:cid", "ann"), "deny no_rule_applies");
    assert_eq!(own("user:bob", "ann"), "allow allowed role audit/auditor; audit/seniors");
    fixture.check("user:ann write log:1", "allow allowed audit/ann");
    fixture.check("user:bob write log:1", "deny no_rule_applies");
}

#[test]
fn a_wildcard_ends_at_its_package() {
    let fixture = audit(
        "resource log { actions read }
role root { *:* }
allow *:*, hackai.board:read named wide
deny *:read named shut priority 1 when subject.level == 2",
    );
    fixture.check("user:ann read log:1", "allow allowed audit/wide");
    fixture.check("user:bob read log:1", "deny denied_by_rule audit/shut");
    fixture.check("user:bob read board:1", "allow allowed audit/wide");
    fixture.check("user:bob close incident:1", "deny no_rule_applies");
}

#[test]
fn constraints_of_roles_read_what_each_package_declares() {
    let fixture = audit(
        "context { device: int }
resource log { actions read }
role auditor : hackai.viewer { log:read }
  when resource is log and context.device > 3 or not resource is log and context.device == \"pad\"",
    );
    let ask = |line: &str, device| {
        let mut asked = question(line);
        asked.context = vec![("device".into(), device)];
        fixture.ask(&asked)
    };
    let text = |text: &'static str| Input::Text(text.into());
    assert_eq!(ask("user:bob read log:1", Input::Int(4)), "allow allowed role audit/auditor");
    assert_eq!(ask("user:bob read log:1", Input::Int(3)), "deny no_rule_applies");
    assert_eq!(ask("user:bob read log:1", text("pad")), "deny unknown_attribute | unknown: context.device");
    assert_eq!(ask("user:bob read incident:1", text("pad")), "allow allowed role hackai/viewer");
    assert_eq!(ask("user:bob read incident:1", text("pod")), "deny no_rule_applies");
    let unknown = "deny unknown_attribute | unknown: context.device";
    assert_eq!(ask("user:bob read incident:1", Input::Int(4)), unknown);
    // Who holds the role of the other package itself is free of it.
    assert_eq!(ask("user:ann read incident:1", text("pod")), "allow allowed role hackai/viewer");
}

#[test]
fn packages_that_keep_an_attribute_elsewhere_have_a_condition_of_their_own() {
    let texts = [
        "package alpha\nsubject user { level: int, rank: int }\nresource doc { actions read }",
        "package beta\nimport alpha\nresource doc { actions read, close }
allow doc:close named ranked when subject is alpha.user and subject.rank > 8",
        "package delta\nresource doc { actions read }",
        "package gamma\nimport alpha\nimport beta\nimport delta
allow alpha.doc:read, beta.doc:read, delta.doc:read named high when subject.level > 3",
    ];
    let facts = "subjects: { alpha/user: { ann: { level: 5, rank: 1 }, bob: { level: 1, rank: 5 } } }";
    let fixture = fixture_of(&texts, facts);
    for package in ["alpha", "beta", "delta"] {
        fixture.check(&format!("user:ann read {package}/doc:1"), "allow allowed gamma/high");
        fixture.check(&format!("user:bob read {package}/doc:1"), "deny no_rule_applies");
    }
}
