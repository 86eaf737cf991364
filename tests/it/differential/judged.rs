//! What the language says of a policy set without a question, held against what the reference says to questions: no
//! condition comes to what it is said never to come to, and no rule decides that is said never to decide.

use std::collections::BTreeMap;

use portcullis::engine::reference::{decide, truth};
use portcullis::engine::{Decider, Decision, Question, Reason};
use portcullis::language::judge::{
    Judge, Overruled, Possible, What, Why, constrained_types, overruled, resource_types,
};
use portcullis::language::policy::{Effect, Expr, Policy};
use portcullis::model::schema::EntityType;
use portcullis::model::{Id, Symbol, Tri};

use super::generate::Case;

/// What is claimed of one policy set.
pub(super) struct Judged {
    /// Conditions, the types of the resources they are about, and what they can come to; only those that can't come to
    /// anything.
    conditions: Vec<(Expr, Vec<Id<EntityType>>, Possible)>,
    /// The policy without all that never decides, if there is any.
    without: Option<Policy>,
    /// The rules of that policy have other numbers.
    names: Vec<Symbol>,
    pub(super) counts: BTreeMap<&'static str, u64>,
}

impl Judged {
    pub(super) fn new(policy: &Policy) -> Judged {
        let judge = Judge::new(policy);
        let mut judged = Judged {
            conditions: Vec::new(),
            without: None,
            names: policy.rules.rows().map(|rule| rule.name).collect(),
            counts: BTreeMap::new(),
        };
        for rule in policy.rules.rows() {
            let types = resource_types(policy, rule);
            for condition in rule.when.iter().chain(&rule.unless) {
                judged.condition(condition, &types, &judge);
            }
        }
        for constraint in &policy.constraints {
            let left = policy.schema.roles.row(constraint.role).passed_on().iter();
            let types: Vec<_> = left.map(|id| policy.schema.permissions.row(*id).resource).collect();
            for condition in constraint.when.iter().chain(&constraint.unless) {
                judged.condition(condition, &types, &judge);
            }
        }
        for constraint in &policy.constraints {
            let types = constrained_types(policy, constraint);
            for condition in constraint.when.iter().chain(&constraint.unless) {
                judged.condition(condition, &types, &judge);
            }
        }
        judged.overruled(policy, &judge);
        judged
    }

    fn condition(&mut self, condition: &Expr, types: &[Id<EntityType>], judge: &Judge<'_>) {
        let possible = judge.possible(condition, Some(types));
        let kind = match (possible.yes, possible.no) {
            (true, true) => None,
            (false, true) => Some("never true"),
            (true, false) => Some("never false"),
            (false, false) => Some("never known"),
        };
        if let Some(kind) = kind
            && !matches!(condition, Expr::Literal(_))
        {
            *self.counts.entry(kind).or_default() += 1;
        }
        if kind.is_some() || !possible.unknown {
            self.conditions.push((condition.clone(), types.to_vec(), possible));
        }
        match condition {
            Expr::Not(inner) => self.condition(inner, types, judge),
            Expr::And(parts) | Expr::Or(parts) => {
                for part in parts {
                    self.condition(part, types, judge);
                }
            }
            _ => {}
        }
    }

    fn overruled(&mut self, policy: &Policy, judge: &Judge<'_>) {
        let mut found = overruled(policy, judge);
        // It applies where it is unknown whether its roles are held.
        let binds_whom_it_may = |one: &Overruled| match one.what {
            What::Rule(rule) => one.why == Why::BindsNobody && policy.rules.row(rule).effect == Effect::Deny,
            What::Permission(..) => false,
        };
        found.retain(|one| !binds_whom_it_may(one));
        if found.is_empty() {
            return;
        }
        let mut without = policy.clone();
        let is_rule = |id: Id<_>| found.iter().any(|one| one.what == What::Rule(id));
        *self.counts.entry("rule never decides").or_default() +=
            found.iter().filter(|one| matches!(one.what, What::Rule(_))).count() as u64;
        without.rules =
            policy.rules.iter().filter(|(id, _)| !is_rule(*id)).map(|(_, rule)| rule.clone()).collect();
        for one in &found {
            if let What::Permission(role, permission) = one.what {
                *self.counts.entry("permission never decides").or_default() += 1;
                without.schema.roles.get_mut(role).unwrap().permissions.retain(|other| *other != permission);
            }
        }
        self.without = Some(without);
    }

    /// What is claimed wrongly, as this question shows.
    pub(super) fn refuted(&self, case: &Case, question: &Question<'_>) -> Option<String> {
        let kind = case.policy.schema.type_named(&question.resource.kind);
        for (condition, types, possible) in &self.conditions {
            if !types.iter().any(|ty| kind == portcullis::model::schema::Named::One(*ty)) {
                continue;
            }
            let is_possible = match truth(&case.policy, &case.facts, question, condition)? {
                Tri::True => possible.yes,
                Tri::False => possible.no,
                Tri::Unknown => possible.unknown,
            };
            if !is_possible {
                return Some(format!("said to be {possible:?}, and is not: {condition:?}"));
            }
        }
        let without = self.without.as_ref()?;
        let (with, without) =
            (decide(&case.policy, &case.facts, question), decide(without, &case.facts, question));
        (self.told(&case.policy, &with) != self.told(self.without.as_ref()?, &without))
            .then(|| format!("what never decides has decided: {with:?}, without it {without:?}"))
    }

    /// An answer without the numbers of rules. A rule that never decides may yet be the one that could have, had more
    /// been known: of a denial for want of an allow nothing is told but that.
    fn told(&self, policy: &Policy, decision: &Decision) -> (bool, String, Vec<String>) {
        let name = |decider: &Decider| match decider {
            Decider::Rule(rule) => {
                let rule = policy.rules.row(*rule);
                assert!(self.names.contains(&rule.name));
                format!("{:?} {}", rule.package, rule.name)
            }
            Decider::Role(role) => format!("role {role:?}"),
            Decider::Grant => "grant".to_owned(),
        };
        let deciding: Vec<String> = decision.deciding.iter().map(name).collect();
        let reason = if deciding.is_empty() && decision.reason == Reason::UnknownAttribute {
            Reason::NoRuleApplies
        } else {
            decision.reason
        };
        let unknown = if deciding.is_empty() { String::new() } else { format!("{:?}", decision.unknown) };
        (decision.is_allow(), format!("{} {unknown}", reason.code()), deciding)
    }
}
