//! What authors write who know other languages better: its words, its signs, and quotes where this one has none.

use super::advice::Mistake;
use super::expected::is_declaration;
use super::identifier::is_identifier;
use super::parse::Rule;
use super::scan::{self, Kind};

/// The words behind which stands a name that is never in quotes.
const NAMING: [&str; 11] = [
    "package",
    "import",
    "named",
    "role",
    "permissions",
    "define",
    "network",
    "window",
    "to",
    "except",
    "advise",
];

/// How what was found is written here.
pub(super) fn slip(mistake: &Mistake<'_>) -> Option<String> {
    let Mistake { kind, rest, found, rules, .. } = *mistake;
    if rest.starts_with("/*") {
        return Some("a comment starts with `//`, and ends with its line".to_owned());
    }
    let begins_declaration = rules.iter().any(|rule| is_declaration(*rule));
    let help = match found {
        "permit" | "grant" if begins_declaration => "write `allow`",
        "forbid" | "reject" if begins_declaration => "write `deny`",
        "if" | "where" if rules.contains(&Rule::kw_when) => "a condition stands behind `when`, or `unless`",
        ";" if begins_declaration => "leave it out: a declaration needs no sign at its end",
        ";" => "leave it out: a space or a new line is enough between two",
        "-" => return hyphen(mistake),
        _ if kind == Kind::Text => return in_quotes(found, rules),
        _ => return None,
    };
    Some(help.to_owned())
}

/// A name with a `-` in it.
fn hyphen(mistake: &Mistake<'_>) -> Option<String> {
    let is_part = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-');
    let start = mistake.before.trim_end_matches(is_part).len();
    let (ahead, first) = mistake.before.split_at_checked(start)?;
    let end = mistake.rest.find(|end: char| !is_part(end)).unwrap_or(mistake.rest.len());
    let name = format!("{first}{}", mistake.rest.get(..end)?);
    let bare = name.replace('-', "_");
    if first.is_empty() || end == 1 || !is_identifier(&bare) {
        return None;
    }
    let word = scan::tokens(ahead).last().map_or("", |token| token.text);
    Some(if NAMING.contains(&word) {
        format!("names are made of letters, digits and `_`: write `{bare}`")
    } else {
        format!("a type, an action or an attribute that is called so stands in quotes: write `\"{name}\"`")
    })
}

/// A name or a time zone in quotes.
fn in_quotes(found: &str, rules: &[Rule]) -> Option<String> {
    let text = found.strip_prefix('"')?.strip_suffix('"')?;
    if rules.contains(&Rule::zone) {
        return Some("a time zone stands without quotes, like `Europe/London`".to_owned());
    }
    let is_name = |rule: &Rule| {
        matches!(
            rule,
            Rule::package_name
                | Rule::role_name
                | Rule::role_reference
                | Rule::set_name
                | Rule::network_name
                | Rule::window_name
                | Rule::definition_name
                | Rule::rule_name
                | Rule::directive_name
        )
    };
    if !rules.iter().any(is_name) {
        return None;
    }
    let is_letter = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let bare = text.replace(|character| !is_letter(character), "_");
    Some(if is_identifier(&bare) {
        format!("this name stands without quotes, and is made of letters, digits and `_`: write `{bare}`")
    } else {
        "this name stands without quotes, and is made of letters, digits and `_`".to_owned()
    })
}

/// A list of texts that YAML takes for one.
pub(super) fn listed(text: &str, at: usize, rules: &[Rule]) -> Option<String> {
    const SHOWN: usize = 60;
    let is_list = text.get(at..).is_some_and(|rest| rest.starts_with(',')) && rules == [Rule::EOI];
    if !is_list {
        return None;
    }
    let is_shown = text.len() <= SHOWN && !text.contains(['\n', '{', '"']);
    Some(if is_shown {
        format!("several stand in a list: write `[{text}]`")
    } else {
        "several stand in a list, `[…, …]`".to_owned()
    })
}
