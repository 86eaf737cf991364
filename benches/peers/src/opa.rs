//! Rego in Rust (regorus): one rule over data, as those who know OPA write it.

use regorus::{Engine, Value};

use crate::{Case, median, workload};

const POLICY: &str = r#"
package load
import rego.v1
default allow := false
allow if {
    some rule in data.rules[input.resource.type][input.action]
    rule.role in data.users[input.subject.id].roles
    input.resource.level < rule.level
    net.cidr_contains("10.0.0.0/8", input.context.ip)
    data.users[input.subject.id].mfa_verified
}
"#;

pub fn measure(rules: usize, cases: &[Case]) -> u128 {
    let mut engine = Engine::new();
    engine.add_policy("load.rego".to_owned(), POLICY.to_owned()).expect("the policy parses");
    let mut by_type = serde_json::json!({});
    for rule in 0..rules {
        let target = workload::target(rule);
        let list = &mut by_type[format!("t{}", target.ty)][target.action];
        if list.is_null() {
            *list = serde_json::json!([]);
        }
        let entry = serde_json::json!({"role": format!("role{}", target.role), "level": target.level});
        list.as_array_mut().expect("a list").push(entry);
    }
    let users: serde_json::Map<_, _> = (0..workload::ROLES)
        .map(|role| (format!("user{role}"), serde_json::json!({"mfa_verified": true, "roles": [format!("role{role}")]})))
        .collect();
    engine.add_data(Value::from(serde_json::json!({"rules": by_type, "users": users}))).expect("the data fits");
    let inputs: Vec<Value> = cases
        .iter()
        .map(|case| {
            let target = workload::target(case.rule);
            Value::from(serde_json::json!({
                "subject": {"id": format!("user{}", target.role)},
                "action": target.action,
                "resource": {"type": format!("t{}", target.ty), "level": case.level},
                "context": {"ip": "10.1.2.3"},
            }))
        })
        .collect();
    let engine = std::cell::RefCell::new(engine);
    median("regorus", cases, |case| {
        let mut engine = engine.borrow_mut();
        engine.set_input(inputs[case].clone());
        engine.eval_rule("data.load.allow".to_owned()).expect("the rule evaluates") == Value::from(true)
    })
}
