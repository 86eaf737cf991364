//! Lengths of time that might be read as others: row T-55 of the threats.

use super::told::{check_policy, check_yaml};

/// What is none; its code; and where in it the first mistake stands, from 0.
const NO_DURATIONS: &[(&str, &str, usize)] = &[
    ("-1s", "P0105", 0),
    ("1.5h", "P0105", 0),
    ("18446744073709551615s", "P0105", 0),
    ("1h1h", "P0105", 0),
    ("9e99y", "P0105", 0),
    ("", "P0101", 1),
    ("P1Y", "P0201", 0),
    ("1y", "P0105", 0),
    ("1mo", "P0105", 0),
    ("36500d1s", "P0105", 0),
    ("1m1h", "P0105", 0),
    ("24H", "P0105", 0),
    ("1 h", "P0101", 2),
];

#[test]
fn t_55_what_is_no_duration_is_refused_where_it_stands() {
    for (text, code, offset) in NO_DURATIONS {
        let policy = format!(
            "package p\nsubject user {{ idle: duration }}\ndefine d(who: user) = who.idle < {text} and true\n"
        );
        check_policy(&policy, &format!("{code} 3:{}", 34 + offset));
        let yaml = format!(
            "package: p\nsubjects: {{ user: {{ attributes: {{ idle: duration }} }} }}\ndefine:\n  d:\n    parameters:\n    - who: user\n    when: 'who.idle < {text} and true'\n"
        );
        check_yaml(&yaml, &format!("{code} 7:{}", 23 + offset));
    }
}

#[test]
fn t_55_what_is_no_duration_is_refused_beside_now() {
    for (text, code, offset) in NO_DURATIONS {
        let policy = format!("package p\ndefine d = now + {text} < 2027-01-01T00:00:00Z\n");
        check_policy(&policy, &format!("{code} 2:{}", 18 + offset));
        let yaml = format!("package: p\ndefine:\n  d: now + {text} < 2027-01-01T00:00:00Z\n");
        check_yaml(&yaml, &format!("{code} 3:{}", 12 + offset));
    }
}
