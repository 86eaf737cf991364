//! When a change is believed, with a clock that only the test turns.

use super::super::file::{Hex, Kind, kind_of};
use super::super::trail::Trail;
use super::*;

/// A machine, and a clock that only we turn.
struct Watched {
    settling: Settling,
    start: Instant,
    now: Instant,
}

fn watched() -> Watched {
    let now = Instant::now();
    Watched { settling: Settling::default(), start: now, now }
}

/// A directory that has been read and believed: its files are old.
fn settled(files: &[(&str, &str)]) -> Watched {
    let mut watched = watched();
    let mut scan = directory(files);
    for seen in scan.files.values_mut() {
        seen.age = Duration::from_secs(3600);
    }
    watched.settling.observe(&scan, Vec::new(), watched.now);
    assert_eq!(watched.loads(), Some(described(files)), "old files count at once");
    watched.at(100)
}

impl Watched {
    /// Turns the clock to so many tenths of a second after the start.
    fn at(mut self, tenths: u64) -> Watched {
        self.now = self.start + Duration::from_millis(tenths * 100);
        self
    }

    fn hears(mut self, event: Event) -> Watched {
        self.settling.event(event, self.now);
        self
    }

    fn sees(self, files: &[(&str, &str)]) -> Watched {
        self.sees_while(files, Vec::new())
    }

    fn sees_while(mut self, files: &[(&str, &str)], during: Vec<Event>) -> Watched {
        self.settling.observe(&directory(files), during, self.now);
        self
    }

    fn fails(mut self, message: &str) -> Watched {
        self.settling.fail(problem::misnamed(message), self.now);
        self
    }

    /// The believed files, or nothing if they have to wait.
    fn loads(&self) -> Option<Vec<String>> {
        match self.settling.verdict(self.now) {
            Verdict::Load(files) => Some(
                files
                    .values()
                    .map(|file| format!("{}={}", file.name, file.content.as_deref().unwrap_or("?")))
                    .collect(),
            ),
            Verdict::Wait | Verdict::Problem(_) => None,
        }
    }

    #[track_caller]
    fn expect(self, files: &[(&str, &str)]) -> Watched {
        assert_eq!(self.loads(), Some(described(files)));
        self
    }

    #[track_caller]
    fn expect_due(self, tenths: Option<u64>) -> Watched {
        let due = self.settling.due(self.now).map(|due| (due - self.start).as_millis());
        assert_eq!(due, tenths.map(|tenths| u128::from(tenths) * 100));
        self
    }
}

fn described(files: &[(&str, &str)]) -> Vec<String> {
    files.iter().map(|(name, text)| format!("{name}={text}")).collect()
}

/// A look at the directory `/p`. Names with `via` in front are links into a swapped directory, as in Kubernetes.
fn directory(files: &[(&str, &str)]) -> Scan {
    let seen = |name: &str, text: &str| {
        let file = File::new(
            name.to_owned(),
            format!("p/{name}"),
            kind_of(name).unwrap_or(Kind::Other),
            Ok(text.as_bytes().to_vec()),
        );
        let trail = if name.starts_with("via") {
            let links = vec![path(name), path("..data")];
            Trail { links, end: path(&format!("..2026/{name}")) }
        } else {
            Trail { links: Vec::new(), end: path(name) }
        };
        let stamp = Some(Stamp::made_up(i64::try_from(text.len()).unwrap()));
        (name.to_owned(), Seen { file: Arc::new(file), stamp, trail, age: Duration::ZERO })
    };
    Scan {
        files: files.iter().map(|(name, text)| seen(name, text)).collect(),
        root: Trail { links: Vec::new(), end: PathBuf::from("/p") },
        directories: BTreeSet::new(),
    }
}

fn path(name: &str) -> PathBuf {
    Path::new("/p").join(name)
}

const A: &str = "a.policy";
const B: &str = "b.policy";

#[test]
fn a_file_closed_by_its_writer_counts_at_once() {
    settled(&[(A, "old")])
        .hears(Event::Written(path(A)))
        .hears(Event::Closed(path(A)))
        .sees(&[(A, "new")])
        .expect(&[(A, "new")]);
}

#[test]
fn a_file_renamed_into_place_counts_at_once() {
    settled(&[(A, "old")]).hears(Event::Placed(path(A))).sees(&[(A, "new")]).expect(&[(A, "new")]);
}

