//! Routes that match one request: one of any two has to be the more specific.
//!
//! All routes of a method stand in one tree by their segments, and each is followed down it beside the others, so
//! the cost grows with the routes that do overlap, not with the square of all.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

use super::report::Report;
use crate::document::{Code, Diagnostic};
use crate::language::policy::{Route, Segment};

#[derive(Default)]
struct Node<'r> {
    children: BTreeMap<&'r Segment, usize>,
    /// The routes that end here, by their numbers.
    routes: Vec<usize>,
}

/// How two routes that overlap stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    Equal,
    /// One of them is the more specific.
    Ordered,
    Crossed,
}

/// Reports the first route before each one that is as specific as it.
pub(super) fn check(routes: &[Route], report: &mut Report) {
    let mut by_method: HashMap<&str, Vec<usize>> = HashMap::new();
    for (number, route) in routes.iter().enumerate() {
        for method in &route.methods {
            by_method.entry(method).or_default().push(number);
        }
    }
    let mut methods: Vec<_> = by_method.into_iter().collect();
    methods.sort_unstable();
    for (_, numbers) in methods {
        let mut nodes = vec![Node::default()];
        for number in numbers {
            if report.is_full() {
                return;
            }
            let Some(route) = routes.get(number) else { continue };
            if let Some((other, relation)) = conflict(route, &nodes, routes) {
                report_conflict(route, other, relation, report);
            }
            insert(number, route, &mut nodes);
        }
    }
}

fn insert<'r>(number: usize, route: &'r Route, nodes: &mut Vec<Node<'r>>) {
    let mut at = 0;
    for segment in &route.segments {
        let new = nodes.len();
        let Some(node) = nodes.get_mut(at) else { return };
        at = *node.children.entry(segment).or_insert(new);
        if at == new {
            nodes.push(Node::default());
        }
    }
    if let Some(node) = nodes.get_mut(at) {
        node.routes.push(number);
    }
}

/// A route of the tree that matches a request this one matches too, with neither more specific.
fn conflict<'r>(route: &Route, nodes: &[Node<'r>], routes: &'r [Route]) -> Option<(&'r Route, Relation)> {
    // Each step: the node, and how many segments lead to it; none once a `**` has taken the rest.
    let mut steps = vec![(0_usize, Some(0_usize))];
    while let Some((at, depth)) = steps.pop() {
        let node = nodes.get(at)?;
        let is_end = depth.is_none_or(|depth| depth == route.segments.len());
        if is_end {
            for other in node.routes.iter().filter_map(|number| routes.get(*number)) {
                match relation(route, other) {
                    Some(Relation::Ordered) | None => {}
                    Some(relation) => return Some((other, relation)),
                }
            }
        }
        let own = depth.and_then(|depth| route.segments.get(depth));
        // Of the literals only the same one can match what a literal matches.
        let same = match own {
            Some(Segment::Literal(_)) => own.and_then(|own| node.children.get_key_value(own)),
            Some(Segment::Int | Segment::Text | Segment::Any | Segment::Rest) | None => None,
        };
        let first = match own {
            Some(Segment::Literal(_)) => Bound::Included(&Segment::Int),
            Some(Segment::Int | Segment::Text | Segment::Any | Segment::Rest) | None => Bound::Unbounded,
        };
        let others = node.children.range::<Segment, _>((first, Bound::Unbounded));
        for (segment, child) in others.chain(same) {
            match (own, *segment, depth) {
                // This route's `**` has taken or takes all that follows.
                (Some(Segment::Rest), _, _) | (None, _, None) => steps.push((*child, None)),
                (Some(_), Segment::Rest, _) => steps.push((*child, Some(route.segments.len()))),
                (Some(own), other, Some(depth)) if can_match_one(own, other) => {
                    steps.push((*child, Some(depth + 1)));
                }
                _ => {}
            }
        }
    }
    None
}

/// Whether one segment of a request can be matched by both; neither is `**`.
fn can_match_one(one: &Segment, other: &Segment) -> bool {
    match (one, other) {
        (Segment::Literal(one), Segment::Literal(other)) => one == other,
        (Segment::Literal(text), Segment::Int) | (Segment::Int, Segment::Literal(text)) => text
            .parse::<u64>()
            .is_ok_and(|number| number.to_string() == **text && i64::try_from(number).is_ok()),
        (Segment::Literal(text), Segment::Text | Segment::Any)
        | (Segment::Text | Segment::Any, Segment::Literal(text)) => !text.is_empty(),
        (Segment::Int | Segment::Text | Segment::Any | Segment::Rest, _) | (_, Segment::Rest) => true,
    }
}

/// How two routes whose paths overlap stand to each other; nothing if their hosts differ.
fn relation(one: &Route, other: &Route) -> Option<Relation> {
    let (mut more, mut less) = (false, false);
    match (&one.host, &other.host) {
        (Some(one), Some(other)) if one != other => return None,
        (Some(_), None) => more = true,
        (None, Some(_)) => less = true,
        _ => {}
    }
    for (one, other) in one.segments.iter().zip(&other.segments) {
        more |= rank(one) < rank(other);
        less |= rank(one) > rank(other);
        if matches!(one, Segment::Rest) || matches!(other, Segment::Rest) {
            break;
        }
    }
    Some(match (more, less) {
        (false, false) => Relation::Equal,
        (true, true) => Relation::Crossed,
        _ => Relation::Ordered,
    })
}

/// The lower the more specific.
fn rank(segment: &Segment) -> u8 {
    match segment {
        Segment::Literal(_) => 0,
        Segment::Int => 1,
        Segment::Text => 2,
        Segment::Any => 3,
        Segment::Rest => 4,
    }
}

fn report_conflict(route: &Route, other: &Route, relation: Relation, report: &mut Report) {
    let (first, second) = if other.span <= route.span { (other, route) } else { (route, other) };
    let diagnostic = if relation == Relation::Equal {
        Diagnostic::error(Code::Duplicate, "this route matches just what another one does")
            .help("remove one of them, or give one a host")
    } else {
        Diagnostic::error(
            Code::RouteOverlap,
            "this route and another one match the same requests, and neither is more specific",
        )
        .help("make one of them at least as specific in its host and every segment, or give them different literals")
    };
    report.add(diagnostic.at(second.span, "").related(first.span, "the other one"));
}
