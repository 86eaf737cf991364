//! The parser's pairs to the tree.
//!
//! The grammar has made sure of the shape, so a part that is missing is a mistake of this program; such a
//! declaration becomes an error, never a gap in the policy.

use pest::iterators::{Pair, Pairs};

use super::canonical;
use super::parse::Rule;
use super::place::Place;
use super::scan;
use super::tree::{
    Annotation, Attribute, Attributes, Clause, ClauseKind, Declaration, Definition, Directive, Entity, File,
    Name, Network, Parameter, Permission, PermissionSet, Placement, Qualified, Route, RouteValue,
    Rule as PolicyRule, Segment, Target, Text, TypeKind, TypeName, Types, Window, WindowSpan,
};
use crate::document::{Code, Diagnostic, Span};
use crate::language::policy::Effect;
use crate::model::Symbol;

/// Builds the tree of one declaration.
pub(super) struct Builder {
    pub(super) place: Place,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Whether it is a role's clauses that are being built.
    pub(super) is_in_role: bool,
}

/// Whether a declaration that starts with this word gives nothing a name that others could use.
pub(super) fn declares_nothing(word: &str) -> bool {
    matches!(word, "allow" | "deny" | "route")
}

impl Builder {
    pub(super) fn new(place: Place) -> Builder {
        Builder { place, diagnostics: Vec::new(), is_in_role: false }
    }

