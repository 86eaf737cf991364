//! Casbin: one policy line a rule, a matcher for all.

use casbin::function_map::OperatorFunction;
use casbin::rhai::Dynamic;
use casbin::{CoreApi, DefaultModel, Enforcer, MemoryAdapter, MgmtApi, RbacApi};

use crate::{Case, median, workload};

const MODEL: &str = r#"
[request_definition]
r = sub, mfa, ty, act, level, ip
[policy_definition]
p = role, ty, act, level
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.ty == p.ty && r.act == p.act && g(r.sub, p.role) && r.level < number(p.level) && ipMatch(r.ip, "10.0.0.0/8") && r.mfa
"#;

pub fn measure(rules: usize, cases: &[Case]) -> u128 {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let enforcer = runtime.block_on(async {
        let model = DefaultModel::from_str(MODEL).await.expect("the model parses");
        let mut enforcer = Enforcer::new(model, MemoryAdapter::default()).await.expect("an enforcer");
        // Policy lines are texts.
        let number = |text: Dynamic| text.to_string().parse().map_or(Dynamic::UNIT, Dynamic::from_int);
        enforcer.add_function("number", OperatorFunction::Arg1(number));
        let lines = (0..rules).map(|rule| {
            let target = workload::target(rule);
            vec![
                format!("role{}", target.role),
                format!("t{}", target.ty),
                target.action.to_owned(),
                target.level.to_string(),
            ]
        });
        enforcer.add_policies(lines.collect()).await.expect("the lines fit");
        for role in 0..workload::ROLES {
            let (user, role) = (format!("user{role}"), format!("role{role}"));
            enforcer.add_role_for_user(&user, &role, None).await.expect("the role fits");
        }
        enforcer
    });
    let asked: Vec<_> = cases
        .iter()
        .map(|case| {
            let target = workload::target(case.rule);
            (format!("user{}", target.role), format!("t{}", target.ty), target.action, case.level)
        })
        .collect();
    median("casbin", cases, |case| {
        let (user, ty, action, level) = &asked[case];
        enforcer.enforce((user.as_str(), true, ty.as_str(), *action, *level, "10.1.2.3")).expect("an answer")
    })
}
