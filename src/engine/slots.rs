//! Which attributes any condition reads, and where a request keeps them.
//!
//! Rules of a package see requests about that package's resources only, so slots are numbered per package. Two
//! declarations of one name with different types get two slots: what a rule reads always has the type it expects.

use std::collections::HashMap;

use crate::language::policy::{Expr, ORGANIZATION_ATTRIBUTE, Operand, Path, Policy, Root};
use crate::model::schema::{EntityType, Package};
use crate::model::{Id, Symbol, Type};

/// Where a request keeps an attribute.
pub(super) type SlotNumber = u16;

/// What a request has to be asked for.
#[derive(Debug, Default)]
pub(super) struct Slots {
    packages: Vec<Layout>,
}

#[derive(Debug, Default)]
pub(super) struct Layout {
    pub(super) count: usize,
    pub(super) context: Vec<Fill>,
    /// By type: subjects may be of any package.
    subjects: HashMap<Id<EntityType>, Vec<Fill>>,
    resources: HashMap<Id<EntityType>, Vec<Fill>>,
    pub(super) subject_organization: Option<SlotNumber>,
    pub(super) resource_organization: Option<SlotNumber>,
    owners: HashMap<Id<EntityType>, SlotNumber>,
    numbers: HashMap<(Root, Symbol, TypeKey), SlotNumber>,
}

/// An attribute to take from a request or from the facts.
#[derive(Debug)]
pub(super) struct Fill {
    pub(super) name: Symbol,
    pub(super) text: &'static str,
    /// None if it is declared with another type than the rule reads it with: then whatever is there is invalid.
    pub(super) ty: Option<Type>,
    pub(super) slot: SlotNumber,
}

/// A type in a form that hashes.
type TypeKey = (bool, u8, Option<Symbol>);

impl Slots {
    pub(super) fn new(policy: &Policy) -> Slots {
        let mut packages: Vec<Layout> = policy.schema.packages.ids().map(|_| Layout::default()).collect();
        for rule in policy.rules.rows() {
            if let Some(layout) = packages.get_mut(rule.package.number()) {
                for condition in rule.when.iter().chain(&rule.unless) {
                    paths(condition, &mut |path| layout.number(path));
                }
            }
        }
        for constraint in &policy.constraints {
            let package = policy.schema.roles.row(constraint.role).package;
            if let Some(layout) = packages.get_mut(package.number()) {
                for condition in constraint.when.iter().chain(&constraint.unless) {
                    paths(condition, &mut |path| layout.number(path));
                }
            }
        }
        for (id, ty) in policy.schema.types.iter().filter(|(_, ty)| ty.is_resource) {
            if let (Some(owner), Some(layout)) = (ty.owner(), packages.get_mut(ty.package.number())) {
                let slot = layout.slot(Root::Resource, owner.name, &owner.ty);
                layout.owners.insert(id, slot);
            }
        }
        for (package, layout) in policy.schema.packages.ids().zip(&mut packages) {
            layout.fill(policy, package);
        }
        Slots { packages }
    }

    pub(super) fn layout(&self, package: Id<Package>) -> Option<&Layout> {
        self.packages.get(package.number())
    }
}

impl Layout {
    pub(super) fn subject(&self, ty: Id<EntityType>) -> &[Fill] {
        self.subjects.get(&ty).map_or(&[], Vec::as_slice)
    }

    pub(super) fn resource(&self, ty: Id<EntityType>) -> &[Fill] {
        self.resources.get(&ty).map_or(&[], Vec::as_slice)
    }

    /// Where the declared owner of a resource of this type is kept.
    pub(super) fn owner(&self, ty: Id<EntityType>) -> Option<SlotNumber> {
        self.owners.get(&ty).copied()
    }

    /// Where the first attribute of a path is kept.
    pub(super) fn slot_of(&self, path: &Path) -> Option<SlotNumber> {
        let (name, ty) = (path.attributes.first()?, path.types.first()?);
        self.numbers.get(&(path.root, *name, key(ty))).copied()
    }

    fn number(&mut self, path: &Path) {
        if let (Some(name), Some(ty)) = (path.attributes.first(), path.types.first()) {
            self.slot(path.root, *name, ty);
        }
    }