#[test]
fn a_file_being_written_does_not_count_however_long_its_writer_pauses() {
    let watched =
        settled(&[(A, "old")]).hears(Event::Written(path(A))).sees(&[(A, "to")]).expect(&[(A, "old")]);
    let watched = watched.at(150).sees(&[(A, "to")]).expect(&[(A, "old")]);
    let watched = watched.at(1_000_000).sees(&[(A, "to")]).expect(&[(A, "old")]);
    watched.hears(Event::Closed(path(A))).sees(&[(A, "torn?")]).expect(&[(A, "torn?")]);
}

#[test]
fn a_file_written_again_after_it_was_closed_does_not_count() {
    settled(&[(A, "old")])
        .hears(Event::Closed(path(A)))
        .hears(Event::Written(path(A)))
        .sees(&[(A, "to")])
        .at(200)
        .sees(&[(A, "to")])
        .expect(&[(A, "old")]);
}

#[test]
fn a_change_during_the_look_is_not_believed_until_the_next() {
    // The writer closed after we had read half: only the next look has seen the whole.
    let watched = settled(&[(A, "old")])
        .hears(Event::Written(path(A)))
        .sees_while(&[(A, "to")], vec![Event::Closed(path(A))])
        .expect(&[(A, "old")])
        .expect_due(Some(100));
    watched.sees(&[(A, "torn?")]).expect(&[(A, "torn?")]);
}

#[test]
fn a_close_that_was_heard_does_not_excuse_a_write_during_the_look() {
    settled(&[(A, "old")])
        .hears(Event::Closed(path(A)))
        .sees_while(&[(A, "to")], vec![Event::Written(path(A))])
        .expect(&[(A, "old")])
        .at(200)
        .sees(&[(A, "to")])
        .expect(&[(A, "old")]);
}

#[test]
fn without_events_two_looks_a_second_apart_have_to_agree() {
    let watched = settled(&[(A, "old")]).sees(&[(A, "new")]).expect(&[(A, "old")]).expect_due(Some(110));
    let watched = watched.at(109).sees(&[(A, "new")]).expect(&[(A, "old")]).expect_due(Some(110));
    watched.at(110).sees(&[(A, "new")]).expect(&[(A, "new")]).expect_due(None);
}

#[test]
fn without_events_every_difference_starts_the_second_anew() {
    let watched = settled(&[(A, "old")]).sees(&[(A, "n")]).at(109).sees(&[(A, "ne")]).expect_due(Some(119));
    let watched = watched.at(110).sees(&[(A, "ne")]).expect(&[(A, "old")]);
    watched.at(119).sees(&[(A, "ne")]).expect(&[(A, "ne")]);
}

#[test]
fn the_same_content_with_another_stamp_is_a_difference() {
    let watched = settled(&[(A, "old")]).sees(&[(A, "new")]);
    let mut scan = directory(&[(A, "new")]);
    scan.files.get_mut(A).unwrap().stamp = Some(Stamp::made_up(99));
    let mut watched = watched.at(110);
    watched.settling.observe(&scan, Vec::new(), watched.now);
    watched.expect(&[(A, "old")]).expect_due(Some(120));
}

#[test]
fn lost_events_leave_only_the_two_looks() {
    let watched = settled(&[(A, "old")])
        .hears(Event::Closed(path(A)))
        .hears(Event::Lost)
        .sees(&[(A, "new")])
        .expect(&[(A, "old")]);
    watched.at(110).sees(&[(A, "new")]).expect(&[(A, "new")]);
}

#[test]
fn events_lost_during_the_look_disturb_all_of_it() {
    settled(&[(A, "old")])
        .hears(Event::Closed(path(A)))
        .sees_while(&[(A, "new")], vec![Event::Lost])
        .expect(&[(A, "old")]);
}

#[test]
fn a_file_renamed_before_its_writer_closed_it_is_not_finished() {
    let watched = settled(&[(A, "old")])
        .hears(Event::Written(path("tmp")))
        .hears(Event::Left(path("tmp")))
        .hears(Event::Placed(path(A)))
        .hears(Event::Moved(path("tmp"), path(A)))
        .sees(&[(A, "to")])
        .at(300)
        .sees(&[(A, "to")])
        .expect(&[(A, "old")]);
    watched.hears(Event::Closed(path(A))).sees(&[(A, "torn?")]).expect(&[(A, "torn?")]);
}

