//! What is declared under which name, package by package.

use std::collections::HashMap;

use super::imports::Imports;
use super::report::{Report, shortened};
use crate::document::{Code, Diagnostic};
use crate::language::policy::{NamedNetworks, NamedWindow};
use crate::language::syntax::tree::{self, Declaration, Name, Qualified};
use crate::model::limits::IDENTIFIER_BYTES_MAX;
use crate::model::schema::{Annotation, EntityType, Package, Permission, Role};
use crate::model::{Id, Symbol};

/// Where a name stands: it is looked up in the package, and behind a dot in what the file imports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Site {
    pub(super) package: Id<Package>,
    /// The file's number.
    pub(super) file: usize,
}

/// A declaration and where it stands.
pub(super) struct Declared<'t, T> {
    pub(super) site: Site,
    pub(super) node: &'t T,
}

impl<T> Clone for Declared<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Declared<'_, T> {}

/// The declarations of all files, by kind, in source order.
#[derive(Default)]
pub(super) struct Declarations<'t, 'a> {
    pub(super) subjects: Vec<Declared<'t, tree::Entity<'a>>>,
    pub(super) resources: Vec<Declared<'t, tree::Entity<'a>>>,
    pub(super) organization: Vec<Declared<'t, tree::Attribute<'a>>>,
    pub(super) context: Vec<Declared<'t, tree::Attribute<'a>>>,
    pub(super) action: Vec<Declared<'t, tree::Attribute<'a>>>,
    pub(super) networks: Vec<Declared<'t, tree::Network<'a>>>,
    pub(super) windows: Vec<Declared<'t, tree::Window<'a>>>,
    pub(super) roles: Vec<Declared<'t, tree::Role<'a>>>,
    pub(super) permission_sets: Vec<Declared<'t, tree::PermissionSet<'a>>>,
    pub(super) definitions: Vec<Declared<'t, tree::Definition<'a>>>,
    pub(super) rules: Vec<Declared<'t, tree::Rule<'a>>>,
    pub(super) routes: Vec<Declared<'t, tree::Route<'a>>>,
}

