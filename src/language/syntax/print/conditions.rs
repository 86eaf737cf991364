//! Conditions and literals: on a line if they fit, else broken where they bind loosest.

use std::fmt::Write as _;

use super::Printer;
use super::lines::{Blanks, Block, INDENT, fits, line, wrap};
use crate::document::Span;
use crate::language::policy::{Comparison, Operator, Party, Quantifier, SetOperator, SetRelation, WallClock};
use crate::language::syntax::escape::quoted;
use crate::language::syntax::identifier::is_identifier;
use crate::language::syntax::tree::{
    Comparator, ComparatorKind, Expr, ExprKind, Literal, LiteralKind, Name, Qualified, Quantified, SetSign,
    Sign, Text,
};

impl Printer<'_> {
    /// A condition that starts in this column.
    pub(super) fn condition(&mut self, expr: &Expr<'_>, column: usize) -> String {
        if !self.margin.has_comments(expr.span.range()) {
            let flat = self.flat(expr);
            if fits(&flat, column) {
                return flat;
            }
        }
        match &expr.kind {
            ExprKind::Or(parts) => self.chain("or", parts, column, binds_looser_than_and),
            ExprKind::And(parts) => self.chain("and", parts, column, binds_looser_than_not),
            ExprKind::Not(inner) if !binds_looser_than_not(inner) => {
                format!("not {}", self.condition(inner, column + 4))
            }
            ExprKind::Group(inner) => self.group(expr.span, inner, column),
            ExprKind::Quantified(quantified) => {
                let indent = column + INDENT;
                let body = self.condition(&quantified.body, indent);
                format!("{}{}{body}", self.heading(quantified), line(indent))
            }
            ExprKind::Compare(left, comparator, right) => match &right.kind {
                ExprKind::Literal(Literal { kind: LiteralKind::Set(elements), span })
                    if !elements.is_empty() =>
                {
                    let left = self.operand(left);
                    self.set(&format!("{left} {} ", sign(*comparator)), *span, elements, column)
                }
                _ => wrap(&self.flat(expr), column, column + INDENT),
            },
            ExprKind::Not(_)
            | ExprKind::Arithmetic(..)
            | ExprKind::Combined(..)
            | ExprKind::Has(_)
            | ExprKind::Read(_)
            | ExprKind::OrElse(..)
            | ExprKind::Party(_)
            | ExprKind::Now
            | ExprKind::WallClock(..)
            | ExprKind::Reference(_)
            | ExprKind::Call(..)
            | ExprKind::Literal(_) => wrap(&self.flat(expr), column, column + INDENT),
        }
    }

    fn chain(
        &mut self,
        word: &str,
        parts: &[Expr<'_>],
        column: usize,
        needs_parentheses: fn(&Expr<'_>) -> bool,
    ) -> String {
        let mut block = Block::new(String::new(), column, Blanks::Dropped);
        let mut before: Option<&Expr<'_>> = None;
        // What binds tighter stands further to the right, so that nobody reads `and` and `or` as one chain.
        let is_mixed = parts.iter().any(|part| matches!(part.kind, ExprKind::And(_)));
        let aside = if is_mixed { word.len() + 1 } else { 0 };
        for (number, part) in (1..).zip(parts) {
            let indent = if before.is_some() { column + word.len() + 1 } else { column + aside };
            let text = if needs_parentheses(part) || part.is_open() && number < parts.len() {
                self.group(part.span, part, indent)
            } else {
                self.condition(part, indent)
            };
            match before {
                None => block = Block::new(format!("{}{text}", " ".repeat(aside)), column, Blanks::Dropped),
                Some(before) => {
                    block.comments(&self.margin.take(before.span.range().end..part.span.range().start));
                    block.line(false, &format!("{word} {text}"));
                }
            }
            before = Some(part);
        }
        block.finish()
    }

    fn group(&mut self, span: Span, inner: &Expr<'_>, column: usize) -> String {
        let (whole, within) = (span.range(), inner.span.range());
        let text = self.condition(inner, column + INDENT);
        let mut block = Block::new("(".to_owned(), column + INDENT, Blanks::Dropped);
        block.comments(&self.margin.take(whole.start..within.start));
        block.line(false, &text);
        block.comments(&self.margin.take(within.end..whole.end));
        format!("{}{})", block.finish(), line(column))
    }

    /// A set that does not fit on the line of what stands before it, or has comments.
    fn set(&mut self, before: &str, span: Span, elements: &[Literal<'_>], column: usize) -> String {
        let items: Vec<_> =
            elements.iter().map(|element| (element.span.range(), self.literal(element))).collect();
        let whole = span.range();
        let first = items.first().map_or(whole.end, |(range, _)| range.start);
        let last = items.last().map_or(whole.end, |(range, _)| range.end);
        let text = self.list(&items, column + INDENT);
        let mut block = Block::new(format!("{before}["), column + INDENT, Blanks::Dropped);
        block.comments(&self.margin.take(whole.start..first));
        block.line(false, &text);
        block.comments(&self.margin.take(last..whole.end));
        format!("{}{}]", block.finish(), line(column))
    }

    /// A condition on one line.
    pub(super) fn flat(&self, expr: &Expr<'_>) -> String {
        match &expr.kind {
            ExprKind::Quantified(quantified) => {
                format!("{} {}", self.heading(quantified), self.flat(&quantified.body))
            }
            ExprKind::Or(parts) => self.joined(" or ", parts, binds_looser_than_and),
            ExprKind::And(parts) => self.joined(" and ", parts, binds_looser_than_not),
            ExprKind::Not(inner) => format!("not {}", self.guarded(inner, binds_looser_than_not)),
            ExprKind::Compare(left, comparator, right) => {
                format!("{} {} {}", self.operand(left), sign(*comparator), self.operand(right))
            }
            ExprKind::Arithmetic(first, rest) => self.arithmetic(first, rest),
            ExprKind::Combined(first, rest) => self.combined(first, rest),
            ExprKind::Group(inner) => format!("({})", self.flat(inner)),
            ExprKind::Has(path) => format!("has {}", path.text),
            ExprKind::Read(path) => path.text.to_owned(),
            ExprKind::OrElse(path, literal) => format!("{} or_else {}", path.text, self.literal(literal)),
            ExprKind::Party(Party::Subject) => "subject".to_owned(),
            ExprKind::Party(Party::Resource) => "resource".to_owned(),
            ExprKind::Now => "now".to_owned(),
            ExprKind::WallClock(part, zone) => {
                let part = match part {
                    WallClock::Date => "date",
                    WallClock::Time => "time",
                };
                format!("{part}(now, {})", self.name(zone))
            }
            ExprKind::Reference(name) => self.name(name),
            ExprKind::Call(name, arguments) => {
                let arguments: Vec<String> = arguments.iter().map(|part| self.operand(part)).collect();
                format!("{}({})", self.qualified(name), arguments.join(", "))
            }
            ExprKind::Literal(literal) => self.single(literal),
        }
    }

    fn joined(&self, between: &str, parts: &[Expr<'_>], needs_parentheses: fn(&Expr<'_>) -> bool) -> String {
        let part = |(number, part): (usize, &Expr<'_>)| {
            let flat = self.flat(part);
            let is_amid = part.is_open() && number < parts.len();
            if needs_parentheses(part) || is_amid { format!("({flat})") } else { flat }
        };
        (1..).zip(parts).map(part).collect::<Vec<_>>().join(between)
    }

    fn heading(&self, quantified: &Quantified<'_>) -> String {
        let word = match quantified.quantifier {
            Quantifier::Any => "any",
            Quantifier::All => "all",
        };
        format!("{word} {} in {}:", self.name(&quantified.variable), self.operand(&quantified.set))
    }

    fn arithmetic(&self, first: &Expr<'_>, rest: &[(Sign, Expr<'_>)]) -> String {
        let is_product = rest.iter().any(|(sign, _)| sign.operator == Operator::Multiply);
        let binds_looser = if is_product { is_no_factor } else { is_no_term };
        let mut text = self.guarded(first, binds_looser);
        for (sign, part) in rest {
            let sign = match sign.operator {
                Operator::Add => "+",
                Operator::Subtract => "-",
                Operator::Multiply => "*",
            };
            let _ = write!(text, " {sign} {}", self.guarded(part, binds_looser));
        }
        text
    }

    fn combined(&self, first: &Expr<'_>, rest: &[(SetSign, Expr<'_>)]) -> String {
        let mut text = self.guarded(first, is_no_set);
        for (sign, part) in rest {
            let word = match sign.operator {
                SetOperator::Union => "union",
                SetOperator::Intersect => "intersect",
                SetOperator::Minus => "minus",
            };
            let _ = write!(text, " {word} {}", self.guarded(part, is_no_set));
        }
        text
    }

    fn operand(&self, expr: &Expr<'_>) -> String {
        self.guarded(expr, is_no_operand)
    }

    /// In parentheses where a tree that no parser made has none.
    fn guarded(&self, expr: &Expr<'_>, needs_parentheses: fn(&Expr<'_>) -> bool) -> String {
        let flat = self.flat(expr);
        if needs_parentheses(expr) { format!("({flat})") } else { flat }
    }

    /// Without its quotes an entity's type would be looked for among the definitions first.
    fn single(&self, literal: &Literal<'_>) -> String {
        match &literal.kind {
            LiteralKind::Entity(kind, id) if kind.package.is_none() && is_identifier(kind.name.text) => {
                format!("{}({})", quoted(kind.name.text), self.text(id))
            }
            _ => self.literal(literal),
        }
    }

    pub(super) fn literal(&self, literal: &Literal<'_>) -> String {
        if !matches!(literal.kind, LiteralKind::Set(_) | LiteralKind::Entity(..))
            && let Some(written) = self.margin.written(literal.span.range())
        {
            return written.to_owned();
        }
        match &literal.kind {
            LiteralKind::Text(value) => quoted(value),
            LiteralKind::Int(value) => value.to_string(),
            LiteralKind::Bool(value) => value.to_string(),
            LiteralKind::Temporal(_, text) => (*text).to_owned(),
            LiteralKind::Entity(kind, id) => format!("{}({})", self.qualified(kind), self.text(id)),
            LiteralKind::Set(elements) => {
                let elements: Vec<String> = elements.iter().map(|element| self.literal(element)).collect();
                format!("[{}]", elements.join(", "))
            }
        }
    }

    /// As its author wrote it, with the escapes that were used.
    pub(super) fn text(&self, text: &Text) -> String {
        self.margin.written(text.span.range()).map_or_else(|| quoted(&text.value), str::to_owned)
    }

    /// A name that may be what is on the wire: in quotes, unless it is an identifier.
    pub(super) fn wire(&self, name: &Name<'_>) -> String {
        let written = self.margin.written(name.span.range()).map(str::to_owned);
        written.unwrap_or_else(|| match name.text {
            "organization" => name.text.to_owned(),
            text if is_identifier(text) => text.to_owned(),
            text => quoted(text),
        })
    }

    /// The name of an attribute or an action, which may be any word.
    pub(super) fn member_name(&self, name: &Name<'_>) -> String {
        let is_word = |character: char| character.is_ascii_alphanumeric() || character == '_';
        let starts = |first: char| first.is_ascii_alphabetic() || first == '_';
        let written = self.margin.written(name.span.range());
        let is_bare = written.is_none() && name.text.starts_with(starts) && name.text.chars().all(is_word);
        if is_bare { name.text.to_owned() } else { self.wire(name) }
    }

    /// The name of an action within a permission or a route.
    pub(super) fn action_name(&self, name: &Name<'_>) -> String {
        if self.margin.is_quoted(name.span.range()) { quoted(name.text) } else { self.member_name(name) }
    }

    pub(super) fn qualified(&self, name: &Qualified<'_>) -> String {
        let is_quoted = self.margin.is_quoted(name.name.span.range());
        let bare = if is_quoted { quoted(name.name.text) } else { self.wire(&name.name) };
        name.package.map_or_else(|| bare.clone(), |package| format!("{}.{bare}", package.text))
    }

    pub(super) fn name(&self, name: &Name<'_>) -> String {
        self.margin.written(name.span.range()).unwrap_or(name.text).to_owned()
    }
}

