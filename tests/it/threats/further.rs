//! Policies of a megabyte that keep the grammar, or nearly: only the bench reads them, since in a debug build they take
//! their time.

use super::inputs::{Expected, Hostile, beside};
use Expected::Loads;

const MEGABYTE: usize = 1_000_000;

pub fn further() -> Vec<Hostile> {
    let mut all = many();
    all.extend(mistaken());
    all.extend(amplified());
    all.extend(inherited());
    all
}

/// A line for each number, as many as this many bytes hold.
fn lines(bytes: usize, line: impl Fn(usize) -> String) -> String {
    let mut text = String::new();
    for number in 0.. {
        let line = line(number);
        if text.len() + line.len() >= bytes {
            break;
        }
        text.push_str(&line);
        text.push('\n');
    }
    text
}

fn list(name: &str, expected: Expected, line: fn(usize) -> String) -> Hostile {
    beside("T-51", format!("1 MB of {name}"), expected, move || lines(MEGABYTE, line))
}

fn inside(
    name: &str,
    expected: Expected,
    before: &'static str,
    item: fn(usize) -> String,
    behind: &'static str,
) -> Hostile {
    beside("T-51", format!("1 MB of {name}"), expected, move || {
        format!("{before}{}{behind}", lines(MEGABYTE, item))
    })
}

fn many() -> Vec<Hostile> {
    vec![
        list("rules", Loads, |_| "deny *:*".to_owned()),
        list("named rules", Loads, |number| format!("allow order:read named r{number}")),
        list("roles", Loads, |number| format!("role r{number} {{}}")),
        list("types", Loads, |number| format!("resource r{number}")),
        list("definitions", Loads, |number| format!("define d{number} = true")),
        list("windows", Loads, |number| format!("window w{number} = 09:00-10:00 Europe/London")),
        list("networks", Loads, |number| format!("network n{number} = 10.0.0.0/8")),
        list("permission sets", Loads, |number| format!("permissions p{number} = order:*")),
        list("routes", Loads, |number| format!("route GET /a{number} -> order:read")),
        list("globs", Loads, |number| {
            format!("allow order:read named r{number} when context.path like \"a*{number}\"")
        }),
        inside("actions", Loads, "resource r { actions\n", |number| format!("a{number},"), "last }"),
        inside("attributes", Loads, "resource r {\n", |number| format!("a{number}: int"), "}"),
        inside(
            "addresses",
            Loads,
            "network n =\n",
            |number| format!("10.{}.{}.{},", number >> 16, number >> 8 & 255, number & 255),
            "10.0.0.1",
        ),
        inside("spans", Loads, "window w =\n", |_| "09:00-10:00,".to_owned(), "10:00-11:00 UTC"),
        inside("permissions", Loads, "role r {\n", |_| "order:read".to_owned(), "}"),
        inside("annotations", Loads, "", |number| format!("@a{number}(\"\")"), "role r { }"),
        inside(
            "arguments",
            Loads,
            "allow order:read named r advise a(\n",
            |number| format!("a{number}: 1,"),
            "last: 1)",
        ),
        inside(
            "an audience",
            Loads,
            "allow order:read named r to\n",
            |number| format!("a{number},"),
            "clerk",
        ),
        inside("methods", Loads, "route\n", |number| format!("GET{number},"), "GET /a -> order:read"),
    ]
}

fn mistaken() -> Vec<Hostile> {
    vec![
        list("unknown types", Loads, |number| format!("allow x{number}:y")),
        beside("T-51", "1 MB of unknown types in one line", Loads, || {
            lines(MEGABYTE, |number| format!("allow x{number}:y")).replace('\n', " ")
        }),
        list("unknown names beside a thousand known", Loads, |number| {
            if number < 1_000 {
                format!("define d{number} = true")
            } else {
                format!("allow order:read named r{number} when dd{number}")
            }
        }),
        list("one rule's name", Loads, |_| "allow order:read named same".to_owned()),
        list("one role's name", Loads, |_| "role same {}".to_owned()),
        inside("one attribute's name", Loads, "resource r {\n", |_| "a: int".to_owned(), "}"),
        list("one route", Loads, |_| "route GET /a -> order:read".to_owned()),
        list("overlapping routes", Loads, |number| {
            if number % 2 == 0 {
                format!("route GET /*/a{number}/** -> order:read")
            } else {
                format!("route GET /a{number}/*/** -> order:read")
            }
        }),
        inside(
            "declarations after a mistake",
            Loads,
            "allow allow\n",
            |number| format!("role r{number} {{}}"),
            "",
        ),
        beside("T-51", "1 MB of declarations after a mistake in one line", Loads, || {
            format!(
                "allow allow\n{}",
                lines(MEGABYTE, |number| format!("role r{number} {{}}")).replace('\n', " ")
            )
        }),
        list("mistakes", Loads, |_| "allow allow".to_owned()),
        list("mistakes at the ends of long declarations", Loads, |_| {
            format!("role r {{ {} ?", "order:read ".repeat(1_500))
        }),
        list("conditions that nest too deep", Loads, |_| {
            format!("allow order:read when {}true", "not ".repeat(65))
        }),
        list("lines that begin a declaration", Loads, |_| "role".to_owned()),
        inside("words that begin a declaration", Loads, "role role ", |_| "role role role".to_owned(), ""),
        list("signs of annotations", Loads, |_| "@".to_owned()),
        list("wrong literals", Loads, |_| "allow order:read when resource.amount == \"\\q\"".to_owned()),
        list("wrong types", Loads, |_| "allow order:read when resource.amount == \"q\"".to_owned()),
        inside(
            "wrong types in one condition",
            Loads,
            "allow order:read when\n",
            |_| "context.ip or context.ip or".to_owned(),
            "true",
        ),
        list("wrong zones", Loads, |number| format!("window w{number} = 09:00-10:00 Europe/L{number}")),
        list("wrong addresses", Loads, |number| format!("network w{number} = 10.0.0.{number}/8")),
        list("patterns too large", Loads, |number| {
            format!("allow order:read named r{number} when context.path matches \"\\\\w{{8}}{number}\"")
        }),
    ]
}

