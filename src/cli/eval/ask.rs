//! Flags to a question.

use std::borrow::Cow;

use super::Arguments;
use crate::bundle::Bundle;
use crate::document::suggest;
use crate::engine::{Malformed, Original, OriginalParts, PartyInput, Question, Vouched};
use crate::model::schema::{Attribute, EntityType, Named, Placement, Schema};
use crate::model::value::ORGANIZATION;
use crate::model::{Input, Instant, Locals, Type};

/// What is wrong with the flags.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    #[error("`--at {0}` is no instant")]
    At(String),
    #[error("`--subject {0}` names no type")]
    Subject(String),
    #[error("`--{flag} {text}` has no `=`")]
    NoValue { flag: &'static str, text: String },
    #[error("`--property {0}` says neither `subject.` nor `resource.`")]
    Party(String),
    #[error("`--property {0}` needs a `--subject`")]
    NoSubject(String),
    #[error("the policies declare no `{path}`")]
    Undeclared { path: String, declared: Vec<String> },
    #[error("`{path}` is declared as `{ty}`, and `{text}` is not one")]
    WrongType { path: String, ty: String, text: String },
    #[error("`{path}` is a set, and `{text}` is written as JSON or a literal")]
    Bracketed { path: String, text: String },
    #[error("`{path}` is a record")]
    Whole { path: String, member: &'static str },
    #[error("`--{flag} {name}` is given twice")]
    Twice { flag: &'static str, name: String },
    #[error("`--http {0}` is not a method and a path")]
    Http(String),
    #[error("{0}")]
    Original(Malformed),
    #[error("the request is malformed: {0}")]
    Body(String),
}

type Properties<'a> = Vec<(Cow<'a, str>, Input<'a>)>;

/// What the flags ask; nothing if they are about an HTTP request that no route knows.
pub fn question<'a>(
    arguments: &Arguments,
    original: Option<&'a Original<'_>>,
    bundle: &'a Bundle,
    now: Instant,
) -> Result<Option<Question<'a>>, AskError> {
    let schema = &bundle.engine.policy().schema;
    let subject = arguments.subject.as_deref().map(subject).transpose()?;
    let asked = match original {
        Some(original) => original.question(&bundle.engine, subject, now),
        None => Some(named(arguments, subject, now)),
    };
    let Some(mut question) = asked else { return Ok(None) };
    question.understands = arguments.understands.iter().map(|name| name.clone().into()).collect();
    let kind = entity_type(schema, &question.resource.kind);
    let declared = kind.map(|kind| schema.packages.row(kind.package).context.as_slice());
    for (name, text) in pairs("context", &arguments.context)? {
        // What is said here counts for more than what the HTTP request says of itself.
        put(&mut question.context, declared, &format!("context.{name}"), name, text)?;
    }
    for (path, text) in pairs("property", &arguments.property)? {
        let (party, name) = match path.split_once('.') {
            Some(("action", name)) => {
                let declared = kind.map(|kind| schema.packages.row(kind.package).action.as_slice());
                put(&mut question.action_properties, declared, path, name, text)?;
                continue;
            }
            Some(("subject", name)) => match &mut question.subject {
                Some(subject) => (subject, name),
                None => return Err(AskError::NoSubject(path.to_owned())),
            },
            Some(("resource", name)) => (&mut question.resource, name),
            Some(_) | None => return Err(AskError::Party(path.to_owned())),
        };
        let kind = entity_type(schema, &party.kind);
        let declared = kind.map(|kind| kind.attributes.as_slice());
        if name == ORGANIZATION && kind.is_some_and(|kind| kind.placement == Placement::Organization) {
            set(&mut party.properties, name, Input::Text(text.to_owned().into()));
        } else {
            put(&mut party.properties, declared, path, name, text)?;
        }
    }
    Ok(Some(question))
}

/// The HTTP request that the flags describe.
pub fn original(arguments: &Arguments) -> Result<Option<Original<'_>>, AskError> {
    let Some(http) = &arguments.http else { return Ok(None) };
    let (method, uri) = http.split_once(' ').ok_or_else(|| AskError::Http(http.clone()))?;
    let parts = OriginalParts { method, uri, host: arguments.host.as_deref(), ..OriginalParts::default() };
    Original::new(parts).map(Some).map_err(AskError::Original)
}

/// The action and the resource as the flags name them.
fn named(arguments: &Arguments, subject: Option<PartyInput<'static>>, now: Instant) -> Question<'static> {
    let resource = arguments.resource.clone().unwrap_or_default();
    let (kind, id) = match resource.split_once(':') {
        Some((kind, id)) => (kind.to_owned(), Some(id.to_owned().into())),
        None => (resource, None),
    };
    Question {
        subject,
        action: arguments.action.clone().unwrap_or_default().into(),
        resource: PartyInput { kind: kind.into(), id, properties: Vec::new() },
        context: Vec::new(),
        action_properties: Vec::new(),
        understands: Vec::new(),
        vouched: Vouched::default(),
        now,
    }
}

fn subject(text: &str) -> Result<PartyInput<'static>, AskError> {
    match text.split_once(':') {
        Some((kind, id)) if !kind.is_empty() && !id.is_empty() => Ok(PartyInput {
            kind: kind.to_owned().into(),
            id: Some(id.to_owned().into()),
            properties: Vec::new(),
        }),
        Some(_) | None => Err(AskError::Subject(text.to_owned())),
    }
}

