//! Declarations: on a line if they fit and the author did not spread them, else opened.

use std::ops::Range;

use super::Printer;
use super::comments::Margin;
use super::lines::{
    Blanks, Block, INDENT, Member, WIDTH, fits, flat, line, members, value_column, width, wrap,
};
use crate::language::syntax::tree::{
    Attribute, Attributes, Declaration, Definition, Entity, Name, Network, Parameter, PermissionSet,
    Placement, Qualified, Target, TypeKind, TypeName, Types, Window,
};

/// A declaration as it is printed.
pub(super) enum Shape {
    /// A line in cells, which come into columns with those of its neighbours of the same kind.
    Row(Table, Vec<String>),
    Lines(String),
}

/// What stands in columns together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    Subjects,
    Resources,
    Attributes,
    Named,
    Roles,
    Sets,
    Rules,
    Routes,
}

/// What stands between braces, in the order in which it was written.
pub(super) enum Item<'t, 'a> {
    Attribute(&'t Attribute<'a>),
    Actions(Vec<&'t Name<'a>>),
    Target(&'t Target<'a>),
}

impl Printer<'_> {
    /// `start` is where it starts behind its annotations.
    pub(super) fn declaration(&mut self, declaration: &Declaration<'_>, start: usize) -> Shape {
        match declaration {
            Declaration::Subject(node) => self.entity(Table::Subjects, "subject", node),
            Declaration::Resource(node) => self.entity(Table::Resources, "resource", node),
            Declaration::Organization(node) => self.attributes("organization", node, start),
            Declaration::Context(node) => self.attributes("context", node, start),
            Declaration::Action(node) => self.attributes("action", node, start),
            Declaration::Network(node) => self.network(node),
            Declaration::Window(node) => self.window(node),
            Declaration::Role(node) => self.role(node),
            Declaration::PermissionSet(node) => self.permission_set(node),
            Declaration::Definition(node) => self.definition(node),
            Declaration::Rule(node) => self.rule(node),
            Declaration::Route(node) => self.route(node),
        }
    }

    fn entity(&mut self, table: Table, word: &str, node: &Entity<'_>) -> Shape {
        let placement = match node.placement {
            Placement::Unsaid => "",
            Placement::Shared => "shared",
            Placement::InOrganization => "in organization",
        };
        let mut items: Vec<Item<'_, '_>> = node.attributes.iter().map(Item::Attribute).collect();
        items.extend(node.actions.iter().map(|action| Item::Actions(vec![action])));
        items.sort_by_key(|item| item.start(&self.margin));
        let items = items.into_iter().fold(Vec::new(), Item::gather);
        let cells = vec![word.to_owned(), self.wire(&node.name), placement.to_owned()];
        self.body(table, cells, node.name.span.range().end..node.span.range().end, &items)
    }

    fn attributes(&mut self, word: &str, node: &Attributes<'_>, start: usize) -> Shape {
        let items: Vec<Item<'_, '_>> = node.attributes.iter().map(Item::Attribute).collect();
        let range = start + word.len()..node.span.range().end;
        self.body(Table::Attributes, vec![word.to_owned()], range, &items)
    }

    /// What stands between braces, after the cells of a head; `range` is from the end of the head's names to the end.
    pub(super) fn body(
        &mut self,
        table: Table,
        mut cells: Vec<String>,
        mut range: Range<usize>,
        items: &[Item<'_, '_>],
    ) -> Shape {
        if items.last().is_some_and(|last| self.margin.ends_with(last.end(), range.end)) {
            range.end = self.margin.end_of_block(range.start, range.end);
        }
        let has_comments = self.margin.has_comments(range.clone());
        let has_braces = !items.is_empty()
            || matches!(table, Table::Attributes | Table::Roles)
            || self.margin.written(range.clone()).is_some_and(|written| written.contains('{'));
        let is_open = self.is_open(range.start, items);
        if !has_comments && !is_open {
            let head = cells.clone();
            cells.push(match (has_braces, items) {
                (false, _) => String::new(),
                (true, []) => "{}".to_owned(),
                (true, items) => format!("{{ {} }}", self.one_line(items)),
            });
            if fits(&flat(&cells), 0) {
                return Shape::Row(table, cells);
            }
            cells = head;
        }
        Shape::Lines(self.opened(&flat(&cells), range, items, 0))
    }

    /// Items between braces, each on a line of its own, as if `head` began in the first column and not in `indent`.
    fn opened(&mut self, head: &str, range: Range<usize>, items: &[Item<'_, '_>], indent: usize) -> String {
        let labels: Vec<String> = items.iter().map(|item| self.label(item)).collect();
        let column = value_column(labels.iter().map(String::as_str));
        let body: Vec<Member> = items
            .iter()
            .zip(labels)
            .map(|(item, label)| Member {
                start: item.start(&self.margin),
                end: item.end(),
                label,
                value: self.value(item, column, indent),
            })
            .collect();
        let text =
            members(&mut self.margin, format!("{head} {{"), range.start, &body, range.end, Blanks::Kept);
        format!("{text}\n}}")
    }

    /// A type; one with members is opened like a declaration.
    pub(super) fn type_name(&mut self, node: &TypeName<'_>, column: usize, indent: usize) -> String {
        let set = if node.is_set { "set of " } else { "" };
        let members = match &node.kind {
            // A word of the language, and a type.
            TypeKind::Named(Qualified { package: None, name }) if name.text == "network" => {
                return format!("{set}{}", self.name(name));
            }
            TypeKind::Named(name) => return format!("{set}{}", self.qualified(name)),
            TypeKind::Record(members) => members,
        };
        let items: Vec<Item<'_, '_>> = members.iter().map(Item::Attribute).collect();
        let range = node.span.range();
        let is_open = self.is_open(range.start, &items);
        if !is_open && !self.margin.has_comments(range.clone()) {
            let text = match items.as_slice() {
                [] => format!("{set}record {{}}"),
                items => format!("{set}record {{ {} }}", self.one_line(items)),
            };
            if fits(&text, indent + column) {
                return text;
            }
        }
        let text = self.opened(&format!("{set}record"), range, &items, indent + INDENT);
        indented(&text)
    }

    /// Whether its author gave each item a line of its own. In YAML most things have one; attributes need not.
    fn is_open(&self, start: usize, items: &[Item<'_, '_>]) -> bool {
        match items {
            [first, ..] if self.margin.has_layout() => {
                self.margin.is_broken(start..first.start(&self.margin))
            }
            [Item::Attribute(first), Item::Attribute(second), ..] => {
                self.margin.is_broken(first.span.range().end..second.span.range().start)
            }
            _ => false,
        }
    }

    /// Attributes are set apart by commas, actions and permissions by space.
    fn one_line(&mut self, items: &[Item<'_, '_>]) -> String {
        let mut line = String::new();
        let mut is_after_attribute = false;
        for item in items {
            let is_attribute = matches!(item, Item::Attribute(_));
            if !line.is_empty() {
                line.push_str(if is_attribute && is_after_attribute { ", " } else { "  " });
            }
            let label = self.label(item);
            line.push_str(&label);
            if !label.is_empty() {
                line.push(' ');
            }
            line.push_str(&self.value(item, 0, 0));
            is_after_attribute = is_attribute;
        }
        line
    }

    fn label(&self, item: &Item<'_, '_>) -> String {
        match item {
            Item::Attribute(node) => {
                format!("{}{}:", self.member_name(&node.name), if node.is_optional { "?" } else { "" })
            }
            Item::Actions(_) => "actions".to_owned(),
            Item::Target(_) => String::new(),
        }
    }

    /// What stands behind the label, from a column on that is counted from `indent`.
    fn value(&mut self, item: &Item<'_, '_>, column: usize, indent: usize) -> String {
        match item {
            Item::Attribute(node) => self.type_name(&node.ty, column, indent),
            Item::Actions(names) => {
                let names: Vec<_> =
                    names.iter().map(|name| (name.span.range(), self.member_name(name))).collect();
                self.list(&names, column)
            }
            Item::Target(node) => wrap(&self.target(node), column, column + INDENT),
        }
    }

    pub(super) fn target(&self, node: &Target<'_>) -> String {
        let node = match node {
            Target::Permission(node) => node,
            Target::Set(name) => return self.qualified(name),
        };
        let resource = match &node.resource {
            Types::All => "*".to_owned(),
            Types::AllOf(package) => format!("{}.*", package.text),
            Types::One(name) => self.qualified(name),
        };
        let names: Vec<String> = node.actions.iter().flatten().map(|name| self.action_name(name)).collect();
        // Braces around a single action are the author's.
        let has_braces = names.len() > 1
            || self.margin.written(node.span.range()).is_some_and(|written| written.ends_with('}'));
        match names.as_slice() {
            [] => format!("{resource}:*"),
            [action] if !has_braces => format!("{resource}:{action}"),
            actions => format!("{resource}:{{{}}}", actions.join(", ")),
        }
    }

    fn network(&mut self, node: &Network<'_>) -> Shape {
        let addresses: Vec<_> =
            node.addresses.iter().map(|address| (address.span.range(), self.name(address))).collect();
        self.assigned(Table::Named, "network", &node.name, &addresses)
    }

    fn window(&mut self, node: &Window<'_>) -> Shape {
        let hours = hours(node);
        self.assigned(Table::Named, "window", &node.name, &hours)
    }

    fn permission_set(&mut self, node: &PermissionSet<'_>) -> Shape {
        let targets: Vec<_> =
            node.targets.iter().map(|target| (target.span().range(), self.target(target))).collect();
        self.assigned(Table::Sets, "permissions", &node.name, &targets)
    }

    fn assigned(
        &mut self,
        table: Table,
        word: &str,
        name: &Name<'_>,
        items: &[(Range<usize>, String)],
    ) -> Shape {
        let (end, first) = (name.span.range().end, items.first().map_or(0, |(place, _)| place.start));
        let name = self.name(name);
        let head = format!("{word} {name} = ");
        if self.margin.has_layout() && self.margin.has_comments(end..first) {
            let mut block = Block::new(head.trim_end().to_owned(), INDENT, Blanks::Dropped);
            block.comments(&self.margin.take(end..first));
            block.line(false, &self.list(items, INDENT));
            return Shape::Lines(block.finish());
        }
        let value = self.list(items, width(&head));
        if fits(&value, width(&head)) {
            return Shape::Row(table, vec![word.to_owned(), name, format!("= {value}")]);
        }
        Shape::Lines(format!("{head}{value}"))
    }

    fn definition(&mut self, node: &Definition<'_>) -> Shape {
        let mut name = self.name(&node.name);
        if !node.parameters.is_empty() {
            let parameter = |node: &Parameter<'_>| {
                let ty = self.type_name(&node.ty, 0, 0);
                format!("{}: {ty}", self.name(&node.name))
            };
            let parameters: Vec<String> = node.parameters.iter().map(parameter).collect();
            let flat = format!("{name}({})", parameters.join(", "));
            let is_short = fits(&format!("define {flat} ="), 0);
            let apart = format!(",{}", line(2 * INDENT));
            name = if is_short { flat } else { format!("{name}({})", parameters.join(&apart)) };
        }
        let head = format!("define {name} =");
        let (before, condition) = (node.name.span.range().end, node.condition.span.range());
        if !self.margin.has_comments(before..condition.end) {
            let value = self.condition(&node.condition, width(&head) + 1);
            if !value.contains('\n') && fits(&value, width(&head) + 1) {
                return Shape::Row(Table::Named, vec!["define".to_owned(), name, format!("= {value}")]);
            }
        }
        let mut block = Block::new(head, INDENT, Blanks::Dropped);
        block.comments(&self.margin.take(before..condition.start));
        block.line(false, &self.condition(&node.condition, INDENT));
        Shape::Lines(block.finish())
    }

    /// Items between commas from this column on; each on a line of its own if there are comments among them.
    pub(super) fn list(&mut self, items: &[(Range<usize>, String)], column: usize) -> String {
        let (Some((first, _)), Some((last, _))) = (items.first(), items.last()) else { return String::new() };
        if !self.margin.has_comments(first.start..last.end) {
            let flat: Vec<&str> = items.iter().map(|(_, text)| text.as_str()).collect();
            return wrap(&flat.join(", "), column, column.min(WIDTH / 2));
        }
        let mut block = Block::new(String::new(), column, Blanks::Dropped);
        let mut before = None;
        for (number, (range, text)) in items.iter().enumerate() {
            let comma = if number + 1 < items.len() { "," } else { "" };
            match before {
                None => block = Block::new(format!("{text}{comma}"), column, Blanks::Dropped),
                Some(before) => {
                    block.comments(&self.margin.take(before..range.start));
                    block.line(false, &format!("{text}{comma}"));
                }
            }
            before = Some(range.end);
        }
        block.finish()
    }
}

