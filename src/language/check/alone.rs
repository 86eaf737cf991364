//! Definitions by themselves: what is wrong in one is said even if nothing uses it.
//!
//! Only what no use could make right is: what may be absent may have been asked for before, and a type may be narrowed.

use std::rc::Rc;

use super::calls::Local;
use super::conditions::{Conditions, Kind, Typed};
use super::definitions::Parameter;
use super::names::{Declared, Named};
use super::report::Report;
use super::rules::Surroundings;
use crate::language::policy::{Operand, Path, Root};
use crate::model::Symbol;
use crate::model::schema::EntityType;

/// Checks each definition where nothing is known of its uses.
pub(super) fn check(around: &Surroundings<'_, '_, '_>, report: &mut Report) {
    for number in around.definitions.numbers() {
        let Some((parameters, Declared { site, node })) = around.definitions.parameters(number) else {
            continue;
        };
        let named = around.names.values.get(&(site.package, node.name.text));
        // One whose name means something else was reported.
        if named.is_none_or(|(named, _)| *named != Named::Definition(number)) {
            continue;
        }
        // Rules of other packages can use it where there are imports at all.
        let is_met = |ty: &EntityType| ty.package == site.package || !around.names.imports.is_empty();
        let met = || around.schema.types.iter().filter(|(_, ty)| is_met(ty));
        let resources = met().filter(|(_, ty)| ty.is_resource).map(|(id, _)| id).collect();
        let errors = report.errors();
        let mut checker = Conditions::new(around, site, Some(resources), report);
        checker.known.widen(met().filter(|(_, ty)| ty.is_subject).map(|(id, _)| id));
        checker.is_alone = true;
        checker.locals = parameters.iter().map(stand_in).map(Rc::new).collect();
        checker.condition(&node.condition);
        if report.errors() > errors {
            around.definitions.breaks(number);
        }
    }
}

/// A parameter that nothing stands for yet: its attributes are read as if paths started from it.
fn stand_in<'a>(parameter: &Parameter<'a>) -> Local<'a> {
    let path = Path {
        root: Root::Subject,
        attributes: Vec::new(),
        types: vec![parameter.ty.clone()],
        text: Symbol::intern(parameter.name.text),
    };
    let kind = Kind::Value(parameter.ty.clone());
    let typed = Typed { operand: Operand::Path(path), kind, span: parameter.name.span };
    Local { name: parameter.name.text, typed }
}
