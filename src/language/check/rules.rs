//! Rules and their clauses.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use sha2::{Digest, Sha256};

use super::conditions::{Conditions, Definitions};
use super::names::{Declarations, Declared, Names, Site, annotations, check_length, duplicate};
use super::patterns::Patterns;
use super::report::{Report, shortened};
use super::roles::{is_everything, permissions};
use super::steps;
use crate::document::{Code, Diagnostic, Sources, Span};
use crate::language::policy::{Audience, Directive, Effect, Expr, Priority, Rule, Targets};
use crate::language::syntax::tree::{self, ClauseKind, Name, Qualified, Types};
use crate::model::limits::PRIORITY_MAX;
use crate::model::schema::{Attribute, EntityType, Package, Schema};
use crate::model::{Id, Symbol, Table, Value};

/// All that rules are checked against.
pub(super) struct Surroundings<'s, 't, 'a> {
    pub(super) schema: &'s Schema,
    pub(super) names: &'s Names<'a>,
    pub(super) definitions: &'s Definitions<'t, 'a>,
    /// What each package's `organization` declares.
    pub(super) organizations: &'s [Vec<Attribute>],
    pub(super) sources: &'s Sources,
    pub(super) patterns: &'s Patterns,
    /// By file: the types of subjects that its rules may meet.
    pub(super) subjects: &'s [Rc<[Id<EntityType>]>],
}

impl Surroundings<'_, '_, '_> {
    pub(super) fn subjects(&self, site: Site) -> Rc<[Id<EntityType>]> {
        self.subjects.get(site.file).map_or_else(|| Rc::from([]), Rc::clone)
    }
}

/// The types of subjects that a file's rules may meet, sorted: those of its package and of the packages that it imports.
pub(super) fn subjects(site: Site, schema: &Schema, names: &Names<'_>) -> Rc<[Id<EntityType>]> {
    let mut packages: HashSet<Id<Package>> = names.imports.imported(site).collect();
    packages.insert(site.package);
    let is_met = |ty: &EntityType| ty.is_subject && packages.contains(&ty.package);
    schema.types.iter().filter(|(_, ty)| is_met(ty)).map(|(id, _)| id).collect()
}

