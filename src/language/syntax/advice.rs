//! What the author may have meant where the grammar gave up.

use pest::Parser;

use super::expected::{foreign_space, is_declaration, is_value, spelled};
use super::parse::{Grammar, Rule};
use super::scan::Kind;
use super::slips::slip;
use crate::model::network::{NetworkError, parse_network};

/// How alike two words have to be for one to be proposed in place of the other.
const ALIKE: f64 = 0.8;

/// A letter that no word of the language and no name has, however much it looks like one that they have.
fn foreign_letter(kind: Kind, found: &str) -> Option<String> {
    let letter = found.chars().find(|letter| kind == Kind::Word && !letter.is_ascii())?;
    let number = u32::from(letter);
    Some(format!(
        "`{letter}` is U+{number:04X}; names are made of the letters `a` to `z` and `A` to `Z`, digits and `_`"
    ))
}

/// What other languages have and this one has not, or writes in another way.
fn borrowed(mistake: &Mistake<'_>) -> Option<String> {
    let Mistake { before, rest, found, rules, .. } = *mistake;
    let is_behind_value = rules.iter().any(|rule| spelled(*rule) == "a comparison");
    let help = match found {
        "limit" | "quota" if rules.iter().any(|rule| is_declaration(*rule)) => {
            "there are no limits and quotas yet: the word is kept for them"
        }
        "contains" if is_behind_value => "write it the other way round: `ELEMENT in SET`",
        "/" if is_behind_value => "there is no division: multiply the other side of the comparison",
        "," if is_in_parentheses(before) => "a set stands in brackets: write `in [A, B]`",
        _ if rules.iter().any(|rule| is_value(*rule) || spelled(*rule) == "a value") => return address(rest),
        _ => return None,
    };
    Some(help.to_owned())
}

/// Whether the innermost parenthesis that is open stands right behind an `in`.
fn is_in_parentheses(before: &str) -> bool {
    let inside = before.rfind('(').and_then(|at| before.get(..at));
    inside.is_some_and(|outside| {
        outside.trim_end().strip_suffix("in").is_some_and(|outside| outside.ends_with([' ', '\t', '\n']))
    })
}

/// An address or a network, where a value was expected.
fn address(rest: &str) -> Option<String> {
    let end = rest.find(|end: char| !(end.is_ascii_hexdigit() || matches!(end, '.' | ':' | '/')));
    let written = rest.get(..end.unwrap_or(rest.len()))?;
    let is_one = !matches!(parse_network(written), Err(NetworkError::Malformed));
    is_one.then(|| {
        format!(
            "give the address a name, as in `network office = {written}`, and ask with `context.ip in office`"
        )
    })
}

/// A type may be called as a word of the language is, and then stands in quotes.
fn quoted_type(rest: &str, found: &str, rules: &[Rule]) -> Option<String> {
    let is_type = |rule: &Rule| {
        matches!(
            rule,
            Rule::type_name | Rule::type_reference | Rule::value_type | Rule::wire_type | Rule::r#type
        )
    };
    let is_target = |rule: &Rule| matches!(rule, Rule::permission | Rule::yaml_permission);
    let is_permission = rules.iter().any(is_target) && rest.get(found.len()..)?.starts_with(':');
    if is_permission && found.starts_with(|first: char| first.is_ascii_digit()) {
        return Some(format!("a type whose name starts with a digit stands in quotes, `\"{found}\"`"));
    }
    let is_word = Grammar::parse(Rule::annotation_name, found).is_ok_and(|pairs| pairs.as_str() == found);
    (is_word && (is_permission || rules.iter().any(is_type))).then(|| {
        format!("`{found}` is a word of the language: a type called so stands in quotes, `\"{found}\"`")
    })
}

