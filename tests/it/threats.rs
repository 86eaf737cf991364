//! The list of threats: what people send who mean harm, or who made a typing error at night.

mod inputs;
mod outcome;

use inputs::Hostile;
use outcome::{Became, MEMORY_MAX, Outcome, outcome};

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
    let wrong: Vec<String> = inputs::listed().iter().filter_map(wrong).collect();
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}
