//! What hostile and careless YAML does as a policy: rows T-49 and T-50 of the threats. Every such file is refused, soon,
//! with the place.

use std::fmt::Write as _;

use portcullis::document::yaml::{Bounds, Content, parse};
use portcullis::document::{Diagnostic, Problems, Source, Sources, Span};
use portcullis::language;

use super::read;

/// Every error as `code line: message`.
fn problems(yaml: &str) -> Vec<String> {
    let mut sources = Sources::default();
    let id = sources.add(Source { name: "a.yaml".into(), text: yaml.into() });
    let loaded = language::load(&sources, &[id]);
    assert_eq!(loaded.policy.is_none(), loaded.diagnostics.iter().any(Diagnostic::is_error));
    let place = |diagnostic: &Diagnostic| {
        let (span, _) = diagnostic.place.as_ref()?;
        Some(sources.position(*span).0)
    };
    loaded
        .diagnostics
        .iter()
        .filter(|problem| problem.is_error())
        .map(|problem| {
            let line = place(problem).map_or("nowhere".to_owned(), |line| line.to_string());
            format!("{} {line}: {}", problem.code.text(), problem.message)
        })
        .collect()
}

#[track_caller]
fn check(yaml: &str, expected: &str) {
    let found = problems(yaml);
    assert!(found.iter().any(|problem| problem.starts_with(expected)), "{yaml}\n{found:#?}");
}

fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect()
}

#[test]
fn t_49_bombs_are_refused_at_once() {
    let mut bomb = String::from("package: p\na: &a [x, x]\n");
    for (one, next) in ('a'..='y').zip('b'..='z') {
        writeln!(bomb, "{next}: &{next} [*{one}, *{one}, *{one}, *{one}]").unwrap();
    }
    check(&bomb, "P0802 2: an anchor may not stand here");
    let anchors = lines(1_000, |number| format!("- &a{number} x\n"));
    check(&format!("rules:\n{anchors}"), "P0802 2: an anchor");
    check("package: p\nrules: &a\n- *a\n", "P0802 3: an alias");
    check(&format!("rules: {}", "[".repeat(100_000)), "P0102 1: ");
    check(&"- ".repeat(100_000), "P0102 1: ");
    check(&"a:\n ".repeat(100), "P08");
    check(&"- x\n".repeat(200_000), "P0102 ");
    check(&"x".repeat(100 * 1024 * 1024), "P0102 1: the file has 104857600 bytes");
    let many = "- allow: a:b\n  when: x\n".repeat(20_000);
    check(&format!("package: p\nrules:\n{many}"), "P0");
    let keys = lines(10_000, |number| format!("  r{number}: {{}}\n"));
    let found = problems(&format!("package: p\nroles:\n{keys}"));
    assert!(found.iter().all(|problem| !problem.starts_with("P08")), "{:?}", &found[..1]);
}

#[test]
fn t_49_conditions_are_bounded_like_those_of_the_policy_form() {
    let rule = |condition: &str| {
        format!(
            "package: p\nresources: {{ r: {{ actions: a }} }}\nrules:\n- allow: r:a\n  when: {condition}\n"
        )
    };
    assert_eq!(problems(&rule(&format!("{}true{}", "(".repeat(64), ")".repeat(64)))), [""; 0]);
    check(&rule(&format!("{}true{}", "(".repeat(65), ")".repeat(65))), "P0104 5: the condition nests deeper");
    check(&rule(&format!("{}true", "(".repeat(300_000))), "P0104 5: ");
    check(&rule(&format!("{} true", "not ".repeat(100_000))), "P0104 5: ");
    check(&rule(&format!("|\n{}", "    (\n".repeat(100_000))), "P0104 70: ");
    check(&rule(&format!("true{}", " or true".repeat(100_000))), "P0102 ");
    let parts = "  - \"true\"\n".repeat(11_000);
    check(&rule(&format!("\n{parts}")), "P0102 ");
    check(&rule(&format!("\n  {}true", "- ".repeat(3))), "P0805 6: expected a condition, found a list");
}