/// A little that stands for much.
fn amplified() -> Vec<Hostile> {
    let bomb = |levels: usize| {
        let first = "define d0 = calm\n".to_owned();
        (1..levels).fold(first, |text, level| text + &format!("define d{level} = d{0} or d{0}\n", level - 1))
    };
    let half = |name: &'static str, first: fn(usize) -> String, second: fn(usize) -> String| {
        beside("T-51", format!("half a megabyte of {name}"), Loads, move || {
            lines(MEGABYTE / 2, first) + &lines(MEGABYTE / 2, second)
        })
    };
    let actions: fn(usize) -> String = |number| {
        format!("resource r{number} {{ actions a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t }}")
    };
    vec![
        beside("T-51", "definitions that double 13 times", Loads, move || {
            bomb(14) + "allow order:read named r when d13"
        }),
        beside("T-51", "900 rules with definitions that double 11 times", Loads, move || {
            bomb(12) + &"allow order:read when d11\n".repeat(900)
        }),
        half("actions, half of roles with all", actions, |number| format!("role r{number} {{*:*}}")),
        half("actions, half of rules about all", actions, |number| format!("deny *:* named d{number}")),
        half("actions, half of rules about all of one type", actions, |number| {
            format!("deny r0:* named d{number} priority {number}")
        }),
        half("actions, half of permission sets with all", actions, |number| {
            format!("permissions p{number} = *:*")
        }),
        half(
            "subjects, half of conditions",
            |number| format!("subject s{number}"),
            |number| format!("deny *:* named d{number} when subject is user or subject is user"),
        ),
        half(
            "resources, half of `*:read`",
            |number| format!("resource s{number}{{actions read}}"),
            |number| format!("deny *:read named d{number}"),
        ),
    ]
}

fn inherited() -> Vec<Hostile> {
    let each = |count: usize, parents: fn(usize) -> std::ops::Range<usize>| {
        move || {
            (0..count)
                .map(|role| {
                    let parents =
                        parents(role).map(|parent| format!("r{parent}")).collect::<Vec<_>>().join(",");
                    if parents.is_empty() {
                        format!("role r{role} {{}}\n")
                    } else {
                        format!("role r{role}:{parents}{{}}\n")
                    }
                })
                .collect::<String>()
        }
    };
    vec![
        beside("T-57", "a chain of 9,998 roles", Loads, each(9_998, |role| role.saturating_sub(1)..role)),
        beside("T-57", "a chain of 30,000 roles", Loads, each(30_000, |role| role.saturating_sub(1)..role)),
        beside(
            "T-57",
            "a circle of 9,998 roles",
            Loads,
            each(9_998, |role| (role + 1) % 9_998..(role + 1) % 9_998 + 1),
        ),
        beside("T-57", "500 roles that inherit from all before", Loads, each(500, |role| 0..role)),
        beside("T-57", "400 roles that inherit from all", Loads, each(400, |_| 0..400)),
        beside(
            "T-57",
            "9,000 roles that inherit from the ten before",
            Loads,
            each(9_000, |role| role.saturating_sub(10)..role),
        ),
        beside("T-57", "400 permission sets that hold all", Loads, move || {
            each(400, |_| 0..400)().replace("role ", "permissions ").replace(':', "=").replace("{}", "")
        }),
        beside("T-57", "400 definitions that use all", Loads, move || {
            each(400, |_| 0..400)()
                .replace("role ", "define ")
                .replace(':', "=")
                .replace("{}", "")
                .replace(',', " or ")
        }),
    ]
}
