//! Who is turned away, and when.

use super::*;

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// Who is answered after these waits.
fn answered(waits: &[u64]) -> Vec<&'static str> {
    let (load, mut meter) = (Load::default(), Meter::default());
    for wait in waits {
        meter.sample(ms(*wait), &load);
    }
    Priority::ALL.into_iter().filter(|priority| load.bears(*priority)).map(Priority::name).collect()
}

#[test]
fn the_lowest_class_is_turned_away_first() {
    assert_eq!(answered(&[]), ["low", "normal", "high"]);
    assert_eq!(answered(&[4; 10]), ["low", "normal", "high"]);
    assert_eq!(answered(&[5; 10]), ["normal", "high"]);
    assert_eq!(answered(&[24; 10]), ["normal", "high"]);
    assert_eq!(answered(&[25; 10]), ["high"]);
    assert_eq!(answered(&[125; 10]), [""; 0]);
    assert_eq!(answered(&[u64::MAX / 1_000; 10]), [""; 0]);
}

#[test]
fn a_burst_turns_nobody_away_and_the_end_of_a_queue_lets_all_in_again() {
    let burst = [0, 200, 200, 200, 200, 200, 200, 200, 200, 200];
    assert_eq!(answered(&burst), ["low", "normal", "high"]);
    // Nothing is said before a while is over.
    assert_eq!(answered(&[200; 9]), ["low", "normal", "high"]);
    assert_eq!(answered(&[[200; 10].as_slice(), &[0; 9]].concat()), [""; 0]);
    assert_eq!(answered(&[[200; 10], [0; 10]].concat()), ["low", "normal", "high"]);
}
