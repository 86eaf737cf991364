//! Loading files as a whole: what counts, what is told, and what is used again.

use super::super::file::kind_of;
use super::*;
use crate::model::zone;
use crate::model::{EntityRef, Symbol};

const SHOP: &str = "package shop\nsubject user { level: int }\nresource orders { actions read }\nrole clerk { orders:read }\n";
const ALICE: &str = "package: shop\nsubjects:\n  user:\n    alice: { level: 3 }\n";

fn files(files: &[(&str, &str)]) -> Files {
    let file = |name: &str, text: &str| {
        let content = Ok(text.as_bytes().to_vec());
        let kind = kind_of(name).unwrap();
        let content = if kind == Kind::Other { Err(problem::misnamed(name)) } else { content };
        Arc::new(File::new(name.to_owned(), format!("p/{name}"), kind, content))
    };
    files.iter().map(|(name, text)| ((*name).to_owned(), file(name, text))).collect()
}

fn configuration(subject_type: &str) -> Configuration {
    Configuration { subject_type: subject_type.to_owned(), understood_obligations: Vec::new() }
}

fn loader() -> Loader {
    Loader::new(configuration("user"), Tests::Readable)
}

fn load(texts: &[(&str, &str)]) -> Result<Bundle, LoadError> {
    loader().load(&files(texts), "p")
}

fn knows_alice(bundle: &Bundle) -> bool {
    let alice = EntityRef { kind: Symbol::intern("shop/user"), id: Symbol::intern("alice") };
    bundle.facts.entity(alice).is_some()
}

#[track_caller]
fn mistakes(texts: &[(&str, &str)]) -> Vec<String> {
    let error = load(texts).unwrap_err();
    assert!(error.diagnostics.iter().any(Diagnostic::is_error));
    error.diagnostics.into_iter().map(|diagnostic| diagnostic.message).collect()
}

#[test]
fn policies_and_facts_make_a_bundle() {
    let bundle = load(&[("shop.policy", SHOP), ("facts.yaml", ALICE)]).unwrap();
    assert_eq!(bundle.engine.policy().schema.roles.len(), 1);
    assert!(knows_alice(&bundle));
    assert_eq!(bundle.warnings, []);
}

#[test]
fn policies_that_could_never_allow_are_no_policies() {
    assert_eq!(mistakes(&[]), ["there is no policy file in `p`"]);
    assert_eq!(mistakes(&[("facts.yaml", ALICE)]), ["there is no policy file in `p`"]);
    let nothing = "the policies hold no rule and no role with a permission";
    assert_eq!(mistakes(&[("a.policy", "package shop\n")]), [nothing]);
    assert_eq!(mistakes(&[("a.policy", "package shop\nrole clerk {}\n")]), [nothing]);
}

#[test]
fn an_empty_file_beside_a_good_one_is_a_mistake() {
    // Its denies may have been lost with its text.
    assert_eq!(mistakes(&[("a.policy", SHOP), ("b.policy", "")]), ["`p/b.policy` is empty"]);
    assert_eq!(mistakes(&[("a.policy", SHOP), ("b.policy", " \n")]), ["`p/b.policy` is empty"]);
}

#[test]
fn facts_that_were_lost_are_a_mistake() {
    // A deny to a role that nobody holds any more would bind nobody.
    for lost in ["", "\n  \n", "# Who holds what.\n"] {
        let found = mistakes(&[("a.policy", SHOP), ("facts.yaml", lost)]);
        assert_eq!(found.len(), 1, "{lost:?}: {found:?}");
        assert!(found[0].starts_with("`p/facts.yaml` "), "{found:?}");
    }
}

#[test]
fn no_prefix_that_ends_before_the_package_passes_for_a_file() {
    let denies = "// Ours.\n/// Who may not do what.\n package shop\ndeny orders:read named no\n";
    let (head, _) = denies.split_once("package").unwrap();
    for (end, _) in head.char_indices() {
        mistakes(&[("a.policy", SHOP), ("b.policy", head.get(..end).unwrap())]);
    }
    let found = mistakes(&[("a.policy", SHOP), ("b.policy", head)]);
    assert_eq!(found, ["`p/b.policy` holds nothing but comments"]);
}

