//! Portcullis under load, beside a server that is nothing but hyper: `cargo bench --bench load`.
//!
//! Each is a process of its own, asked by the same clients in turns. Those two are asked with the same bytes and answer the
//! same bytes; Cerbos, where there is one, is asked in its own words. What counts are the ratios: the clients take a
//! processor too. Words behind `--` choose rows (`unix`, `authz`, `64`, `paced`, `change`); a run of all rows writes
//! `benches/load.csv`, which `benches/plot.py` draws. `memory` alone asks ten million questions, which takes minutes.

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]
#![expect(clippy::expect_used, reason = "a run whose servers fail has nothing to measure")]
#![expect(clippy::indexing_slicing, clippy::cast_precision_loss, reason = "the sizes are small and known")]

mod bare;
mod cerbos;
mod change;
mod client;
mod paced;
mod report;
mod servers;
mod unique;

use std::fs;
use std::path::Path;
use std::time::Duration;

use client::{Asked, Transport};
use servers::{EXAMPLE, Server};
use tokio::runtime::{self, Runtime};

const CONNECTIONS: [usize; 4] = [1, 16, 64, 256];
/// An odd number: the middle counts.
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_millis(500);

/// Dan, a data scientist, reads a set of data: allowed at any hour, and decided anew each time, because it is cheaper
/// than the cache.
const QUESTIONS: [(&str, &str); 4] = [
    (
        "/access/v1/evaluation",
        "POST /access/v1/evaluation HTTP/1.1\r\nhost: portcullis\r\ncontent-type: application/json\r\n\
         content-length: 156\r\n\r\n\
         {\"subject\":{\"type\":\"user\",\"id\":\"dan\"},\"action\":{\"name\":\"read\"},\
         \"resource\":{\"type\":\"data\",\"id\":\"set-1\"},\
         \"context\":{\"ip\":\"192.168.7.7\",\"device_trusted\":true}}",
    ),
    (
        "/authz/auth-request",
        "GET /authz/auth-request HTTP/1.1\r\nhost: portcullis\r\nx-original-subject: dan\r\n\
         x-original-method: GET\r\nx-original-uri: /data/set-1\r\nx-original-host: hackai.example\r\n\
         x-original-proto: https\r\nx-original-ip: 192.168.7.7\r\n\r\n",
    ),
    (
        "/authz/forward-auth",
        "GET /authz/forward-auth HTTP/1.1\r\nhost: portcullis\r\nx-portcullis-user: dan\r\n\
         x-forwarded-method: GET\r\nx-forwarded-uri: /data/set-1\r\nx-forwarded-host: hackai.example\r\n\
         x-forwarded-proto: https\r\nx-forwarded-for: 192.168.7.7\r\n\r\n",
    ),
    (
        "/authz/ext-authz/data/set-1",
        "GET /authz/ext-authz/data/set-1 HTTP/1.1\r\nhost: hackai.example\r\nx-portcullis-user: dan\r\n\
         x-forwarded-proto: https\r\nx-forwarded-for: 192.168.7.7\r\n\r\n",
    ),
];

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
    let portcullis = Server::portcullis(directory.path());
    if words.iter().any(|word| *word == "memory") {
        return unique::measure(&runtime, &portcullis);
    }
    let answers = QUESTIONS.map(|(path, request)| {
        let answer = first_answer(&runtime, &portcullis, request);
        let file = directory.path().join(path.replace('/', "-"));
        fs::write(&file, answer).expect("a file");
        (path, file)
    });
    let bare = Server::bare(directory.path(), &answers);
    for (path, request) in QUESTIONS {
        let [ours, theirs] = [&portcullis, &bare].map(|server| first_answer(&runtime, server, request));
        assert_eq!(undated(&ours), undated(&theirs), "{path}: the same answer");
    }
    let cerbos = cerbos::cerbos(directory.path());
    // What the others are compared with comes first.
    let servers: Vec<&Server> = [&bare, &portcullis].into_iter().chain(&cerbos).collect();
    for server in &servers {
        println!("{}: {:.1} MiB resident at rest", server.name, server.resident());
    }
    let mut report = report::Report::new();
    for transport in [Transport::Tcp, Transport::Unix] {
        for (path, request) in QUESTIONS {
            for connections in CONNECTIONS {
                let name = report::name(transport, path, connections, None);
                if is_wanted(&name) {
                    let asked = asked(&servers, transport, path, request);
                    report.row(&name, &asked, &measured(&runtime, &asked, transport, connections));
                }
            }
            let name = report::name(transport, path, PACED_CONNECTIONS, Some(PACE));
            if is_wanted(&name) {
                let asked = asked(&servers, transport, path, request);
                report.row(&name, &asked, &paced(&asked, transport));
            }
        }
    }
    if is_wanted("change") {
        change::measure(&runtime, directory.path(), Path::new(EXAMPLE), QUESTIONS[0].1);
    }
    if words.is_empty() {
        report.write();
    }
}

