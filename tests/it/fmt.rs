//! `fmt` on every policy there is and on made-up ones: it changes the layout and nothing else.

mod routes;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use portcullis::document::{Diagnostic, Source, SourceId, Sources};
use portcullis::language::syntax::tree::File;
use portcullis::language::syntax::{self, Form, parse, print};

/// The tree of a text without its places: what stands before the declarations, and each declaration. Places print as
/// `Span { … }`, and nothing else of a tree does.
fn tree(name: &str, text: &str) -> Vec<String> {
    let mut sources = Sources::default();
    let id = sources.add(Source { name: name.to_owned(), text: text.to_owned() });
    let mut diagnostics = Vec::new();
    let opened = syntax::open(&sources, id, &mut diagnostics).unwrap();
    let (file, found) = opened.tree(&sources);
    diagnostics.extend(found);
    assert!(diagnostics.is_empty(), "{diagnostics:?}\n{text}");
    let File { package, imports, declarations, is_complete, .. } = file.unwrap();
    let imports: Vec<&str> = imports.iter().map(|import| import.text).collect();
    let head = format!("{:?} {imports:?} {is_complete}", package.map(|name| name.text));
    let declarations = declarations.iter().map(|declaration| bare(&format!("{declaration:?}")));
    [head].into_iter().chain(declarations).collect()
}

fn bare(debug: &str) -> String {
    let mut parts = debug.split("Span { source: ");
    let mut bare = parts.next().unwrap().to_owned();
    for part in parts {
        bare.push_str(part.split_once('}').unwrap().1);
    }
    bare
}

/// Whether a declaration is no rule and no role whose clauses YAML brings together: what several `unless` say stands in
/// one there, and what narrows a role has its order.
fn is_gathered(declaration: &str) -> bool {
    let clauses = declaration.split("Clause { kind: ").skip(1);
    let kinds: Vec<&str> =
        clauses.map(|clause| clause.split(|end: char| !end.is_ascii_alphabetic()).next().unwrap()).collect();
    if kinds.iter().filter(|kind| **kind == "Unless").count() > 1 {
        return false;
    }
    if declaration.starts_with("Role(") {
        return kinds
            .is_sorted_by_key(|kind| ["Only", "In", "When", "Unless"].iter().position(|one| one == kind));
    }
    let mut groups = kinds;
    groups.dedup();
    let distinct: BTreeSet<&str> = groups.iter().copied().collect();
    groups.len() == distinct.len()
}

#[track_caller]
fn assert_same(found: &[String], expected: &[String], text: &str) {
    let differing = found.iter().zip(expected).find(|(found, expected)| found != expected);
    if let Some((found, expected)) = differing {
        panic!("{text}\n-{expected}\n+{found}");
    }
    assert_eq!(found.len(), expected.len(), "{text}");
}

/// A tree whose declarations stand as YAML has them: those of a kind side by side.
fn by_kind(mut tree: Vec<String>) -> Vec<String> {
    const KINDS: [&str; 12] = [
        "Subject",
        "Resource",
        "Organization",
        "Context",
        "Action",
        "Network",
        "Window",
        "Role",
        "PermissionSet",
        "Definition",
        "Rule",
        "Route",
    ];
    let kind = |declaration: &String| {
        KINDS.iter().position(|kind| declaration.starts_with(&format!("{kind}("))).expect("a known kind")
    };
    tree[1..].sort_by_key(kind);
    tree
}

fn format(text: &str) -> Result<String, Vec<Diagnostic>> {
    formatted("a.policy", text, Form::Policy)
}

fn formatted(name: &str, text: &str, to: Form) -> Result<String, Vec<Diagnostic>> {
    let mut sources = Sources::default();
    let id = sources.add(Source { name: name.to_owned(), text: text.to_owned() });
    syntax::format(&sources, id, to)
}

#[track_caller]
fn done(name: &str, text: &str, to: Form) -> String {
    formatted(name, text, to).unwrap_or_else(|problems| panic!("{problems:#?}\n{text}"))
}

