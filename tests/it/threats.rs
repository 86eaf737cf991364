//! The list of threats: what people send who mean harm, or who made a typing error at night.

mod characters;
mod durations;
mod inputs;
mod matching;
mod outcome;
mod packages;
mod patterns;
mod roles;
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
    let all = inputs::listed()
        .into_iter()
        .take(if std::env::var("ONLY").is_ok() { 0 } else { 999 })
        .chain(packages::multiplied());
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
