//! A request body to a question, or to many.

use std::borrow::Cow;

use crate::engine::{PartyInput, Question, Vouched};
use crate::model::{Input, Instant};
use crate::server::json::{self, Member, Mistake, Path};

type Members<'a> = Vec<(Cow<'a, str>, Input<'a>)>;

/// The question in a body. The error is a sentence for the caller that names the place.
pub fn read(body: &[u8], now: Instant) -> Result<Question<'_>, String> {
    one(body, now).map_err(|mistake| mistake.to_string())
}

/// What a body may ask at once.
#[derive(Debug)]
pub(super) enum Asked<'a> {
    One(Box<Question<'a>>),
    Many(Batch<'a>),
}

/// Questions that share what they don't say themselves.
#[derive(Debug)]
pub(super) struct Batch<'a> {
    shared: Parts<'a>,
    understands: Vec<Cow<'a, str>>,
    now: Instant,
    pub(super) semantic: Semantic,
    pub(super) items: Vec<Input<'a>>,
}

/// How far a batch is answered: AuthZEN's `evaluations_semantic`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Semantic {
    ExecuteAll,
    DenyOnFirstDeny,
    PermitOnFirstPermit,
}

/// The four members that a question consists of, as far as they are there.
#[derive(Debug, Default)]
struct Parts<'a> {
    subject: Option<Members<'a>>,
    action: Option<Members<'a>>,
    resource: Option<Members<'a>>,
    context: Option<Members<'a>>,
}

/// What is wrong with an object: the way to the value, and what should be there.
struct Wrong {
    path: Vec<Member>,
    problem: String,
}

/// Members that nobody knows are ignored, as AuthZEN demands.
pub(super) fn one(body: &[u8], now: Instant) -> Result<Question<'_>, Mistake> {
    let mut request = object(body)?;
    let question = parts(&mut request).and_then(|parts| {
        obligations(&mut request).and_then(|understands| question(parts, understands, now))
    });
    question.map_err(|wrong| wrong.in_body(body))
}

/// As [`one`], if there is no `evaluations` or nothing in it; otherwise the questions that stand there.
pub(super) fn several(body: &[u8], now: Instant) -> Result<Asked<'_>, Mistake> {
    let mut request = object(body)?;
    let asked = (|| {
        let (shared, understands) = (parts(&mut request)?, obligations(&mut request)?);
        let semantic = semantic(&mut request)?;
        let items = match take(&mut request, "evaluations") {
            None => Vec::new(),
            Some(Input::List(items)) => items,
            Some(_) => return Err(wrong(&["evaluations"], "has to be a list")),
        };
        if items.is_empty() {
            return question(shared, understands, now).map(|question| Asked::One(Box::new(question)));
        }
        Ok(Asked::Many(Batch { shared, understands, now, semantic, items }))
    })();
    asked.map_err(|wrong| wrong.in_body(body))
}

impl<'a> Batch<'a> {
    /// The question of an item. What the item says replaces what the batch says, as a whole; only a `type`, `id` or
    /// `name` that is missing in it is taken over.
    pub(super) fn question(&self, item: Input<'a>) -> Result<Question<'a>, String> {
        let Input::Record(mut item) = item else {
            return Err("an evaluation has to be an object".to_owned());
        };
        let question = parts(&mut item).and_then(|item| {
            let parts = Parts {
                subject: completed(item.subject, self.shared.subject.as_ref(), &["type", "id"]),
                action: completed(item.action, self.shared.action.as_ref(), &["name"]),
                resource: completed(item.resource, self.shared.resource.as_ref(), &["type", "id"]),
                context: item.context.or_else(|| self.shared.context.clone()),
            };
            question(parts, self.understands.clone(), self.now)
        });
        question.map_err(|Wrong { path, problem }| format!("`{}` {problem}", Path(&path)))
    }
}

impl Semantic {
    const ALL: [Semantic; 3] =
        [Semantic::ExecuteAll, Semantic::DenyOnFirstDeny, Semantic::PermitOnFirstPermit];

    const fn name(self) -> &'static str {
        match self {
            Semantic::ExecuteAll => "execute_all",
            Semantic::DenyOnFirstDeny => "deny_on_first_deny",
            Semantic::PermitOnFirstPermit => "permit_on_first_permit",
        }
    }

    /// Whether nothing is answered after this decision.
    pub(super) fn ends_with(self, is_allow: bool) -> bool {
        match self {
            Semantic::ExecuteAll => false,
            Semantic::DenyOnFirstDeny => !is_allow,
            Semantic::PermitOnFirstPermit => is_allow,
        }
    }
}

impl Wrong {
    fn in_body(self, body: &[u8]) -> Mistake {
        Mistake::with(body, &self.path, &self.problem)
    }
}

fn object(body: &[u8]) -> Result<Members<'_>, Mistake> {
    match json::read(body)? {
        Input::Record(members) => Ok(members),
        _ => Err(Mistake::with(body, &[], "the body has to be a JSON object")),
    }
}

