//! How soon a change is heard of, on a machine that has other work to do.

use std::fs;
use std::time::{Duration, Instant};

use super::{SOON, one_policy, policy, watch_by_events};

/// What two looks a second apart take at least.
const TWO_LOOKS: Duration = Duration::from_secs(1);

/// The quickest of several edits, because other tests run beside this one.
#[test]
fn a_closed_file_needs_no_second_look() {
    let place = one_policy(&["none"]);
    let watched = watch_by_events(place.path());
    watched.publishes(&["an_allow", "none"], SOON);
    let took = ["one", "two", "three", "four", "five"].map(|deny| {
        let start = Instant::now();
        fs::write(place.path().join("shop.policy"), policy("shop", &[deny])).unwrap();
        let mut rules = ["an_allow", deny];
        rules.sort_unstable();
        watched.publishes(&rules, SOON);
        start.elapsed()
    });
    assert!(took.into_iter().min().unwrap() < TWO_LOOKS, "{took:?}");
}
