//! Policies that somebody wrote to hurt: too deep, too long, too many of everything.
//!
//! The tests ask what becomes of each and how much memory that takes, the bench how long.

use portcullis::document::Code;
use portcullis::language::syntax::count_tokens;
use portcullis::model::Glob;
use portcullis::model::limits::{
    DECLARATION_TOKENS_MAX, DECLARATIONS_MAX, PATTERNS_SIZE_MAX, POLICY_TOKENS_MAX, ROLES_MAX, ROUTES_MAX,
    TOKEN_BYTES_MAX,
};

/// What the others are written against.
pub const SHOP: &str = r"package shop
subject user { department: string, level: int, mfa: bool, manager?: user }
resource order in organization { owner: user  amount: int  due: instant  tags: set of string  actions read, update }
context { ip: ip, flag: bool, path: string }
network office = 10.0.0.0/8
window open = Mon-Fri 09:00-17:00 Europe/London
role clerk { order:read }
role chief : clerk { order:* }
define calm = not context.flag
allow order:read named anybody when calm
";

/// One policy set that means harm.
pub struct Hostile {
    /// The row of the list of threats it belongs to.
    pub row: &'static str,
    pub name: String,
    pub expected: Expected,
    files: Box<dyn Fn() -> Files + Send>,
}

/// The names and texts of files; the shop's comes first.
pub type Files = Vec<(String, String)>;

/// What is to become of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    Loads,
    /// The first error, and its line and column in the last file.
    Refused(Code, usize, usize),
}

use Expected::{Loads, Refused};

impl Hostile {
    pub fn files(&self) -> Files {
        (self.files)()
    }
}

pub fn of_files(
    row: &'static str,
    name: impl Into<String>,
    expected: Expected,
    files: impl Fn() -> Files + Send + 'static,
) -> Hostile {
    Hostile { row, name: name.into(), expected, files: Box::new(files) }
}

/// One file beside the shop's: the package, then this text from line 2 on.
pub fn beside(
    row: &'static str,
    name: impl Into<String>,
    expected: Expected,
    text: impl Fn() -> String + Send + 'static,
) -> Hostile {
    of_files(row, name, expected, move || {
        let own = format!("package shop\n{}\n", text());
        vec![("shop.policy".to_owned(), SHOP.to_owned()), ("hostile.policy".to_owned(), own)]
    })
}

/// A rule on line 2 whose condition begins in column 34; and the same in YAML, on line 4 from column 10.
fn when(
    name: &str,
    expected: Expected,
    condition: impl Fn() -> String + Send + Clone + 'static,
) -> [Hostile; 2] {
    let in_yaml = match expected {
        // A text that is not too large in one form may be so in the other.
        Refused(code, 1, column) => Refused(code, 1, column),
        Refused(code, line, column) => Refused(code, line + 2, column - 34 + 10),
        Loads => Loads,
    };
    let text = condition.clone();
    let policy =
        beside("T-51", name, expected, move || format!("allow order:read named hurt when {}", text()));
    let yaml = of_files("T-50", format!("{name}, in YAML"), in_yaml, move || {
        let own =
            format!("package: shop\nrules:\n- allow: order:read\n  when: '{}'\n  named: hurt\n", condition());
        vec![("shop.policy".to_owned(), SHOP.to_owned()), ("hostile.yaml".to_owned(), own)]
    });
    [policy, yaml]
}

const MEGABYTE: usize = 1_000_000;

/// What the list of threats names.
pub fn listed() -> Vec<Hostile> {
    let mut all = nested();
    all.extend(chained());
    all.extend(long());
    all.extend(patterns());
    all.extend(million_rules());
    all.extend(counted());
    all
}

