//! What is multiplied: by the packages that a policy imports, and by definitions.

use super::inputs::{Expected, Files, Hostile, of_files};

use Expected::{Loads, Refused};
use portcullis::document::Code;

const PACKAGES: usize = 490;
/// Where the text of the last file begins.
const FIRST: usize = PACKAGES + 3;

pub fn multiplied() -> Vec<Hostile> {
    let mut all = by_packages();
    all.extend(by_definitions());
    all
}

fn by_packages() -> Vec<Hostile> {
    vec![
        of_files("T-51", "conditions about 490 packages", Refused(Code::TooLarge, FIRST + 1, 24), || {
            let big = chain(800, |number| format!("resource.n > {number}"));
            let rule = |number| format!("allow al named x{number} when big or resource.n == {number}\n");
            importing(&format!("define big = {big}\n{}", each(100, rule)))
        }),
        of_files("T-51", "rules about 490 packages", Loads, || {
            importing(&each(2_000, |number| format!("allow al named x{number}\n")))
        }),
        of_files("T-51", "a condition on 230 attributes about 490 packages", Loads, || {
            let tests = chain(230, |number| format!("subject.a{number}"));
            importing(&format!("{}allow al named x when {tests}\n", user(230)))
        }),
        of_files("T-51", "the same where each keeps the attributes elsewhere", Loads, || {
            let tests = chain(230, |number| format!("subject.a{number}"));
            let first =
                |number| format!("allow p{number}.t:r named y{number} when subject.a{}\n", number % 230);
            let rules = each(PACKAGES, first);
            importing(&format!("{}{rules}allow al named z when {tests}\n", user(230)))
        }),
    ]
}

fn by_definitions() -> Vec<Hostile> {
    // As many rules as may have so long a condition.
    let definition = |name, test: &'static str, tests, rules| {
        of_files("T-51", format!("{rules} rules with a definition of {name}"), Loads, move || {
            let big = vec![test; tests].join(" or ");
            let rule = |number| format!("allow p0.t:r named x{number} when big\n");
            importing(&format!(
                "subject user {{ m: user, f: bool, n: int }}\ndefine big = {big}\n{}",
                each(rules, rule)
            ))
        })
    };
    vec![
        definition("literals", "true", 9_990, 12),
        definition("flags", "subject.f", 9_990, 12),
        definition("flags turned round", "not subject.f", 4_990, 12),
        definition("long paths", "subject.m.m.n == 1", 1_990, 12),
        of_files(
            "T-51",
            "400 rules with a large definition",
            Refused(Code::TooLarge, FIRST + 13, 29),
            || {
                let big = chain(3_300, |number| format!("resource.n > {number}"));
                let rule = |number| format!("allow p0.t:r named x{number} when big\n");
                importing(&format!("define big = {big}\n{}", each(400, rule)))
            },
        ),
        of_files("T-51", "2,000 rules with a large network", Loads, || {
            let networks = each(9_000, |number| format!("2001:db8:{number:x}::/48, "));
            let rule = |number| format!("allow o:r named x{number} when context.ip in cloud\n");
            importing(&format!(
                "context {{ ip: ip }}\nresource o {{ actions r }}\nnetwork cloud = {networks}10.0.0.0/8\n{}",
                each(2_000, rule)
            ))
        }),
        of_files("T-51", "4,000 rules with a large window", Loads, || {
            let clock = |minute: usize| format!("{:02}:{:02}", minute / 60, minute % 60);
            let span = |number: usize| format!("Mon-Sun {}-{}", clock(2 * number), clock(2 * number + 1));
            let spans = (0..700).map(span).collect::<Vec<_>>().join(", ");
            let rule = |number| format!("allow p0.t:r named x{number} when now in often\n");
            importing(&format!("window often = {spans} Europe/London\n{}", each(4_000, rule)))
        }),
    ]
}

fn each(count: usize, text: impl Fn(usize) -> String) -> String {
    (0..count).map(text).collect()
}

fn chain(count: usize, text: impl Fn(usize) -> String) -> String {
    (0..count).map(text).collect::<Vec<_>>().join(" or ")
}

fn user(attributes: usize) -> String {
    format!("subject user {{\n{}}}\n", each(attributes, |number| format!("  a{number}: bool\n")))
}

/// Many packages with a resource each, and one that has them all in a permission set and says this besides.
fn importing(text: &str) -> Files {
    let package = |number: usize| {
        let own = format!("package p{number}\nresource t {{ n: int actions r }}\n");
        (format!("p{number}.policy"), own)
    };
    let mut files: Files = (0..PACKAGES).map(package).collect();
    let imports = each(PACKAGES, |number| format!("import p{number}\n"));
    let all: Vec<_> = (0..PACKAGES).map(|number| format!("p{number}.t:r")).collect();
    let last = format!("package z\n{imports}permissions al = {}\n{text}", all.join(", "));
    files.push(("z.policy".to_owned(), last));
    files
}
