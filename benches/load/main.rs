//! Portcullis under load, beside a server that is nothing but hyper: `cargo bench --bench load`.
//!
//! Each is a process of its own, asked by the same clients in turns. Those two are asked with the same bytes and answer the
//! same bytes; Cerbos, where there is one, is asked in its own words. What counts are the ratios: the clients take a
//! processor too. Words behind `--` choose rows (`unix`, `tls`, `authz`, `grpc`, `64`, `paced`, `change`); a run of all rows writes
//! `benches/load.csv`, which `benches/plot.py` draws. `memory` alone asks ten million questions, which takes minutes.

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]
#![expect(clippy::expect_used, reason = "a run whose servers fail has nothing to measure")]
#![expect(clippy::indexing_slicing, clippy::cast_precision_loss, reason = "the sizes are small and known")]

mod bare;
mod cerbos;
mod change;
mod client;
mod http2;
mod paced;
mod question;
mod report;
mod servers;
mod tls;
mod unique;

use std::fs;
use std::path::Path;
use std::time::Duration;

use client::{Asked, Transport};
use question::{EVALUATION, Question};
use servers::{EXAMPLE, Server};
use tls::Files;
use tokio::runtime::{self, Runtime};

const CONNECTIONS: [usize; 4] = [1, 16, 64, 256];
/// An odd number: the middle counts.
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_millis(500);

/// How many questions a second are asked where they don't wait for each other, over how many connections, and for how
/// long at a time: long enough for the slowest of a thousand answers.
const PACE: u32 = 5_000;
const PACED_CONNECTIONS: usize = 16;
const PACED_ROUND: Duration = Duration::from_secs(2);

/// One of the rounds of one server.
struct Round {
    asked: Asked,
    processor_microseconds: f64,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let Some(bare) = arguments.first().filter(|first| *first == "--bare").and(arguments.get(1..)) {
        return bare::serve(bare);
    }
    let words: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with("--")).collect();
    let is_wanted = |name: &str| words.iter().all(|word| name.split([' ', '/']).any(|part| part == *word));
    let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let directory = tempfile::tempdir().expect("a directory");
    let files = Files::new(directory.path());
    let portcullis = Server::portcullis(directory.path(), &files);
    if words.iter().any(|word| *word == "memory") {
        return unique::measure(&runtime, &portcullis);
    }
    let mut questions = Question::all();
    let answers: Vec<_> = questions
        .iter()
        .map(|question| (question.path, first_answer(&runtime, &portcullis, question)))
        .collect();
    let told = answers.iter().map(|(path, answer)| {
        let file = directory.path().join(path.replace('/', "-"));
        fs::write(&file, answer).expect("a file");
        (*path, file)
    });
    let bare = Server::bare(directory.path(), &files, &told.collect::<Vec<_>>());
    for (question, (path, answer)) in questions.iter_mut().zip(&answers) {
        let same = first_answer(&runtime, &bare, question);
        assert_eq!(undated(answer), undated(&same), "{path}: the same answer");
        question.learn(answer);
    }
    // They are asked as long as the process runs.
    let questions: &'static [Question] = questions.leak();
    let theirs: &'static Question = Box::leak(Box::new(cerbos::question()));
    let cerbos = cerbos::cerbos(directory.path());
    // What the others are compared with comes first.
    let servers: Vec<&Server> = [&bare, &portcullis].into_iter().chain(&cerbos).collect();
    for server in &servers {
        println!("{}: {:.1} MiB resident at rest", server.name, server.resident());
    }
    let mut report = report::Report::new();
    for transport in [Transport::Tcp, Transport::Unix, Transport::Tls] {
        for question in questions.iter().filter(|question| question.is_asked_over(transport)) {
            let asked: Vec<_> = servers
                .iter()
                .filter_map(|server| Some((*server, asked_of(server, transport, question, theirs)?)))
                .collect();
            for connections in CONNECTIONS {
                let name = report::name(transport, question.name(), connections, None);
                if is_wanted(&name) {
                    report.row(&name, &asked, &measured(&runtime, &asked, transport, connections));
                }
            }
            let name = report::name(transport, question.name(), PACED_CONNECTIONS, Some(PACE));
            if is_wanted(&name) {
                report.row(&name, &asked, &paced(&asked, transport));
            }
        }
    }
    if is_wanted("change") {
        change::measure(&runtime, directory.path(), Path::new(EXAMPLE), &files, &questions[0]);
    }
    if words.is_empty() {
        report.write();
    }
}

/// The question in a server's own words; nothing if it can't be asked there.
fn asked_of(
    server: &Server,
    transport: Transport,
    question: &'static Question,
    theirs: &'static Question,
) -> Option<&'static Question> {
    if server.name != "cerbos" {
        return Some(question);
    }
    (transport == Transport::Tcp && question.path == EVALUATION).then_some(theirs)
}

fn first_answer(runtime: &Runtime, server: &Server, question: &Question) -> Vec<u8> {
    runtime.block_on(client::first_answer(&server.addresses, question))
}

fn undated(answer: &[u8]) -> Vec<&[u8]> {
    answer.split(|byte| *byte == b'\n').filter(|line| !line.starts_with(b"date: ")).collect()
}

/// The rounds of all servers, each as fast as it can.
fn measured(
    runtime: &Runtime,
    servers: &[(&Server, &'static Question)],
    transport: Transport,
    connections: usize,
) -> Vec<Vec<Round>> {
    rounds(servers, |server, question, before| {
        let addresses = &server.addresses;
        let asked = client::ask(addresses, transport, connections, question, ROUND, || before(server));
        runtime.block_on(asked)
    })
}

/// The rounds of all servers, asked at one pace.
fn paced(servers: &[(&Server, &'static Question)], transport: Transport) -> Vec<Vec<Round>> {
    rounds(servers, |server, question, before| {
        before(server);
        paced::ask(&server.addresses, transport, PACED_CONNECTIONS, question, PACE, PACED_ROUND)
    })
}

/// All servers in turns, which take turns at going first. `ask` has to say when its clients are about to begin.
fn rounds(
    servers: &[(&Server, &'static Question)],
    ask: impl Fn(&Server, &'static Question, &mut dyn FnMut(&Server)) -> Asked,
) -> Vec<Vec<Round>> {
    let mut rounds: Vec<Vec<Round>> = servers.iter().map(|_| Vec::new()).collect();
    for turn in 0..servers.len() * ROUNDS {
        let which = (turn + turn / servers.len()) % servers.len();
        let (server, question) = servers[which];
        let mut before = 0.;
        let asked = ask(server, question, &mut |server| before = server.processor_seconds());
        let used = server.processor_seconds() - before;
        let processor_microseconds = used * 1e6 / asked.latencies.len() as f64;
        rounds[which].push(Round { asked, processor_microseconds });
    }
    rounds
}
