//! Sets: what is in them, how they compare, what they are put together to.

use fastrand::Rng;

use super::comparisons::Readable;
use super::expressions::Flow;
use super::vocabulary::Kind;

/// A set as a condition writes it, and what looking at it may cost.
pub(super) struct Set {
    pub(super) text: String,
    pub(super) elements: usize,
    pub(super) parts: usize,
}

/// As many elements as an attribute may have.
const ELEMENTS: usize = 10_000;
/// As many entities as one may be in.
const ANCESTORS: usize = 1_024;

impl Flow<'_> {
    pub(super) fn about_set(&self, rng: &mut Rng, path: &Readable, text: &str, element: &Kind) -> String {
        let set = self.set(rng, path, text);
        if rng.u8(..3) == 0 {
            return self.about_two_sets(rng, path, text, &set);
        }
        let steps = match element {
            Kind::Entity(_) => ANCESTORS * set.parts,
            // An address is looked for in each.
            Kind::Network => set.elements * (set.parts + 1),
            _ => set.parts,
        };
        if !self.spend(steps) {
            return format!("{text} != []");
        }
        let set = set.text;
        let element =
            Readable { text: path.text.clone(), kind: element.clone(), optional: false, steps: path.steps };
        match element.kind {
            Kind::Entity("group") => match rng.u8(..3) {
                0 => format!("{} in {set}", self.partner(rng, &element)),
                _ => format!("subject in {set}"),
            },
            Kind::Entity(name) if self.subjects.iter().any(|ty| ty.kind() == name) && rng.u8(..3) > 0 => {
                format!("subject in {set}")
            }
            Kind::Network if rng.u8(..3) > 0 => {
                self.address_in(rng, &set).unwrap_or_else(|| format!("{set} != []"))
            }
            _ => match self.like(rng, &element) {
                Some(other) if rng.bool() || self.literal(rng, &element.kind).is_none() => {
                    format!("{other} in {set}")
                }
                _ => match self.literal(rng, &element.kind) {
                    Some(literal) => format!("{literal} in {set}"),
                    None => format!("has {}", path.text),
                },
            },
        }
    }

    /// `tags subset of ["red"]`; `==` and `!=` too.
    fn about_two_sets(&self, rng: &mut Rng, path: &Readable, text: &str, set: &Set) -> String {
        let operator = rng.choice(["==", "!=", "subset of", "subset of", "overlaps", "overlaps"]).unwrap();
        let other = match rng.u8(..8) {
            0 => Set { text: "[]".to_owned(), elements: 0, parts: 1 },
            1 | 2 => self.set(rng, path, text),
            _ => Set { text: self.partner(rng, path), elements: ELEMENTS, parts: 1 },
        };
        let steps = match set.parts + other.parts {
            2 => set.elements.min(other.elements),
            parts if operator == "subset of" => set.elements.max(other.elements) * parts,
            parts if operator == "overlaps" => set.elements.min(other.elements) * parts,
            parts => (set.elements + other.elements) * parts,
        };
        if !self.spend(steps) {
            return format!("[] {operator} {text}");
        }
        let (one, other) = (&set.text, &other.text);
        if rng.bool() { format!("{one} {operator} {other}") } else { format!("{other} {operator} {one}") }
    }

    /// The path, alone or put together with others of its type.
    pub(super) fn set(&self, rng: &mut Rng, path: &Readable, text: &str) -> Set {
        let mut set = Set { text: text.to_owned(), elements: ELEMENTS, parts: 1 };
        if rng.u8(..3) > 0 {
            return set;
        }
        for number in 0..rng.usize(1..3) {
            let operator = rng.choice(["union", "intersect", "minus"]).unwrap();
            let (other, parts) = match rng.u8(..6) {
                0 => ("[]".to_owned(), 1),
                1 => {
                    let inner = rng.choice(["union", "intersect", "minus"]).unwrap();
                    (format!("({} {inner} {})", self.partner(rng, path), self.partner(rng, path)), 2)
                }
                _ => (self.partner(rng, path), 1),
            };
            set = Set {
                text: match number {
                    0 if rng.bool() => format!("{other} {operator} {}", set.text),
                    _ => format!("{} {operator} {other}", set.text),
                },
                elements: set.elements + parts * ELEMENTS,
                parts: set.parts + parts,
            };
        }
        set
    }
}
