//! What conditions can come to, and what never decides, on small policies.

use super::*;
use crate::document::{Source, Sources};
use crate::language;

const DECLARED: &str = r"package shop
subject user { level: int, name: string, mfa: bool, born: date, at: time, since: instant, tags: set of string, spare?: int }
resource order { owner: user  amount: int  actions read, update }
resource page { path: string  amount: int  actions read }
context { ip: ip, other: int }
network inner = 10.0.0.0/8
network part  = 10.1.0.0/16
network outer = 192.168.0.0/16
network whole = 0.0.0.0/0, ::/0
network halves = 0.0.0.0/1, 128.0.0.0/1, ::/0
window day   = 09:00-17:00 Europe/London
window night = 17:00-09:00 Europe/London
window ever  = 00:00-24:00 Europe/London
window utc   = 17:00-09:00 UTC
role low {}
role high : low {}
role top : high {}
";

fn policy(rules: &str) -> Policy {
    let mut sources = Sources::default();
    let id = sources.add(Source { name: "t.policy".to_owned(), text: format!("{DECLARED}{rules}") });
    let loaded = language::load(&sources, &[id]);
    loaded.policy.unwrap_or_else(|| panic!("{:#?}", loaded.diagnostics))
}

/// What a condition of a rule about orders can come to: some of `t`, `f` and `?`.
fn outcomes(condition: &str) -> String {
    let policy = policy(&format!("allow order:read named r when {condition}\n"));
    let rule = policy.rules.rows().next().unwrap();
    let types = resource_types(&policy, rule);
    let possible = Judge::new(&policy).possible(rule.when.as_ref().unwrap(), Some(&types));
    let marks = [(possible.yes, 't'), (possible.no, 'f'), (possible.unknown, '?')];
    marks.into_iter().filter(|(is, _)| *is).map(|(_, mark)| mark).collect()
}

#[test]
fn what_can_be_anything_is_anything() {
    for condition in [
        "subject.level == 1",
        "subject.level > 1 and subject.level < 3",
        "subject.level >= 9223372036854775807",
        "subject.level == 1 or subject.level == 2",
        "subject.level == 1 and subject.level != 2 and resource.amount == 2",
        "subject.name like \"a*\" and subject.name like \"*b\"",
        "subject.name in [\"ab\", \"b\"] and subject.name like \"a*\"",
        "context.ip in inner and context.ip in part",
        "context.ip in inner and not context.ip in part",
        "not context.ip in inner and not context.ip in outer",
        "subject in group(\"a\") and not subject in group(\"b\")",
        "subject.level < context.other or subject.level > context.other",
        "subject.level == context.other and subject.level == resource.amount",
        "\"a\" in subject.tags and not \"b\" in subject.tags",
        "has subject.spare",
        "not has subject.spare and not (has subject.spare or subject.mfa)",
        "subject.tags overlaps [\"a\"] and not \"b\" in subject.tags",
        "subject.spare or_else 1 == 1 and subject.spare or_else 2 == 2",
        "subject is user",
        "subject.at > 23:59:58",
        "date(now, UTC) < 2024-02-01 and date(now, Asia/Tokyo) > 2024-01-31",
    ] {
        assert_eq!(outcomes(condition).trim_end_matches('?'), "tf", "{condition}");
    }
    assert_eq!(outcomes("now in day"), "tf");
    assert_eq!(outcomes("now in day and now in utc"), "tf", "clocks of two zones read differently");
    assert_eq!(outcomes("now > 2026-01-01T00:00:00Z"), "tf");
}

