//! A system that has no watches left to give: changes are found by polling all the same.

use std::fs;
use std::sync::Mutex;
use std::sync::mpsc::RecvTimeoutError;

use notify::{Config, ErrorKind, RecursiveMode, Watcher, WatcherKind};

use super::*;
use crate::bundle::armed::system_watcher;

const SHOP: &str =
    "package shop\nsubject user\nresource orders { actions read }\nrole clerk { orders:read }\n";
const SOON: Duration = Duration::from_secs(20);
/// Less than what two looks a second apart would take: within it, only an event can have told.
const AT_ONCE: Duration = Duration::from_millis(900);

/// How many more directories the system will watch, and how many times it was asked in vain.
#[derive(Debug)]
struct System {
    free: usize,
    refusals: usize,
}

type Shared = Arc<Mutex<System>>;

/// Asks the real system, as long as the limit allows.
struct Limited {
    real: Box<dyn Watcher + Send>,
    system: Shared,
}

impl Watcher for Limited {
    fn new<H: notify::EventHandler>(_: H, _: Config) -> notify::Result<Limited> {
        Err(notify::Error::generic("made by hand"))
    }

    fn watch(&mut self, path: &Path, mode: RecursiveMode) -> notify::Result<()> {
        let mut system = self.system.lock().unwrap();
        let Some(free) = system.free.checked_sub(1) else {
            system.refusals += 1;
            return Err(notify::Error::new(ErrorKind::MaxFilesWatch));
        };
        system.free = free;
        self.real.watch(path, mode)
    }

    fn unwatch(&mut self, path: &Path) -> notify::Result<()> {
        self.real.unwatch(path)
    }

    fn configure(&mut self, config: Config) -> notify::Result<bool> {
        self.real.configure(config)
    }

    fn kind() -> WatcherKind {
        WatcherKind::NullWatcher
    }
}

struct Watched {
    loads: Receiver<Result<Bundle, LoadError>>,
    place: tempfile::TempDir,
    _watch: Watch,
}

/// Watches a directory with one policy and one in a sub-directory, each allowing nothing but its own.
fn watched(poll: Duration, make: MakeWatcher) -> Watched {
    let place = tempfile::tempdir().unwrap();
    fs::create_dir(place.path().join("sub")).unwrap();
    fs::write(place.path().join("shop.policy"), SHOP).unwrap();
    fs::write(place.path().join("sub/more.policy"), SHOP.replace("shop", "more")).unwrap();
    let (sender, loads) = channel();
    let configuration = Configuration { subject_type: "user".to_owned(), understood_obligations: Vec::new() };
    let options = WatchOptions { poll, events: SystemEvents::On, configuration, tests: Tests::Readable };
    let watch = watch_by(make, place.path(), options, move |loaded| {
        // The test may have ended.
        let _ = sender.send(loaded);
    });
    let watched = Watched { loads, place, _watch: watch.unwrap() };
    watched.publishes(0, SOON);
    watched
}

fn limited(system: &Shared) -> MakeWatcher {
    let system = Arc::clone(system);
    Box::new(move |inbox| Ok(Box::new(Limited { real: system_watcher(inbox)?, system: Arc::clone(&system) })))
}

impl Watched {
    /// Hears of a bundle with so many rules.
    #[track_caller]
    fn publishes(&self, rules: usize, within: Duration) {
        let bundle = self.loads.recv_timeout(within).expect("nothing was published in time").unwrap();
        assert_eq!(bundle.engine.policy().rules.len(), rules);
    }

    fn write(&self, name: &str, rules: usize) {
        let package = name.rsplit('/').next().and_then(|name| name.split_once('.')).unwrap().0;
        let rules: Vec<String> =
            (0..rules).map(|rule| format!("allow orders:read named r{rule}\n")).collect();
        fs::write(self.place.path().join(name), SHOP.replace("shop", package) + &rules.concat()).unwrap();
    }
}

#[test]
fn with_no_watch_to_be_had_polling_finds_changes() {
    let system = Arc::new(Mutex::new(System { free: 0, refusals: 0 }));
    let watched = watched(Duration::from_millis(100), limited(&system));
    watched.write("shop.policy", 1);
    watched.publishes(1, SOON);
    watched.write("sub/more.policy", 2);
    watched.publishes(3, SOON);
    assert!(system.lock().unwrap().refusals > 0, "the limit was reached");
}

#[test]
fn without_anything_to_watch_with_polling_finds_changes() {
    let refuse: MakeWatcher = Box::new(|_| Err(notify::Error::io(io::ErrorKind::QuotaExceeded.into())));
    let watched = watched(Duration::from_millis(100), refuse);
    watched.write("shop.policy", 1);
    watched.publishes(1, SOON);
}

#[test]
fn watches_are_asked_for_again_until_there_are_some() {
    let system = Arc::new(Mutex::new(System { free: 0, refusals: 0 }));
    let watched = watched(Duration::from_millis(100), limited(&system));
    system.lock().unwrap().free = 1_000;
    // The next look arms it, and the one after is told of the change.
    thread::sleep(Duration::from_millis(500));
    watched.write("shop.policy", 1);
    watched.publishes(1, AT_ONCE);
    watched.write("sub/more.policy", 1);
    watched.publishes(2, AT_ONCE);
}

#[test]
fn a_limit_reached_half_way_costs_nothing_but_time() {
    // Enough for the directories above and the first of ours, and for none below.
    let first = Arc::new(Mutex::new(System { free: usize::MAX, refusals: 0 }));
    drop(watched(Duration::from_millis(100), limited(&first)));
    let wanted = usize::MAX - first.lock().unwrap().free;
    let system = Arc::new(Mutex::new(System { free: wanted - 1, refusals: 0 }));
    let watched = watched(Duration::from_millis(100), limited(&system));
    watched.write("shop.policy", 1);
    watched.publishes(1, AT_ONCE);
    watched.write("sub/more.policy", 1);
    assert!(matches!(watched.loads.recv_timeout(Duration::from_millis(500)), Err(RecvTimeoutError::Timeout)));
    watched.publishes(2, SOON);
    assert!(system.lock().unwrap().refusals > 0, "the limit was reached");
}