/// Writes a policy as YAML, and holds everything that has to be true of any. None if a rule without a name would have
/// to be another.
pub(crate) fn to_yaml(text: &str) -> Option<String> {
    let yaml = match formatted("a.policy", text, Form::Yaml) {
        Ok(yaml) => yaml,
        Err(problems) => {
            let rules = tree("a.policy", text);
            let is_nameless = |rule: &&String| !rule.contains("kind: Named(") && !is_gathered(rule);
            assert!(rules.iter().any(|rule| is_nameless(&rule)), "{problems:#?}\n{text}");
            assert!(problems[0].message.contains("without changing"), "{problems:#?}");
            return None;
        }
    };
    let (mut found, mut expected) = (tree("a.yaml", &yaml), by_kind(tree("a.policy", text)));
    let ungathered: Vec<usize> = (0..expected.len()).filter(|at| !is_gathered(&expected[*at])).collect();
    for at in ungathered.into_iter().rev() {
        found.remove(at);
        expected.remove(at);
    }
    assert_same(&found, &expected, &yaml);
    assert_eq!(laid_out_yaml(&yaml), yaml, "not laid out");
    Some(yaml)
}

/// Writes YAML as a policy, and holds everything that has to be true of any.
pub(crate) fn from_yaml(text: &str) -> String {
    let policy = done("a.yaml", text, Form::Policy);
    assert_same(&tree("a.policy", &policy), &tree("a.yaml", text), &policy);
    assert_eq!(laid_out(&policy), policy, "not laid out");
    policy
}

pub(crate) fn laid_out_yaml(text: &str) -> String {
    let formatted = done("a.yaml", text, Form::Yaml);
    assert_eq!(done("a.yaml", &formatted, Form::Yaml), formatted, "not idempotent");
    assert_same(&tree("a.yaml", &formatted), &tree("a.yaml", text), &formatted);
    assert!(formatted.lines().all(|line| line.trim_end() == line), "space at an end\n{formatted}");
    assert!(!formatted.contains("\n\n\n"), "two blank lines\n{formatted}");
    formatted
}

fn comments(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.find("//").map(|at| line.split_at(at).1.trim_end())).collect()
}

/// Lays a text out, and holds everything that has to be true of any.
pub(crate) fn laid_out(text: &str) -> String {
    let formatted = done("a.policy", text, Form::Policy);
    assert_eq!(done("a.policy", &formatted, Form::Policy), formatted, "not idempotent");
    let written = tree("a.policy", text);
    assert_same(&tree("a.policy", &formatted), &written, &formatted);
    assert_eq!(comments(&formatted), comments(text));
    assert!(formatted.lines().all(|line| line.trim_end() == line), "space at an end\n{formatted}");
    assert!(!formatted.contains("\n\n\n"), "two blank lines\n{formatted}");
    // Without the author's text the same tree comes out, too, but for quotes that were not needed.
    let (file, _) = parse(SourceId(0), text);
    let printed = print(&file.unwrap());
    assert_same(&unquoted(tree("a.policy", &printed)), &unquoted(written), &printed);
    assert_eq!(comments(&printed), Vec::<&str>::new());
    formatted
}

/// A tree whose rules have no quotes in their own texts.
fn unquoted(tree: Vec<String>) -> Vec<String> {
    let unquoted = |declaration: String| match declaration.rsplit_once(", tokens: \"") {
        Some((before, tokens)) => format!("{before} {}", tokens.replace("\\\"", "")),
        None => declaration,
    };
    tree.into_iter().map(unquoted).collect()
}

/// The files below a folder whose names end so.
fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|end| end == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

#[test]
fn shipped_policies_are_laid_out_and_go_through_yaml() {
    let mut shipped = [files("policies", "policy"), files("examples", "policy")].concat();
    shipped.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/design.policy"));
    assert!(shipped.len() > 2, "{shipped:?}");
    for file in shipped {
        let text = fs::read_to_string(&file).unwrap();
        assert_eq!(laid_out(&text), text, "run `portcullis fmt {}`", file.display());
        let yaml = to_yaml(&text).unwrap();
        assert_eq!(to_yaml(&from_yaml(&yaml)).unwrap(), yaml);
        // All of their comments stand on lines of their own before a declaration or an attribute, or behind one.
        assert_eq!(yaml.matches('#').count() > 0, text.contains("//"), "{}", file.display());
    }
}

/// In YAML annotations stand inside of what they annotate, and no type needs quotes for what it is called.
#[test]
fn blank_lines_and_words_come_along_from_yaml() {
    let yaml = "package: p\nsubjects:\n  user: {}\nresources:\n  role: { attributes: { at: network }, actions: read }\n\
        roles:\n  a:\n    annotations: { by: us }\n  b: {}\n\n  c:\n    annotations: { by: us }\n  d: {}\n";
    let policy = "package p\n\nsubject user\n\nresource \"role\" { at: network  actions read }\n\n@by(\"us\")\n\
        role a {}\nrole b {}\n\n@by(\"us\")\nrole c {}\nrole d {}\n";
    assert_eq!(from_yaml(yaml), policy);
}

