//! A YAML document to a draft: its shape, and nothing of what its names mean.

use super::draft::{Application, Asked, Asker, By, Case, Document, Expected, Party, Placed, Property, Proxy};
use super::{Until, row};
use crate::document::yaml::{self, Content, Fields, Node};
use crate::document::{Code, Diagnostic, Problems, Span};
use crate::model::Input;

const FILE: [&str; 6] = ["facts", "facts_files", "at", "context", "cases", "tables"];
const EXPECTATIONS: [&str; 7] = ["expect", "reason", "by", "unknown", "obligations", "advice", "valid_until"];
const APPLICATION: [&str; 7] = ["name", "subject", "action", "resource", "context", "understands", "at"];
const PROXY: [&str; 8] = ["name", "subject", "http", "host", "scheme", "ip", "user_agent", "at"];

/// Who asks if it is somebody unidentified.
const NOBODY: &str = "nobody";

/// The draft of a whole file. It may have gaps where there were problems.
pub fn document<'n, 'a>(tree: &'n Node<'a>, problems: &mut Problems) -> Option<Document<'n, 'a>> {
    if let Some(package) = policy_key(tree) {
        let problem =
            Diagnostic::error(Code::Misnamed, "a policy whose file is called as files of tests are");
        problems.push(
            problem.at(package, "").help("what is called `tests.yaml` or `*.tests.yaml` decides nothing"),
        );
        return None;
    }
    let fields = Fields::read(tree, "a file of tests", &FILE, problems)?;
    let mut document = Document {
        span: tree.span,
        facts: fields.get("facts"),
        facts_files: Vec::new(),
        at: fields.get("at").and_then(|node| yaml::instant(node, problems)),
        has_clock: fields.get("at").is_some(),
        context: properties(fields.get("context"), problems),
        cases: Vec::new(),
        tables: Vec::new(),
    };
    for node in items(fields.get("facts_files"), "a list of facts files", problems) {
        let name = yaml::text(node, "the path of a facts file", problems);
        document.facts_files.extend(name.map(|value| Placed { value, span: node.span }));
    }
    for node in items(fields.get("cases"), "a list of cases", problems) {
        document.cases.extend(case(node, problems));
    }
    for node in items(fields.get("tables"), "a list of tables", problems) {
        document.tables.extend(row::table(node, problems));
    }
    let is_empty = |key| match fields.get(key).map(|node| &node.content) {
        None | Some(Content::Null) => true,
        Some(Content::List(items)) => items.is_empty(),
        Some(_) => false,
    };
    if is_empty("cases") && is_empty("tables") {
        let problem = Diagnostic::error(Code::NoTests, "a file of tests without a test");
        problems.push(problem.at(start(tree), "").help("write `cases` or `tables`, or delete the file"));
    }
    Some(document)
}

fn case(node: &Node<'_>, problems: &mut Problems) -> Option<Case> {
    let before = problems.errors();
    let is_proxy = matches!(&node.content, Content::Mapping(entries)
        if entries.iter().any(|entry| entry.key.text == "http"));
    let (what, own): (_, &[&str]) =
        if is_proxy { ("a case that asks as a proxy does", &PROXY) } else { ("a case", &APPLICATION) };
    let known: Vec<&str> = own.iter().chain(&EXPECTATIONS).copied().collect();
    let fields = Fields::read(node, what, &known, problems)?;
    let help = format!("write `subject: user:alice`, or `subject: {NOBODY}` for somebody unidentified");
    let subject = fields.required("subject", &help, problems);
    let subject = subject.and_then(|node| asker(node, is_proxy, problems));
    let asked = if is_proxy {
        proxy(&fields, problems).map(Asked::Proxy)
    } else {
        application(&fields, problems).map(Asked::Application)
    };
    let expected = expected(&fields, problems);
    let name = optional_text(&fields, "name", "a text", problems);
    let at = fields.get("at").and_then(|node| yaml::instant(node, problems));
    let case = Case { span: start(node), name, at, subject: subject?, asked: asked?, expected: expected? };
    (problems.errors() == before).then_some(case)
}

/// What every policy in YAML begins with, and no file of tests.
fn policy_key(tree: &Node<'_>) -> Option<Span> {
    let Content::Mapping(entries) = &tree.content else { return None };
    entries.iter().find(|entry| entry.key.text == "package").map(|entry| entry.key.span)
}

