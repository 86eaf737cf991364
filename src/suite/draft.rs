//! A file of tests as its author wrote it, before its names have a meaning.

use crate::document::Span;
use crate::document::yaml::Node;
use crate::model::{Input, Instant};

/// Something and its place.
#[derive(Debug, Clone, Copy)]
pub struct Placed<T> {
    pub value: T,
    pub span: Span,
}

#[derive(Debug)]
pub struct Document<'n, 'a> {
    pub span: Span,
    pub facts: Option<&'n Node<'a>>,
    pub facts_files: Vec<Placed<&'n str>>,
    pub at: Option<Instant>,
    /// Whether it says a time, be it a wrong one.
    pub has_clock: bool,
    pub context: Vec<Property>,
    pub cases: Vec<Case>,
    pub tables: Vec<Table>,
}

/// An attribute that a caller says.
#[derive(Debug, Clone)]
pub struct Property {
    pub name: Placed<String>,
    pub value: Placed<Input<'static>>,
}

#[derive(Debug, Clone)]
pub struct Case {
    pub span: Span,
    pub name: Option<String>,
    pub at: Option<Instant>,
    pub subject: Asker,
    pub asked: Asked,
    pub expected: Expected,
}

#[derive(Debug, Clone)]
pub enum Asker {
    Nobody,
    Somebody(Party),
}

#[derive(Debug, Clone)]
pub enum Asked {
    Application(Application),
    Proxy(Proxy),
}

#[derive(Debug, Clone)]
pub struct Application {
    pub action: Placed<String>,
    pub action_properties: Vec<Property>,
    pub resource: Party,
    pub context: Vec<Property>,
    pub understands: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct Proxy {
    pub method: String,
    pub uri: String,
    pub host: Option<String>,
    pub scheme: Option<String>,
    pub ip: Option<String>,
    pub user_agent: Option<String>,
    pub span: Span,
}

#[derive(Debug, Clone)]
pub struct Party {
    pub kind: Placed<String>,
    pub id: Option<String>,
    pub properties: Vec<Property>,
}

#[derive(Debug, Clone)]
pub struct Expected {
    pub is_allow: bool,
    pub reason: Option<Placed<String>>,
    pub by: Option<By>,
    pub unknown: Option<Vec<String>>,
    pub obligations: Option<Vec<String>>,
    pub advice: Option<Vec<String>>,
    pub valid_until: Option<super::Until>,
}

#[derive(Debug, Clone)]
pub enum By {
    Named(Placed<String>),
    All(Vec<Placed<String>>),
}

/// Who may do what: a row for each subject or role, a column for each permission.
#[derive(Debug)]
pub struct Table {
    pub name: Option<String>,
    pub at: Option<Instant>,
    pub context: Vec<Property>,
    /// The type of those who hold the roles.
    pub subject_kind: Option<Placed<String>>,
    pub subject_properties: Vec<Property>,
    pub resource_properties: Vec<Property>,
    /// Where the roles are held; everywhere, if it isn't said.
    pub scope: Option<Placed<String>>,
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
}

/// `document:read plan`.
#[derive(Debug, Clone)]
pub struct Column {
    pub span: Span,
    pub kind: String,
    pub action: String,
    pub id: Option<String>,
}

#[derive(Debug)]
pub struct Row {
    pub who: Placed<String>,
    /// One for each column: whether it is an allow.
    pub cells: Vec<Placed<bool>>,
}

impl Asker {
    pub fn party(&self) -> Option<&Party> {
        match self {
            Asker::Nobody => None,
            Asker::Somebody(party) => Some(party),
        }
    }
}

impl Expected {
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_ref().map(|reason| reason.value.as_str())
    }
}
