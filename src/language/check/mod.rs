//! Tree to policy: every name resolved, every condition typed, all that is wrong said at once.

mod advice;
mod alone;
mod arithmetic;
mod calls;
mod comparisons;
mod conditions;
mod constraints;
mod definitions;
mod flow;
mod graph;
mod imports;
mod lints;
mod literals;
mod names;
mod overlap;
mod paths;
mod patterns;
mod quantifiers;
mod report;
mod roles;
mod routes;
mod rules;
mod sets;
mod steps;
mod types;
mod value_sets;
mod windows;
mod wire;
mod words;

use std::rc::Rc;

use self::definitions::Definitions;
use self::imports::Imports;
use self::names::{Declarations, Names, Site, check_length};
use self::patterns::Patterns;
use self::report::Report;
use self::rules::Surroundings;
use super::policy::Policy;
use super::syntax::tree::File;
use crate::document::{Diagnostic, Sources};
use crate::model::schema::Schema;

/// Checks all files together. `diagnostics` are those of reading them; all are returned in source order. The policy
/// is only good for anything if none of them is an error.
pub(super) fn check(
    files: &[File<'_>],
    are_all_read: bool,
    diagnostics: Vec<Diagnostic>,
    sources: &Sources,
) -> (Policy, Vec<Diagnostic>) {
    let is_complete = are_all_read
        && files
            .iter()
            .all(|file| file.is_complete && (file.package.is_some() || file.declarations.is_empty()));
    let mut report = Report::new(diagnostics, is_complete);
    let (packages, package_ids) = types::packages(files.iter().filter_map(|file| Some(file.package?.text)));
    let mut declarations = Declarations::default();
    let mut sites = Vec::with_capacity(files.len());
    for (number, file) in files.iter().enumerate() {
        file.package.iter().for_each(|name| check_length(*name, &mut report));
        let package = file.package.and_then(|name| package_ids.get(name.text));
        let site = package.map(|package| Site { package: *package, file: number });
        sites.push(site);
        let Some(site) = site else { continue };
        for declaration in &file.declarations {
            declarations.add(site, declaration);
        }
    }
    let mut schema = Schema { packages, ..Schema::default() };
    let imports = Imports::read(files, package_ids, sources, &mut report);
    let mut names = Names { imports, ..Names::default() };
    let organizations = types::declare(&declarations, &mut schema, &mut names, &mut report);
    sets::declare(&declarations, &schema, &mut names, &mut report);
    let constrained = roles::declare(&declarations, &mut schema, &mut names, &mut report);
    let networks = windows::networks(&declarations, &mut names, &mut report);
    let windows = windows::windows(&declarations, &mut names, &mut report);
    let definitions = Definitions::declare(&declarations, &schema, &mut names, &mut report);
    let met =
        |site: &Option<Site>| site.map_or_else(Rc::default, |site| rules::subjects(site, &schema, &names));
    let subjects: Vec<Rc<[_]>> = sites.iter().map(met).collect();
    let around = Surroundings {
        schema: &schema,
        names: &names,
        definitions: &definitions,
        organizations: &organizations,
        sources,
        patterns: &Patterns::default(),
        subjects: &subjects,
    };
    alone::check(&around, &mut report);
    let constraints = constraints::constraints(constrained, &around, &mut report);
    let rules = rules::rules(&declarations, &around, &mut report);
    let routes = routes::routes(&declarations, &schema, &names, &mut report);
    names.imports.report_unused(&mut report);
    let policy = Policy { schema, constraints, rules, windows, networks, routes };
    if is_complete && !report.has_errors() {
        lints::lint(&policy, &declarations, &names, &definitions, sources, &mut report);
    }
    (policy, report.finish())
}
