//! `==`, `<` and their like, and `in`.

use super::conditions::{Conditions, Kind, Typed, party_word};
use super::names::Named;
use crate::document::{Code, Diagnostic, Span};
use crate::language::policy::{Comparison, Expr, Operand, Party};
use crate::language::syntax::tree::{self, ExprKind, Qualified};
use crate::model::value::ORGANIZATION;
use crate::model::{Symbol, Type};

impl<'a> Conditions<'_, '_, '_, 'a> {
    pub(super) fn compare(
        &mut self,
        left: &tree::Expr<'a>,
        comparison: Comparison,
        sign: Span,
        right: &tree::Expr<'a>,
    ) -> Option<Expr> {
        let (left, right) = self.sides(left, right);
        let (left, right) = (left?, right?);
        let is_order = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        match (&left.kind, &right.kind) {
            (Kind::Now, Kind::Value(Type::Instant)) | (Kind::Value(Type::Instant), Kind::Now) if is_order => {
            }
            (Kind::WallClock(one), Kind::Value(other)) | (Kind::Value(one), Kind::WallClock(other))
                if one == other => {}
            (Kind::Now, _) | (_, Kind::Now) => {
                let now = if left.kind == Kind::Now { left.span } else { right.span };
                match self.rewritten(&left, &right) {
                    Some(help) => {
                        let message = "`now` can only be compared with an instant";
                        self.report.error_with_help(Code::MisplacedNow, now, message, help);
                    }
                    None => self.misplaced_now(now),
                }
                return None;
            }
            (Kind::WallClock(_), _) => return self.misplaced_wall_clock(&left),
            (_, Kind::WallClock(_)) => return self.misplaced_wall_clock(&right),
            _ if is_order => self.check_order(&left, sign, &right)?,
            _ => self.check_equality(&left, sign, &right)?,
        }
        Some(Expr::Compare(comparison, left.operand, right.operand))
    }

    fn check_order(&mut self, left: &Typed, sign: Span, right: &Typed) -> Option<()> {
        match (&left.kind, &right.kind) {
            (Kind::Value(one), Kind::Value(other)) if one == other && is_ordered(one) => Some(()),
            _ => {
                let message = format!("{} and {} have no order", self.described(left), self.described(right));
                let is_set = |typed: &Typed| matches!(typed.kind, Kind::Value(Type::Set(_)));
                let help = if is_set(left) && is_set(right) {
                    "ask with `subset of` whether one set holds the other".to_owned()
                } else {
                    self.rewritten(left, right).unwrap_or_else(|| {
                        "two values of one type have an order: ints, instants, dates, times, durations"
                            .to_owned()
                    })
                };
                self.report.add(Diagnostic::error(Code::TypeMismatch, message).at(sign, "").help(help));
                None
            }
        }
    }

    fn check_equality(&mut self, left: &Typed, sign: Span, right: &Typed) -> Option<()> {
        let problem = match (&left.kind, &right.kind) {
            (Kind::Value(one), Kind::Value(other)) => one != other,
            (Kind::Party(party), Kind::Value(ty)) | (Kind::Value(ty), Kind::Party(party)) => match ty {
                Type::Entity(kind) => !self.can_be(*party, *kind)?,
                _ => true,
            },
            (Kind::Party(one), Kind::Party(other)) => one != other && !self.can_be_one(*one, *other)?,
            // They are told before.
            (Kind::Now | Kind::WallClock(_), _) | (_, Kind::Now | Kind::WallClock(_)) => true,
        };
        if !problem {
            return Some(());
        }
        let message = format!("{} and {} can't be equal", self.described(left), self.described(right));
        let diagnostic = Diagnostic::error(Code::TypeMismatch, message).at(sign, "");
        let is_ip = |typed: &Typed| typed.kind == Kind::Value(Type::Ip);
        let diagnostic = if is_ip(left) || is_ip(right) {
            diagnostic.help("declare a `network` and ask with `in`; it may be a single address")
        } else if let Some(help) = self.rewritten(left, right) {
            diagnostic.help(help)
        } else {
            diagnostic
        };
        self.report.if_complete(diagnostic);
        None
    }

    pub(super) fn misplaced_wall_clock<T>(&mut self, clock: &Typed) -> Option<T> {
        let Kind::WallClock(ty) = &clock.kind else { return None };
        let (name, example) = if *ty == Type::Date { ("date", "2026-12-24") } else { ("time", "09:00") };
        let message = format!("{} can only be compared with a {name}", self.described(clock));
        let help = format!(
            "write `{name}(now, ZONE) < {example}`, or compare it with an attribute of type `{name}`"
        );
        self.report.error_with_help(Code::TypeMismatch, clock.span, message, help);
        None
    }

    /// Whether a party can be an entity of this type; none if its types are not known.
    fn can_be(&self, party: Party, kind: Symbol) -> Option<bool> {
        let types = self.known.types(party)?;
        Some(types.iter().any(|ty| self.around.schema.types.row(*ty).name == kind))
    }

    fn can_be_one(&self, one: Party, other: Party) -> Option<bool> {
        let (one, other) = (self.known.types(one)?, self.known.types(other)?);
        Some(one.iter().any(|ty| other.contains(ty)))
    }

    /// `x in y`.
    pub(super) fn within(
        &mut self,
        left: &tree::Expr<'a>,
        sign: Span,
        right: &tree::Expr<'a>,
    ) -> Option<Expr> {
        if let Some(name) = self.declared_name(right) {
            return self.in_name(left, name);
        }
        let (left, right) = (self.operand(left), self.operand(right));
        let (left, right) = (left?, right?);
        if left.kind == Kind::Now {
            self.misplaced_now(left.span);
            return None;
        }
        if let Kind::WallClock(_) = left.kind {
            return self.misplaced_wall_clock(&left);
        }
        if let Some(problem) = self.never_within(&left, &right) {
            self.report.add(problem.at(sign, ""));
            return None;
        }
        let is_entity = |kind: &Kind| matches!(kind, Kind::Party(_) | Kind::Value(Type::Entity(_)));
        match &right.kind {
            kind if is_entity(kind) && is_entity(&left.kind) => {
                return Some(Expr::Within(left.operand, right.operand));
            }
            Kind::Value(Type::Network) if left.kind == Kind::Value(Type::Ip) => {
                return Some(Expr::InNetwork(left.operand, right.operand));
            }
            Kind::Value(Type::Set(element)) => match (&left.kind, &**element) {
                (kind, Type::Entity(_)) if is_entity(kind) => {
                    return Some(Expr::Within(left.operand, right.operand));
                }
                (Kind::Value(Type::Ip), Type::Network) => {
                    return Some(Expr::InNetwork(left.operand, right.operand));
                }
                (Kind::Value(ty), element) if ty == element => {
                    return Some(Expr::Member(left.operand, right.operand));
                }
                _ => {}
            },
            _ => {}
        }
        let message = match &right.kind {
            Kind::Value(Type::Set(_)) => {
                format!("{} can't be in {}", self.described(&left), self.described(&right))
            }
            kind if is_entity(kind) => {
                format!("only an entity can be in another, not {}", self.described(&left))
            }
            Kind::Value(Type::Network) => {
                format!("only an address can be in a network, not {}", self.described(&left))
            }
            Kind::Now => "nothing can be in `now`".to_owned(),
            _ => format!("nothing can be in {}", self.described(&right)),
        };
        self.report.add(
            Diagnostic::error(Code::TypeMismatch, message)
                .at(sign, "")
                .help("on the right of `in` stands a set, an entity, a network or a window"),
        );
        None
    }

    /// `context.ip in office`, `now in working`.
    fn in_name(&mut self, left: &tree::Expr<'a>, name: Qualified<'a>) -> Option<Expr> {
        match self.around.names.value(self.site, name) {
            Some(Named::Window(window)) => {
                if matches!(left.kind, ExprKind::Now) {
                    return Some(Expr::Open(window));
                }
                let message = format!("only `now` can be in the window `{name}`");
                self.report.error(Code::TypeMismatch, left.span, message);
                None
            }
            Some(Named::Networks(networks)) => {
                let left = self.operand(left)?;
                if left.kind == Kind::Value(Type::Ip) {
                    return Some(Expr::Address(left.operand, networks));
                }
                let message =
                    format!("only an address can be in the network `{name}`, not {}", self.described(&left));
                self.report.error_with_help(
                    Code::TypeMismatch,
                    left.span,
                    message,
                    "declare the attribute as `ip`",
                );
                None
            }
            Some(Named::Definition(_)) => {
                let message = format!("`{name}` is a condition; nothing can be in it");
                self.report.error(Code::TypeMismatch, name.span(), message);
                None
            }
            None => {
                // What stands on the left has its own mistakes.
                if !matches!(left.kind, ExprKind::Now) {
                    self.operand(left);
                }
                self.unknown_name(
                    if matches!(left.kind, ExprKind::Now) { "window" } else { "network" },
                    name,
                );
                None
            }
        }
    }

    /// Organizations stand in organizations, and nothing else does: a deny that asks whether a user does would never apply.
    fn never_within(&self, left: &Typed, right: &Typed) -> Option<Diagnostic> {
        let is_organization = |ty: &Type| matches!(ty, Type::Entity(kind) if kind.text() == ORGANIZATION);
        let is_one = match &left.kind {
            Kind::Value(ty @ Type::Entity(_)) => is_organization(ty),
            Kind::Party(_) => false,
            _ => return None,
        };
        let are_many = match &right.kind {
            Kind::Value(Type::Set(element)) if matches!(**element, Type::Entity(_)) => {
                is_organization(element)
            }
            Kind::Value(ty @ Type::Entity(_)) => is_organization(ty),
            Kind::Party(_) => false,
            _ => return None,
        };
        let holder = match &left.operand {
            Operand::Party(party) => Some(party_word(*party)),
            Operand::Path(path) => Some(path.text.text()),
            Operand::Variable(_, name) => Some(name.text()),
            _ => None,
        };
        match (is_one, are_many) {
            (true, true) | (false, false) => None,
            (true, false) => Some(
                Diagnostic::error(
                    Code::TypeMismatch,
                    format!("an organization is in organizations only, never in {}", self.described(right)),
                )
                .help("ask what is in the other one: the subject, or the resource"),
            ),
            (false, true) => {
                let message = format!("only an organization can be in another, not {}", self.described(left));
                let problem = Diagnostic::error(Code::TypeMismatch, message);
                Some(match holder {
                    Some(holder) => problem.help(format!("write `{holder}.organization in …`")),
                    None => problem,
                })
            }
        }
    }
}

fn is_ordered(ty: &Type) -> bool {
    matches!(ty, Type::Int | Type::Instant | Type::Date | Type::Time | Type::Duration)
}
