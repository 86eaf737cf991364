//! From an HTTP request to the permission it asks for.

use foldhash::HashMap;

use super::Engine;
use crate::language::policy::{Policy, Route, RouteValue, Segment};
use crate::sabotage::Guard;

/// What an HTTP request asks for, by the most specific route that matches it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteMatch<'a> {
    /// `package/type`.
    pub resource_type: &'static str,
    pub action: &'static str,
    pub id: Option<&'a str>,
    pub organization: Option<&'a str>,
}

/// Routes as trees of segments, by method and host.
#[derive(Debug, Default)]
pub(super) struct Routes {
    methods: HashMap<Box<str>, Hosts>,
}

#[derive(Debug, Default)]
struct Hosts {
    named: HashMap<Box<str>, Tree>,
    any: Tree,
}

/// The position of a route in the policy.
type RouteNumber = usize;

#[derive(Debug, Default)]
struct Tree {
    literals: HashMap<Box<str>, Tree>,
    int: Option<Box<Tree>>,
    text: Option<Box<Tree>>,
    any: Option<Box<Tree>>,
    rest: Option<RouteNumber>,
    end: Option<RouteNumber>,
}

impl Engine {
    /// The most specific route for a request, its host in lower case and its path cut into decoded segments
    /// (`/a/b` is `["a", "b"]`, `/a/` is `["a", ""]`, `/` is `[""]`). No route is no permission: deny.
    pub fn route<'a>(
        &'a self,
        method: &str,
        host: Option<&str>,
        segments: &[&'a str],
    ) -> Option<RouteMatch<'a>> {
        let mut number = self.routes.find(method, host, segments);
        if !Guard::RouteMethods.stands() {
            let of_any = || self.routes.methods.keys().find_map(|any| self.routes.find(any, host, segments));
            number = number.or_else(of_any);
        }
        let number = number?;
        let route = self.policy.routes.get(number)?;
        let value = |value: &'a RouteValue| match value {
            RouteValue::Segment(position) => segments.get(*position).copied(),
            RouteValue::Literal(text) => Some(&**text),
        };
        let schema = &self.policy.schema;
        let permission = schema.permissions.row(route.permission);
        Some(RouteMatch {
            resource_type: schema.types.row(permission.resource).name.text(),
            action: permission.action.text(),
            id: route.id.as_ref().and_then(value),
            organization: route.organization.as_ref().and_then(value),
        })
    }
}

impl Routes {
    pub(super) fn new(policy: &Policy) -> Routes {
        let mut routes = Routes::default();
        for (number, route) in policy.routes.iter().enumerate() {
            for method in &route.methods {
                let hosts = routes.methods.entry(method.clone()).or_default();
                let tree = match &route.host {
                    Some(host) => hosts.named.entry(host.clone()).or_default(),
                    None => &mut hosts.any,
                };
                tree.insert(route, number);
            }
        }
        routes
    }

    fn find(&self, method: &str, host: Option<&str>, segments: &[&str]) -> Option<RouteNumber> {
        let hosts = self.methods.get(method)?;
        // Of two overlapping routes with and without a host the load only accepts that with one as the more specific.
        let mut named = host.and_then(|host| hosts.named.get(host)).and_then(|tree| tree.find(segments));
        if !Guard::RouteHosts.stands() {
            named = hosts.named.values().find_map(|tree| tree.find(segments));
        }
        named.or_else(|| hosts.any.find(segments))
    }
}

impl Tree {
    fn insert(&mut self, route: &Route, number: RouteNumber) {
        let mut tree = self;
        for segment in &route.segments {
            tree = match segment {
                Segment::Literal(text) => tree.literals.entry(text.clone()).or_default(),
                Segment::Int => tree.int.get_or_insert_default(),
                Segment::Text => tree.text.get_or_insert_default(),
                Segment::Any => tree.any.get_or_insert_default(),
                Segment::Rest => {
                    tree.rest = Some(number);
                    return;
                }
            };
        }
        tree.end = Some(number);
    }

    /// Tries the more specific branches first. Each node stands at one depth, so this visits each at most once.
    fn find(&self, segments: &[&str]) -> Option<RouteNumber> {
        let Some((first, rest)) = segments.split_first() else {
            return self.end;
        };
        let literal = self.literals.get(*first).and_then(|tree| tree.find(rest));
        if literal.is_some() || first.is_empty() {
            return literal;
        }
        let int = || self.int.as_ref().filter(|_| is_int(first)).and_then(|tree| tree.find(rest));
        let text = || self.text.as_ref().and_then(|tree| tree.find(rest));
        let any = || self.any.as_ref().and_then(|tree| tree.find(rest));
        int().or_else(text).or_else(any).or(self.rest)
    }
}

/// Decimal digits without leading zeros that fit an int; so that one resource has one id.
fn is_int(segment: &str) -> bool {
    let digits = segment.bytes().all(|byte| byte.is_ascii_digit());
    digits && (segment == "0" || !segment.starts_with('0')) && segment.parse::<i64>().is_ok()
}
