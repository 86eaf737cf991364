//! Policies of a megabyte that keep the grammar, or nearly: only the bench reads them, since in a debug build they take
//! their time.

use portcullis::document::Code;

use super::inputs::{Expected, Hostile, SHOP, beside, of_files};
use Expected::{Loads, Refused};

const MEGABYTE: usize = 1_000_000;

pub fn further() -> Vec<Hostile> {
    let mut all = many();
    all.extend(many_in_yaml());
    all.extend(long());
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
        list("rules", Refused(Code::TooLarge, 99_974, 8), |_| "deny *:*".to_owned()),
        list("named rules", Refused(Code::TooLarge, 20_002, 1), |number| {
            format!("allow order:read named r{number}")
        }),
        list("roles", Refused(Code::TooLarge, 20_002, 1), |number| format!("role r{number} {{}}")),
        list("types", Refused(Code::TooLarge, 20_002, 1), |number| format!("resource r{number}")),
        list("definitions", Refused(Code::TooLarge, 20_002, 1), |number| format!("define d{number} = true")),
        list("windows", Refused(Code::TooLarge, 20_002, 1), |number| {
            format!("window w{number} = 09:00-10:00 Europe/London")
        }),
        list("networks", Refused(Code::TooLarge, 20_002, 1), |number| {
            format!("network n{number} = 10.0.0.0/8")
        }),
        list("permission sets", Refused(Code::TooLarge, 20_002, 1), |number| {
            format!("permissions p{number} = order:*")
        }),
        list("routes", Refused(Code::TooLarge, 20_002, 1), |number| {
            format!("route GET /a{number} -> order:read")
        }),
        list("globs", Loads, |number| {
            format!("allow order:read named r{number} when context.path like \"a*{number}\"")
        }),
        inside(
            "actions",
            Refused(Code::TooLarge, 25_001, 1),
            "resource r { actions\n",
            |number| format!("a{number},"),
            "last }",
        ),
        inside(
            "attributes",
            Refused(Code::TooLarge, 16_668, 9),
            "resource r {\n",
            |number| format!("a{number}: int"),
            "}",
        ),
        inside(
            "addresses",
            Refused(Code::TooLarge, 25_001, 12),
            "network n =\n",
            |number| format!("10.{}.{}.{},", number >> 16, number >> 8 & 255, number & 255),
            "10.0.0.1",
        ),
        inside(
            "spans",
            Refused(Code::TooLarge, 12_502, 6),
            "window w =\n",
            |_| "09:00-10:00,".to_owned(),
            "10:00-11:00 UTC",
        ),
        inside(
            "permissions",
            Refused(Code::TooLarge, 16_668, 7),
            "role r {\n",
            |_| "order:read".to_owned(),
            "}",
        ),
        inside(
            "annotations",
            Refused(Code::TooLarge, 79_980, 2),
            "",
            |number| format!("@a{number}(\"\")"),
            "role r { }",
        ),
        inside(
            "arguments",
            Refused(Code::TooLarge, 12_500, 10),
            "allow order:read named r advise a(\n",
            |number| format!("a{number}: 1,"),
            "last: 1)",
        ),
        inside(
            "an audience",
            Refused(Code::TooLarge, 24_999, 7),
            "allow order:read named r to\n",
            |number| format!("a{number},"),
            "clerk",
        ),
        inside(
            "methods",
            Refused(Code::TooLarge, 25_002, 9),
            "route\n",
            |number| format!("GET{number},"),
            "GET /a -> order:read",
        ),
    ]
}

/// The shop's package in YAML with a section of so many lines.
fn section(
    name: &str,
    expected: Expected,
    count: usize,
    head: &'static str,
    line: fn(usize) -> String,
) -> Hostile {
    of_files("T-50", format!("{count} {name} in YAML"), expected, move || {
        let lines: String = (0..count).map(line).collect();
        let own = format!("package: shop\n{head}:\n{lines}");
        vec![("shop.policy".to_owned(), SHOP.to_owned()), ("hostile.yaml".to_owned(), own)]
    })
}

fn many_in_yaml() -> Vec<Hostile> {
    vec![
        section("rules", Loads, 10_000, "rules", |number| {
            format!("- allow: order:read\n  named: r{number}\n  to: clerk\n  when: calm\n")
        }),
        section("rules", Loads, 19_900, "rules", |number| {
            format!("- {{ deny: order:read, named: r{number} }}\n")
        }),
        section("rules", Refused(Code::TooLarge, 20_003, 3), 25_000, "rules", |_| {
            "- deny: '*:*'\n".to_owned()
        }),
        section("roles", Loads, 9_900, "roles", |number| {
            format!("  r{number}: {{ permissions: order:read }}\n")
        }),
        section("roles", Refused(Code::TooLarge, 20_003, 3), 40_000, "roles", |number| {
            format!("  r{number}: {{}}\n")
        }),
        section("definitions", Loads, 19_900, "define", |number| format!("  d{number}: calm\n")),
        section("routes", Loads, 9_900, "routes", |number| format!("- GET /a{number} -> order:read\n")),
        section("texts in a list", Refused(Code::TooLarge, 10_006, 5), 1, "rules", |_| {
            format!("- allow: order:read\n  named: it\n  when:\n{}", "  - calm\n".repeat(90_000))
        }),
    ]
}

