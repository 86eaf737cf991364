//! `any x in SET: CONDITION`, `all x in SET: CONDITION`.

use super::frame::Frame;
use super::reading::Operand;
use super::{Horizon, Leaves, Node, add_leaf};
use crate::language::policy::Quantifier;
use crate::model::{Symbol, Tri};

#[derive(Debug)]
pub(super) struct Quantified {
    pub(super) quantifier: Quantifier,
    /// By how many quantifiers stand around it.
    pub(super) variable: usize,
    pub(super) set: Operand,
    pub(super) body: Node,
    /// All that can be unknown in the body, in source order.
    pub(super) leaves: Box<[Symbol]>,
}

impl Quantified {
    /// Kleene's `or` and `and` over the elements.
    pub(super) fn evaluate<'a>(&'a self, frame: Frame<'a>, horizon: &mut Horizon) -> Tri {
        let Some(set) = self.set.read(frame).set() else { return Tri::Unknown };
        let (mut found, decisive) = match self.quantifier {
            Quantifier::Any => (Tri::False, Tri::True),
            Quantifier::All => (Tri::True, Tri::False),
        };
        set.any(&mut |element| {
            let holds = self.body.evaluate(frame.with(self.variable, element), horizon);
            found = match self.quantifier {
                Quantifier::Any => found.or(holds),
                Quantifier::All => found.and(holds),
            };
            found == decisive
        });
        found
    }

    /// Names what is unknown about any element, once, in the order of the body: that of the elements says nothing.
    pub(super) fn unknown_leaves<'a>(&'a self, frame: Frame<'a>, leaves: &mut Leaves) {
        let Some(set) = self.set.read(frame).set() else {
            self.set.unknown_leaf(frame, leaves);
            return;
        };
        let mut found = Leaves::new();
        set.any(&mut |element| {
            self.body.unknown_leaves(frame.with(self.variable, element), &mut found);
            false
        });
        for leaf in self.leaves.iter().filter(|leaf| found.contains(leaf)) {
            add_leaf(leaves, *leaf);
        }
    }

    pub(super) fn name_leaves(&self, leaves: &mut Leaves) {
        self.set.name_leaf(leaves);
        self.body.name_leaves(leaves);
    }
}
