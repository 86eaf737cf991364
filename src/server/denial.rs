//! How a proxy is told that a request may not pass, where it hands the answer on to the client.
//!
//! Whoever asks for JSON or HTML by that name gets some, with the policy's words for users and never those for operators.
//! Everybody else, and every proxy that drops bodies, gets none: a body can cost a connection.

#[cfg(test)]
#[path = "denial_tests.rs"]
mod tests;

use hyper::StatusCode;
use hyper::header::{ACCEPT, HeaderMap, HeaderValue, LOCATION, WWW_AUTHENTICATE};
use serde::Serialize;

use super::dialect::Dialect;
use super::reply::{self, Reply};
use super::settings::{LoginUrl, Settings};
use super::{gate, upstream};
use crate::engine::{Original, Reason, explain};
use crate::model::limits::UPSTREAM_BYTES_MAX;
use crate::service::{Answer, Cause, World};

/// What a client can be told in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Html,
}

#[derive(Serialize)]
struct Body<'a> {
    decision: bool,
    reason: &'static str,
    message: &'a str,
}

/// For a request that was decided upon, or that couldn't be. Without an identity it is asked for.
pub(super) fn denied(
    settings: &Settings,
    dialect: Dialect,
    headers: &HeaderMap,
    (world, answer): (Option<&World>, &Answer),
    nobody: Option<&Original<'_>>,
) -> Reply {
    let form = form(dialect, headers);
    let mut reply = match (nobody, &answer.decision) {
        (Some(original), Some(_)) => login(settings, dialect, form, original)
            .unwrap_or_else(|| unauthorized(settings, form, answer.cause.code(), because(world, answer))),
        _ => told(StatusCode::FORBIDDEN, form, answer.cause.code(), because(world, answer)),
    };
    reply::name_decision(&mut reply, world, answer.cause);
    reply
}

/// For a request that was refused; with a challenge where what the client showed of itself is not believed.
pub(super) fn refused(
    dialect: Dialect,
    headers: &HeaderMap,
    reason: &'static str,
    challenge: Option<HeaderValue>,
) -> Reply {
    let status = if challenge.is_some() { StatusCode::UNAUTHORIZED } else { StatusCode::FORBIDDEN };
    let mut reply = told(status, form(dialect, headers), reason, None);
    if let Some(challenge) = challenge {
        reply.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    reply::name_reason(&mut reply, reason);
    reply
}

/// For a page whose token isn't believed, most often because it has ended: the way to another one, where there is one.
pub(super) fn sign_in_again(
    settings: &Settings,
    dialect: Dialect,
    headers: &HeaderMap,
    original: &Original<'_>,
    reason: &'static str,
) -> Option<Reply> {
    let mut reply = login(settings, dialect, form(dialect, headers), original)?;
    reply::name_reason(&mut reply, reason);
    Some(reply)
}

fn unauthorized(
    settings: &Settings,
    form: Option<Form>,
    reason: &'static str,
    because: Option<&str>,
) -> Reply {
    let mut reply = told(StatusCode::UNAUTHORIZED, form, reason, because);
    reply.headers_mut().insert(WWW_AUTHENTICATE, settings.challenge.clone());
    reply
}

fn told(status: StatusCode, form: Option<Form>, reason: &'static str, because: Option<&str>) -> Reply {
    let (title, usual) = if status == StatusCode::UNAUTHORIZED {
        ("Not signed in", "You have to sign in for this.")
    } else {
        ("Not allowed", "You are not allowed to do this.")
    };
    let message = because.unwrap_or(usual);
    match form {
        None => reply::empty(status),
        Some(Form::Json) => match serde_json::to_vec(&Body { decision: false, reason, message }) {
            Ok(body) => reply::json(status, body),
            Err(_) => reply::empty(status),
        },
        Some(Form::Html) => reply::html(
            status,
            format!(
                "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n\
                 <h1>{title}</h1>\n<p>{}</p>\n</html>\n",
                escaped(message)
            ),
        ),
    }
}

/// The words of the deny that decided, which are for users.
fn because<'a>(world: Option<&'a World>, answer: &'a Answer) -> Option<&'a str> {
    let is_of_denies =
        matches!(answer.cause, Cause::Decided(Reason::DeniedByRule | Reason::UnknownAttribute));
    let decision = answer.decision.as_ref().filter(|_| is_of_denies)?;
    let policy = world?.engine.policy();
    decision.deciding.iter().find_map(|decider| explain::because(policy, *decider))
}

/// The way to the login page, for a page that nobody was named for. None where the proxy or the head can't carry it.
fn login(
    settings: &Settings,
    dialect: Dialect,
    form: Option<Form>,
    original: &Original<'_>,
) -> Option<Reply> {
    let LoginUrl { before, after } = settings.login_url.as_ref()?;
    if !dialect.carries_answers() || form != Some(Form::Html) || original.method() != "GET" {
        return None;
    }
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let location = format!("{before}{}{after}", upstream::encoded(&original.url(), is_plain));
    if location.len() > UPSTREAM_BYTES_MAX {
        return None;
    }
    let mut reply = reply::empty(StatusCode::FOUND);
    reply.headers_mut().insert(LOCATION, HeaderValue::try_from(location).ok()?);
    Some(reply)
}

/// The form that `Accept` names and wants most; of two that it wants alike, the first.
fn form(dialect: Dialect, headers: &HeaderMap) -> Option<Form> {
    if !dialect.carries_answers() {
        return None;
    }
    let accepted = gate::values(headers, &ACCEPT).filter_map(|value| value.to_str().ok());
    let mut best = None;
    for range in accepted.flat_map(|value| value.split(',')) {
        let mut parts = range.split(';').map(str::trim);
        let form = match parts.next() {
            Some(name) if name.eq_ignore_ascii_case("application/json") => Form::Json,
            Some(name) if name.eq_ignore_ascii_case("text/html") => Form::Html,
            _ => continue,
        };
        let Some(weight) = weight(parts) else { continue };
        if weight > best.map_or(0, |(most, _)| most) {
            best = Some((weight, form));
        }
    }
    best.map(|(_, form)| form)
}

/// `q`, in thousandths; none if it is no number of that kind.
fn weight<'a>(mut parameters: impl Iterator<Item = &'a str>) -> Option<u32> {
    let q = parameters.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then_some(value.trim())
    });
    let Some(q) = q else { return Some(1_000) };
    let (whole, fraction) = q.split_once('.').unwrap_or((q, ""));
    let is_number = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let thousandths: u32 = format!("{fraction:0<3}").parse().ok().filter(|_| is_number)?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1_000),
        _ => None,
    }
}

/// As text in HTML, whatever stands in it.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
