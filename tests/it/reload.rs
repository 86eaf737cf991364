//! Policies that change while somebody watches: real directories, real clocks, real inotify.

mod listed;
mod mistakes;
mod served;
mod soon;
mod storm;

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use portcullis::bundle::{self, Bundle, Configuration, LoadError, SystemEvents, Tests, Watch, WatchOptions};

/// A directory being watched, and what came of it.
struct Watched {
    loads: Receiver<Result<Bundle, LoadError>>,
    _watch: Watch,
}

/// So long that nothing is found by polling within a test.
const RARELY: Duration = Duration::from_secs(600);
/// Events tell at once; how late a busy machine hears of it is not what these tests are about. The next poll is far off, so
/// that within this time nothing else can have told.
const AT_ONCE: Duration = SOON;
const SOON: Duration = Duration::from_secs(20);

fn watch(directory: &Path, poll: Duration, events: SystemEvents) -> Watched {
    let (sender, loads) = channel();
    let told = move |loaded| {
        // The test may have ended.
        let _ = sender.send(loaded);
    };
    let options = WatchOptions { poll, events, configuration: configuration(), tests: Tests::Readable };
    let watch = bundle::watch(directory, options, told).unwrap();
    Watched { loads, _watch: watch }
}

fn watch_by_events(directory: &Path) -> Watched {
    watch(directory, RARELY, SystemEvents::On)
}

fn configuration() -> Configuration {
    Configuration { subject_type: "user".to_owned(), understood_obligations: Vec::new() }
}

impl Watched {
    fn next(&self, within: Duration) -> Result<Bundle, LoadError> {
        self.loads.recv_timeout(within).expect("nothing was published in time")
    }

    #[track_caller]
    fn publishes(&self, rules: &[&str], within: Duration) -> Bundle {
        let bundle = self.next(within).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(names(&bundle), rules);
        bundle
    }

    #[track_caller]
    fn complains(&self, of: &str, within: Duration) {
        match self.next(within) {
            Ok(bundle) => panic!("{:?} was published", names(&bundle)),
            Err(error) => assert!(error.to_string().contains(of), "{error}"),
        }
    }

    #[track_caller]
    fn stays_silent(&self, during: Duration) {
        match self.loads.recv_timeout(during) {
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => panic!("the watching thread has ended"),
            Ok(Ok(bundle)) => panic!("{:?} was published", names(&bundle)),
            Ok(Err(error)) => panic!("{error}"),
        }
    }
}

fn names(bundle: &Bundle) -> Vec<&'static str> {
    bundle.engine.policy().rules.rows().map(|rule| rule.name.text()).collect()
}

/// A policy of package `name` with these denies at its end; each prefix that ends with a line is a valid policy.
fn policy(name: &str, denies: &[&str]) -> String {
    let denies: Vec<String> =
        denies.iter().map(|deny| format!("deny orders:close named {deny} to clerk\n")).collect();
    format!(
        "package {name}\nsubject user {{ level: int }}\nresource orders {{ actions read, close }}\n\
         role clerk {{ orders:read }}\nallow orders:close named an_allow to clerk\n{}",
        denies.concat()
    )
}

fn directory(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(directory.path().join(name), text).unwrap();
    }
    directory
}

fn one_policy(denies: &[&str]) -> tempfile::TempDir {
    directory(&[("shop.policy", &policy("shop", denies))])
}

/// Writes beside it and renames over it, as careful programs do.
fn replace(path: &Path, text: &str) {
    let beside = path.with_extension("new");
    fs::write(&beside, text).unwrap();
    fs::rename(beside, path).unwrap();
}

