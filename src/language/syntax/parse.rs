//! The parser, and how it goes on after an error.

use pest::Parser;

use super::build::{self, Builder};
use super::place::Place;
use super::scan::Excess;
use super::tree::{Declaration, Expr, ExprKind, File, Literal, LiteralKind};
use super::{expected, scan};
use crate::document::{Code, Diagnostic, SourceId, Span};
use crate::model::limits::{
    DECLARATION_TOKENS_MAX, DECLARATIONS_MAX, NESTING_MAX, RECORD_NESTING_MAX, TOKEN_BYTES_MAX,
};

#[derive(pest_derive::Parser)]
#[grammar = "../grammar/policy.pest"]
pub(super) struct Grammar;

/// How many syntax errors of one file are reported.
const ERRORS_REPORTED_MAX: usize = 50;

/// Reads one file, declaration by declaration: what the grammar makes of one takes a hundred times the bytes of its
/// text. After an error it goes on at the next one. With errors the tree holds the declarations that could be read;
/// without a tree there is no reading of anything.
pub fn parse(source: SourceId, text: &str) -> (Option<File<'_>>, Vec<Diagnostic>) {
    let unreadable = scan::unreadable(source, text);
    if !unreadable.is_empty() {
        return (None, unreadable);
    }
    let mut file = File::new(source);
    let mut diagnostics = Vec::new();
    let excesses = scan::excesses(text);
    if let [excess] = excesses.as_slice()
        && excess.kind == Excess::Declarations
    {
        return (None, vec![excessive(excess.kind, Span::new(source, excess.at, excess.end))]);
    }
    let mut excesses = excesses.into_iter().peekable();
    let mut at = 0;
    let mut rule = Rule::one_package;
    while let Some(token) = scan::tokens(text.get(at..).unwrap_or("")).next() {
        at += token.start;
        while excesses.next_if(|excess| excess.at < at).is_some() {}
        if let Some(excess) = excesses.peek() {
            let next = behind(text, at, token.text);
            if excess.at < next {
                diagnostics.push(excessive(excess.kind, Span::new(source, excess.at, excess.end)));
                file.is_complete &= build::declares_nothing(token.text);
                (at, rule) = (next, Rule::one_declaration);
                continue;
            }
        }
        let rest = text.get(at..).unwrap_or("");
        let mut builder = Builder::new(Place::file(source, at));
        match Grammar::parse(rule, rest) {
            Ok(pairs) => at += builder.one(pairs, &mut file),
            Err(error) => {
                // A file that forgets its package is read on as if it had one.
                let diagnostic = expected::syntax_error(&Place::file(source, 0), text, at, &error);
                diagnostics.push(diagnostic);
                if rule == Rule::one_package && token.text != "package" {
                    file.is_complete = false;
                    // What stands before the package is the mistake, and not that there is none.
                    let next = scan::next_declaration(text, at);
                    let package =
                        next.filter(|next| text.get(*next..).is_some_and(|rest| rest.starts_with("package")));
                    if let Some(package) = package {
                        at = package;
                        continue;
                    }
                } else {
                    at = match beginning(&mut builder, rest, expected::location(&error), &mut file) {
                        Some(end) => scan::next_declaration(text, at + end).unwrap_or(text.len()),
                        None => behind(text, at, token.text),
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
    (Some(file), diagnostics)
}

/// Where the declaration that begins here, with this token, lets the next line with one begin.
fn behind(text: &str, at: usize, token: &str) -> usize {
    // What annotations stand before belongs to them.
    let own = if token == "@" { scan::next_declaration(text, at).unwrap_or(at) } else { at };
    scan::next_declaration(text, own + token.len()).unwrap_or(text.len())
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
    let before = file.declarations.len();
    let end = builder.one(pairs, file);
    // What it says may go on in what can't be read.
    if let Some(Declaration::Definition(definition)) = file.declarations.get_mut(before) {
        let span = definition.condition.span;
        let kind = ExprKind::Literal(Literal { kind: LiteralKind::Bool(true), span });
        definition.condition = Expr { kind, span };
    }
    Some(end)
}

/// That there is more of something than is read.
pub(super) fn excessive(kind: Excess, span: Span) -> Diagnostic {
    match kind {
        Excess::Depth => Diagnostic::error(
            Code::TooDeep,
            format!("the condition nests deeper than {NESTING_MAX} levels"),
        )
        .at(span, "")
        .help("give its parts names with `define`, or write chains of `and` and `or` without parentheses"),
        Excess::Braces => Diagnostic::error(
            Code::TooDeep,
            format!("the declaration nests deeper than {NESTING_MAX} levels"),
        )
        .at(span, "")
        .help(format!("records may stand in each other {RECORD_NESTING_MAX} deep")),
        Excess::Length => {
            let message =
                format!("the declaration has more than {DECLARATION_TOKENS_MAX} words, strings and signs");
            Diagnostic::error(Code::TooLarge, message)
                .at(span, "")
                .help("split it, keep long lists in facts, and begin each declaration on a line of its own")
        }
        Excess::Declarations => too_many_declarations(span),
        Excess::Token => {
            let message = format!("a word or string has at most {TOKEN_BYTES_MAX} bytes");
            Diagnostic::error(Code::TooLarge, message).at(span, "")
        }
    }
}

/// That there are more declarations than is read, told at the first that is too much.
pub fn too_many_declarations(span: Span) -> Diagnostic {
    let message = format!("the policies have more than {DECLARATIONS_MAX} declarations");
    Diagnostic::error(Code::TooLarge, message)
        .at(span, "")
        .help("keep what is about single people or things in facts")
}
