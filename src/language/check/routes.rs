//! Routes: each by itself.

use std::collections::HashMap;

use super::names::{Declarations, Declared, Names, Site, annotations, duplicate};
use super::overlap;
use super::report::Report;
use crate::document::{Code, Diagnostic};
use crate::language::policy::{Route, RouteValue, Segment};
use crate::language::syntax::tree::{self, Name, Qualified};
use crate::language::syntax::written;
use crate::model::Id;
use crate::model::limits::{ROUTE_SEGMENTS_MAX, ROUTES_MAX};
use crate::model::schema::{EntityType, Placement, Schema};

/// A parameter of a route's pattern and the segment it stands for.
struct Parameter<'a> {
    name: Name<'a>,
    segment: usize,
}

pub(super) fn routes<'a>(
    declarations: &Declarations<'_, 'a>,
    schema: &Schema,
    names: &Names<'a>,
    report: &mut Report,
) -> Vec<Route> {
    if let Some(first) = declarations.routes.get(ROUTES_MAX) {
        report.too_many(first.node.pattern.span, "routes", ROUTES_MAX);
    }
    let declared = declarations.routes.iter().take(ROUTES_MAX);
    let routes: Vec<Route> =
        declared.filter_map(|declared| route(*declared, schema, names, report)).collect();
    overlap::check(&routes, report);
    routes
}

fn route<'a>(
    declared: Declared<'_, tree::Route<'a>>,
    schema: &Schema,
    names: &Names<'a>,
    report: &mut Report,
) -> Option<Route> {
    let Declared { site, node } = declared;
    let annotations = annotations(node.annotations.iter(), report);
    let methods = methods(&node.methods, report);
    let segments = segments(node, report);
    let parameters = parameters(node, report);
    let ty = names.type_named(site, node.resource, report);
    let permission = ty.and_then(|ty| names.action_named(ty, node.action, report));
    let id = match &node.entity {
        Some((name, value)) => {
            check_entity(*name, node.resource, ty, site, names, report);
            Some(route_value(value, &parameters, report)?)
        }
        None => None,
    };
    let organization = match &node.organization {
        Some(value) => {
            check_placement(node, value, ty, schema, report);
            Some(route_value(value, &parameters, report)?)
        }
        None => None,
    };
    Some(Route {
        package: site.package,
        methods: methods?,
        host: node.host.map(|host| host.text.to_ascii_lowercase().into()),
        segments: segments?,
        permission: permission?,
        id,
        organization,
        annotations,
        span: node.span,
    })
}