fn nested() -> Vec<Hostile> {
    let mut inputs = Vec::new();
    for depth in [64, 65, 3_000, 190_000] {
        let expected = if depth <= 64 { Loads } else { Refused(Code::TooDeep, 2, 34 + 64) };
        let text = move || format!("{}true{}", "(".repeat(depth), ")".repeat(depth));
        inputs.extend(when(&format!("{depth} parentheses"), expected, text));
    }
    let deep = Refused(Code::TooDeep, 2, 34 + 64 * 4);
    inputs.extend(when("250,000 `not`", deep, || format!("{}true", "not ".repeat(250_000))));
    let large = Refused(Code::TooLarge, 1, 1);
    inputs.extend(when("10^6 `not`", large, || format!("{}true", "not ".repeat(MEGABYTE))));
    for (open, line, column) in [
        ("resource x {\n", 3, 1),
        ("role x {\n", 3, 1),
        ("{", 2, 65),
        ("[", 2, 1),
        ("[true, ", 2, 1),
        ("order:{", 2, 65 * 7),
        ("order(", 2, 5 + 64 * 6 + 1),
        ("allow order:{", 2, 65 * 13),
    ] {
        let (code, name) =
            (if open.ends_with(['(', '{']) { Code::TooDeep } else { Code::Syntax }, open.trim_end());
        let text = move || open.repeat(10_000);
        inputs.push(beside("T-51", format!("10^4 nested `{name}`"), Refused(code, line, column), text));
    }
    inputs.extend(repeated("nested `[`", "[", &[0]));
    inputs.extend(repeated("nested `[true,`", "[true, ", &[0, 1, 5]));
    for open in ["group(", "minus ("] {
        let deep = Refused(Code::TooDeep, 2, 34 + 65 * open.len() - 1);
        let text = move || open.repeat(MEGABYTE / open.len());
        inputs.extend(when(&format!("1 MB of nested `{open}`"), deep, text));
    }
    for (open, offsets) in [("(", &[0][..]), ("{", &[0]), ("order:{", &[0, 5, 6])] {
        inputs.extend(repeated(&format!("nested `{open}`"), open, offsets));
    }
    inputs
}

/// A megabyte of this in a condition, which has more words and signs than are read; `offsets` are those of its own.
fn repeated(name: &str, unit: &'static str, offsets: &'static [usize]) -> [Hostile; 2] {
    let units = MEGABYTE / unit.len();
    let place = |words: usize| words / offsets.len() * unit.len() + offsets[words % offsets.len()];
    // What stands before the condition is read, too.
    let first = |line: usize, column: usize, before: &str, own: usize| {
        let left = words_left(before);
        let is_set = units * offsets.len() > left;
        let most = if is_set { left } else { DECLARATION_TOKENS_MAX - own };
        Refused(Code::TooLarge, line, column + place(most))
    };
    let expected = first(2, 34, "package shop allow order:read named hurt when", 7);
    let [policy, yaml] = when(&format!("1 MB of {name}"), expected, move || unit.repeat(units));
    let in_yaml = first(4, 10, "package: shop rules: - allow: order:read when: '", 0);
    [policy, Hostile { expected: in_yaml, ..yaml }]
}

/// How many words, strings and signs the shop and this leave of those that all files may have.
fn words_left(before: &str) -> usize {
    let words = |text: &str| count_tokens(text, usize::MAX).expect("it has no end");
    POLICY_TOKENS_MAX - words(SHOP) - words(before)
}

fn chained() -> Vec<Hostile> {
    let mut inputs = Vec::new();
    inputs.extend(repeated("a chain of `or`", "true or ", &[0, 5]));
    inputs.extend(repeated("a chain of `and`", "true and ", &[0, 5]));
    inputs.extend(repeated("a chain of `or not`", "true or not ", &[0, 5, 8]));
    inputs.extend(repeated("a sum", "1+", &[0, 1]));
    inputs.extend(repeated("a product", "1*", &[0, 1]));
    inputs.extend(repeated("a set of numbers", "1,", &[0, 1]));
    inputs.extend(repeated("a path", "context.", &[0, 7]));
    let chain = || vec!["true"; 10_001].join(" or ");
    inputs.extend(when("10,001 terms of a chain of `or`", Refused(Code::TooLarge, 2, 34), chain));
    inputs.push(beside("T-51", "10^5 clauses", Refused(Code::TooLarge, 25_000, 1), || {
        format!("allow order:read named hurt\n{}", "when true\n".repeat(MEGABYTE / 10))
    }));
    inputs
}

