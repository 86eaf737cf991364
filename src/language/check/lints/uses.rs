//! Which names a policy set uses, by package.

use std::collections::HashSet;

use super::Written;
use crate::language::check::names::{Declared, Names, Site};
use crate::language::syntax::tree::{
    ClauseKind, Comparator, ComparatorKind, Expr, ExprKind, Literal, LiteralKind, Name, Qualified,
    RoleClauseKind, Target, TypeKind, TypeName,
};
use crate::model::Id;
use crate::model::schema::Package;

/// Names that something names.
#[derive(Default)]
pub(super) struct Uses<'t> {
    pub(super) roles: HashSet<(Id<Package>, &'t str)>,
    pub(super) types: HashSet<(Id<Package>, &'t str)>,
    pub(super) permission_sets: HashSet<(Id<Package>, &'t str)>,
    /// Windows, networks and definitions.
    pub(super) values: HashSet<(Id<Package>, &'t str)>,
    /// The texts of conditions, and the ids of entities by their type.
    pub(super) texts: Vec<(Option<&'t str>, Name<'t>)>,
}

/// Where a name stands, and what names mean there.
#[derive(Clone, Copy)]
struct Place<'n, 'a> {
    site: Site,
    names: &'n Names<'a>,
}

impl<'t> Place<'_, 't> {
    /// The package in which a name is declared, and the name.
    fn key(&self, name: Qualified<'t>) -> Option<(Id<Package>, &'t str)> {
        Some((self.names.imports.home(self.site, name.package)?, name.name.text))
    }
}

impl<'t> Uses<'t> {
    pub(super) fn of<'a: 't>(written: &Written<'_, 't, 'a>) -> Uses<'t> {
        let mut uses = Uses::default();
        let declarations = written.declarations;
        let names: &Names<'t> = written.names;
        let of_types = declarations.subjects.iter().chain(&declarations.resources);
        for Declared { site, node } in of_types {
            let place = Place { site: *site, names };
            node.attributes.iter().for_each(|attribute| uses.attribute(place, &attribute.ty));
        }
        for Declared { site, node } in
            [&declarations.organization, &declarations.context, &declarations.action].into_iter().flatten()
        {
            uses.attribute(Place { site: *site, names }, &node.ty);
        }
        for Declared { site, node } in &declarations.roles {
            let place = Place { site: *site, names };
            uses.roles.extend(node.parents.iter().filter_map(|parent| place.key(*parent)));
            uses.targets(place, &node.permissions);
            for clause in &node.clauses {
                match &clause.kind {
                    RoleClauseKind::Only(targets) => uses.targets(place, targets),
                    RoleClauseKind::When(condition) | RoleClauseKind::Unless(condition) => {
                        uses.condition(place, condition);
                    }
                    RoleClauseKind::In(_) => {}
                }
            }
        }
        for Declared { site, node } in &declarations.permission_sets {
            uses.targets(Place { site: *site, names }, &node.targets);
        }
        for Declared { site, node } in &declarations.definitions {
            let place = Place { site: *site, names };
            uses.condition(place, &node.condition);
            node.parameters.iter().for_each(|parameter| uses.attribute(place, &parameter.ty));
        }
        for Declared { site, node } in &declarations.rules {
            let place = Place { site: *site, names };
            uses.targets(place, &node.targets);
            for clause in &node.clauses {
                match &clause.kind {
                    ClauseKind::To(roles) | ClauseKind::Except(roles) => {
                        uses.roles.extend(roles.iter().filter_map(|role| place.key(*role)));
                    }
                    ClauseKind::When(condition) | ClauseKind::Unless(condition) => {
                        uses.condition(place, condition);
                    }
                    ClauseKind::Advise(directive) | ClauseKind::Oblige(directive) => {
                        directive.arguments.iter().for_each(|(_, literal)| uses.literal(place, literal));
                    }
                    ClauseKind::Named(_)
                    | ClauseKind::Anyone
                    | ClauseKind::Priority(_)
                    | ClauseKind::Because(_)
                    | ClauseKind::Overridable => {}
                }
            }
        }
        for Declared { site, node } in &declarations.routes {
            uses.types.extend(Place { site: *site, names }.key(node.resource));
        }
        uses
    }

    fn attribute(&mut self, place: Place<'_, 't>, ty: &TypeName<'t>) {
        match &ty.kind {
            TypeKind::Named(name) => self.types.extend(place.key(*name)),
            TypeKind::Record(members) => {
                for member in members {
                    self.attribute(place, &member.ty);
                }
            }
        }
    }

    /// The permission sets among targets; what permits or denies something on a type is another question.
    fn targets(&mut self, place: Place<'_, 't>, targets: &[Target<'t>]) {
        let sets = targets.iter().filter_map(|target| match target {
            Target::Set(name) => place.key(*name),
            Target::Permission(_) => None,
        });
        self.permission_sets.extend(sets);
    }

    fn condition(&mut self, place: Place<'_, 't>, condition: &'t Expr<'t>) {
        match &condition.kind {
            ExprKind::Compare(left, Comparator { kind: ComparatorKind::Is, .. }, right) => {
                self.condition(place, left);
                let ty = match &right.kind {
                    // A type that is called as no identifier can be.
                    ExprKind::Literal(Literal { kind: LiteralKind::Text(text), span }) => {
                        Some(Qualified::own(Name { text, span: *span }))
                    }
                    _ => right.name(),
                };
                self.types.extend(ty.and_then(|ty| place.key(ty)));
                return;
            }
            // What stands before parentheses is a definition or a type.
            ExprKind::Call(name, arguments) => {
                self.values.extend(place.key(*name));
                self.types.extend(place.key(*name));
                if let [Expr { kind: ExprKind::Literal(literal), .. }] = arguments.as_slice()
                    && let LiteralKind::Text(text) = &literal.kind
                    && place.names.value(place.site, *name).is_none()
                {
                    self.texts.push((Some(name.name.text), Name { text, span: literal.span }));
                    return;
                }
            }
            ExprKind::Reference(_) | ExprKind::Read(_) => {
                self.values.extend(condition.name().and_then(|name| place.key(name)));
            }
            ExprKind::Literal(literal) | ExprKind::OrElse(_, literal) => self.literal(place, literal),
            _ => {}
        }
        for part in condition.parts() {
            self.condition(place, part);
        }
    }

    fn literal(&mut self, place: Place<'_, 't>, literal: &'t Literal<'t>) {
        match &literal.kind {
            LiteralKind::Entity(ty, id) => {
                self.types.extend(place.key(*ty));
                self.texts.push((Some(ty.name.text), Name { text: &id.value, span: id.span }));
            }
            LiteralKind::Text(text) => self.texts.push((None, Name { text, span: literal.span })),
            LiteralKind::Set(items) => items.iter().for_each(|item| self.literal(place, item)),
            LiteralKind::Int(_) | LiteralKind::Bool(_) | LiteralKind::Temporal(..) => {}
        }
    }
}