#[test]
fn every_case_is_laid_out_or_has_a_syntax_error() {
    let (mut formatted, mut converted) = (0, 0);
    for file in files("tests", "policy") {
        let text = fs::read_to_string(&file).unwrap();
        let (tree, diagnostics) = parse(SourceId(0), &text);
        if tree.is_some() && diagnostics.is_empty() {
            laid_out(&text);
            formatted += 1;
            // In some of them the same thing stands twice, which YAML has no place for.
            if self::formatted("a.policy", &text, Form::Yaml).is_ok() {
                from_yaml(&to_yaml(&text).unwrap());
                converted += 1;
            }
        } else {
            assert!(format(&text).is_err(), "{}", file.display());
        }
    }
    assert!(formatted > 20 && converted * 10 > formatted * 7, "{formatted} formatted, {converted} converted");
}

#[test]
fn every_yaml_case_is_laid_out_or_has_a_syntax_error() {
    let mut converted = 0;
    for file in files("tests/cases", "yaml").iter().chain(&files("examples", "yaml")) {
        let text = fs::read_to_string(file).unwrap();
        if text.contains("package:") && formatted("a.yaml", &text, Form::Yaml).is_ok() {
            laid_out_yaml(&text);
            from_yaml(&text);
            converted += 1;
        }
    }
    assert!(converted >= 3, "{converted}");
    for twin in ["docs", "hackai", "rules"] {
        let text = read(&format!("tests/cases/forms/{twin}.yaml"));
        assert_eq!(laid_out_yaml(&text).matches('#').count(), text.matches('#').count());
        assert_eq!(from_yaml(&text).matches("//").count(), text.matches("# ").count());
    }
}

/// What stands behind a quantifier would become a part of it, however long the lines are.
#[test]
fn several_unless_keep_their_quantifiers_apart() {
    let long = "all x in [5, 5, 2]: all y in context.a_rather_long_name_of_a_set: x in [-3]";
    for first in [format!("has context.tags and {long}"), format!("context.b or {long}"), long.to_owned()] {
        for second in ["subject.lasts == 2h30m".to_owned(), format!("context.c or {long}")] {
            let text = format!("package p\nallow a:b named n unless {first} unless {second}\n");
            let yaml = to_yaml(&text).unwrap();
            assert!(yaml.contains(&format!("({}", first.split(' ').next().unwrap())), "{yaml}");
            from_yaml(&yaml);
        }
    }
}

#[test]
fn imports_keep_their_comments_in_both_forms() {
    let text = "package p

// for its users
import a // and its groups
import b

// far away
import c
// the first type
subject user { boss: a.user }

role x : b.y { c.z:read }
";
    let yaml = to_yaml(text).unwrap();
    let remarks: Vec<&str> =
        yaml.lines().filter_map(|line| line.split_once("# ")).map(|(_, text)| text).collect();
    assert_eq!(remarks, ["for its users", "and its groups", "far away", "the first type"], "{yaml}");
    let imports = "# for its users\nimport:\n- a  # and its groups\n- b\n\n# far away\n- c\n";
    assert!(yaml.contains(imports), "{yaml}");
    let back = from_yaml(&yaml);
    let imports = "// for its users\nimport a  // and its groups\nimport b\n\n// far away\nimport c\n";
    assert!(back.contains(imports), "{back}");
    assert_eq!(comments(&back).len(), 4, "{back}");
    let ordered = "package p\n// c0\nimport shop\n// c1\n// c2\nimport order  // c3\n";
    assert_eq!(from_yaml(&to_yaml(ordered).unwrap()), ordered);
    assert_eq!(to_yaml("package p\nimport a\nimport b\n").unwrap(), "package: p\nimport: [a, b]\n");
    assert_eq!(to_yaml("package p\nimport a // one\n").unwrap(), "package: p\nimport: a  # one\n");
    let listed =
        "package: p\n# of\nimport:  # these\n# the first\n- a\n- b  # the last\nsubjects: { x: {} }\n";
    assert_eq!(comments(&from_yaml(listed)).len(), 4);
}

/// The text with other white space wherever it has some outside of string literals.
fn respaced(text: &str, mut space: impl FnMut() -> &'static str) -> String {
    let mut respaced = String::new();
    let mut is_text = false;
    for character in text.chars() {
        is_text ^= character == '"';
        if character == ' ' && !is_text { respaced.push_str(space()) } else { respaced.push(character) }
    }
    respaced
}

