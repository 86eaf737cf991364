//! The YAML form to the tree: its structure is read here, every text in it is parsed by the grammar.
//!
//! The keys mirror the declarations. What is wrong is said of the author's own text, whatever its quotes. A construct
//! of the grammar gets its YAML form like this:
//!
//! - **In a condition, a permission, a window or a route**: it has one, for these are texts in the same grammar. If an
//!   `and` behind it would become a part of it, `reaches_right` has to say so: a list of conditions means `and`.
//! - **A declaration**: a key in [`SECTIONS`], named as its keyword is, with a mapping by name below it, or a list for
//!   what has no name; an arm in `section` and a function beside the others.
//! - **A clause of a rule**: a key in `KEYS` of `yaml/rules.rs`, and an arm in `clauses` that returns what the clause is
//!   *and how the policy form writes it*: a rule without a name is called after its text, in both forms alike.
//! - **Something beside a declaration that is one text or list** (`networks`, `windows`, `routes`): the text or list stays
//!   for the common case, and a mapping stands in its place for what has more to say: see `said`.
//! - **A new sort of text**: a rule `yaml_… = { SOI ~ … ~ EOI }` in the grammar, read by `Reader::parse`.
//!
//! Then come the twins `tests/cases/forms/rules.{policy,yaml}`, which must be the same policy, a section in
//! `grammar/README.md` with both forms, and a mistake in a `.yaml` beside the cases of `tests/cases/diagnostics`.

mod roles;
mod rules;
mod texts;

use self::texts::{Reader, Scalar};
pub(super) use self::texts::{is_wire_name, reaches_right};
use super::build::part;
use super::identifier::is_identifier;
use super::parse::Rule;
use super::tree::{
    Annotation, Attribute, Attributes, Declaration, Definition, Entity, File, Name, Network, Parameter,
    PermissionSet, Placement, Route, Text, TypeKind, TypeName, Window,
};
use crate::document::yaml::{self, Content, Entry, Fields, Key, Node};
use crate::document::{Code, Diagnostic, SourceId, Sources, Span};

const SECTIONS: [&str; 14] = [
    "package",
    "import",
    "subjects",
    "resources",
    "organization",
    "context",
    "action",
    "networks",
    "windows",
    "roles",
    "permissions",
    "define",
    "rules",
    "routes",
];

/// Where the declarations of a document stand.
pub(super) fn declarations(document: &Node<'_>) -> Vec<Span> {
    let Content::Mapping(sections) = &document.content else { return Vec::new() };
    let in_section = |section: &Entry<'_>| match &section.value.content {
        Content::Mapping(entries) => entries.iter().map(|entry| entry.key.span).collect(),
        Content::List(items) => items.iter().map(|item| item.span).collect(),
        _ => Vec::new(),
    };
    sections.iter().flat_map(in_section).collect()
}

/// Reads one document. With errors the tree holds what could be read.
pub(super) fn file<'n>(
    document: &'n Node<'n>,
    source: SourceId,
    sources: &'n Sources,
) -> (File<'n>, Vec<Diagnostic>) {
    let mut file = File::new(source);
    let mut reader = Reader::new(sources);
    // `null` is more than nothing, and an emptied file must not pass for a policy of no rules.
    let is_blank = sources.get(source).is_some_and(|found| yaml::is_blank(&found.text));
    if document.content != Content::Null || !is_blank {
        reader.document(document, &mut file);
    }
    (file, reader.problems.into_diagnostics())
}

impl<'n> Reader<'n> {
    fn document(&mut self, document: &'n Node<'n>, file: &mut File<'n>) {
        let Some(fields) = Fields::read(document, "a policy", &SECTIONS, &mut self.problems) else {
            file.is_complete = false;
            return;
        };
        let help = "write `package: NAME`; facts stand in files called `facts.yaml` or `*.facts.yaml`";
        if let Some(name) = fields.required("package", help, &mut self.problems) {
            file.package = self.text_of(name, "the package's name", Rule::yaml_package);
        }
        let errors = self.problems.errors();
        if let Some(node) = fields.get("import") {
            let expected = "a package, or a list of packages";
            for item in self.items(node, expected).unwrap_or_default() {
                if let Some(scalar) = self.scalar(item, expected) {
                    self.parse(&scalar, Rule::yaml_import, |builder, pair| {
                        builder.import(pair, file);
                        Some(())
                    });
                }
            }
        }
        file.is_complete &= self.problems.errors() == errors;
        let entries = yaml::entries(document, "a policy", &mut self.problems).unwrap_or_default();
        for entry in entries {
            let errors = self.problems.errors();
            self.section(entry, &mut file.declarations);
            let declares_nothing = matches!(entry.key.text.as_ref(), "rules" | "routes");
            file.is_complete &= declares_nothing || self.problems.errors() == errors;
        }
        file.is_complete &= file.package.is_some();
    }