fn long() -> Vec<Hostile> {
    let name = || "n".repeat(MEGABYTE);
    let mut inputs = Vec::new();
    let mut wide = |what: &str, before: &'static str, behind: &'static str, word: fn() -> String| {
        let place = Refused(Code::TooLarge, 2, before.chars().count() + 1);
        let text = move || format!("{before}{}{behind}", word());
        inputs.push(beside("T-51", format!("1 MB of {what}"), place, text));
    };
    wide("a role's name", "role ", " { }", name);
    wide("a parent's name", "role r : ", " { }", name);
    wide("a type's name", "resource ", " { }", name);
    wide("a quoted type's name", "resource ", " { }", || format!("{:?}", "n".repeat(MEGABYTE)));
    wide("a rule's name", "allow order:read named ", "", name);
    wide("an action's name", "resource r { actions ", " }", name);
    wide("an attribute's name", "resource r { ", ": int }", name);
    wide("a zone's name", "window w = 09:00-10:00 ", "", name);
    wide("an address", "network w = ", "", name);
    wide("a day's name", "window w = ", " 09:00-10:00 UTC", name);
    wide("a word that begins nothing", "", "", name);
    wide("digits", "", "", || "9".repeat(MEGABYTE));
    wide("letters that take three bytes", "", "", || "語".repeat(MEGABYTE / 3));
    wide("a segment of a route", "route GET /", " -> order:read", name);
    inputs.push(of_files("T-51", "1 MB of a package's name", Refused(Code::TooLarge, 1, 9), || {
        let own = format!("package {}\n", "n".repeat(MEGABYTE));
        vec![("shop.policy".to_owned(), SHOP.to_owned()), ("hostile.policy".to_owned(), own)]
    }));
    let syntax = Refused(Code::Syntax, 2, 1);
    inputs.push(beside(
        "T-51",
        "1 MB of signs",
        Refused(Code::TooLarge, 2, 1 + words_left("package shop")),
        || "%".repeat(MEGABYTE),
    ));
    inputs.push(beside(
        "T-51",
        "1 MB of quotes",
        Refused(Code::TooLarge, 2, 1 + 2 * words_left("package shop")),
        || "\"".repeat(MEGABYTE),
    ));
    inputs.push(beside("T-51", "1 MB of lines with a quote", syntax, || "\"\n".repeat(20_000)));
    for (what, before, behind) in [
        ("a name", "", ""),
        ("an attribute", "subject.", ""),
        ("a number", "resource.amount == ", ""),
        ("a string", "context.path == \"", "\""),
    ] {
        let string = usize::from(before.ends_with('"'));
        let place = Refused(Code::TooLarge, 2, 34 + before.len() - string);
        let text = move || format!("{before}{}{behind}", "1".repeat(MEGABYTE));
        inputs.extend(when(&format!("1 MB of {what} in a condition"), place, text));
    }
    for (what, filler) in [("white space", " "), ("empty lines", "\n"), ("tabs", "\t"), ("comments", "//\n")]
    {
        let text = move || {
            format!("allow order:read named hurt when true {}or true", filler.repeat(MEGABYTE / filler.len()))
        };
        inputs.push(beside("T-51", format!("1 MB of {what} in a condition"), Loads, text));
    }
    let text = || format!("allow order:read named hurt when true // {}\nor true", "x".repeat(MEGABYTE));
    inputs.push(beside("T-51", "a comment of 1 MB in a condition", Loads, text));
    let text = || format!("true {}or or", " ".repeat(MEGABYTE));
    inputs.extend(when(
        "1 MB of white space before a mistake",
        Refused(Code::Syntax, 2, 34 + 8 + MEGABYTE),
        text,
    ));
    inputs.push(beside("T-51", "a file of 2 MB", Refused(Code::TooLarge, 1, 1), || "x".repeat(2 * MEGABYTE)));
    inputs
}

