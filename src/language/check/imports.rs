//! Imports: which packages' names a file may use besides its own.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};

use super::names::Site;
use super::report::{Report, shortened};
use crate::document::{Code, Diagnostic, Sources};
use crate::language::syntax::Form;
use crate::language::syntax::tree::{File, Name, Qualified};
use crate::model::Id;
use crate::model::schema::Package;

/// The imports of all files.
#[derive(Debug, Default)]
pub(super) struct Imports<'a> {
    packages: HashMap<&'a str, Id<Package>>,
    /// By file and name.
    files: Vec<HashMap<&'a str, Import<'a>>>,
    /// By file.
    forms: Vec<Form>,
    /// What was said of which file already.
    said: RefCell<HashSet<(usize, Box<str>)>>,
}

#[derive(Debug)]
struct Import<'a> {
    name: Name<'a>,
    /// None if it is in error, which was said.
    package: Option<Id<Package>>,
    is_used: Cell<bool>,
}

impl<'a> Imports<'a> {
    pub(super) fn read(
        files: &[File<'a>],
        packages: HashMap<&'a str, Id<Package>>,
        sources: &Sources,
        report: &mut Report,
    ) -> Imports<'a> {
        let form =
            |file: &File<'_>| sources.get(file.source).map_or(Form::Policy, |found| Form::of(&found.name));
        let forms = files.iter().map(form).collect();
        let imports = files.iter().map(|file| of_file(file, &packages, report)).collect();
        Imports { packages, files: imports, forms, said: RefCell::default() }
    }

    /// The package in which a name is looked up; none if it can't be used here.
    pub(super) fn home(&self, site: Site, package: Option<Name<'a>>) -> Option<Id<Package>> {
        let Some(package) = package else { return Some(site.package) };
        let import = self.files.get(site.file)?.get(package.text)?;
        import.is_used.set(true);
        import.package
    }

    /// The same; if there is none, that is reported.
    pub(super) fn home_said(
        &self,
        site: Site,
        name: Qualified<'a>,
        report: &mut Report,
    ) -> Option<Id<Package>> {
        let home = self.home(site, name.package);
        if let (None, Some(package)) = (home, name.package) {
            self.report_unimported(site, package, name.name, report);
        }
        home
    }

    fn report_unimported(&self, site: Site, package: Name<'a>, name: Name<'a>, report: &mut Report) {
        let text = package.text;
        if self.has(site, text) || !self.said.borrow_mut().insert((site.file, text.into())) {
            return;
        }
        match self.packages.get(text) {
            Some(found) if *found == site.package => {
                let message = format!("`{text}` is the package this stands in");
                let help = format!("write `{}` alone", shortened(name.text));
                report.error_with_help(Code::OwnPackage, package.span, message, help);
            }
            Some(_) => {
                let message = format!("the package `{text}` is not imported");
                let help = format!("write {}", self.line(site, text));
                report.error_with_help(Code::NotImported, package.span, message, help);
            }
            None => report.unknown(Code::UnknownName, "package", package, self.packages.keys().copied()),
        }
    }

    /// Whether there is a package of this name, or one is imported as if there were.
    pub(super) fn is_known(&self, package: &str) -> bool {
        self.packages.contains_key(package) || self.files.iter().any(|file| file.contains_key(package))
    }

    /// What the packages are called that a file imports.
    pub(super) fn names(&self, site: Site) -> impl Iterator<Item = &'a str> {
        self.of(site).map(|import| import.name.text)
    }

    /// Whether a file imports a package of this name.
    pub(super) fn has(&self, site: Site, package: &str) -> bool {
        self.files.get(site.file).is_some_and(|file| file.contains_key(package))
    }

    /// The packages that a file imports.
    pub(super) fn imported(&self, site: Site) -> impl Iterator<Item = Id<Package>> {
        self.of(site).filter_map(|import| import.package)
    }

    /// Whether no file imports anything.
    pub(super) fn is_empty(&self) -> bool {
        self.files.iter().all(HashMap::is_empty)
    }

    /// Another package in which something is: one that is imported rather than one that is not.
    pub(super) fn elsewhere(&self, site: Site, is_in: impl Fn(Id<Package>) -> bool) -> Option<Elsewhere<'a>> {
        let imported = self.of(site).filter(|import| import.package.is_some_and(&is_in));
        if let Some(package) = imported.map(|import| import.name.text).min() {
            return Some(Elsewhere { package, line: None });
        }
        let others =
            self.packages.iter().filter(|(_, package)| **package != site.package && is_in(**package));
        others
            .map(|(name, _)| *name)
            .min()
            .map(|package| Elsewhere { package, line: Some(self.line(site, package)) })
    }

    /// Says which imports nothing has used; nothing is to be looked up after this.
    pub(super) fn report_unused(&self, report: &mut Report) {
        for import in self.files.iter().flat_map(HashMap::values) {
            if import.package.is_some() && !import.is_used.get() {
                let message = format!("nothing here uses the package `{}`", import.name.text);
                let problem = Diagnostic::warning(Code::UnusedImport, message).at(import.name.span, "");
                report.if_complete(problem.help("take the import out"));
            }
        }
    }

    /// How a file imports a package, and where.
    fn line(&self, site: Site, package: &str) -> String {
        match self.forms.get(site.file) {
            Some(Form::Yaml) if self.of(site).next().is_some() => {
                format!("`{package}` in the list of `import`")
            }
            Some(Form::Yaml) => format!("`import: {package}` below the package"),
            Some(Form::Policy) | None => format!("`import {package}` after the package line"),
        }
    }

    fn of(&self, site: Site) -> impl Iterator<Item = &Import<'a>> {
        self.files.get(site.file).into_iter().flat_map(HashMap::values)
    }
}

/// Another package that declares a name.
#[derive(Debug, Clone)]
pub(super) struct Elsewhere<'a> {
    package: &'a str,
    /// How it is imported; none if it is already.
    line: Option<String>,
}

impl Elsewhere<'_> {
    /// How the name is written here.
    pub(super) fn help(&self, name: &str) -> String {
        let package = self.package;
        match &self.line {
            None => format!("did you mean `{package}.{name}`?"),
            Some(line) => {
                format!("if you mean that of `{package}`, write {line} and `{package}.{name}` here")
            }
        }
    }
}

fn of_file<'a>(
    file: &File<'a>,
    packages: &HashMap<&'a str, Id<Package>>,
    report: &mut Report,
) -> HashMap<&'a str, Import<'a>> {
    let mut imports: HashMap<&str, Import<'a>> = HashMap::with_capacity(file.imports.len());
    for name in &file.imports {
        if let Some(first) = imports.get(name.text) {
            let message = format!("`{}` is imported twice", name.text);
            let problem = Diagnostic::error(Code::Duplicate, message).at(name.span, "");
            report.add(problem.related(first.name.span, "first imported here").help("take one of them out"));
            continue;
        }
        let is_own = file.package.is_some_and(|package| package.text == name.text);
        let package = packages.get(name.text).copied().filter(|_| !is_own);
        if is_own {
            let message = format!("`{}` is the package of this file", name.text);
            let help = "take the import out: its names stand alone";
            report.error_with_help(Code::OwnPackage, name.span, message, help);
        } else if package.is_none() {
            report.unknown(Code::UnknownName, "package", *name, packages.keys().copied());
        }
        imports.insert(name.text, Import { name: *name, package, is_used: Cell::new(false) });
    }
    for name in &file.torn_imports {
        let package = packages.get(name.text).copied();
        imports.entry(name.text).or_insert(Import { name: *name, package, is_used: Cell::new(true) });
    }
    imports
}
