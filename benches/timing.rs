//! Whether the time that an API key's refusal takes says anything of the key: `cargo bench --bench timing`.
//!
//! Two kinds of wrong keys are shown in random turns, and Welch's t tells whether their times have two means (as dudect does, by
//! Reparaz, Balasch and Verbauwhede): beyond 4.5 they may, beyond 10 they do. The slowest times are those of other programs; so t is
//! told of all of them, and of those below several bounds, and the largest counts. Behind `--`, a number says how many are shown.

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]
#![expect(
    clippy::expect_used,
    clippy::cast_precision_loss,
    reason = "a benchmark without its keys has nothing to measure, and its counts are small"
)]

use std::hint::black_box;
use std::time::Instant as Stopwatch;

use portcullis::config::{self, Flags};
use portcullis::identity::new_key;
use portcullis::model::Instant;
use portcullis::service::{Metrics, Tokens};

const NOW: Instant = Instant::from_seconds(1_800_000_000);
const SAMPLES: usize = 1_000_000;
const WARM_UP: usize = 10_000;
/// Which parts of all times are looked at, in thousandths, from the fastest on.
const PARTS: [usize; 7] = [1_000, 990, 950, 900, 750, 500, 250];
const SIGNIFICANT: f64 = 4.5;
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// `SplitMix64`: turns that nobody could learn by heart, and the same in each run.
struct Turns(u64);

impl Turns {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn letter(&mut self) -> char {
        let letter = LETTERS.get(usize::try_from(self.next() % 64).expect("a small number"));
        char::from(*letter.expect("one of 64"))
    }

    /// So many random letters behind a start.
    fn behind(&mut self, start: &str, letters: usize) -> String {
        let mut key = start.to_owned();
        key.extend((0..letters).map(|_| self.letter()));
        key
    }
}

fn main() {
    let samples = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(SAMPLES);
    let made: Vec<_> = (0..100).map(|number| new_key(&format!("k{number:02}")).expect("a key")).collect();
    let entries = made.iter().enumerate().map(|(number, key)| {
        format!("- {{ id: k{number:02}, sha256: \"{}\", subject: \"service:a\" }}\n", key.sha256)
    });
    let file = ("portcullis.yaml", format!("api_keys:\n{}", entries.collect::<String>()));
    let config = config::load(Some(file), std::iter::empty(), Flags::default(), |_| Vec::new());
    let tokens = Tokens::new(&config.expect("a configuration"), &Metrics::new().expect("metrics"));

    let right = made.get(50).expect("a hundred").key.clone();
    let start = right.split_at("pk_k50_".len()).0;
    let letters = right.len() - start.len();
    let almost = right.split_at(right.len() - 1).0;
    println!("kinds of wrong keys                        ns     ns   max |t|");
    let told = |name: &str,
                one: &mut dyn FnMut(&mut Turns) -> String,
                other: &mut dyn FnMut(&mut Turns) -> String| {
        let times = measure(&tokens, samples, one, other);
        let (means, t) = compared(times);
        let mark = if t > SIGNIFICANT { "  they differ" } else { "" };
        println!("{name:38} {:6.0} {:6.0}  {t:8.2}{mark}", means.0, means.1);
    };
    told("the same, twice", &mut |turns| turns.behind(start, letters), &mut |turns| {
        turns.behind(start, letters)
    });
    told("all letters but one, none", &mut |turns| turns.behind(almost, 1), &mut |turns| {
        turns.behind(start, letters)
    });
    told("a known id, an unknown one", &mut |turns| turns.behind(start, letters), &mut |turns| {
        turns.behind("pk_x50_", letters)
    });
    told("the first id, the last", &mut |turns| turns.behind("pk_k00_", letters), &mut |turns| {
        turns.behind("pk_k99_", letters)
    });
}

/// How many nanoseconds each refusal took, of one kind and of the other.
fn measure(
    tokens: &Tokens,
    samples: usize,
    one: &mut dyn FnMut(&mut Turns) -> String,
    other: &mut dyn FnMut(&mut Turns) -> String,
) -> Vec<(bool, f64)> {
    let mut turns = Turns(7);
    let mut times = Vec::with_capacity(samples);
    // In one place, so that none of them is nearer than another.
    let mut shown = String::with_capacity(256);
    for number in 0..samples + WARM_UP {
        let (first, second) = (one(&mut turns), other(&mut turns));
        let is_first = turns.next().is_multiple_of(2);
        shown.clear();
        shown.push_str(if is_first { &first } else { &second });
        let began = Stopwatch::now();
        let found = tokens.api_key(black_box(&shown), NOW);
        let took = began.elapsed();
        // One in 64 wrong last letters is the right one.
        if black_box(found).is_err() && number >= WARM_UP {
            times.push((is_first, took.as_nanos() as f64));
        }
    }
    times
}

/// The means of all but the slowest hundredth, and the largest of Welch's t.
fn compared(mut times: Vec<(bool, f64)>) -> ((f64, f64), f64) {
    times.sort_by(|(_, one), (_, other)| one.total_cmp(other));
    let mut most: f64 = 0.;
    let mut means = (0., 0.);
    for part in PARTS {
        let fastest = times.get(..times.len() * part / 1_000).unwrap_or_default();
        let (first, second) = (moments(fastest, true), moments(fastest, false));
        let t = (first.1 - second.1) / (first.2 / first.0 + second.2 / second.0).sqrt();
        most = most.max(t.abs());
        if part == 990 {
            means = (first.1, second.1);
        }
    }
    (means, most)
}

/// How many there are of a kind, their mean, and their variance.
fn moments(times: &[(bool, f64)], is_first: bool) -> (f64, f64, f64) {
    let of_kind = || times.iter().filter(|(kind, _)| *kind == is_first).map(|(_, time)| time);
    let count = of_kind().count() as f64;
    let mean = of_kind().sum::<f64>() / count;
    let variance = of_kind().map(|time| (time - mean).powi(2)).sum::<f64>() / (count - 1.);
    (count, mean, variance)
}