fn patterns() -> Vec<Hostile> {
    let mut inputs = Vec::new();
    let mut matching = |pattern: &'static str, expected| {
        let [policy, yaml] =
            when(&format!("`{pattern}`"), expected, move || format!("context.path matches \"{pattern}\""));
        inputs.extend([Hostile { row: "T-53", ..policy }, Hostile { row: "T-53", ..yaml }]);
    };
    let large = Refused(Code::TooLarge, 2, 34 + 21);
    matching("(a+)+$", Loads);
    matching("(a{1000}){1000}", large);
    matching("(((a{100}){100}){100}){100}", large);
    matching("\\\\w{1000}", large);
    matching("((((a{0,9}){0,9}){0,9}){0,9}){0,9}", large);
    // Nothing, as often as anybody likes.
    matching("(((((((|){999}){999}){999}){999}){999}){999})", Loads);
    let nested = || format!("context.path matches \"{}{}\"", "(".repeat(500), ")".repeat(500));
    inputs.extend(when(
        "a pattern with 500 groups in each other",
        Refused(Code::BadPattern, 2, 34 + 22 + 64),
        nested,
    ));
    let long = || format!("context.path matches \"{}\"", "a".repeat(1_025));
    inputs.extend(when("a pattern of 1,025 bytes", large, long));
    let stars = || format!("context.path like \"{}\"", "*a".repeat(50));
    inputs.extend(when("a glob with fifty stars", Loads, stars));
    let long = || format!("context.path like \"{}\"", "*a".repeat(513));
    inputs.extend(when("a glob of 1,026 bytes", Refused(Code::TooLarge, 2, 34 + 18), long));
    inputs.push(beside("T-53", "10^4 patterns", Refused(Code::TooLarge, 12, 54), || {
        let rule = |number: usize| {
            let pattern = |of: usize| format!("context.path matches \"{}\"", number * 100 + of);
            let patterns: Vec<_> = (0..100).map(pattern).collect();
            format!("allow order:read named r{number} when {}\n", patterns.join(" or "))
        };
        (0..100).map(rule).collect()
    }));
    inputs.push(beside("T-53", "1,000 large patterns", Refused(Code::TooLarge, 21, 54), || {
        let pattern = |number| format!("(a{{100}}{number}){{40}}");
        let rule = |number| {
            format!("allow order:read named r{number} when context.path matches \"{}\"\n", pattern(number))
        };
        (0..1_000).map(rule).collect()
    }));
    inputs
}

/// Far more rules than anybody writes; the shortest there are, since fewer long ones fit.
fn million_rules() -> Vec<Hostile> {
    let rules = |files: usize| {
        move || {
            let own = format!("package shop\n{}", "deny *:*\n".repeat(MEGABYTE / files));
            let mut texts = vec![("shop.policy".to_owned(), SHOP.to_owned())];
            texts.extend((0..files).map(|number| (format!("{number}.policy"), own.clone())));
            texts
        }
    };
    // The words of the last file that is read. Of those of each, two are its package, and each rule has four.
    let place = |files: usize| {
        let left = words_left("") % (2 + 4 * MEGABYTE / files) - 2;
        Refused(Code::TooLarge, 2 + left / 4, [1, 6, 7, 8][left % 4])
    };
    vec![
        of_files("T-51", "10^6 rules in ten files", place(10), rules(10)),
        of_files("T-51", "10^6 rules in a thousand files", place(1_000), rules(1_000)),
        of_files("T-51", "22 million rules in one file", Refused(Code::TooLarge, 1, 1), rules(1)),
    ]
}