#[test]
fn what_contradicts_itself_is_never_true() {
    for condition in [
        "subject.level == 1 and subject.level == 2",
        "subject.level < 3 and 5 < subject.level",
        "subject.level > 3 and subject.level < 4",
        "subject.level > 9223372036854775807",
        "subject.level >= 3 and subject.level <= 4 and not subject.level in [3, 4]",
        "subject.mfa and not subject.mfa",
        "subject.mfa == false and subject.mfa",
        "subject.mfa != true and subject.mfa != false",
        "subject.tags overlaps []",
        "not [] subset of subject.tags",
        "not subject.tags subset of subject.tags",
        "subject.tags == [\"a\"] and subject.tags == [\"b\", \"a\"]",
        "subject.level in [1, 2] and subject.level in [3]",
        "subject.level == 1 and not (subject.level == 1 or subject.mfa)",
        "subject.level == 1 and (subject.level == 2 or subject.level == 3)",
        "subject.name == \"a\" and subject.name like \"b*\"",
        "subject.name in [\"a\", \"aa\"] and subject.name matches \"b+\"",
        "subject.name like \"b*\" and not subject.name like \"b*\"",
        "not subject.name like \"**\"",
        "context.ip in inner and context.ip in outer",
        "context.ip in part and not context.ip in inner",
        "not context.ip in whole",
        "not context.ip in halves",
        "subject.level < context.other and context.other < subject.level",
        "subject.level < subject.level",
        "subject.level != subject.level",
        "subject in group(\"a\") and not subject in group(\"a\")",
        "\"a\" in subject.tags and not \"a\" in subject.tags",
        "subject.born < 2024-02-01 and subject.born > 2024-01-31",
        "subject.at < 00:00",
        "date(now, UTC) < 2024-02-01 and date(now, UTC) > 2024-01-31",
        "time(now, UTC) < 00:00",
        "subject.since < 2026-01-01T00:00:00Z and subject.since > 2026-01-01T00:00:00Z",
        "subject == user(\"a\") and subject == user(\"b\")",
    ] {
        assert_eq!(outcomes(condition).trim_end_matches('?'), "f", "{condition}");
        assert_eq!(outcomes(&format!("not ({condition})")).trim_end_matches('?'), "t", "{condition}");
    }
    assert_eq!(outcomes("has subject.spare and not has subject.spare"), "f?");
    assert_eq!(outcomes("now in day and now in night"), "f", "the clock is never unknown");
    assert_eq!(outcomes("false"), "f");
    assert_eq!(outcomes("1 == 2"), "f");
    assert_eq!(outcomes("1 in [2, 3]"), "f");
    assert_eq!(outcomes("subject.level > 1 + 1 and subject.level < 4 - 1"), "f?");
    assert_eq!(outcomes("subject.level == 9223372036854775807 + 1"), "?");
    assert_eq!(outcomes("2026-01-01 + (1h + 1h) == 2026-01-02"), "?", "a date has no hours");
    assert_eq!(outcomes("[1] overlaps [2, 3]"), "f");
    assert_eq!(outcomes("now > 2026-01-01T00:00:00Z and now <= 2025-01-01T00:00:00Z"), "f");
}

#[test]
fn what_covers_everything_is_never_false() {
    for condition in [
        "subject.level < 5 or subject.level > 3",
        "subject.level != 1 or subject.level != 2",
        "subject.mfa or not subject.mfa",
        "subject.level == subject.level",
        "context.ip in whole",
        "context.ip in halves",
        "subject.name like \"**\"",
    ] {
        assert_eq!(outcomes(condition).trim_end_matches('?'), "t", "{condition}");
    }
    for (condition, expected) in [
        ("now in ever", "t"),
        ("now in day or now in night", "t"),
        ("true", "t"),
        ("2 in [2, 3]", "t"),
        ("1 + 2 * 3 == 7", "t"),
        ("2026-01-01 + 31d == 2026-02-01", "t"),
        ("2026-01-01 + (1h + 23h) == 2026-01-02", "t"),
        ("2026-01-02T00:00:00Z - 2026-01-01T00:00:00Z == 24h", "t"),
        // The rule is about orders only.
        ("resource is order", "t"),
        ("context.ip in whole", "t?"),
        ("subject.level == subject.level", "t?"),
    ] {
        assert_eq!(outcomes(condition), expected, "{condition}");
    }
}

#[test]
fn the_types_of_a_rule_are_those_that_it_is_about() {
    let policy = policy("allow *:read named r when resource is order or resource is page\n");
    let rule = policy.rules.rows().next().unwrap();
    let types = resource_types(&policy, rule);
    let judge = Judge::new(&policy);
    let when = rule.when.as_ref().unwrap();
    assert!(!judge.possible(when, Some(&types)).no);
    assert!(!judge.possible(when, None).no, "there are no other types");
    let Expr::Or(parts) = when else { panic!("{when:?}") };
    assert!(judge.possible(&parts[0], Some(&types)).no);
    assert!(!judge.possible(&parts[1], Some(&types[..1])).yes);
}

#[test]
fn what_takes_too_long_is_not_claimed() {
    // Each `or` can be true in two ways, and none of the 2^40 fits with the last part.
    let many: Vec<String> = (0..40)
        .map(|number| format!("(subject.level == {number} or subject.level == {})", number + 1))
        .collect();
    let start = std::time::Instant::now();
    outcomes(&format!("{} and subject.level != subject.level", many.join(" and ")));
    let pairs: Vec<String> =
        (0..1_000).map(|number| format!("(subject.level == {number} or subject.mfa)")).collect();
    assert_eq!(outcomes(&pairs.join(" and ")), "tf?");
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}

