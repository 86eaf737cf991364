//! `grammar/policy.ebnf`, the grammar for people and for other tools, says what `grammar/policy.pest` says.
//!
//! `UPDATE_CASES=1` writes it anew.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use pest_meta::ast::{Expr, Rule, RuleType};
use pest_meta::parser;
use portcullis::document::{Source, Sources};
use portcullis::language::syntax;

const HEAD: &str = "\
/* The policy language in the EBNF of the XML recommendation: `::=`, `|`, `?`, `*`, `+`, `-` for \"but not\", `#x` for a
   character's number. `ANY` is any character. `file` is a whole policy file, `yaml_…` a text of a YAML one. White space and
   comments may stand between any two symbols of a rule above \"Lexemes\", and in no rule below it. A keyword ends where a word
   ends, and every lexeme is as long as it can be.

   Written from policy.pest, and held to it by a test. */
";

/// Rules for going on after a mistake. No text needs them.
const RECOVERY: [&str; 4] = ["one_package", "one_declaration", "one_beginning", "end"];

/// How tightly a text binds, from the loosest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Choice,
    Sequence,
    Exclusion,
    One,
}

struct Grammar {
    rules: Vec<Rule>,
}

#[test]
fn the_ebnf_is_that_of_the_grammar() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("grammar");
    let pest = fs::read_to_string(folder.join("policy.pest")).unwrap();
    let written = ebnf(&pest);
    if std::env::var_os("UPDATE_CASES").is_some() {
        fs::write(folder.join("policy.ebnf"), written).unwrap();
    } else {
        assert_eq!(written, fs::read_to_string(folder.join("policy.ebnf")).unwrap_or_default());
    }
}

#[test]
fn every_name_of_the_ebnf_is_explained_in_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("grammar/policy.ebnf");
    let text = fs::read_to_string(path).unwrap();
    let text = text.strip_prefix(HEAD).unwrap().replace("\n    |", " |");
    let mut defined = BTreeSet::from(["ANY".to_owned()]);
    let mut used = BTreeSet::new();
    for line in text.lines() {
        let Some((name, body)) = line.split_once("::=") else { continue };
        assert!(defined.insert(name.trim().to_owned()), "{name} is there twice");
        used.extend(names(body));
    }
    assert!(used.contains("expression") && used.contains("word_char"));
    let unexplained: Vec<_> = used.difference(&defined).collect();
    assert!(unexplained.is_empty(), "{unexplained:?}");
    // Where reading begins: a file, or a text of a YAML policy.
    let is_start = |name: &str| name == "file" || name.starts_with("yaml_");
    let unused: Vec<_> = defined.difference(&used).filter(|name| !is_start(name) && *name != "ANY").collect();
    assert_eq!(unused, ["WHITESPACE"]);
}

#[test]
fn rules_are_written_as_people_read_them() {
    let of = |pest: &str| ebnf(pest).strip_prefix(HEAD).unwrap().replace('\n', "").replace(" ::= ", "=");
    assert_eq!(of("a = { \"x\" ~ (\"y\" | \"z\")* ~ (\"v\" | \"w\") }"), "a='x' ('y' | 'z')* ('v' | 'w')");
    assert_eq!(of("a = { kw_on ~ b? }\nb = { \"=\" ~ !\"=\" }\nkw_on = @{ \"on\" ~ !\"x\" }"), "a='on' '='?");
    assert_eq!(of("a = @{ (!(\"\\n\" | \"'\") ~ ANY)+ }"), "a=(ANY - (#xA | \"'\"))+");
    assert_eq!(of("a = @{ \"x\" ~ (\".\" ~ \"y\" | !\".\") }"), "a='x' ('.' 'y')?");
    assert_eq!(of("a = { \"x\"{2} ~ \"y\"{1, 2} ~ ^\"t\" }"), "a='x' 'x' 'y' 'y'? [Tt]");
}

