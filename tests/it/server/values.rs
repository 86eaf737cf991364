//! The table of the language reference that says which JSON becomes which value, asked row by row over HTTP.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;

use ipnet::Ipv4Net;
use portcullis::document::{Source, Sources, render};
use portcullis::engine::Engine;
use portcullis::facts::Facts;
use portcullis::language;
use portcullis::service::World;

use super::sidecar::{Sidecar, at};
use super::world::REVISION;
use crate::client::evaluation;

/// What is sent for an attribute of a type, and what the attribute then is.
#[derive(Debug, Clone)]
struct Row {
    ty: String,
    json: String,
    outcome: Outcome,
}

#[derive(Debug, Clone)]
enum Outcome {
    /// As policies write it.
    Value(String),
    /// Paths into a record, and what each leads to.
    Members(Vec<(String, Outcome)>),
    Absent,
    Unknown,
    Refused,
}

/// Where attributes are: the path to one, and the member of the request that holds it.
const ROOTS: [&str; 3] = ["subject", "resource", "context"];

/// A form of JSON, and a value of it that few types take.
const FORMS: [(&str, &str); 6] = [
    ("bool", "true"),
    ("int", "7"),
    ("fraction", "7.5"),
    ("text", "\"?\""),
    ("list", "[\"?\"]"),
    ("object", "{\"?\": 1}"),
];

#[test]
fn every_row_of_the_table_is_so() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("grammar/README.md")).unwrap();
    let mut rows: Vec<Row> = page
        .lines()
        .skip_while(|line| *line != "| type | JSON | value |")
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .map(row)
        .collect();
    let types: BTreeSet<String> = rows.iter().map(|row| row.ty.clone()).collect();
    for ty in ["bool", "int", "string", "ip", "network", "instant", "date", "time", "duration"] {
        assert!(types.contains(ty), "no row for `{ty}`");
    }
    // What the page says of all types.
    for ty in &types {
        rows.push(Row { ty: ty.clone(), json: "null".to_owned(), outcome: Outcome::Absent });
        for (form, json) in FORMS.into_iter().filter(|(form, _)| !takes_any(ty, form)) {
            assert!(!json.is_empty(), "{form}");
            rows.push(Row { ty: ty.clone(), json: json.to_owned(), outcome: Outcome::Unknown });
        }
    }
    assert!(rows.len() > 120, "{}", rows.len());
    let sidecar = Sidecar::start(world(&rows));
    for (number, row) in rows.iter().enumerate() {
        for root in ROOTS {
            let path = format!("{root}.a{number}");
            check(&sidecar, row, root, number, &path, &row.outcome);
        }
    }
}

/// Whether all values of this form are of the type.
fn takes_any(ty: &str, form: &str) -> bool {
    match (ty.strip_prefix("set of "), form) {
        (Some(element), "list") => takes_any(element, "text"),
        (Some(_), _) | (None, "fraction") => false,
        (None, "text") => ["string", "user", "group", "organization"].contains(&ty),
        (None, "object") => ty.starts_with("record "),
        (None, form) => ty == form,
    }
}

fn check(sidecar: &Sidecar, row: &Row, root: &str, number: usize, path: &str, outcome: &Outcome) {
    let ask = |question: &str| {
        let action = format!("{question}_{}", name(path));
        let of = |party: &str| {
            if party == root { format!("\"a{number}\": {}", row.json) } else { "\"other\": 0".to_owned() }
        };
        let probes = probes(row);
        let body = format!(
            r#"{{"subject": {{"type": "user", "id": "ann", "properties": {{{}}}}}, "action": {{"name": "{action}"}},
                "resource": {{"type": "thing", "id": "1", "properties": {{{}}}}},
                "context": {{{probes}, {}}}}}"#,
            of("subject"),
            of("resource"),
            of("context"),
        );
        let response = sidecar.client().ask(evaluation(&body));
        match response.status {
            200 => response.header("portcullis-reason").unwrap().to_owned(),
            status => status.to_string(),
        }
    };
    let asked: Vec<String> = ["has", "lacks"].into_iter().map(ask).collect();
    let expected = match outcome {
        Outcome::Value(_) | Outcome::Members(_) => ["allowed", "no_rule_applies"],
        Outcome::Absent => ["no_rule_applies", "allowed"],
        Outcome::Unknown => ["unknown_attribute", "unknown_attribute"],
        Outcome::Refused => ["400", "400"],
    };
    assert_eq!(asked, expected, "{path} of {row:?}");
    match outcome {
        Outcome::Value(_) => assert_eq!(ask("is"), "allowed", "{path} of {row:?}"),
        Outcome::Members(members) => {
            for (member, outcome) in members {
                check(sidecar, row, root, number, &format!("{path}.{member}"), outcome);
            }
        }
        Outcome::Absent | Outcome::Unknown | Outcome::Refused => {}
    }
}

