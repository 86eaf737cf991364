//! Clients that ask all the while, over connections that stay open.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::variants::{PAGE_ACTIONS, Question, State, questions};
use crate::client::{Client, auth_request, evaluation};

/// After each answer. Without it the clients would measure how they keep each other waiting.
const PAUSE: Duration = Duration::from_micros(500);

#[derive(Debug, Clone, Copy)]
pub struct Asking<'a> {
    pub server: SocketAddr,
    pub known: &'a HashMap<String, State>,
    pub is_over: &'a AtomicBool,
    pub is_stormy: &'a AtomicBool,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Asked {
    pub latencies: Latencies,
    pub revisions: HashSet<String>,
    /// How often an answer named another revision than the one before.
    pub changes: usize,
}

/// In nanoseconds, of requests that were sent while nothing was changed, and while much was.
#[derive(Debug, Default)]
pub struct Latencies {
    calm: Vec<u32>,
    stormy: Vec<u32>,
}

/// A request, and what it asks.
struct Request {
    bytes: String,
    questions: Vec<Question>,
    protocol: Protocol,
}

#[derive(Clone, Copy)]
enum Protocol {
    Evaluation,
    Evaluations,
    AuthRequest,
}

/// Everything that can be asked, in every way.
fn requests() -> Vec<Request> {
    let item = |question: &Question| {
        let Question { resource, action } = question;
        format!(r#""action":{{"name":"a{action}"}},"resource":{{"type":"{resource}","id":"1"}}"#)
    };
    let subject = r#""subject":{"type":"user","id":"ann"}"#;
    let questions = questions();
    let mut requests: Vec<Request> = Vec::new();
    for question in &questions {
        let bytes = evaluation(&format!("{{{subject},{}}}", item(question)));
        requests.push(Request { bytes, questions: vec![*question], protocol: Protocol::Evaluation });
    }
    for action in 0..PAGE_ACTIONS {
        let bytes = auth_request("GET", &format!("/pages/1/a{action}"), &["X-Original-Subject: ann"]);
        let questions = vec![Question { resource: "page", action }];
        requests.push(Request { bytes, questions, protocol: Protocol::AuthRequest });
        // Again and again: a whole of many questions is where two revisions could meet.
        let items: Vec<String> =
            questions_from(action).iter().map(|item_of| format!("{{{}}}", item(item_of))).collect();
        let body = format!("{{{subject},\"evaluations\":[{}]}}", items.join(","));
        let bytes = evaluation(&body).replacen("/evaluation ", "/evaluations ", 1);
        let questions = questions_from(action);
        requests.push(Request { bytes, questions, protocol: Protocol::Evaluations });
    }
    requests
}

/// All questions, begun with another.
fn questions_from(first: usize) -> Vec<Question> {
    let mut questions = questions();
    questions.rotate_left(first);
    questions
}

impl Request {
    /// The status and the body that are right.
    fn expected(&self, state: State) -> (u16, Option<String>) {
        let decision = |question: &Question| format!("{{\"decision\":{}}}", question.is_allowed(state));
        let decisions: Vec<String> = self.questions.iter().map(decision).collect();
        match self.protocol {
            Protocol::Evaluation => (200, decisions.first().cloned()),
            Protocol::Evaluations => (200, Some(format!("{{\"evaluations\":[{}]}}", decisions.join(",")))),
            // What stands in the body of a denial is for people.
            Protocol::AuthRequest if self.questions[0].is_allowed(state) => (200, Some(String::new())),
            Protocol::AuthRequest => (403, None),
        }
    }
}

/// Asks until it is over. What is wrong, and a request that fails, ends it.
pub fn ask(asking: Asking<'_>, number: usize) -> Asked {
    let mut client = Client::tcp(asking.server);
    let mut requests = requests();
    // Not all of them at the same place at the same time.
    requests.rotate_left(number);
    let mut asked = Asked::default();
    let mut last = String::new();
    for request in requests.iter().cycle() {
        if asking.is_over.load(Ordering::Relaxed) {
            break;
        }
        let is_stormy = asking.is_stormy.load(Ordering::Relaxed);
        let sent = Instant::now();
        let answer = client.ask(&request.bytes);
        asked.latencies.note(is_stormy, sent.elapsed());
        let revision =
            answer.header("portcullis-revision").unwrap_or_else(|| panic!("no revision: {answer:?}"));
        let state = asking.known.get(revision);
        let state =
            *state.unwrap_or_else(|| panic!("the revision of nothing that was whole and good: {answer:?}"));
        let (status, body) = request.expected(state);
        let is_right = answer.status == status && body.is_none_or(|body| body == answer.body);
        assert!(is_right, "{}\n{answer:#?}\nin {state:?}", request.bytes);
        if revision != last {
            asked.changes += 1;
            revision.clone_into(&mut last);
            asked.revisions.insert(last.clone());
        }
        thread::sleep(PAUSE);
    }
    asked
}

impl Latencies {
    fn note(&mut self, is_stormy: bool, latency: Duration) {
        let latency = u32::try_from(latency.as_nanos()).unwrap_or(u32::MAX);
        if is_stormy { &mut self.stormy } else { &mut self.calm }.push(latency);
    }

    pub fn add(&mut self, other: &Latencies) {
        self.calm.extend(&other.calm);
        self.stormy.extend(&other.stormy);
    }

    /// Told, and never held against anything: other work on the machine counts too.
    pub fn summary(mut self) -> String {
        let [calm, stormy] = [&mut self.calm, &mut self.stormy].map(|latencies| {
            latencies.sort_unstable();
            let at = |percent: usize| {
                let index = (latencies.len() * percent / 100).min(latencies.len().saturating_sub(1));
                f64::from(latencies.get(index).copied().unwrap_or_default()) / 1_000.0
            };
            (latencies.len(), at(50), at(99))
        });
        format!(
            "calm:   {} requests, p50 {:.0} us, p99 {:.0} us\nstormy: {} requests, p50 {:.0} us, p99 {:.0} us\n\
             ratio:  p50 {:.2}, p99 {:.2}",
            calm.0,
            calm.1,
            calm.2,
            stormy.0,
            stormy.1,
            stormy.2,
            stormy.1 / calm.1,
            stormy.2 / calm.2
        )
    }
}
