//! Lengths of time.

use std::fmt;

use super::instant::MICROS_PER_SECOND;
use super::limits::DURATION_DAYS_MAX;

/// A length of time in microseconds; negative if it is the difference to an earlier instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration(i64);

pub const MICROS_PER_DAY: i64 = 24 * 3600 * MICROS_PER_SECOND;

/// The units in which a duration is written, in the order in which they stand, with their lengths.
const UNITS: [(&str, i64); 4] = [
    ("d", MICROS_PER_DAY),
    ("h", 3600 * MICROS_PER_SECOND),
    ("m", 60 * MICROS_PER_SECOND),
    ("s", MICROS_PER_SECOND),
];

/// Why a text is no duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DurationError {
    /// No numbers with units behind them.
    Malformed,
    Negative,
    Fraction,
    /// A unit that is none.
    Unit,
    /// Months or years, which are of no one length.
    Calendar,
    /// A unit that stands twice or after a smaller one.
    Order,
    TooLong,
}

impl Duration {
    pub const fn from_micros(micros: i64) -> Duration {
        Duration(micros)
    }

    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Reads `90s`, `2h30m` or `7d`: each unit at most once, the largest first.
    pub fn parse(text: &str) -> Result<Duration, DurationError> {
        if text.starts_with('-') {
            return Err(DurationError::Negative);
        }
        let mut units = UNITS.iter();
        let (mut rest, mut total) = (text, 0_i64);
        while !rest.is_empty() {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (number, behind) = rest.split_at_checked(digits).ok_or(DurationError::Malformed)?;
            let length = behind.bytes().take_while(u8::is_ascii_alphabetic).count();
            let (unit, behind) = behind.split_at_checked(length).ok_or(DurationError::Malformed)?;
            match unit {
                _ if number.is_empty() => return Err(DurationError::Malformed),
                "" if behind.starts_with(['.', ',']) => return Err(DurationError::Fraction),
                "" => return Err(DurationError::Malformed),
                "M" | "mo" | "y" | "Y" => return Err(DurationError::Calendar),
                _ if UNITS.iter().all(|(known, _)| *known != unit) => return Err(DurationError::Unit),
                _ => {}
            }
            let (_, length) = units.find(|(known, _)| *known == unit).ok_or(DurationError::Order)?;
            let number: i64 = number.parse().map_err(|_| DurationError::TooLong)?;
            let part = number.checked_mul(*length).ok_or(DurationError::TooLong)?;
            total = total.checked_add(part).ok_or(DurationError::TooLong)?;
            rest = behind;
        }
        if text.is_empty() {
            return Err(DurationError::Malformed);
        }
        if total > i64::from(DURATION_DAYS_MAX) * MICROS_PER_DAY {
            return Err(DurationError::TooLong);
        }
        Ok(Duration(total))
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 0 {
            f.write_str("-")?;
        }
        let mut rest = self.0.unsigned_abs();
        for (unit, length) in UNITS {
            let length = length.unsigned_abs();
            let number = rest / length;
            rest %= length;
            // What is no whole second can come out of arithmetic, but is never written.
            if unit == "s" && rest > 0 {
                return write!(f, "{number}.{rest:06}s");
            }
            if number > 0 || unit == "s" && self.0 == 0 {
                write!(f, "{number}{unit}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
