//! Hostile patterns and the long texts that make others than ours take their time. The tests ask for the answer, the bench how
//! long it takes.

use std::sync::Arc;

use portcullis::model::{Glob, Pattern};

use super::outcome::{Became, Outcome, measured};

pub struct Matching {
    pub name: String,
    expected: bool,
    decide: Box<dyn Fn() -> bool + Send + Sync>,
}

impl Matching {
    pub fn outcome(self: &Arc<Matching>) -> Outcome {
        let matching = Arc::clone(self);
        measured(move || {
            if (matching.decide)() == matching.expected {
                Became::AsExpected
            } else {
                Became::Otherwise(None)
            }
        })
    }
}

const MEGABYTE: usize = 1_000_000;
const LONGEST_PATH: usize = 64 * 1024;

pub fn matchings() -> Vec<Arc<Matching>> {
    let mut all = Vec::new();
    for (expression, text, end, expected) in [
        ("(a+)+$", "a", "", true),
        ("(a+)+$", "a", "!", false),
        ("(a|aa)+", "a", "!", false),
        ("(.*)*x", "a", "", false),
        ("(a*)*(b*)*c", "ab", "", false),
        ("(a|a)*(a|a)*(a|a)*", "a", "b", false),
        ("(a?){30}a{30}", "a", "", false),
        ("(?i)(é|\u{301}|[a-w])*y", "é", "", false),
        ("([a-y]{0,99}a){9}", "a", "b", false),
    ] {
        let compiled = Pattern::new(expression).expect("a pattern");
        let text = text.repeat(MEGABYTE / text.len()) + end;
        all.push(Arc::new(Matching {
            name: format!("`{expression}` on 1 MB and `{end}`"),
            expected,
            decide: Box::new(move || compiled.matches(&text)),
        }));
    }
    for (name, glob, end, expected) in [
        ("fifty `*a`", "*a".repeat(50), "", true),
        ("fifty `*a` and a `b`", "*a".repeat(50) + "*b", "", false),
        ("fifty `**a` and a `b`", "**a".repeat(50) + "**b", "", false),
        ("fifty `**a`", "**a".repeat(50) + "**", "/b", true),
        ("five hundred `*a` and a `b`", "*a".repeat(500) + "*b", "", false),
        ("a thousand `a`", "a".repeat(1_000), "", false),
    ] {
        let compiled = Glob::new(&glob).expect("a glob");
        let text = "a".repeat(LONGEST_PATH) + end;
        all.push(Arc::new(Matching {
            name: format!("{name} on 64 KB"),
            expected,
            decide: Box::new(move || compiled.matches(&text)),
        }));
    }
    all
}