#[test]
fn all_files_count_or_none() {
    let found = mistakes(&[("a.policy", SHOP), ("b.policy", "package b\nrole x { nothing:read }\n")]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("nothing"), "{found:?}");
    let found = mistakes(&[
        ("a.policy", SHOP),
        ("facts.yaml", "package: shop\nsubjects: { user: { bob: { size: 1 } } }"),
    ]);
    assert!(found[0].contains("size"), "{found:?}");
}

#[test]
fn all_mistakes_are_told_together() {
    let found = mistakes(&[("a.policy", &format!("{SHOP}role x {{ nothing:read }}\n")), ("other.yml", "")]);
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(found[0], "`other.yml` is neither a policy nor a facts file");
}

#[test]
fn policies_in_yaml_count_like_any_others() {
    let more = "package: shop\nrules:\n- deny: \"*:*\"\n  named: closed\n";
    let bundle = load(&[("a.policy", SHOP), ("b.yaml", more)]).unwrap();
    let without = load(&[("a.policy", SHOP)]).unwrap();
    assert_eq!(bundle.engine.policy().rules.len(), without.engine.policy().rules.len() + 1);
    assert_ne!(bundle.revision, without.revision);
    // Facts under the name of a policy are no facts.
    let found = mistakes(&[("a.policy", SHOP), ("people.yaml", ALICE)]);
    assert!(found.iter().any(|message| message.contains("`alice`")), "{found:?}");
    let found = mistakes(&[("a.policy", SHOP), ("b.yaml", "")]);
    assert_eq!(found, ["`p/b.yaml` is empty"]);
    for nothing in [
        "# package: shop\n",
        "\u{feff}\r\n  # rules:\r\n",
        "---\n",
        "--- null\n...\n",
        "null\n",
        "~\n",
        "{}\n",
        "[]\n",
    ] {
        let found = mistakes(&[("a.policy", SHOP), ("b.yaml", nothing)]);
        assert!(!found.is_empty(), "{nothing:?}");
    }
}

#[test]
fn a_policy_that_cannot_be_read_is_told_alone() {
    // Whatever refers to it would seem to be wrong.
    let mut files = files(&[("a.policy", SHOP), ("b.policy", "package b\nrole x { nothing:read }\n")]);
    let gone = Err(problem::dangling("p/c.policy"));
    let gone = File::new("c.policy".to_owned(), "p/c.policy".to_owned(), Kind::Policy, gone);
    files.insert("c.policy".to_owned(), Arc::new(gone));
    let error = loader().load(&files, "p").unwrap_err();
    assert_eq!(error.kind, LoadErrorKind::Unreadable);
    assert_eq!(error.to_string(), "error[P0121]: `p/c.policy` is a symbolic link to nothing\n");
}

#[test]
fn the_revision_is_of_names_and_contents_of_policies_alone() {
    let revision = |texts: &[(&str, &str)]| load(texts).unwrap().revision;
    let base = revision(&[("a.policy", SHOP)]);
    assert_eq!(revision(&[("a.policy", SHOP)]), base);
    assert_eq!(revision(&[("a.policy", SHOP), ("facts.yaml", ALICE)]), base);
    assert_ne!(revision(&[("b.policy", SHOP)]), base);
    assert_ne!(revision(&[("a.policy", &format!("{SHOP}\n"))]), base);
    assert_ne!(revision(&[("a.policy", SHOP), ("b.policy", "package b\n")]), base);
    assert_eq!(base.to_string().len(), 64);
    assert_eq!(base.short().len(), 12);
    assert!(base.to_string().starts_with(&base.short()));
}