/// One more than there may be.
fn counted() -> Vec<Hostile> {
    fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
        (0..count).map(line).collect::<Vec<_>>().join("\n")
    }
    let large = |line, column| Refused(Code::TooLarge, line, column);
    let shop = ("shop.policy".to_owned(), SHOP.to_owned());
    let (one, other, third) = (shop.clone(), shop.clone(), shop);
    let excess = words_left("package shop");
    // Every letter and sign takes its part.
    let signs: String = ('!'..='~').filter(|sign| !['"', '\\', '*'].contains(sign)).collect();
    let long_glob = move |number: usize| format!("{number:04}*{}", signs.repeat(11));
    let glob_size = Glob::new(&long_glob(0)).expect("a glob").size();
    vec![
        beside("T-51", "too many rules", large(DECLARATIONS_MAX + 2, 1), || {
            lines(DECLARATIONS_MAX + 1, |_| "deny *:*".to_owned())
        }),
        of_files("T-51", "too many rules in two files", large(DECLARATIONS_MAX / 4 * 3 - 7, 1), move || {
            let rules = |count| format!("package shop\n{}", lines(count, |_| "deny *:*".to_owned()));
            let (few, many) = (rules(DECLARATIONS_MAX / 4), rules(DECLARATIONS_MAX / 4 * 3));
            vec![one.clone(), ("one.policy".to_owned(), few), ("other.policy".to_owned(), many)]
        }),
        of_files("T-50", "too many rules in YAML", large(DECLARATIONS_MAX + 3, 3), move || {
            let rules = lines(DECLARATIONS_MAX + 1, |_| "- deny: order:*".to_owned());
            vec![other.clone(), ("hostile.yaml".to_owned(), format!("package: shop\nrules:\n{rules}"))]
        }),
        of_files("T-50", "too many conditions of a rule in YAML", large(5 + 10_000, 5), move || {
            let own = format!(
                "package: shop\nrules:\n- allow: order:read\n  when:\n{}",
                lines(90_000, |_| "  - calm".to_owned())
            );
            vec![third.clone(), ("hostile.yaml".to_owned(), own)]
        }),
        // What clouds publish of themselves is no attack.
        beside("T-51", "a network of 9,000 addresses", Loads, || {
            format!(
                "network cloud = {}",
                lines(9_000, |number| format!("2001:db8:{number:x}::/48,")).trim_end_matches(',')
            )
        }),
        // The shop has two.
        beside("T-51", "too many roles", large(ROLES_MAX, 6), || {
            lines(ROLES_MAX - 1, |number| format!("role r{number} {{}}"))
        }),
        beside("T-51", "too many routes", large(ROUTES_MAX + 2, 11), || {
            lines(ROUTES_MAX + 1, |number| format!("route GET /a{number} -> order:read"))
        }),
        beside("T-51", "too many types", large(1_001, 10), || {
            lines(1_000, |number| format!("resource r{number:04}"))
        }),
        beside("T-51", "too many attributes", large(2 + 1_024 + 1, 1), || {
            format!("subject s {{\n{}\n}}", lines(1_025, |number| format!("a{number}: int")))
        }),
        beside("T-51", "too many actions", large(2 + 20_000 - 2 + 1, 1), || {
            format!("resource r {{ actions\n{}\n}}", lines(20_000, |number| format!("a{number},")))
        }),
        // The shop's own are three.
        beside("T-51", "too many permissions of roles", large(2 + 1_000, 14), || {
            let actions = lines(1_000, |number| format!("a{number},")).replace('\n', " ");
            format!(
                "resource r {{ actions {actions} }}\n{}",
                lines(1_001, |number| format!("role r{number:04} {{ r:* }}"))
            )
        }),
        beside("T-51", "too long a string", large(2, 37), || {
            format!("allow order:read named hurt because \"{}\"", "x".repeat(TOKEN_BYTES_MAX - 1))
        }),
        beside("T-51", "too many words", large(2 + excess / 5, [1, 3, 5, 7, 8][excess % 5]), || {
            lines(POLICY_TOKENS_MAX / 5, |_| "% % % %%".to_owned())
        }),
        beside("T-53", "too many globs", large(2 + PATTERNS_SIZE_MAX.div_ceil(glob_size), 53), move || {
            lines(800, |number| {
                format!(
                    "allow order:read named r{number:04} when context.path like \"{}\"",
                    long_glob(number)
                )
            })
        }),
    ]
}