/// What never decides, and why, by name.
fn never(rules: &str) -> Vec<String> {
    let policy = policy(rules);
    let name = |rule: &Id<Rule>| policy.rules.row(*rule).name.text();
    let judge = Judge::new(&policy);
    let told = overruled(&policy, &judge).into_iter().map(|one| {
        let what = match one.what {
            What::Rule(rule) => name(&rule).to_owned(),
            What::Permission(role, permission) => {
                let action = policy.schema.permissions.row(permission).action;
                format!("{}:{action}", policy.schema.roles.row(role).bare)
            }
        };
        match one.why {
            Why::Denied(denies) => {
                format!("{what} by {}", denies.iter().map(name).collect::<Vec<_>>().join(" "))
            }
            Why::BindsNobody => format!("{what} binds nobody"),
        }
    });
    told.collect()
}

#[test]
fn a_deny_that_always_applies_leaves_nothing_below_it() {
    assert_eq!(never("allow order:read named a\ndeny order:read named d\n"), ["a by d"]);
    assert_eq!(
        never("allow order:* named a\ndeny order:read named d\ndeny order:update named e\n"),
        ["a by d e"]
    );
    assert_eq!(never("allow order:* named a\ndeny *:* named d\n"), ["a by d"]);
    assert_eq!(never("allow *:* named a\ndeny *:* named d\n"), ["a by d"]);
    assert_eq!(
        never("allow order:read named a priority 5\ndeny order:read named d priority 5\n"),
        ["a by d"]
    );
    assert_eq!(
        never("deny order:read named a when subject.mfa priority 5\ndeny order:read named d priority 6\n"),
        ["a by d"]
    );
    assert_eq!(
        never("deny order:read named a when subject.mfa priority 5\ndeny order:read named d\n"),
        ["a by d"]
    );
    assert_eq!(never("role r { order:read page:read }\ndeny order:* named d priority 0\n"), ["r:read by d"]);
    assert_eq!(never("role r : low { order:read }\ndeny order:* named d to low\n"), ["r:read by d"]);
}

#[test]
fn a_deny_that_leaves_something_leaves_it() {
    let none: [&str; 0] = [];
    for rules in [
        "allow order:* named a\ndeny order:read named d\n",
        "allow order:read named a priority 6\ndeny order:read named d priority 5\n",
        "deny order:read named a priority 5\ndeny order:read named d priority 5\n",
        "allow order:read named a\ndeny order:read named d to low\n",
        "allow order:read named a to low\ndeny order:read named d to high\n",
        "allow order:read named a to high\ndeny order:read named d to low except top\n",
        "allow order:read named a\ndeny order:read named d when subject.mfa\n",
        "allow order:read named a\ndeny order:read named d unless subject.mfa\n",
        "allow order:read named a\ndeny order:read named d overridable\n",
        "allow order:read named a to anyone\ndeny order:read named d except low\n",
        // Where it is unknown whether the lower one applies, the higher one may be false.
        "deny order:read named a when subject.level > 5 priority 5\ndeny order:read named d when subject.level > 3\n",
        "role r { order:read }\ndeny order:read named d to low\n",
        // It is the rule itself that stands in its way.
        "allow order:read named a when false\ndeny order:read named d when subject.mfa\n",
    ] {
        assert_eq!(never(rules), none, "{rules}");
    }
}

#[test]
fn what_the_lower_rule_needs_may_be_what_the_deny_needs() {
    assert_eq!(never("allow order:read named a to high\ndeny order:read named d to low\n"), ["a by d"]);
    assert_eq!(
        never("allow order:read named a to top except high\ndeny order:read named d to low except top\n"),
        ["a binds nobody"]
    );
    assert_eq!(
        never("allow order:read named a to low except high\ndeny order:read named d to low except high\n"),
        ["a by d"]
    );
    // Whoever holds `top` holds `high`.
    assert_eq!(
        never("allow order:read named a to low except high\ndeny order:read named d to low except top\n"),
        ["a by d"]
    );
    assert_eq!(
        never(
            "allow order:read named a when subject.level > 5\ndeny order:read named d when subject.level > 3\n"
        ),
        ["a by d"]
    );
    assert_eq!(
        never(
            "allow order:read named a when subject.level < 3\ndeny order:read named d unless subject.level > 3\n"
        ),
        ["a by d"]
    );
    assert_eq!(
        never(
            "deny order:read named a when subject.mfa priority 5\ndeny order:read named d when subject.mfa\n"
        ),
        ["a by d"]
    );
}

#[test]
fn a_rule_that_excepts_all_whom_it_is_for_binds_nobody() {
    let none: [&str; 0] = [];
    assert_eq!(never("allow order:read named a to high except low\n"), ["a binds nobody"]);
    assert_eq!(never("deny order:read named a to low, high except low\n"), ["a binds nobody"]);
    assert_eq!(never("allow order:read named a to low except high\n"), none);
    assert_eq!(never("allow order:read named a except low\n"), none);
}
