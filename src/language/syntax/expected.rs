//! Syntax errors in the author's words.

use pest::error::{Error, ErrorVariant, InputLocation};

use super::advice::{self, Mistake};
use super::parse::Rule;
use super::place::Place;
use super::{scan, slips};
use crate::document::{Code, Diagnostic};

/// Says what was expected where the grammar gave up; `offset` is where the parsed part begins in the text.
pub(super) fn syntax_error(place: &Place, text: &str, offset: usize, error: &Error<Rule>) -> Diagnostic {
    let at = offset + location(error);
    let found = scan::tokens(text.get(at..).unwrap_or("")).next();
    let (span, found_text) = if let Some(token) = found {
        (place.span(at + token.start, at + token.end()), Some(token.text))
    } else {
        let end = text.trim_end().len();
        (place.span(end, end), None)
    };
    let rules: &[Rule] = match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => positives,
        ErrorVariant::CustomError { .. } => &[],
    };
    let expected = expectations(rules, place);
    let found_text = found_text.map(shown);
    let message = match (&found_text, expected.is_empty()) {
        (Some(found), false) => format!("expected {}, found `{found}`", listed(&expected)),
        (Some(found), true) => format!("`{found}` can't stand here"),
        (None, false) => format!("expected {}, but the {} ends", listed(&expected), place.noun()),
        (None, true) => format!("the {} ends too early", place.noun()),
    };
    let diagnostic = Diagnostic::error(Code::Syntax, message).at(span, "");
    if found_text.as_deref() == Some("#") && matches!(place, Place::File { .. }) {
        return diagnostic.help("a comment starts with `//`");
    }
    if matches!(place, Place::Scalar(_))
        && let Some(help) = found.and_then(|token| slips::listed(text, at + token.start, rules))
    {
        return diagnostic.help(help);
    }
    let mistake = found.and_then(|token| {
        let start = at + token.start;
        Some(Mistake {
            kind: token.kind,
            before: text.get(..start)?,
            rest: text.get(start..)?,
            found: token.text,
            rules,
        })
    });
    match mistake.and_then(|mistake| advice::advice(&mistake)) {
        Some(help) => diagnostic.help(help),
        None => diagnostic,
    }
}

/// Where in the parsed text the grammar gave up.
pub(super) fn location(error: &Error<Rule>) -> usize {
    match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    }
}

/// What is a space to people and none to the language.
pub(super) fn foreign_space(token: &str) -> Option<char> {
    token.chars().next().filter(|first| first.is_whitespace())
}

/// A token as a message shows it.
fn shown(token: &str) -> String {
    foreign_space(token).map_or_else(|| shortened(token), |space| format!("U+{:04X}", u32::from(space)))
}

fn shortened(text: &str) -> String {
    const LENGTH: usize = 40;
    if text.chars().count() <= LENGTH {
        return text.to_owned();
    }
    text.chars().take(LENGTH).chain(['…']).collect()
}

fn listed(words: &[String]) -> String {
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

/// What the grammar would have taken, in a few words of the author's: many tokens of one sort under one name, the
/// nearest first.
fn expectations(rules: &[Rule], place: &Place) -> Vec<String> {
    let many = |is: fn(Rule) -> bool| rules.iter().filter(|rule| is(**rule)).count() > 2;
    let (begins_clause, begins_declaration) = (many(is_clause), many(is_declaration));
    if many(is_value) {
        return vec!["a value".to_owned()];
    }
    // Any name may turn out to be that of an entity's type, with its id behind it, and any value may be part of a sum.
    let is_remote = |rule: Rule| {
        let is_sign =
            matches!(rule, Rule::open_paren | Rule::plus | Rule::minus | Rule::times | Rule::set_operator);
        let ends = |rule: &Rule| matches!(rule, Rule::comparator | Rule::close_paren | Rule::colon);
        (is_sign || rule == Rule::kw_or_else && rules.contains(&Rule::colon)) && rules.iter().any(ends)
    };
    let mut words = Vec::new();
    for rule in rules.iter().copied().filter(|rule| !is_remote(*rule)) {
        let is_grouped = begins_clause && is_clause(rule)
            || begins_declaration && (is_declaration(rule) || rule == Rule::EOI);
        let word = if rule == Rule::EOI { format!("the end of the {}", place.noun()) } else { spelled(rule) };
        if !is_grouped && !words.contains(&word) {
            words.push(word);
        }
    }
    if begins_clause {
        words.push("another clause".to_owned());
    }
    if begins_declaration {
        // Behind an annotation there is none without a name.
        let word = match rules.contains(&Rule::kw_context) {
            false => "a declaration with a name, a rule or a route",
            true if words.is_empty() => "a declaration",
            true => "the next declaration",
        };
        words.push(word.to_owned());
    }
    words
}

/// What a value can begin with and nothing else.
pub(super) fn is_value(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::party
            | Rule::boolean
            | Rule::path
            | Rule::text
            | Rule::integer
            | Rule::moment
            | Rule::duration
            | Rule::clock
            | Rule::kw_now
    )
}

