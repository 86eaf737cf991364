//! Definitions against what they stand for, put in their place by hand in the text.

use std::fmt::Write as _;

use portcullis::language::policy::{Expr, Policy};

use super::generate::{Case, load};

/// `define NAME(PARAMETERS) = TEXT`.
struct Definition<'a> {
    name: &'a str,
    parameters: Vec<&'a str>,
    /// With the definitions before it put in.
    text: String,
}

#[test]
fn a_definition_means_what_stands_in_its_place() {
    let (mut uses, mut rules) = (0, 0);
    for seed in 0..300 {
        let Ok(case) = Case::generate(seed) else { continue };
        let texts: Vec<String> = case.texts.iter().map(|text| inlined(text, &mut uses)).collect();
        let policy =
            load(&texts).unwrap_or_else(|errors| panic!("seed {seed}: {errors}\n{}", texts.join("\n")));
        let (with, without) = (conditions(&case.policy), conditions(&policy));
        rules += with.len();
        assert_eq!(with, without, "seed {seed}\n{}\n{}", case.texts.join("\n"), texts.join("\n"));
    }
    assert!(uses > 200 && rules > 1_000, "{uses} uses in {rules} rules");
}

/// Those of rules that are called by their authors, in order: other names hang on the text.
fn conditions(policy: &Policy) -> Vec<(String, Option<Expr>, Option<Expr>)> {
    let named = policy.rules.iter().filter(|(_, rule)| rule.is_named);
    named.map(|(id, rule)| (policy.rule_name(id), rule.when.clone(), rule.unless.clone())).collect()
}

/// The text with its definitions in their places too.
fn inlined(text: &str, uses: &mut usize) -> String {
    let mut definitions: Vec<Definition<'_>> = Vec::new();
    let mut rest = String::new();
    for line in text.lines() {
        let Some(definition) = line.strip_prefix("define ") else {
            rest.push_str(&put_in(line, &definitions, uses));
            rest.push('\n');
            continue;
        };
        let (head, text) = definition.split_once(" = ").unwrap();
        let (name, parameters) = head.split_once('(').unwrap_or((head, ""));
        let parameters = parameters.trim_end_matches(')').split(", ").filter(|one| !one.is_empty());
        let parameters = parameters.map(|one| one.split_once(": ").unwrap().0).collect();
        // Other packages may use it.
        let _ = writeln!(rest, "{line}");
        let text = put_in(text, &definitions, &mut 0);
        definitions.push(Definition { name, parameters, text });
    }
    rest
}

/// A line with every use of a definition replaced.
fn put_in(line: &str, definitions: &[Definition<'_>], uses: &mut usize) -> String {
    replaced(line, &mut |word, rest| {
        let definition = definitions.iter().find(|definition| definition.name == word)?;
        *uses += usize::from(!definition.parameters.is_empty());
        let (arguments, length) =
            if definition.parameters.is_empty() { (Vec::new(), 0) } else { arguments(rest) };
        assert_eq!(arguments.len(), definition.parameters.len(), "{line}");
        let text = replaced(&definition.text, &mut |word, rest| {
            let place = definition.parameters.iter().position(|parameter| *parameter == word)?;
            let argument = arguments[place].trim();
            let is_followed = rest.starts_with('.');
            Some((if is_followed { argument.to_owned() } else { format!("({argument})") }, 0))
        });
        Some((format!("({text})"), length))
    })
}

/// What stands in place of a word, and of how much of what follows it.
type Replacement<'r> = dyn FnMut(&str, &str) -> Option<(String, usize)> + 'r;

/// The text with some of its words replaced, and so much of what follows them. Attributes and strings are no words.
fn replaced(text: &str, replacement: &mut Replacement<'_>) -> String {
    let mut result = String::new();
    let (mut rest, mut before, mut is_text) = (text, ' ', false);
    while let Some(next) = rest.chars().next() {
        let length =
            rest.find(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_').unwrap_or(rest.len());
        if is_text || before == '.' || length == 0 {
            is_text ^= next == '"' && before != '\\';
            let length = length.max(next.len_utf8());
            let (done, more) = rest.split_at(if is_text { next.len_utf8() } else { length });
            result.push_str(done);
            before = done.chars().last().unwrap();
            rest = more;
            continue;
        }
        let (word, more) = rest.split_at(length);
        before = 'x';
        let (text, length) = replacement(word, more).unwrap_or((word.to_owned(), 0));
        result.push_str(&text);
        rest = more.split_at(length).1;
    }
    result
}

/// The arguments in the parentheses at the start of the text, and where these end.
fn arguments(text: &str) -> (Vec<&str>, usize) {
    let (mut depth, mut start, mut arguments) = (0, 1, Vec::new());
    for (at, sign) in text.char_indices() {
        match sign {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            _ => {}
        }
        if depth == 0 || (depth == 1 && sign == ',') {
            arguments.push(text.get(start..at).unwrap());
            start = at + 1;
        }
        if depth == 0 {
            return (arguments, at + 1);
        }
    }
    panic!("{text}");
}
