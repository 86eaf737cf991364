//! How a file begins, and what conditions are made of.

use super::{Expr, ExprKind, File, Path, Qualified, Start};
use crate::document::SourceId;

impl File<'_> {
    /// Of which nothing has been read yet.
    pub fn new(source: SourceId) -> Self {
        File {
            source,
            package: None,
            imports: Vec::new(),
            torn_imports: Vec::new(),
            declarations: Vec::new(),
            is_complete: true,
        }
    }
}

impl<'a> Expr<'a> {
    /// What it is if it is a name: a parameter's, or that of something declared here or in another package.
    pub fn name(&self) -> Option<Qualified<'a>> {
        match &self.kind {
            ExprKind::Reference(name) => Some(Qualified::own(*name)),
            ExprKind::Read(Path { start: Start::Name(package), steps, .. }) => match steps.as_slice() {
                [name] => Some(Qualified { package: Some(*package), name: *name }),
                _ => None,
            },
            _ => None,
        }
    }

    /// The expressions that it is made of, from left to right.
    pub fn parts(&self) -> Vec<&Expr<'a>> {
        match &self.kind {
            ExprKind::Or(parts) | ExprKind::And(parts) | ExprKind::Call(_, parts) => parts.iter().collect(),
            ExprKind::Not(part) | ExprKind::Group(part) => vec![part],
            ExprKind::Compare(left, _, right) => vec![left, right],
            ExprKind::Quantified(quantified) => vec![&quantified.set, &quantified.body],
            ExprKind::Arithmetic(first, rest) => {
                std::iter::once(&**first).chain(rest.iter().map(|(_, part)| part)).collect()
            }
            ExprKind::Combined(first, rest) => {
                std::iter::once(&**first).chain(rest.iter().map(|(_, part)| part)).collect()
            }
            ExprKind::Has(_)
            | ExprKind::Read(_)
            | ExprKind::OrElse(..)
            | ExprKind::Party(_)
            | ExprKind::Now
            | ExprKind::WallClock(..)
            | ExprKind::Reference(_)
            | ExprKind::Literal(_) => Vec::new(),
        }
    }

    /// Whether it ends with the condition of a quantifier, which takes in what stands behind it.
    pub fn is_open(&self) -> bool {
        match &self.kind {
            ExprKind::Quantified(_) => true,
            ExprKind::Or(parts) | ExprKind::And(parts) => parts.last().is_some_and(Expr::is_open),
            ExprKind::Not(inner) => inner.is_open(),
            _ => false,
        }
    }
}