/// What names mean; the stages of the check fill it in one after the other.
#[derive(Default)]
pub(super) struct Names<'a> {
    pub(super) imports: Imports<'a>,
    pub(super) types: HashMap<(Id<Package>, &'a str), Id<EntityType>>,
    /// Types by the names that values have.
    pub(super) kinds: HashMap<Symbol, Id<EntityType>>,
    pub(super) actions: HashMap<(Id<EntityType>, &'a str), Id<Permission>>,
    pub(super) roles: HashMap<(Id<Package>, &'a str), Id<Role>>,
    pub(super) permission_sets: HashMap<(Id<Package>, &'a str), PermissionSet>,
    /// Windows, networks and definitions share one namespace.
    pub(super) values: HashMap<(Id<Package>, &'a str), (Named, Name<'a>)>,
}

/// What a permission set holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct PermissionSet {
    pub(super) permissions: Vec<Id<Permission>>,
    /// Whether `*:*` is in it.
    pub(super) has_everything: bool,
    /// Whether a `*` for types is in it, and so types that its package has yet to declare.
    pub(super) is_open: bool,
    /// False if something in it is wrong.
    pub(super) is_good: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    Window(Id<NamedWindow>),
    Networks(Id<NamedNetworks>),
    /// Its place among the definitions.
    Definition(usize),
}

impl Named {
    pub(super) fn noun(self) -> &'static str {
        match self {
            Named::Window(_) => "window",
            Named::Networks(_) => "network",
            Named::Definition(_) => "definition",
        }
    }
}

impl<'t, 'a> Declarations<'t, 'a> {
    pub(super) fn add(&mut self, site: Site, declaration: &'t Declaration<'a>) {
        match declaration {
            Declaration::Subject(node) => self.subjects.push(Declared { site, node }),
            Declaration::Resource(node) => self.resources.push(Declared { site, node }),
            Declaration::Organization(node) => {
                self.organization.extend(node.attributes.iter().map(|node| Declared { site, node }));
            }
            Declaration::Context(node) => {
                self.context.extend(node.attributes.iter().map(|node| Declared { site, node }));
            }
            Declaration::Action(node) => {
                self.action.extend(node.attributes.iter().map(|node| Declared { site, node }));
            }
            Declaration::Network(node) => self.networks.push(Declared { site, node }),
            Declaration::Window(node) => self.windows.push(Declared { site, node }),
            Declaration::Role(node) => self.roles.push(Declared { site, node }),
            Declaration::PermissionSet(node) => self.permission_sets.push(Declared { site, node }),
            Declaration::Definition(node) => self.definitions.push(Declared { site, node }),
            Declaration::Rule(node) => self.rules.push(Declared { site, node }),
            Declaration::Route(node) => self.routes.push(Declared { site, node }),
        }
    }
}

impl<'a> Names<'a> {
    /// The type of this name, which has to be there.
    pub(super) fn type_named(
        &self,
        site: Site,
        name: Qualified<'a>,
        report: &mut Report,
    ) -> Option<Id<EntityType>> {
        self.named(&self.types, site, name, "type", report).copied()
    }

    pub(super) fn action_named(
        &self,
        ty: Id<EntityType>,
        name: Name<'a>,
        report: &mut Report,
    ) -> Option<Id<Permission>> {
        let found = self.actions.get(&(ty, name.text)).copied();
        if found.is_none() {
            report.unknown_action(name, in_package(&self.actions, ty));
        }
        found
    }

    pub(super) fn roles_named(
        &self,
        site: Site,
        names: &[Qualified<'a>],
        report: &mut Report,
    ) -> Option<Vec<Id<Role>>> {
        let roles: Vec<Option<Id<Role>>> =
            names.iter().map(|name| self.named(&self.roles, site, *name, "role", report).copied()).collect();
        let mut roles: Vec<Id<Role>> = roles.into_iter().collect::<Option<_>>()?;
        roles.sort_unstable();
        roles.dedup();
        Some(roles)
    }

    /// The permission set of this name, which has to be there.
    pub(super) fn set_named(
        &self,
        site: Site,
        name: Qualified<'a>,
        report: &mut Report,
    ) -> Option<&PermissionSet> {
        if self.find(&self.permission_sets, site, name).is_none()
            && self.find(&self.types, site, name).is_some()
        {
            let message = format!("`{name}` is a type, not a permission set");
            let help = format!("write `{name}:*` for everything about `{name}`");
            report.error_with_help(Code::UnknownName, name.span(), message, help);
            return None;
        }
        if let Some(first) = name.package
            && !self.imports.is_known(first.text)
            && self.types.contains_key(&(site.package, first.text))
        {
            let message = format!("`{}` is a type, not a package", first.text);
            let help = format!("write `{}:{}`", first.text, shortened(name.name.text));
            report.error_with_help(Code::UnknownName, first.span, message, help);
            return None;
        }
        self.named(&self.permission_sets, site, name, "permission set", report)
    }

    /// What a window, a network or a definition of this name is, if there is one.
    pub(super) fn value(&self, site: Site, name: Qualified<'a>) -> Option<Named> {
        self.find(&self.values, site, name).map(|(named, _)| *named)
    }

    /// What is declared under a name.
    pub(super) fn find<'m, V>(
        &self,
        declared: &'m HashMap<(Id<Package>, &'a str), V>,
        site: Site,
        name: Qualified<'a>,
    ) -> Option<&'m V> {
        declared.get(&(self.imports.home(site, name.package)?, name.name.text))
    }

    /// What is declared under a name, which has to be there.
    fn named<'m, V>(
        &self,
        declared: &'m HashMap<(Id<Package>, &'a str), V>,
        site: Site,
        name: Qualified<'a>,
        what: &str,
        report: &mut Report,
    ) -> Option<&'m V> {
        let found = self.find(declared, site, name);
        if found.is_none() {
            self.report_unknown(declared, site, name, what, std::iter::empty(), report);
        }
        found
    }

    /// Says that nothing is declared under a name, and what may be meant; `others` are meant without a declaration.
    pub(super) fn report_unknown<'m, V>(
        &self,
        declared: &'m HashMap<(Id<Package>, &'a str), V>,
        site: Site,
        name: Qualified<'a>,
        what: &str,
        others: impl Iterator<Item = &'m str>,
        report: &mut Report,
    ) where
        'a: 'm,
    {
        let Some(home) = self.imports.home_said(site, name, report) else { return };
        let Some(package) = name.package else {
            let is_there = |package| declared.contains_key(&(package, name.name.text));
            // Nobody is told of more mistakes than are shown.
            let elsewhere = if report.is_full() { None } else { self.imports.elsewhere(site, is_there) };
            return report.unknown_here(what, name.name, in_package(declared, home).chain(others), elsewhere);
        };
        let message =
            format!("package `{}` declares no {what} `{}`", package.text, shortened(name.name.text));
        let written = |known: &str| format!("{}.{known}", package.text);
        report.missing(Code::UnknownName, message, name.name, in_package(declared, home), written);
    }

    /// Gives a name of the namespace of windows, networks and definitions its meaning.
    pub(super) fn define(&mut self, package: Id<Package>, name: Name<'a>, named: Named, report: &mut Report) {
        match self.values.get(&(package, name.text)) {
            Some((_, other)) => {
                let (first, second) = if other.span <= name.span { (*other, name) } else { (name, *other) };
                report.add(duplicate("name", first, second));
            }
            None => {
                self.values.insert((package, name.text), (named, name));
            }
        }
    }
}

