//! From a permission to the rules that may decide it: by level, then by role.

use std::collections::{BTreeMap, HashMap};

use super::role_set::RoleSet;
use crate::language::policy::{Audience, Effect, Policy, Priority, Rule, Targets};
use crate::model::schema::{Package, Permission, Role};
use crate::model::{Id, Table};

/// What wins: a higher rank over a lower one. Absolute denies first, then by priority with the deny first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank(u32);

/// The rules of one rank.
#[derive(Debug)]
pub(super) struct Level {
    pub(super) rank: Rank,
    /// Rules that don't ask for a role.
    pub(super) open: Box<[Id<Rule>]>,
    /// The roles that rules of this level ask for.
    asked: RoleSet,
    /// Rules by a role they ask for, sorted by role; a rule stands under each of its roles.
    by_role: Box<[RoleRules]>,
}

/// What may decide one permission, besides the rules of its whole package.
#[derive(Debug)]
pub(super) struct Candidates {
    /// By falling rank.
    pub(super) levels: Box<[Level]>,
    /// The roles that list the permission.
    pub(super) permitting: RoleSet,
}

#[derive(Debug, Default)]
pub(super) struct Index {
    permissions: Vec<Candidates>,
    /// `*:*` rules by package, by falling rank.
    packages: Vec<Box<[Level]>>,
}

type RoleRules = (Id<Role>, Box<[Id<Rule>]>);
type Ranked = BTreeMap<Rank, Vec<Id<Rule>>>;

impl Rank {
    const ABSOLUTE: Rank = Rank(u32::MAX);
    /// Where roles and grants permit.
    pub(super) const ROLES: Rank = Rank::of(Effect::Allow, Priority::Level(0));

    pub(super) const fn of(effect: Effect, priority: Priority) -> Rank {
        match (priority, effect) {
            (Priority::Absolute, _) => Rank::ABSOLUTE,
            (Priority::Level(level), Effect::Allow) => Rank(2 * level),
            (Priority::Level(level), Effect::Deny) => Rank(2 * level + 1),
        }
    }

    pub(super) fn effect(self) -> Effect {
        if self.0 % 2 == 1 { Effect::Deny } else { Effect::Allow }
    }
}

impl Level {
    /// The rules that ask for one of these roles; one that asks for several of them comes several times.
    pub(super) fn rules_for<'a>(&'a self, roles: &'a RoleSet) -> impl Iterator<Item = Id<Rule>> + 'a {
        self.asked.common(roles).flat_map(|role| {
            let found = self.by_role.binary_search_by_key(&role, |(role, _)| *role).ok();
            let rules = found.and_then(|found| self.by_role.get(found)).map_or(&[][..], |(_, rules)| rules);
            rules.iter().copied()
        })
    }

    /// What looking at its rules costs a subject with the dearest of its roles.
    pub(super) fn cost(&self, of: impl Fn(Id<Rule>) -> u32) -> u32 {
        let sum = |rules: &[Id<Rule>]| rules.iter().copied().map(&of).fold(0, u32::saturating_add);
        let dearest = self.by_role.iter().map(|(_, rules)| sum(rules)).max();
        sum(&self.open).saturating_add(dearest.unwrap_or(0))
    }

    /// Every rule, once.
    pub(super) fn rules(&self) -> Vec<Id<Rule>> {
        let by_role = self.by_role.iter().flat_map(|(_, rules)| rules.iter());
        let mut rules: Vec<_> = self.open.iter().chain(by_role).copied().collect();
        rules.sort_unstable();
        rules.dedup();
        rules
    }

    fn new(rank: Rank, rules: &[Id<Rule>], table: &Table<Rule>, roles: usize) -> Level {
        let mut open = Vec::new();
        let mut asked = RoleSet::with_room(roles);
        let mut by_role: BTreeMap<Id<Role>, Vec<Id<Rule>>> = BTreeMap::new();
        for rule in rules {
            match &table.row(*rule).audience {
                Audience::Anyone | Audience::Identified => open.push(*rule),
                Audience::Roles(audience) => {
                    for role in audience {
                        asked.insert(*role);
                        by_role.entry(*role).or_default().push(*rule);
                    }
                }
            }
        }
        let by_role = by_role.into_iter().map(|(role, rules)| (role, rules.into_boxed_slice())).collect();
        Level { rank, open: open.into(), asked, by_role }
    }
}

impl Index {
    pub(super) fn new(policy: &Policy) -> Index {
        let roles = policy.schema.roles.len();
        let mut permissions: Vec<Ranked> = policy.schema.permissions.ids().map(|_| Ranked::new()).collect();
        let mut packages: Vec<Ranked> = policy.schema.packages.ids().map(|_| Ranked::new()).collect();
        for (id, rule) in policy.rules.iter() {
            let rank = Rank::of(rule.effect, rule.priority);
            let places: Vec<&mut Ranked> = match &rule.targets {
                Targets::Package => packages.get_mut(rule.package.number()).into_iter().collect(),
                Targets::Permissions(targets) => {
                    for target in targets {
                        if let Some(ranked) = permissions.get_mut(target.number()) {
                            ranked.entry(rank).or_default().push(id);
                        }
                    }
                    Vec::new()
                }
            };
            for ranked in places {
                ranked.entry(rank).or_default().push(id);
            }
        }
        let levels = |ranked: &Ranked| -> Box<[Level]> {
            ranked.iter().rev().map(|(rank, rules)| Level::new(*rank, rules, &policy.rules, roles)).collect()
        };
        let permitting = permitting(policy);
        let empty = RoleSet::with_room(roles);
        Index {
            permissions: permissions
                .iter()
                .zip(policy.schema.permissions.ids())
                .map(|(ranked, id)| Candidates {
                    levels: levels(ranked),
                    permitting: permitting.get(&id).unwrap_or(&empty).clone(),
                })
                .collect(),
            packages: packages.iter().map(levels).collect(),
        }
    }

    pub(super) fn candidates(&self, permission: Id<Permission>) -> Option<&Candidates> {
        self.permissions.get(permission.number())
    }

    pub(super) fn package(&self, package: Id<Package>) -> &[Level] {
        self.packages.get(package.number()).map_or(&[], |levels| levels)
    }
}

fn permitting(policy: &Policy) -> HashMap<Id<Permission>, RoleSet> {
    let mut permitting: HashMap<Id<Permission>, RoleSet> = HashMap::new();
    for (role, row) in policy.schema.roles.iter() {
        for permission in &row.permissions {
            let set = permitting.entry(*permission);
            set.or_insert_with(|| RoleSet::with_room(policy.schema.roles.len())).insert(role);
        }
    }
    permitting
}
