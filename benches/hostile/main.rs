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
#[path = "../../tests/it/threats/matching.rs"]
mod matching;
#[path = "../../tests/it/threats/outcome.rs"]
mod outcome;
#[path = "../../tests/it/threats/packages.rs"]
mod packages;

use std::process::ExitCode;

use inputs::{Expected, Hostile};
use outcome::{Became, MEMORY_MAX, Outcome, outcome, printed};
use portcullis::document::Code;
use portcullis::language::syntax::Form;

/// How long a hostile policy set may keep the process busy, and how long a pattern may.
const MILLISECONDS_MAX: f64 = 100.;
const PATTERN_MILLISECONDS_MAX: f64 = 5.;

/// How often each is run; the middle of the times counts.
const ROUNDS: usize = 3;

#[derive(Default)]
struct Tally {
    rows: usize,
    over: usize,
    wrong: usize,
}

impl Tally {
    /// Runs it, prints its row, and says what came of it.
    fn row(&mut self, row: &str, name: &str, most: f64, mut run: impl FnMut() -> Outcome) -> Became {
        let mut rounds = [(); ROUNDS].map(|()| run());
        rounds.sort_by(|one, other| one.milliseconds.total_cmp(&other.milliseconds));
        let Outcome { became, memory, milliseconds } = rounds[ROUNDS / 2];
        let is_over = milliseconds > most || memory > MEMORY_MAX;
        self.rows += 1;
        self.over += usize::from(is_over);
        let (tenths, mark) = (memory * 10 / (1 << 20), if is_over { " (too much)" } else { "" });
        println!("{row}  {milliseconds:7.1}  {:5}.{}  {name}{mark}", tenths / 10, tenths % 10);
        became
    }

    fn expect(&mut self, is_right: bool, became: Became, hostile: &Hostile) {
        if !is_right {
            println!("      expected {:?}, found {became:?}", hostile.expected);
            self.wrong += 1;
        }
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let only = arguments.iter().find(|argument| !argument.starts_with("--")).map_or("", String::as_str);
    let is_strict = arguments.iter().any(|argument| argument == "--strict");
    let mut tally = Tally::default();
    println!("row        ms      MiB  what");
    let listed = inputs::listed().into_iter().chain(further::further()).chain(packages::multiplied());
    for hostile in listed.filter(|hostile| hostile.name.contains(only)) {
        let became = tally.row(hostile.row, &hostile.name, MILLISECONDS_MAX, || outcome(&hostile));
        tally.expect(became == Became::AsExpected, became, &hostile);
        for to in [Form::Policy, Form::Yaml].into_iter().filter(|_| hostile.expected == Expected::Loads) {
            let name = format!("{}: `fmt --to {to:?}`", hostile.name);
            let became = tally.row(hostile.row, &name, MILLISECONDS_MAX, || printed(&hostile, to));
            // The other form may have no place for a comment, or no room for so much.
            let is_told = matches!(became, Became::Otherwise(Some((Code::Unprintable, ..))));
            let is_right = became == Became::AsExpected || is_told;
            tally.expect(is_right, became, &hostile);
        }
    }
    for matching in matching::matchings().into_iter().filter(|matching| matching.name.contains(only)) {
        tally.row("T-53", &matching.name, PATTERN_MILLISECONDS_MAX, || matching.outcome());
    }
    let Tally { rows, over, wrong } = tally;
    println!("{rows} rows; {over} took more than they may, {wrong} became what they should not");
    if wrong > 0 || is_strict && over > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
