//! The vocabulary of a policy set: its packages, types, permissions and roles.
//!
//! It stands here, below both the language that declares it and the facts that are read against it.

use std::collections::HashSet;

use super::{Id, Symbol, Table, Type};

/// Everything a policy set declares that facts and requests may name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schema {
    pub packages: Table<Package>,
    /// Sorted by qualified name. The built-in `group` and `organization` are not among them.
    pub types: Table<EntityType>,
    /// Every declared (type, action).
    pub permissions: Table<Permission>,
    /// Sorted by package, then name.
    pub roles: Table<Role>,
    /// What organizations hold, whichever package declared it.
    pub organization: Vec<Attribute>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    pub name: Symbol,
    /// What `context` may hold for requests about this package's resources.
    pub context: Vec<Attribute>,
    /// What `action` may hold for requests about this package's resources.
    pub action: Vec<Attribute>,
}

/// A declared type of subject, of resource, or of both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntityType {
    pub package: Id<Package>,
    /// `package/type`.
    pub name: Symbol,
    /// As it is called inside its package.
    pub bare: Symbol,
    pub is_subject: bool,
    pub is_resource: bool,
    pub placement: Placement,
    pub attributes: Vec<Attribute>,
    /// Its permissions, in order of declaration.
    pub permissions: Vec<Id<Permission>>,
    pub annotations: Vec<Annotation>,
}

/// Where resources of a type stand among the organizations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// At `/`: only assignments at `/` reach it.
    Root,
    /// At `/`, but assignments anywhere reach it.
    Shared,
    /// In an organization of its own.
    Organization,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    pub name: Symbol,
    pub ty: Type,
    /// Declared with `?`.
    pub optional: bool,
}

/// A declared (type, action): what the seeds call a permission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    pub resource: Id<EntityType>,
    pub action: Symbol,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    pub package: Id<Package>,
    /// `package/role`.
    pub name: Symbol,
    pub bare: Symbol,
    pub is_system: bool,
    /// The roles it inherits from, directly.
    pub parents: Vec<Id<Role>>,
    /// What it permits itself, without what it inherits; wildcards are expanded; sorted, without doubles.
    pub permissions: Vec<Id<Permission>>,
    /// If the role is constrained: what its constraint may leave of what it permits and inherits. Sorted.
    pub left: Option<Vec<Id<Permission>>>,
    pub annotations: Vec<Annotation>,
}

/// A name and a text that an author gave a declaration; no decision hangs on it.
pub type Annotation = (Symbol, Box<str>);

/// What a name from outside the policies may mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named<T> {
    One(T),
    Ambiguous,
    None,
}

/// The attribute that names a resource's owner.
pub const OWNER: &str = "owner";

impl Schema {
    /// The type called `package/type`, or `type` where only one package has it.
    pub fn type_named(&self, name: &str) -> Named<Id<EntityType>> {
        only(
            self.types
                .iter()
                .filter(|(_, row)| row.name.text() == name || row.bare.text() == name)
                .map(|(id, _)| id),
        )
    }

    /// The role called `package/role`, or `role` where only one package has it.
    pub fn role_named(&self, name: &str) -> Named<Id<Role>> {
        only(
            self.roles
                .iter()
                .filter(|(_, row)| row.name.text() == name || row.bare.text() == name)
                .map(|(id, _)| id),
        )
    }

    /// The role and what it inherits, up to the next role with a constraint on each way, which is among them.
    pub fn inherited_freely(&self, role: Id<Role>) -> impl Iterator<Item = Id<Role>> {
        let mut seen = HashSet::from([role]);
        let mut next = vec![role];
        std::iter::from_fn(move || {
            let found = next.pop()?;
            let row = self.roles.row(found);
            let parents = if row.is_constrained() { &[] } else { row.parents.as_slice() };
            next.extend(parents.iter().copied().filter(|parent| seen.insert(*parent)));
            Some(found)
        })
    }

    /// The permissions of a role, inherited ones included, that no `only` takes away.
    pub fn permitted(&self, role: Id<Role>) -> impl Iterator<Item = Id<Permission>> {
        self.inherited_freely(role).flat_map(|role| self.roles.row(role).passed_on()).copied()
    }
}

impl Role {
    pub fn is_constrained(&self) -> bool {
        self.left.is_some()
    }

    /// What its heirs inherit of its own permissions, or of all if it is constrained.
    pub fn passed_on(&self) -> &[Id<Permission>] {
        self.left.as_deref().unwrap_or(&self.permissions)
    }
}

impl Attribute {
    /// As a policy author writes it.
    pub fn describe(&self) -> String {
        let optional = if self.optional { "?" } else { "" };
        format!("{}{optional}: {}", self.name, self.ty.describe())
    }
}

impl EntityType {
    pub fn attribute(&self, name: Symbol) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// The type of its `owner`, if it has one that is a subject.
    pub fn owner(&self) -> Option<&Attribute> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name.text() == OWNER && matches!(attribute.ty, Type::Entity(_)))
    }
}

fn only<T>(mut found: impl Iterator<Item = T>) -> Named<T> {
    match (found.next(), found.next()) {
        (Some(one), None) => Named::One(one),
        (Some(_), Some(_)) => Named::Ambiguous,
        (None, _) => Named::None,
    }
}