/// A policy without comments and without escaped quotes.
fn bare_policy(name: &str) -> String {
    let text = read(name).replace("\\\"", "'");
    text.split_inclusive('\n').filter(|line| !line.trim_start().starts_with("//")).collect()
}

#[test]
fn the_layout_does_not_depend_on_white_space_within_lines() {
    let text = bare_policy("policies/docs.policy");
    assert_eq!(laid_out(&respaced(&text, || " \t ")), laid_out(&text));
}

/// Whatever lines and comments there are, nothing is lost; where a comment has no place, that is said.
#[test]
fn any_white_space_and_comments_are_laid_out() {
    // In a route's pattern only spaces may stand.
    let text = bare_policy("tests/cases/forms/rules.policy").replace("{id: int}", "{id:int}");
    let written = tree("a.policy", &text);
    let mut rng = fastrand::Rng::with_seed(20_261_122);
    let (mut done, mut refused) = (0, 0);
    for round in 0..40 {
        // The more comments there are, the more likely one of them stands where there is no place.
        let comments = if round % 2 == 0 { 0 } else { 3 };
        let spaces = [" // a comment\n", "\n// a comment\n", "\n\n\n// a\n// b\n", " ", "  ", "\n", "\n  \n"];
        let respaced = respaced(&text, || match rng.usize(..400) {
            number if number < comments => spaces[number],
            _ => spaces[rng.usize(3..spaces.len())],
        });
        assert_same(&tree("a.policy", &respaced), &written, &respaced);
        match format(&respaced) {
            Ok(_) => {
                laid_out(&respaced);
                done += 1;
            }
            Err(problems) => {
                assert!(problems[0].message.contains("this comment"), "{problems:#?}\n{respaced}");
                refused += 1;
            }
        }
    }
    assert!(done >= 20 && refused > 0, "{done} laid out, {refused} refused");
}

#[test]
fn a_comment_at_any_token_is_kept_or_refused() {
    let text = read("tests/cases/design.policy");
    let spaces: Vec<usize> = text.match_indices([' ', '\n']).map(|(at, _)| at).collect();
    let (mut kept, mut refused) = (0, 0);
    let written = tree("a.policy", &text);
    // Every one would take minutes.
    for at in spaces.into_iter().step_by(11) {
        for comment in [" // a comment\n", "\n// a comment\n"] {
            let (before, after) = text.split_at(at);
            let commented = format!("{before}{comment}{after}");
            // Within a text, a pattern or another comment it is none.
            if parse(SourceId(0), &commented).1.is_empty() && tree("a.policy", &commented) == written {
                match format(&commented) {
                    Ok(_) => kept += usize::from(comments(&laid_out(&commented)).contains(&"// a comment")),
                    Err(_) => refused += 1,
                }
            }
        }
    }
    assert!(kept > refused && refused > 0, "{kept} kept, {refused} refused");
}

/// In YAML, too, and in brackets that are empty otherwise.
#[test]
fn a_comment_at_any_space_of_yaml_is_kept_or_refused() {
    let text = read("tests/cases/forms/docs.yaml") + "organization: { }\npermissions: {\n}\n";
    let written = tree("a.yaml", &text);
    let spaces: Vec<usize> = text.match_indices([' ', '\n']).map(|(at, _)| at).collect();
    let (mut kept, mut refused) = (0, 0);
    for at in spaces.iter().copied().step_by(7).chain(spaces.iter().rev().take(7).copied()) {
        for comment in [" # a comment\n", "\n# a comment\n"] {
            let (before, after) = text.split_at(at);
            let commented = format!("{before}{comment}{after}");
            let mut sources = Sources::default();
            let id = sources.add(Source { name: "a.yaml".to_owned(), text: commented.clone() });
            let mut diagnostics = Vec::new();
            let is_same = syntax::open(&sources, id, &mut diagnostics)
                .is_some_and(|opened| opened.tree(&sources).1.is_empty() && diagnostics.is_empty())
                && tree("a.yaml", &commented) == written;
            for to in [Form::Yaml, Form::Policy].into_iter().filter(|_| is_same) {
                match formatted("a.yaml", &commented, to) {
                    Ok(formatted) => {
                        assert_eq!(formatted.matches(" a comment\n").count(), 1, "{commented}\n{formatted}");
                        kept += 1;
                    }
                    Err(problems) => {
                        assert!(problems[0].message.contains("comment"), "{problems:#?}\n{commented}");
                        refused += 1;
                    }
                }
            }
        }
    }
    assert!(kept > refused, "{kept} kept, {refused} refused");
}

