//! A draft to cases: names get their meaning, and what nothing declares is told where it stands.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::draft::{Application, Asked as Asking, Document, Party, Placed, Property, Proxy, Table};
use super::names::{self, Names, attributes_fit, declares};
use super::{Asked, Case, Expected, Http, TestFile, draft, party_text};
use crate::document::yaml::{self, Bounds, Content, Entry, Key, Node};
use crate::document::{Code, Diagnostic, Problems, Sources, Span};
use crate::engine::{Engine, PartyInput, Question, Vouched};
use crate::facts::{self, Facts};
use crate::model::organization::ROOT_PATH;
use crate::model::{Input, Instant};

type Attributes = Vec<(Cow<'static, str>, Input<'static>)>;

/// The cases of a file.
pub fn cases(
    document: &Document<'_, '_>,
    file: &TestFile,
    sources: &Sources,
    engine: &Engine,
    problems: &mut Problems,
) -> Vec<Case> {
    let names = Names { policy: engine.policy() };
    names.shared_context(&document.context, problems);
    let (rows, holders) = rows(document, &names, problems);
    // Without them names mean what they mean, and so mistakes in them are told too.
    let facts = facts_of(document, holders, file, sources, engine, problems).unwrap_or_default();
    let linker = Linker { document, names, facts: Arc::new(facts) };
    let mut cases = Vec::new();
    for draft in &document.cases {
        cases.extend(linker.case(draft, false, problems));
    }
    for (table, row, asker) in &rows {
        for draft in table.cases(row, asker) {
            cases.extend(linker.case(&draft, true, problems));
        }
    }
    cases
}

/// Those who hold a role because a row asks about it, by their type's name and theirs.
type Holders = BTreeMap<String, BTreeMap<String, Holder>>;

struct Holder {
    role: String,
    who: Span,
    scope: (String, Span),
}

type Rows<'d> = Vec<(&'d Table, &'d draft::Row, Party)>;

/// The rows of all tables with those whom they ask about.
fn rows<'d>(
    document: &'d Document<'_, '_>,
    names: &Names<'_>,
    problems: &mut Problems,
) -> (Rows<'d>, Holders) {
    let (mut rows, mut holders) = (Vec::new(), Holders::new());
    for table in &document.tables {
        names.shared_resource(table, problems);
        if table.at.or(document.at).is_none() {
            if let Some(first) = table.columns.first().filter(|_| !document.has_clock) {
                problems.push(clockless("the table", first.span));
            }
            continue;
        }
        for row in &table.rows {
            let who = &row.who;
            let asker = match who.value.split_once(':') {
                Some((kind, id)) => Some(Party {
                    kind: Placed { value: kind.to_owned(), span: who.span },
                    id: Some(id.to_owned()),
                    properties: Vec::new(),
                }),
                None => holder(table, who, names, &mut holders, problems),
            };
            rows.extend(asker.map(|asker| (table, row, asker)));
        }
    }
    (rows, holders)
}

/// Somebody who holds this role and nothing else.
fn holder(
    table: &Table,
    who: &Placed<String>,
    names: &Names<'_>,
    holders: &mut Holders,
    problems: &mut Problems,
) -> Option<Party> {
    let role = names.role(&who.value, who.span, problems)?;
    let kind = match &table.subject_kind {
        Some(kind) => kind.clone(),
        None => Placed { value: names.only_subject(role, who.span, problems)?, span: who.span },
    };
    let scope = match &table.scope {
        Some(scope) => (scope.value.clone(), scope.span),
        None => (ROOT_PATH.to_owned(), who.span),
    };
    // No id that people give begins so; and whoever holds a role elsewhere is somebody else.
    let id = if scope.0 == ROOT_PATH {
        format!("<{}>", who.value)
    } else {
        format!("<{} in {}>", who.value, scope.0)
    };
    let kind_name = names.subject_type(&kind, problems)?;
    holders.entry(kind_name.clone()).or_default().entry(id.clone()).or_insert(Holder {
        role: names.role_name(role),
        who: who.span,
        scope,
    });
    Some(Party { kind: Placed { value: kind_name, span: kind.span }, id: Some(id), properties: Vec::new() })
}

