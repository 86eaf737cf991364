//! Names that are not the same and look as if they were.

use std::collections::{BTreeMap, HashMap};

use super::uses::Uses;
use super::{Written, name_of};
use crate::document::{Code, Diagnostic, Span, lookalike};
use crate::language::check::report::Report;
use crate::language::syntax::tree::Name;

/// More names than this are not held against each other.
const NAMES_MAX: usize = 20_000;

pub(super) fn lint(written: &Written<'_, '_, '_>, uses: &Uses<'_>, report: &mut Report) {
    let declarations = written.declarations;
    let entities = || declarations.subjects.iter().chain(&declarations.resources).map(|item| item.node);
    alike("type", entities().map(|node| node.name), report);
    alike("action", entities().flat_map(|node| node.actions.iter().copied()), report);
    let attributes = [&declarations.organization, &declarations.context, &declarations.action];
    let attributes = attributes.into_iter().flatten().map(|item| item.node);
    let attributes = attributes.chain(entities().flat_map(|node| &node.attributes));
    alike("attribute", attributes.map(|attribute| attribute.name), report);
    alike("role", declarations.roles.iter().map(|item| item.node.name), report);
    alike("permission set", declarations.permission_sets.iter().map(|item| item.node.name), report);
    let definitions = declarations.definitions.iter().map(|item| item.node.name);
    let windows = declarations.windows.iter().map(|item| item.node.name);
    let networks = declarations.networks.iter().map(|item| item.node.name);
    alike("name", definitions.chain(windows).chain(networks), report);
    alike("rule", written.rules.iter().filter_map(|(_, _, node)| name_of(node)), report);
    texts(uses, report);
}

/// Texts and ids. Most sets of them have none that could be taken for an ASCII one, and many differ in case by intention.
fn texts(uses: &Uses<'_>, report: &mut Report) {
    let mut kinds: BTreeMap<Option<&str>, Vec<Name<'_>>> = BTreeMap::new();
    for (kind, text) in &uses.texts {
        kinds.entry(*kind).or_default().push(*text);
    }
    for (kind, texts) in kinds {
        let is_plain = texts.iter().all(|text| text.text.is_ascii());
        match kind {
            Some(kind) => alike(&format!("{kind}'s id"), texts.into_iter(), report),
            None if is_plain => {}
            None => alike_but(is_ascii, "text", texts.into_iter(), report),
        }
    }
}

/// Reports each name that looks like one before it.
fn alike<'a>(what: &str, names: impl Iterator<Item = Name<'a>>, report: &mut Report) {
    alike_but(|_, _| false, what, names, report);
}

fn is_ascii(one: &str, other: &str) -> bool {
    one.is_ascii() && other.is_ascii()
}

fn alike_but<'a>(
    is_fine: fn(&str, &str) -> bool,
    what: &str,
    names: impl Iterator<Item = Name<'a>>,
    report: &mut Report,
) {
    let mut places: BTreeMap<&str, Span> = BTreeMap::new();
    for name in names.take(NAMES_MAX) {
        let place = places.entry(name.text).or_insert(name.span);
        *place = (*place).min(name.span);
    }
    let mut in_order: Vec<(&str, Span)> = places.into_iter().collect();
    // It is the odd one that is told.
    in_order.sort_by_key(|(name, span)| (!name.is_ascii(), *span));
    let mut seen: HashMap<String, (&str, Span)> = HashMap::new();
    for (name, span) in in_order {
        let looks = lookalike::looks(name);
        if let Some((other, place)) = looks.iter().find_map(|look| seen.get(look))
            && !is_fine(name, other)
        {
            report.add(
                Diagnostic::warning(Code::LookAlike, format!("the {what} `{name}` looks like `{other}`"))
                    .at(span, lookalike::difference(name, other))
                    .related(*place, "the other one")
                    .help("they are never taken for each other; give one another name if both are meant"),
            );
        }
        for look in looks {
            seen.entry(look).or_insert((name, span));
        }
    }
}
