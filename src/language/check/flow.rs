//! What is known at a place of a condition because of the conditions that hold before it.

use std::rc::Rc;

use crate::language::policy::{Party, Root};
use crate::model::schema::EntityType;
use crate::model::{Id, Symbol};

/// A path by its names.
pub(super) type Key = (Root, Vec<Symbol>);

/// What a condition says about its surroundings when it is true, or when it is false.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    subject: Option<Rc<[Id<EntityType>]>>,
    resource: Option<Rc<[Id<EntityType>]>>,
    /// Paths that are there.
    present: Vec<Key>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Flow {
    pub(super) if_true: Facts,
    pub(super) if_false: Facts,
}

/// The possible types and the paths that are known to be there.
#[derive(Debug, Clone)]
pub(super) struct Known {
    subject: Rc<[Id<EntityType>]>,
    /// None if the rule's targets are in error.
    resource: Option<Rc<[Id<EntityType>]>>,
    present: Vec<Key>,
}

/// A state to return to.
pub(super) struct Mark {
    subject: Rc<[Id<EntityType>]>,
    resource: Option<Rc<[Id<EntityType>]>>,
    present: usize,
}

impl Flow {
    #[must_use]
    pub(super) fn negated(self) -> Flow {
        Flow { if_true: self.if_false, if_false: self.if_true }
    }
}

impl Facts {
    pub(super) fn of_type(party: Party, types: Vec<Id<EntityType>>) -> Facts {
        match party {
            Party::Subject => Facts { subject: Some(types.into()), ..Facts::default() },
            Party::Resource => Facts { resource: Some(types.into()), ..Facts::default() },
        }
    }

    pub(super) fn present(path: Key) -> Facts {
        Facts { present: vec![path], ..Facts::default() }
    }

    /// What holds if both hold.
    pub(super) fn and(&mut self, other: Facts) {
        let both = |one: Option<Rc<[_]>>, other: Option<Rc<[_]>>| match (one, other) {
            (Some(one), Some(other)) => Some(common(&one, &other)),
            (one, other) => one.or(other),
        };
        self.subject = both(self.subject.take(), other.subject);
        self.resource = both(self.resource.take(), other.resource);
        self.present.extend(other.present);
    }

    /// What holds if either holds.
    pub(super) fn or(&mut self, other: &Facts) {
        let either = |one: Option<Rc<[_]>>, other: &Option<Rc<[_]>>| {
            let mut types: Vec<Id<EntityType>> = one?.to_vec();
            types.extend_from_slice(other.as_ref()?);
            types.sort_unstable();
            types.dedup();
            Some(types.into())
        };
        self.subject = either(self.subject.take(), &other.subject);
        self.resource = either(self.resource.take(), &other.resource);
        self.present.retain(|path| other.present.contains(path));
    }
}

impl Known {
    pub(super) fn new(subject: Rc<[Id<EntityType>]>, resource: Option<Vec<Id<EntityType>>>) -> Known {
        Known { subject, resource: resource.map(Rc::from), present: Vec::new() }
    }

    /// The possible types; none if they are not known because of another error.
    pub(super) fn types(&self, party: Party) -> Option<Rc<[Id<EntityType>]>> {
        match party {
            Party::Subject => Some(Rc::clone(&self.subject)),
            Party::Resource => self.resource.clone(),
        }
    }

    /// Whether this path is known to be there; one that is there has all it leads over.
    pub(super) fn is_present(&self, root: Root, path: &[Symbol]) -> bool {
        self.present.iter().any(|(other, known)| *other == root && known.starts_with(path))
    }

    /// Says that the subject may be of these types too.
    pub(super) fn widen(&mut self, subjects: impl Iterator<Item = Id<EntityType>>) {
        let mut subjects = subjects.peekable();
        if subjects.peek().is_none() {
            return;
        }
        let mut types: Vec<Id<EntityType>> = self.subject.iter().copied().chain(subjects).collect();
        types.sort_unstable();
        types.dedup();
        self.subject = types.into();
    }

    pub(super) fn assume(&mut self, facts: &Facts) {
        if let Some(types) = &facts.subject {
            self.subject = common(&self.subject, types);
        }
        if let (Some(types), Some(known)) = (&facts.resource, &mut self.resource) {
            *known = common(known, types);
        }
        self.present.extend(facts.present.iter().cloned());
    }

    pub(super) fn mark(&self) -> Mark {
        Mark {
            subject: Rc::clone(&self.subject),
            resource: self.resource.clone(),
            present: self.present.len(),
        }
    }

    pub(super) fn reset(&mut self, mark: Mark) {
        self.subject = mark.subject;
        self.resource = mark.resource;
        self.present.truncate(mark.present);
    }
}

/// What is in both; both are sorted.
fn common(one: &[Id<EntityType>], other: &[Id<EntityType>]) -> Rc<[Id<EntityType>]> {
    let mut other = other.iter().peekable();
    let is_in_other = |ty: &&Id<EntityType>| {
        while other.next_if(|next| next < ty).is_some() {}
        other.peek() == Some(ty)
    };
    one.iter().filter(is_in_other).copied().collect()
}
