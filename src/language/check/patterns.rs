//! `like` and `matches`.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ops::Range;

use super::conditions::{Conditions, Kind};
use crate::document::{Code, Diagnostic, Span};
use crate::language::policy::{Expr, Operand};
use crate::language::syntax;
use crate::language::syntax::tree::{self, ExprKind, Literal, LiteralKind};
use crate::model::glob::{GlobError, plain_sign};
use crate::model::limits::{PATTERN_BYTES_MAX, PATTERN_SIZE_MAX, PATTERNS_MAX, PATTERNS_SIZE_MAX};
use crate::model::pattern::PatternError;
use crate::model::{Glob, Pattern, Type};

/// The patterns of a policy set; each is compiled once, wherever it stands.
#[derive(Default)]
pub(super) struct Patterns {
    globs: RefCell<HashMap<Box<str>, Result<Glob, GlobError>>>,
    expressions: RefCell<HashMap<Box<str>, Result<Pattern, PatternError>>>,
    /// How many bytes all of them take.
    size: Cell<usize>,
}

/// There are more regular expressions than may be, or patterns take more memory.
struct TooMany;

impl Patterns {
    fn glob(&self, text: &str) -> Result<Result<Glob, GlobError>, TooMany> {
        let mut globs = self.globs.borrow_mut();
        if let Some(known) = globs.get(text) {
            return Ok(known.clone());
        }
        if self.are_full() {
            return Err(TooMany);
        }
        let glob = Glob::new(text);
        self.add(glob.as_ref().map_or(0, Glob::size));
        globs.insert(text.into(), glob.clone());
        Ok(glob)
    }

    fn expression(&self, text: &str) -> Result<Result<Pattern, PatternError>, TooMany> {
        let mut expressions = self.expressions.borrow_mut();
        if let Some(known) = expressions.get(text) {
            return Ok(known.clone());
        }
        if expressions.len() >= PATTERNS_MAX || self.are_full() {
            return Err(TooMany);
        }
        let pattern = Pattern::new(text);
        self.add(match &pattern {
            Ok(pattern) => pattern.size(),
            // To find out has cost as much.
            Err(PatternError::TooLarge) => PATTERN_SIZE_MAX,
            Err(PatternError::TooLong | PatternError::Syntax(..)) => 0,
        });
        expressions.insert(text.into(), pattern.clone());
        Ok(pattern)
    }

    fn are_full(&self) -> bool {
        self.size.get() >= PATTERNS_SIZE_MAX
    }

    fn add(&self, bytes: usize) {
        self.size.set(self.size.get().saturating_add(bytes));
    }
}

fn too_many(TooMany: TooMany, span: Span) -> Diagnostic {
    let message = format!(
        "the policies have more than {PATTERNS_MAX} regular expressions, or these and globs take more than {PATTERNS_SIZE_MAX} bytes together once they are compiled"
    );
    Diagnostic::error(Code::TooLarge, message).at(span, "")
}

