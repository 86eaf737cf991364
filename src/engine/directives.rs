//! Obligations and advice: the union of the deciding set's, without doubles.

use super::{Decider, Decision, Engine};
use crate::language::policy::{Directive, Rule};
use crate::model::Symbol;

impl Engine {
    /// What the caller must do with this answer.
    pub fn obligations<'a>(&'a self, decision: &'a Decision) -> Vec<&'a Directive> {
        self.union(&decision.deciding, |rule| &rule.obligations)
    }

    /// What the caller may want to do with this answer.
    pub fn advice<'a>(&'a self, decision: &'a Decision) -> Vec<&'a Directive> {
        self.union(&decision.deciding, |rule| &rule.advice)
    }

    pub(super) fn has_unsupported_obligation(&self, deciding: &[Decider], understands: &[Symbol]) -> bool {
        self.rules(deciding).flat_map(|rule| &rule.obligations).any(|duty| !understands.contains(&duty.name))
    }

    fn union<'a>(
        &'a self,
        deciding: &'a [Decider],
        of: impl Fn(&'a Rule) -> &'a [Directive],
    ) -> Vec<&'a Directive> {
        let mut union = Vec::new();
        for rule in self.rules(deciding) {
            for directive in of(rule) {
                if !union.contains(&directive) {
                    union.push(directive);
                }
            }
        }
        union
    }

    fn rules<'a>(&'a self, deciding: &'a [Decider]) -> impl Iterator<Item = &'a Rule> + 'a {
        deciding.iter().filter_map(|decider| match decider {
            Decider::Rule(rule) => Some(self.policy.rules.row(*rule)),
            Decider::Role(_) | Decider::Grant => None,
        })
    }
}
