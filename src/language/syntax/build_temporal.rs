//! Literals about time: the grammar takes them widely, so that a wrong one is told for what it is.

use pest::iterators::Pair;

use super::build::Builder;
use super::parse::Rule;
use super::tree::Temporal;
use crate::model::duration::DurationError;
use crate::model::limits::DURATION_DAYS_MAX;
use crate::model::{Date, Duration, Instant, TimeOfDay};

impl Builder {
    pub(super) fn temporal(&mut self, pair: &Pair<'_, Rule>) -> Option<Temporal> {
        let text = pair.as_str();
        let found = match pair.as_rule() {
            Rule::clock => TimeOfDay::parse(text).map(Temporal::Time),
            Rule::moment if text.contains(['t', 'T']) => Instant::parse(text).map(Temporal::Instant),
            Rule::moment => Date::parse(text).map(Temporal::Date),
            _ => match Duration::parse(text) {
                Ok(duration) => Some(Temporal::Duration(duration)),
                Err(error) => {
                    let (message, help) = duration_problem(text, error);
                    return self.refuse(self.span(pair), &message, Some(&help));
                }
            },
        };
        if found.is_some() {
            return found;
        }
        let (what, help) = match pair.as_rule() {
            Rule::clock => ("a time of day", "times go from `00:00` to `23:59:59`, with two digits each"),
            _ if text.contains(['t', 'T']) => {
                ("an instant", "write it like `2026-11-22T10:00:00Z` or `2026-11-22T10:00+01:00`")
            }
            _ => ("a date", "write it like `2026-11-22`; to subtract, put spaces around `-`"),
        };
        self.refuse(self.span(pair), &format!("`{text}` is not {what}"), Some(help))
    }
}

/// What is wrong with a duration, and how to write it.
fn duration_problem(text: &str, error: DurationError) -> (String, String) {
    let (what, help) = match error {
        DurationError::Malformed | DurationError::Unit => {
            ("is not a duration", "the units are `d`, `h`, `m` and `s`, as in `90s` or `2h30m`")
        }
        DurationError::Negative => ("is negative", "subtract the duration instead"),
        DurationError::Fraction => ("has a fraction", "write whole numbers, as in `1h30m`"),
        DurationError::Calendar => {
            ("is not a duration: months and years differ in length", "write days, as in `30d`")
        }
        DurationError::Order => {
            ("has its units in disorder", "each unit stands at most once, the largest first, as in `1d2h`")
        }
        DurationError::TooLong => {
            let help = format!("a duration has at most {DURATION_DAYS_MAX} days");
            return (format!("`{text}` is too long"), help);
        }
    };
    (format!("`{text}` {what}"), help.to_owned())
}