/// Conditions as long as may be, as many as a file holds; and as files may be.
fn long() -> Vec<Hostile> {
    let condition = || vec!["calm"; 9_000].join(" or ");
    let rules = move |count: usize| {
        let rule = |number| format!("allow order:read named r{number} when {}\n", condition());
        (0..count).map(rule).collect::<Vec<_>>().concat()
    };
    vec![
        beside("T-51", "1 MB of long conditions", Refused(Code::TooLarge, 2, 32), move || rules(13)),
        of_files("T-51", "8 MB of long conditions", Refused(Code::TooLarge, 11, 15_034), move || {
            let mut files = vec![("shop.policy".to_owned(), SHOP.to_owned())];
            let own = |file: usize| {
                format!("package shop\n{}", rules(13).replace("named r", &format!("named r{file}_")))
            };
            files.extend((0..7).map(|file| (format!("{file}.policy"), own(file))));
            files
        }),
        of_files("T-50", "8 MB of rules in YAML", Refused(Code::TooLarge, 1, 1), move || {
            let mut files = vec![("shop.policy".to_owned(), SHOP.to_owned())];
            let rule = |file: usize, rule: usize| {
                format!("- allow: order:read\n  named: r{file}_{rule}\n  because: \"{}\"\n", "x".repeat(300))
            };
            let own = |file: usize| {
                format!(
                    "package: shop\nrules:\n{}",
                    (0..2_800).map(|number| rule(file, number)).collect::<String>()
                )
            };
            files.extend((0..7).map(|file| (format!("{file}.yaml"), own(file))));
            files
        }),
        list("long texts", Loads, |number| {
            format!("allow order:read named r{number} because \"{}\"", "x".repeat(8_000))
        }),
        list("permissions of 16,000 targets", Loads, |number| {
            format!("permissions p{number} = {}", "order:read, ".repeat(12_000) + "order:update")
        }),
    ]
}

