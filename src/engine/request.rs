//! A question with its meaning: names resolved, attributes in their slots.

use std::borrow::Cow;

use smallvec::SmallVec;

use super::slots::{Fill, SlotNumber};
use super::{Decision, Engine, PartyInput, Question, Reason, VouchedRole};
use crate::facts::scope::Scopes;
use crate::facts::{Entity, Facts, Scope};
use crate::model::schema::{EntityType, Package, Permission, Placement, Role};
use crate::model::value::{ORGANIZATION, member, organization_kind};
use crate::model::{EntityRef, Id, Input, Instant, Locals, Symbol, Tri, Type, Value, organization};

/// A question against one policy and one snapshot of facts.
#[derive(Debug)]
pub struct Request<'w> {
    pub(super) facts: &'w Facts,
    pub(super) package: Id<Package>,
    pub(super) permission: Id<Permission>,
    pub(super) subject: Option<Subject<'w>>,
    pub(super) resource_type: Id<EntityType>,
    /// A route without an `on` asks about a type without an id.
    pub(super) resource: Option<EntityRef>,
    /// Whether the facts know it.
    pub(super) is_stored: bool,
    pub(super) place: Place,
    /// As `place`, but among the organizations that constraints of roles name.
    pub(super) standing: Place,
    pub(super) owner: Option<SlotNumber>,
    pub(super) slots: Vec<Slot<'w>>,
    /// What the texts are that only this request has.
    pub(super) locals: Locals,
    pub(super) understands: SmallVec<[Symbol; 2]>,
    /// The roles that are vouched for, and whether they reach the resource; without those that don't.
    pub(super) assigned: SmallVec<[(Id<Role>, Tri); 2]>,
    pub(super) now: Instant,
}

#[derive(Debug)]
pub(super) struct Subject<'w> {
    pub(super) entity: EntityRef,
    pub(super) kind: Id<EntityType>,
    pub(super) stored: Option<&'w Entity>,
}

/// Where the resource stands among the organizations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Root,
    Shared,
    /// In this scope, or in an organization below it that the facts don't name.
    In(Id<Scope>),
    Unknown,
}

/// One attribute of a request.
#[derive(Debug, Clone)]
pub(super) enum Slot<'w> {
    Absent,
    /// There, but not of the declared type.
    Invalid,
    /// A record that was sent, of which its members alone are kept, in slots of their own.
    Record,
    Sent(Value),
    Stored(&'w Value),
}

impl Engine {
    /// Resolves a question; an undeclared type or action and a conflict of organizations are denied right here.
    pub fn request<'w>(&self, facts: &'w Facts, question: &Question<'_>) -> Result<Request<'w>, Decision> {
        let refuse = |reason| Err(Decision::refusal(reason));
        // Each is named here, so that whoever adds one also says where a request keeps it, and a key with it.
        let Question {
            subject: asking,
            action,
            action_properties,
            resource: asked,
            context,
            understands,
            vouched,
            now,
        } = question;
        let schema = &self.policy.schema;
        let Some(resource_type) = self.type_named(&asked.kind, |ty| ty.is_resource) else {
            return refuse(Reason::UnknownType);
        };
        let mut locals = Locals::default();
        let subject = match asking {
            None => None,
            Some(party) => match self.type_named(&party.kind, |ty| ty.is_subject) {
                None => return refuse(Reason::UnknownType),
                Some(kind) => self.subject(facts, party, kind, &mut locals),
            },
        };
        let ty = schema.types.row(resource_type);
        let Some(permission) = self.permission(ty, action) else {
            return refuse(Reason::UnknownAction);
        };
        let resource = asked.id.as_ref().map(|id| EntityRef { kind: ty.name, id: locals.symbol(id) });
        let stored = resource.and_then(|resource| facts.entity(resource));
        let Ok(organization) = organization(ty, stored, asked, &mut locals) else {
            return refuse(Reason::OrganizationConflict);
        };
        let Ok(belongs) = belongs(subject.as_ref(), vouched.organization.as_deref(), &mut locals) else {
            return refuse(Reason::OrganizationConflict);
        };
        let Some(layout) = self.slots.layout(ty.package) else {
            return refuse(Reason::UnknownType);
        };
        let mut slots: Vec<Slot<'_>> = std::iter::repeat_with(|| Slot::Absent).take(layout.count).collect();
        if let (Some(subject), Some(party)) = (&subject, asking) {
            fill(&mut slots, layout.subject(subject.kind), &party.properties, subject.stored, &mut locals);
            if let Some(slot) = layout.subject_organization {
                put(&mut slots, slot, organization_slot(&belongs));
            }
        }
        fill(&mut slots, layout.resource(resource_type), &asked.properties, stored, &mut locals);
        if let Some(slot) = layout.resource_organization {
            put(&mut slots, slot, organization_slot(&organization));
        }
        fill(&mut slots, &layout.context, context, None, &mut locals);
        fill(&mut slots, &layout.action, action_properties, None, &mut locals);
        Ok(Request {
            facts,
            package: ty.package,
            permission,
            resource_type,
            resource,
            is_stored: stored.is_some(),
            place: place(ty.placement, &organization, &facts.scopes, &locals),
            standing: match self.hierarchy.organizations() {
                Some(scopes) => place(ty.placement, &organization, scopes, &locals),
                None => Place::Unknown,
            },
            owner: layout.owner(resource_type),
            slots,
            assigned: match &subject {
                Some(_) => self.assigned(&vouched.roles, ty.placement, &organization, &locals),
                None => SmallVec::new(),
            },
            subject,
            understands: understands.iter().map(|name| locals.symbol(name)).collect(),
            locals,
            now: *now,
        })
    }

