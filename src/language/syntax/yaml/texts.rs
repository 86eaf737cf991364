//! The texts of the YAML form: names, permissions and conditions, in the grammar of the policy form.

use pest::Parser;
use pest::iterators::Pair;

use super::super::build::Builder;
use super::super::identifier::is_identifier;
use super::super::parse::{Grammar, Rule, excessive};
use super::super::place::Place;
use super::super::tree::{Expr, ExprKind, Name, Qualified, Target};
use super::super::{expected, scan};
use crate::document::yaml::{self, Content, Key, Node, Origin};
use crate::document::{Code, Diagnostic, Problems, Sources, Span};
use crate::model::limits::CONDITION_NODES_MAX;

/// Reads a document's nodes and says what is wrong with them.
pub(super) struct Reader<'n> {
    pub(super) sources: &'n Sources,
    pub(super) problems: Problems,
}

/// A text of the document and its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scalar<'n> {
    pub(super) text: &'n str,
    pub(super) span: Span,
}

impl<'n> Scalar<'n> {
    pub(super) fn key(key: &'n Key<'n>) -> Scalar<'n> {
        Scalar { text: &key.text, span: key.span }
    }
}

impl<'n> Reader<'n> {
    pub(super) fn new(sources: &'n Sources) -> Reader<'n> {
        Reader { sources, problems: Problems::default() }
    }

    pub(super) fn scalar(&mut self, node: &'n Node<'n>, expected: &str) -> Option<Scalar<'n>> {
        if matches!(node.content, Content::Mapping(_))
            && self.sources.text(node.span).starts_with('{')
            && let Some(problem) = yaml::mismatch(node, expected)
        {
            self.problems.push(problem.help("a text that starts with `{` stands in quotes"));
            return None;
        }
        let text = yaml::text(node, expected, &mut self.problems)?;
        Some(Scalar { text, span: node.span })
    }