fn mistaken() -> Vec<Hostile> {
    vec![
        list("unknown types", Refused(Code::TooLarge, 20_002, 1), |number| format!("allow x{number}:y")),
        list("unknown imports", Refused(Code::TooLarge, 20_002, 1), |number| format!("import x{number}")),
        list("unknown packages", Refused(Code::TooLarge, 20_002, 1), |number| format!("allow x{number}.y:z")),
        beside("T-51", "1 MB of unknown types in one line", Refused(Code::TooLarge, 2, 176_391), || {
            lines(MEGABYTE, |number| format!("allow x{number}:y")).replace('\n', " ")
        }),
        list("unknown names beside a thousand known", Refused(Code::TooLarge, 20_002, 1), |number| {
            if number < 1_000 {
                format!("define d{number} = true")
            } else {
                format!("allow order:read named r{number} when dd{number}")
            }
        }),
        list("one rule's name", Refused(Code::TooLarge, 20_002, 1), |_| {
            "allow order:read named same".to_owned()
        }),
        list("one role's name", Refused(Code::TooLarge, 20_002, 1), |_| "role same {}".to_owned()),
        inside(
            "one attribute's name",
            Refused(Code::TooLarge, 133_299, 1),
            "resource r {\n",
            |_| "a: int".to_owned(),
            "}",
        ),
        list("one route", Refused(Code::TooLarge, 20_002, 1), |_| "route GET /a -> order:read".to_owned()),
        list("overlapping routes", Refused(Code::TooLarge, 20_002, 1), |number| {
            if number % 2 == 0 {
                format!("route GET /*/a{number}/** -> order:read")
            } else {
                format!("route GET /a{number}/*/** -> order:read")
            }
        }),
        inside(
            "declarations after a mistake",
            Refused(Code::TooLarge, 20_002, 1),
            "allow allow\n",
            |number| format!("role r{number} {{}}"),
            "",
        ),
        beside(
            "T-51",
            "1 MB of declarations after a mistake in one line",
            Refused(Code::Syntax, 2, 7),
            || {
                format!(
                    "allow allow\n{}",
                    lines(MEGABYTE, |number| format!("role r{number} {{}}")).replace('\n', " ")
                )
            },
        ),
        list("mistakes", Refused(Code::TooLarge, 20_002, 1), |_| "allow allow".to_owned()),
        list("mistakes at the ends of long declarations", Refused(Code::Syntax, 2, 16_511), |_| {
            format!("role r {{ {} ?", "order:read ".repeat(1_500))
        }),
        list("conditions that nest too deep", Refused(Code::TooDeep, 2, 279), |_| {
            format!("allow order:read when {}true", "not ".repeat(65))
        }),
        list("lines that begin a declaration", Refused(Code::TooLarge, 20_002, 1), |_| "role".to_owned()),
        inside(
            "words that begin a declaration",
            Refused(Code::TooLarge, 20_002, 1),
            "role role ",
            |_| "role role role".to_owned(),
            "",
        ),
        list("signs of annotations", Refused(Code::TooLarge, 399_893, 1), |_| "@".to_owned()),
        list("wrong literals", Refused(Code::TooLarge, 20_002, 1), |_| {
            "allow order:read when resource.amount == \"\\q\"".to_owned()
        }),
        list("wrong types", Refused(Code::TooLarge, 20_002, 1), |_| {
            "allow order:read when resource.amount == \"q\"".to_owned()
        }),
        inside(
            "wrong types in one condition",
            Refused(Code::TooLarge, 6_252, 12),
            "allow order:read when\n",
            |_| "context.ip or context.ip or".to_owned(),
            "true",
        ),
        list("wrong zones", Refused(Code::TooLarge, 20_002, 1), |number| {
            format!("window w{number} = 09:00-10:00 Europe/L{number}")
        }),
        list("wrong addresses", Refused(Code::TooLarge, 20_002, 1), |number| {
            format!("network w{number} = 10.0.0.{number}/8")
        }),
        list("patterns too large", Refused(Code::TooLarge, 2, 53), |number| {
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
    let half = |name: &'static str, expected, first: fn(usize) -> String, second: fn(usize) -> String| {
        beside("T-51", format!("half a megabyte of {name}"), expected, move || {
            lines(MEGABYTE / 2, first) + &lines(MEGABYTE / 2, second)
        })
    };
    let actions: fn(usize) -> String = |number| {
        format!("resource r{number} {{ actions a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t }}")
    };
    vec![
        beside("T-51", "definitions that double 13 times", Refused(Code::TooLarge, 16, 31), move || {
            bomb(14) + "allow order:read named r when d13"
        }),
        beside(
            "T-51",
            "900 rules with definitions that double 11 times",
            Refused(Code::TooLarge, 14, 23),
            move || bomb(12) + &"allow order:read when d11\n".repeat(900),
        ),
        half("actions, half of roles with all", Refused(Code::TooLarge, 26_334, 16), actions, |number| {
            format!("role r{number} {{*:*}}")
        }),
        half("actions, half of rules about all", Refused(Code::TooLarge, 20_002, 1), actions, |number| {
            format!("deny *:* named d{number}")
        }),
        half(
            "actions, half of rules about all of one type",
            Refused(Code::TooLarge, 1_900, 10),
            actions,
            |number| format!("deny r0:* named d{number} priority {number}"),
        ),
        half(
            "actions, half of permission sets with all",
            Refused(Code::TooLarge, 20_002, 1),
            actions,
            |number| format!("permissions p{number} = *:*"),
        ),
        half(
            "subjects, half of conditions",
            Refused(Code::TooLarge, 20_002, 1),
            |number| format!("subject s{number}"),
            |number| format!("deny *:* named d{number} when subject is user or subject is user"),
        ),
        half(
            "resources, half of `*:read`",
            Refused(Code::TooLarge, 20_002, 1),
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
        beside(
            "T-57",
            "a chain of 30,000 roles",
            Refused(Code::TooLarge, 20_002, 1),
            each(30_000, |role| role.saturating_sub(1)..role),
        ),
        beside(
            "T-57",
            "a circle of 9,998 roles",
            Refused(Code::RoleCycle, 2, 6),
            each(9_998, |role| (role + 1) % 9_998..(role + 1) % 9_998 + 1),
        ),
        beside("T-57", "500 roles that inherit from all before", Loads, each(500, |role| 0..role)),
        beside(
            "T-57",
            "400 roles that inherit from all",
            Refused(Code::RoleCycle, 2, 6),
            each(400, |_| 0..400),
        ),
        beside(
            "T-57",
            "9,000 roles that inherit from the ten before",
            Loads,
            each(9_000, |role| role.saturating_sub(10)..role),
        ),
        beside(
            "T-57",
            "400 permission sets that hold all",
            Refused(Code::DefinitionCycle, 2, 13),
            move || {
                each(400, |_| 0..400)().replace("role ", "permissions ").replace(':', "=").replace("{}", "")
            },
        ),
        beside("T-57", "400 definitions that use all", Refused(Code::TooLarge, 1, 1), move || {
            each(400, |_| 0..400)()
                .replace("role ", "define ")
                .replace(':', "=")
                .replace("{}", "")
                .replace(',', " or ")
        }),
    ]
}
