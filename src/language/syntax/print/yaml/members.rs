//! What YAML says of each declaration.

use std::ops::Range;

use super::super::Printer;
use super::super::declarations::hours;
use super::super::lines::WIDTH;
use super::remarks::Remarks;
use super::{Section, add_clause, gathered, gathered_role};
use crate::document::yaml::{Draft, Group, Member};
use crate::language::policy::Effect;
use crate::language::syntax::identifier::is_identifier;
use crate::language::syntax::tree::{
    Annotation, Attribute, Clause, ClauseKind, Declaration, Definition, Entity, Expr, Name, Network,
    Parameter, PermissionSet, Placement, Qualified, Role, RoleClause, RoleClauseKind, Rule, Target, TypeKind,
    TypeName, Window,
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
                let key = Section::of(declaration).key();
                self.attributes_member(key.to_owned(), start..node.span.range().end, &node.attributes)
            }
            Declaration::Network(node) => self.network_member(node),
            Declaration::Window(node) => self.window_member(node),
            Declaration::Role(node) => self.role_member(node),
            Declaration::PermissionSet(node) => self.permission_set_member(node),
            Declaration::Definition(node) => self.definition_member(node),
            Declaration::Rule(node) => self.rule_member(node),
            Declaration::Route(node) => {
                let route = Draft::Text(self.route_text(node));
                said(None, Member::of("route", route), &node.annotations)
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
        let (start, end) = (name.span.range().end, node.span.range().end);
        let actions: Vec<(Range<usize>, String)> = actions
            .iter()
            .map(|action| {
                let range = action.span.range();
                let start = self.margin.keyword_before("actions", range.start);
                (start..range.end, self.member_key(action))
            })
            .collect();
        let places = attributes.iter().map(|attribute| attribute.span.range());
        let places = places.chain(actions.iter().map(|(place, _)| place.clone()));
        let mut remarks = self.remarks_around(start..end, places.collect());
        if !attributes.is_empty() {
            let attributes = Draft::Mapping(self.attribute_group(start, attributes, &mut remarks));
            let mut member = Member::of("attributes", attributes);
            if node.actions.is_empty() {
                remarks.say_rest(&mut member);
            }
            group.members.push(member);
        }
        if !actions.is_empty() {
            group.members.push(self.listed("actions", actions, &mut remarks));
        }
        let mut member = Member::of(self.wire_key(name), Draft::Mapping(group));
        member.beside = remarks.head.take();
        remarks.say_rest(&mut member);
        member
    }

    /// Attributes below a key, with what stands around them in that range.
    fn attributes_member(&mut self, key: String, range: Range<usize>, nodes: &[Attribute<'_>]) -> Member {
        let places = nodes.iter().map(|node| node.span.range()).collect();
        let mut remarks = self.remarks_around(range.clone(), places);
        let group = self.attribute_group(range.start, nodes, &mut remarks);
        let mut member = Member::of(key, Draft::Mapping(group));
        member.beside = remarks.head.take();
        remarks.say_rest(&mut member);
        member
    }

    fn attribute_group(&mut self, start: usize, nodes: &[Attribute<'_>], remarks: &mut Remarks) -> Group {
        let is_open =
            nodes.first().is_some_and(|first| self.margin.is_broken(start..first.span.range().start));
        let mut group = Group { is_open, ..Group::default() };
        for node in nodes {
            let place = node.span.range();
            let key = format!("{}{}", self.member_key(&node.name), if node.is_optional { "?" } else { "" });
            let mut member = self.typed_member(key, &node.ty);
            member.is_after_blank = self.margin.is_after_blank(place.start);
            remarks.say(place.start, &mut member);
            group.members.push(member);
        }
        group
    }

    fn typed_member(&mut self, key: impl Into<String>, node: &TypeName<'_>) -> Member {
        match &node.kind {
            TypeKind::Record(members) if !node.is_set => {
                self.attributes_member(key.into(), node.span.range(), members)
            }
            TypeKind::Named(_) | TypeKind::Record(_) => {
                Member::of(key, Draft::Text(self.type_name(node, 0, 0)))
            }
        }
    }

    /// Texts below a key, and what is said of them in that range.
    fn list_member(
        &mut self,
        key: impl Into<String>,
        range: Range<usize>,
        items: Vec<(Range<usize>, String)>,
    ) -> Member {
        let places = items.iter().map(|(place, _)| place.clone()).collect();
        let mut remarks = self.remarks_around(range, places);
        let mut member = self.listed(key, items, &mut remarks);
        remarks.say_head(&mut member);
        remarks.say_rest(&mut member);
        member
    }

    fn network_member(&mut self, node: &Network<'_>) -> Member {
        let Network { annotations, name, addresses, span } = node;
        let items = addresses.iter().map(|address| (address.span.range(), self.name(address))).collect();
        let range = name.span.range().end..span.range().end;
        said(Some(name.text), self.list_member("addresses", range, items), annotations)
    }

    fn window_member(&mut self, node: &Window<'_>) -> Member {
        let Window { annotations, name, spans: _, zone: _, span } = node;
        let hours = hours(node);
        let start = hours.first().map_or(span.range().end, |(place, _)| place.start);
        let texts: Vec<String> = hours.into_iter().map(|(_, text)| text).collect();
        let items = vec![(start..span.range().end, texts.join(", "))];
        let range = name.span.range().end..span.range().end;
        said(Some(name.text), self.list_member("hours", range, items), annotations)
    }

    fn role_member(&mut self, node: &Role<'_>) -> Member {
        let Role { annotations, name, is_system, parents, permissions, clauses, span } = &gathered_role(node);
        let mut group = annotation_members(annotations);
        if *is_system {
            group.members.push(Member::of("system", word("true")));
        }
        let mut start = name.span.range().end;
        if let Some(last) = parents.last() {
            let end = last.span().range().end;
            let parents = self.references(parents);
            group.members.push(self.list_member("inherits", start..end, parents));
            start = end;
        }
        let permissions = self.targets(permissions);
        let places = permissions.iter().map(|(place, _)| place.clone());
        let places = places.chain(node.clauses.iter().map(|clause| clause.span.range()));
        let mut remarks = self.remarks_around(start..span.range().end, places.collect());
        if !permissions.is_empty() {
            group.members.push(self.listed("permissions", permissions, &mut remarks));
        }
        for clause in clauses {
            let mut member = match &clause.kind {
                RoleClauseKind::Only(targets) => {
                    let targets = self.targets(targets);
                    self.list_member("only", clause.span.range(), targets)
                }
                RoleClauseKind::In(path) => {
                    Member::of("in", Draft::Text(format!("organization({})", self.text(path))))
                }
                RoleClauseKind::When(condition) => Member::of("when", self.condition_text(condition)),
                RoleClauseKind::Unless(condition) => Member::of("unless", self.condition_text(condition)),
            };
            // Several `unless` are one.
            let is_same = |one: &&RoleClause<'_>| matches!(one.kind, RoleClauseKind::Unless(_));
            match &clause.kind {
                RoleClauseKind::Unless(_) => {
                    let all = node.clauses.iter().filter(is_same);
                    all.for_each(|one| remarks.say(one.span.range().start, &mut member));
                }
                _ => remarks.say(clause.span.range().start, &mut member),
            }
            add_clause(&mut group, member);
        }
        let mut member = Member::of(name.text, Draft::Mapping(group));
        member.beside = remarks.head.take();
        remarks.say_rest(&mut member);
        member
    }

    fn permission_set_member(&mut self, node: &PermissionSet<'_>) -> Member {
        let PermissionSet { annotations, name, targets, span } = node;
        let range = name.span.range().end..span.range().end;
        let targets = self.targets(targets);
        said(Some(name.text), self.list_member("permissions", range, targets), annotations)
    }

    fn definition_member(&mut self, node: &Definition<'_>) -> Member {
        let Definition { annotations, name, parameters, condition, span: _ } = node;
        let place = condition.span.range();
        let mut remarks = self.remarks_around(name.span.range().end..place.end, vec![place.clone()]);
        let mut when = Member::of("when", self.condition_text(condition));
        remarks.say(place.start, &mut when);
        remarks.say_head(&mut when);
        if parameters.is_empty() {
            return said(Some(name.text), when, annotations);
        }
        let mut group = annotation_members(annotations);
        let parameters = parameters.iter().map(|Parameter { name, ty, span: _ }| {
            let members = vec![self.typed_member(name.text, ty)];
            Member::item(Draft::Mapping(Group { members, ..Group::default() }))
        });
        let parameters = Group { members: parameters.collect(), ..Group::default() };
        group.members.push(Member::of("parameters", Draft::List(parameters)));
        group.members.push(when);
        Member::of(name.text, Draft::Mapping(group))
    }

    fn rule_member(&mut self, node: &Rule<'_>) -> Member {
        // Its tokens are made of all others.
        let Rule { annotations, effect, word, targets, clauses, tokens: _, span } = &gathered(node);
        let mut group = annotation_members(annotations);
        let effect = match effect {
            Effect::Allow => "allow",
            Effect::Deny => "deny",
        };
        let targets = self.targets(targets);
        let places = targets.iter().map(|(place, _)| place.clone());
        let places = places.chain(node.clauses.iter().map(|clause| clause.span.range()));
        let mut remarks = self.remarks_around(word.range().end..span.range().end, places.collect());
        let mut head = self.listed(effect, targets, &mut remarks);
        remarks.say_head(&mut head);
        group.members.push(head);
        for clause in clauses {
            let mut member = self.clause_member(clause);
            let is_same = |one: &&Clause<'_>| matches!(one.kind, ClauseKind::Unless(_));
            match &clause.kind {
                ClauseKind::Unless(_) => {
                    let all = node.clauses.iter().filter(is_same);
                    all.for_each(|one| remarks.say(one.span.range().start, &mut member));
                }
                _ => remarks.say(clause.span.range().start, &mut member),
            }
            add_clause(&mut group, member);
        }
        let mut member = Member::item(Draft::Mapping(group));
        remarks.say_rest(&mut member);
        member
    }

    fn clause_member(&mut self, clause: &Clause<'_>) -> Member {
        let place = clause.span.range();
        match &clause.kind {
            ClauseKind::Named(name) => Member::of("named", Draft::Text(name.text.to_owned())),
            ClauseKind::Anyone => Member::of("to", Draft::Text("anyone".to_owned())),
            ClauseKind::To(names) => self.list_member("to", place, self.references(names)),
            ClauseKind::Except(names) => self.list_member("except", place, self.references(names)),
            ClauseKind::When(condition) => Member::of("when", self.condition_text(condition)),
            ClauseKind::Unless(condition) => Member::of("unless", self.condition_text(condition)),
            ClauseKind::Priority(digits) => {
                let number: Option<i64> = digits.text.parse().ok();
                let number = number.map_or_else(|| digits.text.to_owned(), |number| number.to_string());
                Member::of("priority", word(&number))
            }
            ClauseKind::Because(text) => Member::of("because", Draft::Text(text.value.to_string())),
            ClauseKind::Advise(directive) => Member::of("advise", Draft::Text(self.directive(directive))),
            ClauseKind::Oblige(directive) => Member::of("oblige", Draft::Text(self.directive(directive))),
            ClauseKind::Overridable => Member::of("overridable", word("true")),
        }
    }

    fn targets(&self, nodes: &[Target<'_>]) -> Vec<(Range<usize>, String)> {
        nodes.iter().map(|node| (node.span().range(), self.target(node))).collect()
    }

    fn references(&self, nodes: &[Qualified<'_>]) -> Vec<(Range<usize>, String)> {
        nodes.iter().map(|node| (node.span().range(), self.qualified(node))).collect()
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

/// What a declaration says that is one text or a list; with annotations it is one of several keys.
fn said(name: Option<&str>, member: Member, annotations: &[Annotation<'_>]) -> Member {
    let mut group = annotation_members(annotations);
    if group.members.is_empty() {
        return Member { key: name.map(str::to_owned), ..member };
    }
    group.members.push(member);
    Member { key: name.map(str::to_owned), ..Member::item(Draft::Mapping(group)) }
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
