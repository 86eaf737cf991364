//! Paths: which attribute each step reads, and whether it can be read here.

use std::borrow::Cow;

use super::advice;
use super::conditions::{Conditions, Kind, Typed, party_word};
use super::flow::Key;
use crate::document::{Code, Diagnostic, Span};
use crate::language::policy::{ORGANIZATION_ATTRIBUTE, Operand, Party, Path, Root};
use crate::language::syntax::tree::{self, Name, Start};
use crate::language::syntax::written;
use crate::model::limits::PATH_STEPS_MAX;
use crate::model::schema::{Attribute, EntityType, Package, Placement};
use crate::model::value::{GROUP, ORGANIZATION, bare};
use crate::model::{Id, Symbol, Type};

/// How many members of a record a message names.
const MEMBERS_SHOWN: usize = 8;

/// One step of a path: the attribute's type, and whether it may be absent.
#[derive(Debug, Clone)]
struct Step {
    ty: Type,
    optional: bool,
}

impl<'a> Conditions<'_, '_, '_, 'a> {
    /// A path that is read as it is: what is optional in it has to be known to be there.
    pub(super) fn path_to_read(&mut self, node: &tree::Path<'a>) -> Option<(Path, Type)> {
        let (path, steps) = self.resolve(node)?;
        let before = path.attributes.len() - steps.len();
        for (number, step) in steps.iter().enumerate() {
            let prefix = path.attributes.get(..=before + number)?;
            if step.optional && !self.is_alone && !self.known.is_present(path.root, prefix) {
                let name = node.over(number + 1);
                let diagnostic = Diagnostic::error(Code::OptionalRead, format!("`{name}` may be absent"))
                    .at(node.span, "")
                    .help(format!("say what then: `has {name} and …` or `{} or_else …`", node.text));
                self.report.add(diagnostic);
                return None;
            }
        }
        self.value(node, path)
    }

    pub(super) fn path_with_fallback(&mut self, node: &tree::Path<'a>) -> Option<(Path, Type)> {
        let (path, _) = self.resolve(node)?;
        self.value(node, path)
    }

    pub(super) fn path_to_ask_for(&mut self, node: &tree::Path<'a>) -> Option<(Path, Key)> {
        let (path, _) = self.resolve(node)?;
        let key = (path.root, path.attributes.clone());
        Some((path, key))
    }

    /// A path that leads to a value. Conditions read the members of records and never whole ones.
    fn value(&mut self, node: &tree::Path<'a>, path: Path) -> Option<(Path, Type)> {
        let ty = path.ty()?.clone();
        let Type::Record(members) = &ty else { return Some((path, ty)) };
        let message = format!("`{}` is a record, and a condition can't read a whole one", path.text);
        let named = |member: &Attribute| format!("`{}.{}`", path.text, step(member.name.text()));
        let shown: Vec<String> = members.iter().take(MEMBERS_SHOWN).map(named).collect();
        let more = if members.len() > shown.len() { ", …" } else { "" };
        let help = match shown.as_slice() {
            [] => format!("`has {}` asks whether it is there", path.text),
            [only] => format!("read its member {only}"),
            _ => format!("read one of its members: {}{more}", shown.join(", ")),
        };
        self.report.error_with_help(Code::TypeMismatch, node.span, message, help);
        None
    }

    /// The path, and what its own steps read: those of what a parameter stands for are not among them.
    fn resolve(&mut self, node: &tree::Path<'a>) -> Option<(Path, Vec<Step>)> {
        let (mut path, argument) = self.start(node)?;
        let into_records = path.types.iter().rev().skip(1).filter(|ty| is_record(ty)).count();
        let before = path.attributes.len().saturating_sub(into_records);
        let mut far = before;
        let mut steps: Vec<Step> = Vec::with_capacity(node.steps.len());
        for name in &node.steps {
            let from = path.types.last().cloned();
            far += usize::from(!from.as_ref().is_some_and(is_record));
            if far > PATH_STEPS_MAX {
                self.report_too_long(node, argument.filter(|_| far - before <= PATH_STEPS_MAX));
                return None;
            }
            let step = match (from, path.root) {
                (Some(ty), _) => self.next_step(node, steps.len(), &ty, *name)?,
                (None, Root::Context) => self.context_step(*name)?,
                (None, Root::Action) => self.action_step(*name)?,
                (None, Root::Subject) => self.party_step(Party::Subject, *name)?,
                (None, Root::Resource) => self.party_step(Party::Resource, *name)?,
                (None, Root::Variable(_)) => {
                    let ty = self.element_type(node)?;
                    self.next_step(node, steps.len(), &ty, *name)?
                }
            };
            path.attributes.push(Symbol::intern(name.text));
            path.types.push(step.ty.clone());
            steps.push(step);
        }
        Some((path, steps))
    }

    /// What a path starts from, with the text of the whole, and where the argument stands that a parameter stands for.
    fn start(&mut self, node: &tree::Path<'a>) -> Option<(Path, Option<Span>)> {
        let empty = |root, text| Path { root, attributes: Vec::new(), types: Vec::new(), text };
        let name = match node.start {
            Start::Root(root) => return Some((empty(root, Symbol::intern(node.text)), None)),
            Start::Name(name) => name,
        };
        let Some(local) = self.local(name.text) else {
            self.report_no_parameter(name);
            return None;
        };
        let rest = node.text.get(name.text.len()..).unwrap_or("");
        let Typed { operand, span, .. } = &local.typed;
        match operand {
            Operand::Party(party) => {
                let text = Symbol::intern(&format!("{}{rest}", party_word(*party)));
                let root = match party {
                    Party::Subject => Root::Subject,
                    Party::Resource => Root::Resource,
                };
                Some((empty(root, text), Some(*span)))
            }
            Operand::Variable(variable, written) => {
                let text = Symbol::intern(&format!("{written}{rest}"));
                Some((empty(Root::Variable(*variable), text), Some(*span)))
            }
            Operand::Path(path) => {
                let text = Symbol::intern(&format!("{}{rest}", path.text));
                Some((Path { text, ..path.clone() }, Some(*span)))
            }
            _ => {
                let message = format!("the attributes of {} can't be read", self.described(&local.typed));
                self.report.add(
                    Diagnostic::error(Code::TypeMismatch, message)
                        .at(*span, "")
                        .related(node.span, "read here")
                        .help("give a path, `subject` or `resource`"),
                );
                None
            }
        }
    }

    /// The type of what a variable stands for.
    fn element_type(&self, node: &tree::Path<'a>) -> Option<Type> {
        let Start::Name(name) = node.start else { return None };
        match &self.local(name.text)?.typed.kind {
            Kind::Value(ty) => Some(ty.clone()),
            Kind::Party(_) | Kind::Now | Kind::WallClock(_) => None,
        }
    }

    /// `argument` is what stands before the path where it is too long because of that.
    fn report_too_long(&mut self, node: &tree::Path<'a>, argument: Option<Span>) {
        let help = "steps into records don't count; keep what is farther away in an attribute nearer by";
        let diagnostic = if let Some(argument) = argument {
            let message = format!("with this argument a path has more than {PATH_STEPS_MAX} steps");
            let diagnostic = Diagnostic::error(Code::PathTooLong, message);
            diagnostic.at(argument, "").related(node.span, "leads on from here")
        } else {
            let message = format!("a path has at most {PATH_STEPS_MAX} steps");
            Diagnostic::error(Code::PathTooLong, message).at(node.span, "").help(help)
        };
        self.report.add(diagnostic);
    }

    fn report_no_parameter(&mut self, name: Name<'a>) {
        let imports = &self.around.names.imports;
        if imports.is_known(name.text) {
            let message =
                format!("`{}` is a package, and what it declares has no attributes here", name.text);
            self.report.error(Code::TypeMismatch, name.span, message);
            return;
        }
        let known = self.locals.iter().map(|local| local.name).chain(imports.names(self.site));
        self.report.unknown(Code::UnknownName, "name", name, known);
    }

    fn context_step(&mut self, name: Name<'a>) -> Option<Step> {
        let around = self.around;
        self.package_step(name, "context", |package| &around.schema.packages.row(package).context)
    }

    fn action_step(&mut self, name: Name<'a>) -> Option<Step> {
        let around = self.around;
        self.package_step(name, "action", |package| &around.schema.packages.row(package).action)
    }

    /// A step into what the packages of the resource declare: all its possible packages have to agree on it.
    fn package_step<'d>(
        &mut self,
        name: Name<'a>,
        of: &str,
        declared: impl Fn(Id<Package>) -> &'d [Attribute],
    ) -> Option<Step> {
        let homes = self.homes();
        let symbol = Symbol::intern(name.text);
        let mut found: Option<(&Attribute, Id<Package>)> = None;
        let (mut optional, mut missing) = (false, None);
        for home in &homes {
            let Some(attribute) = declared(*home).iter().find(|attribute| attribute.name == symbol) else {
                missing = missing.or(Some(*home));
                continue;
            };
            optional |= attribute.optional;
            match found {
                Some((first, _)) if first.ty != attribute.ty && self.is_alone => return None,
                Some((first, having)) if first.ty != attribute.ty => {
                    let what = (name, of);
                    self.report_packages_disagree(what, (having, &first.ty), (*home, &attribute.ty));
                    return None;
                }
                Some(_) => {}
                None => found = Some((attribute, *home)),
            }
        }
        let package = |id| self.around.schema.packages.row(id).name;
        match (found, missing) {
            (Some((attribute, _)), missing) if missing.is_none() || self.is_alone => {
                Some(Step { ty: attribute.ty.clone(), optional })
            }
            (Some(_), Some(missing)) => {
                let message = format!(
                    "the resource may be of the package `{}`, whose {of} has no attribute `{}`",
                    package(missing),
                    name.text
                );
                let problem = Diagnostic::error(Code::NotShared, message).at(name.span, "");
                let help =
                    "declare it there too, or say first what the resource is: `resource is TYPE and …`";
                self.report.if_declared(name.text, problem.help(help));
                None
            }
            _ => {
                let of = match homes.as_slice() {
                    [only] if *only != self.site.package => format!("the {of} of `{}`", package(*only)),
                    _ => format!("the {of}"),
                };
                let known = homes.iter().flat_map(|home| declared(*home));
                let known = known.map(|attribute| attribute.name.text());
                self.report.unknown_attribute(&of, "attribute", name, known);
                None
            }
        }
    }

    fn report_packages_disagree(
        &mut self,
        (name, of): (Name<'a>, &str),
        (first, first_type): (Id<Package>, &Type),
        (second, second_type): (Id<Package>, &Type),
    ) {
        let packages = &self.around.schema.packages;
        let message = format!(
            "`{}` is of type `{}` in the {of} of `{}`, but of type `{}` in that of `{}`",
            name.text,
            self.type_text(first_type),
            packages.row(first).name,
            self.type_text(second_type),
            packages.row(second).name
        );
        let help = "say first what the resource is: `resource is TYPE and …`";
        self.report.error_with_help(Code::NotShared, name.span, message, help);
    }

    /// The first step from the subject or the resource: all its possible types have to agree on it.
    fn party_step(&mut self, party: Party, name: Name<'a>) -> Option<Step> {
        let types = self.known.types(party)?;
        let schema = self.around.schema;
        if name.text == ORGANIZATION_ATTRIBUTE {
            let is_outside =
                |ty: &&Id<EntityType>| schema.types.row(**ty).placement != Placement::Organization;
            let outside = types.iter().find(is_outside).filter(|_| !self.is_alone);
            return match (party, outside) {
                (Party::Resource, Some(outside)) => {
                    self.report_outside(schema.types.row(*outside).name, name);
                    None
                }
                _ => Some(organization_step()),
            };
        }
        let symbol = Symbol::intern(name.text);
        let mut found: Option<(&Attribute, Id<EntityType>)> = None;
        let mut optional = false;
        let mut missing = None;
        for ty in types.iter() {
            let Some(attribute) = schema.types.row(*ty).attribute(symbol) else {
                missing = missing.or(Some(*ty));
                continue;
            };
            optional |= attribute.optional;
            match found {
                Some((first, _)) if first.ty != attribute.ty && self.is_alone => return None,
                Some((first, first_type)) if first.ty != attribute.ty => {
                    self.report_disagreement(party, name, (first_type, &first.ty), (*ty, &attribute.ty));
                    return None;
                }
                Some(_) => {}
                None => found = Some((attribute, *ty)),
            }
        }
        match (found, missing) {
            (Some((attribute, _)), None) => Some(Step { ty: attribute.ty.clone(), optional }),
            // Which one it is may be known where it is used.
            (Some((attribute, _)), Some(_)) if self.is_alone => {
                Some(Step { ty: attribute.ty.clone(), optional })
            }
            (Some((_, having)), Some(missing)) => {
                self.report_missing(party, name, having, missing);
                None
            }
            (None, _) => {
                self.report_nowhere(party, name, &types);
                None
            }
        }
    }

    fn report_outside(&mut self, kind: Symbol, name: Name<'a>) {
        let message = format!("`{}` is not declared `in organization`", self.kind_text(kind));
        let help = format!("write `resource {} in organization`", written(bare(kind.text())));
        self.report.error_with_help(Code::UnknownAttribute, name.span, message, help);
    }

    fn report_disagreement(
        &mut self,
        party: Party,
        name: Name<'a>,
        (first, first_type): (Id<EntityType>, &Type),
        (second, second_type): (Id<EntityType>, &Type),
    ) {
        let types = &self.around.schema.types;
        let message = format!(
            "`{}` is of type `{}` in `{}`, but of type `{}` in `{}`",
            name.text,
            self.type_text(first_type),
            self.kind_text(types.row(first).name),
            self.type_text(second_type),
            self.kind_text(types.row(second).name)
        );
        let (word, first) = (party_word(party), self.kind_text(types.row(first).name));
        let help = format!("say first which one: `{word} is {first} and …`");
        self.report.error_with_help(Code::NotShared, name.span, message, help);
    }

    fn report_missing(
        &mut self,
        party: Party,
        name: Name<'a>,
        having: Id<EntityType>,
        missing: Id<EntityType>,
    ) {
        let types = &self.around.schema.types;
        let having = self.kind_text(types.row(having).name);
        let missing = self.kind_text(types.row(missing).name);
        let message = format!(
            "the {} may be of type `{missing}`, which has no attribute `{}`",
            party_word(party),
            name.text
        );
        let help = format!("say first which one: `{} is {having} and …`", party_word(party));
        self.report
            .if_declared(name.text, Diagnostic::error(Code::NotShared, message).at(name.span, "").help(help));
    }

    fn report_nowhere(&mut self, party: Party, name: Name<'a>, types: &[Id<EntityType>]) {
        let schema = self.around.schema;
        match types {
            [] if self.is_alone => {}
            [] => {
                let message = format!("the {} can be of no type here", party_word(party));
                self.report.if_complete(Diagnostic::error(Code::NeverOfType, message).at(name.span, ""));
            }
            [only] => {
                let row = schema.types.row(*only);
                let of = format!("`{}`", self.kind_text(row.name));
                let declared = row.attributes.iter().map(|attribute| attribute.name.text());
                let (word, kind) = (party_word(party), self.kind_text(row.name));
                if let Some(help) = advice::of_entity(word, Some(&kind), name.text) {
                    return self.no_attribute(&of, name, help);
                }
                self.report.unknown_attribute(&of, "attribute", name, declared);
            }
            _ => {
                let of = format!("the {}", party_word(party));
                if let Some(help) = advice::of_entity(party_word(party), None, name.text) {
                    return self.no_attribute(&of, name, help);
                }
                let declared = types
                    .iter()
                    .flat_map(|ty| &schema.types.row(*ty).attributes)
                    .map(|attribute| attribute.name.text());
                self.report.unknown_attribute(&of, "attribute", name, declared);
            }
        }
    }

    fn no_attribute(&mut self, of: &str, name: Name<'a>, help: String) {
        let message = format!("{of} has no attribute `{}`", name.text);
        let problem = Diagnostic::error(Code::UnknownAttribute, message).at(name.span, "");
        self.report.if_declared(name.text, problem.help(help));
    }

    /// A step from the entity or the record that an attribute holds, so many steps from the root.
    fn next_step(
        &mut self,
        node: &tree::Path<'a>,
        steps: usize,
        from: &Type,
        name: Name<'a>,
    ) -> Option<Step> {
        let kind = match from {
            Type::Entity(kind) => kind,
            Type::Record(members) => return self.member_step(node.over(steps), members, name),
            _ => {
                let before = node.over(steps);
                let message = format!("`{before}` is of type `{}` and has no attributes", from.describe());
                self.report.error(Code::TypeMismatch, name.span, message);
                return None;
            }
        };
        let around = self.around;
        if let Some(help) = advice::of_entity(node.over(steps), Some(&self.kind_text(*kind)), name.text) {
            self.no_attribute(&format!("`{}`", node.over(steps)), name, help);
            return None;
        }
        match kind.text() {
            GROUP => self.attribute_step(name, &[], "a group"),
            ORGANIZATION => self.package_step(name, "organization", |package| {
                around.organizations.get(package.number()).map_or(&[], Vec::as_slice)
            }),
            _ => {
                let id = *around.names.kinds.get(kind)?;
                let row = around.schema.types.row(id);
                if name.text == ORGANIZATION_ATTRIBUTE {
                    if row.is_subject || row.placement == Placement::Organization {
                        return Some(organization_step());
                    }
                    self.report_outside(row.name, name);
                    return None;
                }
                self.attribute_step(name, &row.attributes, &format!("`{}`", self.kind_text(row.name)))
            }
        }
    }

    fn member_step(&mut self, of: &str, members: &[Attribute], name: Name<'a>) -> Option<Step> {
        let symbol = Symbol::intern(name.text);
        if let Some(member) = members.iter().find(|member| member.name == symbol) {
            return Some(Step { ty: member.ty.clone(), optional: member.optional });
        }
        let names = members.iter().map(|member| member.name.text());
        self.report.unknown_attribute(&format!("the record `{of}`"), "member", name, names);
        None
    }

    fn attribute_step(&mut self, name: Name<'a>, declared: &[Attribute], of: &str) -> Option<Step> {
        let symbol = Symbol::intern(name.text);
        if let Some(attribute) = declared.iter().find(|attribute| attribute.name == symbol) {
            return Some(Step { ty: attribute.ty.clone(), optional: attribute.optional });
        }
        let names = declared.iter().map(|attribute| attribute.name.text());
        self.report.unknown_attribute(of, "attribute", name, names);
        None
    }
}

fn is_record(ty: &Type) -> bool {
    matches!(ty, Type::Record(_))
}

/// From an entity to the organization it belongs to.
fn organization_step() -> Step {
    Step { ty: Type::Entity(Symbol::intern(ORGANIZATION)), optional: false }
}

/// A name as paths write it: in quotes if it is no word.
fn step(name: &str) -> Cow<'_, str> {
    let is_word = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_word { name.into() } else { format!("{name:?}").into() }
}