impl<'a> Conditions<'_, '_, '_, 'a> {
    /// `x like "docs/*"`.
    pub(super) fn like(&mut self, left: &tree::Expr<'a>, sign: Span, right: &tree::Expr<'a>) -> Option<Expr> {
        let left = self.text(left, "like", sign);
        let (text, span) = self.pattern(right, "like", "*.example.com")?;
        let problem = match self.around.patterns.glob(text) {
            Ok(Ok(glob)) => {
                if let Some((at, sign)) = plain_sign(text) {
                    let place = self.inside(span, text, &(at..at + sign.len_utf8()));
                    self.report.add(plain(sign, place));
                }
                return Some(Expr::Like(left?, glob));
            }
            Ok(Err(GlobError::Empty)) => {
                Diagnostic::error(Code::BadPattern, "only an empty string is like this")
                    .at(span, "")
                    .help("compare with `== \"\"`, or write `*`")
            }
            Ok(Err(GlobError::TooLong)) => too_long(text, span),
            Ok(Err(GlobError::Escape(at))) => {
                let place = self.inside(span, text, &(at..at + 1));
                Diagnostic::error(
                    Code::BadPattern,
                    "a backslash can only stand before `*`, `?`, `[` or another backslash",
                )
                .at(place, "")
                .help("in a string it is written twice: `\\\\*` is a star, `\\\\\\\\` a backslash")
            }
            Err(many) => too_many(many, span),
        };
        self.report.add(problem);
        None
    }

    /// `x matches "[a-z]+"`.
    pub(super) fn matches(
        &mut self,
        left: &tree::Expr<'a>,
        sign: Span,
        right: &tree::Expr<'a>,
    ) -> Option<Expr> {
        let left = self.text(left, "matches", sign);
        let (text, span) = self.pattern(right, "matches", "[A-Z]{2}-[0-9]+")?;
        if text.is_empty() {
            self.report.error_with_help(
                Code::BadPattern,
                span,
                "only an empty string matches this",
                "compare with `== \"\"`",
            );
            return None;
        }
        let problem = match self.around.patterns.expression(text) {
            Ok(Ok(pattern)) => return Some(Expr::Matches(left?, pattern)),
            Ok(Err(PatternError::TooLong)) => too_long(text, span),
            Ok(Err(PatternError::TooLarge)) => {
                let message =
                    format!("the pattern takes more than {PATTERN_SIZE_MAX} bytes once it is compiled");
                Diagnostic::error(Code::TooLarge, message).at(span, "").help(
                    "repeat fewer times, or write `[a-z]` instead of `\\w`, which holds all letters of all scripts",
                )
            }
            Ok(Err(PatternError::Syntax(what, place))) => {
                let what = what.split_once(", ").map_or(&*what, |(what, _)| what);
                Diagnostic::error(Code::BadPattern, format!("the pattern is in error: {what}"))
                    .at(self.inside(span, text, &place), "")
            }
            Err(many) => too_many(many, span),
        };
        self.report.add(problem);
        None
    }

    /// What stands on the left: a string.
    fn text(&mut self, left: &tree::Expr<'a>, word: &str, sign: Span) -> Option<Operand> {
        let left = self.operand(left)?;
        if left.kind == Kind::Value(Type::String) {
            return Some(left.operand);
        }
        if left.kind == Kind::Now {
            self.misplaced_now(left.span);
            return None;
        }
        let message = format!("`{word}` asks for a string, not for {}", self.described(&left));
        self.report.error(Code::TypeMismatch, sign, message);
        None
    }

    /// What stands on the right: a literal, so that it can be read before any request.
    fn pattern<'e>(
        &mut self,
        right: &'e tree::Expr<'a>,
        word: &str,
        example: &str,
    ) -> Option<(&'e str, Span)> {
        if let ExprKind::Literal(Literal { kind: LiteralKind::Text(text), span }) = &right.kind {
            return Some((text, *span));
        }
        let message = format!("after `{word}` stands a string in quotes");
        let help = format!("write `{word} \"{example}\"`");
        self.report.error_with_help(Code::TypeMismatch, right.span, message, help);
        None
    }

    /// The place of a part of a string in its literal; the whole literal where that can't be told.
    fn inside(&self, literal: Span, value: &str, part: &Range<usize>) -> Span {
        match syntax::place(self.around.sources.text(literal), value, part) {
            Some(place) => {
                let start = literal.start as usize;
                Span::new(literal.source, start + place.start, start + place.end)
            }
            None => literal,
        }
    }
}

/// That a sign of a glob is no wildcard, which it is in others.
fn plain(sign: char, place: Span) -> Diagnostic {
    let what = if sign == '?' { "any one letter" } else { "one of several letters" };
    Diagnostic::warning(Code::PlainSign, format!("`{sign}` stands for itself here, not for {what}"))
        .at(place, "")
        .help(format!(
            "the wildcards are `*` and `**`; ask with `matches` for more, or write `\\\\{sign}` if `{sign}` itself is meant"
        ))
}

fn too_long(text: &str, span: Span) -> Diagnostic {
    let message =
        format!("the pattern has {} bytes, the most that is read is {PATTERN_BYTES_MAX}", text.len());
    Diagnostic::error(Code::TooLarge, message).at(span, "")
}