#[test]
fn the_revision_is_of_the_configuration_that_decides_too() {
    let texts = files(&[("a.policy", SHOP)]);
    let revision = |subject_type| {
        Loader::new(configuration(subject_type), Tests::Readable).load(&texts, "p").unwrap().revision
    };
    assert_eq!(revision("user"), revision("user"));
    assert_ne!(revision("user"), revision("shop/user"));
    let understanding = |names: &[&str]| {
        let understood_obligations = names.iter().map(|name| (*name).to_owned()).collect();
        let configuration = Configuration { understood_obligations, ..configuration("user") };
        Revision::of(&configuration, texts.values().map(AsRef::as_ref))
    };
    assert_eq!(understanding(&[]), revision("user"));
    assert_ne!(understanding(&["notify"]), understanding(&[]));
    assert_ne!(understanding(&["notify"]), understanding(&["log", "notify"]));
    // A text stays apart from what is hashed after it.
    let none =
        |subject_type| Revision::of(&configuration(subject_type), files(&[]).values().map(AsRef::as_ref));
    assert_ne!(none("usera.policy"), none("user"));
}

#[test]
fn the_revision_is_of_the_rules_for_time_zones_too() {
    // T-83: two nodes whose clocks differ in one zone name two revisions.
    let texts = files(&[("a.policy", SHOP)]);
    let under =
        |zones| Revision::under(zones, &configuration("user"), texts.values().map(AsRef::as_ref)).to_string();
    assert_eq!(under(zone::database_version()), load(&[("a.policy", SHOP)]).unwrap().revision.to_string());
    assert_ne!(under("2025a"), under("2025b"));
    // No node is without them: they are compiled in.
    assert!(zone::Zone::named("Antarctica/Troll").is_some());
}

#[test]
fn texts_that_are_cut_elsewhere_have_other_hashes() {
    let hash = |texts: &[(&str, &str)]| {
        Revision::of(&configuration("user"), files(texts).values().map(AsRef::as_ref))
    };
    assert_ne!(hash(&[("a.policy", "xb.policy")]), hash(&[("a.policy", "x"), ("b.policy", "")]));
    assert_ne!(hash(&[("a.policy", "xy"), ("b.policy", "")]), hash(&[("a.policy", "x"), ("b.policy", "y")]));
}

#[test]
fn what_did_not_change_is_not_read_again() {
    let mut loader = loader();
    let first = loader.load(&files(&[("a.policy", SHOP), ("facts.yaml", ALICE)]), "p").unwrap();
    // A comment changes the revision and not the schema.
    let commented = format!("{SHOP}// more\n");
    let second = loader.load(&files(&[("a.policy", &commented), ("facts.yaml", ALICE)]), "p").unwrap();
    assert!(!Arc::ptr_eq(&first.engine, &second.engine));
    assert!(Arc::ptr_eq(&first.facts, &second.facts));
    assert_eq!(first.facts_revision, second.facts_revision);
    let third =
        loader.load(&files(&[("a.policy", &commented), ("facts.yaml", "package: shop\n")]), "p").unwrap();
    assert!(Arc::ptr_eq(&second.engine, &third.engine));
    assert!(!knows_alice(&third));
    assert_eq!(third.facts_revision.number, second.facts_revision.number + 1);
}

#[test]
fn facts_are_read_again_if_the_schema_changes() {
    let mut loader = loader();
    loader.load(&files(&[("a.policy", SHOP), ("facts.yaml", ALICE)]), "p").unwrap();
    let changed = SHOP.replace("level: int", "level: string");
    let error = loader.load(&files(&[("a.policy", &changed), ("facts.yaml", ALICE)]), "p").unwrap_err();
    assert!(error.to_string().contains("level"), "{error}");
    // And the mistake of others has spoilt nothing.
    let again = loader.load(&files(&[("a.policy", SHOP), ("facts.yaml", ALICE)]), "p").unwrap();
    assert!(knows_alice(&again));
}

const TESTS: &str = "at: 2026-11-18T12:00:00Z\ncases:\n- { subject: user:alice, action: read, resource: orders:1, expect: deny }\n";

