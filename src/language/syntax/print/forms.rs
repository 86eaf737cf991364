//! Files laid out in their own form, or written in the other.

use std::ops::Range;

use super::comments::Margin;
use super::lines::WIDTH;
use super::yaml::align_routes;
use super::{Printer, texts, verify};
use crate::document::yaml::{self, Draft, Node};
use crate::document::{Code, Diagnostic, Problems, Source, SourceId, Sources, Span};
use crate::language::syntax::scan::{self, Kind};
use crate::language::syntax::tree::File;
use crate::language::syntax::{Form, escape, open};

/// A policy file in the one layout that a form has, or why there is none: the file has a mistake, a comment stands where
/// the layout has no place for it, or the form can't say the same.
pub fn format(sources: &Sources, source: SourceId, to: Form) -> Result<String, Vec<Diagnostic>> {
    let mut diagnostics = Vec::new();
    let Some(opened) = open(sources, source, &mut diagnostics) else { return Err(diagnostics) };
    let (file, mut found) = opened.tree(sources);
    diagnostics.append(&mut found);
    let file = match file {
        Some(file) if !diagnostics.iter().any(Diagnostic::is_error) => file,
        _ => return Err(diagnostics),
    };
    let text = sources.get(source).map_or("", |found| found.text.as_str());
    match (opened.document(), to) {
        (None, Form::Policy) => policy(&file, text),
        (None, Form::Yaml) => policy_to_yaml(&file, text),
        (Some(document), Form::Yaml) => yaml(&file, document, text),
        (Some(document), Form::Policy) => yaml_to_policy(&file, document, text),
    }
}

fn policy(file: &File<'_>, text: &str) -> Result<String, Vec<Diagnostic>> {
    let mut printer = Printer { margin: Margin::of(text) };
    let printed = printer.file(file);
    placed(&printer.margin, file.source, None)?;
    match verify::difference(text, &printed) {
        None => Ok(printed),
        Some(at) => {
            Err(vec![unprintable(file.source, at, "this can't be laid out without changing what it says")])
        }
    }
}

fn policy_to_yaml(file: &File<'_>, text: &str) -> Result<String, Vec<Diagnostic>> {
    let mut printer = Printer { margin: Margin::of(text) };
    let document = printer.document(file);
    placed(&printer.margin, file.source, Some(Form::Yaml))?;
    let written = yaml::write(&document, WIDTH);
    drop(document);
    same(file, text, &printer.margin.comments(), &written, Form::Yaml)?;
    Ok(written)
}

fn yaml(file: &File<'_>, document: &Node<'_>, text: &str) -> Result<String, Vec<Diagnostic>> {
    let comments = yaml::comments(text, document);
    match yaml::draft(text, document, &mut |path, text| texts::laid_out(path, text)) {
        Ok(mut draft) => {
            align_routes(&mut draft);
            let written = yaml::write(&draft, WIDTH);
            drop(draft);
            let comments: Vec<(usize, &str)> =
                comments.iter().map(|comment| (comment.start, comment.text)).collect();
            same(file, text, &comments, &written, Form::Yaml)?;
            Ok(written)
        }
        Err(comment) => Err(vec![without_place(file.source, comment, None)]),
    }
}

fn yaml_to_policy(file: &File<'_>, document: &Node<'_>, text: &str) -> Result<String, Vec<Diagnostic>> {
    let comments: Vec<(usize, bool, String)> = yaml::comments(text, document)
        .iter()
        .map(|comment| {
            (comment.start, comment.has_own_line, format!("/{}", comment.text.replacen('#', "/", 1)))
        })
        .collect();
    let mut printer = Printer { margin: Margin::of_yaml(text, &comments, &yaml::gaps(document)) };
    let printed = printer.file(file);
    placed(&printer.margin, file.source, Some(Form::Policy))?;
    same(file, text, &printer.margin.comments(), &printed, Form::Policy)?;
    Ok(printed)
}

