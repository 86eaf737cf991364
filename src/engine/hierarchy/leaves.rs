//! What is unknown behind the constraints of roles; only asked for where it decides, so it may take its time.

use super::{Constrained, Hierarchy};
use crate::engine::condition::{Horizon, Leaves, add_leaf};
use crate::engine::request::{Request, organization_leaf};
use crate::engine::role_set::RoleSet;
use crate::model::schema::{Permission, Role, Schema};
use crate::model::{Id, Tri};

/// Which roles have a permission in one request.
pub(in crate::engine) struct Having<'a, 'w> {
    hierarchy: &'a Hierarchy,
    schema: &'a Schema,
    request: &'a Request<'w>,
    /// The roles that list the permission.
    permitting: &'a RoleSet,
    /// By role: its constraint, if it has one that leaves it the permission.
    rows: Vec<Option<&'a Constrained>>,
    /// By role.
    has: Vec<Tri>,
}

impl Hierarchy {
    pub(in crate::engine) fn having<'a, 'w>(
        &'a self,
        permission: Id<Permission>,
        permitting: &'a RoleSet,
        schema: &'a Schema,
        request: &'a Request<'w>,
    ) -> Having<'a, 'w> {
        let mut rows = vec![None; schema.roles.len()];
        for row in self.constraints.iter().flat_map(|constraints| constraints.relevant(permission)) {
            if let Some(slot) = rows.get_mut(row.role.number()) {
                *slot = Some(row);
            }
        }
        let has = vec![Tri::False; schema.roles.len()];
        let mut having = Having { hierarchy: self, schema, request, permitting, rows, has };
        for role in self.order.iter().copied() {
            let own = having.before_constraint(role);
            let own = if own == Tri::False { own } else { own.and(having.constraint(role)) };
            if let Some(slot) = having.has.get_mut(role.number()) {
                *slot = own;
            }
        }
        having
    }
}

impl Having<'_, '_> {
    pub(in crate::engine) fn has(&self, role: Id<Role>) -> Tri {
        self.has.get(role.number()).copied().unwrap_or(Tri::False)
    }

    /// What is unknown in the constraints of the role and of those it inherits from, if that makes it unknown whether
    /// the role has the permission.
    pub(in crate::engine) fn unknown_leaves(&self, role: Id<Role>, leaves: &mut Leaves) {
        let mut seen = RoleSet::with_room(self.schema.roles.len());
        let mut next = vec![role];
        while let Some(role) = next.pop() {
            if seen.contains(role) || self.has(role) != Tri::Unknown {
                continue;
            }
            seen.insert(role);
            if self.constraint(role) == Tri::Unknown {
                self.constraint_leaves(role, leaves);
            }
            if self.before_constraint(role) == Tri::Unknown {
                next.extend(self.schema.roles.row(role).parents.iter().rev());
            }
        }
    }

    /// Whether the role lists the permission or inherits it.
    fn before_constraint(&self, role: Id<Role>) -> Tri {
        if self.permitting.contains(role) {
            return Tri::True;
        }
        let parents = self.schema.roles.row(role).parents.iter();
        parents.fold(Tri::False, |any, parent| any.or(self.has(*parent)))
    }

    fn constraint(&self, role: Id<Role>) -> Tri {
        let row = self.rows.get(role.number()).copied().flatten();
        match (row, &self.hierarchy.constraints) {
            (Some(row), Some(constraints)) => {
                constraints.holds(row, self.request, &mut Horizon::NEVER.clone())
            }
            _ => (!self.schema.roles.row(role).is_constrained()).into(),
        }
    }

    fn constraint_leaves(&self, role: Id<Role>, leaves: &mut Leaves) {
        let row = self.rows.get(role.number()).copied().flatten();
        let (Some(row), Some(constraints)) = (row, &self.hierarchy.constraints) else { return };
        if constraints.is_there(row, self.request) == Tri::Unknown {
            add_leaf(leaves, organization_leaf());
        }
        row.condition.unknown_leaves(self.request, leaves);
    }
}
