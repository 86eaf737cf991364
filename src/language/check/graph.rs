//! Orders and circles among things that name each other.

use crate::model::limits::PROBLEMS_MAX;

/// Each thing after all it leads to, and the circles that stand in the way of such an order.
pub(super) struct Order {
    pub(super) order: Vec<usize>,
    /// Each as its members in the order in which they lead on to each other; the first ones, if there are many.
    pub(super) circles: Vec<Vec<usize>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    /// On the way that is being followed, at this place of it.
    Open(usize),
    Done,
}

/// Follows `edges` from everything, without recursion.
pub(super) fn order(edges: &[Vec<usize>]) -> Order {
    let mut states = vec![State::New; edges.len()];
    let mut found = Order { order: Vec::with_capacity(edges.len()), circles: Vec::new() };
    for start in 0..edges.len() {
        if states.get(start) == Some(&State::New) {
            follow(start, edges, &mut states, &mut found);
        }
    }
    found
}

fn follow(start: usize, edges: &[Vec<usize>], states: &mut [State], found: &mut Order) {
    // Each step: the thing, and how many of its edges have been looked at.
    let mut way = vec![(start, 0)];
    set(states, start, State::Open(0));
    while let Some((at, looked_at)) = way.last_mut() {
        let (at, edge) = (*at, edges.get(*at).and_then(|edges| edges.get(*looked_at)));
        *looked_at += 1;
        let Some(&next) = edge else {
            set(states, at, State::Done);
            found.order.push(at);
            way.pop();
            continue;
        };
        match states.get(next) {
            Some(State::New) => {
                set(states, next, State::Open(way.len()));
                way.push((next, 0));
            }
            Some(State::Open(from)) if found.circles.len() < PROBLEMS_MAX => {
                found.circles.push(way.iter().skip(*from).map(|(thing, _)| *thing).collect());
            }
            Some(State::Open(_) | State::Done) | None => {}
        }
    }
}

fn set(states: &mut [State], at: usize, state: State) {
    if let Some(slot) = states.get_mut(at) {
        *slot = state;
    }
}
