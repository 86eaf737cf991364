//! A directory with a `bundle.yaml`: edits across files take effect together, whatever the order they arrive in.

use super::*;

/// One state of a directory with three policies, each of which names the state in its rule, and facts.
fn state(number: usize) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = ["a", "b", "c"]
        .into_iter()
        .map(|name| (format!("{name}.policy"), policy(name, &[&format!("state{number}")])))
        .collect();
    files.push((
        "facts.yaml".to_owned(),
        format!("package: a\nsubjects: {{ user: {{ u{number}: {{}} }} }}\n"),
    ));
    files
}

/// The `bundle.yaml` of a state, made elsewhere.
fn listed(number: usize) -> String {
    let files = state(number);
    let place =
        directory(&files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect::<Vec<_>>());
    let (_, manifest) = bundle::load_to_list(place.path(), &configuration()).unwrap();
    manifest.write(place.path()).unwrap();
    fs::read_to_string(place.path().join("bundle.yaml")).unwrap()
}

fn place_with_list() -> tempfile::TempDir {
    let place = directory(&[("bundle.yaml", &listed(0))]);
    for (name, text) in state(0) {
        fs::write(place.path().join(name), text).unwrap();
    }
    place
}

fn whole(number: usize) -> [String; 6] {
    let last = format!("state{number}");
    let allow = || "an_allow".to_owned();
    [allow(), last.clone(), allow(), last.clone(), allow(), last]
}

#[track_caller]
fn publishes_whole(watched: &Watched, number: usize, within: Duration) {
    let whole = whole(number);
    watched.publishes(&whole.each_ref().map(String::as_str), within);
}

#[test]
fn nothing_counts_before_everything_is_there() {
    let place = place_with_list();
    let watched = watch_by_events(place.path());
    publishes_whole(&watched, 0, SOON);
    for (name, text) in state(1) {
        fs::write(place.path().join(name), text).unwrap();
        watched.stays_silent(Duration::from_millis(500));
    }
    fs::write(place.path().join("bundle.yaml"), listed(1)).unwrap();
    publishes_whole(&watched, 1, AT_ONCE);
    watched.stays_silent(Duration::from_millis(3500));
}

#[test]
fn the_list_may_come_first_and_by_polling_alone() {
    let place = place_with_list();
    let watched = watch(place.path(), Duration::from_millis(50), SystemEvents::Off);
    publishes_whole(&watched, 0, SOON);
    fs::write(place.path().join("bundle.yaml"), listed(1)).unwrap();
    thread::sleep(Duration::from_millis(1500));
    for (name, text) in state(1) {
        fs::write(place.path().join(name), text).unwrap();
    }
    // No two looks have to agree: the hashes do.
    publishes_whole(&watched, 1, AT_ONCE);
}

#[test]
fn a_difference_is_told_once_and_the_last_good_stays_until_it_is_gone() {
    let place = place_with_list();
    let watched = watch_by_events(place.path());
    publishes_whole(&watched, 0, SOON);
    fs::write(place.path().join("b.policy"), policy("b", &["another"])).unwrap();
    watched.complains("b.policy` is not the file that is listed", SOON);
    watched.stays_silent(Duration::from_millis(3500));
    fs::write(place.path().join("d.policy"), policy("d", &["more"])).unwrap();
    watched.complains("d.policy` is not listed", SOON);
    fs::remove_file(place.path().join("d.policy")).unwrap();
    fs::write(place.path().join("b.policy"), &state(0)[1].1).unwrap();
    publishes_whole(&watched, 0, SOON);
}

#[test]
fn without_its_list_a_directory_is_one_like_any_other() {
    let place = place_with_list();
    let watched = watch_by_events(place.path());
    publishes_whole(&watched, 0, SOON);
    fs::remove_file(place.path().join("bundle.yaml")).unwrap();
    thread::sleep(Duration::from_secs(3));
    fs::remove_file(place.path().join("a.policy")).unwrap();
    fs::remove_file(place.path().join("facts.yaml")).unwrap();
    watched.publishes(&["an_allow", "state0", "an_allow", "state0"], SOON);
}

#[test]
fn half_a_list_is_not_believed() {
    let place = place_with_list();
    let watched = watch_by_events(place.path());
    publishes_whole(&watched, 0, SOON);
    // It lists what is there so far: the last policy has not arrived.
    let text = listed(0);
    let (half, rest) = text.split_once("  c.policy").unwrap();
    fs::remove_file(place.path().join("c.policy")).unwrap();
    fs::remove_file(place.path().join("facts.yaml")).unwrap();
    let mut file = File::create(place.path().join("bundle.yaml")).unwrap();
    file.write_all(half.as_bytes()).unwrap();
    watched.stays_silent(Duration::from_millis(1500));
    file.write_all(format!("  c.policy{rest}").as_bytes()).unwrap();
    drop(file);
    watched.complains("`c.policy` is listed, but is not there", SOON);
}

#[test]
fn of_many_edits_in_any_order_only_whole_ones_are_seen() {
    const ROUNDS: usize = 40;
    let place = place_with_list();
    let watched = watch(place.path(), Duration::from_millis(5), SystemEvents::On);
    publishes_whole(&watched, 0, SOON);
    for round in 1..=ROUNDS {
        let mut files = state(round);
        files.push(("bundle.yaml".to_owned(), listed(round)));
        files.rotate_left(round % 5);
        for (name, text) in files {
            let (half, rest) = text.split_at(text.len() / 2);
            let mut file = File::create(place.path().join(name)).unwrap();
            file.write_all(half.as_bytes()).unwrap();
            thread::sleep(Duration::from_millis(round as u64 % 4 * 3));
            file.write_all(rest.as_bytes()).unwrap();
        }
        thread::sleep(Duration::from_millis(round as u64 % 3 * 30));
    }
    let mut seen = 0;
    loop {
        let bundle = watched.next(SOON).unwrap_or_else(|error| panic!("{error}"));
        let names = names(&bundle);
        let number = names[1].strip_prefix("state").unwrap().parse().unwrap();
        assert_eq!(names, whole(number));
        seen += 1;
        if number == ROUNDS {
            break;
        }
    }
    assert!(seen > 3, "{seen} revisions");
}
