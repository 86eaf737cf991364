//! Portcullis under load, beside a server that is nothing but hyper: `cargo bench --bench load`.
//!
//! Each is a process of its own, asked by the same clients in turns. Those two are asked with the same bytes and answer the
//! same bytes; Cerbos, where there is one, is asked in its own words. What counts are the ratios: the clients take a
//! processor too. Words behind `--` choose rows (`unix`, `authz`, `64`).

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]
#![expect(clippy::expect_used, reason = "a run whose servers fail has nothing to measure")]
#![expect(clippy::indexing_slicing, clippy::cast_precision_loss, reason = "the sizes are small and known")]

mod bare;
mod cerbos;
mod client;
mod servers;

use std::fs;
use std::time::Duration;

use client::{Asked, Transport};
use servers::Server;
use tokio::runtime::{self, Runtime};

const CONNECTIONS: [usize; 4] = [1, 16, 64, 256];
/// An odd number: the middle counts.
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_millis(500);

/// Dan, a data scientist, reads a set of data: allowed at any hour, and decided anew each time, because it is cheaper
/// than the cache.
const QUESTIONS: [(&str, &str); 2] = [
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
];

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
    let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let directory = tempfile::tempdir().expect("a directory");
    let portcullis = Server::portcullis(directory.path());
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
    println!(
        "\n{:4}  {:21}  {:>5}  {:10}  {:>6}  {:>5}  {:>7}  {:>7}  {:>7}  {:>6}  {:>5}  {:>5}",
        "", "", "conns", "", "req/s", "ratio", "p50 us", "p99", "p99.9", "CPU us", "ratio", "MiB"
    );
    for transport in [Transport::Tcp, Transport::Unix] {
        for (path, request) in QUESTIONS {
            for connections in CONNECTIONS {
                let name =
                    format!("{:4}  {path:21}  {connections:5}", format!("{transport:?}").to_lowercase());
                if words.iter().all(|word| name.split([' ', '/']).any(|part| part == *word)) {
                    let asked: Vec<_> = servers
                        .iter()
                        .filter_map(|server| Some((*server, asked_of(server, transport, path, request)?)))
                        .collect();
                    row(&name, &asked, &measured(&runtime, &asked, transport, connections));
                }
            }
        }
    }
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

/// The rounds of all servers, which take turns at going first.
fn measured(
    runtime: &Runtime,
    servers: &[(&Server, &'static str)],
    transport: Transport,
    connections: usize,
) -> Vec<Vec<Round>> {
    let mut rounds: Vec<Vec<Round>> = servers.iter().map(|_| Vec::new()).collect();
    for turn in 0..servers.len() * ROUNDS {
        let which = (turn + turn / servers.len()) % servers.len();
        let (server, request) = servers[which];
        let mut before = 0.;
        let asked = runtime.block_on(client::ask(
            &server.addresses,
            transport,
            connections,
            request.as_bytes(),
            ROUND,
            || before = server.processor_seconds(),
        ));
        let used = server.processor_seconds() - before;
        let processor_microseconds = used * 1e6 / asked.latencies.len() as f64;
        rounds[which].push(Round { asked, processor_microseconds });
    }
    rounds
}

fn row(name: &str, servers: &[(&Server, &str)], rounds: &[Vec<Round>]) {
    let bare = &rounds[0];
    for ((server, _), rounds) in servers.iter().zip(rounds) {
        let middle = |figure: &dyn Fn(&Round) -> f64| median(rounds.iter().map(figure).collect());
        // Each round beside the other server's next to it, so that what else the machine does concerns both.
        let ratio = |figure: &dyn Fn(&Round) -> f64| {
            median(rounds.iter().zip(bare).map(|(one, bare)| figure(one) / figure(bare)).collect())
        };
        println!(
            "{name}  {:10}  {:6.0}  {:5.2}  {:7.0}  {:7.0}  {:7.0}  {:6.1}  {:5.2}  {:5.1}",
            server.name,
            middle(&|round| round.asked.per_second()),
            ratio(&|round| round.asked.per_second()),
            middle(&|round| round.asked.microseconds_of(500)),
            middle(&|round| round.asked.microseconds_of(990)),
            middle(&|round| round.asked.microseconds_of(999)),
            middle(&|round| round.processor_microseconds),
            ratio(&|round| round.processor_microseconds),
            server.resident(),
        );
    }
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}