#[test]
fn a_changed_file_takes_effect_when_it_is_closed() {
    let place = one_policy(&["one"]);
    let watched = watch_by_events(place.path());
    let before = watched.publishes(&["an_allow", "one"], SOON);
    fs::write(place.path().join("shop.policy"), policy("shop", &["one", "two"])).unwrap();
    let after = watched.publishes(&["an_allow", "one", "two"], AT_ONCE);
    assert_ne!(before.revision, after.revision);
    // Back again is the same revision again.
    fs::write(place.path().join("shop.policy"), policy("shop", &["one"])).unwrap();
    assert_eq!(watched.publishes(&["an_allow", "one"], AT_ONCE).revision, before.revision);
    watched.stays_silent(Duration::from_millis(1500));
}

#[test]
fn the_same_content_written_again_is_no_change() {
    let place = one_policy(&["one"]);
    let watched = watch_by_events(place.path());
    watched.publishes(&["an_allow", "one"], SOON);
    fs::write(place.path().join("shop.policy"), policy("shop", &["one"])).unwrap();
    replace(&place.path().join("shop.policy"), &policy("shop", &["one"]));
    watched.stays_silent(Duration::from_millis(1500));
}

#[test]
fn an_editor_that_renames_is_followed_at_once() {
    let place = one_policy(&["one"]);
    let path = place.path().join("shop.policy");
    let watched = watch_by_events(place.path());
    watched.publishes(&["an_allow", "one"], SOON);
    replace(&path, &policy("shop", &["two"]));
    watched.publishes(&["an_allow", "two"], AT_ONCE);

    // vim with 'backup': the original away, a new file in its place, the backup deleted.
    let backup = place.path().join("shop.policy~");
    fs::rename(&path, &backup).unwrap();
    thread::sleep(Duration::from_millis(300));
    fs::write(&path, policy("shop", &["three"])).unwrap();
    fs::remove_file(backup).unwrap();
    watched.publishes(&["an_allow", "three"], AT_ONCE);
    watched.stays_silent(Duration::from_millis(2500));
}

#[test]
fn a_file_that_is_renamed_stands_once() {
    let place = one_policy(&["one"]);
    let watched = watch_by_events(place.path());
    watched.publishes(&["an_allow", "one"], SOON);
    fs::rename(place.path().join("shop.policy"), place.path().join("store.policy")).unwrap();
    watched.publishes(&["an_allow", "one"], AT_ONCE);
    watched.stays_silent(Duration::from_millis(2500));
}

#[test]
fn a_new_file_joins_and_a_deleted_one_leaves_after_two_seconds() {
    let place = one_policy(&["one"]);
    let watched = watch_by_events(place.path());
    watched.publishes(&["an_allow", "one"], SOON);
    fs::write(place.path().join("zoo.policy"), policy("zoo", &["two"])).unwrap();
    watched.publishes(&["an_allow", "one", "an_allow", "two"], AT_ONCE);
    fs::remove_file(place.path().join("zoo.policy")).unwrap();
    let deleted = Instant::now();
    watched.publishes(&["an_allow", "one"], SOON);
    assert!(deleted.elapsed() >= Duration::from_secs(2), "{:?}", deleted.elapsed());
}

#[test]
fn a_new_sub_directory_is_watched_too() {
    let place = one_policy(&["one"]);
    let watched = watch_by_events(place.path());
    watched.publishes(&["an_allow", "one"], SOON);
    let team = place.path().join("team");
    fs::create_dir(&team).unwrap();
    fs::write(team.join("zoo.policy"), policy("zoo", &["two"])).unwrap();
    watched.publishes(&["an_allow", "one", "an_allow", "two"], SOON);
    fs::write(team.join("zoo.policy"), policy("zoo", &["three"])).unwrap();
    watched.publishes(&["an_allow", "one", "an_allow", "three"], AT_ONCE);
}

/// What Kubernetes does to a mounted `ConfigMap`: a new directory, and a link that is renamed over the old one.
fn swap(place: &Path, version: u32) {
    let new = place.join(format!("..v{version}"));
    fs::create_dir(&new).unwrap();
    for name in ["a", "b"] {
        let rule = format!("{name}_{version}");
        fs::write(new.join(format!("{name}.policy")), policy(name, &[rule.as_str()])).unwrap();
    }
    let old = fs::read_link(place.join("..data")).ok();
    symlink(format!("..v{version}"), place.join("..data_tmp")).unwrap();
    fs::rename(place.join("..data_tmp"), place.join("..data")).unwrap();
    if let Some(old) = old {
        fs::remove_dir_all(place.join(old)).unwrap();
    }
}