/// In a choice the first that fits counts, so a word that begins as a shorter one does has to stand before it.
#[test]
fn no_reserved_word_is_a_name() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("grammar/policy.ebnf");
    let text = fs::read_to_string(path).unwrap();
    let (_, words) = text.split_once("\nreserved ::=").unwrap();
    let (words, _) = words.split_once(" ::=").unwrap();
    let words: Vec<&str> = words.split('\'').skip(1).step_by(2).collect();
    assert!(words.len() > 40, "{words:?}");
    for word in words {
        for (name, is_name) in
            [(word.to_owned(), false), (format!("{word}_"), true), (format!("x{word}"), true)]
        {
            let text = format!("package p\nrole {name} {{}}\n");
            let mut sources = Sources::default();
            let id = sources.add(Source { name: "a.policy".to_owned(), text: text.clone() });
            let (_, diagnostics) = syntax::parse(id, &text);
            assert_eq!(diagnostics.is_empty(), is_name, "{text}{diagnostics:?}");
        }
    }
}

/// The whole page.
fn ebnf(pest: &str) -> String {
    let pairs = parser::parse(parser::Rule::grammar_rules, pest).unwrap();
    let grammar = Grammar { rules: parser::consume_rules(pairs).unwrap() };
    let mut page = HEAD.to_owned();
    for line in pest.lines() {
        if let Some(heading) = line.strip_prefix("// ---- ") {
            page.extend(["\n/* ", heading, " */\n"]);
        }
        let name = line.split([' ', '=']).next().unwrap();
        let Some(rule) = grammar.rules.iter().find(|rule| rule.name == name) else { continue };
        if !RECOVERY.contains(&name) && grammar.literal(name).is_none() {
            let text = grammar.written(&rule.expr, rule.ty).0;
            page += &wrapped(&format!("{name} ::= {text}"));
        }
    }
    page
}

impl Grammar {
    /// What a rule that is one sign or one keyword stands for.
    fn literal(&self, name: &str) -> Option<&str> {
        let rule = self.rules.iter().find(|rule| rule.name == name)?;
        match &rule.expr {
            Expr::Str(text) => Some(text),
            Expr::Seq(first, then) => match (&**first, &**then) {
                (Expr::Str(text), Expr::NegPred(_)) => Some(text),
                _ => None,
            },
            _ => None,
        }
    }

    fn written(&self, expr: &Expr, ty: RuleType) -> (String, Binding) {
        match expr {
            Expr::Str(text) => quoted(text),
            Expr::Insens(text) => {
                let letters = text.chars().map(|letter| {
                    format!("[{}{}]", letter.to_ascii_uppercase(), letter.to_ascii_lowercase())
                });
                (letters.collect(), Binding::One)
            }
            Expr::Ident(name) => match self.literal(name) {
                Some(text) => quoted(text),
                None => (builtin(name).to_owned(), Binding::One),
            },
            Expr::Seq(..) => self.sequence(&flat(expr), ty),
            Expr::Choice(..) => {
                let all = flat(expr);
                let is_something = |part: &&&Expr| !matches!(part, Expr::NegPred(_));
                let parts: Vec<String> = all
                    .iter()
                    .filter(is_something)
                    .map(|part| self.within(part, ty, Binding::Sequence))
                    .collect();
                let choice = parts.join(" | ");
                // What only looks ahead takes nothing.
                if parts.len() == all.len() {
                    (choice, Binding::Choice)
                } else {
                    (format!("({choice})?"), Binding::One)
                }
            }
            Expr::Opt(inner) => (self.within(inner, ty, Binding::One) + "?", Binding::One),
            Expr::Rep(inner) => (self.within(inner, ty, Binding::One) + "*", Binding::One),
            Expr::RepOnce(inner) => (self.within(inner, ty, Binding::One) + "+", Binding::One),
            Expr::RepExact(inner, times) => self.repeated(inner, ty, *times, *times),
            Expr::RepMinMax(inner, least, most) => self.repeated(inner, ty, *least, *most),
            other => panic!("EBNF has no word for {other:?} yet"),
        }
    }

    /// What a sequence looks ahead for stands for "but not" where it picks out of a lexeme; elsewhere it settles what is
    /// ambiguous without it, and only for a parser that tries in order.
    fn sequence(&self, parts: &[&Expr], ty: RuleType) -> (String, Binding) {
        if let [Expr::NegPred(excluded), parts @ ..] = parts
            && matches!(&**excluded, Expr::Ident(name) if name == "reserved")
        {
            let all = around(&self.sequence(parts, ty));
            return (format!("{all} - reserved"), Binding::Exclusion);
        }
        let mut words: Vec<(String, Binding)> = Vec::new();
        let mut without: Option<&Expr> = None;
        for part in parts {
            match part {
                Expr::PosPred(_) => {}
                Expr::NegPred(inner) => without = Some(inner),
                Expr::Ident(name) if name == "SOI" || name == "EOI" => {}
                _ => words.push(match without.take().filter(|_| ty != RuleType::Normal) {
                    None => self.written(part, ty),
                    Some(excluded) => {
                        let all = self.within(part, ty, Binding::One);
                        let but = self.within(excluded, ty, Binding::One);
                        (format!("{all} - {but}"), Binding::Exclusion)
                    }
                }),
            }
        }
        if let [one] = words.as_slice() {
            return one.clone();
        }
        let word = |word: &(String, Binding)| match word {
            (text, Binding::Sequence) => text.clone(),
            word => around(word),
        };
        (words.iter().map(word).collect::<Vec<_>>().join(" "), Binding::Sequence)
    }