    fn section(&mut self, entry: &'n Entry<'n>, declarations: &mut Vec<Declaration<'n>>) {
        match entry.key.text.as_ref() {
            "subjects" => self.named(entry, "types of subjects by name", declarations, |reader, entry| {
                reader.subject(entry).map(Declaration::Subject)
            }),
            "resources" => self.named(entry, "types of resources by name", declarations, |reader, entry| {
                reader.resource(entry).map(Declaration::Resource)
            }),
            "organization" => declarations.extend(self.unnamed(entry).map(Declaration::Organization)),
            "context" => declarations.extend(self.unnamed(entry).map(Declaration::Context)),
            "action" => declarations.extend(self.unnamed(entry).map(Declaration::Action)),
            "networks" => self.named(entry, "networks by name", declarations, |reader, entry| {
                reader.network(entry).map(Declaration::Network)
            }),
            "windows" => self.named(entry, "windows by name", declarations, |reader, entry| {
                reader.window(entry).map(Declaration::Window)
            }),
            "roles" => self.named(entry, "roles by name", declarations, |reader, entry| {
                reader.role(entry).map(Declaration::Role)
            }),
            "permissions" => self.named(entry, "permission sets by name", declarations, |reader, entry| {
                reader.permission_set(entry).map(Declaration::PermissionSet)
            }),
            "define" => self.named(entry, "conditions by name", declarations, |reader, entry| {
                reader.definition(entry).map(Box::new).map(Declaration::Definition)
            }),
            "rules" => self.listed(entry, "a list of rules", declarations, |reader, node| {
                reader.rule(node).map(Declaration::Rule)
            }),
            "routes" => self.listed(entry, "a list of routes", declarations, |reader, node| {
                reader.route(node).map(Box::new).map(Declaration::Route)
            }),
            // The package and the imports were read before; of others it was said that they mean nothing.
            _ => {}
        }
    }

    fn named(
        &mut self,
        section: &'n Entry<'n>,
        expected: &str,
        declarations: &mut Vec<Declaration<'n>>,
        mut read: impl FnMut(&mut Reader<'n>, &'n Entry<'n>) -> Option<Declaration<'n>>,
    ) {
        let example = match &section.value.content {
            Content::Mapping(entries) => {
                for entry in entries {
                    declarations.extend(read(self, entry));
                }
                return;
            }
            Content::Text(text) if is_identifier(text) => text,
            _ => "name",
        };
        // Below a key without anything nothing is declared.
        if section.value.content != Content::Null
            && let Some(problem) = yaml::mismatch(&section.value, expected)
        {
            let key = &section.key.text;
            self.problems
                .push(problem.help(format!("below `{key}` each is a key: `{key}: {{ {example}: … }}`")));
        }
    }

    fn listed(
        &mut self,
        section: &'n Entry<'n>,
        expected: &str,
        declarations: &mut Vec<Declaration<'n>>,
        mut read: impl FnMut(&mut Reader<'n>, &'n Node<'n>) -> Option<Declaration<'n>>,
    ) {
        for node in yaml::list(&section.value, expected, &mut self.problems).unwrap_or_default() {
            declarations.extend(read(self, node));
        }
    }

    fn subject(&mut self, entry: &'n Entry<'n>) -> Option<Entity<'n>> {
        let name = self.wire_name(&Scalar::key(&entry.key), Rule::yaml_type);
        let fields = Fields::read(
            &entry.value,
            "a type of subject",
            &["attributes", "annotations"],
            &mut self.problems,
        )?;
        let annotations = self.annotations(&fields);
        let attributes = fields.get("attributes").map_or(Some(Vec::new()), |node| self.attributes(node));
        Some(Entity {
            annotations: annotations?,
            name: name?,
            placement: Placement::Unsaid,
            attributes: attributes?,
            actions: Vec::new(),
            span: whole(entry),
        })
    }

    fn resource(&mut self, entry: &'n Entry<'n>) -> Option<Entity<'n>> {
        let name = self.wire_name(&Scalar::key(&entry.key), Rule::yaml_type);
        let known = ["in", "shared", "attributes", "actions", "annotations"];
        let fields = Fields::read(&entry.value, "a type of resource", &known, &mut self.problems)?;
        let annotations = self.annotations(&fields);
        let placement = self.placement(&fields);
        let attributes = fields.get("attributes").map_or(Some(Vec::new()), |node| self.attributes(node));
        let actions = fields.get("actions").map_or(Some(Vec::new()), |node| self.actions(node));
        Some(Entity {
            annotations: annotations?,
            name: name?,
            placement: placement?,
            attributes: attributes?,
            actions: actions?,
            span: whole(entry),
        })
    }