fn version(bundle: &Bundle, package: &str) -> u32 {
    let prefix = format!("{package}_");
    let rule = names(bundle).into_iter().find(|name| name.starts_with(&prefix)).unwrap();
    rule.trim_start_matches(&prefix).parse().unwrap()
}

#[test]
fn a_kubernetes_volume_changes_as_a_whole() {
    const SWAPS: u32 = 40;
    let place = directory(&[]);
    swap(place.path(), 0);
    for name in ["a.policy", "b.policy"] {
        symlink(format!("..data/{name}"), place.path().join(name)).unwrap();
    }
    let watched = watch_by_events(place.path());
    watched.publishes(&["a_0", "an_allow", "an_allow", "b_0"], SOON);
    for number in 1..=SWAPS {
        swap(place.path(), number);
        thread::sleep(Duration::from_millis(u64::from(number % 4) * 50));
    }
    let mut last = 0;
    while last < SWAPS {
        let bundle = watched.next(SOON).unwrap_or_else(|error| panic!("{error}"));
        let (a, b) = (version(&bundle, "a"), version(&bundle, "b"));
        assert_eq!(a, b, "half of one volume and half of another");
        assert!(a > last, "{a} after {last}");
        last = a;
    }
}

#[test]
fn a_directory_that_is_itself_a_link_is_swapped_at_once() {
    let place = directory(&[]);
    for (release, denies) in [("1", ["one"]), ("2", ["two"])] {
        fs::create_dir(place.path().join(release)).unwrap();
        fs::write(place.path().join(release).join("shop.policy"), policy("shop", &denies)).unwrap();
    }
    let current = place.path().join("current");
    symlink("1", &current).unwrap();
    let watched = watch_by_events(&current);
    watched.publishes(&["an_allow", "one"], SOON);
    symlink("2", place.path().join("next")).unwrap();
    fs::rename(place.path().join("next"), &current).unwrap();
    watched.publishes(&["an_allow", "two"], AT_ONCE);
    fs::write(place.path().join("2/shop.policy"), policy("shop", &["three"])).unwrap();
    watched.publishes(&["an_allow", "three"], AT_ONCE);
}

