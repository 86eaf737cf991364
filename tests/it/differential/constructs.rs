//! Which constructs of the language a policy set uses.
//!
//! The matches name every variant, so that a new one is met here before the generator can forget it.

use portcullis::language::policy::{
    Audience, Comparison, Constraint, Effect, Expr, Operand, Operator, Party, Path, Policy, Priority,
    Quantifier, Root, Rule, SetOperator, SetRelation, Targets, WallClock,
};
use portcullis::model::schema::Placement;
use portcullis::model::{Type, Value};

/// Every construct that generated policies have to use.
pub(super) const ALL: [&str; 90] = [
    "allow",
    "deny",
    "absolute deny",
    "priority",
    "all permissions",
    "some permissions",
    "anyone",
    "the identified",
    "roles",
    "except",
    "when",
    "unless",
    "oblige",
    "advise",
    "because",
    "unnamed",
    "overridable",
    "annotated rule",
    "annotated role",
    "annotated type",
    "annotated network",
    "annotated window",
    "role without parents",
    "role with one parent",
    "role with several parents",
    "system role",
    "only",
    "role in an organization",
    "role when",
    "role unless",
    "several constraints on the way",
    "at the root",
    "shared",
    "in organization",
    "literal condition",
    "not",
    "and",
    "or",
    "truth",
    "equal",
    "not equal",
    "order",
    "member",
    "within",
    "subset of",
    "overlaps",
    "union",
    "intersect",
    "minus",
    "any",
    "all",
    "nested quantifier",
    "variable",
    "attribute of a variable",
    "address",
    "in a network that is read",
    "like",
    "matches",
    "window",
    "has",
    "subject is",
    "resource is",
    "now",
    "subject itself",
    "resource itself",
    "or_else",
    "path of three",
    "member of a record",
    "member of a record in a record",
    "member of another entity's record",
    "attribute of an entity in a record",
    "whole record",
    "attribute of the action",
    "attribute of the context",
    "instant literal",
    "date literal",
    "time literal",
    "duration literal",
    "now and a duration",
    "date of the clock",
    "time of the clock",
    "sum",
    "difference",
    "product",
    "type of another package",
    "parent of another package",
    "role of another package",
    "rule about another package",
    "window of another package",
    "network of another package",
];

