//! Tree to YAML: the keys mirror the declarations, and what is a text there is printed as in the policy form.
//!
//! A new declaration needs a [`Section`], a new clause a key in `clause`; the matches are exhaustive. Comments are taken
//! between declarations, between attributes and between clauses; others are found by whoever asks for what is unplaced.

mod clauses;
mod members;
mod remarks;

pub(super) use self::clauses::{gathered, gathered_role};

use super::Printer;
use super::comments::Between;
use super::lines::align;
use crate::document::yaml::{Draft, Group, Member, Remark};
use crate::language::syntax::tree::{Declaration, File};

/// The keys at the top, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Section {
    Imports,
    Subjects,
    Resources,
    Organization,
    Context,
    Action,
    Networks,
    Windows,
    Roles,
    Permissions,
    Define,
    Rules,
    Routes,
}

impl Section {
    pub(super) fn of(declaration: &Declaration<'_>) -> Section {
        match declaration {
            Declaration::Subject(_) => Section::Subjects,
            Declaration::Resource(_) => Section::Resources,
            Declaration::Organization(_) => Section::Organization,
            Declaration::Context(_) => Section::Context,
            Declaration::Action(_) => Section::Action,
            Declaration::Network(_) => Section::Networks,
            Declaration::Window(_) => Section::Windows,
            Declaration::Role(_) => Section::Roles,
            Declaration::PermissionSet(_) => Section::Permissions,
            Declaration::Definition(_) => Section::Define,
            Declaration::Rule(_) => Section::Rules,
            Declaration::Route(_) => Section::Routes,
        }
    }

    pub(super) fn key(self) -> &'static str {
        match self {
            Section::Imports => "import",
            Section::Subjects => "subjects",
            Section::Resources => "resources",
            Section::Organization => "organization",
            Section::Context => "context",
            Section::Action => "action",
            Section::Networks => "networks",
            Section::Windows => "windows",
            Section::Roles => "roles",
            Section::Permissions => "permissions",
            Section::Define => "define",
            Section::Rules => "rules",
            Section::Routes => "routes",
        }
    }

    fn is_list(self) -> bool {
        matches!(self, Section::Rules | Section::Routes)
    }
}

impl Printer<'_> {
    /// The file as a YAML document: declarations by section, each section in the order of the file.
    pub(super) fn document(&mut self, file: &File<'_>) -> Draft {
        let mut top = Group { is_open: true, ..Group::default() };
        let mut sections: Vec<(Section, Member)> = Vec::new();
        let mut starts: Vec<usize> = file.declarations.iter().map(begin).collect();
        starts.push(usize::MAX);
        let mut next = starts.iter().copied();
        let imports: Vec<usize> = file
            .imports
            .iter()
            .map(|import| self.margin.keyword_before("import", import.span.range().start))
            .collect();
        let first = imports.first().copied().or_else(|| next.next()).unwrap_or(usize::MAX);
        let mut between = Between::default();
        if let Some(package) = &file.package {
            let range = package.span.range();
            let start = self.margin.keyword_before("package", range.start);
            let before = remarks(&self.margin.take(0..start));
            between = self.margin.take(range.end..first);
            let beside = between.trailing.map(remark);
            let value = Draft::Text(package.text.to_owned());
            top.members.push(Member { before, beside, ..Member::of("package", value) });
        }
        if let Some(last) = file.imports.last() {
            let ends = file.imports.iter().map(|import| import.span.range().end);
            let items = file.imports.iter().map(|import| import.text.to_owned());
            let items: Vec<_> =
                imports.iter().copied().zip(ends).map(|(start, end)| start..end).zip(items).collect();
            let places = items.iter().map(|(place, _)| place.clone()).collect();
            let end = last.span.range().end;
            let mut around = self.remarks_around(first..end, places);
            let mut member = self.listed(Section::Imports.key(), items, &mut around);
            member.before.splice(0..0, remarks(&between));
            top.members.push(member);
            between = self.margin.take(end..next.next().unwrap_or(usize::MAX));
        }
        for (declaration, start) in file.declarations.iter().zip(starts.iter().copied()) {
            let (mut before, mut is_after_blank) = (remarks(&between), self.margin.is_after_blank(start));
            // Annotations stand inside of the declaration in YAML.
            if let Some(last) = declaration.annotations().last() {
                let behind = self.margin.token_from(last.span.range().end);
                let between = self.margin.take(start..behind);
                let trailing =
                    between.trailing.map(|text| Remark { is_after_blank: false, text: remark(text) });
                let is_first = before.is_empty();
                before.extend(trailing.into_iter().chain(remarks(&between)));
                if let Some(first) = before.first_mut().filter(|_| is_first) {
                    first.is_after_blank = std::mem::take(&mut is_after_blank);
                }
            }
            let member = self.member(declaration, start);
            between = self.margin.take(declaration.span().range().end..next.next().unwrap_or(usize::MAX));
            let mut member = Member { is_after_blank, ..member };
            member.before.splice(0..0, before);
            // A dash has no line of its own for what stands before the first key.
            if let Draft::Mapping(Group { members, .. }) = &mut member.value
                && member.key.is_none()
                && let Some(first) = members.first_mut()
            {
                if let Some(inner) = first.before.first_mut() {
                    inner.is_after_blank = std::mem::take(&mut member.is_after_blank);
                }
                member.before.append(&mut first.before);
            }
            if let Some(comment) = between.trailing {
                end(&mut member, remark(comment));
            }
            add(&mut sections, Section::of(declaration), member);
        }
        sections.sort_by_key(|(section, _)| *section);
        top.members.extend(sections.into_iter().map(|(_, member)| member));
        top.rest = remarks(&between);
        let mut document = Draft::Mapping(top);
        align_routes(&mut document);
        document
    }
}

