//! YAML: what is read, what is refused, and where it is underlined.

use std::fmt::Write as _;
use std::time::{Duration, Instant as Clock};

use super::*;
use crate::document::Source;
use crate::model::limits::YAML_NESTING_MAX;

fn sources(text: &str) -> (Sources, SourceId) {
    let mut sources = Sources::default();
    let id = sources.add(Source { name: "t.yaml".to_owned(), text: text.to_owned() });
    (sources, id)
}

/// The tree on one line, scalars with the text their places have in the file.
fn shown(text: &str) -> String {
    let (sources, id) = sources(text);
    let mut problems = Problems::default();
    let tree = parse(&sources, id, Bounds::FILE, &mut problems);
    assert_eq!(problems.into_diagnostics(), []);
    let mut out = String::new();
    show(&sources, &tree.expect("a tree"), &mut out);
    out
}

fn show(sources: &Sources, node: &Node<'_>, out: &mut String) {
    let place = sources.text(node.span);
    match &node.content {
        Content::Null => write!(out, "null<{place}>").unwrap(),
        Content::Bool(value) => write!(out, "{value}<{place}>").unwrap(),
        Content::Int(value) => write!(out, "{value}<{place}>").unwrap(),
        Content::Time(text) => write!(out, "time {text}<{place}>").unwrap(),
        Content::Text(text) => write!(out, "{text:?}<{place}>").unwrap(),
        Content::Unreadable => out.push('?'),
        Content::List(items) => {
            out.push('[');
            for item in items {
                show(sources, item, out);
                out.push(' ');
            }
            out.push(']');
        }
        Content::Mapping(entries) => {
            out.push('{');
            for entry in entries {
                write!(out, "{}<{}>=", entry.key.text, sources.text(entry.key.span)).unwrap();
                show(sources, &entry.value, out);
                out.push(' ');
            }
            out.push('}');
        }
    }
}

/// Every problem of a text: code, message, underlined text.
fn problems(text: &str) -> Vec<String> {
    let (sources, id) = sources(text);
    let mut problems = Problems::default();
    parse(&sources, id, Bounds::FILE, &mut problems);
    let told = |problem: &Diagnostic| {
        let place = problem.place.as_ref().map_or("nowhere", |(span, _)| sources.text(*span));
        format!("{} {} <{place}>", problem.code.text(), problem.message)
    };
    problems.into_diagnostics().iter().map(told).collect()
}

fn only_problem(text: &str) -> String {
    let found = problems(text);
    assert_eq!(found.len(), 1, "{found:#?}");
    found.concat()
}

#[test]
fn every_kind_of_node_knows_its_place() {
    let text = "a: plain words  # why\nb: [1, -2, true, \"q\\u0041\", 'it''s']\nc: {d: , e: 2026-11-01}\nf:\n  - x\n  - k: z\ng:\n";
    assert_eq!(
        shown(text),
        "{a<a>=\"plain words\"<plain words> \
         b<b>=[1<1> -2<-2> true<true> \"qA\"<\"q\\u0041\"> \"it's\"<'it''s'> ] \
         c<c>={d<d>=null<> e<e>=time 2026-11-01<2026-11-01> } \
         f<f>=[\"x\"<x> {k<k>=\"z\"<z> } ] \
         g<g>=null<> }"
    );
}

#[test]
fn collections_end_with_their_last_value() {
    let text = "a:\n  b: 1\n  c:\n    - x\n\n\nd: {e: [1] }\n";
    let (sources, id) = sources(text);
    let tree = parse(&sources, id, Bounds::FILE, &mut Problems::default()).unwrap();
    let Content::Mapping(entries) = &tree.content else { panic!("{tree:?}") };
    let places: Vec<&str> = entries.iter().map(|entry| sources.text(entry.value.span)).collect();
    assert_eq!(places, ["b: 1\n  c:\n    - x", "{e: [1] }"]);
}

#[test]
fn places_count_bytes_not_characters() {
    assert_eq!(shown("ключ: [\"é\", ü]\n"), "{ключ<ключ>=[\"é\"<\"é\"> \"ü\"<ü> ] }");
}

#[test]
fn an_empty_text_has_no_value() {
    assert_eq!(shown(""), "null<>");
    assert_eq!(shown("# nothing but words\n"), "null<>");
    assert_eq!(shown("---\n"), "null<>");
}