#[test]
fn a_file_renamed_over_one_that_is_being_written_is_finished() {
    settled(&[(A, "old")])
        .hears(Event::Written(path(A)))
        .hears(Event::Left(path("tmp")))
        .hears(Event::Placed(path(A)))
        .hears(Event::Moved(path("tmp"), path(A)))
        .sees(&[(A, "new")])
        .expect(&[(A, "new")]);
}

#[test]
fn a_swapped_link_places_every_file_behind_it_together() {
    settled(&[(A, "1"), ("via-a.policy", "1"), ("via-b.policy", "1")])
        .hears(Event::Placed(path("..data_tmp")))
        .hears(Event::Placed(path("..data")))
        .sees(&[("via-a.policy", "22"), ("via-b.policy", "22"), (A, "22")])
        .expect(&[(A, "1"), ("via-a.policy", "22"), ("via-b.policy", "22")]);
}

#[test]
fn a_swap_during_the_look_disturbs_every_file_behind_it() {
    settled(&[("via-a.policy", "1")])
        .hears(Event::Placed(path("..data")))
        .sees_while(&[("via-a.policy", "22")], vec![Event::Placed(path("..data"))])
        .expect(&[("via-a.policy", "1")])
        .sees(&[("via-a.policy", "333")])
        .expect(&[("via-a.policy", "333")]);
}

#[test]
fn a_renamed_directory_places_what_is_in_it() {
    settled(&[("x/a.policy", "1")])
        .hears(Event::Placed(path("x")))
        .sees(&[("x/a.policy", "22")])
        .expect(&[("x/a.policy", "22")]);
}

#[test]
fn a_vanished_file_keeps_its_last_content_for_two_seconds() {
    let watched = settled(&[(A, "a"), (B, "b")]).hears(Event::Removed(path(B))).sees(&[(A, "a")]);
    let watched = watched.expect(&[(A, "a"), (B, "b")]).expect_due(Some(120));
    let watched = watched.at(119).sees(&[(A, "a")]).expect(&[(A, "a"), (B, "b")]);
    watched.at(120).sees(&[(A, "a")]).expect(&[(A, "a")]).expect_due(None);
}

#[test]
fn a_file_that_comes_back_was_never_gone() {
    // vim: the original is renamed away, a new one written, the backup deleted.
    let watched = settled(&[(A, "old")])
        .hears(Event::Left(path(A)))
        .hears(Event::Moved(path(A), path("a.policy~")))
        .sees(&[])
        .expect(&[(A, "old")])
        .at(105)
        .hears(Event::Written(path(A)))
        .sees(&[(A, "ne")])
        .expect(&[(A, "old")]);
    let watched = watched.hears(Event::Closed(path(A))).sees(&[(A, "new")]).expect(&[(A, "new")]);
    watched.at(200).sees(&[]).expect(&[(A, "new")]).at(219).sees(&[]).expect(&[(A, "new")]);
}

#[test]
fn a_file_that_only_changed_its_name_does_not_stand_twice() {
    settled(&[(A, "text")])
        .hears(Event::Left(path(A)))
        .hears(Event::Placed(path(B)))
        .hears(Event::Moved(path(A), path(B)))
        .sees(&[(B, "text")])
        .expect(&[(B, "text")]);
}

#[test]
fn at_first_all_files_count_or_none() {
    let mut watched = watched();
    let mut scan = directory(&[(A, "allows"), (B, "denies")]);
    scan.files.get_mut(A).unwrap().age = Duration::from_secs(60);
    watched.settling.observe(&scan, Vec::new(), watched.now);
    assert_eq!(watched.loads(), None, "the second file was changed just now and may be half");
    let watched = watched.expect_due(Some(10)).at(10).sees(&[(A, "allows"), (B, "denies")]);
    watched.expect(&[(A, "allows"), (B, "denies")]);
}

#[test]
fn at_first_an_open_writer_holds_everything_back() {
    let watched = watched().hears(Event::Written(path(B))).sees(&[(A, "allows"), (B, "den")]);
    let watched = watched.at(50).sees(&[(A, "allows"), (B, "den")]);
    assert_eq!(watched.loads(), None);
    watched
        .hears(Event::Closed(path(B)))
        .sees(&[(A, "allows"), (B, "denies")])
        .expect(&[(A, "allows"), (B, "denies")]);
}

#[test]
fn later_a_file_that_waits_does_not_hold_back_the_others() {
    settled(&[(A, "1"), (B, "1")])
        .hears(Event::Written(path(A)))
        .hears(Event::Closed(path(B)))
        .sees(&[(A, "22"), (B, "22")])
        .expect(&[(A, "1"), (B, "22")]);
}