fn methods(names: &[Name<'_>], report: &mut Report) -> Option<Vec<Box<str>>> {
    let mut is_good = true;
    let mut seen: HashMap<&str, Name<'_>> = HashMap::new();
    for name in names {
        let upper = name.text.to_ascii_uppercase();
        if upper != name.text {
            let message = format!("`{}` is not an HTTP method: they are written in capitals", name.text);
            report.error_with_help(Code::BadMethod, name.span, message, format!("write `{upper}`"));
            is_good = false;
        }
        if let Some(first) = seen.insert(name.text, *name) {
            report.add(duplicate("method", first, *name));
            is_good = false;
        }
    }
    is_good.then(|| names.iter().map(|name| name.text.into()).collect())
}

fn segments(node: &tree::Route<'_>, report: &mut Report) -> Option<Vec<Segment>> {
    if node.segments.len() > ROUTE_SEGMENTS_MAX {
        let message = format!("a route has at most {ROUTE_SEGMENTS_MAX} segments");
        report.error(Code::TooLarge, node.pattern.span, message);
        return None;
    }
    let last = node.segments.len() - 1;
    let mut segments = Vec::with_capacity(node.segments.len());
    for (number, segment) in node.segments.iter().enumerate() {
        segments.push(match segment {
            tree::Segment::Empty(_) => Some(Segment::Literal("".into())),
            tree::Segment::Parameter(_, None) => Some(Segment::Text),
            tree::Segment::Parameter(_, Some(ty)) => parameter_segment(*ty, report),
            tree::Segment::Text(name) => match name.text {
                "*" => Some(Segment::Any),
                "**" if number == last => Some(Segment::Rest),
                "**" => {
                    report.error_with_help(
                        Code::RestNotLast,
                        name.span,
                        "`**` can only stand at the end of a path",
                        "write `*` for each single segment",
                    );
                    None
                }
                _ => literal_segment(*name, report),
            },
        });
    }
    segments.into_iter().collect()
}

fn parameter_segment(ty: Name<'_>, report: &mut Report) -> Option<Segment> {
    if ty.text == "int" {
        return Some(Segment::Int);
    }
    report.error_with_help(
        Code::BadSegment,
        ty.span,
        format!("a parameter can't be of type `{}`", ty.text),
        "write `{name: int}` for a number, `{name}` for any text",
    );
    None
}

fn literal_segment(name: Name<'_>, report: &mut Report) -> Option<Segment> {
    let text = name.text;
    if text == "." || text == ".." {
        let message = format!("no request has the segment `{text}`: it is resolved before");
        report.error(Code::BadSegment, name.span, message);
        return None;
    }
    let Some(odd) = text.chars().find(|character| !is_literal(*character)) else {
        return Some(Segment::Literal(text.into()));
    };
    let message = format!("`{odd}` can't stand in a segment of a route");
    let help = match odd {
        '%' => "write a parameter in its place; parameters are decoded",
        ';' => "leave path parameters out; requests with them match no route",
        '*' => "`*` stands for one whole segment, `**` for all the rest",
        '?' | '#' => "a route is about the path alone",
        _ => "segments are made of letters, digits and `-._~!$&'()+,=:@`",
    };
    report.error_with_help(Code::BadSegment, name.span, message, help);
    None
}

/// RFC 3986's pchar, without percent-encoding, without `;`, and without `*`, which would be taken for a wildcard.
fn is_literal(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-._~!$&'()+,=:@".contains(character)
}

fn parameters<'a>(node: &tree::Route<'a>, report: &mut Report) -> Vec<Parameter<'a>> {
    let mut parameters: Vec<Parameter<'a>> = Vec::new();
    for (segment, written) in node.segments.iter().enumerate() {
        let tree::Segment::Parameter(name, _) = written else { continue };
        // So many segments are too many already.
        if segment >= ROUTE_SEGMENTS_MAX {
            break;
        }
        match parameters.iter().find(|first| first.name.text == name.text) {
            Some(first) => report.add(duplicate("parameter", first.name, *name)),
            None => parameters.push(Parameter { name: *name, segment }),
        }
    }
    parameters
}

fn route_value(
    value: &tree::RouteValue<'_>,
    parameters: &[Parameter<'_>],
    report: &mut Report,
) -> Option<RouteValue> {
    match value {
        tree::RouteValue::Text(text) => Some(RouteValue::Literal(text.value.clone())),
        tree::RouteValue::Parameter(name) => {
            if let Some(found) = parameters.iter().find(|parameter| parameter.name.text == name.text) {
                return Some(RouteValue::Segment(found.segment));
            }
            let message = format!("the path has no parameter `{}`", name.text);
            let proposal = report.proposal(name.text, parameters.iter().map(|parameter| parameter.name.text));
            let help = match proposal {
                Some(proposal) => format!("did you mean `{proposal}`?"),
                None => format!("write `{{{}}}` in the path, or a string here", name.text),
            };
            report.error_with_help(Code::RouteValue, name.span, message, help);
            None
        }
    }
}

fn check_entity<'a>(
    name: Qualified<'a>,
    resource: Qualified<'a>,
    ty: Option<Id<EntityType>>,
    site: Site,
    names: &Names<'a>,
    report: &mut Report,
) {
    let Some(ty) = ty else { return };
    if names.find(&names.types, site, name) != Some(&ty) {
        let message = format!("the permission is about `{resource}`, not about `{name}`");
        report.error_with_help(Code::RouteValue, name.span(), message, format!("write `on {resource}(…)`"));
    }
}

fn check_placement(
    node: &tree::Route<'_>,
    value: &tree::RouteValue<'_>,
    ty: Option<Id<EntityType>>,
    schema: &Schema,
    report: &mut Report,
) {
    let Some(ty) = ty.map(|ty| schema.types.row(ty)) else { return };
    if ty.placement == Placement::Organization {
        return;
    }
    let span = match value {
        tree::RouteValue::Parameter(name) => name.span,
        tree::RouteValue::Text(text) => text.span,
    };
    let message = format!("`{}` is not declared `in organization`", ty.bare);
    report.add(
        Diagnostic::error(Code::RouteValue, message)
            .at(span, "")
            .related(node.resource.span(), "the permission's type")
            .help(format!("write `resource {} in organization`", written(ty.bare.text()))),
    );
}
