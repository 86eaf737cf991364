//! What the names in tests mean, and what is wrong with those that mean nothing.
//!
//! A name that nothing declares is denied when it is asked about, so a misspelt test would pass for the wrong reason.

use super::By;
use super::draft::{self, Party, Placed, Property, Table};
use crate::document::{Code, Diagnostic, Problems, Span, suggest};
use crate::engine::explain::NO_ROUTE;
use crate::engine::{Decider, Reason};
use crate::language::policy::{Effect, Policy};
use crate::model::schema::{Attribute, EntityType, Named, Package, Placement, Role};
use crate::model::value::ORGANIZATION;
use crate::model::{Id, Input, Locals, Type};

pub struct Names<'p> {
    pub policy: &'p Policy,
}

impl<'p> Names<'p> {
    /// What all cases of a file share has to be declared by some package.
    pub fn shared_context(&self, properties: &[Property], problems: &mut Problems) {
        let packages = || self.policy.schema.packages.rows();
        let known: Vec<&str> =
            packages().flat_map(|package| &package.context).map(|known| known.name.text()).collect();
        for property in properties.iter().filter(|property| !known.contains(&property.name.value.as_str())) {
            let message = format!("no package's context has a `{}`", property.name.value);
            problems.push(unknown(Code::UnknownAttribute, message, &property.name, known.iter().copied()));
        }
    }

    /// What all resources of a table share has to be declared by the type of some column.
    pub fn shared_resource(&self, table: &Table, problems: &mut Problems) {
        let types = &self.policy.schema.types;
        let kinds: Vec<&EntityType> = table
            .columns
            .iter()
            .filter_map(|column| match self.policy.schema.type_named(&column.kind) {
                Named::One(kind) => Some(types.row(kind)),
                Named::Ambiguous | Named::None => None,
            })
            .collect();
        // A type that nothing declares is told elsewhere.
        let is_whole = kinds.len() == table.columns.len();
        for Property { name, .. } in table.resource_properties.iter().filter(|_| is_whole) {
            if !kinds.iter().any(|kind| declares(kind, &name.value)) {
                let message = format!("no column's type has an attribute `{}`", name.value);
                let known = kinds.iter().flat_map(|kind| &kind.attributes).map(|known| known.name.text());
                problems.push(unknown(Code::UnknownAttribute, message, name, known));
            }
        }
    }

    pub fn role(&self, name: &str, span: Span, problems: &mut Problems) -> Option<Id<Role>> {
        let roles = &self.policy.schema.roles;
        match self.policy.schema.role_named(name) {
            Named::One(role) => Some(role),
            Named::Ambiguous => {
                let message = format!("more than one package declares the role `{name}`");
                let problem = Diagnostic::error(Code::AmbiguousName, message).at(span, "");
                problems.push(problem.help(format!("write `package/{name}`")));
                None
            }
            Named::None => {
                let known = roles.rows().flat_map(|role| [role.bare.text(), role.name.text()]);
                let written = Placed { value: name.to_owned(), span };
                let message = format!("no package declares the role `{name}`");
                problems.push(unknown(Code::UnknownName, message, &written, known));
                None
            }
        }
    }

    pub fn role_name(&self, role: Id<Role>) -> String {
        self.policy.schema.roles.row(role).name.to_string()
    }

    /// The one type of subjects that the role's package declares.
    pub fn only_subject(&self, role: Id<Role>, span: Span, problems: &mut Problems) -> Option<String> {
        let schema = &self.policy.schema;
        let package = schema.roles.row(role).package;
        let mut subjects = schema.types.rows().filter(|kind| kind.is_subject && kind.package == package);
        if let (Some(one), None) = (subjects.next(), subjects.next()) {
            return Some(one.name.to_string());
        }
        let message = "the role's package does not declare one type of subjects alone";
        let problem = Diagnostic::error(Code::YamlMissingKey, message).at(span, "");
        problems.push(problem.help("say in the table who holds the roles, as in `subject: { type: user }`"));
        None
    }

    pub fn subject_type(&self, kind: &Placed<String>, problems: &mut Problems) -> Option<String> {
        let found = self.entity_type(kind, "subject", |kind| kind.is_subject, problems)?;
        Some(self.policy.schema.types.row(found).name.to_string())
    }

    pub fn resource_type(
        &self,
        kind: &Placed<String>,
        reason: Option<&str>,
        problems: &mut Problems,
    ) -> Option<Id<EntityType>> {
        if reason == Some(Reason::UnknownType.code()) {
            return None;
        }
        self.entity_type(kind, "resource", |kind| kind.is_resource, problems)
    }