fn is_clause(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::kw_named
            | Rule::kw_to
            | Rule::kw_except
            | Rule::kw_only
            | Rule::kw_in
            | Rule::kw_when
            | Rule::kw_unless
            | Rule::kw_priority
            | Rule::kw_because
            | Rule::kw_advise
            | Rule::kw_oblige
            | Rule::kw_overridable
    )
}

pub(super) fn is_declaration(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::kw_subject
            | Rule::kw_resource
            | Rule::kw_organization
            | Rule::kw_context
            | Rule::kw_action
            | Rule::kw_import
            | Rule::kw_network
            | Rule::kw_window
            | Rule::kw_role
            | Rule::kw_permissions
            | Rule::at
            | Rule::kw_system
            | Rule::kw_define
            | Rule::kw_allow
            | Rule::kw_deny
            | Rule::kw_route
    )
}

/// A token in the author's spelling. A keyword's rule is `kw_` and the word.
pub(super) fn spelled(rule: Rule) -> String {
    let name = format!("{rule:?}");
    if let Some(word) = name.strip_prefix("kw_") {
        return format!("`{word}`");
    }
    let sign = match rule {
        Rule::open_brace => "`{`",
        Rule::close_brace => "`}`",
        Rule::open_paren => "`(`",
        Rule::close_paren => "`)`",
        Rule::open_bracket => "`[`",
        Rule::close_bracket => "`]`",
        Rule::comma => "`,`",
        Rule::colon => "`:`",
        Rule::optional => "`?`",
        Rule::assign => "`=`",
        Rule::dash | Rule::minus => "`-`",
        Rule::star | Rule::times => "`*`",
        Rule::plus => "`+`",
        Rule::arrow => "`->`",
        Rule::at => "`@`",
        Rule::slash | Rule::trailing => "`/`",
        Rule::comparator
        | Rule::equal
        | Rule::not_equal
        | Rule::less
        | Rule::greater
        | Rule::less_or_equal
        | Rule::greater_or_equal => "a comparison",
        Rule::expression | Rule::conjunction | Rule::negation | Rule::comparison => "a condition",
        Rule::quantified | Rule::combination | Rule::sum | Rule::product => "a value",
        Rule::set_operator => "`union`, `intersect` or `minus`",
        Rule::literal | Rule::plain => "a literal",
        Rule::text => "a string",
        Rule::wall_clock | Rule::clock_part => "`date(now, ZONE)`",
        Rule::integer => "a number",
        Rule::moment => "a date or an instant",
        Rule::duration => "a duration such as `15m`",
        Rule::path => "an attribute such as `subject.name`",
        Rule::address => "an IP network",
        Rule::time | Rule::clock => "a time such as `09:00`",
        Rule::day | Rule::day_range => "a day such as `Mon`",
        Rule::one_declaration => "a declaration",
        Rule::span => "hours such as `Mon-Fri 09:00-17:00`",
        Rule::zone => "a time zone such as `Europe/London`",
        Rule::method => "an HTTP method",
        Rule::host => "a host",
        Rule::pattern => "a path such as `/orders/{id}`",
        Rule::segment_text | Rule::parameter => "a path segment",
        Rule::package_name => "a package's name",
        Rule::type_name
        | Rule::type_reference
        | Rule::star_of_package
        | Rule::value_type
        | Rule::wire_type
        | Rule::wire_entity
        | Rule::r#type => "a type",
        Rule::role_name | Rule::role_reference => "a role",
        Rule::set_name => "the permission set's name",
        Rule::set_reference => "a permission set",
        Rule::permission | Rule::yaml_permission => "a permission",
        Rule::yaml_audience => "`anyone` or a role",
        Rule::network_name => "the network's name",
        Rule::window_name => "the window's name",
        Rule::definition_name => "the definition's name",
        Rule::rule_name => "the rule's name",
        Rule::directive_name
        | Rule::argument_name
        | Rule::annotation_name
        | Rule::reference
        | Rule::callee => "a name",
        Rule::parameter_name | Rule::formal | Rule::formal_name => "a parameter's name",
        Rule::variable => "the variable's name",
        Rule::parameter_type => "`int`",
        Rule::attribute_name | Rule::attribute_word | Rule::attribute => "an attribute",
        Rule::action_name => "an action",
        _ => return name.replace('_', " "),
    };
    sign.to_owned()
}