#[test]
fn a_writer_who_never_closes_is_spoken_of_after_ten_seconds() {
    let watched =
        settled(&[(A, "old")]).hears(Event::Written(path(A))).sees(&[(A, "to")]).expect_due(Some(200));
    assert_eq!(watched.settling.unfinished(watched.now), []);
    let watched = watched.at(200).sees(&[(A, "to")]).expect(&[(A, "old")]).expect_due(None);
    let unfinished = watched.settling.unfinished(watched.now);
    assert_eq!(unfinished.len(), 1);
    assert!(unfinished[0].message.contains("`p/a.policy`"), "{}", unfinished[0].message);
    let watched = watched.hears(Event::Closed(path(A))).sees(&[(A, "torn?")]);
    assert_eq!(watched.settling.unfinished(watched.now), []);
}

#[test]
fn a_directory_that_cannot_be_read_is_spoken_of_after_two_seconds() {
    let watched = settled(&[(A, "a")]).fails("gone").expect_due(Some(120));
    assert!(matches!(watched.settling.verdict(watched.now), Verdict::Wait));
    let watched = watched.at(115).fails("gone").at(120).fails("gone");
    assert!(matches!(watched.settling.verdict(watched.now), Verdict::Problem(_)));
    // When it is back its files have to prove themselves again, all of them or none.
    let watched = watched.at(500).sees(&[]);
    assert_eq!(watched.loads(), None);
    let watched = watched.at(519).sees(&[(A, "b")]);
    assert_eq!(watched.loads(), None);
    watched.at(529).sees(&[(A, "b")]).expect(&[(A, "b")]);
}

#[test]
fn a_directory_that_is_back_as_it_was_counts_at_once() {
    settled(&[(A, "a")]).fails("gone").at(130).sees(&[(A, "a")]).expect(&[(A, "a")]);
}

#[test]
fn at_first_a_directory_that_cannot_be_read_is_spoken_of_at_once() {
    let watched = watched().fails("gone");
    assert!(matches!(watched.settling.verdict(watched.now), Verdict::Problem(_)));
}

#[test]
fn too_many_writers_elsewhere_are_like_lost_events() {
    let mut watched = settled(&[(A, "old")]);
    for number in 0..=WRITERS_MAX {
        watched = watched.hears(Event::Written(path(&format!("log/{number}"))));
    }
    let watched = watched.sees(&[(A, "new")]).expect(&[(A, "old")]);
    watched.at(110).sees(&[(A, "new")]).expect(&[(A, "new")]);
}

/// A `bundle.yaml` that lists these files.
fn list_of(files: &[(&str, &str)]) -> String {
    use std::fmt::Write as _;
    files.iter().fold("files:\n".to_owned(), |mut list, (name, text)| {
        let file = File::new(String::new(), String::new(), Kind::Policy, Ok(text.as_bytes().to_vec()));
        writeln!(list, "  {name}: \"{}\"", Hex(&file.digest)).unwrap();
        list
    })
}

const LIST: &str = manifest::NAME;

#[test]
fn a_listed_set_counts_as_soon_as_it_is_whole_and_no_sooner() {
    let old = list_of(&[(A, "1"), (B, "1")]);
    let new = list_of(&[(A, "22"), (B, "22")]);
    let watched = watched();
    let mut scan = directory(&[(A, "1"), (B, "1"), (LIST, &old)]);
    scan.files.get_mut(LIST).unwrap().age = Duration::from_secs(60);
    let mut watched = watched;
    watched.settling.observe(&scan, Vec::new(), watched.now);
    let watched = watched.expect(&[(A, "1"), (B, "1")]);
    let watched = watched.at(10).hears(Event::Closed(path(A))).sees(&[(A, "22"), (B, "1"), (LIST, &old)]);
    assert_eq!(watched.loads(), None, "half of an edit");
    let watched = watched.at(15).hears(Event::Closed(path(LIST))).sees(&[(A, "22"), (B, "1"), (LIST, &new)]);
    assert_eq!(watched.loads(), None, "the other half is still to come");
    // Nobody closed the last file: its hash is enough.
    watched.at(20).sees(&[(A, "22"), (B, "22"), (LIST, &new)]).expect(&[(A, "22"), (B, "22")]);
}

