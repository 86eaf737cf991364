//! The two forms of a policy: the same words in both are the same policy.

mod reference;
mod threats;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use portcullis::document::{Source, SourceId, Sources, Span, render};
use portcullis::engine::Engine;
use portcullis::facts;
use portcullis::language;
use portcullis::language::policy::Policy;

use crate::cases;
use crate::examples::SYSTEMS;

/// What is checked of these files, whatever their places.
#[track_caller]
fn checked(files: &[(&str, &str)]) -> Policy {
    let mut sources = Sources::default();
    let ids: Vec<SourceId> = files
        .iter()
        .map(|(name, text)| sources.add(Source { name: (*name).to_owned(), text: (*text).to_owned() }))
        .collect();
    let loaded = language::load(&sources, &ids);
    let Some(policy) = loaded.policy else { panic!("{}", render::plain(&loaded.diagnostics, &sources)) };
    let nowhere = Span::new(SourceId(0), 0, 0);
    let rules = policy.rules.rows().cloned().map(|mut rule| {
        rule.span = nowhere;
        rule
    });
    let rules = rules.collect();
    let mut routes = policy.routes.clone();
    for route in &mut routes {
        route.span = nowhere;
    }
    Policy { rules, routes, ..policy }
}

#[track_caller]
fn assert_alike(one: &Policy, other: &Policy) {
    let (one, other) = (format!("{one:#?}"), format!("{other:#?}"));
    let differing = one.lines().zip(other.lines()).enumerate().find(|(_, (one, other))| one != other);
    if let Some((line, (one_line, other_line))) = differing {
        let around: Vec<&str> = one.lines().skip(line.saturating_sub(30)).take(30).collect();
        panic!("{}\n-{one_line}\n+{other_line}", around.join("\n"));
    }
    assert_eq!(one, other);
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn read(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[track_caller]
fn check_twins(policy: &str, yaml: &str) {
    assert_alike(&checked(&[(policy, &read(policy))]), &checked(&[(yaml, &read(yaml))]));
}

#[test]
fn twins_are_the_same_policy() {
    check_twins("tests/cases/forms/rules.policy", "tests/cases/forms/rules.yaml");
    check_twins("policies/docs.policy", "tests/cases/forms/docs.yaml");
    check_twins("examples/hackai/policies/hackai.policy", "tests/cases/forms/hackai.yaml");
    for (folder, package, _) in SYSTEMS {
        check_twins(
            &format!("examples/{folder}/policies/{package}.policy"),
            &format!("tests/cases/forms/{folder}.yaml"),
        );
    }
}

/// Editors of other systems end lines otherwise; a byte order mark they are told to leave out.
#[test]
fn line_ends_and_marks_change_nothing_silently() {
    for name in ["tests/cases/forms/rules.yaml", "tests/cases/forms/rules.policy"] {
        let text = read(name);
        let ended_otherwise = text.replace('\n', "\r\n");
        assert_alike(&checked(&[(name, &text)]), &checked(&[(name, &ended_otherwise)]));
        let mut sources = Sources::default();
        let id = sources.add(Source { name: name.into(), text: format!("\u{feff}{text}") });
        let loaded = language::load(&sources, &[id]);
        assert!(loaded.policy.is_none());
        let told = render::plain(&loaded.diagnostics, &sources);
        assert!(told.contains("error[P0103]") && told.contains("without a byte order mark"), "{told}");
    }
}

/// A comparison that sees nothing would find all policies alike.
#[test]
fn policies_that_differ_are_told_apart() {
    let yaml = read("tests/cases/forms/docs.yaml");
    let changed = yaml.replace("except: admin", "except: editor");
    assert_ne!(yaml, changed);
    let (one, other) = (checked(&[("a.yaml", &yaml)]), checked(&[("a.yaml", &changed)]));
    assert_ne!(format!("{one:?}"), format!("{other:?}"));
}

#[track_caller]
fn check_cases(yaml: &str, facts: &str, cases: &str) {
    let policy = checked(&[(yaml, &read(yaml))]);
    let mut sources = Sources::default();
    let id = sources.add(Source { name: facts.to_owned(), text: read(facts) });
    let (facts, problems) = facts::load(&sources, &[id], &policy.schema);
    let facts = facts.unwrap_or_else(|| panic!("{problems:#?}"));
    let (cases, engine) = (cases::read(&path(cases)), Engine::new(Arc::new(policy)));
    let mut failures = cases.failures(&engine, &facts);
    failures.extend(cases.wrong_cells(&engine, &facts));
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn yaml_decides_as_the_cases_say() {
    check_cases("tests/cases/forms/docs.yaml", "policies/facts.yaml", "tests/cases/starter.yaml");
    check_cases(
        "tests/cases/forms/hackai.yaml",
        "examples/hackai/policies/facts.yaml",
        "examples/hackai/cases.yaml",
    );
    for (folder, ..) in SYSTEMS {
        check_cases(
            &format!("tests/cases/forms/{folder}.yaml"),
            &format!("examples/{folder}/policies/facts.yaml"),
            &format!("examples/{folder}/cases.yaml"),
        );
    }
}

/// One package may be written in both.
#[test]
fn both_forms_make_one_policy_set() {
    let policy = checked(&[
        ("types.policy", "package p\nsubject user\nresource door { actions open }\n"),
        ("rules.yaml", "package: p\nrules:\n- allow: door:open\n  named: everybody\n"),
    ]);
    assert_eq!(policy.rules.len(), 1);
}

/// Whatever is cut off at the end of a line either is said to be wrong, or leaves rules as they were.
#[test]
fn no_cut_makes_another_rule_of_one() {
    let yaml = read("tests/cases/forms/rules.yaml");
    let whole = checked(&[("a.yaml", &yaml)]);
    let rules: Vec<String> = whole.rules.rows().map(|rule| format!("{rule:?}")).collect();
    let head = yaml.find("\nrules:").unwrap();
    let mut loaded_some = 0;
    for (end, _) in yaml.match_indices('\n').filter(|(end, _)| *end > head) {
        let mut sources = Sources::default();
        let id = sources.add(Source { name: "a.yaml".into(), text: yaml.get(..=end).unwrap().to_owned() });
        let Some(policy) = language::load(&sources, &[id]).policy else { continue };
        // The last rule may lack its last clauses; all before it are whole.
        let cut = policy.rules.rows().filter(|rule| {
            let mut rule = (*rule).clone();
            rule.span = Span::new(SourceId(0), 0, 0);
            !rules.contains(&format!("{rule:?}"))
        });
        assert!(cut.count() <= 1, "cut at {end}");
        loaded_some += 1;
    }
    assert!(loaded_some > 10);
}

/// A dash has no line of its own.
#[test]
fn a_comment_within_a_rule_stands_before_its_dash() {
    let policy = "package p\n\nallow a:b\n// a blank line before\n\nallow // c\n  // d\n  e:f to anyone\n";
    let yaml = crate::fmt::to_yaml(policy).unwrap();
    let rules = "rules:\n- allow: a:b\n\n# a blank line before\n\n# c\n# d\n- allow: e:f\n  to: anyone\n";
    assert_eq!(yaml, format!("package: p\n\n{rules}"));
    assert_eq!(crate::fmt::laid_out_yaml(&yaml), yaml);
}

/// A definition may have the name of a type, and only quotes tell the one from the other.
#[test]
fn a_quoted_type_keeps_its_quotes() {
    let policy = "package p\n\ndefine user = true\n\nallow order:read when subject == \"user\"(\"b\")\n";
    let yaml = crate::fmt::to_yaml(policy).unwrap();
    assert!(yaml.contains("subject == \"user\"(\"b\")"), "{yaml}");
    assert!(crate::fmt::from_yaml(&yaml).ends_with("when subject == \"user\"(\"b\")\n"));
}

/// They need not be there, but a rule without a name is called by its text.
#[test]
fn quotes_without_need_stay_in_both_forms() {
    let types = "package p\n\nsubject user\n\nresource \"urs\" { actions read, list, write }\n\n";
    for rules in [
        "deny *:\"read\"\n",
        "allow \"urs\":{\"read\", list}\n",
        "allow urs:{read, \"list\"}\n  when resource is \"urs\"\n",
        "allow urs:\"write\"\n  when subject in [\"user\"(\"b\"), user(\"c\")]\n",
        "allow *:read\n\nroute GET /a -> \"urs\":\"read\"\n",
    ] {
        let policy = format!("{types}{rules}");
        let yaml = crate::fmt::to_yaml(&policy).unwrap();
        let again = crate::fmt::from_yaml(&yaml);
        assert!(again.ends_with(rules), "{again}");
        assert_alike(&checked(&[("a.policy", &policy)]), &checked(&[("a.yaml", &yaml)]));
        assert_alike(&checked(&[("a.policy", &policy)]), &checked(&[("a.policy", &again)]));
    }
}

/// Quotes of YAML's own are none of the policy form.
#[test]
fn quotes_of_yaml_stay_in_yaml() {
    let types = "package: p\nresources:\n  urs: { actions: [\"read\", 'on', \"allow\"] }\nrules:\n";
    for (allowed, quoted) in [
        ("\"urs:\\\"read\\\"\"", "urs:\"read\""),
        ("'urs:\"read\"'", "urs:\"read\""),
        ("urs:\"read\"", "urs:\"read\""),
        ("\"\\\"urs\\\":\\x22read\\u0022\"", "\"urs\":\"read\""),
        ("\"urs:\\x72ead\"", "urs:read"),
        ("\"urs:read\"", "urs:read"),
        (">-\n    \"urs\":{\n    \"read\",\n    on }", "\"urs\":{\"read\", on}"),
    ] {
        let policy = crate::fmt::from_yaml(&format!("{types}- allow: {allowed}\n"));
        let expected = format!("package p\n\nresource urs {{ actions read, on, allow }}\n\nallow {quoted}\n");
        assert_eq!(policy, expected);
    }
}