/// Loads files whose tests have to be so.
fn load_testing(tests: Tests, texts: &[(&str, &str)]) -> Result<Bundle, LoadError> {
    Loader::new(configuration("user"), tests).load(&files(texts), "p")
}

#[track_caller]
fn codes(tests: Tests, texts: &[(&str, &str)]) -> Vec<&'static str> {
    let error = load_testing(tests, texts).unwrap_err();
    error.diagnostics.iter().map(|diagnostic| diagnostic.code.text()).collect()
}

#[test]
fn tests_have_to_be_what_is_asked_of_them() {
    let misspelt = TESTS.replace("read", "red");
    let failing = TESTS.replace("deny", "allow");
    for (text, sound, passing) in [
        (TESTS, None, None),
        (misspelt.as_str(), Some("P0201"), Some("P0201")),
        (failing.as_str(), None, Some("P1002")),
    ] {
        let texts = [("shop.policy", SHOP), ("tests.yaml", text)];
        assert!(load_testing(Tests::Readable, &texts).is_ok());
        for (tests, expected) in [(Tests::Sound, sound), (Tests::Passing, passing)] {
            match expected {
                None => assert!(load_testing(tests, &texts).is_ok(), "{tests:?} {text}"),
                Some(code) => assert_eq!(codes(tests, &texts), [code], "{tests:?} {text}"),
            }
        }
    }
    assert_eq!(codes(Tests::Passing, &[("shop.policy", SHOP)]), ["P1001"]);
    for tests in [Tests::Readable, Tests::Sound, Tests::Passing] {
        assert_eq!(codes(tests, &[("shop.policy", SHOP), ("tests.yaml", "")]), ["P1001"], "{tests:?}");
    }
}

/// What fails is told, however it is tried, and a policy that is mended loads.
#[test]
fn tests_are_run_again_whatever_has_changed() {
    let mut loader = Loader::new(configuration("user"), Tests::Passing);
    let mut load = |texts: &[(&str, &str)]| loader.load(&files(texts), "p").is_ok();
    let good = [("shop.policy", SHOP), ("tests.yaml", TESTS)];
    assert!(load(&good));
    let allowing = format!("{SHOP}allow orders:read named all\n");
    for _ in 0..2 {
        assert!(!load(&[("shop.policy", &allowing), ("tests.yaml", TESTS)]));
    }
    assert!(load(&good));
    assert!(!load(&[("shop.policy", SHOP), ("tests.yaml", &TESTS.replace("deny", "allow"))]));
    assert!(!load(&[("shop.policy", SHOP)]));
    assert!(load(&good));
}

#[test]
fn tests_name_facts_as_they_reach_them() {
    let reading = |name: &str| TESTS.replace("cases:", &format!("facts_files: [{name}]\ncases:"));
    let load = |tests: &str, name: &str| {
        let text = reading(name);
        let texts = [
            ("shop.policy", SHOP),
            ("facts.yaml", ALICE),
            ("a/b.facts.yaml", "package: shop\n"),
            (tests, &text),
        ];
        load_testing(Tests::Sound, &texts).map(drop)
    };
    for (tests, name) in [
        ("tests.yaml", "facts.yaml"),
        ("tests.yaml", "./a/b.facts.yaml"),
        ("a/x.tests.yaml", "../facts.yaml"),
        ("a/x.tests.yaml", "b.facts.yaml"),
        ("a/b/x.tests.yaml", "../../a/./b.facts.yaml"),
    ] {
        assert!(load(tests, name).is_ok(), "{tests} {name}");
    }
    for (tests, name) in [
        ("a/x.tests.yaml", "facts.yaml"),
        ("tests.yaml", "../facts.yaml"),
        ("a/x.tests.yaml", "../../a/b.facts.yaml"),
        ("tests.yaml", "shop.policy"),
        ("tests.yaml", "tests.yaml"),
    ] {
        assert!(load(tests, name).is_err(), "{tests} {name}");
    }
}
