//! Rules of the YAML form, clause by clause.

use super::super::build::part;
use super::super::canonical;
use super::super::escape::quoted;
use super::super::parse::Rule;
use super::super::tree::{Clause, ClauseKind, Directive, Name, Qualified, Rule as PolicyRule, Target, Text};
use super::texts::{Reader, Scalar, spans};
use super::{has_gaps, whole};
use crate::document::yaml::{self, Entry, Fields, Node};
use crate::document::{Code, Diagnostic, Span};
use crate::language::policy::Effect;

const KEYS: [&str; 13] = [
    "annotations",
    "allow",
    "deny",
    "named",
    "to",
    "except",
    "when",
    "unless",
    "priority",
    "because",
    "advise",
    "oblige",
    "overridable",
];

/// What a rule allows or denies.
struct Head<'n> {
    effect: Effect,
    word: Span,
    targets: Vec<Target<'n>>,
    text: String,
}

/// One of those whom a rule binds.
enum Bound<'n> {
    Anyone(Span),
    Role(Qualified<'n>),
}

impl<'n> Reader<'n> {
    pub(super) fn rule(&mut self, node: &'n Node<'n>) -> Option<PolicyRule<'n>> {
        let errors = self.problems.errors();
        let fields = Fields::read(node, "a rule", &KEYS, &mut self.problems)?;
        let entries = yaml::entries(node, "a rule", &mut self.problems)?;
        let annotations = self.annotations(&fields);
        let head = self.head(node, entries);
        let mut clauses = Vec::new();
        let mut texts = String::new();
        for entry in entries {
            if let Some((kinds, text)) = self.clauses(entry) {
                let spans = spans(&entry.value, whole(entry), kinds.len());
                clauses.extend(kinds.into_iter().zip(spans).map(|(kind, span)| Clause { kind, span }));
                texts.push_str(&text);
            }
        }
        // Half a rule might allow what the whole one does not.
        if self.problems.errors() > errors || has_gaps(node) {
            return None;
        }
        let Head { effect, word, targets, mut text } = head?;
        text.push_str(&texts);
        Some(PolicyRule {
            annotations: annotations?,
            effect,
            word,
            targets,
            clauses,
            tokens: canonical(&text),
            span: node.span,
        })
    }

    fn head(&mut self, node: &'n Node<'n>, entries: &'n [Entry<'n>]) -> Option<Head<'n>> {
        let mut heads = entries.iter().filter(|entry| matches!(entry.key.text.as_ref(), "allow" | "deny"));
        let Some(entry) = heads.next() else {
            let problem = Diagnostic::error(Code::YamlMissingKey, "a rule needs `allow` or `deny`");
            self.problems.push(problem.at(node.span, ""));
            return None;
        };
        for other in heads {
            let problem = Diagnostic::error(Code::YamlShape, "a rule either allows or denies");
            let problem = problem.at(other.key.span, "").related(entry.key.span, "the first one");
            self.problems.push(problem.help("make two rules of it"));
        }
        let effect = if entry.key.text == "allow" { Effect::Allow } else { Effect::Deny };
        let (targets, written) = self.targets(&entry.value)?;
        Some(Head { effect, word: entry.key.span, targets, text: format!("{} {written}", entry.key.text) })
    }

    /// The clauses of one key, and how the policy form writes them. What is wrong with them has been said.
    fn clauses(&mut self, entry: &'n Entry<'n>) -> Option<(Vec<ClauseKind<'n>>, String)> {
        let (word, node) = (entry.key.text.as_ref(), &entry.value);
        let (kind, text) = match word {
            "named" => {
                let name = self.text_of(node, "the rule's name", Rule::yaml_rule)?;
                (ClauseKind::Named(name), name.text.to_owned())
            }
            "to" => self.audience(node)?,
            "except" => {
                let roles = self.references_of(node, "a role, or a list of roles", Rule::yaml_parent)?;
                let text = joined(&roles);
                (ClauseKind::Except(roles), text)
            }
            "when" => {
                let (mut kinds, mut text) = (Vec::new(), String::new());
                for (condition, written) in self.conditions(node)? {
                    kinds.push(ClauseKind::When(condition));
                    for part in [" when ", written] {
                        text.push_str(part);
                    }
                }
                return Some((kinds, text));
            }
            "unless" => {
                let (condition, text) = self.condition(node)?;
                (ClauseKind::Unless(condition), text)
            }
            "priority" => {
                let number = yaml::int(node, "a number", &mut self.problems)?;
                let digits = Name { text: self.sources.text(node.span), span: node.span };
                (ClauseKind::Priority(digits), number.to_string())
            }
            "because" => {
                let text = self.scalar(node, "a text")?;
                let literal = quoted(text.text);
                (ClauseKind::Because(Text { value: text.text.into(), span: text.span }), literal)
            }
            "advise" => return self.directives(node, word, ClauseKind::Advise),
            "oblige" => return self.directives(node, word, ClauseKind::Oblige),
            "overridable" => {
                let is_overridable = yaml::bool(node, "`true` or `false`", &mut self.problems)?;
                let kinds = if is_overridable { vec![ClauseKind::Overridable] } else { Vec::new() };
                return Some((kinds, if is_overridable { " overridable" } else { "" }.to_owned()));
            }
            _ => return None,
        };
        Some((vec![kind], format!(" {word} {text}")))
    }

    fn audience(&mut self, node: &'n Node<'n>) -> Option<(ClauseKind<'n>, String)> {
        let expected = "a role, a list of roles, or `anyone`";
        let mut bound = Vec::new();
        for item in self.items(node, expected)? {
            let scalar = self.scalar(item, expected);
            bound.push(scalar.and_then(|scalar| self.bound(&scalar)));
        }
        let bound: Vec<Bound<'n>> = bound.into_iter().collect::<Option<_>>()?;
        if let [Bound::Anyone(_)] = bound.as_slice() {
            return Some((ClauseKind::Anyone, "anyone".to_owned()));
        }
        let mut roles = Vec::with_capacity(bound.len());
        for bound in bound {
            match bound {
                Bound::Role(name) => roles.push(name),
                Bound::Anyone(span) => {
                    let problem = Diagnostic::error(Code::Syntax, "`anyone` stands alone").at(span, "");
                    self.problems.push(problem.help("write `to: anyone`: every role is among them"));
                    return None;
                }
            }
        }
        let text = joined(&roles);
        Some((ClauseKind::To(roles), text))
    }

    fn bound(&mut self, scalar: &Scalar<'n>) -> Option<Bound<'n>> {
        self.parse(scalar, Rule::yaml_audience, |builder, pair| {
            Some(match part(pair, Rule::kw_anyone) {
                Some(_) => Bound::Anyone(scalar.span),
                None => Bound::Role(builder.referred(pair, Rule::role_reference)?),
            })
        })
    }

    fn directives(
        &mut self,
        node: &'n Node<'n>,
        word: &str,
        kind: fn(Directive<'n>) -> ClauseKind<'n>,
    ) -> Option<(Vec<ClauseKind<'n>>, String)> {
        let expected = "a text such as `step_up(amr: \"mfa\")`, or a list of such texts";
        let (mut kinds, mut texts) = (Vec::new(), String::new());
        for item in self.items(node, expected)? {
            let Some(scalar) = self.scalar(item, expected) else { continue };
            let directive = self.parse(&scalar, Rule::yaml_directive, |builder, pair| {
                builder.directive(&part(pair, Rule::directive)?)
            });
            kinds.extend(directive.map(kind));
            for part in [" ", word, " ", scalar.text] {
                texts.push_str(part);
            }
        }
        Some((kinds, texts))
    }
}

fn joined(names: &[Qualified<'_>]) -> String {
    names.iter().map(Qualified::to_string).collect::<Vec<_>>().join(", ")
}
