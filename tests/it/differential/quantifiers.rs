//! `any` and `all` over sets of every kind.

use std::cell::Cell;
use std::rc::Rc;

use fastrand::Rng;
use portcullis::model::limits::QUANTIFIERS_MAX;

use super::comparisons::Readable;
use super::expressions::{Flow, Piece, steps};
use super::sets::Set;
use super::vocabulary::{Kind, pick};

impl<'a> Flow<'a> {
    /// `any x in resource.readers: x.level > 3`, where the steps that are left allow it.
    pub(super) fn quantified(&self, rng: &mut Rng, depth: usize) -> Option<Piece<'a>> {
        let level = self.variables.len();
        if level == QUANTIFIERS_MAX {
            return None;
        }
        let (set, kind) = self.domain(rng)?;
        let own = if set.parts > 1 { set.parts } else { 0 };
        let allowed = (self.steps_left.get() / set.elements.max(1)).checked_sub(own)?;
        let mut inside = self.clone();
        let name = format!("{}{level}", self.variable_name);
        inside.variables.push((name.clone(), kind));
        for depth in [rng.usize(..=depth.min(2)), 0] {
            inside.steps_left = Rc::new(Cell::new(allowed));
            let body = match depth {
                1.. if rng.u8(..3) == 0 => inside.quantified(rng, depth),
                _ => None,
            };
            let body = body.unwrap_or_else(|| inside.condition(rng, depth));
            let each = allowed - inside.steps_left.get() + steps(&body.text);
            if each <= allowed && self.spend(set.elements * (own + each)) {
                self.deepest.set(self.deepest.get().max(level + 1));
                let word = if rng.bool() { "any" } else { "all" };
                return Some(self.open(format!("{word} {name} in {}: {}", set.text, body.text)));
            }
        }
        None
    }

    /// A set to ask about, and what its elements are.
    fn domain(&self, rng: &mut Rng) -> Option<(Set, Kind)> {
        if rng.u8(..4) == 0 {
            let mut kinds =
                vec![Kind::Int, Kind::String, Kind::Instant, Kind::Duration, Kind::Entity("group")];
            kinds.extend(self.package.types.iter().map(|ty| Kind::Entity(ty.kind())));
            let kind = rng.choice(kinds)?;
            let text = self.literal(rng, &Kind::Set(Box::new(kind.clone())))?;
            return Some((Set { text, elements: 3, parts: 1 }, kind));
        }
        let sets = self.paths().into_iter().filter(|path| matches!(path.kind, Kind::Set(_)));
        let path = pick(rng, sets)?;
        let Kind::Set(element) = &path.kind else { return None };
        let text = if path.optional {
            format!("{} or_else {}", path.text, self.literal(rng, &path.kind)?)
        } else {
            path.text.clone()
        };
        Some((self.set(rng, &path, &text), (**element).clone()))
    }

    /// Something to say something about: inside of a quantifier mostly its variable.
    pub(super) fn path(&self, rng: &mut Rng) -> Option<Readable> {
        let paths = self.paths();
        let is_of_variable = |path: &&Readable| {
            let start = path.text.split('.').next();
            self.variables.iter().any(|(name, _)| start == Some(name.as_str()))
        };
        let of_variables: Vec<Readable> = paths.iter().filter(is_of_variable).cloned().collect();
        if rng.u8(..4) > 0 && !of_variables.is_empty() {
            return rng.choice(of_variables);
        }
        rng.choice(paths)
    }
}
