//! Deciding allocates nothing: not with 100 rules, not with 10,000.

use portcullis::engine::Scratch;

use crate::workload;

#[test]
fn a_decision_allocates_nothing() {
    for rules in [100, 10_000] {
        let (engine, facts) = workload::load(rules).unwrap();
        let mut scratch = Scratch::default();
        for rule in (0..rules).step_by(7) {
            let mut question = workload::question(rule);
            let allowed = engine.request(&facts, &question).unwrap();
            // Too high a level: no rule applies, and every candidate has been looked at.
            question.resource.properties = vec![("level".into(), portcullis::model::Input::Int(99))];
            let denied = engine.request(&facts, &question).unwrap();
            // The first decision of a thread makes room for its sets of roles.
            assert!(engine.decide(&allowed, &mut scratch).is_allow());
            let counted = allocation_counter::measure(|| {
                assert!(engine.decide(&allowed, &mut scratch).is_allow());
                assert!(!engine.decide(&denied, &mut scratch).is_allow());
            });
            assert_eq!(counted.count_total, 0, "rule {rule} of {rules}");
        }
    }
}