/// Behind a package and a dot stands a name.
fn behind_dot(behind: &str, package: &str, rules: &[Rule]) -> Option<String> {
    let behind = behind.strip_prefix('.')?;
    let is_type = rules.iter().any(|rule| matches!(rule, Rule::set_reference | Rule::type_reference));
    if !is_type && !rules.contains(&Rule::role_reference) {
        return None;
    }
    let word = behind.split(|end: char| !end.is_ascii_alphabetic() && end != '_').next()?;
    Some(match (word, is_type) {
        ("", _) => format!("right behind `{package}.` stands a name that this package declares"),
        (_, true) => format!(
            "`{word}` is a word of the language: a type called so stands in quotes, `{package}.\"{word}\"`"
        ),
        (_, false) => format!("`{word}` is a word of the language, and no role is called so"),
    })
}

/// Where the grammar gave up, and what it would have taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mistake<'m> {
    pub(super) kind: Kind,
    pub(super) before: &'m str,
    /// What begins with what was found.
    pub(super) rest: &'m str,
    pub(super) found: &'m str,
    pub(super) rules: &'m [Rule],
}

/// What the author may have meant.
pub(super) fn advice(mistake: &Mistake<'_>) -> Option<String> {
    let Mistake { kind, rest, found, rules, .. } = *mistake;
    if let Some(help) = foreign_letter(kind, found).or_else(|| slip(mistake)).or_else(|| borrowed(mistake)) {
        return Some(help);
    }
    let other = [
        ("&&", "and"),
        ("||", "or"),
        ("!=", ""),
        ("!", "not"),
        ("===", "=="),
        ("==", ""),
        ("=>", "->"),
        ("=", "=="),
    ];
    if let Some((sign, word)) = other.iter().find(|(sign, _)| rest.starts_with(sign)) {
        // Where nothing is compared, a `=` is not meant to.
        let is_out_of_place = *word == "==" && !rules.iter().any(|rule| spelled(*rule) == "a comparison");
        if is_out_of_place {
            return None;
        }
        return (!word.is_empty()).then(|| format!("write `{word}` instead of `{sign}`"));
    }
    if rest.starts_with('\'') {
        return Some("strings stand in double quotes".to_owned());
    }
    if kind == Kind::Text && !(found.len() > 1 && found.ends_with('"')) {
        return Some("the string has no end on its line".to_owned());
    }
    if foreign_space(found).is_some() {
        return Some("write an ordinary space: this one only looks like it".to_owned());
    }
    if kind != Kind::Word {
        return None;
    }
    let is_fraction =
        found.bytes().all(|byte| byte.is_ascii_digit()) && rest.get(found.len()..)?.starts_with('.');
    if is_fraction && !rules.contains(&Rule::role_name) {
        return Some("numbers are whole".to_owned());
    }
    if let Some(help) = behind_dot(rest.get(found.len()..)?, found, rules) {
        return Some(help);
    }
    if found == "not" && rules.contains(&Rule::kw_and) {
        return Some("write `not` before the whole comparison: `not x in y`".to_owned());
    }
    let keywords = rules.iter().map(|rule| format!("{rule:?}"));
    let keywords = keywords.filter_map(|name| name.strip_prefix("kw_").map(str::to_owned));
    let alike = keywords
        .map(|keyword| (strsim::jaro(&keyword, found), keyword))
        .filter(|(score, keyword)| *score > ALIKE && keyword != found)
        .max_by(|(one, _), (other, _)| one.total_cmp(other));
    if let Some((_, keyword)) = alike {
        return Some(format!("did you mean `{keyword}`?"));
    }
    if let Some(help) = quoted_type(rest, found, rules) {
        return Some(help);
    }
    let wants_name = rules.iter().any(|rule| {
        matches!(
            rule,
            Rule::package_name
                | Rule::type_name
                | Rule::type_reference
                | Rule::role_name
                | Rule::role_reference
                | Rule::set_name
                | Rule::network_name
                | Rule::window_name
                | Rule::definition_name
                | Rule::formal_name
                | Rule::variable
                | Rule::rule_name
                | Rule::directive_name
        )
    });
    let is_plain = found.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !found.starts_with(|first: char| first.is_ascii_digit());
    if !wants_name {
        return None;
    }
    Some(if is_plain {
        format!("`{found}` is a word of the language, choose another name")
    } else {
        "names are made of letters, digits and `_`, and start with no digit".to_owned()
    })
}