fn pairs<'a>(flag: &'static str, texts: &'a [String]) -> Result<Vec<(&'a str, &'a str)>, AskError> {
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    for text in texts {
        let (name, value) =
            text.split_once('=').ok_or_else(|| AskError::NoValue { flag, text: text.clone() })?;
        if pairs.iter().any(|(known, _)| *known == name) {
            return Err(AskError::Twice { flag, name: name.to_owned() });
        }
        pairs.push((name, value));
    }
    Ok(pairs)
}

fn entity_type<'a>(schema: &'a Schema, name: &str) -> Option<&'a EntityType> {
    match schema.type_named(name) {
        Named::One(id) => Some(schema.types.row(id)),
        Named::Ambiguous | Named::None => None,
    }
}

/// Puts a value where its name leads: to an attribute, or over records to a member.
fn put(
    properties: &mut Properties<'_>,
    declared: Option<&[Attribute]>,
    path: &str,
    name: &str,
    text: &str,
) -> Result<(), AskError> {
    let record = declared.into_iter().flatten().find_map(|attribute| {
        let member = name.strip_prefix(attribute.name.text())?.strip_prefix('.')?;
        match &attribute.ty {
            Type::Record(members) => Some((attribute.name.text(), members, member)),
            _ => None,
        }
    });
    let (name, input) = match record {
        Some((name, members, member)) => {
            let known = properties.iter().position(|(known, _)| known == name);
            let mut record = match known.map(|known| properties.swap_remove(known)) {
                Some((_, Input::Record(record))) => record,
                Some(_) | None => Vec::new(),
            };
            put(&mut record, Some(members), path, member, text)?;
            (name, Input::Record(record))
        }
        None => (name, typed(declared, path, name, text)?),
    };
    set(properties, name, input);
    Ok(())
}

fn set<'a>(properties: &mut Properties<'a>, name: &str, input: Input<'a>) {
    properties.retain(|(known, _)| known != name);
    properties.push((name.to_owned().into(), input));
}

/// The value that the text is, by the declared type. Where nothing is known of the type the answer will say so.
fn typed(
    declared: Option<&[Attribute]>,
    path: &str,
    name: &str,
    text: &str,
) -> Result<Input<'static>, AskError> {
    let Some(declared) = declared else { return Ok(Input::Text(text.to_owned().into())) };
    let Some(attribute) = declared.iter().find(|attribute| attribute.name.text() == name) else {
        let declared = declared.iter().map(|attribute| attribute.name.text().to_owned()).collect();
        return Err(AskError::Undeclared { path: path.to_owned(), declared });
    };
    if let Type::Record(members) = &attribute.ty {
        let member = members.first().map_or("", |member| member.name.text());
        return Err(AskError::Whole { path: path.to_owned(), member });
    }
    // Read as an element it would be another set than was meant, and a deny that asks for one of them would not apply.
    if matches!(attribute.ty, Type::Set(_)) && text.trim_start().starts_with(['[', '{']) {
        return Err(AskError::Bracketed { path: path.to_owned(), text: text.to_owned() });
    }
    let input = input(&attribute.ty, text);
    let mut locals = Locals::default();
    match input.filter(|input| attribute.ty.read(input, &mut |text| locals.symbol(text)).is_some()) {
        Some(input) => Ok(input),
        None => Err(AskError::WrongType {
            path: path.to_owned(),
            ty: attribute.ty.describe(),
            text: text.to_owned(),
        }),
    }
}

fn input(ty: &Type, text: &str) -> Option<Input<'static>> {
    match ty {
        Type::Bool => text.parse().ok().map(Input::Bool),
        Type::Int => text.parse().ok().map(Input::Int),
        Type::String
        | Type::Ip
        | Type::Network
        | Type::Instant
        | Type::Date
        | Type::Time
        | Type::Duration
        | Type::Entity(_) => Some(Input::Text(text.to_owned().into())),
        Type::Set(_) if text.is_empty() => Some(Input::List(Vec::new())),
        Type::Set(element) => {
            text.split(',').map(|part| input(element, part.trim())).collect::<Option<_>>().map(Input::List)
        }
        // Only its members are given, each by itself.
        Type::Record(_) => None,
    }
}

impl AskError {
    pub fn help(&self) -> Option<String> {
        match self {
            AskError::At(_) => Some("write it as in `2026-03-29T01:00:00Z`".to_owned()),
            AskError::Subject(_) => Some("write it as `type:id`, as in `user:alice`".to_owned()),
            AskError::NoValue { .. } => Some("write it as `name=value`".to_owned()),
            AskError::Party(_) => Some("write it as in `resource.severity=3`".to_owned()),
            AskError::Http(_) => Some("write it as in `--http 'GET /incidents/1'`".to_owned()),
            AskError::Undeclared { path, declared } => {
                let bare = path.rsplit('.').next().unwrap_or(path);
                suggest::did_you_mean(bare, declared.iter().map(String::as_str)).or_else(|| {
                    (!declared.is_empty()).then(|| format!("declared are: `{}`", declared.join("`, `")))
                })
            }
            AskError::Bracketed { path, .. } => {
                Some(format!("write the elements with commas between them: `{path}=a,b`"))
            }
            AskError::Whole { path, member } => Some(format!("give its members, as in `{path}.{member}=…`")),
            AskError::NoSubject(_)
            | AskError::WrongType { .. }
            | AskError::Twice { .. }
            | AskError::Original(_)
            | AskError::Body(_) => None,
        }
    }
}
