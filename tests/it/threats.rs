//! The list of threats: what people send who mean harm, or who made a typing error at night.
//!
//! Here is what reaches the language. What reaches a socket, a watched directory or a clock is tested beside what it is
//! sent to:
//!
//! | row | what | where |
//! | --- | --- | --- |
//! | T-01 to T-27, T-29 to T-33 | paths, hosts, methods, forwarded headers, identities, through every endpoint of proxies | `server::dialects`, `server::grpc::table`, and with real proxies `proxies`; without their guards `server::dialects::guards` |
//! | T-28 | networks with bits too many | `server::dialects::guards`, and the diagnostics of the language |
//! | T-34, T-35, T-36 | heads and chunks that can be read in two ways, or are too large, and trailers | `server::gate` at every endpoint, there also without their guards; `server::bodies`, the same over HTTP/2 and by calls of gRPC; the tables of `src/server/{head,strict}_tests.rs` |
//! | T-37, T-38 | large, endless and slow bodies, slow heads, idle connections, answers that nobody takes | `server::bodies` and `server::slow` at every endpoint, there also without their guards; `server::transport`, `server::http2`, `src/server/strict_tests.rs` |
//! | T-39 | floods over HTTP/2, with TLS and without, for every endpoint | `server::http2::floods`, there also without their guards |
//! | T-40 | calls of gRPC that can't be read, or say nothing | `server::grpc::hostile`, and without their guards `server::grpc::guards`; `src/server/tests/calls.rs` |
//! | T-41 | more connections than files, and what is no TLS | `serve::connections_beyond_its_files_wait_and_end_nothing`, `serve::a_crowd_of_broken_handshakes_beyond_its_files_ends_nothing`, `server::tls::rude`; without their guards `server::crowds::guards` |
//! | T-42 | all connections from one peer | `server::crowds`, there also without the guard, `server::tls::rude::one_peer_leaves_room_for_the_others`, `src/server/slots_tests.rs` |
//! | T-44 | words of requests in the labels of metrics | `server::labels`, there also without the guard |
//! | T-45, T-46, T-47 | members given twice, numbers, depth, and what is no JSON | `src/server/json_tests.rs`, `server::evaluation` |
//! | T-48 | one type for another | `server::values`: every row of the reference's table |
//! | T-49, T-50 | YAML bombs, and YAML that readers disagree about | `forms::threats` |
//! | T-69 | a swap of the World during a request | `src/server/tests/stages.rs`, `reload::storm` |
//! | T-70 | the wrong method or content type | `server::evaluation`, `server::evaluations` |
//! | T-71 | bad, many and too many items of a batch | `server::evaluations` |
//! | T-72 | nothing to decide by | `serve::until_there_is_a_policy_everything_is_denied`, `src/bundle/{scan,load}_tests.rs` |
//! | T-73 | mistakes in a reload | `reload::mistakes`, `serve` |
//! | T-74 | half-written files | `reload`, `src/bundle/settle_tests.rs` |
//! | T-75 | swapped volumes, links, FIFOs, devices | `reload`, `reload::storm`, `src/bundle/scan_tests.rs` |
//! | T-76 | no watches to be had, directories that go and come | `src/bundle/watch_tests.rs`, `reload` |
//! | T-78 | an error, a panic, a delay, a caller that goes, at every stage | `src/server/tests/stages.rs` |
//! | T-79 | the process dies | `serve::without_memory_it_ends_and_allows_nothing`, `nginx::process` |
//! | T-81 | clocks that skip and repeat | `time`, and every change of every zone in `horizons` |
//! | T-82 | instants that are none | `time`, `src/model/instant/tests.rs` |
//! | T-83 | other rules for time zones | compiled in, and part of every revision: `src/bundle/load_tests.rs` |
//!
//! That a guard can be taken out to show that a row fails without it, and of which builds: `sabotage`.

mod characters;
mod durations;
mod inputs;
mod matching;
mod outcome;
mod packages;
mod patterns;
mod roles;
mod time;
mod told;
mod unknowns;

use inputs::{Expected, Hostile};
use outcome::{Became, MEMORY_MAX, Outcome, outcome, printed};
use portcullis::document::Code;
use portcullis::language::syntax::Form;

#[test]
fn hostile_policies_are_refused_with_their_place() {
    let wrong = |hostile: &Hostile| {
        let Outcome { became, memory, milliseconds } = outcome(hostile);
        let is_right = became == Became::AsExpected && memory <= MEMORY_MAX;
        (!is_right).then(|| {
            let Hostile { row, name, expected, .. } = hostile;
            format!("{row} {name}: {became:?}, not {expected:?}; {memory} bytes, {milliseconds} ms")
        })
    };
    let all = inputs::listed().into_iter().chain(packages::multiplied());
    let wrong: Vec<String> = all.filter_map(|hostile| wrong(&hostile)).collect();
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

/// What loads is laid out in either form; but YAML has no place for a comment inside of a condition.
#[test]
fn hostile_policies_that_load_are_printed() {
    let mut wrong = Vec::new();
    for hostile in inputs::listed() {
        for to in [Form::Policy, Form::Yaml].into_iter().filter(|_| hostile.expected == Expected::Loads) {
            let expected = if to == Form::Yaml && hostile.name.contains("comment") {
                Became::Otherwise(Some((Code::Unprintable, 0, 2, 39)))
            } else {
                Became::AsExpected
            };
            let Outcome { became, memory, .. } = printed(&hostile, to);
            if became != expected || memory > MEMORY_MAX {
                wrong.push(format!("{} to {to:?}: {became:?}, {memory} bytes", hostile.name));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}