#[test]
fn a_difference_is_spoken_of_once_it_has_stood_for_three_seconds() {
    let list = list_of(&[(A, "1")]);
    let watched = settled(&[(A, "1")]).hears(Event::Placed(path(LIST))).sees(&[(A, "1"), (LIST, &list)]);
    let watched = watched.expect(&[(A, "1")]).sees(&[(A, "22"), (LIST, &list)]).expect_due(Some(130));
    let watched = watched.at(120).sees(&[(A, "333"), (LIST, &list)]).expect_due(Some(150));
    let watched = watched.at(149).sees(&[(A, "333"), (LIST, &list)]);
    assert!(matches!(watched.settling.verdict(watched.now), Verdict::Wait));
    let watched = watched.at(150).sees(&[(A, "333"), (LIST, &list)]);
    assert!(matches!(watched.settling.verdict(watched.now), Verdict::Problem(_)));
    watched.sees(&[(A, "1"), (LIST, &list)]).expect(&[(A, "1")]).expect_due(None);
}

#[test]
fn neither_a_missing_nor_a_further_file_is_the_listed_set() {
    let list = list_of(&[(A, "1"), (B, "1")]);
    let before = || {
        settled(&[(A, "1"), (B, "1")])
            .hears(Event::Placed(path(LIST)))
            .sees(&[(A, "1"), (B, "1"), (LIST, &list)])
            .expect(&[(A, "1"), (B, "1")])
    };
    for files in [&[(A, "1"), (LIST, &*list)][..], &[(A, "1"), (B, "1"), ("c.policy", "1"), (LIST, &*list)]] {
        let watched = before().sees(files).at(1_000).sees(files);
        assert!(matches!(watched.settling.verdict(watched.now), Verdict::Problem(_)), "{files:?}");
    }
}

#[test]
fn nothing_new_counts_while_the_first_list_is_being_written() {
    let list = list_of(&[(A, "22")]);
    settled(&[(A, "1")])
        .hears(Event::Written(path(LIST)))
        .hears(Event::Closed(path(A)))
        .sees(&[(A, "22"), (LIST, "files:")])
        .at(200)
        .sees(&[(A, "22"), (LIST, "files:")])
        .expect(&[(A, "1")])
        .hears(Event::Closed(path(LIST)))
        .sees(&[(A, "22"), (LIST, &list)])
        .expect(&[(A, "22")]);
}

#[test]
fn a_prefix_of_a_list_is_not_believed_though_it_is_met() {
    let (short, long) = (list_of(&[(A, "1")]), list_of(&[(A, "1"), (B, "1")]));
    let watched = settled(&[(A, "1"), (B, "1")])
        .hears(Event::Placed(path(LIST)))
        .sees(&[(A, "1"), (B, "1"), (LIST, &long)])
        .expect(&[(A, "1"), (B, "1")]);
    let watched = watched.hears(Event::Written(path(LIST))).sees(&[(A, "1"), (LIST, &short)]);
    assert_eq!(watched.loads(), None);
    watched.hears(Event::Closed(path(LIST))).sees(&[(A, "1"), (LIST, &short)]).expect(&[(A, "1")]);
}

#[test]
fn a_list_that_vanishes_holds_for_two_seconds_more() {
    let list = list_of(&[(A, "1")]);
    let watched = settled(&[(A, "1")]).hears(Event::Placed(path(LIST))).sees(&[(A, "1"), (LIST, &list)]);
    let watched = watched.hears(Event::Closed(path(A))).sees(&[(A, "22")]).expect_due(Some(120));
    assert_eq!(watched.loads(), None);
    let watched = watched.at(120).sees(&[(A, "22")]).expect(&[(A, "1")]).expect_due(Some(130));
    watched.at(130).sees(&[(A, "22")]).expect(&[(A, "22")]).expect_due(None);
}

#[test]
fn at_first_a_listed_set_is_waited_for_and_then_spoken_of() {
    let list = list_of(&[(A, "1"), (B, "1")]);
    let watched = watched().hears(Event::Placed(path(LIST))).sees(&[(A, "1"), (LIST, &list)]);
    assert!(matches!(watched.settling.verdict(watched.now), Verdict::Wait));
    let watched = watched.at(30).sees(&[(A, "1"), (LIST, &list)]);
    assert!(matches!(watched.settling.verdict(watched.now), Verdict::Problem(_)));
    watched.sees(&[(A, "1"), (B, "1"), (LIST, &list)]).expect(&[(A, "1"), (B, "1")]);
}
