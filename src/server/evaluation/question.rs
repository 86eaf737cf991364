//! A request body to a question.

use std::borrow::Cow;

use crate::engine::{PartyInput, Question};
use crate::model::{Input, Instant};
use crate::server::json;

type Members<'a> = Vec<(Cow<'a, str>, Input<'a>)>;

/// The question in a body. The error is a sentence for the caller that names the member.
///
/// Members that nobody knows are ignored, as AuthZEN demands; so are the properties of an action, for now.
pub fn read(body: &[u8], now: Instant) -> Result<Question<'_>, String> {
    let Input::Record(mut request) = json::read(body)? else {
        return Err("the body has to be a JSON object".to_owned());
    };
    let subject = party(&mut request, "subject")?;
    if subject.id.as_deref() == Some("") {
        return Err("`subject.id` has to name somebody: it is empty".to_owned());
    }
    let mut action = required_object(&mut request, "action")?;
    let name = required_string(&mut action, "action", "name")?;
    optional_object(&mut action, "properties", "action.properties")?;
    let resource = party(&mut request, "resource")?;
    Ok(Question {
        subject: Some(subject),
        action: name,
        resource,
        context: optional_object(&mut request, "context", "context")?,
        understands: obligations(&mut request)?,
        now,
    })
}

fn party<'a>(request: &mut Members<'a>, name: &str) -> Result<PartyInput<'a>, String> {
    let mut party = required_object(request, name)?;
    Ok(PartyInput {
        kind: required_string(&mut party, name, "type")?,
        id: Some(required_string(&mut party, name, "id")?),
        properties: optional_object(&mut party, "properties", &format!("{name}.properties"))?,
    })
}

/// `supported_obligations`, of the draft obligations profile: the caller will do what these ask.
fn obligations<'a>(request: &mut Members<'a>) -> Result<Vec<Cow<'a, str>>, String> {
    let wrong = || "`supported_obligations` has to be a list of strings".to_owned();
    match take(request, "supported_obligations") {
        None => Ok(Vec::new()),
        Some(Input::List(items)) => items.into_iter().map(|item| text(item).ok_or_else(wrong)).collect(),
        Some(_) => Err(wrong()),
    }
}

fn required_object<'a>(members: &mut Members<'a>, name: &str) -> Result<Members<'a>, String> {
    match take(members, name) {
        Some(Input::Record(object)) => Ok(object),
        Some(_) => Err(format!("`{name}` has to be an object")),
        None => Err(format!("`{name}` is missing")),
    }
}

fn optional_object<'a>(members: &mut Members<'a>, name: &str, path: &str) -> Result<Members<'a>, String> {
    match take(members, name) {
        Some(Input::Record(object)) => Ok(object),
        Some(_) => Err(format!("`{path}` has to be an object")),
        None => Ok(Vec::new()),
    }
}

fn required_string<'a>(members: &mut Members<'a>, of: &str, name: &str) -> Result<Cow<'a, str>, String> {
    let value = take(members, name).ok_or_else(|| format!("`{of}.{name}` is missing"))?;
    text(value).ok_or_else(|| format!("`{of}.{name}` has to be a string"))
}

/// Takes a member out of its object. JSON's null is absent.
fn take<'a>(members: &mut Members<'a>, name: &str) -> Option<Input<'a>> {
    let position = members.iter().position(|(known, _)| known == name)?;
    let (_, value) = members.swap_remove(position);
    (value != Input::Null).then_some(value)
}

fn text(value: Input<'_>) -> Option<Cow<'_, str>> {
    match value {
        Input::Text(text) => Some(text),
        Input::Null
        | Input::Bool(_)
        | Input::Int(_)
        | Input::Decimal(_)
        | Input::List(_)
        | Input::Record(_) => None,
    }
}
