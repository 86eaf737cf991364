//! Owners that nobody can be.

use super::Written;
use crate::document::{Code, Diagnostic};
use crate::language::check::names::Declared;
use crate::language::check::report::Report;
use crate::model::Type;
use crate::model::schema::OWNER;

pub(super) fn lint(written: &Written<'_, '_, '_>, report: &mut Report) {
    let types = &written.policy.schema.types;
    let is_subject = |ty: &Type| match ty {
        Type::Entity(kind) => types.rows().any(|row| row.is_subject && row.name == *kind),
        _ => false,
    };
    for Declared { site, node } in &written.declarations.resources {
        let Some(attribute) = node.attributes.iter().find(|attribute| attribute.name.text == OWNER) else {
            continue;
        };
        let id = written.names.types.get(&(site.package, node.name.text));
        let declared = id
            .and_then(|id| types.row(*id).attributes.iter().find(|attribute| attribute.name.text() == OWNER));
        let Some(declared) = declared.filter(|declared| !is_subject(&declared.ty)) else { continue };
        let message =
            format!("the `owner` of `{}` is no subject, so nobody holds it personally", node.name.text);
        report.add(
            Diagnostic::warning(Code::OwnerNobody, message)
                .at(attribute.ty.span, format!("of type `{}`", declared.ty.describe()))
                .help("write a type of subjects, as in `owner: user`, or give the attribute another name"),
        );
    }
}