/// Where a mapping begins: its first key tells it from all others, and the whole of it fills a screen.
pub fn start(node: &Node<'_>) -> Span {
    match &node.content {
        Content::Mapping(entries) => {
            entries.first().map_or(node.span, |first| first.key.span.to(first.value.span))
        }
        _ => node.span,
    }
}

fn application(fields: &Fields<'_, '_>, problems: &mut Problems) -> Option<Application> {
    let action = fields.required("action", "write `action: read`", problems);
    let resource = fields.required("resource", "write `resource: document:plan`", problems);
    let context = properties(fields.get("context"), problems);
    let understands = texts(fields.get("understands"), "a list of obligations", problems);
    let (action, action_properties) = action_named(action?, problems)?;
    let resource = party(resource?, "resource", problems)?;
    Some(Application {
        action,
        action_properties,
        resource,
        context,
        understands: understands.unwrap_or_default(),
    })
}

fn proxy(fields: &Fields<'_, '_>, problems: &mut Problems) -> Option<Proxy> {
    let mut text = |key| optional_text(fields, key, "a text", problems);
    let (host, scheme) = (text("host"), text("scheme"));
    let (ip, user_agent) = (text("ip"), text("user_agent"));
    let node = fields.get("http")?;
    let expected = "a method and a path, as in `GET /documents/plan`";
    let line = yaml::text(node, expected, problems)?;
    let Some((method, uri)) = line.split_once(' ') else { return yaml::misshapen(node, expected, problems) };
    Some(Proxy {
        method: method.to_owned(),
        uri: uri.to_owned(),
        host,
        scheme,
        ip,
        user_agent,
        span: node.span,
    })
}

fn asker(node: &Node<'_>, is_proxy: bool, problems: &mut Problems) -> Option<Asker> {
    if matches!(&node.content, Content::Text(text) if text == NOBODY) {
        return Some(Asker::Nobody);
    }
    let party = party(node, "subject", problems)?;
    if party.id.as_deref().is_none_or(str::is_empty) {
        return yaml::misshapen(node, "a subject such as `user:alice`", problems);
    }
    if is_proxy && let Some(property) = party.properties.first() {
        let problem =
            Diagnostic::error(Code::YamlUnknownKey, "a proxy says nothing of the subject but who it is");
        problems.push(problem.at(property.name.span, "").help("write it into `facts`"));
        return None;
    }
    Some(Asker::Somebody(party))
}

/// `user:bob`, or `{ type: user, id: bob, properties: {} }`.
fn party(node: &Node<'_>, what: &str, problems: &mut Problems) -> Option<Party> {
    if let Content::Text(text) = &node.content {
        let (kind, id) = match text.split_once(':') {
            Some((kind, id)) => (kind.to_owned(), Some(id.to_owned())),
            None => (text.clone().into_owned(), None),
        };
        return Some(Party { kind: Placed { value: kind, span: node.span }, id, properties: Vec::new() });
    }
    if !matches!(node.content, Content::Mapping(_)) {
        let expected = format!("a {what}, `type:id` or `{{ type: …, id: … }}`");
        return yaml::misshapen(node, &expected, problems);
    }
    let fields = Fields::read(node, "a subject or a resource", &["type", "id", "properties"], problems)?;
    let kind = fields.required("type", "", problems)?;
    Some(Party {
        kind: Placed { value: yaml::text(kind, "a type", problems)?.to_owned(), span: kind.span },
        id: optional_text(&fields, "id", "an id", problems),
        properties: properties(fields.get("properties"), problems),
    })
}

fn action_named(node: &Node<'_>, problems: &mut Problems) -> Option<(Placed<String>, Vec<Property>)> {
    if !matches!(node.content, Content::Mapping(_)) {
        let name = yaml::text(node, "an action, `read` or `{ name: … }`", problems)?;
        return Some((Placed { value: name.to_owned(), span: node.span }, Vec::new()));
    }
    let fields = Fields::read(node, "an action", &["name", "properties"], problems)?;
    let name = fields.required("name", "", problems)?;
    let properties = properties(fields.get("properties"), problems);
    Some((Placed { value: yaml::text(name, "an action", problems)?.to_owned(), span: name.span }, properties))
}

