//! What a policy file looks like with one thing taken out of it: a rule, a clause, one of several conditions, a role's
//! permission, parent or constraint, a route. Cases that don't notice are too few.

#![expect(clippy::string_slice, reason = "cut where the parser says a token ends")]

use std::ops::Range;

use portcullis::document::{SourceId, Span};
use portcullis::language::policy;
use portcullis::language::syntax::parse;
use portcullis::language::syntax::tree::{
    Clause, ClauseKind, Declaration, Expr, ExprKind, Name, Qualified, Role, RoleClauseKind, Route,
    RouteValue, Rule, Target,
};

/// A policy text with something taken out.
#[derive(Debug)]
pub(crate) struct Mutant {
    pub(crate) without: String,
    pub(crate) text: String,
}

/// A checked policy with something taken out of a condition, past the type checker.
pub(crate) struct Unchecked {
    pub(crate) without: String,
    pub(crate) policy: policy::Policy,
}

struct Cutter<'a> {
    text: &'a str,
    mutants: Vec<Mutant>,
}

/// Every way to take one thing out of the text.
pub(crate) fn of_text(text: &str) -> Vec<Mutant> {
    let (file, problems) = parse(SourceId(0), text);
    assert!(problems.is_empty(), "{problems:?}");
    let mut cutter = Cutter { text, mutants: Vec::new() };
    for declaration in &file.unwrap().declarations {
        match declaration {
            Declaration::Subject(_)
            | Declaration::Resource(_)
            | Declaration::Organization(_)
            | Declaration::Context(_)
            | Declaration::Action(_) => {}
            Declaration::Network(network) => cutter.list(&names(&network.addresses)),
            Declaration::Window(window) => {
                cutter.list(&window.spans.iter().map(|span| span.span).collect::<Vec<_>>());
            }
            Declaration::Role(role) => cutter.role(role),
            Declaration::PermissionSet(set) => {
                cutter.list(&set.targets.iter().map(Target::span).collect::<Vec<_>>());
                set.targets.iter().for_each(|target| cutter.actions(target));
            }
            Declaration::Definition(definition) => cutter.condition(&definition.condition),
            Declaration::Rule(rule) => cutter.rule(rule),
            Declaration::Route(route) => cutter.route(route),
        }
    }
    cutter.mutants
}