/// Calls `seen` with each use of a construct.
pub(super) fn visit(policy: &Policy, seen: &mut impl FnMut(&'static str)) {
    for ty in policy.schema.types.rows().filter(|ty| ty.is_resource) {
        seen(match ty.placement {
            Placement::Root => "at the root",
            Placement::Shared => "shared",
            Placement::Organization => "in organization",
        });
    }
    for ty in policy.schema.types.rows().filter(|ty| !ty.annotations.is_empty()) {
        assert!(ty.annotations.iter().all(|(name, _)| name.text() == "note"));
        seen("annotated type");
    }
    policy.networks.rows().filter(|row| !row.annotations.is_empty()).for_each(|_| seen("annotated network"));
    policy.windows.rows().filter(|row| !row.annotations.is_empty()).for_each(|_| seen("annotated window"));
    across_packages(policy, seen);
    for role in policy.schema.roles.rows() {
        seen(match role.parents.len() {
            0 => "role without parents",
            1 => "role with one parent",
            _ => "role with several parents",
        });
        if !role.annotations.is_empty() {
            seen("annotated role");
        }
        if role.is_system {
            seen("system role");
        }
    }
    for constraint in &policy.constraints {
        let Constraint { role, only, organization, when, unless } = constraint;
        let parents = &policy.schema.roles.row(*role).parents;
        let is_several = parents.iter().any(|parent| policy.constraint(*parent).is_some());
        let present = [
            (only.is_some(), "only"),
            (organization.is_some(), "role in an organization"),
            (when.is_some(), "role when"),
            (unless.is_some(), "role unless"),
            (is_several, "several constraints on the way"),
        ];
        present.into_iter().filter(|(is_present, _)| *is_present).for_each(|(_, name)| seen(name));
        when.iter().chain(unless).for_each(|condition| visit_condition(condition, seen));
    }
    policy.rules.rows().for_each(|rule| visit_rule(rule, seen));
}

/// What packages use of each other.
fn across_packages(policy: &Policy, seen: &mut impl FnMut(&'static str)) {
    let schema = &policy.schema;
    for ty in schema.types.rows() {
        let package = schema.packages.row(ty.package).name.text();
        for attribute in &ty.attributes {
            let element = if let Type::Set(element) = &attribute.ty { element } else { &attribute.ty };
            let Type::Entity(kind) = element else { continue };
            if kind.text().split_once('/').is_some_and(|(other, _)| other != package) {
                seen("type of another package");
            }
        }
    }
    for role in schema.roles.rows() {
        if role.parents.iter().any(|parent| schema.roles.row(*parent).package != role.package) {
            seen("parent of another package");
        }
    }
    for rule in policy.rules.rows() {
        let named = if let Audience::Roles(roles) = &rule.audience { roles.as_slice() } else { &[] };
        if named.iter().chain(&rule.except).any(|role| schema.roles.row(*role).package != rule.package) {
            seen("role of another package");
        }
        if policy.packages_of(rule).iter().any(|package| *package != rule.package) {
            seen("rule about another package");
        }
        for condition in rule.when.iter().chain(&rule.unless) {
            named_elsewhere(policy, rule, condition, seen);
        }
    }
}

fn named_elsewhere(policy: &Policy, rule: &Rule, condition: &Expr, seen: &mut impl FnMut(&'static str)) {
    match condition {
        Expr::Not(inner) => named_elsewhere(policy, rule, inner, seen),
        Expr::Quantified(one) => named_elsewhere(policy, rule, &one.body, seen),
        Expr::And(parts) | Expr::Or(parts) => {
            for part in parts {
                named_elsewhere(policy, rule, part, seen);
            }
        }
        Expr::Open(window) if policy.windows.row(*window).package != rule.package => {
            seen("window of another package");
        }
        Expr::Address(_, networks) if policy.networks.row(*networks).package != rule.package => {
            seen("network of another package");
        }
        _ => {}
    }
}

fn visit_rule(rule: &Rule, seen: &mut impl FnMut(&'static str)) {
    seen(match (rule.effect, rule.priority) {
        (Effect::Allow, _) => "allow",
        (Effect::Deny, Priority::Level(_)) => "deny",
        (Effect::Deny, Priority::Absolute) => "absolute deny",
    });
    seen(match rule.targets {
        Targets::Package => "all permissions",
        Targets::Permissions(_) => "some permissions",
    });
    seen(match rule.audience {
        Audience::Anyone => "anyone",
        Audience::Identified => "the identified",
        Audience::Roles(_) => "roles",
    });
    let present = [
        (matches!(rule.priority, Priority::Level(1..)), "priority"),
        (!rule.except.is_empty(), "except"),
        (rule.when.is_some(), "when"),
        (rule.unless.is_some(), "unless"),
        (!rule.obligations.is_empty(), "oblige"),
        (!rule.advice.is_empty(), "advise"),
        (rule.because.is_some(), "because"),
        (!rule.is_named, "unnamed"),
        (rule.is_overridable, "overridable"),
        (!rule.annotations.is_empty(), "annotated rule"),
    ];
    present.into_iter().filter(|(is_present, _)| *is_present).for_each(|(_, name)| seen(name));
    rule.when.iter().chain(&rule.unless).for_each(|condition| visit_condition(condition, seen));
}

fn visit_condition(condition: &Expr, seen: &mut impl FnMut(&'static str)) {
    seen(match condition {
        Expr::Literal(_) => "literal condition",
        Expr::Not(_) => "not",
        Expr::And(_) => "and",
        Expr::Or(_) => "or",
        Expr::Truth(_) => "truth",
        Expr::Compare(Comparison::Equal, ..) => "equal",
        Expr::Compare(Comparison::NotEqual, ..) => "not equal",
        Expr::Compare(
            Comparison::Less | Comparison::LessOrEqual | Comparison::Greater | Comparison::GreaterOrEqual,
            ..,
        ) => "order",
        Expr::Member(..) => "member",
        Expr::Sets(SetRelation::Subset, ..) => "subset of",
        Expr::Sets(SetRelation::Overlaps, ..) => "overlaps",
        Expr::Within(..) => "within",
        Expr::Address(..) => "address",
        Expr::InNetwork(..) => "in a network that is read",
        Expr::Like(..) => "like",
        Expr::Matches(..) => "matches",
        Expr::Quantified(one) => match one.quantifier {
            Quantifier::Any => "any",
            Quantifier::All => "all",
        },
        Expr::Open(_) => "window",
        Expr::Has(_) => "has",
        Expr::Is(Party::Subject, _) => "subject is",
        Expr::Is(Party::Resource, _) => "resource is",
    });
    match condition {
        Expr::Not(inner) => visit_condition(inner, seen),
        Expr::And(parts) | Expr::Or(parts) => parts.iter().for_each(|part| visit_condition(part, seen)),
        Expr::Truth(one) | Expr::Address(one, _) | Expr::Like(one, _) | Expr::Matches(one, _) => {
            visit_operand(one, seen);
        }
        Expr::Compare(_, left, right)
        | Expr::Member(left, right)
        | Expr::InNetwork(left, right)
        | Expr::Within(left, right)
        | Expr::Sets(_, left, right) => {
            visit_operand(left, seen);
            visit_operand(right, seen);
        }
        Expr::Quantified(one) => {
            if one.variable > 0 {
                seen("nested quantifier");
            }
            visit_operand(&one.set, seen);
            visit_condition(&one.body, seen);
        }
        Expr::Has(path) => visit_path(path, seen),
        Expr::Literal(_) | Expr::Open(_) | Expr::Is(..) => {}
    }
}

fn visit_operand(operand: &Operand, seen: &mut impl FnMut(&'static str)) {
    match operand {
        Operand::Literal(Value::Instant(_)) => seen("instant literal"),
        Operand::Literal(Value::Date(_)) => seen("date literal"),
        Operand::Literal(Value::Time(_)) => seen("time literal"),
        Operand::Literal(Value::Duration(_)) => seen("duration literal"),
        Operand::Literal(_) => {}
        Operand::Now => seen("now"),
        Operand::WallClock(WallClock::Date, _) => seen("date of the clock"),
        Operand::WallClock(WallClock::Time, _) => seen("time of the clock"),
        Operand::NowAnd(_, duration) => {
            seen("now and a duration");
            visit_operand(duration, seen);
        }
        Operand::Arithmetic(first, rest) => {
            visit_operand(first, seen);
            for (operator, part) in rest {
                seen(match operator {
                    Operator::Add => "sum",
                    Operator::Subtract => "difference",
                    Operator::Multiply => "product",
                });
                visit_operand(part, seen);
            }
        }
        Operand::Combined(first, rest) => {
            visit_operand(first, seen);
            for (operator, part) in rest {
                seen(match operator {
                    SetOperator::Union => "union",
                    SetOperator::Intersect => "intersect",
                    SetOperator::Minus => "minus",
                });
                visit_operand(part, seen);
            }
        }
        Operand::Party(Party::Subject) => seen("subject itself"),
        Operand::Party(Party::Resource) => seen("resource itself"),
        Operand::Variable(..) => seen("variable"),
        Operand::Path(path) => visit_path(path, seen),
        Operand::OrElse(path, _) => {
            seen("or_else");
            visit_path(path, seen);
        }
    }
}

fn visit_path(path: &Path, seen: &mut impl FnMut(&'static str)) {
    let before = path.types.get(..path.types.len() - 1).unwrap_or_default();
    let entities = before.iter().filter(|ty| matches!(ty, Type::Entity(_))).count();
    if entities == 2 {
        seen("path of three");
    }
    if before.iter().any(|ty| matches!(ty, Type::Record(_))) {
        seen("member of a record");
        if matches!(before, [.., Type::Record(_), Type::Record(_)]) {
            seen("member of a record in a record");
        }
        if matches!(before, [.., Type::Entity(_), Type::Record(_)]) {
            seen("member of another entity's record");
        }
        if matches!(before, [.., Type::Record(_), Type::Entity(_)]) {
            seen("attribute of an entity in a record");
        }
    }
    if matches!(path.types.last(), Some(Type::Record(_))) {
        seen("whole record");
    }
    match path.root {
        Root::Action => seen("attribute of the action"),
        Root::Context => seen("attribute of the context"),
        Root::Variable(_) => seen("attribute of a variable"),
        Root::Subject | Root::Resource => {}
    }
}