fn expected(fields: &Fields<'_, '_>, problems: &mut Problems) -> Option<Expected> {
    let node = fields.required("expect", "write `expect: allow` or `expect: deny`", problems);
    let is_allow = node.and_then(|node| decision(node, problems));
    let reason = fields.get("reason").and_then(|node| placed(node, "a reason code", problems));
    let by = fields.get("by").and_then(|node| match &node.content {
        Content::List(items) => {
            let names = items.iter().map(|item| placed(item, DECIDER, problems));
            names.collect::<Option<Vec<_>>>().map(By::All)
        }
        _ => placed(node, DECIDER, problems).map(By::Named),
    });
    let unknown = texts(fields.get("unknown"), "a list of attributes such as `resource.owner`", problems);
    let obligations = texts(fields.get("obligations"), "a list of obligations", problems);
    let advice = texts(fields.get("advice"), "a list of advice", problems);
    let valid_until = fields.get("valid_until").and_then(|node| match &node.content {
        Content::Text(text) if text == "never" => Some(Until::Never),
        _ => yaml::instant(node, problems).map(Until::At),
    });
    Some(Expected { is_allow: is_allow?, reason, by, unknown, obligations, advice, valid_until })
}

const DECIDER: &str = "what decides: a rule's name, `role NAME` or `grant`";

/// Whether it is an allow.
pub fn decision(node: &Node<'_>, problems: &mut Problems) -> Option<bool> {
    match &node.content {
        Content::Text(text) if text == "allow" => Some(true),
        Content::Text(text) if text == "deny" => Some(false),
        _ => yaml::misshapen(node, "`allow` or `deny`", problems),
    }
}

pub fn placed(node: &Node<'_>, expected: &str, problems: &mut Problems) -> Option<Placed<String>> {
    let value = yaml::text(node, expected, problems)?.to_owned();
    Some(Placed { value, span: node.span })
}

/// The items of a list that may be missing.
pub fn items<'n, 'a>(node: Option<&'n Node<'a>>, expected: &str, problems: &mut Problems) -> &'n [Node<'a>] {
    match node {
        None => &[],
        Some(node) => yaml::list(node, expected, problems).unwrap_or_default(),
    }
}

fn texts(node: Option<&Node<'_>>, expected: &str, problems: &mut Problems) -> Option<Vec<String>> {
    let items = yaml::list(node?, expected, problems)?;
    items.iter().map(|item| yaml::text(item, "a text", problems).map(str::to_owned)).collect()
}

pub fn optional_text(
    fields: &Fields<'_, '_>,
    key: &str,
    expected: &str,
    problems: &mut Problems,
) -> Option<String> {
    fields.get(key).and_then(|node| yaml::text(node, expected, problems)).map(str::to_owned)
}

/// Attributes by their names.
pub fn properties(node: Option<&Node<'_>>, problems: &mut Problems) -> Vec<Property> {
    let Some(node) = node else { return Vec::new() };
    let entries = yaml::entries(node, "attributes and their values", problems).unwrap_or_default();
    let property = |entry: &yaml::Entry<'_>| {
        Some(Property {
            name: Placed { value: entry.key.text.clone().into_owned(), span: entry.key.span },
            value: Placed { value: input(&entry.value)?, span: entry.value.span },
        })
    };
    entries.iter().filter_map(property).collect()
}

/// What a caller would have said in JSON; nothing where a problem was told already.
fn input(node: &Node<'_>) -> Option<Input<'static>> {
    Some(match &node.content {
        Content::Null => Input::Null,
        Content::Bool(value) => Input::Bool(*value),
        Content::Int(value) => Input::Int(*value),
        Content::Time(text) | Content::Text(text) => Input::Text(text.clone().into_owned().into()),
        Content::List(items) => Input::List(items.iter().map(input).collect::<Option<_>>()?),
        Content::Mapping(entries) => Input::Record(
            entries
                .iter()
                .map(|entry| Some((entry.key.text.clone().into_owned().into(), input(&entry.value)?)))
                .collect::<Option<_>>()?,
        ),
        Content::Unreadable => return None,
    })
}
