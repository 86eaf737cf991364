//! Permission sets: names for several permissions.

use super::graph;
use super::names::{Declarations, Declared, Names, PermissionSet, Site, annotations, distinct};
use super::report::Report;
use super::roles::{is_everything, permissions};
use crate::document::{Code, Diagnostic};
use crate::language::syntax::tree::{self, Target, Types};
use crate::model::schema::Schema;

/// Gives each permission set its meaning, those that others use first.
pub(super) fn declare<'a>(
    declarations: &Declarations<'_, 'a>,
    schema: &Schema,
    names: &mut Names<'a>,
    report: &mut Report,
) {
    let declared = distinct(declarations.permission_sets.clone(), |node| node.name, "permission set", report);
    let edges: Vec<Vec<usize>> = declared.iter().map(|item| used(*item, &declared, names)).collect();
    // While they are being read, each is known and holds nothing.
    for item in &declared {
        annotations(item.node.annotations.iter(), report);
        names.permission_sets.insert((item.site.package, item.node.name.text), PermissionSet::default());
    }
    let order = graph::order(&edges);
    report_circles(&declared, &order.circles, report);
    for number in order.order {
        let Some(Declared { site, node }) = declared.get(number).copied() else { continue };
        let errors = report.errors();
        let permissions = permissions(site, &node.targets, schema, names, report);
        let is_sound = |used: &usize| {
            let used = declared.get(*used).map(|item| (item.site.package, item.node.name.text));
            used.and_then(|key| names.permission_sets.get(&key)).is_some_and(|set| set.is_good)
        };
        let set = PermissionSet {
            permissions,
            has_everything: node.targets.iter().any(|target| is_everything(target, site, names)),
            is_open: node.targets.iter().any(|target| is_open(target, site, names)),
            is_good: report.errors() == errors && edges.get(number).into_iter().flatten().all(is_sound),
        };
        names.permission_sets.insert((site.package, node.name.text), set);
    }
}

/// Whether a `*` stands for the types of the package, here or in a permission set.
fn is_open<'a>(target: &Target<'a>, site: Site, names: &Names<'a>) -> bool {
    match target {
        Target::Permission(permission) => permission.resource == Types::All,
        Target::Set(name) => names.find(&names.permission_sets, site, *name).is_some_and(|set| set.is_open),
    }
}

/// The sets that a set names.
fn used(
    item: Declared<'_, tree::PermissionSet<'_>>,
    declared: &[Declared<'_, tree::PermissionSet<'_>>],
    names: &Names<'_>,
) -> Vec<usize> {
    let place = |name: &tree::Qualified<'_>| {
        let key = (names.imports.home(item.site, name.package)?, name.name.text);
        declared.binary_search_by(|other| (other.site.package, other.node.name.text).cmp(&key)).ok()
    };
    let names = item.node.targets.iter().filter_map(|target| match target {
        Target::Set(name) => Some(name),
        Target::Permission(_) => None,
    });
    names.filter_map(place).collect()
}

fn report_circles(
    declared: &[Declared<'_, tree::PermissionSet<'_>>],
    circles: &[Vec<usize>],
    report: &mut Report,
) {
    for circle in circles {
        let members: Vec<_> = circle.iter().filter_map(|number| declared.get(*number)).collect();
        let Some((first, others)) = members.split_first() else { continue };
        let by_others = if others.is_empty() { "" } else { " by way of others" };
        let message = format!("the permission set `{}` holds itself{by_others}", first.node.name.text);
        let diagnostic = Diagnostic::error(Code::DefinitionCycle, message).at(first.node.name.span, "");
        report.add(others.iter().fold(diagnostic, |diagnostic, other| {
            diagnostic.related(other.node.name.span, "leads on from here")
        }));
    }
}