    fn placement(&mut self, fields: &Fields<'n, 'n>) -> Option<Placement> {
        let is_shared = match fields.get("shared") {
            Some(node) => yaml::bool(node, "`true` or `false`", &mut self.problems)?,
            None => false,
        };
        let Some(node) = fields.get("in") else {
            return Some(if is_shared { Placement::Shared } else { Placement::Unsaid });
        };
        if self.scalar(node, "`organization`")?.text != "organization" {
            return yaml::misshapen(node, "`organization`", &mut self.problems);
        }
        if is_shared {
            let message = "what is `in: organization` is not `shared`";
            let problem = Diagnostic::error(Code::YamlShape, message).at(node.span, "");
            self.problems.push(problem.help("leave one of the two out"));
            return None;
        }
        Some(Placement::InOrganization)
    }

    fn unnamed(&mut self, entry: &'n Entry<'n>) -> Option<Attributes<'n>> {
        Some(Attributes { attributes: self.attributes(&entry.value)?, span: whole(entry) })
    }

    fn attributes(&mut self, node: &'n Node<'n>) -> Option<Vec<Attribute<'n>>> {
        let entries = yaml::entries(node, "attributes by name", &mut self.problems)?;
        let attributes: Vec<_> = entries.iter().map(|entry| self.attribute(entry)).collect();
        attributes.into_iter().collect()
    }

    fn attribute(&mut self, entry: &'n Entry<'n>) -> Option<Attribute<'n>> {
        let key = self.attribute_key(&entry.key);
        let ty = self.value_type(&entry.value);
        let (name, is_optional) = key?;
        Some(Attribute { name, is_optional, ty: ty?, span: whole(entry) })
    }

    fn value_type(&mut self, node: &'n Node<'n>) -> Option<TypeName<'n>> {
        if matches!(node.content, Content::Mapping(_)) {
            let kind = TypeKind::Record(self.attributes(node)?);
            return Some(TypeName { is_set: false, kind, span: node.span });
        }
        let ty = self.scalar(node, "a type such as `string`, or a record's members as a mapping")?;
        self.parse(&ty, Rule::yaml_value_type, |builder, pair| builder.type_name(&part(pair, Rule::r#type)?))
    }

    /// An attribute's name, and whether a `?` follows it.
    fn attribute_key(&mut self, key: &'n Key<'n>) -> Option<(Name<'n>, bool)> {
        let bare = key.text.strip_suffix('?').unwrap_or(&key.text);
        if is_wire_name(bare) {
            return Some((Name { text: bare, span: key.span }, bare.len() < key.text.len()));
        }
        if self.is_spaced(&Scalar::key(key), Rule::yaml_attribute) {
            return None;
        }
        self.parse(&Scalar::key(key), Rule::yaml_attribute, |builder, pair| {
            let is_optional = part(pair, Rule::optional).is_some();
            Some((builder.named(pair, Rule::attribute_word)?, is_optional))
        })
    }

    fn network(&mut self, entry: &'n Entry<'n>) -> Option<Network<'n>> {
        let name = self.key(entry, Rule::yaml_network);
        let (addresses, annotations) = self.said(&entry.value, "a network", "addresses");
        let expected = "an IP network, or a list of IP networks";
        let addresses = addresses.and_then(|node| self.texts_of(node, expected, Rule::yaml_address));
        Some(Network { annotations: annotations?, name: name?, addresses: addresses?, span: whole(entry) })
    }

    fn window(&mut self, entry: &'n Entry<'n>) -> Option<Window<'n>> {
        let name = self.key(entry, Rule::yaml_window);
        let (hours, annotations) = self.said(&entry.value, "a window", "hours");
        let hours = self.scalar(hours?, "a window such as `Mon-Fri 09:00-17:00 Europe/London`")?;
        let window = self.parse(&hours, Rule::yaml_hours, |builder, pair| {
            Some((builder.hours(pair)?, builder.named(pair, Rule::zone)?))
        });
        let (spans, zone) = window?;
        Some(Window { annotations: annotations?, name: name?, spans, zone, span: whole(entry) })
    }

    fn permission_set(&mut self, entry: &'n Entry<'n>) -> Option<PermissionSet<'n>> {
        let name = self.key(entry, Rule::yaml_set);
        let (targets, annotations) = self.said(&entry.value, "a permission set", "permissions");
        let (targets, _) = self.targets(targets?)?;
        Some(PermissionSet { annotations: annotations?, name: name?, targets, span: whole(entry) })
    }

    fn definition(&mut self, entry: &'n Entry<'n>) -> Option<Definition<'n>> {
        let name = self.key(entry, Rule::yaml_definition);
        let (mut condition, mut parameters, mut annotations) =
            (Some(&entry.value), Some(Vec::new()), Some(Vec::new()));
        if matches!(entry.value.content, Content::Mapping(_)) {
            let keys = ["annotations", "parameters", "when"];
            let fields = Fields::read(&entry.value, "a definition", &keys, &mut self.problems)?;
            condition = fields.required("when", "", &mut self.problems);
            parameters = fields.get("parameters").map_or(parameters, |node| self.parameters(node));
            annotations = self.annotations(&fields);
        }
        let (condition, _) = self.condition(condition?)?;
        Some(Definition {
            annotations: annotations?,
            name: name?,
            parameters: parameters?,
            condition,
            span: whole(entry),
        })
    }

    fn parameters(&mut self, node: &'n Node<'n>) -> Option<Vec<Parameter<'n>>> {
        let expected = "a parameter with its type, such as `level: int`";
        let mut parameters = Vec::new();
        for item in self.items(node, expected)? {
            parameters.push(self.parameter(item, expected));
        }
        parameters.into_iter().collect()
    }

    fn parameter(&mut self, item: &'n Node<'n>, expected: &str) -> Option<Parameter<'n>> {
        let entries = yaml::entries(item, expected, &mut self.problems)?;
        let [entry] = entries else {
            let message = format!("expected {expected}, found {}", entries.len());
            let problem = Diagnostic::error(Code::YamlShape, message).at(item.span, "");
            self.problems.push(problem.help("write a list, `- level: int` for each: their order counts"));
            return None;
        };
        let name = self.key(entry, Rule::yaml_formal);
        let ty = self.value_type(&entry.value);
        Some(Parameter { name: name?, ty: ty?, span: whole(entry) })
    }

    fn route(&mut self, node: &'n Node<'n>) -> Option<Route<'n>> {
        let (route, annotations) = self.said(node, "a route", "route");
        let expected = "a route such as `GET /reports/{id} -> reports:read on reports(id)`";
        let text = self.scalar(route?, expected)?;
        let route = self.parse(&text, Rule::yaml_route, |builder, pair| builder.route(pair))?;
        Some(Route { annotations: annotations?, ..route })
    }

    /// What a declaration says that is one text or a list. With more to say it is a mapping, in which this has a key.
    fn said(
        &mut self,
        node: &'n Node<'n>,
        what: &'static str,
        key: &'static str,
    ) -> (Option<&'n Node<'n>>, Option<Vec<Annotation<'n>>>) {
        if !matches!(node.content, Content::Mapping(_)) {
            return (Some(node), Some(Vec::new()));
        }
        match Fields::read(node, what, &[key, "annotations"], &mut self.problems) {
            Some(fields) => (fields.required(key, "", &mut self.problems), self.annotations(&fields)),
            None => (None, None),
        }
    }

    fn annotations(&mut self, fields: &Fields<'n, 'n>) -> Option<Vec<Annotation<'n>>> {
        let Some(node) = fields.get("annotations") else { return Some(Vec::new()) };
        let entries = yaml::entries(node, "annotations by name", &mut self.problems)?;
        let annotations: Vec<_> = entries
            .iter()
            .map(|entry| {
                let name = self.key(entry, Rule::yaml_annotation);
                let text = self.scalar(&entry.value, "a text")?;
                let text = Text { value: text.text.into(), span: text.span };
                Some(Annotation { name: name?, text, span: whole(entry) })
            })
            .collect();
        annotations.into_iter().collect()
    }

    fn key(&mut self, entry: &'n Entry<'n>, rule: Rule) -> Option<Name<'n>> {
        self.name(&Scalar::key(&entry.key), rule)
    }
}

fn whole(entry: &Entry<'_>) -> Span {
    entry.key.span.to(entry.value.span)
}

/// Whether something below the node could not be read as YAML.
fn has_gaps(node: &Node<'_>) -> bool {
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        match &node.content {
            Content::Unreadable => return true,
            Content::List(items) => open.extend(items),
            Content::Mapping(entries) => open.extend(entries.iter().map(|entry| &entry.value)),
            Content::Null | Content::Bool(_) | Content::Int(_) | Content::Time(_) | Content::Text(_) => {}
        }
    }
    false
}
