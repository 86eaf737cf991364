//! Names that requests and facts use: those of types, actions and attributes. They may be anything that can be seen.

use super::names::check_length;
use super::report::Report;
use crate::document::{Code, characters};
use crate::language::syntax::tree::Name;

/// What a name is that of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wire {
    Type,
    Action,
    Attribute,
}

/// Whether a name can be one; if not, that is reported.
pub(super) fn is_good(name: Name<'_>, what: Wire, report: &mut Report) -> bool {
    check_length(name, report);
    let word = match what {
        Wire::Type => "a type",
        Wire::Action => "an action",
        Wire::Attribute => "an attribute",
    };
    let hidden = |character: &char| character.is_control() || characters::is_hidden(*character);
    let (message, help) = if name.text.is_empty() {
        (format!("{word} has a name"), "write between the quotes how requests call it")
    } else if let Some(hidden) = name.text.chars().find(hidden) {
        let message = format!("the character U+{:04X} can't stand in a name", u32::from(hidden));
        (message, "nobody can see it, so two names that differ by it would look the same")
    } else if what != Wire::Attribute && name.text == "*" {
        (format!("{word} can't be called `*`"), "without the quotes, `*` stands for all of them")
    } else if let Some(sign) = name.text.chars().find(|sign| what == Wire::Type && matches!(sign, '/' | ':'))
    {
        let message = format!("`{sign}` can't stand in the name of a type");
        (message, "`package/type` and `type:action` have to be clear wherever they stand")
    } else {
        return true;
    };
    report.error_with_help(Code::BadName, name.span, message, help);
    false
}
