//! Points on the time line.

use std::fmt;

use chrono::{DateTime, NaiveDateTime, SecondsFormat, TimeZone, Utc};

/// A point in time, in microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

pub const MICROS_PER_SECOND: i64 = 1_000_000;

impl Instant {
    pub const fn from_micros(micros: i64) -> Instant {
        Instant(micros)
    }

    pub const fn from_seconds(seconds: i64) -> Instant {
        Instant(seconds.saturating_mul(MICROS_PER_SECOND))
    }

    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970, rounded down.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(MICROS_PER_SECOND)
    }

    /// Reads RFC 3339 with an offset; seconds may be missing, leap seconds and digits beyond a microsecond may not be there.
    pub fn parse(text: &str) -> Option<Instant> {
        let (local, offset) = split_offset(text)?;
        let local = local.replacen('t', "T", 1);
        // chrono would let white space stand in for digits.
        let is_shaped = local.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            10 => byte == b'T',
            13 | 16 => byte == b':',
            19 => byte == b'.',
            _ => byte.is_ascii_digit(),
        });
        if !is_shaped {
            return None;
        }
        let fraction = local.split_once('.').map_or(0, |(_, digits)| digits.len());
        if fraction > 6 || local.ends_with('.') || local.contains(":60") {
            return None;
        }
        let fixed = |length: usize| local.split('.').next().is_some_and(|text| text.len() == length);
        let format = match (fixed(16), fixed(19)) {
            (true, _) if fraction == 0 => "%Y-%m-%dT%H:%M",
            (_, true) => "%Y-%m-%dT%H:%M:%S%.f",
            _ => return None,
        };
        let naive = NaiveDateTime::parse_from_str(&local, format).ok()?;
        let utc = naive.and_utc().timestamp_micros();
        Some(Instant(utc.checked_sub(offset.checked_mul(MICROS_PER_SECOND)?)?))
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Utc.timestamp_micros(self.0).single() {
            Some(time) => f.write_str(&DateTime::to_rfc3339_opts(&time, SecondsFormat::AutoSi, true)),
            None => write!(f, "{} microseconds after 1970", self.0),
        }
    }
}

/// Splits `2026-03-29T01:00:00+02:00` into its local part and the offset in seconds.
fn split_offset(text: &str) -> Option<(&str, i64)> {
    if let Some(local) = text.strip_suffix(['Z', 'z']) {
        return Some((local, 0));
    }
    let (local, offset) = text.split_at_checked(text.len().checked_sub(6)?)?;
    let (sign, digits) = offset.split_at_checked(1)?;
    let (hours, minutes) = digits.split_once(':')?;
    let two_digits = |text: &str| -> Option<i64> {
        (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
    };
    let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    let seconds = hours * 3600 + minutes * 60;
    match sign {
        "+" => Some((local, seconds)),
        "-" => Some((local, -seconds)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
