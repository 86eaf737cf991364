//! Rules and permissions that never decide.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Written, called, head};
use crate::document::{Code, Diagnostic};
use crate::language::check::report::{Report, shortened};
use crate::language::check::roles::permissions;
use crate::language::judge::{Judge, Overruled, What, Why, overruled};
use crate::language::policy::{Effect, Priority, Rule};
use crate::language::syntax::tree::{self, ClauseKind};
use crate::model::Id;
use crate::model::schema::{Permission, Role};

pub(super) fn lint(
    written: &Written<'_, '_, '_>,
    judge: &Judge<'_>,
    impossible: &HashSet<Id<Rule>>,
    report: &mut Report,
) {
    let mut of_roles: BTreeMap<Id<Role>, HashMap<Id<Permission>, Id<Rule>>> = BTreeMap::new();
    let nodes: HashMap<Id<Rule>, &tree::Rule<'_>> =
        written.rules.iter().map(|(id, _, node)| (*id, *node)).collect();
    for Overruled { what, why } in overruled(written.policy, judge) {
        match (what, why) {
            // It is told already, for its own conditions.
            (What::Rule(rule), _) if impossible.contains(&rule) => {}
            (What::Rule(id), why) => {
                let (rule, Some(node)) = (written.policy.rules.row(id), nodes.get(&id)) else { continue };
                report.add(match why {
                    Why::Denied(denies) => denied(rule, node, &denies, written, &nodes),
                    Why::BindsNobody => binds_nobody(rule, node),
                });
            }
            (What::Permission(role, permission), Why::Denied(denies)) => {
                if let Some(deny) = denies.first() {
                    of_roles.entry(role).or_default().insert(permission, *deny);
                }
            }
            (What::Permission(..), Why::BindsNobody) => {}
        }
    }
    if of_roles.is_empty() {
        return;
    }
    // What is wrong with targets has been said.
    let mut said = Report::new(Vec::new(), false);
    for declared in &written.declarations.roles {
        let id = written.names.roles.get(&(declared.site.package, declared.node.name.text));
        let Some(denied) = id.and_then(|id| of_roles.get(id)) else { continue };
        for target in &declared.node.permissions {
            let targets = std::slice::from_ref(target);
            let meant = permissions(declared.site, targets, &written.policy.schema, written.names, &mut said);
            let denies: Option<HashSet<Id<Rule>>> =
                meant.iter().map(|permission| denied.get(permission).copied()).collect();
            let Some(denies) = denies.filter(|denies| !denies.is_empty()) else { continue };
            let mut denies: Vec<Id<Rule>> = denies.into_iter().collect();
            denies.sort_unstable();
            let message = format!(
                "the role `{}` never permits `{}`: {} it",
                declared.node.name.text,
                shortened(written.sources.text(target.span())),
                always(&denies, written),
            );
            let diagnostic = Diagnostic::warning(Code::NeverDecides, message).at(target.span(), "");
            report.add(
                related(diagnostic, &denies, &nodes)
                    .help("take it out here, or say in the deny whom or what it leaves out"),
            );
        }
    }
}

fn denied(
    rule: &Rule,
    node: &tree::Rule<'_>,
    denies: &[Id<Rule>],
    written: &Written<'_, '_, '_>,
    nodes: &HashMap<Id<Rule>, &tree::Rule<'_>>,
) -> Diagnostic {
    let message = format!("{} never decides: {} it", called(rule), always(denies, written));
    let highest = denies.iter().map(|deny| written.policy.rules.row(*deny).priority).max();
    let help = match (rule.effect, highest) {
        (Effect::Allow, Some(Priority::Level(level))) => {
            format!("take it out, or give it a priority above {level}")
        }
        (Effect::Allow, _) => "take it out, or say in the deny whom or what it leaves out".to_owned(),
        (Effect::Deny, _) => "take it out: the other one denies all that it would".to_owned(),
    };
    let diagnostic = Diagnostic::warning(Code::NeverDecides, message).at(head(node), "");
    related(diagnostic, denies, nodes).help(help)
}

/// What denies always do to something.
fn always(denies: &[Id<Rule>], written: &Written<'_, '_, '_>) -> String {
    match denies {
        [one] => {
            let deny = written.policy.rules.row(*one);
            let name = if deny.is_named { format!("the deny `{}`", deny.name) } else { "a deny".to_owned() };
            format!("{name} always overrules")
        }
        _ => "denies always overrule".to_owned(),
    }
}

fn related(
    diagnostic: Diagnostic,
    denies: &[Id<Rule>],
    nodes: &HashMap<Id<Rule>, &tree::Rule<'_>>,
) -> Diagnostic {
    let places = denies.iter().filter_map(|deny| nodes.get(deny));
    places.fold(diagnostic, |diagnostic, node| diagnostic.related(head(node), "decides before it"))
}

fn binds_nobody(rule: &Rule, node: &tree::Rule<'_>) -> Diagnostic {
    let clause = |wanted: fn(&ClauseKind<'_>) -> bool| {
        node.clauses.iter().find(|clause| wanted(&clause.kind)).map_or(head(node), |clause| clause.span)
    };
    let whom = match rule.effect {
        Effect::Allow => "nobody",
        // It applies where it is unknown whether its roles are held.
        Effect::Deny => "nobody whose roles are known",
    };
    let message = format!("{} binds {whom}", called(rule));
    Diagnostic::warning(Code::NeverDecides, message)
        .at(clause(|kind| matches!(kind, ClauseKind::Except(_))), "")
        .related(
            clause(|kind| matches!(kind, ClauseKind::To(_))),
            "whoever holds one of these holds one of those too",
        )
        .help("a role holds what it inherits from; except the heirs instead")
}
