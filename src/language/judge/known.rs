//! What follows for everything that conditions read, if some of them are true and others false.

use super::Steps;
use super::fold::{Folded, fold};
use super::scalar::{Scalar, Shape};
use crate::language::policy::{Comparison, Expr, Operand, Party, Path, Policy, SetRelation};
use crate::model::schema::EntityType;
use crate::model::{Id, Value, Window};

/// All that is taken for known. Reading the same thing twice finds the same.
#[derive(Debug, Clone)]
pub(super) struct Known<'e> {
    policy: &'e Policy,
    values: Vec<(&'e Operand, Scalar<'e>)>,
    /// How two operands compare: the bits of what is still possible.
    relations: Vec<(&'e Operand, &'e Operand, u8)>,
    /// Whether paths lead to something: the bits of what is still possible. None stands for something of a wrong type.
    presence: Vec<(&'e Path, u8)>,
    /// The parts of the week that it can be, by zone: seconds since Monday 00:00.
    weeks: Vec<(&'static str, Vec<(i64, i64)>)>,
    subject: Option<Id<EntityType>>,
    not_subject: Vec<Id<EntityType>>,
    /// None while it can be of any type.
    resource: Option<Vec<Id<EntityType>>>,
    /// Conditions that nothing more is known of than what they come to.
    others: Vec<(&'e Expr, bool)>,
}

const LESS: u8 = 1;
const EQUAL: u8 = 2;
const GREATER: u8 = 4;

const THERE: u8 = 1;
const ABSENT: u8 = 2;

const WEEK: i64 = 7 * 24 * 3600;

impl<'e> Known<'e> {
    pub(super) fn new(policy: &'e Policy, resources: Option<&[Id<EntityType>]>) -> Known<'e> {
        Known {
            policy,
            values: Vec::new(),
            relations: Vec::new(),
            presence: Vec::new(),
            weeks: Vec::new(),
            subject: None,
            not_subject: Vec::new(),
            resource: resources.map(<[_]>::to_vec),
            others: Vec::new(),
        }
    }

    /// How much there is to copy.
    pub(super) fn size(&self) -> usize {
        self.values.len() + self.relations.len() + self.presence.len() + self.weeks.len() + self.others.len()
    }

    /// Takes a condition without parts for true or for false, so that what it reads is known. False if that can't be;
    /// nothing if it takes too long to find out.
    pub(super) fn add(&mut self, condition: &'e Expr, wanted: bool, steps: &mut Steps) -> Option<bool> {
        match condition {
            Expr::Literal(value) => Some(*value == wanted),
            // They have parts, and are taken apart before.
            Expr::Not(_) | Expr::And(_) | Expr::Or(_) => Some(true),
            Expr::Truth(operand) => {
                const YES: &Value = &Value::Bool(true);
                const NO: &Value = &Value::Bool(false);
                self.against(operand, Comparison::Equal, if wanted { YES } else { NO }, steps)
            }
            Expr::Compare(comparison, left, right) => {
                let comparison = if wanted { *comparison } else { opposite(*comparison) };
                self.compare(left, comparison, right, steps)
            }
            Expr::Member(Operand::Literal(item), Operand::Literal(Value::Set(values))) => {
                Some(values.contains(item) == wanted)
            }
            Expr::Member(item, Operand::Literal(Value::Set(values))) => {
                Some(self.is_read(item, steps)? && self.value(item, steps)?.member(values, wanted, steps)?)
            }
            Expr::Sets(relation, left, right) => {
                let is_read = self.is_read(left, steps)? && self.is_read(right, steps)?;
                Some(is_read && self.sets(*relation, left, right, condition, wanted, steps)?)
            }
            Expr::Quantified(quantified) => {
                Some(self.is_read(&quantified.set, steps)? && self.other(condition, wanted, steps)?)
            }
            Expr::Member(item, of) | Expr::InNetwork(item, of) | Expr::Within(item, of) => Some(
                self.is_read(item, steps)?
                    && self.is_read(of, steps)?
                    && self.other(condition, wanted, steps)?,
            ),
            Expr::Address(operand, networks) => {
                let networks = &self.policy.networks.row(*networks).networks;
                Some(
                    self.is_read(operand, steps)?
                        && self.value(operand, steps)?.address(networks, wanted, steps)?,
                )
            }
            Expr::Like(operand, glob) => self.text(operand, Shape::Glob(glob), condition, wanted, steps),
            Expr::Matches(operand, pattern) => {
                self.text(operand, Shape::Pattern(pattern), condition, wanted, steps)
            }
            Expr::Open(window) => self.week(&self.policy.windows.row(*window).window, wanted, steps),
            Expr::Has(path) => self.is_there(path, if wanted { THERE } else { ABSENT }, steps),
            Expr::Is(Party::Subject, ty) => Some(self.subject(*ty, wanted)),
            Expr::Is(Party::Resource, ty) => Some(self.resource(*ty, wanted)),
        }
    }

    fn compare(
        &mut self,
        left: &'e Operand,
        comparison: Comparison,
        right: &'e Operand,
        steps: &mut Steps,
    ) -> Option<bool> {
        match (fold(left), fold(right)) {
            (Some(Folded::Unknown), _) | (_, Some(Folded::Unknown)) => Some(false),
            (Some(Folded::Value(left)), Some(Folded::Value(right))) => Some(holds(&left, comparison, &right)),
            (None, Some(Folded::Value(value))) => self.against(left, comparison, &value, steps),
            (Some(Folded::Value(value)), None) => self.against(right, flipped(comparison), &value, steps),
            (None, None) => {
                if !self.is_read(left, steps)? || !self.is_read(right, steps)? {
                    return Some(false);
                }
                steps.take(1 + self.relations.len())?;
                if left == right {
                    return Some(outcomes(comparison) & EQUAL != 0);
                }
                let found = self.relations.iter_mut().find_map(|(one, other, bits)| {
                    if (*one, *other) == (left, right) {
                        return Some((bits, outcomes(comparison)));
                    }
                    ((*one, *other) == (right, left)).then(|| (bits, outcomes(flipped(comparison))))
                });
                if let Some((bits, outcomes)) = found {
                    *bits &= outcomes;
                    return Some(*bits != 0);
                }
                self.relations.push((left, right, outcomes(comparison)));
                Some(true)
            }
        }
    }

    /// An operand against a literal.
    fn against(
        &mut self,
        operand: &'e Operand,
        comparison: Comparison,
        value: &Value,
        steps: &mut Steps,
    ) -> Option<bool> {
        if let Operand::Literal(literal) = operand {
            return Some(holds(literal, comparison, value));
        }
        Some(self.is_read(operand, steps)? && self.value(operand, steps)?.compare(comparison, value, steps)?)
    }

    fn sets(
        &mut self,
        relation: SetRelation,
        left: &'e Operand,
        right: &'e Operand,
        condition: &'e Expr,
        wanted: bool,
        steps: &mut Steps,
    ) -> Option<bool> {
        let is_empty =
            |operand: &Operand| matches!(operand, Operand::Literal(Value::Set(values)) if values.is_empty());
        match (relation, left, right) {
            (_, Operand::Literal(Value::Set(one)), Operand::Literal(Value::Set(other))) => {
                steps.take(one.len().saturating_mul(other.len()))?;
                let holds = match relation {
                    SetRelation::Subset => one.iter().all(|value| other.contains(value)),
                    SetRelation::Overlaps => one.iter().any(|value| other.contains(value)),
                };
                Some(holds == wanted)
            }
            (SetRelation::Subset, _, _) if left == right || is_empty(left) => Some(wanted),
            (SetRelation::Overlaps, _, _) if is_empty(left) || is_empty(right) => Some(!wanted),
            _ => self.other(condition, wanted, steps),
        }
    }

    fn text(
        &mut self,
        operand: &'e Operand,
        shape: Shape<'e>,
        condition: &'e Expr,
        wanted: bool,
        steps: &mut Steps,
    ) -> Option<bool> {
        Some(
            self.is_read(operand, steps)?
                && self.other(condition, wanted, steps)?
                && self.value(operand, steps)?.text(shape, wanted, steps)?,
        )
    }

    fn value(&mut self, operand: &'e Operand, steps: &mut Steps) -> Option<&mut Scalar<'e>> {
        steps.take(1 + self.values.len())?;
        let known = self.values.iter().position(|(other, _)| *other == operand);
        if known.is_none() {
            self.values.push((operand, Scalar::default()));
        }
        let number = known.unwrap_or(self.values.len() - 1);
        self.values.get_mut(number).map(|(_, value)| value)
    }

    /// Takes it that the operand has a value.
    fn is_read(&mut self, operand: &'e Operand, steps: &mut Steps) -> Option<bool> {
        match operand {
            Operand::Literal(_)
            | Operand::Now
            | Operand::WallClock(..)
            | Operand::Party(_)
            | Operand::Variable(..) => Some(true),
            Operand::Path(path) => self.is_there(path, THERE, steps),
            Operand::OrElse(path, _) => self.is_there(path, THERE | ABSENT, steps),
            Operand::NowAnd(_, duration) => self.is_read(duration, steps),
            Operand::Arithmetic(first, rest) => self.are_read(first, rest, steps),
            Operand::Combined(first, rest) => self.are_read(first, rest, steps),
        }
    }

    fn are_read<O>(
        &mut self,
        first: &'e Operand,
        rest: &'e [(O, Operand)],
        steps: &mut Steps,
    ) -> Option<bool> {
        for part in std::iter::once(first).chain(rest.iter().map(|(_, part)| part)) {
            if !self.is_read(part, steps)? {
                return Some(false);
            }
        }
        Some(true)
    }

    fn is_there(&mut self, path: &'e Path, bits: u8, steps: &mut Steps) -> Option<bool> {
        steps.take(1 + self.presence.len())?;
        if let Some((_, known)) = self.presence.iter_mut().find(|(other, _)| *other == path) {
            *known &= bits;
            return Some(*known != 0);
        }
        self.presence.push((path, bits));
        Some(true)
    }

    /// Takes it that the clock's reading is, or is not, in the window.
    fn week(&mut self, window: &'e Window, wanted: bool, steps: &mut Steps) -> Option<bool> {
        let (zone, open) = window.parts();
        let closed;
        let spans = if wanted {
            open
        } else {
            closed = rest_of_week(open);
            &closed
        };
        steps.take(1 + self.weeks.len())?;
        let known = self.weeks.iter().position(|(name, _)| *name == zone.name());
        let week = known.map_or(vec![(0, WEEK)], |number| self.weeks.swap_remove(number).1);
        steps.take(week.len() * spans.len())?;
        let common = week.iter().flat_map(|(start, end)| {
            spans.iter().map(move |(other_start, other_end)| (*start.max(other_start), *end.min(other_end)))
        });
        let left: Vec<(i64, i64)> = common.filter(|(start, end)| start < end).collect();
        let is_possible = !left.is_empty();
        self.weeks.push((zone.name(), left));
        Some(is_possible)
    }

    fn subject(&mut self, ty: Id<EntityType>, wanted: bool) -> bool {
        if !wanted {
            self.not_subject.push(ty);
            return self.subject != Some(ty);
        }
        let known = self.subject.replace(ty);
        known.is_none_or(|known| known == ty) && !self.not_subject.contains(&ty)
    }

    fn resource(&mut self, ty: Id<EntityType>, wanted: bool) -> bool {
        let all = || self.policy.schema.types.iter().filter(|(_, row)| row.is_resource).map(|(id, _)| id);
        let types = self.resource.get_or_insert_with(|| all().collect());
        types.retain(|other| (*other == ty) == wanted);
        !types.is_empty()
    }

    fn other(&mut self, condition: &'e Expr, wanted: bool, steps: &mut Steps) -> Option<bool> {
        steps.take(1 + self.others.len())?;
        if self.others.iter().any(|(other, value)| *value != wanted && *other == condition) {
            return Some(false);
        }
        self.others.push((condition, wanted));
        Some(true)
    }
}

/// How two operands that compare so can stand to each other.
fn outcomes(comparison: Comparison) -> u8 {
    match comparison {
        Comparison::Equal => EQUAL,
        Comparison::NotEqual => LESS | GREATER,
        Comparison::Less => LESS,
        Comparison::LessOrEqual => LESS | EQUAL,
        Comparison::Greater => GREATER,
        Comparison::GreaterOrEqual => GREATER | EQUAL,
    }
}

fn holds(left: &Value, comparison: Comparison, right: &Value) -> bool {
    let order = match left.cmp(right) {
        std::cmp::Ordering::Less => LESS,
        std::cmp::Ordering::Equal => EQUAL,
        std::cmp::Ordering::Greater => GREATER,
    };
    outcomes(comparison) & order != 0
}

/// What holds where this does not.
fn opposite(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Equal => Comparison::NotEqual,
        Comparison::NotEqual => Comparison::Equal,
        Comparison::Less => Comparison::GreaterOrEqual,
        Comparison::LessOrEqual => Comparison::Greater,
        Comparison::Greater => Comparison::LessOrEqual,
        Comparison::GreaterOrEqual => Comparison::Less,
    }
}

/// The same with its sides exchanged.
fn flipped(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Equal => Comparison::Equal,
        Comparison::NotEqual => Comparison::NotEqual,
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
    }
}

/// What sorted disjoint spans leave of the week.
fn rest_of_week(spans: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let ends = std::iter::once(0).chain(spans.iter().map(|(_, end)| *end));
    let starts = spans.iter().map(|(start, _)| *start).chain([WEEK]);
    ends.zip(starts).filter(|(end, start)| end < start).collect()
}
