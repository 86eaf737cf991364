//! What is written is read as it was meant.

use proptest::prelude::*;

use super::super::{Bounds, Content, Node, parse};
use super::*;
use crate::document::{Problems, Source, Sources};

/// A value without its place.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Text(String),
    List(Vec<Value>),
    Mapping(Vec<(String, Value)>),
    Other(String),
}

fn value(node: &Node<'_>) -> Value {
    match &node.content {
        Content::Text(text) => Value::Text(text.clone().into_owned()),
        Content::List(items) => Value::List(items.iter().map(value).collect()),
        Content::Mapping(entries) => Value::Mapping(
            entries.iter().map(|entry| (entry.key.text.clone().into_owned(), value(&entry.value))).collect(),
        ),
        other => Value::Other(format!("{other:?}")),
    }
}

fn meant(draft: &Draft) -> Value {
    match draft {
        Draft::Word(word) => Value::Other(format!("Int({word})")),
        Draft::Text(text) | Draft::Lines(text) | Draft::Folded(text) => Value::Text(text.clone()),
        Draft::List(group) => Value::List(group.members.iter().map(|member| meant(&member.value)).collect()),
        Draft::Mapping(group) => Value::Mapping(
            group.members.iter().map(|member| (member.key.clone().unwrap(), meant(&member.value))).collect(),
        ),
    }
}

#[track_caller]
fn read(text: &str) -> Value {
    let mut sources = Sources::default();
    let id = sources.add(Source { name: "a.yaml".to_owned(), text: text.to_owned() });
    let mut problems = Problems::default();
    let node = parse(&sources, id, Bounds::FILE, &mut problems);
    let diagnostics = problems.into_diagnostics();
    assert!(diagnostics.is_empty(), "{diagnostics:#?}\n{text}");
    value(&node.unwrap())
}

fn texts() -> impl Strategy<Value = String> {
    let odd = [
        "- a", "a: b", "a #b", "no", "012", "22:22", "", " ", "a ", "\"", "'", "*:*", "a:{b, c}", "::1",
        "---", "# a",
    ];
    prop_oneof![
        4 => "[a-z]{1,8}",
        2 => prop::sample::select(odd.to_vec()).prop_map(str::to_owned),
        2 => "[ -~]{0,12}",
        1 => "[a-z \"\\\\:#'\n]{0,200}",
        1 => "([a-z]{1,9} ){20,30}[a-z]",
        1 => "[\u{20}-\u{7e}\u{a1}-\u{ac}\u{ae}-\u{2ff}]{0,8}",
    ]
}

fn drafts() -> impl Strategy<Value = Draft> {
    let leaf = prop_oneof![
        6 => texts().prop_map(Draft::Text),
        1 => texts().prop_map(Draft::Lines),
        1 => texts().prop_map(|text| Draft::Folded(text.replace('\n', " "))),
        1 => (0_u8..100).prop_map(|number| Draft::Word(number.to_string())),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        let remarks = prop::collection::vec("[a-z #]{0,8}", 0..2).prop_map(|comments| {
            let remark = |text: String| Remark {
                is_after_blank: text.len().is_multiple_of(2),
                text: format!("# {text}").trim_end().to_owned(),
            };
            comments.into_iter().map(remark).collect::<Vec<_>>()
        });
        let member =
            (inner, texts(), prop::option::of(Just("# beside".to_owned())), remarks.clone(), any::<bool>());
        let members = prop::collection::vec(member, 0..5);
        (members, any::<bool>(), any::<bool>(), remarks).prop_map(|(members, is_list, is_open, rest)| {
            let mut group = Group { members: Vec::new(), rest, is_open };
            for (value, key, beside, before, is_after_blank) in members {
                let key = (!is_list).then_some(key);
                if is_list || group.members.iter().all(|known| known.key != key) {
                    group.members.push(Member { before, is_after_blank, key, value, beside });
                }
            }
            if group.members.is_empty() {
                group.rest.clear();
            }
            if is_list { Draft::List(group) } else { Draft::Mapping(group) }
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_read_again(draft in drafts(), width in 20_usize..120) {
        // A document without anything in it is none.
        let members = vec![Member::of("a", draft)];
        let draft = Draft::Mapping(Group { members, rest: Vec::new(), is_open: true });
        let written = write(&draft, width);
        prop_assert_eq!(read(&written), meant(&draft), "{}", written);
        prop_assert!(written.lines().all(|line| line.trim_end() == line), "{}", written);
    }
}

#[test]
fn a_text_needs_quotes_only_where_readers_disagree() {
    let texts = [
        "a b",
        "catalog:*",
        "*:*",
        "no",
        "12",
        "a: b",
        "say \"no\"",
        "it's",
        "a\tb",
        "s3:Get",
        "::1",
        "-1d",
        "- a",
        "2026-11-22",
        "",
    ];
    let members = texts.into_iter().map(|text| Member::item(Draft::Text(text.to_owned()))).collect();
    let list = Draft::List(Group { members, rest: Vec::new(), is_open: true });
    insta::assert_snapshot!(write(&list, 80), @r#"
    - a b
    - catalog:*
    - "*:*"
    - "no"
    - "12"
    - "a: b"
    - say "no"
    - it's
    - "a\tb"
    - s3:Get
    - "::1"
    - -1d
    - "- a"
    - "2026-11-22"
    - ""
    "#);
}