impl Cutter<'_> {
    fn cut(&mut self, range: Range<usize>) {
        let line = self.text[..range.start].matches('\n').count() + 1;
        let mut text = self.text.to_owned();
        text.replace_range(range.clone(), " ");
        let without = self.text[range].split_whitespace().collect::<Vec<_>>().join(" ");
        self.mutants.push(Mutant { without: format!("line {line}, `{without}`"), text });
    }

    /// Takes out one of several, with the separator beside it.
    fn list(&mut self, items: &[Span]) {
        for (at, item) in items.iter().enumerate() {
            let (item, next) = (item.range(), items.get(at + 1).map(|next| next.range()));
            match (at.checked_sub(1).map(|before| items[before].range()), next) {
                (Some(before), _) => self.cut(before.end..item.end),
                (None, Some(next)) => self.cut(item.start..next.start),
                (None, None) => {}
            }
        }
    }

    fn rule(&mut self, rule: &Rule<'_>) {
        self.cut(rule.span.range());
        self.list(&rule.targets.iter().map(Target::span).collect::<Vec<_>>());
        rule.targets.iter().for_each(|target| self.actions(target));
        rule.clauses.iter().for_each(|clause| self.clause(clause));
    }

    fn clause(&mut self, clause: &Clause<'_>) {
        match &clause.kind {
            // They change what a decision is called, not what it is.
            ClauseKind::Named(_) | ClauseKind::Because(_) | ClauseKind::Overridable => return,
            ClauseKind::To(roles) | ClauseKind::Except(roles) => self.list(&references(roles)),
            ClauseKind::When(condition) | ClauseKind::Unless(condition) => self.condition(condition),
            ClauseKind::Anyone | ClauseKind::Priority(_) | ClauseKind::Advise(_) | ClauseKind::Oblige(_) => {}
        }
        self.cut(clause.span.range());
    }

    fn role(&mut self, role: &Role<'_>) {
        for permission in &role.permissions {
            self.cut(permission.span().range());
            self.actions(permission);
        }
        match role.parents.as_slice() {
            [only] => self.cut(role.name.span.range().end..only.span().range().end),
            several => self.list(&references(several)),
        }
        for clause in &role.clauses {
            match &clause.kind {
                RoleClauseKind::Only(targets) => {
                    self.list(&targets.iter().map(Target::span).collect::<Vec<_>>());
                    for target in targets {
                        self.actions(target);
                    }
                }
                RoleClauseKind::When(condition) | RoleClauseKind::Unless(condition) => {
                    self.condition(condition);
                }
                RoleClauseKind::In(_) => {}
            }
            self.cut(clause.span.range());
        }
    }

    fn route(&mut self, route: &Route<'_>) {
        self.cut(route.span.range());
        self.list(&names(&route.methods));
        let mut start = route.action.span.range().end;
        let entity = route.entity.as_ref().map(|(_, value)| value);
        for value in entity.into_iter().chain(&route.organization) {
            let end = match value {
                RouteValue::Parameter(name) => name.span,
                RouteValue::Text(text) => text.span,
            };
            let end = end.range().end + self.text[end.range().end..].find(')').unwrap() + 1;
            self.cut(start..end);
            start = end;
        }
    }

    fn actions(&mut self, target: &Target<'_>) {
        let Target::Permission(permission) = target else { return };
        self.list(&names(permission.actions.as_deref().unwrap_or_default()));
    }

    fn condition(&mut self, condition: &Expr<'_>) {
        match &condition.kind {
            ExprKind::Or(parts) | ExprKind::And(parts) => {
                self.list(&parts.iter().map(|part| part.span).collect::<Vec<_>>());
                for part in parts {
                    self.condition(part);
                }
            }
            ExprKind::Not(inner) | ExprKind::Group(inner) => self.condition(inner),
            ExprKind::Quantified(quantified) => self.condition(&quantified.body),
            ExprKind::Compare(..)
            | ExprKind::Has(_)
            | ExprKind::Read(_)
            | ExprKind::OrElse(..)
            | ExprKind::Party(_)
            | ExprKind::Now
            | ExprKind::WallClock(..)
            | ExprKind::Arithmetic(..)
            | ExprKind::Combined(..)
            | ExprKind::Reference(_)
            | ExprKind::Call(..)
            | ExprKind::Literal(_) => {}
        }
    }
}

