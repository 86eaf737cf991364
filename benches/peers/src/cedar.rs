//! Cedar: one `permit` a rule, roles as parents of users.

use std::fmt::Write as _;

use cedar_policy::{Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request};

use crate::{Case, median, workload};

pub fn measure(rules: usize, cases: &[Case]) -> u128 {
    let mut text = String::new();
    for rule in 0..rules {
        let target = workload::target(rule);
        let _ = writeln!(
            text,
            "permit(principal in Role::\"role{}\", action == Action::\"{}\", resource is T{}) when {{ resource.level < {} && \
             context.ip.isInRange(ip(\"10.0.0.0/8\")) && principal.mfa_verified }};",
            target.role, target.action, target.ty, target.level
        );
    }
    let policies: PolicySet = text.parse().expect("the policies parse");
    let asked: Vec<(Request, Entities)> = cases.iter().map(asked).collect();
    let authorizer = Authorizer::new();
    median("cedar", cases, |case| {
        let (request, entities) = &asked[case];
        authorizer.is_authorized(request, &policies, entities).decision() == Decision::Allow
    })
}

fn asked(case: &Case) -> (Request, Entities) {
    let target = workload::target(case.rule);
    let (user, resource) = (format!("user{}", target.role), format!("resource-{}", case.rule));
    let entities = serde_json::json!([
        {"uid": {"type": "User", "id": user}, "attrs": {"mfa_verified": true}, "parents": [{"type": "Role", "id": format!("role{}", target.role)}]},
        {"uid": {"type": format!("T{}", target.ty), "id": resource}, "attrs": {"level": case.level}, "parents": []},
    ]);
    let context = serde_json::json!({"ip": {"__extn": {"fn": "ip", "arg": "10.1.2.3"}}});
    let uid = |ty: &str, id: &str| -> EntityUid { format!("{ty}::\"{id}\"").parse().expect("a uid") };
    let request = Request::new(
        uid("User", &user),
        uid("Action", target.action),
        uid(&format!("T{}", target.ty), &resource),
        Context::from_json_value(context, None).expect("a context"),
        None,
    );
    (request.expect("a request"), Entities::from_json_value(entities, None).expect("entities"))
}