/// The lines behind the first one, farther to the right.
fn indented(text: &str) -> String {
    let mut lines = text.split('\n');
    let mut indented = lines.next().unwrap_or("").to_owned();
    for line in lines {
        indented.push('\n');
        if !line.is_empty() {
            indented.push_str(&" ".repeat(INDENT));
            indented.push_str(line);
        }
    }
    indented
}

/// The spans of a window, the last with the zone.
pub(super) fn hours(node: &Window<'_>) -> Vec<(Range<usize>, String)> {
    let mut spans: Vec<(Range<usize>, String)> = Vec::with_capacity(node.spans.len());
    for span in &node.spans {
        let days: Vec<String> = span
            .days
            .iter()
            .map(|(first, last)| match last {
                Some(last) => format!("{}-{}", first.text, last.text),
                None => first.text.to_owned(),
            })
            .collect();
        let times = format!("{}-{}", span.start.text, span.end.text);
        let days = days.join(",");
        spans.push((span.span.range(), flat(&[days, times])));
    }
    if let Some((range, text)) = spans.last_mut() {
        range.end = node.zone.span.range().end;
        text.push(' ');
        text.push_str(node.zone.text);
    }
    spans
}

impl<'t, 'a> Item<'t, 'a> {
    fn start(&self, margin: &Margin<'_>) -> usize {
        match self {
            Item::Attribute(node) => node.span.range().start,
            Item::Actions(names) => {
                names.first().map_or(0, |name| margin.keyword_before("actions", name.span.range().start))
            }
            Item::Target(node) => node.span().range().start,
        }
    }

    fn end(&self) -> usize {
        match self {
            Item::Attribute(node) => node.span.range().end,
            Item::Actions(names) => names.last().map_or(0, |name| name.span.range().end),
            Item::Target(node) => node.span().range().end,
        }
    }

    /// Actions that follow each other make one list.
    fn gather(mut items: Vec<Item<'t, 'a>>, next: Item<'t, 'a>) -> Vec<Item<'t, 'a>> {
        match (items.last_mut(), next) {
            (Some(Item::Actions(names)), Item::Actions(more)) => names.extend(more),
            (_, next) => items.push(next),
        }
        items
    }
}