fn placed(margin: &Margin<'_>, source: SourceId, to: Option<Form>) -> Result<(), Vec<Diagnostic>> {
    let mut lost = Problems::default();
    margin.unplaced().for_each(|comment| lost.push(without_place(source, comment, to)));
    if lost.errors() == 0 { Ok(()) } else { Err(lost.into_diagnostics()) }
}

/// Reads what was written, and compares what it says, comments and all.
fn same(
    file: &File<'_>,
    text: &str,
    comments: &[(usize, &str)],
    written: &str,
    form: Form,
) -> Result<(), Vec<Diagnostic>> {
    let mut sources = Sources::default();
    let name = match form {
        Form::Policy => "written.policy",
        Form::Yaml => "written.yaml",
    };
    let id = sources.add(Source { name: name.to_owned(), text: written.to_owned() });
    let mut diagnostics = Vec::new();
    let opened = open(&sources, id, &mut diagnostics);
    let (again, mut found) = opened.as_ref().map_or((None, Vec::new()), |opened| opened.tree(&sources));
    diagnostics.append(&mut found);
    let what = match form {
        Form::Policy => "in the policy form",
        Form::Yaml => "in YAML",
    };
    if let Some(problem) = diagnostics.iter().find(|problem| problem.is_error()) {
        if let Some(place) = hidden_text(problem, text, written) {
            let message = format!("this text can't be written {what}, where nothing invisible may stand");
            let help = "nobody can see the character, so remove its escape";
            return Err(vec![unprintable(file.source, place, &message).help(help)]);
        }
        let place = file.package.map_or(0..0, |package| package.span.range());
        let message = format!("this file can't be written {what}: {}", problem.message);
        return Err(vec![unprintable(file.source, place, &message)]);
    }
    let kept = match opened.as_ref().and_then(|opened| opened.document()) {
        Some(document) => yaml::comments(written, document).iter().map(|comment| comment.text).collect(),
        None => Margin::of(written).comments().iter().map(|(_, comment)| *comment).collect(),
    };
    if let Some((start, comment)) = verify::first_lost(comments, kept) {
        return Err(vec![without_place(file.source, start..start + comment.len(), Some(form))]);
    }
    let again = again.map_or_else(Vec::new, |again| verify::sayings(&again));
    match verify::first_change(&verify::sayings(file), &again) {
        None => Ok(()),
        Some(place) => {
            let message = format!("this can't be written {what} without changing what it says");
            let help = "a rule without a name is called by its text, which would be another: add `named …`";
            Err(vec![unprintable(file.source, place, &message).help(help)])
        }
    }
}

/// The string of a policy file that holds an invisible character, which YAML does not take where it was written.
fn hidden_text(problem: &Diagnostic, text: &str, written: &str) -> Option<Range<usize>> {
    let (span, _) = problem.place.as_ref().filter(|_| problem.code == Code::HiddenCharacter)?;
    let scalar = written.get(span.range())?;
    let mut strings =
        scan::tokens(text).filter(|token| token.kind == Kind::Text && token.text.contains('\\'));
    let found = strings.find(|token| {
        escape::value(token.text)
            .is_some_and(|value| yaml::write(&Draft::Text(value), WIDTH).trim_end() == scalar)
    })?;
    Some(found.start..found.end())
}

/// `to` is the form that the file is to have, if it has the other.
fn without_place(source: SourceId, comment: Range<usize>, to: Option<Form>) -> Diagnostic {
    let (message, help) = match to {
        None => (
            "there is no place for this comment in the layout",
            "put it on a line of its own before the declaration, member or clause",
        ),
        Some(Form::Yaml) => (
            "there is no place for this comment in YAML",
            "YAML has none inside of a text, as a condition is: put it on a line of its own before the clause or the \
             declaration",
        ),
        Some(Form::Policy) => (
            "there is no place for this comment in the policy form",
            "put it on a line of its own before the declaration, or before its key that this is about",
        ),
    };
    unprintable(source, comment, message).help(help)
}

fn unprintable(source: SourceId, place: Range<usize>, message: &str) -> Diagnostic {
    Diagnostic::error(Code::Unprintable, message).at(Span::new(source, place.start, place.end), "")
}