fn binds_looser_than_and(expr: &Expr<'_>) -> bool {
    matches!(expr.kind, ExprKind::Or(_))
}

fn binds_looser_than_not(expr: &Expr<'_>) -> bool {
    matches!(expr.kind, ExprKind::Or(_) | ExprKind::And(_))
}

fn is_no_operand(expr: &Expr<'_>) -> bool {
    binds_looser_than_not(expr)
        || matches!(expr.kind, ExprKind::Not(_) | ExprKind::Compare(..) | ExprKind::Quantified(_))
}

fn is_no_set(expr: &Expr<'_>) -> bool {
    is_no_operand(expr) || matches!(expr.kind, ExprKind::Combined(..))
}

fn is_no_factor(expr: &Expr<'_>) -> bool {
    is_no_set(expr) || matches!(expr.kind, ExprKind::Arithmetic(..))
}

/// A product is a term, a sum is none.
fn is_no_term(expr: &Expr<'_>) -> bool {
    match &expr.kind {
        ExprKind::Arithmetic(_, rest) => rest.iter().any(|(sign, _)| sign.operator != Operator::Multiply),
        _ => is_no_set(expr),
    }
}

fn sign(comparator: Comparator) -> &'static str {
    match comparator.kind {
        ComparatorKind::Compare(Comparison::Equal) => "==",
        ComparatorKind::Compare(Comparison::NotEqual) => "!=",
        ComparatorKind::Compare(Comparison::Less) => "<",
        ComparatorKind::Compare(Comparison::LessOrEqual) => "<=",
        ComparatorKind::Compare(Comparison::Greater) => ">",
        ComparatorKind::Compare(Comparison::GreaterOrEqual) => ">=",
        ComparatorKind::In => "in",
        ComparatorKind::Is => "is",
        ComparatorKind::Like => "like",
        ComparatorKind::Matches => "matches",
        ComparatorKind::Sets(SetRelation::Subset) => "subset of",
        ComparatorKind::Sets(SetRelation::Overlaps) => "overlaps",
    }
}