#[test]
fn plain_scalars_that_all_readers_agree_on_are_what_they_look_like() {
    let text = "[0, 42, -7, true, false, null, word, two words, a/b, 10.0.0.1, 127.0.0.1:8181, 4711-a, inc-1, 1.2.3, e3, 0xyz, 12h, noon, \"no\", '012']";
    assert_eq!(
        shown(text),
        "[0<0> 42<42> -7<-7> true<true> false<false> null<null> \"word\"<word> \"two words\"<two words> \
         \"a/b\"<a/b> \"10.0.0.1\"<10.0.0.1> \"127.0.0.1:8181\"<127.0.0.1:8181> \"4711-a\"<4711-a> \
         \"inc-1\"<inc-1> \"1.2.3\"<1.2.3> \"e3\"<e3> \"0xyz\"<0xyz> \"12h\"<12h> \"noon\"<noon> \
         \"no\"<\"no\"> \"012\"<'012'> ]"
    );
}

#[test]
fn plain_timestamps_are_times() {
    for text in ["2026-11-01", "2026-11-01T09:00:00Z", "2026-11-01 09:00:00", "2026-1-2t3:04:05+01:00"] {
        assert_eq!(shown(text), format!("time {text}<{text}>"));
    }
    assert_eq!(shown("2026-11-01-report"), "\"2026-11-01-report\"<2026-11-01-report>");
    assert_eq!(shown("2026-11"), "\"2026-11\"<2026-11>");
}