    /// What one text holds; the grammar decides, down to its end.
    pub(super) fn parse<T>(
        &mut self,
        scalar: &Scalar<'n>,
        rule: Rule,
        build: impl FnOnce(&mut Builder, &Pair<'n, Rule>) -> Option<T>,
    ) -> Option<T> {
        let place = Place::Scalar(Origin::of(self.sources, scalar.span, scalar.text));
        if let Some(at) = scan::comment(scalar.text) {
            let problem = Diagnostic::error(Code::Syntax, "a comment can't stand inside a text of YAML");
            let help = "write it as `# …` outside of the text; folded lines would make more of it a comment";
            self.problems.push(problem.at(place.span(at, at + 2), "").help(help));
            return None;
        }
        if let Some(excess) = scan::excesses(scalar.text).first() {
            self.problems.push(excessive(excess.kind, place.span(excess.at, excess.end)));
            return None;
        }
        match Grammar::parse(rule, scalar.text) {
            Err(error) => {
                let problem = expected::syntax_error(&place, scalar.text, 0, &error);
                self.problems.push(if self.ends_at_comment(scalar.span) {
                    problem.help("a ` #` ends the text: one that holds it stands in quotes, or in a block")
                } else {
                    problem
                });
                None
            }
            Ok(mut pairs) => {
                let mut builder = Builder::new(place);
                let built = pairs.next().and_then(|pair| build(&mut builder, &pair));
                if built.is_none() && builder.diagnostics.is_empty() {
                    let problem = Diagnostic::error(Code::Syntax, "this text can't be read");
                    self.problems.push(problem.at(scalar.span, ""));
                }
                // A mistake in a part that could be left out would otherwise be a gap.
                let is_good = builder.diagnostics.is_empty();
                for problem in builder.diagnostics {
                    self.problems.push(problem);
                }
                built.filter(|_| is_good)
            }
        }
    }

    /// Whether a comment stands behind a text without quotes, and may have been meant as a part of it.
    fn ends_at_comment(&self, span: Span) -> bool {
        let behind = self.sources.get(span.source).and_then(|source| source.text.get(span.end as usize..));
        let is_followed = behind.is_some_and(|rest| rest.trim_start_matches([' ', '\t']).starts_with('#'));
        is_followed && !self.sources.text(span).starts_with(['"', '\'', '|', '>'])
    }

    /// The name of a type, an action or an attribute. One that is no word needs no quotes but YAML's own, as long as it
    /// can't be taken for several.
    pub(super) fn wire_name(&mut self, scalar: &Scalar<'n>, rule: Rule) -> Option<Name<'n>> {
        if is_wire_name(scalar.text) {
            return Some(Name { text: scalar.text, span: scalar.span });
        }
        if self.is_spaced(scalar, rule) {
            return None;
        }
        self.name(scalar, rule)
    }

    /// Whether a name holds a space and no quotes of its own, which is told.
    pub(super) fn is_spaced(&mut self, scalar: &Scalar<'n>, rule: Rule) -> bool {
        let is_part = |character: char| character.is_ascii_alphanumeric() || " _-.:".contains(character);
        let (name, optional) = match scalar.text.strip_suffix('?') {
            Some(name) => (name, "?"),
            None => (scalar.text, ""),
        };
        let is_spaced = name.trim().contains(' ') && name.chars().all(is_part);
        if is_spaced {
            let problem = Diagnostic::error(Code::Syntax, "these are several words, and a name is one");
            let quoted = format!("quotes of its own within those of YAML: `'\"{name}\"{optional}'`");
            let help = if rule == Rule::yaml_action {
                let several = name.split_whitespace().collect::<Vec<_>>().join(", ");
                format!("several stand in a list, `[{several}]`; one that is called so has {quoted}")
            } else {
                format!("if it is called so, it has {quoted}")
            };
            self.problems.push(problem.at(scalar.span, "").help(help));
        }
        is_spaced
    }

    /// A text that is one name.
    pub(super) fn name(&mut self, scalar: &Scalar<'n>, rule: Rule) -> Option<Name<'n>> {
        self.parse(scalar, rule, |builder, pair| builder.wire_name(&pair.clone().into_inner().next()?))
    }

    pub(super) fn text_of(&mut self, node: &'n Node<'n>, expected: &str, rule: Rule) -> Option<Name<'n>> {
        let scalar = self.scalar(node, expected)?;
        self.name(&scalar, rule)
    }

    /// One action, or a list of actions.
    pub(super) fn actions(&mut self, node: &'n Node<'n>) -> Option<Vec<Name<'n>>> {
        let expected = "an action, or a list of actions";
        let mut actions = Vec::new();
        for item in self.items(node, expected)? {
            let scalar = self.scalar(item, expected);
            actions.push(scalar.and_then(|scalar| self.wire_name(&scalar, Rule::yaml_action)));
        }
        actions.into_iter().collect()
    }

    /// One name, or a list of names.
    pub(super) fn texts_of(
        &mut self,
        node: &'n Node<'n>,
        expected: &str,
        rule: Rule,
    ) -> Option<Vec<Name<'n>>> {
        let names: Vec<_> =
            self.items(node, expected)?.iter().map(|item| self.text_of(item, expected, rule)).collect();
        names.into_iter().collect()
    }