fn parts<'a>(request: &mut Members<'a>) -> Result<Parts<'a>, Wrong> {
    Ok(Parts {
        subject: member_object(request, &["subject"])?,
        action: member_object(request, &["action"])?,
        resource: member_object(request, &["resource"])?,
        context: member_object(request, &["context"])?,
    })
}

fn question<'a>(
    parts: Parts<'a>,
    understands: Vec<Cow<'a, str>>,
    now: Instant,
) -> Result<Question<'a>, Wrong> {
    let subject = party(parts.subject, "subject")?;
    if subject.id.as_deref() == Some("") {
        return Err(wrong(&["subject", "id"], "has to name somebody: it is empty"));
    }
    let mut action = parts.action.ok_or_else(|| missing(&["action"]))?;
    let name = member_text(&mut action, &["action", "name"])?;
    let action_properties = member_object(&mut action, &["action", "properties"])?.unwrap_or_default();
    let resource = party(parts.resource, "resource")?;
    let context = parts.context.unwrap_or_default();
    Ok(Question {
        subject: Some(subject),
        action: name,
        action_properties,
        resource,
        context,
        understands,
        vouched: Vouched::default(),
        now,
    })
}

fn party<'a>(members: Option<Members<'a>>, name: &'static str) -> Result<PartyInput<'a>, Wrong> {
    let mut party = members.ok_or_else(|| missing(&[name]))?;
    Ok(PartyInput {
        kind: member_text(&mut party, &[name, "type"])?,
        id: Some(member_text(&mut party, &[name, "id"])?),
        properties: member_object(&mut party, &[name, "properties"])?.unwrap_or_default(),
    })
}

/// An item's object with these members of the batch's where it has none; or the batch's if the item has no object.
fn completed<'a>(
    item: Option<Members<'a>>,
    shared: Option<&Members<'a>>,
    names: &[&str],
) -> Option<Members<'a>> {
    let Some(mut item) = item else { return shared.cloned() };
    for (name, value) in shared.into_iter().flatten().filter(|(name, _)| names.contains(&name.as_ref())) {
        // A null is not taken for the shared one: whoever sends it lost what they meant, and would be answered for another.
        if !item.iter().any(|(known, _)| known == name) {
            item.push((name.clone(), value.clone()));
        }
    }
    Some(item)
}

/// `supported_obligations`, of the draft obligations profile: the caller will do what these ask.
fn obligations<'a>(request: &mut Members<'a>) -> Result<Vec<Cow<'a, str>>, Wrong> {
    const NAME: &str = "supported_obligations";
    let Some(value) = take(request, NAME) else { return Ok(Vec::new()) };
    let Input::List(items) = value else { return Err(wrong(&[NAME], "has to be a list of strings")) };
    let text = |(number, item)| {
        text(item).ok_or_else(|| Wrong {
            path: vec![Member::Named(NAME), Member::Numbered(number)],
            problem: "has to be a string".to_owned(),
        })
    };
    items.into_iter().enumerate().map(text).collect()
}

/// `options.evaluations_semantic`.
fn semantic(request: &mut Members<'_>) -> Result<Semantic, Wrong> {
    const PATH: [&str; 2] = ["options", "evaluations_semantic"];
    let Some(mut options) = member_object(request, &["options"])? else { return Ok(Semantic::ExecuteAll) };
    let known = match take(&mut options, "evaluations_semantic") {
        None => Some(Semantic::ExecuteAll),
        Some(Input::Text(name)) => Semantic::ALL.into_iter().find(|semantic| semantic.name() == name),
        Some(_) => None,
    };
    known.ok_or_else(|| {
        let [all, deny, permit] = Semantic::ALL.map(Semantic::name);
        wrong(&PATH, &format!("has to be \"{all}\", \"{deny}\" or \"{permit}\""))
    })
}

/// The object at the end of the path, which is a member of these.
fn member_object<'a>(members: &mut Members<'a>, path: &[&'static str]) -> Result<Option<Members<'a>>, Wrong> {
    match path.last().and_then(|name| take(members, name)) {
        None => Ok(None),
        Some(Input::Record(object)) => Ok(Some(object)),
        Some(_) => Err(wrong(path, "has to be an object")),
    }
}

fn member_text<'a>(members: &mut Members<'a>, path: &[&'static str]) -> Result<Cow<'a, str>, Wrong> {
    let value = path.last().and_then(|name| take(members, name)).ok_or_else(|| missing(path))?;
    text(value).ok_or_else(|| wrong(path, "has to be a string"))
}

fn missing(path: &[&'static str]) -> Wrong {
    wrong(path, "is missing")
}

fn wrong(path: &[&'static str], problem: &str) -> Wrong {
    Wrong { path: path.iter().copied().map(Member::Named).collect(), problem: problem.to_owned() }
}

/// Takes a member's value out of its object and leaves null, which is absent.
fn take<'a>(members: &mut Members<'a>, name: &str) -> Option<Input<'a>> {
    let (_, value) = members.iter_mut().find(|(known, _)| known == name)?;
    match std::mem::replace(value, Input::Null) {
        Input::Null => None,
        value => Some(value),
    }
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
