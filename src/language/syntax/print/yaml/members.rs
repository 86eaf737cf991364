//! What YAML says of each declaration.

use std::ops::Range;

use super::super::Printer;
use super::super::declarations::hours;
use super::super::lines::WIDTH;
use super::{Section, add_clause, end, gathered, gathered_role, remark, remarks};
use crate::document::yaml::{Draft, Group, Member};
use crate::language::policy::Effect;
use crate::language::syntax::parse::is_identifier;
use crate::language::syntax::tree::{
    Annotation, Attribute, Clause, ClauseKind, Declaration, Definition, Entity, Expr, Name, Network,
    Parameter, PermissionSet, Placement, Role, RoleClauseKind, Rule, Target, TypeKind, TypeName, Window,
};
use crate::language::syntax::yaml::is_wire_name;

/// In which column a text may begin: deep enough for each that is broken over lines.
const TEXT_COLUMN: usize = 6;

impl Printer<'_> {
    pub(in crate::language::syntax::print) fn member(
        &mut self,
        declaration: &Declaration<'_>,
        start: usize,
    ) -> Member {
        match declaration {
            Declaration::Subject(node) | Declaration::Resource(node) => self.entity_member(node),
            Declaration::Organization(node) | Declaration::Context(node) | Declaration::Action(node) => {
                let whole = node.span.range();
                let (attributes, beside) = self.attribute_members(start..whole.end, &node.attributes);
                Member { beside, ..Member::of(Section::of(declaration).key(), Draft::Mapping(attributes)) }
            }
            Declaration::Network(node) => self.network_member(node),
            Declaration::Window(node) => window_member(node),
            Declaration::Role(node) => self.role_member(node),
            Declaration::PermissionSet(node) => self.permission_set_member(node),
            Declaration::Definition(node) => self.definition_member(node),
            Declaration::Rule(node) => self.rule_member(node),
            Declaration::Route(node) => {
                let route = Draft::Text(self.route_text(node));
                Member::item(said("route", route, &node.annotations))
            }
        }
    }

    fn entity_member(&mut self, node: &Entity<'_>) -> Member {
        let Entity { annotations, name, placement, attributes, actions, span: _ } = node;
        let mut group = annotation_members(annotations);
        match placement {
            Placement::Unsaid => {}
            Placement::Shared => group.members.push(Member::of("shared", word("true"))),
            Placement::InOrganization => {
                group.members.push(Member::of("in", Draft::Text("organization".to_owned())));
            }
        }
        let mut beside = None;
        if let Some(last) = attributes.last() {
            let range = name.span.range().end..last.span.range().end;
            let (attributes, comment) = self.attribute_members(range, attributes);
            beside = comment;
            group.members.push(Member::of("attributes", Draft::Mapping(attributes)));
        }
        if !actions.is_empty() {
            let actions = actions.iter().map(|action| self.member_key(action)).collect();
            group.members.push(Member::of("actions", several(actions)));
        }
        Member { beside, ..Member::of(self.wire_key(name), Draft::Mapping(group)) }
    }

    /// Attributes within a range, and the comment that ends the line on which they begin.
    fn attribute_members(&mut self, range: Range<usize>, nodes: &[Attribute<'_>]) -> (Group, Option<String>) {
        let is_open = nodes.first().is_some_and(|first| {
            self.margin.is_broken(range.start..first.span.range().start)
                || self.margin.has_comments(range.clone())
        });
        let mut group = Group { is_open, ..Group::default() };
        let mut head = None;
        let mut at = range.start;
        for node in nodes {
            let between = self.margin.take(at..node.span.range().start);
            match (group.members.last_mut(), between.trailing) {
                (_, None) => {}
                (Some(last), Some(comment)) => end(last, remark(comment)),
                (None, comment) => head = comment.map(remark),
            }
            let key = format!("{}{}", self.member_key(&node.name), if node.is_optional { "?" } else { "" });
            let (value, beside) = self.type_value(&node.ty);
            let is_after_blank = self.margin.is_after_blank(node.span.range().start);
            group.members.push(Member {
                before: remarks(&between),
                is_after_blank,
                beside,
                ..Member::of(key, value)
            });
            at = node.span.range().end;
        }
        let between = self.margin.take(at..range.end);
        if let (Some(last), Some(comment)) = (group.members.last_mut(), between.trailing) {
            end(last, remark(comment));
        }
        group.rest = remarks(&between);
        (group, head)
    }

    /// A type, and the comment that ends the line on which its members begin.
    fn type_value(&mut self, node: &TypeName<'_>) -> (Draft, Option<String>) {
        match &node.kind {
            TypeKind::Record(members) if !node.is_set => {
                let (members, beside) = self.attribute_members(node.span.range(), members);
                (Draft::Mapping(members), beside)
            }
            TypeKind::Named(_) | TypeKind::Record(_) => (Draft::Text(self.type_name(node, 0, 0)), None),
        }
    }

    fn network_member(&mut self, node: &Network<'_>) -> Member {
        let Network { annotations, name, addresses, span: _ } = node;
        let addresses = addresses.iter().map(|address| self.name(address)).collect();
        Member::of(name.text, said("addresses", several(addresses), annotations))
    }

    fn role_member(&mut self, node: &Role<'_>) -> Member {
        let Role { annotations, name, is_system, parents, permissions, clauses, span: _ } =
            &gathered_role(node);
        let mut group = annotation_members(annotations);
        if *is_system {
            group.members.push(Member::of("system", word("true")));
        }
        if !parents.is_empty() {
            let parents = parents.iter().map(|parent| self.qualified(parent)).collect();
            group.members.push(Member::of("inherits", several(parents)));
        }
        if !permissions.is_empty() {
            group.members.push(Member::of("permissions", self.targets(permissions)));
        }
        for clause in clauses {
            let (key, value) = match &clause.kind {
                RoleClauseKind::Only(targets) => ("only", self.targets(targets)),
                RoleClauseKind::In(path) => ("in", Draft::Text(format!("organization({})", self.text(path)))),
                RoleClauseKind::When(condition) => ("when", self.condition_text(condition)),
                RoleClauseKind::Unless(condition) => ("unless", self.condition_text(condition)),
            };
            add_clause(&mut group, Member::of(key, value));
        }
        Member::of(name.text, Draft::Mapping(group))
    }

    fn permission_set_member(&mut self, node: &PermissionSet<'_>) -> Member {
        let PermissionSet { annotations, name, targets, span: _ } = node;
        let targets = self.targets(targets);
        Member::of(name.text, said("permissions", targets, annotations))
    }

    fn definition_member(&mut self, node: &Definition<'_>) -> Member {
        let Definition { annotations, name, parameters, condition, span: _ } = node;
        let condition = self.condition_text(condition);
        if parameters.is_empty() {
            return Member::of(name.text, said("when", condition, annotations));
        }
        let mut group = annotation_members(annotations);
        let parameters = parameters.iter().map(|Parameter { name, ty, span: _ }| {
            let members = vec![Member::of(name.text, self.type_value(ty).0)];
            Member::item(Draft::Mapping(Group { members, ..Group::default() }))
        });
        let parameters = Group { members: parameters.collect(), ..Group::default() };
        group.members.push(Member::of("parameters", Draft::List(parameters)));
        group.members.push(Member::of("when", condition));
        Member::of(name.text, Draft::Mapping(group))
    }

    fn rule_member(&mut self, node: &Rule<'_>) -> Member {
        // Its tokens are made of all others.
        let Rule { annotations, effect, word: _, targets, clauses, tokens: _, span: _ } = &gathered(node);
        let mut group = annotation_members(annotations);
        let effect = match effect {
            Effect::Allow => "allow",
            Effect::Deny => "deny",
        };
        group.members.push(Member::of(effect, self.targets(targets)));
        let mut at = targets.last().map_or(0, |last| last.span().range().end);
        for clause in clauses {
            let between = self.margin.take(at..clause.span.range().start);
            if let (Some(comment), Some(last)) = (between.trailing, group.members.last_mut()) {
                end(last, remark(comment));
            }
            let (key, value) = self.clause_member(clause);
            add_clause(&mut group, Member { before: remarks(&between), ..Member::of(key, value) });
            at = clause.span.range().end;
        }
        Member::item(Draft::Mapping(group))
    }

    fn clause_member(&mut self, clause: &Clause<'_>) -> (&'static str, Draft) {
        match &clause.kind {
            ClauseKind::Named(name) => ("named", Draft::Text(name.text.to_owned())),
            ClauseKind::Anyone => ("to", Draft::Text("anyone".to_owned())),
            ClauseKind::To(names) => ("to", several(names.iter().map(|name| self.qualified(name)).collect())),
            ClauseKind::Except(names) => {
                ("except", several(names.iter().map(|name| self.qualified(name)).collect()))
            }
            ClauseKind::When(condition) => ("when", self.condition_text(condition)),
            ClauseKind::Unless(condition) => ("unless", self.condition_text(condition)),
            ClauseKind::Priority(digits) => {
                let number: Option<i64> = digits.text.parse().ok();
                (
                    "priority",
                    word(&number.map_or_else(|| digits.text.to_owned(), |number| number.to_string())),
                )
            }
            ClauseKind::Because(text) => ("because", Draft::Text(text.value.to_string())),
            ClauseKind::Advise(directive) => ("advise", Draft::Text(self.directive(directive))),
            ClauseKind::Oblige(directive) => ("oblige", Draft::Text(self.directive(directive))),
            ClauseKind::Overridable => ("overridable", word("true")),
        }
    }

    fn targets(&mut self, nodes: &[Target<'_>]) -> Draft {
        several(nodes.iter().map(|node| self.target(node)).collect())
    }

    /// A condition on a line, or broken in a block.
    pub(in crate::language::syntax::print) fn condition_text(&mut self, node: &Expr<'_>) -> Draft {
        let flat = self.flat(node);
        if matches!(flat.as_str(), "true" | "false") {
            return Draft::Word(flat);
        }
        // Comments can't stand in a text of YAML.
        if self.margin.has_comments(node.span.range()) || flat.chars().count() + TEXT_COLUMN <= WIDTH {
            return Draft::Text(flat);
        }
        let indented = self.condition(node, TEXT_COLUMN);
        let margin = " ".repeat(TEXT_COLUMN);
        let lines: Vec<&str> =
            indented.lines().map(|line| line.strip_prefix(margin.as_str()).unwrap_or(line)).collect();
        Draft::Lines(format!("{}\n", lines.join("\n")))
    }

    /// The name of an attribute or an action.
    fn member_key(&self, name: &Name<'_>) -> String {
        if is_wire_name(name.text) { name.text.to_owned() } else { self.member_name(name) }
    }

    /// A name on the wire needs no quotes but YAML's own.
    fn wire_key(&self, name: &Name<'_>) -> String {
        if is_wire_name(name.text) || is_identifier(name.text) {
            name.text.to_owned()
        } else {
            self.wire(name)
        }
    }
}

fn window_member(node: &Window<'_>) -> Member {
    let Window { annotations, name, spans: _, zone: _, span: _ } = node;
    let hours: Vec<String> = hours(node).into_iter().map(|(_, text)| text).collect();
    let hours = Draft::Text(hours.join(", "));
    Member::of(name.text, said("hours", hours, annotations))
}

/// What a declaration says that is one text or a list; with annotations it is one of several keys.
fn said(key: &str, value: Draft, annotations: &[Annotation<'_>]) -> Draft {
    let mut group = annotation_members(annotations);
    if group.members.is_empty() {
        return value;
    }
    group.members.push(Member::of(key, value));
    Draft::Mapping(group)
}

fn annotation_members(nodes: &[Annotation<'_>]) -> Group {
    let members = nodes
        .iter()
        .map(|node| Member::of(node.name.text, Draft::Text(node.text.value.to_string())))
        .collect();
    let annotations = Draft::Mapping(Group { members, ..Group::default() });
    let members = if nodes.is_empty() { Vec::new() } else { vec![Member::of("annotations", annotations)] };
    Group { members, rest: Vec::new(), is_open: true }
}

/// One text, or a list of them: on a line unless brackets would need quotes.
pub(super) fn several(mut texts: Vec<String>) -> Draft {
    if texts.len() == 1
        && let Some(text) = texts.pop()
    {
        return Draft::Text(text);
    }
    let is_open = texts.iter().any(|text| text.contains(['{', '[', ',']));
    let members = texts.into_iter().map(|text| Member::item(Draft::Text(text))).collect();
    Draft::List(Group { members, rest: Vec::new(), is_open })
}

fn word(text: &str) -> Draft {
    Draft::Word(text.to_owned())
}
