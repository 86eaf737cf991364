//! T-73: one mistake, of whatever kind and among however many files, loads nothing, and is told once.

use std::fs;
use std::time::Duration;

use super::{AT_ONCE, SOON, Watched, one_policy, policy, replace, watch_by_events};

const FILES: usize = 100;

/// What is added to a good file; and what is told of it.
const MISTAKES: &[(&str, &str)] = &[
    ("deny orders:close named\n", "expected"),
    ("deny orders:clsoe named two\n", "clsoe"),
    ("deny orders:close named an_allow\n", "an_allow"),
    ("deny orders:close named two to clrek\n", "clrek"),
    ("deny ordres:close named two\n", "ordres"),
    ("deny orders:close named two when subject.level == \"7\"\n", "level"),
    ("deny orders:close named two when now in night\n", "night"),
    ("role clerk { orders:close }\n", "clerk"),
    ("role one : two { orders:read }\nrole two : one { orders:read }\n", "one"),
    ("import shop7x\n", "import"),
    ("deny orders:close named two \u{202e}\n", "U+202E"),
];

fn rules(watched: &Watched) -> usize {
    let bundle = watched.next(SOON).unwrap_or_else(|error| panic!("{error}"));
    bundle.engine.policy().rules.len()
}

#[test]
fn one_mistake_among_a_hundred_files_keeps_the_last_good() {
    let place = tempfile::tempdir().unwrap();
    for number in 0..FILES {
        let name = format!("shop{number}");
        fs::write(place.path().join(format!("{name}.policy")), policy(&name, &["one"])).unwrap();
    }
    let watched = watch_by_events(place.path());
    assert_eq!(rules(&watched), 2 * FILES);
    let file = place.path().join("shop41.policy");
    let good = policy("shop41", &["one"]);
    for (mistake, told) in MISTAKES {
        replace(&file, &format!("{good}{mistake}"));
        watched.complains(told, SOON);
        // What was right all the time stands as it did: nothing of this edit, and nothing of another file's.
        let beside = place.path().join("shop42.policy");
        replace(&beside, &policy("shop42", &["one", "two"]));
        watched.complains(told, SOON);
        replace(&file, &good);
        assert_eq!(rules(&watched), 2 * FILES + 1, "{mistake}");
        replace(&beside, &policy("shop42", &["one"]));
        assert_eq!(rules(&watched), 2 * FILES, "{mistake}");
    }
}

#[test]
fn a_mistake_is_told_once_and_the_last_good_stays() {
    let place = one_policy(&["one"]);
    let path = place.path().join("shop.policy");
    let watched = watch_by_events(place.path());
    watched.publishes(&["an_allow", "one"], SOON);
    fs::write(&path, format!("{}deny orders:clsoe named two\n", policy("shop", &["one"]))).unwrap();
    watched.complains("clsoe", AT_ONCE);
    // The same mistake, saved again, is old news.
    fs::write(&path, format!("{}deny orders:clsoe named two\n", policy("shop", &["one"]))).unwrap();
    watched.stays_silent(Duration::from_millis(1500));
    fs::write(&path, "").unwrap();
    watched.complains("shop.policy` is empty", AT_ONCE);
    fs::write(&path, policy("shop", &["one", "two"])).unwrap();
    watched.publishes(&["an_allow", "one", "two"], AT_ONCE);
}

#[test]
fn a_mistake_that_is_taken_back_is_told_to_be_over() {
    let place = one_policy(&["one"]);
    let path = place.path().join("shop.policy");
    let watched = watch_by_events(place.path());
    let good = watched.publishes(&["an_allow", "one"], SOON);
    replace(&path, "package shop\n");
    watched.complains("no rule and no role", AT_ONCE);
    replace(&path, &policy("shop", &["one"]));
    assert_eq!(watched.publishes(&["an_allow", "one"], AT_ONCE).revision, good.revision);
}
