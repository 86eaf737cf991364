//! Sets of roles as bits.

use smallvec::SmallVec;

use crate::model::Id;
use crate::model::schema::Role;

/// A set of roles; all sets of one engine are equally long.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct RoleSet {
    words: Words,
}

/// Few policies have more roles than two words have bits.
type Words = SmallVec<[u64; 2]>;

const BITS: usize = 64;

impl RoleSet {
    pub(super) fn with_room(roles: usize) -> RoleSet {
        RoleSet { words: Words::from_elem(0, roles.div_ceil(BITS)) }
    }

    /// Empties the set and makes it as long as sets of this many roles are; allocates only the first time, and for many roles.
    pub(super) fn reset(&mut self, roles: usize) {
        self.words.clear();
        self.words.resize(roles.div_ceil(BITS), 0);
    }

    pub(super) fn insert(&mut self, role: Id<Role>) {
        if let Some(word) = self.words.get_mut(role.number() / BITS) {
            *word |= 1 << (role.number() % BITS);
        }
    }

    pub(super) fn contains(&self, role: Id<Role>) -> bool {
        self.words.get(role.number() / BITS).is_some_and(|word| word & (1 << (role.number() % BITS)) != 0)
    }

    pub(super) fn contains_any(&self, roles: &[Id<Role>]) -> bool {
        roles.iter().any(|role| self.contains(*role))
    }

    pub(super) fn add(&mut self, other: &RoleSet) {
        for (word, more) in self.words.iter_mut().zip(&other.words) {
            *word |= more;
        }
    }

    pub(super) fn is_disjoint(&self, other: &RoleSet) -> bool {
        self.words.iter().zip(&other.words).all(|(a, b)| a & b == 0)
    }

    /// The roles in both sets, in order.
    pub(super) fn common<'a>(&'a self, other: &'a RoleSet) -> impl Iterator<Item = Id<Role>> + 'a {
        let words = self.words.iter().zip(&other.words).map(|(a, b)| a & b);
        words.enumerate().flat_map(|(number, word)| bits(word).map(move |bit| Id::new(number * BITS + bit)))
    }
}

fn bits(mut word: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        if word == 0 {
            return None;
        }
        let bit = word.trailing_zeros() as usize;
        word &= word - 1;
        Some(bit)
    })
}
