//! Which role inherits from which, and what the constraints on the way leave of its permissions.
//!
//! A permission comes to a role on ways that lead up from it to a role that lists the permission; a constraint opens
//! or closes all ways through its role. Ways without constraints are sets of roles that are made at load. The others
//! are not followed one by one, as there may be more of them than anybody could count: each constraint is looked at
//! once, after those of the role's heirs, and if it holds, it opens what its role inherits.

mod leaves;

use super::condition::{Condition, Horizon};
use super::request::{Place, Request};
use super::role_set::RoleSet;
use super::slots::Slots;
use crate::facts::Scope;
use crate::facts::scope::Scopes;
use crate::language::policy::{Constraint, Policy};
use crate::model::schema::{Permission, Role, Schema};
use crate::model::{Id, Table, Tri};

#[derive(Debug, Default)]
pub(super) struct Hierarchy {
    /// Each role with all it inherits from.
    closures: Vec<RoleSet>,
    /// Each role after those it inherits from.
    order: Vec<Id<Role>>,
    constraints: Option<Constraints>,
}

/// What there is to look at if any role is constrained.
#[derive(Debug)]
struct Constraints {
    /// Each role with what it inherits before the next constraint on the way; nothing if it is constrained itself.
    free: Vec<RoleSet>,
    /// Each after those of its role's heirs.
    rows: Table<Constrained>,
    /// By permission: the rows of the roles that it is left to, in their order.
    relevant: Vec<Box<[Id<Constrained>]>>,
    /// Those that constraints name, if they name any.
    organizations: Option<Scopes>,
}

#[derive(Debug)]
struct Constrained {
    role: Id<Role>,
    /// The roles that inherit from it directly.
    heirs: Box<[Id<Role>]>,
    /// What is reached if the constraint holds, before the next constraint on the way.
    opens: RoleSet,
    condition: Condition,
    organization: Option<Id<Scope>>,
}

/// The roles whose permissions come to the subject.
#[derive(Debug, Default)]
pub(super) struct Ways {
    pub(super) surely: RoleSet,
    /// Those that hang on something unknown; may overlap with the sure ones.
    pub(super) perhaps: RoleSet,
    /// The roles that are assigned themselves.
    assigned_surely: RoleSet,
    assigned_perhaps: RoleSet,
}

impl Hierarchy {
    pub(super) fn new(policy: &Policy, slots: &Slots) -> Hierarchy {
        let order = parents_first(&policy.schema);
        Hierarchy {
            closures: closures(&policy.schema, &order, |_| true),
            constraints: (!policy.constraints.is_empty()).then(|| Constraints::new(policy, &order, slots)),
            order,
        }
    }

    /// The role and all it inherits from.
    pub(super) fn closure(&self, role: Id<Role>) -> Option<&RoleSet> {
        self.closures.get(role.number())
    }

    /// The organizations that constraints name, if they name any.
    pub(super) fn organizations(&self) -> Option<&Scopes> {
        self.constraints.as_ref()?.organizations.as_ref()
    }

    /// Whether no role is constrained: then all it holds comes to the subject.
    pub(super) fn is_free(&self) -> bool {
        self.constraints.is_none()
    }

    /// The conditions of the constraints that a permission may have to pass.
    pub(super) fn conditions(&self, permission: Id<Permission>) -> impl Iterator<Item = &Condition> {
        let relevant = self.constraints.iter().flat_map(move |constraints| constraints.relevant(permission));
        relevant.map(|row| &row.condition)
    }

    /// Adds an assigned role and what it reaches before any constraint.
    pub(super) fn assign(&self, role: Id<Role>, covers: Tri, ways: &mut Ways) {
        let Some(constraints) = &self.constraints else { return };
        let (reached, assigned) = match covers {
            Tri::True => (&mut ways.surely, &mut ways.assigned_surely),
            Tri::Unknown => (&mut ways.perhaps, &mut ways.assigned_perhaps),
            Tri::False => return,
        };
        assigned.insert(role);
        if let Some(free) = constraints.free.get(role.number()) {
            reached.add(free);
        }
    }

    /// Opens the ways through constrained roles to a permission.
    pub(super) fn open(
        &self,
        permission: Id<Permission>,
        request: &Request<'_>,
        ways: &mut Ways,
        horizon: &mut Horizon,
    ) {
        let Some(constraints) = &self.constraints else { return };
        for row in constraints.relevant(permission) {
            let comes = ways.come_to(row);
            if comes == Tri::False {
                continue;
            }
            match comes.and(constraints.holds(row, request, horizon)) {
                Tri::True => ways.surely.add(&row.opens),
                Tri::Unknown => ways.perhaps.add(&row.opens),
                Tri::False => {}
            }
        }
    }
}

