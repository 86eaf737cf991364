//! Texts of the YAML form, laid out as the policy form lays them out.

use pest::Parser as _;
use pest::iterators::Pair;

use super::Printer;
use super::comments::Margin;
use super::declarations::hours;
use crate::document::yaml::Draft;
use crate::document::{SourceId, Span};
use crate::language::syntax::build::{Builder, part};
use crate::language::syntax::parse::{Grammar, Rule};
use crate::language::syntax::place::Place;
use crate::language::syntax::tree::{Name, Window};

/// A text that stands below these keys. None if it is nothing but a name or a text for people, and so is as it is to be.
pub(super) fn laid_out(path: &[&str], text: &str) -> Option<Draft> {
    let mut printer = Printer { margin: Margin::of(text) };
    match path {
        ["rules", "when" | "unless"]
        | ["roles", _, "when" | "unless"]
        | ["define", _]
        | ["define", _, "when"] => {
            let expr = read(text, Rule::yaml_condition, |builder, pair| {
                builder.expression(pair.clone().into_inner().next()?)
            })?;
            Some(printer.condition_text(&expr))
        }
        ["rules", "allow" | "deny"]
        | ["permissions", _]
        | ["permissions", _, "permissions"]
        | ["roles", _, "permissions" | "only"] => {
            let targets = read(text, Rule::yaml_permission, |builder, pair| builder.targets(pair))?;
            let [target] = targets.as_slice() else { return None };
            Some(Draft::Text(printer.target(target)))
        }
        ["rules", "advise" | "oblige"] => {
            let directive = read(text, Rule::yaml_directive, |builder, pair| {
                builder.directive(&part(pair, Rule::directive)?)
            })?;
            Some(Draft::Text(printer.directive(&directive)))
        }
        ["windows", _] | ["windows", _, "hours"] => {
            let window = read(text, Rule::yaml_hours, |builder, pair| {
                let span = Span::new(SourceId(0), 0, 0);
                let (spans, zone) = (builder.hours(pair)?, builder.named(pair, Rule::zone)?);
                Some(Window { annotations: Vec::new(), name: Name { text: "", span }, spans, zone, span })
            })?;
            let hours: Vec<String> = hours(&window).into_iter().map(|(_, text)| text).collect();
            Some(Draft::Text(hours.join(", ")))
        }
        ["routes"] | ["routes", "route"] => {
            let route = read(text, Rule::yaml_route, |builder, pair| builder.route(pair))?;
            Some(Draft::Text(printer.route_text(&route)))
        }
        ["subjects" | "resources", _, "attributes", ..]
        | ["organization" | "context" | "action", ..]
        | ["define", _, "parameters", ..] => {
            let ty = read(text, Rule::yaml_value_type, |builder, pair| {
                builder.type_name(&part(pair, Rule::r#type)?)
            })?;
            let line = printer.type_name(&ty, 0, 0);
            (!line.contains('\n')).then_some(Draft::Text(line))
        }
        _ => None,
    }
}

/// Reads a text whose file was read already, so there is nothing to complain of.
fn read<'a, T>(
    text: &'a str,
    rule: Rule,
    build: impl FnOnce(&mut Builder, &Pair<'a, Rule>) -> Option<T>,
) -> Option<T> {
    let mut builder = Builder::new(Place::file(SourceId(0), 0));
    let pair = Grammar::parse(rule, text).ok()?.next()?;
    build(&mut builder, &pair)
}