/// The servers that can be asked this, each with its question.
fn asked<'s>(
    servers: &[&'s Server],
    transport: Transport,
    path: &str,
    request: &'static str,
) -> Vec<(&'s Server, &'static str)> {
    let asked = |server: &&'s Server| Some((*server, asked_of(server, transport, path, request)?));
    servers.iter().filter_map(asked).collect()
}

/// The question in a server's own words; nothing if it can't be asked there.
fn asked_of(
    server: &Server,
    transport: Transport,
    path: &str,
    request: &'static str,
) -> Option<&'static str> {
    match (server.name, transport) {
        ("cerbos", Transport::Tcp) => path.ends_with("evaluation").then_some(cerbos::EVALUATION),
        ("cerbos", Transport::Unix) => None,
        _ => Some(request),
    }
}

fn first_answer(runtime: &Runtime, server: &Server, request: &str) -> String {
    let answer =
        runtime.block_on(client::first_answer(&server.addresses, Transport::Tcp, request.as_bytes()));
    String::from_utf8(answer).expect("an answer in text")
}

fn undated(answer: &str) -> Vec<&str> {
    answer.lines().filter(|line| !line.starts_with("date: ")).collect()
}

/// The rounds of all servers, each as fast as it can.
fn measured(
    runtime: &Runtime,
    servers: &[(&Server, &'static str)],
    transport: Transport,
    connections: usize,
) -> Vec<Vec<Round>> {
    rounds(servers, |server, request, before| {
        let addresses = &server.addresses;
        let asked =
            client::ask(addresses, transport, connections, request.as_bytes(), ROUND, || before(server));
        runtime.block_on(asked)
    })
}

/// The rounds of all servers, asked at one pace.
fn paced(servers: &[(&Server, &'static str)], transport: Transport) -> Vec<Vec<Round>> {
    rounds(servers, |server, request, before| {
        before(server);
        let (addresses, request) = (&server.addresses, request.as_bytes());
        paced::ask(addresses, transport, PACED_CONNECTIONS, request, PACE, PACED_ROUND)
    })
}

/// All servers in turns, which take turns at going first. `ask` has to say when its clients are about to begin.
fn rounds(
    servers: &[(&Server, &'static str)],
    ask: impl Fn(&Server, &'static str, &mut dyn FnMut(&Server)) -> Asked,
) -> Vec<Vec<Round>> {
    let mut rounds: Vec<Vec<Round>> = servers.iter().map(|_| Vec::new()).collect();
    for turn in 0..servers.len() * ROUNDS {
        let which = (turn + turn / servers.len()) % servers.len();
        let (server, request) = servers[which];
        let mut before = 0.;
        let asked = ask(server, request, &mut |server| before = server.processor_seconds());
        let used = server.processor_seconds() - before;
        let processor_microseconds = used * 1e6 / asked.latencies.len() as f64;
        rounds[which].push(Round { asked, processor_microseconds });
    }
    rounds
}