impl Constraints {
    fn new(policy: &Policy, order: &[Id<Role>], slots: &Slots) -> Constraints {
        let schema = &policy.schema;
        let free = closures(schema, order, |role| !role.is_constrained());
        let heirs = heirs(schema);
        let mut organizations = Scopes::default();
        let mut relevant: Vec<Vec<Id<Constrained>>> = vec![Vec::new(); schema.permissions.len()];
        let mut rows = Table::default();
        for role in order.iter().rev().copied() {
            let Some(constraint) = policy.constraint(role) else { continue };
            let row = schema.roles.row(role);
            let mut opens = RoleSet::with_room(schema.roles.len());
            opens.insert(role);
            for parent in &row.parents {
                if let Some(free) = free.get(parent.number()) {
                    opens.add(free);
                }
            }
            let id = rows.push(Constrained {
                role,
                heirs: heirs.get(role.number()).map_or_else(Box::default, |heirs| heirs.as_slice().into()),
                opens,
                condition: condition(constraint, policy, slots),
                organization: constraint.organization.as_ref().map(|path| organizations.add(path)),
            });
            for permission in row.passed_on() {
                if let Some(relevant) = relevant.get_mut(permission.number()) {
                    relevant.push(id);
                }
            }
        }
        let names_some = policy.constraints.iter().any(|constraint| constraint.organization.is_some());
        Constraints {
            free,
            rows,
            relevant: relevant.into_iter().map(Vec::into_boxed_slice).collect(),
            organizations: names_some.then_some(organizations),
        }
    }

    /// The constraints that a permission has to pass, each after those of its role's heirs.
    fn relevant(&self, permission: Id<Permission>) -> impl Iterator<Item = &Constrained> {
        let relevant = self.relevant.get(permission.number());
        relevant.into_iter().flatten().map(|id| self.rows.row(*id))
    }

    fn holds(&self, row: &Constrained, request: &Request<'_>, horizon: &mut Horizon) -> Tri {
        match self.is_there(row, request) {
            Tri::False => Tri::False,
            is_there => is_there.and(row.condition.evaluate(request, horizon)),
        }
    }

    /// Whether the resource is where the constraint wants it.
    fn is_there(&self, row: &Constrained, request: &Request<'_>) -> Tri {
        let (Some(organization), Some(organizations)) = (row.organization, &self.organizations) else {
            return Tri::True;
        };
        let is_root = organization == organizations.root();
        match request.standing {
            Place::In(at) => organizations.covers(organization, at).into(),
            Place::Root | Place::Shared => is_root.into(),
            Place::Unknown if is_root => Tri::True,
            Place::Unknown => Tri::Unknown,
        }
    }
}

impl Ways {
    pub(super) fn reset(&mut self, roles: usize) {
        for set in
            [&mut self.surely, &mut self.perhaps, &mut self.assigned_surely, &mut self.assigned_perhaps]
        {
            set.reset(roles);
        }
    }

    /// Whether the subject comes to the role of a constraint.
    fn come_to(&self, row: &Constrained) -> Tri {
        if self.assigned_surely.contains(row.role) || self.surely.contains_any(&row.heirs) {
            Tri::True
        } else if self.assigned_perhaps.contains(row.role) || self.perhaps.contains_any(&row.heirs) {
            Tri::Unknown
        } else {
            Tri::False
        }
    }
}

fn condition(constraint: &Constraint, policy: &Policy, slots: &Slots) -> Condition {
    let packages = policy.packages_left(constraint.role);
    Condition::compile(packages, constraint.when.as_ref(), constraint.unless.as_ref(), policy, slots)
}

/// The roles that inherit directly from each role.
fn heirs(schema: &Schema) -> Vec<Vec<Id<Role>>> {
    let mut heirs = vec![Vec::new(); schema.roles.len()];
    for (role, row) in schema.roles.iter() {
        for parent in &row.parents {
            if let Some(heirs) = heirs.get_mut(parent.number()) {
                heirs.push(role);
            }
        }
    }
    heirs
}

/// Each role after those it inherits from.
fn parents_first(schema: &Schema) -> Vec<Id<Role>> {
    let heirs = heirs(schema);
    let mut waiting: Vec<usize> = schema.roles.rows().map(|role| role.parents.len()).collect();
    let mut order: Vec<Id<Role>> =
        schema.roles.iter().filter(|(_, role)| role.parents.is_empty()).map(|(id, _)| id).collect();
    let mut next = 0;
    while let Some(role) = order.get(next).copied() {
        next += 1;
        for heir in heirs.get(role.number()).into_iter().flatten() {
            let Some(waiting) = waiting.get_mut(heir.number()) else { continue };
            *waiting -= 1;
            if *waiting == 0 {
                order.push(*heir);
            }
        }
    }
    order
}

/// Each role that is wanted with all that it inherits from by way of such roles; nothing for the others.
fn closures(schema: &Schema, order: &[Id<Role>], is_wanted: impl Fn(&Role) -> bool) -> Vec<RoleSet> {
    let mut closures = vec![RoleSet::default(); schema.roles.len()];
    for role in order {
        let row = schema.roles.row(*role);
        if !is_wanted(row) {
            continue;
        }
        let mut closure = RoleSet::with_room(schema.roles.len());
        closure.insert(*role);
        for parent in &row.parents {
            if let Some(of_parent) = closures.get(parent.number()) {
                closure.add(of_parent);
            }
        }
        if let Some(slot) = closures.get_mut(role.number()) {
            *slot = closure;
        }
    }
    closures
}
