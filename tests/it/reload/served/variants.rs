//! What may stand in the directory, and who may do what then: a function of two numbers, not of any engine.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;

use portcullis::bundle;

use crate::reload::configuration;

/// Variants of the one file that stands alone: which of its four actions are allowed are the bits of its number.
pub const PAGES: usize = 1 << PAGE_ACTIONS;
pub const PAGE_ACTIONS: usize = 4;
/// Variants of the two files that are swapped as one.
pub const VOLUMES: usize = 1 << SIDE_ACTIONS;
pub const SIDE_ACTIONS: usize = 3;
pub const SIDES: [&str; 2] = ["left", "right"];

/// Which variants stand there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    pub page: usize,
    pub volume: usize,
}

/// An action on a resource of a type.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    pub resource: &'static str,
    pub action: usize,
}

pub fn questions() -> Vec<Question> {
    let of = |resource, actions| (0..actions).map(move |action| Question { resource, action });
    let sides = SIDES.into_iter().flat_map(|side| of(side, SIDE_ACTIONS));
    of("page", PAGE_ACTIONS).chain(sides).collect()
}

impl Question {
    /// The two sides are each other's opposite, so that half of one volume and half of another shows.
    pub fn is_allowed(self, state: State) -> bool {
        let number = if self.resource == "page" { state.page } else { state.volume };
        (number >> self.action & 1 == 1) != (self.resource == "right")
    }
}

/// A text each prefix of which allows what the whole denies, or is none that was ever put there as a whole.
fn policy(resource: &'static str, actions: usize, state: State, head: &str) -> String {
    let names: Vec<String> = (0..actions).map(|action| format!("a{action}")).collect();
    let mut text = format!("package storm\n{head}resource {resource} {{ actions {} }}\n", names.join(", "));
    let State { page, volume } = state;
    for name in &names {
        writeln!(text, "allow {resource}:{name} named {resource}_{page}_{volume}_allows_{name}").unwrap();
    }
    for action in 0..actions {
        if !(Question { resource, action }).is_allowed(state) {
            writeln!(text, "deny {resource}:a{action} named {resource}_denies_a{action}").unwrap();
        }
    }
    text
}

pub fn page(number: usize) -> String {
    let mut head = "subject user {}\n".to_owned();
    for action in 0..PAGE_ACTIONS {
        writeln!(head, "route GET /pages/{{id}}/a{action} -> page:a{action} on page(id)").unwrap();
    }
    policy("page", PAGE_ACTIONS, State { page: number, volume: 0 }, &head)
}

pub fn side(name: &'static str, volume: usize) -> String {
    policy(name, SIDE_ACTIONS, State { page: 0, volume }, "")
}

/// The revisions that good files make, and none besides.
pub fn revisions() -> HashMap<String, State> {
    let place = tempfile::tempdir().unwrap();
    let mut revisions = HashMap::new();
    for volume in 0..VOLUMES {
        for name in SIDES {
            fs::write(place.path().join(format!("{name}.policy")), side(name, volume)).unwrap();
        }
        for number in 0..PAGES {
            fs::write(place.path().join("page.policy"), page(number)).unwrap();
            let bundle =
                bundle::load(place.path(), &configuration()).unwrap_or_else(|error| panic!("{error}"));
            revisions.insert(bundle.revision.to_string(), State { page: number, volume });
        }
    }
    revisions
}