/// The names that are declared in one package, or of one type.
pub(super) fn in_package<'m, 'a: 'm, K: PartialEq + Copy, V>(
    names: &'m HashMap<(K, &'a str), V>,
    package: K,
) -> impl Iterator<Item = &'a str> + 'm {
    names.keys().filter(move |(other, _)| *other == package).map(|(_, name)| *name)
}

/// Sorts declarations by package and name and leaves only the first of each name.
pub(super) fn distinct<'t, 'a, T>(
    mut declared: Vec<Declared<'t, T>>,
    name: impl Fn(&T) -> Name<'a>,
    what: &str,
    report: &mut Report,
) -> Vec<Declared<'t, T>> {
    declared.sort_by(|one, other| {
        (one.site.package, name(one.node).text).cmp(&(other.site.package, name(other.node).text))
    });
    let mut distinct: Vec<Declared<'t, T>> = Vec::with_capacity(declared.len());
    for item in declared {
        let own = name(item.node);
        check_length(own, report);
        match distinct.last().map(|last| (last.site.package, name(last.node))) {
            Some((package, first)) if package == item.site.package && first.text == own.text => {
                report.add(duplicate(what, first, own));
            }
            _ => distinct.push(item),
        }
    }
    distinct
}

/// A declaration's annotations, each name once.
pub(super) fn annotations<'t, 'a: 't>(
    written: impl Iterator<Item = &'t tree::Annotation<'a>>,
    report: &mut Report,
) -> Vec<Annotation> {
    let mut names: HashMap<&str, Name<'_>> = HashMap::new();
    let mut annotations = Vec::new();
    for tree::Annotation { name, text, .. } in written {
        check_length(*name, report);
        if let Some(first) = names.get(name.text) {
            report.add(duplicate("annotation", *first, *name));
            continue;
        }
        names.insert(name.text, *name);
        annotations.push((Symbol::intern(name.text), text.value.clone()));
    }
    annotations
}

pub(super) fn duplicate(what: &str, first: Name<'_>, second: Name<'_>) -> Diagnostic {
    Diagnostic::error(Code::Duplicate, format!("the {what} `{}` is declared twice", second.text))
        .at(second.span, "")
        .related(first.span, "first declared here")
}

pub(super) fn check_length(name: Name<'_>, report: &mut Report) {
    if name.text.len() > IDENTIFIER_BYTES_MAX {
        let message = format!(
            "the name has {} characters, the most that is allowed is {IDENTIFIER_BYTES_MAX}",
            name.text.len()
        );
        report.error(Code::TooLarge, name.span, message);
    }
}
