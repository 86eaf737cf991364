//! Which attributes any condition reads, and where a request keeps them.
//!
//! A request is about the resources of one package, so slots are numbered per package, for all rules about them. Two
//! declarations of one name with different types get two slots: what a rule reads always has the type it expects. Of a
//! record only the members that are read have slots, one each.

use foldhash::HashMap;

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
    pub(super) action: Vec<Fill>,
    /// By type: subjects may be of any package.
    subjects: HashMap<Id<EntityType>, Vec<Fill>>,
    resources: HashMap<Id<EntityType>, Vec<Fill>>,
    pub(super) subject_organization: Option<SlotNumber>,
    pub(super) resource_organization: Option<SlotNumber>,
    owners: HashMap<Id<EntityType>, SlotNumber>,
    /// An attribute may be declared with several types.
    numbers: HashMap<Steps, Vec<(Type, SlotNumber)>>,
}

/// The beginning of a path: an attribute of the root, and steps from it into records.
type Steps = (Root, Box<[Symbol]>);

/// An attribute to take from a request or from the facts.
#[derive(Debug)]
pub(super) struct Fill {
    pub(super) name: Symbol,
    pub(super) text: &'static str,
    /// The steps from it into records.
    pub(super) members: Box<[(Symbol, &'static str)]>,
    /// What these lead to. None if the attribute is declared with another type than the rule reads it with: then
    /// whatever is there is invalid.
    pub(super) ty: Option<Type>,
    pub(super) slot: SlotNumber,
}

impl Slots {
    pub(super) fn new(policy: &Policy) -> Slots {
        let mut packages: Vec<Layout> = policy.schema.packages.ids().map(|_| Layout::default()).collect();
        for rule in policy.rules.rows() {
            for package in policy.packages_of(rule) {
                let Some(layout) = packages.get_mut(package.number()) else { continue };
                for condition in rule.when.iter().chain(&rule.unless) {
                    paths(condition, &mut |path| layout.number(path));
                }
            }
        }
        for constraint in &policy.constraints {
            for package in policy.packages_left(constraint.role) {
                let Some(layout) = packages.get_mut(package.number()) else { continue };
                for condition in constraint.when.iter().chain(&constraint.unless) {
                    paths(condition, &mut |path| layout.number(path));
                }
            }
        }
        for (id, ty) in policy.schema.types.iter().filter(|(_, ty)| ty.is_resource) {
            if let (Some(owner), Some(layout)) = (ty.owner(), packages.get_mut(ty.package.number())) {
                let slot = layout.slot(Root::Resource, &[owner.name], &owner.ty);
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

    /// Where what a path first leads to is kept: see [`steps_kept`].
    pub(super) fn slot_of(&self, path: &Path) -> Option<SlotNumber> {
        let steps = path.attributes.get(..steps_kept(path))?;
        let slots = self.numbers.get(&(path.root, steps.into()))?;
        let ty = path.types.first()?;
        slots.iter().find(|(declared, _)| declared == ty).map(|(_, slot)| *slot)
    }

    /// Where each path of a condition is kept, in source order.
    pub(super) fn places(&self, condition: &Expr) -> Vec<Option<SlotNumber>> {
        let mut places = Vec::new();
        paths(condition, &mut |path| places.push(self.slot_of(path)));
        places
    }

    fn number(&mut self, path: &Path) {
        // What a variable stands for is in a set, which has its slot.
        if let (false, Some(steps), Some(ty)) = (
            matches!(path.root, Root::Variable(_)),
            path.attributes.get(..steps_kept(path)),
            path.types.first(),
        ) {
            self.slot(path.root, steps, ty);
        }
    }

    /// The slot for what these steps lead to from an attribute of this type.
    fn slot(&mut self, root: Root, steps: &[Symbol], ty: &Type) -> SlotNumber {
        let slots = self.numbers.entry((root, steps.into())).or_default();
        if let Some((_, slot)) = slots.iter().find(|(declared, _)| declared == ty) {
            return *slot;
        }
        let next = SlotNumber::try_from(self.count).unwrap_or(SlotNumber::MAX);
        slots.push((ty.clone(), next));
        self.count += 1;
        next
    }

    fn fill(&mut self, policy: &Policy, package: Id<Package>) {
        let organization = Symbol::intern(ORGANIZATION_ATTRIBUTE);
        let schema = &policy.schema;
        let wanted: Vec<_> = self
            .numbers
            .iter()
            .flat_map(|((root, steps), slots)| {
                slots.iter().map(|(ty, slot)| (*root, steps.clone(), ty.clone(), *slot))
            })
            .collect();
        for (root, steps, wanted_type, slot) in wanted {
            let Some((name, members)) = steps.split_first() else { continue };
            let name = *name;
            let fill = |ty: &Type| Fill {
                name,
                text: name.text(),
                members: members.iter().map(|member| (*member, member.text())).collect(),
                ty: (*ty == wanted_type).then(|| led_to(ty, members)).flatten(),
                slot,
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
                Root::Action => {
                    let action = &schema.packages.row(package).action;
                    let found = action.iter().find(|attribute| attribute.name == name);
                    self.action.extend(found.map(|found| fill(&found.ty)));
                }
                Root::Variable(_) => {}
            }
        }
    }
}

/// How many steps of a path its slot takes: the first, and those into records below it.
pub(super) fn steps_kept(path: &Path) -> usize {
    let records = path.types.iter().take_while(|ty| matches!(ty, Type::Record(_))).count();
    path.attributes.len().min(1 + records)
}

/// What steps into records lead to.
fn led_to(ty: &Type, members: &[Symbol]) -> Option<Type> {
    let mut ty = ty;
    for name in members {
        let Type::Record(members) = ty else { return None };
        ty = &members.iter().find(|member| member.name == *name)?.ty;
    }
    Some(ty.clone())
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
        Expr::Quantified(quantified) => {
            operand_paths(&quantified.set, visit);
            paths(&quantified.body, visit);
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
        Operand::Literal(_)
        | Operand::Now
        | Operand::WallClock(..)
        | Operand::Party(_)
        | Operand::Variable(..) => {}
    }
}