    /// Roles that this policy doesn't have are held by nobody.
    fn assigned(
        &self,
        roles: &[VouchedRole<'_>],
        placement: Placement,
        organization: &Organization,
        locals: &Locals,
    ) -> SmallVec<[(Id<Role>, Tri); 2]> {
        let reaching = roles.iter().filter_map(|held| {
            let role = self.roles.get(&Symbol::lookup(&held.role)?).copied()?;
            let reaches = reaches(&held.organization, placement, organization, locals);
            (reaches != Tri::False).then_some((role, reaches))
        });
        reaching.collect()
    }

    /// The organization that the facts say this subject belongs to, by its path.
    pub fn organization_of(&self, facts: &Facts, kind: &str, id: &str) -> Option<&'static str> {
        let kind = self.policy.schema.types.row(self.type_named(kind, |ty| ty.is_subject)?).name;
        let entity = EntityRef { kind, id: Locals::default().symbol(id) };
        Some(facts.entity(entity)?.organization?.text())
    }

    /// Whether the policies declare subjects of this type: `type`, or `package/type`.
    pub fn has_subjects(&self, name: &str) -> bool {
        self.type_named(name, |ty| ty.is_subject).is_some()
    }

    /// Whether they have this role: `package/role`.
    pub fn has_role(&self, name: &str) -> bool {
        Symbol::lookup(name).is_some_and(|name| self.roles.contains_key(&name))
    }

    fn type_named(&self, name: &str, fits: impl Fn(&EntityType) -> bool) -> Option<Id<EntityType>> {
        let id = (*self.types.get(name)?)?;
        fits(self.policy.schema.types.row(id)).then_some(id)
    }

    fn permission(&self, ty: &EntityType, action: &str) -> Option<Id<Permission>> {
        let action = Symbol::lookup(action)?;
        let permissions = &self.policy.schema.permissions;
        ty.permissions.iter().copied().find(|permission| permissions.row(*permission).action == action)
    }

    fn subject<'w>(
        &self,
        facts: &'w Facts,
        party: &PartyInput<'_>,
        kind: Id<EntityType>,
        locals: &mut Locals,
    ) -> Option<Subject<'w>> {
        let id = locals.symbol(party.id.as_ref()?);
        let entity = EntityRef { kind: self.policy.schema.types.row(kind).name, id };
        Some(Subject { entity, kind, stored: facts.entity(entity) })
    }
}

impl Slot<'_> {
    pub(super) fn value(&self) -> Option<&Value> {
        match self {
            Slot::Sent(value) => Some(value),
            Slot::Stored(value) => Some(value),
            Slot::Absent | Slot::Invalid | Slot::Record => None,
        }
    }
}

/// What is known of the organization of a resource or a subject.
enum Organization {
    /// The resource's type is not `in organization`.
    None,
    /// Nobody says which.
    Absent,
    Known(Symbol),
    /// What was sent is no organization's path.
    Invalid,
}

struct Conflict;

fn organization(
    ty: &EntityType,
    stored: Option<&Entity>,
    sent: &PartyInput<'_>,
    locals: &mut Locals,
) -> Result<Organization, Conflict> {
    if ty.placement != Placement::Organization {
        return Ok(Organization::None);
    }
    let stored = stored.and_then(|entity| entity.organization);
    let Some(sent) = property(&sent.properties, ORGANIZATION) else {
        return Ok(stored.map_or(Organization::Absent, Organization::Known));
    };
    let sent = match sent {
        Input::Text(path) if organization::is_path(path) => Some(locals.symbol(path)),
        Input::Text(_)
        | Input::Null
        | Input::Bool(_)
        | Input::Int(_)
        | Input::Decimal(_)
        | Input::List(_)
        | Input::Record(_) => None,
    };
    match (stored, sent) {
        (None, None) => Ok(Organization::Invalid),
        (None, Some(path)) => Ok(Organization::Known(path)),
        (Some(stored), Some(sent)) if stored == sent => Ok(Organization::Known(stored)),
        (Some(_), _) => Err(Conflict),
    }
}

