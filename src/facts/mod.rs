//! Who holds what: entities, their attributes and hierarchy, role assignments and permission grants.
//!
//! Pure and immutable: a change makes another snapshot. Knows the schema, and nothing of rules or requests.

pub mod load;
pub mod scope;
pub mod versions;

use foldhash::HashMap;

use crate::model::{EntityRef, Id, Instant, Symbol, Tri, Value};

pub use load::{load, of_trees};
pub use scope::{Scope, Scopes};
pub use versions::Versions;

/// One snapshot of all facts.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    pub entities: HashMap<EntityRef, Entity>,
    pub scopes: Scopes,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entity {
    /// The organization a subject or resource belongs to, by its path.
    pub organization: Option<Symbol>,
    /// The groups or resources it is directly in.
    pub parents: Vec<EntityRef>,
    /// Sorted by name; of the declared types.
    pub attributes: Vec<(Symbol, Value)>,
    pub assignments: Vec<Assignment>,
    pub grants: Vec<Grant>,
    /// Everything it is in, transitively, without itself; sorted.
    pub ancestors: Vec<EntityRef>,
}

/// A role held within a scope until it expires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// `package/role`.
    pub role: Symbol,
    pub reach: Reach,
    pub expires: Option<Instant>,
    pub provenance: Provenance,
}

/// One permission held within a scope until it expires, besides all roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// `package/type`.
    pub resource: Symbol,
    pub action: Symbol,
    pub reach: Reach,
    pub expires: Option<Instant>,
    pub provenance: Provenance,
}

/// How far an assignment or a grant reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// This organization and all below it; [`Scopes::root`] is everywhere.
    Scope(Id<Scope>),
    /// Resources that are the subject itself, or whose declared owner it is.
    Personal,
}

/// Who gave it, when, and why: shown to people, never decided upon.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Provenance {
    pub granted_by: Option<Box<str>>,
    pub granted_at: Option<Instant>,
    pub reason: Option<Box<str>>,
}

impl Facts {
    pub fn entity(&self, entity: EntityRef) -> Option<&Entity> {
        self.entities.get(&entity)
    }

    /// Whether `item` is `of` or stands below it; unknown if the facts know nothing of `item`.
    pub fn is_within(&self, item: EntityRef, of: EntityRef) -> Tri {
        if item == of {
            return Tri::True;
        }
        match self.entity(item) {
            Some(entity) => entity.ancestors.binary_search(&of).is_ok().into(),
            None => Tri::Unknown,
        }
    }
}

impl Entity {
    pub fn attribute(&self, name: Symbol) -> Option<&Value> {
        let found = self.attributes.binary_search_by_key(&name, |(key, _)| *key).ok()?;
        self.attributes.get(found).map(|(_, value)| value)
    }
}