/// The facts that a file's cases are asked about: those that it names, and nobody else's.
fn facts_of(
    document: &Document<'_, '_>,
    holders: Holders,
    file: &TestFile,
    sources: &Sources,
    engine: &Engine,
    problems: &mut Problems,
) -> Option<Facts> {
    let mut trees = Vec::new();
    let mut is_whole = true;
    for name in &document.facts_files {
        let source = file.facts.get(name.value);
        let tree = source.and_then(|source| yaml::parse(sources, *source, Bounds::FACTS, problems));
        if source.is_none() {
            let message = format!("there is no facts file `{}` beside this file", name.value);
            let help = "name it as it is reached from here, as in `facts.yaml` or `../facts.yaml`";
            problems.push(Diagnostic::error(Code::UnknownName, message).at(name.span, "").help(help));
        }
        is_whole &= tree.is_some();
        trees.extend(tree);
    }
    let holders = as_facts(holders, document.span);
    let all: Vec<&Node<'_>> = document.facts.into_iter().chain(&trees).chain([&holders]).collect();
    // With a file missing everything that refers to it would seem wrong too.
    if is_whole { facts::of_trees(&all, &engine.policy().schema, problems) } else { None }
}

/// What an author would have written, so that it means what it means there.
fn as_facts(holders: Holders, span: Span) -> Node<'static> {
    let text = |text: String, span| Node { span, content: Content::Text(text.into()) };
    let entry = |key: String, span, value| Entry { key: Key { text: key.into(), span }, value };
    let mapping = |entries, span| Node { span, content: Content::Mapping(entries) };
    let somebody = |(id, Holder { role, who, scope }): (String, Holder)| {
        let assignment = vec![
            entry("role".to_owned(), who, text(role, who)),
            entry("scope".to_owned(), scope.1, text(scope.0, scope.1)),
            entry("granted_by".to_owned(), who, text("test".to_owned(), who)),
            entry("reason".to_owned(), who, text("a row asks about it".to_owned(), who)),
        ];
        let roles = Node { span: who, content: Content::List(vec![mapping(assignment, who)]) };
        entry(id, who, mapping(vec![entry("roles".to_owned(), who, roles)], who))
    };
    let of_type = |(kind, holders): (String, BTreeMap<String, Holder>)| {
        entry(kind, span, mapping(holders.into_iter().map(somebody).collect(), span))
    };
    let subjects = mapping(holders.into_iter().map(of_type).collect(), span);
    mapping(vec![entry("subjects".to_owned(), span, subjects)], span)
}

/// No test depends on the clock of whoever runs it.
fn clockless(what: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::YamlMissingKey, format!("{what} says no time: it needs `at`"))
        .at(span, "")
        .help("write it at the top of the file for all of them, as in `at: 2026-11-18T12:00:00Z`")
}

struct Linker<'d> {
    document: &'d Document<'d, 'd>,
    names: Names<'d>,
    facts: Arc<Facts>,
}

