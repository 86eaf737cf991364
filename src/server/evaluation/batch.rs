//! Many questions in one request: each is answered for itself, in order.

#[cfg(test)]
mod tests;

use std::time::{Duration, Instant as Stopwatch};

use bytes::Bytes;
use hyper::StatusCode;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use serde::Serialize;
use tracing::Span;

use super::question::Batch;
use super::{Manner, answer, said};
use crate::model::Input;
use crate::service::{Cause, Service, World};

/// So many are answered before it is known what the others will cost.
const PROBED: usize = 16;
/// Below this several threads take longer to agree on the work than one takes to do it.
const PARALLEL_MIN: Duration = Duration::from_micros(200);
/// So many are handed to the threads at once if one answer may end the batch: not much work is in vain then.
const ROUND: usize = 64;

#[derive(Serialize)]
struct Failed<'a> {
    decision: bool,
    context: Context<'a>,
}

#[derive(Serialize)]
struct Context<'a> {
    error: Error<'a>,
}

#[derive(Serialize)]
struct Error<'a> {
    status: u16,
    message: &'a str,
}

/// One answer: its body, and whether it allows.
#[derive(Debug)]
pub(super) struct Answered {
    body: Bytes,
    is_allow: bool,
}

/// The answers, up to the one that ends the batch.
pub(super) fn answers(
    service: &Service,
    world: Option<&World>,
    batch: Batch<'_>,
    manner: Manner,
) -> Vec<Answered> {
    answers_with(service, world, batch, manner, PARALLEL_MIN)
}

/// With several threads for what is expected to take so long.
fn answers_with(
    service: &Service,
    world: Option<&World>,
    mut batch: Batch<'_>,
    manner: Manner,
    parallel_min: Duration,
) -> Vec<Answered> {
    let mut rest = std::mem::take(&mut batch.items).into_iter();
    let one = |item| answered(service, world, &batch, item, manner);
    let mut answers = Vec::with_capacity(rest.len());
    let start = Stopwatch::now();
    while let Some(item) = rest.next() {
        let answer = one(item);
        let is_last = batch.semantic.ends_with(answer.is_allow);
        answers.push(answer);
        if is_last {
            return answers;
        }
        if answers.len() == PROBED && start.elapsed() * times(rest.len()) >= parallel_min {
            break;
        }
    }
    // What the threads log belongs to the request, too.
    let span = Span::current();
    let can_end = [true, false].into_iter().any(|is_allow| batch.semantic.ends_with(is_allow));
    let round = if can_end { ROUND } else { rest.len() };
    loop {
        let together: Vec<Input<'_>> = rest.by_ref().take(round).collect();
        if together.is_empty() {
            return answers;
        }
        for answer in
            together.into_par_iter().map(|item| span.in_scope(|| one(item))).collect::<Vec<Answered>>()
        {
            let is_last = batch.semantic.ends_with(answer.is_allow);
            answers.push(answer);
            if is_last {
                return answers;
            }
        }
    }
}

/// How many times as many as were probed.
fn times(count: usize) -> u32 {
    u32::try_from(count / PROBED).unwrap_or(u32::MAX)
}

fn answered(
    service: &Service,
    world: Option<&World>,
    batch: &Batch<'_>,
    item: Input<'_>,
    manner: Manner,
) -> Answered {
    let question = match batch.question(item) {
        Ok(question) => question,
        Err(message) => return failed(StatusCode::BAD_REQUEST, &message),
    };
    let (answer, body) = said(service, world, &question, manner);
    match answer.cause {
        Cause::DeadlineExceeded => failed(StatusCode::GATEWAY_TIMEOUT, "the deadline has passed"),
        Cause::InternalError => failed(StatusCode::INTERNAL_SERVER_ERROR, "this can't be decided"),
        Cause::NoPolicy | Cause::NoRoute | Cause::AnswerTooLarge | Cause::Decided(_) => {
            Answered { body, is_allow: answer.is_allow() }
        }
    }
}

fn failed(status: StatusCode, message: &str) -> Answered {
    let error = Error { status: status.as_u16(), message };
    let failed = Failed { decision: false, context: Context { error } };
    let body = serde_json::to_vec(&failed).map_or(answer::DENY, Bytes::from);
    Answered { body, is_allow: false }
}

/// `{"evaluations":[…]}`
pub(super) fn body(answers: &[Answered]) -> Vec<u8> {
    let mut body = b"{\"evaluations\":[".to_vec();
    for (index, answer) in answers.iter().enumerate() {
        if index > 0 {
            body.push(b',');
        }
        body.extend_from_slice(&answer.body);
    }
    body.extend_from_slice(b"]}");
    body
}