fn names(names: &[Name<'_>]) -> Vec<Span> {
    names.iter().map(|name| name.span).collect()
}

fn references(names: &[Qualified<'_>]) -> Vec<Span> {
    names.iter().map(Qualified::span).collect()
}

/// Every way to take one of several conditions out of a rule or a role, with definitions put in their places. A condition that
/// only guards another (`has x and x …`) can be taken out like this alone.
pub(crate) fn of_conditions(policy: &policy::Policy) -> Vec<Unchecked> {
    let mut mutants = Vec::new();
    for id in policy.rules.ids() {
        let rule = policy.rules.row(id);
        let mut add = |clause: &str, number: usize, change: &dyn Fn(&mut policy::Rule)| {
            let mut policy = policy.clone();
            change(policy.rules.get_mut(id).unwrap());
            let without = format!("`{}`, part {number} of its `{clause}`", policy.rule_name(id));
            mutants.push(Unchecked { without, policy });
        };
        for (number, condition) in (1..).zip(rule.when.iter().flat_map(removals)) {
            add("when", number, &|rule| rule.when = Some(condition.clone()));
        }
        for (number, condition) in (1..).zip(rule.unless.iter().flat_map(removals)) {
            add("unless", number, &|rule| rule.unless = Some(condition.clone()));
        }
    }
    for (at, constraint) in policy.constraints.iter().enumerate() {
        let mut add = |clause: &str, number: usize, change: &dyn Fn(&mut policy::Constraint)| {
            let mut policy = policy.clone();
            change(&mut policy.constraints[at]);
            let role = policy.schema.roles.row(constraint.role).name;
            mutants.push(Unchecked {
                without: format!("role `{role}`, part {number} of its `{clause}`"),
                policy,
            });
        };
        for (number, condition) in (1..).zip(constraint.when.iter().flat_map(removals)) {
            add("when", number, &|constraint| constraint.when = Some(condition.clone()));
        }
        for (number, condition) in (1..).zip(constraint.unless.iter().flat_map(removals)) {
            add("unless", number, &|constraint| constraint.unless = Some(condition.clone()));
        }
    }
    mutants
}

fn removals(condition: &policy::Expr) -> Vec<policy::Expr> {
    use policy::Expr;
    let of_parts = |parts: &[Expr], join: fn(Vec<Expr>) -> Expr| {
        let mut found = Vec::new();
        for at in 0..parts.len() {
            let mut rest = parts.to_vec();
            rest.remove(at);
            found.push(if rest.len() == 1 { rest.remove(0) } else { join(rest) });
            for changed in removals(&parts[at]) {
                let mut parts = parts.to_vec();
                parts[at] = changed;
                found.push(join(parts));
            }
        }
        found
    };
    match condition {
        Expr::And(parts) => of_parts(parts, Expr::And),
        Expr::Or(parts) => of_parts(parts, Expr::Or),
        Expr::Not(inner) => removals(inner).into_iter().map(|inner| Expr::Not(Box::new(inner))).collect(),
        Expr::Quantified(one) => removals(&one.body)
            .into_iter()
            .map(|body| Expr::Quantified(Box::new(policy::Quantified { body, ..(**one).clone() })))
            .collect(),
        Expr::Literal(_)
        | Expr::Truth(_)
        | Expr::Compare(..)
        | Expr::Member(..)
        | Expr::Within(..)
        | Expr::Sets(..)
        | Expr::Address(..)
        | Expr::InNetwork(..)
        | Expr::Like(..)
        | Expr::Matches(..)
        | Expr::Open(_)
        | Expr::Has(_)
        | Expr::Is(..) => Vec::new(),
    }
}

#[test]
fn every_part_is_taken_out_once() {
    let text = "package p\n\
        role a { x:read }\n\
        role b : a { x:read x:{write, share} } only x:read, x:share in organization(\"o\") unless p or q\n\
        deny x:read named n to a, b except c when p or (q and not r) priority 3 oblige f\n\
        route GET, HEAD /x/{i} -> x:read on x(i) in organization(\"o\")\n";
    let found: Vec<String> = of_text(text).into_iter().map(|mutant| mutant.without).collect();
    let expected = [
        "line 2, `x:read`",
        "line 3, `x:read`",
        "line 3, `x:{write, share}`",
        "line 3, `write,`",
        "line 3, `, share`",
        "line 3, `: a`",
        "line 3, `x:read,`",
        "line 3, `, x:share`",
        "line 3, `only x:read, x:share`",
        "line 3, `in organization(\"o\")`",
        "line 3, `p or`",
        "line 3, `or q`",
        "line 3, `unless p or q`",
        "line 4, `deny x:read named n to a, b except c when p or (q and not r) priority 3 oblige f`",
        "line 4, `a,`",
        "line 4, `, b`",
        "line 4, `to a, b`",
        "line 4, `except c`",
        "line 4, `p or`",
        "line 4, `or (q and not r)`",
        "line 4, `q and`",
        "line 4, `and not r`",
        "line 4, `when p or (q and not r)`",
        "line 4, `priority 3`",
        "line 4, `oblige f`",
        "line 5, `route GET, HEAD /x/{i} -> x:read on x(i) in organization(\"o\")`",
        "line 5, `GET,`",
        "line 5, `, HEAD`",
        "line 5, `on x(i)`",
        "line 5, `in organization(\"o\")`",
    ];
    assert_eq!(found, expected);
}