    /// Adds the one package or declaration that was read, and says where it ends.
    pub(super) fn one<'a>(&mut self, pairs: Pairs<'a, Rule>, file: &mut File<'a>) -> usize {
        let mut end = 0;
        for pair in pairs.flat_map(Pair::into_inner) {
            end = end.max(pair.as_span().end());
            self.add(pair, file);
        }
        end
    }

    /// The package that an import names.
    pub(super) fn import<'a>(&mut self, pair: &Pair<'a, Rule>, file: &mut File<'a>) {
        let Some(package) = part(pair, Rule::package_name).map(|name| self.name(&name)) else { return };
        let Some(name) = part(pair, Rule::name_in_package) else { return file.imports.push(package) };
        let problem = Diagnostic::error(Code::Syntax, "a package is imported as a whole");
        let help = format!("import `{}` alone: its names then stand behind a dot", package.text);
        self.diagnostics.push(problem.at(self.span(&name), "").help(help));
        file.torn_imports.push(package);
    }

    fn add<'a>(&mut self, pair: Pair<'a, Rule>, file: &mut File<'a>) {
        let (rule, span) = (pair.as_rule(), self.span(&pair));
        let reported = self.diagnostics.len();
        match rule {
            Rule::package => file.package = part(&pair, Rule::package_name).map(|name| self.name(&name)),
            Rule::import => {
                self.import(&pair, file);
                if !file.declarations.is_empty() {
                    let message = "an import stands before all declarations";
                    let problem = Diagnostic::error(Code::Syntax, message).at(span, "");
                    self.diagnostics.push(problem.help("put it after the package line"));
                }
            }
            _ => {
                if let Some(declaration) = self.declaration(pair) {
                    file.declarations.push(declaration);
                } else {
                    file.is_complete &= matches!(rule, Rule::decree | Rule::route);
                    if self.diagnostics.len() == reported {
                        let message = "this declaration can't be read";
                        self.diagnostics.push(Diagnostic::error(Code::Syntax, message).at(span, ""));
                    }
                }
            }
        }
    }

    fn declaration<'a>(&mut self, pair: Pair<'a, Rule>) -> Option<Declaration<'a>> {
        Some(match pair.as_rule() {
            Rule::subject => Declaration::Subject(self.entity_type(&pair)?),
            Rule::resource => Declaration::Resource(self.entity_type(&pair)?),
            Rule::organization => Declaration::Organization(self.unnamed(&pair)?),
            Rule::context => Declaration::Context(self.unnamed(&pair)?),
            Rule::action => Declaration::Action(self.unnamed(&pair)?),
            Rule::network => Declaration::Network(Network {
                annotations: self.annotations(&pair)?,
                name: self.named(&pair, Rule::network_name)?,
                addresses: self.names(&pair, Rule::address),
                span: self.span(&pair),
            }),
            Rule::window => Declaration::Window(Window {
                annotations: self.annotations(&pair)?,
                name: self.named(&pair, Rule::window_name)?,
                spans: self.hours(&pair)?,
                zone: self.named(&pair, Rule::zone)?,
                span: self.span(&pair),
            }),
            Rule::role => Declaration::Role(self.role(&pair)?),
            Rule::permission_set => Declaration::PermissionSet(PermissionSet {
                annotations: self.annotations(&pair)?,
                name: self.named(&pair, Rule::set_name)?,
                targets: self.targets(&pair)?,
                span: self.span(&pair),
            }),
            Rule::definition => Declaration::Definition(Box::new(Definition {
                annotations: self.annotations(&pair)?,
                name: self.named(&pair, Rule::definition_name)?,
                parameters: self.formals(&pair)?,
                condition: self.expression(part(&pair, Rule::expression)?)?,
                span: self.span(&pair),
            })),
            Rule::decree => Declaration::Rule(self.rule(pair)?),
            Rule::route => Declaration::Route(Box::new(self.route(&pair)?)),
            _ => return None,
        })
    }

    fn entity_type<'a>(&mut self, pair: &Pair<'a, Rule>) -> Option<Entity<'a>> {
        let placement = if part(pair, Rule::in_organization).is_some() {
            Placement::InOrganization
        } else if part(pair, Rule::kw_shared).is_some() {
            Placement::Shared
        } else {
            Placement::Unsaid
        };
        Some(Entity {
            annotations: self.annotations(pair)?,
            name: self.named(pair, Rule::type_name)?,
            placement,
            attributes: self.attributes(pair)?,
            actions: parts(pair, Rule::actions)
                .flat_map(|pair| self.names(&pair, Rule::action_name))
                .collect(),
            span: self.span(pair),
        })
    }

    fn unnamed<'a>(&mut self, pair: &Pair<'a, Rule>) -> Option<Attributes<'a>> {
        Some(Attributes { attributes: self.attributes(pair)?, span: self.span(pair) })
    }

    fn attributes<'a>(&mut self, pair: &Pair<'a, Rule>) -> Option<Vec<Attribute<'a>>> {
        parts(pair, Rule::attribute)
            .map(|pair| {
                Some(Attribute {
                    name: self.named(&pair, Rule::attribute_name)?,
                    is_optional: part(&pair, Rule::optional).is_some(),
                    ty: self.type_name(&part(&pair, Rule::r#type)?)?,
                    span: self.span(&pair),
                })
            })
            .collect()
    }

    pub(super) fn type_name<'a>(&mut self, pair: &Pair<'a, Rule>) -> Option<TypeName<'a>> {
        let kind = match part(pair, Rule::record) {
            Some(record) => TypeKind::Record(self.attributes(&record)?),
            None => TypeKind::Named(
                self.referred(pair, Rule::value_type).or_else(|| self.referred(pair, Rule::wire_type))?,
            ),
        };
        Some(TypeName { is_set: part(pair, Rule::kw_set).is_some(), kind, span: self.span(pair) })
    }

    fn formals<'a>(&mut self, pair: &Pair<'a, Rule>) -> Option<Vec<Parameter<'a>>> {
        let formals = part(pair, Rule::formals);
        let formals = formals.into_iter().flat_map(|formals| parts(&formals, Rule::formal));
        formals
            .map(|pair| {
                let ty = self.type_name(&part(&pair, Rule::r#type)?)?;
                let name = self.named(&pair, Rule::formal_name)?;
                Some(Parameter { name, ty, span: self.span(&pair) })
            })
            .collect()
    }

    /// The spans of a window.
    pub(super) fn hours<'a>(&mut self, pair: &Pair<'a, Rule>) -> Option<Vec<WindowSpan<'a>>> {
        parts(pair, Rule::span)
            .map(|span| {
                let mut times = parts(&span, Rule::time).map(|time| self.name(&time));
                let (start, end) = (times.next()?, times.next()?);
                let days = parts(&span, Rule::day_range)
                    .map(|range| {
                        let mut days = parts(&range, Rule::day).map(|day| self.name(&day));
                        Some((days.next()?, days.next()))
                    })
                    .collect::<Option<Vec<_>>>()?;
                Some(WindowSpan { days, start, end, span: self.span(&span) })
            })
            .collect()
    }

    pub(super) fn annotations<'a>(&mut self, pair: &Pair<'a, Rule>) -> Option<Vec<Annotation<'a>>> {
        parts(pair, Rule::annotation)
            .map(|pair| {
                Some(Annotation {
                    name: self.named(&pair, Rule::annotation_name)?,
                    text: self.text(&part(&pair, Rule::text)?)?,
                    span: self.span(&pair),
                })
            })
            .collect()
    }

    pub(super) fn targets<'a>(&mut self, pair: &Pair<'a, Rule>) -> Option<Vec<Target<'a>>> {
        pair.clone()
            .into_inner()
            .filter(|part| matches!(part.as_rule(), Rule::permission | Rule::set_reference))
            .map(|pair| {
                if pair.as_rule() == Rule::set_reference {
                    return Some(Target::Set(self.qualified(&pair)?));
                }
                let names = self.names(&pair, Rule::action_name);
                let mut stars = parts(&pair, Rule::star).count();
                let resource = if let Some(star) = part(&pair, Rule::star_of_package) {
                    Types::AllOf(self.qualified(&star)?.package?)
                } else if let Some(name) = part(&pair, Rule::type_reference) {
                    Types::One(self.qualified(&name)?)
                } else {
                    stars = stars.checked_sub(1)?;
                    Types::All
                };
                let is_whole = stars == usize::from(names.is_empty());
                is_whole.then(|| {
                    let actions = (!names.is_empty()).then_some(names);
                    Target::Permission(Permission { resource, actions, span: self.span(&pair) })
                })
            })
            .collect()
    }

    fn rule<'a>(&mut self, pair: Pair<'a, Rule>) -> Option<PolicyRule<'a>> {
        let effect = if part(&pair, Rule::kw_allow).is_some() { Effect::Allow } else { Effect::Deny };
        let (annotations, targets) = (self.annotations(&pair)?, self.targets(&pair)?);
        let word = pair.clone().into_inner().find(|part| part.as_rule() != Rule::annotation)?;
        let text = pair.as_str().get(word.as_span().start() - pair.as_span().start()..)?;
        let word = self.span(&word);
        let span = Span { start: word.start, ..self.span(&pair) };
        let mut clauses = pair
            .into_inner()
            .filter(|pair| {
                !matches!(
                    pair.as_rule(),
                    Rule::annotation
                        | Rule::kw_allow
                        | Rule::kw_deny
                        | Rule::permission
                        | Rule::set_reference
                        | Rule::comma
                )
            })
            .map(|pair| self.clause(&pair))
            .collect::<Option<Vec<_>>>()?;
        // Most rules have one or two, and there are many rules.
        clauses.shrink_to_fit();
        Some(PolicyRule { annotations, effect, word, targets, clauses, tokens: canonical(text), span })
    }

    fn clause<'a>(&mut self, pair: &Pair<'a, Rule>) -> Option<Clause<'a>> {
        let span = self.span(pair);
        let kind = match pair.as_rule() {
            Rule::named => ClauseKind::Named(self.named(pair, Rule::rule_name)?),
            Rule::audience if part(pair, Rule::kw_anyone).is_some() => ClauseKind::Anyone,
            Rule::audience => ClauseKind::To(self.references(pair, Rule::role_reference)?),
            Rule::except => ClauseKind::Except(self.references(pair, Rule::role_reference)?),
            Rule::when => ClauseKind::When(self.expression(part(pair, Rule::expression)?)?),
            Rule::unless => ClauseKind::Unless(self.expression(part(pair, Rule::expression)?)?),
            Rule::priority => {
                let digits = self.named(pair, Rule::integer)?;
                self.plain(digits.text, digits.span)?;
                ClauseKind::Priority(digits)
            }
            Rule::because => ClauseKind::Because(self.text(&part(pair, Rule::text)?)?),
            Rule::advise => ClauseKind::Advise(self.directive(&part(pair, Rule::directive)?)?),
            Rule::oblige => ClauseKind::Oblige(self.directive(&part(pair, Rule::directive)?)?),
            Rule::kw_overridable => ClauseKind::Overridable,
            _ => return None,
        };
        Some(Clause { kind, span })
    }

    pub(super) fn directive<'a>(&mut self, pair: &Pair<'a, Rule>) -> Option<Directive<'a>> {
        let arguments = parts(pair, Rule::argument)
            .map(|pair| {
                let name = self.named(&pair, Rule::argument_name)?;
                Some((name, self.literal(pair.into_inner().last()?)?))
            })
            .collect::<Option<Vec<_>>>()?;
        Some(Directive { name: self.named(pair, Rule::directive_name)?, arguments, span: self.span(pair) })
    }

    pub(super) fn route<'a>(&mut self, pair: &Pair<'a, Rule>) -> Option<Route<'a>> {
        let pattern = part(pair, Rule::pattern)?;
        let entity = match part(pair, Rule::route_entity) {
            Some(entity) => Some((self.referred(&entity, Rule::type_reference)?, self.route_value(&entity)?)),
            None => None,
        };
        let organization = match part(pair, Rule::route_scope) {
            Some(scope) => Some(self.route_value(&scope)?),
            None => None,
        };
        Some(Route {
            annotations: self.annotations(pair)?,
            methods: self.names(pair, Rule::method),
            host: part(&pattern, Rule::host).map(|host| self.name(&host)),
            segments: self.segments(&pattern)?,
            pattern: self.name(&pattern),
            resource: self.referred(pair, Rule::type_reference)?,
            action: self.named(pair, Rule::action_name)?,
            entity,
            organization,
            span: self.span(pair),
        })
    }

    fn segments<'a>(&mut self, pattern: &Pair<'a, Rule>) -> Option<Vec<Segment<'a>>> {
        let mut segments = Vec::new();
        for pair in pattern.clone().into_inner() {
            match pair.as_rule() {
                Rule::segment_text => segments.push(Segment::Text(self.name(&pair))),
                Rule::parameter => {
                    let ty = part(&pair, Rule::parameter_type).map(|ty| self.name(&ty));
                    segments.push(Segment::Parameter(self.named(&pair, Rule::parameter_name)?, ty));
                }
                Rule::trailing => segments.push(Segment::Empty(self.span(&pair))),
                _ => {}
            }
        }
        if segments.is_empty() {
            segments.push(Segment::Empty(self.span(pattern)));
        }
        Some(segments)
    }

    fn route_value<'a>(&mut self, pair: &Pair<'a, Rule>) -> Option<RouteValue<'a>> {
        match part(pair, Rule::text) {
            Some(text) => Some(RouteValue::Text(self.text(&text)?)),
            None => Some(RouteValue::Parameter(self.named(pair, Rule::parameter_name)?)),
        }
    }

    pub(super) fn span(&self, pair: &Pair<'_, Rule>) -> Span {
        let span = pair.as_span();
        // A composite pair may reach over the white space and the comments that follow it.
        let end = span.start() + scan::end(span.as_str());
        self.place.span(span.start(), end)
    }

    pub(super) fn name<'a>(&self, pair: &Pair<'a, Rule>) -> Name<'a> {
        Name { text: pair.as_str(), span: self.span(pair) }
    }

    /// The first part of this kind, as a name.
    pub(super) fn named<'a>(&mut self, pair: &Pair<'a, Rule>, rule: Rule) -> Option<Name<'a>> {
        self.wire_name(&part(pair, rule)?)
    }

    pub(super) fn names<'a>(&mut self, pair: &Pair<'a, Rule>, rule: Rule) -> Vec<Name<'a>> {
        parts(pair, rule).filter_map(|pair| self.wire_name(&pair)).collect()
    }

    /// The first part of this kind, as a name that may be another package's.
    pub(super) fn referred<'a>(&mut self, pair: &Pair<'a, Rule>, rule: Rule) -> Option<Qualified<'a>> {
        self.qualified(&part(pair, rule)?)
    }

    pub(super) fn references<'a>(&mut self, pair: &Pair<'a, Rule>, rule: Rule) -> Option<Vec<Qualified<'a>>> {
        parts(pair, rule).map(|pair| self.qualified(&pair)).collect()
    }

    /// `user`, `hackai.user` or `hackai."iam user"`.
    pub(super) fn qualified<'a>(&mut self, pair: &Pair<'a, Rule>) -> Option<Qualified<'a>> {
        let (text, start) = (pair.as_str(), pair.as_span().start());
        let dot = text.find('.').filter(|_| !text.starts_with('"'));
        let Some((package, name)) = dot.and_then(|dot| Some((text.get(..dot)?, text.get(dot + 1..)?))) else {
            return Some(Qualified::own(self.wire_name(pair)?));
        };
        let at = start + package.len() + 1;
        let span = self.place.span(at, start + text.len());
        let name =
            if name.starts_with('"') { Symbol::intern(&self.unescaped(name, at)?).text() } else { name };
        let package = Name { text: package, span: self.place.span(start, at - 1) };
        Some(Qualified { package: Some(package), name: Name { text: name, span } })
    }

    /// A name that may stand in quotes; its text is what stands between them. None if that can't be read, which is
    /// then reported.
    pub(super) fn wire_name<'a>(&mut self, pair: &Pair<'a, Rule>) -> Option<Name<'a>> {
        if !pair.as_str().starts_with('"') {
            return Some(self.name(pair));
        }
        let Text { value, span } = self.text(pair)?;
        Some(Name { text: Symbol::intern(&value).text(), span })
    }
}

pub(super) fn part<'a>(pair: &Pair<'a, Rule>, rule: Rule) -> Option<Pair<'a, Rule>> {
    parts(pair, rule).next()
}

fn parts<'a>(pair: &Pair<'a, Rule>, rule: Rule) -> impl Iterator<Item = Pair<'a, Rule>> + use<'a> {
    pair.clone().into_inner().filter(move |part| part.as_rule() == rule)
}
