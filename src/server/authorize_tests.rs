//! For how long an allow may be kept.

use super::*;

#[test]
fn an_allow_is_kept_until_the_first_end_less_two_seconds() {
    let at = |seconds: i64| Instant::from_micros(seconds * MICROS_PER_SECOND);
    let now = at(1_000);
    for (most, valid_until, subject_ends, expected) in [
        (30, None, None, 30),
        (30, Some(at(2_000)), Some(at(2_000)), 30),
        (30, Some(at(1_012)), None, 10),
        // Whoever showed a token that ends sooner is nobody from then on.
        (30, Some(at(1_012)), Some(at(1_007)), 5),
        (30, None, Some(at(1_007)), 5),
        (30, Some(at(1_007)), Some(at(1_012)), 5),
        (30, Some(at(1_003)), None, 1),
        (30, Some(at(1_002)), None, 0),
        (30, Some(at(1_001)), None, 0),
        (30, Some(at(1_000)), None, 0),
        (30, Some(at(900)), None, 0),
        (30, Some(Instant::from_micros(i64::MIN)), None, 0),
        (30, Some(Instant::from_micros(i64::MAX)), None, 30),
        (0, None, None, 0),
        (0, Some(at(2_000)), None, 0),
    ] {
        assert_eq!(
            seconds_left(most, now, [valid_until, subject_ends]),
            expected,
            "{valid_until:?} {subject_ends:?}"
        );
    }
    let later = Instant::from_micros(1_000 * MICROS_PER_SECOND + 1);
    assert_eq!(seconds_left(30, later, [Some(at(1_012)), None]), 9);
}
