//! The last look before a file is written: a layout may move tokens, and nothing else.

use std::collections::HashMap;
use std::ops::Range;

use super::Printer;
use super::comments::Margin;
use super::declarations::Shape;
use super::lines::{WIDTH, flat};
use super::yaml::{Section, gathered, gathered_role};
use crate::document::yaml::{self, Draft, Group, Member};
use crate::language::syntax::scan::{self, Token};
use crate::language::syntax::tree::{Attributes, ClauseKind, Declaration, File};

/// The first place in the author's text whose token the printed one doesn't have. Commas between members
/// and the word before a further list of actions are layout.
pub(super) fn difference(written: &str, printed: &str) -> Option<Range<usize>> {
    let (mut before, mut after) = (meaning(written), meaning(printed));
    loop {
        match (before.next(), after.next()) {
            (None, None) => return None,
            (Some(left), Some(right)) if left.text == right.text => {}
            (Some(left), _) => return Some(left.start..left.end()),
            (None, Some(_)) => return Some(written.len()..written.len()),
        }
    }
}

fn meaning(text: &str) -> impl Iterator<Item = Token<'_>> {
    scan::tokens(text).filter(|token| !matches!(token.text, "," | "actions"))
}

/// What a declaration says, wherever it stands: as both printers print it, since neither may leave anything out.
#[derive(Debug)]
pub(super) struct Saying {
    section: Section,
    text: String,
    place: Range<usize>,
}

/// What a file says, in the order that YAML gives it.
pub(super) fn sayings(file: &File<'_>) -> Vec<Saying> {
    let mut sayings = Vec::with_capacity(file.declarations.len());
    sayings.extend(file.imports.iter().map(|import| {
        let (section, text) = (Section::Imports, import.text.to_owned());
        Saying { section, text, place: import.span.range() }
    }));
    for declaration in &file.declarations {
        let section = Section::of(declaration);
        let place = declaration.span().range();
        match declaration {
            // They may stand in several places, and all of them mean one.
            Declaration::Organization(node) | Declaration::Context(node) | Declaration::Action(node) => {
                sayings.extend(node.attributes.iter().map(|attribute| {
                    let alone = Attributes { attributes: vec![attribute.clone()], span: attribute.span };
                    let text = text_of(&Declaration::Context(alone));
                    Saying { section, text, place: attribute.span.range() }
                }));
            }
            Declaration::Rule(rule) => {
                let text = text_of(&Declaration::Rule(gathered(rule)));
                // A rule without a name has its name from its text.
                let has_name = rule.clauses.iter().any(|clause| matches!(clause.kind, ClauseKind::Named(_)));
                let name = if has_name { "" } else { &rule.tokens };
                sayings.push(Saying { section, text: format!("{text}{name}"), place });
            }
            Declaration::Role(role) => {
                let text = text_of(&Declaration::Role(gathered_role(role)));
                sayings.push(Saying { section, text, place });
            }
            Declaration::Subject(_)
            | Declaration::Resource(_)
            | Declaration::Network(_)
            | Declaration::Window(_)
            | Declaration::PermissionSet(_)
            | Declaration::Definition(_)
            | Declaration::Route(_) => {
                sayings.push(Saying { section, text: text_of(declaration), place });
            }
        }
    }
    sayings.sort_by_key(|saying| saying.section);
    sayings
}

/// The place of the first saying that the other file does not have.
pub(super) fn first_change(before: &[Saying], after: &[Saying]) -> Option<Range<usize>> {
    let is_same =
        |(before, after): (&Saying, &Saying)| before.section == after.section && before.text == after.text;
    let same = before.iter().zip(after).take_while(|pair| is_same(*pair)).count();
    if same == before.len() && same == after.len() {
        return None;
    }
    let place = before.get(same).or_else(|| before.last()).map(|saying| saying.place.clone());
    Some(place.unwrap_or(0..0))
}

/// The first comment that is not among those that were kept, whatever signs they begin with.
pub(super) fn first_lost<'a>(comments: &[(usize, &'a str)], kept: Vec<&str>) -> Option<(usize, &'a str)> {
    let mut left: HashMap<&str, usize> = HashMap::new();
    for comment in kept {
        *left.entry(bare(comment)).or_default() += 1;
    }
    comments.iter().copied().find(|(_, comment)| match left.get_mut(bare(comment)) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        Some(_) | None => true,
    })
}

fn bare(comment: &str) -> &str {
    comment.trim_start_matches(['/', '#']).trim()
}

fn text_of(declaration: &Declaration<'_>) -> String {
    let mut printer = Printer { margin: Margin::of("") };
    let mut text = match printer.declaration(declaration, 0) {
        Shape::Row(_, cells) => flat(&cells),
        Shape::Lines(lines) => lines,
    };
    let member = printer.member(declaration, 0);
    let key = member.key.clone().or_else(|| Some(String::new()));
    let group = Group { members: vec![Member { key, ..member }], ..Group::default() };
    text.push_str(&yaml::write(&Draft::Mapping(group), WIDTH));
    for annotation in declaration.annotations() {
        text.push_str(&printer.annotation(annotation));
    }
    text
}