    /// One name that may be another package's, or a list of such names.
    pub(super) fn references_of(
        &mut self,
        node: &'n Node<'n>,
        expected: &str,
        rule: Rule,
    ) -> Option<Vec<Qualified<'n>>> {
        let mut names = Vec::new();
        for item in self.items(node, expected)? {
            names.push(self.scalar(item, expected).and_then(|scalar| {
                self.parse(&scalar, rule, |builder, pair| {
                    builder.qualified(&pair.clone().into_inner().next()?)
                })
            }));
        }
        names.into_iter().collect()
    }

    /// The permissions of a text or a list of texts, and how the policy form writes them.
    pub(super) fn targets(&mut self, node: &'n Node<'n>) -> Option<(Vec<Target<'n>>, String)> {
        let expected = "a permission such as `reports:read`, or a list of permissions";
        let mut found = Vec::new();
        for item in self.items(node, expected)? {
            found.push(self.scalar(item, expected).and_then(|text| {
                let targets =
                    self.parse(&text, Rule::yaml_permission, |builder, pair| builder.targets(pair))?;
                Some((targets, text.text))
            }));
        }
        let found: Vec<_> = found.into_iter().collect::<Option<_>>()?;
        let texts: Vec<&str> = found.iter().map(|(_, text)| *text).collect();
        let written = texts.join(", ");
        Some((found.into_iter().flat_map(|(targets, _)| targets).collect(), written))
    }

    /// A condition or a list of conditions, each with its text.
    pub(super) fn conditions(&mut self, node: &'n Node<'n>) -> Option<Vec<(Expr<'n>, &'n str)>> {
        let items = self.items(node, "a condition, or a list of conditions")?;
        if let Some(excess) = items.get(CONDITION_NODES_MAX) {
            let message = format!("the conditions have more than {CONDITION_NODES_MAX} parts");
            self.problems.push(Diagnostic::error(Code::TooLarge, message).at(excess.span, ""));
            return None;
        }
        let conditions: Vec<_> = items.iter().map(|item| self.single_condition(item)).collect();
        conditions.into_iter().collect()
    }

    /// The one condition that a list of conditions means, and how the policy form writes it.
    pub(super) fn condition(&mut self, node: &'n Node<'n>) -> Option<(Expr<'n>, String)> {
        let mut conditions = self.conditions(node)?;
        if conditions.len() < 2 {
            return conditions.pop().map(|(expr, text)| (expr, text.to_owned()));
        }
        let (mut all, mut texts) = (Vec::new(), Vec::new());
        for (expr, text) in conditions {
            let span = expr.span;
            let is_open = expr.is_open();
            match expr.kind {
                kind if is_open || reaches_right(&kind) => {
                    let expr = Expr { kind, span };
                    all.push(Expr { kind: ExprKind::Group(Box::new(expr)), span });
                    texts.push(format!("({text})"));
                }
                ExprKind::And(parts) => {
                    all.extend(parts);
                    texts.push(text.to_owned());
                }
                kind => {
                    all.push(Expr { kind, span });
                    texts.push(text.to_owned());
                }
            }
        }
        Some((Expr { kind: ExprKind::And(all), span: node.span }, texts.join(" and ")))
    }

    fn single_condition(&mut self, node: &'n Node<'n>) -> Option<(Expr<'n>, &'n str)> {
        let scalar = match &node.content {
            // The words mean the same in both languages.
            Content::Bool(true) => Scalar { text: "true", span: node.span },
            Content::Bool(false) => Scalar { text: "false", span: node.span },
            Content::Null
            | Content::Int(_)
            | Content::Time(_)
            | Content::Text(_)
            | Content::List(_)
            | Content::Mapping(_)
            | Content::Unreadable => self.scalar(node, "a condition")?,
        };
        let expr = self.parse(&scalar, Rule::yaml_condition, |builder, pair| {
            builder.expression(pair.clone().into_inner().next()?)
        })?;
        Some((expr, scalar.text))
    }

    /// The items of a list, or the one node that stands for a list of one.
    pub(super) fn items(&mut self, node: &'n Node<'n>, expected: &str) -> Option<&'n [Node<'n>]> {
        let Content::List(items) = &node.content else { return Some(std::slice::from_ref(node)) };
        if items.is_empty() {
            let message = format!("expected {expected}, found an empty list");
            let problem = Diagnostic::error(Code::YamlShape, message).at(node.span, "");
            self.problems.push(problem.help("leave the key out if there is nothing to say"));
            return None;
        }
        Some(items)
    }
}

/// Where each of so many clauses stands that one key has: one is the whole, several are the items of its list.
pub(super) fn spans(node: &Node<'_>, whole: Span, count: usize) -> Vec<Span> {
    match &node.content {
        Content::List(items) if count > 1 => items.iter().map(|item| item.span).collect(),
        _ => vec![whole; count],
    }
}

/// Whether a text is a name that other systems use and that no declaration of ours could have: it is no word, or one of the
/// language.
pub(in crate::language::syntax) fn is_wire_name(text: &str) -> bool {
    let is_word = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let is_odd = |character: char| character.is_whitespace() || "\"'`,;(){}[]<>*?/".contains(character);
    let starts = text.starts_with(|first: char| first.is_ascii_digit());
    !text.is_empty()
        && !text.contains(is_odd)
        && (starts || !text.chars().all(is_word) || !is_identifier(text))
}

/// Whether an `and` behind it would become a part of it.
pub(in crate::language::syntax) fn reaches_right(kind: &ExprKind<'_>) -> bool {
    match kind {
        ExprKind::Or(_) | ExprKind::Quantified(_) => true,
        ExprKind::And(_)
        | ExprKind::Not(_)
        | ExprKind::Compare(..)
        | ExprKind::Arithmetic(..)
        | ExprKind::Combined(..)
        | ExprKind::Group(_)
        | ExprKind::Has(_)
        | ExprKind::Read(_)
        | ExprKind::OrElse(..)
        | ExprKind::Party(_)
        | ExprKind::Now
        | ExprKind::WallClock(..)
        | ExprKind::Reference(_)
        | ExprKind::Call(..)
        | ExprKind::Literal(_) => false,
    }
}