    fn slot(&mut self, root: Root, name: Symbol, ty: &Type) -> SlotNumber {
        let next = SlotNumber::try_from(self.count).unwrap_or(SlotNumber::MAX);
        let slot = *self.numbers.entry((root, name, key(ty))).or_insert(next);
        if slot == next {
            self.count += 1;
        }
        slot
    }

    fn fill(&mut self, policy: &Policy, package: Id<Package>) {
        let organization = Symbol::intern(ORGANIZATION_ATTRIBUTE);
        let schema = &policy.schema;
        let wanted: Vec<_> =
            self.numbers.iter().map(|((root, name, key), slot)| (*root, *name, *key, *slot)).collect();
        for (root, name, wanted_key, slot) in wanted {
            let fill = |ty: &Type| {
                let ty = (key(ty) == wanted_key).then(|| ty.clone());
                Fill { name, text: name.text(), ty, slot }
            };
            let declared = |ty: &EntityType| ty.attribute(name).map(|attribute| fill(&attribute.ty));
            match root {
                Root::Subject if name == organization => self.subject_organization = Some(slot),
                Root::Resource if name == organization => self.resource_organization = Some(slot),
                Root::Subject => {
                    for (id, ty) in schema.types.iter().filter(|(_, ty)| ty.is_subject) {
                        self.subjects.entry(id).or_default().extend(declared(ty));
                    }
                }
                Root::Resource => {
                    for (id, ty) in
                        schema.types.iter().filter(|(_, ty)| ty.is_resource && ty.package == package)
                    {
                        self.resources.entry(id).or_default().extend(declared(ty));
                    }
                }
                Root::Context => {
                    let context = &schema.packages.row(package).context;
                    let found = context.iter().find(|attribute| attribute.name == name);
                    self.context.extend(found.map(|found| fill(&found.ty)));
                }
            }
        }
    }
}

fn key(ty: &Type) -> TypeKey {
    let simple = |number| (false, number, None);
    match ty {
        Type::Bool => simple(0),
        Type::Int => simple(1),
        Type::String => simple(2),
        Type::Ip => simple(3),
        Type::Instant => simple(4),
        Type::Entity(name) => (false, 5, Some(*name)),
        Type::Date => simple(6),
        Type::Time => simple(7),
        Type::Duration => simple(8),
        Type::Network => simple(9),
        Type::Set(element) => {
            let (_, number, name) = key(element);
            (true, number, name)
        }
    }
}

/// Calls `visit` with every path of a condition.
fn paths(condition: &Expr, visit: &mut impl FnMut(&Path)) {
    match condition {
        Expr::Not(inner) => paths(inner, visit),
        Expr::And(parts) | Expr::Or(parts) => parts.iter().for_each(|part| paths(part, visit)),
        Expr::Truth(one) | Expr::Address(one, _) | Expr::Like(one, _) | Expr::Matches(one, _) => {
            operand_paths(one, visit);
        }
        Expr::Compare(_, left, right)
        | Expr::Member(left, right)
        | Expr::InNetwork(left, right)
        | Expr::Within(left, right)
        | Expr::Sets(_, left, right) => {
            operand_paths(left, visit);
            operand_paths(right, visit);
        }
        Expr::Has(path) => visit(path),
        Expr::Literal(_) | Expr::Open(_) | Expr::Is(..) => {}
    }
}

fn operand_paths(operand: &Operand, visit: &mut impl FnMut(&Path)) {
    match operand {
        Operand::Path(path) | Operand::OrElse(path, _) => visit(path),
        Operand::NowAnd(_, duration) => operand_paths(duration, visit),
        Operand::Arithmetic(first, rest) => {
            operand_paths(first, visit);
            for (_, part) in rest {
                operand_paths(part, visit);
            }
        }
        Operand::Combined(first, rest) => {
            operand_paths(first, visit);
            for (_, part) in rest {
                operand_paths(part, visit);
            }
        }
        Operand::Literal(_) | Operand::Now | Operand::WallClock(..) | Operand::Party(_) => {}
    }
}
