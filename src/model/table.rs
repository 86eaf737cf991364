//! Dense tables with typed numbers, so that a role's number can't be used where a rule's is meant.

use std::marker::PhantomData;

/// A row's number in a [`Table`] of `T`.
pub struct Id<T>(u32, PhantomData<fn() -> T>);

/// Rows of `T`, each found by its [`Id`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table<T> {
    rows: Vec<T>,
}

impl<T> Id<T> {
    pub fn new(number: usize) -> Id<T> {
        Id(u32::try_from(number).unwrap_or(u32::MAX), PhantomData)
    }

    pub fn number(self) -> usize {
        self.0 as usize
    }
}

impl<T> Table<T> {
    pub fn push(&mut self, row: T) -> Id<T> {
        self.rows.push(row);
        Id::new(self.rows.len() - 1)
    }

    pub fn get(&self, id: Id<T>) -> Option<&T> {
        self.rows.get(id.number())
    }

    /// The row of an id that this table made.
    #[expect(
        clippy::indexing_slicing,
        reason = "an id is made by the table it is used with, which never shrinks"
    )]
    pub fn row(&self, id: Id<T>) -> &T {
        &self.rows[id.number()]
    }

    pub fn get_mut(&mut self, id: Id<T>) -> Option<&mut T> {
        self.rows.get_mut(id.number())
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub fn rows(&self) -> impl Iterator<Item = &T> {
        self.rows.iter()
    }

    pub fn iter(&self) -> impl Iterator<Item = (Id<T>, &T)> {
        self.rows.iter().enumerate().map(|(number, row)| (Id::new(number), row))
    }

    pub fn ids(&self) -> impl Iterator<Item = Id<T>> + use<T> {
        (0..self.rows.len()).map(Id::new)
    }
}

impl<T> Default for Table<T> {
    fn default() -> Table<T> {
        Table { rows: Vec::new() }
    }
}

impl<T> FromIterator<T> for Table<T> {
    fn from_iter<I: IntoIterator<Item = T>>(rows: I) -> Table<T> {
        Table { rows: rows.into_iter().collect() }
    }
}

// Derives would ask the same of `T`.
impl<T> Clone for Id<T> {
    fn clone(&self) -> Id<T> {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Id<T>) -> bool {
        self.0 == other.0
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Id<T>) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Id<T>) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<T> std::hash::Hash for Id<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<T> std::fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{}", self.0)
    }
}
