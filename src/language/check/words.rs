//! What values and types are called in a condition's messages.

use super::conditions::{Conditions, Kind, Typed, party_word};
use crate::language::policy::Operand;
use crate::model::{Symbol, Type};

impl Conditions<'_, '_, '_, '_> {
    /// A value in words.
    pub(super) fn described(&self, typed: &Typed) -> String {
        match (&typed.kind, &typed.operand) {
            (Kind::Now, _) => "`now`".to_owned(),
            (Kind::WallClock(ty), _) => format!("`{}(now, …)`", ty.describe()),
            (Kind::Party(party), _) => format!("`{}` itself", party_word(*party)),
            (Kind::Value(ty), Operand::Variable(_, name)) => {
                format!("`{name}` of type `{}`", self.type_text(ty))
            }
            (Kind::Value(ty), Operand::Literal(_)) => format!("a literal of type `{}`", self.type_text(ty)),
            (Kind::Value(ty), Operand::Path(path) | Operand::OrElse(path, _)) => {
                format!("`{}` of type `{}`", path.text, self.type_text(ty))
            }
            (
                Kind::Value(ty),
                Operand::Now
                | Operand::NowAnd(..)
                | Operand::WallClock(..)
                | Operand::Arithmetic(..)
                | Operand::Combined(..)
                | Operand::Party(_),
            ) => {
                format!("a value of type `{}`", self.type_text(ty))
            }
        }
    }

    /// A type as it is called where the text stands.
    pub(super) fn kind_text(&self, kind: Symbol) -> String {
        let own = self.around.schema.packages.row(self.site.package).name;
        match kind.text().split_once('/') {
            Some((package, bare)) if package != own.text() => format!("{package}.{bare}"),
            Some((_, bare)) => bare.to_owned(),
            None => kind.text().to_owned(),
        }
    }

    pub(super) fn type_text(&self, ty: &Type) -> String {
        match ty {
            Type::Entity(kind) => self.kind_text(*kind),
            Type::Set(element) => format!("set of {}", self.type_text(element)),
            plain => plain.describe(),
        }
    }
}
