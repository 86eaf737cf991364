//! What becomes of policies that mean harm, how long that takes and how much memory: `cargo bench --bench hostile`.
//!
//! Behind `--`, a word says which to run, and `--strict` makes it fail where one takes longer or more than it may.

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "the inputs are those of the tests"
)]

#[path = "../../tests/it/threats/further.rs"]
mod further;
#[path = "../../tests/it/threats/inputs.rs"]
mod inputs;
#[path = "../../tests/it/threats/outcome.rs"]
mod outcome;

use std::process::ExitCode;

use outcome::{Became, MEMORY_MAX, outcome};

/// How long a hostile policy set may keep the process busy.
const MILLISECONDS_MAX: f64 = 100.;

/// How often each is run; the middle of the times counts.
const ROUNDS: usize = 3;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let only = arguments.iter().find(|argument| !argument.starts_with("--")).map_or("", String::as_str);
    let is_strict = arguments.iter().any(|argument| argument == "--strict");
    let (mut wrong, mut over) = (0, 0);
    println!("row        ms      MiB  what");
    for hostile in inputs::listed().into_iter().chain(further::further()) {
        if !hostile.name.contains(only) {
            continue;
        }
        let mut rounds = [(); ROUNDS].map(|()| outcome(&hostile));
        rounds.sort_by(|one, other| one.milliseconds.total_cmp(&other.milliseconds));
        let found = rounds[ROUNDS / 2];
        let is_over = found.milliseconds > MILLISECONDS_MAX || found.memory > MEMORY_MAX;
        over += usize::from(is_over);
        let tenths = found.memory * 10 / (1 << 20);
        println!(
            "{}  {:7.1}  {:5}.{}  {}{}",
            hostile.row,
            found.milliseconds,
            tenths / 10,
            tenths % 10,
            hostile.name,
            if is_over { " (too much)" } else { "" }
        );
        if let Became::Otherwise(instead) = found.became {
            println!("      expected {:?}, found {instead:?}", hostile.expected);
            wrong += 1;
        }
    }
    println!("{over} over {MILLISECONDS_MAX} ms or {} MiB, {wrong} not as expected", MEMORY_MAX >> 20);
    if wrong > 0 || is_strict && over > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
