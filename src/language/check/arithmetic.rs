//! Sums, differences and products.

use super::conditions::{Conditions, Kind, Typed};
use crate::document::{Code, Diagnostic, Span};
use crate::language::policy::{Operand, Operator};
use crate::language::syntax::tree::{self, Sign};
use crate::model::duration::MICROS_PER_DAY;
use crate::model::{Type, Value};

impl<'a> Conditions<'_, '_, '_, 'a> {
    /// A chain of one precedence, worked out from the left.
    pub(super) fn arithmetic(
        &mut self,
        first: &tree::Expr<'a>,
        rest: &[(Sign, tree::Expr<'a>)],
        span: Span,
    ) -> Option<Typed> {
        // All are looked at, so that all mistakes are told.
        let first = self.operand(first);
        let rest: Vec<(Sign, Option<Typed>)> =
            rest.iter().map(|(sign, part)| (*sign, self.operand(part))).collect();
        let rest = rest.into_iter().map(|(sign, part)| Some((sign, part?))).collect::<Option<Vec<_>>>();
        let (first, rest) = (first?, rest?);
        if let Some(now) = std::iter::once(&first)
            .chain(rest.iter().map(|(_, part)| part))
            .find(|part| part.kind == Kind::Now)
        {
            let shifted = shifted_now(&first, &rest);
            if shifted.is_none() {
                self.report.error_with_help(
                    Code::MisplacedNow,
                    now.span,
                    "`now` can only be moved by one duration",
                    "write `now + DURATION` or `now - DURATION` and compare it with an instant",
                );
            }
            return Some(Typed { operand: shifted?, kind: Kind::Now, span });
        }
        let mut left = first.clone();
        let mut operands = Vec::with_capacity(rest.len());
        for (sign, right) in rest {
            let Some(ty) = result(&left.kind, sign.operator, &right.kind) else {
                self.report_no_arithmetic(&left, sign, &right);
                return None;
            };
            self.check_whole_days(&ty, &left, &right)?;
            let span = left.span.to(right.span);
            operands.push((sign.operator, right.operand));
            let operand = Operand::Arithmetic(Box::new(first.operand.clone()), operands.clone());
            left = Typed { operand, kind: Kind::Value(ty), span };
        }
        Some(Typed { span, ..left })
    }

    fn report_no_arithmetic(&mut self, left: &Typed, sign: Sign, right: &Typed) {
        let is_clock = [left, right].iter().any(|part| matches!(part.kind, Kind::WallClock(_)));
        let is_time = [left, right].iter().any(|part| part.kind == Kind::Value(Type::Time));
        let (left, right) = (self.described(left), self.described(right));
        let message = match sign.operator {
            Operator::Add => format!("{left} and {right} can't be added"),
            Operator::Subtract => format!("{right} can't be subtracted from {left}"),
            Operator::Multiply => format!("{left} and {right} can't be multiplied"),
        };
        let help = match sign.operator {
            _ if is_clock => "move what the clock is compared with, as in `date(now, ZONE) < DATE + 30d`",
            _ if is_time => {
                "a time of day can't be moved, as it may pass midnight: write the time that is meant, or move an instant"
            }
            Operator::Add | Operator::Subtract => {
                "ints and durations can be added and subtracted, and a duration moves an instant or a date"
            }
            Operator::Multiply => "two ints can be multiplied",
        };
        self.report.add(Diagnostic::error(Code::TypeMismatch, message).at(sign.span, "").help(help));
    }

    /// A date has no hours: what a literal says about them would be lost, so it may not say it.
    fn check_whole_days(&mut self, result: &Type, left: &Typed, right: &Typed) -> Option<()> {
        if *result != Type::Date {
            return Some(());
        }
        for part in [left, right] {
            if let Operand::Literal(Value::Duration(duration)) = &part.operand
                && duration.micros() % MICROS_PER_DAY != 0
            {
                self.report.error_with_help(
                    Code::BadLiteral,
                    part.span,
                    "a date can only be moved by whole days",
                    "write days, as in `2d`",
                );
                return None;
            }
        }
        Some(())
    }
}

/// `now + d`, `now - d`, `d + now`.
fn shifted_now(first: &Typed, rest: &[(Sign, Typed)]) -> Option<Operand> {
    let [(sign, second)] = rest else { return None };
    let is_duration = |typed: &Typed| typed.kind == Kind::Value(Type::Duration);
    let (operator, duration) = match (&first.operand, sign.operator, &second.operand) {
        (Operand::Now, Operator::Add | Operator::Subtract, _) if is_duration(second) => {
            (sign.operator, second)
        }
        (_, Operator::Add, Operand::Now) if is_duration(first) => (Operator::Add, first),
        _ => return None,
    };
    Some(Operand::NowAnd(operator, Box::new(duration.operand.clone())))
}

/// What the operation comes to, if there is one between these types.
fn result(left: &Kind, operator: Operator, right: &Kind) -> Option<Type> {
    let (Kind::Value(left), Kind::Value(right)) = (left, right) else { return None };
    match (left, operator, right) {
        (Type::Int, _, Type::Int) => Some(Type::Int),
        (Type::Instant, Operator::Add | Operator::Subtract, Type::Duration)
        | (Type::Duration, Operator::Add, Type::Instant) => Some(Type::Instant),
        (Type::Date, Operator::Add | Operator::Subtract, Type::Duration)
        | (Type::Duration, Operator::Add, Type::Date) => Some(Type::Date),
        (Type::Instant, Operator::Subtract, Type::Instant)
        | (Type::Date, Operator::Subtract, Type::Date)
        | (Type::Duration, Operator::Add | Operator::Subtract, Type::Duration) => Some(Type::Duration),
        _ => None,
    }
}
