//! What deciding each permission costs at worst, and whose facts it reads: known once the policy is.

use super::condition::{Condition, Profile};
use super::hierarchy::Hierarchy;
use super::index::{Index, Level};
use crate::language::policy::{Policy, Rule};
use crate::model::Id;
use crate::model::schema::{Package, Permission};

/// By permission.
#[derive(Debug, Default)]
pub(super) struct Profiles {
    rows: Vec<Profile>,
}

/// To see whom a rule binds.
const RULE: u32 = 1;

impl Profiles {
    pub(super) fn new(
        policy: &Policy,
        index: &Index,
        conditions: &[Condition],
        hierarchy: &Hierarchy,
    ) -> Profiles {
        let schema = &policy.schema;
        let of = |levels: &[Level], package| of_levels(levels, package, conditions);
        let packages: Vec<Profile> =
            schema.packages.ids().map(|package| of(index.package(package), package)).collect();
        let rows = schema.permissions.iter().map(|(id, permission)| {
            let package = schema.types.row(permission.resource).package;
            let levels = index.candidates(id).map_or(&[][..], |candidates| &candidates.levels);
            let mut profile = of(levels, package);
            let of_package = packages.get(package.number());
            let of_roles = hierarchy.conditions(id).filter_map(|condition| condition.profile(package));
            for more in of_package.into_iter().chain(of_roles) {
                profile.add(more);
            }
            profile
        });
        Profiles { rows: rows.collect() }
    }

    pub(super) fn of(&self, permission: Id<Permission>) -> Option<&Profile> {
        self.rows.get(permission.number())
    }
}

impl Profile {
    fn add(&mut self, other: &Profile) {
        self.cost = self.cost.saturating_add(other.cost);
        self.reads.add(&other.reads);
    }
}

fn of_levels(levels: &[Level], package: Id<Package>, conditions: &[Condition]) -> Profile {
    let of = |rule: Id<Rule>| conditions.get(rule.number()).and_then(|one| one.profile(package));
    let mut profile = Profile::default();
    for level in levels {
        let cost = level.cost(|rule| of(rule).map_or(RULE, |profile| profile.cost.saturating_add(RULE)));
        profile.cost = profile.cost.saturating_add(cost);
        for rule in level.rules() {
            if let Some(one) = of(rule) {
                profile.reads.add(&one.reads);
            }
        }
    }
    profile
}