/// The clauses of a rule, each at most as often as it may stand.
#[derive(Default)]
struct Clauses<'t, 'a> {
    name: Option<(Name<'a>, Span)>,
    to: Option<(&'t ClauseKind<'a>, Span)>,
    except: Option<(&'t [Qualified<'a>], Span)>,
    priority: Option<(Name<'a>, Span)>,
    because: Option<(&'t tree::Text, Span)>,
    overridable: Option<((), Span)>,
    when: Vec<&'t tree::Expr<'a>>,
    unless: Vec<&'t tree::Expr<'a>>,
    advice: Vec<&'t tree::Directive<'a>>,
    obligations: Vec<&'t tree::Directive<'a>>,
}

/// The table of all rules, by package and name.
pub(super) fn rules<'t, 'a>(
    declarations: &Declarations<'t, 'a>,
    surroundings: &Surroundings<'_, 't, 'a>,
    report: &mut Report,
) -> Table<Rule> {
    let mut rules = Vec::with_capacity(declarations.rules.len());
    // Where the name of each stands.
    let mut places: HashMap<Span, Span> = HashMap::new();
    for declared in &declarations.rules {
        let (rule, name) = rule(*declared, surroundings, report);
        places.insert(rule.span, name);
        rules.push(rule);
    }
    rules.sort_unstable_by_key(|rule| (rule.package, rule.name.text(), rule.span));
    for pair in rules.windows(2) {
        let [first, second] = pair else { continue };
        if (first.package, first.name) != (second.package, second.name) {
            continue;
        }
        if second.is_named || first.is_named {
            let text = first.name.text();
            let named =
                |rule: &Rule| Name { text, span: places.get(&rule.span).copied().unwrap_or(rule.span) };
            report.add(duplicate("rule", named(first), named(second)));
        } else {
            report.add(
                Diagnostic::error(Code::Duplicate, "the same rule stands here twice")
                    .at(second.span, "")
                    .related(first.span, "first written here"),
            );
        }
    }
    rules.into_iter().collect()
}

/// The rule, and where its name stands.
fn rule<'t, 'a>(
    declared: Declared<'t, tree::Rule<'a>>,
    surroundings: &Surroundings<'_, 't, 'a>,
    report: &mut Report,
) -> (Rule, Span) {
    let Declared { site, node } = declared;
    let clauses = clauses(node, report);
    let (schema, names) = (surroundings.schema, surroundings.names);
    let target = permissions(site, &node.targets, schema, names, report);
    let is_own = |id: &Id<_>| schema.types.row(schema.permissions.row(*id).resource).package == site.package;
    let is_package =
        node.targets.iter().any(|target| is_everything(target, site, names)) && target.iter().all(is_own);
    let (name, name_span) = match clauses.name {
        Some((name, _)) => {
            check_length(name, report);
            (Symbol::intern(name.text), name.span)
        }
        None => (content_name(&node.tokens), node.span),
    };
    if clauses.name.is_none() && node.effect == Effect::Deny {
        report.add(
            Diagnostic::warning(Code::UnnamedDeny, "this deny has no name")
                .at(node.word, "")
                .help("add `named …`: answers, logs and tests will call it so"),
        );
    }
    let written = (clauses.when.as_slice(), clauses.unless.as_slice());
    let is_conditional = !clauses.when.is_empty() || !clauses.unless.is_empty();
    let resources = if is_conditional { resource_types(node, site, surroundings) } else { None };
    let holder = if clauses.name.is_some() { format!("the rule `{name}`") } else { "this rule".to_owned() };
    let (when, unless) = conditions(&holder, written, site, resources, surroundings, report);
    let rule = Rule {
        package: site.package,
        name,
        is_named: clauses.name.is_some(),
        effect: node.effect,
        targets: if is_package { Targets::Package } else { Targets::Permissions(target) },
        audience: audience(node, &clauses, site, names, report),
        except: clauses
            .except
            .and_then(|(roles, _)| names.roles_named(site, roles, report))
            .unwrap_or_default(),
        when,
        unless,
        priority: priority(node, &clauses, report),
        because: clauses.because.map(|(text, _)| text.value.clone()),
        obligations: directives(&clauses.obligations, report),
        advice: directives(&clauses.advice, report),
        is_overridable: is_overridable(node, &clauses, report),
        annotations: annotations(node.annotations.iter(), report),
        span: node.span,
    };
    (rule, name_span)
}

fn clauses<'t, 'a>(node: &'t tree::Rule<'a>, report: &mut Report) -> Clauses<'t, 'a> {
    let mut clauses = Clauses::default();
    for clause in &node.clauses {
        let span = clause.span;
        match &clause.kind {
            ClauseKind::Named(name) => once(&mut clauses.name, (*name, span), "rule", "named", report),
            kind @ (ClauseKind::Anyone | ClauseKind::To(_)) => {
                once(&mut clauses.to, (kind, span), "rule", "to", report);
            }
            ClauseKind::Except(roles) => once(&mut clauses.except, (roles, span), "rule", "except", report),
            ClauseKind::Priority(digits) => {
                once(&mut clauses.priority, (*digits, span), "rule", "priority", report);
            }
            ClauseKind::Because(text) => once(&mut clauses.because, (text, span), "rule", "because", report),
            ClauseKind::Overridable => {
                once(&mut clauses.overridable, ((), span), "rule", "overridable", report);
            }
            ClauseKind::When(expr) => clauses.when.push(expr),
            ClauseKind::Unless(expr) => clauses.unless.push(expr),
            ClauseKind::Advise(directive) => clauses.advice.push(directive),
            ClauseKind::Oblige(directive) => clauses.obligations.push(directive),
        }
    }
    clauses
}

/// Takes a clause of a declaration that has it at most once.
pub(super) fn once<T>(
    slot: &mut Option<(T, Span)>,
    clause: (T, Span),
    declaration: &str,
    word: &str,
    report: &mut Report,
) {
    match slot {
        Some((_, first)) => report.add(
            Diagnostic::error(Code::RepeatedClause, format!("a {declaration} has at most one `{word}`"))
                .at(clause.1, "")
                .related(*first, "the first one")
                .help(match word {
                    "to" | "except" | "only" => {
                        format!("put all behind one `{word}`, with commas between them")
                    }
                    _ => "take one of them out".to_owned(),
                }),
        ),
        None => *slot = Some(clause),
    }
}

fn audience<'a>(
    node: &tree::Rule<'a>,
    clauses: &Clauses<'_, 'a>,
    site: Site,
    names: &Names<'a>,
    report: &mut Report,
) -> Audience {
    match (clauses.to, node.effect) {
        (Some((ClauseKind::To(roles), _)), _) => {
            Audience::Roles(names.roles_named(site, roles, report).unwrap_or_default())
        }
        (None, Effect::Allow) => Audience::Identified,
        (Some(_), _) | (None, Effect::Deny) => Audience::Anyone,
    }
}

fn priority(node: &tree::Rule<'_>, clauses: &Clauses<'_, '_>, report: &mut Report) -> Priority {
    let unsaid = match node.effect {
        Effect::Allow => Priority::Level(0),
        Effect::Deny => Priority::Absolute,
    };
    let Some((digits, _)) = clauses.priority else { return unsaid };
    if let Some(level) = digits.text.parse().ok().filter(|level| *level <= PRIORITY_MAX) {
        return Priority::Level(level);
    }
    report.error(
        Code::PriorityRange,
        digits.span,
        format!("a priority is a number from 0 to {PRIORITY_MAX}"),
    );
    unsaid
}

fn is_overridable(node: &tree::Rule<'_>, clauses: &Clauses<'_, '_>, report: &mut Report) -> bool {
    let Some(((), span)) = clauses.overridable else { return false };
    if node.effect == Effect::Allow {
        report.error_with_help(
            Code::NotOverridable,
            span,
            "only a deny can be `overridable`",
            "take it out: there is nothing in an allow that an emergency would have to lift",
        );
    }
    node.effect == Effect::Deny
}

/// The resource types the rule can be about; none if its targets are in error.
fn resource_types(
    node: &tree::Rule<'_>,
    site: Site,
    surroundings: &Surroundings<'_, '_, '_>,
) -> Option<Vec<Id<EntityType>>> {
    let (schema, names) = (surroundings.schema, surroundings.names);
    let mut types = Vec::new();
    for target in &node.targets {
        let target = match target {
            tree::Target::Permission(permission) => permission,
            tree::Target::Set(name) => {
                let set = names.find(&names.permission_sets, site, *name).filter(|set| set.is_good)?;
                if set.has_everything {
                    let all =
                        schema.types.iter().filter(|(_, ty)| ty.package == site.package && ty.is_resource);
                    types.extend(all.map(|(id, _)| id));
                }
                types.extend(set.permissions.iter().map(|id| schema.permissions.row(*id).resource));
                continue;
            }
        };
        let of_package = schema.types.iter().filter(|(_, ty)| ty.package == site.package && ty.is_resource);
        match (target.resource, &target.actions) {
            (Types::One(name), _) => types.push(*names.find(&names.types, site, name)?),
            (Types::AllOf(_), _) => return None,
            (Types::All, None) => types.extend(of_package.map(|(id, _)| id)),
            (Types::All, Some(actions)) => {
                types.extend(of_package.map(|(id, _)| id).filter(|id| {
                    actions.iter().any(|action| names.actions.contains_key(&(*id, action.text)))
                }));
            }
        }
    }
    types.sort_unstable();
    types.dedup();
    (!types.is_empty()).then_some(types)
}

/// `when` and `unless` of `holder`, the second checked where the first is true.
pub(super) fn conditions<'t, 'a>(
    holder: &str,
    (when, unless): (&[&'t tree::Expr<'a>], &[&'t tree::Expr<'a>]),
    site: Site,
    resources: Option<Vec<Id<EntityType>>>,
    surroundings: &Surroundings<'_, 't, 'a>,
    report: &mut Report,
) -> (Option<Expr>, Option<Expr>) {
    if when.is_empty() && unless.is_empty() {
        return (None, None);
    }
    let whole: Vec<&tree::Expr<'_>> = when.iter().chain(unless).copied().collect();
    let schema = surroundings.schema;
    let packages: HashSet<_> = resources.iter().flatten().map(|id| schema.types.row(*id).package).collect();
    let of = (holder, packages.len());
    if !surroundings.definitions.is_bounded(&whole, site, of, surroundings.names, report) {
        return (None, None);
    }
    let mut checker = Conditions::new(surroundings, site, resources, report);
    let mut allowing = Vec::new();
    for expr in when {
        if let Some((condition, flow)) = checker.condition(expr) {
            allowing.push(condition);
            checker.assume(&flow.if_true);
        }
    }
    let mut refusing = Vec::new();
    for expr in unless {
        if let Some((condition, flow)) = checker.condition(expr) {
            refusing.push(condition);
            checker.assume(&flow.if_false);
        }
    }
    let costs = checker.costs;
    let (when, unless) = (joined(allowing, Expr::And), joined(refusing, Expr::Or));
    steps::check([&when, &unless].into_iter().flatten(), costs, report);
    (when, unless)
}

fn joined(mut conditions: Vec<Expr>, join: fn(Vec<Expr>) -> Expr) -> Option<Expr> {
    match conditions.len() {
        0 | 1 => conditions.pop(),
        _ => Some(join(conditions)),
    }
}

fn directives(nodes: &[&tree::Directive<'_>], report: &mut Report) -> Vec<Directive> {
    let mut directives = Vec::with_capacity(nodes.len());
    let mut written: BTreeMap<(Symbol, Vec<(Symbol, Value)>), Span> = BTreeMap::new();
    for node in nodes {
        check_length(node.name, report);
        let mut names: HashMap<&str, Name<'_>> = HashMap::new();
        let mut arguments = Vec::with_capacity(node.arguments.len());
        for (name, literal) in &node.arguments {
            check_length(*name, report);
            if let Some(first) = names.get(name.text) {
                report.add(duplicate("argument", *first, *name));
                continue;
            }
            names.insert(name.text, *name);
            if let Some(value) = super::literals::argument(literal, report) {
                arguments.push((Symbol::intern(name.text), value));
            }
        }
        let name = Symbol::intern(node.name.text);
        if let Some(first) = written.insert((name, arguments.clone()), node.span) {
            let message =
                format!("`{}` stands here twice, with the same arguments", shortened(node.name.text));
            let diagnostic = Diagnostic::warning(Code::Repeated, message).at(node.span, "");
            report.add(diagnostic.related(first, "the first time"));
        }
        directives.push(Directive { name, arguments });
    }
    directives
}

/// The name of a rule that its author gave none: the same as long as the rule is.
fn content_name(tokens: &str) -> Symbol {
    let hash = Sha256::digest(tokens.as_bytes());
    let number = hash.iter().take(4).fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
    Symbol::intern(&format!("unnamed_{number:08x}"))
}