    pub fn subject(&self, subject: &Party, reason: Option<&str>, problems: &mut Problems) {
        if reason == Some(Reason::UnknownType.code()) {
            return;
        }
        let Some(kind) = self.entity_type(&subject.kind, "subject", |kind| kind.is_subject, problems) else {
            return;
        };
        let row = self.policy.schema.types.row(kind);
        attributes_fit(row.bare.text(), &row.attributes, &subject.properties, reason, problems);
    }

    pub fn package_of(&self, kind: Id<EntityType>) -> &'p Package {
        self.policy.schema.packages.row(self.policy.schema.types.row(kind).package)
    }

    pub fn action(
        &self,
        kind: Id<EntityType>,
        action: &Placed<String>,
        reason: Option<&str>,
        problems: &mut Problems,
    ) {
        let schema = &self.policy.schema;
        let row = schema.types.row(kind);
        let known = || row.permissions.iter().map(|id| schema.permissions.row(*id).action.text());
        if reason != Some(Reason::UnknownAction.code()) && !known().any(|name| name == action.value) {
            let message = format!("`{}` has no action `{}`", row.bare, action.value);
            problems.push(unknown(Code::UnknownName, message, action, known()));
        }
    }

    pub fn resource_properties(
        &self,
        kind: Id<EntityType>,
        properties: &[Property],
        reason: Option<&str>,
        problems: &mut Problems,
    ) {
        let row = self.policy.schema.types.row(kind);
        let is_place = |property: &Property| property.name.value == ORGANIZATION && is_placed(row);
        let others: Vec<Property> =
            properties.iter().filter(|property| !is_place(property)).cloned().collect();
        attributes_fit(row.bare.text(), &row.attributes, &others, reason, problems);
    }

    pub fn by(
        &self,
        by: &draft::By,
        is_allow: bool,
        reason: Option<&str>,
        problems: &mut Problems,
    ) -> Option<By> {
        match by {
            draft::By::Named(name) => self.decider(name, is_allow, reason, problems).map(By::Named),
            draft::By::All(names) => {
                let deciders = names.iter().map(|name| self.decider(name, is_allow, reason, problems));
                deciders.collect::<Option<_>>().map(By::All)
            }
        }
    }

    /// A rule by its name, `role NAME`, or `grant`.
    fn decider(
        &self,
        name: &Placed<String>,
        is_allow: bool,
        reason: Option<&str>,
        problems: &mut Problems,
    ) -> Option<Decider> {
        let decider = match name.value.split_once(' ') {
            Some(("role", role)) => Decider::Role(self.role(role.trim(), name.span, problems)?),
            _ if name.value == "grant" => Decider::Grant,
            _ => self.rule(name, problems)?,
        };
        let is_deny = match decider {
            Decider::Rule(rule) => self.policy.rules.row(rule).effect == Effect::Deny,
            Decider::Role(_) | Decider::Grant => false,
        };
        // What allows with an obligation that nobody understands is named in the deny.
        let is_unmet = reason == Some(Reason::ObligationUnsupported.code());
        if is_deny == (is_allow || is_unmet) {
            let (does, is) = if is_deny { ("denies", "an allow") } else { ("allows", "a deny") };
            let message = format!("`{}` {does}, so it can't decide {is}", name.value);
            problems.push(Diagnostic::error(Code::Expectation, message).at(name.span, ""));
            return None;
        }
        Some(decider)
    }

    fn rule(&self, name: &Placed<String>, problems: &mut Problems) -> Option<Decider> {
        let rules = &self.policy.rules;
        let named = |id, bare: &str| bare == name.value || self.policy.rule_name(id) == name.value;
        let mut found = rules.iter().filter(|(id, row)| named(*id, row.name.text()));
        match (found.next(), found.next()) {
            (Some((one, _)), None) => Some(Decider::Rule(one)),
            (Some(_), Some(_)) => {
                let message = format!("more than one package has a rule `{}`", name.value);
                let problem = Diagnostic::error(Code::AmbiguousName, message).at(name.span, "");
                problems.push(problem.help(format!("write `package/{}`", name.value)));
                None
            }
            (None, _) => {
                let full: Vec<String> = rules.ids().map(|id| self.policy.rule_name(id)).collect();
                let bare = rules.rows().map(|row| row.name.text());
                let known = bare.chain(full.iter().map(String::as_str));
                let is_role = matches!(self.policy.schema.role_named(&name.value), Named::One(_));
                let message = format!("there is no rule `{}`", name.value);
                let problem = unknown(Code::UnknownName, message, name, known);
                problems.push(if is_role {
                    problem.help(format!("write `role {}`", name.value))
                } else {
                    problem
                });
                None
            }
        }
    }

    fn entity_type(
        &self,
        kind: &Placed<String>,
        what: &str,
        fits: impl Fn(&EntityType) -> bool,
        problems: &mut Problems,
    ) -> Option<Id<EntityType>> {
        let types = &self.policy.schema.types;
        match self.policy.schema.type_named(&kind.value) {
            Named::One(id) if fits(types.row(id)) => Some(id),
            Named::Ambiguous => {
                let message = format!("more than one package declares a type `{}`", kind.value);
                let problem = Diagnostic::error(Code::AmbiguousName, message).at(kind.span, "");
                problems.push(problem.help(format!("write `package/{}`", kind.value)));
                None
            }
            Named::One(_) | Named::None => {
                let known = types.rows().filter(|kind| fits(kind));
                let known = known.flat_map(|kind| [kind.bare.text(), kind.name.text()]);
                let message = format!("the policies declare no {what} `{}`", kind.value);
                problems.push(unknown(Code::UnknownName, message, kind, known));
                None
            }
        }
    }
}

