//! Time zones as tables of offsets.
//!
//! The source is the IANA time zone database as the crate `chrono-tz` carries it ([`database_version`]).

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use chrono::{Offset, TimeZone};
use chrono_tz::Tz;

/// A time zone: when its clocks changed, and by how much they are ahead of UTC after that.
#[derive(Debug, PartialEq, Eq)]
pub struct Zone {
    name: &'static str,
    /// (seconds since 1970 from which on it holds, seconds ahead of UTC), sorted; the first one holds since ever.
    changes: Vec<(i64, i64)>,
}

/// The years whose clock changes are known; the database says nothing sure about later ones either.
const TABLE_START: i64 = 0;
const TABLE_END: i64 = 4_165_516_800; // 2102-01-01
const PROBE_SECONDS: i64 = 6 * 3600;

static ZONES: LazyLock<Mutex<BTreeMap<&'static str, Arc<Zone>>>> = LazyLock::new(Mutex::default);

impl Zone {
    /// The zone with this IANA name, exactly as the database spells it.
    pub fn named(name: &str) -> Option<Arc<Zone>> {
        let tz: Tz = name.parse().ok()?;
        let mut zones = ZONES.lock().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(zones.entry(tz.name()).or_insert_with(|| Arc::new(Zone::probe(tz)))))
    }

    pub fn name(&self) -> &'static str {
        self.name
    }

    /// How far local clocks are ahead of UTC at this second, and the second at which that changes next.
    pub fn offset_at(&self, seconds: i64) -> (i64, i64) {
        let after = self.changes.partition_point(|(start, _)| *start <= seconds);
        let until = self.changes.get(after).map_or(i64::MAX, |(start, _)| *start);
        let row = self.changes.get(after.saturating_sub(1));
        (row.map_or(0, |(_, offset)| *offset), until)
    }

    /// Asks the database every six hours of 132 years, and searches each change it sees to the second.
    fn probe(tz: Tz) -> Zone {
        let mut changes = vec![(i64::MIN, offset_of(tz, TABLE_START))];
        let mut before = offset_of(tz, TABLE_START);
        let mut start = TABLE_START;
        while start < TABLE_END {
            let end = start + PROBE_SECONDS;
            let after = offset_of(tz, end);
            if after != before {
                let (mut low, mut high) = (start, end);
                while high - low > 1 {
                    let middle = i64::midpoint(low, high);
                    if offset_of(tz, middle) == before { low = middle } else { high = middle }
                }
                changes.push((high, after));
                before = after;
            }
            start = end;
        }
        Zone { name: tz.name(), changes }
    }
}

/// The version of the time zone database this binary carries.
pub fn database_version() -> &'static str {
    chrono_tz::IANA_TZDB_VERSION
}

/// Every zone name of the database.
pub fn zone_names() -> impl Iterator<Item = &'static str> {
    chrono_tz::TZ_VARIANTS.iter().map(|tz| tz.name())
}

fn offset_of(tz: Tz, seconds: i64) -> i64 {
    match chrono::DateTime::from_timestamp(seconds, 0) {
        Some(time) => i64::from(tz.offset_from_utc_datetime(&time.naive_utc()).fix().local_minus_utc()),
        None => 0,
    }
}

#[cfg(test)]
mod tests;
