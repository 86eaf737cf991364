//! The parser's pairs to conditions and literals. The scan has bounded their nesting.

use pest::iterators::Pair;

use super::build::{Builder, part};
use super::escape::unescape;
use super::parse::Rule;
use super::scan;
use super::tree::{
    Comparator, ComparatorKind, Expr, ExprKind, Literal, LiteralKind, Name, Path, Quantified, SetSign, Sign,
    Start, Text,
};
use crate::document::{Code, Diagnostic, Span};
use crate::language::policy::{
    Comparison, Operator, Party, Quantifier, Root, SetOperator, SetRelation, WallClock,
};
use crate::model::Symbol;

impl Builder {
    pub(super) fn expression<'a>(&mut self, pair: Pair<'a, Rule>) -> Option<Expr<'a>> {
        self.chain(pair, Rule::conjunction, ExprKind::Or, |builder, pair| {
            builder.chain(pair, Rule::negation, ExprKind::And, |builder, pair| builder.negation(&pair))
        })
    }

    /// A chain of parts that one operator joins; one part alone is itself.
    fn chain<'a>(
        &mut self,
        pair: Pair<'a, Rule>,
        rule: Rule,
        join: fn(Vec<Expr<'a>>) -> ExprKind<'a>,
        mut build: impl FnMut(&mut Builder, Pair<'a, Rule>) -> Option<Expr<'a>>,
    ) -> Option<Expr<'a>> {
        let span = self.span(&pair);
        let mut parts = pair.into_inner().filter(|part| part.as_rule() == rule);
        let first = build(self, parts.next()?)?;
        let mut chain = vec![first];
        for part in parts {
            chain.push(build(self, part)?);
        }
        if chain.len() == 1 {
            return chain.pop();
        }
        // A long one would keep room for as many again.
        chain.shrink_to_fit();
        Some(Expr { kind: join(chain), span })
    }

    fn negation<'a>(&mut self, pair: &Pair<'a, Rule>) -> Option<Expr<'a>> {
        let end = self.span(pair);
        let nots: Vec<Span> = pair
            .clone()
            .into_inner()
            .filter(|part| part.as_rule() == Rule::kw_not)
            .map(|part| self.span(&part))
            .collect();
        let mut expr = match part(pair, Rule::quantified) {
            Some(quantified) => self.quantified(&quantified)?,
            None => self.comparison(part(pair, Rule::comparison)?)?,
        };
        for not in nots.into_iter().rev() {
            expr = Expr { kind: ExprKind::Not(Box::new(expr)), span: Span { start: not.start, ..end } };
        }
        Some(expr)
    }

    fn quantified<'a>(&mut self, pair: &Pair<'a, Rule>) -> Option<Expr<'a>> {
        let span = self.span(pair);
        let set = self.combination(part(pair, Rule::combination)?)?;
        let heading = Span { end: set.span.end, ..span };
        let is_any = part(pair, Rule::kw_any).is_some();
        let quantified = Quantified {
            quantifier: if is_any { Quantifier::Any } else { Quantifier::All },
            variable: self.named(pair, Rule::variable)?,
            set,
            body: self.expression(part(pair, Rule::expression)?)?,
            heading,
        };
        Some(Expr { kind: ExprKind::Quantified(Box::new(quantified)), span })
    }

    fn comparison<'a>(&mut self, pair: Pair<'a, Rule>) -> Option<Expr<'a>> {
        let span = self.span(&pair);
        let mut parts = pair.into_inner();
        let left = self.combination(parts.next()?)?;
        let Some(comparator) = parts.next() else { return Some(left) };
        let comparator = self.comparator(&comparator)?;
        let right = self.combination(parts.next()?)?;
        if let Some(second) = parts.next() {
            let is_place = self.is_in_role
                && part(&second, Rule::kw_in).is_some()
                && parts.next().is_some_and(|third| third.as_str().starts_with("organization"));
            let help = if is_place {
                "write the role's `in organization(…)` before its `when` and `unless`"
            } else {
                "join two comparisons with `and`"
            };
            self.diagnostics.push(
                Diagnostic::error(Code::ChainedComparison, "comparisons can't be chained")
                    .at(self.span(&second), "")
                    .help(help),
            );
            return None;
        }
        Some(Expr { kind: ExprKind::Compare(Box::new(left), comparator, Box::new(right)), span })
    }

    fn combination<'a>(&mut self, pair: Pair<'a, Rule>) -> Option<Expr<'a>> {
        let span = self.span(&pair);
        let mut parts = pair.into_inner();
        let first = self.sum(parts.next()?)?;
        let mut rest = Vec::new();
        while let Some(sign) = parts.next() {
            let operator = match sign.clone().into_inner().next()?.as_rule() {
                Rule::kw_union => SetOperator::Union,
                Rule::kw_intersect => SetOperator::Intersect,
                _ => SetOperator::Minus,
            };
            rest.push((SetSign { operator, span: self.span(&sign) }, self.sum(parts.next()?)?));
        }
        if rest.is_empty() {
            return Some(first);
        }
        Some(Expr { kind: ExprKind::Combined(Box::new(first), rest), span })
    }

    fn sum<'a>(&mut self, pair: Pair<'a, Rule>) -> Option<Expr<'a>> {
        self.arithmetic(pair, |builder, product| builder.arithmetic(product, Builder::operand))
    }

    /// A chain of parts from the left; one part alone is itself.
    fn arithmetic<'a>(
        &mut self,
        pair: Pair<'a, Rule>,
        build: impl Fn(&mut Builder, Pair<'a, Rule>) -> Option<Expr<'a>>,
    ) -> Option<Expr<'a>> {
        let span = self.span(&pair);
        let mut parts = pair.into_inner();
        let first = build(self, parts.next()?)?;
        let mut rest = Vec::new();
        while let Some(sign) = parts.next() {
            let operator = match sign.as_rule() {
                Rule::plus => Operator::Add,
                Rule::minus => Operator::Subtract,
                _ => Operator::Multiply,
            };
            rest.push((Sign { operator, span: self.span(&sign) }, build(self, parts.next()?)?));
        }
        if rest.is_empty() {
            return Some(first);
        }
        Some(Expr { kind: ExprKind::Arithmetic(Box::new(first), rest), span })
    }

    fn comparator(&self, pair: &Pair<'_, Rule>) -> Option<Comparator> {
        let kind = match pair.clone().into_inner().next()?.as_rule() {
            Rule::equal => ComparatorKind::Compare(Comparison::Equal),
            Rule::not_equal => ComparatorKind::Compare(Comparison::NotEqual),
            Rule::less => ComparatorKind::Compare(Comparison::Less),
            Rule::less_or_equal => ComparatorKind::Compare(Comparison::LessOrEqual),
            Rule::greater => ComparatorKind::Compare(Comparison::Greater),
            Rule::greater_or_equal => ComparatorKind::Compare(Comparison::GreaterOrEqual),
            Rule::kw_in => ComparatorKind::In,
            Rule::kw_is => ComparatorKind::Is,
            Rule::kw_like => ComparatorKind::Like,
            Rule::kw_matches => ComparatorKind::Matches,
            Rule::subset_of => ComparatorKind::Sets(SetRelation::Subset),
            Rule::kw_overlaps => ComparatorKind::Sets(SetRelation::Overlaps),
            _ => return None,
        };
        Some(Comparator { kind, span: self.span(pair) })
    }

    fn operand<'a>(&mut self, pair: Pair<'a, Rule>) -> Option<Expr<'a>> {
        let span = self.span(&pair);
        let kind = match pair.as_rule() {
            Rule::group => ExprKind::Group(Box::new(self.expression(part(&pair, Rule::expression)?)?)),
            Rule::presence => ExprKind::Has(self.path(&part(&pair, Rule::path)?)?),
            Rule::kw_now => ExprKind::Now,
            Rule::wall_clock => {
                let is_date = part(&pair, Rule::clock_part)?.as_str() == "date";
                let part = if is_date { WallClock::Date } else { WallClock::Time };
                ExprKind::WallClock(part, self.named(&pair, Rule::zone)?)
            }
            Rule::reading => {
                let path = self.path(&part(&pair, Rule::path)?)?;
                match part(&pair, Rule::kw_or_else) {
                    Some(_) => ExprKind::OrElse(path, self.literal(pair.into_inner().last()?)?),
                    None => ExprKind::Read(path),
                }
            }
            Rule::party if part(&pair, Rule::kw_subject).is_some() => ExprKind::Party(Party::Subject),
            Rule::party => ExprKind::Party(Party::Resource),
            Rule::reference => ExprKind::Reference(self.name(&pair)),
            Rule::call => {
                let callee = self.referred(&pair, Rule::callee)?;
                let arguments = pair.into_inner().filter(|part| part.as_rule() == Rule::combination);
                ExprKind::Call(callee, arguments.map(|part| self.combination(part)).collect::<Option<_>>()?)
            }
            _ => ExprKind::Literal(self.literal(pair)?),
        };
        Some(Expr { kind, span })
    }

    fn path<'a>(&mut self, pair: &Pair<'a, Rule>) -> Option<Path<'a>> {
        let (text, span) = (pair.as_str(), self.span(pair));
        let mut words = scan::tokens(text).filter(|token| token.kind != scan::Kind::Sign);
        let from = pair.as_span().start();
        let first = words.next()?;
        let start = match first.text {
            "subject" => Start::Root(Root::Subject),
            "resource" => Start::Root(Root::Resource),
            "action" => Start::Root(Root::Action),
            "context" => Start::Root(Root::Context),
            text => Start::Name(Name { text, span: self.place.span(from, from + first.end()) }),
        };
        let mut steps = Vec::new();
        for word in words {
            let at = from + word.start;
            let span = self.place.span(at, from + word.end());
            steps.push(match word.kind {
                scan::Kind::Text => {
                    Name { text: Symbol::intern(&self.unescaped(word.text, at)?).text(), span }
                }
                scan::Kind::Word | scan::Kind::Sign => Name { text: word.text, span },
            });
        }
        Some(Path { start, text, steps, span })
    }

    pub(super) fn literal<'a>(&mut self, pair: Pair<'a, Rule>) -> Option<Literal<'a>> {
        let span = self.span(&pair);
        let kind = match pair.as_rule() {
            Rule::text => LiteralKind::Text(self.text(&pair)?.value),
            Rule::integer => {
                self.plain(pair.as_str(), span)?;
                match pair.as_str().parse() {
                    Ok(value) => LiteralKind::Int(value),
                    Err(_) => return self.refuse(span, "the number does not fit in 64 bits", None),
                }
            }
            Rule::moment | Rule::clock | Rule::duration => {
                let value = self.temporal(&pair)?;
                LiteralKind::Temporal(value, pair.as_str())
            }
            Rule::boolean => LiteralKind::Bool(part(&pair, Rule::kw_true).is_some()),
            Rule::entity => {
                let kind = self.referred(&pair, Rule::value_type);
                let kind = kind.or_else(|| self.referred(&pair, Rule::wire_entity))?;
                LiteralKind::Entity(kind, self.text(&part(&pair, Rule::text)?)?)
            }
            Rule::set => LiteralKind::Set(
                pair.into_inner()
                    .filter(|part| {
                        !matches!(part.as_rule(), Rule::open_bracket | Rule::close_bracket | Rule::comma)
                    })
                    .map(|part| self.literal(part))
                    .collect::<Option<Vec<_>>>()?,
            ),
            _ => return None,
        };
        Some(Literal { kind, span })
    }

    /// Refuses a number with zeros in front: to some it is octal.
    pub(super) fn plain(&mut self, digits: &str, span: Span) -> Option<()> {
        match digits.parse::<i64>() {
            Ok(value) if value.to_string() != digits => {
                self.refuse(span, "a number has no zeros in front", Some(&format!("write `{value}`")))
            }
            Ok(_) | Err(_) => Some(()),
        }
    }

    /// A string literal, with its escapes undone.
    pub(super) fn text(&mut self, pair: &Pair<'_, Rule>) -> Option<Text> {
        let span = self.span(pair);
        Some(Text { value: self.unescaped(pair.as_str(), pair.as_span().start())?, span })
    }

    /// What a string literal stands for; `start` is where it begins in the text that was parsed.
    pub(super) fn unescaped(&mut self, literal: &str, start: usize) -> Option<Box<str>> {
        let written = literal.strip_prefix('"')?.strip_suffix('"')?;
        let mut value = String::with_capacity(written.len());
        let mut rest = written;
        while let Some((plain, escape)) = rest.split_once('\\') {
            value.push_str(plain);
            let at = start + 1 + (written.len() - escape.len()) - 1;
            let Some((character, length)) = unescape(escape) else {
                let length = escape.chars().next().map_or(0, char::len_utf8);
                let place = self.place.span(at, at + 1 + length);
                let help = "write `\\\"`, `\\\\`, `\\n`, `\\t` or `\\u{e9}`";
                return self.refuse(place, "unknown escape in a string", Some(help));
            };
            value.push(character);
            rest = escape.get(length..)?;
        }
        value.push_str(rest);
        Some(value.into())
    }

    pub(super) fn refuse<T>(&mut self, span: Span, message: &str, help: Option<&str>) -> Option<T> {
        let diagnostic = Diagnostic::error(Code::BadLiteral, message).at(span, "");
        self.diagnostics.push(match help {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        });
        None
    }
}