/// Whether these are declared, and of their types. A wrong type makes an attribute unknown; it may be given to see
/// that.
pub fn attributes_fit(
    holder: &str,
    declared: &[Attribute],
    properties: &[Property],
    reason: Option<&str>,
    problems: &mut Problems,
) {
    for Property { name, value } in properties {
        let Some(attribute) = declared.iter().find(|known| known.name.text() == name.value) else {
            let message = format!("`{holder}` has no attribute `{}`", name.value);
            let known = declared.iter().map(|known| known.name.text());
            problems.push(unknown(Code::UnknownAttribute, message, name, known));
            continue;
        };
        if reason != Some(Reason::UnknownAttribute.code()) && !fits(&attribute.ty, &value.value) {
            let message =
                format!("`{}` is declared as `{}`, and this is not one", name.value, attribute.ty.describe());
            let help =
                "a value of another type is unknown; write `reason: unknown_attribute` if that is meant";
            problems.push(Diagnostic::error(Code::WrongValue, message).at(value.span, "").help(help));
        }
    }
}

/// The code of a reason that such an answer can have.
pub fn reason(
    reason: &Placed<String>,
    is_allow: bool,
    is_proxy: bool,
    problems: &mut Problems,
) -> Option<&'static str> {
    if reason.value == NO_ROUTE && !is_proxy {
        let message = "only a request that a proxy asks about can be without a route";
        let problem = Diagnostic::error(Code::Expectation, message).at(reason.span, "");
        problems.push(problem.help("write `http: GET /…` instead of `action` and `resource`"));
        return None;
    }
    let proxy = is_proxy.then_some(NO_ROUTE);
    let codes = || Reason::ALL.map(Reason::code).into_iter().chain(proxy);
    let Some(code) = codes().find(|code| *code == reason.value) else {
        let message = format!("there is no reason `{}`", reason.value);
        problems.push(unknown(Code::UnknownName, message, reason, codes()));
        return None;
    };
    if (code == Reason::Allowed.code()) != is_allow {
        let is = if is_allow { "a deny" } else { "an allow" };
        let message = format!("an answer whose reason is `{code}` is {is}");
        problems.push(Diagnostic::error(Code::Expectation, message).at(reason.span, ""));
        return None;
    }
    Some(code)
}

/// Whether a request may say this of such a resource.
pub fn declares(kind: &EntityType, name: &str) -> bool {
    (name == ORGANIZATION && is_placed(kind)) || kind.attributes.iter().any(|known| known.name.text() == name)
}

fn is_placed(kind: &EntityType) -> bool {
    kind.placement == Placement::Organization
}

fn unknown<'k>(
    code: Code,
    message: String,
    name: &Placed<String>,
    known: impl IntoIterator<Item = &'k str>,
) -> Diagnostic {
    let problem = Diagnostic::error(code, message).at(name.span, "");
    match suggest::did_you_mean(&name.value, known) {
        Some(help) => problem.help(help),
        None => problem,
    }
}

/// Whether a request would have a value of this type.
fn fits(ty: &Type, input: &Input<'_>) -> bool {
    match (ty, input) {
        (_, Input::Null) => true,
        (Type::Record(members), Input::Record(given)) => given.iter().all(|(name, value)| {
            members.iter().any(|member| member.name.text() == name && fits(&member.ty, value))
        }),
        _ => {
            let mut locals = Locals::default();
            ty.read(input, &mut |text| locals.symbol(text)).is_some()
        }
    }
}