/// Writes a byte at a time, and where the text so far is a policy without its denies it rests.
fn write_slowly(path: &Path, text: &str, rest: Duration) {
    let mut file = OpenOptions::new().write(true).truncate(true).create(true).open(path).unwrap();
    let whole_without_denies = text.find("deny ").unwrap();
    for (at, byte) in text.bytes().enumerate() {
        if at == whole_without_denies {
            thread::sleep(rest);
        }
        file.write_all(&[byte]).unwrap();
        thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn half_a_file_is_never_published_however_long_its_writer_rests() {
    let place = one_policy(&["one", "two"]);
    let path = place.path().join("shop.policy");
    // Polled too, and often: polling must not believe what an open writer has left so far.
    let watched = watch(place.path(), Duration::from_millis(100), SystemEvents::On);
    watched.publishes(&["an_allow", "one", "two"], SOON);
    write_slowly(&path, &policy("shop", &["one", "two", "xxx"]), Duration::from_millis(3500));
    // The first thing that is heard of, mistakes included, is the whole.
    watched.publishes(&["an_allow", "one", "two", "xxx"], AT_ONCE);
}

#[test]
fn files_rewritten_in_place_again_and_again_are_only_seen_whole() {
    let place = one_policy(&["one", "two"]);
    let path = place.path().join("shop.policy");
    // Looks at every event, and without any every few milliseconds besides: as many chances to see half as there are.
    let watched = watch(place.path(), Duration::from_millis(5), SystemEvents::On);
    for round in 0..60 {
        let last = format!("xxx{round}");
        let text = policy("shop", &["one", "two", &last]);
        let (prefix, denies) = text.split_at(text.find("deny ").unwrap());
        let mut file = File::create(&path).unwrap();
        file.write_all(prefix.as_bytes()).unwrap();
        thread::sleep(Duration::from_millis(round % 7 * 6));
        file.write_all(denies.as_bytes()).unwrap();
        drop(file);
        thread::sleep(Duration::from_millis(round % 5 * 12));
    }
    let mut seen = 0;
    loop {
        let Ok(bundle) = watched.next(SOON) else { continue }; // An empty file may be complained of meanwhile.
        let names = names(&bundle);
        assert_eq!(names.get(..3), Some(&["an_allow", "one", "two"][..]), "{names:?}");
        seen += 1;
        if names.contains(&"xxx59") {
            break;
        }
    }
    assert!(seen > 5, "{seen} revisions");
}

#[test]
fn half_a_file_is_never_published_by_polling_alone() {
    let place = one_policy(&["one", "two"]);
    let path = place.path().join("shop.policy");
    let watched = watch(place.path(), Duration::from_millis(50), SystemEvents::Off);
    watched.publishes(&["an_allow", "one", "two"], SOON);
    write_slowly(&path, &policy("shop", &["one", "two", "xxx"]), Duration::from_millis(300));
    let closed = Instant::now();
    watched.publishes(&["an_allow", "one", "two", "xxx"], SOON);
    assert!(
        closed.elapsed() > Duration::from_millis(800),
        "two looks a second apart: {:?}",
        closed.elapsed()
    );
}

#[test]
fn a_file_that_is_being_written_at_the_start_is_waited_for() {
    let place = directory(&[]);
    let path = place.path().join("shop.policy");
    let text = policy("shop", &["one", "two"]);
    let (prefix, denies) = text.split_at(text.find("deny ").unwrap());
    let mut file = File::create(&path).unwrap();
    file.write_all(prefix.as_bytes()).unwrap();
    let watched = watch_by_events(place.path());
    thread::sleep(Duration::from_millis(400));
    file.write_all(denies.as_bytes()).unwrap();
    drop(file);
    watched.publishes(&["an_allow", "one", "two"], SOON);
}

#[test]
fn a_file_that_is_truncated_and_then_written_is_never_empty() {
    let place = one_policy(&["one"]);
    let path = place.path().join("shop.policy");
    let watched = watch_by_events(place.path());
    watched.publishes(&["an_allow", "one"], SOON);
    let mut file = OpenOptions::new().write(true).truncate(true).open(&path).unwrap();
    thread::sleep(Duration::from_millis(1500));
    file.write_all(policy("shop", &["two"]).as_bytes()).unwrap();
    drop(file);
    watched.publishes(&["an_allow", "two"], AT_ONCE);
}

#[test]
fn a_file_that_stops_being_one_is_told_of_and_the_last_good_stays() {
    let place = one_policy(&["one"]);
    let path = place.path().join("shop.policy");
    let watched = watch_by_events(place.path());
    watched.publishes(&["an_allow", "one"], SOON);

    fs::remove_file(&path).unwrap();
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    watched.complains("is a FIFO", SOON);
    replace(&path, &policy("shop", &["two"]));
    watched.publishes(&["an_allow", "two"], AT_ONCE);

    fs::remove_file(&path).unwrap();
    symlink("shop.policy", &path).unwrap();
    watched.complains("leads back to itself", SOON);
    replace(&path, &policy("shop", &["three"]));
    watched.publishes(&["an_allow", "three"], AT_ONCE);

    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    watched.complains("is a directory", SOON);
}

#[test]
fn a_directory_that_is_deleted_and_made_again_is_watched_again() {
    let place = directory(&[]);
    let policies = place.path().join("policies");
    let fill = |denies: &[&str]| {
        fs::create_dir(&policies).unwrap();
        fs::write(policies.join("shop.policy"), policy("shop", denies)).unwrap();
    };
    fill(&["one"]);
    let watched = watch_by_events(&policies);
    watched.publishes(&["an_allow", "one"], SOON);
    fs::remove_dir_all(&policies).unwrap();
    watched.complains("does not exist", SOON);
    fill(&["two"]);
    watched.publishes(&["an_allow", "two"], SOON);
    // By event, so the new directory is the one being watched.
    thread::sleep(Duration::from_millis(200));
    fs::write(policies.join("shop.policy"), policy("shop", &["three"])).unwrap();
    watched.publishes(&["an_allow", "three"], AT_ONCE);

    // And one that is renamed away, with another in its place.
    fs::rename(&policies, place.path().join("old")).unwrap();
    fill(&["four"]);
    watched.publishes(&["an_allow", "four"], SOON);
    fs::write(place.path().join("old/shop.policy"), policy("shop", &["wrong"])).unwrap();
    watched.stays_silent(Duration::from_millis(1500));
}

#[test]
fn a_directory_that_is_not_there_yet_is_waited_for() {
    let place = directory(&[]);
    let policies = place.path().join("policies");
    let watched = watch_by_events(&policies);
    watched.complains("does not exist", SOON);
    fs::create_dir(&policies).unwrap();
    watched.complains("no policy file", SOON);
    fs::write(policies.join("shop.policy"), policy("shop", &["one"])).unwrap();
    watched.publishes(&["an_allow", "one"], SOON);
}

#[test]
fn polling_alone_finds_every_kind_of_change() {
    let place = one_policy(&["one"]);
    let path = place.path().join("shop.policy");
    let watched = watch(place.path(), Duration::from_millis(100), SystemEvents::Off);
    watched.publishes(&["an_allow", "one"], SOON);
    fs::write(&path, policy("shop", &["two"])).unwrap();
    watched.publishes(&["an_allow", "two"], SOON);
    replace(&path, &policy("shop", &["three"]));
    watched.publishes(&["an_allow", "three"], SOON);
    fs::write(&path, "nonsense").unwrap();
    watched.complains("shop.policy", SOON);
    fs::remove_file(&path).unwrap();
    watched.complains("no policy file", SOON);
    fs::write(&path, policy("shop", &["four"])).unwrap();
    watched.publishes(&["an_allow", "four"], SOON);
}

#[test]
fn a_change_of_facts_alone_leaves_the_revision() {
    let place = one_policy(&["one"]);
    let watched = watch_by_events(place.path());
    let before = watched.publishes(&["an_allow", "one"], SOON);
    fs::write(
        place.path().join("facts.yaml"),
        "package: shop\nsubjects:\n  user:\n    alice: { level: 3 }\n",
    )
    .unwrap();
    let after = watched.publishes(&["an_allow", "one"], AT_ONCE);
    assert_eq!(before.revision, after.revision);
    assert_ne!(before.facts_revision.digest, after.facts_revision.digest);
    assert!(after.facts_revision.number > before.facts_revision.number);
    // And a change of rules alone leaves the facts, themselves and not only their like.
    fs::write(place.path().join("shop.policy"), policy("shop", &["two"])).unwrap();
    let again = watched.publishes(&["an_allow", "two"], AT_ONCE);
    assert!(std::sync::Arc::ptr_eq(&after.facts, &again.facts));
    assert_eq!(after.facts_revision, again.facts_revision);
}

#[test]
fn a_mistake_in_the_facts_keeps_the_policies_too() {
    let place = one_policy(&["one"]);
    let watched = watch_by_events(place.path());
    watched.publishes(&["an_allow", "one"], SOON);
    fs::write(place.path().join("facts.yaml"), "subjects: [").unwrap();
    watched.complains("facts.yaml", AT_ONCE);
    fs::write(place.path().join("shop.policy"), policy("shop", &["two"])).unwrap();
    watched.complains("facts.yaml", AT_ONCE);
    fs::remove_file(place.path().join("facts.yaml")).unwrap();
    watched.publishes(&["an_allow", "two"], SOON);
}
