//! What the names in facts mean: bare ones inside their file's package, `package/name` everywhere.

use std::collections::{HashMap, HashSet};

use crate::document::{Code, Diagnostic, Problems, Span, suggest};
use crate::model::schema::{EntityType, Named, OWNER, Package, Permission, Role, Schema};
use crate::model::value::bare;
use crate::model::{Id, Symbol};

pub(super) struct Names<'s> {
    pub(super) schema: &'s Schema,
    types: Index<EntityType>,
    roles: Index<Role>,
    packages: HashMap<&'static str, Id<Package>>,
}

/// One kind of names, by both of their forms.
struct Index<T> {
    qualified: HashMap<&'static str, Id<T>>,
    bare: HashMap<&'static str, Vec<Declared<T>>>,
}

/// Something a package declares.
type Declared<T> = (Id<Package>, Id<T>);

impl<'s> Names<'s> {
    pub(super) fn new(schema: &'s Schema) -> Names<'s> {
        let types = schema.types.iter().map(|(id, row)| (id, row.package, row.name, row.bare));
        let roles = schema.roles.iter().map(|(id, row)| (id, row.package, row.name, row.bare));
        Names {
            schema,
            types: Index::new(types),
            roles: Index::new(roles),
            packages: schema.packages.iter().map(|(id, row)| (row.name.text(), id)).collect(),
        }
    }

    pub(super) fn package(&self, name: &str, span: Span, problems: &mut Problems) -> Option<Id<Package>> {
        let found = self.packages.get(name).copied();
        if found.is_none() {
            let problem = Diagnostic::error(Code::UnknownName, format!("there is no package `{name}`"));
            problems.push(suggesting(problem.at(span, ""), name, self.packages.keys().copied()));
        }
        found
    }

    pub(super) fn entity_type(
        &self,
        name: &str,
        package: Option<Id<Package>>,
        span: Span,
        problems: &mut Problems,
    ) -> Option<Id<EntityType>> {
        self.types.resolve("type", name, self.package_name(package), package, span, problems)
    }

    pub(super) fn role(
        &self,
        name: &str,
        package: Option<Id<Package>>,
        span: Span,
        problems: &mut Problems,
    ) -> Option<Id<Role>> {
        self.roles.resolve("role", name, self.package_name(package), package, span, problems)
    }

    /// A permission of this subject type's that can't be held personally: its resources are no subjects of this type
    /// and have no owner.
    pub(super) fn unownable(
        &self,
        permissions: impl IntoIterator<Item = Id<Permission>>,
        subject: Id<EntityType>,
    ) -> Option<&'s Permission> {
        permissions.into_iter().map(|id| self.schema.permissions.row(id)).find(|permission| {
            permission.resource != subject && self.schema.types.row(permission.resource).owner().is_none()
        })
    }

    /// `type:action`, as authors write it.
    pub(super) fn describe(&self, permission: &Permission) -> String {
        format!("{}:{}", self.schema.types.row(permission.resource).bare, permission.action)
    }

    fn package_name(&self, package: Option<Id<Package>>) -> Option<Symbol> {
        package.map(|package| self.schema.packages.row(package).name)
    }
}

impl<T> Index<T> {
    fn new(rows: impl Iterator<Item = (Id<T>, Id<Package>, Symbol, Symbol)>) -> Index<T> {
        let mut index = Index { qualified: HashMap::new(), bare: HashMap::new() };
        for (id, package, name, bare) in rows {
            index.qualified.insert(name.text(), id);
            index.bare.entry(bare.text()).or_insert_with(Vec::new).push((package, id));
        }
        index
    }

    fn find(&self, name: &str, package: Option<Id<Package>>) -> Named<Id<T>> {
        if name.contains('/') {
            return self.qualified.get(name).map_or(Named::None, |id| Named::One(*id));
        }
        let known = self.bare.get(name).map_or(&[][..], Vec::as_slice);
        let mut found = known.iter().filter(|(of, _)| package.is_none_or(|package| package == *of));
        match (found.next(), found.next()) {
            (Some((_, id)), None) => Named::One(*id),
            (Some(_), Some(_)) => Named::Ambiguous,
            (None, _) => Named::None,
        }
    }

    fn resolve(
        &self,
        what: &str,
        name: &str,
        package_name: Option<Symbol>,
        package: Option<Id<Package>>,
        span: Span,
        problems: &mut Problems,
    ) -> Option<Id<T>> {
        match self.find(name, package) {
            Named::One(id) => Some(id),
            Named::Ambiguous => {
                let message = format!("more than one package declares the {what} `{name}`");
                let help = format!("write `package/{name}`, or `package: …` at the top of the file");
                problems.push(Diagnostic::error(Code::AmbiguousName, message).at(span, "").help(help));
                None
            }
            Named::None => {
                let message = match package_name {
                    Some(package) if !name.contains('/') => {
                        format!("package `{package}` declares no {what} `{name}`")
                    }
                    _ => format!("no package declares the {what} `{name}`"),
                };
                let problem = Diagnostic::error(Code::UnknownName, message).at(span, "");
                problems.push(match self.elsewhere(name) {
                    Some(qualified) => problem.help(format!("did you mean `{qualified}`?")),
                    None => suggesting(problem, name, self.reachable(package)),
                });
                None
            }
        }
    }

    /// What another package calls so.
    fn elsewhere(&self, name: &str) -> Option<&'static str> {
        self.qualified.keys().filter(|qualified| bare(qualified) == name).min().copied()
    }

    /// The names that may be written where this package's bare ones are known.
    fn reachable(&self, package: Option<Id<Package>>) -> HashSet<&'static str> {
        let in_package =
            |known: &[Declared<T>]| package.is_none_or(|package| known.iter().any(|(of, _)| *of == package));
        let bare = self.bare.iter().filter(|(_, known)| in_package(known)).map(|(name, _)| *name);
        bare.chain(self.qualified.keys().copied()).collect()
    }
}

/// Adds what the author may have meant.
pub(super) fn suggesting<'k>(
    problem: Diagnostic,
    written: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Diagnostic {
    match suggest::did_you_mean(written, known) {
        Some(help) => problem.help(help),
        None => problem,
    }
}

/// What to do about a permission that can't be held personally.
pub(super) fn owner_help(resource: Symbol) -> String {
    format!("declare an `{OWNER}` on `{resource}`, or give an organization's path as the scope")
}
