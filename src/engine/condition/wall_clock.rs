//! Comparisons with what clocks in a time zone read.

use std::sync::Arc;

use super::Horizon;
use super::frame::Frame;
use super::reading::{Operand, Scalar};
use crate::language::policy::Comparison;
use crate::model::zone::Zone;
use crate::model::{ClockSpan, Tri};

/// `date(now, ZONE)` or `time(now, ZONE)` against a date or a time.
#[derive(Debug)]
pub(super) struct WallClockTest {
    /// As it is with the clock on the left.
    pub(super) comparison: Comparison,
    pub(super) zone: Arc<Zone>,
    pub(super) reading: Operand,
}

const DAY: i64 = 24 * 3600;

impl WallClockTest {
    pub(super) fn evaluate(&self, frame: Frame<'_>, horizon: &mut Horizon) -> Tri {
        let Some((span, is_inside)) = self.span(frame) else { return Tri::Unknown };
        if let Some(flip) = span.next_flip(&self.zone, frame.request.now) {
            horizon.at(flip);
        }
        (span.contains(&self.zone, frame.request.now) == is_inside).into()
    }

    /// The readings that decide the comparison, and whether it is true inside them or outside.
    fn span(&self, frame: Frame<'_>) -> Option<(ClockSpan, bool)> {
        // All that lies before a reading, the reading itself, and both.
        let (before, is_inside) = match self.comparison {
            Comparison::Less => (Some(false), true),
            Comparison::GreaterOrEqual => (Some(false), false),
            Comparison::LessOrEqual => (Some(true), true),
            Comparison::Greater => (Some(true), false),
            Comparison::Equal => (None, true),
            Comparison::NotEqual => (None, false),
        };
        let (start, end, first) = match self.reading.read(frame).scalar()? {
            Scalar::Date(date) => (date.days() * DAY, date.days() * DAY + DAY, i64::MIN),
            Scalar::Time(time) => (time.seconds(), time.seconds() + 1, 0),
            Scalar::Int(_) | Scalar::Instant(_) | Scalar::Duration(_) => return None,
        };
        let (start, end) = match before {
            Some(true) => (first, end),
            Some(false) => (first, start),
            None => (start, end),
        };
        let span = if first == 0 { ClockSpan::Daily(start, end) } else { ClockSpan::Once(start, end) };
        Some((span, is_inside))
    }
}
