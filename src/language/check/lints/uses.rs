//! Which names a policy set uses, by package.

use std::collections::HashSet;

use super::Written;
use crate::language::check::names::{Declared, Names};
use crate::language::syntax::tree::{
    ClauseKind, Comparator, ComparatorKind, Expr, ExprKind, Literal, LiteralKind, Name, RoleClauseKind,
    Target, TypeKind, TypeName,
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

impl<'t> Uses<'t> {
    pub(super) fn of<'a: 't>(written: &Written<'_, 't, 'a>) -> Uses<'t> {
        let mut uses = Uses::default();
        let declarations = written.declarations;
        let of_types = declarations.subjects.iter().chain(&declarations.resources);
        for Declared { package, node } in of_types {
            node.attributes.iter().for_each(|attribute| uses.attribute(*package, &attribute.ty));
        }
        for Declared { package, node } in declarations.organization.iter().chain(&declarations.context) {
            uses.attribute(*package, &node.ty);
        }
        for Declared { package, node } in &declarations.roles {
            uses.roles.extend(node.parents.iter().map(|parent| (*package, parent.text)));
            uses.targets(*package, &node.permissions);
            for clause in &node.clauses {
                match &clause.kind {
                    RoleClauseKind::Only(targets) => uses.targets(*package, targets),
                    RoleClauseKind::When(condition) | RoleClauseKind::Unless(condition) => {
                        uses.condition(*package, condition, written.names);
                    }
                    RoleClauseKind::In(_) => {}
                }
            }
        }
        for Declared { package, node } in &declarations.permission_sets {
            uses.targets(*package, &node.targets);
        }
        for Declared { package, node } in &declarations.definitions {
            uses.condition(*package, &node.condition, written.names);
            node.parameters.iter().for_each(|parameter| uses.attribute(*package, &parameter.ty));
        }
        for Declared { package, node } in &declarations.rules {
            uses.targets(*package, &node.targets);
            for clause in &node.clauses {
                match &clause.kind {
                    ClauseKind::To(roles) | ClauseKind::Except(roles) => {
                        uses.roles.extend(roles.iter().map(|role| (*package, role.text)));
                    }
                    ClauseKind::When(condition) | ClauseKind::Unless(condition) => {
                        uses.condition(*package, condition, written.names);
                    }
                    ClauseKind::Advise(directive) | ClauseKind::Oblige(directive) => {
                        directive.arguments.iter().for_each(|(_, literal)| uses.literal(*package, literal));
                    }
                    ClauseKind::Named(_)
                    | ClauseKind::Anyone
                    | ClauseKind::Priority(_)
                    | ClauseKind::Because(_)
                    | ClauseKind::Overridable => {}
                }
            }
        }
        for Declared { package, node } in &declarations.routes {
            uses.types.insert((*package, node.resource.text));
        }
        uses
    }

    fn attribute(&mut self, package: Id<Package>, ty: &TypeName<'t>) {
        match &ty.kind {
            TypeKind::Named(name) => {
                self.types.insert((package, name.text));
            }
            TypeKind::Record(members) => {
                for member in members {
                    self.attribute(package, &member.ty);
                }
            }
        }
    }

    /// The permission sets among targets; what permits or denies something on a type is another question.
    fn targets(&mut self, package: Id<Package>, targets: &[Target<'t>]) {
        let sets = targets.iter().filter_map(|target| match target {
            Target::Set(name) => Some((package, name.text)),
            Target::Permission(_) => None,
        });
        self.permission_sets.extend(sets);
    }

    fn condition(&mut self, package: Id<Package>, condition: &'t Expr<'t>, names: &Names<'_>) {
        match &condition.kind {
            ExprKind::Compare(left, Comparator { kind: ComparatorKind::Is, .. }, right) => {
                self.condition(package, left, names);
                let ty = match &right.kind {
                    ExprKind::Reference(name) => Some(name.text),
                    // A type that is called as no identifier can be.
                    ExprKind::Literal(Literal { kind: LiteralKind::Text(text), .. }) => Some(&**text),
                    _ => None,
                };
                self.types.extend(ty.map(|ty| (package, ty)));
                return;
            }
            // What stands before parentheses is a definition or a type.
            ExprKind::Call(name, arguments) => {
                self.values.insert((package, name.text));
                self.types.insert((package, name.text));
                if let [Expr { kind: ExprKind::Literal(literal), .. }] = arguments.as_slice()
                    && let LiteralKind::Text(text) = &literal.kind
                    && !names.values.contains_key(&(package, name.text))
                {
                    self.texts.push((Some(name.text), Name { text, span: literal.span }));
                    return;
                }
            }
            ExprKind::Reference(name) => {
                self.values.insert((package, name.text));
            }
            ExprKind::Literal(literal) | ExprKind::OrElse(_, literal) => self.literal(package, literal),
            _ => {}
        }
        for part in condition.parts() {
            self.condition(package, part, names);
        }
    }

    fn literal(&mut self, package: Id<Package>, literal: &'t Literal<'t>) {
        match &literal.kind {
            LiteralKind::Entity(ty, id) => {
                self.types.insert((package, ty.text));
                self.texts.push((Some(ty.text), Name { text: &id.value, span: id.span }));
            }
            LiteralKind::Text(text) => self.texts.push((None, Name { text, span: literal.span })),
            LiteralKind::Set(items) => items.iter().for_each(|item| self.literal(package, item)),
            LiteralKind::Int(_) | LiteralKind::Bool(_) | LiteralKind::Temporal(..) => {}
        }
    }
}
