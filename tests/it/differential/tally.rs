//! What a run has seen, so that it can't pass by seeing nothing.

use std::collections::BTreeMap;
use std::fmt;

use portcullis::engine::{Decider, Decision, Reason};
use portcullis::language::policy::Policy;
use portcullis::model::Instant;

use super::constructs;
use super::generate::Rejected;
use super::judged::Judged;

const POLICIES_MIN: u64 = 200;

#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) policies: u64,
    pub(super) rejected: u64,
    pub(super) first_rejected: Option<String>,
    /// How often the policies use each construct.
    pub(super) constructs: BTreeMap<&'static str, u64>,
    /// How much is said without a question, by kind.
    pub(super) judged: BTreeMap<&'static str, u64>,
    pub(super) decisions: u64,
    pub(super) allows: u64,
    /// In the order of [`Reason::ALL`].
    pub(super) reasons: [u64; Reason::ALL.len()],
    /// Answers with several deciders.
    pub(super) ties: u64,
    pub(super) by_role: u64,
    pub(super) by_grant: u64,
    pub(super) with_unknown: u64,
    pub(super) with_several_unknown: u64,
    pub(super) that_end: u64,
    pub(super) horizons: u64,
    pub(super) horizons_that_end: u64,
    pub(super) horizons_that_flip: u64,
}

impl Tally {
    pub(super) fn count(&mut self, decision: &Decision, until: Option<Instant>) {
        let has = |wanted: fn(&Decider) -> bool| u64::from(decision.deciding.iter().any(wanted));
        self.decisions += 1;
        self.allows += u64::from(decision.is_allow());
        let reason = Reason::ALL.iter().position(|reason| *reason == decision.reason).unwrap();
        self.reasons[reason] += 1;
        self.ties += u64::from(decision.deciding.len() > 1);
        self.by_role += has(|decider| matches!(decider, Decider::Role(_)));
        self.by_grant += has(|decider| matches!(decider, Decider::Grant));
        self.with_unknown += u64::from(!decision.unknown.is_empty());
        self.with_several_unknown += u64::from(decision.unknown.len() > 1);
        self.that_end += u64::from(until.is_some());
    }

    pub(super) fn count_policies(&mut self, policy: &Policy) {
        self.policies += 1;
        constructs::visit(policy, &mut |name| *self.constructs.entry(name).or_default() += 1);
    }

    pub(super) fn count_judged(&mut self, judged: &Judged) {
        for (kind, count) in &judged.counts {
            *self.judged.entry(kind).or_default() += count;
        }
    }

    pub(super) fn reject(&mut self, seed: u64, rejected: &Rejected) {
        self.rejected += 1;
        self.first_rejected.get_or_insert_with(|| {
            format!("seed {seed}\n{}\n{}", rejected.texts.join("\n"), rejected.diagnostics)
        });
    }

    pub(super) fn and(self, other: Tally) -> Tally {
        let mut reasons = self.reasons;
        for (reason, more) in reasons.iter_mut().zip(other.reasons) {
            *reason += more;
        }
        let mut constructs = self.constructs;
        for (name, more) in other.constructs {
            *constructs.entry(name).or_default() += more;
        }
        let mut judged = self.judged;
        for (kind, more) in other.judged {
            *judged.entry(kind).or_default() += more;
        }
        Tally {
            judged,
            constructs,
            policies: self.policies + other.policies,
            rejected: self.rejected + other.rejected,
            first_rejected: self.first_rejected.or(other.first_rejected),
            decisions: self.decisions + other.decisions,
            allows: self.allows + other.allows,
            reasons,
            ties: self.ties + other.ties,
            by_role: self.by_role + other.by_role,
            by_grant: self.by_grant + other.by_grant,
            with_unknown: self.with_unknown + other.with_unknown,
            with_several_unknown: self.with_several_unknown + other.with_several_unknown,
            that_end: self.that_end + other.that_end,
            horizons: self.horizons + other.horizons,
            horizons_that_end: self.horizons_that_end + other.horizons_that_end,
            horizons_that_flip: self.horizons_that_flip + other.horizons_that_flip,
        }
    }

    /// Asserts that all that matters came up, and often, if there are enough policies to tell.
    pub(super) fn assert_meaningful(&self) {
        let first = self.first_rejected.as_deref().unwrap_or_default();
        let at_least = |count: u64, per_mille: u64, what: &str| {
            assert!(count * 1_000 >= self.decisions * per_mille, "too few {what}\n{self}");
        };
        assert!(
            self.rejected * 20 <= self.policies,
            "{} policies are rejected, first {first}",
            self.rejected
        );
        // What comes up in every third may well not in a handful.
        if self.policies < POLICIES_MIN {
            return;
        }
        for name in constructs::ALL {
            let count = self.constructs.get(name).copied().unwrap_or_default();
            assert!(count * 5 >= self.policies, "hardly any `{name}`: {count}\n{self}");
        }
        for kind in ["never true", "never false", "rule never decides", "permission never decides"] {
            let count = self.judged.get(kind).copied().unwrap_or_default();
            assert!(count * 5 >= self.policies, "hardly anything is said to be `{kind}`: {count}\n{self}");
        }
        at_least(self.allows, 100, "allows");
        assert!(self.allows * 10 <= self.decisions * 6, "too many allows\n{self}");
        for (reason, count) in Reason::ALL.iter().zip(self.reasons) {
            at_least(count, 4, reason.code());
        }
        at_least(self.ties, 50, "ties");
        at_least(self.by_role, 20, "answers by roles");
        at_least(self.by_grant, 5, "answers by grants");
        at_least(self.with_unknown, 50, "unknown leaves");
        at_least(self.with_several_unknown, 10, "answers with several unknown leaves");
        at_least(self.that_end, 120, "answers that end");
        assert!(self.horizons_that_end * 10 >= self.horizons, "too few horizons\n{self}");
        assert!(self.horizons_that_flip * 20 >= self.horizons_that_end, "too few horizons that flip\n{self}");
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} decisions over {} policy sets ({} rejected)",
            self.decisions, self.policies, self.rejected
        )?;
        writeln!(f, "{} allows, {} with several deciders", self.allows, self.ties)?;
        for (reason, count) in Reason::ALL.iter().zip(self.reasons) {
            writeln!(f, "  {:<24}{count}", reason.code())?;
        }
        writeln!(f, "{:?}", self.constructs)?;
        writeln!(f, "{:?}", self.judged)?;
        writeln!(f, "{} by roles, {} by grants", self.by_role, self.by_grant)?;
        writeln!(f, "{} name unknowns, {} several", self.with_unknown, self.with_several_unknown)?;
        write!(
            f,
            "{} end; {} horizons checked, of which {} end and {} flip there",
            self.that_end, self.horizons, self.horizons_that_end, self.horizons_that_flip
        )
    }
}
