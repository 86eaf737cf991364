//! The values that one operand can still have.

use ipnet::IpNet;

use super::Steps;
use crate::language::policy::Comparison;
use crate::model::{Date, Duration, Glob, Instant, Networks, Pattern, TimeOfDay, Value};

/// What has been found out about an operand's value. Whatever is not ruled out by it may be.
#[derive(Debug, Clone, Default)]
pub(super) struct Scalar<'e> {
    /// It is one of these.
    one_of: Option<Vec<Value>>,
    none_of: Vec<Value>,
    /// Of values with an order; both ends are possible.
    low: Option<Value>,
    high: Option<Value>,
    texts: Vec<(Shape<'e>, bool)>,
    networks: Vec<(&'e Networks, bool)>,
}

/// What a text can match.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape<'e> {
    Glob(&'e Glob),
    Pattern(&'e Pattern),
}

/// More networks than this are not held against each other.
const NETWORKS_MAX: usize = 1_000;
/// The glob that every text matches.
const ANYTHING: &str = "**";

impl<'e> Scalar<'e> {
    /// Takes it that the value compares so with this one; false if no value can.
    pub(super) fn compare(
        &mut self,
        comparison: Comparison,
        value: &Value,
        steps: &mut Steps,
    ) -> Option<bool> {
        match comparison {
            Comparison::Equal => self.restrict(std::slice::from_ref(value)),
            Comparison::NotEqual => self.exclude(std::slice::from_ref(value)),
            Comparison::Less | Comparison::LessOrEqual => {
                let end = if comparison == Comparison::Less { next(value, -1) } else { Some(value.clone()) };
                let Some(end) = end else { return Some(false) };
                self.high = Some(self.high.take().map_or(end.clone(), |high| high.min(end)));
            }
            Comparison::Greater | Comparison::GreaterOrEqual => {
                let end =
                    if comparison == Comparison::Greater { next(value, 1) } else { Some(value.clone()) };
                let Some(end) = end else { return Some(false) };
                self.low = Some(self.low.take().map_or(end.clone(), |low| low.max(end)));
            }
        }
        self.is_possible(steps)
    }

    /// Takes it that the value is, or is not, one of these.
    pub(super) fn member(&mut self, values: &[Value], wanted: bool, steps: &mut Steps) -> Option<bool> {
        steps.take(values.len())?;
        if wanted {
            self.restrict(values);
        } else {
            self.exclude(values);
        }
        self.is_possible(steps)
    }

    pub(super) fn text(&mut self, shape: Shape<'e>, wanted: bool, steps: &mut Steps) -> Option<bool> {
        self.texts.push((shape, wanted));
        self.is_possible(steps)
    }

    pub(super) fn address(
        &mut self,
        networks: &'e Networks,
        wanted: bool,
        steps: &mut Steps,
    ) -> Option<bool> {
        self.networks.push((networks, wanted));
        self.is_possible(steps)
    }

    fn restrict(&mut self, values: &[Value]) {
        match &mut self.one_of {
            Some(known) => known.retain(|value| values.contains(value)),
            None => self.one_of = Some(values.to_vec()),
        }
    }

    fn exclude(&mut self, values: &[Value]) {
        // There are but two of these.
        if let [Value::Bool(value), ..] = values
            && self.one_of.is_none()
        {
            self.one_of = Some(vec![Value::Bool(*value), Value::Bool(!*value)]);
        }
        self.none_of.extend_from_slice(values);
    }

    /// Whether some value is left; nothing if that takes too long to find out.
    fn is_possible(&mut self, steps: &mut Steps) -> Option<bool> {
        steps.take(1 + self.none_of.len() + self.texts.len())?;
        if let Some(values) = self.one_of.take() {
            steps.take(values.len() * (1 + self.none_of.len() + self.texts.len()))?;
            let left: Vec<Value> = values.into_iter().filter(|value| self.admits(value)).collect();
            let is_possible = !left.is_empty();
            self.one_of = Some(left);
            return Some(is_possible);
        }
        // The ends move past what is excluded.
        for _ in 0..self.none_of.len() {
            match &self.low {
                Some(low) if self.none_of.contains(low) => match next(low, 1) {
                    Some(low) => self.low = Some(low),
                    None => return Some(false),
                },
                Some(_) | None => break,
            }
        }
        if let (Some(low), Some(high)) = (&self.low, &self.high)
            && low > high
        {
            return Some(false);
        }
        let no_text = |(shape, wanted): &(Shape<'e>, bool)| matches!(shape, Shape::Glob(glob) if glob.text() == ANYTHING && !wanted);
        if self.texts.iter().any(no_text) {
            return Some(false);
        }
        self.has_address(steps)
    }

    fn admits(&self, value: &Value) -> bool {
        let fits = |(shape, wanted): &(Shape<'_>, bool)| match value {
            Value::String(text) => shape.matches(text.text()) == *wanted,
            _ => true,
        };
        let lies = |(networks, wanted): &(&Networks, bool)| match value {
            Value::Ip(ip) => networks.contains(*ip) == *wanted,
            _ => true,
        };
        !self.none_of.contains(value)
            && self.low.as_ref().is_none_or(|low| value >= low)
            && self.high.as_ref().is_none_or(|high| value <= high)
            && self.texts.iter().all(fits)
            && self.networks.iter().all(lies)
    }

    /// Whether some address lies in all networks that it has to lie in, and in none of the others. Two networks are
    /// disjoint, or one holds the other.
    fn has_address(&self, steps: &mut Steps) -> Option<bool> {
        if self.networks.is_empty() {
            return Some(true);
        }
        let mut left = vec![IpNet::from(ipnet::Ipv4Net::default()), IpNet::from(ipnet::Ipv6Net::default())];
        for (networks, _) in self.networks.iter().filter(|(_, wanted)| *wanted) {
            let written = networks.written();
            steps.take(left.len().min(NETWORKS_MAX) * written.len().min(NETWORKS_MAX))?;
            let common = left.iter().flat_map(|one| written.iter().filter_map(|other| common(one, other)));
            left = common.take(NETWORKS_MAX + 1).collect();
            if left.len() > NETWORKS_MAX {
                return None;
            }
        }
        for (networks, _) in self.networks.iter().filter(|(_, wanted)| !*wanted) {
            let written = IpNet::aggregate(&networks.written().to_vec());
            steps.take(left.len() * written.len())?;
            left.retain(|one| !written.iter().any(|other| other.contains(one)));
        }
        Some(!left.is_empty())
    }
}

impl Shape<'_> {
    fn matches(self, text: &str) -> bool {
        match self {
            Shape::Glob(glob) => glob.matches(text),
            Shape::Pattern(pattern) => pattern.matches(text),
        }
    }
}

fn common(one: &IpNet, other: &IpNet) -> Option<IpNet> {
    if one.contains(other) {
        return Some(*other);
    }
    other.contains(one).then_some(*one)
}

/// The value after or before one, of those types that have an order; none beyond the last.
fn next(value: &Value, by: i64) -> Option<Value> {
    match value {
        Value::Int(number) => number.checked_add(by).map(Value::Int),
        Value::Instant(instant) => {
            instant.micros().checked_add(by).map(Instant::from_micros).map(Value::Instant)
        }
        Value::Duration(duration) => {
            duration.micros().checked_add(by).map(Duration::from_micros).map(Value::Duration)
        }
        Value::Date(date) => Date::from_days(date.days() + by).map(Value::Date),
        Value::Time(time) => TimeOfDay::from_seconds(time.seconds() + by).map(Value::Time),
        Value::Bool(_)
        | Value::String(_)
        | Value::Ip(_)
        | Value::Network(_)
        | Value::Entity(_)
        | Value::Set(_)
        | Value::Record(_) => None,
    }
}