#[test]
fn ambiguous_plain_scalars_are_errors() {
    let ambiguous = [
        "no",
        "No",
        "NO",
        "yes",
        "on",
        "off",
        "OFF",
        "y",
        "N",
        "True",
        "FALSE",
        "~",
        "Null",
        "NULL",
        "012",
        "00",
        "-0",
        "+1",
        "0o14",
        "0x1F",
        "0b101",
        "1e3",
        "1.5",
        "7.0",
        ".5",
        "5.",
        "1_000",
        "22:22",
        "1:30:00",
        "-1:30",
        "190:20:30.15",
        ".nan",
        ".NaN",
        ".inf",
        "-.INF",
        "+.inf",
        "1E+10",
        "9223372036854775808",
        "=",
    ];
    for text in ambiguous {
        for file in [format!("a: {text}\n"), format!("[x, {text}]"), format!("{{a: {text}}}")] {
            let problem = only_problem(&file);
            assert!(problem.starts_with("P0803 "), "{text}: {problem}");
            assert!(problem.ends_with(&format!("<{text}>")), "{text}: {problem}");
        }
        let quoted = format!("a: \"{text}\"\nb: '{text}'\n");
        assert_eq!(problems(&quoted), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn the_help_about_an_ambiguous_scalar_is_its_quoted_form() {
    for (text, expected) in [
        ("a: no\n", "write `\"no\"` in quotes if it is text, `false` if it is not"),
        ("n: a\n", "write `\"n\"` in quotes"),
        ("12: a\n", "write `\"12\"` in quotes"),
    ] {
        let (sources, id) = sources(text);
        let mut problems = Problems::default();
        parse(&sources, id, Bounds::FILE, &mut problems);
        let help = problems.into_diagnostics().pop().and_then(|problem| problem.help);
        assert_eq!(help.as_deref(), Some(expected));
    }
}

#[test]
fn keys_are_texts() {
    assert_eq!(only_problem("42: a\n"), "P0803 the key `42` is not a text to all readers of YAML <42>");
    assert_eq!(only_problem("true: a\n"), "P0803 the key `true` is not a text to all readers of YAML <true>");
    assert_eq!(
        only_problem("2026-11-01: a\n"),
        "P0803 the key `2026-11-01` is not a text to all readers of YAML <2026-11-01>"
    );
    assert_eq!(
        only_problem("on: a\n"),
        "P0803 `on` means true to some readers of YAML and is text to others <on>"
    );
    assert_eq!(only_problem("{: a}\n"), "P0805 there is a value without a key <>");
    assert_eq!(only_problem("? [a, b]\n: c\n"), "P0802 a key that is not a text may not stand here <[>");
    assert_eq!(problems("\"42\": a\n'on': b\n"), Vec::<String>::new());
}

#[test]
fn repeated_keys_are_errors_that_show_both() {
    let (sources, id) = sources("a: 1\nb: 2\n\"a\": 3\n");
    let mut problems = Problems::default();
    parse(&sources, id, Bounds::FILE, &mut problems);
    let problem = problems.into_diagnostics().pop().unwrap();
    assert_eq!((problem.code, problem.message.as_str()), (Code::YamlRepeatedKey, "`a` stands here twice"));
    assert_eq!(problem.place.map(|(span, _)| sources.position(span)), Some((3, 1)));
    assert_eq!(sources.position(problem.related[0].0), (1, 1));
    let many: Vec<String> = (0..100).map(|number| format!("k{}: 1\n", number % 99)).collect();
    let many = many.concat();
    assert_eq!(only_problem(&many), "P0804 `k0` stands here twice <k0>");
}

#[test]
fn features_that_hide_what_a_file_says_are_errors() {
    assert_eq!(only_problem("a: &x 1\n"), "P0802 an anchor may not stand here <&x>");
    assert_eq!(only_problem("a: *x\n"), "P0802 an alias may not stand here <*x>");
    assert_eq!(problems("a: &x [1]\nb: *x\n").len(), 2);
    assert_eq!(
        problems("a: &x [*x]\n"),
        ["P0802 an anchor may not stand here <&x>", "P0802 an alias may not stand here <*x>"]
    );
}

#[test]
fn merge_keys_tags_directives_and_second_documents_are_errors() {
    assert_eq!(only_problem("a: 1\n<<: {b: 2}\n"), "P0802 a merge key may not stand here <<<>");
    assert_eq!(only_problem("a: !!str 1\n"), "P0802 a tag may not stand here <!!str>");
    assert_eq!(only_problem("a: !python/object [1]\n"), "P0802 a tag may not stand here <!python/object>");
    assert_eq!(only_problem("%YAML 1.1\n---\na: 1\n"), "P0802 a directive may not stand here <%>");
    assert_eq!(only_problem("a: 1\n---\nb: 2\n"), "P0802 a second document may not stand here <--->");
}

#[test]
fn syntax_errors_are_placed() {
    for (text, expected) in [
        ("a: [1, 2\nb: 3\n", "a `:` stands where no key can be <:>"),
        ("a: [1, 2\n", "the `[` is not closed <[>"),
        ("a: \"x\n", "the quotes are not closed <\">"),
        ("a:\n\tb: 1\n", "a tab stands in the indentation <\t>"),
        ("a: b: c\n", "a `:` stands where no key can be <:>"),
        ("a: 1\n  b: 2\n", "a `:` stands where no key can be <:>"),
        ("a: @x\n", "a plain text can't start with `@` <@>"),
    ] {
        assert_eq!(only_problem(text), format!("P0801 {expected}"), "{text:?}");
    }
}

/// What authors of policies get wrong most often is told in words that say what to write.
#[test]
fn common_mistakes_are_told_in_our_words() {
    for (text, expected) in [
        ("a: b\n\tc: d\n", "P0801 a tab stands in the indentation <\t>"),
        ("a:\n\t- b\n", "P0801 a tab stands in the indentation <\t>"),
        ("a: b\nc:d\n", "P0801 expected a key with `: ` behind it <c>"),
        ("a: \"b\" c\n", "P0801 the text goes on behind its closing quotes <c>"),
        ("a: 'it's'\n", "P0801 the text goes on behind its closing quotes <s>"),
        ("a: \"\\d\"\n", "P0801 this is no escape of YAML <\">"),
        ("a: - b\n", "P0801 a list can't begin here <->"),
        ("a: *\n", "P0801 a `*` or `&` begins no text <*>"),
        ("a: [b:{c, d}]\n", "P0801 the item of a list in brackets can't go on here <:>"),
        ("a: [b] c\n", "P0801 the text goes on behind its closing bracket <c>"),
        ("a: {b: c} d\n", "P0801 the text goes on behind its closing bracket <d>"),
        ("a: |b\n  c\n", "P0801 the text of a block begins on the next line <|>"),
        ("  - a\n- b\n", "P0801 this belongs to nothing that stands before it <->"),
        ("a:\n  - b\n - c\n", "P0801 this belongs to nothing that stands before it <->"),
        ("a: 1\n b: 2\n", "P0801 a `:` stands where no key can be <:>"),
    ] {
        let found = problems(text);
        assert_eq!(found.first().map(String::as_str), Some(expected), "{text:?}");
    }
}

#[test]
fn what_stands_twice_is_read_once() {
    let text = "a: 1\nb: 2\na: {c: d, c: e}\n";
    let (sources, id) = sources(text);
    let mut problems = Problems::default();
    let tree = parse(&sources, id, Bounds::FILE, &mut problems).unwrap();
    let mut out = String::new();
    show(&sources, &tree, &mut out);
    assert_eq!(out, "{a<a>=1<1> b<b>=2<2> }");
    assert_eq!(problems.errors(), 2);
    let keys: String = ('A'..='L').flat_map(|key| [key, 'x', ':', '\n']).collect();
    let many = format!("{keys}{keys}");
    let found = self::problems(&many);
    assert_eq!(found.len(), 12, "{found:?}");
    assert_eq!(found[0], "P0804 `Ax` stands here twice <Ax>");
}

#[test]
fn invisible_characters_are_errors() {
    assert_eq!(
        only_problem("\u{feff}a: 1\n"),
        "P0103 the character U+FEFF may not stand in a file <\u{feff}>"
    );
    assert_eq!(
        only_problem("a: x\u{202e}y\n"),
        "P0103 the character U+202E may not stand in a file <\u{202e}>"
    );
    assert_eq!(
        only_problem("a: \"x\u{200b}\"\n"),
        "P0103 the character U+200B may not stand in a file <\u{200b}>"
    );
    assert_eq!(only_problem("a: x\0y\n"), "P0103 the character U+0000 may not stand in a file <\0>");
    assert_eq!(only_problem("a: 1\rb: 2\n"), "P0103 the character U+000D may not stand in a file <\r>");
    assert_eq!(problems("a: 1\r\nb: 2\r\n"), Vec::<String>::new());
    assert_eq!(
        only_problem("a: \"x\\u202ey\"\n"),
        "P0103 an escape makes the invisible character U+202E <\"x\\u202ey\">"
    );
    // It would write over the beginning of its line.
    assert_eq!(
        only_problem("a: \"x\\ry\"\n"),
        "P0103 an escape makes the invisible character U+000D <\"x\\ry\">"
    );
    assert_eq!(problems("a: \"x\r\n  y\"\r\n"), Vec::<String>::new());
}

#[test]
fn all_problems_are_told_at_once() {
    assert_eq!(problems("a: no\nb: !x 1\nc: 012\na: 2\n").len(), 4);
}

#[test]
fn problems_without_end_are_cut_off() {
    let many = "- no\n".repeat(10_000);
    let found = problems(&many);
    assert_eq!(found.len(), crate::model::limits::PROBLEMS_MAX + 1);
    assert_eq!(
        found.last().map(String::as_str),
        Some("P0102 there are more errors than the 100 that are shown <nowhere>")
    );
}

#[test]
fn hostile_files_are_refused_at_once() {
    // Each takes a few milliseconds; without its bound, minutes or all memory. Ten seconds tell these apart on any machine.
    let limit = Duration::from_secs(10);
    let alias_bomb = (1..=9).fold("a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned(), |mut text, level| {
        let above = format!("*a{}", level - 1);
        writeln!(text, "a{level}: &a{level} [{}]", [above.as_str(); 9].join(",")).unwrap();
        text
    });
    let deep_block: Vec<String> = (0..1_000).map(|level| format!("{}- \n", " ".repeat(level))).collect();
    let anchors: Vec<String> = (0..1_000).map(|number| format!("a{number}: &a{number} 1\n")).collect();
    for (name, text) in [
        ("alias bomb", alias_bomb),
        ("thousand anchors", anchors.concat()),
        ("deep lists", "[".repeat(100_000)),
        ("deep closed lists", "[".repeat(100_000) + &"]".repeat(100_000)),
        ("deep mappings", "{a: ".repeat(100_000)),
        ("deep dashes", "- ".repeat(100_000)),
        ("deep block", deep_block.concat()),
        ("deep keys", "? ".repeat(100_000)),
        ("many nodes", format!("[{}]", "1,".repeat(400_000))),
        ("many empty lists", format!("[{}]", "[],".repeat(300_000))),
        ("large", "a".repeat(100_000_000)),
    ] {
        let (sources, id) = sources(&text);
        let mut problems = Problems::default();
        let start = Clock::now();
        drop(parse(&sources, id, Bounds::FILE, &mut problems));
        assert!(problems.errors() > 0, "{name}");
        assert!(start.elapsed() < limit, "{name}: {:?}", start.elapsed());
    }
}

#[test]
fn nesting_up_to_the_bound_is_read() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert_eq!(problems(&nested(YAML_NESTING_MAX)), Vec::<String>::new());
    let problem = only_problem(&nested(YAML_NESTING_MAX + 1));
    assert!(problem.starts_with("P0102 lists and mappings nest deeper than 32 levels"), "{problem}");
}