/// Puts the routes of a document into columns, as those of a policy file are.
pub(super) fn align_routes(document: &mut Draft) {
    let Draft::Mapping(top) = document else { return };
    let routes = top.members.iter_mut().find(|member| member.key.as_deref() == Some(Section::Routes.key()));
    let Some(Member { value: Draft::List(routes), .. }) = routes else { return };
    for neighbours in routes.members.chunk_by_mut(|_, next| !next.is_after_blank) {
        let cells: Vec<Vec<String>> = neighbours.iter().filter_map(route_cells).collect();
        let rows: Vec<&[String]> = cells.iter().map(Vec::as_slice).collect();
        let lines = align(&rows);
        for (member, line) in neighbours.iter_mut().filter(|member| route_cells(member).is_some()).zip(lines)
        {
            member.value = Draft::Text(line);
        }
    }
}

/// The methods, the pattern and the target of a route that has nothing else to say.
fn route_cells(member: &Member) -> Option<Vec<String>> {
    let Draft::Text(route) = &member.value else { return None };
    let (request, target) = route.split_once(" -> ")?;
    // Methods end in commas but for the last, and a pattern may have spaces.
    let end = request
        .match_indices(' ')
        .map(|(at, _)| at)
        .find(|at| !request.get(..*at).unwrap_or("").ends_with(','))?;
    let (methods, pattern) = request.split_at(end);
    Some(vec![methods.to_owned(), pattern.trim_start().to_owned(), format!("-> {target}")])
}

/// Where a declaration starts, its annotations with it.
fn begin(declaration: &Declaration<'_>) -> usize {
    let start = declaration.span().range().start;
    declaration.annotations().first().map_or(start, |first| first.span.range().start.min(start))
}

/// Adds the comment that ends a member's last line.
fn end(member: &mut Member, comment: String) {
    let remark = |text| Remark { is_after_blank: false, text };
    match &mut member.value {
        // A dash has no line of its own, and a key before dashes does not end with the last of them.
        Draft::Mapping(Group { members, .. }) if member.key.is_none() => match members.last_mut() {
            Some(last) => end(last, comment),
            None => member.before.push(remark(comment)),
        },
        Draft::List(Group { members, is_open: true, .. }) => match members.last_mut() {
            Some(last) => end(last, comment),
            None => member.before.push(remark(comment)),
        },
        _ if member.beside.is_none() => member.beside = Some(comment),
        Draft::List(group) | Draft::Mapping(group) => group.rest.push(remark(comment)),
        _ => member.before.push(remark(comment)),
    }
}

/// Adds a declaration to its section.
fn add(sections: &mut Vec<(Section, Member)>, section: Section, member: Member) {
    let known = sections.iter_mut().find(|(other, _)| *other == section);
    let is_whole = matches!(section, Section::Organization | Section::Context | Section::Action);
    match (known, member) {
        (None, member) if is_whole => {
            sections.push((section, Member { is_after_blank: true, ..member }));
        }
        (None, member) => {
            let group = Group { members: vec![member], rest: Vec::new(), is_open: true };
            let value = if section.is_list() { Draft::List(group) } else { Draft::Mapping(group) };
            sections.push((section, Member { is_after_blank: true, ..Member::of(section.key(), value) }));
        }
        // What organizations have may be said in several places; YAML has one.
        (Some((_, Member { value: Draft::Mapping(all), .. })), member) if is_whole => {
            if let Draft::Mapping(Group { mut members, rest, is_open }) = member.value {
                if let Some(first) = members.first_mut() {
                    first.before.splice(0..0, member.before);
                }
                all.members.extend(members);
                all.rest.extend(rest);
                all.is_open |= is_open;
            }
        }
        (Some((_, Member { value: Draft::List(group) | Draft::Mapping(group), .. })), mut member) => {
            // Rules have several lines each.
            if section == Section::Rules {
                match member.before.first_mut() {
                    Some(first) => first.is_after_blank = true,
                    None => member.is_after_blank = true,
                }
            }
            group.members.push(member);
        }
        (Some(_), _) => {}
    }
}

/// Adds a clause to its rule: what stands there already becomes a list.
fn add_clause(group: &mut Group, member: Member) {
    let Some(known) = group.members.iter_mut().find(|known| known.key == member.key) else {
        group.members.push(member);
        return;
    };
    let item = Member { key: None, ..member };
    if let Draft::List(Group { members, .. }) = &mut known.value {
        members.push(item);
        return;
    }
    let first = std::mem::replace(&mut known.value, Draft::Word(String::new()));
    let members = vec![Member { beside: known.beside.take(), ..Member::item(first) }, item];
    known.value = Draft::List(Group { members, rest: Vec::new(), is_open: true });
}

fn remarks(between: &Between<'_>) -> Vec<Remark> {
    let remarks = between
        .leading
        .iter()
        .map(|(is_after_blank, comment)| Remark { is_after_blank: *is_after_blank, text: remark(comment) });
    remarks.collect()
}

/// `// x` is `# x`, `/// x` is `## x`.
fn remark(comment: &str) -> String {
    comment.strip_prefix('/').map_or_else(String::new, |rest| {
        let slashes = rest.len() - rest.trim_start_matches('/').len();
        format!("{}{}", "#".repeat(slashes), rest.trim_start_matches('/'))
    })
}