/// A policy that lets each question through that is to be answered with yes.
fn world(rows: &[Row]) -> World {
    let mut attributes = String::new();
    let (mut actions, mut rules, mut networks) = (Vec::new(), String::new(), String::new());
    for (number, row) in rows.iter().enumerate() {
        let _ = writeln!(attributes, "  a{number}?: {}", row.ty);
        for root in ROOTS {
            let path = format!("{root}.a{number}");
            questions(&path, &row.ty, &row.outcome, &mut actions, &mut rules, &mut networks);
        }
    }
    let text = format!(
        "package values\nsubject user {{\n{attributes}}}\nresource thing {{\n{attributes}  actions {}\n}}\n\
         context {{\n  first: ip, last: ip, before: ip, after: ip\n{attributes}}}\n{networks}{rules}",
        actions.join(", ")
    );
    let mut sources = Sources::default();
    let file = sources.add(Source { name: "values.policy".to_owned(), text });
    let loaded = language::load(&sources, &[file]);
    let policy = loaded.policy.unwrap_or_else(|| panic!("{}", render::plain(&loaded.diagnostics, &sources)));
    World::new(
        Engine::new(Arc::new(policy)).into(),
        Facts::default().into(),
        REVISION,
        at("2026-03-02T11:00:00Z"),
    )
}

fn questions(
    path: &str,
    ty: &str,
    outcome: &Outcome,
    actions: &mut Vec<String>,
    rules: &mut String,
    networks: &mut String,
) {
    let name = name(path);
    let mut allow = |question: &str, condition: &str| {
        actions.push(format!("{question}_{name}"));
        let _ = writeln!(rules, "allow thing:{question}_{name} when {condition}");
    };
    allow("has", &format!("has {path}"));
    allow("lacks", &format!("not has {path}"));
    match outcome {
        Outcome::Value(value) => {
            let is = match ty {
                "ip" => {
                    let _ = writeln!(networks, "network n_{name} = {value}");
                    format!("{path} in n_{name}")
                }
                "network" => {
                    let inside = ["first", "last"].map(|probe| format!("context.{probe} in {path}"));
                    let outside = ["before", "after"].map(|probe| format!("not context.{probe} in {path}"));
                    [inside, outside].concat().join(" and ")
                }
                _ => format!("{path} == {value}"),
            };
            allow("is", &format!("has {path} and {is}"));
        }
        Outcome::Members(members) => {
            for (member, outcome) in members {
                questions(&format!("{path}.{member}"), "", outcome, actions, rules, networks);
            }
        }
        Outcome::Absent | Outcome::Unknown | Outcome::Refused => {}
    }
}

/// The first and the last address of a row's network, and those beside them; any where there is none.
fn probes(row: &Row) -> String {
    let network = match &row.outcome {
        Outcome::Value(value) if row.ty == "network" => value.parse::<Ipv4Net>().unwrap(),
        _ => Ipv4Net::default(),
    };
    let (first, last) = (network.network(), network.broadcast());
    let [before, after] =
        [u32::from(first).wrapping_sub(1), u32::from(last).wrapping_add(1)].map(Ipv4Addr::from);
    format!(r#""first": "{first}", "last": "{last}", "before": "{before}", "after": "{after}""#)
}

/// A path as part of an identifier.
fn name(path: &str) -> String {
    path.replace('.', "_")
}

fn row(line: &str) -> Row {
    let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
    let [ty, json, outcome] = cells[..] else { panic!("{line}") };
    Row { ty: code(ty).to_owned(), json: code(json).to_owned(), outcome: self::outcome(outcome) }
}

fn outcome(text: &str) -> Outcome {
    match text {
        "absent" => Outcome::Absent,
        "unknown" => Outcome::Unknown,
        "refused" => Outcome::Refused,
        text if text.contains("` is ") => {
            let members = text.split(", ").map(|member| {
                let (name, is) = member.split_once(" is ").unwrap();
                (code(name).to_owned(), outcome(is))
            });
            Outcome::Members(members.collect())
        }
        text => Outcome::Value(code(text).to_owned()),
    }
}

/// What stands between backticks.
#[track_caller]
fn code(cell: &str) -> &str {
    cell.strip_prefix('`').and_then(|cell| cell.strip_suffix('`')).unwrap_or_else(|| panic!("{cell}"))
}