    fn repeated(&self, inner: &Expr, ty: RuleType, least: u32, most: u32) -> (String, Binding) {
        let one = self.within(inner, ty, Binding::One);
        let words = (0..most).map(|number| if number < least { one.clone() } else { format!("{one}?") });
        (words.collect::<Vec<_>>().join(" "), Binding::Sequence)
    }

    /// In parentheses if it binds less than it has to.
    fn within(&self, expr: &Expr, ty: RuleType, least: Binding) -> String {
        let (text, binding) = self.written(expr, ty);
        if binding < least { format!("({text})") } else { text }
    }
}

fn around((text, binding): &(String, Binding)) -> String {
    if *binding == Binding::One { text.clone() } else { format!("({text})") }
}

/// A rule on as many lines as it takes, broken before a `|`.
fn wrapped(rule: &str) -> String {
    let mut lines = vec![String::new()];
    for part in rule.split_inclusive(" |") {
        let last = lines.last_mut().unwrap();
        if !last.is_empty() && last.len() + part.len() > 110 {
            let bar = last.strip_suffix(" |").map(str::to_owned);
            let (kept, start) = bar.map_or((last.clone(), ""), |kept| (kept, " |"));
            *last = kept;
            lines.push(format!("   {start}{part}"));
        } else {
            last.push_str(part);
        }
    }
    lines.join("\n") + "\n"
}

/// The parts of a chain of the same kind.
fn flat(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::Seq(first, then) => {
            let head = if matches!(**first, Expr::Seq(..)) { flat(first) } else { vec![&**first] };
            let tail = if matches!(**then, Expr::Seq(..)) { flat(then) } else { vec![&**then] };
            [head, tail].concat()
        }
        Expr::Choice(first, then) => {
            let head = if matches!(**first, Expr::Choice(..)) { flat(first) } else { vec![&**first] };
            let tail = if matches!(**then, Expr::Choice(..)) { flat(then) } else { vec![&**then] };
            [head, tail].concat()
        }
        _ => vec![expr],
    }
}

fn quoted(text: &str) -> (String, Binding) {
    if text.chars().any(char::is_control) {
        let numbers: Vec<String> = text.chars().map(|sign| format!("#x{:X}", u32::from(sign))).collect();
        let binding = if numbers.len() == 1 { Binding::One } else { Binding::Sequence };
        return (numbers.join(" "), binding);
    }
    let quote = if text.contains('\'') { '"' } else { '\'' };
    (format!("{quote}{text}{quote}"), Binding::One)
}

fn builtin(name: &str) -> &str {
    match name {
        "ASCII_DIGIT" => "[0-9]",
        "ASCII_ALPHA" => "[A-Za-z]",
        "ASCII_ALPHANUMERIC" => "[0-9A-Za-z]",
        "NEWLINE" => "(#xA | #xD)",
        name => name,
    }
}

/// The names in a rule's body.
fn names(body: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = body;
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '\'' | '"' => rest.char_indices().skip(1).find(|(_, sign)| *sign == first).unwrap().0 + 1,
            '[' => rest.find(']').unwrap() + 1,
            '#' => rest
                .char_indices()
                .skip(1)
                .find(|(_, sign)| !sign.is_ascii_alphanumeric())
                .map_or(rest.len(), |(at, _)| at),
            _ if first.is_ascii_alphabetic() => {
                let is_over = |next: char| !next.is_ascii_alphanumeric() && next != '_';
                let end = rest.find(is_over).unwrap_or(rest.len());
                names.push(rest.get(..end).unwrap().to_owned());
                end
            }
            _ => 1,
        };
        rest = rest.get(end..).unwrap();
    }
    names
}