/// The organization that the subject belongs to, by the facts or by who vouches for it.
fn belongs(
    subject: Option<&Subject<'_>>,
    vouched: Option<&str>,
    locals: &mut Locals,
) -> Result<Organization, Conflict> {
    let Some(subject) = subject else { return Ok(Organization::Absent) };
    let stored = subject.stored.and_then(|entity| entity.organization);
    let Some(path) = vouched else {
        return Ok(stored.map_or(Organization::Absent, Organization::Known));
    };
    let vouched = organization::is_path(path).then(|| locals.symbol(path));
    match (stored, vouched) {
        (None, None) => Ok(Organization::Invalid),
        (None, Some(path)) => Ok(Organization::Known(path)),
        (Some(stored), Some(path)) if stored == path => Ok(Organization::Known(stored)),
        (Some(_), _) => Err(Conflict),
    }
}

/// Whether a role that is vouched for in an organization reaches the resource.
fn reaches(held: &str, placement: Placement, organization: &Organization, locals: &Locals) -> Tri {
    if held == organization::ROOT_PATH || !organization::is_path(held) {
        return Tri::False;
    }
    match (placement, organization) {
        (Placement::Root, _) => Tri::False,
        (Placement::Shared, _) => Tri::True,
        (Placement::Organization, Organization::Known(path)) => {
            let below = locals.text(*path).strip_prefix(held);
            below.is_some_and(|below| below.is_empty() || below.starts_with('/')).into()
        }
        (Placement::Organization, _) => Tri::Unknown,
    }
}

fn place(placement: Placement, organization: &Organization, scopes: &Scopes, locals: &Locals) -> Place {
    match (placement, organization) {
        (Placement::Root, _) => Place::Root,
        (Placement::Shared, _) => Place::Shared,
        (Placement::Organization, Organization::Known(path)) => {
            Place::In(scopes.of(*path).unwrap_or_else(|| scopes.nearest(locals.text(*path))))
        }
        (Placement::Organization, _) => Place::Unknown,
    }
}

fn fill<'w>(
    slots: &mut [Slot<'w>],
    fills: &[Fill],
    sent: &[(Cow<'_, str>, Input<'_>)],
    stored: Option<&'w Entity>,
    locals: &mut Locals,
) {
    for wanted in fills {
        let kept = || stored.and_then(|entity| entity.attribute(wanted.name));
        let value = match (&wanted.ty, property(sent, wanted.text)) {
            (Some(ty), Some(input)) => read(input, &wanted.members, ty, locals),
            (Some(_), None) => kept().map_or(Slot::Absent, |value| find(value, &wanted.members)),
            (None, Some(_)) => Slot::Invalid,
            (None, None) => kept().map_or(Slot::Absent, |_| Slot::Invalid),
        };
        put(slots, wanted.slot, value);
    }
}

/// What was sent, or the member of it that these steps lead to. A record takes the place of a stored one as a whole.
fn read<'w>(mut input: &Input<'_>, members: &[(Symbol, &str)], ty: &Type, locals: &mut Locals) -> Slot<'w> {
    for (_, name) in members {
        let Input::Record(members) = input else { return Slot::Invalid };
        let Some(member) = property(members, name) else { return Slot::Absent };
        input = member;
    }
    match (ty, input) {
        (Type::Record(_), Input::Record(_)) => Slot::Record,
        _ => ty.read(input, &mut |text| locals.symbol(text)).map_or(Slot::Invalid, Slot::Sent),
    }
}

/// What is stored, or the member of it that these steps lead to.
fn find<'w>(mut value: &'w Value, members: &[(Symbol, &str)]) -> Slot<'w> {
    for (name, _) in members {
        let Value::Record(members) = value else { return Slot::Invalid };
        let Some(member) = member(members, *name) else { return Slot::Absent };
        value = member;
    }
    Slot::Stored(value)
}

fn put<'w>(slots: &mut [Slot<'w>], slot: SlotNumber, value: Slot<'w>) {
    if let Some(place) = slots.get_mut(usize::from(slot)) {
        *place = value;
    }
}

fn organization_slot(organization: &Organization) -> Slot<'static> {
    match organization {
        Organization::None | Organization::Absent => Slot::Absent,
        Organization::Known(path) => Slot::Sent(organization_value(*path)),
        Organization::Invalid => Slot::Invalid,
    }
}

fn organization_value(path: Symbol) -> Value {
    Value::Entity(EntityRef { kind: organization_kind(), id: path })
}

/// A property that is there; JSON null is as good as absent.
fn property<'a, 'i>(properties: &'a [(Cow<'i, str>, Input<'i>)], name: &str) -> Option<&'a Input<'i>> {
    let (_, input) = properties.iter().find(|(key, _)| key == name)?;
    (*input != Input::Null).then_some(input)
}

/// How answers name a resource's organization that is unknown.
pub(super) fn organization_leaf() -> Symbol {
    Symbol::intern("resource.organization")
}
