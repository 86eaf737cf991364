//! Permissions and permission sets as rules and roles write them, and what they stand for.

use fastrand::Rng;

use super::vocabulary::{EntityType, Package};
use super::written::word;

impl Package {
    /// Whether a permission as it is written here, or one of a permission set, is about resources of this type.
    pub(super) fn is_about(&self, target: &str, ty: &EntityType, packages: &[Package]) -> bool {
        if let Some(other) = outside(target, packages) {
            let (_, target) = target.split_once('.').unwrap();
            return other.is_about(target, ty, packages);
        }
        let is_own = ty.package == self.name;
        match target.split_once(':') {
            Some(("*", "*")) => is_own,
            Some(("*", wanted)) => is_own && ty.actions.iter().any(|action| word(action) == wanted),
            Some((name, _)) => is_own && name == word(ty.name),
            None => self.sets.iter().any(|(name, targets)| {
                name == target && targets.iter().any(|target| self.is_about(target, ty, packages))
            }),
        }
    }

    /// Whether a `*` for all types of the package is in a permission set.
    fn is_open(&self, target: &str) -> bool {
        target.starts_with("*:")
            || self
                .sets
                .iter()
                .any(|(name, targets)| name == target && targets.iter().any(|target| self.is_open(target)))
    }

    pub(super) fn roles_from_outside(&self) -> Vec<String> {
        self.roles.iter().map(|role| format!("{}.{}", self.name, role.name)).collect()
    }

    /// Permissions and permission sets as packages write them that import this one.
    pub(super) fn targets_from_outside(&self, rng: &mut Rng) -> Vec<String> {
        let mut targets: Vec<String> = Vec::new();
        for ty in self.resources() {
            let action = word(rng.choice(&ty.actions).unwrap());
            targets.push(format!("{}.{}:{action}", self.name, word(ty.name)));
            targets.push(format!("{}.{}:*", self.name, word(ty.name)));
        }
        let sets = self.sets.iter().filter(|(name, _)| !self.is_open(name));
        targets.extend(sets.map(|(name, _)| format!("{}.{name}", self.name)));
        targets
    }

    /// The permissions that a target stands for, as type and action.
    pub(super) fn meant(&self, target: &str, packages: &[Package]) -> Vec<(&'static str, &'static str)> {
        if let Some(other) = outside(target, packages) {
            let (_, target) = target.split_once('.').unwrap();
            return other.meant(target, packages);
        }
        let Some((name, actions)) = target.split_once(':') else {
            let set = self.sets.iter().find(|(name, _)| name == target);
            return set
                .into_iter()
                .flat_map(|(_, targets)| targets)
                .flat_map(|part| self.meant(part, packages))
                .collect();
        };
        let mut meant = Vec::new();
        for ty in self.resources().filter(|ty| name == "*" || name == word(ty.name)) {
            let actions: Vec<&str> = actions.trim_matches(['{', '}']).split(", ").collect();
            let is_meant = |action: &&str| actions.contains(&"*") || actions.contains(&word(action).as_str());
            meant.extend(ty.actions.iter().copied().filter(is_meant).map(|action| (ty.kind(), action)));
        }
        meant
    }
}

/// The package whose name stands before a dot.
fn outside<'p>(target: &str, packages: &'p [Package]) -> Option<&'p Package> {
    let (package, _) = target.split_once('.')?;
    packages.iter().find(|other| other.name == package)
}

/// `doc:read`, `doc:{read, write}`, `doc:*`, `*:read`, seldom `*:*`, or a permission set; or what another package has.
pub(super) fn permission(
    rng: &mut Rng,
    resources: &[&EntityType],
    sets: &[(String, Vec<String>)],
    foreign: &[String],
) -> String {
    if rng.u8(..6) == 0
        && let Some(target) = rng.choice(foreign)
    {
        return target.clone();
    }
    if rng.u8(..6) == 0
        && let Some((name, _)) = rng.choice(sets)
    {
        return name.clone();
    }
    let ty = *rng.choice(resources).unwrap();
    let (name, action) = (word(ty.name), word(rng.choice(&ty.actions).unwrap()));
    match rng.u8(..16) {
        0 => "*:*".to_owned(),
        1 | 2 => format!("*:{action}"),
        3..=5 => format!("{name}:*"),
        6..=8 => {
            let count = rng.usize(1..=ty.actions.len());
            let actions = rng.choose_multiple(ty.actions.iter().map(|action| word(action)), count);
            format!("{name}:{{{}}}", actions.join(", "))
        }
        _ => format!("{name}:{action}"),
    }
}
