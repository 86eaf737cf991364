//! The parser, and how it goes on after an error.

use pest::Parser;

use super::build::{self, Builder};
use super::place::Place;
use super::tree::{Declaration, Expr, ExprKind, File, Literal, LiteralKind};
use super::{expected, scan};
use crate::document::{Code, Diagnostic, SourceId, Span};
use crate::model::limits::{NESTING_MAX, RECORD_NESTING_MAX};

#[derive(pest_derive::Parser)]
#[grammar = "../grammar/policy.pest"]
pub(super) struct Grammar;

/// How many syntax errors of one file are reported.
const ERRORS_REPORTED_MAX: usize = 50;

/// Reads one file. With errors the tree holds the declarations that could be read; without one there is no reading
/// of anything.
pub fn parse(source: SourceId, text: &str) -> (Option<File<'_>>, Vec<Diagnostic>) {
    let unreadable = scan::unreadable(source, text);
    if !unreadable.is_empty() {
        return (None, unreadable);
    }
    let too_deep = scan::too_deep(text);
    let mut builder = Builder::new(Place::file(source, 0));
    if too_deep.is_empty()
        && let Ok(pairs) = Grammar::parse(Rule::file, text)
    {
        let file = builder.file(pairs);
        return (Some(file), builder.diagnostics);
    }
    let (file, diagnostics) = recover(source, text, &too_deep);
    (Some(file), diagnostics)
}

/// Whether this can be a name without quotes wherever names stand.
pub(super) fn is_identifier(text: &str) -> bool {
    Grammar::parse(Rule::role_name, text)
        .is_ok_and(|mut pairs| pairs.next().is_some_and(|pair| pair.as_str() == text))
}

/// Reads declaration by declaration and goes on at the next one after an error.
fn recover<'a>(source: SourceId, text: &'a str, too_deep: &[usize]) -> (File<'a>, Vec<Diagnostic>) {
    let mut file = File { source, package: None, declarations: Vec::new(), is_complete: true };
    let mut diagnostics = Vec::new();
    let mut at = 0;
    let mut rule = Rule::one_package;
    while let Some(token) = scan::tokens(text.get(at..).unwrap_or("")).next() {
        at += token.start;
        // What annotations stand before belongs to them.
        let own = if token.text == "@" { scan::next_declaration(text, at).unwrap_or(at) } else { at };
        let next = scan::next_declaration(text, own + token.text.len()).unwrap_or(text.len());
        if let Some(deep) = too_deep.iter().find(|deep| (at..next).contains(*deep)) {
            let found = text.get(*deep..).unwrap_or("");
            diagnostics.push(nesting(Span::new(source, *deep, *deep + 1), found));
            file.is_complete &= build::declares_nothing(token.text);
            (at, rule) = (next, Rule::one_declaration);
            continue;
        }
        let rest = text.get(at..).unwrap_or("");
        let mut builder = Builder::new(Place::file(source, at));
        match Grammar::parse(rule, rest) {
            Ok(pairs) => {
                let end = builder.one(pairs, &mut file);
                at += end;
            }
            Err(error) => {
                // A file that forgets its package is read on as if it had one.
                let diagnostic = expected::syntax_error(&Place::file(source, 0), text, at, &error);
                diagnostics.push(diagnostic);
                if rule == Rule::one_package && token.text != "package" {
                    file.is_complete = false;
                } else {
                    at = match beginning(&mut builder, rest, expected::location(&error), &mut file) {
                        Some(end) => scan::next_declaration(text, at + end).unwrap_or(text.len()),
                        None => next,
                    };
                }
            }
        }
        diagnostics.append(&mut builder.diagnostics);
        rule = Rule::one_declaration;
        if diagnostics.len() >= ERRORS_REPORTED_MAX {
            file.is_complete = false;
            break;
        }
    }
    (file, diagnostics)
}

/// Reads the declaration that ends right before a mistake, if it gives a name that others may use: the mistake is then
/// the next one's. Says where it ends.
fn beginning<'a>(builder: &mut Builder, rest: &'a str, mistake: usize, file: &mut File<'a>) -> Option<usize> {
    if scan::tokens(rest).next().is_some_and(|token| build::declares_nothing(token.text)) {
        return None;
    }
    let pairs = Grammar::parse(Rule::one_beginning, rest).ok();
    let end = pairs.as_ref().and_then(|pairs| pairs.clone().map(|pair| pair.as_span().end()).max());
    let is_whole = end
        .and_then(|end| rest.get(end..mistake))
        .is_some_and(|between| scan::tokens(between).next().is_none());
    let Some(pairs) = pairs.filter(|_| is_whole) else {
        file.is_complete = false;
        return None;
    };
    let end = builder.one(pairs, file);
    // What it says may go on in what can't be read.
    if let Some(Declaration::Definition(definition)) = file.declarations.last_mut() {
        let span = definition.condition.span;
        let kind = ExprKind::Literal(Literal { kind: LiteralKind::Bool(true), span });
        definition.condition = Expr { kind, span };
    }
    Some(end)
}

/// That what was found nests too deep.
pub(super) fn nesting(span: Span, found: &str) -> Diagnostic {
    let (message, help) = if found.starts_with('{') {
        (
            format!("the declaration nests deeper than {NESTING_MAX} levels"),
            format!("records may stand in each other {RECORD_NESTING_MAX} deep"),
        )
    } else {
        (
            format!("the condition nests deeper than {NESTING_MAX} levels"),
            "give its parts names with `define`, or write chains of `and` and `or` without parentheses"
                .to_owned(),
        )
    };
    Diagnostic::error(Code::TooDeep, message).at(span, "").help(help)
}