impl Linker<'_> {
    fn case(&self, draft: &draft::Case, is_cell: bool, problems: &mut Problems) -> Option<Case> {
        let Some(now) = draft.at.or(self.document.at) else {
            if !self.document.has_clock {
                problems.push(clockless("the case", draft.span));
            }
            return None;
        };
        let (asked, what) = match &draft.asked {
            Asking::Application(application) => {
                let question = self.question(draft, application, is_cell, now, problems);
                let what = format!("{} {}", question.action, party_text(&question.resource));
                (Asked::Question(Box::new(question)), what)
            }
            Asking::Proxy(proxy) => {
                let http = self.http(draft, proxy, problems);
                let what = http.line();
                (Asked::Http(Box::new(http)), what)
            }
        };
        let expected = self.expected(draft, is_cell, problems)?;
        let name = draft.name.clone().unwrap_or_else(|| {
            let who = draft.subject.party().map(|subject| party_text(&party(subject, Vec::new())));
            format!("{} {what}", who.unwrap_or(Cow::Borrowed("nobody")))
        });
        Some(Case { name, place: draft.span, facts: Arc::clone(&self.facts), asked, now, expected })
    }

    fn question(
        &self,
        draft: &draft::Case,
        application: &Application,
        is_cell: bool,
        now: Instant,
        problems: &mut Problems,
    ) -> Question<'static> {
        let reason = draft.expected.reason();
        let names = &self.names;
        let kind = names.resource_type(&application.resource.kind, reason, problems);
        let mut resource = application.resource.clone();
        if let Some(kind) = kind.filter(|_| is_cell) {
            // What a table's resources share is said of those that have it.
            let row = names.policy.schema.types.row(kind);
            resource.properties.retain(|property| declares(row, &property.name.value));
        }
        let package = kind.map(|kind| names.package_of(kind));
        if let Some(kind) = kind {
            names.action(kind, &application.action, reason, problems);
            names.resource_properties(kind, &resource.properties, reason, problems);
        }
        if let Some(subject) = draft.subject.party() {
            self.names.subject(subject, reason, problems);
        }
        // What nobody's package declares was told for the whole file.
        let shared = self.document.context.iter().filter(|property| {
            package.is_some_and(|package| {
                package.context.iter().any(|known| known.name.text() == property.name.value)
            })
        });
        let shared: Vec<Property> = shared.cloned().collect();
        if let Some(package) = package {
            attributes_fit("context", &package.context, &shared, reason, problems);
            attributes_fit("context", &package.context, &application.context, reason, problems);
            attributes_fit("action", &package.action, &application.action_properties, reason, problems);
        }
        let mut context = attributes(&shared);
        for (name, value) in attributes(&application.context) {
            context.retain(|(known, _)| *known != name);
            context.push((name, value));
        }
        Question {
            subject: draft.subject.party().map(|subject| party(subject, attributes(&subject.properties))),
            action: application.action.value.clone().into(),
            action_properties: attributes(&application.action_properties),
            resource: party(&resource, attributes(&resource.properties)),
            context,
            understands: application.understands.iter().map(|name| name.clone().into()).collect(),
            vouched: Vouched::default(),
            now,
        }
    }

    fn http(&self, draft: &draft::Case, proxy: &Proxy, problems: &mut Problems) -> Http {
        if let Some(subject) = draft.subject.party() {
            self.names.subject(subject, draft.expected.reason(), problems);
        }
        let http = Http {
            method: proxy.method.clone(),
            uri: proxy.uri.clone(),
            host: proxy.host.clone(),
            scheme: proxy.scheme.clone(),
            ip: proxy.ip.clone(),
            user_agent: proxy.user_agent.clone(),
            subject: draft.subject.party().map(|subject| party(subject, Vec::new())),
        };
        if let Err(error) = http.original() {
            let problem = Diagnostic::error(Code::YamlShape, format!("no request is like this: {error}"));
            problems.push(problem.at(proxy.span, ""));
        }
        http
    }

    fn expected(&self, draft: &draft::Case, is_cell: bool, problems: &mut Problems) -> Option<Expected> {
        let expected = &draft.expected;
        let is_proxy = matches!(draft.asked, Asking::Proxy(_));
        let reason = match &expected.reason {
            Some(reason) => Some(names::reason(reason, expected.is_allow, is_proxy, problems)?),
            None => None,
        };
        let by = match &expected.by {
            Some(by) => Some(self.names.by(by, expected.is_allow, reason, problems)?),
            None => None,
        };
        Some(Expected {
            is_allow: expected.is_allow,
            reason,
            by,
            unknown: expected.unknown.clone(),
            obligations: expected.obligations.clone(),
            advice: expected.advice.clone(),
            valid_until: expected.valid_until,
            is_cell,
        })
    }
}

fn attributes(properties: &[Property]) -> Attributes {
    let pair = |property: &Property| (property.name.value.clone().into(), property.value.value.clone());
    properties.iter().map(pair).collect()
}

fn party(party: &Party, properties: Attributes) -> PartyInput<'static> {
    PartyInput { kind: party.kind.value.clone().into(), id: party.id.clone().map(Cow::Owned), properties }
}