#[test]
fn what_is_too_large_or_too_deep_ends_in_time() {
    let wide = format!("package p\ndefine d = {}true\n", "true and ".repeat(2_000));
    assert_eq!(laid_out(&wide).lines().count(), 2_004);
    let deep = format!("package p\ndefine d = {}true{}\n", "(".repeat(64), ")".repeat(64));
    laid_out(&deep);
    assert!(format(&" ".repeat(2 * 1024 * 1024)).is_err());
    // Long lines, many clauses in turn, spaces that must not be broken: what grows with the square takes minutes here.
    let flow = format!("package: p\nrules: [{}]\n", "{ allow: a:b, when: [x, y_, z] }, ".repeat(4_000));
    done("a.yaml", &flow, Form::Yaml);
    let turns = "when x unless y advise z ".repeat(6_000);
    done("a.policy", &format!("package p\nallow a:b named n {turns}\n"), Form::Yaml);
    let spaces = "a  ".repeat(200_000);
    done("a.yaml", &format!("package: p\nrules:\n- allow: a:b\n  because: {spaces}\n"), Form::Yaml);
}

#[test]
fn of_two_comments_that_yaml_has_one_line_for_both_are_kept() {
    let text =
        "package p\nresource r { // a\n  in: record { // b\n    x: int // c\n  } // d\n  y: int\n} // f\n";
    let yaml = done("a.policy", text, Form::Yaml);
    for comment in ["# a", "# b", "# c", "# d", "# f"] {
        assert_eq!(yaml.matches(comment).count(), 1, "{comment}\n{yaml}");
    }
    assert_eq!(laid_out_yaml(&yaml), yaml);
}

/// Every comment of the twins comes along, and the two forms settle on the same places.
#[test]
fn comments_of_the_twins_stay_where_they_belong() {
    let yaml = to_yaml(&read("tests/cases/forms/comments.policy")).unwrap();
    for expected in [
        "attributes:\n      owner: user  # owner\n    # before actions\n    actions: [open, close]  # actions\n    # end\n",
        "  keeper:  # head\n    inherits: guest\n    permissions:\n    # the first\n    - door:open  # first\n    # the second\n",
        "    # narrower\n    only: door:open  # only\n    # while\n    when: has subject.id  # when\n",
        "  # about the set\n  doors:\n  # one\n  - door:open  # one\n  # two\n  - door:close  # two\n",
        "  # who\n  to:\n  - keeper  # the keeper\n  - guest\n  # may\n  when: has subject.id  # known\n  # or\n  unless: ",
    ] {
        assert!(yaml.contains(expected), "{expected}\n{yaml}");
    }
    let policy = from_yaml(&read("tests/cases/forms/comments.yaml"));
    for expected in [
        "role keeper {  // head\n  // before permissions\n  // permissions\n  // the first\n  door:open  // first\n",
        "  // the second\n  door:close  // second\n}\n  // while\n  // when\n  // one\n  when   now > 2026-01-01T00:00:00Z  // one\n",
        "  // two\n  when   now > 2026-01-02T00:00:00Z  // two\n  // except\n  // unless\n  // three\n  unless now > ",
        "// day\nwindow day = Mon-Fri 09:00-17:00 UTC  // hours\n",
    ] {
        assert!(policy.contains(expected), "{expected}\n{policy}");
    }
    // Between the parts of one condition YAML has no place.
    let policy = policy.replace("  // three\n         and", "\n         and");
    for yaml in [yaml, to_yaml(&policy).unwrap()] {
        let again = to_yaml(&from_yaml(&yaml)).unwrap();
        assert_eq!(again.matches('#').count(), yaml.matches('#').count(), "{again}");
        assert_eq!(to_yaml(&from_yaml(&again)).unwrap(), again);
    }
}

/// A comment behind a key and one behind its value come to stand on the same line.
#[test]
fn of_two_comments_beside_a_key_one_comes_before_it() {
    let text = "package: p\nrules:\n- allow: a:b\n  when:  # when\n    true  # behind when\n";
    let one = "package: p\nrules:\n- allow: a:b\n  # when\n  when: true  # behind when\n";
    assert_eq!(laid_out_yaml(text), one);
    assert_eq!(from_yaml(text), "package p\n\nallow a:b\n  // when\n  when true  // behind when\n");
}
