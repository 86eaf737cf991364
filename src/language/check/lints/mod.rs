//! What is no mistake for sure, but most likely none of the author's intentions. Looked for only where nothing is wrong.

mod constant;
mod directives;
mod inherited;
mod lookalikes;
mod networks;
mod overruled;
mod owners;
mod repeated;
mod spans;
mod unused;
mod uses;

use std::collections::HashMap;

use self::uses::Uses;
use super::definitions::Definitions;
use super::names::{Declarations, Declared, Names, Site};
use super::report::Report;
use crate::document::{Sources, Span};
use crate::language::judge::Judge;
use crate::language::policy::{Effect, Policy, Rule};
use crate::language::syntax::tree::{self, ClauseKind};
use crate::model::Id;

/// A checked policy set, and what its author wrote.
struct Written<'l, 't, 'a> {
    policy: &'l Policy,
    declarations: &'l Declarations<'t, 'a>,
    names: &'l Names<'a>,
    definitions: &'l Definitions<'t, 'a>,
    sources: &'l Sources,
    /// Each rule as it was understood and as it is written, by its number.
    rules: Vec<(Id<Rule>, &'l Rule, &'t tree::Rule<'a>)>,
    /// Where the names of a rule are looked up, by its place.
    sites: HashMap<Span, Site>,
}

/// Adds what there is to say.
pub(super) fn lint<'a>(
    policy: &Policy,
    declarations: &Declarations<'_, 'a>,
    names: &Names<'a>,
    definitions: &Definitions<'_, 'a>,
    sources: &Sources,
    report: &mut Report,
) {
    let by_place: HashMap<Span, Declared<'_, tree::Rule<'a>>> =
        declarations.rules.iter().map(|declared| (declared.node.span, *declared)).collect();
    let rules = policy.rules.iter();
    let written = Written {
        policy,
        declarations,
        names,
        definitions,
        sources,
        rules: rules.filter_map(|(id, rule)| Some((id, rule, by_place.get(&rule.span)?.node))).collect(),
        sites: by_place.into_iter().map(|(span, declared)| (span, declared.site)).collect(),
    };
    let judge = Judge::new(policy);
    let impossible = constant::lint(&written, &judge, report);
    overruled::lint(&written, &judge, &impossible, report);
    inherited::lint(&written, report);
    let uses = Uses::of(&written);
    unused::lint(&written, &uses, report);
    repeated::lint(&written, report);
    directives::lint(&written, report);
    spans::lint(&written, report);
    networks::lint(&written, report);
    owners::lint(&written, report);
    lookalikes::lint(&written, &uses, report);
}

/// A rule in a sentence: ``the deny `office_hours` ``.
fn called(rule: &Rule) -> String {
    let effect = match rule.effect {
        Effect::Allow => "allow",
        Effect::Deny => "deny",
    };
    if rule.is_named { format!("the {effect} `{}`", rule.name) } else { format!("this {effect}") }
}

/// A rule's effect and its targets.
fn head(node: &tree::Rule<'_>) -> Span {
    node.targets.last().map_or(node.word, |last| node.word.to(last.span()))
}

/// The name that its author gave a rule.
fn name_of<'a>(node: &tree::Rule<'a>) -> Option<tree::Name<'a>> {
    node.clauses.iter().find_map(|clause| match &clause.kind {
        ClauseKind::Named(name) => Some(*name),
        _ => None,
    })
}
