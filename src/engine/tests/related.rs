//! Attributes of related entities, as far as paths go.

use super::{Fixture, fixture, party, question};
use crate::model::Input;

const OFFICE: &str = "
package office
subject user { department: string, manager?: user, unit: group }
resource folder in organization { keeper: user }
resource report in organization { owner: user, within: folder, actions read }
context { delegate: user }
organization { lead: user, plan: string }
";

const FACTS: &str = "
package: office
organizations: { acme: { lead: cid, plan: gold }, globex: {} }
subjects:
  user:
    ann: { department: dev, manager: bob, organization: acme }
    bob: { department: ops, manager: cid, organization: acme }
    cid: { department: board, organization: globex }
resources:
  folder:
    plans: { keeper: bob, organization: acme }
  report:
    stored: { owner: ann, within: plans, organization: acme }
    bare: { organization: acme }
";

fn office(condition: &str) -> Fixture {
    fixture(&format!("{OFFICE}\nallow report:read named it when {condition}"), FACTS)
}

/// What the condition comes to of this report, of which a request says this.
#[track_caller]
fn check(condition: &str, report: &str, properties: &[(&str, Input<'_>)], expected: &str) {
    let mut asked = question("user:zoe read report:x");
    asked.resource = party(report, properties);
    asked.context = vec![("delegate".into(), Input::Text("ann".into()))];
    let answer = office(condition).ask(&asked);
    let shown = match answer.as_str() {
        "allow allowed office/it" => "true",
        "deny no_rule_applies" => "false",
        other => other.strip_prefix("deny unknown_attribute | ").unwrap_or(other),
    };
    assert_eq!(shown, expected, "{condition} of {report} with {properties:?}");
}

fn user(id: &str) -> [Input<'_>; 2] {
    let text = |text: &'static str| Input::Text(text.into());
    let reference = vec![("type".into(), text("user")), ("id".into(), Input::Text(id.into()))];
    [Input::Text(id.into()), Input::Record(reference)]
}

#[test]
fn three_steps_lead_through_stored_entities() {
    let department = "resource.owner.manager.department == \"ops\"";
    let guarded = format!("has resource.owner.manager and {department}");
    check(&guarded, "report:stored", &[], "true");
    check("has resource.owner.manager.manager", "report:stored", &[], "true");
    check("resource.within.keeper.department == \"ops\"", "report:stored", &[], "true");
    check("resource.within.keeper == user(\"bob\")", "report:stored", &[], "true");
    check("resource.within.organization.plan == \"gold\"", "report:stored", &[], "true");
    check("resource.organization.lead.department == \"board\"", "report:stored", &[], "true");
    check("resource.owner.organization == resource.organization", "report:stored", &[], "true");
    check("context.delegate.organization.lead == user(\"cid\")", "report:stored", &[], "true");
}

#[test]
fn three_steps_lead_on_from_what_a_request_sends() {
    let condition = "has resource.owner.manager and resource.owner.manager.department == \"ops\"";
    for ann in user("ann") {
        check(condition, "report:bare", &[("owner", ann.clone())], "true");
        check(
            condition,
            "report:unheard-of",
            &[("owner", ann), ("organization", Input::Text("acme".into()))],
            "true",
        );
    }
    for bob in user("bob") {
        // What is sent takes the place of what is stored.
        check(condition, "report:stored", &[("owner", bob)], "false");
    }
    let plans = Input::Text("plans".into());
    check("resource.within.keeper.department == \"ops\"", "report:bare", &[("within", plans)], "true");
}

/// Nobody knows more of an entity that a path leads to than the facts do.
#[test]
fn a_path_that_breaks_off_is_absent() {
    let has = "has resource.owner.manager";
    check(has, "report:stored", &[("owner", Input::Text("cid".into()))], "false");
    check(has, "report:stored", &[("owner", Input::Text("stranger".into()))], "false");
    check(has, "report:bare", &[], "false");
    let department = "resource.within.keeper.department == \"ops\"";
    let unknown = "unknown: resource.within.keeper.department";
    check(department, "report:bare", &[], unknown);
    check(department, "report:bare", &[("within", Input::Text("lost".into()))], unknown);
    check(department, "report:bare", &[("within", Input::Int(7))], unknown);
    let lead = "resource.owner.organization.lead == user(\"cid\")";
    check(
        lead,
        "report:stored",
        &[("owner", Input::Text("cid".into()))],
        "unknown: resource.owner.organization.lead",
    );
}

#[test]
fn a_fourth_step_is_an_error() {
    for path in [
        "resource.owner.manager.manager.department",
        "resource.within.keeper.manager.department",
        "resource.owner.organization.lead.department",
        "context.delegate.organization.lead.department",
    ] {
        let text = format!("{OFFICE}\nallow report:read named it when {path} == \"ops\"");
        let mut sources = crate::document::Sources::default();
        let file = sources.add(crate::document::Source { name: "office.policy".to_owned(), text });
        let loaded = crate::language::load(&sources, &[file]);
        assert!(loaded.policy.is_none(), "{path}");
        let told: Vec<_> = loaded
            .diagnostics
            .iter()
            .map(|problem| (problem.code.text(), problem.message.as_str()))
            .collect();
        assert_eq!(told, [("P0304", "a path has at most 3 steps")], "{path}");
    }
}