/// A value that readers disagree about, wherever a policy takes a value.
#[test]
fn t_50_what_readers_disagree_about_is_refused_with_its_line() {
    let head = "package: p\nresources:\n  r: { actions: [a] }\n";
    let rule = |rest: &str| format!("{head}rules:\n- allow: r:a\n{rest}");
    check(&rule("  <<: {}\n"), "P0802 6: a merge key");
    check(&rule("  when: !!bool x\n"), "P0802 6: a tag");
    check(&rule("  named: a\n  named: b\n"), "P0804 7: `named` stands here twice");
    check(&rule("---\npackage: q\n"), "P0802 6: a second document");
    check(&rule("\twhen: x\n"), "P0801 ");
    check(&format!("{head}rules:\n\t- allow: r:a\n"), "P0801 5: a tab");
    check(&format!("%YAML 1.1\n---\n{head}"), "P0802 1: a directive");
    for word in
        ["no", "on", "y", "Off", "TRUE", "~", "0o14", "012", "1e3", "22:22", "1_000", "0x1F", "1.5", ".inf"]
    {
        for key in ["named", "to", "except", "when", "unless", "priority", "because", "advise"] {
            check(&rule(&format!("  {key}: {word}\n")), "P0803 6: ");
            check(&rule(&format!("  {key}:\n  - {word}\n")), "P0803 7: ");
        }
        check(&format!("package: {word}\n"), "P0803 1: ");
        check(&format!("{head}roles:\n  x:\n    system: {word}\n"), "P0803 6: ");
        check(&format!("{head}roles:\n  {word}: {{}}\n"), "P0803 5: ");
        check(&format!("package: p\nresources:\n  r: {{ actions: [{word}] }}\n"), "P0803 3: ");
        check(&format!("{head}windows:\n  w: {word}\n"), "P0803 5: ");
    }
    // Timestamps are text to some, and no condition, name or text here.
    check(&rule("  because: 2026-11-22\n"), "P0805 6: expected a text, found the date `2026-11-22`");
    check(&rule("  named: 2026-11-22\n"), "P0805 6: ");
    check(&rule("  priority: \"90\"\n"), "P0805 6: expected a number, found the text `90`");
    check(&rule("  because: 42\n"), "P0805 6: expected a text, found the number `42`");
    check(&rule("  when:\n"), "P0805 6: expected a condition, found nothing");
    check(&rule("  to: []\n"), "P0805 6: expected a role");
    check(&rule("  when: []\n"), "P0805 6: expected a condition");
    check(&rule("  unless: {}\n"), "P0805 6: expected a condition");
}

/// Wherever a value or a key stands, a number or a date in its place is an error there: nothing is taken for a text that is
/// none to every reader.
#[test]
fn t_50_no_text_is_made_of_numbers_and_dates() {
    let yaml = read("tests/cases/forms/rules.yaml");
    let mut sources = Sources::default();
    let id = sources.add(Source { name: "a.yaml".into(), text: yaml.clone() });
    let document = parse(&sources, id, Bounds::FILE, &mut Problems::default()).unwrap();
    let mut scalars: Vec<Span> = Vec::new();
    let mut open = vec![&document];
    while let Some(node) = open.pop() {
        match &node.content {
            Content::List(items) => open.extend(items),
            Content::Mapping(entries) => {
                scalars.extend(entries.iter().map(|entry| entry.key.span));
                open.extend(
                    entries.iter().filter(|entry| entry.key.text != "priority").map(|entry| &entry.value),
                );
            }
            Content::Text(_) | Content::Bool(_) => scalars.push(node.span),
            Content::Null | Content::Int(_) | Content::Time(_) | Content::Unreadable => {}
        }
    }
    // What stands in a block is a text, whatever it is.
    scalars.retain(|span| !sources.text(*span).contains('\n'));
    assert!(scalars.len() > 200, "{}", scalars.len());
    for (number, span) in scalars.into_iter().enumerate() {
        let word = if number % 2 == 0 { "42" } else { "2026-11-22" };
        let mut changed = yaml.clone();
        changed.replace_range(span.range(), word);
        let (line, _) = sources.position(span);
        let expected = [format!("P0803 {line}: "), format!("P0805 {line}: ")];
        let found = problems(&changed);
        let is_told = |problem: &String| expected.iter().any(|expected| problem.starts_with(expected));
        assert!(found.iter().any(is_told), "{word} in line {line} for {}\n{found:#?}", sources.text(span));
    }
}

/// Texts end where YAML says, and never reach into another declaration.
#[test]
fn no_text_reaches_beyond_itself() {
    let head = "package: p\nresources:\n  r: { actions: [a] }\nrules:\n- deny: r:a\n  named: x\n";
    for text in [
        "  when: \"true allow r:a\"\n",
        "  when: |\n    true\n    allow r:a\n",
        "  when: |\n    true\n    }\n    allow r:a named x\n",
        "  because: x\n  advise: 'a() allow r:a'\n",
        "  to: 'anyone priority 0'\n",
        "  when: 'false // or true'\n",
        "  when: >\n    false // for now\n    or true\n",
    ] {
        let found = problems(&format!("{head}{text}"));
        assert!(found.iter().all(|problem| problem.starts_with("P0101 ")), "{found:?}");
        assert_eq!(found.len(), 1, "{found:?}");
    }
    // What looks like a comment inside of a string is none.
    assert_eq!(problems(&format!("{head}  when: '\"//\" in [\"//\"]'\n")), [""; 0]);
}
