//! Days of the calendar.

use std::fmt;

use chrono::{Datelike, NaiveDate};

/// A day of the Gregorian calendar, in no time zone: the days since 1970-01-01, from year 0 to year 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(i32);

/// What a calendar that counts from the first day of year 1 calls 1970-01-01.
const EPOCH: i32 = 719_163;

impl Date {
    /// None before year 0 and after year 9999, which can't be written.
    pub fn from_days(days: i64) -> Option<Date> {
        let days = i32::try_from(days).ok()?;
        let date = NaiveDate::from_num_days_from_ce_opt(days.checked_add(EPOCH)?)?;
        (0..=9_999).contains(&date.year()).then_some(Date(days))
    }

    /// Days since 1970-01-01.
    pub const fn days(self) -> i64 {
        self.0 as i64
    }

    /// Reads `2026-11-22`, with all its digits.
    pub fn parse(text: &str) -> Option<Date> {
        let is_shaped = text.len() == 10
            && text.bytes().enumerate().all(|(at, byte)| match at {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        // chrono would let white space stand in for digits.
        let date = is_shaped.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten()?;
        Some(Date(date.num_days_from_ce() - EPOCH))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match NaiveDate::from_num_days_from_ce_opt(self.0.saturating_add(EPOCH)) {
            Some(date) => write!(f, "{}", date.format("%Y-%m-%d")),
            None => write!(f, "{} days after 1970", self.0),
        }
    }
}

#[cfg(test)]
mod tests;
