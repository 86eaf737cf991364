//! Readings of a wall clock.

use std::fmt;

/// What a wall clock reads, in no time zone, to the second: from `00:00` to `23:59:59`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay(u32);

const DAY_SECONDS: u32 = 24 * 3600;

impl TimeOfDay {
    /// None beyond the end of the day.
    pub fn from_seconds(seconds: i64) -> Option<TimeOfDay> {
        u32::try_from(seconds).ok().filter(|seconds| *seconds < DAY_SECONDS).map(TimeOfDay)
    }

    /// Seconds since midnight.
    pub const fn seconds(self) -> i64 {
        self.0 as i64
    }

    /// Reads `09:30` or `09:30:15`, with two digits each.
    pub fn parse(text: &str) -> Option<TimeOfDay> {
        let two_digits = |part: &str| -> Option<u32> {
            (part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit())).then(|| part.parse().ok())?
        };
        let mut parts = text.split(':');
        let (hours, minutes) = (two_digits(parts.next()?)?, two_digits(parts.next()?)?);
        let seconds = parts.next().map_or(Some(0), two_digits)?;
        let is_reading = parts.next().is_none() && hours < 24 && minutes < 60 && seconds < 60;
        is_reading.then_some(TimeOfDay(hours * 3600 + minutes * 60 + seconds))
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 3600, self.0 / 60 % 60)?;
        match self.0 % 60 {
            0 => Ok(()),
            seconds => write!(f, ":{seconds:02}"),
        }
    }
}

#[cfg(test)]
mod tests;
